//! One command from start to exit code (toolbox-processes.md §2).
//!
//! ```text
//! Engine::execute ─▶ task of its own, so that it goes on when nobody waits any more
//!    script ─▶ standard input of the shell, then end of file
//!    one pipe ◀─ standard output and errors, in the order they were written
//!    exit ─▶ drain: what is still in the pipe, and a little of what background children say
//! ```
//!
//! The text is not given as an argument: programs that read their input find the rest of the script there, `$0` is the
//! shell, and there is no limit to its length.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::time::{Instant, timeout, timeout_at};

use crate::output::{Collector, Output};
use crate::processes::{Announced, Ended};
use crate::spawn::{self, Child, Exit, Program, SpawnError, Streams};
use crate::{Engine, shell};

/// What a Linux pipe holds. This much was at most left in it by the command itself when the command ended.
const PIPE_CAPACITY: usize = 64 * 1024;

/// A command to run.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to run.
    pub script: Script,
    /// Directory to start in, as the caller names it; relative ones belong to the work directory. Empty means the work
    /// directory itself.
    pub directory: String,
    /// Variables added to the sandbox's environment; they win.
    pub environment: Vec<(String, String)>,
    /// Time until the command is killed with its process group. `None` takes the sandbox's default, zero means no limit.
    pub timeout: Option<Duration>,
}

/// The text of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// Text for the shell's standard input.
    Shell(String),
    /// A line that is cut into words and started without a shell around it: what clients that bring their own `sh -c`
    /// were made for.
    Words(String),
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Status of the shell; −1 when a signal ended it.
    pub exit_code: i32,
    /// Standard output and errors in the order they were written.
    pub output: Output,
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// There is nothing to run.
    #[error("command cannot be empty or whitespace-only")]
    Blank,
    /// A variable cannot have this name.
    #[error("invalid environment variable name: '{0}'")]
    VariableName(String),
    /// The command ran longer than it may and was killed.
    #[error("command execution timeout")]
    TimedOut,
    /// The command could not be started.
    #[error(transparent)]
    Start(#[from] SpawnError),
    /// The task that watched the command is gone.
    #[error("the command is no longer watched")]
    Unwatched,
}

impl Engine {
    /// Runs a command and waits for its end. The command goes on when the returned future is dropped.
    ///
    /// After the command ended, a background child that holds its output is listened to until it is silent for
    /// [`Config::drain`](crate::Config::drain), at most [`Config::drain_limit`](crate::Config::drain_limit) and not
    /// beyond the timeout. It is left alive.
    ///
    /// # Errors
    ///
    /// See [`CommandError`]. A command that fails is an outcome, not an error.
    pub async fn execute(self: &Arc<Self>, request: Request) -> Result<Outcome, CommandError> {
        self.execute_as(request, None).await
    }

    /// The same with a command that is found by its process id while it runs, as those of
    /// [`Self::start_process`](Engine::start_process) are: it can be waited for and killed, but whoever attaches to it
    /// sees its end only. `started` is when it was asked for.
    ///
    /// # Errors
    ///
    /// As [`Self::execute`].
    pub async fn execute_known(
        self: &Arc<Self>,
        request: Request,
        started: Timestamp,
    ) -> Result<Outcome, CommandError> {
        self.execute_as(request, Some(started)).await
    }

    async fn execute_as(
        self: &Arc<Self>,
        request: Request,
        known_since: Option<Timestamp>,
    ) -> Result<Outcome, CommandError> {
        let (program, input) = self.prepare(&request)?;
        let timeout =
            request.timeout.or(self.config.execute_timeout_default).filter(|timeout| !timeout.is_zero());
        let (Script::Shell(text) | Script::Words(text)) = request.script;
        let engine = Arc::clone(self);
        let watch = tokio::spawn(async move {
            let known = |child: &Child| known_since.map(|started| engine.announce(child, text, started));
            engine.watch(&program, input, timeout, known).await
        });
        watch.await.unwrap_or(Err(CommandError::Unwatched))
    }

    /// The program a request means, and what it reads.
    fn prepare(&self, request: &Request) -> Result<(Program, Bytes), CommandError> {
        if let Some((name, _)) = request.environment.iter().find(|(name, _)| !spawn::is_variable_name(name)) {
            return Err(CommandError::VariableName(name.clone()));
        }
        let (name, arguments, input) = match &request.script {
            Script::Shell(text) | Script::Words(text) if text.trim().is_empty() => {
                return Err(CommandError::Blank);
            }
            Script::Shell(text) => (shell::choose(&self.config), Vec::new(), Bytes::from(text.clone())),
            Script::Words(line) => {
                let mut words = split_words(line).into_iter();
                let name = words.next().ok_or(CommandError::Blank)?;
                (name, words.collect(), Bytes::new())
            }
        };
        let directory = self.directory(&request.directory)?;
        let environment = self.environment(&directory, &request.environment);
        Ok((Program { name, arguments, directory, environment }, input))
    }

    /// The directory a caller names for a command to start in; not looked up on disk.
    ///
    /// # Errors
    ///
    /// [`SpawnError::Refused`] when it cannot be a path, as starting a shell there would say.
    pub fn directory(&self, named: &str) -> Result<PathBuf, SpawnError> {
        if named.is_empty() {
            return Ok(self.config.work_dir.clone());
        }
        self.paths.host_path(named).map_err(|errno| SpawnError::Refused {
            program: shell::choose(&self.config),
            source: errno.into(),
        })
    }

    /// The environment of a child that starts in `directory`. `PWD` names it the way the caller did, through symbolic
    /// links.
    pub(crate) fn environment(&self, directory: &Path, added: &[(String, String)]) -> Vec<(String, String)> {
        let mut environment = self.variables.all();
        environment.push(("PWD".to_owned(), directory.to_string_lossy().into_owned()));
        environment.extend_from_slice(added);
        environment
    }

    async fn watch(
        &self,
        program: &Program,
        input: Bytes,
        timeout: Option<Duration>,
        known: impl FnOnce(&Child) -> Option<Announced>,
    ) -> Result<Outcome, CommandError> {
        let (mut running, sender) = self.start(program)?;
        let known = known(&running.child);
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let feeding = feed(sender, input);
        let exit = match deadline {
            None => running.until_exit(feeding).await,
            Some(deadline) => match timeout_at(deadline, running.until_exit(feeding)).await {
                Ok(exit) => exit,
                Err(_elapsed) => {
                    running.child.kill_group();
                    let exit = running.child.wait().await;
                    known.inspect(|known| known.ended(Ended { exit, timed_out: true }));
                    return Err(CommandError::TimedOut);
                }
            },
        };
        known.inspect(|known| known.ended(Ended { exit, timed_out: false }));
        let limit = Instant::now() + self.config.drain_limit;
        running.drain(self.config.drain, deadline.map_or(limit, |deadline| deadline.min(limit))).await;
        Ok(Outcome { exit_code: exit.code(), output: running.collector.finish() })
    }

    fn start(&self, program: &Program) -> Result<(Running, pipe::Sender), SpawnError> {
        let (input, input_end) = io::pipe()?;
        let (output_end, output) = io::pipe()?;
        let streams = Streams {
            input: Stdio::from(input),
            errors: Stdio::from(output.try_clone()?),
            output: Stdio::from(output),
        };
        let child = self.children.spawn(program, streams)?;
        let reader = pipe::Receiver::from_owned_fd(output_end.into())?;
        let sender = pipe::Sender::from_owned_fd(input_end.into())?;
        Ok((Running { child, reader, open: true, collector: Collector::new() }, sender))
    }
}

/// Writes the whole input and closes it. A program that does not want it may close its end at any time.
async fn feed(mut sender: pipe::Sender, input: Bytes) {
    if let Err(error) = sender.write_all(&input).await {
        tracing::debug!(%error, "a command did not read all of its input");
    }
}

/// A started command and what it has printed so far.
struct Running {
    child: Child,
    reader: pipe::Receiver,
    /// Whether anybody can still write to the pipe.
    open: bool,
    collector: Collector,
}

impl Running {
    /// Feeds and listens until the command has ended.
    async fn until_exit(&mut self, feeding: impl Future<Output = ()>) -> Exit {
        let mut feeding = std::pin::pin!(feeding);
        let mut fed = false;
        loop {
            tokio::select! {
                exit = self.child.wait() => return exit,
                read = self.reader.read_buf(self.collector.room()), if self.open => {
                    self.open = matches!(read, Ok(count) if count > 0);
                }
                () = &mut feeding, if !fed => fed = true,
            }
        }
    }

    /// Reads what the command left in the pipe, and then what background children add until they are silent.
    async fn drain(&mut self, silence: Duration, limit: Instant) {
        let mut left_by_command = PIPE_CAPACITY;
        while self.open && (left_by_command > 0 || Instant::now() < limit) {
            let patience = silence.min(limit.saturating_duration_since(Instant::now()));
            match timeout(patience, self.reader.read_buf(self.collector.room())).await {
                Ok(Ok(count)) if count > 0 => left_by_command = left_by_command.saturating_sub(count),
                _ => self.open = false,
            }
        }
    }
}

/// Cuts a line at spaces outside quotes. Quotes of either kind hold a word together and are dropped; there is no
/// escape character (legacy-clients.md §5).
fn split_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, ' ') if !word.is_empty() => words.push(std::mem::take(&mut word)),
            (None, ' ') => {}
            _ => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_spaces_outside_quotes() {
        assert_eq!(split_words("sh -c \"echo 'a b' | cat\""), ["sh", "-c", "echo 'a b' | cat"]);
        assert_eq!(split_words("  echo   x'y z'w  "), ["echo", "xy zw"]);
        assert_eq!(split_words("echo \"open quote"), ["echo", "open quote"]);
    }
}
