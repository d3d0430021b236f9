//! What the engine is told about the sandbox it runs in.

use std::path::PathBuf;
use std::time::Duration;

use crate::paths::PathRules;
use crate::spawn::Reaping;

/// The sandbox as the engine sees it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Id of the sandbox, for messages only; commands find it in [`Self::env`].
    pub sandbox_id: String,
    /// Home directory of the sandbox's user.
    pub home: PathBuf,
    /// Directory that commands start in and relative paths resolve against.
    pub work_dir: PathBuf,
    /// Directory for temporary files of the sandbox.
    pub temp_dir: PathBuf,
    /// What the API's paths mean on this machine. Its work directory is [`Self::work_dir`].
    pub paths: PathRules,
    /// The whole environment children get at first, before what a single call adds (toolbox-processes.md §1.6).
    pub env: Vec<(String, String)>,
    /// List of login shells that decides which shell runs commands (toolbox-processes.md §1.5).
    pub shells_file: PathBuf,
    /// Shell taken when the list names none of the known ones: what `SHELL` is in a real sandbox.
    pub default_shell: Option<String>,
    /// Limit of a command that asks for none; `None` lets it run for ever.
    pub execute_timeout_default: Option<Duration>,
    /// Silence that ends the wait for output after a command ended, while a background child holds its pipe.
    pub drain: Duration,
    /// Longest such wait, however much the background child prints.
    pub drain_limit: Duration,
    /// Program and arguments that run in the session of their own from the start on; `None` for a sandbox without an
    /// entrypoint (toolbox-processes.md §4.9).
    pub entrypoint: Option<Vec<String>>,
    /// Longest time the processes of a session that is deleted may take to end by themselves.
    pub termination_grace: Duration,
    /// How long they may take once the shell of the session has gone.
    pub termination_pause: Duration,
    /// Longest time a language server may take to begin, and to answer anything afterwards.
    pub language_server_patience: Duration,
    /// Settings of git that hold beside the user's own, such as where an address is really to be looked for: keys and
    /// values, in this order.
    pub git_settings: Vec<(String, String)>,
    /// Which ended processes the engine collects: all of them where the agent adopts orphans.
    pub reaping: Reaping,
}

impl Config {
    /// A sandbox with these directories, paths that mean what the kernel says, and the real platform's defaults for
    /// everything else.
    #[must_use]
    pub fn new(sandbox_id: &str, home: PathBuf, work_dir: PathBuf, temp_dir: PathBuf) -> Self {
        Self {
            sandbox_id: sandbox_id.to_owned(),
            home,
            paths: PathRules::whole_root(work_dir.clone()),
            work_dir,
            temp_dir,
            env: Vec::new(),
            shells_file: PathBuf::from("/etc/shells"),
            default_shell: None,
            execute_timeout_default: None,
            drain: Duration::from_millis(100),
            drain_limit: Duration::from_secs(30),
            entrypoint: None,
            termination_grace: Duration::from_secs(5),
            termination_pause: Duration::from_millis(100),
            language_server_patience: Duration::from_secs(30),
            git_settings: Vec::new(),
            reaping: Reaping::Own,
        }
    }
}
