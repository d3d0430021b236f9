//! What a trial tells: to people in a terminal, to a CI in JUnit's XML, to programs in JSON.

use std::fmt::Write as _;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::rules::{Finding, RULES, Rule};
use super::run::{Trial, Tried};
use crate::Error;
use crate::outcome::Verdict;
use crate::registry::Level;
use crate::report::terminal::paint;

/// Most operations named in a line.
const NAMED: usize = 6;

/// The summary a person reads. `color` asks for terminal colours.
#[must_use]
pub fn summary(trial: &Trial, color: bool) -> String {
    let mut text = String::new();
    for finding in &trial.findings {
        text.push_str(&departure(finding, trial.strict, color));
    }
    for tried in trial.tried.iter().filter(|tried| !tried.is_well()) {
        text.push_str(&failure(tried, color));
    }
    for fault in &trial.server_faults {
        let _ = writeln!(text, "{} the server itself failed: {fault}\n", paint("ERROR", "35", color));
    }
    for used in &trial.usage {
        let requests: usize = used.used.values().map(|operation| operation.requests).sum();
        let _ = writeln!(
            text,
            "{:<10} {} of {} operations used, {requests} requests",
            used.contract.document().name,
            used.used.len(),
            used.operations
        );
    }
    if !trial.not_served.is_empty() {
        let _ = writeln!(text, "not served (501): {}", named(&trial.not_served));
    }
    let well = trial.tried.iter().filter(|tried| tried.is_well()).count();
    let _ = writeln!(text, "runs       {well} of {} succeeded", trial.tried.len());
    let held = RULES.iter().filter(|rule| of(trial, rule).next().is_none()).count();
    let _ = writeln!(text, "rules      {held} of {} kept", RULES.len());
    let weak = trial.findings.iter().filter(|finding| finding.level() != Level::Must).count();
    if weak > 0 && !trial.strict {
        let _ = writeln!(text, "{weak} departures are below MUST and do not count; --strict counts them");
    }
    let (words, colour) = match trial.verdict() {
        Verdict::Conforms => ("the client conforms", "32"),
        Verdict::Departs => ("the client departs from the contract, or fails", "31"),
        Verdict::Error => ("the server broke down: nothing can be said of the client", "35"),
        Verdict::NothingExecuted => ("the command asked nothing of the server", "31"),
    };
    let _ = writeln!(text, "{}", paint(words, colour, color));
    text
}

fn of<'a>(trial: &'a Trial, rule: &'a Rule) -> impl Iterator<Item = &'a Finding> {
    trial.findings.iter().filter(move |finding| finding.rule == rule.id)
}

fn departure(finding: &Finding, strict: bool, color: bool) -> String {
    let counts = strict || finding.level() == Level::Must;
    let mark = if counts { paint("DEPARTS", "31", color) } else { paint("departs", "33", color) };
    let operation = finding.operation.unwrap_or("no operation");
    let times = if finding.times > 1 { format!(" ({} times)", finding.times) } else { String::new() };
    format!(
        "{mark} {operation}: {}{times}\n     {} ({})\n     {}\n\n",
        finding.what,
        finding.rule,
        finding.level(),
        finding.example
    )
}

fn failure(tried: &Tried, color: bool) -> String {
    let name = tried.scenario.as_deref().unwrap_or("without any scenario");
    let how = match tried.code {
        Some(code) => format!("the command ended with {code}"),
        None => "the command took too long and was killed".to_owned(),
    };
    let mut text = format!("{} {name}: {how}\n     {}\n", paint("FAILS", "31", color), tried.title);
    for line in &tried.words {
        let _ = writeln!(text, "     | {line}");
    }
    text.push('\n');
    text
}

fn named(operations: &[&str]) -> String {
    let rest = operations.len().saturating_sub(NAMED);
    let shown = operations[..operations.len() - rest].join(", ");
    if rest > 0 { format!("{shown} and {rest} more") } else { shown }
}

/// The trial as JSON.
///
/// # Errors
///
/// When it cannot be written.
pub fn json(trial: &Trial) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(&serde_json::json!({
        "format": 1,
        "verdict": trial.verdict(),
        "trial": trial,
    }));
    let failed = |error: serde_json::Error| Error::Report { report: "JSON", problem: error.to_string() };
    text.map(|text| text + "\n").map_err(failed)
}

/// The trial as JUnit's XML: one suite for the rules, one for the runs.
///
/// # Errors
///
/// When the XML cannot be written.
pub fn junit(trial: &Trial) -> Result<String, Error> {
    let mut rules = TestSuite::new("rules");
    rules.add_test_cases(RULES.iter().map(|rule| kept(trial, rule)));
    let mut runs = TestSuite::new("runs");
    runs.add_test_cases(trial.tried.iter().map(run));
    let mut report = Report::new("client conformance");
    report.add_test_suites([rules, runs]);
    report.to_string().map_err(|error| Error::Report { report: "JUnit", problem: error.to_string() })
}

fn kept(trial: &Trial, rule: &Rule) -> TestCase {
    let found: Vec<String> = of(trial, rule)
        .map(|finding| format!("{}: {}", finding.operation.unwrap_or_default(), finding.what))
        .collect();
    let status = match found.as_slice() {
        [] => TestCaseStatus::success(),
        _ if trial.strict || rule.level == Level::Must => failed(rule.sentence, &found.join("\n")),
        _ => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("departs, but is {} only: {}", rule.level, found.join("\n")));
            status
        }
    };
    TestCase::new(rule.id, status)
}

fn run(tried: &Tried) -> TestCase {
    let status = if tried.is_well() {
        TestCaseStatus::success()
    } else {
        failed(&tried.title, &tried.words.join("\n"))
    };
    let mut case = TestCase::new(tried.scenario.as_deref().unwrap_or("plain"), status);
    case.set_time(Duration::from_millis(tried.milliseconds));
    case
}

fn failed(message: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(message).set_description(description);
    status
}
