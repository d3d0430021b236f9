//! A client's connection, which can be told what to say last.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What a client gets that began a head and did not end it in time.
const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// The connection. HTTP ends one without a word when a head takes too long, and only lets go of it; so the word is
/// spoken here, in the moment it is let go of.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// Whether something came since something was last said: then a request has begun.
    heard: bool,
    too_slow: TooSlow,
}

/// Tells a [`Connection`] that its client took too long.
#[derive(Clone, Debug, Default)]
pub struct TooSlow(Arc<AtomicBool>);

impl TooSlow {
    /// The connection says so when it is let go of.
    pub fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Connection {
    /// What came by `stream`, and the way to say that it is too slow.
    #[must_use]
    pub fn new(stream: TcpStream) -> (Self, TooSlow) {
        let too_slow = TooSlow::default();
        (Self { stream, heard: false, too_slow: too_slow.clone() }, too_slow)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Who said nothing waits for nothing: an answer could be taken for that to the next request.
        if self.heard && self.too_slow.0.load(Ordering::Relaxed) {
            let _ = self.stream.try_write(TOO_SLOW);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.heard |= buffer.filled().len() > before;
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.heard = false;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.heard = false;
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
