//! Code runs as toolbox-processes.md §3 describes them. Languages that are not installed here are passed over.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use engine::code_run::{CodeOutcome, CodeRequest, Language};
use engine::command::CommandError;
use engine::{Config, Engine};
use serde_json::json;

struct Sandbox {
    directory: tempfile::TempDir,
    engine: Arc<Engine>,
}

impl Sandbox {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let mut config = Config::new("test", root.clone(), root.clone(), root);
        config.env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
        Self { directory, engine: Arc::new(Engine::new(config)) }
    }

    async fn run(&self, request: CodeRequest) -> (i32, String) {
        let CodeOutcome { exit_code, output, .. } = self.engine.run_code(request).await.unwrap();
        (exit_code, String::from_utf8(output.into_bytes().to_vec()).unwrap())
    }
}

fn code(language: Language, code: &str) -> CodeRequest {
    CodeRequest { language, code: code.to_owned(), arguments: vec![], environment: vec![], timeout: None }
}

fn installed(program: &str) -> bool {
    engine::spawn::find_executable(program, &std::env::var("PATH").unwrap()).is_some()
}

#[tokio::test]
async fn python_reads_the_code_from_its_input() {
    if !installed("python3") {
        return;
    }
    let sandbox = Sandbox::new();
    let root = sandbox.directory.path().canonicalize().unwrap();
    let text = "import os, sys\nprint(sys.argv, __name__, os.getcwd())\nprint('err', file=sys.stderr)\nsys.exit(3)\n";
    let expected = format!("['-'] __main__ {}\nerr\n", root.display());
    assert_eq!(sandbox.run(code(Language::Python, text)).await, (3, expected));
    let (exit, trace) = sandbox.run(code(Language::Python, "raise ValueError('<b>\"\\'$HOME')")).await;
    assert_eq!((exit, trace.lines().nth(1)), (1, Some("  File \"<stdin>\", line 1, in <module>")));
    assert!(
        sandbox
            .run(code(Language::Python, "input()"))
            .await
            .1
            .ends_with("EOFError: EOF when reading a line\n")
    );
}

#[tokio::test]
async fn arguments_are_shell_text() {
    if !installed("python3") {
        return;
    }
    let arguments =
        ["a b", "'q r'", "$((1+1))", "$K", ";", "echo", "injected"].map(ToOwned::to_owned).to_vec();
    let request = CodeRequest {
        arguments,
        environment: vec![("K".to_owned(), "v".to_owned())],
        ..code(Language::Python, "import sys; print(sys.argv)")
    };
    let expected = "['-', 'a', 'b', 'q r', '2', 'v']\ninjected\n".to_owned();
    assert_eq!(Sandbox::new().run(request).await, (0, expected));
}

#[tokio::test]
async fn a_run_that_takes_too_long_is_killed() {
    if !installed("python3") {
        return;
    }
    let request = CodeRequest {
        timeout: Some(Duration::from_millis(500)),
        ..code(Language::Python, "import time; time.sleep(300)")
    };
    assert!(matches!(Sandbox::new().engine.run_code(request).await, Err(CommandError::TimedOut)));
}

#[tokio::test]
async fn charts_leave_the_output() {
    if !installed("python3") {
        return;
    }
    let text = "print('before')\nprint('dtn_artifact_k39fd2:{\"type\":\"chart\",\"value\":{\"type\":\"line\"}}')\nprint('after')";
    let outcome = Sandbox::new().engine.run_code(code(Language::Python, text)).await.unwrap();
    assert_eq!(outcome.output.into_bytes(), "before\nafter\n");
    assert_eq!(outcome.charts, [json!({"type": "line", "elements": null})]);
}

/// Code whose charts are captured, although matplotlib need not be there: the text alone decides.
fn captured(text: &str) -> CodeRequest {
    code(Language::Python, &format!("\"import matplotlib\"\n{text}"))
}

#[tokio::test]
async fn python_that_may_draw_runs_as_a_program_of_its_own() {
    if !installed("python3") {
        return;
    }
    let text = "import sys\nprint(sys.argv, __name__, __file__, sorted(set(globals()) - {'sys'}))\n\
        print(vars(sys.modules['__main__']) is globals())\ntry:\n    input()\nexcept EOFError:\n    print('no input')\nsys.exit(3)\n";
    let request = CodeRequest { arguments: vec!["a b".to_owned()], ..captured(text) };
    let (exit, output) = Sandbox::new().run(request).await;
    assert_eq!(exit, 3, "{output}");
    let names =
        "['__builtins__', '__doc__', '__file__', '__loader__', '__name__', '__package__', '__spec__']";
    let expected = format!("['-', 'a', 'b'] __main__ <target_code> {names}\nTrue\nno input\n");
    assert_eq!(output, expected);
}

#[tokio::test]
async fn python_that_may_draw_fails_with_its_own_innermost_step() {
    if !installed("python3") {
        return;
    }
    let sandbox = Sandbox::new();
    let text = "import json\ndef load():\n    json.loads('{')\ndef main():\n    load()\nmain()";
    let (exit, trace) = sandbox.run(captured(text)).await;
    assert_eq!(exit, 1);
    let start = "Traceback (most recent call last):\n  File \"<target_code>\", line 4, in load\n    json.loads('{')\n";
    assert!(trace.starts_with(start), "{trace}");
    let last = trace.lines().last().unwrap_or_default();
    assert!(last.starts_with("json.decoder.JSONDecodeError: "), "{trace}");
    assert_eq!(trace.matches("File ").count(), 1, "{trace}");

    let (exit, trace) = sandbox
        .run(captured(
            "try:\n    1 / 0\nexcept ZeroDivisionError as cause:\n    raise KeyError('k') from cause",
        ))
        .await;
    assert_eq!((exit, trace.matches("File \"<target_code>\"").count()), (1, 2), "{trace}");
    assert!(trace.contains("direct cause") && trace.ends_with("KeyError: 'k'\n"), "{trace}");

    let (exit, text) = sandbox
        .run(captured("import sys\nsys.excepthook = lambda *a: print('mine', a[0].__name__)\n1 / 0"))
        .await;
    assert_eq!((exit, text.as_str()), (1, "mine ZeroDivisionError\n"));

    let (exit, trace) = sandbox.run(captured("def (")).await;
    assert_eq!(exit, 1);
    assert!(
        trace.contains("File \"<stdin>\"") && trace.contains("File \"<target_code>\", line 2"),
        "{trace}"
    );
    assert!(trace.ends_with("SyntaxError: invalid syntax\n") && trace.lines().count() < 8, "{trace}");
}

#[tokio::test]
async fn javascript_sees_its_arguments_behind_the_program() {
    if !installed("node") {
        return;
    }
    let request = CodeRequest {
        arguments: vec!["x".to_owned()],
        ..code(
            Language::JavaScript,
            "console.log(process.argv.slice(1)); console.error('e'); process.exit(5)",
        )
    };
    assert_eq!(Sandbox::new().run(request).await, (5, "[ 'x' ]\ne\n".to_owned()));
    let later = code(Language::JavaScript, "setTimeout(() => console.log('later'), 50); console.log('now')");
    assert_eq!(Sandbox::new().run(later).await, (0, "now\nlater\n".to_owned()));
}

#[tokio::test]
async fn typescript_without_ts_node_says_how_to_get_it() {
    let request = CodeRequest {
        environment: vec![("PATH".to_owned(), "/nowhere".to_owned())],
        ..code(Language::TypeScript, "console.log(1)")
    };
    let (exit, text) = Sandbox::new().run(request).await;
    assert_eq!(exit, 127);
    assert!(
        text.starts_with("ts-node: command not found\n") && text.contains("npm install -g ts-node"),
        "{text}"
    );
}

#[tokio::test]
async fn typescript_runs_through_the_projects_ts_node_and_leaves_no_file() {
    let sandbox = Sandbox::new();
    let binaries = sandbox.directory.path().join("node_modules/.bin");
    std::fs::create_dir_all(&binaries).unwrap();
    // Stands in for ts-node: shows what it was given.
    let stand_in = "#!/bin/sh\nfor last; do case $last in */dtn_*.ts) cat \"$last\"; shift;; *) shift; set -- \"$@\";; esac; done\nexit 9\n";
    std::fs::write(binaries.join("ts-node"), stand_in).unwrap();
    std::fs::set_permissions(binaries.join("ts-node"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (exit, text) = sandbox.run(code(Language::TypeScript, "const x: number = 1;\n")).await;
    assert_eq!((exit, text.as_str()), (9, "process.argv.splice(1, 1);\nconst x: number = 1;\n"));
    let left = std::fs::read_dir(sandbox.directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["node_modules"]);
}
