//! Reports of one made-up outcome with every status.

use std::collections::BTreeMap;
use std::time::Duration;

use conformance::case::Side;
use conformance::registry::Level;
use conformance::report::{badge, html, junit, results, tap, terminal};
use conformance::{CaseResult, Exchange, OperationName, Outcome, Status, Suite};

use crate::support;

/// The one redactor of all snapshots: only the versions differ from build to build.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r#""suite": "[^"]+""#, r#""suite": "[version]""#);
    settings.add_filter(r#" uuid="[^"]+""#, "");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots");
    settings
}

pub(crate) fn outcome() -> (Suite, Outcome) {
    let suite = support::suite("  - { id: t-none, title: None., steps: [{ http: GET /x }] }\n");
    let results = vec![
        result("t-pass", Status::Pass, Level::Must, &[]),
        result(
            "t-fail",
            Status::Fail,
            Level::Must,
            &["step 1: `exitCode` is 0; 3 was expected", "two\nlines & <b>"],
        ),
        result("t-weak", Status::Fail, Level::Should, &["step 1: it is slow"]),
        result("t-error", Status::Error, Level::Must, &["fixture: no connection to 127.0.0.1:1: refused"]),
        result(
            "t-skip",
            Status::Skip,
            Level::Must,
            &["the server lacks `pty`: ListPtySessions is not served (501)"],
        ),
        result("t-planned", Status::Skip, Level::Must, &["forkSandbox is not served (501)"]),
        result("t-off", Status::Disabled, Level::Must, &["left out by --skip t-off"]),
        result(
            "t-gap",
            Status::KnownGap,
            Level::Must,
            &["known gap: # soon (until 2030-01-01)", "step 1: wrong"],
        ),
        result(
            "t-closed",
            Status::UnexpectedPass,
            Level::Must,
            &["passes although it is listed as a known gap: soon"],
        ),
    ];
    let outcome = Outcome {
        target: "http://127.0.0.1:3986/api".to_owned(),
        results,
        capabilities: BTreeMap::from([("pty".to_owned(), false), ("git".to_owned(), true)]),
        started: "2026-01-02T03:04:05Z".to_owned(),
        duration: Duration::from_millis(2345),
        strict: false,
        interrupted: false,
    };
    (suite, outcome)
}

fn result(id: &str, status: Status, level: Level, reasons: &[&str]) -> CaseResult {
    let requirement = if level == Level::Must { "DT-CTL-TEST-001" } else { "DT-CTL-TEST-002" };
    let exchange = Exchange {
        step: "step 1".to_owned(),
        request: "GET http://127.0.0.1:3986/api/sandbox/x".to_owned(),
        request_headers: BTreeMap::from([("authorization".to_owned(), "[redacted]".to_owned())]),
        request_body: String::new(),
        operation: Some(OperationName { contract: Side::Control, id: "getSandbox" }),
        status: Some(200),
        headers: BTreeMap::new(),
        body: "</script><script>alert(1)</script>".to_owned(),
        messages: Vec::new(),
        milliseconds: 3,
    };
    CaseResult {
        id: id.to_owned(),
        title: format!("{id} has a title."),
        requirements: vec![requirement.to_owned()],
        level,
        contract: if id == "t-fail" { Side::Toolbox } else { Side::Control },
        status,
        reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
        notes: Vec::new(),
        duration: Duration::from_millis(id.len() as u64 * 10),
        exchanges: if status.is_executed() { vec![exchange] } else { Vec::new() },
    }
}

#[test]
fn every_text_report_tells_the_same_story() {
    let (suite, outcome) = outcome();
    let registry = &suite.requirements;
    settings().bind(|| {
        insta::assert_snapshot!("terminal", terminal::summary(registry, &outcome, false));
        insta::assert_snapshot!("tap", tap::render(&outcome));
        insta::assert_snapshot!("junit", junit::render(&outcome).unwrap());
        insta::assert_snapshot!("results", results::render(registry, &outcome).unwrap());
        insta::assert_snapshot!("badge", badge::render(&outcome));
    });
}

#[test]
fn the_page_holds_everything_and_nothing_in_it_can_run() {
    let (suite, outcome) = outcome();
    let page = html::render(&suite.requirements, &outcome).unwrap();
    assert_eq!(page.matches("</script>").count(), 2, "only the page's own scripts end");
    assert!(!page.contains("alert(1)</script>"));
    assert!(!page.contains("src="), "nothing is fetched");
    let data = page.split("id=\"data\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["cases"].as_array().unwrap().len(), outcome.results.len());
    assert_eq!(data["cases"][0]["exchanges"][0]["body"], "</script><script>alert(1)</script>");
}
