//! Ports of programs, the way to them, and what the daemon is told about environment and telemetry.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use lab::{FixedClock, SeededIds};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tower::ServiceExt;

struct Sandbox {
    app: toolbox::WithPorts,
    _directory: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let mut engine = engine::Config::new("test", root.clone(), root.clone(), root.clone());
        engine.env = vec![
            ("PATH".to_owned(), std::env::var("PATH").unwrap()),
            ("HOME".to_owned(), root.display().to_string()),
        ];
        let app = toolbox::service(toolbox::Config {
            engine,
            version: "v1.2.3".to_owned(),
            body_limit: 1_000_000,
            clock: Arc::new(FixedClock::new("2026-11-21T05:46:40.144983709Z".parse().unwrap())),
            ids: Arc::new(SeededIds::new(1)),
        });
        Self { app, _directory: directory }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
        let (parts, body) = self.app.clone().oneshot(request).await.unwrap().into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
    }

    async fn ask(&self, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(path).body(body.into()).unwrap();
        let (status, _, body) = self.send(request).await;
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn execute(&self, command: &str) -> String {
        let body = json!({ "command": command }).to_string();
        let (status, answer) = self.ask("POST", "/process/execute", body).await;
        assert_eq!(status, 200, "{answer}");
        answer["result"].as_str().unwrap().to_owned()
    }
}

/// A program that tells what it was asked, or speaks a protocol of its own: it gives back every byte.
async fn program() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = hyper::service::service_fn(tell);
            let connection =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection.with_upgrades());
        }
    });
    port
}

async fn tell(mut request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    if request.headers().contains_key("upgrade") {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut stream = TokioIo::new(upgrade.await.unwrap());
            let mut buffer = [0; 64];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                stream.write_all(&buffer[..count]).await.unwrap();
            }
        });
        let switched =
            Response::builder().status(101).header("upgrade", "echo").header("connection", "upgrade");
        return Ok(switched.body(Body::empty()).unwrap());
    }
    let (parts, body) = request.into_parts();
    let headers: serde_json::Map<_, _> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), Value::from(value.to_str().unwrap())))
        .collect();
    let size = body.collect().await.unwrap().to_bytes().len();
    let told = json!({ "method": parts.method.as_str(), "target": parts.uri.to_string(), "headers": headers, "size": size });
    let status = if parts.uri.path() == "/missing" { 404 } else { 200 };
    let response = Response::builder().status(status).header("x-program", "yes");
    Ok(response.body(Body::from(told.to_string())).unwrap())
}

#[tokio::test]
async fn a_request_reaches_the_program_as_it_was_written_and_its_answer_comes_back() {
    let (sandbox, port) = (Sandbox::new(), program().await);
    let request = Request::builder()
        .method("PUT")
        .uri(format!("/proxy/{port}/(x)/%40y/%2F?q=a%20b"))
        .header("host", "somewhere.else")
        .header("x-own", "mine")
        .body(Body::from(vec![7; 3 << 20]))
        .unwrap();
    let (status, headers, body) = sandbox.send(request).await;
    assert_eq!(status, 200);
    assert_eq!(headers["x-program"], "yes");
    let told: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(told["method"], "PUT");
    assert_eq!(told["target"], "/(x)/%40y/%2F?q=a%20b");
    assert_eq!(told["size"], 3 << 20);
    assert_eq!(told["headers"]["x-own"], "mine");
}

#[tokio::test]
async fn any_method_and_any_status_pass() {
    let (sandbox, port) = (Sandbox::new(), program().await);
    for method in ["GET", "POST", "PATCH", "DELETE", "OPTIONS", "BREW"] {
        let (status, told) = sandbox.ask(method, &format!("/proxy/{port}/"), Body::empty()).await;
        assert_eq!((status.as_u16(), &told["method"]), (200, &json!(method)));
    }
    let (status, told) = sandbox.ask("GET", &format!("/proxy/{port}/missing"), Body::empty()).await;
    assert_eq!((status.as_u16(), &told["target"]), (404, &json!("/missing")));
}

#[tokio::test]
async fn a_port_without_a_program_is_a_bad_gateway() {
    let sandbox = Sandbox::new();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let (status, told) = sandbox.ask("GET", &format!("/proxy/{free}/x"), Body::empty()).await;
    assert_eq!(status, 502);
    let message = told["message"].as_str().unwrap();
    assert!(message.starts_with("proxy upstream error: Connection refused"), "{message}");
    for port in ["99999", "abc", "-1"] {
        let (status, told) = sandbox.ask("GET", &format!("/proxy/{port}/x"), Body::empty()).await;
        assert_eq!(status, 502, "{port}");
        assert!(told["message"].as_str().unwrap().contains("invalid port"), "{told}");
    }
}

#[tokio::test]
async fn an_upgrade_carries_bytes_both_ways() {
    let (sandbox, port) = (Sandbox::new(), program().await);
    let (client, server) = tokio::io::duplex(1024);
    let app = sandbox.app.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        app.clone().oneshot(request.map(Body::new))
    });
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), service);
    tokio::spawn(served.with_upgrades());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(client)).await.unwrap();
    tokio::spawn(connection.with_upgrades());
    let request = Request::get(format!("/proxy/{port}/socket"))
        .header("connection", "upgrade")
        .header("upgrade", "echo")
        .body(Body::empty())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["upgrade"]), (101, &"echo".parse().unwrap()));
    let mut stream = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    for word in ["hello", "again"] {
        stream.write_all(word.as_bytes()).await.unwrap();
        let mut back = vec![0; word.len()];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(back, word.as_bytes());
    }
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn ports_are_listed_while_a_program_listens() {
    let (sandbox, port) = (Sandbox::new(), program().await);
    let (status, listed) = sandbox.ask("GET", "/port", Body::empty()).await;
    assert_eq!(status, 200);
    assert!(listed["ports"].as_array().unwrap().contains(&json!(port)), "{listed}");
    for (asked, message) in [
        ("abc", "bad request: invalid port: must be a number between 3000 and 9999"),
        ("2999", "bad request: port out of range: must be between 3000 and 9999"),
        ("10000", "bad request: port out of range: must be between 3000 and 9999"),
        ("-1", "bad request: port out of range: must be between 3000 and 9999"),
    ] {
        let (status, told) = sandbox.ask("GET", &format!("/port/{asked}/in-use"), Body::empty()).await;
        assert_eq!((status.as_u16(), &told["message"]), (400, &json!(message)), "{asked}");
    }
}

#[tokio::test]
async fn a_changed_environment_is_what_later_commands_see() {
    let sandbox = Sandbox::new();
    let set = json!({ "set": { "HERON": "grey", "OTHER": "token-1" } }).to_string();
    let done = json!({ "message": "Environment updated successfully" });
    assert_eq!(sandbox.ask("POST", "/env", set).await, (StatusCode::OK, done));
    assert_eq!(sandbox.execute("echo $HERON,$OTHER").await, "grey,token-1\n");
    let change = json!({ "unsetValuePrefix": "token-", "unset": ["HERON"] }).to_string();
    sandbox.ask("POST", "/env", change).await;
    assert_eq!(sandbox.execute("echo ${HERON-none},${OTHER-none}").await, "none,none\n");
    let (status, told) = sandbox.ask("POST", "/env", json!({ "set": { "A=B": "1" } }).to_string()).await;
    assert_eq!((status.as_u16(), &told["code"]), (500, &json!("INTERNAL_SERVER_ERROR")));
    let (status, told) = sandbox.ask("POST", "/env", "{").await;
    assert_eq!((status.as_u16(), &told["code"]), (400, &json!("INVALID_REQUEST_BODY")));
}

#[tokio::test]
async fn a_token_is_acknowledged_and_metrics_carry_the_daemons_time() {
    let sandbox = Sandbox::new();
    for body in [r#"{"token":"t"}"#, "{}"] {
        let (status, told) = sandbox.ask("POST", "/init", body).await;
        let message = "Auth token set and telemetry initialized successfully";
        assert_eq!((status.as_u16(), &told["message"]), (200, &json!(message)));
    }
    assert_eq!(sandbox.ask("POST", "/init", "").await.0, 400);
    let (status, metrics) = sandbox.ask("GET", "/system/metrics", Body::empty()).await;
    assert_eq!(status, 200);
    assert_eq!(metrics["timestamp"], "2026-11-21T05:46:40Z");
    assert_eq!(metrics["timestampUnix"], 1_795_240_000);
    assert!(metrics["cpuCount"].as_u64().unwrap() >= 1);
    assert!(metrics["memUsed"].as_u64().unwrap() > 0);
}
