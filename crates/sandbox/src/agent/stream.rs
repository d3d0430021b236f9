//! A stream from the server on which an agent can be given the client's own connection.
//!
//! What happens in which order is told in `handover`, which is the other half.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::net::{Shutdown, shutdown};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::handover::{Received, receive};

/// The stream. Either way is open, or both while it turns from one to the other.
#[derive(Debug)]
pub(super) struct Stream {
    /// The way through the server.
    server: Option<UnixStream>,
    /// The way straight to the client. It is read from as soon as it is there, and written to once the other is gone.
    client: Option<TcpStream>,
    switched: Switched,
    /// Who waits to write through the server.
    writer: Option<Waker>,
    /// Whose end the server sees.
    lifeline: Option<OwnedFd>,
}

/// Whether the client was answered 101; no connection comes before.
#[derive(Clone, Debug, Default)]
pub(super) struct Switched(Arc<AtomicBool>);

impl Switched {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Stream {
    pub(super) fn new(server: UnixStream) -> (Self, Switched) {
        let switched = Switched::default();
        let (client, writer, lifeline) = (None, None, None);
        let stream = Self { server: Some(server), client, switched: switched.clone(), writer, lifeline };
        (stream, switched)
    }

    /// Reads what the server sends, and the client's connection when it comes.
    fn poll_receive(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Some(server) = &self.server else { return Poll::Ready(Ok(())) };
        let space = buffer.initialize_unfilled();
        let Received { count, descriptors } = loop {
            ready!(server.poll_read_ready(context))?;
            match server.try_io(Interest::READABLE, || receive(server.as_fd(), space)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => break received?,
            }
        };
        buffer.advance(count);
        let Some([client, lifeline]) = descriptors else { return Poll::Ready(Ok(())) };
        self.turn_to(client, lifeline)?;
        match buffer.filled().is_empty() {
            true => Pin::new(self).poll_read(context, buffer),
            false => Poll::Ready(Ok(())),
        }
    }

    fn turn_to(&mut self, client: OwnedFd, lifeline: OwnedFd) -> io::Result<()> {
        let client = std::net::TcpStream::from(client);
        client.set_nonblocking(true)?;
        self.client = Some(TcpStream::from_std(client)?);
        self.lifeline = Some(lifeline);
        if let Some(server) = &self.server {
            // The server passes on what was written so far, and then says go.
            shutdown(server, Shutdown::Write)?;
        }
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
        Ok(())
    }

    /// Where to write to.
    fn poll_way_out(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Pin<&mut (dyn AsyncWrite + Send + Unpin)>>> {
        if let (Some(server), Some(_)) = (&mut self.server, &self.client) {
            let mut go = [0];
            // A server that ended without a word has nothing to pass on either.
            ready!(Pin::new(server).poll_read(context, &mut ReadBuf::new(&mut go)))?;
            self.server = None;
        }
        match (&mut self.server, &mut self.client) {
            (Some(server), _) => {
                if !self.writer.as_ref().is_some_and(|writer| writer.will_wake(context.waker())) {
                    self.writer = Some(context.waker().clone());
                }
                Poll::Ready(Ok(Pin::new(server as &mut (dyn AsyncWrite + Send + Unpin))))
            }
            (None, Some(client)) => Poll::Ready(Ok(Pin::new(client))),
            (None, None) => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = &mut *self;
        match (&mut stream.client, &mut stream.server) {
            (Some(client), _) => Pin::new(client).poll_read(context, buffer),
            (None, Some(server)) if !stream.switched.is_set() => Pin::new(server).poll_read(context, buffer),
            _ => stream.poll_receive(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_way_out(context))?.poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_way_out(context))?.poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_way_out(context))?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_way_out(context))?.poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::handover::{AgentEnd, HandedOver, send};

    /// A client, and an agent's stream whose client was answered 101.
    async fn parties() -> (TcpStream, TcpStream, UnixStream, Stream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let (server, agent) = UnixStream::pair().unwrap();
        let (stream, switched) = Stream::new(agent);
        switched.set();
        (client, accepted, server, stream)
    }

    fn give(
        server: UnixStream,
        said: &'static [u8],
        accepted: TcpStream,
        heard: &'static [u8],
    ) -> JoinHandle<io::Result<HandedOver>> {
        let end = AgentEnd::of(server, Bytes::from_static(said));
        tokio::spawn(end.take_over(accepted, heard))
    }

    #[tokio::test]
    async fn what_was_said_before_comes_before_what_is_said_after_on_both_sides() {
        let (mut client, accepted, mut server, mut stream) = parties().await;
        server.write_all(b"one ").await.unwrap();
        client.write_all(b"three").await.unwrap();
        stream.write_all(b"two ").await.unwrap();
        let given = give(server, b"one ", accepted, b"two ");
        let mut heard = [0; 13];
        stream.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"one two three");
        stream.write_all(b"three").await.unwrap();
        let mut said = [0; 13];
        client.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"one two three");

        let mut given = given.await.unwrap().unwrap();
        client.write_all(b"four").await.unwrap();
        stream.read_exact(&mut heard[..4]).await.unwrap();
        assert_eq!(&heard[..4], b"four", "without the server");
        drop(stream);
        given.ended().await;
        assert_eq!(client.read(&mut said).await.unwrap(), 0, "the client sees the end as well");
    }

    #[tokio::test]
    async fn nothing_is_said_to_the_client_before_the_server_has_passed_on_the_rest() {
        let (mut client, mut accepted, mut server, mut stream) = parties().await;
        stream.write_all(b"old ").await.unwrap();
        let lifeline = tempfile::tempfile().unwrap();
        send(server.as_fd(), &[accepted.as_fd(), lifeline.as_fd()]).unwrap();
        client.write_all(b"x").await.unwrap();
        stream.read_exact(&mut [0]).await.unwrap();

        let mut writing = std::pin::pin!(stream.write_all(b"new"));
        assert!(futures_util::poll!(writing.as_mut()).is_pending());
        let mut rest = Vec::new();
        server.read_to_end(&mut rest).await.unwrap();
        accepted.write_all(&rest).await.unwrap();
        assert!(futures_util::poll!(writing.as_mut()).is_pending());
        server.write_all(b"g").await.unwrap();
        writing.await.unwrap();
        let mut said = [0; 7];
        client.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"old new");
    }

    #[tokio::test]
    async fn not_a_byte_is_lost_or_moved_when_both_talk_all_the_time() {
        const LENGTH: usize = 4 << 20;
        let text = |start: u8| -> Vec<u8> {
            (0..LENGTH).map(|place| start.wrapping_add((place / 7 % 251) as u8)).collect()
        };
        for early in [0, 1, 100_000] {
            let (client, accepted, mut server, stream) = parties().await;
            let (mut client_in, mut client_out) = client.into_split();
            let (mut agent_in, mut agent_out) = tokio::io::split(stream);
            let typing = tokio::spawn(async move {
                client_out.write_all(&text(1)).await.unwrap();
                client_out
            });
            let printing = tokio::spawn(async move {
                agent_out.write_all(&text(2)).await.unwrap();
                agent_out.flush().await.unwrap();
                agent_out
            });
            let listening = tokio::spawn(async move {
                let mut heard = vec![0; LENGTH];
                agent_in.read_exact(&mut heard).await.unwrap();
                (heard, agent_in)
            });
            let watching = tokio::spawn(async move {
                let mut seen = vec![0; LENGTH];
                client_in.read_exact(&mut seen).await.unwrap();
                (seen, client_in)
            });
            // Some of it goes the old way.
            let mut accepted = accepted;
            let mut piece = vec![0; early];
            accepted.read_exact(&mut piece).await.unwrap();
            let (mut from_agent, mut to_agent) = server.split();
            let mut printed = vec![0; early];
            tokio::join!(async { to_agent.write_all(&piece).await.unwrap() }, async {
                from_agent.read_exact(&mut printed).await.unwrap()
            },);
            accepted.write_all(&printed).await.unwrap();
            let end = AgentEnd::of(server, Bytes::new());
            let mut given = end.take_over(accepted, b"").await.unwrap();

            let (heard, agent_in) = listening.await.unwrap();
            assert!(heard == text(1), "what was typed arrived as it was");
            let (seen, _client_in) = watching.await.unwrap();
            assert!(seen == text(2), "what was printed arrived as it was");
            drop((typing.await.unwrap(), agent_in, printing.await.unwrap()));
            given.ended().await;
        }
    }

    #[tokio::test]
    async fn what_an_agent_says_and_leaves_reaches_the_client() {
        let (mut client, accepted, server, mut stream) = parties().await;
        stream.write_all(b"last words").await.unwrap();
        drop(stream);
        assert!(give(server, b"", accepted, b"unheard").await.unwrap().is_err());
        let mut said = Vec::new();
        client.read_to_end(&mut said).await.unwrap();
        assert_eq!(said, b"last words");
    }

    #[tokio::test]
    async fn a_client_that_left_is_no_reason_to_hang() {
        let (client, accepted, server, mut stream) = parties().await;
        drop(client);
        let given = give(server, b"", accepted, b"bye");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"bye");
        drop(stream);
        given.await.unwrap().unwrap().ended().await;
    }

    #[tokio::test]
    async fn a_server_that_ends_before_it_says_go_does_not_hold_the_agent() {
        let (mut client, accepted, server, mut stream) = parties().await;
        let given = give(server, b"", accepted, b"x");
        stream.read_exact(&mut [0]).await.unwrap();
        given.abort();
        let _ = given.await;
        // With the connection in its hands, the agent goes on.
        let reading = tokio::spawn(async move {
            let _ = stream.read(&mut [0]).await;
            let _ = stream.write_all(b"y").await;
        });
        client.write_all(b"z").await.unwrap();
        reading.await.unwrap();
    }
}
