//! Sessions. A log is followed without a version, and read by its markers all the same; the end may be 1000, 1001, or a
//! close frame without a code.

use serde_json::json;

use super::JAVA;
use crate::client::Client;
use crate::reading::Kind;
use crate::reading::models::{COMMAND, LOGS, SESSION, SESSION_EXECUTED};
use crate::socket::{End, Socket};
use crate::streams::{Memory, told_apart};

#[tokio::test]
async fn a_followed_log_has_markers_although_no_version_is_told() {
    let client = Client::start(JAVA).await;
    assert_eq!(client.told("POST", "/process/session", r#"{"sessionId":"s"}"#).await, 201);
    let body = r#"{"command":"read a; echo $a; echo err >&2","runAsync":true,"suppressInputEcho":false}"#;
    let begun = client.read("POST", "/process/session/s/exec", body, 202, SESSION_EXECUTED).await;
    let command = format!("/process/session/s/command/{}", begun["cmdId"].as_str().unwrap());
    let mut log = client.socket(&format!("{command}/logs?follow=true"), &[]).await.unwrap();
    assert_eq!(log.chosen, None, "none was offered");
    assert_eq!(client.told("POST", &format!("{command}/input"), r#"{"data":"in"}"#).await, 204);
    let (told, end) = log.until_end().await;
    assert_eq!(
        told_apart(&told, Memory::Kept),
        ("in\nin\n".to_owned(), "err\n".to_owned()),
        "echo and answer"
    );
    assert_eq!(end, End::normal());
}

#[tokio::test]
async fn whole_logs_and_sessions_have_every_member() {
    let client = Client::start(JAVA).await;
    client.told("POST", "/process/session", r#"{"sessionId":"s"}"#).await;
    let done =
        client.read("POST", "/process/session/s/exec", r#"{"command":"true"}"#, 200, SESSION_EXECUTED).await;
    let empty = json!("");
    assert_eq!([&done["output"], &done["stdout"], &done["stderr"]], [&empty; 3], "empty, not absent");
    let command = format!("/process/session/s/command/{}", done["cmdId"].as_str().unwrap());
    client.read("GET", &command, "", 200, Kind::Object(&COMMAND)).await;
    let logs = client.read("GET", &format!("{command}/logs"), "", 200, LOGS).await;
    assert_eq!([&logs["output"], &logs["stdout"], &logs["stderr"]], [&empty; 3]);
    client.read("GET", "/process/session", "", 200, Kind::List(&SESSION)).await;
    assert_eq!(client.told("DELETE", "/process/session/s", "").await, 204);
    let gone = client.refused("GET", "/process/session/s", "").await;
    assert_eq!((gone.status, gone.code.as_str()), (404, "PROCESS_NOT_FOUND"));
}

#[tokio::test]
async fn an_unknown_log_is_refused_before_the_upgrade() {
    let client = Client::start(JAVA).await;
    let refused = client.socket("/process/session/none/command/none/logs?follow=true", &[]).await;
    let (status, _, body) = Socket::refusal(refused);
    assert_eq!((status, body["code"].as_str()), (404, Some("PROCESS_NOT_FOUND")));
}
