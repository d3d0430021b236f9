//! Keeps the file API inside the sandbox's tree.
//!
//! Nothing is decided about a name that could change before it is used. A path is opened without reading it
//! (`O_PATH`), the kernel is asked where the descriptor really lies, that place is checked, and everything afterwards
//! happens through the descriptor: reading reopens it, creating and removing take a checked parent directory and one
//! name that is not followed. A link swapped in between changes nothing about a descriptor that is open already.
//!
//! What is left: a directory that is moved out of the tree after it was checked stays reachable through its descriptor
//! for that one call, which takes somebody who may write in both places; hard links made by somebody with such rights
//! look like files of the tree; and whether something exists behind a link that leads outside can be told from the
//! error. The process rung has no better fence than its user's rights and Landlock, which hold commands as well.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::NixPath;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat, readlink, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};

use super::{Containment, Place};

/// Links followed before giving up, as in the kernel.
const LINK_LIMIT: usize = 40;

/// The places a sandbox may touch.
#[derive(Clone, Debug)]
pub(crate) struct Fence {
    own: Vec<PathBuf>,
    shared: Vec<PathBuf>,
    withheld: Vec<PathBuf>,
    containment: Containment,
}

/// Why a path was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It lies outside.
    Outside,
    /// The kernel said no.
    System(Errno),
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

impl From<Refusal> for Errno {
    /// A place outside answers as one the user has no right to.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Outside => Self::EACCES,
            Refusal::System(errno) => errno,
        }
    }
}

impl Fence {
    pub(super) fn new(
        own: &[PathBuf],
        shared: &[PathBuf],
        withheld: &[PathBuf],
        containment: Containment,
    ) -> Self {
        Self { own: both_forms(own), shared: both_forms(shared), withheld: both_forms(withheld), containment }
    }

    /// The policy, in one place: may the API touch what really lies at `path`?
    ///
    /// Yes inside the sandbox's own directories; no wherever all sandboxes are kept, even in a shared folder; yes in
    /// shared folders; no anywhere else. [`Containment::None`] switches it off.
    pub(crate) fn permits(&self, path: &Path) -> bool {
        let lies_in = |places: &[PathBuf]| places.iter().any(|place| path.starts_with(place));
        self.containment == Containment::None
            || lies_in(&self.own)
            || (lies_in(&self.shared) && !lies_in(&self.withheld))
    }

    /// Whether removing or moving what lies at `path` would take one of the fence's own posts along.
    pub(crate) fn anchors(&self, path: &Path) -> bool {
        self.containment == Containment::Tree
            && self.own.iter().chain(&self.shared).chain(&self.withheld).any(|place| place.starts_with(path))
    }

    /// Whether `path` is a place answered for by name: what it lies in need not be.
    pub(crate) fn is_post(&self, path: &Path) -> bool {
        self.containment == Containment::Tree
            && self.own.iter().chain(&self.shared).any(|place| place == path)
    }

    /// Whether `path` is a shared place itself, or a directory on the way to where sandboxes are kept: its mode and
    /// owner are not the sandbox's to change.
    pub(crate) fn belongs_to_all(&self, path: &Path) -> bool {
        self.containment == Containment::Tree
            && self.shared.iter().chain(&self.withheld).any(|place| place.starts_with(path))
    }

    /// Opens what a place names, following links, without reading it.
    pub(crate) fn open(&self, place: &Place) -> Result<Located, Refusal> {
        if !self.permits(&place.host) {
            return Err(Refusal::Outside);
        }
        let directory = if place.directory_only { OFlag::O_DIRECTORY } else { OFlag::empty() };
        self.open_path(&place.host, directory)
    }

    /// Opens the directory a place names, following links, without reading it.
    pub(crate) fn open_directory(&self, place: &Place) -> Result<Located, Refusal> {
        if !self.permits(&place.host) {
            return Err(Refusal::Outside);
        }
        self.open_path(&place.host, OFlag::O_DIRECTORY)
    }

    /// Opens a path of this machine without reading it. `flags` may forbid links or demand a directory.
    pub(crate) fn open_path(&self, host: &Path, flags: OFlag) -> Result<Located, Refusal> {
        let descriptor = open(host, OFlag::O_PATH | OFlag::O_CLOEXEC | flags, Mode::empty())?;
        let real = PathBuf::from(readlink(&magic_link(descriptor.as_fd()))?);
        if !self.permits(&real) {
            return Err(Refusal::Outside);
        }
        Ok(Located { descriptor, real })
    }

    /// Opens the directory an entry lies in; the entry itself is not looked at.
    pub(crate) fn entry(&self, host: &Path) -> Result<Entry, Refusal> {
        let Some((parent, name)) = host.parent().zip(host.file_name()) else {
            // The root directory, or a path ending in `..`: no entry that could be made or removed.
            return Err(Refusal::System(Errno::EBUSY));
        };
        let parent = self.open_path(parent, OFlag::O_DIRECTORY)?;
        Ok(Entry { parent, name: name.to_owned() })
    }

    /// Follows links by hand to the entry that writing to `host` would make or change, which need not exist.
    pub(crate) fn entry_written_to(&self, host: &Path) -> Result<Entry, Refusal> {
        let mut host = host.to_owned();
        for _ in 0..LINK_LIMIT {
            let entry = self.entry(&host)?;
            match entry.stat() {
                Ok(stat) if is(&stat, SFlag::S_IFLNK) => {
                    let target = readlinkat(&entry.parent.descriptor, entry.name.as_os_str())?;
                    host = entry.parent.real.join(target);
                }
                Ok(_) | Err(Errno::ENOENT) => return Ok(entry),
                Err(errno) => return Err(errno.into()),
            }
        }
        Err(Refusal::System(Errno::ELOOP))
    }
}

/// Each path as given and with its links resolved: names are compared with the former, opened places with the latter.
fn both_forms(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut forms: Vec<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
    forms.extend(paths.iter().cloned());
    forms.sort();
    forms.dedup();
    forms
}

/// Whether an entry is of this type.
pub(crate) fn is(stat: &FileStat, kind: SFlag) -> bool {
    stat.st_mode & SFlag::S_IFMT.bits() == kind.bits()
}

/// The kernel's own name for an open descriptor; using it never resolves a path again.
pub(crate) fn magic_link(descriptor: BorrowedFd<'_>) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", descriptor.as_raw_fd()))
}

/// Something that was opened, though not for reading, and found to be inside.
#[derive(Debug)]
pub(crate) struct Located {
    pub(crate) descriptor: OwnedFd,
    /// Where it really lies, at the time of opening.
    pub(crate) real: PathBuf,
}

impl Located {
    /// A path that means this very thing as long as `self` lives.
    pub(crate) fn path(&self) -> PathBuf {
        magic_link(self.descriptor.as_fd())
    }

    pub(crate) fn stat(&self) -> Result<FileStat, Errno> {
        fstat(&self.descriptor)
    }

    /// A second hold on the same thing.
    pub(crate) fn duplicate(&self) -> Result<Self, Errno> {
        let descriptor = self.descriptor.try_clone().map_err(|error| errno_of(&error))?;
        Ok(Self { descriptor, real: self.real.clone() })
    }

    /// Opens a directory in this one, which must not be a link.
    pub(crate) fn child_directory(&self, name: &OsStr) -> Result<Self, Errno> {
        let flags = OFlag::O_PATH | OFlag::O_CLOEXEC | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        let descriptor = openat(&self.descriptor, name, flags, Mode::empty())?;
        Ok(Self { descriptor, real: self.real.join(name) })
    }

    /// Type and mode of an entry of this directory; links are not followed.
    pub(crate) fn entry_stat(&self, name: &(impl NixPath + ?Sized)) -> Result<FileStat, Errno> {
        fstatat(&self.descriptor, name, AtFlags::AT_SYMLINK_NOFOLLOW)
    }

    /// Opens it for reading. Never waits for the other end of a pipe.
    pub(crate) fn reader(&self) -> Result<File, Errno> {
        self.reopen(File::options().read(true))
    }

    /// Opens it for writing, without emptying it. Never waits for the other end of a pipe.
    pub(crate) fn writer(&self) -> Result<File, Errno> {
        self.reopen(File::options().write(true))
    }

    fn reopen(&self, options: &mut OpenOptions) -> Result<File, Errno> {
        options.custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits());
        options.open(self.path()).map_err(|error| errno_of(&error))
    }
}

/// A name in a directory that was opened and found to be inside.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) parent: Located,
    pub(crate) name: OsString,
}

impl Entry {
    /// Type and mode of the entry itself; links are not followed.
    pub(crate) fn stat(&self) -> Result<FileStat, Errno> {
        self.parent.entry_stat(self.name.as_os_str())
    }

    /// A second hold on the same entry.
    pub(crate) fn duplicate(&self) -> Result<Self, Errno> {
        Ok(Self { parent: self.parent.duplicate()?, name: self.name.clone() })
    }

    /// Where the entry lies.
    pub(crate) fn real(&self) -> PathBuf {
        self.parent.real.join(&self.name)
    }

    /// A path that means this name in this very directory as long as `self` lives.
    pub(crate) fn path(&self) -> PathBuf {
        self.parent.path().join(&self.name)
    }
}

/// The kernel's number behind an error of the standard library.
pub(crate) fn errno_of(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}
