//! What a sandbox can do, without HTTP: commands, code runs, shell sessions,
//! terminals, interpreters, files, language servers, desktops.
//!
//! Runs inside the agent of one sandbox and is handed a [`Config`]; never reads the environment, the home directory or
//! the clock by itself. Knows nothing of HTTP, wire names, tenants or other sandboxes: every dialect puts its own face
//! on the same capabilities.
//!
//! | module | holds |
//! |---|---|
//! | [`paths`] | where a path of the API lies on this machine |
//! | [`files`] | listing, moving, reading, writing and searching files |
//! | [`spawn`] | every child process: how it is started, and the one place that waits for it |
//! | [`shell`] | which shell runs commands |
//! | [`output`] | what a process printed |
//! | [`command`] | one shell command from start to exit code |
//! | [`code_run`] | a piece of source code run as a command, with the charts it drew |
//! | [`session`] | shells that stay, their commands and logs |
//! | [`processes`] | commands by their process id: output with replay, waiting, killing |
//! | [`watch`] | what happens to files below a directory |
//! | [`archive`] | zip archives packed and unpacked |
//! | [`pty`] | terminals: shells on pseudo-terminals, for several clients |
//! | [`remote`] | programs with streams of their own, for one client |
//! | [`interpreter`] | Python that keeps its state between pieces of code |
//! | [`lsp`] | language servers: symbols and completions of projects |
//! | [`git`] | repositories |
//! | [`desktop`] | a display with windows: its pictures, mouse, keyboard and recordings |
//! | [`variables`] | the environment children get, and its changes |
//! | [`ports`], [`metrics`] | what its programs listen on and what they use |
//! | `own_processes` | all that runs in this sandbox |

pub mod archive;
pub mod code_run;
pub mod command;
mod config;
pub mod desktop;
pub mod files;
pub mod git;
pub mod interpreter;
pub mod lsp;
pub mod metrics;
pub mod output;
mod own_processes;
pub mod paths;
pub mod ports;
pub mod processes;
pub mod pty;
pub mod remote;
pub mod session;
pub mod shell;
pub mod spawn;
pub mod variables;
pub mod watch;

pub use config::Config;

use paths::PathMap;

/// The capabilities of one sandbox.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    paths: PathMap,
    children: spawn::Children,
    sessions: session::Sessions,
    terminals: pty::Terminals,
    processes: processes::Processes,
    contexts: interpreter::Contexts,
    language_servers: lsp::Servers,
    variables: variables::Variables,
    meter: metrics::Meter,
    desktop: desktop::Desktop,
    /// Held by whoever writes to a repository.
    git_turn: tokio::sync::Mutex<()>,
}

impl Engine {
    /// Nothing is started yet; the reaper of children starts with the first of them.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let children = spawn::Children::new(config.reaping);
        let paths = PathMap::new(config.paths.clone());
        let variables = variables::Variables::new(config.env.clone());
        Self {
            config,
            paths,
            children,
            sessions: session::Sessions::default(),
            terminals: pty::Terminals::default(),
            processes: processes::Processes::default(),
            contexts: interpreter::Contexts::default(),
            language_servers: lsp::Servers::default(),
            variables,
            meter: metrics::Meter::default(),
            desktop: desktop::Desktop::default(),
            git_turn: tokio::sync::Mutex::default(),
        }
    }

    /// The sandbox as the engine sees it.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where paths of the API lie on this machine.
    #[must_use]
    pub fn paths(&self) -> &PathMap {
        &self.paths
    }

    /// Every process the engine started and has not seen end.
    #[must_use]
    pub fn children(&self) -> &spawn::Children {
        &self.children
    }
}
