//! The toolbox as a client sees it: commands, code runs, server facts, errors and routes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use axum::body::Body;
use dialect::Dispatcher;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use lab::{FixedClock, SeededIds};
use serde_json::{Value, json};
use tower::ServiceExt;

struct Server {
    app: Dispatcher,
    directory: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Server {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let work_dir = root.join("work");
        std::fs::create_dir(&work_dir).unwrap();
        let mut engine = engine::Config::new("test", root.clone(), work_dir, root.clone());
        engine.env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
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

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn call(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        self.send(Request::builder().method(method).uri(path).body(body.into()).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Body::empty()).await
    }

    async fn execute(&self, body: &Value) -> Answer {
        self.call(Method::POST, "/process/execute", body.to_string()).await
    }

    async fn code_run(&self, body: &Value) -> Answer {
        self.call(Method::POST, "/process/code-run", body.to_string()).await
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// What a client sees at a glance.
    fn glance(&self) -> String {
        format!("{} {}\n{}", self.status.as_u16(), self.header("content-type"), self.body)
    }

    fn message(&self) -> (u16, String, String) {
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), text("code"), text("message"))
    }
}

#[tokio::test]
async fn a_command_answers_its_exit_code_and_output() {
    let server = Server::new();
    let answer = server.execute(&json!({"command": "echo '<a>&\"'; echo err >&2; exit 3"})).await;
    insta::assert_snapshot!(answer.glance(), @r#"
    200 application/json; charset=utf-8
    {"exitCode":3,"result":"\u003ca\u003e\u0026\"\nerr\n"}
    "#);
    let silent =
        server.execute(&json!({"command": "true", "cwd": null, "envs": null, "timeout": null})).await;
    assert_eq!(silent.body, r#"{"exitCode":0,"result":""}"#);
}

#[tokio::test]
async fn bytes_that_are_no_text_and_separators_are_written_as_the_daemon_writes_them() {
    let server = Server::new();
    let answer = server
        .execute(&json!({"command": "printf '\\001\\033\\t\\rcaf\\303|\\342\\202|\\342\\200\\250|日本'"}))
        .await;
    insta::assert_snapshot!(answer.body, @r#"{"exitCode":0,"result":"\u0001\u001b\t\rcaf�|��|\u2028|日本"}"#);
}

#[tokio::test]
async fn long_output_arrives_whole() {
    let server = Server::new();
    // Two bytes a character and an odd start: chunks end inside characters.
    let command =
        "printf x; for i in $(seq 100); do s=$s'äöü<'; done; for i in $(seq 3000); do printf %s \"$s\"; done";
    let answer = server.execute(&json!({"command": command})).await;
    let result = answer.json()["result"].as_str().unwrap().to_owned();
    assert_eq!(result, format!("x{}", "äöü<".repeat(300_000)));
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_an_outcome_not_an_error() {
    let server = Server::new();
    let answer = server.execute(&json!({"command": "pwd", "cwd": "nope"})).await;
    insta::assert_snapshot!(answer.glance(), @r#"
    200 application/json; charset=utf-8
    {"exitCode":-1,"result":"fork/exec /usr/bin/bash: no such file or directory"}
    "#);
    let answer = server.execute(&json!({"command": "true", "envs": {"A": "x\0y"}})).await;
    assert_eq!(answer.json(), json!({"exitCode": -1, "result": "exec: environment variable contains NUL"}));
}

#[tokio::test]
async fn a_timeout_is_a_408_with_the_class_clients_look_for() {
    let server = Server::new();
    let answer = server.execute(&json!({"command": "echo partial; sleep 300", "timeout": 1})).await;
    insta::assert_snapshot!(answer.glance(), @r#"
    408 application/json
    {"statusCode":408,"message":"command execution timeout","source":"DAYTONA_DAEMON","code":"PROCESS_EXECUTION_TIMEOUT","timestamp":"2026-11-21T05:46:40.144983709Z","path":"/process/execute","method":"POST"}
    "#);
    let unlimited = server.execute(&json!({"command": "sleep 0.1; echo fine", "timeout": 0})).await;
    assert_eq!(unlimited.json()["result"], "fine\n");
}

#[tokio::test]
async fn refused_commands_say_why() {
    let server = Server::new();
    let mut seen = Vec::new();
    for body in [
        json!({"command": "  \n"}),
        json!({"command": "true", "envs": {"A-B": "1"}}),
        json!({"command": 5}),
        json!({}),
        json!({"command": "x", "timeout": -1}),
        json!({"command": "x", "timeout": 4_294_967_296_u64}),
        json!({"command": "x", "timeout": 1.5}),
    ] {
        let (status, code, message) = server.execute(&body).await.message();
        seen.push(format!("{status} {code} {message}"));
    }
    for body in ["", "{\"command\": ", "command=echo"] {
        let (status, code, message) = server.call(Method::POST, "/process/execute", body).await.message();
        seen.push(format!("{status} {code} {message}"));
    }
    insta::assert_snapshot!(seen.join("\n"), @r"
    400 BAD_REQUEST bad request: command cannot be empty or whitespace-only
    400 BAD_REQUEST bad request: invalid environment variable name: 'A-B'
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: json: cannot unmarshal number into Go struct field ExecuteRequest.command of type string
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: Key: 'ExecuteRequest.Command' Error:Field validation for 'Command' failed on the 'required' tag
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: json: cannot unmarshal number -1 into Go struct field ExecuteRequest.timeout of type uint32
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: json: cannot unmarshal number 4294967296 into Go struct field ExecuteRequest.timeout of type uint32
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: json: cannot unmarshal number 1.5 into Go struct field ExecuteRequest.timeout of type uint32
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: EOF
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: unexpected EOF
    400 INVALID_REQUEST_BODY invalid body request: invalid request body: invalid character 'c' looking for beginning of value
    ");
}

#[tokio::test]
async fn bodies_are_bound_leniently() {
    let server = Server::new();
    for body in [
        r#"{"COMMAND":"echo hi","unknown":1}"#,
        r#"{"command":"echo no","command":"echo hi"} trailing"#,
        r#"{"command":"echo hi"}{"command":"echo two"}"#,
    ] {
        let request = Request::post("/process/execute").header("content-type", "text/plain");
        let answer = server.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.json(), json!({"exitCode": 0, "result": "hi\n"}), "{body}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let server = Server::new();
    let long = server.execute(&json!({"command": format!(": {}", "a".repeat(900_000))})).await;
    assert_eq!(long.status, StatusCode::OK);
    let longer = server.execute(&json!({"command": format!(": {}", "a".repeat(1_100_000))})).await;
    assert_eq!(longer.message().0, 413);
}

#[tokio::test]
async fn only_old_clients_that_bring_a_shell_are_spared_ours() {
    let server = Server::new();
    // With an outer shell the substitution is pasted into the text and cut at the semicolon.
    let command = "sh -c \"export X=$(echo 'YTti' | base64 -d); printf '<%s>' $X\"";
    let body = json!({"command": command}).to_string();
    let mut seen = Vec::new();
    for (name, value) in [
        ("X-Daytona-SDK-Version", "0.20.0"),
        ("X-Daytona-SDK-Version", "0.155.1"),
        (toolbox::LEGACY_ROUTE, "1"),
        ("X-Daytona-SDK-Version", "0.156.0"),
        ("X-Daytona-SDK-Version", "0.0.0-dev"),
        ("X-Other", "1"),
    ] {
        let request =
            Request::post("/process/execute").header(name, value).body(Body::from(body.clone())).unwrap();
        let bare = server.send(request).await.json()["result"] == "<a;b>";
        seen.push((value, bare));
    }
    let bare = ["0.20.0", "0.155.1"];
    assert!(
        seen.iter().all(|(version, spared)| *spared == bare.contains(version) || *version == "1"),
        "{seen:?}"
    );
    assert_eq!((seen[2].1, seen[5].1), (true, false));
    let request = Request::post("/process/execute").header("X-Daytona-SDK-Version", "0.20.0");
    let pipe = server.send(request.body(Body::from(r#"{"command":"echo a | tr a b"}"#)).unwrap()).await;
    assert_eq!(pipe.json()["result"], "b\n", "other commands of old clients go to the shell");
}

#[tokio::test]
async fn code_runs_answer_output_and_charts() {
    let server = Server::new();
    let code = "print('a')\nprint('dtn_artifact_k39fd2:{\"type\":\"chart\",\"value\":{\"type\":\"bar\",\"elements\":[{\"label\":\"x\",\"value\":1.0}]}}')\nprint('<b>')";
    let answer = server.code_run(&json!({"code": code, "language": "python"})).await;
    insta::assert_snapshot!(answer.glance(), @r#"
    200 application/json; charset=utf-8
    {"exitCode":0,"result":"a\n\u003cb\u003e\n","artifacts":{"charts":[{"type":"bar","elements":[{"label":"x","value":"1"}]}]}}
    "#);
    let plain = server.code_run(&json!({"code": "print(1)", "language": "python", "argv": null})).await;
    assert_eq!(plain.body, r#"{"exitCode":0,"result":"1\n"}"#);
}

#[tokio::test]
async fn refused_code_runs_say_why() {
    let server = Server::new();
    let mut seen = Vec::new();
    for body in [
        json!({"language": "python"}),
        json!({"code": "", "language": ""}),
        json!({"code": "1", "language": "ruby"}),
        json!({"code": "1", "language": "Python"}),
        json!({"code": "1", "language": "python", "envs": {"K-": "v"}}),
        json!({"code": "1", "language": "python", "argv": "x"}),
    ] {
        let (status, code, message) = server.code_run(&body).await.message();
        seen.push(format!("{status} {code} {message}"));
    }
    insta::assert_snapshot!(seen.join("\n"), @r"
    400 INVALID_REQUEST_BODY invalid body request: Key: 'CodeRunRequest.Code' Error:Field validation for 'Code' failed on the 'required' tag
    400 INVALID_REQUEST_BODY invalid body request: Key: 'CodeRunRequest.Code' Error:Field validation for 'Code' failed on the 'required' tag
    Key: 'CodeRunRequest.Language' Error:Field validation for 'Language' failed on the 'required' tag
    400 BAD_REQUEST bad request: unsupported language: ruby
    400 BAD_REQUEST bad request: unsupported language: Python
    400 BAD_REQUEST bad request: invalid environment variable name: 'K-'
    400 INVALID_REQUEST_BODY invalid body request: json: cannot unmarshal string into Go struct field CodeRunRequest.argv of type []string
    ");
}

#[tokio::test]
async fn the_server_tells_its_version_and_directories() {
    let server = Server::new();
    let home = server.directory.path().canonicalize().unwrap();
    let version = server.get("/version").await;
    assert_eq!(version.glance(), "200 application/json; charset=utf-8\n{\"version\":\"v1.2.3\"}");
    assert_eq!(server.get("/user-home-dir").await.json(), json!({"dir": home}));
    assert_eq!(server.get("/project-dir").await.json(), json!({"dir": home}));
    assert_eq!(server.get("/work-dir").await.json(), json!({"dir": home.join("work")}));
}

#[tokio::test]
async fn unknown_routes_and_methods_are_a_bare_404() {
    let server = Server::new();
    for (method, path) in [
        (Method::GET, "/no/such/route"),
        (Method::GET, "/"),
        (Method::GET, "//version"),
        (Method::GET, "//version/"),
        (Method::GET, "/VERSION"),
        (Method::DELETE, "/version"),
        (Method::DELETE, "/version/"),
        (Method::OPTIONS, "/version"),
        (Method::HEAD, "/version"),
        (Method::GET, "/process/execute"),
    ] {
        let answer = server.call(method.clone(), path, Body::empty()).await;
        assert_eq!(answer.glance(), "404 text/plain\n404 page not found", "{method} {path}");
    }
}

#[tokio::test]
async fn a_slash_too_many_is_redirected() {
    let server = Server::new();
    let get = server.get("/version/?a=1&b=2").await;
    assert_eq!(get.header("location"), "/version?a=1&b=2");
    insta::assert_snapshot!(get.glance(), @r#"
    301 text/html; charset=utf-8
    <a href="/version?a=1&amp;b=2">Moved Permanently</a>.
    "#);
    let post = server.call(Method::POST, "/process/execute/", r#"{"command":"true"}"#).await;
    assert_eq!((post.header("location"), post.glance().as_str()), ("/process/execute", "307 \n"));
}

#[test]
fn every_operation_is_either_served_or_planned() {
    let server = Server::new();
    for operation in contract::toolbox::DOCUMENT.operations {
        let served = server.app.served().any(|served| served == operation);
        assert_ne!(served, operation.planned, "{}: served {served}", operation.id);
    }
}

#[tokio::test]
async fn operations_not_served_yet_say_so() {
    let server = Server::new();
    for planned in contract::toolbox::DOCUMENT.operations.iter().filter(|operation| operation.planned) {
        let method = Method::from_bytes(planned.method.as_str().as_bytes()).unwrap();
        let answer = server.call(method, planned.path, Body::empty()).await;
        let (status, code, message) = answer.message();
        assert_eq!((status, code.as_str()), (501, "NOT_IMPLEMENTED"), "{}", planned.id);
        assert!(message.contains(planned.id), "{message}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn every_answer_carries_a_request_id_unless_the_request_did() {
    let server = Server::new();
    for path in ["/version", "/no/such/route", "/version/", "/process/execute"] {
        let own = server.get(path).await;
        assert_eq!(own.header("x-request-id").len(), 36, "{path}");
        let request = Request::get(path).header("X-Request-Id", "mine").body(Body::empty()).unwrap();
        assert_eq!(server.send(request).await.header("x-request-id"), "", "{path}");
    }
    let refused = server.execute(&json!({})).await;
    assert_eq!(refused.header("x-request-id").len(), 36);
}
