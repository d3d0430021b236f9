//! Killed under load, again and again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::TestServer;

/// How often the server is killed. Each time takes a start, a moment of load and a look at everything.
const KILLS: u32 = 200;
/// How long all of them may take before the rest is left out; at least [`FEWEST`] are done.
const BUDGET: Duration = Duration::from_secs(75);
const FEWEST: u32 = 25;
/// Clients that change things at the same time.
const CLIENTS: u32 = 4;

/// What was acknowledged: path of a thing and the member it must have, or that it must be gone.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<BTreeMap<String, Expected>>>);

#[derive(Clone, Debug, PartialEq)]
enum Expected {
    /// A member of this name has this value.
    Member(&'static str, Value),
    /// Gone, or in this state.
    Gone,
    /// Its last change was not answered: it may be either.
    Unknown,
}

impl Ledger {
    fn note(&self, path: &str, expected: Expected) {
        self.0.lock().unwrap().insert(path.to_owned(), expected);
    }

    fn all(&self) -> BTreeMap<String, Expected> {
        self.0.lock().unwrap().clone()
    }
}

/// A request to a server that may be killed meanwhile; `None` when no answer came.
async fn ask(url: &str, method: &str, path: &str, body: Value) -> Option<(u16, Value)> {
    use bytes::Bytes;
    use http_body_util::{BodyExt as _, Full};
    use hyper_util::rt::TokioIo;
    let authority = url.trim_start_matches("http://");
    let stream = tokio::net::TcpStream::connect(authority).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let driving = tokio::spawn(connection);
    let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/api{path}"))
        .header("host", authority)
        .header("authorization", format!("Bearer {}", crate::support::KEY))
        .header("content-type", "application/json")
        .body(Full::new(bytes))
        .ok()?;
    let response = sender.send_request(request).await.ok()?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.ok()?.to_bytes();
    driving.abort();
    Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

/// Makes, changes and deletes simple things until the server is gone, and notes what was answered.
async fn work(url: String, client: u32, round: u32, ledger: Ledger) {
    for number in 0.. {
        let name = format!("N_{round}_{client}_{number}");
        let Some((status, made)) =
            ask(&url, "POST", "/secret", json!({"name": name, "value": "v", "description": "0"})).await
        else {
            return;
        };
        assert_eq!(status, 201, "{made}");
        let path = format!("/secret/{}", made["id"].as_str().unwrap());
        ledger.note(&path, Expected::Member("description", json!("0")));
        // A change in the middle of being made may have been made.
        ledger.note(&path, Expected::Unknown);
        let Some((status, _)) = ask(&url, "PATCH", &path, json!({"description": "1"})).await else { return };
        assert_eq!(status, 200);
        ledger.note(&path, Expected::Member("description", json!("1")));
        let Some((status, volume)) = ask(&url, "POST", "/volumes", json!({"name": name})).await else {
            return;
        };
        assert_eq!(status, 200, "{volume}");
        let volume = format!("/volumes/{}", volume["id"].as_str().unwrap());
        ledger.note(&volume, Expected::Member("state", json!("ready")));
        if number % 2 == 1 {
            ledger.note(&path, Expected::Unknown);
            let Some((status, _)) = ask(&url, "DELETE", &path, Value::Null).await else { return };
            assert_eq!(status, 204);
            ledger.note(&path, Expected::Gone);
        }
    }
}

/// Changes the labels of one sandbox over and over, and notes the last that was answered.
async fn relabel(url: String, sandbox: String, round: u32, ledger: Ledger) {
    let path = format!("/sandbox/{sandbox}");
    for number in 0.. {
        let labels = json!({"label": format!("{round}.{number}")});
        ledger.note(&path, Expected::Unknown);
        let body = json!({"labels": labels});
        let Some((status, _)) = ask(&url, "PUT", &format!("{path}/labels"), body).await else { return };
        assert_eq!(status, 200);
        ledger.note(&path, Expected::Member("labels", labels));
    }
}

async fn check(server: &TestServer, ledger: &Ledger, round: u32) {
    for (path, expected) in ledger.all() {
        let answer = server.request("GET", &format!("/api{path}"), Value::Null).await;
        match expected {
            Expected::Member(name, value) => {
                assert_eq!(answer.status, 200, "round {round}: {path} is lost: {}", answer.text());
                assert_eq!(answer.json()[name], value, "round {round}: {path}");
            }
            Expected::Gone => assert_eq!(answer.status, 404, "round {round}: {path} is back"),
            Expected::Unknown => {}
        }
    }
}

fn start(temp: TempDir) -> TestServer {
    let data = temp.path().join("data");
    TestServer::start_in(temp, &["--data-dir", data.to_str().unwrap(), "--runtime", "process"])
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_acknowledged_survives_being_killed_at_any_moment() {
    let mut server = start(TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
    let sandbox = server.sandbox().await;
    let stopped = server.request("POST", &format!("/api/sandbox/{sandbox}/stop"), Value::Null).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text());
    let (ledger, began) = (Ledger::default(), Instant::now());
    let (mut kills, mut kept) = (0, 0);
    while kills < KILLS && (kills < FEWEST || began.elapsed() < BUDGET) {
        // What a round has added is looked at when the next server is up; older things now and then, they only grow.
        let round = Ledger::default();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| tokio::spawn(work(server.url.clone(), client, kills, round.clone())))
            .chain([tokio::spawn(relabel(server.url.clone(), sandbox.clone(), kills, round.clone()))])
            .collect();
        // No two rounds are killed after the same time, and some almost at once.
        let moment = Duration::from_micros(u64::from(kills) * 7_919 % 61_000);
        tokio::time::sleep(moment).await;
        let temp = server.kill();
        for client in clients {
            client.await.unwrap();
        }
        kills += 1;
        server = start(temp);
        check(&server, &round, kills).await;
        let acknowledged = round.all();
        kept += acknowledged.values().filter(|expected| **expected != Expected::Unknown).count();
        ledger.0.lock().unwrap().extend(acknowledged);
    }
    check(&server, &ledger, kills).await;
    eprintln!("{kills} kills in {:?}, {kept} acknowledged changes", began.elapsed());
    assert!(kills >= FEWEST && kept > 100, "{kills} kills, {kept} acknowledged changes prove little");
    server.request("DELETE", &format!("/api/sandbox/{sandbox}"), Value::Null).await;
    drop(server.kill());
}
