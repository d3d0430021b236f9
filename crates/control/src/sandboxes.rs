//! Sandboxes as every dialect drives them: typed, in this process, with one implementation of what is allowed.
//!
//! A dialect parses, calls this, and gives the record its own shape; [`ApiError`] has the status and the text of this
//! API, which a dialect may put into its own words. Methods take ids or names, always within an organization: what
//! belongs to another one does not exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::control::types::SandboxState;
use dialect::OrganizationId;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::control::{Shared, written};
use crate::creation::{self, NewSandbox};
use crate::errors::ApiError;
use crate::lifecycle::{self, Started};
use crate::record::SandboxRecord;

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
        let (record, commit) = self.0.registry.insert(record)?;
        // The sandbox starts while its row is being written; the answer waits for both.
        self.0.wake(record.id.clone());
        if let Err(error) = written(commit).await {
            self.abandon(&record);
            return Err(error);
        }
        self.until_started(&record).await
    }

    /// What a sandbox was promised and does not get on this machine, for people to read.
    #[must_use]
    pub fn warnings(&self, record: &SandboxRecord) -> Vec<String> {
        creation::warnings(&self.0.config, record)
    }

    /// The sandbox of this id or name.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub fn find(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        self.0.registry.find(organization, id_or_name, self.0.now(), false)
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
        let start = |record: &mut SandboxRecord, now| lifecycle::start(record, token, now);
        let (started, record) = self.0.change(organization, id_or_name, start).await?;
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
        let ((), record) = self.0.change(organization, id_or_name, lifecycle::delete).await?;
        self.until_ended(&record).await;
        Ok(record)
    }

    /// Puts a stopped sandbox away; gives it as it was when that began, after waiting a moment for the end.
    ///
    /// # Errors
    ///
    /// As control-plane.md §2.6 says.
    pub async fn archive(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        let archive = |record: &mut SandboxRecord, _now| lifecycle::archive(record);
        let ((), record) = self.0.change(organization, id_or_name, archive).await?;
        let archived =
            |record: &SandboxRecord| !matches!(record.state, SandboxState::Stopped | SandboxState::Archiving);
        self.0.wait(&record.id, self.0.config.stop_patience, archived).await;
        Ok(record)
    }

    /// Replaces all labels.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub async fn set_labels(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        labels: BTreeMap<String, String>,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, _now| {
            record.labels = labels;
            Ok(())
        })
        .await
    }

    /// Sets whether previews need no credential.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub async fn set_public(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        public: bool,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, _now| {
            record.public = public;
            Ok(())
        })
        .await
    }

    /// Sets the idle minutes until stop; zero is never.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox, 400 when negative.
    pub async fn set_auto_stop(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        minutes: i64,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, _now| lifecycle::set_auto_stop(record, minutes)).await
    }

    /// Sets the minutes a stopped sandbox waits for its archive; zero is as long as allowed.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox, 400 when negative.
    pub async fn set_auto_archive(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        minutes: i64,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, _now| lifecycle::set_auto_archive(record, minutes)).await
    }

    /// Sets the minutes a stopped sandbox is kept; negative is for ever, zero deletes it on stop.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox, 400 for one that must stay ephemeral.
    pub async fn set_auto_delete(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        minutes: i64,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, _now| lifecycle::set_auto_delete(record, minutes)).await
    }

    /// Replaces what a dialect keeps in the record.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub async fn set_extras(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        extras: Map<String, Value>,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, _now| {
            record.extras = extras;
            Ok(())
        })
        .await
    }

    /// Notes that somebody uses the sandbox now.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub async fn touch(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        self.set(organization, id_or_name, |record, now| {
            record.last_activity_at = now;
            Ok(())
        })
        .await
    }

    async fn set(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        change: impl FnOnce(&mut SandboxRecord, Timestamp) -> Result<(), ApiError>,
    ) -> SandboxResult {
        let ((), record) = self.0.change(organization, id_or_name, change).await?;
        Ok(record)
    }

    /// Waits for a sandbox that was asked to run, and gives what became of it; one that takes longer than a client
    /// should wait is given as it is, and polled.
    async fn until_started(&self, record: &SandboxRecord) -> SandboxResult {
        let settled = |record: &SandboxRecord| {
            matches!(record.state, SandboxState::Started | SandboxState::Error | SandboxState::Destroyed)
        };
        let latest = self.0.wait(&record.id, self.0.config.start_patience, settled).await;
        let latest = latest.ok_or_else(|| ApiError::unknown_sandbox(&record.id))?;
        if latest.state == SandboxState::Error {
            let reason = latest.error_reason.as_deref().unwrap_or_default();
            return Err(ApiError::bad_request(format!("Sandbox failed to start: {reason}")));
        }
        Ok(latest)
    }

    /// Waits for the end of a stop or a removal, a moment at most: clients look again at once, and then only every
    /// second.
    async fn until_ended(&self, record: &SandboxRecord) {
        let leaving = record.is_leaving();
        let ended = |record: &SandboxRecord| match record.state {
            SandboxState::Destroyed => true,
            SandboxState::Stopped | SandboxState::Error => !leaving,
            _ => false,
        };
        self.0.wait(&record.id, self.0.config.stop_patience, ended).await;
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
