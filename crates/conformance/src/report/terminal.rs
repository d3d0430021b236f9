//! The summary a person reads in a terminal.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Standing, standings};
use crate::NOT_SERVED;
use crate::registry::{Level, Registry};
use crate::{CaseResult, Outcome, Status, Verdict};

/// How many of the slowest cases are named.
const SLOWEST: usize = 5;

/// How many of the operations that are not served are named.
const NAMED_OPERATIONS: usize = 8;

/// Everything that is not right, then the sums. `color` asks for terminal colours.
#[must_use]
pub fn summary(registry: &Registry, outcome: &Outcome, color: bool) -> String {
    let mut text = String::new();
    for result in outcome.results.iter().filter(|result| is_shown(result.status)) {
        text.push_str(&trouble(result, color));
    }
    skipped(outcome, &mut text);
    let sums = outcome.sums();
    let _ =
        writeln!(text, "required {}   executed {}   passed {}", sums.required, sums.executed, sums.passed);
    let statuses = Status::ALL.into_iter().map(|status| (status, sums.statuses[status.as_str()]));
    let counted: Vec<String> =
        statuses.filter(|(_, count)| *count > 0).map(|(status, count)| format!("{status} {count}")).collect();
    let _ = writeln!(text, "{}", counted.join("   "));
    if sums.below_must > 0 && !outcome.strict {
        let _ = writeln!(
            text,
            "{} failures are below MUST and do not count; --strict counts them",
            sums.below_must
        );
    }
    text.push_str(&requirements(registry, outcome));
    let slowest: Vec<String> = outcome
        .slowest(SLOWEST)
        .into_iter()
        .map(|result| format!("{} {:.1} s", result.id, result.duration.as_secs_f64()))
        .collect();
    if !slowest.is_empty() {
        let _ = writeln!(text, "slowest: {}", slowest.join(", "));
    }
    let _ = writeln!(text, "{} in {:.1} s", verdict(outcome, color), outcome.duration.as_secs_f64());
    text
}

fn is_shown(status: Status) -> bool {
    matches!(status, Status::Fail | Status::Error | Status::UnexpectedPass)
}

/// One case that is not right.
#[must_use]
pub fn trouble(result: &CaseResult, color: bool) -> String {
    let status = paint(
        &result.status.as_str().to_uppercase(),
        if result.status == Status::Error { "35" } else { "31" },
        color,
    );
    let mut text = format!("{status} {}  {}\n", result.id, result.title);
    let _ = writeln!(text, "     {} ({})", result.requirements.join(", "), result.level);
    for reason in &result.reasons {
        let _ = writeln!(text, "     {}", reason.replace('\n', "\n     "));
    }
    text.push('\n');
    text
}

/// Skipped cases are told by reason, since one absent capability skips many.
fn skipped(outcome: &Outcome, text: &mut String) {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    let mut operations: BTreeMap<&str, usize> = BTreeMap::new();
    for result in outcome.results.iter().filter(|result| result.status == Status::Skip) {
        let reason = result.reasons.first().map_or("", String::as_str);
        if let Some(operation) = reason.strip_suffix(NOT_SERVED).filter(|name| !name.contains(' ')) {
            *operations.entry(operation).or_default() += 1;
            continue;
        }
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((reason, 1)),
        }
    }
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (reason, count) in &reasons {
        let _ = writeln!(text, "skipped {count}: {reason}");
    }
    if !operations.is_empty() {
        let count: usize = operations.values().sum();
        let _ = writeln!(text, "skipped {count}: the server does not serve (501) {}", named(&operations));
    }
    if !(reasons.is_empty() && operations.is_empty()) {
        text.push('\n');
    }
}

fn named(operations: &BTreeMap<&str, usize>) -> String {
    let names: Vec<&str> = operations.keys().copied().take(NAMED_OPERATIONS).collect();
    let rest = operations.len() - names.len();
    let rest = if rest > 0 { format!(" and {rest} other operations") } else { String::new() };
    format!("{}{rest}", names.join(", "))
}

fn requirements(registry: &Registry, outcome: &Outcome) -> String {
    let standings = standings(registry, outcome);
    let mut text = String::new();
    for level in [Level::Must, Level::Should, Level::May, Level::Observed] {
        let of_level: Vec<Standing> = standings
            .iter()
            .filter(|(id, _)| registry.get(*id).is_some_and(|requirement| requirement.level == level))
            .map(|(_, standing)| *standing)
            .collect();
        if of_level.is_empty() {
            continue;
        }
        let count = |wanted: Standing| of_level.iter().filter(|standing| **standing == wanted).count();
        let _ = writeln!(
            text,
            "{level:<8} {} of {} requirements hold, {} fail, {} unknown",
            count(Standing::Holds),
            of_level.len(),
            count(Standing::Fails),
            count(Standing::Unknown)
        );
    }
    text
}

fn verdict(outcome: &Outcome, color: bool) -> String {
    let (words, colour) = match outcome.verdict() {
        Verdict::Conforms => ("conforms", "32"),
        Verdict::Departs => ("departs from the contract", "31"),
        Verdict::Error if outcome.interrupted => ("interrupted", "35"),
        Verdict::Error => ("broke down: nothing can be said of the cases marked ERROR", "35"),
        Verdict::NothingExecuted => ("failed: not one case could be executed", "31"),
    };
    format!("{} {}", outcome.target, paint(words, colour, color))
}

pub(crate) fn paint(text: &str, colour: &str, color: bool) -> String {
    if color { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}
