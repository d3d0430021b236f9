//! Starting an agent: one end of a socket pair as its standard input, its configuration as the first message.
//!
//! Standard input because that is the one descriptor the standard library hands down without a step between fork and
//! exec: the fast spawning path stays open.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Pid;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

use crate::agent::AgentConfig;
use crate::client::{Agent, AgentExit, Outgoing};
use crate::layout::RUN_VARIABLE;
use crate::wire::{FromAgent, Incoming, ToAgent, encode, send};
use crate::{StartError, supervise};

/// The file in the sandbox's `run` directory that takes what the agent says on standard error.
const LOG: &str = "agent.log";

/// Starts `<executable> agent` and returns when it serves. Dropping the future ends the agent.
pub(crate) async fn launch(
    executable: &Path,
    config: AgentConfig,
    patience: Duration,
) -> Result<Agent, StartError> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(StartError::Spawn)?;
    ours.set_nonblocking(true).map_err(StartError::Spawn)?;
    let socket = UnixStream::from_std(ours).map_err(StartError::Spawn)?;
    let log = config.directories.run.join(LOG);
    let (child, pid) = spawn(executable, &config, theirs.into(), &log).map_err(StartError::Spawn)?;

    // From here on somebody waits for the process, whatever becomes of this future.
    let (exit_sender, mut exit) = watch::channel(None);
    let agent_id = config.id.clone();
    tokio::spawn(attend(child, pid, exit_sender, agent_id));

    let ready = async {
        let frame = encode(&ToAgent::Configure(Box::new(config))).map_err(StartError::Spawn)?;
        // A dead agent shows at the reading end too, and better.
        let _ = send(&socket, &frame, None).await;
        Incoming::default().next::<FromAgent>(&socket).await.map_err(StartError::Spawn)
    };
    match tokio::time::timeout(patience, ready).await {
        Ok(Ok(Some(FromAgent::Ready))) => {
            let (outgoing, frames) = mpsc::channel(64);
            tokio::spawn(write(socket, frames));
            Ok(Agent::new(pid, outgoing, exit))
        }
        Ok(Ok(Some(FromAgent::Failed { reason }))) => Err(StartError::Refused(reason)),
        Ok(Ok(None) | Err(_)) => {
            supervise::kill(pid);
            let ended = exit.wait_for(Option::is_some).await.ok().and_then(|exit| exit.clone());
            let ended = ended.unwrap_or_default();
            Err(StartError::Died(ended.with_words(&log)))
        }
        Err(_) => {
            supervise::kill(pid);
            Err(StartError::TimedOut(patience))
        }
    }
}

fn spawn(executable: &Path, config: &AgentConfig, socket: OwnedFd, log: &Path) -> io::Result<(Child, Pid)> {
    let log = File::create(log)?;
    let mut command = Command::new(executable);
    command.arg("agent").stdin(Stdio::from(socket)).stdout(Stdio::null()).stderr(log);
    // Nothing of the server's environment reaches the sandbox, and the sandbox's own (a client's LD_PRELOAD …) not the
    // agent: commands get it from the configuration.
    command.env_clear().env(RUN_VARIABLE, &config.root);
    supervise::spawn(&mut command)
}

/// Waits for the agent, ends what it left, and only then tells.
async fn attend(mut child: Child, pid: Pid, exit: watch::Sender<Option<AgentExit>>, id: String) {
    let status = child.wait().await;
    // Looking through /proc blocks; killing a large tree may take a while.
    let _ = tokio::task::spawn_blocking(move || supervise::bury(pid)).await;
    let ended = status.map_or_else(
        |_| AgentExit::default(),
        |status| AgentExit { code: status.code(), signal: status.signal(), ..AgentExit::default() },
    );
    tracing::debug!(sandbox = %id, %ended, "agent ended");
    exit.send_replace(Some(ended));
}

/// Owns the writing side of the control socket: a caller that is dropped half-way cannot leave half a frame. When all
/// handles of the agent are gone the socket closes, which the agent takes as its end.
async fn write(socket: UnixStream, mut frames: mpsc::Receiver<Outgoing>) {
    while let Some(Outgoing { frame, descriptor }) = frames.recv().await {
        if send(&socket, &frame, descriptor.as_ref()).await.is_err() {
            return;
        }
    }
}
