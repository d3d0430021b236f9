//! `pitlane agent`: the program inside every sandbox. Serves the toolbox until the server asks for its end.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use engine::paths::PathRules;
use lab::{RandomIds, SystemClock};
use sandbox::Directories;
use sandbox::agent::{AgentConfig, inherited_socket};
use serde::{Deserialize, Serialize};

use crate::cli::ServerOptions;

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

/// What the command line says about the toolbox; goes to every agent with its configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct AgentSettings {
    /// Seconds a command may take when the client names no limit.
    execute_timeout_default: Option<u64>,
}

impl AgentSettings {
    pub(crate) fn new(options: &ServerOptions) -> Self {
        let seconds = options.execute_timeout_default;
        Self { execute_timeout_default: (seconds > 0).then_some(u64::from(seconds)) }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn from_json(value: serde_json::Value) -> Self {
        serde_json::from_value(value).unwrap_or_default()
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
    let mut engine = engine::Config::new(&config.id, home.clone(), home.clone(), temp.clone());
    engine.paths = if config.own_root {
        PathRules::whole_root(home)
    } else {
        // The server's own directory, two levels up: it holds the other sandboxes' trees and what the server remembers,
        // and the file API never answers for any of it.
        let server = tree.ancestors().nth(2).unwrap_or(&tree).to_owned();
        PathRules::process(home.clone(), workspace, temp, home, server)
    };
    let settings = AgentSettings::from_json(config.settings);
    engine.execute_timeout_default = settings.execute_timeout_default.map(Duration::from_secs);
    engine.default_shell = Some(config.shell.to_string_lossy().into_owned());
    engine.env = config.env.into_iter().collect();
    engine
}
