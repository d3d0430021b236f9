//! A connection on which an early answer is not lost.
//!
//! An agent may answer before it has read a request to its end, and close. What is still being sent then meets a closed
//! connection, and hyper would report that instead of the answer. Here such writing is passed over, so that the answer
//! is read first; when there is none, reading ends and says so.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

/// A stream whose writing never fails because the other side closed.
#[derive(Debug)]
pub(crate) struct Patient {
    stream: UnixStream,
    /// The other side takes nothing any more.
    closed: bool,
}

impl Patient {
    pub(crate) fn new(stream: UnixStream) -> Self {
        Self { stream, closed: false }
    }

    pub(crate) fn into_inner(self) -> UnixStream {
        self.stream
    }

    /// What becomes of an attempt to write `length` bytes.
    fn settle(&mut self, attempt: Poll<io::Result<usize>>, length: usize) -> Poll<io::Result<usize>> {
        match attempt {
            Poll::Ready(Err(error)) if is_closed(&error) => {
                self.closed = true;
                Poll::Ready(Ok(length))
            }
            other => other,
        }
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::NotConnected)
}

/// What closing a connection gave, when it may be closed already.
fn forgive(result: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
    match result {
        Poll::Ready(Err(error)) if is_closed(&error) => Poll::Ready(Ok(())),
        other => other,
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.closed {
            return Poll::Ready(Ok(bytes.len()));
        }
        let attempt = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.settle(attempt, bytes.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = slices.iter().fold(0, |length, slice| length + slice.len());
        if self.closed {
            return Poll::Ready(Ok(length));
        }
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.settle(attempt, length)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forgive(Pin::new(&mut self.stream).poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forgive(Pin::new(&mut self.stream).poll_shutdown(context))
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use bytes::Bytes;
    use futures_util::stream;
    use http::Request;
    use http_body_util::BodyExt as _;
    use hyper::client::conn::http1;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Sends eight megabytes to an other side that reads little, says `answer` and closes.
    async fn send(answer: &'static str) -> Result<(u16, Bytes), hyper::Error> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        tokio::spawn(async move {
            let mut beginning = [0; 100];
            theirs.read_exact(&mut beginning).await.unwrap();
            theirs.write_all(answer.as_bytes()).await.unwrap();
        });
        let (mut sender, connection) = http1::handshake(TokioIo::new(Patient::new(ours))).await?;
        tokio::spawn(connection);
        let chunks = (0..128).map(|_| Ok::<_, io::Error>(Bytes::from(vec![b'x'; 64 * 1024])));
        let body = Body::from_stream(stream::iter(chunks));
        let response = sender.send_request(Request::post("/").body(body).unwrap()).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_answer_given_before_the_request_was_read_arrives_whole() {
        for _ in 0..50 {
            let answered =
                send("HTTP/1.1 501 Not Implemented\r\ncontent-length: 4\r\n\r\nlate").await.unwrap();
            assert_eq!(answered, (501, Bytes::from_static(b"late")));
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_connection_closed_without_an_answer_is_an_error() {
        assert!(send("").await.is_err());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_answer_that_ends_in_the_middle_is_an_error() {
        assert!(send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\npart").await.is_err());
    }
}
