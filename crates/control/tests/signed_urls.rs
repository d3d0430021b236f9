//! File URLs that were signed with a sandbox's key: what they open, and until when.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::time::Duration;

use axum::body::Body;
use axum::extract::OriginalUri;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::json;
use sha2::Sha256;
use support::{Answered, KEY, Lab, answered};

/// Midday of the laboratory's first day, in seconds since 1970.
const NOON: i64 = 1_769_860_800;

/// The key as the API hands it out: bare text.
async fn key(lab: &Lab, method: &str, path: &str) -> String {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {KEY}"))
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(OriginalUri(format!("/api{path}").parse().unwrap()));
    request.extensions_mut().insert(lab.caller());
    let response = lab.control.api().respond(request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn code(key: &str, method: &str, path: &str, expires: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("v1:files:{method}:{path}:{expires}").as_bytes());
    format!("v1_{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A signed address, as the SDKs build it.
fn signed(key: &str, method: &str, path: &str, expires: i64) -> String {
    let operation = if method == "POST" { "upload-v2" } else { "download" };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("path", path)
        .append_pair("expires", &expires.to_string())
        .append_pair("signature", &code(key, method, path, expires))
        .finish();
    format!("/files/{operation}?{query}")
}

/// A request that shows no credentials.
async fn ask(lab: &Lab, sandbox: &str, method: &str, target: &str) -> Answered {
    let mut request = Request::builder().method(method).uri(target).header("host", "pit.test:3986");
    if method == "POST" {
        request = request.header("content-type", "application/octet-stream");
    }
    let mut request = request.body(Body::from("the body")).unwrap();
    request.extensions_mut().insert(OriginalUri(format!("/toolbox/{sandbox}{target}").parse().unwrap()));
    answered(lab.control.proxy_toolbox(sandbox, request).await).await
}

#[tokio::test]
async fn a_signed_url_opens_its_file_and_the_signature_goes_no_further() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let key = key(&lab, "GET", &format!("/sandbox/{sandbox}/signing-key")).await;
    let path = "/home/daytona/naïve & more.txt";
    let seen = ask(&lab, &sandbox, "GET", &signed(&key, "GET", path, NOON + 60)).await.expect(200);
    assert_eq!(seen["method"], "GET");
    assert_eq!(seen["uri"], "/files/download?path=%2Fhome%2Fdaytona%2Fna%C3%AFve+%26+more.txt");
    let seen = ask(&lab, &sandbox, "POST", &signed(&key, "POST", path, 0)).await.expect(200);
    assert_eq!((&seen["method"], &seen["body"]), (&json!("POST"), &json!("the body")));
    let looked = ask(&lab, &sandbox, "HEAD", &signed(&key, "GET", path, 0)).await.expect(200);
    assert_eq!(looked["method"], "GET", "the connection itself leaves the body of an answer to HEAD out");
}

#[tokio::test]
async fn a_url_ends_with_its_time_by_the_emulators_clock() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let key = key(&lab, "GET", &format!("/sandbox/{sandbox}/signing-key")).await;
    let (short, ever) = (signed(&key, "GET", "x", NOON + 60), signed(&key, "GET", "x", 0));
    lab.clock.advance(Duration::from_secs(60));
    ask(&lab, &sandbox, "GET", &short).await.expect(200);
    lab.clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&lab, &sandbox, "GET", &short).await.error(401), "unauthorized: signature is expired");
    lab.clock.advance(Duration::from_secs(10_000_000));
    ask(&lab, &sandbox, "GET", &ever).await.expect(200);
}

#[tokio::test]
async fn whatever_was_not_signed_is_refused() {
    let lab = Lab::new();
    let (sandbox, other) = (lab.create_plain().await, lab.create_plain().await);
    let key = key(&lab, "GET", &format!("/sandbox/{sandbox}/signing-key")).await;
    let good = signed(&key, "GET", "mine.txt", NOON + 60);
    for (method, forged) in [
        ("GET", good.replace("mine", "other")),
        ("GET", good.replace(&format!("expires={}", NOON + 60), "expires=0")),
        ("GET", good.replace(&format!("expires={}", NOON + 60), &format!("expires=+{}", NOON + 60))),
        ("GET", format!("{good}x")),
        ("GET", good.replacen("?", "?path=other.txt&", 1)),
        ("POST", good.replace("download", "upload-v2")),
        ("GET", signed("another-key", "GET", "mine.txt", NOON + 60)),
    ] {
        let message = ask(&lab, &sandbox, method, &forged).await.error(401);
        assert!(message.starts_with("unauthorized: "), "{forged}: {message}");
    }
    // A second path behind the signed one is not looked at by anybody.
    ask(&lab, &sandbox, "GET", &format!("{good}&path=other.txt")).await.expect(200);
    assert_eq!(ask(&lab, &other, "GET", &good).await.error(401), "unauthorized: invalid signature");
    assert_eq!(ask(&lab, "nobody", "GET", &good).await.error(401), "unauthorized: invalid signature");
    let elsewhere = good.replace("/files/download", "/files/info");
    assert!(ask(&lab, &sandbox, "GET", &elsewhere).await.error(401).starts_with("missing authentication"));
}

#[tokio::test]
async fn the_key_stays_until_it_is_rotated_also_over_a_restart() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let path = format!("/sandbox/{sandbox}/signing-key");
    let first = key(&lab, "GET", &path).await;
    assert!(first.len() >= 32 && first.bytes().all(|byte| byte.is_ascii_graphic()), "{first}");
    assert_eq!(key(&lab, "GET", &path).await, first);
    let url = signed(&first, "GET", "x", 0);
    lab.post(&format!("/sandbox/{sandbox}/stop")).await.expect(200);
    assert!(ask(&lab, &sandbox, "GET", &url).await.error(400).contains("Is the Sandbox started?"));
    lab.post(&format!("/sandbox/{sandbox}/start")).await.expect(200);
    ask(&lab, &sandbox, "GET", &url).await.expect(200);
    let second = key(&lab, "POST", &format!("{path}/rotate")).await;
    assert_ne!(second, first);
    assert_eq!(ask(&lab, &sandbox, "GET", &url).await.error(401), "unauthorized: invalid signature");
    ask(&lab, &sandbox, "GET", &signed(&second, "GET", "x", 0)).await.expect(200);
    assert_eq!(key(&lab, "GET", &path).await, second);
}

#[tokio::test]
async fn the_key_is_kept_in_the_store_and_nobody_elses_to_ask_for() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let path = format!("/sandbox/{sandbox}/signing-key");
    let key = key(&lab, "GET", &path).await;
    let saved = lab.store.load().unwrap().sandboxes;
    assert_eq!(saved[0].signing_key.as_ref(), Some(&key));
    let seen = lab.get(&format!("/sandbox/{sandbox}")).await.expect(200);
    assert!(!seen.to_string().contains(&key), "the key is in no other answer");
    let theirs = lab.control.mint_api_key(None, "theirs", None).await.unwrap();
    for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/rotate"))] {
        lab.call_as(&theirs, method, &path, None).await.error(404);
    }
}

#[tokio::test]
async fn without_a_collector_there_is_no_telemetry() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let range = "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z";
    let at = |what: &str| format!("/sandbox/{sandbox}/telemetry/{what}");
    let page = json!({ "items": [], "total": 0, "page": 3, "totalPages": 0 });
    assert_eq!(lab.get(&at(&format!("logs?{range}&page=3&severities=ERROR"))).await.expect(200), page);
    assert_eq!(lab.get(&at(&format!("traces?{range}&page=3"))).await.expect(200), page);
    assert_eq!(lab.get(&at("traces/abc")).await.expect(200), json!([]));
    let names = "metricNames=daytona.sandbox.cpu.limit";
    assert_eq!(lab.get(&at(&format!("metrics?{range}&{names}"))).await.expect(200), json!({ "series": [] }));
    lab.get(&at("metrics")).await.error(400);
    lab.get("/sandbox/nobody/telemetry/metrics").await.error(404);
}
