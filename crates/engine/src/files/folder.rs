//! Making directories.

use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::{Mode, mkdirat};

use super::error::{Error, SystemError};
use crate::paths::fence::{Located, Refusal};
use crate::paths::{PathMap, clean};

/// Makes a directory and what is missing above it. Every directory made gets the low nine bits of `mode` less the umask.
/// One that exists is left as it is.
///
/// # Errors
///
/// [`Error::Refused`] with operation `mkdir` and the directory that could not be made, in the caller's words.
pub fn make_folder(paths: &PathMap, path: impl AsRef<Path>, mode: u32) -> Result<(), Error> {
    let path = path.as_ref();
    let refused = |errno| Error::Refused(SystemError::new("mkdir", path, errno));
    let place = paths.place(path).map_err(refused)?;
    ensure(paths, &place.host, &clean(path), mode).map(drop).map_err(Error::Refused)
}

/// Opens the directory at `host`, made if need be. `shown` is what the caller calls it.
pub(super) fn ensure(paths: &PathMap, host: &Path, shown: &Path, mode: u32) -> Result<Located, SystemError> {
    // Downwards from the deepest that exists, over a list instead of recursion: length is the caller's.
    let mut missing = Vec::new();
    let (mut host, mut shown) = (host, shown);
    let mut directory = loop {
        if !paths.fence().permits(host) {
            return Err(SystemError::new("mkdir", shown, Errno::EACCES));
        }
        match paths.fence().open_path(host, OFlag::O_DIRECTORY) {
            Ok(directory) => break directory,
            // A link to nowhere is missing too; making it will fail because it is there.
            Err(Refusal::System(Errno::ENOENT)) => missing.push((host, shown)),
            // A file is in the way further up; the message names it.
            Err(Refusal::System(Errno::ENOTDIR)) if !is_there(paths, host) => missing.push((host, shown)),
            Err(refusal) => return Err(SystemError::new("mkdir", shown, refusal)),
        }
        let Some(parent) = host.parent() else {
            return Err(SystemError::new("mkdir", shown, Errno::ENOENT));
        };
        host = parent;
        shown = shown.parent().unwrap_or(Path::new(""));
    };
    for (host, shown) in missing.into_iter().rev() {
        directory = make(&directory, host, mode).map_err(|errno| SystemError::new("mkdir", shown, errno))?;
        if !paths.fence().permits(&directory.real) {
            return Err(SystemError::new("mkdir", shown, Errno::EACCES));
        }
    }
    Ok(directory)
}

/// Whether something, if no directory, is at `host` itself rather than in its way.
fn is_there(paths: &PathMap, host: &Path) -> bool {
    paths.fence().open_path(host, OFlag::empty()).is_ok()
}

fn make(parent: &Located, host: &Path, mode: u32) -> Result<Located, Errno> {
    let name = host.file_name().ok_or(Errno::EINVAL)?;
    match mkdirat(&parent.descriptor, name, Mode::from_bits_truncate(mode & 0o777)) {
        // Somebody else may have made it in between; if so it opens.
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(errno) => return Err(errno),
    }
    parent.child_directory(name).map_err(|errno| match errno {
        Errno::ELOOP | Errno::ENOTDIR => Errno::EEXIST,
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::testing::Tree;
    use super::*;

    #[test]
    fn every_missing_directory_is_made_with_the_mode() {
        let tree = Tree::new();
        make_folder(&tree.paths, "a/b/c/", 0o1700).unwrap();
        for path in ["a", "a/b", "a/b/c"] {
            assert_eq!(fs::metadata(tree.home(path)).unwrap().permissions().mode() & 0o7777, 0o700, "{path}");
        }
        make_folder(&tree.paths, "a/b", 0o755).unwrap();
        assert_eq!(fs::metadata(tree.home("a/b")).unwrap().permissions().mode() & 0o7777, 0o700);
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let tree = Tree::new();
        tree.write("f", "");
        tree.link("nowhere", "l");
        let text = |path: &str| make_folder(&tree.paths, path, 0o755).unwrap_err().to_string();
        assert_eq!(text("f"), "mkdir f: not a directory");
        assert_eq!(text("f/x/y"), "mkdir f: not a directory");
        assert_eq!(text("/home/daytona/f/x"), "mkdir /home/daytona/f: not a directory");
        assert_eq!(text("l/x"), "mkdir l: file exists");
        assert_eq!(text("/nowhere"), "mkdir /nowhere: permission denied");
        assert_eq!(tree.names("."), ["f", "l"]);
    }

    #[test]
    fn a_link_to_a_directory_is_gone_through() {
        let tree = Tree::new();
        tree.link("../workspace", "w");
        make_folder(&tree.paths, "w/d", 0o755).unwrap();
        assert!(tree.at("shared/pool/sandboxes/1/workspace/d").is_dir());
    }
}
