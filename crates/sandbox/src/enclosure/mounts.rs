//! The mounts of a sandbox's root, made by its first process before anything else runs in it.
//!
//! Everything is named relative to the tree, which is the working directory meanwhile: paths of the host may hold
//! characters that mean something in an overlay's options.

use std::fs::{Permissions, create_dir_all, read_dir, set_permissions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::pivot_root;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};

use super::skeleton::{JOINED_WORK, SLASH};
use super::{Enclosure, Mapping, TOOLS, kernel, shared};
use crate::removal::remove_tree;

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
        _ if !enclosure.layers.is_empty() => over_image(enclosure)?,
        true => simple(root, root, MsFlags::MS_BIND).map_err(said("mount the root"))?,
        false => read_only(root, root).map_err(|error| ("mount the root", error))?,
    }
    if !enclosure.joined.is_empty() {
        copies_on_write(enclosure, user_namespace)?;
    }
    for name in &enclosure.apart {
        copy_on_write(name, enclosure, user_namespace)?;
    }
    for (name, place) in OWN {
        own(name, name, &root.join(place), enclosure)
            .map_err(|error| ("mount the sandbox's own directories", error))?;
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
    shared::mount(enclosure).map_err(|error| ("mount a volume", error))?;
    if is_own && enclosure.user_id != 0 && enclosure.layers.is_empty() {
        close(root).map_err(|error| ("mount the root", error))?;
    }
    std::env::set_current_dir(root).map_err(|error| ("enter the root", error))?;
    // The old root ends up on top of the new one, from where it is taken off.
    pivot_root(".", ".").map_err(said("change the root"))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(said("leave the host's root"))?;
    std::env::set_current_dir("/").map_err(|error| ("enter the new root", error))
}

/// Makes a root of the sandbox's own as unchangeable for its ordinary user as the one that many share.
fn close(root: &Path) -> io::Result<()> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    kernel::make_read_only(openat(CWD, root, flags, Mode::empty())?.as_fd())
}

/// Mounts without a word to the file system.
fn simple(from: impl AsRef<Path>, to: impl AsRef<Path>, flags: MsFlags) -> nix::Result<()> {
    mount(Some(from.as_ref()), to.as_ref(), None::<&str>, flags, None::<&str>)
}

fn fresh(kind: &str, to: &Path, flags: MsFlags, options: &str) -> nix::Result<()> {
    mount(Some(kind), to, Some(kind), flags, Some(options))
}

/// Makes `/` what the image's was, with what every sandbox has there.
fn over_image(enclosure: &Enclosure) -> Result<(), Said> {
    let root = &enclosure.root;
    let fail = |error| ("mount the root", error);
    own("root", SLASH, root, enclosure).map_err(fail)?;
    // Only now the image's part of it can be seen.
    enclosure.shell().make(root).map_err(|error| ("lay the root out", error))?;
    if enclosure.mapping == Mapping::Single && enclosure.user_id != 0 {
        // It belongs to the sandbox's user, who must not change it.
        set_permissions(root, Permissions::from_mode(0o555)).map_err(fail)?;
    }
    Ok(())
}

/// Shows one of the sandbox's own directories, over what an image has of it.
fn own(name: &str, work: &str, place: &Path, enclosure: &Enclosure) -> io::Result<()> {
    let below = enclosure.below(name);
    let is_empty = |part: &PathBuf| read_dir(part).is_ok_and(|mut entries| entries.next().is_none());
    if below.iter().all(is_empty) {
        return Ok(simple(name, place, MsFlags::MS_BIND)?);
    }
    let options = options(&below, name, work, enclosure);
    Ok(fresh("overlay", place, MsFlags::MS_NODEV, &options)?)
}

/// What an overlay is told. Names of layers are plain, and so are those of top-level directories.
fn options(lower: &[PathBuf], upper: &str, work: &str, enclosure: &Enclosure) -> String {
    let lower: Vec<_> = lower.iter().map(|lower| lower.to_string_lossy()).collect();
    let unsynced = if enclosure.volatile { ",volatile" } else { "" };
    let marks = if enclosure.mapping == Mapping::Single { ",userxattr" } else { "" };
    format!("lowerdir={},upperdir={upper},workdir=work/{work}{unsynced}{marks}", lower.join(":"))
}

/// Shows several of the host's top-level directories by one overlay over the host's root, of which nothing else stays in
/// sight.
fn copies_on_write(enclosure: &Enclosure, user_namespace: Option<&OwnedFd>) -> Result<(), Said> {
    let covers = overlay(Path::new("/"), "upper", JOINED_WORK, enclosure, user_namespace)?;
    for name in &enclosure.joined {
        show(&Path::new(ASIDE).join(name), &enclosure.root.join(name))?;
    }
    uncover(covers)
}

/// Shows one of them by an overlay over it alone.
fn copy_on_write(name: &str, enclosure: &Enclosure, user_namespace: Option<&OwnedFd>) -> Result<(), Said> {
    let (host, upper) = (Path::new("/").join(name), format!("upper/{name}"));
    let covers = overlay(&host, &upper, name, enclosure, user_namespace)?;
    show(Path::new(ASIDE), &enclosure.root.join(name))?;
    uncover(covers)
}

/// Mounts an overlay over a directory of the host, and what images have of it, [`ASIDE`]; what is changed there lands in the tree. How many mounts
/// there are then.
///
/// An overlay is told where its parts are by words with commas between them, so they are named relative to the tree.
fn overlay(
    host: &Path,
    upper: &str,
    work: &str,
    enclosure: &Enclosure,
    user_namespace: Option<&OwnedFd>,
) -> Result<usize, Said> {
    let (mut below, mut covers) = (host.to_owned(), 0);
    if let Some(user_namespace) = user_namespace {
        // Seen through the mapping at the very place the overlay will cover.
        let lower = detached(host).map_err(|error| ("open a host directory", error))?;
        kernel::map_owners(lower.as_fd(), user_namespace.as_fd())
            .map_err(|error| ("map the owners of the host's files", error))?;
        attach(&lower, Path::new(ASIDE)).map_err(|error| ("attach a host directory", error))?;
        (below, covers) = (ASIDE.into(), covers + 1);
    }
    let layers = enclosure.below(upper);
    let lay = |below: PathBuf| {
        let all: Vec<_> = layers.iter().cloned().chain([below]).collect();
        let options = options(&all, upper, work, enclosure);
        fresh("overlay", Path::new(ASIDE), MsFlags::MS_NODEV, &options)
    };
    match lay(below.clone()) {
        // No layer may lie in another. What an overlay of its own shows is another file system.
        Err(nix::Error::ELOOP) if !layers.is_empty() => {
            // What the attempt left there would forbid the next one.
            let own_work = Path::new("work").join(work);
            let cleared = remove_tree(&own_work).and_then(|()| create_dir_all(&own_work));
            let shown = cleared.and_then(|()| alone(&below, work, enclosure));
            shown.map_err(|error| ("mount a host directory aside", error))?;
            covers += 1;
            lay(ASIDE.into())
        }
        laid => laid,
    }
    .map_err(said("mount an overlay"))?;
    Ok(covers + 1)
}

/// Shows a directory of the host [`ASIDE`] by an overlay nothing is ever changed in.
fn alone(host: &Path, work: &str, enclosure: &Enclosure) -> io::Result<()> {
    let (upper, work) = (format!("work/base/{work}/upper"), format!("base/{work}/work"));
    create_dir_all(&upper)?;
    create_dir_all(Path::new("work").join(&work))?;
    let options = options(&[host.to_owned()], &upper, &work, enclosure);
    Ok(fresh("overlay", Path::new(ASIDE), MsFlags::MS_NODEV, &options)?)
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
