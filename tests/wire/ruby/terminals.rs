//! Terminals. Input goes out as text. Before 0.199 a control message of another status than `connected` and `error`
//! raised an error.

use serde_json::json;

use super::{RUBY, socket};
use crate::client::{Client, Habits};
use crate::reading::models::TERMINAL_MADE;
use crate::socket::{End, texts};

const OFFERED: (&str, &str) = ("sec-websocket-protocol", "X-Daytona-Pty-Exit-Control");
const OLD: Habits = Habits { version: "0.190.0", ..RUBY };

#[tokio::test]
async fn a_terminal_tells_its_exit_in_a_message_and_in_the_close() {
    let client = Client::start(RUBY).await;
    let path = "/process/pty/create-connect?id=p&cols=80&rows=24";
    let mut terminal = socket(&client, path, &[OFFERED]).await.unwrap();
    assert_eq!(terminal.json().await, json!({ "type": "control", "status": "connected" }));
    terminal.text("exit 5\n").await;
    let (told, end) = terminal.until_end().await;
    let exited =
        json!({ "type": "control", "status": "exited", "exitCode": 5, "exitReason": "non-zero exit" });
    assert_eq!(texts(&told), [exited]);
    assert_eq!(end, End::Close(1011, r#"{"exitCode":5,"exitReason":"non-zero exit"}"#.to_owned()));
}

#[tokio::test]
async fn a_client_from_before_the_exit_message_never_sees_one() {
    let client = Client::start(OLD).await;
    let body = r#"{"id":"old","cols":80,"rows":24,"lazyStart":true}"#;
    client.read("POST", "/process/pty", body, 201, TERMINAL_MADE).await;
    let mut terminal = socket(&client, "/process/pty/old/connect", &[]).await.unwrap();
    assert_eq!(terminal.json().await["status"], "connected");
    terminal.text("exit 4\n").await;
    let (told, end) = terminal.until_end().await;
    assert!(texts(&told).is_empty());
    assert_eq!(end, End::Close(1011, r#"{"exitCode":4,"exitReason":"non-zero exit"}"#.to_owned()));
}
