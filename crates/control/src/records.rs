//! The simple things of organizations, as they are kept: one type for each kind, one shelf for each type.

use std::collections::BTreeMap;

use contract::control::types::{OrganizationInvitationStatus, Permission, VolumeState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::Trail;
use crate::builds::BuildRecord;
use crate::shelf::{Shelf, record};
use crate::snapshots::SnapshotRecord;
use crate::store::{RecordRow, StoreError};

/// Every shelf there is.
pub(crate) struct Shelves {
    pub(crate) users: Shelf<User>,
    pub(crate) volumes: Shelf<Volume>,
    pub(crate) secrets: Shelf<Secret>,
    pub(crate) warm_pools: Shelf<WarmPool>,
    pub(crate) registries: Shelf<DockerRegistry>,
    pub(crate) roles: Shelf<Role>,
    pub(crate) invitations: Shelf<Invitation>,
    pub(crate) snapshots: Shelf<SnapshotRecord>,
    pub(crate) builds: Shelf<BuildRecord>,
    pub(crate) trail: Trail,
}

impl Shelves {
    /// Shelves filled with what a store holds.
    pub(crate) fn new(rows: &[RecordRow]) -> Result<Self, StoreError> {
        Ok(Self {
            users: Shelf::new(rows)?,
            volumes: Shelf::new(rows)?,
            secrets: Shelf::new(rows)?,
            warm_pools: Shelf::new(rows)?,
            registries: Shelf::new(rows)?,
            roles: Shelf::new(rows)?,
            invitations: Shelf::new(rows)?,
            snapshots: Shelf::new(rows)?,
            builds: Shelf::new(rows)?,
            trail: Trail::new(rows)?,
        })
    }

    /// Forgets what an organization had. Its founder's account stays while other organizations know them.
    pub(crate) fn forget_organization(&self, id: &str) {
        self.volumes.forget_organization(id);
        self.secrets.forget_organization(id);
        self.warm_pools.forget_organization(id);
        self.registries.forget_organization(id);
        self.roles.forget_organization(id);
        self.invitations.forget_organization(id);
        self.snapshots.forget_organization(id);
        self.builds.forget_organization(id);
        self.trail.forget_organization(id);
    }
}

/// Somebody. `organization_id` is their personal organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) created_at: Timestamp,
    #[serde(default)]
    pub(crate) privacy_policies_accepted: bool,
    #[serde(default)]
    pub(crate) last_login_at: Option<Timestamp>,
}

/// A volume (control-plane.md §5.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Volume {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) state: VolumeState,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    #[serde(default)]
    pub(crate) last_used_at: Option<Timestamp>,
}

/// A secret with its value (control-plane.md §5.5).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Secret {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    pub(crate) placeholder: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A pool of sandboxes kept ready; `name` is the snapshot's (control-plane.md §5.6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WarmPool {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) pool: i64,
    pub(crate) cpu: i64,
    pub(crate) memory: i64,
    pub(crate) disk: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A login at a container registry (control-plane.md §4.6).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DockerRegistry {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) username: String,
    pub(crate) password: String,
    #[serde(default)]
    pub(crate) project: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// An invitation into an organization; `name` is the mail address invited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invitation {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) invited_by: String,
    pub(crate) owner: bool,
    pub(crate) roles: Vec<String>,
    pub(crate) status: OrganizationInvitationStatus,
    pub(crate) expires_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// One thing that was done; `name` is the action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEntry {
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) actor_id: String,
    pub(crate) actor_email: String,
    #[serde(default)]
    pub(crate) actor_key: Option<[String; 2]>,
    pub(crate) target_type: String,
    #[serde(default)]
    pub(crate) target_id: Option<String>,
    pub(crate) status_code: u16,
    #[serde(default)]
    pub(crate) error_message: Option<String>,
    #[serde(default)]
    pub(crate) user_agent: Option<String>,
    #[serde(default)]
    pub(crate) source: Option<String>,
    pub(crate) created_at: Timestamp,
}

record!(User, User);
record!(Volume, Volume);
record!(Secret, Secret);
record!(WarmPool, WarmPool);
record!(DockerRegistry, DockerRegistry);
record!(Role, Role);
record!(Invitation, Invitation);
record!(AuditEntry, AuditLog);

/// What a sandbox was given beside its own directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attachments {
    /// Volumes, as recorded.
    pub volumes: Vec<VolumeMount>,
    /// Secrets by the variable that shows each inside.
    pub secrets: BTreeMap<String, AttachedSecret>,
}

/// A volume at a place in a sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VolumeMount {
    /// Id of the volume, also where its name was sent.
    pub volume_id: String,
    /// Absolute path inside.
    pub mount_path: String,
    /// Part of the volume.
    #[serde(default)]
    pub subpath: Option<String>,
}

/// A secret a sandbox was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachedSecret {
    /// Id of the secret.
    pub id: String,
    /// What processes inside see.
    pub placeholder: String,
}
