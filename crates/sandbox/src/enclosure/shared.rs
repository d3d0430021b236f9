//! Volumes in a root of its own, mounted by the sandbox's first process while it still sees the host.
//!
//! Both ends are reached step by step and held by descriptors. What lies in a volume was put there by other sandboxes:
//! no link in it is followed. Where it is shown was named by the client, and links there may be the sandbox's own: they
//! are followed as the sandbox itself would, within its root and never beyond.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, mkdirat, openat2, statat};
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};
use serde::{Deserialize, Serialize};

use super::lay::{Owner, directory, finish, open};
use super::{Enclosure, FIRST_ID, ID_COUNT, Mapping, USER_ID, kernel};
use crate::VolumeMount;
use crate::root::Root;
use crate::volumes::{in_order, parts, step};

/// A volume, and where it is seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shared {
    /// The volume's directory on the host.
    source: PathBuf,
    /// The part of it that is seen.
    subpath: Option<String>,
    /// Where in the sandbox.
    target: String,
}

/// Makes the directories of volumes that are not there; what is to be mounted, in order.
pub(crate) fn prepare(root: &Root, mapping: Mapping, mounts: &[VolumeMount]) -> io::Result<Vec<Shared>> {
    let prepared = in_order(mounts).into_iter().map(|VolumeMount { volume, subpath, target }| {
        let source = root.make_volume(&volume)?;
        give(&source, mapping)?;
        Ok(Shared { source, subpath, target })
    });
    prepared.collect()
}

/// Gives a volume that is nobody's among sandboxes to their ordinary user: made just now, or on a rung without users of
/// its own.
fn give(volume: &Path, mapping: Mapping) -> io::Result<()> {
    let owner = Owner::of(mapping, USER_ID);
    let now = fs::metadata(volume)?.uid();
    if (FIRST_ID..FIRST_ID + ID_COUNT).contains(&now) || !owner.is_other_than(now) {
        return Ok(());
    }
    let (parent, name) = volume.parent().zip(volume.file_name()).ok_or(io::ErrorKind::InvalidInput)?;
    super::lay::hand_over(&open(CWD, parent)?, Path::new(name), owner)
}

/// Makes places below lowered directories that the sandbox's user could not make: what holds them belongs to the host.
pub(super) fn make_places(upper: &OwnedFd, enclosure: &Enclosure, owner: Owner) -> io::Result<()> {
    for Shared { target, .. } in &enclosure.volumes {
        let parts: Vec<&OsStr> = parts(target).collect();
        let is_lowered = |name: &OsStr| enclosure.apart.iter().any(|apart| OsStr::new(apart) == name);
        if enclosure.mapping == Mapping::Single && parts.first().is_some_and(|first| is_lowered(first)) {
            make_place(upper, &parts, owner)?;
        }
    }
    Ok(())
}

/// As far as there are directories on the way: the rest is found out by the one who mounts.
fn make_place(upper: &OwnedFd, parts: &[&OsStr], owner: Owner) -> io::Result<()> {
    let (mut here, mut host) = (upper.try_clone()?, PathBuf::from("/"));
    for part in parts {
        host.push(part);
        let there = fs::symlink_metadata(&host).ok();
        let own = statat(&here, *part, AtFlags::SYMLINK_NOFOLLOW).ok();
        let is_directory = |mode: u32| mode & libc::S_IFMT == libc::S_IFDIR;
        let blocked = match (&own, &there) {
            (Some(own), _) => !is_directory(own.st_mode),
            (None, Some(there)) => !is_directory(there.mode()),
            (None, None) => false,
        };
        if blocked {
            return Ok(());
        }
        let mode = there.map_or(0o755, |there| there.mode() & 0o7777);
        here = directory(&here, part, mode, owner)?;
    }
    Ok(())
}

/// Mounts all of them. The root is there, and nothing runs in it yet.
pub(super) fn mount(enclosure: &Enclosure) -> io::Result<()> {
    if enclosure.volumes.is_empty() {
        return Ok(());
    }
    let (root, owner) = (open(CWD, &enclosure.root)?, Owner::of(enclosure.mapping, enclosure.user_id));
    for volume in &enclosure.volumes {
        mount_one(&root, volume, owner).map_err(|error| {
            io::Error::new(error.kind(), format!("at {}: {error}", volume.target.escape_default()))
        })?;
    }
    Ok(())
}

fn mount_one(root: &OwnedFd, volume: &Shared, owner: Owner) -> io::Result<()> {
    let mut source = open(CWD, &volume.source)?;
    for part in volume.subpath.as_deref().map(parts).into_iter().flatten() {
        source = step(&source, part, |parent, name| finish(parent, name, 0o777, owner))?;
    }
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    let mount = open_tree(&source, "", flags)?;
    kernel::make_harmless(mount.as_fd())?;
    let place = place(root, &volume.target, owner)?;
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(&mount, "", &place, "", flags)?)
}

/// The directory at a path inside, made with what is missing on the way.
fn place(root: &OwnedFd, target: &str, owner: Owner) -> io::Result<OwnedFd> {
    let look = |path: &Path| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let within = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        openat2(root, path, flags, Mode::empty(), within)
    };
    let (mut here, mut path) = (root.try_clone()?, PathBuf::new());
    for part in parts(target) {
        path.push(part);
        here = match look(&path) {
            Err(Errno::NOENT) => {
                mkdirat(&here, part, Mode::from_raw_mode(0o755))?;
                finish(&here, Path::new(part), 0o755, owner)?;
                look(&path)?
            }
            found => found?,
        };
    }
    Ok(here)
}
