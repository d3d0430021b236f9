//! Where records are kept between runs.
//!
//! A store is simple on purpose: load everything once, then apply batches of changes, each batch whole or not at all.
//! Reads are served from memory (`registry.rs`) and batching is the ledger's business (`ledger.rs`), so a store needs no
//! concurrency of its own.
//!
//! | file | keeps rows in |
//! |---|---|
//! | `sqlite.rs` | one SQLite file a user can open |
//! | `memory.rs` | memory, for servers that leave nothing behind |

mod memory;
mod sqlite;

use std::sync::Arc;

use jiff::Timestamp;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;

use crate::record::SandboxRecord;

/// Everything a store holds.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Saved {
    pub organizations: Vec<OrganizationRow>,
    pub api_keys: Vec<ApiKeyRow>,
    pub sandboxes: Vec<Arc<SandboxRecord>>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationRow {
    /// Version-4 UUID.
    pub id: String,
    /// For people.
    pub name: String,
    /// Whether keys nobody minted belong to it; exactly one organization does this.
    pub is_default: bool,
    /// When it was made.
    pub created_at: Timestamp,
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
}

/// One change of what a store holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Adds an organization or replaces the one of that id.
    PutOrganization(OrganizationRow),
    /// Adds a key or replaces the one of that name.
    PutApiKey(ApiKeyRow),
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
