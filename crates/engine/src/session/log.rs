//! The log of one command: a file that only grows, and word of its growth.
//!
//! Writers append whole records and announce the new length; readers take bytes from the file, never from memory, and wait
//! for the next announcement. So any number of readers costs no memory, none can hold up the command, and all see the
//! same bytes in the same order. The file lies in the page cache: reading and writing it in place costs less than a hop
//! to another thread would.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::records::OpenLine;
use super::streams::Stream;

/// What a command that prints little keeps of its buffer, in bytes. One that prints much at a time keeps all of it while
/// it does: getting the memory back for every append would cost more than writing it.
const KEPT_BUFFER: usize = 16 * 1024;

/// How far a log has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes in the file.
    pub length: u64,
    /// Whether nothing will be added.
    pub ended: bool,
}

/// The log of one command.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    writer: Mutex<Writer>,
    progress: watch::Sender<Progress>,
}

#[derive(Debug)]
struct Writer {
    /// Closed when the log has ended or cannot be written any more.
    file: Option<File>,
    open_line: OpenLine,
    buffer: Vec<u8>,
}

impl Log {
    /// Makes the empty file.
    pub(crate) fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o644).open(&path)?;
        let length = file.metadata()?.len();
        let writer = Writer { file: Some(file), open_line: None, buffer: Vec::new() };
        let progress = watch::Sender::new(Progress { length, ended: false });
        Ok(Self { path, writer: Mutex::new(writer), progress })
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far the log has got, and notice of every change.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// The file as it is now.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened: commands may remove or lock away their own logs.
    pub fn open(&self) -> io::Result<Snapshot> {
        let file = File::open(&self.path)?;
        Ok(Snapshot { file, length: self.progress.borrow().length })
    }

    /// Appends what `fill` puts into the buffer.
    pub(crate) fn append(&self, fill: impl FnOnce(&mut OpenLine, &mut Vec<u8>)) {
        self.lock().append(&self.progress, fill);
    }

    /// Does `first` and, when it says so, appends a text to the output, without any other record in between.
    pub(crate) fn echo_if(&self, text: &[u8], first: impl FnOnce() -> bool) {
        let mut writer = self.lock();
        if first() {
            writer.append(&self.progress, |open, log| {
                log.extend_from_slice(&Stream::Output.marker());
                log.extend_from_slice(text);
                *open = None;
            });
        }
    }

    /// Says that nothing will be added.
    pub(crate) fn end(&self) {
        let mut writer = self.lock();
        writer.file = None;
        writer.buffer = Vec::new();
        self.progress.send_modify(|progress| progress.ended = true);
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    fn append(&mut self, progress: &watch::Sender<Progress>, fill: impl FnOnce(&mut OpenLine, &mut Vec<u8>)) {
        fill(&mut self.open_line, &mut self.buffer);
        let Some(file) = self.file.as_mut().filter(|_| !self.buffer.is_empty()) else {
            self.buffer.clear();
            return;
        };
        match file.write_all(&self.buffer) {
            Ok(()) => progress.send_modify(|progress| progress.length += self.buffer.len() as u64),
            Err(error) => {
                // The command goes on without a log; a full disk must not hold it up.
                tracing::warn!(%error, "the log of a session's command cannot be written");
                self.file = None;
            }
        }
        let printed = self.buffer.len();
        self.buffer.clear();
        if printed <= KEPT_BUFFER {
            self.buffer.shrink_to(KEPT_BUFFER);
        }
    }
}

/// The first bytes of a log, as many as there were when it was opened.
#[derive(Debug)]
pub struct Snapshot {
    file: File,
    length: u64,
}

impl Snapshot {
    /// Number of bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Fills as much of the buffer as there is from this position on; how much that was.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn read(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(position)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        read_full(&self.file, &mut buffer[..wanted], position)
    }

    /// The open file, for followers that read beyond this moment.
    pub(crate) fn into_file(self) -> File {
        self.file
    }
}

/// Reads until the buffer is full or the file ends.
pub(crate) fn read_full(file: &File, mut buffer: &mut [u8], mut position: u64) -> io::Result<usize> {
    let mut total = 0;
    while !buffer.is_empty() {
        match file.read_at(buffer, position) {
            Ok(0) => break,
            Ok(count) => {
                total += count;
                position += count as u64;
                buffer = &mut buffer[count..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}
