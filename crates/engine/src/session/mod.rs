//! Shell sessions: one shell that stays, and commands that run in it one after the other (toolbox-processes.md §4).
//!
//! ```text
//! Engine ─▶ Sessions ─▶ Session ── Message ──▶ driver: the task that owns the shell
//!                         └ Command ◀── phase, log ──┘        └─ tree: the end of all its processes
//!                             └ Log ─▶ frames: what a follower is sent
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `command` | a command: phase, input, exit code |
//! | `driver` | the shell's owner, and the way from pipe to log |
//! | `files` | what lies on disk, made ahead where that can be |
//! | `script` | shell text around a command |
//! | `tree` | the end of a session's processes |
//! | [`streams`] | markers: two streams in one log |
//! | `records` | from printed bytes to records |
//! | [`log`] | the file, and word of its growth |
//! | [`frames`] | a growing log, cut for followers |
//!
//! On disk, below `<home>/.daytona/sessions/<session>/<command>/`: `cmd.sh`, `output.log`, and `exit_code` once it is
//! known. The session's own directory holds the two pipes its commands print to, and the files of the command to come.

mod command;
mod driver;
mod files;
pub mod frames;
pub mod log;
mod records;
mod script;
pub mod streams;
pub(crate) mod tree;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

pub use command::{Command, CommandRequest};
use driver::{Driver, Message, Shell};
use files::Stock;
use script::Dialect;

use crate::spawn::{Program, SpawnError, Streams};
use crate::{Engine, shell};

/// Id of the session that runs the sandbox's entrypoint.
pub const ENTRYPOINT: &str = "entrypoint";
/// Id of its only command.
const ENTRYPOINT_COMMAND: &str = "entrypoint_command";

/// Why something cannot be done with a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The id belongs to the entrypoint.
    #[error("provided session ID is reserved and cannot be created/overridden")]
    Reserved,
    /// There is one already.
    #[error("session already exists")]
    Exists,
    /// There is none.
    #[error("session not found")]
    Unknown,
    /// The session has no such command.
    #[error("command not found")]
    UnknownCommand,
    /// There is nothing to run.
    #[error("command cannot be empty")]
    Blank,
    /// The shell has ended and runs nothing any more.
    #[error("session process has exited")]
    Ended,
    /// The session was deleted meanwhile.
    #[error("session cancelled")]
    Cancelled,
    /// The command has ended and reads nothing any more.
    #[error("command has already completed with exit code {0}")]
    Completed(i32),
    /// The shell could not be started.
    #[error(transparent)]
    Start(#[from] SpawnError),
    /// The session's files could not be made.
    #[error("{0}")]
    Files(#[from] io::Error),
}

/// The sessions of one sandbox, in the order of their creation.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<Vec<Arc<Session>>>);

/// A shell and its commands.
#[derive(Debug)]
pub struct Session {
    id: String,
    stock: Stock,
    commands: Mutex<Commands>,
    driver: mpsc::UnboundedSender<Message>,
    shell_ended: watch::Receiver<bool>,
    /// Set once its deletion has begun; the id is taken until that is over.
    leaving: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Commands {
    in_order: Vec<Arc<Command>>,
    by_id: HashMap<String, usize>,
}

impl Engine {
    /// Starts a shell that commands can be run in one after the other, in the work directory, or at home for clients that
    /// expect it there.
    ///
    /// # Errors
    ///
    /// When the id is taken or reserved, or the shell or its files cannot be had.
    pub fn create_session(&self, id: &str, at_home: bool) -> Result<(), SessionError> {
        if id == ENTRYPOINT {
            return Err(SessionError::Reserved);
        }
        let directory = if at_home { &self.config().home } else { &self.config().work_dir };
        self.start_session(id, directory).map(|_| ())
    }

    /// Starts the sandbox's entrypoint in a session of its own, if it has one; its log is that of this run. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// When the shell or its files cannot be had.
    pub fn start_entrypoint(&self) -> Result<(), SessionError> {
        let Some(words) = &self.config().entrypoint else { return Ok(()) };
        let quoted: Vec<String> =
            words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
        let last_run = self.session_directory(ENTRYPOINT);
        match std::fs::remove_dir_all(last_run) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let session = self.start_session(ENTRYPOINT, &self.config().work_dir)?;
        session.execute(CommandRequest {
            id: ENTRYPOINT_COMMAND.to_owned(),
            text: quoted.join(" "),
            takes_input: true,
            echoes_input: false,
        })?;
        Ok(())
    }

    /// All sessions but that of the entrypoint, oldest first.
    #[must_use]
    pub fn sessions(&self) -> Vec<Arc<Session>> {
        let sessions = self.sessions.lock();
        let visible = sessions.iter().filter(|session| session.id != ENTRYPOINT && !session.is_leaving());
        visible.cloned().collect()
    }

    /// The session of this id, that of the entrypoint too.
    ///
    /// # Errors
    ///
    /// [`SessionError::Unknown`].
    pub fn session(&self, id: &str) -> Result<Arc<Session>, SessionError> {
        let sessions = self.sessions.lock();
        let found = sessions.iter().find(|session| session.id == id && !session.is_leaving());
        found.cloned().ok_or(SessionError::Unknown)
    }

    /// Ends a session with all its processes and removes its files. Goes on when the returned future is dropped.
    ///
    /// # Errors
    ///
    /// [`SessionError::Unknown`].
    pub async fn delete_session(self: &Arc<Self>, id: &str) -> Result<(), SessionError> {
        let session = self.session(id)?;
        session.leaving.send_replace(true);
        let (reply, deleted) = oneshot::channel();
        // A driver that is gone has nothing left to end.
        let _ = session.driver.send(Message::End(reply));
        let engine = Arc::clone(self);
        let forgetting = tokio::spawn(async move {
            let _ = deleted.await;
            engine.sessions.lock().retain(|known| !Arc::ptr_eq(known, &session));
        });
        let _ = forgetting.await;
        Ok(())
    }

    fn start_session(&self, id: &str, directory: &Path) -> Result<Arc<Session>, SessionError> {
        let mut sessions = self.sessions.lock();
        if sessions.iter().any(|session| session.id == id) {
            return Err(SessionError::Exists);
        }
        let own_directory = self.session_directory(id);
        files::make_session_directory(&own_directory)?;
        driver::make_pipe(&files::output_pipe(&own_directory))?;
        driver::make_pipe(&files::errors_pipe(&own_directory))?;
        let stock = Stock::new(&own_directory);
        let shell = self.start_shell(directory, &own_directory)?;
        let (driver, messages) = mpsc::unbounded_channel();
        let (ended_sender, shell_ended) = watch::channel(false);
        let owner = Driver {
            shell,
            directory: own_directory,
            stock: stock.clone(),
            messages,
            shell_ended: ended_sender,
            queue: VecDeque::new(),
            grace: self.config().termination_grace,
            pause: self.config().termination_pause,
        };
        tokio::spawn(owner.run());
        let session = Arc::new(Session {
            id: id.to_owned(),
            stock,
            commands: Mutex::default(),
            driver,
            shell_ended,
            leaving: watch::Sender::new(false),
        });
        sessions.push(Arc::clone(&session));
        Ok(session)
    }

    fn session_directory(&self, id: &str) -> PathBuf {
        self.config().home.join(".daytona/sessions").join(files::directory_name(id))
    }

    fn start_shell(&self, directory: &Path, own_directory: &Path) -> Result<Shell, SessionError> {
        let name = shell::choose(self.config());
        let dialect = Dialect::of(&name);
        let (input, input_end) = io::pipe()?;
        let (reports_end, reports) = io::pipe()?;
        let program = Program {
            name,
            arguments: Vec::new(),
            directory: directory.to_owned(),
            environment: self.environment(directory, &[]),
        };
        let streams =
            Streams { input: Stdio::from(input), output: Stdio::from(reports), errors: Stdio::null() };
        let child = self.children().spawn(&program, streams)?;
        Ok(Shell::new(child, dialect, own_directory, input_end.into(), reports_end.into())?)
    }
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// The id it was created with.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// All its commands, oldest first.
    #[must_use]
    pub fn commands(&self) -> Vec<Arc<Command>> {
        self.lock().in_order.clone()
    }

    /// The command of this id.
    ///
    /// # Errors
    ///
    /// [`SessionError::UnknownCommand`].
    pub fn command(&self, id: &str) -> Result<Arc<Command>, SessionError> {
        let commands = self.lock();
        let place = commands.by_id.get(id).ok_or(SessionError::UnknownCommand)?;
        Ok(Arc::clone(&commands.in_order[*place]))
    }

    /// Runs a command after all others; does not wait for it.
    ///
    /// # Errors
    ///
    /// When the command is blank, the shell has ended, or the command's files cannot be made.
    pub fn execute(&self, request: CommandRequest) -> Result<Arc<Command>, SessionError> {
        if request.text.trim().is_empty() {
            return Err(SessionError::Blank);
        }
        if *self.shell_ended.borrow() {
            return Err(SessionError::Ended);
        }
        let log = self.stock.take(&request.id, &request.text)?;
        let command = Arc::new(Command::new(request, log));
        // Held until the driver has it, so that commands run in the order they are listed in.
        let mut commands = self.lock();
        let place = commands.in_order.len();
        commands.in_order.push(Arc::clone(&command));
        commands.by_id.insert(command.id().to_owned(), place);
        self.driver.send(Message::Run(Arc::clone(&command))).map_err(|_| SessionError::Cancelled)?;
        Ok(command)
    }

    fn is_leaving(&self) -> bool {
        *self.leaving.borrow()
    }

    fn lock(&self) -> MutexGuard<'_, Commands> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
