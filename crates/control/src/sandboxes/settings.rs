//! What a sandbox is told beside starting and stopping: labels, intervals, networks, keys, secrets.

use std::collections::BTreeMap;

use dialect::OrganizationId;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{SandboxResult, Sandboxes};
use crate::control::written;
use crate::errors::ApiError;
use crate::network::{self, NetworkChange};
use crate::record::SandboxRecord;
use crate::{attachments, creation, intervals};

impl Sandboxes {
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
}
