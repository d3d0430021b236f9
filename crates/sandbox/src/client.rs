//! The server's handle of a running agent: requests to it, its end.
//!
//! For each connection the server makes a pair of Unix streams, passes one end over the control socket and speaks
//! HTTP/1.1 over its own. Idle connections are kept for the next request.

use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, Uri, Version};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustix::net::sockopt::set_socket_send_buffer_size;
use rustix::process::Pid;
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};

use crate::agent::DONE;
use crate::patient::Patient;
use crate::supervise;
use crate::wire::{ToAgent, encode};

/// How much of a request may be under way to an agent, in bytes; the system gives less where it must. With as little as it
/// gives by itself, the two sides of an upload work in turns more than at the same time. Downloads are slower with more:
/// what is sent is read while the processor still has it at hand.
const UNDER_WAY: usize = 1 << 20;

/// Idle connections kept per agent.
const IDLE_LIMIT: usize = 16;
/// What an agent gets on top of the grace of its commands before it is killed itself.
const STOP_MARGIN: Duration = Duration::from_secs(2);

/// How long holding or letting go may take.
const PAUSE_PATIENCE: Duration = Duration::from_secs(10);

/// A frame on its way to the agent.
pub(crate) struct Outgoing {
    pub(crate) frame: Vec<u8>,
    pub(crate) descriptor: Option<OwnedFd>,
}

/// How an agent ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentExit {
    /// The exit code, if it exited by itself.
    pub code: Option<i32>,
    /// The signal that killed it, if one did.
    pub signal: Option<i32>,
    /// Whether the server had asked for it; if not, the sandbox is broken.
    pub requested: bool,
    /// The last thing it said on standard error, if that is known.
    pub words: Option<String>,
}

impl AgentExit {
    /// Adds the end of the agent's log.
    pub(crate) fn with_words(mut self, log: &Path) -> Self {
        self.words = last_words(log).ok().filter(|words| !words.is_empty());
        self
    }
}

fn last_words(log: &Path) -> io::Result<String> {
    let mut file = std::fs::File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(1024)))?;
    let mut tail = Vec::new();
    file.take(1024).read_to_end(&mut tail)?;
    Ok(String::from_utf8_lossy(&tail).trim().to_owned())
}

impl std::fmt::Display for AgentExit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(formatter, "exited with code {code}")?,
            (None, Some(signal)) => write!(formatter, "killed by signal {signal}")?,
            (None, None) => formatter.write_str("ended in an unknown way")?,
        }
        match &self.words {
            Some(words) => write!(formatter, " ({words})"),
            None => Ok(()),
        }
    }
}

/// Why a request got no answer from the agent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// The agent has ended, or is ending.
    #[error("the sandbox is not running")]
    Gone,
    /// No connection could be made.
    #[error("failed to connect to the sandbox: {0}")]
    Connect(#[source] io::Error),
    /// Its processes could not be held or let go.
    #[error("failed to pause or resume the sandbox: {0}")]
    Pause(#[source] io::Error),
    /// The connection broke before an answer came.
    #[error("the sandbox broke off: {0}")]
    Broken(#[source] hyper::Error),
}

/// A running agent. Clones are the same agent; when the last one is dropped the agent ends its tree and itself.
#[derive(Clone)]
pub struct Agent(Arc<Inner>);

struct Inner {
    pid: Pid,
    outgoing: mpsc::Sender<Outgoing>,
    idle: Mutex<Vec<SendRequest<Body>>>,
    exit: watch::Receiver<Option<AgentExit>>,
    /// Who wants its processes held.
    pause: tokio::sync::Mutex<Pause>,
    /// Set before the first stop, so that whoever watches knows an accident from a wish.
    stopping: AtomicBool,
}

/// Two may want a sandbox's processes held at the same time; they are let go when neither does any more.
#[derive(Default)]
struct Pause {
    /// [`Agent::pause`].
    wished: bool,
    /// Copies of its files under way.
    copies: usize,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Agent").field("pid", &self.pid()).finish_non_exhaustive()
    }
}

impl Agent {
    pub(crate) fn new(
        pid: Pid,
        outgoing: mpsc::Sender<Outgoing>,
        exit: watch::Receiver<Option<AgentExit>>,
    ) -> Self {
        let (idle, pause, stopping) =
            (Mutex::default(), tokio::sync::Mutex::default(), AtomicBool::new(false));
        Self(Arc::new(Inner { pid, outgoing, idle, exit, pause, stopping }))
    }

    /// The agent's process id on the host.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.0.pid.as_raw_nonzero().get()
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn exit(&self) -> Option<AgentExit> {
        self.0.exit.borrow().clone().map(|exit| self.complete(exit))
    }

    /// Waits until the agent has ended and nothing of its tree is left. Holds no share in the agent: waiting does not
    /// keep it alive.
    pub fn exited(&self) -> impl Future<Output = AgentExit> + Send + 'static {
        let mut exit = self.0.exit.clone();
        let inner = Arc::downgrade(&self.0);
        async move {
            let ended = exit.wait_for(Option::is_some).await.ok().and_then(|exit| exit.clone());
            let mut ended = ended.unwrap_or_default();
            // Without any handle left, the end was wished for.
            ended.requested = inner.upgrade().is_none_or(|inner| inner.stopping.load(Ordering::Acquire));
            ended
        }
    }

    fn complete(&self, mut exit: AgentExit) -> AgentExit {
        exit.requested = self.0.stopping.load(Ordering::Acquire);
        exit
    }

    /// Sends a request and returns the answer's head; bodies stream both ways. After an upgrade the response carries
    /// hyper's `OnUpgrade`. Hop-by-hop headers are the caller's affair.
    ///
    /// # Errors
    /// [`AgentError`]; a request that may have reached the agent is never sent twice.
    pub async fn request<B>(&self, request: Request<B>) -> Result<Response<Incoming>, AgentError>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if self.0.stopping.load(Ordering::Acquire) {
            return Err(AgentError::Gone);
        }
        let mut request = prepare(request);
        while let Some(mut connection) = self.idle() {
            match connection.try_send_request(request).await {
                Ok(response) => return Ok(self.keep(connection, response)),
                Err(mut error) => match error.take_message() {
                    // The connection was closed before anything was sent: the next one may do.
                    Some(unsent) => request = unsent,
                    None => return Err(self.broken(error.into_error())),
                },
            }
        }
        let mut connection = self.connect().await?;
        match connection.send_request(request).await {
            Ok(response) => Ok(self.keep(connection, response)),
            Err(error) => Err(self.broken(error)),
        }
    }

    /// Ends the sandbox: SIGTERM to everything in it, SIGKILL after `grace` (at once if that is zero), then the agent
    /// itself. Returns when nothing of it is left; its files stay. Stopping one that has ended is no error.
    pub async fn stop(&self, grace: Duration) -> AgentExit {
        self.0.stopping.store(true, Ordering::Release);
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        if let Ok(frame) = encode(&ToAgent::Stop { grace_ms }) {
            // An agent that no longer reads must not keep us waiting: the kill below is for it.
            let _ = self.0.outgoing.try_send(Outgoing { frame, descriptor: None });
        }
        let exited = self.exited();
        tokio::pin!(exited);
        if let Ok(exit) = tokio::time::timeout(grace.saturating_add(STOP_MARGIN), &mut exited).await {
            return exit;
        }
        supervise::kill(self.0.pid);
        exited.await
    }

    /// Holds every process of the sandbox, whatever it is doing; the agent itself goes on. Holding what is held already
    /// holds what has come in between. Stopping the sandbox works as ever.
    ///
    /// # Errors
    /// [`AgentError::Gone`], or [`AgentError::Pause`] when some process cannot be held: the others are then let go.
    pub async fn pause(&self) -> Result<(), AgentError> {
        let mut pause = self.0.pause.lock().await;
        self.hold(&pause).await?;
        pause.wished = true;
        Ok(())
    }

    /// Lets every process go on from where it was held. One that somebody had stopped before stays so.
    ///
    /// # Errors
    /// [`AgentError::Gone`].
    pub async fn resume(&self) -> Result<(), AgentError> {
        let mut pause = self.0.pause.lock().await;
        pause.wished = false;
        self.let_go(&pause).await
    }

    /// Does something while every process is held. Where that cannot be, it is done all the same.
    pub(crate) async fn held_still<T>(&self, work: impl Future<Output = T>) -> T {
        {
            let mut pause = self.0.pause.lock().await;
            let _ = self.hold(&pause).await;
            pause.copies += 1;
        }
        let done = work.await;
        let mut pause = self.0.pause.lock().await;
        pause.copies -= 1;
        let _ = self.let_go(&pause).await;
        done
    }

    async fn hold(&self, pause: &Pause) -> Result<(), AgentError> {
        match self.ask(&ToAgent::Pause).await? {
            DONE => Ok(()),
            _ => {
                self.let_go(pause).await?;
                Err(AgentError::Pause(io::ErrorKind::PermissionDenied.into()))
            }
        }
    }

    async fn let_go(&self, pause: &Pause) -> Result<(), AgentError> {
        if pause.wished || pause.copies > 0 {
            return Ok(());
        }
        self.ask(&ToAgent::Resume).await.map(drop)
    }

    /// Asks the agent's main thread for something and waits until it is done.
    async fn ask(&self, what: &ToAgent) -> Result<u8, AgentError> {
        let (mut ours, theirs) = pair().map_err(AgentError::Pause)?;
        let frame = encode(what).map_err(AgentError::Pause)?;
        let outgoing = Outgoing { frame, descriptor: Some(theirs.into()) };
        self.0.outgoing.send(outgoing).await.map_err(|_| AgentError::Gone)?;
        match tokio::time::timeout(PAUSE_PATIENCE, ours.read_u8()).await {
            Ok(outcome) => outcome.map_err(|_| AgentError::Gone),
            Err(_) => Err(AgentError::Pause(io::ErrorKind::TimedOut.into())),
        }
    }

    async fn connect(&self) -> Result<SendRequest<Body>, AgentError> {
        if self.0.exit.borrow().is_some() {
            return Err(AgentError::Gone);
        }
        let (ours, theirs) = pair().map_err(AgentError::Connect)?;
        let frame = encode(&ToAgent::Stream).map_err(AgentError::Connect)?;
        let outgoing = Outgoing { frame, descriptor: Some(theirs.into()) };
        self.0.outgoing.send(outgoing).await.map_err(|_| AgentError::Gone)?;
        let handshake = http1::handshake(TokioIo::new(Patient::new(ours))).await;
        let (sender, connection) = handshake.map_err(|error| self.broken(error))?;
        tokio::spawn(connection.with_upgrades());
        Ok(sender)
    }

    /// An idle connection, the one used last first.
    fn idle(&self) -> Option<SendRequest<Body>> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(SendRequest::is_ready)
    }

    /// Takes the connection back once the answer's body has been read; one that was upgraded or broke never is.
    fn keep(&self, mut connection: SendRequest<Body>, response: Response<Incoming>) -> Response<Incoming> {
        let inner: Weak<Inner> = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            if connection.ready().await.is_err() {
                return;
            }
            let Some(inner) = inner.upgrade() else { return };
            let mut idle = inner.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_LIMIT {
                idle.push(connection);
            }
        });
        response
    }

    fn broken(&self, error: hyper::Error) -> AgentError {
        match self.0.exit.borrow().is_some() {
            true => AgentError::Gone,
            false => AgentError::Broken(error),
        }
    }
}

/// A stream and the end of it for the agent.
fn pair() -> io::Result<(UnixStream, std::os::unix::net::UnixStream)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    set_socket_send_buffer_size(&ours, UNDER_WAY)?;
    ours.set_nonblocking(true)?;
    Ok((UnixStream::from_std(ours)?, theirs))
}

/// Brings a request into the form that goes over a connection: HTTP/1.1, path and query only.
fn prepare<B>(request: Request<B>) -> Request<Body>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut head, body) = request.into_parts();
    head.version = Version::HTTP_11;
    let path = head.uri.path_and_query().cloned();
    head.uri = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    Request::from_parts(head, Body::new(body))
}
