//! Programs that somebody at a distance runs: their streams are his own, apart from each other, and nobody else's
//! (toolbox-processes.md §7.6).
//!
//! ```text
//! Engine::start_remote ─▶ on a terminal: the chosen shell, or a command of its
//!                      └▶ on pipes: /bin/sh
//! ```
//!
//! Unlike a [terminal](crate::pty) it has one client and no name, and unlike a [command](crate::command) it is read and
//! written while it runs. What carries its bytes is the caller's affair: here it is started, signalled and hung up on.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::process::Stdio;
use std::sync::Arc;

use rustix::process::{Signal, kill_process_group};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;

use crate::pty::{Pty, Size, device};
use crate::spawn::{Child, Leash, Program, SpawnError, Streams};
use crate::{Engine, shell};

/// The shell that runs commands and scripts (toolbox-processes.md §7.6).
const COMMAND_SHELL: &str = "/bin/sh";
const TERM: &str = "TERM";
/// What ends a terminal's input at the beginning of a line.
const END_OF_FILE: u8 = 4;

/// A program to run.
#[derive(Clone, Debug)]
pub struct RemoteRequest {
    /// Text for `/bin/sh`; without it a shell: on a terminal the chosen one, otherwise `/bin/sh` that reads its input.
    pub command: Option<String>,
    /// Directory as the caller names it; empty means the work directory.
    pub directory: String,
    /// The client's terminal, when the program is to have one.
    pub terminal: Option<RemoteTerminal>,
    /// Variables added to the sandbox's environment; they win.
    pub environment: Vec<(String, String)>,
}

/// A terminal as the client has it.
#[derive(Clone, Debug)]
pub struct RemoteTerminal {
    /// Kind of terminal; a `TERM` of the sandbox's own environment wins.
    pub term: String,
    /// Its first size.
    pub size: Size,
}

/// A program that runs.
#[derive(Debug)]
pub struct Remote {
    /// Types into it.
    pub input: RemoteInput,
    /// What it prints.
    pub output: RemoteOutput,
    /// What it complains; on a terminal that is printed.
    pub errors: Option<RemoteOutput>,
    /// Tells its end.
    pub child: Child,
    /// Signals it, changes its terminal's size.
    pub reins: Reins,
}

impl Engine {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_remote(&self, request: RemoteRequest) -> Result<Remote, SpawnError> {
        let directory = self.directory(&request.directory)?;
        let (name, arguments) = match (&request.command, &request.terminal) {
            (Some(command), _) => (COMMAND_SHELL.to_owned(), vec!["-c".to_owned(), command.clone()]),
            (None, Some(_)) => (shell::choose(&self.config), Vec::new()),
            (None, None) => (COMMAND_SHELL.to_owned(), Vec::new()),
        };
        let mut added = request.environment;
        if let Some(terminal) = &request.terminal
            && self.variable(TERM).is_none_or(|own| own.is_empty())
        {
            added.push((TERM.to_owned(), terminal.term.clone()));
        }
        let environment = self.environment(&directory, &added);
        let program = Program { name, arguments, directory, environment };
        match request.terminal {
            Some(terminal) => self.start_on_terminal(&program, terminal.size),
            None => self.start_on_pipes(&program),
        }
    }

    fn start_on_terminal(&self, program: &Program, size: Size) -> Result<Remote, SpawnError> {
        let (pty, child) = device::start(&self.children, program, size)?;
        let reins = Reins { leash: child.leash(), pty: Some(Arc::clone(&pty)) };
        let (input, output) = (RemoteInput::Terminal(Arc::clone(&pty)), RemoteOutput::Terminal(pty));
        Ok(Remote { input, output, errors: None, child, reins })
    }

    fn start_on_pipes(&self, program: &Program) -> Result<Remote, SpawnError> {
        let (input, input_end) = io::pipe()?;
        let (output_end, output) = io::pipe()?;
        let (errors_end, errors) = io::pipe()?;
        let streams =
            Streams { input: Stdio::from(input), output: Stdio::from(output), errors: Stdio::from(errors) };
        let child = self.children.spawn(program, streams)?;
        let receiver = |end: io::PipeReader| pipe::Receiver::from_owned_fd(end.into());
        Ok(Remote {
            input: RemoteInput::Pipe(pipe::Sender::from_owned_fd(input_end.into())?),
            output: RemoteOutput::Pipe(receiver(output_end)?),
            errors: Some(RemoteOutput::Pipe(receiver(errors_end)?)),
            reins: Reins { leash: child.leash(), pty: None },
            child,
        })
    }
}

/// Where a program's input is typed.
#[derive(Debug)]
pub enum RemoteInput {
    /// Closed when it is dropped.
    Pipe(pipe::Sender),
    /// Goes on when it is dropped.
    Terminal(Arc<dyn Pty>),
}

impl RemoteInput {
    /// Types, as much as is taken.
    ///
    /// # Errors
    ///
    /// The kernel's; a program that reads no more breaks the pipe.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Pipe(pipe) => pipe.write(bytes).await,
            Self::Terminal(pty) => poll_fn(|context| pty.poll_write(context, bytes)).await,
        }
    }

    /// Says that nothing more follows: a pipe is closed, a terminal is typed the character for it.
    pub async fn finish(self) {
        if let Self::Terminal(pty) = self {
            let _ended = poll_fn(|context| pty.poll_write(context, &[END_OF_FILE])).await;
        }
    }
}

/// What a program prints to.
#[derive(Debug)]
pub enum RemoteOutput {
    /// One stream of its own.
    Pipe(pipe::Receiver),
    /// Everything together.
    Terminal(Arc<dyn Pty>),
}

impl RemoteOutput {
    /// Reads what was printed; zero bytes when nobody is left who could print. Nothing is lost when it is cancelled.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Pipe(pipe) => pipe.read(buffer).await,
            Self::Terminal(pty) => poll_fn(|context| pty.poll_read(context, buffer)).await,
        }
    }
}

/// Holds a program that runs. Cheap to clone.
#[derive(Clone)]
pub struct Reins {
    leash: Leash,
    pty: Option<Arc<dyn Pty>>,
}

impl fmt::Debug for Reins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reins").field("leash", &self.leash).finish_non_exhaustive()
    }
}

impl Reins {
    /// Gives the terminal another size; without one nothing happens.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn resize(&self, size: Size) -> io::Result<()> {
        self.pty.as_ref().map_or(Ok(()), |pty| pty.resize(size))
    }

    /// Sends a signal to the program and what it started, unless it has ended.
    pub fn signal(&self, signal: Signal) {
        self.leash.while_running(|pid| kill_process_group(pid, signal));
    }

    /// Does what the end of a connection does to programs: they hear that nobody is there any more, and those that do
    /// not mind go on.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
        // A stopped program hears it only when it goes on.
        self.signal(Signal::CONT);
    }
}
