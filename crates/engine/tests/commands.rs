//! Commands as toolbox-processes.md §2 describes them, run by a real shell.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::command::{CommandError, Outcome, Request, Script};
use engine::paths::PathRules;
use engine::{Config, Engine};
use tokio::sync::oneshot;

/// Longer than any command here takes, shorter than the thirty seconds a wait for background children may last.
const SOON: Duration = Duration::from_secs(10);

struct Sandbox {
    directory: tempfile::TempDir,
    engine: Arc<Engine>,
}

impl Sandbox {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let mut config = Config::new("test", root.clone(), root.clone(), root.clone());
        config.env = vec![
            ("PATH".to_owned(), std::env::var("PATH").unwrap()),
            ("HOME".to_owned(), root.to_string_lossy().into_owned()),
        ];
        config.shells_file = root.join("shells");
        std::fs::write(&config.shells_file, "/bin/sh\n/usr/bin/bash\n/bin/bash\n").unwrap();
        change(&mut config);
        Self { directory, engine: Arc::new(Engine::new(config)) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join(name)
    }

    async fn try_run(&self, request: Request) -> Result<Outcome, CommandError> {
        self.engine.execute(request).await
    }

    async fn run(&self, request: Request) -> (i32, String) {
        let outcome = self.try_run(request).await.unwrap();
        (outcome.exit_code, String::from_utf8(outcome.output.into_bytes().to_vec()).unwrap())
    }

    async fn shell(&self, text: &str) -> (i32, String) {
        self.run(shell(text)).await
    }

    /// A pipe with a name: reading it to the end waits until all who write to it are gone. A thread of its own reads it,
    /// for the runtime would wait at its end for one that never comes back.
    fn fifo(&self, name: &str) -> oneshot::Receiver<String> {
        let path = self.path(name);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let (sender, text) = oneshot::channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            File::open(path).unwrap().read_to_string(&mut text).unwrap();
            sender.send(text)
        });
        text
    }
}

fn shell(text: &str) -> Request {
    Request {
        script: Script::Shell(text.to_owned()),
        directory: String::new(),
        environment: Vec::new(),
        timeout: None,
    }
}

fn result(code: i32, text: &str) -> (i32, String) {
    (code, text.to_owned())
}

#[tokio::test]
async fn output_and_errors_come_in_the_order_they_were_written() {
    let sandbox = Sandbox::new();
    let text = "for i in 1 2 3; do echo out$i; echo err$i >&2; done; exit 7";
    assert_eq!(sandbox.shell(text).await, result(7, "out1\nerr1\nout2\nerr2\nout3\nerr3\n"));
}

#[tokio::test]
async fn the_shell_reads_the_text_from_its_input() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.shell("echo $0 $# $-").await, result(0, "/usr/bin/bash 0 hBs\n"));
    assert_eq!(sandbox.shell("read x\nnot-a-command\necho got=$x").await, result(0, "got=not-a-command\n"));
    assert_eq!(sandbox.shell("cat\necho swallowed").await, result(0, "echo swallowed"));
    assert_eq!(sandbox.shell("echo 'abc").await.0, 2);
    let missing = result(127, "/usr/bin/bash: line 1: no-such-program: command not found\n");
    assert_eq!(sandbox.shell("no-such-program").await, missing);
}

#[tokio::test]
async fn a_command_may_be_longer_than_any_argument() {
    let sandbox = Sandbox::new();
    let long = "a".repeat(300_000);
    assert_eq!(sandbox.shell(&format!("x={long}; echo ${{#x}}")).await, result(0, "300000\n"));
}

#[tokio::test]
async fn input_that_nobody_reads_does_no_harm() {
    let sandbox = Sandbox::new();
    let long = "#".repeat(300_000);
    assert_eq!(sandbox.shell(&format!("echo done; exit 3\n{long}")).await, result(3, "done\n"));
}

#[tokio::test]
async fn a_signal_that_ends_the_shell_is_minus_one_and_one_that_ends_its_child_is_128_and_more() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.shell("echo before; kill -9 $$").await, result(-1, "before\n"));
    // nix and others stumble over real-time signals.
    assert_eq!(sandbox.shell("kill -36 $$").await, result(-1, ""));
    let (code, text) = sandbox.shell("sh -c 'kill -9 $$'; echo code=$?").await;
    assert!(code == 0 && text.contains("Killed") && text.ends_with("code=137\n"), "{text}");
}

#[tokio::test]
async fn every_command_leads_a_process_group_of_its_own() {
    let (_, text) = Sandbox::new().shell("cut -d' ' -f1,5 /proc/$$/stat").await;
    let (pid, group) = text.trim().split_once(' ').unwrap();
    assert_eq!(pid, group);
}

#[tokio::test]
async fn output_may_be_a_hundred_megabytes_and_of_any_bytes() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.try_run(shell("head -c 100000000 /dev/zero; printf '\\377\\000x'")).await.unwrap();
    assert_eq!(outcome.output.len(), 100_000_003);
    assert!(outcome.output.into_bytes().ends_with(b"\0\0\xff\0x"));
}

#[tokio::test]
async fn a_background_child_that_holds_the_output_neither_delays_the_answer_for_long_nor_dies_of_it() {
    let sandbox = Sandbox::new();
    let alive = sandbox.fifo("alive");
    let start = Instant::now();
    let answer = sandbox.shell("(sleep 1; echo alive > alive; kill $!) & echo started").await;
    assert_eq!(answer, result(0, "started\n"));
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
    assert_eq!(alive.await.unwrap(), "alive\n");
}

#[tokio::test]
async fn what_a_background_child_says_soon_after_the_end_belongs_to_the_answer() {
    let sandbox = Sandbox::with(|config| config.drain = Duration::from_secs(5));
    let start = Instant::now();
    let answer = sandbox.shell("(for i in 1 2 3; do sleep 0.05; echo $i; done) & echo 0").await;
    assert_eq!(answer, result(0, "0\n1\n2\n3\n"));
    assert!(start.elapsed() < Duration::from_secs(4), "the end of the pipe ends the wait");
}

#[tokio::test]
async fn a_background_child_that_never_stops_talking_is_listened_to_for_a_limited_time() {
    let sandbox = Sandbox::with(|config| config.drain_limit = Duration::from_millis(300));
    let start = Instant::now();
    let (code, text) = sandbox.shell("(while echo again; do sleep 0.01; done) & echo $!; exit 4").await;
    assert_eq!(code, 4);
    assert!(text.contains("again\nagain\n"));
    assert!(start.elapsed() < SOON);
    let talker = text.lines().next().unwrap();
    // The talker dies of the closed pipe by itself; this only makes sure of it.
    sandbox.shell(&format!("kill {talker}")).await;
}

#[tokio::test]
async fn a_command_that_closes_its_output_is_still_waited_for() {
    let sandbox = Sandbox::new();
    let start = Instant::now();
    assert_eq!(sandbox.shell("echo first; exec >&- 2>&-; sleep 0.3; exit 5").await, result(5, "first\n"));
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_timeout_kills_the_whole_group() {
    let sandbox = Sandbox::new();
    let held = sandbox.fifo("held");
    let request =
        Request { timeout: Some(Duration::from_millis(300)), ..shell("sleep 300 > held & echo x; wait") };
    let error = sandbox.try_run(request).await.unwrap_err();
    assert!(matches!(error, CommandError::TimedOut));
    assert_eq!(error.to_string(), "command execution timeout");
    tokio::time::timeout(SOON, held).await.expect("the sleeping child was killed").unwrap();
}

#[tokio::test]
async fn the_sandboxs_default_limit_holds_unless_the_command_asks_for_none() {
    let sandbox = Sandbox::with(|config| config.execute_timeout_default = Some(Duration::from_millis(200)));
    assert!(matches!(sandbox.try_run(shell("sleep 300")).await, Err(CommandError::TimedOut)));
    let unlimited = Request { timeout: Some(Duration::ZERO), ..shell("sleep 0.5; echo done") };
    assert_eq!(sandbox.run(unlimited).await, result(0, "done\n"));
}

#[tokio::test]
async fn a_command_that_ended_in_time_is_no_timeout_though_its_child_still_talks() {
    let sandbox = Sandbox::new();
    let request = Request {
        timeout: Some(Duration::from_millis(500)),
        ..shell("(while echo again; do sleep 0.01; done) & exit 6")
    };
    let start = Instant::now();
    assert_eq!(sandbox.try_run(request).await.unwrap().exit_code, 6);
    assert!(start.elapsed() < SOON);
}

#[tokio::test]
async fn a_command_goes_on_when_nobody_waits_for_it() {
    let sandbox = Sandbox::new();
    let word = sandbox.fifo("word");
    // Its output must still be taken, or it dies of writing.
    let waiting = sandbox.shell("sleep 0.3; echo out; echo done > word");
    assert!(tokio::time::timeout(Duration::from_millis(50), waiting).await.is_err());
    assert_eq!(tokio::time::timeout(SOON, word).await.unwrap().unwrap(), "done\n");
}

#[tokio::test]
async fn a_directory_that_cannot_be_entered_is_told_in_the_daemons_words() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("file"), "").unwrap();
    for (directory, text) in [
        ("nowhere", "fork/exec /usr/bin/bash: no such file or directory"),
        ("file", "fork/exec /usr/bin/bash: not a directory"),
        ("nul\0", "fork/exec /usr/bin/bash: invalid argument"),
    ] {
        let request = Request { directory: directory.to_owned(), ..shell("pwd") };
        let error = sandbox.try_run(request).await.unwrap_err();
        assert!(matches!(error, CommandError::Start(_)), "{directory}");
        assert_eq!(error.to_string(), text, "{directory}");
    }
}

#[tokio::test]
async fn directories_are_relative_to_the_work_directory_and_keep_their_links() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("real")).unwrap();
    std::os::unix::fs::symlink("real", sandbox.path("link")).unwrap();
    let root = sandbox.path("").to_string_lossy().trim_end_matches('/').to_owned();
    let at = |directory: &str| Request { directory: directory.to_owned(), ..shell("pwd; pwd -P") };
    assert_eq!(sandbox.run(at("link")).await, result(0, &format!("{root}/link\n{root}/real\n")));
    assert_eq!(
        sandbox.run(at(&format!("{root}/real"))).await,
        result(0, &format!("{root}/real\n{root}/real\n"))
    );
    assert_eq!(sandbox.run(at("")).await, result(0, &format!("{root}\n{root}\n")));
}

#[tokio::test]
async fn names_of_a_real_sandbox_lead_to_the_sandboxs_own_directories() {
    let sandbox = Sandbox::with(|config| {
        let (home, workspace) = (config.home.clone(), config.home.join("workspace"));
        std::fs::create_dir(&workspace).unwrap();
        config.paths = PathRules::process(home.clone(), workspace, home.clone(), home, "/nonexistent".into());
    });
    let request = Request { directory: "/workspace".to_owned(), ..shell("pwd") };
    let expected = format!("{}\n", sandbox.path("workspace").display());
    assert_eq!(sandbox.run(request).await, result(0, &expected));
}

#[tokio::test]
async fn variables_are_added_to_the_environment_and_win() {
    let sandbox = Sandbox::with(|config| config.env.push(("KEPT".to_owned(), "yes".to_owned())));
    let added = [("A", "two words"), ("N", "a\nb"), ("E", ""), ("PATH", "/nowhere")];
    let environment = added.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let request = Request { environment, ..shell("echo \"$KEPT|$A|$N|${E-unset}|$PATH|${CARGO-clean}\"") };
    assert_eq!(sandbox.run(request).await, result(0, "yes|two words|a\nb||/nowhere|clean\n"));
}

#[tokio::test]
async fn bad_names_of_variables_are_refused_and_bad_values_do_not_start() {
    let sandbox = Sandbox::new();
    for name in ["A-B", "", "1A", "A B", "A=B", "Ä", "A\0"] {
        let request = Request { environment: vec![(name.to_owned(), "1".to_owned())], ..shell("true") };
        let error = sandbox.try_run(request).await.unwrap_err();
        assert_eq!(error.to_string(), format!("invalid environment variable name: '{name}'"));
    }
    let request = Request { environment: vec![("_a1".to_owned(), "x\0y".to_owned())], ..shell("true") };
    let error = sandbox.try_run(request).await.unwrap_err();
    assert_eq!(error.to_string(), "exec: environment variable contains NUL");
}

#[tokio::test]
async fn a_blank_command_is_refused() {
    let sandbox = Sandbox::new();
    for text in ["", "  \n\t", "\u{a0}"] {
        assert!(matches!(sandbox.try_run(shell(text)).await, Err(CommandError::Blank)), "{text:?}");
    }
    assert_eq!(sandbox.shell("# nothing").await, result(0, ""));
}

#[tokio::test]
async fn a_missing_shell_is_told_in_the_daemons_words() {
    let sandbox = Sandbox::with(|config| {
        std::fs::write(&config.shells_file, "/bin/sh\n").unwrap();
        config.default_shell = Some("/no/such/shell".to_owned());
    });
    let error = sandbox.try_run(shell("true")).await.unwrap_err();
    assert_eq!(error.to_string(), "fork/exec /no/such/shell: no such file or directory");
    let sandbox = Sandbox::with(|config| {
        std::fs::remove_file(&config.shells_file).unwrap();
        config.env = vec![("PATH".to_owned(), "/nowhere".to_owned())];
    });
    let error = sandbox.try_run(shell("true")).await.unwrap_err();
    assert_eq!(error.to_string(), "exec: \"sh\": executable file not found in $PATH");
}

#[tokio::test]
async fn words_are_started_without_a_shell_around_them() {
    let sandbox = Sandbox::new();
    let words = |line: &str| Request { script: Script::Words(line.to_owned()), ..shell("") };
    assert_eq!(sandbox.run(words("echo $HOME | cat")).await, result(0, "$HOME | cat\n"));
    // The substitution is left to the inner shell; an outer one would paste in text that ends at the semicolon.
    let line = "sh -c \"export X=$(echo 'YTti' | base64 -d); printf '<%s>' $X\"";
    assert_eq!(sandbox.run(words(line)).await, result(0, "<a;b>"));
    assert_ne!(sandbox.shell(line).await.1, "<a;b>");
    assert_eq!(sandbox.run(words("cat")).await, result(0, ""));
}

#[tokio::test]
async fn commands_run_side_by_side() {
    let sandbox = Arc::new(Sandbox::new());
    let start = Instant::now();
    let mut commands = tokio::task::JoinSet::new();
    for number in 0..20 {
        let sandbox = Arc::clone(&sandbox);
        commands.spawn(async move {
            (number, sandbox.shell(&format!("sleep 0.5; echo {number}; exit {number}")).await)
        });
    }
    while let Some(done) = commands.join_next().await {
        let (number, answer) = done.unwrap();
        assert_eq!(answer, result(number, &format!("{number}\n")));
    }
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_pipes_of_a_command_leak_neither_into_itself_nor_into_another() {
    let sandbox = Sandbox::new();
    let pipes = sandbox.fifo("pipes");
    let first = sandbox.shell("readlink /proc/$$/fd/0 /proc/$$/fd/1 > pipes; sleep 1");
    let second = async {
        let pipes = pipes.await.unwrap();
        (pipes, sandbox.shell("for fd in /proc/$$/fd/*; do readlink $fd; done").await.1)
    };
    let (_, (pipes, text)) = tokio::join!(first, second);
    let descriptors: Vec<&str> = text.lines().collect();
    assert_eq!(pipes.lines().count(), 2);
    assert!(pipes.lines().all(|pipe| !descriptors.contains(&pipe)), "{pipes} in {descriptors:?}");
    let (input, output) = (descriptors[0], descriptors[1]);
    assert_eq!(descriptors.iter().filter(|target| **target == input).count(), 1, "{descriptors:?}");
    assert_eq!(descriptors.iter().filter(|target| **target == output).count(), 2, "{descriptors:?}");
}

#[tokio::test]
async fn a_script_that_cannot_be_executed_is_no_shell() {
    let sandbox = Sandbox::with(|config| {
        let shell = config.home.join("shell");
        std::fs::write(&shell, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&shell, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::fs::write(&config.shells_file, "/bin/sh\n").unwrap();
        config.default_shell = Some(shell.to_string_lossy().into_owned());
    });
    let error = sandbox.try_run(shell("true")).await.unwrap_err();
    assert!(error.to_string().ends_with("/shell: permission denied"), "{error}");
}
