//! Copies of sandboxes: forks, where they came from, and snapshots.

use std::sync::Arc;

use dialect::OrganizationId;
use http::StatusCode;

use super::{SandboxResult, Sandboxes};
use crate::errors::ApiError;
use crate::lifecycle;
use crate::record::{SandboxRecord, Task};
use crate::registry::Others;
use crate::{creation, snapshots};

/// Most copies and ancestors told of (control-plane.md §2.6).
const MOST_FORKS: usize = 100;
const MOST_ANCESTORS: usize = 50;

impl Sandboxes {
    /// Makes a copy of a running virtual machine's files and starts it; gives the copy as [`Self::create`] does.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn fork(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        name: Option<&str>,
    ) -> SandboxResult {
        let id = self.0.config.ids.uuid();
        let fork = |record: &mut SandboxRecord, _now| lifecycle::fork(record, &id);
        let ((), parent) = self.0.change(organization, id_or_name, fork).await?;
        let child = creation::fork(&self.0.config, &parent, &id, name, self.0.now());
        let inserted = self.insert(child).map_err(|error| match error.status {
            StatusCode::CONFLICT => ApiError::conflict("Sandbox with this name already exists"),
            _ => error,
        });
        match inserted {
            Ok((child, commit)) => self.launch(child, commit).await,
            Err(error) => {
                self.forget_fork(&parent);
                Err(error)
            }
        }
    }

    /// Keeps the files of a running or stopped sandbox as a snapshot of this name; gives the sandbox once that is done, or
    /// as it is when that takes longer than a moment.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn snapshot(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        name: &str,
    ) -> SandboxResult {
        let id = self.0.config.ids.uuid();
        let keep = |record: &mut SandboxRecord, _now, others: Others<'_>| {
            lifecycle::capture(record, &id, name)?;
            let is_taking = |other: &Arc<SandboxRecord>| matches!(&other.task, Some(Task::Capture { name: taken, .. }) if taken == name);
            if others().iter().any(is_taking) {
                return Err(snapshots::name_taken(name));
            }
            self.0.admit_snapshot(organization.as_str(), name)
        };
        let ((), record) = self.0.change_among(organization, id_or_name, keep).await?;
        Ok(self.until(&record, |record| record.task.is_some()).await)
    }

    /// The copies made of a sandbox, oldest first; those that are gone too, as far as they are remembered, when asked
    /// for.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub fn forks(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        include_destroyed: bool,
    ) -> Result<Vec<Arc<SandboxRecord>>, ApiError> {
        let parent = self.find(organization, id_or_name)?;
        let mut forks = self.0.registry.list_all(organization);
        forks.retain(|fork| {
            fork.links.parent_id.as_ref() == Some(&parent.id) && (include_destroyed || !fork.is_leaving())
        });
        forks.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        forks.truncate(MOST_FORKS);
        Ok(forks)
    }

    /// The sandboxes this one came from, the first of them first.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub fn ancestors(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
    ) -> Result<Vec<Arc<SandboxRecord>>, ApiError> {
        let mut latest = self.find(organization, id_or_name)?;
        let mut ancestors = Vec::new();
        while let Some(parent) = latest.links.parent_id.as_deref().and_then(|id| self.0.registry.get(id)) {
            if ancestors.len() == MOST_ANCESTORS {
                break;
            }
            ancestors.push(Arc::clone(&parent));
            latest = parent;
        }
        ancestors.reverse();
        Ok(ancestors)
    }

    /// Lets a sandbox go on whose copy could not be made.
    fn forget_fork(&self, parent: &SandboxRecord) {
        let forgotten = self.0.registry.update(&parent.id, |record| {
            if record.task == parent.task {
                record.task = None;
            }
            Ok(())
        });
        if let Ok(forgotten) = forgotten {
            forgotten.commit.unreported();
        }
        self.0.wake(parent.id.clone());
    }
}
