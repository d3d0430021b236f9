//! Deleting a tree that may resist: closed directories, any depth, links that lead out.
//!
//! Nothing is followed: every step is relative to an open directory and refuses links. Depth costs nothing: a directory
//! found inside another is first moved up to the top, so that two levels are open at most.

use std::ffi::{CStr, CString};
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, RenameFlags, openat, renameat_with, unlinkat};
use rustix::io::Errno;

/// Deletes `path` and all below it. One that is not there is deleted already.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // Closed directories, or more levels than descriptors: the thorough way.
        Err(_) => {}
    }
    let top = open_directory(CWD, &CString::new(path.as_os_str().as_encoded_bytes())?)?;
    let mut moved = 0_u64;
    while empty(&top, &mut moved)? {}
    fs::remove_dir(path)
}

/// One pass over `top`: files go, empty directories go, directories' own content goes or moves up. True when
/// something was moved up, so that another pass is needed.
fn empty(top: &OwnedFd, moved: &mut u64) -> io::Result<bool> {
    let mut again = false;
    for (name, kind) in entries(top)? {
        if kind != FileType::Directory {
            unlink(top, &name, AtFlags::empty())?;
            continue;
        }
        let inner = open_directory(top, &name)?;
        for (child, kind) in entries(&inner)? {
            if kind != FileType::Directory {
                unlink(&inner, &child, AtFlags::empty())?;
                continue;
            }
            // Moving a directory changes its `..`, for which it must be writable.
            drop(open_directory(&inner, &child)?);
            move_up(&inner, &child, top, moved)?;
            again = true;
        }
        drop(inner);
        unlink(top, &name, AtFlags::REMOVEDIR)?;
    }
    Ok(again)
}

/// Opens a directory for reading and changing, never through a link, and opens it up if it is closed.
fn open_directory(parent: impl AsFd, name: &CStr) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // By its descriptor, so that nothing can be put in its place between the two steps.
    let handle = openat(&parent, name, flags | OFlags::PATH, Mode::empty())?;
    let entry = format!("/proc/self/fd/{}", handle.as_raw_fd());
    let mode = fs::metadata(&entry)?.permissions().mode();
    if mode & 0o700 != 0o700 {
        fs::set_permissions(&entry, fs::Permissions::from_mode(mode | 0o700))?;
    }
    Ok(openat(&handle, c".", flags | OFlags::RDONLY, Mode::empty())?)
}

fn entries(directory: &OwnedFd) -> io::Result<Vec<(CString, FileType)>> {
    let mut found = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        let mut kind = entry.file_type();
        if kind == FileType::Unknown {
            let stat = rustix::fs::statat(directory, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)?;
            kind = FileType::from_raw_mode(stat.st_mode);
        }
        found.push((entry.file_name().to_owned(), kind));
    }
    Ok(found)
}

fn unlink(directory: &OwnedFd, name: &CStr, flags: AtFlags) -> io::Result<()> {
    match unlinkat(directory, name, flags) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn move_up(from: &OwnedFd, name: &CStr, top: &OwnedFd, moved: &mut u64) -> io::Result<()> {
    loop {
        *moved += 1;
        let fresh = CString::new(format!(".removed-{moved}"))?;
        match renameat_with(from, name, top, &fresh, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_tree_deeper_than_any_path_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let tree = place.path().join("tree");
        fs::create_dir(&tree).unwrap();
        let mut here = openat(CWD, &tree, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty()).unwrap();
        for _ in 0..500 {
            rustix::fs::mkdirat(&here, "deeper-and-deeper", Mode::RWXU).unwrap();
            here = openat(&here, "deeper-and-deeper", OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty())
                .unwrap();
        }
        drop(here);
        let top = open_directory(CWD, &CString::new(tree.as_os_str().as_encoded_bytes()).unwrap()).unwrap();
        let mut moved = 0;
        while empty(&top, &mut moved).unwrap() {}
        assert_eq!(fs::read_dir(&tree).unwrap().count(), 0);
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn links_are_removed_and_what_they_lead_to_stays() {
        let place = tempfile::tempdir().unwrap();
        let (tree, outside) = (place.path().join("tree"), place.path().join("outside"));
        fs::create_dir_all(tree.join("inner")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "kept").unwrap();
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o755)).unwrap();
        symlink(&outside, tree.join("link")).unwrap();
        symlink(&outside, tree.join("inner/link")).unwrap();
        symlink("/", tree.join("inner/root")).unwrap();
        let top = open_directory(CWD, &CString::new(tree.as_os_str().as_encoded_bytes()).unwrap()).unwrap();
        let mut moved = 0;
        while empty(&top, &mut moved).unwrap() {}
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
        assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "kept");
    }

    #[test]
    fn closed_directories_are_opened_up_first() {
        let place = tempfile::tempdir().unwrap();
        let tree = place.path().join("tree");
        fs::create_dir_all(tree.join("closed/inner")).unwrap();
        fs::write(tree.join("closed/inner/file"), "").unwrap();
        for path in ["closed/inner", "closed"] {
            fs::set_permissions(tree.join(path), fs::Permissions::from_mode(0o000)).unwrap();
        }
        // Root may read closed directories anyway, so the thorough way is taken by hand.
        let top = open_directory(CWD, &CString::new(tree.as_os_str().as_encoded_bytes()).unwrap()).unwrap();
        let mut moved = 0;
        while empty(&top, &mut moved).unwrap() {}
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn removing_what_is_not_there_is_no_error() {
        let place = tempfile::tempdir().unwrap();
        remove_tree(&place.path().join("never")).unwrap();
    }

    #[test]
    fn a_link_in_the_place_of_the_tree_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let outside = place.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "").unwrap();
        symlink(&outside, place.path().join("tree")).unwrap();
        let _ = remove_tree(&place.path().join("tree"));
        assert!(outside.join("kept").exists());
    }
}
