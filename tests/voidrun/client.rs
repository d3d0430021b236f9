//! Requests, events and sockets the way VoidRun's TypeScript client sends and reads them (voidrun.md §3).

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{Answer, TestServer};

/// Any key works; this one is nobody's.
pub(crate) const KEY: &str = "vr_made_up";
/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A request with the key in its header; `body` is JSON unless null.
pub(crate) async fn call(server: &TestServer, method: &str, path: &str, body: Value) -> Answer {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    raw(server, method, path, Some("application/json"), bytes).await
}

/// The same with any body.
pub(crate) async fn raw(
    server: &TestServer,
    method: &str,
    path: &str,
    content_type: Option<&str>,
    body: Vec<u8>,
) -> Answer {
    let mut request =
        http::Request::builder().method(method).uri(format!("/api{path}")).header("x-api-key", KEY);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    server.send(request.body(Full::new(body.into())).unwrap()).await
}

/// A server with a sandbox.
pub(crate) struct Stage {
    pub(crate) server: TestServer,
    pub(crate) id: String,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(arguments: &[&str]) -> Self {
        let server = TestServer::start_with(arguments);
        let id = create(&server, json!({})).await["id"].as_str().unwrap().to_owned();
        Self { server, id }
    }

    fn path(&self, rest: &str) -> String {
        format!("/sandboxes/{}{rest}", self.id)
    }

    pub(crate) async fn call(&self, method: &str, rest: &str, body: Value) -> Answer {
        call(&self.server, method, &self.path(rest), body).await
    }

    pub(crate) async fn raw(
        &self,
        method: &str,
        rest: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        raw(&self.server, method, &self.path(rest), content_type, body).await
    }

    /// The JSON of a successful call.
    pub(crate) async fn ok(&self, method: &str, rest: &str, body: Value) -> Value {
        let answer = self.call(method, rest, body).await;
        assert_eq!(answer.status, 200, "{method} {rest}: {}", answer.text());
        answer.json()
    }

    /// Runs a command; its output, errors and exit code.
    pub(crate) async fn exec(&self, command: &str) -> (String, String, i64) {
        told(&self.ok("POST", "/exec", json!({ "command": command })).await)
    }

    /// Starts a command; its process id.
    pub(crate) async fn run(&self, command: &str) -> i64 {
        // That client sends the time limit it was not given as zero.
        let body = json!({ "command": command, "timeout": 0 });
        self.ok("POST", "/commands/run", body).await["pid"].as_i64().unwrap()
    }

    /// The whole stream of events a call answers with.
    pub(crate) async fn events(&self, rest: &str, body: Value) -> Vec<(String, String)> {
        let mut events = self.follow(rest, body).await;
        let mut all = Vec::new();
        while let Some(event) = events.next().await {
            all.push(event);
        }
        all
    }

    pub(crate) async fn follow(&self, rest: &str, body: Value) -> Events {
        let stream = TcpStream::connect(self.server.authority()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::builder()
            .method("POST")
            .uri(format!("/api{}", self.path(rest)))
            .header("host", self.server.authority())
            .header("x-api-key", KEY)
            .header("accept", "text/event-stream")
            .header("content-type", "application/json");
        let request = request.body(Full::<Bytes>::new(body.to_string().into())).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        Events { body: response.into_body(), unread: String::new() }
    }

    /// Opens a socket with the key in the query, as clients do that cannot set headers; the status when refused.
    pub(crate) async fn socket(&self, rest: &str) -> Result<Socket, u16> {
        open(&format!("ws://{}/api{}?apiKey={KEY}", self.server.authority(), self.path(rest))).await
    }
}

/// Makes a sandbox with everything that client always sends; the `data` of the answer.
pub(crate) async fn create(server: &TestServer, more: Value) -> Value {
    let mut body = json!({
        "name": "sdbx-1", "image": "code", "cpu": 1, "mem": 1024, "orgId": "", "userId": "", "sync": true
    });
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let created = call(server, "POST", "/sandboxes", body).await;
    assert_eq!(created.status, 201, "{}", created.text());
    created.json()["data"].clone()
}

/// What an exec answer tells.
pub(crate) fn told(answer: &Value) -> (String, String, i64) {
    let data = &answer["data"];
    let text = |name: &str| data[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text("stdout"), text("stderr"), data["exitCode"].as_i64().unwrap())
}

/// Server-Sent Events, read by the rules of that client's own parser: line feeds only, nothing stripped after the colon.
pub(crate) struct Events {
    body: hyper::body::Incoming,
    unread: String,
}

impl Events {
    /// The next event and its text; nothing at the end.
    pub(crate) async fn next(&mut self) -> Option<(String, String)> {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let event: String = self.unread.drain(..end + 2).collect();
                assert!(!event.contains('\r'), "{event:?}");
                let mut lines = event.split('\n');
                // Comments keep the connection alive and mean nothing.
                let Some(name) = lines.next().and_then(|line| line.strip_prefix("event: ")) else { continue };
                let data: Vec<&str> = lines.filter_map(|line| line.strip_prefix("data:")).collect();
                return Some((name.to_owned(), data.join("\n")));
            }
            let frame = timeout(PATIENCE, self.body.frame()).await.expect("nothing came");
            match frame {
                Some(frame) => {
                    let data = frame.unwrap().into_data().unwrap();
                    self.unread.push_str(std::str::from_utf8(&data).unwrap());
                }
                None => {
                    assert_eq!(self.unread, "", "the stream ends in the middle of an event");
                    return None;
                }
            }
        }
    }

    /// Waits for this text on standard output.
    pub(crate) async fn until(&mut self, text: &str) {
        let mut seen = String::new();
        while !seen.contains(text) {
            let (name, data) = self.next().await.unwrap_or_else(|| panic!("ended before {text:?}: {seen}"));
            if name == "stdout" {
                seen.push_str(&data);
            }
        }
    }
}

/// All text of one kind, and the exit event.
pub(crate) fn sorted(events: &[(String, String)]) -> (String, String, Value) {
    let text = |wanted: &str| {
        events.iter().filter(|(name, _)| name == wanted).map(|(_, text)| text.as_str()).collect::<String>()
    };
    let (name, exit) = events.last().unwrap();
    assert_eq!(name, "exit", "{events:?}");
    (text("stdout"), text("stderr"), serde_json::from_str(exit).unwrap())
}

/// An open socket.
pub(crate) struct Socket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Output not looked at yet.
    seen: String,
}

pub(crate) async fn open(url: &str) -> Result<Socket, u16> {
    match timeout(PATIENCE, connect_async(url)).await.unwrap() {
        Ok((socket, response)) => {
            assert!(response.headers().get("sec-websocket-protocol").is_none());
            Ok(Socket { socket, seen: String::new() })
        }
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{url}: {error}"),
    }
}

impl Socket {
    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next message; the close code at the end, none when there was none. Every message must be whole characters.
    pub(crate) async fn next(&mut self) -> Result<String, Option<u16>> {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("nothing came") {
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Ok(String::from_utf8(message.into_data().to_vec()).unwrap()),
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Collects output until it holds `text`; what came after it stays.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            match self.next().await {
                Ok(more) => self.seen.push_str(&more),
                Err(end) => panic!("{end:?} before {text:?}: {}", self.seen),
            }
        }
    }

    /// What has come and was not looked at.
    pub(crate) fn rest(&self) -> &str {
        &self.seen
    }

    /// Waits for the end; its close code.
    pub(crate) async fn end(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }

    pub(crate) async fn close(mut self) {
        self.socket.close(None).await.unwrap();
        while let Some(Ok(_)) = self.socket.next().await {}
    }
}
