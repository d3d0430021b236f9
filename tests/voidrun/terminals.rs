//! Terminals (voidrun.md §2.7, §3.6).

use serde_json::{Value, json};

use crate::client::{Socket, Stage};
use crate::support::eventually;

/// What that client takes for a prompt.
const PROMPT: &str = "# ";

impl Stage {
    async fn session(&self) -> String {
        // That client sends a JSON content type with nothing behind it.
        let created = self.raw("POST", "/pty/sessions", Some("application/json"), Vec::new()).await;
        assert_eq!(created.status, 200, "{}", created.text());
        let created = created.json();
        assert_eq!(created["message"], "Session created");
        assert!(created["data"]["createdAt"].is_string());
        created["data"]["sessionId"].as_str().unwrap().to_owned()
    }

    async fn sessions(&self) -> Value {
        self.ok("GET", "/pty/sessions", json!(null)).await["data"]["sessions"].clone()
    }

    async fn attach(&self, session: &str) -> Socket {
        self.socket(&format!("/pty/sessions/{session}")).await.unwrap()
    }
}

#[tokio::test]
async fn a_terminal_without_a_session_lives_as_long_as_its_connection() {
    let stage = Stage::new().await;
    let mut terminal = stage.socket("/pty").await.unwrap();
    terminal.until(PROMPT).await;
    assert_eq!(terminal.rest(), "", "nothing follows the prompt");
    terminal.send("echo $((6*7)) $$; stty size\n").await;
    terminal.until("42 ").await;
    let shell = terminal.until("\r\n").await.trim().to_owned();
    terminal.until("24 80\r\n").await;
    terminal.until(PROMPT).await;
    assert_eq!(stage.sessions().await, json!([]), "it is no session");
    terminal.close().await;
    eventually("the shell's end", async || stage.exec(&format!("kill -0 {shell}")).await.2 != 0).await;
    let mut ending = stage.socket("/pty").await.unwrap();
    ending.until(PROMPT).await;
    ending.send("exit\n").await;
    assert_eq!(ending.end().await, Some(1000));
}

#[tokio::test]
async fn a_session_stays_and_replays_what_it_printed_to_everybody() {
    let stage = Stage::new().await;
    let session = stage.session().await;
    let mut first = stage.attach(&session).await;
    first.until(PROMPT).await;
    first.send("echo kept-$((1+1))\n").await;
    first.until("kept-2\r\n").await;
    first.close().await;
    let mut second = stage.attach(&session).await;
    second.until("kept-2\r\n").await;
    let mut third = stage.attach(&session).await;
    third.until("kept-2\r\n").await;
    let listed = stage.sessions().await;
    assert_eq!(listed[0]["id"], json!(session));
    assert_eq!((&listed[0]["alive"], &listed[0]["clients"]), (&json!(true), &json!(2)));
    second.send("echo to-$((3+3))\n").await;
    third.until("to-6\r\n").await;
    let deleted = stage.ok("DELETE", &format!("/pty/sessions/{session}"), json!(null)).await;
    assert_eq!(deleted, json!({ "status": "success", "message": "Session deleted" }));
    assert_eq!(second.end().await, Some(1000));
    assert_eq!(third.end().await, Some(1000));
    assert_eq!(stage.sessions().await, json!([]));
}

#[tokio::test]
async fn execute_types_and_returns_and_the_buffer_can_be_read_again_and_again() {
    let stage = Stage::new().await;
    let session = stage.session().await;
    let place = format!("/pty/sessions/{session}");
    let sent =
        stage.ok("POST", &format!("{place}/execute"), json!({ "command": "echo typed-$((2*2))" })).await;
    assert_eq!(sent, json!({ "status": "success", "message": "Command sent" }));
    let buffer = async || stage.ok("GET", &format!("{place}/buffer"), json!(null)).await["data"].clone();
    eventually("the output", async || buffer().await["output"].as_str().unwrap().contains("typed-4\r\n"))
        .await;
    let again = buffer().await;
    assert_eq!(again["success"], true);
    assert!(again["output"].as_str().unwrap().contains("typed-4\r\n"), "reading takes nothing away");
    let resized = stage.ok("POST", &format!("{place}/resize"), json!({ "cols": 100, "rows": 40 })).await;
    assert_eq!(resized["message"], "Terminal resized");
    let mut client = stage.attach(&session).await;
    client.send("stty size\n").await;
    client.until("40 100\r\n").await;
}

#[tokio::test]
async fn a_size_asked_for_at_the_start_counts() {
    let stage = Stage::new().await;
    let created = stage.ok("POST", "/pty/sessions", json!({ "cols": 120, "rows": 30 })).await;
    let session = created["data"]["sessionId"].as_str().unwrap();
    let mut client = stage.attach(session).await;
    client.send("stty size\n").await;
    client.until("30 120\r\n").await;
    for size in [json!({ "cols": 0, "rows": 1 }), json!({ "cols": 5000, "rows": 1 }), json!({}), json!(null)]
    {
        let refused = stage.call("POST", &format!("/pty/sessions/{session}/resize"), size.clone()).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("Invalid request")), "{size}");
    }
}

#[tokio::test]
async fn characters_are_never_split_between_messages() {
    let stage = Stage::new().await;
    let mut terminal = stage.socket("/pty").await.unwrap();
    terminal.until(PROMPT).await;
    // Reading a message fails when it is no text by itself.
    terminal.send("for i in $(seq 3000); do printf '€uro🐎ž'; done; echo; echo en'd'\n").await;
    terminal.until("end\r\n").await;
}

#[tokio::test]
async fn unknown_sessions_are_not_found() {
    let stage = Stage::new().await;
    assert_eq!(stage.socket("/pty/sessions/nobody").await.err(), Some(404));
    for (method, rest, body, error) in [
        ("DELETE", "", json!(null), "Failed to delete session"),
        ("GET", "/buffer", json!(null), "Failed to get buffer"),
        ("POST", "/execute", json!({ "command": "x" }), "Failed to execute command"),
        ("POST", "/resize", json!({ "cols": 1, "rows": 1 }), "Failed to resize terminal"),
    ] {
        let answer = stage.call(method, &format!("/pty/sessions/nobody{rest}"), body).await;
        assert_eq!((answer.status, &answer.json()["error"]), (404, &json!(error)));
        assert_eq!(answer.json()["details"], "agent returned 404: session nobody not found");
    }
    let session = stage.session().await;
    let empty =
        stage.call("POST", &format!("/pty/sessions/{session}/execute"), json!({ "command": "" })).await;
    assert_eq!((empty.status, &empty.json()["error"]), (400, &json!("Invalid request")));
    let plain = stage.call("GET", "/pty", json!(null)).await;
    assert_eq!((plain.status, plain.json()), (400, json!({ "error": "websocket upgrade required" })));
}
