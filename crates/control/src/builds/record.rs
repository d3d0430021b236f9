//! What is known of one build.

use builder::ImageConfig;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Made;
use crate::shelf::record;
use crate::snapshots::{Base, BuildInfo};

/// A build of an organization; `name` is the reference of what it makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BuildRecord {
    /// Also the name of the stored files it makes.
    pub(crate) id: String,
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) info: BuildInfo,
    pub(crate) state: BuildState,
    /// What was built says of programs that run in it.
    #[serde(default)]
    pub(crate) config: ImageConfig,
    /// Bytes of its own, once they are known.
    #[serde(default)]
    pub(crate) size: Option<u64>,
    /// Why it failed.
    #[serde(default)]
    pub(crate) error_reason: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BuildState {
    Building,
    Made,
    Failed,
}

impl BuildRecord {
    /// A build that begins now.
    pub(crate) fn new(id: &str, organization: &str, info: &BuildInfo, now: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            organization_id: organization.to_owned(),
            name: info.reference(),
            info: info.clone(),
            state: BuildState::Building,
            config: ImageConfig::default(),
            size: None,
            error_reason: None,
            created_at: now,
            last_used_at: now,
        }
    }

    pub(super) fn done(&mut self, made: Made) {
        self.state = BuildState::Made;
        self.config = made.config;
        self.size = Some(made.size);
    }

    pub(super) fn failed(&mut self, reason: String) {
        self.state = BuildState::Failed;
        self.error_reason = Some(reason);
    }

    /// What a sandbox made from it starts with.
    pub(crate) fn base(&self) -> Base {
        Base { image: Some(self.id.clone()), config: self.config.clone() }
    }
}

record!(BuildRecord, Build);
