//! Text replaced in files.

use std::io::Read;
use std::path::Path;

use memchr::memmem::find_iter;
use nix::errno::Errno;
use nix::sys::stat::SFlag;

use super::error::{SystemError, failing};
use super::upload::Upload;
use crate::paths::PathMap;
use crate::paths::fence::{errno_of, is};

/// Replaces every `text` in one file by `new`, literally. The file is written anew even without a match; its mode stays
/// and links to it are followed. It is held in memory as a whole.
///
/// # Errors
///
/// With operation `open`, `read` or `write`.
pub fn replace(paths: &PathMap, path: impl AsRef<Path>, text: &[u8], new: &[u8]) -> Result<(), SystemError> {
    let path = path.as_ref();
    let place = paths.place(path).map_err(failing("open", path))?;
    let located = paths.fence().open(&place).map_err(failing("open", path))?;
    let stat = located.stat().map_err(failing("read", path))?;
    if is(&stat, SFlag::S_IFDIR) {
        return Err(SystemError::new("read", path, Errno::EISDIR));
    }
    if !is(&stat, SFlag::S_IFREG) {
        // Pipes and devices have no end that could be waited for.
        return Err(SystemError::new("read", path, Errno::EINVAL));
    }
    let mut content = Vec::with_capacity(usize::try_from(stat.st_size).unwrap_or_default());
    let mut reader = located.reader().map_err(failing("open", path))?;
    reader.read_to_end(&mut content).map_err(|error| SystemError::new("read", path, errno_of(&error)))?;
    let mut upload = Upload::open(paths, path)?;
    let failed = |error: std::io::Error| SystemError::new("write", path, errno_of(&error));
    let mut rest = 0;
    for position in find_iter(&content, text) {
        upload.write(&content[rest..position]).map_err(failed)?;
        upload.write(new).map_err(failed)?;
        rest = position + text.len();
    }
    upload.write(&content[rest..]).map_err(failed)?;
    upload.commit().map(drop)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::testing::Tree;
    use super::*;

    #[test]
    fn every_occurrence_is_replaced_literally() {
        let tree = Tree::new();
        tree.write("f", "a.b a.b axb\n1\n2\n");
        tree.link("f", "l");
        fs::set_permissions(tree.home("f"), fs::Permissions::from_mode(0o600)).unwrap();
        replace(&tree.paths, "l", b"a.b", b"").unwrap();
        replace(&tree.paths, "l", b"1\n2", b"x").unwrap();
        assert_eq!(tree.read("f"), "  axb\nx\n");
        assert_eq!(fs::metadata(tree.home("f")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_cannot_be_read_or_written_is_named() {
        let tree = Tree::new();
        tree.write("s/f", "x");
        nix::unistd::mkfifo(&tree.home("p"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let text = |path: &str| replace(&tree.paths, path, b"x", b"y").unwrap_err().to_string();
        assert_eq!(text("s/nope"), "open s/nope: no such file or directory");
        assert_eq!(text("s"), "read s: is a directory");
        assert_eq!(text("p"), "read p: invalid argument");
        assert_eq!(text("/etc/passwd"), "open /etc/passwd: permission denied");
        fs::set_permissions(tree.home("s/f"), fs::Permissions::from_mode(0o444)).unwrap();
        if !nix::unistd::Uid::effective().is_root() {
            assert_eq!(text("s/f"), "open s/f: permission denied");
        }
    }
}
