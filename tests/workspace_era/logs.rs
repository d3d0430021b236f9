//! Logs in the form of the client's time, and followed over plain HTTP by the oldest.

use serde_json::{Value, json};

use crate::client::{Client, Manner};
use crate::support::TestServer;

/// A sandbox with a session.
struct Stage {
    server: TestServer,
    sessions: String,
}

impl Stage {
    async fn new() -> Self {
        let server = TestServer::start();
        let id = server.sandbox().await;
        let sessions = format!("/api/toolbox/{id}/toolbox/process/session");
        server.request("POST", &sessions, json!({ "sessionId": "s" })).await;
        Self { server, sessions }
    }
}

#[tokio::test]
async fn a_log_is_followed_over_http_as_it_is_printed_and_ends_when_the_exit_code_is_known() {
    let stage = Stage::new().await;
    for version in [None, Some("0.20.2"), Some("0.26.0")] {
        let client = Client { server: &stage.server, manner: Manner::Json, version };
        let text = "echo first; read line; echo \"then $line\" >&2; exit 5";
        let exec = json!({ "command": format!("( {text} )"), "runAsync": true });
        let begun = client.json(202, "POST", &format!("{}/s/exec", stage.sessions), exec).await;
        let command = format!("{}/s/command/{}", stage.sessions, begun["cmdId"].as_str().unwrap());
        let mut log = client.follow(&format!("{command}/logs?follow=true")).await;
        assert_eq!(log.response.headers()["content-type"], "application/octet-stream");
        assert_eq!(log.until("first\n").await, "first\n");
        client.call("POST", &format!("{command}/input"), json!({ "data": "line" })).await;
        let rest = log.until("then line\n").await;
        assert!(!rest.contains(['\u{1}', '\u{2}']), "{rest:?}");
        assert!(log.ends().await);
        assert_eq!(client.get(&command).await["exitCode"], 5, "{version:?}");
    }
}

#[tokio::test]
async fn logs_and_outputs_have_the_form_of_the_client_s_version() {
    let stage = Stage::new().await;
    let exec = format!("{}/s/exec", stage.sessions);
    let run = json!({ "command": "echo out; sleep 0.05; echo err >&2" });
    let (clean, marked) = ("out\nerr\n", "\u{1}\u{1}\u{1}out\n\u{2}\u{2}\u{2}err\n");
    for (version, text, split) in [
        (None, clean, false),
        (Some("0.26.9"), clean, false),
        (Some("0.27.0"), marked, false),
        (Some("0.166.0"), marked, false),
        (Some("unknown"), marked, false),
        (Some("0.167.0"), marked, true),
        (Some("0.0.0-dev"), marked, true),
    ] {
        let client = Client { server: &stage.server, manner: Manner::Json, version };
        let ran = client.json(200, "POST", &exec, run.clone()).await;
        assert_eq!((&ran["output"], &ran["exitCode"]), (&json!(text), &json!(0)), "{version:?}");
        let logs = format!("{}/s/command/{}/logs", stage.sessions, ran["cmdId"].as_str().unwrap());
        let log = client.call("GET", &logs, Value::Null).await;
        if split {
            assert_eq!((&ran["stdout"], &ran["stderr"]), (&json!("out\n"), &json!("err\n")));
            assert_eq!(log.json(), json!({ "output": text, "stdout": "out\n", "stderr": "err\n" }));
        } else {
            assert_eq!(log.text(), text, "{version:?}");
            assert!(log.headers["content-type"].to_str().unwrap().starts_with("text/"));
        }
    }
}

#[tokio::test]
async fn a_session_of_an_older_client_begins_at_home() {
    let stage = Stage::new().await;
    for version in ["0.102.0", "0.103.0"] {
        let client = Client::of_version(&stage.server, version);
        client.call("POST", &stage.sessions, json!({ "sessionId": version })).await;
        let exec = format!("{}/{version}/exec", stage.sessions);
        let ran = client.json(200, "POST", &exec, json!({ "command": "pwd" })).await;
        let toolbox = stage.sessions.replace("/process/session", "");
        let place = if version == "0.102.0" { "user-home-dir" } else { "work-dir" };
        let directory = client.get(&format!("{toolbox}/{place}")).await;
        assert!(ran["output"].as_str().unwrap().contains(directory["dir"].as_str().unwrap()), "{ran}");
    }
}
