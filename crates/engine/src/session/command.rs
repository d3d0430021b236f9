//! One command of a session: what it is, how far it has got, its log and its input.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::unix::pipe;
use tokio::sync::watch;

use super::SessionError;
use super::log::Log;

/// Exit code of a command that was still waiting when the shell of its session ended.
const NEVER_RAN: i32 = -1;

/// A command to run in a session.
#[derive(Clone, Debug)]
pub struct CommandRequest {
    /// Name of the command, unique in its session; also the name of its directory.
    pub id: String,
    /// Shell text.
    pub text: String,
    /// Whether its input stays open for [`Command::send_input`]; otherwise it reads nothing.
    pub takes_input: bool,
    /// Whether what is sent to it shows in its log.
    pub echoes_input: bool,
}

/// How far a command has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Others come first.
    Queued,
    /// The shell has it.
    Running,
    /// It ended, and all it printed is in the log.
    Ended(i32),
    /// The shell ended before it came to it.
    NeverRan,
    /// Its session was deleted.
    Cancelled,
}

/// A command of a session.
#[derive(Debug)]
pub struct Command {
    id: String,
    text: String,
    echoes_input: bool,
    takes_input: bool,
    log: Log,
    phase: watch::Sender<Phase>,
    input: Mutex<Option<Arc<pipe::Sender>>>,
    /// Keeps inputs whole and in order.
    input_turn: tokio::sync::Mutex<()>,
}

impl Command {
    pub(super) fn new(request: CommandRequest, log: Log) -> Self {
        Self {
            id: request.id,
            text: request.text,
            echoes_input: request.echoes_input,
            takes_input: request.takes_input,
            log,
            phase: watch::Sender::new(Phase::Queued),
            input: Mutex::new(None),
            input_turn: tokio::sync::Mutex::new(()),
        }
    }

    /// Name of the command, unique in its session.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Shell text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it printed.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its exit code, once it has ended and all it printed is in the log: the shell's status, 128 and the number of the
    /// signal that ended the shell, or −1 when the shell ended before it came to this command.
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        match *self.phase.borrow() {
            Phase::Ended(code) => Some(code),
            Phase::NeverRan => Some(NEVER_RAN),
            Phase::Queued | Phase::Running | Phase::Cancelled => None,
        }
    }

    /// Waits for the command's end; its exit code.
    ///
    /// # Errors
    ///
    /// [`SessionError::Cancelled`] when the session is deleted, [`SessionError::Ended`] when the shell ended before it
    /// came to this command.
    pub async fn ended(&self) -> Result<i32, SessionError> {
        let mut phase = self.phase.subscribe();
        let ended = phase.wait_for(|phase| !matches!(phase, Phase::Queued | Phase::Running)).await;
        match ended.as_deref() {
            Ok(Phase::Ended(code)) => Ok(*code),
            Ok(Phase::NeverRan) => Err(SessionError::Ended),
            _ => Err(SessionError::Cancelled),
        }
    }

    /// Writes a line to the command's input; waits for the start of a command that is queued. A line feed is added when
    /// missing. A command that takes no input loses it.
    ///
    /// # Errors
    ///
    /// [`SessionError::Completed`] when the command ended before it could take it all, [`SessionError::Ended`] when it
    /// never ran or its session was deleted.
    pub async fn send_input(&self, text: &str) -> Result<(), SessionError> {
        let mut line = text.to_owned();
        if !line.ends_with('\n') {
            line.push('\n');
        }
        let mut phase = self.phase.subscribe();
        let _turn = self.input_turn.lock().await;
        let _ = phase.wait_for(|phase| *phase != Phase::Queued).await;
        let mut written = 0;
        loop {
            self.may_take_input()?;
            let sender = self.sender();
            // A program's answer must not come before the question it answers.
            self.log.echo_if(line.as_bytes(), || {
                written += write_some(sender.as_deref(), &line.as_bytes()[written..]);
                self.echoes_input && written == line.len()
            });
            let Some(sender) = sender.filter(|_| written < line.len()) else { return Ok(()) };
            tokio::select! {
                _ = sender.writable() => {}
                _ = phase.wait_for(|phase| *phase != Phase::Running) => {}
            }
        }
    }

    fn may_take_input(&self) -> Result<(), SessionError> {
        match *self.phase.borrow() {
            Phase::Queued | Phase::Running => Ok(()),
            Phase::Ended(code) => Err(SessionError::Completed(code)),
            Phase::NeverRan | Phase::Cancelled => Err(SessionError::Ended),
        }
    }

    pub(super) fn takes_input(&self) -> bool {
        self.takes_input
    }

    pub(super) fn start(&self, input: Option<pipe::Sender>) {
        *self.input.lock().unwrap_or_else(PoisonError::into_inner) = input.map(Arc::new);
        self.phase.send_replace(Phase::Running);
    }

    /// Its exit code shows before its log ends, so that who sees the end of the log finds the code.
    pub(super) fn end(&self, phase: Phase) {
        *self.input.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.phase.send_replace(phase);
        self.log.end();
    }

    /// Lets those who wait for the end go; the log may still grow.
    pub(super) fn cancel(&self) {
        self.phase.send_replace(Phase::Cancelled);
    }

    fn sender(&self) -> Option<Arc<pipe::Sender>> {
        self.input.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Writes what fits; without anybody to read it, everything is written nowhere.
fn write_some(sender: Option<&pipe::Sender>, mut bytes: &[u8]) -> usize {
    let Some(sender) = sender else { return bytes.len() };
    let mut written = 0;
    while !bytes.is_empty() {
        match sender.try_write(bytes) {
            Ok(count) => {
                written += count;
                bytes = &bytes[count..];
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
            // Opened for both directions, it has a reader for as long as it is open.
            Err(_) => return written + bytes.len(),
        }
    }
    written
}
