//! The control plane's share.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{KEY, TestServer};
use crate::wire::{Raw, Wire};
use crate::{fits, planned, play};

/// Longest body the control plane reads.
const BODY_LIMIT: usize = 10 << 20;

fn create(body: impl AsRef<[u8]>) -> Raw {
    Raw::new("POST", "/api/sandbox").body(body)
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_without_place_and_time() {
    let server = TestServer::start();
    let bodies: [(&str, &[u8]); 16] = [
        ("cut short", br#"{"name":"#),
        ("cut within a text", br#"{"name":"abc"#),
        ("no quotes", b"{name: 1}"),
        ("single quotes", b"{'name':'a'}"),
        ("a comma too many", br#"{"name":"a",}"#),
        ("two values", br#"{"name":"a"}{"name":"b"}"#),
        ("words", b"nonsense"),
        ("a bare text", br#""text""#),
        ("a bare number", b"7"),
        ("null", b"null"),
        ("bytes of no encoding", b"\xff\xfe\x00"),
        ("a NUL", b"{\0}"),
        ("a control character in a text", b"{\"name\":\"a\nb\"}"),
        ("no number", br#"{"cpu":NaN}"#),
        ("an odd escape", br#"{"name":"\x41"}"#),
        ("a form", b"name=a&public=true"),
    ];
    let refused = "400 control, unplaced: Invalid JSON in request body";
    play(&server, bodies.into_iter().map(|(name, body)| (name, create(body), refused)).collect()).await;
}

#[tokio::test]
async fn a_body_of_wrong_types_is_refused_with_every_complaint() {
    let server = TestServer::start();
    let cases = [
        ("name is a number", r#"{"name":7}"#, "400 control: name must be a string"),
        ("name is a list", r#"{"name":["a"]}"#, "400 control: name must be a string"),
        ("labels is a list", r#"{"labels":["a"]}"#, "400 control: labels must be an object"),
        ("labels is a text", r#"{"labels":"a"}"#, "400 control: labels must be an object"),
        ("env is a number", r#"{"env":1}"#, "400 control: env must be an object"),
        ("public is a text", r#"{"public":"perhaps"}"#, "400 control: public must be a boolean value"),
        (
            "an interval is a text",
            r#"{"autoStopInterval":"soon"}"#,
            "400 control: autoStopInterval must be an integer number",
        ),
        (
            "an interval is a map",
            r#"{"autoStopInterval":{}}"#,
            "400 control: autoStopInterval must be an integer number",
        ),
        (
            "an interval is negative",
            r#"{"autoStopInterval":-5}"#,
            "400 control: Auto-stop interval must be non-negative",
        ),
        (
            "a number beyond all",
            r#"{"autoStopInterval":1e400}"#,
            "400 control, unplaced: Invalid JSON in request body",
        ),
        (
            "a number of many digits",
            r#"{"autoStopInterval":99999999999999999999999}"#,
            "400 control: autoStopInterval must be an integer number",
        ),
        ("volumes is a text", r#"{"volumes":"a"}"#, "400 control: volumes must be an array"),
        (
            "volumes holds numbers",
            r#"{"volumes":[1]}"#,
            "400 control: each value in volumes must be an object",
        ),
        (
            "two complaints",
            r#"{"name":7,"env":1}"#,
            "400 control: name must be a string, env must be an object",
        ),
    ];
    play(&server, cases.into_iter().map(|(name, body, expected)| (name, create(body), expected)).collect())
        .await;
}

#[tokio::test]
async fn a_body_nested_without_end_is_refused() {
    let server = TestServer::start();
    let lists = "[".repeat(200_000);
    let maps = r#"{"labels":"#.repeat(50_000);
    let closed = format!(r#"{{"labels":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let cases = [lists, maps, closed]
        .map(|body| ("deep", create(body), "400 control, unplaced: Invalid JSON in request body"));
    play(&server, cases.into()).await;
}

#[tokio::test]
async fn of_a_member_given_twice_the_last_counts() {
    let server = TestServer::start();
    let mut wire = Wire::open(&server).await;
    wire.send(&create(r#"{"name":"one","name":"two"}"#).bytes()).await;
    let answer = wire.answer("POST").await.unwrap();
    let sandbox: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &sandbox["name"]), (200, &json!("two")));
}

#[tokio::test]
async fn an_oversize_body_is_refused_whether_its_length_is_said_or_not() {
    let server = TestServer::start();
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(BODY_LIMIT));
    let refused = "413 control: request entity too large";
    play(
        &server,
        vec![
            ("length said and sent", create(&large), refused),
            ("in chunks", create(&large).chunked(), refused),
            ("said and never sent", create("").saying_length(1 << 40), refused),
            (
                "said, with leave asked",
                create("").saying_length(1 << 40).header("Expect: 100-continue"),
                refused,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_answered_once_it_cannot_come_any_more() {
    let server = TestServer::start();
    for request in [
        create("{}").saying_length(100),
        create("").raw_header(b"Transfer-Encoding: chunked").saying_no_length(),
    ] {
        let mut wire = Wire::open(&server).await;
        wire.send(&request.bytes()).await;
        wire.finish().await;
        let got = wire.answer("POST").await.map_or_else(|reason| reason, |answer| answer.line());
        assert!(fits(&got, "400 control: request aborted"), "{got}");
        assert!(wire.closes(Duration::from_secs(5)).await);
    }
}

#[tokio::test]
async fn ids_that_lead_nowhere_are_not_found() {
    let server = TestServer::start();
    let long = "x".repeat(20_000);
    let missing = |name: &str| format!("404 control: Sandbox with ID or name {name} not found");
    let get = |id: &str| Raw::new("GET", &format!("/api/sandbox/{id}"));
    let (nope, dots, slash) = (missing("nope"), missing(".."), missing("a/b"));
    let (nul, text, percent, too_long) =
        (missing("a\0b"), missing("\u{fffd}"), missing("%zz"), missing(&long));
    let cases = vec![
        ("unknown", get("nope"), nope.as_str()),
        ("unknown, deleted", Raw::new("DELETE", "/api/sandbox/nope"), &nope),
        ("unknown, started", Raw::new("POST", "/api/sandbox/nope/start"), &nope),
        ("unknown, stopped", Raw::new("POST", "/api/sandbox/nope/stop"), &nope),
        ("unknown, labelled", Raw::new("PUT", "/api/sandbox/nope/labels").body(r#"{"labels":{}}"#), &nope),
        ("two dots", get("%2e%2e"), &dots),
        ("an encoded slash", get("a%2Fb"), &slash),
        ("a NUL", get("a%00b"), &nul),
        ("no text", get("%ff"), &text),
        ("a broken escape", get("%zz"), &percent),
        ("very long", get(&long), &too_long),
        (
            "a path upwards",
            Raw::new("GET", "/api/sandbox/../../etc/passwd"),
            "404 control: Cannot GET /api/sandbox/../../etc/passwd",
        ),
    ];
    play(&server, cases).await;
}

#[tokio::test]
async fn numbers_in_a_path_are_numbers() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    let refused = "400 control: Validation failed (numeric string is expected)";
    let intervals = ["soon", "1.5.2", "99999999999999999999", "%00", "1%2F2"];
    let request = |interval| Raw::new("POST", &format!("/api/sandbox/{id}/autostop/{interval}"));
    play(&server, intervals.map(|interval| (interval, request(interval), refused)).into()).await;
}

#[tokio::test]
async fn what_is_planned_says_so_to_who_may_ask() {
    let server = TestServer::start();
    let Some(planned) = planned(&contract::control::DOCUMENT) else { return };
    let path = format!("/api{}", planned.path);
    let answer = format!("501 control: {} is not implemented by this server yet", planned.id);
    let cases = vec![
        ("with a key", Raw::new("GET", &path), answer.as_str()),
        ("without", Raw::keyless("GET", &path), "401 control: Invalid credentials"),
    ];
    play(&server, cases).await;
}

#[tokio::test]
async fn queries_of_wrong_types_are_refused() {
    let server = TestServer::start();
    let list = |query: &str| Raw::new("GET", &format!("/api/sandbox?{query}"));
    let pages = |query: &str| Raw::new("GET", &format!("/api/sandbox/paginated?{query}"));
    let cases = vec![
        (
            "a page in words",
            pages("page=two"),
            "400 control: page must not be less than 1, page must be an integer number",
        ),
        ("a page before the first", pages("page=0"), "400 control: page must not be less than 1"),
        (
            "a limit beyond all",
            pages("limit=99999999999999999999"),
            "400 control: limit must not be greater than 200, limit must be an integer number",
        ),
        (
            "an unknown order",
            pages("order=sideways"),
            "400 control: order must be one of the following values: asc, desc",
        ),
        (
            "an unknown state",
            pages("states=floating"),
            "400 control: each value in states must be one of the following values: …",
        ),
        ("labels that are no JSON", list("labels=%7Bnope"), "400 control: Invalid labels JSON format"),
        ("labels that are a list", list("labels=%5B1%5D"), "400 control: Invalid labels JSON format"),
    ];
    play(&server, cases).await;
}

#[tokio::test]
async fn routes_and_methods_that_are_not_there_are_not_found() {
    let server = TestServer::start();
    let cases = vec![
        ("an unknown path", Raw::new("GET", "/api/nothing"), "404 control: Cannot GET /api/nothing"),
        (
            "without a key",
            Raw::keyless("GET", "/api/nothing?a=b"),
            "404 control: Cannot GET /api/nothing?a=b",
        ),
        ("outside the API", Raw::new("GET", "/nothing"), "404 control: Cannot GET /nothing"),
        ("nothing at all", Raw::new("GET", "/api"), "404 control: Cannot GET /api"),
        ("slashes", Raw::new("GET", "/api//sandbox"), "404 control: Cannot GET /api//sandbox"),
        ("upwards", Raw::new("GET", "/api/../sandbox"), "404 control: Cannot GET /api/../sandbox"),
        ("another letter case", Raw::new("GET", "/API/sandbox"), "404 control: Cannot GET /API/sandbox"),
        ("another method", Raw::new("DELETE", "/api/sandbox"), "404 control: Cannot DELETE /api/sandbox"),
        ("a method nobody knows", Raw::new("BREW", "/api/sandbox"), "404 control: Cannot BREW /api/sandbox"),
        ("a method in lower case", Raw::new("get", "/api/sandbox"), "404 control: Cannot get /api/sandbox"),
        ("a trace", Raw::new("TRACE", "/api/sandbox"), "404 control: Cannot TRACE /api/sandbox"),
        ("no path", Raw::new("OPTIONS", "*"), "404 empty"),
        ("a tunnel", Raw::new("CONNECT", "example.com:443"), "400 empty"),
    ];
    play(&server, cases).await;
}

#[tokio::test]
async fn credentials_that_are_none_are_refused() {
    let server = TestServer::start();
    let list = || Raw::keyless("GET", "/api/sandbox");
    let refused = "401 control: Invalid credentials";
    let cases = vec![
        ("none", list(), refused),
        ("an empty header", list().header("Authorization:"), refused),
        ("a scheme alone", list().header("Authorization: Bearer"), refused),
        ("an empty key", list().header("Authorization: Bearer "), refused),
        ("another scheme", list().header("Authorization: Basic ZHRuX2xvY2FsOng="), refused),
        ("a key without a scheme", list().header(&format!("Authorization: {KEY}")), refused),
        ("no text", list().raw_header(b"Authorization: Bearer \xff\xfe"), refused),
        ("before the body is looked at", Raw::keyless("POST", "/api/sandbox").body("{"), refused),
        ("before the id is looked up", Raw::keyless("DELETE", "/api/sandbox/nope"), refused),
    ];
    play(&server, cases).await;
}
