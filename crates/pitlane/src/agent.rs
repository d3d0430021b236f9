//! `pitlane agent`: the program inside every sandbox. Serves the toolbox until the server asks for its end.

use std::process::ExitCode;
use std::sync::Arc;

use engine::paths::PathRules;
use lab::{RandomIds, SystemClock};
use sandbox::Directories;
use sandbox::agent::{AgentConfig, inherited_socket};

/// Largest JSON body read, in bytes; files are streamed and not limited by it.
const BODY_LIMIT: usize = 64 << 20;

pub(crate) fn run() -> ExitCode {
    let ended = inherited_socket()
        .and_then(|socket| sandbox::agent::run(socket, |config| toolbox::app(toolbox(config))));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pitlane agent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn toolbox(config: AgentConfig) -> toolbox::Config {
    toolbox::Config {
        engine: engine(config),
        version: format!("v{}", contract::toolbox::DOCUMENT.release()),
        body_limit: BODY_LIMIT,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    }
}

fn engine(config: AgentConfig) -> engine::Config {
    let Directories { tree, home, temp, workspace, .. } = config.directories;
    // The server's own directory, two levels up: it holds the other sandboxes' trees and what the server remembers, and
    // the file API never answers for any of it.
    let server = tree.ancestors().nth(2).unwrap_or(&tree).to_owned();
    let mut engine = engine::Config::new(&config.id, home.clone(), home.clone(), temp.clone());
    engine.paths = PathRules::process(home.clone(), workspace, temp, home, server);
    engine.default_shell = Some(config.shell.to_string_lossy().into_owned());
    engine.env = config.env.into_iter().collect();
    engine
}
