//! Reads a tree from the top down.
//!
//! Directories wait by their paths, not as open descriptors, so that neither depth nor width is limited. As an ordinary
//! user a closed directory or file is opened up for the moment, and closed again.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, SeekFrom, Stat, fstat, openat, readlinkat, seek, statat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::entry::{Content, Kind, Meta, Sink, Source, attributes, open_below, split};

/// Hands every entry below `top` to `sink`, without the names `passing` at the top.
pub(super) fn walk(top: &OwnedFd, passing: &[&str], sink: &mut impl Sink) -> io::Result<()> {
    let privileged = geteuid().is_root();
    let mut walk = Walk { top, sink, privileged, named: HashMap::new(), closed: Vec::new() };
    let mut waiting = walk.directory(Path::new(""), passing)?;
    while let Some(path) = waiting.pop() {
        match walk.directory(&path, &[]) {
            Ok(found) => waiting.extend(found),
            // Removed, or something else in its place, since it was seen.
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

struct Walk<'a, S> {
    top: &'a OwnedFd,
    sink: &'a mut S,
    /// Whether closed files can be read anyway.
    privileged: bool,
    /// First names of files that have several.
    named: HashMap<(u64, u64), PathBuf>,
    /// Directories that were opened up, and the modes they had.
    closed: Vec<(PathBuf, u32)>,
}

impl<S: Sink> Walk<'_, S> {
    /// Hands over what is in a directory; the directories among it.
    fn directory(&mut self, path: &Path, passing: &[&str]) -> io::Result<Vec<PathBuf>> {
        let directory = open_below(self.top, path)?;
        let mut found = Vec::new();
        for name in names(&directory)? {
            if passing.iter().any(|passing| name == *passing) {
                continue;
            }
            match self.entry(&directory, path, &name) {
                Ok(true) => found.push(path.join(name)),
                Ok(false) => {}
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Hands one entry over; whether it is a directory.
    fn entry(&mut self, directory: &OwnedFd, parent: &Path, name: &OsStr) -> io::Result<bool> {
        let path = parent.join(name);
        let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        let several = stat.st_nlink > 1 && kind != FileType::Directory;
        if several && let Some(first) = self.named.get(&(stat.st_dev, stat.st_ino)) {
            self.sink.entry(&path, &Meta::of(&stat, Vec::new()), Kind::Another(first))?;
            return Ok(false);
        }
        let meta = Meta::of(&stat, attributes(directory, name)?);
        match kind {
            FileType::Directory => {
                if !self.privileged && meta.mode & 0o500 != 0o500 {
                    self.open_up(directory, &path, name, meta.mode)?;
                }
                self.sink.entry(&path, &meta, Kind::Directory)?;
            }
            FileType::RegularFile => {
                let file = self.open(directory, name, meta.mode)?;
                self.file(&path, &meta, &file)?;
            }
            FileType::Symlink => {
                let target = match readlinkat(directory, name, Vec::new()) {
                    // No link any more.
                    Err(Errno::INVAL) => return Ok(false),
                    target => target?,
                };
                self.sink.entry(&path, &meta, Kind::Link(target.to_bytes()))?;
            }
            FileType::Fifo => self.sink.entry(&path, &meta, Kind::Pipe)?,
            FileType::CharacterDevice => {
                let (major, minor) = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
                self.sink.entry(&path, &meta, Kind::Device { major, minor })?;
            }
            _ => return Ok(false),
        }
        if several {
            self.named.insert((stat.st_dev, stat.st_ino), path);
        }
        Ok(kind == FileType::Directory)
    }

    fn file(&mut self, path: &Path, meta: &Meta, file: &File) -> io::Result<()> {
        let stat = fstat(file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(());
        }
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        let content = Content { size, extents: extents(file, &stat)?, source: Source::File(file) };
        self.sink.entry(path, meta, Kind::File(content))
    }

    /// Opens a file for reading, whatever its mode says.
    fn open(&self, directory: &OwnedFd, name: &OsStr, mode: u32) -> io::Result<File> {
        // Something else may stand there by now: a pipe must not keep us waiting.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let open = || openat(directory, name, flags, Mode::empty());
        match open() {
            Err(Errno::ACCESS) if !self.privileged => {
                set_mode(directory, name, mode | 0o400)?;
                let opened = open();
                set_mode(directory, name, mode)?;
                Ok(File::from(opened?))
            }
            opened => Ok(File::from(opened?)),
        }
    }

    fn open_up(&mut self, parent: &OwnedFd, path: &Path, name: &OsStr, mode: u32) -> io::Result<()> {
        set_mode(parent, name, mode | 0o700)?;
        self.closed.push((path.to_owned(), mode));
        Ok(())
    }
}

impl<S> Drop for Walk<'_, S> {
    fn drop(&mut self) {
        // The inner ones first: they are reached through the outer ones.
        for (path, mode) in std::mem::take(&mut self.closed).into_iter().rev() {
            let close = || {
                let (parent, name) = split(&path)?;
                set_mode(&open_below(self.top, parent)?, name, mode)
            };
            if let Err(error) = close()
                && !is_gone(&error)
            {
                tracing::warn!(path = %path.display(), %error, "a directory could not be closed again");
            }
        }
    }
}

/// Names in a directory, each once: one that is made anew while they are read may come twice.
fn names(directory: &OwnedFd) -> io::Result<BTreeSet<OsString>> {
    let names = Dir::read_from(directory)?.map(|entry| {
        let name = OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned();
        Ok(name)
    });
    names.filter(|name| !matches!(name, Ok(name) if name == "." || name == "..")).collect()
}

/// Sets permissions without following a link.
fn set_mode(parent: &OwnedFd, name: &OsStr, mode: u32) -> io::Result<()> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = openat(parent, name, flags, Mode::empty())?;
    let path = format!("/proc/self/fd/{}", handle.as_raw_fd());
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Where a file has data.
fn extents(file: &File, stat: &Stat) -> io::Result<Vec<(u64, u64)>> {
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    let blocks = u64::try_from(stat.st_blocks).unwrap_or_default();
    if size == 0 || blocks * 512 >= size {
        return Ok(if size == 0 { Vec::new() } else { vec![(0, size)] });
    }
    let mut extents = Vec::new();
    let mut position = 0;
    while position < size {
        let start = match seek(file, SeekFrom::Data(position)) {
            Ok(start) => start,
            Err(Errno::NXIO) => break,
            // A file system that does not know holes.
            Err(Errno::INVAL) => return Ok(vec![(0, size)]),
            Err(error) => return Err(error.into()),
        };
        let end = seek(file, SeekFrom::Hole(start))?.min(size);
        if start >= end {
            break;
        }
        extents.push((start, end - start));
        position = end;
    }
    Ok(extents)
}

/// Whether something is no longer what it was seen as a moment ago.
fn is_gone(error: &io::Error) -> bool {
    let gone = [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::STALE, Errno::NXIO];
    gone.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Bytes of a file's extents, one after another. What the file has lost meanwhile is read as zeros.
pub(super) struct Extents<'a> {
    file: &'a File,
    extents: std::slice::Iter<'a, (u64, u64)>,
    start: u64,
    left: u64,
}

impl<'a> Extents<'a> {
    pub(super) fn of(file: &'a File, extents: &'a [(u64, u64)]) -> Self {
        Self { file, extents: extents.iter(), start: 0, left: 0 }
    }
}

impl io::Read for Extents<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let Some((start, length)) = self.extents.next() else { return Ok(0) };
            (self.start, self.left) = (*start, *length);
        }
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let mut read = std::os::unix::fs::FileExt::read_at(self.file, &mut buffer[..wanted], self.start)?;
        if read == 0 {
            buffer[..wanted].fill(0);
            read = wanted;
        }
        self.start += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}
