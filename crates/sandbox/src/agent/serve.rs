//! The serving thread: streams in, HTTP out, events to the main thread.

use std::convert::Infallible;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming as IncomingBody;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::UnixStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::{Service, ServiceExt};

use super::Event;
use super::stream::Stream;
use crate::wire::{FromAgent, Incoming, ToAgent, encode, send};

/// Threads for blocking file work. They live as long as the agent: see the rule in the module above.
const BLOCKING_THREADS: usize = 32;
/// How long answers on their way may take when the sandbox ends.
const FAREWELL: Duration = Duration::from_millis(250);

/// The running thread.
pub(super) struct Serving {
    closing: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Serving {
    /// Starts it; it tells the server when it is ready.
    pub(super) fn start<F, S>(
        socket: std::os::unix::net::UnixStream,
        incoming: Incoming,
        events: Sender<Event>,
        serve: F,
    ) -> io::Result<Self>
    where
        F: FnOnce() -> S + Send + 'static,
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        socket.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_keep_alive(Duration::from_secs(u64::from(u32::MAX)))
            .build()?;
        let (closing, closed) = watch::channel(false);
        let thread = std::thread::Builder::new().name("serving".into()).spawn(move || {
            runtime.block_on(work(socket, incoming, events, closed, serve));
            // Blocking work that hangs must not keep a dead sandbox's agent.
            runtime.shutdown_background();
        })?;
        Ok(Self { closing, thread })
    }

    /// Lets answers on their way out, for a moment, then ends the thread.
    pub(super) fn finish(self) {
        self.closing.send_replace(true);
        let _ = self.thread.join();
    }
}

async fn work<F, S>(
    socket: std::os::unix::net::UnixStream,
    incoming: Incoming,
    events: Sender<Event>,
    mut closing: watch::Receiver<bool>,
    serve: F,
) where
    F: FnOnce() -> S,
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let mut streams = JoinSet::new();
    let watched = closing.clone();
    let ended = tokio::select! {
        outcome = listen(socket, incoming, &events, watched, serve, &mut streams) => Some(outcome),
        () = closed(&mut closing) => None,
    };
    match ended {
        Some(outcome) => {
            if let Err(error) = outcome {
                eprintln!("the agent's control socket failed: {error}");
            }
            let _ = events.send(Event::Orphaned);
            closed(&mut closing).await;
        }
        None => {
            let all = async { while streams.join_next().await.is_some() {} };
            let _ = tokio::time::timeout(FAREWELL, all).await;
        }
    }
}

/// Waits for the main thread's word that the tree has ended.
async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
}

/// Takes streams until the server is gone.
async fn listen<F, S>(
    socket: std::os::unix::net::UnixStream,
    mut incoming: Incoming,
    events: &Sender<Event>,
    closing: watch::Receiver<bool>,
    serve: F,
    streams: &mut JoinSet<()>,
) -> io::Result<()>
where
    F: FnOnce() -> S,
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let socket = UnixStream::from_std(socket)?;
    let mut children = signal(SignalKind::child())?;
    // A server started in the background or by `nohup` ignores these, and so would every command. A signal that is
    // caught here goes back to its default in what is started; the agent itself does not listen.
    for kind in [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::quit()] {
        drop(signal(kind)?);
    }
    let service = serve();
    send(&socket, &encode(&FromAgent::Ready)?, None).await?;
    loop {
        tokio::select! {
            message = incoming.next::<ToAgent>(&socket) => match message? {
                Some(ToAgent::Stream) => {
                    let stream = incoming.descriptor().ok_or(io::ErrorKind::InvalidData)?;
                    // One stream that cannot be taken is its client's loss, not the sandbox's.
                    if let Ok(stream) = take(stream) {
                        streams.spawn(attend(stream, service.clone(), closing.clone()));
                    }
                }
                Some(ToAgent::Stop { grace_ms }) => {
                    let _ = events.send(Event::Stop(Duration::from_millis(grace_ms)));
                }
                Some(ToAgent::Pause) => {
                    let done = incoming.descriptor().ok_or(io::ErrorKind::InvalidData)?;
                    let _ = events.send(Event::Pause(done));
                }
                Some(ToAgent::Resume) => {
                    let done = incoming.descriptor().ok_or(io::ErrorKind::InvalidData)?;
                    let _ = events.send(Event::Resume(done));
                }
                Some(
                    ToAgent::Enclose(_)
                    | ToAgent::Configure(_)
                    | ToAgent::HoldUserNamespace
                    | ToAgent::Adopted,
                ) => return Err(io::ErrorKind::InvalidData.into()),
                None => return Ok(()),
            },
            _ = children.recv() => {
                let _ = events.send(Event::Child);
            }
            Some(_) = streams.join_next() => {}
        }
    }
}

fn take(stream: OwnedFd) -> io::Result<UnixStream> {
    let stream = std::os::unix::net::UnixStream::from(stream);
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

/// Serves one stream. A broken one is nobody's business but its client's.
async fn attend<S>(stream: UnixStream, service: S, mut closing: watch::Receiver<bool>)
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let (stream, switched) = Stream::new(stream);
    let service = service.map_request(|request: Request<IncomingBody>| request.map(Body::new)).map_response(
        move |response| {
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                switched.set();
            }
            response
        },
    );
    let service = TowerToHyperService::new(service);
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = closed(&mut closing) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
