//! TAP version 14.

use std::fmt::Write;

use crate::{CaseResult, Outcome, Status};

/// The outcome as TAP.
#[must_use]
pub fn render(outcome: &Outcome) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", outcome.results.len());
    for (position, result) in outcome.results.iter().enumerate() {
        line(&mut text, position + 1, result, outcome.strict);
    }
    let sums = outcome.sums();
    let _ = writeln!(text, "# required {} executed {} passed {}", sums.required, sums.executed, sums.passed);
    if sums.executed == 0 {
        text.push_str("Bail out! not one case could be executed\n");
    }
    text
}

fn line(text: &mut String, number: usize, result: &CaseResult, strict: bool) {
    let (ok, directive) = match result.status {
        Status::Pass => (true, None),
        Status::Fail if result.is_red(strict) => (false, None),
        Status::Fail => (false, Some(format!("TODO {} only", result.level))),
        Status::Error | Status::UnexpectedPass => (false, None),
        Status::Skip => (true, Some(format!("SKIP {}", reason(result)))),
        Status::Disabled => (true, Some(format!("SKIP disabled: {}", reason(result)))),
        Status::KnownGap => (false, Some(format!("TODO {}", reason(result)))),
    };
    let ok = if ok { "ok" } else { "not ok" };
    let directive = directive.map(|directive| format!(" # {}", escape(&directive))).unwrap_or_default();
    let _ = writeln!(text, "{ok} {number} - {} {}{directive}", escape(&result.id), escape(&result.title));
    if result.reasons.is_empty() || !result.status.is_executed() {
        return;
    }
    let _ = writeln!(text, "  ---\n  status: {}\n  level: {}", result.status, result.level);
    let _ = writeln!(text, "  requirements: {}", serde_json::json!(result.requirements));
    // JSON strings are YAML strings.
    let _ = writeln!(text, "  reasons:");
    for reason in &result.reasons {
        let _ = writeln!(text, "    - {}", serde_json::json!(reason));
    }
    let _ = writeln!(text, "  ...");
}

fn reason(result: &CaseResult) -> String {
    result.reasons.first().cloned().unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#").replace(['\n', '\r'], " ")
}
