//! A channel that runs something: shell or command.
//!
//! ```text
//! outlet ── on credit ─┐
//! controls ── at once ─┴▶ agent ─▶ output, errors ── as the client's window allows ─▶ client
//!                            └───▶ exit status or signal, then the end
//! ```

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use russh::server::Handle;
use russh::{ChannelId, Sig};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Semaphore, mpsc};

use super::intake::Outlet;
use super::lanes::{Control, Preparation, Sender};
use crate::wire::{self, CREDIT, Frame, FrameReader, Purpose};
use crate::{Guest, OpenError};

/// Extended data that is standard error.
const STANDARD_ERROR: u32 = 1;
/// Status of a program that was never run.
const NOT_RUN: i32 = 1;

/// Runs what a channel asked for, and closes it.
pub(super) async fn run(
    guest: Arc<dyn Guest>,
    handle: Handle,
    preparation: Preparation,
    command: Option<String>,
    input: Outlet,
    controls: mpsc::Receiver<Control>,
) {
    let Preparation { sender, terminal, environment } = preparation;
    let mut client = Client::new(handle, &sender);
    let purpose = Purpose::Program { command, terminal, environment };
    let ending = match guest.open().await {
        Ok(stream) => converse(stream, purpose, &mut client, input, controls).await.unwrap_or(Ending::Gone),
        Err(OpenError::Refused(text)) => Ending::Failed(text),
        Err(error) => Ending::Failed(error.to_string()),
    };
    client.end(ending).await;
}

/// How a program ended.
enum Ending {
    Exited(i32),
    Killed(i32),
    /// It was never run, and why.
    Failed(String),
    /// It went with its sandbox.
    Gone,
}

/// The client's side of a channel.
struct Client<W> {
    id: ChannelId,
    handle: Handle,
    output: W,
    errors: W,
}

impl Client<()> {
    fn new(handle: Handle, sender: &Sender) -> Client<Box<dyn AsyncWrite + Send + Unpin>> {
        Client {
            id: sender.id(),
            handle,
            output: Box::new(sender.make_writer()),
            errors: Box::new(sender.make_writer_ext(Some(STANDARD_ERROR))),
        }
    }
}

impl<W: AsyncWrite + Unpin> Client<W> {
    /// Tells how it ended. A client that is gone does not need to know.
    async fn end(mut self, ending: Ending) {
        let (id, handle) = (self.id, &self.handle);
        if let Ending::Failed(text) = &ending {
            // A terminal in raw mode does not go back to the beginning of the line by itself.
            let _ = self.errors.write_all(format!("{text}\r\n").as_bytes()).await;
        }
        let _ = handle.eof(id).await;
        let _ = match ending {
            Ending::Exited(status) => handle.exit_status_request(id, status.cast_unsigned()).await,
            Ending::Failed(_) => handle.exit_status_request(id, NOT_RUN.cast_unsigned()).await,
            Ending::Killed(number) => {
                let (none, language) = (String::new(), String::new());
                handle.exit_signal_request(id, signal(number), false, none, language).await
            }
            Ending::Gone => Ok(()),
        };
        let _ = handle.close(id).await;
    }
}

async fn converse<S, W>(
    stream: S,
    purpose: Purpose,
    client: &mut Client<W>,
    input: Outlet,
    controls: mpsc::Receiver<Control>,
) -> io::Result<Ending>
where
    S: AsyncRead + AsyncWrite + Unpin,
    W: AsyncWrite + Unpin,
{
    let (reader, mut writer) = tokio::io::split(stream);
    let mut frames = FrameReader::new(reader);
    wire::send(&mut writer, &Frame::Open(purpose)).await?;
    match frames.next().await? {
        Some(Frame::Opened(_)) => {}
        Some(Frame::Failed(text)) => return Ok(Ending::Failed(text)),
        _ => return Ok(Ending::Gone),
    }
    let credit = Semaphore::new(CREDIT);
    let typing = async {
        // A program that has ended takes nothing more. What it ended with is still to be read.
        let _ = to_agent(&mut writer, input, controls, &credit).await;
        std::future::pending().await
    };
    tokio::select! {
        ending = to_client(&mut frames, client, &credit) => ending,
        ending = typing => ending,
    }
}

/// Passes on what the program prints until it has ended.
async fn to_client<R, W>(
    frames: &mut FrameReader<R>,
    client: &mut Client<W>,
    credit: &Semaphore,
) -> io::Result<Ending>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    while let Some(frame) = frames.next().await? {
        match frame {
            Frame::Output(bytes) => client.output.write_all(&bytes).await?,
            Frame::Errors(bytes) => client.errors.write_all(&bytes).await?,
            Frame::Credit(count) => {
                // Never more than there was, whatever the sandbox says.
                let room = CREDIT.saturating_sub(credit.available_permits());
                credit.add_permits(room.min(count as usize));
            }
            Frame::Exited(status) => return Ok(Ending::Exited(status)),
            Frame::Killed(number) => return Ok(Ending::Killed(number)),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
    Ok(Ending::Gone)
}

/// Passes on what the client types, for as long as the program runs.
async fn to_agent(
    writer: &mut (impl AsyncWrite + Unpin),
    mut input: Outlet,
    mut controls: mpsc::Receiver<Control>,
    credit: &Semaphore,
) -> io::Result<()> {
    let (mut pending, mut finished, mut controlled) = (Bytes::new(), false, true);
    while !finished || controlled || !pending.is_empty() {
        let frame = tokio::select! {
            biased;
            control = controls.recv(), if controlled => match control {
                Some(Control::Resize(columns, rows)) => Frame::Resize(columns, rows),
                Some(Control::Signal(number)) => Frame::Signal(number),
                None => {
                    controlled = false;
                    continue;
                }
            },
            permit = credit.acquire(), if !pending.is_empty() => {
                permit.map_err(io::Error::other)?.forget();
                // Whatever else there is credit for goes along; nobody else takes any.
                let more = credit.forget_permits(pending.len() - 1);
                Frame::Data(pending.split_to(1 + more))
            }
            next = input.next(), if pending.is_empty() && !finished => match next? {
                Some(bytes) => {
                    pending = bytes;
                    continue;
                }
                None => {
                    finished = true;
                    Frame::End
                }
            },
        };
        wire::send(writer, &frame).await?;
    }
    Ok(())
}

/// Signals by their names in the protocol and their numbers.
const SIGNALS: &[(&str, rustix::process::Signal)] = {
    use rustix::process::Signal as S;
    &[
        ("ABRT", S::ABORT),
        ("ALRM", S::ALARM),
        ("FPE", S::FPE),
        ("HUP", S::HUP),
        ("ILL", S::ILL),
        ("INT", S::INT),
        ("KILL", S::KILL),
        ("PIPE", S::PIPE),
        ("QUIT", S::QUIT),
        ("SEGV", S::SEGV),
        ("TERM", S::TERM),
        ("USR1", S::USR1),
        ("USR2", S::USR2),
        ("BUS", S::BUS),
        ("TRAP", S::TRAP),
        ("SYS", S::SYS),
        ("XCPU", S::XCPU),
        ("XFSZ", S::XFSZ),
        ("VTALRM", S::VTALARM),
        ("PROF", S::PROF),
        ("CHLD", S::CHILD),
        ("CONT", S::CONT),
        ("STOP", S::STOP),
        ("TSTP", S::TSTP),
        ("TTIN", S::TTIN),
        ("TTOU", S::TTOU),
        ("URG", S::URG),
        ("WINCH", S::WINCH),
        ("IO", S::IO),
    ]
};

/// The number of a signal a client names.
pub(super) fn number(signal: &Sig) -> Option<i32> {
    let name = match signal {
        Sig::ABRT => "ABRT",
        Sig::ALRM => "ALRM",
        Sig::FPE => "FPE",
        Sig::HUP => "HUP",
        Sig::ILL => "ILL",
        Sig::INT => "INT",
        Sig::KILL => "KILL",
        Sig::PIPE => "PIPE",
        Sig::QUIT => "QUIT",
        Sig::SEGV => "SEGV",
        Sig::TERM => "TERM",
        Sig::USR1 => "USR1",
        Sig::Custom(name) => name,
    };
    SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, signal)| signal.as_raw())
}

/// The signal of this number, as the protocol names it.
fn signal(number: i32) -> Sig {
    let known = SIGNALS.iter().find(|(_, signal)| signal.as_raw() == number);
    let name = known.map_or_else(|| format!("RT{number}@pitlane"), |(name, _)| (*name).to_owned());
    match name.as_str() {
        "ABRT" => Sig::ABRT,
        "ALRM" => Sig::ALRM,
        "FPE" => Sig::FPE,
        "HUP" => Sig::HUP,
        "ILL" => Sig::ILL,
        "INT" => Sig::INT,
        "KILL" => Sig::KILL,
        "PIPE" => Sig::PIPE,
        "QUIT" => Sig::QUIT,
        "SEGV" => Sig::SEGV,
        "TERM" => Sig::TERM,
        "USR1" => Sig::USR1,
        _ => Sig::Custom(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_the_same_number_both_ways() {
        for (_, known) in SIGNALS {
            assert_eq!(number(&signal(known.as_raw())), Some(known.as_raw()));
        }
        assert_eq!(number(&Sig::Custom("NOPE".to_owned())), None);
    }
}
