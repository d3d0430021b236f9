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
use tokio::time::error::Elapsed;

use crate::agent::AgentConfig;
use crate::client::{Agent, AgentExit, Outgoing};
use crate::enclosure::{Enclosure, ID_COUNT, host_id};
use crate::layout::RUN_VARIABLE;
use crate::local::Premises;
use crate::wire::{FromAgent, Incoming, ToAgent, encode, send};
use crate::{StartError, supervise};

/// A program that was started and waits to be told whose agent it is. Somebody waits for its end, whatever becomes of
/// this; when this is dropped it ends.
pub(crate) struct Candidate {
    socket: UnixStream,
    incoming: Incoming,
    /// What was started.
    first: Pid,
    /// What will serve: the same, unless it has been enclosed.
    agent: Pid,
    exit: watch::Receiver<Option<AgentExit>>,
    adoption: Option<oneshot::Sender<(Pid, OwnedFd)>>,
    /// Takes what it says on standard error.
    log: PathBuf,
}

/// What came back from a candidate within its time.
type Answer = Result<io::Result<Option<FromAgent>>, Elapsed>;

impl Candidate {
    /// Starts `<executable> agent`. Runs inside a tokio runtime.
    pub(crate) fn spawn(executable: &Path, root: &Path, log: PathBuf) -> io::Result<Self> {
        let (socket, child, first) = spawn(executable, root, &log)?;
        let (exit_sender, exit) = watch::channel(None);
        let (adoption, adopted) = oneshot::channel();
        tokio::spawn(attend(child, first, adopted, exit_sender));
        let incoming = Incoming::default();
        Ok(Self { socket, incoming, first, agent: first, exit, adoption: Some(adoption), log })
    }

    /// Whether it still waits.
    pub(crate) fn waits(&self) -> bool {
        self.exit.borrow().is_none()
    }

    /// Moves its log to where it belongs from now on.
    pub(crate) fn move_log(&mut self, log: PathBuf) -> io::Result<()> {
        std::fs::rename(&self.log, &log)?;
        self.log = log;
        Ok(())
    }

    /// Its log has been moved, together with the directory it lies in.
    pub(crate) fn log_is_now(&mut self, log: PathBuf) {
        self.log = log;
    }

    /// Ends it unused. Returns when it is gone.
    pub(crate) async fn dismiss(self) {
        let Self { socket, first, agent, mut exit, log, .. } = self;
        supervise::kill(first);
        supervise::kill(agent);
        drop(socket);
        let _ = exit.wait_for(Option::is_some).await;
        let _ = std::fs::remove_file(log);
    }

    /// Gives it what it is to stand on; ends it where that could not be had.
    pub(crate) async fn put_on(
        self,
        premises: Result<Premises<'_>, StartError>,
        patience: Duration,
    ) -> Result<Self, StartError> {
        match premises {
            Ok(Premises { enclosure: None, .. }) => Ok(self),
            Ok(Premises { enclosure: Some(enclosure), user_namespace }) => {
                self.enclose(enclosure, user_namespace, patience).await
            }
            Err(error) => {
                self.dismiss().await;
                Err(error)
            }
        }
    }

    /// Gives it a root of its own.
    async fn enclose(
        mut self,
        enclosure: Enclosure,
        user_namespace: Option<&OwnedFd>,
        patience: Duration,
    ) -> Result<Self, StartError> {
        let divide = self.divide(enclosure, user_namespace);
        let answer: Answer = tokio::time::timeout(patience, divide).await;
        match answer {
            Ok(Ok(Some(FromAgent::Enclosed))) => Ok(self),
            other => Err(self.refused(other, patience).await),
        }
    }

    async fn divide(
        &mut self,
        enclosure: Enclosure,
        user_namespace: Option<&OwnedFd>,
    ) -> io::Result<Option<FromAgent>> {
        // A dead agent shows at the reading end too, and better.
        let _ = send(&self.socket, &encode(&ToAgent::Enclose(Box::new(enclosure)))?, user_namespace).await;
        let first = self.incoming.next::<FromAgent>(&self.socket).await?;
        let Some(FromAgent::Divided { pid }) = first else { return Ok(first) };
        let agent = Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidData)?;
        let descriptor = supervise::adopt(agent)?;
        self.agent = agent;
        // Whoever attends stage one waits for it from then on.
        if let Some(adoption) = self.adoption.take() {
            let _ = adoption.send((agent, descriptor));
        }
        let _ = send(&self.socket, &encode(&ToAgent::Adopted)?, None).await;
        self.incoming.next(&self.socket).await
    }

    /// Makes it the agent of a sandbox, and returns when it serves.
    pub(crate) async fn configure(
        mut self,
        config: AgentConfig,
        patience: Duration,
    ) -> Result<Agent, StartError> {
        let frame = encode(&ToAgent::Configure(Box::new(config))).map_err(StartError::Spawn)?;
        let serve = async {
            let _ = send(&self.socket, &frame, None).await;
            self.incoming.next::<FromAgent>(&self.socket).await
        };
        let answer: Answer = tokio::time::timeout(patience, serve).await;
        match answer {
            Ok(Ok(Some(FromAgent::Ready))) => {
                let (outgoing, frames) = mpsc::channel(64);
                tokio::spawn(write(self.socket, frames));
                Ok(Agent::new(self.agent, outgoing, self.exit))
            }
            other => Err(self.refused(other, patience).await),
        }
    }

    /// Ends it, because of what it answered, and says why.
    async fn refused(self, answer: Answer, patience: Duration) -> StartError {
        let Self { socket, first, agent, mut exit, log, .. } = self;
        if let Ok(Ok(Some(FromAgent::Failed { reason }))) = answer {
            return StartError::Refused(reason);
        }
        supervise::kill(first);
        supervise::kill(agent);
        drop(socket);
        if answer.is_err() {
            return StartError::TimedOut(patience);
        }
        let ended = exit.wait_for(Option::is_some).await.ok().and_then(|exit| exit.clone());
        StartError::Died(ended.unwrap_or_default().with_words(&log))
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

/// Waits for the agent, ends what it left, and only then tells.
async fn attend(
    mut child: Child,
    pid: Pid,
    mut adoption: oneshot::Receiver<(Pid, OwnedFd)>,
    exit: watch::Sender<Option<AgentExit>>,
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
    tracing::debug!(pid = pid.as_raw_nonzero(), %exited, "agent ended");
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
