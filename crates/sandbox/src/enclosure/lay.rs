//! Making directories, files and links where somebody may have put anything in the place of anything: each component is
//! opened in its parent, nothing follows a link, and what is no directory gives way.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Uid, chmodat, chownat, mkdirat, openat, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::{Mapping, host_id};

/// Who owns what is made.
#[derive(Clone, Copy)]
pub(super) struct Owner(Option<(Uid, Gid)>);

impl Owner {
    pub(super) fn of(mapping: Mapping, inside: u32) -> Self {
        match mapping {
            Mapping::Single => Self(None),
            Mapping::Range => Self(Some((Uid::from_raw(host_id(inside)), Gid::from_raw(host_id(inside))))),
        }
    }

    /// Whoever makes it.
    pub(super) fn nobody() -> Self {
        Self(None)
    }

    /// Whether something of this user would have to be handed over.
    pub(super) fn is_other_than(self, owner: u32) -> bool {
        self.0.is_some_and(|(user, _)| user.as_raw() != owner)
    }

    pub(super) fn take(self, parent: impl AsFd, name: &Path) -> io::Result<()> {
        let Some((user, group)) = self.0 else { return Ok(()) };
        Ok(chownat(parent, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

/// A file in the place of whatever has that name.
pub(super) fn write(parent: &OwnedFd, name: &str, content: &[u8], mode: u32, owner: Owner) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let make = || openat(parent, name, flags, Mode::from_raw_mode(mode));
    let file = match make() {
        Err(Errno::EXIST) => {
            clear(parent, Path::new(name))?;
            make()?
        }
        other => other?,
    };
    io::Write::write_all(&mut fs::File::from(file), content)?;
    owner.take(parent, Path::new(name))
}

pub(super) fn link(parent: &OwnedFd, target: &Path, name: &str, owner: Owner) -> io::Result<()> {
    match symlinkat(target, parent, name) {
        Ok(()) => owner.take(parent, Path::new(name)),
        // What the sandbox put there is its own affair: nothing is mounted on it.
        Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A directory of `parent`, made unless it is there.
pub(super) fn directory(
    parent: &OwnedFd,
    name: impl AsRef<Path>,
    mode: u32,
    owner: Owner,
) -> io::Result<OwnedFd> {
    let name = name.as_ref();
    match mkdirat(parent, name, Mode::from_raw_mode(mode)) {
        Ok(()) => finish(parent, name, mode, owner)?,
        Err(Errno::EXIST) => {
            let stat = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
                clear(parent, name)?;
                mkdirat(parent, name, Mode::from_raw_mode(mode))?;
                finish(parent, name, mode, owner)?;
            }
        }
        Err(error) => return Err(error.into()),
    }
    open(parent, name)
}

pub(super) fn finish(parent: &OwnedFd, name: &Path, mode: u32, owner: Owner) -> io::Result<()> {
    owner.take(parent, name)?;
    // The umask has a say in `mkdir`, so the mode is set once more.
    Ok(chmodat(parent, name, Mode::from_raw_mode(mode), AtFlags::empty())?)
}

/// Every directory of a path, below `root`.
pub(super) fn path(root: &OwnedFd, path: &Path, owner: Owner) -> io::Result<()> {
    let mut here = root.try_clone()?;
    for component in path.components() {
        if let Component::Normal(name) = component {
            here = directory(&here, name, 0o755, owner)?;
        }
    }
    Ok(())
}

pub(super) fn clear(parent: &OwnedFd, name: &Path) -> io::Result<()> {
    Ok(unlinkat(parent, name, AtFlags::empty())?)
}

pub(super) fn open(parent: impl AsFd, name: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::PATH | OFlags::CLOEXEC;
    Ok(openat(parent, name, flags, Mode::empty())?)
}

/// Gives a whole directory to `owner`, following nothing.
pub(super) fn hand_over(parent: &OwnedFd, name: &Path, owner: Owner) -> io::Result<()> {
    owner.take(parent, name)?;
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
    let here = match openat(parent, name, flags, Mode::empty()) {
        Ok(here) => here,
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for entry in rustix::fs::Dir::read_from(&here)? {
        let entry = entry?;
        let bytes = entry.file_name().to_bytes();
        if bytes != b"." && bytes != b".." {
            let name: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
            hand_over(&here, Path::new(name), owner)?;
        }
    }
    Ok(())
}
