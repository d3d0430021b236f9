//! What this API remembers of a sandbox beside what the control plane does. Travels in the record's extras, under one
//! name, so that it is kept and goes away with the record.

use control::SandboxRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use contract::voidrun::types::PublishedPort;

/// Name among the extras.
const NAME: &str = "voidrun";

/// The word a sandbox was put to sleep with; clients of each generation know their own only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SleepWord {
    /// `sleep`, of newer clients.
    #[default]
    Sleep,
    /// `stop`, of older ones.
    Stop,
    /// `pause`, of older ones.
    Pause,
}

/// The attributes of one sandbox. One made by another dialect has those of a sandbox nobody asked anything of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Attributes {
    /// Name as it was asked for: names are not unique here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Image as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    /// Memory in MiB as it was asked for; the control plane counts GiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<i64>,
    /// Region as it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    /// Published ports in the form of clients before 0.4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) publish_ports: Option<Vec<i64>>,
    /// Published ports in the form of later clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ports: Option<Vec<PublishedPort>>,
    /// How it was last put to sleep.
    pub(crate) sleep_word: SleepWord,
}

impl Attributes {
    /// Those of a record.
    pub(crate) fn of(record: &SandboxRecord) -> Self {
        let saved = record.extras.get(NAME).cloned().unwrap_or_default();
        serde_json::from_value(saved).unwrap_or_default()
    }

    /// The extras with these attributes among them.
    pub(crate) fn in_extras(&self, mut extras: Map<String, Value>) -> Map<String, Value> {
        extras.insert(NAME.to_owned(), serde_json::to_value(self).unwrap_or_default());
        extras
    }

    /// Every published port, whatever form it came in.
    pub(crate) fn published(&self) -> Vec<u16> {
        let plain = self.publish_ports.iter().flatten().copied();
        let with_protocol = self.ports.iter().flatten().map(|port| port.port);
        plain.chain(with_protocol).filter_map(|port| u16::try_from(port).ok()).collect()
    }
}
