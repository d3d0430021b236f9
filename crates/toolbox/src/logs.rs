//! Logs of session commands in the forms the client generations want, whole and followed (toolbox-processes.md §4.5).
//!
//! | client | whole | followed |
//! |---|---|---|
//! | 0.167.0 and later, and development versions | JSON: log, output, errors | with markers |
//! | 0.27.0 and later, and versions that cannot be read | text with markers | with markers |
//! | before 0.27.0 | clean text | clean text |
//! | no version | clean text, unless it asks for split output | with markers |
//!
//! However long a log is, only a piece of it is in memory: answers are made from the file while they are sent.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dialect::{ClientGeneration, LegacyRoute, Version};
use engine::session::Command;
use engine::session::frames::Frames;
use engine::session::log::{Progress, Snapshot};
use engine::session::streams::{Splitter, Stream};
use futures_util::{SinkExt, stream};
use http::header::{CONTENT_TYPE, UPGRADE};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::errors::Failure;
use crate::go_json::{self, TextEscaper};
use crate::websocket;

/// Clients before this version take logs without markers.
const MARKED_SINCE: &str = "0.27.0-0";
/// Clients from this version on leave it to the server to tell the streams apart.
const SPLIT_SINCE: &str = "0.167.0-0";
/// Logs up to this many bytes are answered in one piece; also what is read of longer ones at a time.
const PIECE: usize = 64 * 1024;
/// How much is sent with one write, in bytes.
const WRITE: usize = 64 * 1024;
/// How long a client may take to answer the end of a WebSocket.
const FAREWELL: Duration = Duration::from_secs(5);
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// How a client wants a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// Both streams as one text.
    Combined,
    /// Text with the markers of the log.
    Marked,
    /// JSON with both streams.
    Split,
}

impl LogFormat {
    /// Of a whole log.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let client = ClientGeneration::from_headers(headers);
        let splits = headers.get("x-daytona-split-output").is_some_and(|value| value == "true");
        match &client.version {
            None if splits => Self::Marked,
            None => Self::Combined,
            Some(version) => Self::of_version(version, &client),
        }
    }

    /// Of the entrypoint's whole log, which nobody ever took without markers.
    pub(crate) fn of_entrypoint(headers: &HeaderMap) -> Self {
        match Self::of(headers) {
            Self::Combined => Self::Marked,
            format => format,
        }
    }

    /// Of a followed log. Java sends no version with WebSockets and needs the markers.
    pub(crate) fn of_websocket(headers: &HeaderMap) -> Self {
        let client = ClientGeneration::from_headers(headers);
        match &client.version {
            Some(version) if Self::of_version(version, &client) == Self::Combined => Self::Combined,
            _ => Self::Marked,
        }
    }

    fn of_version(version: &str, client: &ClientGeneration) -> Self {
        if version.contains("dev") || client.parsed_version() >= Version::parse(SPLIT_SINCE) {
            Self::Split
        } else if client.is_before(MARKED_SINCE) {
            Self::Combined
        } else {
            Self::Marked
        }
    }
}

/// The whole log so far.
pub(crate) fn plain(command: &Command, format: LogFormat) -> Result<Response, Failure> {
    let log = open(command)?;
    let (media_type, parts) = match format {
        LogFormat::Combined => (TEXT, VecDeque::from([Part::Text(View::Combined)])),
        LogFormat::Marked => (TEXT, VecDeque::from([Part::Text(View::Whole)])),
        LogFormat::Split => {
            let mut parts = VecDeque::new();
            strings(
                &mut parts,
                "{\"output\":",
                [
                    ("", View::Whole),
                    (",\"stdout\":", View::Only(Stream::Output)),
                    (",\"stderr\":", View::Only(Stream::Errors)),
                ],
            );
            parts.push_back(Part::Json("}".to_owned()));
            (go_json::JSON, parts)
        }
    };
    Pieces::new(Some(log), parts).answer(command, media_type)
}

/// The answer to a caller that waited for a command.
pub(crate) fn executed(command: &Command, exit_code: i32, format: LogFormat) -> Result<Response, Failure> {
    let log = open(command)?;
    let mut parts = VecDeque::new();
    let id = String::from_utf8(go_json::to_vec(&command.id())).unwrap_or_default();
    let start = format!("{{\"cmdId\":{id},\"output\":");
    match format {
        LogFormat::Split => strings(
            &mut parts,
            &start,
            [
                ("", View::Whole),
                (",\"stdout\":", View::Only(Stream::Output)),
                (",\"stderr\":", View::Only(Stream::Errors)),
            ],
        ),
        LogFormat::Combined => strings(&mut parts, &start, [("", View::Combined)]),
        LogFormat::Marked => strings(&mut parts, &start, [("", View::Whole)]),
    }
    if format != LogFormat::Split {
        parts.push_back(Part::Json(",\"stdout\":null,\"stderr\":null".to_owned()));
    }
    parts.push_back(Part::Json(format!(",\"exitCode\":{exit_code}}}")));
    Pieces::new(Some(log), parts).answer(command, go_json::JSON)
}

/// A session's or a command's JSON as the older addresses answer it, with what each command has printed.
#[derive(Default)]
pub(crate) struct Outputs {
    parts: VecDeque<Part>,
    length: u64,
}

impl Outputs {
    /// JSON as it is.
    pub(crate) fn json(&mut self, json: impl Into<String>) {
        self.parts.push_back(Part::Json(json.into()));
    }

    /// Both streams of a command's log as a JSON string. A log its command has removed is an empty one.
    pub(crate) fn output(&mut self, command: &Arc<Command>) {
        self.length += command.log().progress().borrow().length;
        self.json("\"");
        self.parts.push_back(Part::Log(Arc::clone(command)));
        self.parts.push_back(Part::JsonText(View::Combined));
        self.json("\"");
    }

    /// The whole answer.
    pub(crate) fn answer(self) -> Response {
        let mut pieces = Pieces::new(None, self.parts);
        if self.length > PIECE as u64 {
            return body(Body::from_stream(stream::iter(pieces)), go_json::JSON);
        }
        let mut whole = Vec::new();
        loop {
            match pieces.append(&mut whole) {
                Ok(true) => {}
                Ok(false) => return body(Body::from(whole), go_json::JSON),
                Err(error) => return Failure::internal(&error.to_string()).into_response(),
            }
        }
    }
}

fn body(body: Body, media_type: HeaderValue) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, media_type)], body).into_response()
}

/// Views of the log as JSON strings, each behind the text before it.
fn strings<const N: usize>(parts: &mut VecDeque<Part>, start: &str, views: [(&str, View); N]) {
    let mut before = start.to_owned();
    for (name, view) in views {
        parts.push_back(Part::Json(format!("{before}{name}\"")));
        parts.push_back(Part::JsonText(view));
        before = "\"".to_owned();
    }
    parts.push_back(Part::Json(before));
}

fn open(command: &Command) -> Result<Snapshot, Failure> {
    command.log().open().map_err(|error| unreadable(command, &error))
}

/// Commands may remove or lock away their own logs.
fn unreadable(command: &Command, error: &io::Error) -> Failure {
    let path = command.log().path().display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            let message = format!("open {path}: no such file or directory");
            Failure { status: StatusCode::NOT_FOUND, code: None, message }
        }
        io::ErrorKind::PermissionDenied => Failure {
            status: StatusCode::FORBIDDEN,
            code: None,
            message: format!("open {path}: permission denied"),
        },
        _ => Failure::bad_request(&format!("open {path}: {error}")),
    }
}

/// What of a log goes into an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// Its bytes.
    Whole,
    /// Both streams without markers.
    Combined,
    /// One stream without markers.
    Only(Stream),
}

impl View {
    fn shows(self, stream: Option<Stream>) -> bool {
        match self {
            Self::Whole | Self::Combined => true,
            Self::Only(only) => stream == Some(only),
        }
    }
}

/// A part of an answer.
enum Part {
    /// JSON as it is.
    Json(String),
    /// A view of the log as it stands between the quotes of a JSON string.
    JsonText(View),
    /// A view of the log as it is.
    Text(View),
    /// The command whose log the views after it are of; opened no earlier, since there may be many.
    Log(Arc<Command>),
}

/// Makes an answer piece by piece.
struct Pieces {
    log: Option<Snapshot>,
    parts: VecDeque<Part>,
    position: u64,
    splitter: Splitter,
    escaper: TextEscaper,
    buffer: Vec<u8>,
}

impl Pieces {
    fn new(log: Option<Snapshot>, parts: VecDeque<Part>) -> Self {
        let splitter = Splitter::default();
        Self { log, parts, position: 0, splitter, escaper: TextEscaper::default(), buffer: Vec::new() }
    }

    fn answer(mut self, command: &Command, media_type: HeaderValue) -> Result<Response, Failure> {
        if self.log.as_ref().is_some_and(|log| log.length() > PIECE as u64) {
            return Ok(body(Body::from_stream(stream::iter(self)), media_type));
        }
        let mut whole = Vec::new();
        while self.append(&mut whole).map_err(|error| unreadable(command, &error))? {}
        Ok(body(Body::from(whole), media_type))
    }

    /// Appends the next piece; false when there is none.
    fn append(&mut self, piece: &mut Vec<u8>) -> io::Result<bool> {
        let Some(part) = self.parts.front() else { return Ok(false) };
        let (view, escaped) = match part {
            Part::Json(json) => {
                piece.extend_from_slice(json.as_bytes());
                self.parts.pop_front();
                return Ok(true);
            }
            Part::Log(command) => {
                self.log = command.log().open().ok();
                self.parts.pop_front();
                return Ok(true);
            }
            Part::JsonText(view) => (*view, true),
            Part::Text(view) => (*view, false),
        };
        self.buffer.resize(PIECE, 0);
        let count = match &self.log {
            Some(log) => log.read(&mut self.buffer, self.position)?,
            None => 0,
        };
        self.position += count as u64;
        let Self { splitter, escaper, buffer, .. } = self;
        let mut add = |stream, text: &[u8]| {
            if view.shows(stream) {
                if escaped { escaper.push(text, piece) } else { piece.extend_from_slice(text) }
            }
        };
        if view == View::Whole {
            add(None, &buffer[..count]);
        } else if count > 0 {
            splitter.push(&buffer[..count], add);
        } else {
            splitter.finish(add);
        }
        if count == 0 {
            std::mem::take(&mut self.escaper).finish(piece);
            self.splitter = Splitter::default();
            self.position = 0;
            self.parts.pop_front();
        }
        Ok(true)
    }
}

impl Iterator for Pieces {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = Vec::new();
        loop {
            match self.append(&mut piece) {
                Ok(true) if piece.is_empty() => {}
                Ok(true) => return Some(Ok(piece)),
                Ok(false) => return None,
                Err(error) => {
                    self.parts.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Whether the request asks for a WebSocket.
pub(crate) fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Whether the client is one of the oldest, which followed logs over plain HTTP (legacy-clients.md §5).
pub(crate) fn follows_over_http(request: &Request) -> bool {
    let headers = request.headers();
    let client = ClientGeneration::from_headers(headers);
    let old = match &client.version {
        Some(version) => LogFormat::of_version(version, &client) == LogFormat::Combined,
        None => LegacyRoute::of(headers).is_some(),
    };
    old && asks_to_follow(request)
}

/// The exact text `true`; anything else does not count.
fn asks_to_follow(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').any(|pair| pair == "follow=true")
}

/// The log as clean text while it grows, until the command has ended.
pub(crate) fn stream(command: &Command) -> Result<Response, Failure> {
    let followed = Followed::new(command, LogFormat::Combined, true)?;
    let frames = stream::unfold(followed, async |mut followed| Some((followed.next().await?, followed)));
    Ok((StatusCode::OK, [(CONTENT_TYPE, BYTES)], Body::from_stream(frames)).into_response())
}

/// Switches to a WebSocket and sends the log over it: all there is, and with `follow=true` all that comes until the
/// command has ended.
pub(crate) async fn follow(
    command: &Command,
    format: LogFormat,
    request: Request,
) -> Result<Response, Failure> {
    let followed = Followed::new(command, format, asks_to_follow(&request))?;
    let upgrade = websocket::accept(request).await?;
    Ok(upgrade.on_upgrade(async |socket| send(socket, followed).await))
}

async fn send(mut socket: WebSocket, mut followed: Followed) {
    let code = loop {
        tokio::select! {
            frame = followed.next() => match frame {
                Some(Ok(frame)) => {
                    if send_on(&mut socket, frame, &mut followed).await.is_err() {
                        return;
                    }
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, "a followed log cannot be read");
                    break close_code::ERROR;
                }
                None => break close_code::NORMAL,
            },
            // What a client says is not looked at; pings are answered below.
            message = socket.recv() => match message {
                Some(Ok(message)) if !matches!(message, Message::Close(_)) => {}
                _ => return,
            },
        }
    };
    let close = CloseFrame { code, reason: "".into() };
    if socket.send(Message::Close(Some(close))).await.is_ok() {
        // The client closes the connection after its own close frame; one that does not is left behind.
        let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
}

/// Sends a frame and as many of those that are ready as make one write.
async fn send_on(
    socket: &mut WebSocket,
    mut frame: Bytes,
    followed: &mut Followed,
) -> Result<(), axum::Error> {
    let mut written = 0;
    loop {
        written += frame.len();
        socket.feed(Message::Binary(frame)).await?;
        match followed.ready() {
            // An error shows again when the next frame is waited for.
            Some(Ok(next)) if written < WRITE => frame = next,
            Some(Ok(next)) => {
                socket.feed(Message::Binary(next)).await?;
                break;
            }
            _ => break,
        }
    }
    socket.flush().await
}

/// A log on its way to a follower.
struct Followed {
    frames: Frames,
    progress: watch::Receiver<Progress>,
    /// What was there at the start, for a client that wants no more.
    only: Option<Progress>,
    /// Takes out the markers.
    splitter: Option<Splitter>,
}

impl Followed {
    fn new(command: &Command, format: LogFormat, to_the_end: bool) -> Result<Self, Failure> {
        let frames = Frames::of(command.log()).map_err(|error| unreadable(command, &error))?;
        let progress = command.log().progress();
        let now = Progress { ended: true, ..*progress.borrow() };
        let splitter = (format == LogFormat::Combined).then(Splitter::default);
        Ok(Self { frames, progress, only: (!to_the_end).then_some(now), splitter })
    }

    /// Waits for the next frame; `None` at the end. Nothing is lost when the wait is given up.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            // Looked at before the frames are: what comes in between is noticed as a change.
            let ended = self.only.unwrap_or_else(|| *self.progress.borrow_and_update()).ended;
            match self.ready() {
                Some(frame) => return Some(frame),
                None if ended => return None,
                None => {}
            }
            // A log that nobody can add to any more has ended.
            self.progress.changed().await.ok()?;
        }
    }

    /// The next frame, if there is one now.
    fn ready(&mut self) -> Option<io::Result<Bytes>> {
        let seen = self.only.unwrap_or_else(|| *self.progress.borrow());
        loop {
            match self.frames.next(seen).transpose()? {
                Ok(frame) => match self.unmarked(frame) {
                    frame if frame.is_empty() => {}
                    frame => return Some(Ok(frame)),
                },
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn unmarked(&mut self, frame: Bytes) -> Bytes {
        let Some(splitter) = &mut self.splitter else { return frame };
        let mut text = Vec::with_capacity(frame.len());
        splitter.push(&frame, |_, part| text.extend_from_slice(part));
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(version: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(version) = version {
            headers.insert("x-daytona-sdk-version", version.parse().unwrap());
        }
        headers
    }

    #[test]
    fn every_client_generation_gets_logs_in_its_own_form() {
        use LogFormat::{Combined, Marked, Split};
        let generations = [
            (None, Combined, Marked),
            (Some("0.26.9"), Combined, Combined),
            (Some("0.27.0a1"), Marked, Marked),
            (Some("0.166.9"), Marked, Marked),
            (Some("0.167.0a1"), Split, Marked),
            (Some("0.226.1"), Split, Marked),
            (Some("0.0.0-dev"), Split, Marked),
            (Some("0.20.0-dev"), Split, Marked),
            (Some("garbage"), Marked, Marked),
        ];
        for (version, whole, followed) in generations {
            let headers = headers(version);
            let entrypoint = if whole == Combined { Marked } else { whole };
            assert_eq!(LogFormat::of(&headers), whole, "{version:?}");
            assert_eq!(LogFormat::of_websocket(&headers), followed, "{version:?}");
            assert_eq!(LogFormat::of_entrypoint(&headers), entrypoint, "{version:?}");
        }
    }

    #[test]
    fn a_client_without_a_version_may_ask_for_markers() {
        let mut headers = headers(None);
        headers.insert("x-daytona-split-output", "true".parse().unwrap());
        assert_eq!(LogFormat::of(&headers), LogFormat::Marked);
    }
}
