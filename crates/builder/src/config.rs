//! What an image says of programs that run in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a Dockerfile said beside files. Kept in the record of whatever was built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImageConfig {
    /// `ENV`. A `PATH` may hold what [`crate::Stage::variables`] had for it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// The last `WORKDIR`, absolute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workdir: Option<String>,
    /// The last `USER`, as written: a name or number, perhaps with a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `ENTRYPOINT` in words; a line for the shell has the shell in front.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// `CMD` in words, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// `LABEL`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// `EXPOSE`, as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exposed: Vec<String>,
    /// `VOLUME`. Nothing is mounted there: the directories are the sandbox's own anyway.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<String>,
    /// `STOPSIGNAL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    /// `HEALTHCHECK`, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<String>,
    /// `SHELL`, if it was changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shell: Vec<String>,
}

impl ImageConfig {
    /// What runs when nobody says otherwise: the entrypoint with `CMD` as its arguments, or `CMD` alone.
    #[must_use]
    pub fn command(&self) -> Vec<String> {
        self.entrypoint.iter().chain(&self.cmd).cloned().collect()
    }
}
