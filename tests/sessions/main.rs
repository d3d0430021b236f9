//! Shell sessions through the whole program, above all logs followed over a WebSocket, and commands with long output.
//!
//! | module | holds |
//! |---|---|
//! | `follower` | a client that follows a log |
//! | `execute` | commands whose output is long |
//! | `entrypoint` | the session of a sandbox's entrypoint |

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod entrypoint;
mod execute;
mod follower;

use std::time::Duration;

use follower::{Follower, told};
use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{KEY, TestServer, eventually};

/// Clients of today.
const NEW: (&str, &str) = ("x-daytona-sdk-version", "0.205.1");

/// A server with a sandbox with a session.
struct Stage {
    server: TestServer,
    session: String,
}

impl Stage {
    async fn new() -> Self {
        let server = TestServer::start();
        let sandbox = server.sandbox().await;
        let sessions = format!("/toolbox/{sandbox}/process/session");
        let created = server.request("POST", &sessions, json!({ "sessionId": "s" })).await;
        assert_eq!(created.status, 201, "{}", created.text());
        Self { server, session: format!("{sessions}/s") }
    }

    /// Runs a command to its end.
    async fn run(&self, text: &str) -> Value {
        let exec = format!("{}/exec", self.session);
        let answer = self.server.request("POST", &exec, json!({ "command": text })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Begins a command; the path of the command.
    async fn begin(&self, text: &str) -> String {
        let exec = format!("{}/exec", self.session);
        let body = json!({ "command": text, "runAsync": true, "suppressInputEcho": true });
        let answer = self.server.request("POST", &exec, body).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        format!("{}/command/{}", self.session, answer.json()["cmdId"].as_str().unwrap())
    }

    async fn send(&self, command: &str, line: &str) {
        let sent = self.server.request("POST", &format!("{command}/input"), json!({ "data": line })).await;
        assert_eq!(sent.status, 204, "{}", sent.text());
    }

    /// The sandbox's id.
    fn sandbox(&self) -> &str {
        self.session.split('/').nth(2).unwrap()
    }

    /// Whether a process of the sandbox runs; its number may mean another one outside.
    async fn is_running(&self, pid: &str) -> bool {
        let look = format!("grep -q '^State:.[^Z]' /proc/{}/status 2>/dev/null && echo yes", pid.trim());
        self.server.execute(self.sandbox(), &look).await == "yes\n"
    }

    /// Memory of the agent's own, in KiB. It is the parent of whatever it executes.
    async fn agent_memory(&self) -> u64 {
        let found = self.server.execute(self.sandbox(), "grep RssAnon /proc/$PPID/status").await;
        found.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    async fn follow(&self, command: &str, headers: &[(&str, &str)]) -> Follower {
        let path = format!("{command}/logs?follow=true");
        Follower::connect(&self.server, &path, headers).await.unwrap()
    }
}

#[tokio::test]
async fn a_followed_log_comes_as_it_is_printed_and_closes_with_1000() {
    let stage = Stage::new().await;
    let command = stage.begin("echo first; read a; echo got:$a >&2; read b; printf 'last %s' \"$b\"").await;
    let mut follower = stage.follow(&command, &[NEW]).await;
    assert_eq!(follower.frame().await.unwrap(), b"\x01\x01\x01first\n"[..]);
    stage.send(&command, "one").await;
    assert_eq!(follower.frame().await.unwrap(), b"\x02\x02\x02got:one\n"[..]);
    let mut late = stage.follow(&command, &[NEW]).await;
    stage.send(&command, "two").await;
    assert_eq!(follower.frame().await.unwrap(), b"\x01\x01\x01last two\n"[..]);
    assert_eq!(follower.frame().await, None);
    assert_eq!(follower.close, Some((1000, String::new())));
    let log = late.until_end().await.concat();
    assert_eq!(log, b"\x01\x01\x01first\n\x02\x02\x02got:one\n\x01\x01\x01last two\n");
    let after = stage.follow(&command, &[NEW]).await.until_end().await.concat();
    assert_eq!(after, log);
}

#[tokio::test]
async fn markers_are_left_out_for_the_oldest_clients_only() {
    let stage = Stage::new().await;
    let done = stage.run("echo out; sleep 0.05; echo err >&2").await;
    let command = format!("{}/command/{}", stage.session, done["cmdId"].as_str().unwrap());
    let marked = b"\x01\x01\x01out\n\x02\x02\x02err\n".to_vec();
    let clean = b"out\nerr\n".to_vec();
    let version = |version| vec![("x-daytona-sdk-version", version)];
    for (headers, expected) in [
        (vec![], &marked),
        (version("0.26.0"), &clean),
        (version("0.100.0"), &marked),
        (version("0.205.1"), &marked),
    ] {
        let log = stage.follow(&command, &headers).await.until_end().await.concat();
        assert_eq!(&log, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn exactly_one_offered_sub_protocol_comes_back() {
    let stage = Stage::new().await;
    let command = stage.begin("echo x").await;
    for (offered, chosen) in [
        (None, None),
        (Some("X-Daytona-SDK-Version~0.205.1"), Some("X-Daytona-SDK-Version~0.205.1")),
        (Some("chat, X-Daytona-SDK-Version~0.20.0"), Some("X-Daytona-SDK-Version~0.20.0")),
        (Some("chat, more"), Some("chat")),
    ] {
        let headers: Vec<_> =
            offered.map(|offered| ("sec-websocket-protocol", offered)).into_iter().collect();
        let mut follower = stage.follow(&command, &headers).await;
        assert_eq!(follower.protocol.as_deref(), chosen);
        let expected = if offered.is_some_and(|offered| offered.ends_with("0.20.0")) {
            "x\n"
        } else {
            "\u{1}\u{1}\u{1}x\n"
        };
        assert_eq!(follower.until_end().await.concat(), expected.as_bytes());
    }
}

#[tokio::test]
async fn without_follow_a_websocket_gets_what_is_there_and_closes() {
    let stage = Stage::new().await;
    let command = stage.begin("echo there; sleep 60").await;
    let mut follower = stage.follow(&command, &[NEW]).await;
    follower.frame().await.unwrap();
    for query in ["", "?follow=false", "?follow=True", "?follow=1"] {
        let mut looker =
            Follower::connect(&stage.server, &format!("{command}/logs{query}"), &[NEW]).await.unwrap();
        assert_eq!(looker.until_end().await.concat(), b"\x01\x01\x01there\n", "{query}");
        assert_eq!(looker.close, Some((1000, String::new())));
    }
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused_before_the_upgrade() {
    let stage = Stage::new().await;
    let unknown = format!("{}/command/nope/logs?follow=true", stage.session);
    let refused = Follower::connect(&stage.server, &unknown, &[NEW]).await.err().unwrap();
    assert_eq!((refused.status, refused.json()["message"].as_str()), (404, Some("command not found")));
    let session = stage.session.replace("/session/s", "/session/t");
    let refused =
        Follower::connect(&stage.server, &format!("{session}/command/x/logs"), &[NEW]).await.err().unwrap();
    assert_eq!((refused.status, refused.json()["message"].as_str()), (404, Some("session not found")));
    let command = stage.begin("true").await;
    let broken = http::Request::get(format!("{command}/logs?follow=true"))
        .header("authorization", format!("Bearer {KEY}"))
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    let refused = stage.server.send(broken.body(Default::default()).unwrap()).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (400, Some("BAD_REQUEST")));
}

#[tokio::test]
async fn pings_are_answered_and_what_a_follower_says_is_ignored() {
    let stage = Stage::new().await;
    let command = stage.begin("read x; echo done").await;
    let mut follower = stage.follow(&command, &[NEW]).await;
    follower.say("hello").await;
    assert!(follower.ping().await);
    stage.send(&command, "go").await;
    assert_eq!(follower.until_end().await.concat(), b"\x01\x01\x01done\n");
    let other = stage.begin("read x; echo still here").await;
    let leaving = stage.follow(&other, &[NEW]).await;
    drop(leaving);
    stage.send(&other, "go").await;
    assert_eq!(stage.follow(&other, &[NEW]).await.until_end().await.concat(), b"\x01\x01\x01still here\n");
}

#[tokio::test]
async fn deleting_a_session_closes_its_followers_and_ends_its_processes() {
    let stage = Stage::new().await;
    let command = stage.begin("sh -c 'sleep 3600 & echo $!; wait' & wait").await;
    let mut follower = stage.follow(&command, &[NEW]).await;
    let first = follower.frame().await.unwrap();
    let pid = String::from_utf8(first[3..].to_vec()).unwrap();
    assert!(stage.is_running(&pid).await);
    let deleted = stage.server.request("DELETE", &stage.session, Value::Null).await;
    assert_eq!(deleted.status, 204);
    assert!(!stage.is_running(&pid).await, "{pid}");
    assert_eq!(follower.frame().await, None);
    assert_eq!(follower.close, Some((1000, String::new())));
    let gone = stage.server.request("GET", &stage.session, Value::Null).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn an_orphan_in_the_group_of_the_shell_ends_with_the_session_and_one_that_left_it_lives_on() {
    let stage = Stage::new().await;
    let text = "(trap '' TERM; sleep 3600 & echo $! > orphan) >/dev/null 2>&1; (setsid sleep 3601 >/dev/null 2>&1 & echo $! > left)";
    stage.run(text).await;
    let pids = stage.server.execute(stage.sandbox(), "cat orphan left").await;
    let (orphan, left) = pids.trim().split_once('\n').unwrap();
    assert!(stage.is_running(orphan).await && stage.is_running(left).await, "{pids}");
    assert_eq!(stage.server.request("DELETE", &stage.session, Value::Null).await.status, 204);
    assert!(!stage.is_running(orphan).await);
    assert!(stage.is_running(left).await);
}

#[tokio::test]
async fn two_hundred_followers_get_every_byte_in_order() {
    let stage = Stage::new().await;
    let command =
        stage.begin("read go; for i in {1..3000}; do echo \"out $i\"; echo \"err $i\" >&2; done").await;
    let early = join_all((0..150).map(|_| stage.follow(&command, &[NEW]))).await;
    let early: Vec<_> = early
        .into_iter()
        .map(|mut follower| tokio::spawn(async move { follower.until_end().await }))
        .collect();
    stage.send(&command, "go").await;
    let late = join_all((0..50).map(|_| stage.follow(&command, &[NEW]))).await;
    let late: Vec<_> = late
        .into_iter()
        .map(|mut follower| tokio::spawn(async move { follower.until_end().await }))
        .collect();
    let expected = |name: &str| (1..=3000).map(|number| format!("{name} {number}\n")).collect::<String>();
    let (output, errors) = (expected("out"), expected("err"));
    for follower in early.into_iter().chain(late) {
        let frames = follower.await.unwrap();
        assert!(frames.iter().all(|frame| frame.starts_with(&[1; 3]) || frame.starts_with(&[2; 3])));
        assert!(frames.iter().all(|frame| frame.ends_with(b"\n")));
        assert!(told(&frames.concat()) == (output.clone(), errors.clone()));
    }
}

#[tokio::test]
async fn a_log_of_two_hundred_megabytes_is_followed_whole_in_little_memory() {
    let stage = Stage::new().await;
    let line = "x".repeat(99);
    let command = stage.begin(&format!("read go; yes {line} | head -n 2000000")).await;
    let mut follower = stage.follow(&command, &[NEW]).await;
    let before = stage.agent_memory().await;
    stage.send(&command, "go").await;
    let (mut bytes, mut most, mut looked_at) = (0, before, 0);
    while let Some(frame) = follower.frame().await {
        bytes += frame.len();
        if bytes - looked_at > 20_000_000 {
            looked_at = bytes;
            most = most.max(stage.agent_memory().await);
        }
    }
    assert_eq!(bytes, 2_000_000 * 103);
    assert_eq!(follower.close, Some((1000, String::new())));
    assert!(most - before < 32 << 10, "from {before} KiB to {most} KiB");
}

#[tokio::test]
async fn short_reads_lose_nothing() {
    let stage = Stage::new().await;
    for number in 0..200 {
        let done = stage.run(&format!("echo {number}; echo {number} >&2")).await;
        let output = done["output"].as_str().unwrap();
        assert_eq!(output.matches(&number.to_string()).count(), 2, "{output}");
        let logs = format!("{}/command/{}/logs", stage.session, done["cmdId"].as_str().unwrap());
        assert_eq!(stage.server.request("GET", &logs, Value::Null).await.text(), output);
    }
}

#[tokio::test]
async fn a_stopped_sandbox_starts_again_without_its_sessions() {
    let stage = Stage::new().await;
    let sandbox = stage.sandbox();
    let command = stage.begin("sleep 3600").await;
    let mut follower = stage.follow(&command, &[NEW]).await;
    stage.server.request("POST", &format!("/api/sandbox/{sandbox}/stop"), Value::Null).await;
    tokio::time::timeout(Duration::from_secs(20), follower.until_end()).await.unwrap();
    eventually("the start", async || {
        stage.server.request("POST", &format!("/api/sandbox/{sandbox}/start"), Value::Null).await.status
            == 200
    })
    .await;
    let sessions = format!("/toolbox/{sandbox}/process/session");
    assert_eq!(stage.server.request("GET", &sessions, Value::Null).await.json(), json!([]));
    let created = stage.server.request("POST", &sessions, json!({ "sessionId": "s" })).await;
    assert_eq!(created.status, 201, "old files are no obstacle");
    assert_eq!(stage.run("echo again").await["output"], "again\n");
}
