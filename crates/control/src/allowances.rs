//! How many simple things an organization may have, and what its own limits say of its sandboxes (control-plane.md §2.10).
//!
//! Nothing is limited unless the server was started with a limit or the organization has one of its own, which wins. The
//! documented numbers are shown where a client asks and nothing is limited.

use std::sync::Arc;

use contract::control::types::{SandboxClass, SandboxState};

use crate::control::Shared;
use crate::errors::ApiError;
use crate::organization::RegionLimits;
use crate::quotas::{self, Quotas};
use crate::record::{Resources, SandboxRecord};

/// A kind of thing whose number can be limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Allowance {
    /// Volumes of an organization.
    Volumes,
    /// Snapshots of an organization.
    Snapshots,
    /// Secrets of an organization.
    Secrets,
    /// Secrets of one sandbox.
    SecretsPerSandbox,
    /// Registry logins of an organization.
    Registries,
    /// Organizations a user has founded, the personal one aside.
    Organizations,
}

impl Allowance {
    /// Everything whose number can be limited.
    pub const ALL: &'static [Self] = &[
        Self::Volumes,
        Self::Snapshots,
        Self::Secrets,
        Self::SecretsPerSandbox,
        Self::Registries,
        Self::Organizations,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Volumes => "volumes",
            Self::Snapshots => "snapshots",
            Self::Secrets => "secrets",
            Self::SecretsPerSandbox => "secrets-per-sandbox",
            Self::Registries => "registries",
            Self::Organizations => "organizations",
        }
    }

    /// The number the documentation names; what is shown when nothing is limited.
    const fn documented(self) -> u32 {
        match self {
            Self::Snapshots => 30,
            Self::Organizations => 10,
            _ => 100,
        }
    }

    /// Refuses one more when there are `count` already.
    pub(crate) fn check(self, limit: Option<f64>, count: usize) -> Result<(), ApiError> {
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 of anything")]
        let full = limit.filter(|limit| count as f64 >= *limit);
        full.map_or(Ok(()), |limit| Err(self.exceeded(limit)))
    }

    fn exceeded(self, limit: f64) -> ApiError {
        let too_many =
            |what: &str| ApiError::bad_request(format!("{what} quota exceeded. Maximum allowed: {limit}"));
        match self {
            Self::Organizations => {
                ApiError::forbidden("You have reached the maximum number of created organizations")
            }
            Self::Registries => ApiError::bad_request("You have reached the maximum number of registries"),
            Self::Volumes => too_many("Volume"),
            Self::Snapshots => too_many("Snapshot"),
            Self::Secrets => too_many("Secret"),
            Self::SecretsPerSandbox => too_many("Sandbox secret"),
        }
    }
}

impl Shared {
    /// The limit of an organization; `None` when there is none.
    pub(crate) fn allowance(&self, organization: &str, allowance: Allowance) -> Option<f64> {
        let row = self.tenants.organization(organization);
        let own = row.as_ref().map(|row| &row.settings.limits).and_then(|limits| match allowance {
            Allowance::Volumes => limits.volume_quota,
            Allowance::Snapshots => limits.snapshot_quota,
            Allowance::Secrets => limits.secret_quota,
            Allowance::SecretsPerSandbox => limits.max_secrets_per_sandbox,
            Allowance::Registries | Allowance::Organizations => None,
        });
        own.or_else(|| self.config.allowances.get(&allowance).copied())
    }

    /// The limit as a client is shown it.
    pub(crate) fn shown_allowance(&self, organization: &str, allowance: Allowance) -> f64 {
        self.allowance(organization, allowance).unwrap_or_else(|| f64::from(allowance.documented()))
    }

    /// What the sandboxes of an organization may take; `None` when nothing limits them.
    pub(crate) fn quotas(&self, organization: &str) -> Option<Quotas> {
        let base = self.config.quotas;
        let Some(row) = self.tenants.organization(organization) else { return base };
        let is_here = |limits: &&RegionLimits| {
            limits.region_id == self.config.region && limits.sandbox_class == SandboxClass::Container
        };
        let (whole, here) = (&row.settings.limits, row.settings.region_limits.iter().find(is_here));
        let region = |member: fn(&RegionLimits) -> Option<f64>| here.and_then(member);
        let own = [
            whole.max_cpu_per_sandbox.or_else(|| region(|limits| limits.max_cpu_per_sandbox)),
            whole.max_memory_per_sandbox.or_else(|| region(|limits| limits.max_memory_per_sandbox)),
            whole.max_disk_per_sandbox.or_else(|| region(|limits| limits.max_disk_per_sandbox)),
            region(|limits| limits.total_cpu_quota),
            region(|limits| limits.total_memory_quota),
            region(|limits| limits.total_disk_quota),
        ];
        if own.iter().all(Option::is_none) {
            return base;
        }
        let mut quotas = base.unwrap_or(Quotas::NONE);
        let fields = [
            &mut quotas.cpu_each,
            &mut quotas.memory_each,
            &mut quotas.disk_each,
            &mut quotas.cpu_total,
            &mut quotas.memory_total,
            &mut quotas.disk_total,
        ];
        for (field, own) in fields.into_iter().zip(own) {
            #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
            if let Some(own) = own {
                *field = own as i64;
            }
        }
        Some(quotas)
    }

    /// The same as a client is shown it: documented numbers where nothing limits.
    pub(crate) fn shown_quotas(&self, organization: &str) -> Quotas {
        let mut shown = self.quotas(organization).unwrap_or(Quotas::NONE);
        let hosted = Quotas::HOSTED;
        for (field, documented) in [
            (&mut shown.cpu_each, hosted.cpu_each),
            (&mut shown.memory_each, hosted.memory_each),
            (&mut shown.disk_each, hosted.disk_each),
            (&mut shown.cpu_total, hosted.cpu_total),
            (&mut shown.memory_total, hosted.memory_total),
            (&mut shown.disk_total, hosted.disk_total),
        ] {
            if *field == i64::MAX {
                *field = documented;
            }
        }
        shown
    }
}

/// What sandboxes take: cores and memory while they run, disk until they are archived.
pub(crate) fn usage(sandboxes: &[Arc<SandboxRecord>]) -> Resources {
    let mut used = Resources { cpu: 0, gpu: 0, memory: 0, disk: 0 };
    for sandbox in sandboxes {
        if !matches!(sandbox.state, SandboxState::Archived | SandboxState::Destroyed) {
            used.disk += sandbox.resources.disk;
        }
        if quotas::runs(sandbox) {
            used.cpu += sandbox.resources.cpu;
            used.gpu += sandbox.resources.gpu;
            used.memory += sandbox.resources.memory;
        }
    }
    used
}

/// A number as this API's documents have them.
#[expect(clippy::cast_precision_loss, reason = "nobody has 2^52 of anything")]
pub(crate) fn number(value: i64) -> f64 {
    value as f64
}
