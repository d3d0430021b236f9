//! Moving and renaming.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat, readlinkat, renameat};
use nix::sys::stat::{FchmodatFlags, FileStat, Mode, SFlag, fchmodat, mkdirat};
use nix::unistd::symlinkat;

use super::error::{Error, SystemError, failing};
use super::look::{Seen, look};
use super::names::Names;
use super::remove::{own_entry, remove_entry};
use crate::paths::fence::{Entry, Located, errno_of, is};
use crate::paths::{PathMap, Place};

/// How a move ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It lies at its new place only.
    Completely,
    /// It was copied to another file system and the original could not be deleted, for this reason.
    SourceKept(String),
}

/// Moves a file, a link or a directory to a path nothing lies at. Works across file systems: links stay links there, and
/// modes and times of files are kept.
///
/// # Errors
///
/// [`Error::System`] when the source or the directory it is to go to is missing or forbidden (absolute paths in the
/// text), [`Error::DestinationExists`], or [`Error::MoveFailed`] for the rest, a directory moved into itself included.
pub fn relocate(
    paths: &PathMap,
    source: impl AsRef<Path>,
    destination: impl AsRef<Path>,
) -> Result<Moved, Error> {
    let (source, destination) = (source.as_ref(), destination.as_ref());
    let from = paths.place(source).map_err(failing("stat", source))?;
    let to = paths.place(destination).map_err(failing("stat", destination))?;
    look(paths, &from, &from.absolute)?;
    let (to_entry, replaced_link) = vacant(paths, &to)?;
    let failed = |errno: Errno| {
        let Place { absolute, .. } = &from;
        let text = super::error::text(errno);
        Error::MoveFailed(format!("rename {} {}: {text}", absolute.display(), to.absolute.display()))
    };
    let from_entry = own_entry(paths, &from).map_err(failed)?;
    if paths.fence().anchors(&from_entry.real()) {
        return Err(failed(Errno::EBUSY));
    }
    if to_entry.real().starts_with(from_entry.real()) {
        return Err(failed(Errno::EINVAL));
    }
    match rename(&from_entry, &to_entry, replaced_link) {
        Ok(()) => Ok(Moved::Completely),
        Err(Errno::EEXIST) => Err(Error::DestinationExists),
        Err(Errno::EXDEV) => across_devices(&from_entry, &to_entry, replaced_link, &from.absolute),
        Err(errno) => Err(failed(errno)),
    }
}

/// The entry the destination means, when it is free, and whether it is a link to nowhere, which gives way.
fn vacant(paths: &PathMap, to: &Place) -> Result<(Entry, bool), Error> {
    let error = match look(paths, to, &to.absolute) {
        Ok(Seen::Target(_) | Seen::LinkOutside) => return Err(Error::DestinationExists),
        Err(error) => error,
    };
    let parent = to.absolute.parent().unwrap_or(&to.absolute);
    let entry = paths.fence().entry(&to.host).map_err(failing("stat", parent))?;
    if !error.is_missing() {
        return Err(error.into());
    }
    let link = entry.stat().is_ok();
    Ok((entry, link))
}

/// Renames without overwriting, unless the caller says that what is there is a link to nowhere.
fn rename(from: &Entry, to: &Entry, replace: bool) -> Result<(), Errno> {
    if replace {
        return renameat(
            &from.parent.descriptor,
            from.name.as_os_str(),
            &to.parent.descriptor,
            to.name.as_os_str(),
        );
    }
    match rename_no_replace(from, to) {
        // The file system or kernel does not know the flag; what is left is to look first.
        Err(Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP) => {
            if to.stat().is_ok() {
                return Err(Errno::EEXIST);
            }
            rename(from, to, true)
        }
        result => result,
    }
}

fn rename_no_replace(from: &Entry, to: &Entry) -> Result<(), Errno> {
    let (old, new) = (&from.parent.descriptor, &to.parent.descriptor);
    rustix::fs::renameat_with(old, &from.name, new, &to.name, rustix::fs::RenameFlags::NOREPLACE)
        .map_err(|errno| Errno::from_raw(errno.raw_os_error()))
}

/// Copies beside the destination under a hidden name, renames the finished copy into place, deletes the original.
fn across_devices(from: &Entry, to: &Entry, replace: bool, shown: &Path) -> Result<Moved, Error> {
    let copy = Entry { parent: to.parent.duplicate().map_err(copy_failed(shown))?, name: hidden_name() };
    let copied = copy_entry(from, &copy).and_then(|()| rename(&copy, to, replace));
    if let Err(errno) = copied {
        // Whatever stopped the copy, a half of it is of no use to anybody.
        let _ = remove_entry(&copy);
        return Err(if errno == Errno::EEXIST {
            Error::DestinationExists
        } else {
            copy_failed(shown)(errno)
        });
    }
    Ok(match remove_entry(from) {
        Ok(()) => Moved::Completely,
        Err(errno) => Moved::SourceKept(SystemError::new("unlinkat", shown, errno).to_string()),
    })
}

fn copy_failed(shown: &Path) -> impl Fn(Errno) -> Error {
    move |errno| Error::MoveFailed(SystemError::new("copy", shown, errno).to_string())
}

/// A name no user gives: only for what is renamed or removed before the call that made it is over.
pub(super) fn hidden_name() -> OsString {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!(".pitlane-{}-{number}.part", std::process::id()).into()
}

/// One step of copying a tree.
enum Step {
    Copy(Entry, Entry),
    /// A directory's mode is set last: it may forbid writing.
    SetMode(Entry, Mode),
}

fn copy_entry(from: &Entry, to: &Entry) -> Result<(), Errno> {
    let mut steps = vec![Step::Copy(from.duplicate()?, to.duplicate()?)];
    while let Some(step) = steps.pop() {
        match step {
            Step::Copy(from, to) => copy_one(&from, to, &mut steps)?,
            Step::SetMode(to, mode) => {
                fchmodat(&to.parent.descriptor, to.name.as_os_str(), mode, FchmodatFlags::FollowSymlink)?;
            }
        }
    }
    Ok(())
}

fn copy_one(from: &Entry, to: Entry, steps: &mut Vec<Step>) -> Result<(), Errno> {
    let stat = from.stat()?;
    if is(&stat, SFlag::S_IFLNK) {
        let target = readlinkat(&from.parent.descriptor, from.name.as_os_str())?;
        return symlinkat(target.as_os_str(), &to.parent.descriptor, to.name.as_os_str());
    }
    if is(&stat, SFlag::S_IFREG) {
        return copy_file(from, &to, &stat);
    }
    if !is(&stat, SFlag::S_IFDIR) {
        return Err(Errno::EINVAL);
    }
    mkdirat(&to.parent.descriptor, to.name.as_os_str(), Mode::S_IRWXU)?;
    let (source, copy) = (from.parent.child_directory(&from.name)?, to.parent.child_directory(&to.name)?);
    steps.push(Step::SetMode(to, Mode::from_bits_truncate(stat.st_mode & 0o7777)));
    for name in Names::of(&source)?.iter() {
        let inside = |directory: &Located| {
            Ok::<_, Errno>(Entry { parent: directory.duplicate()?, name: name.to_owned() })
        };
        steps.push(Step::Copy(inside(&source)?, inside(&copy)?));
    }
    Ok(())
}

fn copy_file(from: &Entry, to: &Entry, stat: &FileStat) -> Result<(), Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let mut reader =
        File::from(openat(&from.parent.descriptor, from.name.as_os_str(), flags, Mode::empty())?);
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mut writer = File::from(openat(&to.parent.descriptor, to.name.as_os_str(), flags, Mode::S_IRWXU)?);
    io::copy(&mut reader, &mut writer).map_err(|error| errno_of(&error))?;
    let modified = reader.metadata().and_then(|metadata| metadata.modified());
    modified.and_then(|time| writer.set_modified(time)).map_err(|error| errno_of(&error))?;
    nix::sys::stat::fchmod(&writer, Mode::from_bits_truncate(stat.st_mode & 0o7777))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::testing::Tree;
    use super::*;

    #[test]
    fn files_links_and_directories_move() {
        let tree = Tree::new();
        tree.write("d/x", "content");
        tree.link("d", "l");
        assert_eq!(relocate(&tree.paths, "d", "/workspace/e"), Ok(Moved::Completely));
        relocate(&tree.paths, "/workspace/e/x", "x").unwrap();
        assert_eq!(tree.read("x"), "content");
        tree.link("x", "m");
        relocate(&tree.paths, "m", "n").unwrap();
        assert_eq!(fs::read_link(tree.home("n")).unwrap(), Path::new("x"));
    }

    #[test]
    fn nothing_is_overwritten_or_moved_into() {
        let tree = Tree::new();
        tree.write("f", "f");
        tree.write("g", "g");
        tree.write("d/x", "");
        for destination in ["f", "g", "d", "/workspace", "/home/daytona/g"] {
            assert_eq!(
                relocate(&tree.paths, "f", destination),
                Err(Error::DestinationExists),
                "{destination}"
            );
        }
        assert_eq!(tree.read("g"), "g");
    }

    #[test]
    fn what_is_missing_is_named_by_its_absolute_path() {
        let tree = Tree::new();
        tree.write("f", "");
        let text = |from: &str, to: &str| relocate(&tree.paths, from, to).unwrap_err().to_string();
        assert_eq!(text("nope", "x"), "stat /home/daytona/nope: no such file or directory");
        assert_eq!(text("f", "no/b"), "stat /home/daytona/no: no such file or directory");
        assert_eq!(text("f", "f/b"), "stat /home/daytona/f: not a directory");
    }

    #[test]
    fn a_directory_is_never_moved_into_itself() {
        let tree = Tree::new();
        tree.write("d/sub/x", "kept");
        tree.link("d/sub", "into");
        for destination in ["d/e", "d/sub/e", "into/e"] {
            let error = relocate(&tree.paths, "d", destination).unwrap_err();
            assert!(error.to_string().ends_with(": invalid argument"), "{error}");
        }
        assert_eq!(tree.read("d/sub/x"), "kept");
    }

    #[test]
    fn a_link_to_nowhere_gives_way_to_a_file() {
        let tree = Tree::new();
        tree.write("f", "f");
        tree.link("nowhere", "l");
        relocate(&tree.paths, "f", "l").unwrap();
        assert_eq!(tree.names("."), ["l"]);
        assert_eq!(tree.read("l"), "f");
    }

    #[test]
    fn a_copy_to_another_file_system_keeps_links_modes_and_times_and_leaves_no_half() {
        let tree = Tree::new();
        tree.write("d/sub/x", "content");
        tree.link("sub/x", "d/l");
        tree.link("nowhere", "d/broken");
        fs::set_permissions(tree.home("d/sub/x"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::set_permissions(tree.home("d/sub"), fs::Permissions::from_mode(0o555)).unwrap();
        let entry = |path: &str| tree.paths.fence().entry(&tree.home(path)).unwrap();
        let before = fs::metadata(tree.home("d/sub/x")).unwrap();
        let moved = across_devices(&entry("d"), &entry("e"), false, Path::new("/d"));
        // The directory that forbids writing also keeps the original, unless the tests run as root.
        assert!(matches!(moved, Ok(Moved::Completely | Moved::SourceKept(_))), "{moved:?}");
        assert_eq!(tree.read("e/l"), "content");
        assert_eq!(fs::read_link(tree.home("e/broken")).unwrap(), Path::new("nowhere"));
        let after = fs::metadata(tree.home("e/sub/x")).unwrap();
        assert_eq!(after.permissions().mode() & 0o7777, 0o640);
        assert_eq!(after.modified().unwrap(), before.modified().unwrap());
        assert_eq!(fs::metadata(tree.home("e/sub")).unwrap().permissions().mode() & 0o7777, 0o555);
        fs::set_permissions(tree.home("e/sub"), fs::Permissions::from_mode(0o755)).unwrap();
        tree.write("taken", "");
        tree.write("f", "");
        let refused = across_devices(&entry("f"), &entry("taken"), false, Path::new("/f"));
        assert_eq!(refused, Err(Error::DestinationExists));
        assert!(!tree.names(".").iter().any(|name| name.starts_with(".pitlane")));
    }
}
