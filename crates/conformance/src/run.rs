//! Runs cases against a server.
//!
//! ```text
//! workers ─┬─ session (one tenant's key, one shared sandbox) ─▶ case ─▶ step ─▶ request ─▶ client
//!          │                                                    │       └─▶ judge (matchers, contract)
//!          └─ probes (capabilities, asked for once)             └─ cleanup, always
//! ```

mod case_run;
mod fixture;
mod judge;
mod probe;
mod request;
mod script;
mod server;
mod workers;

pub(crate) use probe::Probes;
pub(crate) use server::Server;
pub(crate) use workers::{Event, Plan, run};

use crate::client::ClientError;

/// Why a step, and with it the case, came to an end.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The server departs from what was expected.
    Fail(Vec<String>),
    /// The server or the suite broke down.
    Error(String),
    /// The server says it does not serve the operation.
    Absent(String),
}

impl Trouble {
    fn fail(reason: impl Into<String>) -> Self {
        Self::Fail(vec![reason.into()])
    }
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Self {
        if error.is_dead_server() || matches!(error, ClientError::Request(_)) {
            Self::Error(error.to_string())
        } else {
            Self::fail(error.to_string())
        }
    }
}
