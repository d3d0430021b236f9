//! What the passing cases really exercised, operation by operation. Computed from exchanges, never claimed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::Side;
use crate::exchange::OperationName;
use crate::outcome::{CaseResult, Outcome, Status};

/// Kinds of generated cases whose requests are malformed.
const MALFORMED: [&str; 6] =
    ["-GEN-MISSING", "-GEN-TYPE", "-GEN-BOUND", "-GEN-ENUM", "-GEN-JSON", "-GEN-SIZE"];

/// What was seen of one operation in passing cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Seen {
    /// A success.
    pub success: bool,
    /// An error other than a refusal of the caller.
    pub error: bool,
    /// A refusal of the caller.
    pub refusal: bool,
    /// A malformed request, refused.
    pub malformed: bool,
}

/// What was seen of every operation of one contract.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Coverage {
    /// Operations of the contract.
    pub operations: usize,
    /// Operations with a success.
    pub success: usize,
    /// Operations with an error.
    pub error: usize,
    /// Operations with a refusal of the caller.
    pub refusal: usize,
    /// Operations with a malformed request that was refused.
    pub malformed: usize,
    /// The operations seen at all.
    pub seen: BTreeMap<&'static str, Seen>,
}

impl Coverage {
    /// The coverage of each contract that was judged.
    #[must_use]
    pub fn of(outcome: &Outcome) -> BTreeMap<Side, Self> {
        let mut seen: BTreeMap<OperationName, Seen> = BTreeMap::new();
        for result in outcome.results.iter().filter(|result| result.status == Status::Pass) {
            let is_malformed =
                result.requirements.iter().any(|id| MALFORMED.iter().any(|ending| id.ends_with(ending)));
            count(result, is_malformed, &mut seen);
        }
        let sides = Side::ALL
            .into_iter()
            .filter(|side| outcome.results.iter().any(|result| result.contract == *side));
        sides.map(|side| (side, Self::sum(side, &seen))).collect()
    }

    fn sum(side: Side, seen: &BTreeMap<OperationName, Seen>) -> Self {
        let seen: BTreeMap<&'static str, Seen> = seen
            .iter()
            .filter(|(name, _)| name.contract == side)
            .map(|(name, seen)| (name.id, *seen))
            .collect();
        let count = |of: fn(&Seen) -> bool| seen.values().filter(|seen| of(seen)).count();
        Self {
            operations: side.document().operations.len(),
            success: count(|seen| seen.success),
            error: count(|seen| seen.error),
            refusal: count(|seen| seen.refusal),
            malformed: count(|seen| seen.malformed),
            seen,
        }
    }
}

fn count(result: &CaseResult, is_malformed: bool, seen: &mut BTreeMap<OperationName, Seen>) {
    for exchange in &result.exchanges {
        let (Some(operation), Some(status)) = (exchange.operation, exchange.status) else { continue };
        let seen = seen.entry(operation).or_default();
        match status {
            101 | 200..=399 => seen.success = true,
            401 | 403 => seen.refusal = true,
            400..=499 => {
                seen.error = true;
                seen.malformed |= is_malformed;
            }
            _ => {}
        }
    }
}
