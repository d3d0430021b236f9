//! One pseudo-terminal: the master's side, and the program on the other.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use filedescriptor::FileDescriptor;
use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use tokio::io::unix::AsyncFd;

use crate::spawn::{Child, Children, Program, SpawnError, find_executable};

/// Size of a terminal in characters. Zero is a size too: programs take it for unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// The master's side of a pseudo-terminal. One task reads and one writes at a time.
pub trait Pty: Send + Sync + fmt::Debug {
    /// Reads what was printed; zero bytes when nobody is left who could print.
    fn poll_read(&self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;
    /// Types, as much as the terminal takes.
    fn poll_write(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;
    /// Gives the terminal another size; the kernel tells its programs by SIGWINCH.
    ///
    /// # Errors
    ///
    /// The kernel's.
    fn resize(&self, size: Size) -> io::Result<()>;
}

/// Starts a program on a terminal of its own, as the leader of a session of its own.
///
/// Forks, so it belongs on a thread that lives as long as the agent.
pub(crate) fn start(
    children: &Children,
    program: &Program,
    size: Size,
) -> Result<(Arc<dyn Pty>, Child), SpawnError> {
    let command = command(program)?;
    let refused = |error| SpawnError::Refused { program: program.name.clone(), source: system_error(error) };
    let pair = native_pty_system().openpty(pty_size(size)).map_err(refused)?;
    let system = SystemPty::new(pair.master)?;
    // What comes back would wait for the child as well; it is dropped, which neither waits nor kills.
    let child = children.adopt(|| {
        let child = pair.slave.spawn_command(command).map_err(refused)?;
        child.process_id().map(u32::cast_signed).ok_or(SpawnError::Resources(io::ErrorKind::NotFound.into()))
    })?;
    // As long as this end is open here, the end of the programs would never be seen.
    drop(pair.slave);
    Ok((Arc::new(system), child))
}

/// What can be refused is refused before the fork: after it the library closes the pipe that would tell.
fn command(program: &Program) -> Result<CommandBuilder, SpawnError> {
    if program.environment.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(SpawnError::EnvironmentNul);
    }
    let refused = |errno: Errno| SpawnError::Refused { program: program.name.clone(), source: errno.into() };
    enterable(&program.directory).map_err(refused)?;
    let path = program.environment.iter().rev().find(|(name, _)| name == "PATH");
    let path = path.map(|(_, value)| value.as_str()).unwrap_or_default();
    let Some(executable) = find_executable(&program.name, path) else {
        return Err(SpawnError::NotFound(program.name.clone()));
    };
    access(&executable, AccessFlags::X_OK).map_err(refused)?;
    let words = std::iter::once(executable.into_os_string());
    let words = words.chain(program.arguments.iter().map(OsString::from));
    let mut command = CommandBuilder::from_argv(words.collect());
    command.env_clear();
    for (name, value) in &program.environment {
        command.env(name, value);
    }
    command.cwd(&program.directory);
    Ok(command)
}

fn enterable(directory: &Path) -> Result<(), Errno> {
    let metadata =
        directory.metadata().map_err(|error| error.raw_os_error().map_or(Errno::EINVAL, Errno::from_raw))?;
    if !metadata.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    access(directory, AccessFlags::X_OK)
}

/// What the system said, out of the library's error.
fn system_error(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    match error.into().downcast::<io::Error>() {
        Ok(error) => *error,
        Err(error) => io::Error::other(error),
    }
}

fn pty_size(size: Size) -> PtySize {
    PtySize { cols: size.columns, rows: size.rows, pixel_width: 0, pixel_height: 0 }
}

/// A pseudo-terminal of this machine. No thread waits for it: the runtime's driver does.
struct SystemPty {
    master: Mutex<Box<dyn MasterPty + Send>>,
    descriptor: AsyncFd<File>,
}

impl fmt::Debug for SystemPty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SystemPty").field("descriptor", &self.descriptor).finish_non_exhaustive()
    }
}

impl SystemPty {
    fn new(master: Box<dyn MasterPty + Send>) -> io::Result<Self> {
        let raw = master.as_raw_fd().ok_or(io::ErrorKind::Unsupported)?;
        let mut descriptor = FileDescriptor::dup(&raw).map_err(io::Error::other)?;
        descriptor.set_non_blocking(true).map_err(io::Error::other)?;
        let file = descriptor.as_file().map_err(io::Error::other)?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe for types that do not own what they name; files do"
        )]
        let descriptor = AsyncFd::new(file)?;
        Ok(Self { master: Mutex::new(master), descriptor })
    }
}

impl Pty for SystemPty {
    fn poll_read(&self, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut filled = 0;
        // One read gives a page at most; a busy terminal is emptied in one go.
        while filled < buffer.len() {
            let mut guard = match self.descriptor.poll_read_ready(context) {
                Poll::Ready(guard) => guard?,
                Poll::Pending if filled > 0 => break,
                Poll::Pending => return Poll::Pending,
            };
            match guard.try_io(|descriptor| descriptor.get_ref().read(&mut buffer[filled..])) {
                Ok(Ok(0)) => break,
                Ok(Ok(count)) => filled += count,
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                // All other ends are closed.
                Ok(Err(error)) if error.raw_os_error() == Some(libc::EIO) => break,
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_would_block) => {}
            }
        }
        Poll::Ready(Ok(filled))
    }

    fn poll_write(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.descriptor.poll_write_ready(context))?;
            match guard.try_io(|descriptor| descriptor.get_ref().write(bytes)) {
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(result) => return Poll::Ready(result),
                Err(_would_block) => {}
            }
        }
    }

    fn resize(&self, size: Size) -> io::Result<()> {
        let master = self.master.lock().unwrap_or_else(PoisonError::into_inner);
        master.resize(pty_size(size)).map_err(system_error)
    }
}
