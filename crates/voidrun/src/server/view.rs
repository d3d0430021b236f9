//! A sandbox as its clients see it (voidrun.md §2.3).

use contract::control::types::SandboxState;
use contract::voidrun::types::{Sandbox, SandboxResponse, SandboxStatus};
use control::{SandboxRecord, shown_state};

use super::attributes::{Attributes, SleepWord};
use super::{Front, object_id};

/// Image of sandboxes nobody chose one for.
pub(crate) const DEFAULT_IMAGE: &str = "code";
const MIB_IN_GIB: i64 = 1024;

impl Front {
    /// One sandbox in its envelope.
    pub(crate) fn one(&self, message: &str, record: &SandboxRecord) -> SandboxResponse {
        SandboxResponse {
            status: "success".to_owned(),
            success: self.manner.is_strict().then_some(true),
            message: message.to_owned(),
            data: self.view(record),
        }
    }

    /// One sandbox. A client of each language breaks on another member that is missing, so all are there.
    pub(crate) fn view(&self, record: &SandboxRecord) -> Sandbox {
        let attributes = Attributes::of(record);
        let image = attributes.image.clone().or_else(|| record.snapshot.clone());
        let image = image.unwrap_or_else(|| DEFAULT_IMAGE.to_owned());
        let strict = self.manner.is_strict();
        let organization = record.organization_id.as_str();
        let memory = attributes.memory.unwrap_or(record.resources.memory * MIB_IN_GIB);
        Sandbox {
            id: object_id::of(&record.id),
            name: attributes.name.clone().unwrap_or_else(|| record.name.clone()),
            image: Some(tagged(&image)),
            image_id: Some(image),
            ip: None,
            cpu: record.resources.cpu.max(1),
            mem: memory.max(1),
            disk_mb: (!strict).then_some(record.resources.disk * MIB_IN_GIB),
            status: status(record, attributes.sleep_word, strict),
            created_at: record.created_at.to_string(),
            updated_at: Some(record.updated_at.to_string()),
            created_by: object_id::of_user(organization),
            org_id: object_id::of(organization),
            env_vars: (strict && !record.env.is_empty()).then(|| record.env.clone()),
            auto_sleep: Some(record.intervals.auto_pause > 0 || record.intervals.auto_stop > 0),
            region: attributes.region,
            publish_ports: attributes.publish_ports,
            ports: attributes.ports,
            labels: (!record.labels.is_empty()).then(|| record.labels.clone()),
        }
    }
}

/// `name:tag`, whatever part was given.
fn tagged(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains(':') { image.to_owned() } else { format!("{image}:latest") }
}

/// The one word for a state. What is on its way to running counts as running: clients know no other word for it.
fn status(record: &SandboxRecord, word: SleepWord, strict: bool) -> SandboxStatus {
    match shown_state(record) {
        SandboxState::Error | SandboxState::BuildFailed => SandboxStatus::Error,
        SandboxState::Destroyed | SandboxState::Destroying => SandboxStatus::Deleted,
        SandboxState::Stopped
        | SandboxState::Stopping
        | SandboxState::Archived
        | SandboxState::Archiving
        | SandboxState::Paused
        | SandboxState::Pausing => match word {
            SleepWord::Stop => SandboxStatus::Stopped,
            SleepWord::Pause => SandboxStatus::Paused,
            SleepWord::Sleep if strict => SandboxStatus::Stopped,
            SleepWord::Sleep => SandboxStatus::Snapshotted,
        },
        _ => SandboxStatus::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_always_has_a_tag() {
        assert_eq!(tagged("code"), "code:latest");
        assert_eq!(tagged("code:1"), "code:1");
        assert_eq!(tagged("localhost:5000/x"), "localhost:5000/x:latest");
    }
}
