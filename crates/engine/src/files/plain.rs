//! Single steps as the kernel has them, for clients that hold files open and think in system calls: SFTP.
//!
//! Errors are the kernel's numbers; a place outside the sandbox's tree answers `EACCES`. Nothing here waits for the
//! other end of a pipe.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open as open_path, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, mkdirat};
use nix::unistd::{UnlinkatFlags, linkat, symlinkat, unlinkat};
use rustix::fs::{RenameFlags, Timespec, Timestamps, renameat_with, utimensat};

use super::names::Names;
use super::remove::own_entry;
use crate::paths::fence::{Entry, Located, Refusal, errno_of, is, magic_link};
use crate::paths::{PathMap, Place};

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Whatever is written goes to the end.
    pub append: bool,
    /// It is made when it is not there.
    pub create: bool,
    /// It is emptied.
    pub truncate: bool,
    /// It must not be there yet.
    pub exclusive: bool,
    /// Mode of a file that is made, before the user's mask.
    pub mode: u32,
}

impl Opening {
    fn flags(self) -> OFlag {
        let mut flags = match (self.read, self.write || self.append) {
            (true, true) => OFlag::O_RDWR,
            (false, true) => OFlag::O_WRONLY,
            (_, false) => OFlag::O_RDONLY,
        };
        for (wanted, flag) in [
            (self.append, OFlag::O_APPEND),
            (self.create, OFlag::O_CREAT),
            (self.truncate, OFlag::O_TRUNC),
            (self.create && self.exclusive, OFlag::O_EXCL),
        ] {
            flags.set(flag, wanted);
        }
        flags | OFlag::O_CLOEXEC | OFlag::O_NOCTTY | OFlag::O_NONBLOCK
    }
}

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Bytes.
    pub size: u64,
    /// Type and permissions, as the kernel writes them.
    pub mode: u32,
    /// Owner.
    pub user_id: u32,
    /// Group.
    pub group_id: u32,
    /// Seconds since 1970 of the last look.
    pub accessed: i64,
    /// Seconds since 1970 of the last change.
    pub modified: i64,
    /// Names it has.
    pub links: u64,
}

impl From<FileStat> for Status {
    fn from(stat: FileStat) -> Self {
        Self {
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mode: stat.st_mode,
            user_id: stat.st_uid,
            group_id: stat.st_gid,
            accessed: stat.st_atime,
            modified: stat.st_mtime,
            #[allow(clippy::useless_conversion, reason = "its width differs between machines")]
            links: u64::from(stat.st_nlink),
        }
    }
}

/// What is to become of a file; what is not given stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Bytes.
    pub size: Option<u64>,
    /// Permissions.
    pub mode: Option<u32>,
    /// Owner and group.
    pub owner: Option<(u32, u32)>,
    /// Seconds since 1970: last look and last change.
    pub times: Option<(i64, i64)>,
}

/// A directory that is being listed.
#[derive(Debug)]
pub struct Listing {
    directory: Located,
    names: std::vec::IntoIter<OsString>,
}

impl Listing {
    /// The next names with what is known of each, at most `most`; none when all were given. Links are not followed; a
    /// file that was deleted meanwhile is left out.
    pub fn next(&mut self, most: usize) -> Vec<(OsString, Status)> {
        let mut entries = Vec::new();
        for name in self.names.by_ref() {
            if let Ok(stat) = self.directory.entry_stat(name.as_os_str()) {
                entries.push((name, stat.into()));
            }
            if entries.len() >= most {
                break;
            }
        }
        entries
    }
}

/// Begins to list a directory, in the order of its names; `.` and `..` come first.
///
/// # Errors
///
/// The kernel's.
pub fn begin_listing(paths: &PathMap, path: impl AsRef<Path>) -> Result<Listing, Errno> {
    let directory = paths.fence().open_directory(&paths.place(path)?)?;
    let names = Names::of(&directory)?;
    let dots = [".", ".."].map(OsString::from);
    let names: Vec<OsString> = dots.into_iter().chain(names.iter().map(OsStr::to_owned)).collect();
    Ok(Listing { directory, names: names.into_iter() })
}

/// Opens a file.
///
/// # Errors
///
/// The kernel's.
pub fn open(paths: &PathMap, path: impl AsRef<Path>, opening: Opening) -> Result<File, Errno> {
    let place = paths.place(path)?;
    let flags = opening.flags();
    if !opening.create {
        let target = paths.fence().open(&place)?;
        return Ok(File::from(open_path(&target.path(), flags, Mode::empty())?));
    }
    if !paths.fence().permits(&place.host) {
        return Err(Refusal::Outside.into());
    }
    if place.directory_only {
        return Err(Errno::EISDIR);
    }
    let entry = if opening.exclusive {
        paths.fence().entry(&place.host)?
    } else {
        paths.fence().entry_written_to(&place.host)?
    };
    let mode = Mode::from_bits_truncate(opening.mode & 0o7777);
    let opened = openat(&entry.parent.descriptor, entry.name.as_os_str(), flags | OFlag::O_NOFOLLOW, mode);
    Ok(File::from(opened?))
}

/// What is known of what a path names, or of the link itself when it is one that is not to be followed.
///
/// # Errors
///
/// The kernel's.
pub fn status(paths: &PathMap, path: impl AsRef<Path>, follow: bool) -> Result<Status, Errno> {
    let place = paths.place(path)?;
    if !follow
        && paths.fence().permits(&place.host)
        && let Ok(entry) = paths.fence().entry(&place.host)
    {
        return Ok(entry.stat()?.into());
    }
    Ok(paths.fence().open(&place)?.stat()?.into())
}

/// What is known of an open file.
///
/// # Errors
///
/// The kernel's.
pub fn status_of(file: &File) -> Result<Status, Errno> {
    Ok(fstat(file)?.into())
}

/// Changes what a path names; links are followed.
///
/// # Errors
///
/// The kernel's; what belongs to all sandboxes keeps its owner, mode and times.
pub fn change(paths: &PathMap, path: impl AsRef<Path>, changes: &Changes) -> Result<(), Errno> {
    let target = paths.fence().open(&paths.place(path)?)?;
    if paths.fence().belongs_to_all(&target.real) {
        return Err(Errno::EPERM);
    }
    let path = target.path();
    if let Some(size) = changes.size {
        target.writer()?.set_len(size).map_err(|error| errno_of(&error))?;
    }
    if let Some((user, group)) = changes.owner {
        std::os::unix::fs::chown(&path, Some(user), Some(group)).map_err(|error| errno_of(&error))?;
    }
    if let Some(mode) = changes.mode {
        std::fs::set_permissions(&path, Permissions::from_mode(mode & 0o7777))
            .map_err(|error| errno_of(&error))?;
    }
    changes.times.map_or(Ok(()), |times| set_times(&path, times))
}

/// Changes an open file.
///
/// # Errors
///
/// The kernel's.
pub fn change_open(file: &File, changes: &Changes) -> Result<(), Errno> {
    let change = || -> io::Result<()> {
        changes.size.map_or(Ok(()), |size| file.set_len(size))?;
        changes.owner.map_or(Ok(()), |(user, group)| fchown(file, Some(user), Some(group)))?;
        changes.mode.map_or(Ok(()), |mode| file.set_permissions(Permissions::from_mode(mode & 0o7777)))
    };
    change().map_err(|error| errno_of(&error))?;
    let path = magic_link(std::os::fd::AsFd::as_fd(file));
    changes.times.map_or(Ok(()), |times| set_times(&path, times))
}

fn set_times(path: &Path, (accessed, modified): (i64, i64)) -> Result<(), Errno> {
    let moment = |seconds| Timespec { tv_sec: seconds, tv_nsec: 0 };
    let times = Timestamps { last_access: moment(accessed), last_modification: moment(modified) };
    utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::empty()).map_err(number)
}

fn number(error: rustix::io::Errno) -> Errno {
    Errno::from_raw(error.raw_os_error())
}

/// Makes one directory.
///
/// # Errors
///
/// The kernel's.
pub fn make_directory(paths: &PathMap, path: impl AsRef<Path>, mode: u32) -> Result<(), Errno> {
    let entry = new_entry(paths, &paths.place(path)?)?;
    let mode = Mode::from_bits_truncate(mode & 0o7777);
    mkdirat(&entry.parent.descriptor, entry.name.as_os_str(), mode)
}

/// Removes a file or a link.
///
/// # Errors
///
/// The kernel's.
pub fn remove_file(paths: &PathMap, path: impl AsRef<Path>) -> Result<(), Errno> {
    let entry = leaving_entry(paths, &paths.place(path)?)?;
    unlinkat(&entry.parent.descriptor, entry.name.as_os_str(), UnlinkatFlags::NoRemoveDir)
}

/// Removes an empty directory.
///
/// # Errors
///
/// The kernel's; the sandbox's own top directories answer `EBUSY`.
pub fn remove_directory(paths: &PathMap, path: impl AsRef<Path>) -> Result<(), Errno> {
    let entry = leaving_entry(paths, &paths.place(path)?)?;
    unlinkat(&entry.parent.descriptor, entry.name.as_os_str(), UnlinkatFlags::RemoveDir)
}

/// Renames an entry, over another one only when `replace` says so.
///
/// # Errors
///
/// The kernel's.
pub fn rename(
    paths: &PathMap,
    from: impl AsRef<Path>,
    to: impl AsRef<Path>,
    replace: bool,
) -> Result<(), Errno> {
    let from = leaving_entry(paths, &paths.place(from)?)?;
    let to = leaving_entry(paths, &paths.place(to)?)?;
    let flags = if replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
    renameat_with(&from.parent.descriptor, &from.name, &to.parent.descriptor, &to.name, flags).map_err(number)
}

/// Gives a file another name.
///
/// # Errors
///
/// The kernel's.
pub fn link(paths: &PathMap, from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), Errno> {
    let (from, to) = (paths.place(from)?, paths.place(to)?);
    let from = own_entry(paths, &from)?;
    if is(&from.stat()?, SFlag::S_IFLNK) {
        // What it leads to may lie anywhere.
        return Err(Errno::ELOOP);
    }
    let to = new_entry(paths, &to)?;
    let (old, new) = (&from.parent.descriptor, &to.parent.descriptor);
    linkat(old, from.name.as_os_str(), new, to.name.as_os_str(), AtFlags::empty())
}

/// Makes a link that leads to `target`, which is not looked at.
///
/// # Errors
///
/// The kernel's.
pub fn make_link(paths: &PathMap, target: impl AsRef<Path>, path: impl AsRef<Path>) -> Result<(), Errno> {
    let entry = new_entry(paths, &paths.place(path)?)?;
    symlinkat(target.as_ref(), &entry.parent.descriptor, entry.name.as_os_str())
}

/// Where a link leads, as it is written in it.
///
/// # Errors
///
/// The kernel's.
pub fn read_link(paths: &PathMap, path: impl AsRef<Path>) -> Result<PathBuf, Errno> {
    let entry = own_entry(paths, &paths.place(path)?)?;
    readlinkat(&entry.parent.descriptor, entry.name.as_os_str()).map(PathBuf::from)
}

/// The absolute path of what a path names, in the API's names, with links resolved as far as there is something.
///
/// # Errors
///
/// When it can be no path.
pub fn real_path(paths: &PathMap, path: impl AsRef<Path>) -> Result<PathBuf, Errno> {
    let place = paths.place(path)?;
    if let Ok(located) = paths.fence().open(&place) {
        return Ok(paths.wire_path(&located.real));
    }
    match paths.fence().entry(&place.host) {
        Ok(entry) => Ok(paths.wire_path(&entry.real())),
        Err(_) => Ok(place.absolute),
    }
}

/// An entry that is about to be made.
fn new_entry(paths: &PathMap, place: &Place) -> Result<Entry, Errno> {
    if !paths.fence().permits(&place.host) {
        return Err(Refusal::Outside.into());
    }
    Ok(paths.fence().entry(&place.host)?)
}

/// An entry that may go away or become another.
fn leaving_entry(paths: &PathMap, place: &Place) -> Result<Entry, Errno> {
    if !paths.fence().permits(&place.host) {
        return Err(Refusal::Outside.into());
    }
    let entry = own_entry(paths, place)?;
    if paths.fence().anchors(&entry.real()) {
        return Err(Errno::EBUSY);
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::super::testing::Tree;
    use super::*;

    fn writing() -> Opening {
        Opening { write: true, create: true, mode: 0o640, ..Opening::default() }
    }

    #[test]
    fn a_file_is_made_written_emptied_and_added_to() {
        let tree = Tree::new();
        open(&tree.paths, "f", writing()).unwrap().write_all(b"one").unwrap();
        assert_eq!(status(&tree.paths, "f", true).unwrap().mode & 0o777, 0o640);
        let adding = Opening { append: true, ..writing() };
        open(&tree.paths, "f", adding).unwrap().write_all(b"two").unwrap();
        assert_eq!(tree.read("f"), "onetwo");
        open(&tree.paths, "f", Opening { truncate: true, ..writing() }).unwrap();
        assert_eq!(tree.read("f"), "");
        let exclusive = Opening { exclusive: true, ..writing() };
        assert_eq!(open(&tree.paths, "f", exclusive).unwrap_err(), Errno::EEXIST);
        let reading = Opening { read: true, ..Opening::default() };
        assert_eq!(open(&tree.paths, "nope", reading).unwrap_err(), Errno::ENOENT);
        let mut text = String::new();
        open(&tree.paths, "/dev/null", reading).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "");
    }

    #[test]
    fn nothing_outside_is_read_written_or_linked_to() {
        let tree = Tree::new();
        let reading = Opening { read: true, ..Opening::default() };
        tree.link(tree.at("outside/secret"), "l");
        tree.link(tree.at("outside/new"), "to-new");
        let secret = tree.at("outside/secret");
        for path in [secret.as_path(), Path::new("l")] {
            assert_eq!(open(&tree.paths, path, reading).unwrap_err(), Errno::EACCES, "{path:?}");
            assert_eq!(status(&tree.paths, path, true).unwrap_err(), Errno::EACCES, "{path:?}");
        }
        assert_eq!(open(&tree.paths, "to-new", writing()).unwrap_err(), Errno::EACCES);
        assert!(!tree.at("outside/new").exists());
        assert_eq!(link(&tree.paths, "l", "hard").unwrap_err(), Errno::ELOOP);
        assert_eq!(rename(&tree.paths, &secret, "mine", true).unwrap_err(), Errno::EACCES);
        assert_eq!(status(&tree.paths, "l", false).unwrap().mode & 0o170_000, 0o120_000);
        assert_eq!(remove_directory(&tree.paths, "/home/daytona"), Err(Errno::EBUSY));
        let changes = Changes { mode: Some(0o777), ..Changes::default() };
        assert_eq!(change(&tree.paths, tree.at("shared"), &changes), Err(Errno::EPERM));
    }

    #[test]
    fn renaming_replaces_only_when_told() {
        let tree = Tree::new();
        tree.write("a", "a");
        tree.write("b", "b");
        assert_eq!(rename(&tree.paths, "a", "b", false), Err(Errno::EEXIST));
        assert_eq!((tree.read("a"), tree.read("b")), ("a".to_owned(), "b".to_owned()));
        rename(&tree.paths, "a", "b", true).unwrap();
        assert_eq!(tree.names("."), ["b"]);
        rename(&tree.paths, "b", "c", false).unwrap();
        assert_eq!(tree.read("c"), "a");
    }

    #[test]
    fn links_of_both_kinds_are_made_and_read() {
        let tree = Tree::new();
        tree.write("f", "x");
        make_link(&tree.paths, "f", "soft").unwrap();
        link(&tree.paths, "f", "hard").unwrap();
        assert_eq!(read_link(&tree.paths, "soft").unwrap(), Path::new("f"));
        assert_eq!(read_link(&tree.paths, "f"), Err(Errno::EINVAL));
        assert_eq!(status(&tree.paths, "hard", true).unwrap().links, 2);
        assert_eq!(real_path(&tree.paths, "soft").unwrap(), Path::new("/home/daytona/f"));
        assert_eq!(real_path(&tree.paths, "nope/").unwrap(), Path::new("/home/daytona/nope"));
        assert_eq!(real_path(&tree.paths, ".").unwrap(), Path::new("/home/daytona"));
    }

    #[test]
    fn attributes_are_changed_by_path_and_by_handle() {
        let tree = Tree::new();
        tree.write("f", "12345");
        let changes = Changes { size: Some(2), mode: Some(0o600), times: Some((1_000, 2_000)), owner: None };
        change(&tree.paths, "f", &changes).unwrap();
        let seen = status(&tree.paths, "f", true).unwrap();
        assert_eq!((seen.size, seen.mode & 0o7777, seen.accessed, seen.modified), (2, 0o600, 1_000, 2_000));
        let file = open(&tree.paths, "f", writing()).unwrap();
        let changes = Changes { size: Some(4), mode: Some(0o644), times: Some((5, 6)), owner: None };
        change_open(&file, &changes).unwrap();
        let seen = status_of(&file).unwrap();
        assert_eq!((seen.size, seen.mode & 0o7777, seen.accessed, seen.modified), (4, 0o644, 5, 6));
    }

    #[test]
    fn a_listing_is_given_in_parts() {
        let tree = Tree::new();
        for name in ["b", "a", "c"] {
            tree.write(&format!("d/{name}"), name);
        }
        let mut listing = begin_listing(&tree.paths, "d").unwrap();
        let mut names = Vec::new();
        loop {
            let part = listing.next(2);
            if part.is_empty() {
                break;
            }
            names.extend(part.into_iter().map(|(name, _)| name.into_string().unwrap()));
        }
        assert_eq!(names, [".", "..", "a", "b", "c"]);
        assert_eq!(begin_listing(&tree.paths, "d/a").unwrap_err(), Errno::ENOTDIR);
    }
}
