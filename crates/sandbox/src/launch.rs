//! Starting an agent: one end of a socket pair as its standard input, its configuration as the first message.
//!
//! Standard input because that is the one descriptor the standard library hands down without a step between fork and
//! exec: the fast spawning path stays open.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::net::UnixStream;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot, watch};

use crate::agent::AgentConfig;
use crate::client::{Agent, AgentExit, Outgoing};
use crate::enclosure::{ID_COUNT, host_id};
use crate::layout::RUN_VARIABLE;
use crate::wire::{FromAgent, Incoming, ToAgent, encode, send};
use crate::{StartError, supervise};

/// A program that was started and waits to be told whose agent it is.
pub(crate) struct Candidate {
    socket: UnixStream,
    child: Child,
    pid: Pid,
    /// Takes what it says on standard error.
    log: PathBuf,
}

impl Candidate {
    /// Starts `<executable> agent`.
    pub(crate) fn spawn(executable: &Path, root: &Path, log: PathBuf) -> io::Result<Self> {
        let (socket, child, pid) = spawn(executable, root, &log)?;
        Ok(Self { socket, child, pid, log })
    }

    /// Whether it still waits.
    pub(crate) fn waits(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Moves its log to where it belongs from now on.
    pub(crate) fn move_log(&mut self, log: PathBuf) -> io::Result<()> {
        std::fs::rename(&self.log, &log)?;
        self.log = log;
        Ok(())
    }

    /// Ends it unused.
    pub(crate) async fn dismiss(mut self) {
        supervise::kill(self.pid);
        let _ = self.child.wait().await;
        supervise::forget(self.pid);
        let _ = std::fs::remove_file(&self.log);
    }
}

/// Makes a candidate the agent of a sandbox, and returns when it serves. Dropping the future ends the agent.
pub(crate) async fn launch(
    candidate: Candidate,
    config: AgentConfig,
    user_namespace: Option<&OwnedFd>,
    patience: Duration,
) -> Result<Agent, StartError> {
    let Candidate { socket, child, pid, log } = candidate;

    // From here on somebody waits for the process, whatever becomes of this future.
    let (exit_sender, mut exit) = watch::channel(None);
    let (adopted, adoption) = oneshot::channel();
    tokio::spawn(attend(child, pid, adoption, exit_sender, config.id.clone()));

    let mut agent = pid;
    let ready = async {
        let frame = encode(&ToAgent::Configure(Box::new(config))).map_err(StartError::Spawn)?;
        // A dead agent shows at the reading end too, and better.
        let _ = send(&socket, &frame, user_namespace).await;
        let mut incoming = Incoming::default();
        let first = incoming.next::<FromAgent>(&socket).await.map_err(StartError::Spawn)?;
        let Some(FromAgent::Divided { pid }) = first else { return Ok(first) };
        agent = adopt(pid, adopted).map_err(StartError::Spawn)?;
        let _ = send(&socket, &encode(&ToAgent::Adopted).map_err(StartError::Spawn)?, None).await;
        incoming.next::<FromAgent>(&socket).await.map_err(StartError::Spawn)
    };
    match tokio::time::timeout(patience, ready).await {
        Ok(Ok(Some(FromAgent::Ready))) => {
            let (outgoing, frames) = mpsc::channel(64);
            tokio::spawn(write(socket, frames));
            Ok(Agent::new(agent, outgoing, exit))
        }
        Ok(Ok(Some(FromAgent::Failed { reason }))) => Err(StartError::Refused(reason)),
        Ok(_) => {
            supervise::kill(pid);
            supervise::kill(agent);
            drop(socket);
            let ended = exit.wait_for(Option::is_some).await.ok().and_then(|exit| exit.clone());
            let ended = ended.unwrap_or_default();
            Err(StartError::Died(ended.with_words(&log)))
        }
        Err(_) => {
            supervise::kill(pid);
            supervise::kill(agent);
            Err(StartError::TimedOut(patience))
        }
    }
}

/// Makes a user namespace for sandboxes of a privileged server: a process of its own makes it, this one says who is who
/// in it and takes hold of it.
pub(crate) async fn user_namespace(
    executable: &Path,
    root: &Path,
    log: &Path,
    patience: Duration,
) -> Result<OwnedFd, StartError> {
    let (socket, mut child, pid) = spawn(executable, root, log).map_err(StartError::Spawn)?;
    let making = async {
        send(&socket, &encode(&ToAgent::HoldUserNamespace)?, None).await?;
        match Incoming::default().next::<FromAgent>(&socket).await? {
            Some(FromAgent::Unshared) => {}
            Some(FromAgent::Failed { reason }) => return Ok(Err(StartError::Refused(reason))),
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        let of = |name: &str| format!("/proc/{}/{name}", pid.as_raw_nonzero());
        let map = format!("0 {} {}", host_id(0), ID_COUNT);
        std::fs::write(of("uid_map"), &map)?;
        std::fs::write(of("gid_map"), &map)?;
        Ok::<_, io::Error>(Ok(OwnedFd::from(File::open(of("ns/user"))?)))
    };
    let made = tokio::time::timeout(patience, making).await;
    if made.is_err() {
        supervise::kill(pid);
    }
    drop(socket);
    let status = child.wait().await;
    supervise::forget(pid);
    let Ok(made) = made else { return Err(StartError::TimedOut(patience)) };
    made.unwrap_or_else(|error| match status {
        Ok(status) if !status.success() => Err(StartError::Died(ended(status).with_words(log))),
        _ => Err(StartError::Spawn(error)),
    })
}

fn spawn(executable: &Path, root: &Path, log: &Path) -> io::Result<(UnixStream, Child, Pid)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let socket = UnixStream::from_std(ours)?;
    let log = File::create(log)?;
    let mut command = Command::new(executable);
    command.arg("agent").stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(log);
    // Nothing of the server's environment reaches the sandbox, and the sandbox's own (a client's LD_PRELOAD …) not the
    // agent: commands get it from the configuration.
    command.env_clear().env(RUN_VARIABLE, root);
    let (child, pid) = supervise::spawn(&mut command)?;
    Ok((socket, child, pid))
}

/// Takes the agent that stage one has made; whoever attends stage one waits for it from then on.
fn adopt(pid: i32, adopted: oneshot::Sender<(Pid, OwnedFd)>) -> io::Result<Pid> {
    let pid = Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidData)?;
    let descriptor = supervise::adopt(pid)?;
    let _ = adopted.send((pid, descriptor));
    Ok(pid)
}

/// Waits for the agent, ends what it left, and only then tells.
async fn attend(
    mut child: Child,
    pid: Pid,
    mut adoption: oneshot::Receiver<(Pid, OwnedFd)>,
    exit: watch::Sender<Option<AgentExit>>,
    id: String,
) {
    let status = child.wait().await;
    let exited = if let Ok((agent, descriptor)) = adoption.try_recv() {
        supervise::forget(pid);
        let exited = attend_adopted(descriptor).await;
        // It was the first process of its namespace: the kernel has ended all others before it.
        supervise::forget(agent);
        exited
    } else {
        // Looking through /proc blocks; killing a large tree may take a while.
        let _ = tokio::task::spawn_blocking(move || supervise::bury(pid)).await;
        status.map_or_else(|_| AgentExit::default(), ended)
    };
    tracing::debug!(sandbox = %id, %exited, "agent ended");
    exit.send_replace(Some(exited));
}

fn ended(status: std::process::ExitStatus) -> AgentExit {
    AgentExit { code: status.code(), signal: status.signal(), ..AgentExit::default() }
}

/// Waits for a process by its descriptor, and takes its exit status.
async fn attend_adopted(descriptor: OwnedFd) -> AgentExit {
    let ended = async {
        // No pipe, but registered with the runtime's driver alike: it is readable once its process has ended.
        let end = Receiver::from_file_unchecked(File::from(descriptor.try_clone()?))?;
        end.readable().await?;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        Ok::<_, io::Error>(waitid(WaitId::PidFd(descriptor.as_fd()), options)?)
    };
    let status = ended.await.ok().flatten();
    status.map_or_else(AgentExit::default, |status| AgentExit {
        code: status.exit_status(),
        signal: status.terminating_signal(),
        ..AgentExit::default()
    })
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
