//! The walk through a directory: everything in it, in lexical order, links not followed.
//!
//! A directory is opened and checked once; what is in it is opened by its name in that directory, which is never followed,
//! so that it needs no check of its own. Paths are put together only for what is asked for.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, SFlag};

use crate::paths::fence::{Located, Refusal, errno_of, is};
use crate::paths::{PathMap, clean};

/// Directories kept open on the way down. Those above them are opened again when their turn comes.
const KEPT_OPEN: usize = 64;

/// Stops a walk whose result nobody waits for any more: the walk ends when this is dropped.
#[derive(Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// What the walk looks at.
    pub fn signal(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let flag = Arc::clone(&self.0);
        move || flag.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Something the walk came by; only good until the walk goes on.
pub(super) struct Step {
    /// Its name; nothing for the root.
    name: Option<OsString>,
    /// Its type, as bits of a mode.
    pub(super) kind: SFlag,
}

/// Walks from `root`, which is a step itself and may be a file. A root that is missing or forbidden has no steps;
/// directories that cannot be read are steps without anything in them.
pub(super) struct Walk<'a> {
    paths: &'a PathMap,
    root: Option<Root>,
    begun: bool,
    /// Whether the last step is a directory and is entered next.
    entering: Option<Option<OsString>>,
    levels: Vec<Level>,
}

struct Root {
    /// As the caller wrote it.
    shown: PathBuf,
    located: Located,
}

struct Level {
    shown: PathBuf,
    /// Closed when there are too many.
    directory: Option<Located>,
    host: PathBuf,
    entries: std::vec::IntoIter<(OsString, SFlag)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(paths: &'a PathMap, root: &Path) -> Self {
        Self { paths, root: first(paths, root), begun: false, entering: None, levels: Vec::new() }
    }

    /// The next step.
    pub(super) fn next(&mut self) -> Option<Step> {
        let root = self.root.as_ref()?;
        if !self.begun {
            self.begun = true;
            let stat = root.located.stat().ok()?;
            return Some(self.step(None, kind_of(stat.st_mode)));
        }
        if let Some(directory) = self.entering.take() {
            self.enter(directory.as_deref());
        }
        loop {
            let Some((name, kind)) = self.levels.last_mut()?.entries.next() else {
                self.levels.pop();
                continue;
            };
            return Some(self.step(Some(name), kind));
        }
    }

    fn step(&mut self, name: Option<OsString>, kind: SFlag) -> Step {
        self.entering = (kind == SFlag::S_IFDIR).then(|| name.clone());
        Step { name, kind }
    }

    /// The step as the caller calls it: the root as it was written, everything below it clean.
    pub(super) fn shown(&self, step: &Step) -> PathBuf {
        match (&step.name, self.levels.last(), &self.root) {
            (Some(name), Some(level), _) => level.shown.join(name),
            (_, _, Some(root)) => root.shown.clone(),
            _ => PathBuf::new(),
        }
    }

    /// The last element of what [`Self::shown`] gives.
    pub(super) fn base_name<'s>(&'s self, step: &'s Step) -> Option<&'s OsStr> {
        match (&step.name, &self.root) {
            (Some(name), _) => Some(name),
            (None, Some(root)) => root.shown.file_name(),
            (None, None) => None,
        }
    }

    /// Opens a file the walk came by for reading, if it still is one and no link took its place.
    pub(super) fn open(&mut self, step: &Step) -> Result<File, Errno> {
        let file = match &step.name {
            None => self.root.as_ref().ok_or(Errno::ENOENT)?.located.reader()?,
            Some(name) => {
                let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
                let directory = self.current()?;
                openat(&directory.descriptor, name.as_os_str(), flags | OFlag::O_CLOEXEC, Mode::empty())?
                    .into()
            }
        };
        Ok(file)
    }

    /// The directory the last step lies in.
    fn current(&mut self) -> Result<&Located, Errno> {
        let fence = self.paths.fence();
        let level = self.levels.last_mut().ok_or(Errno::ENOENT)?;
        if level.directory.is_none() {
            let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
            level.directory = Some(fence.open_path(&level.host, flags).map_err(Errno::from)?);
        }
        level.directory.as_ref().ok_or(Errno::ENOENT)
    }

    fn enter(&mut self, name: Option<&OsStr>) {
        let opened = match name {
            None => self.root.as_ref().ok_or(Errno::ENOENT).and_then(|root| root.located.duplicate()),
            Some(name) => self.current().and_then(|directory| directory.child_directory(name)),
        };
        let Ok(directory) = opened else { return };
        // What lies below a place that may be touched need not be one: another sandbox's tree in a shared folder.
        if !self.paths.fence().permits(&directory.real) {
            return;
        }
        let Ok(entries) = entries_in(&directory) else { return };
        let shown = match (name, self.levels.last(), &self.root) {
            (Some(name), Some(level), _) => level.shown.join(name),
            (_, _, Some(root)) => clean(&root.shown),
            _ => return,
        };
        // Joining with a dot would put it before every path.
        let shown = if shown == Path::new(".") { PathBuf::new() } else { shown };
        let host = directory.real.clone();
        self.levels.push(Level { shown, directory: Some(directory), host, entries: entries.into_iter() });
        if let Some(above) = self.levels.len().checked_sub(KEPT_OPEN + 1) {
            self.levels[above].directory = None;
        }
    }
}

/// Names in a directory and their types, sorted by the bytes of the names.
fn entries_in(directory: &Located) -> Result<Vec<(OsString, SFlag)>, Errno> {
    let entries = std::fs::read_dir(directory.path()).map_err(|error| errno_of(&error))?;
    let mut entries = entries
        .filter_map(|entry| {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Some(Err(errno_of(&error))),
            };
            // Gone meanwhile.
            let kind = entry.file_type().ok()?;
            Some(Ok((entry.file_name(), bits(kind))))
        })
        .collect::<Result<Vec<_>, _>>()?;
    entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}

fn bits(kind: std::fs::FileType) -> SFlag {
    if kind.is_file() {
        SFlag::S_IFREG
    } else if kind.is_dir() {
        SFlag::S_IFDIR
    } else if kind.is_symlink() {
        SFlag::S_IFLNK
    } else if kind.is_fifo() {
        SFlag::S_IFIFO
    } else if kind.is_socket() {
        SFlag::S_IFSOCK
    } else if kind.is_block_device() {
        SFlag::S_IFBLK
    } else {
        SFlag::S_IFCHR
    }
}

fn kind_of(mode: u32) -> SFlag {
    SFlag::from_bits_truncate(mode) & SFlag::S_IFMT
}

/// The root, with links on the way to it resolved but not itself.
fn first(paths: &PathMap, root: &Path) -> Option<Root> {
    let place = paths.place(root).ok()?;
    if !paths.fence().permits(&place.host) {
        return None;
    }
    let located = match paths.fence().open_path(&place.host, OFlag::O_NOFOLLOW) {
        Ok(located) => located,
        Err(Refusal::Outside | Refusal::System(_)) => return None,
    };
    let stat = located.stat().ok()?;
    if place.directory_only && is(&stat, SFlag::S_IFREG) {
        return None;
    }
    Some(Root { shown: root.to_owned(), located })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Tree;
    use super::*;

    #[test]
    fn a_tree_deeper_than_what_is_kept_open_is_walked_whole() {
        let tree = Tree::new();
        let depth = KEPT_OPEN * 2;
        let mut path = String::from("deep");
        for level in 0..depth {
            // Files after the directory, so that the walk comes back to each level.
            tree.write(&format!("{path}/z"), level.to_string());
            path.push_str("/d");
        }
        let mut walk = Walk::new(&tree.paths, Path::new("deep"));
        let mut read = Vec::new();
        while let Some(step) = walk.next() {
            if step.kind == SFlag::S_IFREG {
                read.push(std::io::read_to_string(walk.open(&step).unwrap()).unwrap());
            }
        }
        let backwards: Vec<String> = (0..depth).rev().map(|level| level.to_string()).collect();
        assert_eq!(read, backwards);
    }

    #[test]
    fn a_link_that_took_the_place_of_a_file_is_not_opened() {
        let tree = Tree::new();
        tree.write("s/f", "mine");
        tree.write("secret", "secret");
        let mut walk = Walk::new(&tree.paths, Path::new("s"));
        walk.next().unwrap();
        let step = walk.next().unwrap();
        std::fs::remove_file(tree.home("s/f")).unwrap();
        tree.link("../secret", "s/f");
        assert_eq!(walk.open(&step).unwrap_err(), Errno::ELOOP);
    }
}
