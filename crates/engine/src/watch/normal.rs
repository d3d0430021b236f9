//! One word for each change. The library tells a rename as two halves and then as a whole; halves without a whole mean
//! that something left the watched directory or came into it.

use std::path::PathBuf;

use jiff::Timestamp;
use notify::event::{EventKind, ModifyKind, RenameMode};

use super::{Change, FileEvent};

/// Puts renames together.
#[derive(Debug, Default)]
pub(super) struct Normaliser {
    /// The first half of a rename, and its number.
    left: Option<(u64, PathBuf, Timestamp)>,
    /// The second half, when its whole is still to come.
    arrived: Option<PathBuf>,
    next: u64,
}

impl Normaliser {
    /// What an event of the library means.
    pub(super) fn take(&mut self, event: notify::Event, now: Timestamp) -> Vec<FileEvent> {
        let kind = event.kind;
        let mut paths = event.paths.into_iter();
        let one = |change, path: Option<PathBuf>| {
            path.into_iter().map(move |path| FileEvent { change, path, old_path: None, at: now }).collect()
        };
        match kind {
            EventKind::Modify(ModifyKind::Name(mode)) => self.renamed(mode, paths.next(), paths.next(), now),
            EventKind::Create(_) => one(Change::Created, paths.next()),
            EventKind::Remove(_) => one(Change::Deleted, paths.next()),
            EventKind::Modify(ModifyKind::Metadata(_)) => one(Change::Permissions, paths.next()),
            EventKind::Modify(_) => one(Change::Modified, paths.next()),
            EventKind::Any | EventKind::Access(_) | EventKind::Other => Vec::new(),
        }
    }

    /// Number of the half that waits for the other, when there is one.
    pub(super) fn waiting(&self) -> Option<u64> {
        self.left.as_ref().map(|(number, ..)| *number)
    }

    /// Says that the other half will not come any more.
    pub(super) fn give_up(&mut self, number: u64) -> Vec<FileEvent> {
        if self.waiting() == Some(number) { self.gone() } else { Vec::new() }
    }

    fn renamed(
        &mut self,
        mode: RenameMode,
        first: Option<PathBuf>,
        second: Option<PathBuf>,
        now: Timestamp,
    ) -> Vec<FileEvent> {
        match (mode, first, second) {
            (RenameMode::From, Some(path), _) => {
                let events = self.gone();
                self.next += 1;
                self.left = Some((self.next, path, now));
                events
            }
            (RenameMode::To, Some(path), _) if self.left.is_some() => {
                self.arrived = Some(path);
                Vec::new()
            }
            (RenameMode::To, Some(path), _) => {
                vec![FileEvent { change: Change::Created, path, old_path: None, at: now }]
            }
            (RenameMode::Both, Some(old), Some(path)) => {
                self.left = None;
                self.arrived = None;
                vec![FileEvent { change: Change::Renamed, path, old_path: Some(old), at: now }]
            }
            (_, Some(path), _) => {
                vec![FileEvent { change: Change::Modified, path, old_path: None, at: now }]
            }
            (_, None, _) => Vec::new(),
        }
    }

    /// Halves that are wholes of their own.
    fn gone(&mut self) -> Vec<FileEvent> {
        let Some((_, path, at)) = self.left.take() else { return Vec::new() };
        let deleted = FileEvent { change: Change::Deleted, path, old_path: None, at };
        let arrived =
            self.arrived.take().map(|path| FileEvent { change: Change::Created, path, old_path: None, at });
        std::iter::once(deleted).chain(arrived).collect()
    }
}
