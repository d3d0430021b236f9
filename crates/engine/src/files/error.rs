//! What can go wrong with files, in the words the real daemon passes on from its system library.

use std::path::{Path, PathBuf};

use nix::errno::Errno;

use crate::paths::fence::Refusal;

/// A system call that failed: `open nope: no such file or directory`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation} {}: {}", path.display(), text(*errno))]
pub struct SystemError {
    /// The call, as it is named in messages.
    pub operation: &'static str,
    /// The path, as the caller is to see it.
    pub path: PathBuf,
    /// The kernel's answer; a path outside the sandbox's tree answers `EACCES`.
    pub errno: Errno,
}

impl SystemError {
    pub(crate) fn new(operation: &'static str, path: impl AsRef<Path>, errno: impl Into<Errno>) -> Self {
        Self { operation, path: path.as_ref().to_owned(), errno: errno.into() }
    }

    /// Whether nothing is there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.errno == Errno::ENOENT
    }

    /// Whether the path itself is one the kernel does not take, such as one with a NUL byte.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.errno == Errno::EINVAL
    }

    /// Whether the sandbox's user has no right to it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self.errno, Errno::EACCES | Errno::EPERM)
    }
}

/// Why a file operation failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The path cannot be looked at or opened; missing and forbidden are told apart by its number.
    #[error(transparent)]
    System(#[from] SystemError),
    /// It could be looked at, but the change was refused. Never reported as missing or forbidden.
    #[error(transparent)]
    Refused(SystemError),
    /// A directory, or a link to one, and deleting what is in it was not asked for.
    #[error("cannot delete directory without recursive flag")]
    NeedsRecursive,
    /// Moving never overwrites.
    #[error("destination already exists")]
    DestinationExists,
    /// Neither renaming nor copying worked; nothing was moved.
    #[error("failed to move file: {0}")]
    MoveFailed(String),
    /// Only files have content.
    #[error("path must be a file")]
    NotAFile {
        /// Whether it is a directory; pipes and sockets are no files either.
        directory: bool,
    },
}

/// Builds the errors of one path under one name.
pub(crate) fn failing<E: Into<Errno>>(operation: &'static str, path: &Path) -> impl Fn(E) -> SystemError {
    move |errno| SystemError::new(operation, path, errno)
}

impl From<Refusal> for std::io::Error {
    fn from(refusal: Refusal) -> Self {
        Errno::from(refusal).into()
    }
}

/// The kernel's texts as Go words them, for numbers that file operations meet; they differ between C libraries.
pub(super) fn text(errno: Errno) -> String {
    let known = match errno {
        Errno::EPERM => "operation not permitted",
        Errno::ENOENT => "no such file or directory",
        Errno::EIO => "input/output error",
        Errno::ENXIO => "no such device or address",
        Errno::EAGAIN => "resource temporarily unavailable",
        Errno::EACCES => "permission denied",
        Errno::EBUSY => "device or resource busy",
        Errno::EEXIST => "file exists",
        Errno::EXDEV => "invalid cross-device link",
        Errno::ENODEV => "no such device",
        Errno::ENOTDIR => "not a directory",
        Errno::EISDIR => "is a directory",
        Errno::EINVAL => "invalid argument",
        Errno::EMFILE => "too many open files",
        Errno::ENFILE => "too many open files in system",
        Errno::ETXTBSY => "text file busy",
        Errno::EFBIG => "file too large",
        Errno::ENOSPC => "no space left on device",
        Errno::EROFS => "read-only file system",
        Errno::EMLINK => "too many links",
        Errno::EPIPE => "broken pipe",
        Errno::ENAMETOOLONG => "file name too long",
        Errno::ENOTEMPTY => "directory not empty",
        Errno::ELOOP => "too many levels of symbolic links",
        Errno::EDQUOT => "disk quota exceeded",
        Errno::EOPNOTSUPP => "operation not supported",
        other => return other.desc().to_lowercase(),
    };
    known.to_owned()
}
