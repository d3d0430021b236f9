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
    pub(crate) fn unreported(self) {
        drop(self.0);
    }
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

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;
    use crate::store::{OrganizationRow, Saved};

    /// Refuses every batch with an organization called `bad`, holds each batch until it is let go, and notes sizes.
    #[derive(Default)]
    struct Picky {
        open: Mutex<bool>,
        opened: Condvar,
        batches: Mutex<Vec<usize>>,
    }

    impl Store for Picky {
        fn load(&self) -> Result<Saved, StoreError> {
            Ok(Saved::default())
        }

        fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
            let open = self.open.lock().unwrap();
            drop(self.opened.wait_while(open, |open| !*open).unwrap());
            self.batches.lock().unwrap().push(changes.len());
            let bad = |change: &Change| matches!(change, Change::PutOrganization(row) if row.name == "bad");
            if changes.iter().any(bad) { Err(StoreError::Closed) } else { Ok(()) }
        }
    }

    fn organization(name: &str) -> Vec<Change> {
        vec![Change::PutOrganization(OrganizationRow {
            id: name.to_owned(),
            name: name.to_owned(),
            is_default: false,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            settings: crate::organization::OrganizationSettings::default(),
        })]
    }

    #[tokio::test]
    async fn what_gathers_during_a_commit_is_written_together_and_one_bad_change_fails_alone() {
        let store = Arc::new(Picky::default());
        let ledger = Ledger::new(Arc::clone(&store) as Arc<dyn Store>);
        let commits = ["a", "b", "bad", "c"].map(|name| ledger.commit(organization(name)));
        *store.open.lock().unwrap() = true;
        store.opened.notify_all();
        let mut written = Vec::new();
        for commit in commits {
            written.push(commit.written().await.is_ok());
        }
        assert_eq!(written, [true, true, false, true]);
        let batches = store.batches.lock().unwrap().clone();
        assert!(batches.iter().any(|size| *size > 1), "{batches:?}");
    }

    #[tokio::test]
    async fn dropping_the_ledger_writes_what_was_handed_over() {
        let store = Arc::new(Picky { open: Mutex::new(true), ..Picky::default() });
        let ledger = Ledger::new(Arc::clone(&store) as Arc<dyn Store>);
        ledger.commit(organization("a")).unreported();
        drop(ledger);
        assert_eq!(*store.batches.lock().unwrap(), [1]);
    }
}
