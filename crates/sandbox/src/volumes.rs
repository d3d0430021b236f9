//! Directories that sandboxes share and that outlive them: where they lie, and how a tree without mounts shows them.
//!
//! ```text
//! <root>/volumes/<id>/…          what sandboxes put there
//! <tree>/home/data ─▶ …/<id>     on the rung `process`: a link, made anew at every start
//! ```
//!
//! With a root of its own a sandbox has them mounted (`enclosure::shared`). Either way nothing of them lies in its tree:
//! they are neither archived nor copied with it.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, readlinkat, symlinkat, unlinkat};
use rustix::io::Errno;

use crate::layout::is_valid_id;
use crate::root::{Root, make_directory};
use crate::{Directories, VolumeMount};

const VOLUMES: &str = "volumes";
/// In the `run` directory of a tree: where its links are.
const LINKS: &str = "volumes.json";
/// No sandbox has so many, in bytes.
const LONGEST_NOTE: u64 = 1 << 20;

impl Root {
    /// Where a volume's files lie.
    pub(crate) fn volume(&self, id: &str) -> PathBuf {
        self.path().join(VOLUMES).join(id)
    }

    /// Makes the directory of a volume, unless it is there. Every user of every sandbox it is shown in may write to it.
    pub(crate) fn make_volume(&self, id: &str) -> io::Result<PathBuf> {
        if !is_valid_id(id) {
            return Err(io::Error::other(format!("`{id}` cannot name a volume")));
        }
        make_directory(&self.path().join(VOLUMES))?;
        let path = self.volume(id);
        match DirBuilder::new().mode(0o777).create(&path) {
            // The umask has a say in `create`.
            Ok(()) => fs::set_permissions(&path, Permissions::from_mode(0o777))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        Ok(path)
    }

    /// Takes a volume's files away; what is still to be deleted.
    pub(crate) fn discard_volume(&self, id: &str) -> io::Result<Option<PathBuf>> {
        let grave = self.grave(id);
        match fs::rename(self.volume(id), &grave) {
            Ok(()) => Ok(Some(grave)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The volumes there are.
    pub(crate) fn volumes(path: &Path) -> Vec<String> {
        crate::root::names(&path.join(VOLUMES))
    }

    /// Where they are.
    pub(crate) fn all_volumes(&self) -> PathBuf {
        self.path().join(VOLUMES)
    }
}

/// The mounts of a sandbox, those that others lie in first.
pub(crate) fn in_order(mounts: &[VolumeMount]) -> Vec<VolumeMount> {
    let mut mounts = mounts.to_vec();
    mounts.sort_by_key(|mount| Path::new(&mount.target).components().count());
    mounts
}

/// A directory of `parent`, made unless it is there. A link is not followed: whoever writes to a volume could make one
/// that leads out of it. `made` sees what was made.
pub(crate) fn step(
    parent: &OwnedFd,
    name: &OsStr,
    made: impl FnOnce(&OwnedFd, &Path) -> io::Result<()>,
) -> io::Result<OwnedFd> {
    match mkdirat(parent, name, Mode::from_raw_mode(0o777)) {
        Ok(()) => made(parent, Path::new(name))?,
        Err(Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::PATH | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty()).map_err(|error| match error {
        Errno::NOTDIR | Errno::LOOP => io::Error::other(format!("{} is no directory", name.display())),
        error => error.into(),
    })
}

/// The components of a path that lead somewhere.
pub(crate) fn parts(path: &str) -> impl Iterator<Item = &OsStr> {
    Path::new(path).components().filter_map(|component| match component {
        Component::Normal(name) => Some(name),
        _ => None,
    })
}

/// Shows volumes in a tree by links, and notes in it where they are.
pub(crate) fn link(directories: &Directories, root: &Root, mounts: &[VolumeMount]) -> io::Result<()> {
    let places: Vec<PathBuf> = mounts
        .iter()
        .map(|mount| {
            link_one(directories, root, mount)
                .map_err(|error| io::Error::new(error.kind(), format!("volume at {}: {error}", mount.target)))
        })
        .collect::<io::Result<_>>()?;
    if places.is_empty() {
        return Ok(());
    }
    fs::write(directories.run.join(LINKS), serde_json::to_vec(&places)?)
}

/// Takes the links to volumes out of the copy of a tree: whoever begins with these files was given no volume.
pub(crate) fn unlink(tree: &Path, copy: &Path) -> io::Result<()> {
    let run = match open(&tree.join("run")) {
        Ok(run) => run,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let note = match openat(&run, LINKS, flags, Mode::empty()) {
        Ok(note) => fs::File::from(note),
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    // What a sandbox has made of the note is its own affair: links are all that goes, and only in this copy.
    let places: Vec<String> = serde_json::from_reader(note.take(LONGEST_NOTE)).unwrap_or_default();
    places.iter().for_each(|place| drop(unlink_one(copy, place)));
    Ok(())
}

fn unlink_one(copy: &Path, place: &str) -> io::Result<()> {
    let mut here = open(copy)?;
    let mut parts: Vec<&OsStr> = parts(place).collect();
    let name = parts.pop().ok_or(io::ErrorKind::InvalidInput)?;
    for part in parts {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::PATH | OFlags::CLOEXEC;
        here = openat(&here, part, flags, Mode::empty())?;
    }
    readlinkat(&here, name, Vec::new())?;
    Ok(unlinkat(&here, name, AtFlags::empty())?)
}

/// Makes one link; where it is in the tree.
fn link_one(directories: &Directories, root: &Root, mount: &VolumeMount) -> io::Result<PathBuf> {
    let (top, rest) = below(directories, &mount.target)
        .ok_or_else(|| io::Error::other("a sandbox without a root of its own has no such place"))?;
    let mut source = root.make_volume(&mount.volume)?;
    let mut seen = open(&source)?;
    for part in mount.subpath.as_deref().map(parts).into_iter().flatten() {
        seen = step(&seen, part, |_, _| Ok(()))?;
        source.push(part);
    }
    let mut here = open(top)?;
    let place = top.strip_prefix(&directories.tree).map_err(io::Error::other)?.join(rest);
    let mut rest: Vec<&OsStr> = parts(rest).collect();
    let name = rest.pop().ok_or_else(|| io::Error::other("the sandbox's own directory is there"))?;
    for part in rest {
        here = step(&here, part, |_, _| Ok(()))?;
    }
    place_link(&here, name, &source)?;
    Ok(place)
}

/// Makes a link, in the place of an older one or of an empty directory.
fn place_link(parent: &OwnedFd, name: &OsStr, target: &Path) -> io::Result<()> {
    match symlinkat(target, parent, name) {
        Err(Errno::EXIST) => {}
        other => return Ok(other?),
    }
    match readlinkat(parent, name, Vec::new()) {
        Ok(there) if there.to_bytes() == target.as_os_str().as_encoded_bytes() => return Ok(()),
        Ok(_) => unlinkat(parent, name, AtFlags::empty())?,
        Err(_) => unlinkat(parent, name, AtFlags::REMOVEDIR)?,
    }
    Ok(symlinkat(target, parent, name)?)
}

/// The directory of the tree a path inside lies in, and what follows.
fn below<'a>(directories: &'a Directories, target: &'a str) -> Option<(&'a Path, &'a str)> {
    [("/home/daytona/", &directories.home), ("/workspace/", &directories.workspace)]
        .into_iter()
        .find_map(|(name, place)| Some((place.as_path(), target.strip_prefix(name)?)))
}

fn open(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::PATH | OFlags::CLOEXEC;
    Ok(openat(CWD, path, flags, Mode::empty())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(volume: &str, subpath: Option<&str>, target: &str) -> VolumeMount {
        VolumeMount { volume: volume.into(), subpath: subpath.map(ToOwned::to_owned), target: target.into() }
    }

    fn world() -> (tempfile::TempDir, Root, Directories) {
        let place = tempfile::tempdir().unwrap();
        let root = Root::persistent(place.path()).unwrap();
        let directories = Directories::below(root.tree("s1"));
        directories.make().unwrap();
        (place, root, directories)
    }

    #[test]
    fn a_link_shows_the_volume_at_every_start_and_files_outlive_it() {
        let (_place, root, directories) = world();
        let mounts = [mount("v1", None, "/home/daytona/a/data"), mount("v1", Some("x/y"), "/workspace/part")];
        for _ in 0..2 {
            link(&directories, &root, &mounts).unwrap();
        }
        fs::write(directories.workspace.join("part/file"), "text").unwrap();
        assert_eq!(fs::read_to_string(directories.home.join("a/data/x/y/file")).unwrap(), "text");
        fs::remove_file(directories.home.join("a/data")).unwrap();
        fs::create_dir(directories.home.join("a/data")).unwrap();
        link(&directories, &root, &mounts).unwrap();
        assert!(directories.home.join("a/data/x/y/file").is_file(), "an empty directory gives way");
        crate::removal::remove_tree(&directories.tree).unwrap();
        assert!(root.volume("v1").join("x/y/file").is_file());
    }

    #[test]
    fn what_a_sandbox_keeps_where_a_volume_belongs_is_not_thrown_away() {
        let (_place, root, directories) = world();
        fs::create_dir(directories.home.join("data")).unwrap();
        fs::write(directories.home.join("data/mine"), "").unwrap();
        assert!(link(&directories, &root, &[mount("v1", None, "/home/daytona/data")]).is_err());
        assert!(directories.home.join("data/mine").is_file());
    }

    #[test]
    fn links_in_a_volume_or_a_tree_lead_nowhere_else() {
        let (place, root, directories) = world();
        let outside = place.path().join("outside");
        fs::create_dir(&outside).unwrap();
        let volume = root.make_volume("v1").unwrap();
        std::os::unix::fs::symlink(&outside, volume.join("way")).unwrap();
        std::os::unix::fs::symlink(&outside, directories.home.join("way")).unwrap();
        for bad in [
            mount("v1", Some("way/x"), "/home/daytona/data"),
            mount("v1", Some("way"), "/home/daytona/data"),
            mount("v1", None, "/home/daytona/way/data"),
            mount("v1", None, "/srv/data"),
            mount("v1", None, "/home/daytona"),
            mount("../outside", None, "/home/daytona/data"),
        ] {
            assert!(link(&directories, &root, std::slice::from_ref(&bad)).is_err(), "{bad:?}");
        }
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }

    #[test]
    fn a_copy_of_a_tree_has_no_links_to_its_volumes_and_keeps_every_other_one() {
        let (place, root, directories) = world();
        let mounts = [mount("v1", None, "/home/daytona/a/data"), mount("v1", None, "/workspace/data/")];
        link(&directories, &root, &mounts).unwrap();
        std::os::unix::fs::symlink("a", directories.home.join("own")).unwrap();
        let copy = place.path().join("copy");
        crate::tree::copy(&directories.tree, &copy).unwrap();
        for _ in 0..2 {
            unlink(&directories.tree, &copy).unwrap();
        }
        for gone in ["home/a/data", "workspace/data"] {
            assert!(fs::symlink_metadata(copy.join(gone)).is_err(), "{gone}");
        }
        assert!(copy.join("home/own").is_symlink() && directories.home.join("a/data").is_symlink());
        let forged = r#"["home/own/../../../outside", "home", "/", ""]"#;
        fs::write(directories.run.join(LINKS), forged).unwrap();
        unlink(&directories.tree, &copy).unwrap();
        assert!(copy.join("home").is_dir() && place.path().join("volumes/v1").is_dir());
    }

    #[test]
    fn a_volume_goes_at_once_and_one_that_is_gone_is_no_trouble() {
        let (_place, root, _directories) = world();
        fs::write(root.make_volume("v1").unwrap().join("file"), "").unwrap();
        assert!(root.discard_volume("v1").unwrap().is_some());
        assert!(!root.volume("v1").exists());
        assert!(root.discard_volume("v1").unwrap().is_none());
    }
}
