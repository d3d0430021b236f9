//! Cases and recorded answers as they stand in `fixtures/differential`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request case; the members are explained in the fixtures' README.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) group: String,
    #[serde(default, rename = "note")]
    _note: String,
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    #[serde(default, rename = "slow")]
    _slow: bool,
    #[serde(default)]
    pub(crate) alone: bool,
    pub(crate) unstable: Option<String>,
    pub(crate) setup: Option<String>,
    /// Read as a [`crate::step::Step`] when they are played: until then they hold placeholders.
    pub(crate) steps: Vec<Value>,
}

impl Case {
    /// Whether it looks at the desktop, of which a sandbox has one: such cases would see each other.
    pub(crate) fn needs_a_desktop(&self) -> bool {
        self.needs.iter().any(|need| need == "plugin")
    }
}

/// What playing a case, now or when it was recorded, came to.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Answered {
    pub(crate) id: String,
    pub(crate) group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unstable: Option<String>,
    /// What the machine lacks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skipped: Option<String>,
    /// Output of the setup that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) setup_failed: Option<String>,
    /// Why it could not be played to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crashed: Option<String>,
    /// One answer a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Recording {
    results: Vec<Answered>,
}

/// All cases, in their order.
pub(crate) fn cases() -> Vec<Case> {
    read::<Cases>("cases.json").cases
}

/// The recorded answers by case id.
pub(crate) fn recorded() -> BTreeMap<String, Answered> {
    let recording: Recording = read("daemon-v0.190.0.json");
    recording.results.into_iter().map(|one| (one.id.clone(), one)).collect()
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/differential").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
