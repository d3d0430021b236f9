//! Judges a client: by what it asks of a server, and by how it takes a server that keeps the contract and is hard to bear.
//!
//! The client runs against a server that writes down every exchange. What was written down is held against the contract;
//! then the client runs again, once for each scenario, against a server whose answers are twisted within what is allowed.
//!
//! ```text
//! scenario (data) ─▶ workshop: server with a twist ─┬─ the client's command
//!                                                   └─ journal ─▶ exchanges ─▶ rules ─▶ findings
//!                                                                            └▶ usage ─▶ report
//! ```
//!
//! This module knows nothing of any server: a [`Workshop`] starts one, runs the command, and ends both.

mod exchanges;
pub mod journal;
mod report;
mod rules;
mod run;
mod scenario;
mod thin;
mod twist;
mod usage;

pub use report::{json, junit, summary};
pub use rules::{Finding, RULES, Rule};
pub use run::{Ended, Options, Trial, Tried, Workshop, run};
pub use scenario::Scenario;
pub(crate) use scenario::load;
pub use twist::{Busy, Twist, Twisted};
pub use usage::{Usage, UsedOperation};
