//! Every kind of step, of fixture and of status, against a small server.

use std::sync::Arc;

use crate::support::{KEY, Server, options, suite};
use conformance::server::{Options, Silent, run};
use conformance::{CaseResult, Outcome, Status, Verdict};

async fn judge(cases: &str, change: impl FnOnce(&mut Options)) -> (Outcome, Server) {
    let server = Server::start(None).await;
    let mut options = options(&server.url);
    change(&mut options);
    let outcome = run(&suite(cases), &options, &mut Silent).await.unwrap();
    (outcome, server)
}

async fn one(case: &str) -> CaseResult {
    judge(case, |_| {}).await.0.results.remove(0)
}

fn assert_passes(result: &CaseResult) {
    assert_eq!(result.status, Status::Pass, "{:#?}", result.reasons);
}

#[tokio::test]
async fn values_are_kept_and_filled_in() {
    let result = one(r#"
  - id: t-values
    title: Values are kept.
    use: own-sandbox
    create: { name: "${unique}" }
    steps:
      - http: GET /sandbox/${sandbox.id}
        expect:
          contract: false
          headers: { content-type: { $regex: ^application/json }, x-none: { $absent: true } }
          json: { name: cftest-0, labels: { conformance-run: cftest } }
          at: { "labels.conformance-run": { $type: string } }
          within: 2s
        capture: { name: name, kind: { header: content-type }, first: { text: '"id":"([a-z]+)' }, none: { maybe: nothing } }
      - http: POST /echo
        headers: { x-name: "${name}", x-first: "${first}" }
        query: { list: [a, 1], gone: null }
        body: "$${HOME} ${kind}"
        expect:
          json: { headers: { x-name: cftest-0, x-first: box }, body: "$${HOME} application/json" }
"#)
    .await;
    assert_passes(&result);
    assert!(result.exchanges.iter().any(|exchange| exchange.request.ends_with("/echo?list=a&list=1")));
}

#[tokio::test]
async fn bodies_go_out_as_written() {
    let result = one(r#"
  - id: t-bodies
    title: Bodies go out as written.
    steps:
      - http: POST /echo
        multipart:
          - { name: plain, value: text }
          - { name: file, filename: "a\"b.txt", type: text/plain, base64: aGk= }
        expect:
          at:
            headers.content-type: { $regex: "^multipart/form-data; boundary=" }
            body: { $order: ['name="plain"', text, 'filename="a%22b.txt"', "Content-Type: text/plain", hi] }
      - http: POST /echo
        base64: aGk=
        headers: { authorization: null }
        expect: { json: { body: hi, headers: { authorization: { $absent: true } } } }
      - http: POST /echo
        json: null
        expect: { json: { body: "null" } }
"#)
    .await;
    assert_passes(&result);
}

#[tokio::test]
async fn a_waiting_step_repeats_until_it_holds_and_gives_up_in_time() {
    let holds = one(r#"
  - id: t-wait
    title: Waits.
    steps:
      - http: GET /counter
        wait: 2s
        expect: { json: { asked: { $ge: 3 } } }
"#)
    .await;
    assert_passes(&holds);
    let gives_up = one(r#"
  - id: t-wait
    title: Waits.
    steps:
      - http: GET /counter
        wait: 300ms
        expect: { json: { asked: never } }
"#)
    .await;
    assert_eq!(gives_up.status, Status::Fail);
    assert!(gives_up.reasons[0].contains("did not come true within 300ms"), "{:?}", gives_up.reasons);
}

#[tokio::test]
async fn events_are_read_as_they_come() {
    let case = |second: &str| {
        format!(
            r#"
  - id: t-events
    title: Events.
    steps:
      - sse: GET /events
        events:
          - {{ event: state, json: {{ n: 1 }} }}
          - {{ event: state, json: {{ n: {second} }} }}
"#
        )
    };
    let result = one(&case("2")).await;
    assert_passes(&result);
    assert_eq!(result.exchanges[0].messages.len(), 3);
    let result = one(&case("3")).await;
    assert_eq!(result.status, Status::Fail);
    assert!(result.reasons[0].contains("the stream ended before event 2"), "{:?}", result.reasons);
}

#[tokio::test]
async fn a_websocket_is_talked_to_and_its_end_is_judged() {
    let case = |code: u16| {
        format!(
            r#"
  - id: t-socket
    title: Talks.
    steps:
      - ws: /talk
        subprotocols: [first, second]
        as: talk
        expect: {{ subprotocol: second }}
        script:
          - receive: {{ kind: text, json: {{ type: hello }}, capture: {{ id: id }} }}
          - ping: are you there
      - http: GET /counter
      - socket: talk
        script:
          - send: "x${{id}}y"
          - receive: {{ kind: binary, text: x }}
          - collect: {{ $regex: abcy$ }}
          - silence: 50ms
          - send: {{ json: {{ a: 1 }} }}
          - until: {{ text: '"a":1}}' }}
          - send: bye
          - closed: {{ code: {code}, json: {{ exitCode: 7 }} }}
"#
        )
    };
    assert_passes(&one(&case(1011)).await);
    let wrong = one(&case(1000)).await;
    assert_eq!(wrong.status, Status::Fail);
    assert!(
        wrong.reasons[0].contains("move 8: the closing code: it is 1011; 1000 was expected"),
        "{:?}",
        wrong.reasons
    );
}

#[tokio::test]
async fn a_refused_websocket_is_an_answer_like_any_other() {
    let result = one(r#"
  - id: t-refused
    title: Refused.
    steps:
      - ws: /sandbox/none
        auth: none
        expect: { status: 401, json: { message: Invalid credentials } }
"#)
    .await;
    assert_passes(&result);
}

#[tokio::test]
async fn steps_together_run_at_the_same_time() {
    let result = one(r#"
  - id: t-together
    title: Together.
    steps:
      - together:
          - { http: GET /slow, timeout: 60s, until: never, expect: { status: 200 } }
          - { http: GET /counter, capture: { asked: asked } }
"#)
    .await;
    assert_eq!(result.status, Status::Fail, "the slow one keeps the case from ending in time");
    assert!(result.reasons[0].contains("did not end within 3s"), "{:?}", result.reasons);
}

#[tokio::test]
async fn clean_up_runs_after_a_failure_with_what_was_kept() {
    let (outcome, server) = judge(
        r#"
  - id: t-clean
    title: Cleans up.
    steps:
      - http: POST /sandbox
        json: {}
        capture: { made: id }
        expect: { status: 201, contract: false }
    cleanup:
      - http: DELETE /sandbox/${made}
        expect: { contract: false }
      - http: DELETE /sandbox/${never-made}
      - http: DELETE /sandbox/none
"#,
        |_| {},
    )
    .await;
    let result = &outcome.results[0];
    assert_eq!(result.status, Status::Fail);
    assert_eq!(server.sandboxes_left(), 0);
    assert_eq!(result.notes.len(), 1, "only the step that really failed is noted: {:?}", result.notes);
}

#[tokio::test]
async fn sandboxes_are_shared_by_workers_and_given_back() {
    let case = |number: u32| {
        format!(
            r#"
  - id: t-shared-{number}
    title: Shares.
    contract: toolbox
    steps:
      - http: POST /process/execute
        json: {{ command: exit {number} }}
        expect: {{ json: {{ exitCode: {number} }} }}
"#
        )
    };
    let cases: String = (0..20).map(case).collect();
    let (outcome, server) = judge(&cases, |options| options.jobs = 3).await;
    assert_eq!(outcome.verdict(), Verdict::Conforms, "{:?}", outcome.results[0].reasons);
    assert_eq!(outcome.sums().passed, 20);
    assert_eq!(server.sandboxes_left(), 0);
}

const FATES: &str = r#"
  - id: t-pass
    title: Passes.
    steps: [{ http: GET /counter }]
  - id: t-fail
    title: Fails.
    steps: [{ http: GET /counter, expect: { status: 201 } }]
  - id: t-weak
    title: Fails below MUST.
    requirements: [DT-CTL-TEST-002]
    steps: [{ http: GET /counter, expect: { status: 201 } }]
  - id: t-planned
    title: Is not served.
    steps: [{ http: GET /planned }]
  - id: t-disabled
    title: Is switched off.
    disabled: Not now.
    steps: [{ http: GET /counter }]
  - id: t-gap
    title: Is a known gap.
    steps: [{ http: GET /counter, expect: { status: 201 } }]
  - id: t-lacking
    title: Lacks a capability.
    needs: [strict-credentials]
    steps: [{ http: GET /counter }]
  - id: t-unknown
    title: Is wrongly written.
    steps: [{ http: "GET /${nothing}" }]
"#;

#[tokio::test]
async fn every_status_has_its_cause() {
    let (outcome, _server) = judge(FATES, |options| options.known_gaps = Some("test".to_owned())).await;
    let statuses: Vec<(&str, Status)> =
        outcome.results.iter().map(|result| (result.id.as_str(), result.status)).collect();
    assert_eq!(
        statuses,
        [
            ("t-pass", Status::Pass),
            ("t-fail", Status::Fail),
            ("t-weak", Status::Fail),
            ("t-planned", Status::Skip),
            ("t-disabled", Status::Disabled),
            ("t-gap", Status::KnownGap),
            ("t-lacking", Status::Skip),
            ("t-unknown", Status::Error),
        ]
    );
    assert_eq!(outcome.sums().below_must, 1);
    assert_eq!(outcome.capabilities.get("strict-credentials"), Some(&false));
}

#[tokio::test]
async fn a_known_gap_that_has_closed_is_red() {
    let case = "  - id: t-gap\n    title: Works now.\n    steps: [{ http: GET /counter }]\n";
    let (outcome, _server) = judge(case, |options| options.known_gaps = Some("test".to_owned())).await;
    assert_eq!(outcome.results[0].status, Status::UnexpectedPass);
    assert_eq!(outcome.verdict(), Verdict::Departs);
}

#[tokio::test]
async fn cases_can_be_left_out_and_a_run_of_nothing_fails() {
    let (outcome, _server) = judge(FATES, |options| options.skip = vec!["t-*".to_owned()]).await;
    assert!(outcome.results.iter().all(|result| result.status == Status::Disabled));
    assert_eq!(outcome.verdict(), Verdict::NothingExecuted);
    let (outcome, _server) = judge(FATES, |options| options.only = vec!["no-such-case".to_owned()]).await;
    assert_eq!(outcome.verdict(), Verdict::NothingExecuted);
}

#[tokio::test]
async fn no_key_is_in_what_is_kept() {
    let (outcome, _server) = judge(
        r#"
  - id: t-secret
    title: Tells secrets.
    steps:
      - http: POST /echo
        headers: { x-copy: "${key}" }
        query: { key: "${key}" }
        json: { key: "${key}" }
        expect: { json: { nothing: "${key}" } }
"#,
        |_| {},
    )
    .await;
    let suite = suite(FATES);
    let page = conformance::report::html::render(&suite.requirements, &outcome).unwrap();
    let kept = format!("{outcome:?}{page}");
    assert!(!kept.contains(KEY));
    assert!(!kept.contains("made-up-by-the-server"));
    assert!(kept.contains(conformance::REDACTED));
}

#[tokio::test]
async fn a_run_that_is_stopped_says_so() {
    let (outcome, _server) = judge(FATES, |options| {
        options.cancelled = Arc::new(std::sync::atomic::AtomicBool::new(true));
    })
    .await;
    assert_eq!(outcome.verdict(), Verdict::Error);
    assert!(outcome.results.is_empty());
}
