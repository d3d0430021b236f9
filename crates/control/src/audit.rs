//! The trail of what was done in an organization, by whom, and how it ended.
//!
//! Every request that changes something is written down before its answer is given, refused ones too. The table says under
//! which target and action an operation goes; operations that only read leave no trace. The newest [`KEPT`] entries of
//! an organization are kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use crate::ledger::Commit;
use crate::records::AuditEntry;
use crate::registry::Registry;
use crate::shelf::{Record as _, row};
use crate::store::{Change, RecordKind, RecordRow, StoreError};

/// Entries kept of an organization.
const KEPT: usize = 10_000;

/// Entries of every organization, newest last.
#[derive(Default)]
pub(crate) struct Trail(RwLock<BTreeMap<String, VecDeque<Arc<AuditEntry>>>>);

impl Trail {
    pub(crate) fn new(rows: &[RecordRow]) -> Result<Self, StoreError> {
        let mut entries: BTreeMap<String, VecDeque<Arc<AuditEntry>>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.kind == RecordKind::AuditLog) {
            let entry: AuditEntry = serde_json::from_str(&row.body).map_err(|error| StoreError::Row {
                table: RecordKind::AuditLog.table(),
                reason: error.to_string(),
            })?;
            entries.entry(row.organization_id.clone()).or_default().push_back(Arc::new(entry));
        }
        Ok(Self(RwLock::new(entries)))
    }

    /// Writes an entry down; `None` when it cannot be.
    pub(crate) fn add(&self, registry: &Registry, entry: AuditEntry) -> Option<Commit> {
        let mut changes = vec![Change::PutRecord(row(&entry).ok()?)];
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let own = entries.entry(entry.organization_id.clone()).or_default();
        own.push_back(Arc::new(entry));
        while own.len() > KEPT
            && let Some(oldest) = own.pop_front()
        {
            changes.push(Change::DeleteRecord { kind: RecordKind::AuditLog, id: oldest.id().to_owned() });
        }
        Some(registry.commit(changes))
    }

    /// The entries of an organization, newest first.
    pub(crate) fn of(&self, organization: &str) -> Vec<Arc<AuditEntry>> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(organization).map(|own| own.iter().rev().cloned().collect()).unwrap_or_default()
    }

    pub(crate) fn forget_organization(&self, organization: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(organization);
    }
}

/// What an operation does to what, as the trail calls it; `None` for one that leaves no trace.
pub(crate) fn scenario(operation: &str) -> Option<(&'static str, &'static str)> {
    SCENARIOS.iter().find(|(id, _, _)| *id == operation).map(|(_, target, action)| (*target, *action))
}

/// Operation, target, action.
const SCENARIOS: &[(&str, &str, &str)] = &[
    ("createApiKey", "api_key", "create"),
    ("deleteApiKey", "api_key", "delete"),
    ("deleteApiKeyForUser", "api_key", "delete"),
    ("createOrganization", "organization", "create"),
    ("deleteOrganization", "organization", "delete"),
    ("setOrganizationDefaultRegion", "organization", "update"),
    ("updateOrganizationQuota", "organization", "update_quota"),
    ("updateOrganizationRegionQuota", "organization", "update_region_quota"),
    ("suspendOrganization", "organization", "suspend"),
    ("unsuspendOrganization", "organization", "unsuspend"),
    ("leaveOrganization", "organization", "leave_organization"),
    ("updateOrganizationOtelConfig", "organization", "update_otel_config"),
    ("deleteOrganizationOtelConfig", "organization", "delete_otel_config"),
    (
        "updateSandboxDefaultLimitedNetworkEgress",
        "organization",
        "update_sandbox_default_limited_network_egress",
    ),
    ("updateOrganizationPreviewWarning", "organization", "update_preview_warning"),
    ("updateExperimentalConfig", "organization", "update"),
    ("updateOrganizationDefaultQueueTimeout", "organization", "update"),
    ("createOrganizationRole", "organization_role", "create"),
    ("updateOrganizationRole", "organization_role", "update"),
    ("deleteOrganizationRole", "organization_role", "delete"),
    ("updateAccessForOrganizationMember", "organization_user", "update_access"),
    ("deleteOrganizationMember", "organization_user", "delete"),
    ("createOrganizationInvitation", "organization_invitation", "create"),
    ("updateOrganizationInvitation", "organization_invitation", "update"),
    ("cancelOrganizationInvitation", "organization_invitation", "delete"),
    ("acceptOrganizationInvitation", "organization_invitation", "accept"),
    ("declineOrganizationInvitation", "organization_invitation", "decline"),
    ("recordLogin", "user", "login"),
    ("acceptPrivacyPolicies", "user", "update"),
    ("createRegistry", "docker_registry", "create"),
    ("updateRegistry", "docker_registry", "update"),
    ("deleteRegistry", "docker_registry", "delete"),
    ("createVolume", "volume", "create"),
    ("deleteVolume", "volume", "delete"),
    ("createSecret", "secret", "create"),
    ("updateSecret", "secret", "update"),
    ("deleteSecret", "secret", "delete"),
    ("createWarmPool", "warm_pool", "create"),
    ("updateWarmPool", "warm_pool", "update"),
    ("deleteWarmPool", "warm_pool", "delete"),
    ("createSnapshot", "snapshot", "create"),
    ("removeSnapshot", "snapshot", "delete"),
    ("activateSnapshot", "snapshot", "activate"),
    ("deactivateSnapshot", "snapshot", "deactivate"),
    ("createSandbox", "sandbox", "create"),
    ("deleteSandbox", "sandbox", "delete"),
    ("startSandbox", "sandbox", "start"),
    ("stopSandbox", "sandbox", "stop"),
    ("pauseSandbox", "sandbox", "pause"),
    ("recoverSandbox", "sandbox", "recover"),
    ("resizeSandbox", "sandbox", "resize"),
    ("replaceLabels", "sandbox", "replace_labels"),
    ("createBackup", "sandbox", "create_backup"),
    ("createSandboxSnapshot", "sandbox", "snapshot"),
    ("forkSandbox", "sandbox", "fork"),
    ("archiveSandbox", "sandbox", "archive"),
    ("updatePublicStatus", "sandbox", "update_public_status"),
    ("rotateSigningKey", "sandbox", "rotate_signing_key"),
    ("setAutostopInterval", "sandbox", "set_auto_stop_interval"),
    ("setAutoPauseInterval", "sandbox", "set_auto_pause_interval"),
    ("setAutoArchiveInterval", "sandbox", "set_auto_archive_interval"),
    ("setAutoDeleteInterval", "sandbox", "set_auto_delete_interval"),
    ("setTtl", "sandbox", "set_ttl"),
    ("updateNetworkSettings", "sandbox", "update_network_settings"),
    ("updateSandboxSecrets", "sandbox", "update_secrets"),
    ("getPortPreviewUrl", "sandbox", "get_port_preview_url"),
    ("expireSignedPortPreviewUrl", "sandbox", "expire_signed_port_preview_url"),
    ("createSshAccess", "sandbox", "create_ssh_access"),
    ("revokeSshAccess", "sandbox", "revoke_ssh_access"),
];

#[cfg(test)]
mod tests {
    use contract::Method;
    use contract::control::DOCUMENT;

    use super::*;

    #[test]
    fn every_operation_of_the_table_is_one_of_the_contract() {
        for (id, _, _) in SCENARIOS {
            assert!(DOCUMENT.operation(id).is_some(), "{id}");
        }
    }

    #[test]
    fn every_served_operation_that_changes_something_leaves_a_trace() {
        // Neither the use of a sandbox nor an address taken back is among the documented actions.
        let excused = ["updateLastActivity", "expireSignedPortPreviewUrl"];
        for operation in DOCUMENT.operations.iter().filter(|operation| !operation.planned) {
            let changes = operation.method != Method::Get && !excused.contains(&operation.id);
            assert!(!changes || scenario(operation.id).is_some(), "{}", operation.id);
        }
    }
}
