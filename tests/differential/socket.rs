//! A WebSocket and what a case does on it.

use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use regex::{Regex, RegexBuilder};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use crate::step::{Mode, SocketStep, decoded};
use crate::tidy::{Variables, data_of, dig};
use crate::transport::{NoAnswer, Target};

/// Escape sequences a terminal writes; looked through when text is expected.
static ANSI: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>]")
        .unwrap()
});
/// How long a pong may take.
const PONG_PATIENCE: Duration = Duration::from_secs(3);
/// How long the server may take to answer a close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// How a connection ended.
#[derive(Clone, Debug)]
struct Closed {
    code: u16,
    reason: String,
}

/// Connects; the socket, or what the step leaves when it is refused.
pub(crate) async fn connect(
    target: &Target,
    step: &SocketStep,
    variables: &Variables,
) -> Result<(Socket, Option<String>), Value> {
    let patience = seconds(step.open_timeout);
    let failed = |why: NoAnswer| json!({ "handshake": why.to_string() });
    let request = request(target, step).map_err(failed)?;
    let opened = timeout(patience, target.open(request)).await.unwrap_or(Err(NoAnswer::Late));
    let mut response = opened.map_err(failed)?;
    if response.status() != http::StatusCode::SWITCHING_PROTOCOLS {
        let mut refusal = json!({ "handshake": response.status().as_u16() });
        let body =
            response.body_mut().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        if !body.is_empty() {
            let parsed = serde_json::from_slice(&body);
            refusal["body"] = parsed.unwrap_or_else(|_| data_of(&body, variables));
        }
        return Err(variables.clean(&refusal));
    }
    let chosen = response.headers().get("sec-websocket-protocol").and_then(|name| name.to_str().ok());
    let chosen = chosen.map(ToOwned::to_owned);
    let upgraded = hyper::upgrade::on(response).await;
    let upgraded = upgraded.map_err(|error| failed(NoAnswer::Broken(error.to_string())))?;
    Ok((Socket::over(upgraded).await, chosen))
}

fn request(
    target: &Target,
    step: &SocketStep,
) -> Result<http::Request<http_body_util::Full<Bytes>>, NoAnswer> {
    let mut headers: Vec<(String, Option<String>)> = [
        ("connection", String::from("Upgrade")),
        ("upgrade", String::from("websocket")),
        ("sec-websocket-version", String::from("13")),
        // The key only has to be there and be 16 bytes: nothing between us caches.
        ("sec-websocket-key", STANDARD.encode([7; 16])),
    ]
    .map(|(name, value)| (name.to_owned(), Some(value)))
    .into();
    if !step.subprotocols.is_empty() {
        headers.push((String::from("sec-websocket-protocol"), Some(step.subprotocols.join(", "))));
    }
    headers.extend(step.headers.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
    target.request("GET", &format!("{}{}", step.path, step.query.encoded()), &headers, Vec::new())
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// An open WebSocket; a task of its own reads, as pings must be answered and a close noticed at any time.
pub(crate) struct Socket {
    sink: SplitSink<WebSocketStream<TokioIo<Upgraded>>, Message>,
    incoming: mpsc::UnboundedReceiver<Message>,
    pongs: mpsc::UnboundedReceiver<Bytes>,
    /// What the reader saw last; the script may not have come so far.
    ended: Arc<OnceLock<Closed>>,
    frames: Vec<Message>,
    marks: Vec<Value>,
    /// Bytes of the text already expected.
    seen: usize,
    /// The end, as far as the script has seen it.
    closed: Option<Closed>,
}

impl Socket {
    async fn over(upgraded: Upgraded) -> Self {
        let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, None).await;
        let (sink, mut source) = stream.split();
        let (incoming_sender, incoming) = mpsc::unbounded_channel();
        let (pong_sender, pongs) = mpsc::unbounded_channel();
        let ended = Arc::new(OnceLock::new());
        let end = Arc::clone(&ended);
        tokio::spawn(async move {
            let mut last = Closed { code: 1006, reason: String::new() };
            while let Some(Ok(message)) = source.next().await {
                match message {
                    Message::Close(frame) => last = Closed::from(frame),
                    Message::Pong(bytes) => drop(pong_sender.send(bytes)),
                    Message::Text(_) | Message::Binary(_) => drop(incoming_sender.send(message)),
                    Message::Ping(_) | Message::Frame(_) => {}
                }
            }
            let _ = end.set(last);
        });
        Self { sink, incoming, pongs, ended, frames: Vec::new(), marks: Vec::new(), seen: 0, closed: None }
    }

    /// Does one thing of a script; true when it is one of the socket's own, false for the caller's.
    pub(crate) async fn act(&mut self, operation: &[Value], variables: &Variables) -> Result<bool, String> {
        let name = operation.first().and_then(Value::as_str).ok_or("an operation without a name")?;
        let text = |at: usize| operation.get(at).and_then(Value::as_str).ok_or(format!("{name}: no text"));
        let number = |at: usize| operation.get(at).and_then(Value::as_f64);
        match name {
            "send" => self.send(name, Message::text(text(1)?)).await,
            "send_b64" => self.send(name, Message::binary(decoded(text(1)?)?)).await,
            "sleep" => tokio::time::sleep(seconds(number(1).unwrap_or_default())).await,
            "expect" => self.expect(text(1)?, seconds(number(2).unwrap_or(5.0))).await?,
            "drain" => while self.take(seconds(number(1).unwrap_or_default())).await {},
            "until_close" => self.until_close(seconds(number(1).unwrap_or_default())).await,
            "ping" => self.ping(text(1)?).await,
            "close" => {
                let code = operation.get(1).and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
                self.close(code.unwrap_or(1000), operation.get(2).and_then(Value::as_str)).await;
            }
            "save_frame" => {
                let index = operation.get(1).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
                let frame = index.and_then(|at| self.frames.get(at)).and_then(parsed);
                let found = frame.and_then(|frame| dig(&frame, text(3).unwrap_or("$")));
                variables.set(text(2)?, found.as_ref().map(crate::step::text_of).unwrap_or_default());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Notes what the caller did in between.
    pub(crate) fn mark(&mut self, mark: Value) {
        self.marks.push(mark);
    }

    async fn send(&mut self, name: &str, message: Message) {
        let gone = self.ended.get().is_some() || self.closed.is_some();
        if gone || self.sink.send(message).await.is_err() {
            self.note_end();
            self.marks.push(json!([name, "closed"]));
        }
    }

    /// Takes one frame within a time; false when none came or the connection is over.
    async fn take(&mut self, patience: Duration) -> bool {
        if self.closed.is_some() {
            return false;
        }
        match timeout(patience, self.incoming.recv()).await {
            Ok(Some(message)) => {
                self.frames.push(message);
                true
            }
            Ok(None) => {
                self.note_end();
                false
            }
            Err(_) => false,
        }
    }

    fn note_end(&mut self) {
        let end = self.ended.get().cloned().unwrap_or(Closed { code: 1006, reason: String::new() });
        self.closed.get_or_insert(end);
    }

    /// Waits until the text not yet expected matches; what its groups took is part of the answer.
    async fn expect(&mut self, pattern: &str, patience: Duration) -> Result<(), String> {
        let expected = RegexBuilder::new(pattern).dot_matches_new_line(true).build();
        let expected = expected.map_err(|error| error.to_string())?;
        let deadline = Instant::now() + patience;
        loop {
            let text = self.text();
            let rest = text.get(self.seen..).unwrap_or_default();
            if let Some(found) = expected.captures(rest) {
                self.seen += found.get(0).map_or(0, |whole| whole.end());
                let groups = found.iter().skip(1).map(|group| json!(group.map(|group| group.as_str())));
                self.marks.push([json!(pattern), json!(true)].into_iter().chain(groups).collect());
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.closed.is_some() {
                self.marks.push(json!([pattern, false]));
                return Ok(());
            }
            self.take(left).await;
        }
    }

    fn text(&self) -> String {
        let all: String =
            self.frames.iter().map(|frame| String::from_utf8_lossy(bytes(frame)).into_owned()).collect();
        ANSI.replace_all(&all, "").into_owned()
    }

    async fn until_close(&mut self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.closed.is_none() && Instant::now() < deadline {
            self.take(deadline.saturating_duration_since(Instant::now())).await;
        }
        if self.closed.is_none() {
            self.marks.push(json!(["closed", false]));
        }
    }

    async fn ping(&mut self, text: &str) {
        let sent = Bytes::copy_from_slice(text.as_bytes());
        if self.ended.get().is_some() || self.sink.send(Message::Ping(sent.clone())).await.is_err() {
            self.note_end();
            self.marks.push(json!(["ping", "closed"]));
            return;
        }
        let deadline = Instant::now() + PONG_PATIENCE;
        let mut came = false;
        while let Ok(Some(pong)) = timeout_at(deadline, self.pongs.recv()).await {
            came = pong == sent;
            if came {
                break;
            }
        }
        self.marks.push(json!(["pong", came]));
    }

    /// Closes and waits for the server to do the same. What came before can still be taken.
    async fn close(&mut self, code: u16, reason: Option<&str>) {
        let frame = CloseFrame { code: code.into(), reason: reason.unwrap_or_default().into() };
        if self.sink.send(Message::Close(Some(frame))).await.is_ok() {
            // No pong is on its way here, so the channel ends when the reader does.
            let _ = timeout(CLOSE_PATIENCE, async { while self.pongs.recv().await.is_some() {} }).await;
        }
    }

    /// What the step leaves.
    pub(crate) fn finish(
        mut self,
        step: &SocketStep,
        chosen: Option<String>,
        variables: &Variables,
    ) -> Value {
        let mut answer = json!({ "handshake": 101 });
        if !step.subprotocols.is_empty() {
            answer["subprotocol"] = json!(chosen);
        }
        if step.ws_close {
            answer["close"] = self
                .closed
                .take()
                .map_or(json!("open"), |closed| json!({ "code": closed.code, "reason": closed.reason }));
        }
        match step.mode {
            Mode::Frames => {
                answer["frames"] = self.frames.iter().map(|frame| row(frame, variables)).collect();
            }
            Mode::Concat => {
                let mut kinds: Vec<&str> = self.frames.iter().map(kind).collect();
                kinds.sort_unstable();
                kinds.dedup();
                let all: Vec<u8> =
                    self.frames.iter().flat_map(|frame| bytes(frame).iter().copied()).collect();
                answer["kinds"] = json!(kinds);
                answer["data"] = data_of(&all, variables);
            }
            Mode::Marks => {
                let texts = self.frames.iter().filter(|frame| frame.is_text());
                answer["control"] = texts.map(content).collect();
            }
        }
        if !self.marks.is_empty() {
            answer["marks"] = Value::Array(self.marks);
        }
        variables.clean(&answer)
    }
}

impl From<Option<CloseFrame>> for Closed {
    fn from(frame: Option<CloseFrame>) -> Self {
        frame.map_or(Self { code: 1005, reason: String::new() }, |frame| Self {
            code: frame.code.into(),
            reason: frame.reason.to_string(),
        })
    }
}

fn kind(frame: &Message) -> &'static str {
    if frame.is_text() { "text" } else { "bin" }
}

fn bytes(frame: &Message) -> &[u8] {
    match frame {
        Message::Text(text) => text.as_bytes(),
        Message::Binary(bytes) => bytes,
        _ => &[],
    }
}

fn parsed(frame: &Message) -> Option<Value> {
    serde_json::from_slice(bytes(frame)).ok()
}

/// A text frame as JSON where it is some.
fn content(frame: &Message) -> Value {
    parsed(frame).unwrap_or_else(|| String::from_utf8_lossy(bytes(frame)).into())
}

fn row(frame: &Message, variables: &Variables) -> Value {
    let body = if frame.is_text() { content(frame) } else { data_of(bytes(frame), variables) };
    json!([kind(frame), body])
}
