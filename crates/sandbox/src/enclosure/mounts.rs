//! The mounts of a sandbox's root, made by its first process before anything else runs in it.
//!
//! Everything is named relative to the tree, which is the working directory meanwhile: paths of the host may hold
//! characters that mean something in an overlay's options.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::pivot_root;
use rustix::fs::CWD;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};

use super::{Enclosure, TOOLS, kernel};

/// Devices of the host every program may need.
pub(super) const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
/// The sandbox's own directories: name in the tree, and where they are seen.
pub(super) const OWN: [(&str, &str); 4] =
    [("home", "home/daytona"), ("tmp", "tmp"), ("workspace", "workspace"), ("var-tmp", "var/tmp")];

type Said = (&'static str, io::Error);

fn said(what: &'static str) -> impl Fn(nix::Error) -> Said {
    move |error| (what, error.into())
}

/// Builds the root and moves into it. What the process saw before is gone then.
pub(super) fn build(enclosure: &Enclosure, user_namespace: Option<&OwnedFd>) -> Result<(), Said> {
    // Nothing made here may show outside, nor anything made outside later show here.
    simple("/", "/", MsFlags::MS_REC | MsFlags::MS_PRIVATE).map_err(said("leave the host's mounts"))?;
    std::env::set_current_dir(&enclosure.tree).map_err(|error| ("enter the tree", error))?;
    simple("root", "root", MsFlags::MS_BIND).map_err(said("mount the root"))?;
    for name in &enclosure.lowered {
        copy_on_write(name, enclosure.volatile, user_namespace)?;
    }
    for (name, place) in OWN {
        simple(name, &format!("root/{place}"), MsFlags::MS_BIND)
            .map_err(said("mount the sandbox's own directories"))?;
    }
    devices()?;
    let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    fresh("proc", "root/proc", quiet, "").map_err(said("mount /proc"))?;
    read_only(&enclosure.tools, Path::new(TOOLS)).map_err(|error| ("mount the tool directory", error))?;
    for directory in &enclosure.exposed {
        read_only(directory, directory).map_err(|error| ("mount an exposed directory", error))?;
    }
    std::env::set_current_dir("root").map_err(|error| ("enter the root", error))?;
    // The old root ends up on top of the new one, from where it is taken off.
    pivot_root(".", ".").map_err(said("change the root"))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(said("leave the host's root"))?;
    std::env::set_current_dir("/").map_err(|error| ("enter the new root", error))
}

fn simple(from: &str, to: &str, flags: MsFlags) -> nix::Result<()> {
    mount(Some(from), to, None::<&str>, flags, None::<&str>)
}

fn fresh(kind: &str, to: &str, flags: MsFlags, options: &str) -> nix::Result<()> {
    mount(Some(kind), to, Some(kind), flags, Some(options))
}

/// Shows the host's `/name`; what is changed there lands in the tree.
fn copy_on_write(name: &str, volatile: bool, user_namespace: Option<&OwnedFd>) -> Result<(), Said> {
    let place = format!("root/{name}");
    let unsynced = if volatile { ",volatile" } else { "" };
    let options = |lower: &str, more: &str| {
        format!("lowerdir={lower},upperdir=upper/{name},workdir=work/{name}{unsynced}{more}")
    };
    let options = match user_namespace {
        None => options(&format!("/{name}"), ",userxattr"),
        Some(user_namespace) => {
            // Seen through the mapping at the very place the overlay will cover.
            let lower =
                detached(Path::new("/").join(name)).map_err(|error| ("open a host directory", error))?;
            kernel::map_owners(lower.as_fd(), user_namespace.as_fd())
                .map_err(|error| ("map the owners of the host's files", error))?;
            attach(&lower, &place).map_err(|error| ("attach a host directory", error))?;
            options(&place, "")
        }
    };
    fresh("overlay", &place, MsFlags::MS_NODEV, &options).map_err(said("mount an overlay"))
}

/// The devices; no others exist in a sandbox.
fn devices() -> Result<(), Said> {
    for name in DEVICES {
        simple(&format!("/dev/{name}"), &format!("root/dev/{name}"), MsFlags::MS_BIND)
            .map_err(said("mount devices"))?;
    }
    let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    fresh("devpts", "root/dev/pts", quiet, "newinstance,ptmxmode=0666,mode=0620")
        .map_err(said("mount terminals"))?;
    fresh("tmpfs", "root/dev/shm", MsFlags::MS_NOSUID | MsFlags::MS_NODEV, "mode=1777")
        .map_err(said("mount shared memory"))
}

fn read_only(directory: &Path, place: &Path) -> io::Result<()> {
    let mount = detached(directory.to_owned())?;
    kernel::make_read_only(mount.as_fd())?;
    let place = place.strip_prefix("/").map_err(io::Error::other)?;
    attach(&mount, Path::new("root").join(place))
}

fn detached(directory: PathBuf) -> io::Result<OwnedFd> {
    Ok(open_tree(CWD, directory, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)?)
}

fn attach(mount: &OwnedFd, place: impl rustix::path::Arg) -> io::Result<()> {
    Ok(move_mount(mount, "", CWD, place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}
