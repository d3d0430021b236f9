//! A small server that keeps just enough of the contract for the suite to run against, and may be broken by a mutant.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use conformance::mutants::{Applied, Mutant, MutantAnswer};
use conformance::self_test::{BoxFuture, Connection, Running, Target};
use conformance::server::Options;
use conformance::{Data, Error, Suite};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "dtn_key_of_the_first_tenant";
pub(crate) const OTHER_KEY: &str = "dtn_key_of_the_other_tenant";

#[derive(Clone, Default)]
struct Store {
    sandboxes: Arc<Mutex<HashMap<String, (String, Value)>>>,
    asked: Arc<Mutex<u32>>,
    address: Arc<Mutex<String>>,
}

/// A running server; gone when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    store: Store,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(mutant: Option<Arc<Mutant>>) -> Self {
        let store = Store::default();
        let mut app = Router::new()
            .route("/api/sandbox", post(create))
            .route("/api/sandbox/{id}", get(read).delete(delete))
            .route("/api/counter", get(count))
            .route("/api/slow", get(slow))
            .route("/api/planned", get(async || (StatusCode::NOT_IMPLEMENTED, "planned")))
            .route("/api/echo", post(async |headers: HeaderMap, body: String| echo(&headers, &body)))
            .route("/api/events", get(events))
            .route("/api/talk", get(talk))
            .route("/toolbox/{id}/process/execute", post(execute))
            .with_state(store.clone());
        if let Some(mutant) = mutant {
            app = app.layer(from_fn_with_state(Arc::new(Applied::new(mutant)), mutate));
        }
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        *store.address.lock().unwrap() = format!("http://{address}");
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url: format!("http://{address}/api"), store, task }
    }

    pub(crate) fn sandboxes_left(&self) -> usize {
        self.store.sandboxes.lock().unwrap().len()
    }
}

fn echo(headers: &HeaderMap, body: &str) -> Json<Value> {
    let sent: serde_json::Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), Value::from(value.to_str().unwrap_or_default())))
        .collect();
    Json(json!({ "headers": sent, "body": body, "token": "made-up-by-the-server" }))
}

fn caller(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    [KEY, OTHER_KEY].contains(&value).then(|| value.to_owned())
}

fn refused(status: u16, message: &str) -> Response {
    let body = json!({ "statusCode": status, "error": "Refused", "message": message });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

async fn create(State(store): State<Store>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let Some(caller) = caller(&headers) else { return refused(401, "Invalid credentials") };
    let mut sandboxes = store.sandboxes.lock().unwrap();
    let id = format!("box-{}", sandboxes.len() + 1);
    let address = store.address.lock().unwrap().clone();
    let sandbox = json!({
        "id": id, "name": body.get("name").cloned().unwrap_or(id.clone().into()), "state": "started",
        "labels": body["labels"], "toolboxProxyUrl": format!("{address}/toolbox"),
    });
    sandboxes.insert(id, (caller, sandbox.clone()));
    Json(sandbox).into_response()
}

async fn read(State(store): State<Store>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let Some(caller) = caller(&headers) else { return refused(401, "Invalid credentials") };
    let sandboxes = store.sandboxes.lock().unwrap();
    match sandboxes.get(&id).filter(|(owner, _)| *owner == caller) {
        Some((_, sandbox)) => Json(sandbox.clone()).into_response(),
        None => refused(404, "Sandbox not found"),
    }
}

async fn delete(State(store): State<Store>, Path(id): Path<String>) -> Response {
    match store.sandboxes.lock().unwrap().remove(&id) {
        Some((_, sandbox)) => Json(sandbox).into_response(),
        None => refused(404, "Sandbox not found"),
    }
}

async fn count(State(store): State<Store>) -> Json<Value> {
    let mut asked = store.asked.lock().unwrap();
    *asked += 1;
    Json(json!({ "asked": *asked }))
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(60)).await;
    "late"
}

async fn execute(Json(body): Json<Value>) -> Json<Value> {
    let command = body["command"].as_str().unwrap_or_default();
    let code: i64 = command.strip_prefix("exit ").and_then(|code| code.parse().ok()).unwrap_or(0);
    Json(json!({ "exitCode": code, "result": command }))
}

async fn events() -> Response {
    let pieces = [
        "event: state\ndata: {\"n\":1}\n\n",
        ": pause\n\nda",
        "ta: plain\n\nevent: state\ndata: {\"n\":2}\n\n",
    ];
    let stream = futures_util::stream::iter(pieces.map(|piece| Ok::<_, Infallible>(piece.to_owned())));
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(stream)).into_response()
}

async fn talk(
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else { return refused(426, "Upgrade required") };
    upgrade.protocols(["second"]).on_upgrade(async |mut socket| {
        let _ = socket.send(Message::text(r#"{"type":"hello","id":"abc"}"#)).await;
        while let Some(Ok(message)) = socket.recv().await {
            match message {
                Message::Text(text) if text == "bye" => {
                    let reason = r#"{"exitCode":7}"#.into();
                    let _ = socket.send(Message::Close(Some(CloseFrame { code: 1011, reason }))).await;
                    return;
                }
                Message::Text(text) => {
                    let _ = socket.send(Message::binary(text.as_bytes()[..1].to_vec())).await;
                    let _ = socket.send(Message::text(text[1..].to_owned())).await;
                }
                _ => {}
            }
        }
    })
}

async fn mutate(State(applied): State<Arc<Applied>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let operation = match (
        request.method().as_str(),
        path.ends_with("/process/execute"),
        path.starts_with("/api/sandbox/"),
    ) {
        ("POST", true, _) => Some(("toolbox", "ExecuteCommand")),
        ("GET", _, true) => Some(("control", "getSandbox")),
        _ => None,
    };
    let response = next.run(request).await;
    let Some((document, id)) = operation.filter(|(document, id)| applied.concerns(document, id)) else {
        return response;
    };
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let _ = (document, id);
    let changed = applied.change(&path, MutantAnswer { status: parts.status, headers: parts.headers, body });
    tokio::time::sleep(changed.delay).await;
    let mut response = Response::new(Body::from(changed.answer.body));
    *response.status_mut() = changed.answer.status;
    *response.headers_mut() = changed.answer.headers;
    response
}

/// Starts such servers for the self-test.
pub(crate) struct Servers;

struct Started(Server);

impl Target for Servers {
    fn start(&self, mutant: Option<Arc<Mutant>>) -> BoxFuture<'_, Result<Box<dyn Running>, Error>> {
        Box::pin(async { Ok(Box::new(Started(Server::start(mutant).await)) as Box<dyn Running>) })
    }
}

impl Running for Started {
    fn connection(&self) -> Connection {
        Connection {
            url: self.0.url.clone(),
            keys: vec![KEY.to_owned()],
            other_key: Some(OTHER_KEY.to_owned()),
        }
    }

    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move { drop(self) })
    }
}

/// The embedded suite with a requirement `DT-CTL-TEST-001` (and `-002`, a SHOULD) and these cases.
pub(crate) fn suite(cases: &str) -> Suite {
    suite_with(cases, "")
}

pub(crate) fn suite_with(cases: &str, mutants: &str) -> Suite {
    let requirements = r#"
        contract = "control"
        eras = ["daytona-0"]
        source = "the test"
        [[requirement]]
        id = "DT-CTL-TEST-001"
        level = "MUST"
        sentence = "It works."
        [[requirement]]
        id = "DT-CTL-TEST-002"
        level = "SHOULD"
        sentence = "It works well."
    "#;
    let cases = format!("contract: control\nrequirements: [DT-CTL-TEST-001]\ncases:\n{cases}");
    assert_eq!(crate::formats::departures(&cases), [""; 0], "the schema knows every word the tests use");
    let gaps = "[[gap]]\nid = \"t-gap\"\nreason = \"Not yet.\"\nexpires = \"2030-01-01\"\n";
    let data = Data::embedded()
        .with("requirements/test.toml", requirements)
        .with("cases/test.yaml", &cases)
        .with("known-gaps/test.toml", gaps)
        .with("mutants/test.toml", mutants);
    Suite::load(data).unwrap()
}

/// Options for cases whose id begins with `t-`.
pub(crate) fn options(url: &str) -> Options {
    Options {
        url: Some(url.to_owned()),
        keys: vec![KEY.to_owned()],
        other_key: Some(OTHER_KEY.to_owned()),
        only: vec!["t-*".to_owned()],
        request_limit: Duration::from_millis(500),
        case_limit: Duration::from_secs(3),
        start_limit: Duration::from_secs(1),
        run_name: "cftest".to_owned(),
        started: "2026-01-02T03:04:05Z".to_owned(),
        today: "2026-01-02".parse().unwrap(),
        ..Options::default()
    }
}
