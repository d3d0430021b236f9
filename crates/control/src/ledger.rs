//! Puts changes into the store: in order, many at once, off the request's way.
//!
//! Changes are handed over while the registry is locked, so that the store sees them in the order memory did. A thread
//! of its own takes whatever has gathered since its last commit and writes it as one transaction: under load one commit
//! serves many requests. A store that takes no time is written at once.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use crate::store::{Change, Store, StoreError};

/// Most changes in one transaction, so that none waits long for a large one.
const BATCH: usize = 512;

/// Writes changes. Dropping it ends its thread once everything handed over is written.
pub(crate) struct Ledger {
    store: Arc<dyn Store>,
    queue: Option<mpsc::Sender<Entry>>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Entry {
    changes: Vec<Change>,
    written: oneshot::Sender<bool>,
}

/// A change on its way to the store.
#[must_use = "an answer may report a change only once it is written"]
pub(crate) struct Commit(oneshot::Receiver<bool>);

impl Commit {
    /// Waits until the change survives the end of this process.
    pub(crate) async fn written(self) -> Result<(), StoreError> {
        match self.0.await {
            Ok(true) => Ok(()),
            _ => Err(StoreError::Closed),
        }
    }

    /// Lets the change be written in its own time: nothing reports it.
    pub(crate) fn unreported(self) {}
}

impl Ledger {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        if !store.is_slow() {
            return Self { store, queue: None, thread: None };
        }
        let (queue, entries) = mpsc::channel();
        let writer = Arc::clone(&store);
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || write_all(&*writer, &entries))
            .inspect_err(|error| tracing::error!(%error, "the ledger's thread did not start"))
            .ok();
        Self { store, queue: thread.is_some().then_some(queue), thread }
    }

    /// Hands changes over; they are written whole or not at all.
    pub(crate) fn commit(&self, changes: Vec<Change>) -> Commit {
        let (written, receiver) = oneshot::channel();
        let entry = Entry { changes, written };
        match &self.queue {
            // A closed queue drops the entry, and with it the sender the receiver waits for.
            Some(queue) => drop(queue.send(entry)),
            None => write(&*self.store, vec![entry]),
        }
        Commit(receiver)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(store: &dyn Store, entries: &mpsc::Receiver<Entry>) {
    while let Ok(first) = entries.recv() {
        let mut batch = vec![first];
        let mut size = batch[0].changes.len();
        while size < BATCH {
            let Ok(next) = entries.try_recv() else { break };
            size += next.changes.len();
            batch.push(next);
        }
        write(store, batch);
    }
}

/// Writes a batch in one transaction; when that fails each entry is tried alone, so that one bad change does not take
/// its neighbours along.
fn write(store: &dyn Store, batch: Vec<Entry>) {
    let changes: Vec<Change> = batch.iter().flat_map(|entry| entry.changes.iter().cloned()).collect();
    let together = store.apply(&changes).is_ok();
    for entry in batch {
        let written = together
            || store
                .apply(&entry.changes)
                .inspect_err(|error| tracing::error!(%error, "a change could not be written"))
                .is_ok();
        let _ = entry.written.send(written);
    }
}
