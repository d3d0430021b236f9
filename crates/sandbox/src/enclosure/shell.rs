//! The root of a sandbox itself: mount points, devices, links.
//!
//! Sandboxes of the ordinary user cannot change it, so they share one; the superuser's have one each.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, statat};

use super::lay::{Owner, directory, finish, link, open, path, write};
use super::mounts::{DEVICES, OWN};
use super::skeleton::LOWERED;
use super::{Mapping, TOOLS, USER};

/// Directories of the root itself, with their modes.
const DIRECTORIES: [(&str, u32); 12] = [
    ("home", 0o755),
    // Exposed tools may lie below: those who know their way may pass.
    ("root", 0o711),
    ("tmp", 0o1777),
    ("run", 0o755),
    ("proc", 0o555),
    ("sys", 0o555),
    ("dev", 0o755),
    ("mnt", 0o755),
    ("media", 0o755),
    ("srv", 0o755),
    ("workspace", 0o755),
    ("var", 0o755),
];
/// Those nothing is mounted on or below: whatever root made of them stays.
const FREE: [&str; 3] = ["mnt", "media", "srv"];
/// Links in `/dev`, as every Linux has them.
const DEVICE_LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// What a root is made for.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    /// Names of the host's top-level directories seen there.
    pub(crate) lowered: Vec<String>,
    /// Directories seen there at the same path.
    pub(crate) exposed: Vec<PathBuf>,
    /// The number of the user inside.
    pub(crate) user_id: u32,
    pub(crate) mapping: Mapping,
}

impl Shell {
    /// Makes all of it in `root`, which is there, as far as it is not.
    pub(crate) fn make(&self, root: &Path) -> io::Result<()> {
        let root = open(CWD, root)?;
        let owner = Owner::of(self.mapping, 0);
        finish(&root, Path::new("."), 0o755, owner)?;
        let is_there = |name: &str| statat(&root, name, AtFlags::SYMLINK_NOFOLLOW).is_ok();
        for (name, mode) in DIRECTORIES {
            if FREE.contains(&name) && is_there(name) {
                continue;
            }
            directory(&root, name, mode, owner)?;
        }
        let user = Owner::of(self.mapping, self.user_id);
        directory(&open(&root, Path::new("home"))?, USER, 0o755, user)?;
        directory(&open(&root, Path::new("var"))?, "tmp", 0o1777, owner)?;
        make_devices(&open(&root, Path::new("dev"))?, owner)?;
        for name in LOWERED {
            if let Ok(target) = fs::read_link(Path::new("/").join(name)) {
                link(&root, &target, name, owner)?;
            }
        }
        for name in &self.lowered {
            let mode = fs::metadata(Path::new("/").join(name))?.mode() & 0o7777;
            directory(&root, name, mode, owner)?;
        }
        let places = self.exposed.iter().map(PathBuf::as_path).chain([Path::new(TOOLS)]);
        places.filter(|place| own(place).is_none()).try_for_each(|place| path(&root, place, owner))
    }
}

/// Makes the places of those exposed directories that lie below one of the sandbox's own, which lies over the root there.
pub(super) fn make_own_places(tree: &OwnedFd, exposed: &[PathBuf], owner: Owner) -> io::Result<()> {
    let below = exposed.iter().filter_map(|place| own(place));
    below.into_iter().try_for_each(|(name, rest)| path(&open(tree, Path::new(name))?, rest, owner))
}

/// Which of the sandbox's own directories a place lies in, and where there.
fn own(place: &Path) -> Option<(&'static str, &Path)> {
    let place = place.strip_prefix("/").ok()?;
    OWN.iter().find_map(|(name, seen)| Some((*name, place.strip_prefix(seen).ok()?)))
}

fn make_devices(dev: &OwnedFd, owner: Owner) -> io::Result<()> {
    directory(dev, "pts", 0o755, owner)?;
    directory(dev, "shm", 0o1777, owner)?;
    for name in DEVICES {
        match statat(dev, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {}
            _ => write(dev, name, b"", 0o644, owner)?,
        }
    }
    DEVICE_LINKS.iter().try_for_each(|(name, target)| link(dev, Path::new(target), name, owner))
}

#[cfg(test)]
mod tests {
    use super::super::USER_ID;
    use super::*;

    fn shell(exposed: &[&str]) -> Shell {
        Shell {
            lowered: vec!["etc".into(), "usr".into()],
            exposed: exposed.iter().map(PathBuf::from).collect(),
            user_id: USER_ID,
            mapping: Mapping::Single,
        }
    }

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for name in ["home", "workspace", "tmp", "var-tmp", "root"] {
            fs::create_dir(tree.path().join(name)).unwrap();
        }
        tree
    }

    #[test]
    fn a_link_in_the_place_of_a_mount_point_is_not_followed() {
        let tree = tree();
        let outside = tempfile::tempdir().unwrap();
        shell(&["/outside/tools"]).make(&tree.path().join("root")).unwrap();
        for place in ["root/outside/tools", "root/dev/null", "root/usr"] {
            let place = tree.path().join(place);
            let _ = fs::remove_dir_all(&place).or_else(|_| fs::remove_file(&place));
            std::os::unix::fs::symlink(outside.path().join("made"), &place).unwrap();
        }
        fs::remove_file(tree.path().join("root/outside/tools")).unwrap();
        fs::remove_dir(tree.path().join("root/outside")).unwrap();
        std::os::unix::fs::symlink(outside.path(), tree.path().join("root/outside")).unwrap();
        shell(&["/outside/tools"]).make(&tree.path().join("root")).unwrap();
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0, "something was made through a link");
        assert!(tree.path().join("root/outside/tools").is_dir());
        assert!(fs::symlink_metadata(tree.path().join("root/dev/null")).unwrap().is_file());
    }

    #[test]
    fn what_is_exposed_below_a_directory_of_the_sandboxs_own_gets_its_place_there() {
        let tree = tree();
        let shell = shell(&["/tmp/a/tools", "/var/tmp/b/tools", "/home/daytona/c", "/home/ann/d"]);
        shell.make(&tree.path().join("root")).unwrap();
        make_own_places(&open(CWD, tree.path()).unwrap(), &shell.exposed, Owner::nobody()).unwrap();
        for place in ["tmp/a/tools", "var-tmp/b/tools", "home/c", "root/home/ann/d"] {
            assert!(tree.path().join(place).is_dir(), "{place}");
        }
        assert!(!tree.path().join("root/tmp/a").exists());
    }
}
