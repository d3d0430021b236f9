//! What an organization is beside its name: members, limits and switches (control-plane.md §1.6, §2.10, §5.4).
//!
//! Everything here is stored as one JSON body. Limits nobody set are `None`: this server then enforces nothing and shows
//! the documented numbers.

use std::collections::BTreeMap;

use contract::control::types::SandboxClass;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Body of an organization's row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OrganizationSettings {
    /// User who founded it; empty in files of the first schema until the server has put that right.
    pub created_by: String,
    /// Whether it is somebody's own and cannot be dissolved.
    pub personal: bool,
    /// When anything of it last changed; its creation when nothing did.
    pub updated_at: Option<Timestamp>,
    /// Who belongs to it.
    pub members: Vec<Member>,
    /// Why it is barred from working.
    pub suspension: Option<Suspension>,
    /// Region of sandboxes that name none.
    pub default_region_id: Option<String>,
    /// Recorded only: a region decides what its sandboxes reach.
    pub limited_network_egress: bool,
    /// Recorded only: there is no warning page.
    pub preview_warning: bool,
    /// Free-form.
    pub experimental: Map<String, Value>,
    /// Recorded only: nothing is exported.
    pub otel: Option<Otel>,
    /// Seconds a create waits for capacity; there is always capacity here.
    pub default_queue_timeout: Option<i64>,
    /// Limits of the organization as a whole.
    pub limits: Limits,
    /// Limits in one region, for one class of sandbox.
    pub region_limits: Vec<RegionLimits>,
}

/// A user in an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Id of the user.
    pub user_id: String,
    /// Owners may do everything.
    pub owner: bool,
    /// Ids of roles given to a member.
    pub roles: Vec<String>,
    /// When the user joined.
    pub created_at: Timestamp,
    /// When the rights last changed.
    pub updated_at: Timestamp,
}

/// Bars an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// Why; told in every refusal.
    pub reason: Option<String>,
    /// Until when; for ever when nothing is said.
    pub until: Option<Timestamp>,
    /// Hours before what runs is taken away.
    pub grace_hours: f64,
}

/// Where telemetry would be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Otel {
    pub endpoint: String,
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
}

/// Limits of an organization, under their names on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Limits {
    pub max_cpu_per_sandbox: Option<f64>,
    pub max_memory_per_sandbox: Option<f64>,
    pub max_disk_per_sandbox: Option<f64>,
    pub snapshot_quota: Option<f64>,
    pub max_snapshot_size: Option<f64>,
    pub volume_quota: Option<f64>,
    pub secret_quota: Option<f64>,
    pub max_secrets_per_sandbox: Option<f64>,
    pub authenticated_rate_limit: Option<f64>,
    pub sandbox_create_rate_limit: Option<f64>,
    pub sandbox_lifecycle_rate_limit: Option<f64>,
    pub authenticated_rate_limit_ttl_seconds: Option<f64>,
    pub sandbox_create_rate_limit_ttl_seconds: Option<f64>,
    pub sandbox_lifecycle_rate_limit_ttl_seconds: Option<f64>,
    pub snapshot_deactivation_timeout_minutes: Option<f64>,
    pub max_concurrent_snapshot_processing: Option<f64>,
}

/// Limits of an organization in one region, under their names on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct RegionLimits {
    pub region_id: String,
    pub sandbox_class: SandboxClass,
    pub total_cpu_quota: Option<f64>,
    pub total_memory_quota: Option<f64>,
    pub total_disk_quota: Option<f64>,
    pub total_gpu_quota: Option<f64>,
    pub max_cpu_per_sandbox: Option<f64>,
    pub max_memory_per_sandbox: Option<f64>,
    pub max_disk_per_sandbox: Option<f64>,
    pub max_disk_per_non_ephemeral_sandbox: Option<f64>,
    pub max_cpu_per_gpu: Option<f64>,
    pub max_memory_per_gpu: Option<f64>,
    pub max_disk_per_gpu: Option<f64>,
}

impl OrganizationSettings {
    /// Those of an organization `user_id` has just founded.
    #[must_use]
    pub fn founded_by(user_id: &str, personal: bool, now: Timestamp) -> Self {
        let mut settings = Self { personal, ..Self::default() };
        settings.found(user_id, now);
        settings
    }

    /// Makes `user_id` founder and owner.
    pub fn found(&mut self, user_id: &str, now: Timestamp) {
        user_id.clone_into(&mut self.created_by);
        self.members.push(Member::new(user_id, true, now));
    }

    /// The membership of a user.
    #[must_use]
    pub fn member(&self, user_id: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.user_id == user_id)
    }

    /// The bar that holds now.
    #[must_use]
    pub fn suspended(&self, now: Timestamp) -> Option<&Suspension> {
        self.suspension.as_ref().filter(|suspension| suspension.until.is_none_or(|until| now < until))
    }
}

impl Member {
    /// Somebody who joins now.
    #[must_use]
    pub fn new(user_id: &str, owner: bool, now: Timestamp) -> Self {
        Self { user_id: user_id.to_owned(), owner, roles: Vec::new(), created_at: now, updated_at: now }
    }
}
