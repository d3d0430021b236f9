//! `pitlane agent`: the program inside every sandbox. Serves the toolbox until the server asks for its end.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use engine::paths::PathRules;
use lab::{RandomIds, SystemClock};
use sandbox::Directories;
use sandbox::agent::{AgentConfig, inherited_socket};
use serde::{Deserialize, Serialize};

use crate::cli::ServerOptions;
use crate::failure::Failure;

/// Largest JSON body read, in bytes; files are streamed and not limited by it.
const BODY_LIMIT: usize = 64 << 20;

pub(crate) fn run() -> ExitCode {
    let ended = inherited_socket()
        .and_then(|socket| sandbox::agent::run(socket, |config| toolbox::service(toolbox(config))));
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
    /// Settings of the operator for git: keys and values.
    #[serde(default)]
    git_settings: Vec<(String, String)>,
}

impl AgentSettings {
    pub(crate) fn new(options: &ServerOptions) -> Result<Self, Failure> {
        let seconds = options.execute_timeout_default;
        let git_settings = options.git_config.as_deref().map(git_settings).transpose()?;
        Ok(Self {
            execute_timeout_default: (seconds > 0).then_some(u64::from(seconds)),
            git_settings: git_settings.unwrap_or_default(),
        })
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn from_json(value: serde_json::Value) -> Self {
        serde_json::from_value(value).unwrap_or_default()
    }
}

/// What a configuration file of git says. Read once by git itself and handed on as text: a sandbox need not see the file.
fn git_settings(file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let action = || format!("read {} with git", file.display());
    let asked = std::process::Command::new("git")
        .args(["config", "--list", "-z", "--includes", "--file"])
        .arg(file)
        .output();
    let output = asked.map_err(Failure::io(action()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::io(action())(std::io::Error::other(said)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let settings = text.split_terminator('\0').map(|entry| entry.split_once('\n').unwrap_or((entry, "true")));
    Ok(settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
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
    engine.git_settings = settings.git_settings;
    engine.execute_timeout_default = settings.execute_timeout_default.map(Duration::from_secs);
    engine.default_shell = Some(config.shell.to_string_lossy().into_owned());
    engine.env = config.env.into_iter().collect();
    engine
}
