//! A display number that nobody else has.
//!
//! X servers lock theirs by a file with their process id. A server that reports when it is ready (`-displayfd`) takes no
//! lock, and would take over the socket of another. So the lock is taken here, in the form other X servers understand,
//! and held by a lock of the kernel besides: process ids mean nothing across sandboxes that are started anew.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::{Pid, getpid, test_kill_process};

/// How many numbers are tried.
const NUMBERS: u32 = 1000;

/// A number that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    number: u32,
    path: PathBuf,
    /// Holds the kernel's lock.
    _file: File,
}

impl Claim {
    /// The first free number from `first` on.
    pub(super) fn take(first: u32) -> io::Result<Self> {
        Self::take_in(Path::new("/tmp"), first)
    }

    fn take_in(directory: &Path, first: u32) -> io::Result<Self> {
        let mut refusal = None;
        for number in first..first.saturating_add(NUMBERS) {
            match Self::try_take(directory, number) {
                Ok(Some(claim)) => return Ok(claim),
                Ok(None) => {}
                Err(error) => refusal = Some(error),
            }
        }
        Err(refusal.unwrap_or_else(|| io::Error::other("every display number is taken")))
    }

    fn try_take(directory: &Path, number: u32) -> io::Result<Option<Self>> {
        let path = directory.join(format!(".X{number}-lock"));
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o644).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match OpenOptions::new().read(true).write(true).open(&path) {
                    Ok(file) => file,
                    // Another user's, or gone again; the next number is as good.
                    Err(_) => return Ok(None),
                }
            }
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let same =
            path.metadata().is_ok_and(|there| file.metadata().is_ok_and(|own| own.ino() == there.ino()));
        if !same || is_held(&mut file) || answers(directory, number) {
            return Ok(None);
        }
        file.set_len(0)?;
        file.rewind()?;
        // Ten columns and a line's end, as X servers write it.
        writeln!(file, "{:>10}", getpid().as_raw_nonzero())?;
        Ok(Some(Self { number, path, _file: file }))
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A server that was killed leaves its socket.
        if let Some(directory) = self.path.parent()
            && !answers(directory, self.number)
        {
            let _ = std::fs::remove_file(socket(directory, self.number));
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the process that wrote the lock lives. This process itself would hold the kernel's lock if it were the one.
fn is_held(file: &mut File) -> bool {
    let mut text = String::new();
    if file.read_to_string(&mut text).is_err() {
        return false;
    }
    let Some(pid) = text.trim().parse().ok().and_then(Pid::from_raw) else { return false };
    pid != getpid() && test_kill_process(pid) != Err(Errno::SRCH)
}

/// Whether a server answers under this number, with a lock or without. Programs prefer the socket without a file, which
/// is another's wherever the network is shared: they would draw on that server's display.
fn answers(directory: &Path, number: u32) -> bool {
    let socket = socket(directory, number);
    let nameless = SocketAddr::from_abstract_name(socket.as_os_str().as_bytes());
    UnixStream::connect(&socket).is_ok()
        || nameless.is_ok_and(|address| UnixStream::connect_addr(&address).is_ok())
}

fn socket(directory: &Path, number: u32) -> PathBuf {
    directory.join(format!(".X11-unix/X{number}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_number_is_anothers_until_it_is_let_go() {
        let directory = tempfile::tempdir().unwrap();
        let first = Claim::take_in(directory.path(), 0).unwrap();
        let second = Claim::take_in(directory.path(), 0).unwrap();
        assert_eq!((first.number(), second.number()), (0, 1));
        drop(first);
        assert!(!directory.path().join(".X0-lock").exists());
        assert_eq!(Claim::take_in(directory.path(), 0).unwrap().number(), 0);
    }

    #[test]
    fn the_socket_of_a_server_that_was_killed_goes_with_the_number() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".X11-unix")).unwrap();
        let socket = directory.path().join(".X11-unix/X0");
        drop(UnixListener::bind(&socket).unwrap());
        let claim = Claim::take_in(directory.path(), 0).unwrap();
        assert_eq!(claim.number(), 0);
        drop(claim);
        assert!(!socket.exists());
    }

    #[test]
    fn locks_of_living_servers_count_and_those_of_the_dead_do_not() {
        let directory = tempfile::tempdir().unwrap();
        let parent = rustix::process::getppid().unwrap().as_raw_nonzero();
        std::fs::write(directory.path().join(".X0-lock"), format!("{parent:>10}\n")).unwrap();
        std::fs::write(directory.path().join(".X1-lock"), format!("{:>10}\n", i32::MAX)).unwrap();
        assert_eq!(Claim::take_in(directory.path(), 0).unwrap().number(), 1);
    }

    #[test]
    fn a_lock_left_by_a_process_of_this_number_is_stale() {
        let directory = tempfile::tempdir().unwrap();
        let own = getpid().as_raw_nonzero();
        std::fs::write(directory.path().join(".X0-lock"), format!("{own:>10}\n")).unwrap();
        assert_eq!(Claim::take_in(directory.path(), 0).unwrap().number(), 0);
    }

    #[test]
    fn a_server_without_a_lock_keeps_its_number() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".X11-unix")).unwrap();
        let _server = UnixListener::bind(directory.path().join(".X11-unix/X0")).unwrap();
        let nameless = directory.path().join(".X11-unix/X1");
        let nameless = SocketAddr::from_abstract_name(nameless.as_os_str().as_bytes()).unwrap();
        let _other = UnixListener::bind_addr(&nameless).unwrap();
        assert_eq!(Claim::take_in(directory.path(), 0).unwrap().number(), 2);
    }
}
