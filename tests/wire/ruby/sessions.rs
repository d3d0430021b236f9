//! Sessions. Without state between messages, a message that began without a marker would be lost.

use serde_json::json;

use super::{RUBY, socket};
use crate::client::Client;
use crate::reading::Kind;
use crate::reading::models::{COMMAND, LOGS, SESSION, SESSION_EXECUTED};
use crate::socket::End;
use crate::streams::{Memory, told_apart};

#[tokio::test]
async fn every_message_of_a_followed_log_can_be_read_by_itself() {
    let client = Client::start(RUBY).await;
    assert_eq!(client.told("POST", "/process/session", r#"{"sessionId":"s"}"#).await, 201);
    // Lines of every length, some longer than any message, with characters of several bytes.
    let text =
        "read go; for i in 1 20 300 700 5000; do printf '\\u017e%.0s' $(seq $i); echo; echo $i >&2; done";
    let body = json!({ "command": text, "runAsync": true, "suppressInputEcho": true }).to_string();
    let begun = client.read("POST", "/process/session/s/exec", &body, 202, SESSION_EXECUTED).await;
    let command = format!("/process/session/s/command/{}", begun["cmdId"].as_str().unwrap());
    let mut log = socket(&client, &format!("{command}/logs?follow=true"), &[]).await.unwrap();
    assert_eq!(client.told("POST", &format!("{command}/input"), r#"{"data":"go"}"#).await, 204);
    let (told, end) = log.until_end().await;
    let lines = [1, 20, 300, 700, 5000].map(|count| "ž".repeat(count) + "\n").concat();
    assert!(told_apart(&told, Memory::None) == (lines, "1\n20\n300\n700\n5000\n".to_owned()));
    assert_eq!(end, End::normal());
}

#[tokio::test]
async fn sessions_commands_and_logs_are_read_with_every_member() {
    let client = Client::start(RUBY).await;
    client.told("POST", "/process/session", r#"{"sessionId":"s"}"#).await;
    let body = r#"{"command":"echo out; echo err >&2","runAsync":false}"#;
    let done = client.read("POST", "/process/session/s/exec", body, 200, SESSION_EXECUTED).await;
    let command = format!("/process/session/s/command/{}", done["cmdId"].as_str().unwrap());
    client.read("GET", &command, "", 200, Kind::Object(&COMMAND)).await;
    let logs = client.read("GET", &format!("{command}/logs"), "", 200, LOGS).await;
    assert_eq!((&logs["stdout"], &logs["stderr"]), (&json!("out\n"), &json!("err\n")));
    let session = client.read("GET", "/process/session/s", "", 200, Kind::Object(&SESSION)).await;
    assert_eq!(client.read("GET", "/process/session", "", 200, Kind::List(&SESSION)).await, json!([session]));
    assert_eq!(client.told("DELETE", "/process/session/s", "").await, 204);
}
