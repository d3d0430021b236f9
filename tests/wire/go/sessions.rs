//! Sessions and logs. A followed log may end with 1000 or 1001; anything else is an error.

use serde_json::json;

use super::{GO, STRICT, STRICT_WITH_SPLIT_LOGS};
use crate::client::Client;
use crate::reading::Kind;
use crate::reading::models::{COMMAND, LOGS, SESSION, SESSION_EXECUTED};
use crate::socket::End;
use crate::streams::{Memory, told_apart};

#[tokio::test]
async fn a_session_is_made_used_shown_and_deleted_with_the_documented_codes() {
    for habits in [GO, STRICT_WITH_SPLIT_LOGS] {
        let client = Client::start(habits).await;
        assert_eq!(client.told("POST", "/process/session", r#"{"sessionId":"s"}"#).await, 201);
        let body = r#"{"command":"echo out; echo err >&2; (exit 3)","runAsync":false}"#;
        let done = client.read("POST", "/process/session/s/exec", body, 200, SESSION_EXECUTED).await;
        assert_eq!(
            (&done["exitCode"], &done["stdout"], &done["stderr"]),
            (&json!(3), &json!("out\n"), &json!("err\n"))
        );
        let id = done["cmdId"].as_str().unwrap();
        let command = format!("/process/session/s/command/{id}");
        let shown = client.read("GET", &command, "", 200, Kind::Object(&COMMAND)).await;
        assert_eq!(shown, json!({ "id": id, "command": "echo out; echo err >&2; (exit 3)", "exitCode": 3 }));
        let logs = client.read("GET", &format!("{command}/logs"), "", 200, LOGS).await;
        assert_eq!((&logs["stdout"], &logs["stderr"]), (&json!("out\n"), &json!("err\n")));
        let session = client.read("GET", "/process/session/s", "", 200, Kind::Object(&SESSION)).await;
        assert_eq!(session, json!({ "sessionId": "s", "commands": [shown] }));
        let all = client.read("GET", "/process/session", "", 200, Kind::List(&SESSION)).await;
        assert_eq!(all, json!([session]));
        assert_eq!(client.told("DELETE", "/process/session/s", "").await, 204);
    }
}

#[tokio::test]
async fn a_command_in_the_background_answers_nulls_takes_input_and_is_followed() {
    let client = Client::start(GO).await;
    client.told("POST", "/process/session", r#"{"sessionId":"s"}"#).await;
    let body = r#"{"command":"read a; echo $a; echo err >&2","runAsync":true,"suppressInputEcho":true}"#;
    let begun = client.read("POST", "/process/session/s/exec", body, 202, SESSION_EXECUTED).await;
    assert_eq!((&begun["output"], &begun["exitCode"]), (&json!(null), &json!(null)));
    let command = format!("/process/session/s/command/{}", begun["cmdId"].as_str().unwrap());
    let running = client.read("GET", &command, "", 200, Kind::Object(&COMMAND)).await;
    assert!(running.get("exitCode").is_none(), "absent while it runs: {running}");
    let mut log = client.socket(&format!("{command}/logs?follow=true"), &[]).await.unwrap();
    assert_eq!(client.told("POST", &format!("{command}/input"), r#"{"data":"in\n"}"#).await, 204);
    let (told, end) = log.until_end().await;
    assert_eq!(told_apart(&told, Memory::Kept), ("in\n".to_owned(), "err\n".to_owned()));
    assert_eq!(end, End::normal());
}

#[tokio::test]
async fn a_client_that_splits_logs_itself_gets_text_with_markers() {
    let client = Client::start(STRICT).await;
    client.told("POST", "/process/session", r#"{"sessionId":"s"}"#).await;
    let body = r#"{"command":"echo out; echo err >&2"}"#;
    let done = client.read("POST", "/process/session/s/exec", body, 200, SESSION_EXECUTED).await;
    let marked = done["output"].as_str().unwrap();
    assert!(marked.contains("\u{1}\u{1}\u{1}out\n") && marked.contains("\u{2}\u{2}\u{2}err\n"), "{marked:?}");
    assert_eq!((&done["stdout"], &done["stderr"]), (&json!(null), &json!(null)));
    let logs = format!("/process/session/s/command/{}/logs", done["cmdId"].as_str().unwrap());
    let answer = client.call("GET", &logs, "").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, marked));
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
}

#[tokio::test]
async fn errors_are_known_by_their_codes() {
    let client = Client::start(GO).await;
    client.told("POST", "/process/session", r#"{"sessionId":"s"}"#).await;
    let done =
        client.read("POST", "/process/session/s/exec", r#"{"command":"true"}"#, 200, SESSION_EXECUTED).await;
    let input = format!("/process/session/s/command/{}/input", done["cmdId"].as_str().unwrap());
    for (method, path, body, expected) in [
        ("POST", "/process/session", r#"{"sessionId":"s"}"#, (409, "CONFLICT")),
        ("GET", "/process/session/none", "", (404, "PROCESS_NOT_FOUND")),
        ("POST", "/process/session/none/exec", r#"{"command":"true"}"#, (404, "PROCESS_NOT_FOUND")),
        ("DELETE", "/process/session/none", "", (404, "PROCESS_NOT_FOUND")),
        ("GET", "/process/session/s/command/none/logs", "", (404, "PROCESS_NOT_FOUND")),
        ("GET", "/process/session/entrypoint", "", (404, "PROCESS_NOT_FOUND")),
        ("GET", "/process/session/entrypoint/logs", "", (404, "PROCESS_NOT_FOUND")),
        ("POST", input.as_str(), r#"{"data":"x"}"#, (410, "COMMAND_ALREADY_COMPLETED")),
        ("POST", "/process/session/s/exec", r#"{"command":" "}"#, (400, "BAD_REQUEST")),
    ] {
        let refused = client.refused(method, path, body).await;
        assert_eq!((refused.status, refused.code.as_str()), expected, "{method} {path}: {}", refused.message);
    }
    let ending = client
        .read("POST", "/process/session/s/exec", r#"{"command":"exit 7"}"#, 200, SESSION_EXECUTED)
        .await;
    assert_eq!(ending["exitCode"], 7);
    let refused = client.refused("POST", "/process/session/s/exec", r#"{"command":"true"}"#).await;
    assert_eq!((refused.status, refused.code.as_str()), (410, "SESSION_ENDED"));
}
