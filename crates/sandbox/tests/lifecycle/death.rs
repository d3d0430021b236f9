//! Every way a sandbox, its agent or its server can end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use sandbox::{AgentError, Root, Rung};

use crate::trials;
use crate::world::{
    PATIENCE, World, await_end, config, daemon, is_alive, on, on_the_host, open, post, run, rung, signal,
    spec, state,
};

trials!(
    stopping_kills_what_has_run_away,
    stopping_lets_commands_end_by_themselves_first,
    stopping_does_not_wait_for_commands_that_will_not_end,
    an_answer_on_its_way_still_arrives_when_the_sandbox_stops,
    a_frozen_agent_is_stopped_all_the_same,
    killing_the_agent_is_noticed_and_takes_its_orphans_along,
    an_agent_that_exits_by_itself_is_noticed,
    dropping_the_last_handle_ends_the_sandbox,
    killing_the_server_ends_its_sandboxes,
    the_next_server_sweeps_what_a_dead_one_left,
    signals_the_servers_parent_ignored_work_in_the_sandbox,
    orphans_are_reaped_and_no_exit_status_is_stolen,
    removing_deletes_closed_directories_and_follows_no_link,
    closing_the_runtime_ends_every_sandbox,
);

async fn stopping_kills_what_has_run_away() {
    let world = World::new();
    let agent = world.start("s1").await;
    let runaway = daemon(&agent).await;
    let frozen = daemon(&agent).await;
    signal(frozen, Signal::STOP);
    agent.stop(Duration::from_secs(5)).await;
    assert!(!is_alive(runaway) && !is_alive(frozen) && !is_alive(agent.pid()));
}

async fn stopping_lets_commands_end_by_themselves_first() {
    let world = World::new();
    let agent = world.start("s1").await;
    let script = "sh -c 'trap \"echo ended > ~/ended; exit\" TERM; echo > ~/set; while :; do sleep 0.05; done' \
        >/dev/null 2>&1 & while ! [ -e ~/set ]; do sleep 0.01; done";
    run(&agent, script).await;
    let start = std::time::Instant::now();
    agent.stop(PATIENCE).await;
    assert!(start.elapsed() < PATIENCE / 2, "nobody waits longer than the commands need");
    assert_eq!(std::fs::read_to_string(world.tree("s1").join("home/ended")).unwrap(), "ended\n");
}

async fn stopping_does_not_wait_for_commands_that_will_not_end() {
    let world = World::new();
    let agent = world.start("s1").await;
    let script = "sh -c 'trap \"\" TERM; echo $$ > ~/set; while :; do sleep 0.05; done' >/dev/null 2>&1 &
        while ! [ -s ~/set ]; do sleep 0.01; done; cat ~/set";
    let (output, _) = run(&agent, script).await;
    let stubborn = on_the_host(&agent, output.trim().parse().unwrap());
    let exit = agent.stop(Duration::from_millis(200)).await;
    assert_eq!(exit.code, Some(0), "the agent itself ended in order: {exit}");
    assert!(!is_alive(stubborn));
}

async fn an_answer_on_its_way_still_arrives_when_the_sandbox_stops() {
    let world = World::new();
    let agent = world.start("s1").await;
    let running = tokio::spawn({
        let agent = agent.clone();
        async move { run(&agent, "echo > ~/set; sleep 1000; exit 7").await }
    });
    run(&agent, "while ! [ -e ~/set ]; do sleep 0.01; done").await;
    agent.stop(Duration::from_secs(5)).await;
    assert_eq!(running.await.unwrap().1, -1, "killed by a signal, and said so");
}

async fn a_frozen_agent_is_stopped_all_the_same() {
    let world = World::new();
    let agent = world.start("s1").await;
    let runaway = daemon(&agent).await;
    signal(agent.pid(), Signal::STOP);
    let exit = agent.stop(Duration::ZERO).await;
    assert_eq!((exit.signal, exit.requested), (Some(9), true));
    assert!(!is_alive(runaway));
}

async fn killing_the_agent_is_noticed_and_takes_its_orphans_along() {
    let world = World::new();
    let agent = world.start("s1").await;
    let neighbour = world.start("s2").await;
    let (runaway, unharmed) = (daemon(&agent).await, daemon(&neighbour).await);
    let in_flight = tokio::spawn({
        let agent = agent.clone();
        async move { agent.request(post("/run", "echo > ~/set; sleep 1000")).await }
    });
    run(&agent, "while ! [ -e ~/set ]; do sleep 0.01; done").await;
    let exited = agent.exited();
    signal(agent.pid(), Signal::KILL);
    let exit = tokio::time::timeout(PATIENCE, exited).await.expect("the end is told");
    assert_eq!((exit.signal, exit.requested), (Some(9), false));
    assert!(!is_alive(runaway), "what it left is gone when the end is told");
    assert_eq!(state(runaway), None, "and not even a zombie is left");
    assert!(matches!(in_flight.await.unwrap(), Err(AgentError::Gone | AgentError::Broken(_))));
    assert!(matches!(agent.request(post("/echo", "")).await, Err(AgentError::Gone)));
    assert!(is_alive(unharmed), "another sandbox is not touched");
    assert_eq!(run(&neighbour, "echo fine").await.0, "fine\n");
    world.runtime.start(&spec("s1")).await.expect("it can be started again");
}

async fn an_agent_that_exits_by_itself_is_noticed() {
    let world = World::new();
    let agent = world.start("s1").await;
    let _ = agent.request(post("/exit", "")).await;
    let exit = tokio::time::timeout(PATIENCE, agent.exited()).await.unwrap();
    assert_eq!((exit.code, exit.requested), (Some(3), false));
}

async fn dropping_the_last_handle_ends_the_sandbox() {
    let world = World::new();
    let agent = world.start("s1").await;
    let (pid, runaway) = (agent.pid(), daemon(&agent).await);
    let exited = agent.exited();
    drop(agent);
    drop(world);
    tokio::time::timeout(PATIENCE, exited).await.unwrap();
    assert!(!is_alive(pid) && !is_alive(runaway));
}

/// The argument that makes this program such a server.
pub(crate) const SERVER: &str = "--server-to-be-killed";

/// A server with one sandbox and a runaway in it; says both process ids, then waits to be killed.
pub(crate) fn server() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let parent = std::env::args().nth(2).unwrap();
        let root = Root::ephemeral(Path::new(&parent)).unwrap();
        if std::env::args().nth(3).as_deref() == Some(Rung::Namespace.name()) {
            on(Rung::Namespace);
        }
        let runtime = open(root, config());
        runtime.create(&spec("s1")).await.unwrap();
        let agent = runtime.start(&spec("s1")).await.unwrap();
        let (ignored, _) = run(&agent, "sed -n 's/^SigIgn:.*\\(.\\)$/\\1/p' /proc/self/status").await;
        println!("{} {} {}", agent.pid(), daemon(&agent).await, ignored.trim());
        std::future::pending::<()>().await;
    });
}

/// A signal that is ignored stays ignored through every start of a program, unless somebody puts an end to it.
async fn signals_the_servers_parent_ignored_work_in_the_sandbox() {
    let place = tempfile::tempdir().unwrap();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' HUP INT QUIT; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
    let mut server = start(shell, place.path());
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process.id())).unwrap();
    let own = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    // The last digit holds the first four signals: HUP, INT, QUIT, ILL.
    assert!(own.ends_with('7'), "{own}");
    assert_eq!(server.ignored, "0", "the same digit of a command in the sandbox");
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    await_end(server.agent).await;
}

struct Server {
    process: std::process::Child,
    agent: i32,
    runaway: i32,
    /// The last digit of the mask of signals a command ignores.
    ignored: String,
}

fn start_server(parent: &Path) -> Server {
    start(Command::new(std::env::current_exe().unwrap()), parent)
}

fn start(mut command: Command, parent: &Path) -> Server {
    let mut process =
        command.arg(SERVER).arg(parent).arg(rung().name()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let [agent, runaway, ignored] = line.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{line:?}")
    };
    Server {
        process,
        agent: agent.parse().unwrap(),
        runaway: runaway.parse().unwrap(),
        ignored: ignored.to_owned(),
    }
}

async fn killing_the_server_ends_its_sandboxes() {
    let place = tempfile::tempdir().unwrap();
    let mut server = start_server(place.path());
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    await_end(server.agent).await;
    // Not merely in the end: the agent goes last, since nobody can be relied on to inherit what it would leave.
    assert!(!is_alive(server.runaway));
}

async fn the_next_server_sweeps_what_a_dead_one_left() {
    let place = tempfile::tempdir().unwrap();
    let mut server = start_server(place.path());
    // A frozen agent cannot see its server's end, and killed then it leaves its runaway to nobody.
    signal(server.agent, Signal::STOP);
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    signal(server.agent, Signal::KILL);
    await_end(server.agent).await;
    // Where the agent was the first process of a namespace, the kernel ends the others with it.
    let left = usize::from(rung() == Rung::Process);
    match rung() {
        Rung::Process => assert!(is_alive(server.runaway)),
        _ => await_end(server.runaway).await,
    }

    let root = Root::ephemeral(place.path()).unwrap();
    let own = root.path().to_owned();
    let runtime = open(root, config());
    let report = runtime.sweep(&[], &[]).await;
    assert_eq!((report.roots, report.processes, report.failures), (1, left, vec![]));
    assert!(!is_alive(server.runaway));
    let roots: Vec<_> =
        std::fs::read_dir(own.parent().unwrap()).unwrap().flatten().map(|it| it.path()).collect();
    assert!(roots.len() == 2 && roots.contains(&own), "{roots:?}");
}

async fn orphans_are_reaped_and_no_exit_status_is_stolen() {
    let world = World::new();
    let agent = world.start("s1").await;
    for round in 0..10 {
        let mut requests = tokio::task::JoinSet::new();
        for number in 0..20 {
            let agent = agent.clone();
            requests.spawn(async move {
                let code = round * 20 + number;
                let script = format!("(setsid sh -c 'sleep 0.0{number}' >/dev/null 2>&1 &); exit {code}");
                assert_eq!(run(&agent, &script).await.1, code);
            });
        }
        while let Some(request) = requests.join_next().await {
            request.unwrap();
        }
    }
    let own = std::fs::read_dir(format!("/proc/{}/task", agent.pid())).unwrap().flatten();
    let threads: Vec<_> = own.map(|thread| thread.path().join("children")).collect();
    let children = || -> usize {
        let lists = threads.iter().filter_map(|list| std::fs::read_to_string(list).ok());
        lists.map(|list| list.split_whitespace().count()).sum()
    };
    let start = std::time::Instant::now();
    while children() > 0 {
        assert!(start.elapsed() < PATIENCE, "{} children are left, dead or alive", children());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn removing_deletes_closed_directories_and_follows_no_link() {
    let world = World::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("kept"), "kept").unwrap();
    let agent = world.start("s1").await;
    let runaway = daemon(&agent).await;
    let script = format!(
        "cd; ln -s {0} link; mkdir -p closed/inner; ln -s {0} closed/inner/link; ln -s / root; touch closed/inner/file;
        chmod 000 closed/inner closed; chmod 000 ..",
        outside.path().display()
    );
    run(&agent, &script).await;
    world.runtime.remove("s1").await.unwrap();
    assert!(!world.tree("s1").exists() && !is_alive(runaway) && !is_alive(agent.pid()));
    assert_eq!(std::fs::read_to_string(outside.path().join("kept")).unwrap(), "kept");
    world.runtime.remove("s1").await.expect("what is gone is removed");
    world.runtime.create(&spec("s1")).await.expect("the name is free");
}

async fn closing_the_runtime_ends_every_sandbox() {
    let world = World::new();
    let mut pids = Vec::new();
    let mut agents = Vec::new();
    for id in ["s1", "s2", "s3"] {
        let agent = world.start(id).await;
        pids.extend([agent.pid(), daemon(&agent).await]);
        agents.push(agent);
    }
    world.runtime.close(Duration::from_secs(5)).await;
    assert!(pids.iter().all(|pid| !is_alive(*pid)));
    assert!(!world.tree("s1").exists());
}
