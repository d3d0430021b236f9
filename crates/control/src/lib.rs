//! The Daytona control plane: what outlives a sandbox's processes, and the way in to those that run.
//!
//! Owns organizations and keys, sandboxes and their state machine, the store they are kept in, and the proxy that passes
//! toolbox requests on. Knows nothing of listeners, of namespaces or of files inside a sandbox; never reads the
//! environment or the clock: both come with [`Config`].
//!
//! ```text
//!  api(): contract operation ─▶ handlers ─┐
//!  other dialects ────────────────────────┴▶ sandboxes ─▶ lifecycle (what is allowed) ─▶ registry ─▶ ledger ─▶ store
//!                                  │                                         │ wake
//!  proxy_toolbox(), request() ─────┼──▶ held sandbox ◀── holder ◀── reconciler
//!                                  └──▶ wire (what clients see), errors (what they are told)
//! ```
//!
//! - Handlers record what is desired and answer; only the reconciler changes what is (`reconciler.rs`).
//! - Reads are served from memory ([`registry`]); every change an answer reports is in the store before the answer.
//! - Another organization's things do not exist: lookups are always by organization.

mod admission;
mod allowances;
mod announcements;
mod attachments;
mod audit;
mod bench;
mod builds;
mod call;
mod config;
mod control;
mod creation;
mod errors;
mod events;
mod founding;
mod handlers;
mod holder;
mod intervals;
mod ledger;
mod lifecycle;
mod network;
mod objects;
mod organization;
mod preview;
mod proxy;
mod quotas;
mod reconciler;
mod record;
mod records;
mod registry;
mod sandboxes;
mod shelf;
mod snapshots;
mod ssh;
mod steps;
mod store;
mod tenants;
mod throttle;
mod timers;
mod trace;
mod urls;
mod wire;
mod written;

pub use allowances::Allowance;
pub use bench::SandboxBuilder;
pub use builds::{Bases, Builder, Made, Order, Workshop};
pub use config::{Config, Lifecycle, Lifetime, Restore};
pub use control::{ControlError, ControlPlane};
pub use creation::{NewResources, NewSandbox};
pub use errors::ApiError;
pub use holder::{Held, Holder, HolderError, RuntimeHolder};
pub use intervals::NewIntervals;
pub use lifecycle::{Resize, shown_state};
pub use network::NetworkChange;
pub use objects::{ObjectAccess, ObjectStorage, ObjectStorageError, Way};
pub use organization::{Limits, Member, OrganizationSettings, Otel, RegionLimits, Suspension};
pub use preview::{Place, PreviewForm, Previews, SignedPreview};
pub use quotas::{QuotaError, Quotas};
pub use record::{Class, Intervals, Links, Network, Resources, SandboxRecord, Task};
pub use records::{AttachedSecret, Attachments, VolumeMount};
pub use sandboxes::{SandboxResult, Sandboxes};
pub use snapshots::{Base, BuildInfo, NewSnapshot, SnapshotRecord, SnapshotResult, Snapshots};
pub use ssh::{SshAccess, SshGateway, SshGrant, SshGuest, SshRefusal};
pub use store::{
    ApiKeyRow, Change, MemoryStore, OrganizationRow, RecordKind, RecordRow, Saved, SqliteStore, Store,
    StoreError,
};
pub use tenants::ControlTenants;
pub use throttle::{RateLimit, Throttler};
pub use urls::BaseUrl;
pub use wire::sandbox as sandbox_object;
