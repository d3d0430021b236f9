//! Servers that are killed while clients are at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::{self, TestServer};
use crate::{ask, state};

/// Clients that create and label sandboxes until the server is gone; what was acknowledged to them.
async fn acknowledged(server: TestServer) -> (tempfile::TempDir, Vec<(String, u64)>) {
    let server = Arc::new(server);
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (server, over) = (Arc::clone(&server), Arc::clone(&over));
            tokio::spawn(async move {
                let mut known: Vec<(String, u64)> = Vec::new();
                while !over.load(Ordering::Acquire) {
                    // A connection that breaks off is a panic of the helper: nothing was acknowledged then.
                    let creating = {
                        let server = Arc::clone(&server);
                        tokio::spawn(async move { server.sandbox().await })
                    };
                    let Ok(id) = creating.await else { break };
                    known.push((id.clone(), 0));
                    for number in 1..4_u64 {
                        let labelling = {
                            let (server, id) = (Arc::clone(&server), id.clone());
                            let labels = json!({ "labels": { "number": number.to_string() } });
                            tokio::spawn(async move {
                                server
                                    .request("PUT", &format!("/api/sandbox/{id}/labels"), labels)
                                    .await
                                    .status
                            })
                        };
                        let Ok(200) = labelling.await else { return known };
                        known.last_mut().unwrap().1 = number;
                    }
                }
                known
            })
        })
        .collect();
    support::eventually("some sandboxes", async || {
        let listed = ask(&server, "GET", "/api/sandbox?limit=100", Value::Null).await.json();
        listed["items"].as_array().is_some_and(|items| items.len() >= 8)
    })
    .await;
    nix::sys::signal::kill(server.pid(), nix::sys::signal::Signal::SIGKILL).unwrap();
    over.store(true, Ordering::Release);
    let mut known = Vec::new();
    for client in clients {
        known.extend(client.await.unwrap());
    }
    let server = Arc::into_inner(server).expect("no client holds the server any more");
    (server.kill(), known)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_sandbox_and_label_is_there_after_the_server_was_killed() {
    for rung in support::rungs().await {
        let data = tempfile::TempDir::new().unwrap();
        let directory = data.path().to_str().unwrap();
        let arguments = ["--runtime", rung, "--data-dir", directory];
        let (temp, known) = acknowledged(TestServer::start_with(&arguments)).await;
        assert!(known.len() >= 4, "{known:?}");
        support::eventually("the end of all sandboxes", async || {
            support::processes_below(data.path()).is_empty()
        })
        .await;

        let server = TestServer::start_in(temp, &arguments);
        for (id, number) in &known {
            let sandbox = state(&server, id).await;
            assert_eq!(sandbox["state"], "stopped", "{sandbox}");
            let label: u64 = sandbox["labels"]["number"].as_str().map_or(0, |text| text.parse().unwrap());
            assert!(label >= *number, "{sandbox} was acknowledged with {number}");
        }
        let temp = server.kill();

        // The same again, for those who want them running.
        let mut arguments = arguments.to_vec();
        arguments.extend(["--restore", "restarted"]);
        let server = TestServer::start_in(temp, &arguments);
        let (id, _) = &known[0];
        crate::move_to(&server, id, "start").await;
        server.execute(id, "echo kept > ~/file; sync ~/file").await;
        let server = TestServer::start_in(server.kill(), &arguments);
        support::eventually("the sandbox", async || state(&server, id).await["state"] == "started").await;
        assert_eq!(server.execute(id, "cat ~/file").await, "kept\n");
        for (id, _) in &known {
            ask(&server, "DELETE", &format!("/api/sandbox/{id}"), Value::Null).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_data_directory_nothing_is_left_of_a_killed_server() {
    for rung in support::rungs().await {
        let (temp, known) = acknowledged(TestServer::start_with(&["--runtime", rung])).await;
        assert!(!known.is_empty());
        support::eventually("the end of all processes", async || {
            support::processes_below(temp.path()).is_empty()
        })
        .await;
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(!mounts.contains(temp.path().to_str().unwrap()), "{mounts}");
        let server = TestServer::start_in(temp, &["--runtime", rung]);
        support::eventually("the sweep", async || support::leftovers(server.temp.path()).len() == 1).await;
        let listed = ask(&server, "GET", "/api/sandbox", Value::Null).await.json();
        assert_eq!(listed["items"], json!([]));
    }
}
