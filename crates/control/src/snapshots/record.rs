//! What is known of one snapshot, and of the build it came from.

use std::sync::Arc;

use builder::ImageConfig;
use contract::control::types::{GpuType, SnapshotState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::announcements::{Announcement, Announcer};
use crate::record::{Class, Resources};
use crate::shelf::Record;
use crate::store::RecordKind;

/// Everything the control plane remembers of a snapshot (control-plane.md §4.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotRecord {
    /// Version-4 UUID.
    pub id: String,
    /// Organization it belongs to; empty for one that is offered to everybody.
    pub organization_id: String,
    /// Unique in the organization.
    pub name: String,
    /// Image it was asked to be made from.
    pub image_name: Option<String>,
    /// Region it was made for.
    #[serde(default)]
    pub region: String,
    /// What is.
    pub state: SnapshotState,
    /// Bytes of its own, once they are known.
    pub size: Option<u64>,
    /// Program and arguments that run in its sandboxes from every start on; nothing where none were asked for.
    pub entrypoint: Option<Vec<String>>,
    /// What its sandboxes get.
    pub resources: Resources,
    /// Given back only.
    #[serde(default)]
    pub gpu_type: Option<GpuType>,
    /// What kind of machine its sandboxes claim to be.
    pub class: Class,
    /// Why it is in error.
    pub error_reason: Option<String>,
    /// The build it comes from.
    #[serde(default)]
    pub build: Option<BuildInfo>,
    /// The sandbox it was taken of.
    #[serde(default)]
    pub source_sandbox_id: Option<String>,
    /// What its sandboxes start with.
    #[serde(default)]
    pub base: Base,
    /// When it was made.
    pub created_at: Timestamp,
    /// When anything but its use last changed.
    pub updated_at: Timestamp,
    /// When a sandbox was last made from it.
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
    /// When it was last taken out of use.
    #[serde(default)]
    pub deactivated_at: Option<Timestamp>,
}

/// What a sandbox starts with beside its own files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Base {
    /// Stored files it starts with; the host's root where there are none.
    pub image: Option<String>,
    /// What is said of programs that run in it.
    pub config: ImageConfig,
}

/// A Dockerfile with what belongs to it, as a client sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildInfo {
    /// The Dockerfile's text.
    pub dockerfile: String,
    /// Names of the contexts in the object store, in the order they are unpacked.
    pub context_hashes: Vec<String>,
    /// When it was first asked for.
    pub created_at: Timestamp,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
}

impl BuildInfo {
    /// A build asked for now.
    #[must_use]
    pub fn new(dockerfile: String, context_hashes: Vec<String>, now: Timestamp) -> Self {
        Self { dockerfile, context_hashes, created_at: now, updated_at: now }
    }

    /// The name of what it makes: the same for the same Dockerfile and the same contexts (control-plane.md §2.5).
    #[must_use]
    pub fn reference(&self) -> String {
        use std::fmt::Write as _;
        let mut hashes = self.context_hashes.clone();
        hashes.sort();
        let mut digest = Sha256::new();
        digest.update(&self.dockerfile);
        hashes.iter().for_each(|hash| digest.update(hash));
        let mut reference = "daytona-".to_owned();
        for byte in digest.finalize() {
            let _ = write!(reference, "{byte:02x}");
        }
        reference.push_str(":daytona");
        reference
    }
}

impl SnapshotRecord {
    /// Whether it is offered to every organization.
    #[must_use]
    pub fn is_general(&self) -> bool {
        self.organization_id.is_empty()
    }
}

impl Record for SnapshotRecord {
    const KIND: RecordKind = RecordKind::Snapshot;

    fn id(&self) -> &str {
        &self.id
    }

    fn organization_id(&self) -> &str {
        &self.organization_id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn tell(announcer: &Announcer, before: Option<&Arc<Self>>, after: Option<&Arc<Self>>) {
        match (before, after) {
            (None, Some(snapshot)) => announcer.tell(Announcement::SnapshotCreated(Arc::clone(snapshot))),
            (Some(snapshot), None) => announcer.tell(Announcement::SnapshotRemoved(Arc::clone(snapshot))),
            (Some(before), Some(after)) if before.state != after.state => {
                let (snapshot, old, new) = (Arc::clone(after), before.state, after.state);
                announcer.tell(Announcement::SnapshotState { snapshot, old, new });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_depends_on_the_dockerfile_and_on_which_contexts_not_on_their_order() {
        let reference = |dockerfile: &str, hashes: &[&str]| {
            let hashes = hashes.iter().map(|hash| (*hash).to_owned()).collect();
            BuildInfo::new(dockerfile.to_owned(), hashes, Timestamp::UNIX_EPOCH).reference()
        };
        let empty = "daytona-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:daytona";
        assert_eq!(reference("", &[]), empty);
        assert_eq!(reference("FROM a\n", &["1", "2"]), reference("FROM a\n", &["2", "1"]));
        assert_eq!(reference("FROM a\n12", &[]), reference("FROM a\n", &["1", "2"]));
        assert_ne!(reference("FROM a\n", &[]), reference("FROM a", &[]));
    }
}
