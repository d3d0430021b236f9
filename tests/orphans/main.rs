//! Random lives of many sandboxes at once leave nothing behind: no process, mount, socket, directory or descriptor.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use support::TestServer;

/// Sequences in all, shared by the rungs of this host.
const SEQUENCES: usize = 500;
/// Sequences under way at once.
const AT_ONCE: usize = 12;
/// The same sequences every time; another number gives others.
const SEED: [u8; 32] = *b"what happens to many sandboxes..";

/// What is done to a sandbox after it was created.
#[derive(Clone, Copy, Debug)]
enum Step {
    Execute,
    /// Something that runs on by itself.
    Background,
    /// Something that has left its session, its parents and its environment.
    Daemon,
    /// Something that does not end when asked to.
    Stubborn,
    /// A program that starts others without end.
    Breeder,
    /// A shell session with a command that runs on.
    Session,
    /// A client that gives up while its command runs.
    GiveUp,
    Stop,
    Start,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Execute),
        3 => Just(Step::Background),
        2 => Just(Step::Daemon),
        1 => Just(Step::Stubborn),
        1 => Just(Step::Breeder),
        1 => Just(Step::Session),
        1 => Just(Step::GiveUp),
        2 => Just(Step::Stop),
        2 => Just(Step::Start),
    ]
}

/// Steps, and whether the sandbox is deleted at the end or left to the server's own end.
fn sequences() -> Vec<(Vec<Step>, bool)> {
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let sequence = (prop::collection::vec(step(), 0..6), prop::bool::weighted(0.9));
    (0..SEQUENCES).map(|_| sequence.new_tree(&mut runner).unwrap().current()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_lives_of_sandboxes_leave_nothing_behind() {
    let sequences = sequences();
    let rungs = support::rungs().await;
    for (rung, share) in rungs.iter().zip(sequences.chunks(SEQUENCES.div_ceil(rungs.len()))) {
        let mut server = TestServer::start_with(&["--runtime", rung]);
        live(&server, &[Step::Execute, Step::Background], true).await;
        let before = Held::by(&server).await;
        let server_and_rest = Arc::new(server);
        let turns = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
        let lives: Vec<_> = share
            .iter()
            .cloned()
            .map(|(steps, deleted)| {
                let (server, turns) = (Arc::clone(&server_and_rest), Arc::clone(&turns));
                tokio::spawn(async move {
                    let _turn = turns.acquire().await.unwrap();
                    live(&server, &steps, deleted).await;
                })
            })
            .collect();
        for life in lives {
            life.await.unwrap();
        }
        server = Arc::into_inner(server_and_rest).unwrap();
        let kept: BTreeSet<String> = listed(&server).await.into_iter().collect();
        let trees = |name: &str| {
            let root = support::leftovers(server.temp.path()).into_iter().next().unwrap();
            let root = root.join(name);
            std::fs::read_dir(root)
                .into_iter()
                .flatten()
                .flatten()
                .map(|it| it.file_name().into_string().unwrap())
                .collect::<BTreeSet<_>>()
        };
        support::eventually("the end of deleted trees", async || {
            trees("sandboxes") == kept && trees("trash").is_empty()
        })
        .await;
        for id in &kept {
            server.request("DELETE", &format!("/api/sandbox/{id}"), Value::Null).await;
        }
        support::eventually("the end of all sandboxes", async || Held::by(&server).await.is_within(&before))
            .await;
        support::eventually("the end of all trees", async || {
            trees("sandboxes").is_empty() && trees("trash").is_empty()
        })
        .await;
        assert_eq!(server.end(), Some(0));
        // Processes and directories are looked for when the server is dropped.
    }
}

/// One sandbox's life. What a step answers does not matter: some make no sense where they stand.
async fn live(server: &TestServer, steps: &[Step], deleted: bool) {
    let id = server.sandbox().await;
    let toolbox = format!("/toolbox/{id}/process");
    let run = |command: &'static str| run(server, &toolbox, command);
    for step in steps {
        match step {
            Step::Execute => run("echo x > ~/file; cat ~/file").await,
            Step::Background => run("sleep 3600 >/dev/null 2>&1 &").await,
            Step::Daemon => {
                run("(cd /; env -i setsid sh -c 'setsid sleep 3601 & exit' >/dev/null 2>&1 &)").await;
            }
            Step::Stubborn => {
                run("sh -c 'trap \"\" TERM HUP INT; while :; do sleep 0.2; done' >/dev/null 2>&1 &").await;
            }
            Step::Breeder => {
                run("sh -c 'while :; do (setsid sleep 1 &); sleep 0.3; done' >/dev/null 2>&1 &").await;
            }
            Step::Session => {
                let create = json!({ "sessionId": "s" });
                server.request("POST", &format!("{toolbox}/session"), create).await;
                let command = json!({ "command": "sleep 3602", "runAsync": true });
                server.request("POST", &format!("{toolbox}/session/s/exec"), command).await;
            }
            Step::GiveUp => {
                let _ = tokio::time::timeout(std::time::Duration::from_millis(30), run("sleep 3603")).await;
            }
            Step::Stop => {
                server.request("POST", &format!("/api/sandbox/{id}/stop?force=true"), json!({})).await;
            }
            Step::Start => {
                server.request("POST", &format!("/api/sandbox/{id}/start"), json!({})).await;
            }
        }
    }
    if deleted {
        let path = format!("/api/sandbox/{id}");
        // While it is on its way somewhere a deletion may be refused; it is asked for again.
        while !matches!(server.request("DELETE", &path, Value::Null).await.status, 200 | 404) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}

async fn run(server: &TestServer, toolbox: &str, command: &str) {
    let body = json!({ "command": command });
    server.request("POST", &format!("{toolbox}/execute"), body).await;
}

async fn listed(server: &TestServer) -> Vec<String> {
    let listed = server.request("GET", "/api/sandbox?limit=200", Value::Null).await.json();
    let items = listed["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// What a server and its sandboxes hold of the system.
#[derive(Debug)]
struct Held {
    /// Descriptors of the server, by what they lead to.
    descriptors: BTreeMap<String, usize>,
    processes: Vec<i32>,
    mounts: usize,
    children: usize,
}

impl Held {
    async fn by(server: &TestServer) -> Self {
        let pid = server.pid();
        let mut descriptors = BTreeMap::new();
        for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
            let Ok(target) = std::fs::read_link(entry.path()) else { continue };
            let target = target.to_string_lossy().into_owned();
            let kind = target.split_once(":[").map_or(target.clone(), |(kind, _)| kind.to_owned());
            *descriptors.entry(kind).or_default() += 1;
        }
        let mounts = std::fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap().lines().count();
        let list = |task: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(task.ok()?.path().join("children")).ok()
        };
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().filter_map(list);
        let children = tasks.map(|list| list.split_whitespace().count()).sum();
        Self { descriptors, processes: support::processes_below(server.temp.path()), mounts, children }
    }

    fn is_within(&self, before: &Self) -> bool {
        let within = self.descriptors.iter().all(|(kind, count)| before.descriptors.get(kind) >= Some(count))
            && self.processes.len() <= before.processes.len()
            && self.mounts <= before.mounts
            && self.children <= before.children;
        if !within {
            println!("now {self:?}\nbefore {before:?}");
        }
        within
    }
}
