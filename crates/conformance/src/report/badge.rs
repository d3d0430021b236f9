//! A badge in the form shields.io reads from an address.

use serde_json::json;

use crate::{Outcome, Verdict};

/// The outcome as a badge.
#[must_use]
pub fn render(outcome: &Outcome) -> String {
    let sums = outcome.sums();
    let (message, color) = match outcome.verdict() {
        Verdict::Conforms => (format!("{} of {} pass", sums.passed, sums.executed), "brightgreen"),
        Verdict::Departs => (format!("{} of {} pass", sums.passed, sums.executed), "red"),
        Verdict::Error => ("broke down".to_owned(), "lightgrey"),
        Verdict::NothingExecuted => ("nothing executed".to_owned(), "red"),
    };
    let badge = json!({ "schemaVersion": 1, "label": "conformance", "message": message, "color": color });
    badge.to_string() + "\n"
}
