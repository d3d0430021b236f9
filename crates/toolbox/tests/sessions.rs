//! Shell sessions as a client sees them: answers, log formats by client generation, errors.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use axum::body::Body;
use dialect::Dispatcher;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use lab::{FixedClock, SeededIds};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Where every test's session lives.
const SESSION: &str = "/process/session/s";
const NEW: (&str, &str) = ("x-daytona-sdk-version", "0.190.0");

struct Server {
    app: Dispatcher,
    directory: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    media_type: String,
    body: Vec<u8>,
}

impl Server {
    /// With a session named `s`.
    async fn new() -> Self {
        let server = Self::with_entrypoint(None);
        let created = server.post("/process/session", &json!({"sessionId": "s"})).await;
        assert_eq!(created.glance(), "201 \n");
        server
    }

    fn with_entrypoint(entrypoint: Option<&[&str]>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let work_dir = root.join("work");
        std::fs::create_dir(&work_dir).unwrap();
        let mut engine = engine::Config::new("test", root.clone(), work_dir, root.clone());
        engine.env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
        engine.shells_file = root.join("shells");
        engine.entrypoint = entrypoint.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
        std::fs::write(&engine.shells_file, "/usr/bin/bash\n").unwrap();
        let config = toolbox::Config {
            engine,
            version: "v1.2.3".to_owned(),
            body_limit: 1_000_000,
            clock: Arc::new(FixedClock::new("2026-11-21T05:46:40.144983709Z".parse().unwrap())),
            ids: Arc::new(SeededIds::new(1)),
        };
        Self { app: toolbox::app(config), directory }
    }

    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder().method(method).uri(path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let media_type = parts.headers.get("content-type").map_or("", |value| value.to_str().unwrap());
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, media_type: media_type.to_owned(), body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], &Value::Null).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, &[], body).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, &[], &Value::Null).await
    }

    async fn execute(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.call(Method::POST, &format!("{SESSION}/exec"), headers, body).await
    }

    /// Path of a command that has ended.
    async fn ended(&self, text: &str) -> String {
        let answer = self.execute(&[], &json!({"command": text})).await;
        assert_eq!(answer.status, 200);
        format!("{SESSION}/command/{}", answer.json()["cmdId"].as_str().unwrap())
    }

    /// Path of a command that may be running.
    async fn begun(&self, body: &Value) -> String {
        let answer = self.execute(&[], body).await;
        assert_eq!(answer.status, 202);
        format!("{SESSION}/command/{}", answer.json()["cmdId"].as_str().unwrap())
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn glance(&self) -> String {
        format!("{} {}\n{}", self.status.as_u16(), self.media_type, self.text())
    }

    fn error(&self) -> String {
        assert_eq!(self.media_type, "application/json");
        let body = self.json();
        assert_eq!(body["source"], "DAYTONA_DAEMON");
        let text = |name: &str| body[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", self.status.as_u16(), text("code"), text("message"))
    }
}

#[tokio::test]
async fn a_command_that_is_waited_for_answers_in_the_form_of_the_client() {
    let server = Server::new().await;
    let mut seen = Vec::new();
    for version in
        [None, Some("0.26.0"), Some("0.100.0"), Some("garbage"), Some("0.167.0"), Some("0.0.0-dev")]
    {
        let headers: Vec<_> = version.map(|version| ("x-daytona-sdk-version", version)).into_iter().collect();
        let answer = server
            .execute(&headers, &json!({"command": "echo '<out>'; sleep 0.05; echo err >&2; (exit 3)"}))
            .await;
        let text = answer.text();
        let (_, rest) = text.split_once("\",").unwrap();
        seen.push(format!("{version:?}: {} {{…,{rest}", answer.status.as_u16()));
    }
    insta::assert_snapshot!(seen.join("\n"), @r#"
    None: 200 {…,"output":"\u003cout\u003e\nerr\n","stdout":null,"stderr":null,"exitCode":3}
    Some("0.26.0"): 200 {…,"output":"\u003cout\u003e\nerr\n","stdout":null,"stderr":null,"exitCode":3}
    Some("0.100.0"): 200 {…,"output":"\u0001\u0001\u0001\u003cout\u003e\n\u0002\u0002\u0002err\n","stdout":null,"stderr":null,"exitCode":3}
    Some("garbage"): 200 {…,"output":"\u0001\u0001\u0001\u003cout\u003e\n\u0002\u0002\u0002err\n","stdout":null,"stderr":null,"exitCode":3}
    Some("0.167.0"): 200 {…,"output":"\u0001\u0001\u0001\u003cout\u003e\n\u0002\u0002\u0002err\n","stdout":"\u003cout\u003e\n","stderr":"err\n","exitCode":3}
    Some("0.0.0-dev"): 200 {…,"output":"\u0001\u0001\u0001\u003cout\u003e\n\u0002\u0002\u0002err\n","stdout":"\u003cout\u003e\n","stderr":"err\n","exitCode":3}
    "#);
}

#[tokio::test]
async fn a_command_in_the_background_answers_its_id_and_four_nulls() {
    let server = Server::new().await;
    for flag in ["runAsync", "async"] {
        let answer = server.execute(&[], &json!({"command": "read x; echo $x", flag: true})).await;
        let body = answer.text().replace(answer.json()["cmdId"].as_str().unwrap(), "ID");
        assert_eq!(
            format!("{} {body}", answer.status.as_u16()),
            r#"202 {"cmdId":"ID","output":null,"stdout":null,"stderr":null,"exitCode":null}"#
        );
    }
    let session = server.get(SESSION).await.json();
    let commands = session["commands"].as_array().unwrap();
    assert_eq!((session["sessionId"].as_str(), commands.len()), (Some("s"), 2));
    assert_eq!(commands[1]["command"], "read x; echo $x");
    assert!(commands.iter().all(|command| command.get("exitCode").is_none()));
}

#[tokio::test]
async fn whole_logs_come_in_the_form_of_the_client() {
    let server = Server::new().await;
    let path = server.ended("echo '<out>'; sleep 0.05; printf '\\377err' >&2").await;
    let mut seen = Vec::new();
    for headers in [
        vec![],
        vec![("x-daytona-split-output", "true")],
        vec![("x-daytona-sdk-version", "0.26.0")],
        vec![("x-daytona-sdk-version", "0.166.9")],
        vec![NEW],
    ] {
        let answer =
            server.call(Method::GET, &format!("{path}/logs?follow=false"), &headers, &Value::Null).await;
        seen.push(format!("{headers:?}\n{}", answer.glance().escape_debug()));
    }
    insta::assert_snapshot!(seen.join("\n"), @r#"
    []
    200 text/plain; charset=utf-8\n<out>\n�err\n
    [("x-daytona-split-output", "true")]
    200 text/plain; charset=utf-8\n\u{1}\u{1}\u{1}<out>\n\u{2}\u{2}\u{2}�err\n
    [("x-daytona-sdk-version", "0.26.0")]
    200 text/plain; charset=utf-8\n<out>\n�err\n
    [("x-daytona-sdk-version", "0.166.9")]
    200 text/plain; charset=utf-8\n\u{1}\u{1}\u{1}<out>\n\u{2}\u{2}\u{2}�err\n
    [("x-daytona-sdk-version", "0.190.0")]
    200 application/json; charset=utf-8\n{\"output\":\"\\u0001\\u0001\\u0001\\u003cout\\u003e\\n\\u0002\\u0002\\u0002�err\\n\",\"stdout\":\"\\u003cout\\u003e\\n\",\"stderr\":\"�err\\n\"}
    "#);
    let command = server.get(&path).await;
    assert_eq!(command.json()["exitCode"], 0);
}

#[tokio::test]
async fn logs_longer_than_a_piece_come_whole_in_every_form() {
    let server = Server::new().await;
    let path = server.ended("for i in {1..30000}; do echo \"line <$i>\"; done; echo é >&2").await;
    let expected: String = (1..=30000).map(|number| format!("line <{number}>\n")).collect();
    let split = server.call(Method::GET, &format!("{path}/logs"), &[NEW], &Value::Null).await.json();
    assert!(split["stdout"] == expected && split["stderr"] == "é\n");
    let marked = split["output"].as_str().unwrap();
    assert_eq!(marked.len(), expected.len() + 3 * 30001 + 3);
    let combined = server.get(&format!("{path}/logs")).await.text();
    assert!(combined.starts_with(&expected[..4000]) && combined.len() == expected.len() + 3);
    let again = server.execute(&[NEW], &json!({"command": "seq 1 20000; seq 1 20000 >&2"})).await.json();
    assert_eq!(again["stdout"].as_str().unwrap().lines().count(), 20000);
    assert_eq!(again["stderr"], again["stdout"]);
    assert_eq!(again["exitCode"], 0);
}

#[tokio::test]
async fn the_oldest_clients_follow_over_plain_http_until_the_end() {
    let server = Server::new().await;
    for header in [("x-daytona-sdk-version", "0.20.0"), (toolbox::LEGACY_ROUTE, "1")] {
        let body = json!({"command": "echo a; sleep 0.2; echo b >&2; sleep 0.2; printf c", "runAsync": true});
        let path = server.begun(&body).await;
        let followed =
            server.call(Method::GET, &format!("{path}/logs?follow=true"), &[header], &Value::Null).await;
        assert_eq!(followed.glance(), "200 application/octet-stream\na\nb\nc\n");
        assert_eq!(server.get(&path).await.json()["exitCode"], 0, "known before the stream ends");
    }
}

#[tokio::test]
async fn input_shows_in_the_log_unless_it_is_suppressed() {
    let server = Server::new().await;
    for (suppress, expected) in [(false, "one\ngot:one\n"), (true, "got:one\n")] {
        let body = json!({"command": "read a; echo got:$a", "runAsync": true, "suppressInputEcho": suppress});
        let path = server.begun(&body).await;
        let sent = server.post(&format!("{path}/input"), &json!({"data": "one"})).await;
        assert_eq!(sent.glance(), "204 \n");
        // The next command waits for this one.
        server.ended("true").await;
        assert_eq!(server.get(&format!("{path}/logs")).await.text(), expected);
        let refused = server.post(&format!("{path}/input"), &json!({"data": "two"})).await;
        assert_eq!(
            refused.error(),
            "410 COMMAND_ALREADY_COMPLETED command has already completed with exit code 0"
        );
    }
}

#[tokio::test]
async fn sessions_are_listed_and_gone_after_their_deletion() {
    let server = Server::new().await;
    server.post("/process/session", &json!({"sessionId": "a ž"})).await;
    let listed = server.get("/process/session").await;
    assert_eq!(
        listed.glance(),
        "200 application/json; charset=utf-8\n[{\"sessionId\":\"s\",\"commands\":[]},{\"sessionId\":\"a ž\",\"commands\":[]}]"
    );
    assert_eq!(server.delete("/process/session/a%20%C5%BE").await.glance(), "204 \n");
    assert_eq!(server.get("/process/session").await.json(), json!([{"sessionId": "s", "commands": []}]));
    assert_eq!(
        server.delete("/process/session/a%20%C5%BE").await.error(),
        "404 PROCESS_NOT_FOUND session not found"
    );
}

#[tokio::test]
async fn refusals_say_why() {
    let server = Server::new().await;
    let done = server.ended("true").await;
    let input = format!("{done}/input");
    let cases = [
        ("POST", "/process/session", json!({})),
        ("POST", "/process/session", json!({"sessionId": ""})),
        ("POST", "/process/session", json!({"sessionId": "entrypoint"})),
        ("POST", "/process/session", json!({"sessionId": "s"})),
        ("GET", "/process/session/t", Value::Null),
        ("DELETE", "/process/session/t", Value::Null),
        ("DELETE", "/process/session/entrypoint", Value::Null),
        ("POST", "/process/session/s/exec", Value::Null),
        ("POST", "/process/session/s/exec", json!({})),
        ("POST", "/process/session/s/exec", json!({"command": "true", "runAsync": "yes"})),
        ("POST", "/process/session/s/exec", json!({"command": " \n"})),
        ("POST", "/process/session/t/exec", json!({"command": "true"})),
        ("POST", "/process/session/entrypoint/exec", json!({"command": "true"})),
        ("GET", "/process/session/s/command/nope", Value::Null),
        ("GET", "/process/session/t/command/nope", Value::Null),
        ("GET", "/process/session/s/command/nope/logs", Value::Null),
        ("POST", "/process/session/s/command/nope/input", json!({"data": "x"})),
        ("POST", "/process/session/entrypoint/command/nope/input", json!({"data": "x"})),
        ("POST", &input, json!({"data": ""})),
        ("GET", "/process/session/entrypoint", Value::Null),
        ("GET", "/process/session/entrypoint/logs", Value::Null),
    ];
    let mut seen = Vec::new();
    for (method, path, body) in cases {
        let answer = server.call(method.parse().unwrap(), path, &[], &body).await;
        seen.push(answer.error());
    }
    insta::assert_snapshot!(seen.join("\n"), @r"
    400 INVALID_REQUEST_BODY invalid body request: Key: 'CreateSessionRequest.SessionId' Error:Field validation for 'SessionId' failed on the 'required' tag
    400 INVALID_REQUEST_BODY invalid body request: Key: 'CreateSessionRequest.SessionId' Error:Field validation for 'SessionId' failed on the 'required' tag
    400 BAD_REQUEST bad request: provided session ID is reserved and cannot be created/overridden
    409 CONFLICT conflict: session already exists
    404 PROCESS_NOT_FOUND session not found
    404 PROCESS_NOT_FOUND session not found
    400 BAD_REQUEST bad request: can't delete entrypoint session
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: EOF
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: Key: 'SessionExecuteRequest.Command' Error:Field validation for 'Command' failed on the 'required' tag
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: json: cannot unmarshal string into Go struct field SessionExecuteRequest.runAsync of type bool
    400 BAD_REQUEST bad request: command cannot be empty
    404 PROCESS_NOT_FOUND session not found
    400 BAD_REQUEST bad request: can't execute command in entrypoint session
    404 PROCESS_NOT_FOUND command not found
    404 PROCESS_NOT_FOUND session not found
    404 PROCESS_NOT_FOUND command not found
    404 PROCESS_NOT_FOUND command not found
    400 BAD_REQUEST bad request: can't send input to entrypoint session
    400 INVALID_REQUEST_BODY invalid body request: Key: 'SessionSendInputRequest.Data' Error:Field validation for 'Data' failed on the 'required' tag
    404 PROCESS_NOT_FOUND session not found
    404 PROCESS_NOT_FOUND session not found
    ");
}

#[tokio::test]
async fn a_session_whose_shell_has_ended_says_so() {
    let server = Server::new().await;
    let answer = server.execute(&[NEW], &json!({"command": "echo bye; exit 3"})).await.json();
    assert_eq!((&answer["stdout"], &answer["exitCode"]), (&json!("bye\n"), &json!(3)));
    let later = server.execute(&[], &json!({"command": "true"})).await;
    assert_eq!(later.error(), "410 SESSION_ENDED session process has exited");
    assert_eq!(server.get(SESSION).await.json()["commands"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_caller_whose_session_is_deleted_is_told() {
    let server = Server::new().await;
    let body = json!({"command": "sleep 60"});
    let waiting = server.execute(&[], &body);
    let deletion = async {
        // The command is listed before its caller waits.
        while server.get(SESSION).await.json()["commands"].as_array().is_none_or(Vec::is_empty) {
            tokio::task::yield_now().await;
        }
        server.delete(SESSION).await
    };
    let (told, deleted) = tokio::join!(waiting, deletion);
    assert_eq!(deleted.status, 204);
    assert_eq!(
        told.error(),
        "500 INTERNAL_SERVER_ERROR internal server error: failed to execute command: session cancelled"
    );
}

#[tokio::test]
async fn a_log_that_was_removed_or_is_none_is_an_error() {
    let server = Server::new().await;
    let path = server.ended("echo x").await;
    let root = server.directory.path().canonicalize().unwrap();
    let file = root.join(".daytona/sessions/s").join(path.rsplit('/').next().unwrap()).join("output.log");
    std::fs::remove_file(&file).unwrap();
    let missing = server.get(&format!("{path}/logs")).await;
    assert_eq!(missing.error(), format!("404 - open {}: no such file or directory", file.display()));
    std::fs::create_dir(&file).unwrap();
    assert_eq!(server.get(&format!("{path}/logs")).await.status, 400);
}

#[tokio::test]
async fn the_entrypoint_is_shown_with_markers_and_cannot_be_touched() {
    let server =
        Server::with_entrypoint(Some(&["sh", "-c", "echo entry-out; sleep 0.05; echo entry-err >&2"]));
    let path = "/process/session/entrypoint";
    while server.get(path).await.json()["commands"][0].get("exitCode").is_none() {
        tokio::task::yield_now().await;
    }
    insta::assert_snapshot!(server.get(path).await.glance(), @r#"
    200 application/json; charset=utf-8
    {"sessionId":"entrypoint","commands":[{"id":"entrypoint_command","command":"'sh' '-c' 'echo entry-out; sleep 0.05; echo entry-err \u003e\u00262'","exitCode":0}]}
    "#);
    assert_eq!(
        server.get(&format!("{path}/logs")).await.glance(),
        "200 text/plain; charset=utf-8\n\u{1}\u{1}\u{1}entry-out\n\u{2}\u{2}\u{2}entry-err\n"
    );
    let split = server.call(Method::GET, &format!("{path}/logs"), &[NEW], &Value::Null).await;
    assert_eq!(split.json()["stderr"], "entry-err\n");
    let command = server.get(&format!("{path}/command/entrypoint_command")).await;
    assert_eq!(command.json()["exitCode"], 0);
    assert_eq!(server.get("/process/session").await.text(), "[]");
}
