//! Shells and commands: their streams carried to the gateway and back, their end told.
//!
//! ```text
//! frames ─▶ listen ─▶ queue, bounded by credit ─▶ feed ─▶ program
//!              └─ sizes and signals at once                  │
//! frames ◀── carry ◀───────────────────────────────────────┘
//! ```

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use engine::Engine;
use engine::pty::Size;
use engine::remote::{Reins, Remote, RemoteInput, RemoteOutput, RemoteRequest, RemoteTerminal};
use engine::spawn::{Child, Exit, is_variable_name};
use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;

use crate::wire::{self, CREDIT, Frame, FrameReader, PIECE};

/// Largest size of a terminal in either direction.
const LARGEST: u16 = engine::pty::LARGEST;

/// What pipes can hold of what a program printed before it ended.
const LEFT_BEHIND: usize = 2 * 64 * 1024;

/// What the engine is asked for. Names that cannot be a variable's are left out.
pub(super) fn request(
    command: Option<String>,
    terminal: Option<(String, u16, u16)>,
    mut environment: Vec<(String, String)>,
) -> RemoteRequest {
    environment.retain(|(name, _)| is_variable_name(name));
    let terminal = terminal.map(|(term, columns, rows)| RemoteTerminal { term, size: size(columns, rows) });
    RemoteRequest { command, directory: String::new(), terminal, environment }
}

fn size(columns: u16, rows: u16) -> Size {
    Size { columns: columns.min(LARGEST), rows: rows.min(LARGEST) }
}

type Writer<S> = Arc<Mutex<WriteHalf<S>>>;

/// Runs a program until it has ended and all it printed was sent; hangs up on it when the gateway is gone.
pub(super) async fn run<S>(
    engine: &Arc<Engine>,
    request: RemoteRequest,
    frames: FrameReader<S>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (stream, early) = frames.into_parts();
    let (reader, writer) = tokio::io::split(super::Early::new(stream, early));
    let writer: Writer<_> = Arc::new(Mutex::new(writer));
    let remote = match engine.start_remote(request) {
        Ok(remote) => remote,
        Err(error) => return tell(&writer, &Frame::Failed(error.to_string())).await,
    };
    tell(&writer, &Frame::Opened(0)).await?;
    let Remote { input, output, errors, child, reins } = remote;
    // Whatever ends this, the program hears of it; when it has ended there is nobody to hear.
    let _hang_up = HangUp(reins.clone());
    let (queue, typed) = mpsc::unbounded_channel();
    let silence = engine.config().drain;
    let limit = engine.config().drain_limit;
    let carried = carry(&writer, child, output, errors, silence, limit);
    let fed = feed(&writer, input, typed);
    let listening = listen(FrameReader::new(reader), &reins, queue);
    let (mut carried, mut fed, mut listening) =
        (std::pin::pin!(carried), std::pin::pin!(fed), std::pin::pin!(listening));
    let mut feeding = true;
    loop {
        tokio::select! {
            exit = &mut carried => {
                return tell(&writer, &ending(exit?)).await;
            }
            // Only the gateway's end stops listening.
            gone = &mut listening => return gone,
            () = &mut fed, if feeding => feeding = false,
        }
    }
}

struct HangUp(Reins);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.hang_up();
    }
}

fn ending(exit: Exit) -> Frame {
    match exit {
        Exit::Code(code) => Frame::Exited(code),
        Exit::Signal(signal) => Frame::Killed(signal),
        Exit::Lost => Frame::Exited(255),
    }
}

async fn tell<S: AsyncRead + AsyncWrite + Unpin>(writer: &Writer<S>, frame: &Frame) -> io::Result<()> {
    wire::send(&mut *writer.lock().await, frame).await
}

/// Takes what the gateway says, until it says nothing more.
async fn listen<S>(
    mut frames: FrameReader<ReadHalf<S>>,
    reins: &Reins,
    queue: mpsc::UnboundedSender<Bytes>,
) -> io::Result<()>
where
    S: AsyncRead + Unpin,
{
    let mut queue = Some(queue);
    while let Some(frame) = frames.next().await? {
        match frame {
            Frame::Data(bytes) => {
                // A program that reads no more leaves nobody to tell.
                let _unread = queue.as_ref().map(|queue| queue.send(bytes));
            }
            Frame::End => queue = None,
            Frame::Resize(columns, rows) => {
                if let Err(error) = reins.resize(size(columns, rows)) {
                    tracing::debug!(%error, "a terminal was not given its size");
                }
            }
            Frame::Signal(number) => {
                if let Some(signal) = Signal::from_named_raw(number) {
                    reins.signal(signal);
                }
            }
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
    Ok(())
}

/// Types what was queued and gives credit for it. When the program takes no more, what comes is thrown away.
async fn feed<S>(writer: &Writer<S>, mut input: RemoteInput, mut typed: mpsc::UnboundedReceiver<Bytes>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut open = true;
    while let Some(mut bytes) = typed.recv().await {
        let mut credit = 0;
        while !bytes.is_empty() && open {
            match input.write(&bytes).await {
                Ok(count) => {
                    drop(bytes.split_to(count));
                    credit += count;
                    // Not for every byte, nor so late that nothing is under way meanwhile.
                    if credit >= CREDIT / 4 {
                        credit -= give(writer, credit).await;
                    }
                }
                Err(_) => open = false,
            }
        }
        give(writer, credit + bytes.len()).await;
    }
    if open {
        input.finish().await;
    }
}

async fn give<S: AsyncRead + AsyncWrite + Unpin>(writer: &Writer<S>, credit: usize) -> usize {
    if credit > 0 {
        let frame = Frame::Credit(u32::try_from(credit).unwrap_or(u32::MAX));
        // A gateway that is gone is noticed by whoever listens to it.
        let _unsent = tell(writer, &frame).await;
    }
    credit
}

/// Carries output until the program has ended, and then what it left, and a little of what its children say.
async fn carry<S>(
    writer: &Writer<S>,
    mut child: Child,
    mut output: RemoteOutput,
    errors: Option<RemoteOutput>,
    silence: Duration,
    limit: Duration,
) -> io::Result<Exit>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut one, mut other) = (vec![0; PIECE], vec![0; if errors.is_some() { PIECE } else { 0 }]);
    let mut errors = errors;
    let (mut printing, mut complaining) = (true, errors.is_some());
    let mut exit = None;
    let (mut until, mut left) = (Instant::now() + limit, LEFT_BEHIND);
    while printing || complaining {
        let piece = tokio::select! {
            biased;
            read = output.read(&mut one), if printing => {
                let count = read.unwrap_or(0);
                printing = count > 0;
                Frame::Output(Bytes::copy_from_slice(&one[..count]))
            }
            read = read(errors.as_mut(), &mut other), if complaining => {
                let count = read.unwrap_or(0);
                complaining = count > 0;
                Frame::Errors(Bytes::copy_from_slice(&other[..count]))
            }
            ended = child.wait(), if exit.is_none() => {
                exit = Some(ended);
                until = Instant::now() + limit;
                continue;
            }
            () = tokio::time::sleep(silence), if exit.is_some() => break,
        };
        if let Frame::Output(bytes) | Frame::Errors(bytes) = &piece
            && !bytes.is_empty()
        {
            left = if exit.is_some() { left.saturating_sub(bytes.len()) } else { left };
            tell(writer, &piece).await?;
        }
        // However slowly the client takes it, what the program itself printed is not cut off.
        if exit.is_some() && left == 0 && Instant::now() >= until {
            break;
        }
    }
    match exit {
        Some(exit) => Ok(exit),
        None => Ok(child.wait().await),
    }
}

async fn read(output: Option<&mut RemoteOutput>, buffer: &mut [u8]) -> io::Result<usize> {
    match output {
        Some(output) => output.read(buffer).await,
        None => std::future::pending().await,
    }
}
