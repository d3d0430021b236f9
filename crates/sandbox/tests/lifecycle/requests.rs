//! Requests, bodies, upgrades, connections.

use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use sandbox::{AgentError, Rung, StartError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::trials;
use crate::world::{World, post, processes_in, run, rung, spec, text};

trials!(
    a_sandbox_answers_from_start_to_stop_and_leaves_no_process,
    many_requests_at_once_each_get_their_own_answer,
    requests_one_after_the_other_share_a_connection,
    bodies_stream_both_ways,
    an_answer_nobody_reads_to_the_end_does_not_spoil_the_next,
    an_upgraded_connection_carries_bytes_both_ways,
    commands_see_the_sandboxs_environment_and_nothing_of_the_servers,
    files_outlive_a_stop_and_the_next_start_sees_them,
    a_sandbox_that_runs_cannot_be_started_again,
    a_sandbox_that_cannot_start_says_why,
    an_agent_without_a_word_is_given_up,
    starting_ten_sandboxes_in_a_row_shows_how_long_each_takes,
);

async fn a_sandbox_answers_from_start_to_stop_and_leaves_no_process() {
    let world = World::new();
    let start = Instant::now();
    let agent = world.start("s1").await;
    println!("create and start to ready: {:?}", start.elapsed());
    let response = agent.request(post("http://some.host/echo?x=y", "hello")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response.into_body()).await, "hello");
    let exit = agent.stop(Duration::from_secs(5)).await;
    assert_eq!((exit.code, exit.requested), (Some(0), true), "{exit}");
    let left = processes_in(world.place.path());
    assert!(left.len() <= 1 && !left.contains(&agent.pid()), "nobody but the agent in reserve: {left:?}");
    assert!(matches!(agent.request(post("/echo", "")).await, Err(AgentError::Gone)));
    world.runtime.close(Duration::ZERO).await;
    assert_eq!(processes_in(world.place.path()), Vec::<i32>::new());
    let left: Vec<_> = walk(world.place.path());
    assert_eq!(left, vec![".lock".to_owned()], "only the lock of the folder stays");
}

/// Names of all files below.
fn walk(place: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(place).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => names.extend(walk(&entry.path())),
            false => names.push(entry.file_name().into_string().unwrap()),
        }
    }
    names
}

async fn many_requests_at_once_each_get_their_own_answer() {
    let world = World::new();
    let agent = world.start("s1").await;
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..100 {
        let agent = agent.clone();
        requests.spawn(async move {
            let (output, code) = run(&agent, &format!("echo {number}; exit {number}")).await;
            assert_eq!((output.trim(), code), (number.to_string().as_str(), number));
        });
    }
    while let Some(request) = requests.join_next().await {
        request.unwrap();
    }
    agent.stop(Duration::ZERO).await;
}

async fn requests_one_after_the_other_share_a_connection() {
    let world = World::new();
    let agent = world.start("s1").await;
    let sockets = || {
        let links = std::fs::read_dir(format!("/proc/{}/fd", agent.pid())).unwrap().flatten();
        let targets =
            links.filter_map(|link| Some(link.path().read_link().ok()?.to_string_lossy().into_owned()));
        // Each socket has a number of its own in its name, so a connection made anew shows.
        targets.filter(|target| target.starts_with("socket:")).collect::<std::collections::BTreeSet<_>>()
    };
    let unused = sockets();
    for _ in 0..5 {
        let response = agent.request(post("/echo", "first")).await.unwrap();
        text(response.into_body()).await;
        // The connection is put back by a task; give it the turn it needs.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = sockets();
    assert_eq!(before.len(), unused.len() + 1, "one connection stays open");
    for _ in 0..20 {
        let response = agent.request(post("/echo", "more")).await.unwrap();
        text(response.into_body()).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(sockets(), before);
}

async fn bodies_stream_both_ways() {
    let world = World::new();
    let agent = world.start("s1").await;
    let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
    let pieces = stream::unfold(receiver, |mut receiver| async {
        let piece = receiver.recv().await?;
        Some((Ok::<_, std::io::Error>(piece), receiver))
    });
    let request = agent.request(post("/echo", Body::from_stream(pieces)));
    sender.send(Bytes::from_static(b"first")).await.unwrap();
    let mut body = request.await.unwrap().into_body().into_data_stream();
    // The first piece is back before the last one is sent.
    assert_eq!(body.next().await.unwrap().unwrap(), "first");
    let block = Bytes::from(vec![7_u8; 1 << 20]);
    let blocks = 64;
    let sending = tokio::spawn(async move {
        for _ in 0..blocks {
            sender.send(block.clone()).await.unwrap();
        }
    });
    let mut length = 0;
    while let Some(piece) = body.next().await {
        length += piece.unwrap().len();
    }
    sending.await.unwrap();
    assert_eq!(length, blocks << 20);
}

async fn an_answer_nobody_reads_to_the_end_does_not_spoil_the_next() {
    let world = World::new();
    let agent = world.start("s1").await;
    for _ in 0..5 {
        let response = agent.request(post("/run", "head -c 5000000 /dev/zero")).await.unwrap();
        drop(response);
        assert_eq!(run(&agent, "echo fine").await, ("fine\n".to_owned(), 0));
    }
}

async fn an_upgraded_connection_carries_bytes_both_ways() {
    let world = World::new();
    let agent = world.start("s1").await;
    let request = Request::get("/upgrade")
        .header("connection", "upgrade")
        .header("upgrade", "capitals")
        .body(Body::empty())
        .unwrap();
    let response = agent.request(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    let mut stream = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    for word in ["hello", "again"] {
        stream.write_all(word.as_bytes()).await.unwrap();
        let mut answer = vec![0; word.len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, word.to_uppercase().as_bytes());
    }
    agent.stop(Duration::ZERO).await;
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0, "the stream ends with the sandbox");
}

async fn commands_see_the_sandboxs_environment_and_nothing_of_the_servers() {
    let world = World::new();
    let agent = world.start("s1").await;
    let (output, _) = run(&agent, "env; pwd").await;
    let (home, temp) = match rung() {
        Rung::Process => (world.tree("s1").join("home"), world.tree("s1").join("tmp")),
        _ => ("/home/daytona".into(), "/tmp".into()),
    };
    for line in [
        "GREETING=hello".to_owned(),
        "USER=daytona".to_owned(),
        "DAYTONA_SANDBOX_ID=s1".to_owned(),
        "DAYTONA_ORGANIZATION_ID=organization".to_owned(),
        format!("HOME={}", home.display()),
        format!("TMPDIR={}", temp.display()),
        home.display().to_string(),
    ] {
        assert!(output.lines().any(|it| it == line), "{line:?} is not in {output}");
    }
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some() && !output.contains("CARGO"), "{output}");
    // The agent itself is not steered by the client's environment.
    let own = std::fs::read_to_string(format!("/proc/{}/environ", agent.pid())).unwrap();
    assert!(own.starts_with("PITLANE_RUN=") && !own.contains("GREETING"), "{own}");
    let (input, _) = run(&agent, "readlink /proc/self/fd/0; ls /proc/self/fd").await;
    assert_eq!(
        input.split_whitespace().collect::<Vec<_>>(),
        ["/dev/null", "0", "1", "2", "3"],
        "no stray descriptors"
    );
}

async fn files_outlive_a_stop_and_the_next_start_sees_them() {
    let world = World::new();
    let agent = world.start("s1").await;
    run(&agent, "echo kept > ~/file; rm -rf \"$TMPDIR\"").await;
    agent.stop(Duration::ZERO).await;
    let again = world.runtime.start(&spec("s1")).await.unwrap();
    assert_ne!(again.pid(), agent.pid());
    assert_eq!(run(&again, "cat ~/file; ls -d $TMPDIR >/dev/null").await, ("kept\n".to_owned(), 0));
}

async fn a_sandbox_that_runs_cannot_be_started_again() {
    let world = World::new();
    let _agent = world.start("s1").await;
    assert!(matches!(world.runtime.start(&spec("s1")).await, Err(StartError::AlreadyRunning(_))));
    assert!(matches!(world.runtime.create(&spec("s1")).await, Err(StartError::Exists(_))));
    assert!(matches!(world.runtime.start(&spec("s2")).await, Err(StartError::Missing(_))));
    assert!(matches!(world.runtime.create(&spec("../s3")).await, Err(StartError::InvalidId(_))));
    world.runtime.close(Duration::ZERO).await;
    assert!(matches!(world.runtime.start(&spec("s1")).await, Err(StartError::Closed)));
}

async fn a_sandbox_that_cannot_start_says_why() {
    let world = World::with({
        let mut config = crate::world::config();
        config.executable = "/bin/sleep".into();
        config
    });
    world.runtime.create(&spec("s1")).await.unwrap();
    let error = world.runtime.start(&spec("s1")).await.unwrap_err();
    assert!(matches!(&error, StartError::Died(exit) if exit.code == Some(1)), "{error:?}");
    assert!(error.to_string().contains("invalid time interval"), "{error}");

    let world = World::new();
    world.runtime.create(&spec("s1")).await.unwrap();
    let home = world.tree("s1").join("home");
    std::fs::remove_dir(&home).unwrap();
    std::fs::write(&home, "in the way").unwrap();
    let error = world.runtime.start(&spec("s1")).await.unwrap_err();
    assert!(matches!(&error, StartError::Refused(_) | StartError::Directories(_)), "{error:?}");
    std::fs::remove_file(&home).unwrap();
    world.runtime.start(&spec("s1")).await.unwrap();
}

async fn an_agent_without_a_word_is_given_up() {
    let place = tempfile::tempdir().unwrap();
    let mute = place.path().join("mute");
    std::fs::write(&mute, "#!/bin/sh\nexec sleep 1000\n").unwrap();
    std::fs::set_permissions(&mute, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let world = World::with({
        let mut config = crate::world::config();
        config.executable = mute;
        config.start_timeout = Duration::from_millis(200);
        config
    });
    world.runtime.create(&spec("s1")).await.unwrap();
    let error = world.runtime.start(&spec("s1")).await.unwrap_err();
    assert!(matches!(error, StartError::TimedOut(_)), "{error:?}");
    let left = processes_in(world.place.path());
    for pid in left {
        crate::world::await_end(pid).await;
    }
}

/// Not a judgement, a look: how long a start takes here.
async fn starting_ten_sandboxes_in_a_row_shows_how_long_each_takes() {
    let world = World::new();
    let mut times = Vec::new();
    for number in 0..10 {
        let start = Instant::now();
        let agent = world.start(&format!("s{number}")).await;
        let ready = start.elapsed();
        run(&agent, "true").await;
        times.push((ready, start.elapsed() - ready));
    }
    times.sort_unstable();
    println!("create and start to ready, first command: fastest {:?}, median {:?}", times[0], times[5]);
}
