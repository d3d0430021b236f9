//! Sandboxes as every dialect drives them: typed, in this process, with one implementation of what is allowed.
//!
//! A dialect parses, calls this, and gives the record its own shape; [`ApiError`] has the status and the text of this
//! API, which a dialect may put into its own words. Methods take ids or names, always within an organization: what
//! belongs to another one does not exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::control::types::SandboxState;
use dialect::OrganizationId;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::attachments;
use crate::config::Lifecycle;
use crate::control::{Shared, written};
use crate::creation::{self, NewSandbox};
use crate::errors::ApiError;
use crate::intervals;
use crate::ledger::Commit;
use crate::lifecycle::{self, Resize, Started};
use crate::network::{self, NetworkChange};
use crate::record::{Resources, SandboxRecord, Task};
use crate::registry::Others;
use crate::snapshots;

/// Most copies and ancestors told of (control-plane.md §2.6).
const MOST_FORKS: usize = 100;
const MOST_ANCESTORS: usize = 50;

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
        self.set(organization, id_or_name, |record, _now| intervals::set_auto_stop(record, minutes)).await
    }

    /// Sets the idle minutes until a virtual machine pauses; zero is never.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox, 400 when negative, when it cannot be paused or stops by itself.
    pub async fn set_auto_pause(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        minutes: i64,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, _now| intervals::set_auto_pause(record, minutes)).await
    }

    /// Sets the minutes from now on until a sandbox is deleted whatever it does; zero is never.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox, 400 when negative.
    pub async fn set_ttl(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        minutes: i64,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, now| {
            record.auto_destroy_at = intervals::deadline(now, minutes)?;
            Ok(())
        })
        .await
    }

    /// Changes what a sandbox may reach, from its next start on.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox, 400 for lists that are none.
    pub async fn set_network(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        change: NetworkChange,
    ) -> SandboxResult {
        self.set(organization, id_or_name, |record, _now| network::change(&mut record.network, change)).await
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
        self.set(organization, id_or_name, |record, _now| intervals::set_auto_archive(record, minutes)).await
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
        self.set(organization, id_or_name, |record, _now| intervals::set_auto_delete(record, minutes)).await
    }

    /// A sandbox with the key that file URLs of it are signed with; makes one when it has none yet.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub async fn signing_key(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        let record = self.find(organization, id_or_name)?;
        if record.signing_key.is_some() {
            return Ok(record);
        }
        let key = creation::signing_key(&self.0.config);
        // Nothing that anybody sees of the sandbox changes by it.
        let changed = self.0.registry.update(&record.id, |record| {
            record.signing_key.get_or_insert(key);
            Ok(())
        })?;
        written(changed.commit).await?;
        Ok(changed.record)
    }

    /// Gives a sandbox another signing key, so that whatever was signed so far is worthless.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox.
    pub async fn rotate_signing_key(&self, organization: &OrganizationId, id_or_name: &str) -> SandboxResult {
        let key = creation::signing_key(&self.0.config);
        self.set(organization, id_or_name, |record, _now| {
            record.signing_key = Some(key);
            Ok(())
        })
        .await
    }

    /// Replaces the secrets a sandbox sees, given by name. What runs already keeps the variables it was started with.
    ///
    /// # Errors
    ///
    /// 404 when there is no such sandbox or secret, 400 when there are too many.
    pub async fn set_secrets(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        secrets: &[BTreeMap<String, String>],
    ) -> SandboxResult {
        self.find(organization, id_or_name)?;
        let secrets = attachments::secrets(&self.0, organization.as_str(), secrets)?;
        self.set(organization, id_or_name, |record, _now| {
            record.attachments.secrets = secrets;
            Ok(())
        })
        .await
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
