//! Terminals, 120 columns by 30 rows unless told otherwise. Input given as a string goes out as text.

use serde_json::json;

use super::JAVA;
use crate::client::Client;
use crate::reading::Kind;
use crate::reading::models::{TERMINAL, TERMINALS};
use crate::socket::{End, texts};

const OFFERED: (&str, &str) = ("sec-websocket-protocol", "X-Daytona-Pty-Exit-Control");

#[tokio::test]
async fn a_terminal_takes_text_and_tells_its_exit_twice() {
    let client = Client::start(JAVA).await;
    let path = "/process/pty/create-connect?id=p&cols=120&rows=30";
    let mut terminal = client.socket(path, &[OFFERED]).await.unwrap();
    assert_eq!(terminal.chosen.as_deref(), Some("X-Daytona-Pty-Exit-Control"));
    assert_eq!(terminal.json().await["status"], "connected");
    let shown = client.read("GET", "/process/pty/p", "", 200, Kind::Object(&TERMINAL)).await;
    assert_eq!((&shown["cols"], &shown["rows"]), (&json!(120), &json!(30)));
    terminal.text("echo '{\"cols\":1,\"rows\":1}'; stty size; exit 130\n").await;
    terminal.until("30 120").await;
    let (told, end) = terminal.until_end().await;
    assert_eq!(texts(&told)[0]["exitCode"], 130, "what looks like a message is typed like anything else");
    assert_eq!(end, End::Close(1011, r#"{"exitCode":130,"exitReason":"Ctrl+C"}"#.to_owned()));
}

#[tokio::test]
async fn a_client_that_leaves_finds_its_terminal_again() {
    let client = Client::start(JAVA).await;
    let path = "/process/pty/create-connect?id=p&cols=120&rows=30&cwd=/tmp";
    let mut terminal = client.socket(path, &[OFFERED]).await.unwrap();
    terminal.json().await;
    terminal.text("mark=kept; pwd\n").await;
    terminal.until("/tmp").await;
    drop(terminal);
    let all = client.read("GET", "/process/pty", "", 200, TERMINALS).await;
    assert_eq!(all["sessions"][0]["id"], "p");
    let mut again = client.socket("/process/pty/p/connect", &[OFFERED]).await.unwrap();
    assert_eq!(again.json().await["status"], "connected");
    again.text("echo is-$mark\n").await;
    again.until("is-kept").await;
}
