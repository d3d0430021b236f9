//! Commands known by their process id: what they print, when they end, and how they are ended (voidrun.md §2.4–§2.6).
//!
//! ```text
//! Engine::start_process ─▶ Process ── pid ──▶ registry: running, then remembered for a while
//!                             │
//!          pipes ─▶ carry ─▶ Bus ─▶ any number of readers, from the start on
//!                             └─ ended: any number of waiters
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`bus`] | what was printed, stream by stream, for several readers, with replay |
//! | `carry` | the way from the pipes to the bus, time limit and end |
//!
//! A command that is only waited for is started here too and not put into the registry. Ended commands are remembered
//! for [`RETENTION`], at most [`REMEMBERED`] of them: whoever attaches or waits late still learns how it went.

pub mod bus;
mod carry;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::{Signal, kill_process_group};
use tokio::sync::watch;

use crate::command::CommandError;
use crate::spawn::{self, Child, Exit, Leash, Program};
use crate::{Engine, shell};
use bus::{Bus, Reader};
use carry::{Quiet, Started};

/// How long an ended command can still be attached to and waited for.
pub const RETENTION: Duration = Duration::from_secs(300);
/// How many ended commands are remembered at most.
pub const REMEMBERED: usize = 128;
/// Bytes of output kept for whoever attaches later.
pub const KEPT_OUTPUT: usize = 1 << 20;
/// How long a command that is asked to end may take before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// A command to start.
#[derive(Clone, Debug)]
pub struct ProcessRequest {
    /// Text for the shell, as a whole.
    pub text: String,
    /// Directory as the caller names it; empty means the work directory.
    pub directory: String,
    /// Variables added to the sandbox's environment; they win.
    pub environment: Vec<(String, String)>,
    /// Time until it is killed with its process group.
    pub limit: Option<Duration>,
    /// When it was asked for.
    pub started: Timestamp,
    /// Whether it is found by its process id, while it runs and for a while afterwards.
    pub registered: bool,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What became of it.
    pub exit: Exit,
    /// Whether its time limit ended it.
    pub timed_out: bool,
}

/// A command that was started.
#[derive(Debug)]
pub struct Process {
    pid: i32,
    text: String,
    started: Timestamp,
    leash: Leash,
    bus: Arc<Bus>,
    ended: watch::Sender<Option<Ended>>,
    condemned: AtomicBool,
}

/// The commands of a sandbox that are found by their process id, in the order they were started.
#[derive(Debug, Default)]
pub(crate) struct Processes(Mutex<Vec<Arc<Process>>>);

impl Processes {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Process>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, process: &Arc<Process>) {
        let mut known = self.lock();
        // An ended one of the same number has been told long enough about.
        known.retain(|other| other.pid != process.pid);
        known.push(Arc::clone(process));
    }

    /// Forgets those that were started first among too many that have ended.
    fn trim(&self) {
        let mut known = self.lock();
        let mut surplus = known.iter().filter(|other| !other.is_running()).count().saturating_sub(REMEMBERED);
        known.retain(|other| {
            let goes = surplus > 0 && !other.is_running();
            surplus -= usize::from(goes);
            !goes
        });
    }

    fn forget(&self, process: &Arc<Process>) {
        self.lock().retain(|other| !Arc::ptr_eq(other, process));
    }
}

impl Engine {
    /// Starts a command and returns at once, with a reader that misses nothing. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// When there is nothing to run, a variable has an impossible name, or the shell cannot be started.
    pub fn start_process(
        self: &Arc<Self>,
        request: ProcessRequest,
    ) -> Result<(Arc<Process>, Reader), CommandError> {
        let shell = shell::posix(&self.variable("PATH").unwrap_or_default());
        let arguments = vec!["-c".to_owned(), request.text.clone()];
        self.start_program(shell, arguments, request)
    }

    /// Starts a program with its arguments, no shell around it; [`ProcessRequest::text`] is only its name to people.
    ///
    /// # Errors
    ///
    /// As [`Self::start_process`].
    pub fn start_program(
        self: &Arc<Self>,
        name: String,
        arguments: Vec<String>,
        request: ProcessRequest,
    ) -> Result<(Arc<Process>, Reader), CommandError> {
        if request.text.trim().is_empty() {
            return Err(CommandError::Blank);
        }
        if let Some((name, _)) = request.environment.iter().find(|(name, _)| !spawn::is_variable_name(name)) {
            return Err(CommandError::VariableName(name.clone()));
        }
        let directory = self.directory(&request.directory)?;
        let environment = self.environment(&directory, &request.environment);
        let program = Program { name, arguments, directory, environment };
        let started = Started::new(&self.children, &program)?;
        let process = Arc::new(Process {
            pid: started.child.pid(),
            text: request.text,
            started: request.started,
            leash: started.child.leash(),
            bus: Bus::new(if request.registered { KEPT_OUTPUT } else { 0 }),
            ended: watch::Sender::new(None),
            condemned: AtomicBool::new(false),
        });
        let reader = process.bus.reader();
        if request.registered {
            self.processes.add(&process);
        }
        let quiet = Quiet { silence: self.config.drain, limit: self.config.drain_limit };
        let (engine, carried) = (Arc::clone(self), Arc::clone(&process));
        tokio::spawn(async move {
            started.carry(Arc::clone(&carried), request.limit, quiet).await;
            if request.registered {
                engine.processes.trim();
                tokio::time::sleep(RETENTION).await;
                engine.processes.forget(&carried);
            }
        });
        Ok((process, reader))
    }

    /// Makes a command that somebody else watches known by its process id, until it has ended.
    pub(crate) fn announce(self: &Arc<Self>, child: &Child, text: String, started: Timestamp) -> Announced {
        let process = Arc::new(Process {
            pid: child.pid(),
            text,
            started,
            leash: child.leash(),
            bus: Bus::new(0),
            ended: watch::Sender::new(None),
            condemned: AtomicBool::new(false),
        });
        self.processes.add(&process);
        Announced { engine: Arc::clone(self), process }
    }

    /// The command with this process id, one that has ended too while it is remembered.
    #[must_use]
    pub fn process(&self, pid: i64) -> Option<Arc<Process>> {
        self.processes.lock().iter().find(|process| i64::from(process.pid) == pid).cloned()
    }

    /// The commands that run, the oldest first.
    #[must_use]
    pub fn running_processes(&self) -> Vec<Arc<Process>> {
        self.processes.lock().iter().filter(|process| process.is_running()).cloned().collect()
    }
}

/// A command that somebody else watches. Forgotten when dropped.
#[derive(Debug)]
pub(crate) struct Announced {
    engine: Arc<Engine>,
    process: Arc<Process>,
}

impl Announced {
    /// Tells who waits for it or attached to it.
    pub(crate) fn ended(&self, ended: Ended) {
        self.process.ended.send_replace(Some(ended));
        self.process.bus.close();
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        if self.process.is_running() {
            self.ended(Ended { exit: Exit::Lost, timed_out: false });
        }
        self.engine.processes.forget(&self.process);
    }
}

impl Process {
    /// Its process id, which is the id of its process group too.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// What was asked for.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// When it was asked for.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// Whether it has not ended yet.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.ended.borrow().is_none()
    }

    /// What it printed, from its start as far as that is kept, and goes on printing.
    #[must_use]
    pub fn attach(&self) -> Reader {
        self.bus.reader()
    }

    /// Waits for its end; background children of it may go on.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.subscribe();
        let ended = ended.wait_for(Option::is_some).await.ok().and_then(|ended| *ended);
        ended.unwrap_or(Ended { exit: Exit::Lost, timed_out: false })
    }

    /// Ends it with its process group: asks first, kills who does not listen, and returns when it has ended. False when
    /// it had ended before.
    pub async fn kill(&self) -> bool {
        if !self.is_running() {
            return false;
        }
        self.condemned.store(true, Ordering::Release);
        self.leash.while_running(|group| {
            kill_process_group(group, Signal::TERM)?;
            // A stopped process takes a signal only when it goes on.
            kill_process_group(group, Signal::CONT)
        });
        if tokio::time::timeout(GRACE, self.ended()).await.is_err() {
            self.leash.kill_group();
            self.ended().await;
        }
        true
    }

    fn is_condemned(&self) -> bool {
        self.condemned.load(Ordering::Acquire)
    }
}
