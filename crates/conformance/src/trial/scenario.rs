//! Scenarios: servers that keep the contract and are hard to bear, as data.

use serde::{Deserialize, Serialize};

use super::twist::Twist;
use crate::Error;
use crate::data::Data;
use crate::toml_entries;

/// One kind of server a client may meet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Stable name in lower case with hyphens.
    pub id: String,
    /// What the server does, in one sentence.
    pub title: String,
    /// Why it may.
    pub source: String,
    /// Options the server is started with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub server: Vec<String>,
    /// What is done to its answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twist: Option<Twist>,
}

/// Reads `scenarios/*.toml`.
pub(crate) fn load(data: &Data) -> Result<Vec<Scenario>, Error> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (file, text) in data.part("scenarios", "toml") {
        for (entry, scenario) in toml_entries::read::<Scenario>(file, text, "scenario")? {
            if scenarios.iter().any(|known| known.id == scenario.id) {
                return Err(Error::data(file, &entry, "another scenario has this id"));
            }
            if scenario.twist.is_none() && scenario.server.is_empty() {
                return Err(Error::data(file, &entry, "neither `twist` nor `server`: nothing is different"));
            }
            scenarios.push(scenario);
        }
    }
    Ok(scenarios)
}
