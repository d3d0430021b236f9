//! Ports and sockets: dialled for the client, listened on for the client.
//!
//! A visitor of a listener waits here until the gateway fetches them by a stream of their own.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::{Early, Inner};
use crate::Stream;
use crate::wire::{self, Address, Frame, FrameReader, Incoming};

/// How long dialling may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Visitors of listeners that may wait to be fetched.
const WAITING: usize = 256;

/// Visitors that were announced and not fetched yet.
#[derive(Debug, Default)]
pub(super) struct Visitors {
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, Visitor>>,
}

type Visitor = Box<dyn Somebody>;

trait Somebody: Stream + std::fmt::Debug {}

impl<T: Stream + std::fmt::Debug> Somebody for T {}

impl Visitors {
    fn add(&self, visitor: Visitor) -> Option<u64> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING {
            return None;
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        waiting.insert(id, visitor);
        Some(id)
    }

    fn take(&self, id: u64) -> Option<Visitor> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id)
    }
}

impl Inner {
    pub(super) async fn dial<S>(&self, frames: FrameReader<S>, address: &Address) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let dialled = tokio::time::timeout(PATIENCE, self.connect(address)).await;
        let dialled = dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        join(frames, dialled).await
    }

    /// Serves the stream a gateway fetches a visitor by.
    pub(super) async fn accept<S>(&self, frames: FrameReader<S>, id: u64) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let visitor = self.visitors.take(id).ok_or_else(|| io::ErrorKind::NotFound.into());
        join(frames, visitor).await
    }

    async fn connect(&self, address: &Address) -> io::Result<Visitor> {
        match address {
            Address::Tcp(host, port) => {
                let stream = connect_tcp(host, *port).await?;
                // What is typed on one side must not wait for the other's acknowledgements.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            Address::Unix(path) => Ok(Box::new(UnixStream::connect(self.path(path)?).await?)),
        }
    }

    fn path(&self, path: &str) -> io::Result<PathBuf> {
        Ok(self.engine.paths().host_path(path)?)
    }
}

/// Programs listen on either kind of loopback address.
async fn connect_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    if host != "localhost" {
        return TcpStream::connect((host, port)).await;
    }
    match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
        Ok(stream) => Ok(stream),
        Err(refused) => TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.map_err(|_| refused),
    }
}

/// Copies bytes between the gateway and somebody, once both know that they are joined.
async fn join<S>(frames: FrameReader<S>, somebody: io::Result<Visitor>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut stream, early) = frames.into_parts();
    let mut somebody = match somebody {
        Ok(somebody) => somebody,
        Err(error) => return wire::send(&mut stream, &Frame::Failed(error.to_string())).await,
    };
    wire::send(&mut stream, &Frame::Opened(0)).await?;
    copy_bidirectional(&mut Early::new(stream, early), &mut somebody).await.map(drop)
}

enum Listener {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _socket: Socket },
}

/// A socket in the file system, removed with its listener.
struct Socket(PathBuf);

impl Drop for Socket {
    fn drop(&mut self) {
        // Somebody may have removed it before.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    async fn bind(inner: &Inner, address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp(host, port) => {
                let host = match host.as_str() {
                    "" | "*" => "0.0.0.0",
                    "localhost" => "127.0.0.1",
                    other => other,
                };
                Ok(Self::Tcp(TcpListener::bind((host, *port)).await?))
            }
            Address::Unix(path) => {
                let path = inner.path(path)?;
                Ok(Self::Unix { listener: UnixListener::bind(&path)?, _socket: Socket(path) })
            }
        }
    }

    fn port(&self) -> u16 {
        match self {
            Self::Tcp(listener) => listener.local_addr().map_or(0, |address| address.port()),
            Self::Unix { .. } => 0,
        }
    }

    async fn accept(&self) -> io::Result<(Visitor, String, u16)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, from) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), from.ip().to_string(), from.port()))
            }
            Self::Unix { listener, .. } => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), String::new(), 0))
            }
        }
    }
}

/// Listens until the gateway closes the stream.
pub(super) async fn listen<S>(inner: &Inner, frames: FrameReader<S>, address: &Address) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (stream, early) = frames.into_parts();
    let (reader, mut writer) = tokio::io::split(Early::new(stream, early));
    let mut frames = FrameReader::new(reader);
    let listener = match Listener::bind(inner, address).await {
        Ok(listener) => listener,
        Err(error) => return wire::send(&mut writer, &Frame::Failed(error.to_string())).await,
    };
    wire::send(&mut writer, &Frame::Opened(listener.port())).await?;
    let mut announced = Vec::new();
    let ended = loop {
        tokio::select! {
            frame = frames.next() => break frame.map(drop),
            accepted = listener.accept() => {
                let Ok((visitor, host, port)) = accepted else { continue };
                // Nobody waits for those who come when too many wait: they are turned away.
                let Some(id) = inner.visitors.add(visitor) else { continue };
                announced.retain(|id| inner.visitors.waits(*id));
                announced.push(id);
                wire::send(&mut writer, &Frame::Incoming(Incoming { id, host, port })).await?;
            }
        }
    };
    for id in announced {
        drop(inner.visitors.take(id));
    }
    ended
}

impl Visitors {
    fn waits(&self, id: u64) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }
}
