//! Every child process: how it is started, and the one place that waits for it.
//!
//! ```text
//! Children::spawn ─▶ posix_spawn ─▶ registry: pid ─▶ sender
//! SIGCHLD ─▶ reaper ─▶ waitpid ─▶ registry ─▶ Child::wait
//! ```
//!
//! An agent that adopts orphans has to wait for whatever ends, and two places that wait steal each other's exit codes.
//! So whoever needs a process starts it here, and nothing else in the agent may call `wait` or use another library's
//! children. Starting takes the `posix_spawn` path of the standard library, which copies no page tables: no
//! `pre_exec`, an absolute program path, the environment handed over as a whole.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use nix::errno::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, wait, waitpid,
};
use tokio::signal::unix::SignalKind;
use tokio::sync::oneshot;

/// Which ended processes are collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reaping {
    /// Only those started here. For a process that has other children, such as a test.
    #[default]
    Own,
    /// All, orphans that were adopted too. For an agent that is pid 1 or a subreaper.
    All,
}

/// A program to start. Always leads a process group of its own.
#[derive(Clone, Debug)]
pub struct Program {
    /// Path, or a name to look up in the environment's `PATH`; also what the program sees as its own name.
    pub name: String,
    /// Arguments after the name.
    pub arguments: Vec<String>,
    /// Directory it starts in.
    pub directory: PathBuf,
    /// Its whole environment; a later entry of the same name wins.
    pub environment: Vec<(String, String)>,
}

/// The three standard streams of a program.
#[derive(Debug)]
pub struct Streams {
    /// What it reads.
    pub input: Stdio,
    /// What it prints to.
    pub output: Stdio,
    /// What it complains to.
    pub errors: Stdio,
}

/// Why a program could not be started, worded as the real daemon words it (toolbox-processes.md §2.3).
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// A value of the environment holds a NUL byte.
    #[error("exec: environment variable contains NUL")]
    EnvironmentNul,
    /// The name is in no directory of `PATH`.
    #[error("exec: \"{0}\": executable file not found in $PATH")]
    NotFound(String),
    /// The kernel refused: the program or the directory is missing, not permitted, too long.
    #[error("fork/exec {program}: {}", reason(source))]
    Refused {
        /// Path of the program.
        program: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// Pipes or the signal that tells of ended children cannot be had.
    #[error("{}", reason(.0))]
    Resources(#[from] io::Error),
}

/// The kernel's words in lower case, without the number the standard library adds.
fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => Errno::from_raw(number).desc().to_lowercase(),
        None if error.kind() == io::ErrorKind::InvalidInput => Errno::EINVAL.desc().to_lowercase(),
        None => error.to_string(),
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Somebody else collected it.
    Lost,
}

impl Exit {
    /// The status, and −1 for every end without one (toolbox-processes.md §2.3).
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(_) | Self::Lost => -1,
        }
    }

    fn from_status(status: WaitStatus) -> Self {
        status
            .exit_status()
            .map(Self::Code)
            .or_else(|| status.terminating_signal().map(Self::Signal))
            .unwrap_or(Self::Lost)
    }
}

/// The running children. Dropping the last copy ends the waiting, not the children.
#[derive(Clone, Debug)]
pub struct Children(Arc<Registry>);

#[derive(Debug)]
struct Registry {
    reaping: Reaping,
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    reaper_started: bool,
    waiting: HashMap<i32, oneshot::Sender<Exit>>,
}

impl Children {
    /// No children yet.
    #[must_use]
    pub fn new(reaping: Reaping) -> Self {
        Self(Arc::new(Registry { reaping, running: Mutex::default() }))
    }

    /// Starts a program. Needs a tokio runtime with its signal driver.
    ///
    /// # Errors
    ///
    /// When it cannot be started; nothing runs then.
    pub fn spawn(&self, program: &Program, streams: Streams) -> Result<Child, SpawnError> {
        let mut command = command(program)?;
        command.stdin(streams.input).stdout(streams.output).stderr(streams.errors);
        self.adopt(|| {
            let child = command.spawn();
            let child =
                child.map_err(|source| SpawnError::Refused { program: program.name.clone(), source })?;
            Ok(child.id().cast_signed())
        })
    }

    /// Takes over the child that `start` starts and whose process id it gives: from then on it is waited for here, and
    /// `start` must have left nothing that waits for it too.
    ///
    /// # Errors
    ///
    /// Those of `start`, and when the signal that tells of ended children cannot be had.
    pub(crate) fn adopt(&self, start: impl FnOnce() -> Result<i32, SpawnError>) -> Result<Child, SpawnError> {
        // Held until the child is known: the reaper must not meet a pid it cannot place.
        let mut running = self.0.lock();
        if !running.reaper_started {
            start_reaper(&self.0)?;
            running.reaper_started = true;
        }
        let pid = start()?;
        let (sender, exit) = oneshot::channel();
        running.waiting.insert(pid, sender);
        Ok(Child { pid, exit, registry: Arc::clone(&self.0) })
    }
}

/// A started program. Dropping it leaves the program running; it is still collected when it ends.
#[derive(Debug)]
pub struct Child {
    pid: i32,
    exit: oneshot::Receiver<Exit>,
    registry: Arc<Registry>,
}

impl Child {
    /// Process id, which is the id of its process group too.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits until the program has ended. May be called again after being cancelled, not after it returned.
    pub async fn wait(&mut self) -> Exit {
        (&mut self.exit).await.unwrap_or(Exit::Lost)
    }

    /// Kills the program and what is left of its process group, unless it has ended: its id may be another's by then.
    pub fn kill_group(&self) {
        self.leash().kill_group();
    }

    /// What signals go by while somebody else waits.
    #[must_use]
    pub fn leash(&self) -> Leash {
        Leash { pid: self.pid, registry: Arc::clone(&self.registry) }
    }
}

/// Sends signals to a child, as long as it has not been seen to end: its id may be another's by then.
#[derive(Clone, Debug)]
pub struct Leash {
    pid: i32,
    registry: Arc<Registry>,
}

impl Leash {
    /// Kills the child and what is left of its process group.
    pub fn kill_group(&self) {
        self.while_running(|pid| kill_process_group(pid, Signal::KILL));
    }

    /// Asks the child and what is left of its process group to end.
    pub fn terminate_group(&self) {
        self.while_running(|pid| kill_process_group(pid, Signal::TERM));
    }

    /// Sends one signal to the child alone.
    pub fn signal(&self, signal: Signal) {
        self.while_running(|pid| kill_process(pid, signal));
    }

    /// Calls `act` with the child's id, which stays the child's until `act` returns.
    pub(crate) fn while_running(&self, act: impl FnOnce(Pid) -> Result<(), rustix::io::Errno>) {
        let running = self.registry.lock();
        if let Some(pid) = Pid::from_raw(self.pid)
            && running.waiting.contains_key(&self.pid)
            && let Err(error) = act(pid)
        {
            tracing::warn!(pid = self.pid, %error, "a child could not be signalled");
        }
    }
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Collects what has ended by now.
    fn reap(&self) {
        let mut running = self.lock();
        match self.reaping {
            Reaping::All => {
                while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
                    running.ended(pid.as_raw_nonzero().get(), Exit::from_status(status));
                }
            }
            Reaping::Own => {
                let pids: Vec<i32> = running.waiting.keys().copied().collect();
                for pid in pids {
                    match waitpid(Pid::from_raw(pid), WaitOptions::NOHANG) {
                        Ok(None) => {}
                        Ok(Some((_, status))) => running.ended(pid, Exit::from_status(status)),
                        Err(_) => running.ended(pid, Exit::Lost),
                    }
                }
            }
        }
    }
}

impl Running {
    fn ended(&mut self, pid: i32, exit: Exit) {
        if let Some(sender) = self.waiting.remove(&pid) {
            // Nobody may be left who wants to know.
            let _unheard = sender.send(exit);
        }
    }
}

/// One task collects for as long as the registry lives.
fn start_reaper(registry: &Arc<Registry>) -> io::Result<()> {
    let mut ended = tokio::signal::unix::signal(SignalKind::child())?;
    let registry: Weak<Registry> = Arc::downgrade(registry);
    tokio::spawn(async move {
        while ended.recv().await.is_some() {
            let Some(registry) = registry.upgrade() else { return };
            registry.reap();
        }
    });
    Ok(())
}

fn command(program: &Program) -> Result<Command, SpawnError> {
    if program.environment.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(SpawnError::EnvironmentNul);
    }
    let path =
        program.environment.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str());
    let Some(executable) = find_executable(&program.name, path.unwrap_or_default()) else {
        return Err(SpawnError::NotFound(program.name.clone()));
    };
    let mut command = Command::new(executable);
    command
        .arg0(&program.name)
        .args(&program.arguments)
        .current_dir(&program.directory)
        .env_clear()
        .envs(program.environment.iter().map(|(name, value)| (name, value)))
        .process_group(0);
    Ok(command)
}

/// The file a program name means: itself when it is a path, otherwise the first executable file of that name in the
/// directories of `search_path`.
#[must_use]
pub fn find_executable(name: &str, search_path: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name));
    }
    let directories = search_path.split(':').filter(|directory| directory.starts_with('/'));
    directories.map(|directory| Path::new(directory).join(name)).find(|file| is_executable(file))
}

/// Whether this is a file anybody may execute.
pub(crate) fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether the text can be the name of an environment variable: `[A-Za-z_][A-Za-z0-9_]*` (toolbox-processes.md §1.6).
#[must_use]
pub fn is_variable_name(name: &str) -> bool {
    let bytes = OsStr::new(name).as_bytes();
    bytes.first().is_some_and(|first| !first.is_ascii_digit())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}
