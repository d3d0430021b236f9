//! Servers that must never be taken for good ones, judged by the whole embedded suite.

use std::time::{Duration, Instant};

use crate::support::options;
use conformance::server::{Options, Silent, run};
use conformance::{Data, Outcome, Status, Suite, Verdict};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn judge(url: &str, change: impl FnOnce(&mut Options)) -> Outcome {
    let suite = Suite::load(Data::embedded()).unwrap();
    let mut options = options(&format!("{url}/api"));
    options.only.clear();
    options.jobs = 8;
    // Generous: hundreds of cases and the server share one thread with the rest of the tests.
    options.request_limit = Duration::from_secs(10);
    options.case_limit = Duration::from_secs(30);
    change(&mut options);
    run(&suite, &options, &mut Silent).await.unwrap()
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn count(outcome: &Outcome, status: Status) -> usize {
    outcome.results.iter().filter(|result| result.status == status).count()
}

/// A few reading operations promise nothing of their answer but an object or a text.
fn hardly_any_passes(outcome: &Outcome) {
    let passed = count(outcome, Status::Pass);
    assert!(passed * 50 < outcome.results.len(), "{passed} of {} pass", outcome.results.len());
}

#[tokio::test]
async fn a_server_that_says_yes_to_everything_fails_loudly() {
    let server = answering(ResponseTemplate::new(200).set_body_json(serde_json::json!({}))).await;
    let outcome = judge(&server.uri(), |_| {}).await;
    assert_eq!(outcome.verdict(), Verdict::Departs);
    hardly_any_passes(&outcome);
    assert!(count(&outcome, Status::Fail) > 500, "{:?}", outcome.sums());
    let refusals = outcome.results.iter().filter(|result| result.id.ends_with("-auth-none"));
    assert!(refusals.clone().count() > 50);
    assert!(refusals.into_iter().all(|result| result.status != Status::Pass));
}

#[tokio::test]
async fn a_server_that_answers_valid_junk_fails() {
    let junk = serde_json::json!([null, { "id": 7, "items": "many", "state": ["started"] }, "text"]);
    let server = answering(ResponseTemplate::new(200).set_body_json(junk)).await;
    let outcome = judge(&server.uri(), |_| {}).await;
    assert_eq!(outcome.verdict(), Verdict::Departs);
    hardly_any_passes(&outcome);
}

#[tokio::test]
async fn a_slow_server_fails_in_time() {
    let server = answering(ResponseTemplate::new(200).set_delay(Duration::from_secs(60))).await;
    let begin = Instant::now();
    let outcome = judge(&server.uri(), |options| {
        options.only =
            vec!["sandbox-read*".to_owned(), "execute-*".to_owned(), "GEN-listSandboxes*".to_owned()];
        options.request_limit = Duration::from_millis(100);
        options.start_limit = Duration::from_millis(100);
        options.case_limit = Duration::from_millis(300);
    })
    .await;
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    assert_eq!(outcome.verdict(), Verdict::Departs);
    assert_eq!(count(&outcome, Status::Pass), 0);
    assert!(
        outcome
            .results
            .iter()
            .any(|result| result.reasons.iter().any(|reason| reason.contains("no whole answer within")))
    );
}

#[tokio::test]
async fn a_server_that_drops_connections_is_an_error() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let accepting = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 1024]).await;
            });
        }
    });
    let outcome = judge(&url, |_| {}).await;
    accepting.abort();
    assert_eq!(outcome.verdict(), Verdict::Error);
    assert_eq!(outcome.verdict().exit_code(), 3);
    assert_eq!(count(&outcome, Status::Pass) + count(&outcome, Status::Fail), 0, "{:?}", outcome.sums());
}

#[tokio::test]
async fn a_dead_server_is_an_error() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let outcome = judge(&url, |_| {}).await;
    assert_eq!(outcome.verdict(), Verdict::Error);
    assert!(outcome.results.iter().all(|result| !matches!(result.status, Status::Pass | Status::Fail)));
    assert!(outcome.results.iter().any(|result| result.reasons[0].contains("no connection to")));
    assert!(outcome.results.iter().any(|result| result.reasons[0].contains("the server is gone")));
}

#[tokio::test]
async fn a_server_that_serves_nothing_executes_nothing() {
    let server = answering(ResponseTemplate::new(501)).await;
    let outcome = judge(&server.uri(), |_| {}).await;
    let executed = outcome.results.iter().filter(|result| result.status.is_executed());
    assert_eq!(outcome.verdict(), Verdict::NothingExecuted, "{:#?}", executed.take(3).collect::<Vec<_>>());
}
