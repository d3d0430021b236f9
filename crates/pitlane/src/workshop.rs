//! Runs a client's command against servers of this very program, for `conformance client`.

use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use conformance::Error;
use conformance::cli::ClientCommand;
use conformance::trial::{Ended, Scenario, Workshop};
use edge::BoxFuture;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::announce::Ready;
use crate::exec::{announced, exit_code};
use crate::failure::Failure;

/// How many of the command's last lines are kept.
const LAST_LINES: usize = 20;

pub(crate) struct OwnWorkshop(pub(crate) ClientCommand);

impl Workshop for OwnWorkshop {
    fn run<'a>(&'a self, scenario: Option<&'a Scenario>) -> BoxFuture<'a, Result<Ended, Error>> {
        Box::pin(
            async move { self.try_once(scenario).await.map_err(|error| Error::Trial(error.to_string())) },
        )
    }
}

impl OwnWorkshop {
    async fn try_once(&self, scenario: Option<&Scenario>) -> Result<Ended, Failure> {
        let place = tempfile::tempdir().map_err(Failure::io("make a directory for the journal"))?;
        let journal = place.path().join("journal.jsonl");
        let mut server = self.serve(scenario, &journal)?;
        let ready = announced(&mut server).await?;
        let ran = self.run_command(&ready, scenario.is_none()).await;
        drop(server.stdin.take());
        server.wait().await.map_err(Failure::io("wait for the server"))?;
        let Ran { code, words, took } = ran?;
        let journal = std::fs::read_to_string(&journal).map_err(Failure::io("read the journal"))?;
        Ok(Ended { code, words, journal, took })
    }

    fn serve(&self, scenario: Option<&Scenario>, journal: &std::path::Path) -> Result<Child, Failure> {
        let program = std::env::current_exe().map_err(Failure::io("find this program's own file"))?;
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--json", "--until-stdin-ends", "--journal"]);
        command.arg(journal).args(&self.0.server);
        if let Some(scenario) = scenario {
            command.args(&scenario.server);
            if let Some(twist) = &scenario.twist {
                let text =
                    serde_json::to_string(twist).map_err(|error| Failure::Mutant(error.to_string()))?;
                command.args(["--twist", &text]);
            }
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).kill_on_drop(true);
        command.spawn().map_err(Failure::io("start a server"))
    }

    /// Runs the command, which says what it says to this program's own output when it is `shown`.
    async fn run_command(&self, ready: &Ready, shown: bool) -> Result<Ran, Failure> {
        let Some((program, arguments)) = self.0.command.split_first() else {
            return Err(Failure::ServerNotReady);
        };
        let mut command = Command::new(program);
        // A group of its own, so that nothing of it outlives its time.
        command.args(arguments).envs(ready.environment()).stdin(Stdio::null()).process_group(0);
        if !shown {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        let begin = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|source| Failure::Program { program: program.to_string_lossy().into_owned(), source })?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let watched = async {
            let (output, errors, status) = tokio::join!(last_lines(output), last_lines(errors), child.wait());
            (output.into_iter().chain(errors).collect::<Vec<String>>(), status)
        };
        let ended = tokio::select! {
            ended = watched => Some(ended),
            () = tokio::time::sleep(self.0.limit) => None,
            // The terminal's interrupt does not reach another group.
            _ = tokio::signal::ctrl_c() => {
                end(&mut child).await;
                return Err(Failure::Interrupted);
            }
        };
        let took = begin.elapsed();
        let Some((mut words, status)) = ended else {
            end(&mut child).await;
            return Ok(Ran { code: None, words: Vec::new(), took });
        };
        let status: ExitStatus = status.map_err(Failure::io("wait for the command"))?;
        words.drain(..words.len().saturating_sub(LAST_LINES));
        Ok(Ran { code: Some(exit_code(status)), words, took })
    }
}

struct Ran {
    code: Option<u8>,
    words: Vec<String>,
    took: std::time::Duration,
}

/// Kills a command that takes too long, and what it started.
async fn end(child: &mut Child) {
    if let Some(group) = child.id().and_then(|id| i32::try_from(id).ok()) {
        // It may have ended in between.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    let _ = child.kill().await;
}

async fn last_lines(output: Option<impl AsyncRead + Unpin>) -> VecDeque<String> {
    let mut last = VecDeque::new();
    let Some(output) = output else { return last };
    let mut lines = BufReader::new(output).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(String::from_utf8_lossy(&line).into_owned());
    }
    last
}
