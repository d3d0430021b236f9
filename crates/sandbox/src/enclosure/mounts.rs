//! The mounts of a sandbox's root, made by its first process before anything else runs in it.
//!
//! Everything is named relative to the tree, which is the working directory meanwhile: paths of the host may hold
//! characters that mean something in an overlay's options.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::pivot_root;
use rustix::fs::CWD;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};

use super::skeleton::JOINED_WORK;
use super::{Enclosure, TOOLS, kernel};

/// Devices of the host every program may need.
pub(super) const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
/// The sandbox's own directories: name in the tree, and where they are seen.
pub(super) const OWN: [(&str, &str); 4] =
    [("home", "home/daytona"), ("tmp", "tmp"), ("workspace", "workspace"), ("var-tmp", "var/tmp")];

/// A directory of the tree nothing in the sandbox sees, so that it may be covered for a moment.
const ASIDE: &str = "run";

type Said = (&'static str, io::Error);

fn said(what: &'static str) -> impl Fn(nix::Error) -> Said {
    move |error| (what, error.into())
}

/// Builds the root and moves into it. What the process saw before is gone then.
pub(super) fn build(enclosure: &Enclosure, user_namespace: Option<&OwnedFd>) -> Result<(), Said> {
    // Nothing made here may show outside, nor anything made outside later show here.
    simple("/", "/", MsFlags::MS_REC | MsFlags::MS_PRIVATE).map_err(said("leave the host's mounts"))?;
    std::env::set_current_dir(&enclosure.tree).map_err(|error| ("enter the tree", error))?;
    let root = &enclosure.root;
    let is_own = root.starts_with(&enclosure.tree);
    match is_own {
        true => simple(root, root, MsFlags::MS_BIND).map_err(io::Error::from),
        false => read_only(root, root),
    }
    .map_err(|error| ("mount the root", error))?;
    if !enclosure.joined.is_empty() {
        copies_on_write(enclosure, user_namespace)?;
    }
    for name in &enclosure.apart {
        copy_on_write(name, enclosure, user_namespace)?;
    }
    for (name, place) in OWN {
        simple(name, root.join(place), MsFlags::MS_BIND)
            .map_err(said("mount the sandbox's own directories"))?;
    }
    devices(root)?;
    let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    fresh("proc", &root.join("proc"), quiet, "").map_err(said("mount /proc"))?;
    let shown = |directory: &Path| {
        Ok::<_, io::Error>(root.join(directory.strip_prefix("/").map_err(io::Error::other)?))
    };
    let expose = |directory: &Path, place: &Path| read_only(directory, &shown(place)?);
    expose(&enclosure.tools, Path::new(TOOLS)).map_err(|error| ("mount the tool directory", error))?;
    for directory in &enclosure.exposed {
        expose(directory, directory).map_err(|error| ("mount an exposed directory", error))?;
    }
    std::env::set_current_dir(root).map_err(|error| ("enter the root", error))?;
    // The old root ends up on top of the new one, from where it is taken off.
    pivot_root(".", ".").map_err(said("change the root"))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(said("leave the host's root"))?;
    std::env::set_current_dir("/").map_err(|error| ("enter the new root", error))
}

/// Mounts without a word to the file system.
fn simple(from: impl AsRef<Path>, to: impl AsRef<Path>, flags: MsFlags) -> nix::Result<()> {
    mount(Some(from.as_ref()), to.as_ref(), None::<&str>, flags, None::<&str>)
}

fn fresh(kind: &str, to: &Path, flags: MsFlags, options: &str) -> nix::Result<()> {
    mount(Some(kind), to, Some(kind), flags, Some(options))
}

/// Shows several of the host's top-level directories by one overlay over the host's root, of which nothing else stays in
/// sight.
fn copies_on_write(enclosure: &Enclosure, user_namespace: Option<&OwnedFd>) -> Result<(), Said> {
    let covers = overlay(Path::new("/"), "upper", JOINED_WORK, enclosure.volatile, user_namespace)?;
    for name in &enclosure.joined {
        show(&Path::new(ASIDE).join(name), &enclosure.root.join(name))?;
    }
    uncover(covers)
}

/// Shows one of them by an overlay over it alone.
fn copy_on_write(name: &str, enclosure: &Enclosure, user_namespace: Option<&OwnedFd>) -> Result<(), Said> {
    let (host, upper) = (Path::new("/").join(name), format!("upper/{name}"));
    let covers = overlay(&host, &upper, name, enclosure.volatile, user_namespace)?;
    show(Path::new(ASIDE), &enclosure.root.join(name))?;
    uncover(covers)
}

/// Mounts an overlay over a directory of the host [`ASIDE`]; what is changed there lands in the tree. How many mounts
/// there are then.
///
/// An overlay is told where its parts are by words with commas between them, so they are named relative to the tree.
fn overlay(
    host: &Path,
    upper: &str,
    work: &str,
    volatile: bool,
    user_namespace: Option<&OwnedFd>,
) -> Result<usize, Said> {
    let unsynced = if volatile { ",volatile" } else { "" };
    let options = |lower: &str, more: &str| {
        format!("lowerdir={lower},upperdir={upper},workdir=work/{work}{unsynced}{more}")
    };
    let (options, covers) = match user_namespace {
        // Names of top-level directories are plain.
        None => (options(&host.to_string_lossy(), ",userxattr"), 1),
        Some(user_namespace) => {
            // Seen through the mapping at the very place the overlay will cover.
            let lower = detached(host).map_err(|error| ("open a host directory", error))?;
            kernel::map_owners(lower.as_fd(), user_namespace.as_fd())
                .map_err(|error| ("map the owners of the host's files", error))?;
            attach(&lower, Path::new(ASIDE)).map_err(|error| ("attach a host directory", error))?;
            (options(ASIDE, ""), 2)
        }
    };
    fresh("overlay", Path::new(ASIDE), MsFlags::MS_NODEV, &options).map_err(said("mount an overlay"))?;
    Ok(covers)
}

fn show(directory: &Path, place: &Path) -> Result<(), Said> {
    simple(directory, place, MsFlags::MS_BIND).map_err(said("show a copy of a host directory"))
}

fn uncover(covers: usize) -> Result<(), Said> {
    let mut off = (0..covers).map(|_| umount2(ASIDE, MntFlags::MNT_DETACH));
    off.try_for_each(|taken| taken.map_err(said("take what was mounted aside off")))
}

/// The devices; no others exist in a sandbox.
fn devices(root: &Path) -> Result<(), Said> {
    for name in DEVICES {
        simple(Path::new("/dev").join(name), root.join("dev").join(name), MsFlags::MS_BIND)
            .map_err(said("mount devices"))?;
    }
    let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    let (terminals, memory) = (root.join("dev/pts"), root.join("dev/shm"));
    fresh("devpts", &terminals, quiet, "newinstance,ptmxmode=0666,mode=0620")
        .map_err(said("mount terminals"))?;
    fresh("tmpfs", &memory, MsFlags::MS_NOSUID | MsFlags::MS_NODEV, "mode=1777")
        .map_err(said("mount shared memory"))
}

fn read_only(directory: &Path, place: &Path) -> io::Result<()> {
    let mount = detached(directory)?;
    kernel::make_read_only(mount.as_fd())?;
    attach(&mount, place)
}

fn detached(directory: &Path) -> io::Result<OwnedFd> {
    Ok(open_tree(CWD, directory, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)?)
}

fn attach(mount: &OwnedFd, place: &Path) -> io::Result<()> {
    Ok(move_mount(mount, "", CWD, place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}
