//! How much an organization may use, where that is limited at all (control-plane.md §2.10).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use contract::control::types::SandboxState as State;

use crate::errors::ApiError;
use crate::lifecycle::shown_state;
use crate::record::{Resources, SandboxRecord};

const MORE_EACH: &str = "Need higher resource limits per-sandbox? Contact us at support@daytona.io and let us know \
                         about your use case.";

/// Limits of an organization, in cores and GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Quotas {
    pub cpu_each: i64,
    pub memory_each: i64,
    pub disk_each: i64,
    pub cpu_total: i64,
    pub memory_total: i64,
    pub disk_total: i64,
}

impl Quotas {
    /// What a new organization of the hosted service gets.
    pub const HOSTED: Self =
        Self { cpu_each: 4, memory_each: 8, disk_each: 10, cpu_total: 10, memory_total: 10, disk_total: 30 };

    pub(crate) const NONE: Self = Self {
        cpu_each: i64::MAX,
        memory_each: i64::MAX,
        disk_each: i64::MAX,
        cpu_total: i64::MAX,
        memory_total: i64::MAX,
        disk_total: i64::MAX,
    };

    /// Whether one sandbox may be of this size.
    pub(crate) fn admit_size(&self, size: Resources) -> Result<(), ApiError> {
        let over = |what: &str, asked: i64, most: i64, unit: &str| {
            ApiError::bad_request(format!(
                "{what} request {asked}{unit} exceeds maximum allowed per sandbox ({most}{unit}).\n{MORE_EACH}"
            ))
        };
        if size.cpu > self.cpu_each {
            return Err(over("CPU", size.cpu, self.cpu_each, ""));
        }
        if size.memory > self.memory_each {
            return Err(over("Memory", size.memory, self.memory_each, "GB"));
        }
        if size.disk > self.disk_each {
            return Err(over("Disk", size.disk, self.disk_each, "GB"));
        }
        Ok(())
    }

    /// Whether a sandbox of this size may run beside `others`, all of its organization.
    pub(crate) fn admit_totals(
        &self,
        size: Resources,
        others: &[Arc<SandboxRecord>],
        dashboard: &str,
    ) -> Result<(), ApiError> {
        let tier = format!(
            "To increase concurrency limits, upgrade your organization's Tier by visiting {dashboard}/limits."
        );
        let running = || others.iter().filter(|other| runs(other));
        let cpu = running().map(|other| other.resources.cpu).fold(size.cpu, i64::saturating_add);
        if cpu > self.cpu_total {
            let most = self.cpu_total;
            return Err(ApiError::bad_request(format!(
                "Total CPU limit exceeded. Maximum allowed: {most}.\n{tier}"
            )));
        }
        let memory = running().map(|other| other.resources.memory).fold(size.memory, i64::saturating_add);
        if memory > self.memory_total {
            let most = self.memory_total;
            return Err(ApiError::bad_request(format!(
                "Total memory limit exceeded. Maximum allowed: {most}GiB.\n{tier}"
            )));
        }
        let stored = others.iter().filter(|other| other.state != State::Archived);
        let disk = stored.map(|other| other.resources.disk).fold(size.disk, i64::saturating_add);
        if disk > self.disk_total {
            let most = self.disk_total;
            return Err(ApiError::bad_request(format!(
                "Total disk limit exceeded. Maximum allowed: {most}GiB.\nConsider archiving your unused Sandboxes \
                 to free up available storage.\n{tier}"
            )));
        }
        Ok(())
    }
}

/// Whether it counts as using processors and memory.
pub(crate) fn runs(record: &SandboxRecord) -> bool {
    !matches!(
        shown_state(record),
        State::Stopped
            | State::Archived
            | State::Archiving
            | State::Error
            | State::BuildFailed
            | State::Destroying
            | State::Destroyed
    )
}

/// The limits by name, as they can be read again.
impl fmt::Display for Quotas {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = [
            ("cpu", self.cpu_each),
            ("memory", self.memory_each),
            ("disk", self.disk_each),
            ("total-cpu", self.cpu_total),
            ("total-memory", self.memory_total),
            ("total-disk", self.disk_total),
        ];
        let named: Vec<String> = limits
            .into_iter()
            .filter(|(_, limit)| *limit != i64::MAX)
            .map(|(name, limit)| format!("{name}={limit}"))
            .collect();
        formatter.write_str(&named.join(","))
    }
}

/// Why a text names no quotas.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no quota: give `hosted`, or names and numbers such as `cpu=4,total-memory=10`")]
pub struct QuotaError(String);

impl FromStr for Quotas {
    type Err = QuotaError;

    /// Reads `hosted`, or a comma list of `cpu`, `memory`, `disk` (each sandbox) and `total-cpu`, `total-memory`,
    /// `total-disk` (all together); what is not named is not limited.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "hosted" {
            return Ok(Self::HOSTED);
        }
        let mut quotas = Self::NONE;
        for part in text.split(',') {
            let error = || QuotaError(part.to_owned());
            let (name, number) = part.split_once('=').ok_or_else(error)?;
            let number: u32 = number.trim().parse().map_err(|_| error())?;
            let limit = match name.trim() {
                "cpu" => &mut quotas.cpu_each,
                "memory" => &mut quotas.memory_each,
                "disk" => &mut quotas.disk_each,
                "total-cpu" => &mut quotas.cpu_total,
                "total-memory" => &mut quotas.memory_total,
                "total-disk" => &mut quotas.disk_total,
                _ => return Err(error()),
            };
            *limit = i64::from(number);
        }
        Ok(quotas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_read_by_name_and_the_rest_is_not_limited() {
        assert_eq!("hosted".parse(), Ok(Quotas::HOSTED));
        let some: Quotas = "cpu=2, total-disk=5".parse().unwrap();
        assert_eq!(some.to_string(), "cpu=2,total-disk=5");
        assert_eq!((some.cpu_each, some.disk_total, some.memory_total), (2, 5, i64::MAX));
        for bad in ["", "cpu", "cpu=x", "cpu=-1", "speed=1", "cpu=1,"] {
            assert!(bad.parse::<Quotas>().is_err(), "{bad}");
        }
    }
}
