//! The edge: everything between a TCP connection and a dialect, once for all dialects.
//!
//! ```text
//! connection ─▶ guard ─▶ patience ─▶ exchange ─▶ journal ─▶ tenant ─▶ faults ─▶ contract check ─▶ mutants ─▶ mounted
//!               host,    bodies      request id,  hook      who asks  hook      both ways, when   hook      dialect
//!               origin   that stop   operation                                  asked for
//! ```
//!
//! Knows HTTP and tenants. Knows nothing of sandboxes, states or stores.

mod app;
mod between;
mod check;
mod exchange;
mod guard;
mod head_timer;
mod hooks;
mod mount;
mod patience;
mod serve;
mod tenant;

use std::sync::Arc;

use dialect::Tenants;
use lab::Ids;

pub use app::App;
pub use between::Wire;
pub use check::{CheckMode, Finding, Findings};
pub use exchange::Exchange;
pub use guard::Guard;
pub use hooks::{BoxFuture, Hook, HookPlace, Hooks};
pub use mount::{Claim, Head, Mount, MountParameter};
pub use patience::Patience;
pub use serve::{Answers, serve};

/// What the edge is made of.
#[derive(Clone)]
pub struct Config {
    /// Which host names and web origins may reach the server.
    pub guard: Arc<Guard>,
    /// Turns credentials into organizations.
    pub tenants: Arc<dyn Tenants>,
    /// Makes request ids.
    pub ids: Arc<dyn Ids>,
    /// Whether requests and answers are held against the contract.
    pub check: CheckMode,
    /// Where departures from the contract are collected.
    pub findings: Findings,
    /// How long a client may fall silent in the middle of a request.
    pub patience: Patience,
    /// What journal, faults and mutants hang on.
    pub hooks: Hooks,
}
