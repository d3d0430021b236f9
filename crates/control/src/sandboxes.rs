//! Sandboxes as every dialect drives them: typed, in this process, with one implementation of what is allowed.
//!
//! A dialect parses, calls this, and gives the record its own shape; [`ApiError`] has the status and the text of this
//! API, which a dialect may put into its own words. Methods take ids or names, always within an organization: what
//! belongs to another one does not exist.
//!
//! | module | holds |
//! |---|---|
//! | this one | making, starting, stopping, deleting |
//! | `copies` | forks and snapshots |
//! | `settings` | labels, intervals, networks, keys, secrets |

mod copies;
mod settings;

use std::sync::Arc;

use contract::control::types::SandboxState;
use dialect::OrganizationId;

use crate::attachments;
use crate::config::Lifecycle;
use crate::control::{Shared, written};
use crate::creation::{self, NewSandbox};
use crate::errors::ApiError;
use crate::ledger::Commit;
use crate::lifecycle::{self, Resize, Started};
use crate::record::{Resources, SandboxRecord};
use crate::registry::Others;

/// A sandbox, or why not.
pub type SandboxResult = Result<Arc<SandboxRecord>, ApiError>;

/// The sandboxes of a control plane. Cheap to clone.
#[derive(Clone)]
pub struct Sandboxes(Arc<Shared>);

impl Sandboxes {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// Makes and starts a sandbox; gives it once it serves, or as it is when that takes longer than a client should
    /// wait.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.5 says; 400 `Sandbox failed to start: …` when it was made and does not run.
    pub async fn create(&self, organization: &OrganizationId, new: NewSandbox) -> SandboxResult {
        if self.0.is_closing() {
            return Err(ApiError::maintenance());
        }
        let record = creation::record(&self.0, organization, new)?;
        for warning in self.warnings(&record) {
            tracing::warn!(sandbox = record.id, "{warning}");
        }
        let (record, commit) = self.insert(record)?;
        if let Err(error) = attachments::recheck_volumes(&self.0, &record) {
            commit.unreported();
            self.abandon(&record);
            return Err(error);
        }
        self.0.note_snapshot_use(&record);
        if record.build.is_none() {
            return self.launch(record, commit).await;
        }
        // Nobody waits for a build with an open request (control-plane.md §9 (45)).
        let asked = Arc::clone(&record);
        self.begin(record, commit).await.map(|()| asked)
    }

    /// What a sandbox was promised and does not get on this machine, for people to read.
    #[must_use]
    pub fn warnings(&self, record: &SandboxRecord) -> Vec<String> {
        creation::warnings(&self.0, record)
    }

    /// The sandbox of this id or name.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub fn find(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        self.0.registry.find(organization, id_or_name, self.0.now(), false)
    }

    /// What the build a sandbox is made from has said so far and, if it is followed, what it says until it ends. Empty
    /// for a sandbox that was not built.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub async fn build_log(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        follow: bool,
    ) -> Result<axum::body::Body, ApiError> {
        let record = self.find(organization, id_or_name)?;
        self.0.log_of_sandbox(&record, follow).await.unwrap_or_else(|| Ok(axum::body::Body::empty()))
    }

    /// The sandbox of this id or name, or one of this id that was deleted a moment ago.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub fn find_remembered(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        self.0.registry.find(organization, id_or_name, self.0.now(), true)
    }

    /// All sandboxes of an organization, newest first.
    #[must_use]
    pub fn list(&self, organization: &OrganizationId) -> Vec<Arc<SandboxRecord>> {
        let mut records = self.0.registry.list(organization);
        records.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
        records
    }

    /// Starts a stopped or archived sandbox; gives it once it serves, or as it is when that takes longer than a client
    /// should wait. One that runs is left alone.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn start(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        let token = creation::auth_token(&self.0.config);
        let start = |record: &mut SandboxRecord, now, others: Others<'_>| {
            let started = lifecycle::start(record, token, now)?;
            if started == Started::Asked {
                self.admit(organization, record.resources, others)?;
            }
            Ok(started)
        };
        let (started, record) = self.0.change_among(organization, id_or_name, start).await?;
        match started {
            Started::Already => Ok(record),
            Started::Asked => self.until_started(&record).await,
        }
    }

    /// Waits for a sandbox that is on its way to run, as [`Self::start`] does.
    ///
    /// # Errors
    ///
    /// 404 when there is none, 400 `Sandbox failed to start: …`.
    pub async fn until_running(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        let record = self.find(organization, id_or_name)?;
        self.until_started(&record).await
    }

    /// Brings a sandbox back from an error that left its files whole, and starts it unless told otherwise.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn recover(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        skip_start: bool,
    ) -> SandboxResult {
        let token = creation::auth_token(&self.0.config);
        let recover = |record: &mut SandboxRecord, now, others: Others<'_>| {
            lifecycle::recover(record, token, skip_start, now)?;
            if skip_start { Ok(()) } else { self.admit(organization, record.resources, others) }
        };
        let ((), record) = self.0.change_among(organization, id_or_name, recover).await?;
        if !skip_start {
            return self.until_started(&record).await;
        }
        let recovered = |record: &SandboxRecord| record.state != SandboxState::Error;
        let latest = self.0.wait(&record.id, self.0.config.stop_patience, recovered).await;
        latest.ok_or_else(|| ApiError::unknown_sandbox(&record.id))
    }

    /// Holds a virtual machine still; gives it once that is done, or as it is when that takes longer than a moment.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn pause(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        let ((), record) = self.0.change(organization, id_or_name, lifecycle::pause).await?;
        let pausing =
            |record: &SandboxRecord| matches!(record.state, SandboxState::Started | SandboxState::Pausing);
        Ok(self.until(&record, pausing).await)
    }

    /// Gives a sandbox other sizes; gives it once that is done, or as it is when that takes longer than a moment.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn resize(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        wanted: Resize,
    ) -> SandboxResult {
        let resize = |record: &mut SandboxRecord, _now, others: Others<'_>| {
            let size = lifecycle::resize(record, wanted)?;
            self.admit_size(organization, size)?;
            self.admit(organization, size, others)
        };
        let ((), record) = self.0.change_among(organization, id_or_name, resize).await?;
        Ok(self.until(&record, |record| record.task.is_some()).await)
    }

    /// Stops a sandbox, at once when `force` says so; an ephemeral one is deleted. Gives it as it was when the stop
    /// began, after waiting a moment for its end: who looks again finds it stopped.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn stop(&self, organization: &OrganizationId, id_or_name: &str, force: bool) -> SandboxResult {
        let stop = |record: &mut SandboxRecord, now| lifecycle::stop(record, force, now);
        let ((), record) = self.0.change(organization, id_or_name, stop).await?;
        self.until_ended(&record).await;
        Ok(record)
    }

    /// Deletes a sandbox. Its name is free at once; gives it as it was when the removal began, after waiting a moment
    /// for its end.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn delete(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        let delete = |record: &mut SandboxRecord, now, others: Others<'_>| {
            lifecycle::delete(record, now)?;
            let is_child = |other: &Arc<SandboxRecord>| other.links.parent_id.as_ref() == Some(&record.id);
            if record.class.is_machine() && others().iter().any(is_child) {
                return Err(ApiError::bad_request(
                    "Cannot delete sandbox which has active fork children. The forks must be deleted first.",
                ));
            }
            Ok(())
        };
        let ((), record) = self.0.change_among(organization, id_or_name, delete).await?;
        self.until_ended(&record).await;
        Ok(record)
    }

    /// Puts a stopped sandbox away; gives it once that is done, or as it is when that takes longer than a moment.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn archive(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        let archive = |record: &mut SandboxRecord, _now| lifecycle::archive(record);
        let ((), record) = self.0.change(organization, id_or_name, archive).await?;
        let archiving =
            |record: &SandboxRecord| matches!(record.state, SandboxState::Stopped | SandboxState::Archiving);
        Ok(self.until(&record, archiving).await)
    }

    fn insert(&self, record: SandboxRecord) -> Result<(Arc<SandboxRecord>, Commit), ApiError> {
        let size = record.resources;
        let organization = record.organization_id.clone();
        self.admit_size(&organization, size)?;
        self.0.registry.insert(record, |others| self.admit(&organization, size, others))
    }

    fn admit_size(&self, organization: &OrganizationId, size: Resources) -> Result<(), ApiError> {
        self.0.quotas(organization.as_str()).map_or(Ok(()), |quotas| quotas.admit_size(size))
    }

    /// Whether a sandbox of this size may run beside the others of its organization.
    fn admit(
        &self,
        organization: &OrganizationId,
        size: Resources,
        others: Others<'_>,
    ) -> Result<(), ApiError> {
        let dashboard = &self.0.config.dashboard;
        let quotas = self.0.quotas(organization.as_str());
        quotas.map_or(Ok(()), |quotas| quotas.admit_totals(size, &others(), dashboard))
    }

    /// Starts a sandbox that was inserted. It starts while its row is being written; the answer waits for both.
    async fn launch(&self, record: Arc<SandboxRecord>, commit: Commit) -> SandboxResult {
        let started = Arc::clone(&record);
        self.begin(record, commit).await?;
        self.until_started(&started).await
    }

    /// Sets a sandbox that was inserted on its way; its row is written when this ends.
    async fn begin(&self, record: Arc<SandboxRecord>, commit: Commit) -> Result<(), ApiError> {
        self.0.wake(record.id.clone());
        let written = written(commit).await;
        if written.is_err() {
            self.abandon(&record);
        }
        written
    }

    /// Waits for a sandbox that was asked to run, and gives what became of it; one that takes longer than a client
    /// should wait is given as it is, and polled.
    async fn until_started(&self, record: &Arc<SandboxRecord>) -> SandboxResult {
        if let Lifecycle::Realistic { .. } = self.0.config.lifecycle {
            return Ok(Arc::clone(record));
        }
        // An error that is being left behind is no end.
        let settled = |record: &SandboxRecord| match record.state {
            SandboxState::Started | SandboxState::Destroyed | SandboxState::BuildFailed => true,
            SandboxState::Error => record.task.is_none(),
            _ => false,
        };
        let latest = self.0.wait(&record.id, self.0.config.start_patience, settled).await;
        let latest = latest.ok_or_else(|| ApiError::unknown_sandbox(&record.id))?;
        if latest.state == SandboxState::Error {
            let reason = latest.error_reason.as_deref().unwrap_or_default();
            return Err(ApiError::bad_request(format!("Sandbox failed to start: {reason}")));
        }
        Ok(latest)
    }

    /// Waits for the end of a stop or a removal.
    async fn until_ended(&self, record: &Arc<SandboxRecord>) {
        let leaving = record.is_leaving();
        self.until(record, |record| match record.state {
            SandboxState::Destroyed => false,
            SandboxState::Stopped | SandboxState::Error => leaving,
            _ => true,
        })
        .await;
    }

    /// Waits while something is under way, a moment at most, and gives the sandbox as it is then: clients look again at
    /// once, and then only every second.
    async fn until(
        &self,
        record: &Arc<SandboxRecord>,
        under_way: impl Fn(&SandboxRecord) -> bool,
    ) -> Arc<SandboxRecord> {
        if self.0.config.lifecycle != Lifecycle::Prompt {
            return Arc::clone(record);
        }
        let latest = self.0.wait(&record.id, self.0.config.stop_patience, |record| !under_way(record)).await;
        latest.unwrap_or_else(|| Arc::clone(record))
    }

    /// Takes back a sandbox whose row could not be written.
    fn abandon(&self, record: &SandboxRecord) {
        let now = self.0.now();
        let left = self.0.registry.update(&record.id, |record| {
            lifecycle::leave(record, now);
            Ok(())
        });
        if let Ok(left) = left {
            left.commit.unreported();
        }
        self.0.wake(record.id.clone());
    }
}
