//! A channel that only carries bytes: SFTP, ports and sockets of the sandbox.

use std::io;
use std::sync::Arc;

use russh::server::Handle;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::intake::Outlet;
use super::lanes::Sender;
use crate::wire::{self, Frame, FrameReader, Purpose};
use crate::{Guest, OpenError, Stream};

/// Bytes read from the sandbox at once.
const PIECE: usize = 64 * 1024;

/// A stream of the agent that serves its purpose already, and what was read of it beyond the word for that.
pub(super) struct Opened {
    stream: Box<dyn Stream>,
    early: bytes::Bytes,
    /// The port of a listener.
    pub(super) port: u16,
}

impl Opened {
    pub(super) fn into_frames(self) -> FrameReader<Box<dyn Stream>> {
        // Nothing is announced before the word that it listens was read.
        FrameReader::new(self.stream)
    }
}

/// Opens a stream for a purpose.
pub(super) async fn open(guest: &Arc<dyn Guest>, purpose: Purpose) -> Result<Opened, OpenError> {
    let mut stream = guest.open().await?;
    wire::send(&mut stream, &Frame::Open(purpose)).await?;
    let mut frames = FrameReader::new(stream);
    match frames.next().await? {
        Some(Frame::Opened(port)) => {
            let (stream, early) = frames.into_parts();
            Ok(Opened { stream, early, port })
        }
        Some(Frame::Failed(text)) => Err(OpenError::Refused(text)),
        _ => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
    }
}

/// Carries bytes both ways until both ends are told, and closes the channel. A program that speaks SFTP also has a
/// status.
pub(super) async fn carry(opened: Opened, handle: Handle, sender: Sender, input: Outlet, is_program: bool) {
    let id = sender.id();
    let (mut reader, mut writer) = tokio::io::split(opened.stream);
    let mut output = sender.make_writer();
    let early = opened.early;
    let to_client = async {
        if !early.is_empty() {
            output.write_all(&early).await?;
        }
        let mut buffer = vec![0; PIECE];
        loop {
            let count = reader.read(&mut buffer).await?;
            if count == 0 {
                break;
            }
            output.write_all(&buffer[..count]).await?;
        }
        let _ = handle.eof(id).await;
        io::Result::Ok(())
    };
    let to_agent = async {
        let mut input = input;
        while let Some(bytes) = input.next().await? {
            writer.write_all(&bytes).await?;
            writer.flush().await?;
        }
        writer.shutdown().await
    };
    // What the sandbox does not read any more keeps it from saying nothing.
    if is_program {
        tokio::select! {
            _ = to_client => {}
            _ = async { let _ = to_agent.await; std::future::pending::<()>().await } => {}
        }
        let _ = handle.exit_status_request(id, 0).await;
    } else {
        let _ = tokio::join!(to_client, to_agent);
    }
    let _ = handle.close(id).await;
}
