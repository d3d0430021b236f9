//! `results.json`: the outcome for programs. `conformance/results.schema.json` describes it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Standing, standings};
use crate::case::Side;
use crate::registry::{Level, Registry};
use crate::{CaseResult, Coverage, Error, Outcome, Sums, Verdict};

/// Version of the format. Members may be added within a version; none goes or changes its meaning.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Results<'a> {
    format: &'static str,
    version: u32,
    suite: &'static str,
    target: &'a str,
    started: &'a str,
    milliseconds: u64,
    verdict: Verdict,
    strict: bool,
    interrupted: bool,
    sums: Sums,
    capabilities: &'a BTreeMap<String, bool>,
    requirements: BTreeMap<&'a str, RequirementResult>,
    coverage: BTreeMap<Side, Coverage>,
    cases: &'a [CaseResult],
}

#[derive(Serialize)]
struct RequirementResult {
    level: Level,
    standing: Standing,
}

/// The outcome as JSON.
///
/// # Errors
///
/// When it cannot be written.
pub fn render(registry: &Registry, outcome: &Outcome) -> Result<String, Error> {
    let requirements = standings(registry, outcome).into_iter().filter_map(|(id, standing)| {
        let level = registry.get(id)?.level;
        Some((id, RequirementResult { level, standing }))
    });
    let results = Results {
        format: "conformance-results",
        version: VERSION,
        suite: env!("CARGO_PKG_VERSION"),
        target: &outcome.target,
        started: &outcome.started,
        milliseconds: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        verdict: outcome.verdict(),
        strict: outcome.strict,
        interrupted: outcome.interrupted,
        sums: outcome.sums(),
        capabilities: &outcome.capabilities,
        requirements: requirements.collect(),
        coverage: Coverage::of(outcome),
        cases: &outcome.results,
    };
    let text = serde_json::to_string_pretty(&results);
    text.map(|text| text + "\n").map_err(|error| Error::Report { report: "JSON", problem: error.to_string() })
}
