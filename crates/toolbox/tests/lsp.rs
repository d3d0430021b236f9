//! Language servers as a client sees them: bare successes, members of answers, errors.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use dialect::Dispatcher;
use http::{Method, Request};
use http_body_util::BodyExt;
use lab::{FixedClock, SeededIds};
use serde_json::{Value, json};
use tower::ServiceExt;

struct Server {
    app: Dispatcher,
    directory: tempfile::TempDir,
}

impl Server {
    /// With a scripted server for Python, none for other languages, and a project `p` with a document.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        for name in ["programs", "p"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/fake_language_server.py");
        std::os::unix::fs::symlink(script, root.join("programs/pylsp")).unwrap();
        let python = engine::spawn::find_executable("python3", &std::env::var("PATH").unwrap()).unwrap();
        std::os::unix::fs::symlink(python, root.join("programs/python3")).unwrap();
        std::fs::write(root.join("p/a.py"), "alpha\nbeta <&>\n").unwrap();
        let mut engine = engine::Config::new("test", root.clone(), root.clone(), root.clone());
        let path = format!("{}:/usr/bin:/bin", root.join("programs").display());
        engine.env =
            vec![("PATH".to_owned(), path), ("HOME".to_owned(), std::env::var("HOME").unwrap_or_default())];
        let config = toolbox::Config {
            engine,
            version: "v1.2.3".to_owned(),
            body_limit: 1_000_000,
            clock: Arc::new(FixedClock::new("2026-11-21T05:46:40.144983709Z".parse().unwrap())),
            ids: Arc::new(SeededIds::new(1)),
        };
        Self { app: toolbox::app(config), directory }
    }

    /// Status, media type and body in one text.
    async fn call(&self, method: Method, path: &str, body: &str) -> String {
        let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let media_type = parts.headers.get("content-type").map_or("", |value| value.to_str().unwrap());
        let body = body.collect().await.unwrap().to_bytes();
        format!("{} {media_type}\n{}", parts.status.as_u16(), String::from_utf8_lossy(&body))
    }

    async fn post(&self, operation: &str, body: &Value) -> String {
        self.call(Method::POST, &format!("/lsp/{operation}"), &body.to_string()).await
    }

    async fn get(&self, path: &str) -> String {
        self.call(Method::GET, &format!("/lsp/{path}"), "").await
    }
}

/// Status, code and message of an error.
fn told(answer: &str) -> String {
    let (head, body) = answer.split_once('\n').unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["source"], "DAYTONA_DAEMON");
    format!("{head} {} {}", body["code"].as_str().unwrap_or("-"), body["message"].as_str().unwrap())
}

fn project(language: &str) -> Value {
    json!({ "languageId": language, "pathToProject": "p" })
}

fn document() -> Value {
    json!({ "languageId": "python", "pathToProject": "p", "uri": "file://p/a.py" })
}

#[tokio::test]
async fn a_document_goes_from_its_opening_to_its_closing() {
    let server = Server::new();
    for _ in 0..2 {
        assert_eq!(server.post("start", &project("python")).await, "200 \n");
    }
    assert_eq!(server.post("did-open", &document()).await, "200 \n");
    let symbols =
        server.get("document-symbols?languageId=python&pathToProject=p&uri=file%3A%2F%2Fp%2Fa.py").await;
    insta::assert_snapshot!(symbols, @r#"
    200 application/json; charset=utf-8
    [{"kind":13,"location":{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"uri":"file://p/a.py"},"name":"alpha"},{"kind":13,"location":{"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":0}},"uri":"file://p/a.py"},"name":"beta \u003c\u0026\u003e"}]
    "#);
    let found = server.get("workspacesymbols?query=ALPHA&languageId=python&pathToProject=p").await;
    assert!(found.contains(r#""uri":"file://p/a.py"},"name":"alpha""#) && !found.contains("beta"), "{found}");
    assert!(server.get("workspacesymbols?query=x&languageId=python&pathToProject=p").await.ends_with("\n[]"));
    let mut asked = document();
    asked["position"] = json!({ "line": 0, "character": 0 });
    asked["context"] = json!({ "triggerKind": 2, "triggerCharacter": "." });
    let completions = server.post("completions", &asked).await;
    insta::assert_snapshot!(completions, @r#"
    200 application/json; charset=utf-8
    {"isIncomplete":false,"items":[{"label":"0:0 v1 {\"triggerCharacter\": \".\", \"triggerKind\": 2}"}]}
    "#);
    assert_eq!(server.post("did-close", &document()).await, "200 \n");
    assert_eq!(server.post("stop", &project("python")).await, "200 \n");
    let id = std::fs::read_to_string(server.directory.path().join("p/server.pid")).unwrap();
    assert!(!Path::new("/proc").join(id.trim()).exists());
}

#[tokio::test]
async fn what_was_not_started_is_told_by_its_own_code() {
    let server = Server::new();
    let mut asked = document();
    asked["position"] = json!({ "line": 1, "character": 1 });
    for answer in [
        server.post("did-open", &document()).await,
        server.post("did-close", &document()).await,
        server.post("completions", &asked).await,
        server.get("document-symbols?languageId=python&pathToProject=p&uri=x").await,
        server.get("workspacesymbols?languageId=python&pathToProject=p&query=x").await,
    ] {
        let expected = "400 application/json LSP_SERVER_NOT_INITIALIZED server not initialized";
        assert_eq!(told(&answer), expected);
    }
}

#[tokio::test]
async fn every_other_error_has_the_words_of_the_contract() {
    let server = Server::new();
    let cobol = server.get("document-symbols?languageId=cobol&pathToProject=p&uri=x").await;
    assert_eq!(told(&cobol), "400 application/json BAD_REQUEST bad request: unsupported language: cobol");
    let missing = told(&server.post("start", &project("typescript")).await);
    let internal = "500 application/json INTERNAL_SERVER_ERROR internal server error:";
    assert_eq!(missing, format!("{internal} error starting LSP server"));
    let stopped = told(&server.post("stop", &project("python")).await);
    assert_eq!(stopped, format!("{internal} error stopping LSP server"));
    for (query, name) in [
        ("document-symbols", "languageId"),
        ("document-symbols?languageId=python", "pathToProject"),
        ("document-symbols?languageId=python&pathToProject=p", "uri"),
        ("workspacesymbols", "query"),
        ("workspacesymbols?query=x", "languageId"),
        ("workspacesymbols?query=x&languageId=python", "pathToProject"),
    ] {
        let expected = format!("400 application/json BAD_REQUEST bad request: {name} is required");
        assert_eq!(told(&server.get(query).await), expected);
    }
    let unbound = told(&server.post("start", &json!({ "languageId": "python" })).await);
    assert_eq!(
        unbound,
        "400 application/json INVALID_REQUEST_BODY invalid body request: invalid request body: Key: \
         'LspServerRequest.PathToProject' Error:Field validation for 'PathToProject' failed on the 'required' tag"
    );
    assert_eq!(server.post("start", &project("python")).await, "200 \n");
    let mut unread = document();
    unread["uri"] = json!("file://p/none.py");
    assert_eq!(
        told(&server.post("did-open", &unread).await),
        "400 application/json BAD_REQUEST bad request: failed to read file: open p/none.py: no such file or directory"
    );
    // The scripted server reads the file itself.
    let answer =
        told(&server.get("document-symbols?languageId=python&pathToProject=p&uri=p%2Fnone.py").await);
    assert!(
        answer.starts_with("400 application/json BAD_REQUEST bad request: jsonrpc2: code -32000 message: "),
        "{answer}"
    );
}
