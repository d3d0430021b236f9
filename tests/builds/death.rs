//! Servers that are killed while they build.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{TestServer, eventually, processes_below, rungs};

fn count(directory: &Path) -> usize {
    std::fs::read_dir(directory).into_iter().flatten().count()
}

async fn order(server: &TestServer, name: &str, dockerfile: &str) -> String {
    let body = json!({ "name": name, "buildInfo": { "dockerfileContent": dockerfile } });
    let answer = server.request("POST", "/api/snapshots", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn log(server: &TestServer, id: &str) -> String {
    server.request("GET", &format!("/api/snapshots/{id}/build-logs?follow=false"), Value::Null).await.text()
}

async fn state(server: &TestServer, id: &str) -> String {
    let answer = server.request("GET", &format!("/api/snapshots/{id}"), Value::Null).await;
    answer.json()["state"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_while_it_builds_leaves_no_orphan_and_no_directory() {
    for rung in rungs().await {
        let place = tempfile::TempDir::with_prefix_in("killed-", crate::shop::base()).unwrap();
        let data = place.path().join("data");
        let arguments = ["--runtime", rung, "--data-dir", data.to_str().unwrap()];
        let server = TestServer::start_with(&arguments);
        let kept = order(&server, "kept", "FROM x\nWORKDIR /home/daytona/w\nRUN echo kept > file\n").await;
        eventually("the first image", async || state(&server, &kept).await == "active").await;
        let dockerfile = "FROM x\nRUN echo begun; (setsid sleep 3600 >/dev/null 2>&1 &); sleep 3600\n";
        let id = order(&server, "killed", dockerfile).await;
        eventually("the step", async || log(&server, &id).await.contains(" begun\n")).await;
        assert_eq!(count(&data.join("sandboxes")), 1);
        let left: Vec<_> = std::fs::read_dir(data.join("sandboxes")).unwrap().flatten().collect();
        drop(server.kill());
        eventually("the end of all processes", async || processes_below(place.path()).is_empty()).await;

        let server = TestServer::start_with(&arguments);
        eventually("the sweep", async || !left[0].path().exists()).await;
        let gone = server.request("DELETE", &format!("/api/snapshots/{id}"), Value::Null).await;
        assert_eq!(gone.status, 200, "{}", gone.text());
        eventually("the end of what was begun anew", async || {
            count(&data.join("sandboxes")) == 0 && count(&data.join("layers")) == 1
        })
        .await;
        assert_eq!(count(&data.join("unpacked")), 0);
        let body = json!({ "snapshot": "kept" });
        let answer = server.request("POST", "/api/sandbox", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sandbox = answer.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(server.execute(&sandbox, "cat ~/w/file").await, "kept\n", "{rung}");
    }
}
