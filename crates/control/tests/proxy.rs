//! The way into a sandbox's toolbox: who is let in, what is passed on, what comes back.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::time::Duration;

use axum::body::Body;
use axum::extract::OriginalUri;
use axum::response::Response;
use dialect::{Credential, Tenants as _};
use http::Request;
use http_body_util::BodyExt as _;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use support::{Answered, KEY, Lab, answered, id};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Sends what follows `/toolbox/<sandbox>` as the edge would.
async fn send(lab: &Lab, sandbox: &str, mut request: Request<Body>) -> Response {
    let original = format!("/toolbox/{sandbox}{}", request.uri());
    request.extensions_mut().insert(OriginalUri(original.parse().unwrap()));
    let bearer = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let credential = bearer.as_deref().and_then(|bearer| bearer.strip_prefix("Bearer "));
    let caller =
        credential.and_then(|key| lab.control.tenants().identify(&Credential::from_bearer(key, None)).ok());
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    lab.control.proxy_toolbox(sandbox, request).await
}

fn get(path: &str) -> http::request::Builder {
    Request::get(path).header("host", "pit.test:3986")
}

fn bearer(path: &str) -> http::request::Builder {
    get(path).header("authorization", format!("Bearer {KEY}"))
}

async fn ask(lab: &Lab, sandbox: &str, request: http::request::Builder) -> Answered {
    answered(send(lab, sandbox, request.body(Body::empty()).unwrap()).await).await
}

/// The sandbox's preview token, from where the store keeps it.
fn token(lab: &Lab, sandbox: &str) -> String {
    let saved = lab.store.load().unwrap().sandboxes;
    saved.iter().find(|record| record.id == sandbox).unwrap().auth_token.clone()
}

#[tokio::test]
async fn a_request_reaches_the_toolbox_with_its_path_body_and_headers_and_without_credentials() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let request = Request::post("/files/a%2Fb?path=%2Fx%20y&a=1")
        .header("host", "pit.test:3986")
        .header("authorization", format!("Bearer {KEY}"))
        .header("x-daytona-preview-token", "whatever")
        .header("x-daytona-source", "sdk-python")
        .header("connection", "close, x-hop")
        .header("x-hop", "1")
        .header("te", "trailers")
        .body(Body::from("the body"))
        .unwrap();
    let answer = answered(send(&lab, &sandbox, request).await).await;
    for name in ["keep-alive", "connection", "transfer-encoding"] {
        assert!(!answer.headers.contains_key(name), "{name}");
    }
    assert_eq!(answer.headers["x-tool"], "1");
    let seen = answer.expect(200);
    assert_eq!((&seen["method"], &seen["body"]), (&json!("POST"), &json!("the body")));
    assert_eq!(seen["uri"], "/files/a%2Fb?path=%2Fx%20y&a=1");
    let headers = seen["headers"].as_object().unwrap();
    assert_eq!(headers["x-forwarded-host"], "pit.test:3986");
    assert_eq!(headers["x-daytona-source"], "sdk-python");
    for name in ["authorization", "x-daytona-preview-token", "x-hop", "te", "connection"] {
        assert!(!headers.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_preview_token_in_header_or_query_opens_its_sandbox_and_goes_no_further() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let token = token(&lab, &sandbox);
    let seen =
        ask(&lab, &sandbox, get("/x?b=2&a=1").header("x-daytona-preview-token", &token)).await.expect(200);
    assert_eq!(seen["uri"], "/x?b=2&a=1");
    let path = format!("/x?b=2%202&DAYTONA_SANDBOX_AUTH_KEY={token}&a=1");
    let seen = ask(&lab, &sandbox, get(&path)).await.expect(200);
    assert_eq!(seen["uri"], "/x?a=1&b=2+2", "the rest is encoded anew, sorted by name");
    let seen = ask(&lab, &sandbox, get(&format!("/x?DAYTONA_SANDBOX_AUTH_KEY={token}"))).await.expect(200);
    assert_eq!(seen["uri"], "/x");
    // A bearer that is not ours to accept belongs to the application.
    let request = get("/x").header("authorization", "Basic abc").header("x-daytona-preview-token", &token);
    assert_eq!(ask(&lab, &sandbox, request).await.expect(200)["headers"]["authorization"], "Basic abc");
}

#[tokio::test]
async fn who_shows_nothing_or_nothing_that_fits_is_told_so() {
    let lab = Lab::new();
    let (sandbox, other) = (lab.create_plain().await, lab.create_plain().await);
    let missing = ask(&lab, &sandbox, get("/x?y=1")).await;
    insta::assert_json_snapshot!(missing.expect(401));
    let others_token = token(&lab, &other);
    let header = ask(&lab, &sandbox, get("/x").header("x-daytona-preview-token", &others_token)).await;
    assert_eq!(header.error(401), "authentication failed: Auth key header is invalid");
    let both = get("/x?DAYTONA_SANDBOX_AUTH_KEY=no").header("authorization", "Basic x");
    assert_eq!(
        ask(&lab, &sandbox, both).await.error(401),
        "authentication failed: Bearer token is invalid,Auth key query parameter is invalid"
    );
    let empty = get("/x").header("x-daytona-preview-token", "");
    assert_eq!(
        ask(&lab, &sandbox, empty).await.error(401),
        "authentication failed: Auth key header is invalid"
    );
}

#[tokio::test]
async fn another_organizations_sandbox_cannot_be_told_from_one_that_is_not_there() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let key = lab.control.mint_api_key(None, "theirs", None).await.unwrap();
    let as_them = || get("/x").header("authorization", format!("Bearer {key}"));
    let ours = ask(&lab, &sandbox, as_them()).await.error(404);
    let none = ask(&lab, "00000000-0000-4000-8000-000000000000", as_them()).await.error(404);
    assert_eq!(
        (ours.as_str(), none.as_str()),
        ("sandbox container not found", "sandbox container not found")
    );
}

#[tokio::test]
async fn a_sandbox_that_does_not_run_is_not_reached() {
    let lab = Lab::new();
    let sandbox = id(&lab.create(json!({"name": "box"})).await);
    let old_token = token(&lab, &sandbox);
    ask(&lab, "box", bearer("/x")).await.expect(200);
    lab.post("/sandbox/box/stop").await.expect(200);
    insta::assert_json_snapshot!(ask(&lab, &sandbox, bearer("/x")).await.expect(400));
    lab.post("/sandbox/box/start").await.expect(200);
    ask(&lab, &sandbox, bearer("/x")).await.expect(200);
    let stale = get("/x").header("x-daytona-preview-token", &old_token);
    ask(&lab, &sandbox, stale).await.error(401);
    let token = token(&lab, &sandbox);
    lab.call("DELETE", "/sandbox/box", None).await.expect(200);
    ask(&lab, &sandbox, bearer("/x")).await.error(404);
    ask(&lab, &sandbox, get("/x").header("x-daytona-preview-token", &token)).await.error(401);
}

#[tokio::test]
async fn redirects_of_the_toolbox_keep_the_way_in() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let answer = ask(&lab, &sandbox, bearer("/moved")).await;
    assert_eq!(answer.headers["location"], format!("/toolbox/{sandbox}/files/?a=b"));
}

#[tokio::test]
async fn a_port_without_a_path_leads_to_its_root() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let response = send(&lab, &sandbox, get("/proxy/8000?x=1").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 301);
    assert_eq!(response.headers()["location"], format!("/toolbox/{sandbox}/proxy/8000/?x=1"));
}

#[tokio::test]
async fn use_moves_the_activity_clock_unless_asked_not_to() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let path = format!("/sandbox/{sandbox}");
    lab.clock.advance(Duration::from_secs(5));
    ask(&lab, &sandbox, bearer("/x").header("x-daytona-skip-last-activity-update", "true")).await.expect(200);
    assert_eq!(lab.get(&path).await.expect(200)["lastActivityAt"], "2026-01-31T12:00:00.000Z");
    ask(&lab, &sandbox, bearer("/x")).await.expect(200);
    let seen = lab.get(&path).await.expect(200);
    assert_eq!(seen["lastActivityAt"], "2026-01-31T12:00:05.000Z");
    assert_eq!(seen["updatedAt"], "2026-01-31T12:00:00.000Z", "use is no change");
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let body = "x".repeat(3 << 20);
    let request = bearer("/x").method("PUT").body(Body::from(body.clone())).unwrap();
    let response = send(&lab, &sandbox, request).await;
    let seen: Value =
        serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(seen["body"].as_str().unwrap().len(), body.len());
}

#[tokio::test]
async fn an_upgraded_connection_carries_bytes_both_ways_until_the_client_leaves() {
    let lab = std::sync::Arc::new(Lab::new());
    let sandbox = lab.create_plain().await;
    let (client, server) = tokio::io::duplex(1024);
    let served = {
        let (lab, sandbox) = (std::sync::Arc::clone(&lab), sandbox.clone());
        let service = service_fn(move |request: Request<hyper::body::Incoming>| {
            let (lab, sandbox) = (std::sync::Arc::clone(&lab), sandbox.clone());
            async move { Ok::<_, std::convert::Infallible>(send(&lab, &sandbox, request.map(Body::new)).await) }
        });
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(server), service)
            .with_upgrades()
    };
    tokio::spawn(served);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(client)).await.unwrap();
    tokio::spawn(connection.with_upgrades());
    let request = bearer("/socket").header("connection", "Upgrade").header("upgrade", "websocket");
    let request = request.header("sec-websocket-protocol", "offered, chosen").body(Body::empty()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 101);
    assert_eq!(response.headers()["sec-websocket-protocol"], "chosen");
    assert_eq!(response.headers()["upgrade"], "websocket");
    let mut socket = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    for word in ["hello", "again"] {
        socket.write_all(word.as_bytes()).await.unwrap();
        let mut answer = vec![0; word.len()];
        socket.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, word.to_ascii_uppercase().into_bytes());
    }
    socket.shutdown().await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), socket.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert_eq!(rest, b"");
}
