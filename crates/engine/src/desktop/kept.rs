//! A process that is kept running, and what it prints.
//!
//! ```text
//! start ─▶ spawn ─▶ runs ─┬─ ends ─▶ (what it left is ended) ─▶ pause ─▶ spawn again
//!                         └─ stop ─▶ SIGTERM to its tree ─▶ SIGKILL ─▶ over
//! ```

use std::fs::{File, OpenOptions};
use std::future::Ready;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::session::tree;
use crate::spawn::{Child, Children, Leash, Program, SpawnError, Streams};

/// Pause before a process that ended is started again.
const PAUSE: Duration = Duration::from_secs(5);
/// How long a process may take to end when it is told to.
const GRACE: Duration = Duration::from_secs(5);
/// How long its children may take once it has gone itself.
const ORPHANS: Duration = Duration::from_millis(500);
/// Longest beginning of the output that is looked at for what a process says of itself.
const SAID: usize = 4096;

/// What to start, and start again.
#[derive(Clone, Debug)]
pub(super) struct Launch {
    pub(super) program: Program,
    /// Files its output and its complaints are added to.
    pub(super) output: PathBuf,
    pub(super) errors: PathBuf,
    /// Whether it is started anew when it ends.
    pub(super) restarts: bool,
}

/// How a process is.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// Its process id while it runs.
    pub(super) pid: Option<i32>,
    /// How often it has been started.
    pub(super) runs: u32,
    /// The beginning of what this run has printed.
    pub(super) said: String,
    over: bool,
}

/// A process that is kept. Dropping it ends the process, in its own time.
#[derive(Debug)]
pub(super) struct Kept {
    state: watch::Receiver<State>,
    stop: watch::Sender<bool>,
}

impl Kept {
    /// Starts the process. Needs a tokio runtime.
    pub(super) fn start(children: &Children, launch: Launch) -> Result<Self, SpawnError> {
        let (state, seen) = watch::channel(State::default());
        let child = run(children, &launch, &state)?;
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(keep(children.clone(), launch, child, state, stopping));
        Ok(Self { state: seen, stop })
    }

    pub(super) fn pid(&self) -> Option<i32> {
        self.state.borrow().pid
    }

    /// Tells of changes from now on.
    pub(super) fn watch(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Ends it; returns when it is gone.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        let mut state = self.state.clone();
        // An error means that its keeper is gone, which is the last to go.
        let _over = state.wait_for(|state| state.over).await;
    }
}

/// Starts it once and passes on what it prints.
fn run(children: &Children, launch: &Launch, state: &watch::Sender<State>) -> Result<Child, SpawnError> {
    if let Some(directory) = launch.output.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let (output, printed) = io::pipe()?;
    let output = pipe::Receiver::from_owned_fd(output.into())?;
    let log = appended(&launch.output)?;
    let errors = appended(&launch.errors)?;
    let streams = Streams { input: Stdio::null(), output: printed.into(), errors: errors.into() };
    let child = children.spawn(&launch.program, streams)?;
    let pid = child.pid();
    state.send_modify(|state| {
        *state = State { pid: Some(pid), runs: state.runs + 1, ..State::default() };
    });
    tokio::spawn(copy(output, log, state.clone(), pid));
    Ok(child)
}

fn appended(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Adds what is printed to the log, and keeps the beginning for whoever waits for a word.
async fn copy(mut output: pipe::Receiver, mut log: File, state: watch::Sender<State>, pid: i32) {
    let mut buffer = vec![0; SAID];
    while let Ok(length @ 1..) = output.read(&mut buffer).await {
        let printed = &buffer[..length];
        let _ = log.write_all(printed);
        state.send_if_modified(|state| {
            let heard = state.pid == Some(pid) && state.said.len() < SAID;
            if heard {
                state.said.push_str(&String::from_utf8_lossy(printed));
            }
            heard
        });
    }
}

/// Ends the process when nobody is left to keep it: the runtime is going down.
struct Tied(Leash);

impl Drop for Tied {
    fn drop(&mut self) {
        self.0.terminate_group();
    }
}

async fn keep(
    children: Children,
    launch: Launch,
    mut child: Child,
    state: watch::Sender<State>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let pid = child.pid();
        let _tied = Tied(child.leash());
        let stopped = tokio::select! {
            _ = child.wait() => false,
            // An error means that nobody wants it any more.
            _ = stop.wait_for(|stop| *stop) => true,
        };
        if stopped {
            let mut collected = false;
            let end = async {
                child.wait().await;
                collected = true;
            };
            tree::end(pid, Some(end), GRACE, ORPHANS).await;
            if !collected {
                // It has ended; its number is its own until this is seen.
                child.wait().await;
            }
            break;
        }
        state.send_modify(|state| state.pid = None);
        tree::end(pid, None::<Ready<()>>, GRACE, ORPHANS).await;
        let Some(next) = again(&children, &launch, &state, &mut stop).await else { break };
        child = next;
    }
    state.send_modify(|state| {
        state.pid = None;
        state.over = true;
    });
}

/// The next run, if there is to be one.
async fn again(
    children: &Children,
    launch: &Launch,
    state: &watch::Sender<State>,
    stop: &mut watch::Receiver<bool>,
) -> Option<Child> {
    if !launch.restarts {
        return None;
    }
    loop {
        if timeout(PAUSE, stop.wait_for(|stop| *stop)).await.is_ok() {
            return None;
        }
        match run(children, launch, state) {
            Ok(child) => return Some(child),
            Err(error) => tracing::info!(%error, "a process of the desktop cannot be started again"),
        }
    }
}
