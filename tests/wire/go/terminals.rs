//! Terminals. `CreatePty` makes and connects in one call, `CreatePtySession` posts first. The exit code comes from the
//! `exited` message; a close reason is read for 1000 and 1001 only, and an empty one would set the code to 0.

use serde_json::json;

use super::{GO, STRICT};
use crate::client::Client;
use crate::reading::Kind;
use crate::reading::models::{TERMINAL, TERMINAL_MADE, TERMINALS};
use crate::socket::{End, Told, texts};

const EXIT_CONTROL: &str = "X-Daytona-Pty-Exit-Control";
/// The variables `{"A":"1"}`.
const OFFERED: (&str, &str) =
    ("sec-websocket-protocol", "X-Daytona-Pty-Exit-Control, X-Daytona-Pty-Envs~eyJBIjoiMSJ9");

#[tokio::test]
async fn one_call_makes_a_terminal_that_tells_its_exit_code() {
    let client = Client::start(GO).await;
    for (code, close) in [
        (3, End::Close(1011, r#"{"exitCode":3,"exitReason":"non-zero exit"}"#.to_owned())),
        (0, End::Close(1000, r#"{"exitCode":0}"#.to_owned())),
    ] {
        let path = format!("/process/pty/create-connect?cols=120&id=p{code}&rows=30");
        let mut terminal = client.socket(&path, &[OFFERED]).await.unwrap();
        assert_eq!(terminal.chosen.as_deref(), Some(EXIT_CONTROL));
        assert_eq!(
            terminal.json().await,
            json!({ "type": "control", "status": "connected" }),
            "before any output"
        );
        terminal.binary(&format!("echo a=$A; exit {code}\n")).await;
        terminal.until("a=1").await;
        let (told, end) = terminal.until_end().await;
        let mut exited = json!({ "type": "control", "status": "exited", "exitCode": code });
        if code != 0 {
            exited["exitReason"] = json!("non-zero exit");
        }
        assert_eq!(texts(&told), [exited], "no empty reason, which would become an error's text");
        assert_eq!(end, close);
    }
}

#[tokio::test]
async fn a_terminal_posted_first_is_connected_to_looked_at_resized_and_killed() {
    for habits in [GO, STRICT] {
        let client = Client::start(habits).await;
        let body = r#"{"id":"p","cwd":"/tmp","envs":{"A":"1"},"cols":100,"rows":40,"lazyStart":true}"#;
        let made = client.read("POST", "/process/pty", body, 201, TERMINAL_MADE).await;
        assert_eq!(made, json!({ "sessionId": "p" }));
        let mut terminal = client.socket("/process/pty/p/connect", &[]).await.unwrap();
        assert_eq!(terminal.json().await["status"], "connected");
        let size = r#"{"cols":132,"rows":50}"#;
        let resized = client.read("POST", "/process/pty/p/resize", size, 200, Kind::Object(&TERMINAL)).await;
        assert_eq!(
            (&resized["cols"], &resized["rows"], &resized["active"]),
            (&json!(132), &json!(50), &json!(true))
        );
        let shown = client.read("GET", "/process/pty/p", "", 200, Kind::Object(&TERMINAL)).await;
        assert_eq!((&shown["cwd"], &shown["envs"]["A"]), (&json!("/tmp"), &json!("1")));
        let all = client.read("GET", "/process/pty", "", 200, TERMINALS).await;
        assert_eq!(all, json!({ "sessions": [shown] }));
        terminal.binary("stty size\n").await;
        terminal.until("50 132").await;
        assert_eq!(client.call("DELETE", "/process/pty/p", "").await.status, 200);
        let (told, end) = terminal.until_end().await;
        assert!(texts(&told).is_empty());
        assert_eq!(end, End::Close(1011, r#"{"exitCode":137,"exitReason":"SIGKILL"}"#.to_owned()));
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_by_status_or_in_the_first_message() {
    let client = Client::start(GO).await;
    for (method, path, body, expected) in [
        ("GET", "/process/pty/none", "", (404, "PROCESS_NOT_FOUND")),
        ("DELETE", "/process/pty/none", "", (404, "PROCESS_NOT_FOUND")),
        ("POST", "/process/pty/none/resize", r#"{"cols":80,"rows":24}"#, (410, "SESSION_ENDED")),
        ("POST", "/process/pty", r#"{"id":""}"#, (400, "BAD_REQUEST")),
    ] {
        let refused = client.refused(method, path, body).await;
        assert_eq!((refused.status, refused.code.as_str()), expected, "{method} {path}: {}", refused.message);
    }
    let mut terminal = client.socket("/process/pty/none/connect", &[OFFERED]).await.unwrap();
    let (told, end) = terminal.until_end().await;
    assert_eq!(texts(&told)[0]["status"], "error");
    assert!(matches!(told[0], Told::Text(_)) && end == End::Cut, "{told:?} {end:?}");
}
