//! The walk through a directory: everything in it, in lexical order, links not followed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::fcntl::OFlag;
use nix::sys::stat::SFlag;

use super::look::names_in;
use crate::paths::fence::{Located, Refusal, is};
use crate::paths::{PathMap, clean};

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

/// Something the walk came by.
pub(super) struct Step {
    /// As the caller calls it: the root as it was written, everything below it clean.
    pub(super) shown: PathBuf,
    /// Where it lies.
    pub(super) host: PathBuf,
    /// Its type, as bits of a mode.
    pub(super) kind: SFlag,
}

impl Step {
    /// Opens a file the walk came by, if it still is one and no link took its place.
    pub(super) fn open(&self, paths: &PathMap) -> Result<Located, Refusal> {
        paths.fence().open_path(&self.host, OFlag::O_NOFOLLOW)
    }
}

/// Walks from `root`, which is a step itself and may be a file. A root that is missing or forbidden has no steps;
/// directories that cannot be read are steps without anything in them.
pub(super) struct Walk<'a> {
    paths: &'a PathMap,
    root: Option<Step>,
    levels: Vec<Level>,
}

struct Level {
    shown: PathBuf,
    host: PathBuf,
    entries: std::vec::IntoIter<(OsString, SFlag)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(paths: &'a PathMap, root: &Path) -> Self {
        Self { paths, root: first(paths, root), levels: Vec::new() }
    }

    fn enter(&mut self, step: &Step) {
        if step.kind != SFlag::S_IFDIR {
            return;
        }
        let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        let Ok(directory) = self.paths.fence().open_path(&step.host, flags) else { return };
        let Ok(names) = names_in(&directory) else { return };
        let kind = |name: OsString| {
            let stat = directory.entry_stat(&name).ok()?;
            Some((name, SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT))
        };
        let entries: Vec<_> = names.into_iter().filter_map(kind).collect();
        self.levels.push(Level {
            shown: clean(&step.shown),
            host: step.host.clone(),
            entries: entries.into_iter(),
        });
    }
}

/// The root, with links on the way to it resolved but not itself.
fn first(paths: &PathMap, root: &Path) -> Option<Step> {
    let place = paths.place(root).ok()?;
    if !paths.fence().permits(&place.host) {
        return None;
    }
    let located = paths.fence().open_path(&place.host, OFlag::O_NOFOLLOW).ok()?;
    let stat = located.stat().ok()?;
    if place.directory_only && is(&stat, SFlag::S_IFREG) {
        return None;
    }
    let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
    Some(Step { shown: root.to_owned(), host: located.real, kind })
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if let Some(root) = self.root.take() {
            self.enter(&root);
            return Some(root);
        }
        while let Some(level) = self.levels.last_mut() {
            let Some((name, kind)) = level.entries.next() else {
                self.levels.pop();
                continue;
            };
            let step = Step { shown: clean(&level.shown.join(&name)), host: level.host.join(&name), kind };
            self.enter(&step);
            return Some(step);
        }
        None
    }
}
