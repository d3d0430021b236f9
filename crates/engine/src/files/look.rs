//! Listing a directory and looking at one path.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::{FileStat, SFlag};

use super::error::{Error, SystemError, failing};
use super::parallel::in_parts;
use crate::paths::fence::{Entry, Located, Refusal, errno_of, is};
use crate::paths::{PathMap, Place, clean};

/// What is known of one path. Links are followed, except those that lead out of the tree: they speak for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Last element of the path as the caller wrote it, or the entry's name in a listing.
    pub name: OsString,
    /// The listed directory, as the caller wrote it, with the entry's own path behind it. Only in listings.
    pub path: Option<PathBuf>,
    /// Size in bytes, of directories too.
    pub size: u64,
    /// Type and permission bits as the kernel has them.
    pub mode: u32,
    /// When its content was last changed.
    pub modified: Timestamp,
    /// Owner's numeric id.
    pub user_id: u32,
    /// Group's numeric id.
    pub group_id: u32,
}

impl FileInfo {
    /// Whether it is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.mode & SFlag::S_IFMT.bits() == SFlag::S_IFDIR.bits()
    }

    fn new(name: OsString, path: Option<PathBuf>, stat: &FileStat) -> Self {
        Self {
            name,
            path,
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mode: stat.st_mode,
            modified: modified(stat),
            user_id: stat.st_uid,
            group_id: stat.st_gid,
        }
    }
}

/// Modification time; one beyond what the time type holds becomes the nearest it does.
pub(super) fn modified(stat: &FileStat) -> Timestamp {
    let nanoseconds = i32::try_from(stat.st_mtime_nsec).unwrap_or_default();
    let nearest = if stat.st_mtime < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::new(stat.st_mtime, nanoseconds).unwrap_or(nearest)
}

/// Looks at one path.
///
/// # Errors
///
/// [`Error::System`] with operation `stat`.
pub fn info(paths: &PathMap, path: impl AsRef<Path>) -> Result<FileInfo, Error> {
    let path = path.as_ref();
    let place = paths.place(path).map_err(failing("stat", path))?;
    let located = paths.fence().open(&place).map_err(failing("stat", path))?;
    let stat = located.stat().map_err(failing("stat", path))?;
    Ok(FileInfo::new(place.base_name().to_owned(), None, &stat))
}

/// Lists a directory, with a `depth` above 1 also what is in its directories: one flat list in the order of a walk,
/// each directory's entries sorted by the bytes of their names.
///
/// Links to nowhere are left out, linked directories are listed and not entered, what cannot be read is left out.
///
/// # Errors
///
/// [`Error::System`] with operation `open`, `ENOTDIR` for a file.
pub fn list(paths: &PathMap, path: impl AsRef<Path>, depth: NonZeroU32) -> Result<Vec<FileInfo>, Error> {
    let path = path.as_ref();
    let place = paths.place(path).map_err(failing("open", path))?;
    let shown = clean(path);
    // Joining with a dot would put it before every path.
    let prefix = if shown == Path::new(".") { PathBuf::new() } else { shown };
    let mut lister = Lister { paths, prefix, entries: Vec::new() };
    let root = paths.fence().open_directory(&place).map_err(failing("open", path))?;
    let names = names_in(&root).map_err(failing("open", path))?;
    lister.take(root, &names, depth.get());
    Ok(lister.entries)
}

struct Lister<'a> {
    paths: &'a PathMap,
    /// Stands before every entry's own path.
    prefix: PathBuf,
    entries: Vec<FileInfo>,
}

/// A directory whose turn comes after what lies before it in the order of the walk.
struct Waiting {
    real: PathBuf,
    relative: PathBuf,
    depth: u32,
}

type Level = Vec<(FileInfo, Option<Waiting>)>;

impl Lister<'_> {
    /// Takes in one directory and, with levels left, the directories in it. Explicitly stacked: depth is the caller's.
    fn take(&mut self, root: Located, names: &[OsString], depth: u32) {
        if depth == 1 {
            return self.take_flat(&root, names);
        }
        let mut stack = vec![self.level(&root, names, Path::new(""), depth).into_iter()];
        drop(root);
        while let Some(level) = stack.last_mut() {
            let Some((info, below)) = level.next() else {
                stack.pop();
                continue;
            };
            self.entries.push(info);
            if let Some(level) = below.and_then(|waiting| self.enter(&waiting)) {
                stack.push(level.into_iter());
            }
        }
    }

    fn enter(&self, waiting: &Waiting) -> Option<Level> {
        let directory =
            self.paths.fence().open_path(&waiting.real, OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW).ok()?;
        let names = names_in(&directory).ok()?;
        Some(self.level(&directory, &names, &waiting.relative, waiting.depth))
    }

    /// Most listings are of one directory, and may be long.
    fn take_flat(&mut self, directory: &Located, names: &[OsString]) {
        let one = |name: &OsString| Some(self.entry(directory, &self.prefix, name)?.0);
        let parts = in_parts(names, |part| part.iter().filter_map(one).collect::<Vec<_>>());
        self.entries.reserve_exact(names.len());
        for part in parts {
            self.entries.extend(part);
        }
    }

    fn level(&self, directory: &Located, names: &[OsString], relative: &Path, depth: u32) -> Level {
        let prefix = self.prefix.join(relative);
        let one = |name: &OsString| {
            let (info, is_directory) = self.entry(directory, &prefix, name)?;
            let waiting = (is_directory && depth > 1).then(|| Waiting {
                real: directory.real.join(name),
                relative: relative.join(name),
                depth: depth - 1,
            });
            Some((info, waiting))
        };
        names.iter().filter_map(one).collect()
    }

    /// One entry, and whether it is a directory itself, not by a link.
    fn entry(&self, directory: &Located, prefix: &Path, name: &OsStr) -> Option<(FileInfo, bool)> {
        let own = directory.entry_stat(name).ok()?;
        let is_directory = is(&own, SFlag::S_IFDIR);
        let stat = if is(&own, SFlag::S_IFLNK) { self.behind_link(directory, name, own)? } else { own };
        let mut path = PathBuf::with_capacity(prefix.as_os_str().len() + name.len() + 1);
        path.push(prefix);
        path.push(name);
        Some((FileInfo::new(name.to_owned(), Some(path), &stat), is_directory))
    }

    /// What a link leads to; the link itself when that lies outside, nothing when there is nothing.
    fn behind_link(&self, directory: &Located, name: &OsStr, own: FileStat) -> Option<FileStat> {
        match self.paths.fence().open_path(&directory.path().join(name), OFlag::empty()) {
            Ok(target) => target.stat().ok(),
            Err(Refusal::Outside) => Some(own),
            Err(Refusal::System(_)) => None,
        }
    }
}

/// Names in a directory, sorted by their bytes.
pub(super) fn names_in(directory: &Located) -> Result<Vec<OsString>, Errno> {
    let entries = std::fs::read_dir(directory.path()).map_err(|error| errno_of(&error))?;
    let mut names = entries
        .map(|entry| entry.map(|entry| entry.file_name()).map_err(|error| errno_of(&error)))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort_unstable();
    Ok(names)
}

/// What a look at a path that is about to be changed found.
pub(super) enum Seen {
    /// What the path leads to.
    Target(Located),
    /// A link that leads out of the tree. The link itself may be moved or removed all the same.
    LinkOutside,
}

/// Looks at a path before it is changed; links are followed.
pub(super) fn look(paths: &PathMap, place: &Place, shown: &Path) -> Result<Seen, SystemError> {
    match paths.fence().open(place) {
        Ok(located) => Ok(Seen::Target(located)),
        Err(Refusal::Outside) if is_own_link(paths, place) => Ok(Seen::LinkOutside),
        Err(refusal) => Err(SystemError::new("stat", shown, refusal)),
    }
}

fn is_own_link(paths: &PathMap, place: &Place) -> bool {
    let link = |entry: Entry| entry.stat().is_ok_and(|stat| is(&stat, SFlag::S_IFLNK));
    paths.fence().permits(&place.host) && paths.fence().entry(&place.host).is_ok_and(link)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use nix::errno::Errno;

    use super::super::testing::Tree;
    use super::*;

    fn shown(tree: &Tree, path: &str, depth: u32) -> Vec<String> {
        let listed = list(&tree.paths, path, NonZeroU32::new(depth).unwrap()).unwrap();
        listed.into_iter().map(|info| info.path.unwrap().display().to_string()).collect()
    }

    fn tree() -> Tree {
        let tree = Tree::new();
        tree.write("s/b/x", "1");
        tree.write("s/b/c/y", "22");
        tree.write("s/a", "333");
        tree.write("s/.hidden", "");
        tree.link("b", "s/link");
        tree.link("nowhere", "s/broken");
        tree
    }

    #[test]
    fn a_listing_is_sorted_and_keeps_the_callers_prefix() {
        let tree = tree();
        let names = ["s/.hidden", "s/a", "s/b", "s/link"];
        assert_eq!(shown(&tree, "s", 1), names);
        assert_eq!(shown(&tree, "./s/../s/", 1), names);
        assert_eq!(shown(&tree, "/home/daytona/s", 1), names.map(|name| format!("/home/daytona/{name}")));
        assert_eq!(shown(&tree, "s/link", 1), ["s/link/c", "s/link/x"]);
    }

    #[test]
    fn a_deeper_listing_walks_in_order_and_does_not_enter_links() {
        let tree = tree();
        assert_eq!(shown(&tree, "s", 2), ["s/.hidden", "s/a", "s/b", "s/b/c", "s/b/x", "s/link"]);
        assert_eq!(shown(&tree, "s", 9), ["s/.hidden", "s/a", "s/b", "s/b/c", "s/b/c/y", "s/b/x", "s/link"]);
    }

    #[test]
    fn links_show_what_they_lead_to() {
        let tree = tree();
        let listed = list(&tree.paths, "s", NonZeroU32::MIN).unwrap();
        assert!(listed.last().unwrap().is_directory());
        assert!(info(&tree.paths, "s/link").unwrap().is_directory());
    }

    #[test]
    fn looking_in_the_wrong_place_says_why_in_the_callers_words() {
        let tree = tree();
        let text = |path: &str| list(&tree.paths, path, NonZeroU32::MIN).unwrap_err().to_string();
        assert_eq!(text("s/nope"), "open s/nope: no such file or directory");
        assert_eq!(text("s/a"), "open s/a: not a directory");
        assert_eq!(text("s\0"), "open s\0: invalid argument");
        assert_eq!(text("/etc"), "open /etc: permission denied");
        let text = |path: &str| info(&tree.paths, path).unwrap_err().to_string();
        assert_eq!(text("s/broken"), "stat s/broken: no such file or directory");
        assert_eq!(text("s/a/x"), "stat s/a/x: not a directory");
        assert_eq!(text("s/a/"), "stat s/a/: not a directory");
        assert_eq!(text(&"n".repeat(300)), format!("stat {}: file name too long", "n".repeat(300)));
    }

    #[test]
    fn unreadable_directories_are_listed_and_not_entered() {
        let tree = tree();
        fs::set_permissions(tree.home("s/b"), fs::Permissions::from_mode(0o000)).unwrap();
        let result = list(&tree.paths, "s/b", NonZeroU32::MIN);
        if !nix::unistd::Uid::effective().is_root() {
            assert_eq!(result.unwrap_err(), SystemError::new("open", "s/b", Errno::EACCES).into());
            assert_eq!(shown(&tree, "s", 3), ["s/.hidden", "s/a", "s/b", "s/link"]);
        }
        fs::set_permissions(tree.home("s/b"), fs::Permissions::from_mode(0o755)).unwrap();
    }
}
