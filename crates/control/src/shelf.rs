//! Simple records in memory: by organization, oldest first.
//!
//! Reads never leave memory. A change is checked and made under one lock, and handed to the ledger before the lock is
//! given up, so that the store sees changes in the order memory did and two of them never pass the same check.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::announcements::Announcer;
use crate::errors::ApiError;
use crate::ledger::Commit;
use crate::registry::Registry;
use crate::store::{Change, RecordKind, RecordRow, StoreError};

/// Something an organization has, with a name.
pub(crate) trait Record: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Which table it is kept in.
    const KIND: RecordKind;
    /// Version-4 UUID.
    fn id(&self) -> &str;
    /// Organization it belongs to.
    fn organization_id(&self) -> &str;
    /// For people.
    fn name(&self) -> &str;
    /// When it was made.
    fn created_at(&self) -> Timestamp;
    /// Announces a change, for kinds clients listen for. The change can be read by then, and nobody can make the next.
    fn tell(_announcer: &Announcer, _before: Option<&Arc<Self>>, _after: Option<&Arc<Self>>) {}
}

/// All records of one kind.
pub(crate) struct Shelf<T> {
    rows: RwLock<BTreeMap<String, Vec<Arc<T>>>>,
}

impl<T: Record> Shelf<T> {
    /// A shelf with those of `rows` that are of its kind.
    pub(crate) fn new(rows: &[RecordRow]) -> Result<Self, StoreError> {
        let mut shelves: BTreeMap<String, Vec<Arc<T>>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.kind == T::KIND) {
            let record: T = serde_json::from_str(&row.body)
                .map_err(|error| StoreError::Row { table: T::KIND.table(), reason: error.to_string() })?;
            shelves.entry(row.organization_id.clone()).or_default().push(Arc::new(record));
        }
        Ok(Self { rows: RwLock::new(shelves) })
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Vec<Arc<T>>>> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Vec<Arc<T>>>> {
        self.rows.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every record of an organization, oldest first.
    pub(crate) fn list(&self, organization: &str) -> Vec<Arc<T>> {
        self.read().get(organization).cloned().unwrap_or_default()
    }

    /// The first record of an organization that fits.
    pub(crate) fn find(&self, organization: &str, fits: impl Fn(&T) -> bool) -> Option<Arc<T>> {
        self.read().get(organization)?.iter().find(|record| fits(record)).cloned()
    }

    /// The record of an organization with this id.
    pub(crate) fn get(&self, organization: &str, id: &str) -> Option<Arc<T>> {
        self.find(organization, |record| record.id() == id)
    }

    /// Every record that fits, whosever it is.
    pub(crate) fn everywhere(&self, fits: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
        self.read().values().flatten().filter(|record| fits(record)).cloned().collect()
    }

    /// Adds a record, unless `check` has something against it among its neighbours.
    pub(crate) fn insert(
        &self,
        registry: &Registry,
        record: T,
        check: impl FnOnce(&[Arc<T>]) -> Result<(), ApiError>,
    ) -> Result<(Arc<T>, Commit), ApiError> {
        let mut shelves = self.write();
        let rows = shelves.entry(record.organization_id().to_owned()).or_default();
        check(rows)?;
        let record = Arc::new(record);
        let commit = registry.commit(vec![Change::PutRecord(row(&*record)?)]);
        rows.push(Arc::clone(&record));
        T::tell(registry.announcer(), None, Some(&record));
        Ok((record, commit))
    }

    /// Changes a record; `None` when there is none of this id. What `change` refuses leaves everything as it was.
    pub(crate) fn update(
        &self,
        registry: &Registry,
        organization: &str,
        id: &str,
        change: impl FnOnce(&mut T) -> Result<(), ApiError>,
    ) -> Result<Option<(Arc<T>, Commit)>, ApiError> {
        let mut shelves = self.write();
        let rows = shelves.get_mut(organization);
        let Some(place) = rows.and_then(|rows| rows.iter_mut().find(|record| record.id() == id)) else {
            return Ok(None);
        };
        let mut record = T::clone(place);
        change(&mut record)?;
        let commit = registry.commit(vec![Change::PutRecord(row(&record)?)]);
        let before = std::mem::replace(place, Arc::new(record));
        T::tell(registry.announcer(), Some(&before), Some(place));
        Ok(Some((Arc::clone(place), commit)))
    }

    /// Takes a record away; `None` when there is none of this id.
    pub(crate) fn remove(&self, registry: &Registry, organization: &str, id: &str) -> Option<Commit> {
        let mut shelves = self.write();
        let rows = shelves.get_mut(organization)?;
        let position = rows.iter().position(|record| record.id() == id)?;
        let before = rows.remove(position);
        T::tell(registry.announcer(), Some(&before), None);
        Some(registry.commit(vec![Change::DeleteRecord { kind: T::KIND, id: id.to_owned() }]))
    }

    /// Forgets what an organization had; its row takes the stored ones along.
    pub(crate) fn forget_organization(&self, organization: &str) {
        self.write().remove(organization);
    }
}

/// The row of a record.
pub(crate) fn row<T: Record>(record: &T) -> Result<RecordRow, ApiError> {
    let body = serde_json::to_string(record).map_err(|error| {
        tracing::error!(%error, table = T::KIND.table(), "a record could not be written as JSON");
        ApiError::internal()
    })?;
    Ok(RecordRow {
        kind: T::KIND,
        id: record.id().to_owned(),
        organization_id: record.organization_id().to_owned(),
        name: record.name().to_owned(),
        created_at: record.created_at(),
        body,
    })
}

/// Makes a type with members `id`, `organization_id`, `name` and `created_at` a [`Record`].
macro_rules! record {
    ($type:ty, $kind:ident) => {
        impl crate::shelf::Record for $type {
            const KIND: crate::store::RecordKind = crate::store::RecordKind::$kind;
            fn id(&self) -> &str {
                &self.id
            }
            fn organization_id(&self) -> &str {
                &self.organization_id
            }
            fn name(&self) -> &str {
                &self.name
            }
            fn created_at(&self) -> jiff::Timestamp {
                self.created_at
            }
        }
    };
}
pub(crate) use record;
