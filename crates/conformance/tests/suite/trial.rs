//! Trials of clients that were made up: journals with one departure each, and what is told of them.

use std::sync::Mutex;
use std::time::Duration;

use conformance::self_test::BoxFuture;
use conformance::trial::{self, Ended, Options, Scenario, Trial, Workshop};
use conformance::{Data, Error, Suite, Verdict};
use serde_json::{Value, json};

/// A workshop in which a command asks what the test says.
struct Recorded {
    journal: Vec<Value>,
    /// Exit codes of the runs; the last goes on for ever.
    codes: Mutex<Vec<Option<u8>>>,
}

impl Workshop for Recorded {
    fn run<'a>(&'a self, _scenario: Option<&'a Scenario>) -> BoxFuture<'a, Result<Ended, Error>> {
        let mut codes = self.codes.lock().unwrap();
        let code = if codes.len() > 1 { codes.remove(0) } else { codes[0] };
        let journal: String = self.journal.iter().map(|line| format!("{line}\n")).collect();
        let words = vec!["what it said last".to_owned()];
        Box::pin(async move { Ok(Ended { code, words, journal, took: Duration::from_millis(1500) }) })
    }
}

async fn tried(journal: Vec<Value>, codes: &[Option<u8>], options: Options) -> Trial {
    let suite = Suite::load(Data::embedded()).unwrap();
    let workshop = Recorded { journal, codes: Mutex::new(codes.to_vec()) };
    trial::run(&suite.scenarios, &workshop, &options, &mut |_| {}).await.unwrap()
}

fn plain() -> Options {
    Options { scenarios: false, only: Vec::new(), strict: false }
}

/// A request for an operation of the control plane, changed as `with` says, and its answer.
fn exchange(number: u64, at: u64, operation: &str, target: &str, status: u16, with: &Value) -> [Value; 2] {
    let document = conformance::case::Side::Control.document();
    let method = document.operation(operation).map_or("GET", |operation| operation.method.as_str());
    let mut asked = json!({
        "number": number, "at": at, "contract": "control", "operation": operation, "method": method,
        "target": target, "credential": "header", "headers": { "content-type": "application/json" },
    });
    for (name, value) in with.as_object().unwrap() {
        asked[name] = value.clone();
    }
    let headers = if status == 429 { json!({ "retry-after-authenticated": "2" }) } else { json!({}) };
    let answered = json!({ "number": number, "at": at + 10, "status": status, "headers": headers });
    [json!({ "asked": asked }), json!({ "answered": answered })]
}

fn journal(exchanges: impl IntoIterator<Item = [Value; 2]>) -> Vec<Value> {
    exchanges.into_iter().flatten().collect()
}

fn get(number: u64, at: u64) -> [Value; 2] {
    exchange(number, at, "getSandbox", "/api/sandbox/a", 200, &json!({}))
}

#[tokio::test]
async fn every_rule_is_broken_by_what_breaks_it_and_by_nothing_else() {
    let create = |with: &Value| exchange(1, 0, "createSandbox", "/api/sandbox", 200, with);
    let ask = |with: &Value| exchange(1, 0, "getSandbox", "/api/sandbox/a", 200, with);
    let body = |value: Value| json!({ "body": { "json": value } });
    let table: Vec<(&str, &str, Vec<Value>)> = vec![
        (
            "CLIENT-KNOWN",
            "the contract has no such operation",
            journal([exchange(1, 0, "noSuchThing", "/api/nothing", 404, &json!({}))]),
        ),
        ("CLIENT-CREDENTIAL", "there is no credential", journal([ask(&json!({ "credential": "nothing" }))])),
        ("CLIENT-CREDENTIAL", "in the query", journal([ask(&json!({ "credential": "query" }))])),
        ("CLIENT-TYPES", "not of type", journal([create(&body(json!({ "labels": 7 })))])),
        (
            "CLIENT-TYPES",
            "parameter `limit`",
            journal([exchange(1, 0, "listSandboxes", "/api/sandbox?limit=many", 200, &json!({}))]),
        ),
        ("CLIENT-MEMBERS", "`colour`", journal([create(&body(json!({ "colour": "red" })))])),
        (
            "CLIENT-MEMBERS",
            "`buildInfo.colour`",
            journal([create(&body(json!({
                "buildInfo": { "dockerfileContent": "FROM x", "colour": 1 }
            })))]),
        ),
        (
            "CLIENT-PARAMETERS",
            "`colour`",
            journal([exchange(1, 0, "getSandbox", "/api/sandbox/a?colour=red", 200, &json!({}))]),
        ),
        (
            "CLIENT-MEDIA-TYPE",
            "is text/plain",
            journal([create(
                &json!({ "headers": { "content-type": "text/plain" }, "body": { "bytes": 7 } }),
            )]),
        ),
        (
            "CLIENT-RETRY",
            "1.5 s too early",
            journal([exchange(1, 0, "getSandbox", "/api/sandbox/a", 429, &json!({})), get(2, 500_010)]),
        ),
        (
            "CLIENT-PATIENCE",
            "more than 10 times",
            journal((0..11).map(|number| get(number, number * 90_000))),
        ),
    ];
    for (rule, words, journal) in table {
        let trial = tried(journal, &[Some(0)], Options { strict: true, ..plain() }).await;
        let found: Vec<&str> = trial.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(found, [rule], "{:?}", trial.findings);
        assert!(trial.findings[0].what.contains(words), "{:?}", trial.findings[0]);
        assert_eq!(trial.verdict(), Verdict::Departs);
    }
}

#[tokio::test]
async fn a_client_that_keeps_to_everything_conforms() {
    let labels = json!({ "body": { "json": { "labels": { "any": "name" }, "autoStopInterval": 0 } } });
    let good = journal([
        exchange(1, 0, "createSandbox", "/api/sandbox", 200, &labels),
        exchange(2, 100, "listSandboxes", "/api/sandbox?limit=5", 200, &json!({})),
        exchange(3, 200, "getSandbox", "/api/sandbox/a", 429, &json!({})),
        get(4, 2_000_300),
        exchange(
            5,
            2_000_400,
            "ConfigController_getConfig",
            "/api/config",
            200,
            &json!({ "credential": "nothing" }),
        ),
    ]);
    let patient = (10..30).map(|number| get(number, 3_000_000 + number * 100_000));
    let whole = good.into_iter().chain(journal(patient)).collect();
    let trial = tried(whole, &[Some(0)], Options { strict: true, ..plain() }).await;
    assert_eq!(trial.findings, []);
    assert_eq!(trial.verdict(), Verdict::Conforms);
    assert_eq!(trial.usage[0].used["getSandbox"].requests, 22);
    assert!(trial.usage[0].used["createSandbox"].unused.contains("snapshot"));
}

#[tokio::test]
async fn the_verdict_tells_silence_failure_and_a_broken_server_apart() {
    let verdict =
        async |journal: Vec<Value>, code: Option<u8>| tried(journal, &[code], plain()).await.verdict();
    assert_eq!(verdict(Vec::new(), Some(0)).await, Verdict::NothingExecuted);
    assert_eq!(verdict(journal([get(1, 0)]), Some(0)).await, Verdict::Conforms);
    assert_eq!(verdict(journal([get(1, 0)]), Some(7)).await, Verdict::Departs);
    assert_eq!(verdict(journal([get(1, 0)]), None).await, Verdict::Departs, "it was killed");
    let broken = journal([exchange(1, 0, "getSandbox", "/api/sandbox/a", 500, &json!({}))]);
    assert_eq!(verdict(broken, Some(0)).await, Verdict::Error);
}

#[tokio::test]
async fn scenarios_are_tried_by_pattern_and_a_client_that_never_works_is_tried_in_none() {
    let some = Options { scenarios: true, only: vec!["busy-*".to_owned()], strict: false };
    let trial = tried(journal([get(1, 0)]), &[Some(0), Some(3), None], some.clone()).await;
    let codes: Vec<_> = trial.tried.iter().map(|tried| (tried.scenario.as_deref(), tried.code)).collect();
    let wanted = [(None, Some(0)), (Some("busy-with-advice"), Some(3)), (Some("busy-without-advice"), None)];
    assert_eq!(codes, wanted);
    assert_eq!(tried(journal([get(1, 0)]), &[Some(1)], some).await.tried.len(), 1);
}

#[tokio::test]
async fn reports_tell_what_was_found() {
    let unknown = json!({ "body": { "json": { "colour": "red" } } });
    let lines = journal([
        exchange(1, 0, "createSandbox", "/api/sandbox", 200, &unknown),
        exchange(2, 10, "createSandbox", "/api/sandbox", 200, &unknown),
        exchange(3, 20, "getSandbox", "/api/sandbox/a", 200, &json!({ "credential": "nothing" })),
        exchange(4, 30, "adminListUsers", "/api/admin/users", 501, &json!({})),
    ]);
    let options = Options { scenarios: true, only: vec!["busy-*".to_owned()], strict: false };
    let trial = tried(lines, &[Some(0), Some(1), None], options).await;
    let mut settings = crate::reports::settings();
    settings.add_filter(r#"(?s)"unused": \[.*?\]"#, r#""unused": [names]"#);
    settings.bind(|| {
        insta::assert_snapshot!("trial-terminal", trial::summary(&trial, false));
        insta::assert_snapshot!("trial-junit", trial::junit(&trial).unwrap());
        insta::assert_snapshot!("trial-json", trial::json(&trial).unwrap());
    });
}
