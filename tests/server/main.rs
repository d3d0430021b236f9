//! The program as a whole: how it starts, says ready, ends, dies, and what it leaves behind.

#[path = "../support/mod.rs"]
mod support;
mod trust;

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use support::{TestServer, eventually, leftovers, processes_below, program};

#[tokio::test]
async fn the_first_call_after_the_announcement_works() {
    let server = TestServer::start();
    let health = server.request("GET", "/health", Value::Null).await;
    assert_eq!((health.status, health.json()["status"].as_str()), (200, Some("ok")));
    let health = server.request("GET", "/api/health", Value::Null).await;
    assert_eq!(health.status, 200);
    assert!(
        health.json()["capabilities"].as_array().is_some_and(|list| list.iter().any(|name| name == "exec"))
    );
}

#[tokio::test]
async fn a_sandbox_goes_through_its_whole_life() {
    let server = TestServer::start();
    let created = server
        .request(
            "POST",
            "/api/sandbox",
            json!({ "name": "first", "labels": { "team": "red" }, "env": { "GREETING": "hello" } }),
        )
        .await
        .json();
    assert_eq!(created["state"], "started");
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["toolboxProxyUrl"], format!("{}/toolbox", server.url));
    assert_eq!(server.execute(id, "echo $GREETING; echo kept > note").await, "hello\n");

    let stopped = server.request("POST", &format!("/api/sandbox/{id}/stop"), Value::Null).await;
    assert_eq!(stopped.status, 200);
    eventually("the stop", async || state(&server, id).await == "stopped").await;
    let refused =
        server.request("POST", &format!("/toolbox/{id}/process/execute"), json!({ "command": "true" })).await;
    assert_eq!(refused.status, 400, "{}", refused.text());

    let started = server.request("POST", &format!("/api/sandbox/{id}/start"), Value::Null).await;
    assert_eq!(started.json()["state"], "started");
    assert_eq!(server.execute("first", "cat note").await, "kept\n");

    assert_eq!(server.request("DELETE", "/api/sandbox/first", Value::Null).await.status, 200);
    let again = server.request("POST", "/api/sandbox", json!({ "name": "first" })).await;
    assert_eq!(again.status, 200, "a name is free as soon as its sandbox is deleted");
}

async fn state(server: &TestServer, id: &str) -> String {
    let sandbox = server.request("GET", &format!("/api/sandbox/{id}"), Value::Null).await.json();
    sandbox["state"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn deleting_a_sandbox_ends_what_runs_in_it_however_it_hides() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    let hidden = "setsid sh -c '(sleep 3600 & echo $! > daemon.pid) >/dev/null 2>&1' ; nohup sleep 3601 >/dev/null 2>&1 & sleep 0.1; cat daemon.pid";
    server.execute(&id, hidden).await;
    // By what they run: the numbers a sandbox tells of may be its own.
    let sleeping = || {
        let command = |pid: &i32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let all = processes_below(server.temp.path()).into_iter();
        all.filter(|pid| command(pid).starts_with(b"sleep\0")).count()
    };
    assert_eq!(sleeping(), 2);
    server.request("DELETE", &format!("/api/sandbox/{id}"), Value::Null).await;
    eventually("the end of the hidden processes", async || sleeping() == 0).await;
}

#[tokio::test]
async fn an_interrupted_server_leaves_no_process_and_no_directory() {
    let mut server = TestServer::start();
    for _ in 0..3 {
        let id = server.sandbox().await;
        server.execute(&id, "sleep 3600 >/dev/null 2>&1 &").await;
    }
    assert_eq!(server.end(), Some(0));
    // What is left is looked for when the server is dropped.
}

#[tokio::test]
async fn after_a_kill_no_sandbox_process_runs_and_the_next_start_sweeps() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    server.execute(&id, "setsid sleep 3600 >/dev/null 2>&1 & echo x > file").await;
    let temp = server.kill();
    eventually("the end of all sandbox processes", async || processes_below(temp.path()).is_empty()).await;
    assert_eq!(leftovers(temp.path()).len(), 1, "the dead server's root is still there");

    let next = TestServer::start_in(temp, &[]);
    let root = next.temp.path().to_owned();
    eventually("the sweep", async || leftovers(&root).len() == 1).await;
}

#[tokio::test]
async fn with_a_data_directory_sandboxes_and_files_are_there_after_a_kill() {
    let data = tempfile::TempDir::new().unwrap();
    let arguments = ["--data-dir", data.path().to_str().unwrap()];
    let server = TestServer::start_with(&arguments);
    let id = server.sandbox().await;
    server.request("PUT", &format!("/api/sandbox/{id}/labels"), json!({ "labels": { "kept": "yes" } })).await;
    server.execute(&id, "echo survives > file; sync file").await;
    let temp = server.kill();
    eventually("the end of all sandbox processes", async || processes_below(data.path()).is_empty()).await;

    let server = TestServer::start_in(temp, &arguments);
    let sandbox = server.request("GET", &format!("/api/sandbox/{id}"), Value::Null).await.json();
    assert_eq!((&sandbox["state"], &sandbox["labels"]["kept"]), (&json!("stopped"), &json!("yes")));
    assert_eq!(server.request("POST", &format!("/api/sandbox/{id}/start"), Value::Null).await.status, 200);
    assert_eq!(server.execute(&id, "cat file").await, "survives\n");
    server.request("DELETE", &format!("/api/sandbox/{id}"), Value::Null).await;
}

#[tokio::test]
async fn a_second_server_on_the_same_data_directory_says_why_it_cannot_start() {
    let data = tempfile::TempDir::new().unwrap();
    let directory = data.path().to_str().unwrap();
    let _first = TestServer::start_with(&["--data-dir", directory]);
    let second = Command::new(program())
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir", directory])
        .output()
        .unwrap();
    let message = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success() && message.contains("in use by another server"), "{message}");
}

#[test]
fn a_taken_port_is_reported_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = Command::new(program()).args(["serve", "--listen", &address]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.contains("--listen"), "{message}");
}

#[test]
fn exec_gives_the_command_a_server_and_returns_its_exit_code() {
    let script = r#"test "$DAYTONA_SERVER_URL" = "$DAYTONA_API_URL" && test -n "$DAYTONA_API_KEY" || exit 9
        python3 - <<'END'
import json, os, urllib.request
request = urllib.request.Request(os.environ["DAYTONA_API_URL"] + "/sandbox", b"{}", {"Authorization": "Bearer " + os.environ["DAYTONA_API_KEY"]})
assert json.load(urllib.request.urlopen(request))["state"] == "started"
END
        exit $((3 + $?))"#;
    let temp = tempfile::TempDir::new().unwrap();
    let output = Command::new(program())
        .args(["exec", "--contract-check", "enforce", "--", "sh", "-c", script])
        .env("PITLANE_RUN_DIR", temp.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(leftovers(temp.path()).is_empty());
}

#[tokio::test]
async fn the_object_store_listens_where_it_is_told_and_says_when_it_cannot() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let temp = tempfile::TempDir::new().unwrap();
    let output = Command::new(program())
        .args(["serve", "--listen", "127.0.0.1:0", "--objects-listen", &address])
        .env("PITLANE_RUN_DIR", temp.path())
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.contains(&address), "{message}");
    assert!(leftovers(temp.path()).is_empty());
    drop(taken);
    let server = TestServer::start_with(&["--objects-listen", &address]);
    let told = server.request("GET", "/api/object-storage/push-access", Value::Null).await.json();
    assert_eq!(told["storageUrl"], format!("http://{address}"));
}

#[test]
fn exec_says_which_program_it_cannot_start() {
    let output = Command::new(program()).args(["exec", "--", "no-such-program"]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.contains("failed to start no-such-program"), "{message}");
}

#[tokio::test]
async fn a_private_server_ends_when_the_program_that_started_it_is_killed() {
    let temp = tempfile::TempDir::new().unwrap();
    let mut exec = Command::new(program())
        .args(["exec", "--", "sleep", "3600"])
        .env("PITLANE_RUN_DIR", temp.path())
        .spawn()
        .unwrap();
    eventually("the private server", async || !leftovers(temp.path()).is_empty()).await;
    exec.kill().unwrap();
    exec.wait().unwrap();
    eventually("the end of the private server", async || leftovers(temp.path()).is_empty()).await;
    for pid in processes_below(temp.path()) {
        // The command itself was orphaned by the kill; it is nobody's sandbox.
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
    }
}

#[tokio::test]
async fn the_ready_file_is_there_while_the_server_is() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("ready.json");
    let mut server = TestServer::start_with(&["--ready-file", file.to_str().unwrap()]);
    let ready: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(ready["apiUrl"], format!("{}/api", server.url));
    assert_eq!(ready["pid"], server.pid().as_raw());
    server.end();
    assert!(!file.exists());
}

#[tokio::test]
async fn two_organizations_do_not_see_each_other() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    let unknown =
        server.request("GET", "/api/sandbox/00000000-0000-4000-8000-000000000000", Value::Null).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(server.request("GET", &format!("/api/sandbox/{id}"), Value::Null).await.status, 200);
    // A hundred exchanges more, so that the clean end is seen after real use.
    for _ in 0..100 {
        server.execute(&id, "true").await;
    }
    tokio::time::timeout(Duration::from_secs(1), server.request("GET", "/api/sandbox", Value::Null))
        .await
        .unwrap();
}
