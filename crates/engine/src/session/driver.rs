//! The one task that owns a session's shell and runs its commands one after the other.
//!
//! ```text
//! Session ── Message ──▶ Driver ── a line of shell text ──▶ shell, on its standard input
//!                          ▲  ▲                               │ sources cmd.sh in itself
//!                          │  └── stdout.pipe, stderr.pipe ◀──┤ what the command prints
//!                          └───── standard output of the shell┘ "<command id> <status>", between commands
//! ```
//!
//! A command has ended when its status has come and both pipes are at their end: a background child that holds one keeps
//! its command running, as it does on the real platform. Every step is an event; nothing is looked at again and again.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::Mode;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot, watch};

use super::command::{Command, Phase};
use super::files::{CommandFiles, Stock, errors_pipe, output_pipe};
use super::records::Recorder;
use super::script::Dialect;
use super::streams::Stream;
use super::tree;
use crate::spawn::{Child, Exit};

/// First size of the buffer output is read into, in bytes.
const SMALL_READ: usize = 8 * 1024;
/// Size it grows to while a command prints more than that at once; also what a busy pipe may hold.
const LARGE_READ: usize = 256 * 1024;
/// What is kept of the shell's own output while a status is looked for in it, in bytes.
const NOISE: usize = 4096;

/// What a session asks of its driver.
#[derive(Debug)]
pub(super) enum Message {
    /// Run this after all that came before.
    Run(Arc<Command>),
    /// End the shell and all below it, remove the directory, then answer.
    End(oneshot::Sender<()>),
}

/// Owns the shell of one session.
pub(super) struct Driver {
    pub(super) shell: Shell,
    pub(super) directory: PathBuf,
    pub(super) stock: Stock,
    pub(super) messages: mpsc::UnboundedReceiver<Message>,
    /// Told when the shell has ended.
    pub(super) shell_ended: watch::Sender<bool>,
    pub(super) queue: VecDeque<Arc<Command>>,
    /// How long processes may take to end after SIGTERM.
    pub(super) grace: Duration,
    /// How long those may take whose shell has gone already.
    pub(super) pause: Duration,
}

/// A running shell.
pub(super) struct Shell {
    life: Life,
    dialect: Dialect,
    input: pipe::Sender,
    reports: Reports,
}

impl Shell {
    pub(super) fn new(
        child: Child,
        dialect: Dialect,
        directory: &Path,
        input: OwnedFd,
        reports: OwnedFd,
    ) -> io::Result<Self> {
        // The pipe is empty and holds more than the longest path. A shell that has ended already tells by its end.
        let mut input = File::from(input);
        let _ = input.write_all(&super::script::introduction(directory));
        let input = pipe::Sender::from_owned_fd(input.into())?;
        let reports = Reports { pipe: pipe::Receiver::from_owned_fd(reports)?, open: true, said: Vec::new() };
        Ok(Self { life: Life { child, exit: None }, dialect, input, reports })
    }
}

/// The shell's process, and how it ended.
struct Life {
    child: Child,
    exit: Option<Exit>,
}

impl Life {
    fn is_over(&self) -> bool {
        self.exit.is_some()
    }

    /// Waits for the end, once.
    async fn ended(&mut self) {
        if self.exit.is_none() {
            self.exit = Some(self.child.wait().await);
        }
    }
}

/// Standard output of the shell itself, where it tells the status of commands.
struct Reports {
    pipe: pipe::Receiver,
    /// Whether a shell is at the other end.
    open: bool,
    /// What it said last.
    said: Vec<u8>,
}

impl Reports {
    /// Reads what the shell has said; the status of the command of this id, when that was among it.
    fn status_of(&mut self, command_id: &str) -> Option<i32> {
        let mut status = None;
        let mut piece = [0; 512];
        while let Ok(count) = self.pipe.try_read(&mut piece) {
            if count == 0 {
                self.open = false;
                break;
            }
            self.said.extend_from_slice(&piece[..count]);
            // Traps of the user may print here too, with or without line feeds.
            status = status.or_else(|| super::script::status(&self.said, command_id));
            let excess = self.said.len().saturating_sub(NOISE);
            self.said.drain(..excess);
        }
        status
    }
}

/// One stream of the running command.
struct Tap {
    pipe: PathBuf,
    receiver: pipe::Receiver,
    recorder: Recorder,
    open: bool,
    widened: bool,
}

/// How a command's time with the driver was over.
enum Done {
    /// It has a status, and nobody can print to its log any more.
    Ended(i32),
    /// The session is to end.
    Deleted(oneshot::Sender<()>),
    /// Nobody has a hold of the session any more.
    Abandoned,
}

impl Driver {
    /// Runs commands until the session is deleted.
    pub(super) async fn run(mut self) {
        let mut buffer = Vec::new();
        loop {
            let Some(command) = self.queue.pop_front() else {
                match self.idle().await {
                    None => continue,
                    Some(Done::Deleted(reply)) => return self.delete(None, reply).await,
                    Some(_) => return,
                }
            };
            if self.shell.life.is_over() {
                command.end(Phase::NeverRan);
                continue;
            }
            let files = CommandFiles::of(&self.directory, command.id());
            let mut taps = match self.prepare(&command, &files) {
                Ok(taps) => taps,
                Err(error) => {
                    // The command may not have had its own pipes, but somebody waits for its end.
                    tracing::warn!(%error, "a session's command cannot be started");
                    command.end(Phase::Ended(-1));
                    continue;
                }
            };
            let done = self.execute(&command, &mut taps, &mut buffer).await;
            buffer.truncate(SMALL_READ);
            buffer.shrink_to(SMALL_READ);
            match done {
                Done::Ended(code) => finish(&command, &files, code),
                Done::Deleted(reply) => return self.delete(Some((&command, taps)), reply).await,
                Done::Abandoned => return,
            }
        }
    }

    /// Waits for something to do.
    async fn idle(&mut self) -> Option<Done> {
        let living = !self.shell.life.is_over();
        if living {
            // Who waits for the last command comes first.
            tokio::task::yield_now().await;
            self.stock.refill();
        }
        tokio::select! {
            message = self.messages.recv() => match message {
                Some(Message::Run(command)) => {
                    self.queue.push_back(command);
                    None
                }
                Some(Message::End(reply)) => Some(Done::Deleted(reply)),
                None => Some(Done::Abandoned),
            },
            () = self.shell.life.ended(), if living => {
                self.note_shell_end();
                None
            }
        }
    }

    fn note_shell_end(&self) {
        self.shell_ended.send_replace(true);
    }

    /// Opens the command's pipes on this side. The shell finds them by name.
    fn prepare(&self, command: &Command, files: &CommandFiles) -> io::Result<[Tap; 2]> {
        let taps = [
            Tap::open(output_pipe(&self.directory), Stream::Output)?,
            Tap::open(errors_pipe(&self.directory), Stream::Errors)?,
        ];
        let input = command.takes_input().then(|| input_pipe(&files.input)).transpose()?;
        command.start(input);
        Ok(taps)
    }

    /// Has the shell run the command, and records what it prints.
    async fn execute(&mut self, command: &Command, taps: &mut [Tap; 2], buffer: &mut Vec<u8>) -> Done {
        let [output, errors] = taps;
        let line = self.shell.dialect.line(command.id(), command.takes_input());
        // A shell that has just ended cannot take it; its end tells the rest.
        let _ = self.shell.input.write_all(line.as_bytes()).await;
        let mut status = None;
        while status.is_none() || output.open || errors.open {
            let living = !self.shell.life.is_over();
            let reporting = self.shell.reports.open && status.is_none();
            tokio::select! {
                biased;
                _ = output.receiver.readable(), if output.open => output.record(command, buffer).await,
                _ = errors.receiver.readable(), if errors.open => errors.record(command, buffer).await,
                _ = self.shell.reports.pipe.readable(), if reporting => {
                    status = self.shell.reports.status_of(command.id());
                    if status.is_some() {
                        output.attract_end();
                        errors.attract_end();
                    }
                }
                () = self.shell.life.ended(), if living => {
                    // What it said last may still be in the pipe.
                    let last = self.shell.reports.status_of(command.id());
                    status = status.or(last).or_else(|| self.shell.life.exit.map(exit_code));
                    self.shell_ended.send_replace(true);
                    output.attract_end();
                    errors.attract_end();
                }
                message = self.messages.recv() => match message {
                    Some(Message::Run(next)) => self.queue.push_back(next),
                    Some(Message::End(reply)) => return Done::Deleted(reply),
                    None => return Done::Abandoned,
                },
            }
        }
        Done::Ended(status.unwrap_or(-1))
    }

    /// Ends the session's processes, then all that waits for it.
    async fn delete(mut self, running: Option<(&Arc<Command>, [Tap; 2])>, reply: oneshot::Sender<()>) {
        if let Some((command, _)) = &running {
            command.cancel();
        }
        self.cancel_queue();
        let pid = self.shell.life.child.pid();
        let living = !self.shell.life.is_over();
        let end = tree::end(pid, living.then(|| self.shell.life.ended()), self.grace, self.pause);
        match running {
            Some((command, mut taps)) => {
                listen_until(end, command, &mut taps).await;
                command.end(Phase::Cancelled);
            }
            None => end.await,
        }
        self.shell_ended.send_replace(true);
        self.messages.close();
        while let Ok(message) = self.messages.try_recv() {
            if let Message::Run(command) = message {
                self.queue.push_back(command);
            }
        }
        self.cancel_queue();
        remove(self.stock).await;
        // Whoever asked may have gone.
        let _ = reply.send(());
    }

    fn cancel_queue(&mut self) {
        for command in self.queue.drain(..) {
            command.end(Phase::Cancelled);
        }
    }
}

/// Records what a command prints while its processes are ended, and what it has left in the pipes.
async fn listen_until(end: impl Future<Output = ()>, command: &Command, taps: &mut [Tap; 2]) {
    let mut end = std::pin::pin!(end);
    let mut buffer = Vec::new();
    let [output, errors] = taps;
    loop {
        tokio::select! {
            biased;
            () = &mut end => break,
            _ = output.receiver.readable(), if output.open => output.record(command, &mut buffer).await,
            _ = errors.receiver.readable(), if errors.open => errors.record(command, &mut buffer).await,
        }
    }
    for tap in [output, errors] {
        while tap.open && tap.record_some(command, &mut buffer) {}
        tap.close(command);
    }
}

/// Says that the command has ended.
fn finish(command: &Command, files: &CommandFiles, code: i32) {
    if let Err(error) = files.tell(code) {
        tracing::debug!(%error, "the exit code of a session's command cannot be written");
    }
    if command.takes_input() {
        // The command may have removed it itself.
        let _ = std::fs::remove_file(&files.input);
    }
    command.end(Phase::Ended(code));
}

/// The code a command gets that ended its shell.
fn exit_code(exit: Exit) -> i32 {
    match exit {
        Exit::Code(code) => code,
        Exit::Signal(signal) => 128 + signal,
        Exit::Lost => -1,
    }
}

/// Makes the pipe a command reads from. Open for both directions: nobody has to wait for the other side, and the command
/// meets no end of file.
fn input_pipe(path: &Path) -> io::Result<pipe::Sender> {
    make_pipe(path)?;
    pipe::OpenOptions::new().read_write(true).open_sender(path)
}

/// Makes a named pipe unless there is one.
pub(super) fn make_pipe(path: &Path) -> io::Result<()> {
    match nix::unistd::mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR) {
        Ok(()) | Err(nix::errno::Errno::EEXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Removes a session's files, off the thread that serves: it may hold long logs.
async fn remove(stock: Stock) {
    let removed = tokio::task::spawn_blocking(move || stock.remove()).await;
    if let Ok(Err(error)) = removed {
        tracing::warn!(%error, "the directory of a session cannot be removed");
    }
}

impl Tap {
    fn open(pipe: PathBuf, stream: Stream) -> io::Result<Self> {
        let receiver = match pipe::OpenOptions::new().open_receiver(&pipe) {
            Ok(receiver) => receiver,
            // The user's commands may have cleaned up more than their own files.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_pipe(&pipe)?;
                pipe::OpenOptions::new().open_receiver(&pipe)?
            }
            Err(error) => return Err(error),
        };
        Ok(Self { pipe, receiver, recorder: Recorder::new(stream), open: true, widened: false })
    }

    /// Records what can be read at once. Lets others work when that was much.
    async fn record(&mut self, command: &Command, buffer: &mut Vec<u8>) {
        if self.record_some(command, buffer) && buffer.len() > SMALL_READ {
            tokio::task::yield_now().await;
        }
    }

    /// One read; false when there was nothing to read.
    fn record_some(&mut self, command: &Command, buffer: &mut Vec<u8>) -> bool {
        if buffer.is_empty() {
            buffer.resize(SMALL_READ, 0);
        }
        match self.receiver.try_read(buffer) {
            Ok(0) => self.close(command),
            Ok(count) => {
                command.log().append(|open, log| self.recorder.push(&buffer[..count], open, log));
                if count == buffer.len() && count < LARGE_READ {
                    buffer.resize(LARGE_READ, 0);
                    self.widen();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Err(error) => {
                tracing::warn!(%error, "a session's command cannot be listened to");
                self.close(command);
            }
        }
        true
    }

    /// Makes room in the pipe of a command that prints much. Not granted to users with many pipes, and not needed.
    fn widen(&mut self) {
        if !std::mem::replace(&mut self.widened, true) {
            let size = i32::try_from(LARGE_READ).unwrap_or(i32::MAX);
            let _ = fcntl(self.receiver.as_fd(), FcntlArg::F_SETPIPE_SZ(size));
        }
    }

    fn close(&mut self, command: &Command) {
        if std::mem::replace(&mut self.open, false) {
            command.log().append(|open, log| self.recorder.finish(open, log));
        }
    }

    /// Comes and goes as one who writes: the pipe's end shows only after somebody has held it, and a shell that ended or
    /// was kept from opening it never did.
    fn attract_end(&self) {
        if self.open {
            let mut options = OpenOptions::new();
            let _ = options.write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&self.pipe);
        }
    }
}
