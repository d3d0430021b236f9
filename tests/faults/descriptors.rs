//! No descriptors left.

use std::net::TcpStream;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{self, TestServer, program};
use crate::{ask, try_create};

/// A server that may open few files.
fn poor(rung: &str, descriptors: u32) -> TestServer {
    let mut launcher = Command::new("sh");
    launcher.args(["-c", &format!("ulimit -n {descriptors}; exec \"$@\""), "sh"]).arg(program());
    let temp = TempDir::with_prefix_in("pitlane-test-", env!("CARGO_TARGET_TMPDIR")).unwrap();
    TestServer::start_by(launcher, temp, &["--runtime", rung])
}

#[tokio::test]
async fn more_sandboxes_than_descriptors_are_refused_and_room_is_used_again() {
    for rung in support::rungs().await {
        let server = poor(rung, 96);
        let mut made = Vec::new();
        let refusal = loop {
            match try_create(&server).await {
                Ok(id) => made.push(id),
                Err(reason) => break reason,
            }
            assert!(made.len() < 96, "descriptors are no limit here");
        };
        assert!(made.len() >= 3, "{} sandboxes, then: {refusal}", made.len());
        println!("{rung}: {} sandboxes, then: {refusal}", made.len());
        for id in &made {
            assert_eq!(ask(&server, "DELETE", &format!("/api/sandbox/{id}"), Value::Null).await.status, 200);
        }
        support::eventually("room for another", async || try_create(&server).await.is_ok()).await;
        let id = try_create(&server).await.unwrap();
        assert_eq!(server.execute(&id, "echo fine").await, "fine\n");
    }
}

#[tokio::test]
async fn idle_connections_that_take_all_descriptors_keep_others_waiting_and_no_longer() {
    let server = poor("process", 64);
    let id = server.sandbox().await;
    let idle: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(server.authority()).unwrap()).collect();
    let open = || std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
    support::eventually("the last descriptor", async || open() >= 63).await;
    drop(idle);
    assert_eq!(server.execute(&id, "echo fine").await, "fine\n");
    support::eventually("closed connections", async || open() < 40).await;
}
