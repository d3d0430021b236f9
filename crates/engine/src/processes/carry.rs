//! From a process's pipes to its bus, and its end.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::time::{Instant, sleep_until, timeout};

use super::bus::Source;
use super::{Ended, Process};
use crate::spawn::{Child, Children, Exit, Program, SpawnError, Streams};

/// Most bytes read in one go.
const READ_SIZE: usize = 32 * 1024;

/// A started program and the ends of its pipes.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) child: Child,
    output: Pipe,
    errors: Pipe,
}

impl Started {
    /// Starts a program that reads nothing and prints to two pipes.
    pub(super) fn new(children: &Children, program: &Program) -> Result<Self, SpawnError> {
        let (output, output_end) = io::pipe()?;
        let (errors, errors_end) = io::pipe()?;
        let streams = Streams {
            input: Stdio::null(),
            output: Stdio::from(output_end),
            errors: Stdio::from(errors_end),
        };
        let child = children.spawn(program, streams)?;
        Ok(Self {
            child,
            output: Pipe::new(output, Source::Output)?,
            errors: Pipe::new(errors, Source::Errors)?,
        })
    }

    /// Carries output until the process has ended and nothing follows. At the time limit the process group is killed.
    pub(super) async fn carry(mut self, process: Arc<Process>, limit: Option<Duration>, quiet: Quiet) {
        let ended = self.until_exit(&process, limit).await;
        process.ended.send_replace(Some(ended));
        self.drain(&process, quiet).await;
        process.bus.close();
    }

    async fn until_exit(&mut self, process: &Process, limit: Option<Duration>) -> Ended {
        let deadline = limit.map(|limit| Instant::now() + limit);
        let mut timed_out = false;
        loop {
            tokio::select! {
                exit = self.child.wait() => {
                    self.finish_group(process);
                    return Ended { exit, timed_out };
                }
                () = self.output.carry_once(process), if self.output.open => {}
                () = self.errors.carry_once(process), if self.errors.open => {}
                () = until(deadline), if !timed_out => {
                    timed_out = true;
                    self.child.kill_group();
                }
            }
        }
    }

    /// Who was asked to end takes its whole group along: members that did not listen must not outlive it.
    fn finish_group(&self, process: &Process) {
        if process.is_condemned()
            && let Some(group) = Pid::from_raw(self.child.pid())
        {
            // The group's number is nobody else's as long as it has members.
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }

    /// Carries what is left in the pipes, and then what background children add until they are silent.
    async fn drain(&mut self, process: &Process, quiet: Quiet) {
        let limit = Instant::now() + quiet.limit;
        while self.output.open || self.errors.open {
            let patience = quiet.silence.min(limit.saturating_duration_since(Instant::now()));
            let carried = timeout(patience, async {
                tokio::select! {
                    () = self.output.carry_once(process), if self.output.open => {}
                    () = self.errors.carry_once(process), if self.errors.open => {}
                }
            });
            if carried.await.is_err() {
                return;
            }
        }
    }
}

/// How long background children that hold a pipe are listened to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quiet {
    /// Silence that ends it.
    pub(super) silence: Duration,
    /// Longest time, however much is printed.
    pub(super) limit: Duration,
}

/// One of the two pipes.
#[derive(Debug)]
struct Pipe {
    receiver: pipe::Receiver,
    source: Source,
    /// Whether anybody can still write to it.
    open: bool,
    buffer: BytesMut,
    /// What was read and has not been pushed because pushing was cancelled.
    read: bool,
}

impl Pipe {
    fn new(reader: io::PipeReader, source: Source) -> io::Result<Self> {
        let receiver = pipe::Receiver::from_owned_fd(reader.into())?;
        Ok(Self { receiver, source, open: true, buffer: BytesMut::new(), read: false })
    }

    /// Carries one read. Nothing is lost when it is cancelled: what was read waits in the buffer.
    async fn carry_once(&mut self, process: &Process) {
        if !self.read {
            self.buffer.reserve(READ_SIZE);
            match self.receiver.read_buf(&mut self.buffer).await {
                Ok(count) if count > 0 => self.read = true,
                _ => {
                    self.open = false;
                    return;
                }
            }
        }
        // A copy as large as what was read: the buffer itself would keep its whole size alive.
        let bytes = bytes::Bytes::copy_from_slice(&self.buffer);
        process.bus.push(self.source, bytes).await;
        self.buffer.clear();
        self.read = false;
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

impl Exit {
    /// The status as a shell tells it: 128 and the number of the signal that ended the process; −1 when nobody knows.
    #[must_use]
    pub fn shell_code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal,
            Self::Lost => -1,
        }
    }
}
