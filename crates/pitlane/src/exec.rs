//! `pitlane exec`: a private server for the life of one command.
//!
//! The server is a process of its own, tied to this one by its standard input: whatever way this process ends, the server
//! sees the end of its input and cleans up. The command itself, which keeps its process id, is run by way of `pitlane ca`
//! where that makes clients of Python reach the object store.

use std::process::{ExitCode, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::announce::Ready;
use crate::cli::ExecOptions;
use crate::failure::Failure;
use crate::signals::Interruptions;
use crate::trust;

/// Exit code when the command went well and the server did not: it left the contract, for instance.
const SERVER_FAILED: u8 = 70;

pub(crate) fn run(options: &ExecOptions) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::io("start the program's runtime"))?.block_on(execute(options))
}

async fn execute(options: &ExecOptions) -> Result<ExitCode, Failure> {
    let mut interruptions = Interruptions::new()?;
    // Finding that out takes less time than the server's start.
    let (started, trusts) = tokio::join!(start_server(options), may_trust(options));
    let (mut server, ready) = started?;
    let (program, arguments) = options.command.split_first().ok_or(Failure::ServerNotReady)?;
    let command = match trusts {
        true => trust::trusting(options.server.ca_dir.as_ref(), program),
        false => Ok(std::process::Command::new(program)),
    };
    let spawned =
        command.and_then(|command| Command::from(command).args(arguments).envs(ready.environment()).spawn());
    let code = match spawned {
        Ok(child) => wait(child, &mut interruptions).await?,
        Err(source) => {
            end(&mut server).await?;
            return Err(Failure::Program { program: program.to_string_lossy().into_owned(), source });
        }
    };
    let served_well = end(&mut server).await?;
    Ok(if code == 0 && !served_well { ExitCode::from(SERVER_FAILED) } else { ExitCode::from(code) })
}

/// Whether the command is run where it trusts the object store's https.
async fn may_trust(options: &ExecOptions) -> bool {
    !options.no_trust && trust::can_help(options.server.ca_dir.as_ref()).await
}

async fn start_server(options: &ExecOptions) -> Result<(Child, Ready), Failure> {
    let program = std::env::current_exe().map_err(Failure::io("find this program's own file"))?;
    let mut server = Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--json", "--until-stdin-ends"])
        .args(options.server.to_arguments())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // The terminal's interrupt is for the command; the server ends when the command has.
        .process_group(0)
        .spawn()
        .map_err(Failure::io("start the private server"))?;
    let ready = announced(&mut server).await?;
    Ok((server, ready))
}

/// What a server started with `--json` says of itself once it is ready.
pub(crate) async fn announced(server: &mut Child) -> Result<Ready, Failure> {
    let stdout = server.stdout.take().ok_or(Failure::ServerNotReady)?;
    let line = BufReader::new(stdout).lines().next_line().await;
    let line = line
        .map_err(Failure::io("read the private server's announcement"))?
        .ok_or(Failure::ServerNotReady)?;
    serde_json::from_str(&line).map_err(|_| Failure::ServerNotReady)
}

/// Waits for the command; signals meant for it are passed on.
async fn wait(mut child: Child, interruptions: &mut Interruptions) -> Result<u8, Failure> {
    loop {
        let status = tokio::select! {
            status = child.wait() => status.map_err(Failure::io("wait for the command"))?,
            number = interruptions.next() => {
                pass_on(&child, number);
                continue;
            }
        };
        return Ok(exit_code(status));
    }
}

fn pass_on(child: &Child, number: i32) {
    // The terminal has sent its interrupt to the command already.
    if number == Signal::SIGINT as i32 {
        return;
    }
    let process = child.id().and_then(|id| i32::try_from(id).ok());
    if let (Some(process), Ok(signal)) = (process, Signal::try_from(number)) {
        // The command may have ended in between.
        let _ = kill(Pid::from_raw(process), signal);
    }
}

/// The command's code, or 128 and the signal's number as shells say it.
pub(crate) fn exit_code(status: std::process::ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    u8::try_from(code).unwrap_or(u8::MAX)
}

/// Ends the server by ending its input; tells whether it had nothing to complain of.
async fn end(server: &mut Child) -> Result<bool, Failure> {
    drop(server.stdin.take());
    let status = server.wait().await.map_err(Failure::io("wait for the private server"))?;
    Ok(status.success())
}
