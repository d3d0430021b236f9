//! A client's own connection handed to an agent, once both have switched protocols.
//!
//! From then on nothing the two say wakes the server: a key typed and its echo cost two wake-ups less.
//!
//! ```text
//! server                                          agent
//! what the client said so far ──────────────────▶ reads it
//! MARK with the connection and a lifeline ──────▶ ends its side, reads from the connection, holds its writing back
//! client ◀── whatever still comes ◀────────────── what it said before
//! GO, once that has ended ──────────────────────▶ writes to the connection
//! waits for the lifeline's end                    lets go of both when it is done
//! ```
//!
//! The other half is `agent::stream`.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, Interest};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;

use crate::patient::Patient;

/// Carries the descriptors; a stream has to have a byte for them to travel with.
const MARK: &[u8] = b"m";
/// Nothing of the old way is under way any more.
const GO: &[u8] = b"g";

/// What of the agent's words is passed on in one go, in bytes.
const PIECE: usize = 16 * 1024;

/// A connection that an agent has.
#[derive(Debug)]
pub struct HandedOver(pipe::Receiver);

impl HandedOver {
    /// Waits until the agent has let go of the connection, or has ended.
    pub async fn ended(&mut self) {
        // Nothing is ever written to it.
        let _ = self.0.read_u8().await;
    }
}

/// An agent's side of an upgrade whose connection can be told to take over another.
#[derive(Debug)]
pub struct AgentEnd {
    agent: UnixStream,
    /// What the agent said already.
    said: Bytes,
}

impl AgentEnd {
    /// The agent's side of an upgrade, as [`crate::Agent::request`] gives it.
    ///
    /// # Errors
    /// Gives back what is none.
    pub fn new(agent: Upgraded) -> Result<Self, Upgraded> {
        let parts = agent.downcast::<TokioIo<Patient>>()?;
        Ok(Self::of(parts.io.into_inner().into_inner(), parts.read_buf))
    }

    /// The end of a stream to an agent that `said` something already.
    pub(crate) fn of(agent: UnixStream, said: Bytes) -> Self {
        Self { agent, said }
    }

    /// Gives the agent the client's connection, of which `heard` was read already.
    ///
    /// # Errors
    /// When either side is gone, or there are no descriptors left: nothing can be said any more.
    pub async fn take_over<C>(self, mut client: C, heard: &[u8]) -> io::Result<HandedOver>
    where
        C: AsyncWrite + AsFd + Unpin,
    {
        let Self { mut agent, said } = self;
        // An agent that said all it has to say and left takes nothing any more; its words are still to be passed on.
        let given = give(&mut agent, &client, heard).await;
        client.write_all(&said).await?;
        let mut piece = Vec::with_capacity(PIECE);
        while agent.read_buf(&mut piece).await.unwrap_or_default() > 0 {
            client.write_all(&piece).await?;
            piece.clear();
        }
        let lifeline = given?;
        // One that has let go of it in the meantime needs no word any more.
        let _ = agent.write_all(GO).await;
        Ok(HandedOver(lifeline))
    }
}

async fn give(agent: &mut UnixStream, client: &impl AsFd, heard: &[u8]) -> io::Result<pipe::Receiver> {
    let (lifeline, theirs) = lifeline()?;
    agent.write_all(heard).await?;
    let descriptors = [client.as_fd(), theirs.as_fd()];
    agent.async_io(Interest::WRITABLE, || send(agent.as_fd(), &descriptors)).await?;
    Ok(lifeline)
}

/// A pipe whose end is seen when the last holder of the second descriptor is gone.
fn lifeline() -> io::Result<(pipe::Receiver, OwnedFd)> {
    let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
    Ok((pipe::Receiver::from_owned_fd(ours)?, theirs))
}

/// Sends the mark, and the client's connection and a lifeline with it.
pub(crate) fn send(agent: BorrowedFd<'_>, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("no room for descriptors"));
    }
    sendmsg(agent, &[IoSlice::new(MARK)], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Something that came from the server.
pub(crate) struct Received {
    /// Bytes the client said.
    pub(crate) count: usize,
    /// Its connection and the lifeline, which come once and last.
    pub(crate) descriptors: Option<[OwnedFd; 2]>,
}

/// Reads what is there. The kernel never reads on behind descriptors, so the mark can only be the last byte.
pub(crate) fn receive(server: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Received> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(server, &mut [IoSliceMut::new(buffer)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    let messages = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let descriptors: Vec<OwnedFd> = messages.flatten().collect();
    if descriptors.is_empty() {
        return Ok(Received { count: received.bytes, descriptors: None });
    }
    // One of two is lost when this process has no number left for it.
    let both = descriptors.try_into().map_err(|_| io::Error::other("a connection did not come whole"))?;
    Ok(Received { count: received.bytes.saturating_sub(MARK.len()), descriptors: Some(both) })
}
