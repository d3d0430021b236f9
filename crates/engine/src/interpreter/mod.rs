//! Interpreter contexts: Python that keeps its state from one piece of code to the next (toolbox-processes.md §6).
//!
//! ```text
//! Engine ─▶ Contexts ─▶ Context ── Job ──▶ context: the task that owns the worker ◀──▶ worker.py
//!                         events of the job ◀──┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `context` | the task that runs jobs one by one and ends them |
//! | `worker` | the process, and what is said to it and by it |

mod context;
mod worker;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use context::Owner;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use worker::{Message, Worker};

pub use worker::StartError;

use crate::Engine;

/// Id of the context that is there without being made.
pub const DEFAULT: &str = "default";
/// Time a piece of code may run unless it says otherwise (toolbox-processes.md §6.2).
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);
/// Jobs that wait in a context (toolbox-processes.md §6.3).
const QUEUE: usize = 128;
/// Events of a job that wait for its client; the worker waits for more room.
const EVENTS: usize = 64;

/// Why something cannot be done with a context.
#[derive(Debug, thiserror::Error)]
pub enum InterpreterError {
    /// There is none.
    #[error("context not found: {0}")]
    Unknown(String),
    /// The default context stays.
    #[error("cannot delete default context")]
    Default,
    /// Its worker cannot be started.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// A context as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextInfo {
    /// Its id.
    pub id: String,
    /// Directory its worker starts in.
    pub directory: String,
    /// When it was made.
    pub created: Timestamp,
    /// Whether its worker runs.
    pub active: bool,
}

/// Code to run.
#[derive(Clone, Debug)]
pub struct Code {
    /// What to run.
    pub code: String,
    /// Variables set while it runs.
    pub environment: Vec<(String, String)>,
    /// Time until it is interrupted; `None` lets it run for ever.
    pub timeout: Option<Duration>,
}

/// What happens while code runs, in order; [`Event::Ended`] is the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It printed something.
    Output(String),
    /// It printed something to standard error.
    Errors(String),
    /// It ended with an exception.
    Exception {
        /// Class.
        name: String,
        /// Text.
        value: String,
        /// Where, in lines.
        traceback: String,
    },
    /// It ended.
    Ended(Outcome),
}

/// How code ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// By itself, with an exception or without.
    Completed,
    /// By an interrupt nobody here sent.
    Interrupted,
    /// Its time was up.
    TimedOut,
    /// Its worker ended.
    WorkerEnded,
    /// Its context was deleted.
    Deleted,
    /// Its context has no worker and cannot get one.
    NotActive,
}

impl Event {
    fn of(message: Message) -> Option<Self> {
        match message {
            Message::Output(text) => Some(Self::Output(text)),
            Message::Errors(text) => Some(Self::Errors(text)),
            Message::Exception { name, value, traceback } => Some(Self::Exception { name, value, traceback }),
            Message::Completed | Message::Interrupted => None,
        }
    }
}

#[derive(Debug)]
struct Job {
    code: String,
    environment: Vec<(String, String)>,
    timeout: Option<Duration>,
    events: mpsc::Sender<Event>,
}

#[derive(Debug)]
struct Context {
    id: String,
    directory: String,
    created: Timestamp,
    active: Arc<AtomicBool>,
    jobs: mpsc::Sender<Job>,
    deleted: watch::Sender<bool>,
    gone: Mutex<Option<oneshot::Receiver<()>>>,
}

/// The contexts of a sandbox, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Contexts(Mutex<Vec<Arc<Context>>>);

impl Contexts {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Context>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<Arc<Context>> {
        self.lock().iter().find(|context| context.id == id).cloned()
    }
}

impl Engine {
    /// Makes a context and starts its worker; an empty directory means the work directory.
    ///
    /// # Errors
    ///
    /// [`StartError`]; there is no context then.
    pub fn create_context(
        self: &Arc<Self>,
        id: String,
        directory: String,
        created: Timestamp,
    ) -> Result<ContextInfo, StartError> {
        let context = self.open_context(id, directory, created)?;
        self.contexts.lock().push(Arc::clone(&context));
        Ok(context.info())
    }

    /// The contexts that were made by somebody, the oldest first.
    #[must_use]
    pub fn contexts(&self) -> Vec<ContextInfo> {
        let contexts = self.contexts.lock();
        contexts.iter().filter(|context| context.id != DEFAULT).map(|context| context.info()).collect()
    }

    /// Ends a context with its worker and all jobs that wait. Returns when nothing of it runs any more.
    ///
    /// # Errors
    ///
    /// [`InterpreterError::Default`], [`InterpreterError::Unknown`].
    pub async fn delete_context(&self, id: &str) -> Result<(), InterpreterError> {
        if id == DEFAULT {
            return Err(InterpreterError::Default);
        }
        let context = {
            let mut contexts = self.contexts.lock();
            let place = contexts.iter().position(|context| context.id == id);
            place.map(|place| contexts.remove(place))
        };
        let context = context.ok_or_else(|| InterpreterError::Unknown(id.to_owned()))?;
        context.deleted.send_replace(true);
        let gone = context.gone.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(gone) = gone {
            // Never sent: the sender is dropped at the end.
            let _ended = gone.await;
        }
        Ok(())
    }

    /// Runs code in a context, after the jobs that wait there already. It goes on when the events are not read any more.
    ///
    /// # Errors
    ///
    /// [`InterpreterError::Unknown`]; [`InterpreterError::Start`] when the default context cannot be started.
    pub async fn interpret(
        self: &Arc<Self>,
        context: Option<&str>,
        code: Code,
        now: Timestamp,
    ) -> Result<mpsc::Receiver<Event>, InterpreterError> {
        let id = context.unwrap_or(DEFAULT);
        let context = match self.contexts.find(id) {
            Some(context) => context,
            None if id == DEFAULT => self.default_context(now)?,
            None => return Err(InterpreterError::Unknown(id.to_owned())),
        };
        let (events, received) = mpsc::channel(EVENTS);
        let Code { code, environment, timeout } = code;
        let job = Job { code, environment, timeout, events };
        context.jobs.send(job).await.map_err(|_| InterpreterError::Unknown(id.to_owned()))?;
        Ok(received)
    }

    fn default_context(self: &Arc<Self>, now: Timestamp) -> Result<Arc<Context>, StartError> {
        let context = self.open_context(DEFAULT.to_owned(), String::new(), now)?;
        let mut contexts = self.contexts.lock();
        // Somebody else may have been as quick; the context made here ends when it is dropped.
        if let Some(known) = contexts.iter().find(|context| context.id == DEFAULT) {
            return Ok(Arc::clone(known));
        }
        contexts.push(Arc::clone(&context));
        Ok(context)
    }

    fn open_context(
        self: &Arc<Self>,
        id: String,
        directory: String,
        created: Timestamp,
    ) -> Result<Arc<Context>, StartError> {
        let worker = Worker::start(self, &directory)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (deleted, watched) = watch::channel(false);
        let (gone, ended) = oneshot::channel();
        let active = Arc::new(AtomicBool::new(true));
        let owner = Owner {
            engine: Arc::downgrade(self),
            directory: directory.clone(),
            worker: Some(worker),
            active: Arc::clone(&active),
            jobs: queue,
            deleted: watched,
            gone,
        };
        tokio::spawn(owner.work());
        let shown = if directory.is_empty() {
            self.config.work_dir.to_string_lossy().into_owned()
        } else {
            directory
        };
        let gone = Mutex::new(Some(ended));
        Ok(Arc::new(Context { id, directory: shown, created, active, jobs, deleted, gone }))
    }
}

impl Context {
    fn info(&self) -> ContextInfo {
        ContextInfo {
            id: self.id.clone(),
            directory: self.directory.clone(),
            created: self.created,
            active: self.active.load(Ordering::Acquire),
        }
    }
}
