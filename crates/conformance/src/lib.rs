//! The conformance suite: tells the author of a server or a client where it leaves the documented contract.
//!
//! Owns the formats of requirements, cases, capabilities, mutants and known gaps, runs them against any server over
//! HTTP, and reports. Depends on [`contract`] only: it knows nothing of the emulator and judges it like any other server.
//!
//! ```text
//! data (embedded or --data) ─▶ suite ─┬─ registry (requirements)
//!                                     ├─ case (hand-written) + generated (from the contract)
//!                                     ├─ capabilities ─▶ run::probe
//!                                     ├─ mutants ─▶ self_test
//!                                     └─ scenarios ─▶ trial (of a client)
//! server::run ─▶ run (workers, steps, matchers) ─▶ outcome ─▶ report (terminal, TAP, JUnit, JSON, HTML, badge)
//! ```

pub mod case;
pub mod cli;
mod client;
mod coverage;
mod data;
mod error;
mod exchange;
mod explain;
mod gaps;
mod generated;
mod json_path;
mod matcher;
pub mod mutants;
pub mod outcome;
mod redact;
pub mod registry;
pub mod report;
mod run;
pub mod self_test;
pub mod server;
pub mod suite;
mod toml_entries;
pub mod trial;
mod variables;

pub use coverage::Coverage;
pub use data::Data;
pub use error::Error;
pub use exchange::{Exchange, OperationName};
pub use explain::{explain, list};
pub use outcome::{CaseResult, Outcome, Status, Sums, Verdict};
pub use redact::{REDACTED, Redactor};
pub use suite::Suite;

/// How the reason of a skipped case ends when the server answered 501.
const NOT_SERVED: &str = " is not served (501)";
