//! Rows in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::{ApiKeyRow, Change, OrganizationRow, RecordKind, RecordRow, Saved, Store, StoreError};
use crate::record::SandboxRecord;

/// Keeps nothing beyond its own life.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    organizations: BTreeMap<String, OrganizationRow>,
    api_keys: BTreeMap<(String, String), ApiKeyRow>,
    revoked_keys: BTreeSet<String>,
    records: BTreeMap<(RecordKind, String), RecordRow>,
    sandboxes: BTreeMap<String, Arc<SandboxRecord>>,
}

impl MemoryStore {
    /// Holds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Rows {
    fn forget_organization(&mut self, id: &str) {
        self.organizations.remove(id);
        self.api_keys.retain(|(organization, _), _| organization != id);
        self.records.retain(|_, row| row.organization_id != id);
        self.sandboxes.retain(|_, record| record.organization_id.as_str() != id);
    }
}

impl Store for MemoryStore {
    fn load(&self) -> Result<Saved, StoreError> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Saved {
            organizations: rows.organizations.values().cloned().collect(),
            api_keys: rows.api_keys.values().cloned().collect(),
            revoked_keys: rows.revoked_keys.iter().cloned().collect(),
            records: rows.records.values().cloned().collect(),
            sandboxes: rows.sandboxes.values().cloned().collect(),
        })
    }

    fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match change {
                Change::PutOrganization(row) => {
                    rows.organizations.insert(row.id.clone(), row.clone());
                }
                Change::PutApiKey(row) => {
                    rows.api_keys.insert((row.organization_id.clone(), row.name.clone()), row.clone());
                }
                Change::DeleteOrganization { id } => rows.forget_organization(id),
                Change::RevokeApiKey { organization_id, name, hash } => {
                    rows.api_keys.remove(&(organization_id.clone(), name.clone()));
                    rows.revoked_keys.insert(hash.clone());
                }
                Change::PutRecord(row) => {
                    rows.records.insert((row.kind, row.id.clone()), row.clone());
                }
                Change::DeleteRecord { kind, id } => {
                    rows.records.remove(&(*kind, id.clone()));
                }
                Change::PutSandbox(record) => {
                    rows.sandboxes.insert(record.id.clone(), Arc::clone(record));
                }
                Change::DeleteSandbox { id } => {
                    rows.sandboxes.remove(id);
                }
            }
        }
        Ok(())
    }

    fn is_slow(&self) -> bool {
        false
    }
}
