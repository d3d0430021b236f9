//! Commands as older SDKs send them: before servers ran code, clients made shell text of it, each generation in its own
//! way (toolbox-processes.md §3.4, legacy-clients.md §4.5). The texts are what the published packages put together.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dialect::Dispatcher;
use http::Request;
use http_body_util::BodyExt;
use lab::{FixedClock, SeededIds};
use serde_json::{Value, json};
use tower::ServiceExt;

const PYTHON: &str = "import os, sys\nprint(sys.argv[1:], os.environ.get('SHADE'))\nsys.exit(4)\n";
const NODE: &str = "console.log(process.argv.slice(1), process.env.SHADE); console.error('err');";
/// Nothing in it may mean anything to any of the shells on its way.
const SHADE: &str = "dark 'red' \"$HOME\" `id`; \\";

struct Server {
    app: Dispatcher,
    directory: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let mut engine = engine::Config::new("test", root.clone(), root.clone(), root.clone());
        let path = std::env::var("PATH").unwrap();
        engine.env = vec![("PATH".to_owned(), format!("{}:{path}", root.join("bin").display()))];
        engine.shells_file = root.join("shells");
        std::fs::write(&engine.shells_file, "/usr/bin/bash\n").unwrap();
        let config = toolbox::Config {
            engine,
            version: "v1.2.3".to_owned(),
            body_limit: 1_000_000,
            clock: Arc::new(FixedClock::new("2026-11-21T05:46:40.144983709Z".parse().unwrap())),
            ids: Arc::new(SeededIds::new(1)),
        };
        Self { app: toolbox::app(config), directory }
    }

    /// Exit code and output of a command that an SDK of this version sends.
    async fn execute(&self, version: &str, command: &str) -> (i64, String) {
        let request = Request::post("/process/execute").header("X-Daytona-SDK-Version", version);
        let body = Body::from(json!({ "command": command }).to_string());
        let response = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        (answer["exitCode"].as_i64().unwrap(), answer["result"].as_str().unwrap().to_owned())
    }

    /// A program of this name that runs a shell script.
    fn add_program(&self, name: &str, script: &str) {
        let path = self.directory.path().join("bin").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn encode(text: &str) -> String {
    STANDARD.encode(text)
}

fn installed(program: &str) -> bool {
    engine::spawn::find_executable(program, &std::env::var("PATH").unwrap()).is_some()
}

/// How versions 0.15 to 0.155 send every command.
fn wrapped(command: &str) -> String {
    let (shade, command) = (encode(SHADE), encode(command));
    format!("sh -c \"export SHADE=$(echo '{shade}' | base64 -d); echo '{command}' | base64 -d | sh\"")
}

/// How versions 0.156 to 0.166 send every command.
fn exported(command: &str) -> String {
    format!("export SHADE=\"$(printf '%s' '{}' | base64 -d)\"; {command}", encode(SHADE))
}

#[tokio::test]
async fn the_first_clients_hand_python_an_expression() {
    if !installed("python3") {
        return;
    }
    let command =
        format!(r#"python3 -c "exec(__import__('base64').b64decode('{}').decode())""#, encode(PYTHON));
    assert_eq!(Server::new().execute("0.9.1", &command).await, (4, "[] None\n".to_owned()));
}

#[tokio::test]
async fn python_code_inside_quotes_keeps_its_arguments_and_exit_code() {
    if !installed("python3") {
        return;
    }
    let server = Server::new();
    for (version, option) in [("0.10.5", ""), ("0.12.0", " -u")] {
        let code = encode(PYTHON);
        let command = format!(
            r#" sh -c 'SHADE='dark' python3{option} -c "exec(__import__(\"base64\").b64decode(\"{code}\").decode())" one two three' "#
        );
        let expected = (4, "['one', 'two', 'three'] dark\n".to_owned());
        assert_eq!(server.execute(version, &command).await, expected, "{version}");
    }
}

#[tokio::test]
async fn code_encoded_twice_reaches_python_whole() {
    if !installed("python3") {
        return;
    }
    let server = Server::new();
    let code = encode(PYTHON);
    let command = wrapped(&format!(
        r#" sh -c 'python3 -u -c "exec(__import__(\"base64\").b64decode(\"{code}\").decode())" one two three' "#
    ));
    for version in ["0.20.0", "0.112.1", "0.155.0"] {
        let (exit, text) = server.execute(version, &command).await;
        assert_eq!(exit, 4, "{version}: {text}");
        assert_eq!(text.trim_end(), format!("['one', 'two', 'three'] {SHADE}"), "{version}");
    }
}

#[tokio::test]
async fn pipelines_reach_python_whole() {
    if !installed("python3") {
        return;
    }
    let command =
        exported(&format!("printf '%s' '{}' | base64 -d | python3 -u - one two three", encode(PYTHON)));
    let server = Server::new();
    for version in ["0.160.0", "0.166.0"] {
        let expected = (4, format!("['one', 'two', 'three'] {SHADE}\n"));
        assert_eq!(server.execute(version, &command).await, expected, "{version}");
    }
}

#[tokio::test]
async fn chart_lines_are_left_to_clients_that_look_for_them() {
    if !installed("python3") {
        return;
    }
    let chart = r#"dtn_artifact_k39fd2:{"type":"chart","value":{"type":"line"}}"#;
    let code = encode(&format!("print('{chart}')\nprint('rest')"));
    let command = format!("printf '%s' '{code}' | base64 -d | python3 -u - ");
    let expected = (0, format!("{chart}\nrest\n"));
    assert_eq!(Server::new().execute("0.166.0", &command).await, expected);
}

#[tokio::test]
async fn javascript_of_every_generation_runs() {
    if !installed("node") {
        return;
    }
    let server = Server::new();
    let inner = format!(
        r#" sh -c 'echo {} | base64 --decode | node -e "$(cat)" one two three 2>&1 | grep -vE "npm notice"' "#,
        encode(NODE)
    );
    let pipeline = format!(
        "printf '%s' '{}' | base64 -d | node - one two three",
        encode(&format!("process.argv.splice(1, 1);\n{NODE}"))
    );
    let expected = (0, format!("[ 'one', 'two', 'three' ] {SHADE}\nerr\n"));
    assert_eq!(server.execute("0.112.1", &wrapped(&inner)).await, expected);
    assert_eq!(server.execute("0.160.0", &exported(&pipeline)).await, expected);
}

#[tokio::test]
async fn typescript_of_every_generation_reaches_ts_node() {
    let server = Server::new();
    // In place of npx, as its words are what matters here: says them, and shows a file among them.
    let say =
        "for word; do case $word in */dtn_*.ts) cat \"$word\" ;; *) echo \"<$word>\" ;; esac; done\nexit 9";
    server.add_program("npx", say);
    let code = "const x: string = \"it's\";\n";
    let options = "<ts-node>\n<-O>\n<{\"module\":\"CommonJS\"}>\n<-e>\n<const x: string = \"it's\";>\n<x>\n<one>\n<two>\n";
    let echoed =
        r#"npx ts-node -O "{\"module\":\"CommonJS\"}" -e "$(cat)" x one two 2>&1 | grep -vE "npm notice"' "#;
    let early = format!(" sh -c 'echo {} | base64 --decode |  {echoed}", encode(code));
    assert_eq!(server.execute("0.12.0", &early).await, (0, options.to_owned()));
    assert_eq!(server.execute("0.155.0", &wrapped(&early)).await, (0, options.to_owned()));
    let late = exported(&format!(
        "_f=/tmp/dtn_$$.ts; printf '%s' '{}' | base64 -d > \"$_f\"; npm_config_loglevel=error npx ts-node -T \
         --ignore-diagnostics 5107 -O '{{\"module\":\"CommonJS\"}}' \"$_f\" one two; _dtn_ec=$?; rm -f \"$_f\"; \
         exit $_dtn_ec",
        encode(code)
    ));
    let words = "<ts-node>\n<-T>\n<--ignore-diagnostics>\n<5107>\n<-O>\n<{\"module\":\"CommonJS\"}>\n";
    let expected = (9, format!("{words}{code}<one>\n<two>\n"));
    assert_eq!(server.execute("0.166.0", &late).await, expected);
}
