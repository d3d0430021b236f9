//! What a control plane is handed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lab::{Clock, Ids};
use serde_json::{Map, Value};

use crate::allowances::Allowance;
use crate::builds::Workshop;
use crate::holder::Holder;
use crate::objects::ObjectStorage;
use crate::preview::PreviewForm;
use crate::quotas::Quotas;
use crate::ssh::SshGateway;
use crate::store::Store;
use crate::throttle::{RateLimit, Throttler};

/// Everything a control plane needs from outside.
#[derive(Clone)]
pub struct Config {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids and tokens.
    pub ids: Arc<dyn Ids>,
    /// Where records are kept.
    pub store: Arc<dyn Store>,
    /// What holds the sandboxes.
    pub holder: Arc<dyn Holder>,
    /// Where clients put files for builds; nowhere when there is none.
    pub objects: Option<Arc<dyn ObjectStorage>>,
    /// What builds images; nothing when there is none.
    pub workshop: Option<Workshop>,
    /// Region of sandboxes created without a target, such as `us`.
    pub region: String,
    /// Sent as `X-Daytona-Api-Version` and in `/config`.
    pub api_version: String,
    /// Name of the snapshot taken when a client names none.
    pub default_snapshot: String,
    /// Whether sandboxes are made from images nobody has: the host's root stands in for them.
    pub any_image: bool,
    /// How the addresses of previews look.
    pub preview: PreviewForm,
    /// How clients reach sandboxes over SSH.
    pub ssh: SshGateway,
    /// How much an organization may use; as much as it likes when nothing is said.
    pub quotas: Option<Quotas>,
    /// Where texts send people who want more: `<dashboard>/limits`.
    pub dashboard: String,
    /// Whether states on the way are shown.
    pub lifecycle: Lifecycle,
    /// Whether changes are announced over a socket; without it clients poll.
    pub events: bool,
    /// Whether sandboxes outlive the server.
    pub lifetime: Lifetime,
    /// What becomes of sandboxes that ran when the server last went away.
    pub restore: Restore,
    /// How long create and start wait for the sandbox before they answer; 30 s on the real service.
    pub start_patience: Duration,
    /// How long stop and delete wait for the end before they answer: long enough for a sandbox that stops as it should,
    /// so that a client's first look finds it stopped.
    pub stop_patience: Duration,
    /// How long processes may take to end before they are killed; 10 s on the real service.
    pub stop_grace: Duration,
    /// How long a deleted sandbox can still be read by its id.
    pub tombstone: Duration,
    /// Largest request body read, in bytes.
    pub body_limit: usize,
    /// Whether the holder can show a volume anywhere in a sandbox, or only in the directories that are the sandbox's own.
    pub mounts_anywhere: bool,
    /// Whether the holder can block a sandbox's network altogether.
    pub blocks_network: bool,
    /// The one key that needs no minting, when only credentials that were given out are accepted; otherwise any is.
    pub strict_key: Option<String>,
    /// Rate limits; what is not in it is not limited.
    pub rate_limits: BTreeMap<Throttler, RateLimit>,
    /// How many simple things an organization may have; what is not in it is not limited.
    pub allowances: BTreeMap<Allowance, f64>,
    /// Members added to the answer of `/health`: the runtime, why it was chosen, the capabilities.
    pub about: Map<String, Value>,
}

impl Config {
    /// The real service's waits and names around what must be given.
    #[must_use]
    pub fn new(
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        store: Arc<dyn Store>,
        holder: Arc<dyn Holder>,
    ) -> Self {
        Self {
            clock,
            ids,
            store,
            holder,
            objects: None,
            workshop: None,
            region: "us".to_owned(),
            api_version: "0.205.1".to_owned(),
            default_snapshot: "daytonaio/sandbox:0.5.0-slim".to_owned(),
            any_image: true,
            preview: PreviewForm::default(),
            ssh: SshGateway::default(),
            quotas: None,
            dashboard: "/dashboard".to_owned(),
            lifecycle: Lifecycle::Prompt,
            events: true,
            lifetime: Lifetime::Ephemeral,
            restore: Restore::Stopped,
            start_patience: Duration::from_secs(30),
            stop_patience: Duration::from_millis(500),
            stop_grace: Duration::from_secs(10),
            tombstone: Duration::from_secs(5),
            body_limit: 10 << 20,
            mounts_anywhere: true,
            blocks_network: false,
            strict_key: None,
            rate_limits: BTreeMap::new(),
            allowances: BTreeMap::new(),
            about: Map::new(),
        }
    }
}

/// Whether sandboxes outlive the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// They are removed when the server shuts down.
    Ephemeral,
    /// They are stopped when the server shuts down and known again when it comes back.
    Kept,
}

/// How a sandbox comes from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// As fast as it can; create and start answer once the sandbox runs.
    Prompt,
    /// Through every state the real service shows, lingering in each; nothing is waited for before an answer.
    Realistic {
        /// How long it stays in each state, by the clock.
        pause: Duration,
    },
}

/// What becomes of sandboxes that ran when the server last went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restore {
    /// They are stopped, which is what their processes are.
    Stopped,
    /// They are started again.
    Restarted,
}
