//! Where records are kept between runs.
//!
//! A store is simple on purpose: load everything once, then apply batches of changes, each batch whole or not at all.
//! Reads are served from memory (`registry.rs`) and batching is the ledger's business (`ledger.rs`), so a store needs no
//! concurrency of its own.
//!
//! | file | keeps rows in |
//! |---|---|
//! | `sqlite.rs` | one SQLite file a user can open; `schema.rs` has its tables and how older files become it |
//! | `memory.rs` | memory, for servers that leave nothing behind |
//!
//! Sandboxes have a type of their own. Everything else that is a name, an owner and a few members is a [`RecordRow`]: its
//! kind chooses the table, its body is JSON the store does not look into.

mod memory;
mod schema;
mod sqlite;

use std::sync::Arc;

use jiff::Timestamp;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;

use crate::organization::OrganizationSettings;
use crate::record::SandboxRecord;

/// Everything a store holds.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Saved {
    pub organizations: Vec<OrganizationRow>,
    pub api_keys: Vec<ApiKeyRow>,
    pub revoked_keys: Vec<String>,
    pub records: Vec<RecordRow>,
    pub sandboxes: Vec<Arc<SandboxRecord>>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganizationRow {
    /// Version-4 UUID.
    pub id: String,
    /// For people.
    pub name: String,
    /// Whether keys nobody minted belong to it; exactly one organization does this.
    pub is_default: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Members, limits and switches.
    pub settings: OrganizationSettings,
}

/// A key somebody minted. Only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// Organization the key acts for.
    pub organization_id: String,
    /// Unique in the organization.
    pub name: String,
    /// SHA-256 of the key in lower-case hexadecimal digits.
    pub hash: String,
    /// When it was minted.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// Who it acts for; empty in files of the first schema until the server has put that right.
    pub user_id: String,
    /// What lists show of it.
    pub masked: String,
    /// What it may do; `None` is everything.
    pub permissions: Option<Vec<String>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Whether it works; one that is switched off is refused until it is switched on again.
    pub active: bool,
    /// When it was last switched.
    pub changed_at: Option<Timestamp>,
}

/// What kind of thing a record is; each kind has a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum RecordKind {
    User,
    Volume,
    Secret,
    WarmPool,
    DockerRegistry,
    Role,
    Invitation,
    AuditLog,
    Snapshot,
    Build,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::User,
        Self::Volume,
        Self::Secret,
        Self::WarmPool,
        Self::DockerRegistry,
        Self::Role,
        Self::Invitation,
        Self::AuditLog,
        Self::Snapshot,
        Self::Build,
    ];

    /// Name of its table.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::User => "user_account",
            Self::Volume => "volume",
            Self::Secret => "secret",
            Self::WarmPool => "warm_pool",
            Self::DockerRegistry => "docker_registry",
            Self::Role => "organization_role",
            Self::Invitation => "organization_invitation",
            Self::AuditLog => "audit_log",
            Self::Snapshot => "snapshot",
            Self::Build => "image_build",
        }
    }
}

/// A thing of an organization that is no sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Which table it belongs to.
    pub kind: RecordKind,
    /// Version-4 UUID.
    pub id: String,
    /// Organization it belongs to.
    pub organization_id: String,
    /// For people who look into the file.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Everything, as JSON.
    pub body: String,
}

/// One change of what a store holds.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a batch is a handful of changes and is used up at once")]
pub enum Change {
    /// Adds an organization or replaces the one of that id.
    PutOrganization(OrganizationRow),
    /// Forgets an organization and everything that is its own.
    DeleteOrganization {
        /// Id of the organization.
        id: String,
    },
    /// Adds a key or replaces the one of that name.
    PutApiKey(ApiKeyRow),
    /// Forgets a key, but not that it is refused from now on: one nobody minted would be let in.
    RevokeApiKey {
        /// Organization of the key.
        organization_id: String,
        /// Its name.
        name: String,
        /// SHA-256 of the key in lower-case hexadecimal digits.
        hash: String,
    },
    /// Adds a record or replaces the one of that id.
    PutRecord(RecordRow),
    /// Forgets a record.
    DeleteRecord {
        /// Its kind.
        kind: RecordKind,
        /// Its id.
        id: String,
    },
    /// Adds a sandbox or replaces the one of that id.
    PutSandbox(Arc<SandboxRecord>),
    /// Forgets a sandbox.
    DeleteSandbox {
        /// Id of the sandbox.
        id: String,
    },
}

/// Why a store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused.
    #[error("the state database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// Its file cannot be opened.
    #[error("the state database cannot be opened: {0}")]
    File(#[from] std::io::Error),
    /// A row cannot be read.
    #[error("the state database holds an unreadable row in {table}: {reason}")]
    Row {
        /// Table the row is in.
        table: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The file was written by a newer build.
    #[error(
        "the state database has schema version {found}, this build knows up to {known}: use a newer build"
    )]
    Newer {
        /// Version in the file.
        found: i64,
        /// Latest version this build knows.
        known: i64,
    },
    /// Nothing is written any more.
    #[error("the state database is closed")]
    Closed,
}

/// Keeps records. Calls may block; they come from one thread at a time.
pub trait Store: Send + Sync {
    /// Everything kept.
    ///
    /// # Errors
    ///
    /// When the rows cannot be read.
    fn load(&self) -> Result<Saved, StoreError>;

    /// Applies all changes in order, or none; when it returns they survive the end of this process.
    ///
    /// # Errors
    ///
    /// When they could not be written.
    fn apply(&self, changes: &[Change]) -> Result<(), StoreError>;

    /// Whether writing takes a moment, so that it belongs on a thread of its own.
    fn is_slow(&self) -> bool {
        true
    }
}
