//! What a tree is made of, and safe ways to a place in it.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, Stat, lgetxattr, llistxattr, openat};
use rustix::io::Errno;

/// Takes entries, parents before children.
pub(super) trait Sink {
    fn entry(&mut self, path: &Path, meta: &Meta, kind: Kind<'_>) -> io::Result<()>;
}

/// What every entry has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meta {
    /// Permissions, the upper bits included.
    pub(super) mode: u32,
    pub(super) user: u32,
    pub(super) group: u32,
    pub(super) modified: Moment,
    /// Names and values, as the kernel gives them.
    pub(super) attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A point in time since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
}

impl Moment {
    /// Seconds as a decimal fraction, which counts backwards before the epoch.
    pub(super) fn to_text(self) -> String {
        match (self.seconds, self.nanoseconds) {
            (seconds @ ..=-1, nanoseconds @ 1..) => {
                format!("-{}.{:09}", seconds.unsigned_abs() - 1, 1_000_000_000 - nanoseconds)
            }
            (seconds, nanoseconds) => format!("{seconds}.{nanoseconds:09}"),
        }
    }

    /// The other way round; nine digits are expected.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.')?;
        let (whole, fraction): (i64, u32) = (whole.parse().ok()?, fraction.parse().ok()?);
        match text.starts_with('-') && fraction > 0 {
            true => Some(Self { seconds: whole - 1, nanoseconds: 1_000_000_000_u32.checked_sub(fraction)? }),
            false => Some(Self { seconds: whole, nanoseconds: fraction }),
        }
    }
}

impl Meta {
    pub(super) fn of(stat: &Stat, attributes: Vec<(Vec<u8>, Vec<u8>)>) -> Self {
        let nanoseconds = u32::try_from(stat.st_mtime_nsec).unwrap_or_default();
        Self {
            mode: stat.st_mode & 0o7777,
            user: stat.st_uid,
            group: stat.st_gid,
            modified: Moment { seconds: stat.st_mtime, nanoseconds },
            attributes,
        }
    }
}

/// What an entry is.
pub(super) enum Kind<'a> {
    Directory,
    File(Content<'a>),
    /// Another name of an entry that came earlier.
    Another(&'a Path),
    Link(&'a [u8]),
    Pipe,
    /// A character device; 0:0 is an overlay's deletion.
    Device {
        major: u32,
        minor: u32,
    },
}

/// The bytes of a file.
pub(super) struct Content<'a> {
    /// Its length, holes included.
    pub(super) size: u64,
    /// Where there is data, in order: start and length. Everything else is holes.
    pub(super) extents: Vec<(u64, u64)>,
    pub(super) source: Source<'a>,
}

/// Where bytes come from.
pub(super) enum Source<'a> {
    /// The file itself.
    File(&'a File),
    /// All extents, one after another.
    Stream(&'a mut dyn Read),
}

/// The top of a tree.
pub(super) fn open_top(path: &Path) -> io::Result<OwnedFd> {
    open_directory(CWD, path.as_os_str())
}

/// A directory below `top`; no component may be a link. Works for paths of any length.
pub(super) fn open_below(top: &OwnedFd, path: &Path) -> io::Result<OwnedFd> {
    let mut here = top.try_clone()?;
    for component in path.components() {
        match component {
            Component::Normal(name) => here = open_directory(&here, name)?,
            Component::CurDir => {}
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "a path leads out of the tree")),
        }
    }
    Ok(here)
}

fn open_directory(parent: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
    Ok(openat(parent, name, flags, Mode::empty())?)
}

/// A name for `name` in an open directory, for calls that know no directories. Its last component is not followed by
/// calls that follow no links.
pub(super) fn path_of(directory: &OwnedFd, name: &OsStr) -> PathBuf {
    Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string()).join(name)
}

/// The extended attributes of an entry that are worth keeping.
pub(super) fn attributes(directory: &OwnedFd, name: &OsStr) -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let path = path_of(directory, name);
    let names = match grown(|buffer| llistxattr(&path, buffer)) {
        Ok(names) => names,
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut kept = Vec::new();
    for name in names.split(|byte| *byte == 0).filter(|name| is_kept(name)) {
        match grown(|buffer| lgetxattr(&path, name, buffer)) {
            Ok(value) => kept.push((name.to_vec(), value)),
            // Removed meanwhile.
            Err(Errno::NODATA) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(kept)
}

/// Labels a host's security modules put on files are the host's affair; the rest is the sandbox's.
fn is_kept(name: &[u8]) -> bool {
    name.starts_with(b"user.")
        || name.starts_with(b"trusted.")
        || name.starts_with(b"system.posix_acl_")
        || name == b"security.capability"
}

/// Calls with a buffer that grows until all fits.
fn grown(call: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0; 1024];
    loop {
        match call(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            // The kernel allows 64 KiB at most.
            Err(Errno::RANGE) if buffer.len() < 1 << 20 => buffer.resize(buffer.len() * 4, 0),
            Err(error) => return Err(error),
        }
    }
}

/// A path's directory and name.
pub(super) fn split(path: &Path) -> io::Result<(&Path, &OsStr)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidData)?;
    Ok((path.parent().unwrap_or(Path::new("")), name))
}

/// Bytes as a path.
pub(super) fn to_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}
