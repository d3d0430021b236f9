//! The working set in memory: every sandbox, by id and by name within its organization.
//!
//! Reads never leave memory. A change is made to a copy of the record, published to whoever watches it, and handed to
//! the ledger while the registry is still locked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bytes::Bytes;
use contract::control::types::SandboxState;
use dialect::OrganizationId;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::announcements::{Announcement, Announcer};
use crate::errors::ApiError;
use crate::holder::Held;
use crate::ledger::{Commit, Ledger};
use crate::lifecycle;
use crate::record::SandboxRecord;
use crate::store::Change;
use crate::urls::BaseUrl;
use crate::written::Written;

/// All sandboxes of all organizations.
pub(crate) struct Registry {
    sets: RwLock<Sets>,
    ledger: Ledger,
    announcer: Announcer,
    tombstone: Duration,
}

/// The other sandboxes of the same organization that stay, asked for only where they matter.
pub(crate) type Others<'a> = &'a dyn Fn() -> Vec<Arc<SandboxRecord>>;

/// A change that was made and is on its way to the store.
pub(crate) struct Changed<T> {
    /// What the change itself gave.
    pub(crate) result: T,
    /// The record after it.
    pub(crate) record: Arc<SandboxRecord>,
    pub(crate) commit: Commit,
}

#[derive(Default)]
struct Sets {
    by_id: HashMap<String, Entry>,
    by_name: HashMap<OrganizationId, BTreeMap<String, String>>,
    by_organization: HashMap<OrganizationId, BTreeSet<String>>,
}

struct Entry {
    record: watch::Sender<Arc<SandboxRecord>>,
    held: Option<Arc<dyn Held>>,
    written: Written,
}

impl Entry {
    fn record(&self) -> Arc<SandboxRecord> {
        Arc::clone(&self.record.borrow())
    }
}

impl Registry {
    /// A registry holding `records`, writing changes to `ledger`.
    pub(crate) fn new(records: Vec<Arc<SandboxRecord>>, ledger: Ledger, tombstone: Duration) -> Self {
        let mut sets = Sets::default();
        for record in records {
            sets.insert(&record);
        }
        Self { sets: RwLock::new(sets), ledger, announcer: Announcer::default(), tombstone }
    }

    fn read(&self) -> RwLockReadGuard<'_, Sets> {
        self.sets.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Sets> {
        self.sets.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sandbox with this id, whosever it is.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<SandboxRecord>> {
        self.read().by_id.get(id).map(Entry::record)
    }

    /// The sandbox a caller means: by id, then by name, within the organization. One that is gone is remembered by its
    /// id for a moment; `remembered` says whether that counts.
    pub(crate) fn find(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        now: Timestamp,
        remembered: bool,
    ) -> Result<Arc<SandboxRecord>, ApiError> {
        let sets = self.read();
        let by_id = sets
            .by_id
            .get(id_or_name)
            .map(Entry::record)
            .filter(|record| record.organization_id == *organization)
            .filter(|record| match record.destroyed_at {
                Some(destroyed_at) => remembered && now.duration_since(destroyed_at) < signed(self.tombstone),
                None => !(record.is_leaving() && is_broken(record.state)),
            });
        by_id
            .or_else(|| sets.named(organization, id_or_name))
            .ok_or_else(|| ApiError::unknown_sandbox(id_or_name))
    }

    /// What `write` makes of a record for clients that reach us at `base`, made once for all who ask.
    pub(crate) fn written(
        &self,
        record: &Arc<SandboxRecord>,
        base: &BaseUrl,
        write: impl FnOnce() -> Result<Bytes, ApiError>,
    ) -> Result<Bytes, ApiError> {
        match self.read().by_id.get(&record.id) {
            Some(entry) => entry.written.get(record, base, write),
            None => write(),
        }
    }

    /// Every sandbox of an organization that has not been asked to go away.
    pub(crate) fn list(&self, organization: &OrganizationId) -> Vec<Arc<SandboxRecord>> {
        self.read().list(organization)
    }

    /// Every sandbox of an organization that is known at all, those that leave and those remembered included.
    pub(crate) fn list_all(&self, organization: &OrganizationId) -> Vec<Arc<SandboxRecord>> {
        let sets = self.read();
        let records = sets.by_id.values().map(Entry::record);
        records.filter(|record| record.organization_id == *organization).collect()
    }

    /// What is announced from now on.
    pub(crate) fn announcements(&self) -> tokio::sync::broadcast::Receiver<Arc<Announcement>> {
        self.announcer.subscribe()
    }

    /// Who tells of changes.
    pub(crate) fn announcer(&self) -> &Announcer {
        &self.announcer
    }

    /// A sandbox of whatever organization that this holds for.
    pub(crate) fn search(&self, fits: impl Fn(&SandboxRecord) -> bool) -> Option<Arc<SandboxRecord>> {
        self.read().by_id.values().map(Entry::record).find(|record| fits(record))
    }

    /// Every id.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.read().by_id.keys().cloned().collect()
    }

    /// Lets the sandboxes linked to one that goes away go with it, and gives their ids.
    pub(crate) fn leave_linked(&self, record: &SandboxRecord, now: Timestamp) -> Vec<String> {
        let mut linked = self.list(&record.organization_id);
        linked.retain(|other| other.links.linked_sandbox_id.as_deref() == Some(&record.id));
        let leave = |other: &Arc<SandboxRecord>| {
            let left = self.update(&other.id, |record| {
                lifecycle::leave(record, now);
                Ok(())
            });
            left.ok().map(|left| {
                left.commit.unreported();
                other.id.clone()
            })
        };
        linked.iter().filter_map(leave).collect()
    }

    /// Adds a sandbox, unless `admit` refuses it beside the others or its name is taken.
    pub(crate) fn insert(
        &self,
        record: SandboxRecord,
        admit: impl FnOnce(Others<'_>) -> Result<(), ApiError>,
    ) -> Result<(Arc<SandboxRecord>, Commit), ApiError> {
        let mut sets = self.write();
        admit(&|| sets.list(&record.organization_id))?;
        // Ids a client chose may be anybody's already.
        if sets.by_id.contains_key(&record.id) {
            return Err(ApiError::conflict(format!("Sandbox with ID {} already exists", record.id)));
        }
        if sets.named(&record.organization_id, &record.name).is_some() {
            return Err(ApiError::conflict(format!("Sandbox with name {} already exists", record.name)));
        }
        let record = Arc::new(record);
        sets.insert(&record);
        let commit = self.ledger.commit(vec![Change::PutSandbox(Arc::clone(&record))]);
        self.announcer.created(&record);
        Ok((record, commit))
    }

    /// Changes a sandbox. What `change` refuses leaves everything as it was.
    pub(crate) fn update<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut SandboxRecord) -> Result<T, ApiError>,
    ) -> Result<Changed<T>, ApiError> {
        self.update_among(id, |record, _others| change(record))
    }

    /// Changes a sandbox as its neighbours allow.
    pub(crate) fn update_among<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut SandboxRecord, Others<'_>) -> Result<T, ApiError>,
    ) -> Result<Changed<T>, ApiError> {
        let mut sets = self.write();
        let before = sets.by_id.get(id).map(Entry::record).ok_or_else(|| ApiError::unknown_sandbox(id))?;
        let mut after = (*before).clone();
        let result = change(&mut after, &|| {
            let mut others = sets.list(&before.organization_id);
            others.retain(|other| other.id != before.id);
            others
        })?;
        let record = Arc::new(after);
        sets.replace(&before, &record);
        let commit = self.ledger.commit(vec![Change::PutSandbox(Arc::clone(&record))]);
        // Told while nobody else can change it, so that what is told comes in order and can be read.
        self.announcer.changed(&before, &record);
        Ok(Changed { result, record, commit })
    }

    /// Notes that somebody used the sandbox, in memory only: the next change of the record takes it along.
    pub(crate) fn touch(&self, id: &str, now: Timestamp) {
        let sets = self.read();
        if let Some(entry) = sets.by_id.get(id) {
            entry.record.send_modify(|record| Arc::make_mut(record).last_activity_at = now);
        }
    }

    /// Marks the removal of a sandbox as finished: the store forgets it, memory remembers it for a moment.
    pub(crate) fn bury(&self, id: &str, now: Timestamp) {
        let mut sets = self.write();
        let Some(before) = sets.by_id.get(id).map(Entry::record) else { return };
        let mut after = (*before).clone();
        after.state = SandboxState::Destroyed;
        after.destroyed_at = Some(now);
        after.updated_at = now;
        let after = Arc::new(after);
        sets.replace(&before, &after);
        self.ledger.commit(vec![Change::DeleteSandbox { id: id.to_owned() }]).unreported();
        self.announcer.changed(&before, &after);
    }

    /// Forgets a sandbox.
    pub(crate) fn forget(&self, id: &str) {
        self.write().by_id.remove(id);
    }

    /// Follows a sandbox's record.
    pub(crate) fn watch(&self, id: &str) -> Option<watch::Receiver<Arc<SandboxRecord>>> {
        self.read().by_id.get(id).map(|entry| entry.record.subscribe())
    }

    /// What holds the sandbox's processes, while it runs.
    pub(crate) fn held(&self, id: &str) -> Option<Arc<dyn Held>> {
        self.read().by_id.get(id)?.held.clone()
    }

    /// Sets or takes away what holds the sandbox's processes.
    pub(crate) fn hold(&self, id: &str, held: Option<Arc<dyn Held>>) {
        if let Some(entry) = self.write().by_id.get_mut(id) {
            entry.held = held;
        }
    }

    /// Writes what belongs to no sandbox.
    pub(crate) fn commit(&self, changes: Vec<Change>) -> Commit {
        self.ledger.commit(changes)
    }
}

impl Sets {
    fn list(&self, organization: &OrganizationId) -> Vec<Arc<SandboxRecord>> {
        let ids = self.by_organization.get(organization);
        ids.into_iter().flatten().filter_map(|id| self.by_id.get(id)).map(Entry::record).collect()
    }

    fn named(&self, organization: &OrganizationId, name: &str) -> Option<Arc<SandboxRecord>> {
        let id = self.by_name.get(organization)?.get(name)?;
        self.by_id.get(id).map(Entry::record)
    }

    fn insert(&mut self, record: &Arc<SandboxRecord>) {
        self.index(record);
        let (sender, written) = (watch::Sender::new(Arc::clone(record)), Written::default());
        let entry = Entry { record: sender, held: None, written };
        self.by_id.insert(record.id.clone(), entry);
    }

    fn replace(&mut self, before: &SandboxRecord, after: &Arc<SandboxRecord>) {
        if before.name != after.name || before.is_leaving() != after.is_leaving() {
            self.unindex(before);
            self.index(after);
        }
        if let Some(entry) = self.by_id.get_mut(&after.id) {
            entry.record.send_replace(Arc::clone(after));
            entry.written.clear();
        }
    }

    /// Only sandboxes that stay have a name and stand in lists.
    fn index(&mut self, record: &SandboxRecord) {
        if record.is_leaving() {
            return;
        }
        let organization = &record.organization_id;
        self.by_name.entry(organization.clone()).or_default().insert(record.name.clone(), record.id.clone());
        self.by_organization.entry(organization.clone()).or_default().insert(record.id.clone());
    }

    fn unindex(&mut self, record: &SandboxRecord) {
        if let Some(names) = self.by_name.get_mut(&record.organization_id) {
            names.remove(&record.name);
        }
        if let Some(ids) = self.by_organization.get_mut(&record.organization_id) {
            ids.remove(&record.id);
        }
    }
}

/// A sandbox whose removal failed counts as missing (control-plane.md §2.2).
fn is_broken(state: SandboxState) -> bool {
    matches!(state, SandboxState::Error | SandboxState::BuildFailed)
}

fn signed(duration: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}
