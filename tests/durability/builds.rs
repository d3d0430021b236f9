//! Snapshots and builds in a data directory when the server is killed.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{TestServer, eventually};

fn start(temp: TempDir, data: &std::path::Path) -> TestServer {
    TestServer::start_in(temp, &["--data-dir", data.to_str().unwrap()])
}

async fn get(server: &TestServer, path: &str) -> Value {
    server.request("GET", &format!("/api{path}"), Value::Null).await.json()
}

async fn post(server: &TestServer, path: &str, body: Value) -> Value {
    let answer = server.request("POST", &format!("/api{path}"), body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

async fn until(server: &TestServer, path: &str, state: &str) {
    eventually(state, async || get(server, path).await["state"] == state).await;
}

fn dockerfile(steps: &str) -> Value {
    json!({"dockerfileContent": format!("FROM debian:12\n{steps}\n")})
}

/// What was made before the kill makes sandboxes after it; what was under way is begun anew or was never there, and
/// nothing hangs.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_outlives_a_kill_and_what_was_under_way_is_begun_anew() {
    let temp = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let data = temp.path().join("data");
    let server = start(temp, &data);
    let source = server.sandbox().await;
    server.execute(&source, "echo kept > note").await;
    post(&server, &format!("/sandbox/{source}/snapshot"), json!({"name": "taken:1"})).await;
    until(&server, "/snapshots/taken%3A1", "active").await;
    let made = json!({"name": "made:1", "buildInfo": dockerfile("ENV WORD=hello\nRUN echo words")});
    post(&server, "/snapshots", made).await;
    until(&server, "/snapshots/made%3A1", "active").await;
    let endless = json!({"name": "waits", "buildInfo": dockerfile("RUN echo begun && exec sleep 1000")});
    assert_eq!(post(&server, "/sandbox", endless.clone()).await["state"], "pending_build");
    let building = json!({"name": "never:1", "buildInfo": endless["buildInfo"]});
    assert_eq!(post(&server, "/snapshots", building).await["state"], "building");
    begun(&server).await;
    let temp = server.kill();

    let server = start(temp, &data);
    for (name, command, expected) in [("taken:1", "cat note", "kept"), ("made:1", "echo $WORD", "hello")] {
        let sandbox = post(&server, "/sandbox", json!({"snapshot": name})).await;
        let said = server.execute(sandbox["id"].as_str().unwrap(), command).await;
        assert_eq!(said.trim(), expected);
    }
    let log =
        server.request("GET", "/api/snapshots/made%3A1/build-logs?follow=true", Value::Null).await.text();
    assert!(log.contains("words"), "{log}");
    let again = json!({"buildInfo": dockerfile("ENV WORD=hello\nRUN echo words")});
    assert_eq!(
        post(&server, "/sandbox", again).await["state"],
        "creating",
        "what was built is not built again"
    );
    // The build under way went with the server, and goes on for both who want it.
    begun(&server).await;
    assert_eq!(get(&server, "/snapshots/never%3A1").await["state"], "building");
    for path in ["/sandbox/waits".to_owned(), {
        let snapshot = get(&server, "/snapshots/never%3A1").await;
        format!("/snapshots/{}", snapshot["id"].as_str().unwrap())
    }] {
        let gone = server.request("DELETE", &format!("/api{path}"), Value::Null).await;
        assert_eq!(gone.status, 200, "{path}: {}", gone.text());
    }
    eventually("the end of the build", async || get(&server, "/sandbox/waits").await["statusCode"] == 404)
        .await;
    assert_eq!(get(&server, "/snapshots/never%3A1").await["statusCode"], 404);
    drop(server.kill());
}

/// Waits until the endless build has said its first word.
async fn begun(server: &TestServer) {
    until(server, "/sandbox/waits", "building_snapshot").await;
    eventually("a word of the build", async || {
        let log = server.request("GET", "/api/sandbox/waits/build-logs", Value::Null).await;
        // The step itself is told first, and then what it prints.
        log.text().matches("begun").count() > 1
    })
    .await;
}
