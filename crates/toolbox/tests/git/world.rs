//! A toolbox over an empty sandbox, and git as its user would call it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use axum::body::Body;
use dialect::Dispatcher;
use http::{Method, Request};
use http_body_util::BodyExt;
use lab::{FixedClock, SeededIds};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) struct World {
    app: Dispatcher,
    directory: tempfile::TempDir,
}

/// Status and body; the body is null when there is none.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// Status, code and message of an error.
    pub(crate) fn error(&self) -> (u16, &str, &str) {
        assert_eq!(self.body["source"], "DAYTONA_DAEMON", "{self:?}");
        let text = |name: &str| self.body[name].as_str().unwrap_or_default();
        (self.status, text("code"), text("message"))
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut engine::Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let mut engine = engine::Config::new("test", root.clone(), root.clone(), root.clone());
        engine.env = vec![
            ("PATH".to_owned(), std::env::var("PATH").unwrap()),
            ("HOME".to_owned(), root.to_string_lossy().into_owned()),
        ];
        change(&mut engine);
        let config = toolbox::Config {
            engine,
            version: "v1.2.3".to_owned(),
            body_limit: 1_000_000,
            clock: Arc::new(FixedClock::new("2026-11-21T05:46:40.144983709Z".parse().unwrap())),
            ids: Arc::new(SeededIds::new(1)),
        };
        Self { app: toolbox::app(config), directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs a script as the sandbox's user would; what it printed.
    pub(crate) fn shell(&self, script: &str) -> String {
        let output = Command::new("bash")
            .args(["-e", "-c", script])
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.path(""))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ann")
            .env("GIT_AUTHOR_EMAIL", "ann@example.com")
            .env("GIT_COMMITTER_NAME", "Ann")
            .env("GIT_COMMITTER_EMAIL", "ann@example.com")
            .env("GIT_AUTHOR_DATE", "2024-01-02T03:04:05+02:00")
            .env("GIT_COMMITTER_DATE", "2024-01-02T03:04:05+02:00")
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A repository `repo` with one commit of `a.txt`, and its bare remote `remotes/origin.git`, in step.
    pub(crate) fn with_repository() -> Self {
        let world = Self::new();
        world.shell(
            "git init -q --bare -b main remotes/origin.git; git init -q -b main repo; cd repo; echo one > a.txt
             git add a.txt; git commit -q -m first; git remote add origin $HOME/remotes/origin.git
             git push -q -u origin main",
        );
        world
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        Answer { status, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send(Request::builder().method(method).uri(path).body(body.to_string().into()).unwrap()).await
    }

    /// Posts a body about `repo`.
    pub(crate) async fn post(&self, operation: &str, mut body: Value) -> Answer {
        if body.get("path").is_none() {
            body["path"] = json!("repo");
        }
        self.call(Method::POST, &format!("/git/{operation}"), &body).await
    }

    pub(crate) async fn done(&self, operation: &str, body: Value) {
        let answer = self.post(operation, body).await;
        assert!((200..300).contains(&answer.status), "{operation}: {answer:?}");
    }

    /// Status of `repo`: names with the two words, in order of names.
    pub(crate) async fn states(&self) -> Vec<String> {
        let status = self.get("/git/status?path=repo").await;
        assert_eq!(status.status, 200, "{status:?}");
        let text = |file: &Value, name: &str| file[name].as_str().unwrap().to_owned();
        let files = status.body["fileStatus"].as_array().unwrap().iter();
        let mut states: Vec<String> = files
            .map(|file| {
                format!("{} {} {}", text(file, "name"), text(file, "staging"), text(file, "worktree"))
            })
            .collect();
        states.sort();
        states
    }
}
