//! A real server for a test: the built binary on a free port, held against the contract in every exchange.
//!
//! Verified when dropped: the server ends on its own, no answer departed from the contract, no process and no directory
//! is left behind.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "every test program uses another part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;

/// The key the server announces.
pub const KEY: &str = "dtn_local";
/// A user nobody is.
const ORDINARY_USER: &str = "54321";
/// How long a server may take to end.
const END_PATIENCE: Duration = Duration::from_secs(20);

/// A running server and the place everything it writes lies in.
pub struct TestServer {
    child: Child,
    /// `http://127.0.0.1:<port>`.
    pub url: String,
    /// What it announced.
    pub ready: Value,
    /// Temporary directory the server was given; its ephemeral root is below it.
    pub temp: TempDir,
    verify: bool,
}

/// An answer, collected.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Where servers under test write: not in a temporary folder, which sandboxes of the process rung share, or the fence
/// would have a hole there. Where the repository itself lies in one, the user's cache has to do.
fn base() -> PathBuf {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let shared = ["/tmp", "/var/tmp"].iter().any(|folder| target.starts_with(folder));
    let Some(home) = std::env::var_os("HOME").filter(|_| shared) else { return target };
    let cache = Path::new(&home).join(".cache");
    std::fs::create_dir_all(&cache).unwrap();
    cache
}

/// The built program.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_pitlane"))
}

impl TestServer {
    /// A server with nothing kept.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server with further arguments.
    pub fn start_with(arguments: &[&str]) -> Self {
        Self::start_in(TempDir::with_prefix_in("pitlane-test-", base()).unwrap(), arguments)
    }

    /// A server that writes below `temp`.
    pub fn start_in(temp: TempDir, arguments: &[&str]) -> Self {
        Self::start_by(Command::new(program()), temp, arguments)
    }

    /// A server of a user without any rights; `None` where the test has none to give up, or the program lies where no such
    /// user finds it.
    pub fn start_as_ordinary_user(arguments: &[&str]) -> Option<Self> {
        let give_up = || {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", ORDINARY_USER, "--regid", ORDINARY_USER, "--clear-groups"]);
            command.arg(program());
            command
        };
        let finds = give_up().arg("--version").output().is_ok_and(|output| output.status.success());
        if !nix::unistd::geteuid().is_root() || !finds {
            return None;
        }
        let temp = TempDir::with_prefix_in("pitlane-test-", base()).unwrap();
        let number = Some(ORDINARY_USER.parse().unwrap());
        std::os::unix::fs::chown(temp.path(), number, number).unwrap();
        let mut launcher = give_up();
        launcher.env("HOME", temp.path());
        Some(Self::start_by(launcher, temp, arguments))
    }

    /// The same, by a command that ends in the program.
    pub fn start_by(mut launcher: Command, temp: TempDir, arguments: &[&str]) -> Self {
        let mut child = launcher
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--contract-check", "enforce"])
            .args(arguments)
            .env("TMPDIR", temp.path())
            .env("PITLANE_RUN_DIR", temp.path())
            .env("PITLANE_CA_DIR", temp.path().join("ca"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("not ready: {error}: {line:?}"));
        let url = ready["url"].as_str().unwrap().to_owned();
        Self { child, url, ready, temp, verify: true }
    }

    /// Process id of the server.
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Sends a request with the announced key; `body` is JSON unless null.
    pub async fn request(&self, method: &str, path: &str, body: Value) -> Answer {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json");
        self.send(request.body(Full::new(bytes.into())).unwrap()).await
    }

    /// Sends a request as it is, on a connection of its own.
    pub async fn send(&self, mut request: http::Request<Full<Bytes>>) -> Answer {
        if !request.headers().contains_key("host") {
            request.headers_mut().insert("host", self.authority().parse().unwrap());
        }
        let stream = TcpStream::connect(self.authority()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let driving = tokio::spawn(connection);
        let response = sender.send_request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        driving.abort();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The rung sandboxes are held on.
    pub async fn rung(&self) -> String {
        let health = self.request("GET", "/health", Value::Null).await.json();
        health["runtime"]["rung"].as_str().unwrap().to_owned()
    }

    /// A started sandbox's id.
    pub async fn sandbox(&self) -> String {
        let created = self.request("POST", "/api/sandbox", serde_json::json!({})).await;
        assert_eq!(created.status, 200, "{}", created.text());
        created.json()["id"].as_str().unwrap().to_owned()
    }

    /// Runs a shell command in a sandbox; its output.
    pub async fn execute(&self, sandbox: &str, command: &str) -> String {
        let path = format!("/toolbox/{sandbox}/process/execute");
        let answer = self.request("POST", &path, serde_json::json!({ "command": command })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["result"].as_str().unwrap().to_owned()
    }

    /// Asks the server to end and waits for it; its exit code.
    pub fn end(&mut self) -> Option<i32> {
        let _ = kill(self.pid(), Signal::SIGTERM);
        self.wait()
    }

    /// Kills the server without a word, and looks at nothing when dropped.
    pub fn kill(mut self) -> TempDir {
        self.verify = false;
        kill(self.pid(), Signal::SIGKILL).unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.temp, TempDir::new().unwrap())
    }

    fn wait(&mut self) -> Option<i32> {
        let deadline = Instant::now() + END_PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server did not end within {END_PATIENCE:?}");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if !self.verify || std::thread::panicking() {
            let _ = self.child.kill();
            let _ = self.child.wait();
            return;
        }
        if self.child.try_wait().unwrap().is_none() {
            let code = self.end();
            assert_eq!(code, Some(0), "the server complained; see its messages above");
        }
        assert_eq!(leftovers(self.temp.path()), Vec::<PathBuf>::new(), "the server left something behind");
        assert_eq!(processes_below(self.temp.path()), Vec::<i32>::new(), "processes were left behind");
    }
}

/// The rungs this host has, lowest first.
pub async fn rungs() -> Vec<&'static str> {
    let best = TestServer::start_with(&["--runtime", "auto"]);
    if best.rung().await == "namespace" {
        return vec!["process", "namespace"];
    }
    println!("only the rung `process` works here");
    vec!["process"]
}

/// Sandbox trees and roots below a server's temporary directory.
pub fn leftovers(temp: &Path) -> Vec<PathBuf> {
    let Ok(servers) = std::fs::read_dir(temp) else { return Vec::new() };
    let below = servers
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .flat_map(|entry| std::fs::read_dir(entry.path()));
    below
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()))
        .collect()
}

/// Processes that run in, or carry the mark of, a server whose temporary directory this is.
pub fn processes_below(temp: &Path) -> Vec<i32> {
    let needle = temp.as_os_str().as_encoded_bytes().to_vec();
    let numbers = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|pid: &i32| belongs(*pid, &needle)).collect()
}

fn belongs(pid: i32, needle: &[u8]) -> bool {
    if pid == i32::try_from(std::process::id()).unwrap() {
        return false;
    }
    let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    // A process that has ended and is not waited for yet has no command line.
    let runs = !read("cmdline").is_empty();
    let directory = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_default();
    let holds = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    runs && (holds(&read("environ")) || holds(directory.as_os_str().as_encoded_bytes()))
}

/// Waits until `done` holds, looking often; for what the outside of a process can only look at.
pub async fn eventually(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done().await {
        assert!(Instant::now() < deadline, "{what} did not come true");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
