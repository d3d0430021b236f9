//! The entrypoint of a sandbox, from what a runtime is asked for to the sessions of the agent. Nothing of the API names
//! one before there are snapshots, so the runtime is asked here without it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use http::Request;
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use sandbox::{
    Agent, Network, ProcessRuntime, Root, Runtime as _, RuntimeConfig, SandboxSpec, ToolDirectory,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::support::program;

/// Greets, then waits to be asked to end.
const GREETER: &str =
    "trap 'echo bye >&2; echo bye >> ended; exit 3' TERM; echo \"it's $GREETING\"; sleep 3600 & wait";

fn spec(entrypoint: &[&str]) -> SandboxSpec {
    SandboxSpec {
        id: "s".to_owned(),
        organization: "o".to_owned(),
        user: "daytona".to_owned(),
        snapshot: String::new(),
        region: "local".to_owned(),
        env: BTreeMap::from([("GREETING".to_owned(), "hello".to_owned())]),
        network: Network::Host,
        entrypoint: entrypoint.iter().map(|word| (*word).to_owned()).collect(),
        volumes: Vec::new(),
        image: None,
        workdir: None,
        builds: false,
    }
}

fn runtime(place: &Path) -> ProcessRuntime {
    let path = std::env::var_os("PATH").unwrap();
    let config = RuntimeConfig::new(program().to_owned(), ToolDirectory::default(), path);
    ProcessRuntime::open(Root::ephemeral(place).unwrap(), config).unwrap()
}

async fn ask(agent: &Agent, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let request = Request::builder().method(method).uri(path).header("host", "sandbox").body(body).unwrap();
    let response = agent.request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// Follows the entrypoint's log.
async fn follow(agent: &Agent) -> WebSocketStream<TokioIo<hyper::upgrade::Upgraded>> {
    let request = Request::get("/process/session/entrypoint/logs?follow=true")
        .header("host", "sandbox")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
    let response = agent.request(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 101);
    let upgraded = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await
}

async fn next(log: &mut WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>) -> Message {
    let message = tokio::time::timeout(Duration::from_secs(20), log.next()).await;
    message.expect("nothing came").unwrap().unwrap()
}

#[tokio::test]
async fn it_runs_from_the_start_is_shown_and_followed_and_cannot_be_touched() {
    let place = TempDir::new().unwrap();
    let runtime = runtime(place.path());
    let spec = spec(&["sh", "-c", GREETER]);
    runtime.create(&spec).await.unwrap();
    let agent = runtime.start(&spec).await.unwrap();
    let mut log = follow(&agent).await;
    assert_eq!(next(&mut log).await, Message::binary(b"\x01\x01\x01it's hello\n".to_vec()));

    let quoted = format!("'sh' '-c' '{}'", GREETER.replace('\'', "'\\''"));
    let session = json!({
        "sessionId": "entrypoint",
        "commands": [{ "id": "entrypoint_command", "command": quoted }],
    });
    let base = "/process/session";
    assert_eq!(ask(&agent, "GET", &format!("{base}/entrypoint"), Value::Null).await, (200, session));
    assert_eq!(ask(&agent, "GET", base, Value::Null).await, (200, json!([])), "not in the list");
    for (method, path, body) in [
        ("POST", base.to_owned(), json!({ "sessionId": "entrypoint" })),
        ("POST", format!("{base}/entrypoint/exec"), json!({ "command": "true" })),
        ("POST", format!("{base}/entrypoint/command/entrypoint_command/input"), json!({ "data": "x" })),
        ("DELETE", format!("{base}/entrypoint"), Value::Null),
    ] {
        let (status, answer) = ask(&agent, method, &path, body).await;
        assert_eq!((status, &answer["code"]), (400, &json!("BAD_REQUEST")), "{method} {path}: {answer}");
    }
    runtime.close(Duration::ZERO).await;
}

#[tokio::test]
async fn it_is_asked_to_end_with_the_sandbox_and_runs_again_with_the_next_start() {
    let place = TempDir::new().unwrap();
    let runtime = runtime(place.path());
    let spec = spec(&["sh", "-c", GREETER]);
    runtime.create(&spec).await.unwrap();
    let ended = runtime.directories(&spec.id).unwrap().home.join("ended");
    for run in 1..=2 {
        let agent = runtime.start(&spec).await.unwrap();
        let mut log = follow(&agent).await;
        assert_eq!(next(&mut log).await, Message::binary(b"\x01\x01\x01it's hello\n".to_vec()));
        agent.stop(Duration::from_secs(20)).await;
        assert_eq!(std::fs::read_to_string(&ended).unwrap(), "bye\n".repeat(run));
    }
    runtime.close(Duration::ZERO).await;
}

#[tokio::test]
async fn its_end_is_shown_with_its_code_and_the_sandbox_goes_on() {
    let place = TempDir::new().unwrap();
    let runtime = runtime(place.path());
    let spec = spec(&["sh", "-c", "echo out; echo err >&2; exit 3"]);
    runtime.create(&spec).await.unwrap();
    let agent = runtime.start(&spec).await.unwrap();
    let mut log = follow(&agent).await;
    while !next(&mut log).await.is_close() {}
    let (_, session) = ask(&agent, "GET", "/process/session/entrypoint", Value::Null).await;
    assert_eq!(session["commands"][0]["exitCode"], 3);
    let (status, done) = ask(&agent, "POST", "/process/execute", json!({ "command": "echo on" })).await;
    assert_eq!((status, &done["result"]), (200, &json!("on\n")));
    runtime.close(Duration::ZERO).await;
}
