//! Trees that were thrown away, deleted while nobody waits for it.
//!
//! One thread of low priority deletes them one after the other: deleting costs more than making a sandbox, and those who
//! make one come first.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use crate::removal::remove_tree;

/// How far the thread stands back.
const NICE: i32 = 10;

/// Where trees go that nobody wants any more.
#[derive(Default)]
pub(crate) struct Graves(Mutex<Option<Digger>>);

struct Digger {
    trees: mpsc::Sender<PathBuf>,
    thread: JoinHandle<()>,
}

impl Graves {
    fn lock(&self) -> MutexGuard<'_, Option<Digger>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a tree deleted. Where no thread can be had it is done at once.
    pub(crate) fn take(&self, tree: PathBuf) {
        let mut digger = self.lock();
        if digger.is_none() {
            *digger = Digger::start();
        }
        let unsent = match &*digger {
            Some(digger) => digger.trees.send(tree).err().map(|error| error.0),
            None => Some(tree),
        };
        drop(digger);
        if let Some(tree) = unsent {
            delete(&tree);
        }
    }

    /// Waits until everything is deleted. Blocks.
    pub(crate) fn close(&self) {
        let digger = self.lock().take();
        if let Some(Digger { trees, thread }) = digger {
            drop(trees);
            let _ = thread.join();
        }
    }
}

impl Digger {
    fn start() -> Option<Self> {
        let (trees, received) = mpsc::channel::<PathBuf>();
        let dig = move || {
            // The kernel keeps this per thread.
            let _ = rustix::process::nice(NICE);
            received.into_iter().for_each(|tree| delete(&tree));
        };
        let thread = thread::Builder::new().name("graves".to_owned()).spawn(dig).ok()?;
        Some(Self { trees, thread })
    }
}

fn delete(tree: &std::path::Path) {
    if let Err(error) = remove_tree(tree) {
        tracing::warn!(tree = %tree.display(), %error, "a deleted sandbox's files could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn everything_is_gone_once_it_is_closed() {
        let place = tempfile::tempdir().unwrap();
        let graves = Graves::default();
        for name in ["a", "b", "c"] {
            fs::create_dir_all(place.path().join(name).join("inner")).unwrap();
            graves.take(place.path().join(name));
        }
        graves.close();
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }
}
