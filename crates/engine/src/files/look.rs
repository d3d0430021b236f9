//! Listing a directory and looking at one path.

use std::ffi::{CStr, OsStr, OsString};
use std::num::NonZeroU32;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::fcntl::OFlag;
use nix::sys::stat::{FileStat, SFlag};

use super::error::{Error, SystemError, failing};
use super::names::{Name, Names};
use super::parallel::in_parts;
use crate::paths::fence::{Entry, Located, Refusal, is};
use crate::paths::{PathMap, Place, clean};

/// What the kernel knows of one path. Links are followed, except those that lead out of the tree: they speak for
/// themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Size in bytes, of directories too.
    pub size: u64,
    /// Type and permission bits.
    pub mode: u32,
    /// When its content was last changed.
    pub modified: Timestamp,
    /// Owner's numeric id.
    pub user_id: u32,
    /// Group's numeric id.
    pub group_id: u32,
}

impl Facts {
    /// Whether it is a directory.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.mode & SFlag::S_IFMT.bits() == SFlag::S_IFDIR.bits()
    }

    fn of(stat: &FileStat) -> Self {
        Self {
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mode: stat.st_mode,
            modified: modified(stat),
            user_id: stat.st_uid,
            group_id: stat.st_gid,
        }
    }
}

/// What is known of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Last element of the path as the caller wrote it, or the entry's name in a listing.
    pub name: OsString,
    /// What the kernel knows.
    pub facts: Facts,
}

/// An entry of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    /// The directory it lies in: the listed one as the caller wrote it, with the way from there behind it.
    pub directory: &'a Path,
    /// Its name.
    pub name: &'a OsStr,
    /// What the kernel knows.
    pub facts: Facts,
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
    Ok(FileInfo { name: place.base_name().to_owned(), facts: Facts::of(&stat) })
}

/// Lists a directory: its entries, sorted by the bytes of their names. Links to nowhere are left out.
///
/// # Errors
///
/// As [`list_in_parts`].
pub fn list(paths: &PathMap, path: impl AsRef<Path>) -> Result<Vec<FileInfo>, Error> {
    let add = |all: &mut Vec<FileInfo>, entry: &Listed<'_>| {
        all.push(FileInfo { name: entry.name.to_owned(), facts: entry.facts });
    };
    Ok(list_in_parts(paths, path, NonZeroU32::MIN, Vec::with_capacity, add)?.into_iter().flatten().collect())
}

/// Lists a directory, with a `depth` above 1 also what is in its directories: one flat list in the order of a walk,
/// each directory's entries sorted by the bytes of their names. `begin` makes a part for about so many entries, `add` puts
/// an entry behind those of a part; the parts of a long listing are made at the same time, and come in their order.
///
/// Links to nowhere are left out, linked directories are listed and not entered, what cannot be read is left out.
///
/// # Errors
///
/// [`Error::System`] with operation `open`, `ENOTDIR` for a file.
pub fn list_in_parts<P: Send>(
    paths: &PathMap,
    path: impl AsRef<Path>,
    depth: NonZeroU32,
    begin: impl Fn(usize) -> P + Sync,
    add: impl Fn(&mut P, &Listed<'_>) + Sync,
) -> Result<Vec<P>, Error> {
    let path = path.as_ref();
    let place = paths.place(path).map_err(failing("open", path))?;
    let shown = clean(path);
    // Joining with a dot would put it before every path.
    let prefix = if shown == Path::new(".") { PathBuf::new() } else { shown };
    let lister = Lister { paths, prefix, add };
    let root = paths.fence().open_directory(&place).map_err(failing("open", path))?;
    let names = Names::of(&root).map_err(failing("open", path))?;
    // Most listings are of one directory, and may be long.
    if depth == NonZeroU32::MIN {
        return Ok(in_parts(names.order(), |part| lister.flat(&root, &names, part, begin(part.len()))));
    }
    let made = begin(names.order().len());
    Ok(vec![lister.deep(root, &names, depth.get(), made)])
}

struct Lister<'a, F> {
    paths: &'a PathMap,
    /// Stands before every entry's own path.
    prefix: PathBuf,
    add: F,
}

/// A directory whose entries come one after the other, with those of the directories among them in between.
struct Level {
    shown: PathBuf,
    entries: std::vec::IntoIter<(OsString, Facts, Option<Waiting>)>,
}

/// A directory whose turn comes after what lies before it in the order of the walk.
struct Waiting {
    real: PathBuf,
    depth: u32,
}

impl<F> Lister<'_, F> {
    fn flat<P>(&self, directory: &Located, names: &Names, part: &[Name], mut made: P) -> P
    where
        F: Fn(&mut P, &Listed<'_>),
    {
        for name in part {
            let name = names.text(name);
            if let Some((facts, _)) = self.facts(directory, name) {
                let name = OsStr::from_bytes(name.to_bytes());
                (self.add)(&mut made, &Listed { directory: &self.prefix, name, facts });
            }
        }
        made
    }

    /// Takes in a directory and the directories in it. Explicitly stacked: depth is the caller's.
    fn deep<P>(&self, root: Located, names: &Names, depth: u32, mut made: P) -> P
    where
        F: Fn(&mut P, &Listed<'_>),
    {
        let mut stack = vec![self.level(&root, names, self.prefix.clone(), depth)];
        drop(root);
        while let Some(level) = stack.last_mut() {
            let Some((name, facts, below)) = level.entries.next() else {
                stack.pop();
                continue;
            };
            (self.add)(&mut made, &Listed { directory: &level.shown, name: &name, facts });
            let below = below.and_then(|waiting| self.enter(&waiting, level.shown.join(&name)));
            stack.extend(below);
        }
        made
    }

    fn enter(&self, waiting: &Waiting, shown: PathBuf) -> Option<Level> {
        let directory =
            self.paths.fence().open_path(&waiting.real, OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW).ok()?;
        let names = Names::of(&directory).ok()?;
        Some(self.level(&directory, &names, shown, waiting.depth))
    }

    fn level(&self, directory: &Located, names: &Names, shown: PathBuf, depth: u32) -> Level {
        let one = |name: &Name| {
            let name = names.text(name);
            let (facts, is_directory) = self.facts(directory, name)?;
            let name = OsStr::from_bytes(name.to_bytes()).to_owned();
            let waiting = (is_directory && depth > 1)
                .then(|| Waiting { real: directory.real.join(&name), depth: depth - 1 });
            Some((name, facts, waiting))
        };
        let entries: Vec<_> = names.order().iter().filter_map(one).collect();
        Level { shown, entries: entries.into_iter() }
    }

    /// What is known of an entry, and whether it is a directory itself, not by a link.
    fn facts(&self, directory: &Located, name: &CStr) -> Option<(Facts, bool)> {
        let own = directory.entry_stat(name).ok()?;
        let is_directory = is(&own, SFlag::S_IFDIR);
        let stat = if is(&own, SFlag::S_IFLNK) { self.behind_link(directory, name, own)? } else { own };
        Some((Facts::of(&stat), is_directory))
    }

    /// What a link leads to; the link itself when that lies outside, nothing when there is nothing.
    fn behind_link(&self, directory: &Located, name: &CStr, own: FileStat) -> Option<FileStat> {
        let link = directory.path().join(OsStr::from_bytes(name.to_bytes()));
        match self.paths.fence().open_path(&link, OFlag::empty()) {
            Ok(target) => target.stat().ok(),
            Err(Refusal::Outside) => Some(own),
            Err(Refusal::System(_)) => None,
        }
    }
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
        let add = |all: &mut Vec<String>, entry: &Listed<'_>| {
            all.push(entry.directory.join(entry.name).display().to_string());
        };
        list_in_parts(&tree.paths, path, NonZeroU32::new(depth).unwrap(), Vec::with_capacity, add)
            .unwrap()
            .concat()
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
        let listed = list(&tree.paths, "s").unwrap();
        assert!(listed.last().unwrap().facts.is_directory());
        assert!(info(&tree.paths, "s/link").unwrap().facts.is_directory());
    }

    #[test]
    fn looking_in_the_wrong_place_says_why_in_the_callers_words() {
        let tree = tree();
        let text = |path: &str| list(&tree.paths, path).unwrap_err().to_string();
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
        let result = list(&tree.paths, "s/b");
        if !nix::unistd::Uid::effective().is_root() {
            assert_eq!(result.unwrap_err(), SystemError::new("open", "s/b", Errno::EACCES).into());
            assert_eq!(shown(&tree, "s", 3), ["s/.hidden", "s/a", "s/b", "s/link"]);
        }
        fs::set_permissions(tree.home("s/b"), fs::Permissions::from_mode(0o755)).unwrap();
    }
}
