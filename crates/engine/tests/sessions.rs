//! Shell sessions as toolbox-processes.md §4 describes them, run by a real shell.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use engine::session::frames::Frames;
use engine::session::streams::{Splitter, Stream};
use engine::session::{Command, CommandRequest, SessionError};
use engine::{Config, Engine};
use tokio::time::timeout;

/// Longer than anything here takes.
const SOON: Duration = Duration::from_secs(20);

struct Sandbox {
    directory: tempfile::TempDir,
    engine: Arc<Engine>,
    next: AtomicUsize,
}

impl Sandbox {
    /// With a session named `s`.
    fn new() -> Self {
        let sandbox = Self::with(|_| ());
        sandbox.engine.create_session("s", false).unwrap();
        sandbox
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let work_dir = root.join("work");
        std::fs::create_dir(&work_dir).unwrap();
        let mut config = Config::new("test", root.clone(), work_dir, root.clone());
        config.env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
        config.shells_file = root.join("shells");
        std::fs::write(&config.shells_file, "/usr/bin/bash\n/bin/bash\n").unwrap();
        change(&mut config);
        Self { directory, engine: Arc::new(Engine::new(config)), next: AtomicUsize::new(0) }
    }

    fn home(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    fn begin_in(&self, session: &str, text: &str, takes_input: bool) -> Result<Arc<Command>, SessionError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.engine.session(session)?.execute(CommandRequest {
            id: format!("command-{number}"),
            text: text.to_owned(),
            takes_input,
            echoes_input: true,
        })
    }

    fn begin(&self, text: &str) -> Arc<Command> {
        self.begin_in("s", text, true).unwrap()
    }

    /// Runs a command to its end; what it printed to either stream.
    async fn run(&self, text: &str) -> (i32, String, String) {
        let command = self.begin_in("s", text, false).unwrap();
        let code = ended(&command).await.unwrap();
        let (output, errors) = printed(&command);
        (code, output, errors)
    }

    async fn output(&self, text: &str) -> String {
        let (code, output, errors) = self.run(text).await;
        assert_eq!((code, errors.as_str()), (0, ""), "{output}");
        output
    }
}

async fn ended(command: &Command) -> Result<i32, SessionError> {
    timeout(SOON, command.ended()).await.expect("the command does not end")
}

fn raw(command: &Command) -> Vec<u8> {
    let snapshot = command.log().open().unwrap();
    let mut bytes = vec![0; usize::try_from(snapshot.length()).unwrap()];
    assert_eq!(snapshot.read(&mut bytes, 0).unwrap(), bytes.len());
    bytes
}

fn told(log: &[u8]) -> (String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut splitter = Splitter::default();
    let mut sort = |stream: Option<Stream>, text: &[u8]| match stream {
        Some(Stream::Errors) => errors.extend_from_slice(text),
        _ => output.extend_from_slice(text),
    };
    splitter.push(log, &mut sort);
    splitter.finish(sort);
    (String::from_utf8(output).unwrap(), String::from_utf8(errors).unwrap())
}

fn printed(command: &Command) -> (String, String) {
    told(&raw(command))
}

/// Follows a command's log to its end.
async fn followed(command: &Command) -> Vec<u8> {
    let mut frames = Frames::of(command.log()).unwrap();
    let mut progress = command.log().progress();
    let mut log = Vec::new();
    loop {
        let seen = *progress.borrow_and_update();
        while let Some(frame) = frames.next(seen).unwrap() {
            log.extend_from_slice(&frame);
            tokio::task::yield_now().await;
        }
        if seen.ended {
            return log;
        }
        timeout(SOON, progress.changed()).await.expect("the log does not end").unwrap();
    }
}

/// Waits until the command has printed this.
async fn has_printed(command: &Command, text: &str) {
    let mut progress = command.log().progress();
    while !printed(command).0.contains(text) {
        timeout(SOON, progress.changed()).await.expect("it is not printed").unwrap();
    }
}

fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[tokio::test]
async fn a_command_leaves_its_log_with_markers_its_text_and_its_exit_code_on_disk() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("echo out; echo err >&2; (exit 7)");
    assert_eq!(ended(&command).await.unwrap(), 7);
    let log = raw(&command);
    assert!(
        log == b"\x01\x01\x01out\n\x02\x02\x02err\n" || log == b"\x02\x02\x02err\n\x01\x01\x01out\n",
        "{log:?}"
    );
    let directory = sandbox.home().join(".daytona/sessions/s/command-0");
    let read = |name: &str| std::fs::read(directory.join(name)).unwrap();
    assert_eq!(read("output.log"), log);
    assert_eq!(read("cmd.sh"), b"echo out; echo err >&2; (exit 7)\n");
    assert_eq!(read("exit_code"), b"7\n");
    assert!(!directory.join("input.pipe").exists());
}

#[tokio::test]
async fn state_is_kept_from_command_to_command() {
    let sandbox = Sandbox::new();
    let set = "exec 5>five; cd /; A=1; export B=2; f() { echo f:$1; }; shopt -s expand_aliases; alias g='echo g'; a=(x y)";
    sandbox.output(set).await;
    assert_eq!(
        sandbox.output("pwd; echo $A $(printenv B) ${a[1]}; f z; g; echo >&5 && echo open").await,
        "/\n1 2 y\nf:z\ng\nopen\n"
    );
}

#[tokio::test]
async fn a_function_or_trap_of_the_user_does_not_hide_the_status() {
    let sandbox = Sandbox::new();
    sandbox.output("echo() { :; }; printf() { :; }; trap 'command printf noise' DEBUG").await;
    let (code, ..) = sandbox.run("IFS=0123456789; (exit 42)").await;
    assert_eq!(code, 42);
    let (code, ..) = sandbox.run("set -u; set -o noclobber; false").await;
    assert_eq!(code, 1);
}

#[tokio::test]
async fn commands_run_strictly_one_after_the_other_in_the_order_they_came() {
    let sandbox = Sandbox::new();
    let commands: Vec<_> = (0..50).map(|number| sandbox.begin(&format!("echo {number} >> order"))).collect();
    let slow = sandbox.begin("sleep 0.2; echo slow >> order");
    let last = sandbox.begin("echo last >> order");
    assert_eq!(last.exit_code(), None);
    assert_eq!(raw(&last), b"");
    ended(&last).await.unwrap();
    assert_eq!(slow.exit_code(), Some(0));
    let order = std::fs::read_to_string(sandbox.home().join("work/order")).unwrap();
    let expected: String = (0..50).map(|number| format!("{number}\n")).collect();
    assert_eq!(order, expected + "slow\nlast\n");
    let listed = sandbox.engine.session("s").unwrap().commands();
    let ids: Vec<_> = listed.iter().map(|command| command.id().to_owned()).collect();
    let begun: Vec<_> =
        commands.iter().chain([&slow, &last]).map(|command| command.id().to_owned()).collect();
    assert_eq!(ids, begun);
}

#[tokio::test]
async fn a_waiting_command_reads_nothing_and_a_background_one_reads_what_is_sent() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.output("cat; read x || echo end of file").await, "end of file\n");
    let command = sandbox.begin("read a; echo got:$a; read b; echo got:$b; cat");
    command.send_input("one").await.unwrap();
    command.send_input("two\n").await.unwrap();
    has_printed(&command, "got:two").await;
    let (output, _) = printed(&command);
    let place = |text: &str| output.find(text).unwrap();
    assert!(place("one\n") < place("got:one\n") && place("two\n") < place("got:two\n"), "{output}");
    assert_eq!(command.exit_code(), None, "the input stays open: cat goes on");
}

#[tokio::test]
async fn input_to_a_queued_command_waits_for_its_start() {
    let sandbox = Sandbox::new();
    let first = sandbox.begin("read go");
    let second = sandbox.begin("read line; echo second:$line");
    let sent = tokio::spawn({
        let second = Arc::clone(&second);
        async move { second.send_input("for the second").await }
    });
    tokio::task::yield_now().await;
    assert!(!sent.is_finished());
    first.send_input("go").await.unwrap();
    timeout(SOON, sent).await.unwrap().unwrap().unwrap();
    ended(&second).await.unwrap();
    assert_eq!(printed(&second).0, "for the second\nsecond:for the second\n");
}

#[tokio::test]
async fn more_input_than_a_pipe_holds_arrives_whole() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("sleep 0.1; head -c 300000 | wc -c");
    let text = "x".repeat(299_999);
    timeout(SOON, command.send_input(&text)).await.unwrap().unwrap();
    ended(&command).await.unwrap();
    assert!(printed(&command).0.ends_with("300000\n"));
    let unread = sandbox.begin("sleep 0.2");
    let refused = timeout(SOON, unread.send_input(&text)).await.unwrap();
    assert!(matches!(refused, Err(SessionError::Completed(0))), "{refused:?}");
}

#[tokio::test]
async fn input_to_a_command_that_has_ended_is_refused_with_its_exit_code() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("(exit 3)");
    ended(&command).await.unwrap();
    let refused = command.send_input("x").await;
    assert_eq!(refused.unwrap_err().to_string(), "command has already completed with exit code 3");
}

#[tokio::test]
async fn return_ends_the_command_with_its_status_and_keeps_the_shell() {
    let sandbox = Sandbox::new();
    let (code, output, _) = sandbox.run("echo a; return 5; echo b").await;
    assert_eq!((code, output.as_str()), (5, "a\n"));
    assert_eq!(sandbox.output("echo still here").await, "still here\n");
}

#[tokio::test]
async fn a_syntax_error_names_the_file_and_keeps_the_shell() {
    let sandbox = Sandbox::new();
    let (code, _, errors) = sandbox.run("echo (").await;
    assert_eq!(code, 2);
    assert!(errors.contains(".daytona/sessions/s/command-0/cmd.sh: line 1:"), "{errors}");
    assert_eq!(sandbox.output("echo on").await, "on\n");
}

#[tokio::test]
async fn a_child_killed_by_a_signal_gives_128_and_its_number_and_a_notice() {
    let sandbox = Sandbox::new();
    let (code, _, errors) = sandbox.run("sh -c 'kill -9 $$'").await;
    assert_eq!(code, 137);
    assert!(errors.contains("Killed"), "{errors}");
}

#[tokio::test]
async fn the_command_that_ends_the_shell_completes_and_later_ones_are_refused() {
    let endings = [
        ("echo bye; exit 3", 3, "bye\n"),
        ("set -e; echo on; false; echo off", 1, "on\n"),
        ("exec sh -c 'echo replaced; exit 9'", 9, "replaced\n"),
        ("kill -9 $$", 137, ""),
        ("exec 1>&- 2>&-; exit 4", 4, ""),
        ("trap 'echo trapped' EXIT; exit 6", 6, "trapped\n"),
    ];
    for (text, expected, expected_output) in endings {
        let sandbox = Sandbox::new();
        let command = sandbox.begin(text);
        let queued = sandbox.begin("echo never");
        assert_eq!(ended(&command).await.unwrap(), expected, "{text}");
        assert_eq!(printed(&command).0, expected_output, "{text}");
        let refused = ended(&queued).await;
        assert!(matches!(refused, Err(SessionError::Ended)), "{text}: {refused:?}");
        assert_eq!((queued.exit_code(), followed(&queued).await), (Some(-1), Vec::new()));
        let refused = sandbox.begin_in("s", "echo later", false);
        assert_eq!(refused.unwrap_err().to_string(), "session process has exited");
        let session = sandbox.engine.session("s").unwrap();
        assert_eq!(session.commands().len(), 2, "a refused command is not listed");
    }
}

#[tokio::test]
async fn a_shell_killed_between_commands_is_noticed_before_the_next_one() {
    let sandbox = Sandbox::new();
    let pid = sandbox.output("echo $$").await;
    std::process::Command::new("kill").args(["-9", pid.trim()]).status().unwrap();
    let result = loop {
        match sandbox.begin_in("s", "echo on", false) {
            // Whoever is faster than the news of the end is told by the command itself.
            Ok(command) => {
                let _ = ended(&command).await;
            }
            Err(error) => break error,
        }
    };
    assert!(matches!(result, SessionError::Ended));
}

#[tokio::test]
async fn a_background_child_that_holds_the_streams_keeps_its_command_running() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("sleep 0.4 & echo started");
    has_printed(&command, "started").await;
    assert_eq!(command.exit_code(), None);
    let begun = Instant::now();
    assert_eq!(sandbox.output("echo next").await, "next\n");
    assert!(begun.elapsed() > Duration::from_millis(200), "the next command waits");
    let detached = Instant::now();
    sandbox.output("sleep 30 >/dev/null 2>&1 &").await;
    assert!(detached.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn partial_lines_show_with_their_line_feed_and_the_last_one_gets_one() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("printf abc; read x; printf 'def\\n'; read y; printf end");
    has_nothing(&command).await;
    command.send_input("1").await.unwrap();
    has_printed(&command, "abcdef\n").await;
    command.send_input("2").await.unwrap();
    ended(&command).await.unwrap();
    assert!(printed(&command).0.ends_with("end\n"));
}

async fn has_nothing(command: &Command) {
    // The line is somewhere between the program and its line feed for as long as nobody answers.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(raw(command), b"");
}

#[tokio::test]
async fn followers_early_late_and_many_get_every_byte_in_order() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("read go; for i in {1..20000}; do echo $i; echo e$i >&2; done");
    let early: Vec<_> = (0..40)
        .map(|_| {
            tokio::spawn({
                let command = Arc::clone(&command);
                async move { followed(&command).await }
            })
        })
        .collect();
    command.send_input("go").await.unwrap();
    has_printed(&command, "\n100\n").await;
    let midway = followed(&command).await;
    let late = followed(&command).await;
    assert_eq!(ended(&command).await.unwrap(), 0);
    let log = raw(&command);
    let expected: String = (1..=20000).map(|number| format!("{number}\n")).collect();
    let errors: String = (1..=20000).map(|number| format!("e{number}\n")).collect();
    assert_eq!(told(&log), (format!("go\n{expected}"), errors));
    assert!(midway == log && late == log);
    for follower in early {
        assert!(follower.await.unwrap() == log);
    }
}

#[tokio::test]
async fn short_commands_lose_nothing() {
    let sandbox = Sandbox::new();
    for number in 0..1000 {
        let (code, output, errors) = sandbox.run(&format!("echo out{number}; echo err{number} >&2")).await;
        assert_eq!((code, output, errors), (0, format!("out{number}\n"), format!("err{number}\n")));
    }
}

#[tokio::test]
async fn much_output_is_all_in_the_log() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("yes 0123456789 | head -n 1000000");
    ended(&command).await.unwrap();
    assert_eq!(command.log().open().unwrap().length(), 14 * 1_000_000);
    let long = sandbox.begin("head -c 3000000 /dev/zero | tr '\\0' x");
    ended(&long).await.unwrap();
    assert_eq!(raw(&long).len(), 3 + 3_000_000 + 1);
}

#[tokio::test]
async fn deletion_ends_every_process_cancels_who_waits_and_removes_the_files() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("sh -c 'sleep 60 & echo $!; wait' & wait");
    let queued = sandbox.begin("echo never");
    has_printed(&command, "\n").await;
    let pid = printed(&command).0;
    let follower = tokio::spawn({
        let command = Arc::clone(&command);
        async move { followed(&command).await }
    });
    timeout(SOON, sandbox.engine.delete_session("s")).await.unwrap().unwrap();
    assert!(!is_running(&pid));
    assert!(matches!(ended(&command).await, Err(SessionError::Cancelled)));
    assert!(matches!(ended(&queued).await, Err(SessionError::Cancelled)));
    timeout(SOON, follower).await.unwrap().unwrap();
    assert!(!sandbox.home().join(".daytona/sessions/s").exists());
    assert!(matches!(sandbox.engine.session("s"), Err(SessionError::Unknown)));
    assert!(matches!(sandbox.engine.delete_session("s").await, Err(SessionError::Unknown)));
    sandbox.engine.create_session("s", false).unwrap();
    assert_eq!(sandbox.output("echo again").await, "again\n");
}

#[tokio::test]
async fn processes_get_the_grace_period_to_end_by_themselves() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("trap 'sleep 0.3; echo cleaned > cleaned; exit' TERM; echo ready; read x");
    has_printed(&command, "ready").await;
    timeout(SOON, sandbox.engine.delete_session("s")).await.unwrap().unwrap();
    assert_eq!(std::fs::read_to_string(sandbox.home().join("work/cleaned")).unwrap(), "cleaned\n");
}

#[tokio::test]
async fn who_ignores_the_request_to_end_is_killed_after_the_grace_period() {
    let sandbox = Sandbox::with(|config| config.termination_grace = Duration::from_millis(500));
    sandbox.engine.create_session("s", false).unwrap();
    let command = sandbox.begin("trap '' TERM; sleep 60 & echo $!; wait");
    has_printed(&command, "\n").await;
    let pid = printed(&command).0;
    let begun = Instant::now();
    timeout(SOON, sandbox.engine.delete_session("s")).await.unwrap().unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(500));
    assert!(!is_running(&pid));
}

#[tokio::test]
async fn a_child_that_outlives_its_shell_gets_a_short_pause_only() {
    let sandbox = Sandbox::new();
    let command = sandbox.begin("sh -c 'trap \"\" TERM; echo $$; sleep 60'; true");
    has_printed(&command, "\n").await;
    let pid = printed(&command).0;
    let begun = Instant::now();
    timeout(SOON, sandbox.engine.delete_session("s")).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(!is_running(&pid));
}

#[tokio::test]
async fn odd_ids_work_and_stay_below_the_sessions_directory() {
    let sandbox = Sandbox::with(|_| ());
    for id in
        ["..", "../../escape", "a/b", "with space", "it's $(x) `y`\n\"z\"", "ž 🐎", "-n", &"long".repeat(200)]
    {
        sandbox.engine.create_session(id, false).unwrap();
        let command = sandbox.begin_in(id, "echo fine", false).unwrap();
        assert_eq!(ended(&command).await.unwrap(), 0, "{id}");
        assert_eq!(printed(&command).0, "fine\n", "{id}");
        assert_eq!(sandbox.engine.session(id).unwrap().id(), id);
    }
    assert!(!sandbox.home().join("escape").exists());
    assert_eq!(sandbox.engine.sessions().len(), 8);
}

#[tokio::test]
async fn taken_and_reserved_ids_are_refused() {
    let sandbox = Sandbox::new();
    assert!(matches!(sandbox.engine.create_session("s", false), Err(SessionError::Exists)));
    assert!(matches!(sandbox.engine.create_session("entrypoint", false), Err(SessionError::Reserved)));
    assert!(matches!(sandbox.begin_in("s", " \n\t", false), Err(SessionError::Blank)));
    assert!(matches!(sandbox.begin_in("t", "true", false), Err(SessionError::Unknown)));
    let session = sandbox.engine.session("s").unwrap();
    assert!(matches!(session.command("nope"), Err(SessionError::UnknownCommand)));
}

#[tokio::test]
async fn old_clients_find_the_session_at_home() {
    let sandbox = Sandbox::new();
    sandbox.engine.create_session("home", true).unwrap();
    let command = sandbox.begin_in("home", "pwd", false).unwrap();
    ended(&command).await.unwrap();
    assert_eq!(Path::new(printed(&command).0.trim()), sandbox.home());
    assert_eq!(Path::new(sandbox.output("pwd").await.trim()), sandbox.home().join("work"));
}

#[tokio::test]
async fn the_entrypoint_runs_in_a_session_of_its_own_that_is_not_listed() {
    let words = ["sh", "-c", "echo \"it's\" up; echo oops >&2"];
    let words = words.map(ToOwned::to_owned).to_vec();
    let sandbox = Sandbox::with(|config| config.entrypoint = Some(words));
    sandbox.engine.start_entrypoint().unwrap();
    let session = sandbox.engine.session("entrypoint").unwrap();
    let command = session.command("entrypoint_command").unwrap();
    assert_eq!(command.text(), r#"'sh' '-c' 'echo "it'\''s" up; echo oops >&2'"#);
    assert_eq!(ended(&command).await.unwrap(), 0);
    assert_eq!(printed(&command), ("it's up\n".to_owned(), "oops\n".to_owned()));
    assert!(sandbox.engine.sessions().is_empty());
    assert!(matches!(Sandbox::new().engine.session("entrypoint"), Err(SessionError::Unknown)));
}

#[tokio::test]
async fn other_shells_work_too() {
    for shell in ["/bin/dash", "/usr/bin/dash"] {
        if !Path::new(shell).exists() {
            continue;
        }
        let sandbox = Sandbox::with(|config| {
            std::fs::write(&config.shells_file, "/bin/other\n").unwrap();
            config.default_shell = Some(shell.to_owned());
        });
        sandbox.engine.create_session("s", false).unwrap();
        sandbox.output("cd /; A=1").await;
        assert_eq!(sandbox.output("pwd; echo $A $0").await, format!("/\n1 {shell}\n"));
        let (code, ..) = sandbox.run("exit 5").await;
        assert_eq!(code, 5);
    }
}

#[tokio::test]
async fn commands_that_remove_their_own_files_do_not_harm_the_session() {
    let sandbox = Sandbox::new();
    let gone = sandbox.begin("rm -r ../.daytona/sessions/s; echo gone");
    assert_eq!(ended(&gone).await.unwrap(), 0);
    assert_eq!(gone.log().open().unwrap_err().kind(), std::io::ErrorKind::NotFound);
    assert_eq!(sandbox.output("echo on").await, "on\n");
}
