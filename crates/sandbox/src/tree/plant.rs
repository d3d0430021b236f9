//! Writes a tree, entry by entry.
//!
//! What a directory is in the end (mode, attributes, time) is put on last, the innermost first: a closed directory could
//! not be filled, and its default permissions would go over to what is made in it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, Uid, XattrFlags, chownat,
    fchmod, ftruncate, futimens, ioctl_ficlone, linkat, lsetxattr, makedev, mkdirat, mknodat, openat, statat,
    symlinkat, utimensat,
};
use rustix::io::Errno;

use super::entry::{Content, Kind, Meta, Moment, Sink, Source, open_below, open_top, path_of, split};

/// A tree that grows.
pub(super) struct Plant {
    top: OwnedFd,
    /// The directory worked in last.
    here: Option<(PathBuf, OwnedFd)>,
    directories: Vec<(PathBuf, Meta)>,
}

impl Plant {
    /// A new tree at `path`, which must not exist.
    pub(super) fn new(path: &Path) -> io::Result<Self> {
        mkdirat(CWD, path, Mode::RWXU)?;
        Ok(Self { top: open_top(path)?, here: None, directories: Vec::new() })
    }

    /// Closes the directories behind itself.
    pub(super) fn finish(self) -> io::Result<()> {
        for (path, meta) in self.directories.iter().rev() {
            let directory = open_below(&self.top, path)?;
            let (parent, name) = split(path)?;
            put_attributes(&open_below(&self.top, parent)?, name, meta)?;
            fchmod(&directory, Mode::from_raw_mode(meta.mode))?;
            futimens(&directory, &times(meta.modified))?;
        }
        Ok(())
    }

    fn parent(&mut self, path: &Path) -> io::Result<OwnedFd> {
        if let Some((here, directory)) = &self.here
            && here == path
        {
            return directory.try_clone();
        }
        let directory = open_below(&self.top, path)?;
        self.here = Some((path.to_owned(), directory.try_clone()?));
        Ok(directory)
    }
}

impl Sink for Plant {
    fn entry(&mut self, path: &Path, meta: &Meta, kind: Kind<'_>) -> io::Result<()> {
        let (parent, name) = split(path)?;
        let directory = self.parent(parent)?;
        match kind {
            Kind::Directory => {
                mkdirat(&directory, name, Mode::RWXU)?;
                give(&directory, name, meta)?;
                self.directories.push((path.to_owned(), meta.clone()));
                Ok(())
            }
            Kind::File(content) => file(&directory, name, meta, content),
            Kind::Another(first) => {
                let (parent, first) = split(first)?;
                let from = open_below(&self.top, parent)?;
                Ok(linkat(&from, first, &directory, name, AtFlags::empty())?)
            }
            Kind::Link(target) => {
                symlinkat(target, &directory, name)?;
                dress(&directory, name, meta)
            }
            Kind::Pipe => node(&directory, name, meta, FileType::Fifo, 0),
            Kind::Device { major, minor } => {
                node(&directory, name, meta, FileType::CharacterDevice, makedev(major, minor))
            }
        }
    }
}

/// Gives an entry its owner. Takes set-user bits and capabilities away, so it comes before mode and attributes.
fn give(directory: &OwnedFd, name: &OsStr, meta: &Meta) -> io::Result<()> {
    let (user, group) = (Uid::from_raw(meta.user), Gid::from_raw(meta.group));
    match chownat(directory, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW) {
        // A group the folder hands down, and which nobody here may hand out.
        Err(Errno::PERM) => {
            let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let right = (stat.st_uid, stat.st_gid) == (meta.user, meta.group);
            if right { Ok(()) } else { Err(Errno::PERM.into()) }
        }
        done => Ok(done?),
    }
}

fn put_attributes(directory: &OwnedFd, name: &OsStr, meta: &Meta) -> io::Result<()> {
    if meta.attributes.is_empty() {
        return Ok(());
    }
    let path = path_of(directory, name);
    for (attribute, value) in &meta.attributes {
        lsetxattr(&path, attribute.as_slice(), value, XattrFlags::empty())?;
    }
    Ok(())
}

/// A file with its content, without its final mode.
fn file(directory: &OwnedFd, name: &OsStr, meta: &Meta, content: Content<'_>) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?);
    fill(&file, content)?;
    give(directory, name, meta)?;
    put_attributes(directory, name, meta)?;
    fchmod(&file, Mode::from_raw_mode(meta.mode))?;
    Ok(futimens(&file, &times(meta.modified))?)
}

/// Owner, attributes and time of an entry that has no content.
fn dress(directory: &OwnedFd, name: &OsStr, meta: &Meta) -> io::Result<()> {
    give(directory, name, meta)?;
    put_attributes(directory, name, meta)?;
    Ok(utimensat(directory, name, &times(meta.modified), AtFlags::SYMLINK_NOFOLLOW)?)
}

/// A pipe or a device.
fn node(directory: &OwnedFd, name: &OsStr, meta: &Meta, kind: FileType, device: u64) -> io::Result<()> {
    mknodat(directory, name, kind, Mode::from_raw_mode(meta.mode), device)?;
    give(directory, name, meta)?;
    // The umask has a say in `mknod`. Nobody else works here, so the name still means what was just made.
    rustix::fs::chmodat(directory, name, Mode::from_raw_mode(meta.mode), AtFlags::empty())?;
    dress(directory, name, meta)
}

/// Writes the data and leaves the holes; where the file system can share data, it does.
fn fill(mut file: &File, content: Content<'_>) -> io::Result<()> {
    let Content { size, extents, source } = content;
    match source {
        Source::File(from) => {
            if ioctl_ficlone(file.as_fd(), from.as_fd()).is_ok() {
                return Ok(ftruncate(file, size)?);
            }
            let mut from = from;
            for (start, length) in extents {
                from.seek(SeekFrom::Start(start))?;
                file.seek(SeekFrom::Start(start))?;
                io::copy(&mut from.take(length), &mut file)?;
            }
        }
        Source::Stream(stream) => {
            for (start, length) in extents {
                file.seek(SeekFrom::Start(start))?;
                copy_exactly(stream, file, length)?;
            }
        }
    }
    Ok(ftruncate(file, size)?)
}

fn copy_exactly(from: &mut dyn Read, mut to: &File, length: u64) -> io::Result<()> {
    let mut left = length;
    let mut buffer = vec![0; 64 << 10];
    while left > 0 {
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        from.read_exact(&mut buffer[..wanted])?;
        to.write_all(&buffer[..wanted])?;
        left -= wanted as u64;
    }
    Ok(())
}

fn times(modified: Moment) -> Timestamps {
    let last_modification = Timespec { tv_sec: modified.seconds, tv_nsec: i64::from(modified.nanoseconds) };
    let last_access = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    Timestamps { last_access, last_modification }
}
