//! What is known of one sandbox: the body of its row in the store and the working copy in memory.

use std::collections::BTreeMap;

use contract::control::types::{SandboxDesiredState, SandboxState};
use dialect::OrganizationId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::preview::SignedPreview;
use crate::snapshots::{Base, BuildInfo};
use crate::ssh::SshGrant;

/// User inside a sandbox that nobody named another one for.
const DEFAULT_USER: &str = "daytona";

use crate::records::Attachments;

/// Everything the control plane remembers of a sandbox. Times are moments in UTC, intervals whole minutes as on the
/// wire, sizes cores and GiB (control-plane.md §2.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SandboxRecord {
    /// Version-4 UUID.
    pub id: String,
    /// Organization it belongs to.
    #[serde(with = "organization_text")]
    pub organization_id: OrganizationId,
    /// Unique in the organization; a deleted sandbox gives its name up at once.
    pub name: String,
    /// Name of the snapshot it was made from; nothing when it was made from an image.
    pub snapshot: Option<String>,
    /// Name of the image it was asked to be made from.
    #[serde(default)]
    pub image: Option<String>,
    /// The build it was asked to be made from.
    #[serde(default)]
    pub build: Option<BuildInfo>,
    /// What it starts with beside its own files.
    #[serde(default)]
    pub base: Base,
    /// Operating-system user inside.
    pub user: String,
    /// Variables the client asked for; what the platform adds is not kept.
    pub env: BTreeMap<String, String>,
    /// Labels, untouched.
    pub labels: BTreeMap<String, String>,
    /// Whether previews need no credential.
    pub public: bool,
    /// Region, as the client wrote it.
    pub target: String,
    /// What kind of machine it claims to be.
    #[serde(default)]
    pub class: Class,
    /// What it was given.
    pub resources: Resources,
    /// Network rules, as sent.
    pub network: Network,
    /// Minutes until things happen by themselves.
    pub intervals: Intervals,
    /// What it points at and members that are only echoed.
    pub links: Links,
    /// Volumes and secrets.
    #[serde(default)]
    pub attachments: Attachments,
    /// What is.
    pub state: SandboxState,
    /// What is wanted.
    pub desired_state: SandboxDesiredState,
    /// What else is wanted, besides the desired state.
    #[serde(default)]
    pub task: Option<Task>,
    /// Why it is in error.
    pub error_reason: Option<String>,
    /// Whether it can be brought back from its error with its files.
    #[serde(default)]
    pub recoverable: bool,
    /// When its files were last put away.
    #[serde(default)]
    pub backup_at: Option<Timestamp>,
    /// Whether the next stop skips the grace period.
    #[serde(default)]
    pub stop_at_once: bool,
    /// Opens previews and the toolbox without an account; new with every start.
    pub auth_token: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When anything but its activity last changed.
    pub updated_at: Timestamp,
    /// When somebody last used it.
    pub last_activity_at: Timestamp,
    /// When it will be destroyed whatever it does.
    #[serde(default)]
    pub auto_destroy_at: Option<Timestamp>,
    /// When its removal was finished; from then on it is only remembered.
    #[serde(default)]
    pub destroyed_at: Option<Timestamp>,
    /// Tokens that open one of its ports for a while.
    #[serde(default)]
    pub signed_previews: Vec<SignedPreview>,
    /// What opens it over SSH.
    #[serde(default)]
    pub ssh_grant: Option<SshGrant>,
    /// What file URLs of it are signed with; made when somebody first asks for it.
    #[serde(default)]
    pub signing_key: Option<String>,
    /// What another dialect keeps of it; nothing here reads it.
    #[serde(default)]
    pub extras: Map<String, Value>,
}

/// What kind of machine a sandbox claims to be. Only virtual machines can be paused and forked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A container.
    #[default]
    Container,
    /// A virtual machine. Here it is held as all others are: processes are held still instead of the machine.
    LinuxVm,
}

impl Class {
    /// Whether it can be paused, resumed and forked.
    #[must_use]
    pub fn is_machine(self) -> bool {
        self == Self::LinuxVm
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::LinuxVm => "linux-vm",
        }
    }
}

/// Something wanted of a sandbox that leaves its desired state as it is. Nothing else may be asked until it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Task {
    /// Give it other sizes.
    Resize(Resources),
    /// Hold still while another sandbox, given by id, becomes a copy of it.
    Fork(String),
    /// Forget its error.
    Recover,
    /// Hold still while its files are kept as a snapshot.
    #[serde(rename_all = "camelCase")]
    Capture {
        /// Id the snapshot will have.
        id: String,
        /// Its name.
        name: String,
    },
}

/// Cores, count, GiB, GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Resources {
    pub cpu: i64,
    pub gpu: i64,
    pub memory: i64,
    pub disk: i64,
}

/// What a sandbox may reach; lists are comma-separated as on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Network {
    pub block_all: bool,
    pub allow_list: Option<String>,
    pub domain_allow_list: Option<String>,
    pub outbound_proxy_url: Option<String>,
}

/// Minutes (control-plane.md §2.7). Zero means three different things: stop never, archive as late as possible, delete
/// at once. A paused sandbox is deleted only where another API wants that of one that sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Intervals {
    pub auto_stop: i64,
    #[serde(default)]
    pub auto_pause: i64,
    pub auto_archive: i64,
    pub auto_delete: i64,
    #[serde(default)]
    pub auto_delete_paused: bool,
}

/// Members that point elsewhere or are only given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Links {
    /// Sandbox this one goes away with.
    pub linked_sandbox_id: Option<String>,
    /// Sandbox this one began as a copy of.
    #[serde(default)]
    pub parent_id: Option<String>,
    /// Given back only.
    pub otel_endpoint_override: Option<String>,
    /// Given back only: a local machine evicts nobody.
    pub spot: bool,
    /// Given back only: there is no queue to wait in.
    pub queue_timeout: Option<i64>,
}

impl Default for Intervals {
    fn default() -> Self {
        Self {
            auto_stop: 15,
            auto_pause: 0,
            auto_archive: 10_080,
            auto_delete: -1,
            auto_delete_paused: false,
        }
    }
}

impl SandboxRecord {
    /// A sandbox that is about to be created, with nothing asked for.
    #[must_use]
    pub fn new(id: &str, organization_id: OrganizationId, now: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            organization_id,
            name: id.to_owned(),
            snapshot: None,
            image: None,
            build: None,
            base: Base::default(),
            user: DEFAULT_USER.to_owned(),
            env: BTreeMap::new(),
            labels: BTreeMap::new(),
            public: false,
            target: String::new(),
            class: Class::Container,
            resources: Resources { cpu: 1, gpu: 0, memory: 1, disk: 3 },
            network: Network::default(),
            intervals: Intervals::default(),
            links: Links::default(),
            attachments: Attachments::default(),
            state: SandboxState::Creating,
            desired_state: SandboxDesiredState::Started,
            task: None,
            error_reason: None,
            recoverable: false,
            backup_at: None,
            stop_at_once: false,
            auth_token: String::new(),
            created_at: now,
            updated_at: now,
            last_activity_at: now,
            auto_destroy_at: None,
            destroyed_at: None,
            signed_previews: Vec::new(),
            ssh_grant: None,
            signing_key: None,
            extras: Map::new(),
        }
    }

    /// Name of the snapshot or image it was made from.
    #[must_use]
    pub fn made_from(&self) -> &str {
        self.snapshot.as_deref().or(self.image.as_deref()).unwrap_or_default()
    }

    /// Variables processes inside see: those of the image, those asked for, and the placeholders of secrets.
    #[must_use]
    pub fn shown_env(&self) -> BTreeMap<String, String> {
        let placeholder = |(variable, secret): (&String, &crate::records::AttachedSecret)| {
            (variable.clone(), secret.placeholder.clone())
        };
        let mut env = self.base.config.env.clone();
        env.extend(self.env.clone());
        env.extend(self.attachments.secrets.iter().map(placeholder));
        env
    }

    /// Whether stopping deletes it.
    #[must_use]
    pub fn is_ephemeral(&self) -> bool {
        self.intervals.auto_delete == 0
    }

    /// Whether it was asked to go away, or has gone.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.desired_state == SandboxDesiredState::Destroyed || self.state == SandboxState::Destroyed
    }
}

mod organization_text {
    use dialect::OrganizationId;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &OrganizationId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(id.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<OrganizationId, D::Error> {
        String::deserialize(deserializer).map(|text| OrganizationId::new(&text))
    }
}
