//! HTTP itself.

use std::time::Duration;

use crate::play;
use crate::support::TestServer;
use crate::wire::{Raw, Wire};

const HEALTH: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What comes back for bytes: an answer in one line, or how it ended.
async fn exchange(server: &TestServer, bytes: &[u8]) -> String {
    let mut wire = Wire::open(server).await;
    wire.send(bytes).await;
    wire.finish().await;
    wire.answer("GET").await.map_or_else(|reason| reason, |answer| answer.line())
}

#[tokio::test]
async fn heads_that_are_none_get_a_400_and_the_connection_is_closed() {
    let server = TestServer::start();
    let heads: [(&str, &[u8]); 18] = [
        ("words", b"NONSENSE\r\n\r\n"),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
        ("no version", b"GET /health\r\n\r\n"),
        ("another version", b"GET /health HTTP/3.7\r\nHost: localhost\r\n\r\n"),
        ("a space too many", b"GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("a space in the target", b"GET /he alth HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("NUL in the target", b"GET /he\0alth HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("no text in the target", b"GET /he\xffalth HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("NUL in a method", b"G\0T /health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("a header without a colon", b"GET /health HTTP/1.1\r\nHost localhost\r\n\r\n"),
        ("a space before the colon", b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n"),
        ("a header without a name", b"GET /health HTTP/1.1\r\n: value\r\n\r\n"),
        ("a header folded", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n"),
        ("NUL in a header", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n"),
        ("two lengths", b"POST /api/sandbox HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        ("a negative length", b"POST /api/sandbox HTTP/1.1\r\nHost: localhost\r\nContent-Length: -2\r\n\r\n{}"),
        ("a length beyond all", b"POST /api/sandbox HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n{}"),
        ("an unknown encoding", b"POST /api/sandbox HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n{}"),
    ];
    let mut complaints = Vec::new();
    for (name, head) in heads {
        let mut wire = Wire::open(&server).await;
        wire.send(head).await;
        let got = wire.answer("GET").await.map_or_else(|reason| reason, |answer| answer.line());
        let closed = wire.closes(Duration::from_secs(5)).await;
        if (got.as_str(), closed) != ("400 empty", true) {
            complaints.push(format!("{name}: {got}, closed: {closed}"));
        }
    }
    assert_eq!(complaints, Vec::<String>::new());
}

#[tokio::test]
async fn heads_beyond_measure_are_refused() {
    let server = TestServer::start();
    let get = || Raw::new("GET", "/api/sandbox");
    let many = (0..5_000).fold(get(), |request, number| request.header(&format!("X-{number}: y")));
    let cases = vec![
        ("a header of a megabyte", get().header(&format!("X: {}", "y".repeat(1 << 20))), "431 empty"),
        ("a name of a megabyte", get().header(&format!("{}: y", "x".repeat(1 << 20))), "431 empty"),
        ("thousands of headers", many, "431 empty"),
        ("a target of a megabyte", Raw::new("GET", &format!("/{}", "x".repeat(1 << 20))), "431 empty"),
        ("a query of 100 kB", Raw::new("GET", &format!("/api/sandbox?{}", "x".repeat(100_000))), "414 empty"),
        ("a method of a megabyte", Raw::new(&"X".repeat(1 << 20), "/health"), "431 empty"),
    ];
    play(&server, cases).await;
}

#[tokio::test]
async fn bodies_in_broken_chunks_are_refused() {
    let server = TestServer::start();
    let head = "POST /api/sandbox HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer dtn_local\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (name, chunks) in [
        ("no size", "zz\r\n{}\r\n0\r\n\r\n"),
        ("a negative size", "-2\r\n{}\r\n0\r\n\r\n"),
        ("a size beyond all", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("longer than it says", "1\r\n{}\r\n0\r\n\r\n"),
        ("an endless extension", &format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(1 << 20))),
    ] {
        let got = exchange(&server, format!("{head}{chunks}").as_bytes()).await;
        assert_eq!(got, "400 control: request aborted", "{name}");
    }
}

#[tokio::test]
async fn chunks_count_and_a_length_beside_them_does_not() {
    let server = TestServer::start();
    let head = "POST /api/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut wire = Wire::open(&server).await;
    wire.send(format!("{head}0\r\n\r\n{HEALTH}").as_bytes()).await;
    assert_eq!(wire.answer("POST").await.unwrap().line(), "404 control: Cannot POST /api/nothing");
    assert!(wire.closes(Duration::from_secs(5)).await, "what came after it is not trusted");
}

#[tokio::test]
async fn hosts_and_origins_of_the_web_are_refused() {
    let server = TestServer::start();
    let to = |host: &str| Raw::new("GET", "/api/sandbox").without_host().header(&format!("Host: {host}"));
    let from = |origin: &str| Raw::new("GET", "/api/sandbox").header(&format!("Origin: {origin}"));
    let served = "200: [";
    let host = |name: &str| {
        format!(
            "403 control, unplaced: host {name} is not served here; start the server with --allow-host to admit it"
        )
    };
    let origin = |name: &str| {
        format!(
            "403 control, unplaced: origin {name} is not allowed; start the server with --allow-origin to admit it"
        )
    };
    let (evil, prefixed, suffixed, empty) =
        (host("evil.example"), host("127.0.0.1.evil.example"), host("evil.example:3986"), host(""));
    let (page, null, file) = (origin("https://evil.example"), origin("null"), origin("file://"));
    let nameless = "400 control, unplaced: the request must name one host";
    let cases = vec![
        ("a name of the web", to("evil.example"), evil.as_str()),
        ("with a port", to("evil.example:3986"), &suffixed),
        ("that looks like loopback", to("127.0.0.1.evil.example"), &prefixed),
        ("an empty one", to(""), &empty),
        (
            "no text",
            Raw::new("GET", "/api/sandbox").without_host().raw_header(b"Host: \xff"),
            "403 control, unplaced: host (not text) is not served here; …",
        ),
        (
            "with a path",
            to("localhost/evil"),
            "403 control, unplaced: host localhost/evil is not served here; …",
        ),
        ("none", Raw::new("GET", "/api/sandbox").without_host(), nameless),
        ("two", to("localhost").header("Host: evil.example"), nameless),
        (
            "to a sandbox",
            Raw::new("GET", "/toolbox/x/version").without_host().header("Host: evil.example"),
            &evil,
        ),
        ("a page of the web", from("https://evil.example"), &page),
        ("a page of no origin", from("null"), &null),
        ("a file", from("file://"), &file),
        (
            "a page that asks first",
            Raw::keyless("OPTIONS", "/api/sandbox")
                .header("Origin: https://evil.example")
                .header("Access-Control-Request-Method: POST"),
            &page,
        ),
        (
            "to a sandbox from a page",
            Raw::new("GET", "/toolbox/x/version").header("Origin: https://evil.example"),
            &page,
        ),
        ("loopback by number", to("127.0.0.1:1"), served),
        ("loopback by its other number", to("[::1]:1"), served),
        ("a page of loopback", from("http://localhost:5173"), served),
    ];
    let cases = cases
        .into_iter()
        .map(|(name, request, line)| (name, request, if line == served { "200: …" } else { line }));
    play(&server, cases.collect()).await;
}

#[tokio::test]
async fn clients_of_http_1_0_are_answered_and_the_connection_is_closed() {
    let server = TestServer::start();
    for head in ["GET /health HTTP/1.0\r\n\r\n", "GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n"] {
        let mut wire = Wire::open(&server).await;
        wire.send(head.as_bytes()).await;
        let answer = wire.answer("GET").await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("transfer-encoding"), None, "there are no chunks in HTTP/1.0");
        assert!(wire.closes(Duration::from_secs(5)).await);
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order_up_to_a_broken_one() {
    let server = TestServer::start();
    let mut wire = Wire::open(&server).await;
    let second = "GET /api/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n";
    wire.send(format!("{HEALTH}{second}{HEALTH}NONSENSE\r\n\r\n{HEALTH}").as_bytes()).await;
    let mut lines = Vec::new();
    for _ in 0..4 {
        lines.push(wire.answer("GET").await.unwrap().line());
    }
    assert!(lines[0].starts_with("200: ") && lines[2].starts_with("200: "), "{lines:?}");
    assert_eq!((lines[1].as_str(), lines[3].as_str()), ("404 control: Cannot GET /api/nothing", "400 empty"));
    assert!(wire.closes(Duration::from_secs(5)).await);
}

#[tokio::test]
async fn a_refused_body_does_not_spill_into_the_next_request() {
    let server = TestServer::start();
    let mut wire = Wire::open(&server).await;
    let refused = Raw::keyless("POST", "/api/sandbox").body(HEALTH);
    wire.send(&refused.bytes()).await;
    assert_eq!(wire.answer("POST").await.unwrap().line(), "401 control: Invalid credentials");
    wire.send(b"GET /api/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    // Either the connection goes on with the next request, or it is closed; the body is never taken for one.
    if let Ok(answer) = wire.answer("GET").await {
        assert_eq!(answer.line(), "404 control: Cannot GET /api/nothing");
    }
}

#[tokio::test]
async fn a_head_that_ends_halfway_closes_the_connection() {
    let server = TestServer::start();
    for head in ["", "GET", "GET /health HTTP/1.1\r\nHost: loc"] {
        let mut wire = Wire::open(&server).await;
        wire.send(head.as_bytes()).await;
        wire.finish().await;
        assert!(wire.closes(Duration::from_secs(5)).await, "{head:?}");
    }
}

#[tokio::test]
async fn a_target_without_a_slash_is_refused() {
    let server = TestServer::start();
    let targets = ["health", "localhost:80", "http:", "?query", "mailto:a@b"];
    play(&server, targets.map(|target| (target, Raw::new("GET", target), "400 empty")).into()).await;
    let absolute = Raw::new("GET", "http://localhost/api/nothing");
    play(&server, vec![("absolute", absolute, "404 control: Cannot GET /api/nothing")]).await;
}

#[tokio::test]
async fn an_upgrade_nobody_offers_is_answered_as_a_plain_request() {
    let server = TestServer::start();
    let base = format!("/toolbox/{}", server.sandbox().await);
    let asking = |request: Raw| {
        request
            .header("Connection: Upgrade")
            .header("Upgrade: websocket")
            .header("Sec-WebSocket-Version: 13")
            .header("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    };
    let cases = vec![
        ("of the control plane", asking(Raw::new("GET", "/api/sandbox")), "200: …"),
        ("of the toolbox", asking(Raw::new("GET", &format!("{base}/version"))), "200: …"),
        (
            "of an unknown path",
            asking(Raw::new("GET", &format!("{base}/nothing"))),
            "404 bare: 404 page not found",
        ),
        (
            "of an unknown sandbox",
            asking(Raw::new("GET", "/toolbox/nope/version")),
            "404 proxy NOT_FOUND: sandbox container not found",
        ),
        (
            "to another protocol",
            Raw::new("GET", "/api/sandbox").header("Connection: Upgrade").header("Upgrade: h2c"),
            "200: …",
        ),
    ];
    play(&server, cases).await;
}
