//! Reports: one outcome, told in several ways.

pub mod badge;
pub mod html;
pub mod junit;
pub mod results;
pub mod tap;
pub mod terminal;

use crate::registry::Registry;
use crate::{Outcome, Status};

/// What became of one requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Every case that was run holds.
    Holds,
    /// A case fails.
    Fails,
    /// No case could be run, or one broke down.
    Unknown,
}

/// The standing of every requirement that has a case in the run, in the registry's order.
#[must_use]
pub fn standings<'a>(registry: &'a Registry, outcome: &Outcome) -> Vec<(&'a str, Standing)> {
    let of = |id: &str| {
        let cases =
            outcome.results.iter().filter(|result| result.requirements.iter().any(|known| known == id));
        let statuses: Vec<Status> = cases.map(|result| result.status).collect();
        let any = |status: Status| statuses.contains(&status);
        if statuses.is_empty() {
            None
        } else if any(Status::Fail) || any(Status::KnownGap) {
            Some(Standing::Fails)
        } else if any(Status::Error) || !statuses.iter().any(|status| status.is_executed()) {
            Some(Standing::Unknown)
        } else {
            Some(Standing::Holds)
        }
    };
    registry.keys().filter_map(|id| Some((id.as_str(), of(id)?))).collect()
}
