//! What becomes of sandboxes, with real processes: death and recovery, pausing, copies, states on the way, limits.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use support::{TestServer, eventually};

async fn state(server: &TestServer, id: &str) -> String {
    let sandbox = server.request("GET", &format!("/api/sandbox/{id}"), Value::Null).await.json();
    sandbox["state"].as_str().unwrap_or_default().to_owned()
}

async fn post(server: &TestServer, path: &str) -> Value {
    let answer = server.request("POST", path, json!({})).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// The agents of a server: those of its sandboxes and one in reserve.
fn agents(server: &TestServer) -> Vec<Pid> {
    let is_agent = |pid: i32| {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|word| word == b"agent")
            && parent.trim() == server.pid().to_string()
    };
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| is_agent(*pid)).map(Pid::from_raw).collect()
}

#[tokio::test]
async fn a_sandbox_whose_agent_dies_says_so_within_a_second_and_comes_back_with_its_files() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    server.execute(&id, "echo kept > note").await;
    for way_back in ["recover", "start"] {
        let killed = Instant::now();
        let all = agents(&server);
        assert!((1..=2).contains(&all.len()), "the sandbox's, and one in reserve: {all:?}");
        for agent in all {
            // The one that makes a root ahead ends when its child has taken over.
            assert!(matches!(kill(agent, Signal::SIGKILL), Ok(()) | Err(Errno::ESRCH)));
        }
        eventually("the error", async || state(&server, &id).await == "error").await;
        assert!(killed.elapsed() < Duration::from_secs(1), "told after {:?}", killed.elapsed());
        let broken = server.request("GET", &format!("/api/sandbox/{id}"), Value::Null).await.json();
        let reason = broken["errorReason"].as_str().unwrap().to_owned();
        assert!(reason.starts_with("Sandbox process exited unexpectedly: "), "{reason}");
        assert_eq!(broken["recoverable"], true);
        let back = post(&server, &format!("/api/sandbox/{id}/{way_back}")).await;
        assert_eq!((&back["state"], back.get("errorReason")), (&json!("started"), None));
        assert_eq!(server.execute(&id, "cat note").await, "kept\n");
    }
}

/// The time of day in milliseconds.
fn moment() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

#[tokio::test]
async fn a_paused_machine_stands_still() {
    let server = TestServer::start();
    let machine = server.request("POST", "/api/sandbox", json!({ "snapshot": "linux-vm" })).await.json();
    let id = machine["id"].as_str().unwrap();
    let ticking = "(while :; do date +%s%3N >> ticks; sleep 0.01; done) >/dev/null 2>&1 &";
    server.execute(id, ticking).await;
    let ticks = async || {
        let ticks = server.execute(id, "cat ticks 2>/dev/null").await;
        ticks.lines().filter_map(|line| line.parse().ok()).collect::<Vec<u64>>()
    };
    eventually("ticks", async || ticks().await.len() > 3).await;
    post(&server, &format!("/api/sandbox/{id}/pause")).await;
    eventually("the pause", async || state(&server, id).await == "paused").await;
    // There is no event to wait for: what is tested is that nothing happens meanwhile.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let before = moment();
    assert_eq!(post(&server, &format!("/api/sandbox/{id}/start")).await["state"], "started");
    eventually("a tick after the pause", async || ticks().await.last().is_some_and(|last| *last > before))
        .await;
    let longest = ticks().await.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest >= 1500, "the longest time between two ticks is {longest} ms");
    post(&server, &format!("/api/sandbox/{id}/pause")).await;
    post(&server, &format!("/api/sandbox/{id}/stop")).await;
    eventually("the stop", async || state(&server, id).await == "stopped").await;
}

#[tokio::test]
async fn a_fork_and_an_archive_keep_files_as_they_are() {
    let server = TestServer::start();
    let machine = server.request("POST", "/api/sandbox", json!({ "snapshot": "linux-vm" })).await.json();
    let id = machine["id"].as_str().unwrap();
    server.execute(id, "echo one > note; chmod 640 note; ln -s note link").await;
    let copy = post(&server, &format!("/api/sandbox/{id}/fork")).await;
    let copy = copy["id"].as_str().unwrap();
    assert_eq!(server.execute(copy, "cat link; stat -c %a note; echo two > note").await, "one\n640\n");
    assert_eq!(server.execute(id, "cat note").await, "one\n");
    post(&server, &format!("/api/sandbox/{copy}/stop")).await;
    eventually("the stop", async || state(&server, copy).await == "stopped").await;
    post(&server, &format!("/api/sandbox/{copy}/archive")).await;
    eventually("the archive", async || state(&server, copy).await == "archived").await;
    assert_eq!(post(&server, &format!("/api/sandbox/{copy}/start")).await["state"], "started");
    assert_eq!(server.execute(copy, "cat link; stat -c %a note").await, "two\n640\n");
}

#[tokio::test]
async fn a_realistic_server_answers_before_the_sandbox_runs() {
    let server = TestServer::start_with(&["--lifecycle", "realistic"]);
    let created = server.request("POST", "/api/sandbox", json!({})).await.json();
    assert_eq!(created["state"], "creating");
    let id = created["id"].as_str().unwrap();
    eventually("the start", async || state(&server, id).await == "started").await;
    assert_eq!(post(&server, &format!("/api/sandbox/{id}/stop")).await["state"], "stopping");
    eventually("the stop", async || state(&server, id).await == "stopped").await;
}

#[tokio::test]
async fn a_server_can_be_told_to_limit_and_to_announce_nothing() {
    let server = TestServer::start_with(&["--quotas", "cpu=1", "--no-events", "--no-any-image"]);
    let large = server.request("POST", "/api/sandbox", json!({ "snapshot": "daytona-medium" })).await;
    assert_eq!(large.status, 400);
    assert!(
        large.text().contains("CPU request 2 exceeds maximum allowed per sandbox (1)."),
        "{}",
        large.text()
    );
    let socket = server.request("GET", "/api/socket.io/?EIO=4&transport=websocket", Value::Null).await;
    assert_eq!(socket.status, 404);
    assert_eq!(socket.json()["message"], "Cannot GET /api/socket.io/?EIO=4&transport=websocket");
}
