//! The control socket between server and agent: frames, and descriptors travelling beside them.
//!
//! A frame is its length (four bytes, little endian) and that much JSON. A byte stream is used rather than packets
//! because a configuration may be larger than a packet can be. A descriptor is attached to the first byte of its frame;
//! the kernel never merges reads across descriptors, so the order of descriptors is the order of frames.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::net::UnixStream;

use crate::agent::AgentConfig;
use crate::enclosure::Enclosure;

/// No frame is longer; an environment, the largest thing sent, cannot be.
const FRAME_LIMIT: usize = 16 << 20;

/// From server to agent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToAgent {
    /// Make a root of its own for whoever will be told of by `Configure`. The user namespace comes along if there is one.
    Enclose(Box<Enclosure>),
    /// Who the agent is.
    Configure(Box<AgentConfig>),
    /// A stream to serve; its descriptor comes with the frame.
    Stream,
    /// Make a user namespace and keep it until the socket ends. Not for a sandbox: agents are given it.
    HoldUserNamespace,
    /// The process told of by `Divided` is the server's from now on.
    Adopted,
    /// Hold every process of the sandbox but yourself; the descriptor that comes along takes a byte when that is done.
    Pause,
    /// Let them go on; told of in the same way.
    Resume,
    /// End the tree, then yourself.
    Stop {
        /// Milliseconds between SIGTERM and SIGKILL; 0 skips SIGTERM.
        grace_ms: u64,
    },
}

/// From agent to server.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum FromAgent {
    /// It serves.
    Ready,
    /// The user namespace is there.
    Unshared,
    /// It has made another process the agent.
    Divided {
        /// The other's process id, as seen by the server.
        pid: i32,
    },
    /// The root is there.
    Enclosed,
    /// It will not.
    Failed {
        /// Why.
        reason: String,
    },
}

/// One frame as it goes over the socket.
pub(crate) fn encode<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let length = frame.len() - 4;
    if length > FRAME_LIMIT {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "message to the agent is too long"));
    }
    frame[..4].copy_from_slice(&u32::try_from(length).map_err(io::Error::other)?.to_le_bytes());
    Ok(frame)
}

/// Sends one frame, with a descriptor if it has one. Not cancel-safe: a frame cut short spoils the socket, so only a
/// task of its own calls this.
pub(crate) async fn send(socket: &UnixStream, frame: &[u8], descriptor: Option<&OwnedFd>) -> io::Result<()> {
    let mut sent = 0;
    while sent < frame.len() {
        // Only the first piece carries the descriptor.
        let descriptor = descriptor.filter(|_| sent == 0).map(AsFd::as_fd);
        sent += socket
            .async_io(Interest::WRITABLE, || send_piece(socket.as_fd(), &frame[sent..], descriptor))
            .await?;
    }
    Ok(())
}

fn send_piece(socket: BorrowedFd<'_>, piece: &[u8], descriptor: Option<BorrowedFd<'_>>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors: Vec<BorrowedFd<'_>> = descriptor.into_iter().collect();
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
        return Err(io::Error::other("no room for a descriptor"));
    }
    Ok(sendmsg(socket, &[IoSlice::new(piece)], &mut ancillary, SendFlags::NOSIGNAL)?)
}

/// Takes frames and descriptors out of what arrives.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    bytes: Vec<u8>,
    descriptors: VecDeque<OwnedFd>,
}

impl Incoming {
    /// The next frame; `None` when the other end is gone.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self, socket: &UnixStream) -> io::Result<Option<T>> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(Some(message));
            }
            if socket.async_io(Interest::READABLE, || self.receive(socket.as_fd())).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The same on a blocking socket, for the time before there is a runtime.
    pub(crate) fn next_blocking<T: DeserializeOwned>(
        &mut self,
        socket: BorrowedFd<'_>,
    ) -> io::Result<Option<T>> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(Some(message));
            }
            match self.receive(socket) {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The descriptor of the frame just taken.
    pub(crate) fn descriptor(&mut self) -> Option<OwnedFd> {
        self.descriptors.pop_front()
    }

    fn take<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let Some(head) = self.bytes.first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head) as usize;
        if length > FRAME_LIMIT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "frame is too long"));
        }
        let Some(body) = self.bytes.get(4..4 + length) else { return Ok(None) };
        let message = serde_json::from_slice(body)?;
        self.bytes.drain(..4 + length);
        Ok(Some(message))
    }

    fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        let mut piece = [0; 4096];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received =
            recvmsg(socket, &mut [IoSliceMut::new(&mut piece)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                self.descriptors.extend(descriptors);
            }
        }
        self.bytes.extend_from_slice(&piece[..received.bytes]);
        Ok(received.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_and_descriptors_arrive_in_order_however_the_bytes_are_cut() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let sender = tokio::spawn(async move {
            for size in [0_usize, 1, 4090, 300_000] {
                let reason = "x".repeat(size);
                let file = tempfile::tempfile().unwrap();
                file.set_len(size as u64).unwrap();
                let frame = encode(&FromAgent::Failed { reason }).unwrap();
                send(&ours, &frame, Some(&OwnedFd::from(file))).await.unwrap();
            }
        });
        let mut incoming = Incoming::default();
        for size in [0_usize, 1, 4090, 300_000] {
            let Some(FromAgent::Failed { reason }) = incoming.next(&theirs).await.unwrap() else {
                panic!("a frame of {size} bytes got lost")
            };
            assert_eq!(reason.len(), size);
            let file = std::fs::File::from(incoming.descriptor().unwrap());
            assert_eq!(file.metadata().unwrap().len(), size as u64, "each frame has its own descriptor");
        }
        sender.await.unwrap();
        assert!(incoming.next::<FromAgent>(&theirs).await.unwrap().is_none(), "end of file is the end");
    }

    #[tokio::test]
    async fn a_frame_that_claims_too_much_is_an_error_not_an_allocation() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        send(&ours, &u32::MAX.to_le_bytes(), None).await.unwrap();
        assert!(Incoming::default().next::<FromAgent>(&theirs).await.is_err());
    }
}
