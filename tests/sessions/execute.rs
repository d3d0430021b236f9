//! Commands whose output is long, through the whole program.

use serde_json::{Value, json};

use crate::support::TestServer;

/// Bytes a command prints here.
const LONG: usize = 100_000_000;

/// The most memory the agent has had, in KiB. It is the parent of whatever it executes.
async fn peak(server: &TestServer, sandbox: &str) -> usize {
    let said = server.execute(sandbox, "grep VmHWM /proc/$PPID/status").await;
    said.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn execute(server: &TestServer, sandbox: &str, command: String) -> Value {
    let path = format!("/toolbox/{sandbox}/process/execute");
    let answer = server.request("POST", &path, json!({ "command": command })).await;
    assert_eq!(answer.status, 200);
    answer.json()
}

#[tokio::test]
async fn a_hundred_megabytes_of_output_are_held_once() {
    let server = TestServer::start();
    let sandbox = server.sandbox().await;
    let before = peak(&server, &sandbox).await;
    let done = execute(&server, &sandbox, format!("head -c {LONG} /dev/zero | tr '\\0' x")).await;
    let result = done["result"].as_str().unwrap();
    assert!(result.len() == LONG && result.bytes().all(|byte| byte == b'x'));
    let grown = (peak(&server, &sandbox).await - before) * 1024;
    assert!(grown < LONG * 3 / 2, "the agent grew by {grown} bytes for {LONG}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let server_peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let server_peak: usize = server_peak.split_whitespace().next().unwrap().parse().unwrap();
    assert!(server_peak * 1024 < LONG, "the server, which passes them on, had {server_peak} KiB");
}

#[tokio::test]
async fn bytes_that_are_no_text_come_as_replacement_characters_however_many() {
    let server = TestServer::start();
    let sandbox = server.sandbox().await;
    let done = execute(&server, &sandbox, "head -c 3000000 /dev/zero | tr '\\0' '\\377'".to_owned()).await;
    let result = done["result"].as_str().unwrap();
    assert!(result.len() == 3 * 3_000_000 && result.chars().all(|character| character == '\u{fffd}'));
}
