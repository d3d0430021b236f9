//! Commands by their process id.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::processes::bus::{Piece, Reader, Source};
use engine::processes::{Ended, ProcessRequest, REMEMBERED, RETENTION};
use engine::spawn::Exit;
use engine::{Config, Engine};
use jiff::Timestamp;

fn engine(home: &Path) -> Arc<Engine> {
    let mut config = Config::new("test", home.to_owned(), home.to_owned(), home.to_owned());
    config.env = vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())];
    Arc::new(Engine::new(config))
}

fn request(text: &str) -> ProcessRequest {
    ProcessRequest {
        text: text.to_owned(),
        directory: String::new(),
        environment: Vec::new(),
        limit: None,
        started: Timestamp::UNIX_EPOCH,
        registered: true,
    }
}

/// Everything printed, stream by stream.
async fn read(mut reader: Reader) -> (String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    loop {
        match reader.next().await {
            Piece::Chunk(chunk) if chunk.source == Source::Output => output.extend(chunk.bytes),
            Piece::Chunk(chunk) => errors.extend(chunk.bytes),
            Piece::End => break,
            Piece::CutOff => panic!("cut off"),
        }
    }
    (String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap())
}

fn code(code: i32) -> Ended {
    Ended { exit: Exit::Code(code), timed_out: false }
}

/// Waits until the reader has seen this much of standard output.
async fn until_printed(reader: &mut Reader, text: &str) {
    let mut seen = String::new();
    while !seen.contains(text) {
        match reader.next().await {
            Piece::Chunk(chunk) => seen.push_str(std::str::from_utf8(&chunk.bytes).unwrap()),
            other => panic!("{other:?} before {text}"),
        }
    }
}

/// Lets everything run that can run while time stands still.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn output_and_errors_stay_apart_and_the_exit_code_is_the_shells() {
    let home = tempfile::tempdir().unwrap();
    let (process, reader) =
        engine(home.path()).start_process(request("echo out; echo err >&2; exit 3")).unwrap();
    assert_eq!(read(reader).await, ("out\n".to_owned(), "err\n".to_owned()));
    assert_eq!(process.ended().await, code(3));
}

#[tokio::test]
async fn a_here_document_may_end_with_the_text() {
    let home = tempfile::tempdir().unwrap();
    let (_, reader) = engine(home.path()).start_process(request("cat <<'X'\n don't\nX")).unwrap();
    assert_eq!(read(reader).await.0, " don't\n");
}

#[tokio::test]
async fn whoever_attaches_late_gets_everything_from_the_start() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    let (process, reader) = engine.start_process(request("echo one; echo two >&2")).unwrap();
    read(reader).await;
    let found = engine.process(i64::from(process.pid())).expect("ended commands are remembered");
    assert_eq!(read(found.attach()).await, ("one\n".to_owned(), "two\n".to_owned()));
    assert_eq!(found.ended().await, code(0));
    assert!(engine.running_processes().is_empty(), "only what runs is listed");
}

#[tokio::test]
async fn several_may_attach_to_and_wait_for_one_command() {
    let home = tempfile::tempdir().unwrap();
    nix::unistd::mkfifo(&home.path().join("go"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let engine = engine(home.path());
    let (process, mut reader) = engine.start_process(request("echo ready; cat go; exit 7")).unwrap();
    until_printed(&mut reader, "ready").await;
    assert_eq!(engine.running_processes().len(), 1);
    let (one, other) = (process.attach(), process.attach());
    let waiting = tokio::spawn({
        let process = Arc::clone(&process);
        async move { tokio::join!(process.ended(), process.ended()) }
    });
    let go = home.path().join("go");
    tokio::task::spawn_blocking(move || std::fs::write(go, "gone\n").unwrap()).await.unwrap();
    assert_eq!(read(one).await.0, "ready\ngone\n");
    assert_eq!(read(other).await.0, "ready\ngone\n");
    assert_eq!(waiting.await.unwrap(), (code(7), code(7)));
}

#[tokio::test]
async fn killing_takes_the_whole_group_along() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    // The child does not listen to being asked.
    let text = "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & wait";
    let (process, mut reader) = engine.start_process(request(text)).unwrap();
    let Piece::Chunk(chunk) = reader.next().await else { panic!("no pid") };
    let child: i32 = std::str::from_utf8(&chunk.bytes).unwrap().trim().parse().unwrap();
    assert!(process.kill().await);
    assert_eq!(process.ended().await.exit.shell_code(), 143);
    assert!(!process.kill().await, "it has ended");
    // The end of its output is the end of all who could print.
    while reader.next().await != Piece::End {}
    let gone = || {
        let status = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        status.is_empty() || status.contains(") Z")
    };
    let waited = tokio::time::timeout(Duration::from_secs(5), async {
        while !gone() {
            tokio::task::yield_now().await;
        }
    });
    waited.await.expect("a member of the group lives on");
}

#[tokio::test]
async fn the_time_limit_ends_a_command_and_what_it_printed_stays() {
    let home = tempfile::tempdir().unwrap();
    let limited =
        ProcessRequest { limit: Some(Duration::from_millis(300)), ..request("echo before; sleep 60") };
    let (process, reader) = engine(home.path()).start_process(limited).unwrap();
    assert_eq!(read(reader).await.0, "before\n");
    let ended = process.ended().await;
    assert!(ended.timed_out);
    assert_eq!(ended.exit, Exit::Signal(9));
}

#[tokio::test]
async fn a_background_child_that_holds_the_pipe_does_not_hold_the_answer() {
    let home = tempfile::tempdir().unwrap();
    let started = std::time::Instant::now();
    let (process, reader) = engine(home.path()).start_process(request("sleep 30 & echo $!")).unwrap();
    let child: i32 = read(reader).await.0.trim().parse().unwrap();
    assert_eq!(process.ended().await, code(0));
    assert!(started.elapsed() < Duration::from_secs(20));
    let child = nix::unistd::Pid::from_raw(child);
    nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL).expect("it lives on");
}

#[tokio::test]
async fn a_command_that_is_only_waited_for_is_not_found_by_its_process_id() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    let (process, reader) =
        engine.start_process(ProcessRequest { registered: false, ..request("true") }).unwrap();
    assert!(engine.process(i64::from(process.pid())).is_none());
    read(reader).await;
}

#[tokio::test]
async fn much_output_reaches_a_reader_whole() {
    let home = tempfile::tempdir().unwrap();
    let (_, reader) =
        engine(home.path()).start_process(request("head -c 20000000 /dev/zero | tr '\\0' x")).unwrap();
    let (output, _) = read(reader).await;
    assert_eq!(output.len(), 20_000_000);
}

#[tokio::test]
async fn a_command_another_caller_waits_for_is_known_by_its_process_id_too() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    let request = engine::command::Request {
        script: engine::command::Script::Shell("touch started; sleep 60".to_owned()),
        directory: String::new(),
        environment: Vec::new(),
        timeout: None,
    };
    let executing = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.execute_known(request, Timestamp::UNIX_EPOCH).await }
    });
    while !home.path().join("started").exists() {
        tokio::task::yield_now().await;
    }
    let known = engine.running_processes();
    assert_eq!(known.iter().map(|process| process.text()).collect::<Vec<_>>(), ["touch started; sleep 60"]);
    assert!(known[0].kill().await);
    assert_eq!(known[0].ended().await.exit.shell_code(), 143);
    assert_eq!(executing.await.unwrap().unwrap().exit_code, -1);
    assert!(engine.process(i64::from(known[0].pid())).is_none());
}

#[tokio::test]
async fn a_command_that_ended_is_remembered_for_five_minutes_with_what_it_printed() {
    assert_eq!(RETENTION, Duration::from_secs(300), "as docs/quirks.md says");
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    let (process, reader) = engine.start_process(request("echo kept; exit 3")).unwrap();
    let pid = i64::from(process.pid());
    // Once the output has ended too, the time it is remembered for has begun.
    assert_eq!(read(reader).await.0, "kept\n");
    assert!(engine.running_processes().is_empty(), "what has ended is not listed");
    // Time stands still from here on but for what is let pass.
    tokio::time::pause();
    tokio::time::advance(RETENTION - Duration::from_secs(1)).await;
    settle().await;
    let late = engine.process(pid).expect("it is remembered");
    assert_eq!((read(late.attach()).await.0.as_str(), late.ended().await), ("kept\n", code(3)));
    tokio::time::advance(Duration::from_secs(2)).await;
    settle().await;
    assert!(engine.process(pid).is_none(), "it is remembered for ever");
}

#[tokio::test]
async fn the_last_commands_that_ended_are_remembered_and_any_number_that_run() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    let (running, _) = engine.start_process(request("sleep 1000")).unwrap();
    let mut pids = Vec::new();
    for _ in 0..REMEMBERED + 2 {
        let (process, _) = engine.start_process(request("true")).unwrap();
        process.ended().await;
        pids.push(i64::from(process.pid()));
    }
    let known = |pid: &&i64| engine.process(**pid).is_some();
    let trimmed = async {
        while pids.iter().filter(known).count() > REMEMBERED {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), trimmed).await.expect("more are remembered");
    let forgotten: Vec<bool> = pids.iter().map(|pid| engine.process(*pid).is_none()).collect();
    assert_eq!(&forgotten[..3], [true, true, false], "the oldest go first");
    assert!(forgotten[3..].iter().all(|forgotten| !forgotten));
    assert!(engine.process(running.pid().into()).is_some(), "it runs");
    assert!(running.kill().await);
}
