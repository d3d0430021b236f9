//! The inner half: what a stream of the gateway is served by, inside the sandbox.
//!
//! | module | holds |
//! |---|---|
//! | `program` | shells and commands |
//! | `sftp` | files |
//! | `ports` | dialling, listening, fetching visitors |

mod ports;
mod program;
mod sftp;

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use engine::Engine;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderValue, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::wire::{self, Frame, FrameReader, PROTOCOL, Purpose};

/// Serves the gateway's streams. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Inner {
    engine: Arc<Engine>,
    visitors: Arc<ports::Visitors>,
}

impl Inner {
    /// Serves by the capabilities of this engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine, visitors: Arc::default() }
    }

    /// Answers a request for [`wire::PATH`]: it becomes a stream.
    pub async fn respond(&self, mut request: Request<Body>) -> Response {
        let mut response = Response::new(Body::empty());
        if request.headers().get(UPGRADE).is_none_or(|protocol| protocol != PROTOCOL) {
            *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
            return response;
        }
        let upgrade = hyper::upgrade::on(&mut request);
        let inner = self.clone();
        tokio::spawn(async move {
            if let Ok(stream) = upgrade.await {
                inner.serve(TokioIo::new(stream)).await;
            }
        });
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
        response.headers_mut().insert(UPGRADE, HeaderValue::from_static(PROTOCOL));
        response
    }

    /// Serves one stream to its end. A broken one is nobody's business but its client's.
    pub async fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        if let Err(error) = self.serve_purpose(stream).await {
            tracing::debug!(%error, "a stream of the gateway ended early");
        }
    }

    async fn serve_purpose<S>(&self, stream: S) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut frames = FrameReader::new(stream);
        let Some(Frame::Open(purpose)) = frames.next().await? else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        match purpose {
            Purpose::Program { command, terminal, environment } => {
                let request = program::request(command, terminal, environment);
                program::run(&self.engine, request, frames).await
            }
            Purpose::Sftp { links_first } => {
                let (mut stream, early) = frames.into_parts();
                wire::send(&mut stream, &Frame::Opened(0)).await?;
                sftp::serve(&self.engine, Early::new(stream, early), links_first).await
            }
            Purpose::Dial(address) => self.dial(frames, &address).await,
            Purpose::Listen(address) => ports::listen(self, frames, &address).await,
            Purpose::Accept(id) => self.accept(frames, id).await,
        }
    }
}

/// A stream of which something was read already.
#[derive(Debug)]
struct Early<S> {
    stream: S,
    read: bytes::Bytes,
}

impl<S> Early<S> {
    fn new(stream: S, read: bytes::Bytes) -> Self {
        Self { stream, read }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Early<S> {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        if self.read.is_empty() {
            return std::pin::Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let count = self.read.len().min(buffer.remaining());
        buffer.put_slice(&self.read.split_to(count));
        std::task::Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Early<S> {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<io::Result<usize>> {
        std::pin::Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::pin::Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::pin::Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
