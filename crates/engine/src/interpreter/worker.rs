//! The Python process behind a context, and the messages exchanged with it; `worker.py` says how they look.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, Interest};
use tokio::net::UnixStream;

use crate::Engine;
use crate::spawn::{Child, Program, SpawnError, Streams};

const SCRIPT: &str = include_str!("worker.py");
/// Where the script lies in the sandbox's temporary directory (toolbox-processes.md §6.3).
const SCRIPT_NAME: &str = "daytona_repl_worker.py";
/// Names Python goes by, best first.
const PROGRAMS: [&str; 2] = ["python3", "python"];
/// Kind and length of a message.
const HEAD: usize = 5;

/// Why a worker cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directory cannot be entered.
    #[error("failed to start Python worker: chdir {directory}: {}", reason(source))]
    Directory {
        /// As the caller names it.
        directory: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// Python is not there, or cannot be started.
    #[error("failed to start Python worker: {0}")]
    Spawn(#[from] SpawnError),
    /// Its script or its socket cannot be made.
    #[error("failed to start Python worker: {0}")]
    Prepare(#[from] io::Error),
}

fn reason(error: &io::Error) -> String {
    let number = error.raw_os_error().unwrap_or_default();
    nix::errno::Errno::from_raw(number).desc().to_lowercase()
}

/// What a worker says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Output(String),
    Errors(String),
    Exception { name: String, value: String, traceback: String },
    Completed,
    Interrupted,
}

/// A running worker.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) child: Child,
    pub(super) line: Line,
}

/// What is exchanged with a worker.
#[derive(Debug)]
pub(super) struct Line {
    socket: UnixStream,
    received: BytesMut,
}

impl Worker {
    /// Starts one. Its interpreter may not be ready yet; a request sent meanwhile waits for it.
    pub(super) fn start(engine: &Engine, named: &str) -> Result<Self, StartError> {
        let directory = engine.directory(named)?;
        enterable(&directory)
            .map_err(|source| StartError::Directory { directory: named.to_owned(), source })?;
        let script = script(&engine.config().temp_dir)?;
        let mut program = Program {
            name: String::new(),
            arguments: vec!["-u".to_owned(), script.to_string_lossy().into_owned()],
            environment: engine.environment(&directory, &[]),
            directory,
        };
        for name in PROGRAMS {
            name.clone_into(&mut program.name);
            let (ours, theirs) = StdStream::pair()?;
            let streams = Streams {
                input: Stdio::from(std::os::fd::OwnedFd::from(theirs)),
                output: Stdio::null(),
                errors: Stdio::null(),
            };
            match engine.children.spawn(&program, streams) {
                Err(SpawnError::NotFound(_)) if name != PROGRAMS[PROGRAMS.len() - 1] => {}
                child => {
                    ours.set_nonblocking(true)?;
                    let socket = UnixStream::from_std(ours)?;
                    let line = Line { socket, received: BytesMut::new() };
                    return Ok(Self { child: child?, line });
                }
            }
        }
        Err(SpawnError::NotFound(PROGRAMS[0].to_owned()).into())
    }
}

impl Line {
    /// The worker's next message, while what is left of a request goes out; an error when it will send no more. Nothing
    /// is lost when the wait is given up.
    pub(super) async fn exchange(&mut self, request: &mut &[u8]) -> io::Result<Message> {
        loop {
            if let Some(message) = self.decode()? {
                return Ok(message);
            }
            if request.is_empty() {
                if self.socket.read_buf(&mut self.received).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                continue;
            }
            let ready = self.socket.ready(Interest::READABLE | Interest::WRITABLE).await?;
            if ready.is_writable() {
                match self.socket.try_write(request) {
                    Ok(count) => *request = &request[count..],
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
            if ready.is_readable() {
                match self.socket.try_read_buf(&mut self.received) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Its next message, if it has been sent already.
    pub(super) fn next_at_once(&mut self) -> Option<Message> {
        loop {
            match self.decode() {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err(_) => return None,
            }
            match self.socket.try_read_buf(&mut self.received) {
                Ok(count) if count > 0 => {}
                _ => return None,
            }
        }
    }

    fn decode(&mut self) -> io::Result<Option<Message>> {
        let Some((head, rest)) = self.received.split_at_checked(HEAD) else { return Ok(None) };
        let length = (&head[1..]).get_u32_le() as usize;
        if rest.len() < length {
            self.received.reserve(HEAD + length - self.received.len());
            return Ok(None);
        }
        let kind = self.received.get_u8();
        self.received.advance(HEAD - 1);
        let payload = self.received.split_to(length).freeze();
        message(kind, payload).map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

fn message(kind: u8, mut payload: Bytes) -> Option<Message> {
    Some(match kind {
        b'o' => Message::Output(text(&payload)),
        b'e' => Message::Errors(text(&payload)),
        b'c' => Message::Completed,
        b'i' => Message::Interrupted,
        b'x' => Message::Exception {
            name: part(&mut payload)?,
            value: part(&mut payload)?,
            traceback: part(&mut payload)?,
        },
        _ => return None,
    })
}

fn part(payload: &mut Bytes) -> Option<String> {
    let length = payload.try_get_u32_le().ok()? as usize;
    (length <= payload.len()).then(|| text(&payload.split_to(length)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A request as the worker reads it. `None` when it is longer than lengths can say.
pub(super) fn request(code: &str, variables: &[(String, String)]) -> Option<Vec<u8>> {
    let texts = std::iter::once(code)
        .chain(variables.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]));
    let mut request = vec![0; 4];
    for text in texts {
        request.extend_from_slice(&u32::try_from(text.len()).ok()?.to_le_bytes());
        request.extend_from_slice(text.as_bytes());
    }
    let length = u32::try_from(request.len() - 4).ok()?;
    request[..4].copy_from_slice(&length.to_le_bytes());
    Some(request)
}

fn enterable(directory: &Path) -> io::Result<()> {
    if !directory.metadata()?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(nix::unistd::access(directory, nix::unistd::AccessFlags::X_OK)?)
}

/// The script's file; written unless it is there already.
fn script(directory: &Path) -> io::Result<PathBuf> {
    let path = directory.join(SCRIPT_NAME);
    if std::fs::read(&path).is_ok_and(|content| content == SCRIPT.as_bytes()) {
        return Ok(path);
    }
    // Put in place whole: another worker may be starting from it.
    let mut file = tempfile::Builder::new().prefix(SCRIPT_NAME).tempfile_in(directory)?;
    file.write_all(SCRIPT.as_bytes())?;
    file.persist(&path).map_err(|error| error.error)?;
    OpenOptions::new().read(true).mode(0o700).open(&path)?;
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(path)
}
