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
//! | `script` | shell text around a command |
//! | `tree` | the end of a session's processes |
//! | [`streams`] | markers: two streams in one log |
//! | `records` | from printed bytes to records |
//! | [`log`] | the file, and word of its growth |
//! | [`frames`] | a growing log, cut for followers |
//!
//! On disk, below `<home>/.daytona/sessions/<session>/<command>/`: `cmd.sh`, `output.log`, and `exit_code` once it is
//! known. The session's own directory holds the two pipes its commands print to.

mod command;
mod driver;
pub mod frames;
pub mod log;
mod records;
mod script;
pub mod streams;
mod tree;

use std::collections::{HashMap, VecDeque};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};

pub use command::{Command, CommandRequest};
use driver::{Driver, Message, Shell};
use log::Log;
use script::Dialect;

use crate::spawn::{Program, SpawnError, Streams};
use crate::{Engine, shell};

/// Id of the session that runs the sandbox's entrypoint.
pub const ENTRYPOINT: &str = "entrypoint";
/// Id of its only command.
const ENTRYPOINT_COMMAND: &str = "entrypoint_command";
/// Longest name a session's directory gets from its id alone, in bytes.
const LONGEST_NAME: usize = 200;

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
    directory: PathBuf,
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
        make_directory(&own_directory)?;
        driver::make_pipe(&output_pipe(&own_directory))?;
        driver::make_pipe(&errors_pipe(&own_directory))?;
        let shell = self.start_shell(directory, &own_directory)?;
        let (driver, messages) = mpsc::unbounded_channel();
        let (ended_sender, shell_ended) = watch::channel(false);
        let owner = Driver {
            shell,
            directory: own_directory.clone(),
            messages,
            shell_ended: ended_sender,
            queue: VecDeque::new(),
            grace: self.config().termination_grace,
            pause: self.config().termination_pause,
        };
        tokio::spawn(owner.run());
        let session = Arc::new(Session {
            id: id.to_owned(),
            directory: own_directory,
            commands: Mutex::default(),
            driver,
            shell_ended,
            leaving: watch::Sender::new(false),
        });
        sessions.push(Arc::clone(&session));
        Ok(session)
    }

    fn session_directory(&self, id: &str) -> PathBuf {
        self.config().home.join(".daytona/sessions").join(directory_name(id))
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
        let files = CommandFiles::of(&self.directory, &request.id);
        let log = files.create(&request.text)?;
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

/// Where the files of a command lie.
#[derive(Debug)]
struct CommandFiles {
    directory: PathBuf,
    script: PathBuf,
    log: PathBuf,
    exit_code: PathBuf,
    input: PathBuf,
}

impl CommandFiles {
    fn of(session: &Path, command_id: &str) -> Self {
        let directory = session.join(command_id);
        let file = |name| directory.join(name);
        Self {
            script: file("cmd.sh"),
            log: file("output.log"),
            exit_code: file("exit_code"),
            input: file("input.pipe"),
            directory,
        }
    }

    fn create(&self, text: &str) -> io::Result<Log> {
        make_directory(&self.directory)?;
        let mut options = OpenOptions::new();
        let mut script = options.create(true).write(true).truncate(true).mode(0o600).open(&self.script)?;
        let text = if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
        script.write_all(text.as_bytes())?;
        Log::create(self.log.clone())
    }
}

fn output_pipe(session: &Path) -> PathBuf {
    session.join("stdout.pipe")
}

fn errors_pipe(session: &Path) -> PathBuf {
    session.join("stderr.pipe")
}

fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    match builder.mode(0o755).create(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => builder.recursive(true).create(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

/// The directory of a session: its id, but for what cannot be a file's name. No two ids share one.
fn directory_name(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for character in id.chars() {
        match character {
            '/' | '\0' | '%' => name.push_str(&format!("%{:02X}", u32::from(character))),
            _ => name.push(character),
        }
    }
    if name.starts_with('.') {
        name.replace_range(..1, "%2E");
    }
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let mut end = LONGEST_NAME;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    format!("{name}%{:016X}", hash(id))
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_ids_are_directory_names_and_odd_ones_stay_below_their_directory() {
        for id in ["s1", "my session", "ž 🐎", "it's"] {
            assert_eq!(directory_name(id), id);
        }
        assert_eq!(directory_name(".."), "%2E.");
        assert_eq!(directory_name("../x"), "%2E.%2Fx");
        assert_eq!(directory_name("a%2Fb"), "a%252Fb");
        assert_eq!(directory_name("a\0"), "a%00");
    }

    #[test]
    fn ids_too_long_for_a_name_get_different_ones() {
        let (one, other) = ("ž".repeat(300) + "1", "ž".repeat(300) + "2");
        assert_ne!(directory_name(&one), directory_name(&other));
        assert!(directory_name(&one).len() < 255);
    }
}
