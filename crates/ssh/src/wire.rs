//! What gateway and agent say to each other on a stream.
//!
//! A stream begins as an HTTP upgrade of [`PATH`]. Then come frames: one byte for the kind, four for the length, the
//! rest. The gateway says first what the stream is for ([`Purpose`]), the agent answers with `Opened` or `Failed`.
//!
//! | purpose | afterwards |
//! |---|---|
//! | program | frames both ways, below |
//! | sftp, dial, accept | bytes both ways as they are; the end of either direction is the end of the stream's |
//! | listen | `Incoming` for each visitor, who is then fetched by a stream with the purpose `accept` |
//!
//! ```text
//! gateway ─▶ agent   Data  End  Resize  Signal
//! agent ─▶ gateway   Output  Errors  Credit  Exited  Killed
//! ```
//!
//! Input is sent on credit: [`CREDIT`] bytes at first, and as much again as the agent says the program took. So a
//! program that reads nothing never keeps a signal or a new size from getting through. Output waits in the stream for
//! the client to take it. When the gateway closes the stream, its program is hung up on.

use std::io;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Path of the agent that becomes such a stream.
pub const PATH: &str = "/_ssh";
/// Name of the protocol in the upgrade.
pub const PROTOCOL: &str = "pitlane-ssh";

/// Bytes of input that may be under way before the program has taken any.
pub const CREDIT: usize = 256 * 1024;
/// Most bytes of output in a frame; SSH's packets are of this size.
pub const PIECE: usize = 32 * 1024;
/// Longest frame accepted.
const LIMIT: usize = 1 << 20;
const HEAD: usize = 5;

/// What a stream is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// To run a program.
    Program {
        /// Text for the shell; a shell itself when there is none.
        command: Option<String>,
        /// The client's terminal, when the program is to have one: kind, columns, rows.
        terminal: Option<(String, u16, u16)>,
        /// Variables the client sent.
        environment: Vec<(String, String)>,
    },
    /// To serve files.
    Sftp {
        /// Whether this client names a link before what it leads to.
        links_first: bool,
    },
    /// To reach what listens there.
    Dial(Address),
    /// To listen there for others.
    Listen(Address),
    /// To fetch a visitor of a listener.
    Accept(u64),
}

/// Somewhere in the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Address {
    /// Host and port.
    Tcp(String, u16),
    /// A socket in the file system.
    Unix(String),
}

/// Somebody who came to a listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// Fetches them.
    pub id: u64,
    /// Where they came from.
    pub host: String,
    /// Port there.
    pub port: u16,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// What the stream is for.
    Open(Purpose),
    /// It is that from now on; a listener says on which port, which is zero for a path.
    Opened(u16),
    /// It is not, and why.
    Failed(String),
    /// Input.
    Data(Bytes),
    /// The end of input.
    End,
    /// The terminal's new size: columns, rows.
    Resize(u16, u16),
    /// A signal for the program, by its number.
    Signal(i32),
    /// What the program printed.
    Output(Bytes),
    /// What it complained.
    Errors(Bytes),
    /// So many bytes of input were taken.
    Credit(u32),
    /// The program's status; nothing follows.
    Exited(i32),
    /// The signal that ended the program; nothing follows.
    Killed(i32),
    /// A visitor of the listener.
    Incoming(Incoming),
}

impl Frame {
    fn kind(&self) -> u8 {
        match self {
            Self::Open(_) => 1,
            Self::Opened(_) => 2,
            Self::Failed(_) => 3,
            Self::Data(_) => 4,
            Self::End => 5,
            Self::Resize(..) => 6,
            Self::Signal(_) => 7,
            Self::Output(_) => 8,
            Self::Errors(_) => 9,
            Self::Credit(_) => 10,
            Self::Exited(_) => 11,
            Self::Killed(_) => 12,
            Self::Incoming(_) => 13,
        }
    }

    /// Appends the frame to what is about to be sent.
    pub fn encode(&self, buffer: &mut BytesMut) {
        let start = buffer.len();
        buffer.put_u8(self.kind());
        buffer.put_u32(0);
        match self {
            Self::Open(purpose) => buffer.extend_from_slice(&json(purpose)),
            Self::Incoming(incoming) => buffer.extend_from_slice(&json(incoming)),
            Self::Failed(text) => buffer.extend_from_slice(text.as_bytes()),
            Self::Data(bytes) | Self::Output(bytes) | Self::Errors(bytes) => buffer.extend_from_slice(bytes),
            Self::Opened(port) => buffer.put_u16(*port),
            Self::Resize(columns, rows) => {
                buffer.put_u16(*columns);
                buffer.put_u16(*rows);
            }
            Self::Signal(number) | Self::Exited(number) | Self::Killed(number) => buffer.put_i32(*number),
            Self::Credit(count) => buffer.put_u32(*count),
            Self::End => {}
        }
        let length = u32::try_from(buffer.len() - start - HEAD).unwrap_or(u32::MAX);
        buffer[start + 1..start + HEAD].copy_from_slice(&length.to_be_bytes());
    }

    /// Takes one frame from the beginning of what was received; nothing when it is not whole yet.
    ///
    /// # Errors
    ///
    /// When this cannot be a frame.
    pub fn decode(buffer: &mut BytesMut) -> io::Result<Option<Self>> {
        let Some(mut head) = buffer.get(..HEAD) else { return Ok(None) };
        let (kind, length) = (head.get_u8(), head.get_u32() as usize);
        if length > LIMIT {
            return Err(unreadable());
        }
        if buffer.len() < HEAD + length {
            return Ok(None);
        }
        buffer.advance(HEAD);
        Self::read(kind, buffer.split_to(length).freeze()).map(Some)
    }

    fn read(kind: u8, mut body: Bytes) -> io::Result<Self> {
        let two = |body: &mut Bytes| body.try_get_u16().map_err(|_| unreadable());
        let four = |body: &mut Bytes| body.try_get_i32().map_err(|_| unreadable());
        let frame = match kind {
            1 => Self::Open(from_json(&body)?),
            2 => Self::Opened(two(&mut body)?),
            3 => Self::Failed(String::from_utf8_lossy(&body).into_owned()),
            4 => Self::Data(body),
            5 => Self::End,
            6 => Self::Resize(two(&mut body)?, two(&mut body)?),
            7 => Self::Signal(four(&mut body)?),
            8 => Self::Output(body),
            9 => Self::Errors(body),
            10 => Self::Credit(four(&mut body)?.cast_unsigned()),
            11 => Self::Exited(four(&mut body)?),
            12 => Self::Killed(four(&mut body)?),
            13 => Self::Incoming(from_json(&body)?),
            _ => return Err(unreadable()),
        };
        Ok(frame)
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn from_json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> io::Result<T> {
    serde_json::from_slice(body).map_err(|_| unreadable())
}

fn unreadable() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not a frame")
}

/// Reads frames.
#[derive(Debug)]
pub struct FrameReader<R> {
    stream: R,
    received: BytesMut,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Frames of a stream.
    pub fn new(stream: R) -> Self {
        Self { stream, received: BytesMut::new() }
    }

    /// The next frame; nothing when the stream ended after a whole one. Nothing is lost when it is cancelled.
    ///
    /// # Errors
    ///
    /// When the stream breaks or holds something else.
    pub async fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = Frame::decode(&mut self.received)? {
                return Ok(Some(frame));
            }
            self.received.reserve(HEAD + PIECE);
            if self.stream.read_buf(&mut self.received).await? == 0 {
                let whole = self.received.is_empty();
                return if whole { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    /// The stream, and what was received of it beyond the last frame.
    pub fn into_parts(self) -> (R, Bytes) {
        (self.stream, self.received.freeze())
    }
}

/// Sends one frame.
///
/// # Errors
///
/// When the stream breaks.
pub async fn send(stream: &mut (impl AsyncWrite + Unpin), frame: &Frame) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    frame.encode(&mut buffer);
    stream.write_all(&buffer).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes() -> impl Strategy<Value = Bytes> {
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Bytes::from)
    }

    fn address() -> impl Strategy<Value = Address> {
        prop_oneof![
            (".*", any::<u16>()).prop_map(|(host, port)| Address::Tcp(host, port)),
            ".*".prop_map(Address::Unix),
        ]
    }

    fn purpose() -> impl Strategy<Value = Purpose> {
        let pairs = prop::collection::vec((".*", ".*"), 0..3);
        let terminal = prop::option::of((".*", any::<u16>(), any::<u16>()));
        prop_oneof![
            (prop::option::of(".*"), terminal, pairs).prop_map(|(command, terminal, environment)| {
                Purpose::Program { command, terminal, environment }
            }),
            any::<bool>().prop_map(|links_first| Purpose::Sftp { links_first }),
            address().prop_map(Purpose::Dial),
            address().prop_map(Purpose::Listen),
            any::<u64>().prop_map(Purpose::Accept),
        ]
    }

    fn frame() -> impl Strategy<Value = Frame> {
        prop_oneof![
            purpose().prop_map(Frame::Open),
            any::<u16>().prop_map(Frame::Opened),
            ".*".prop_map(Frame::Failed),
            bytes().prop_map(Frame::Data),
            Just(Frame::End),
            (any::<u16>(), any::<u16>()).prop_map(|(columns, rows)| Frame::Resize(columns, rows)),
            any::<i32>().prop_map(Frame::Signal),
            bytes().prop_map(Frame::Output),
            bytes().prop_map(Frame::Errors),
            any::<u32>().prop_map(Frame::Credit),
            any::<i32>().prop_map(Frame::Exited),
            any::<i32>().prop_map(Frame::Killed),
            (any::<u64>(), ".*", any::<u16>()).prop_map(|(id, host, port)| Frame::Incoming(Incoming {
                id,
                host,
                port
            })),
        ]
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_however_they_are_cut(
            frames in prop::collection::vec(frame(), 0..8),
            cuts in prop::collection::vec(1usize..40, 1..20),
        ) {
            let mut sent = BytesMut::new();
            frames.iter().for_each(|frame| frame.encode(&mut sent));
            let (mut received, mut read) = (BytesMut::new(), Vec::new());
            for cut in cuts.iter().cycle() {
                if sent.is_empty() {
                    break;
                }
                let count = (*cut).min(sent.len());
                received.extend_from_slice(&sent.split_to(count));
                while let Some(frame) = Frame::decode(&mut received).unwrap() {
                    read.push(frame);
                }
            }
            prop_assert_eq!(read, frames);
            prop_assert!(received.is_empty());
        }

        #[test]
        fn nothing_received_makes_the_reader_panic_or_grow(noise in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut received = BytesMut::from(&noise[..]);
            while let Ok(Some(_)) = Frame::decode(&mut received) {}
            prop_assert!(received.len() <= noise.len());
        }
    }
}
