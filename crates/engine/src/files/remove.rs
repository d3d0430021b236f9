//! Deleting.

use std::path::Path;

use nix::errno::Errno;
use nix::sys::stat::SFlag;
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::error::{Error, SystemError, failing};
use super::look::{Seen, look};
use crate::paths::fence::{Entry, Refusal, errno_of, is};
use crate::paths::{PathMap, Place};

/// Deletes a file, a link (never what it leads to) or, when `recursive`, a directory with all in it.
///
/// The sandbox's own top directories and shared folders stay, whatever is asked: they answer `EBUSY`.
///
/// # Errors
///
/// [`Error::System`] when there is nothing to delete, a link to nowhere included; [`Error::NeedsRecursive`];
/// [`Error::Refused`] when the system did not let go of it.
pub fn remove(paths: &PathMap, path: impl AsRef<Path>, recursive: bool) -> Result<(), Error> {
    let path = path.as_ref();
    let place = paths.place(path).map_err(failing("stat", path))?;
    if let Seen::Target(target) = look(paths, &place, path)? {
        let stat = target.stat().map_err(failing("stat", path))?;
        if is(&stat, SFlag::S_IFDIR) && !recursive {
            return Err(Error::NeedsRecursive);
        }
    }
    let operation = if recursive { "unlinkat" } else { "remove" };
    let refused = |errno: Errno| Error::Refused(SystemError::new(operation, path, errno));
    let entry = own_entry(paths, &place).map_err(refused)?;
    if paths.fence().anchors(&entry.real()) {
        return Err(refused(Errno::EBUSY));
    }
    remove_entry(&entry).map_err(refused)
}

/// The entry of something that was looked at already and so lies inside. Where its directory does not, it is one of the
/// fence's own posts.
pub(super) fn own_entry(paths: &PathMap, place: &Place) -> Result<Entry, Errno> {
    match paths.fence().entry(&place.host) {
        Err(Refusal::Outside) => Err(Errno::EBUSY),
        entry => Ok(entry?),
    }
}

/// Removes one entry, with all that is in it when it is a directory.
pub(super) fn remove_entry(entry: &Entry) -> Result<(), Errno> {
    if !is(&entry.stat()?, SFlag::S_IFDIR) {
        return unlinkat(&entry.parent.descriptor, entry.name.as_os_str(), UnlinkatFlags::NoRemoveDir);
    }
    // The standard library goes down by descriptors and never through links.
    std::fs::remove_dir_all(entry.path()).map_err(|error| errno_of(&error))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Tree;
    use super::*;

    #[test]
    fn directories_and_links_to_them_go_only_when_asked() {
        let tree = Tree::new();
        tree.write("d/e/x", "");
        tree.link("d", "l");
        for path in ["d", "l", "d/e"] {
            assert_eq!(remove(&tree.paths, path, false), Err(Error::NeedsRecursive), "{path}");
        }
        remove(&tree.paths, "l", true).unwrap();
        assert_eq!(tree.names("d/e"), ["x"]);
        remove(&tree.paths, "d", true).unwrap();
        assert!(tree.names(".").is_empty());
    }

    #[test]
    fn a_link_goes_and_its_file_stays() {
        let tree = Tree::new();
        tree.write("f", "");
        tree.link("f", "l");
        remove(&tree.paths, "l", false).unwrap();
        assert_eq!(tree.names("."), ["f"]);
    }

    #[test]
    fn nothing_and_a_link_to_nothing_are_missing() {
        let tree = Tree::new();
        tree.link("nowhere", "l");
        for recursive in [false, true] {
            for path in ["nope", "l"] {
                let error = remove(&tree.paths, path, recursive).unwrap_err();
                assert_eq!(error.to_string(), format!("stat {path}: no such file or directory"));
            }
        }
        assert_eq!(tree.names("."), ["l"]);
    }
}
