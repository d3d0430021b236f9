//! What goes wrong around a server, and what clients are told: processes killed, a full disk, no descriptors left. Each on
//! every rung this host has.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod descriptors;
mod disk;
mod kills;
mod lives;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Answer, TestServer};

/// No request may take longer, whatever is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that must be answered in time.
pub(crate) async fn ask(server: &TestServer, method: &str, path: &str, body: Value) -> Answer {
    let answer = tokio::time::timeout(PATIENCE, server.request(method, path, body)).await;
    answer.unwrap_or_else(|_| panic!("{method} {path} hangs"))
}

/// Tries to make a sandbox: its id, or what refused it in the API's words.
pub(crate) async fn try_create(server: &TestServer) -> Result<String, String> {
    let answer = ask(server, "POST", "/api/sandbox", json!({})).await;
    let body = answer.json();
    if answer.status != 200 {
        assert_eq!(body["statusCode"], answer.status, "{body}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
        return Err(body["message"].as_str().unwrap().to_owned());
    }
    let id = body["id"].as_str().unwrap().to_owned();
    match body["state"].as_str().unwrap() {
        "started" => Ok(id),
        "error" => {
            let reason = body["errorReason"].as_str().unwrap_or_default().to_owned();
            assert!(!reason.is_empty(), "{body}");
            ask(server, "DELETE", &format!("/api/sandbox/{id}"), Value::Null).await;
            Err(reason)
        }
        other => panic!("{other}: {body}"),
    }
}

/// Runs a command; the answer, whatever it is.
pub(crate) async fn try_execute(server: &TestServer, sandbox: &str, command: &str) -> Answer {
    let path = format!("/toolbox/{sandbox}/process/execute");
    ask(server, "POST", &path, json!({ "command": command })).await
}

/// Stops or starts a sandbox, and waits until it is.
pub(crate) async fn move_to(server: &TestServer, id: &str, step: &str) {
    let answer = ask(server, "POST", &format!("/api/sandbox/{id}/{step}"), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let wanted = if step == "stop" { "stopped" } else { "started" };
    support::eventually(wanted, async || state(server, id).await["state"] == wanted).await;
}

pub(crate) async fn state(server: &TestServer, id: &str) -> Value {
    ask(server, "GET", &format!("/api/sandbox/{id}"), Value::Null).await.json()
}
