//! Terminals (toolbox-processes.md §5).
//!
//! ```text
//! connect, create-connect ─▶ Attached ─┬▶ output ─▶ binary frames ─▶ exited ─▶ close
//!                                      └◀ input ◀── every message, as it is
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket, close_code};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use contract::toolbox::types::{
    PtyControlFrame, PtyControlFrameStatus, PtyControlFrameType, PtyCreateRequest, PtyCreateResponse,
    PtyExitReason, PtyListResponse, PtyResizeRequest, PtySessionInfo,
};
use dialect::{PathParams, Routes};
use engine::pty::{Attached, Ending, LARGEST, Piece, Size, Terminal, TerminalError, TerminalRequest};
use engine::spawn::Exit;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderMap, StatusCode};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::closing::close;
use crate::errors::Failure;
use crate::request::Bound;
use crate::websocket::{accept, not_a_websocket};
use crate::{Shared, go_json};

const EXIT_CONTROL: &str = "X-Daytona-Pty-Exit-Control";
const ENVIRONMENT: &str = "X-Daytona-Pty-Envs~";
/// Longest sub-protocol that may carry variables, in characters.
const LONGEST_ENVIRONMENT: usize = 65_536;
const DEFAULT_SIZE: Size = Size { columns: 80, rows: 24 };
/// Longest message a client may send, in bytes.
const LONGEST_INPUT: usize = 65_536;
/// Longest message that is read at all; whatever lies between the two is read and refused in good order.
const LONGEST_READ: usize = 1 << 20;
/// Most output in one frame, in bytes.
const LARGEST_FRAME: usize = 32 * 1024;
/// How long a client may take for one frame.
const FRAME_PATIENCE: Duration = Duration::from_secs(10);

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("CreatePtySession", create)
        .serve("ListPtySessions", list)
        .serve("GetPtySession", get)
        .serve("DeletePtySession", delete)
        .serve("ResizePtySession", resize)
        .serve("ConnectPtySession", connect)
        .serve("CreateAndConnectPtySession", create_and_connect)
}

async fn create(
    State(toolbox): State<Shared>,
    Bound(request): Bound<PtyCreateRequest>,
) -> Result<Response, Failure> {
    let id = request.id.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Failure::bad_request("session ID is required"))?;
    let direction = |value: Option<i64>, default: u16, name: &str| match value {
        None => Ok(default),
        Some(value) => within(value).ok_or_else(|| {
            Failure::bad_request(&format!("invalid value for {name} - must be less than {LARGEST}"))
        }),
    };
    let size = Size {
        columns: direction(request.cols, DEFAULT_SIZE.columns, "cols")?,
        rows: direction(request.rows, DEFAULT_SIZE.rows, "rows")?,
    };
    let terminal = TerminalRequest {
        id: id.clone(),
        directory: directory(&toolbox, request.cwd.filter(|directory| !directory.is_empty())),
        environment: request.envs.unwrap_or_default(),
        size,
        lazy: request.lazy_start.unwrap_or_default(),
        created: toolbox.clock.now(),
        kept: 0,
        program: None,
    };
    toolbox.engine.create_terminal(terminal)?;
    Ok(go_json::response(StatusCode::CREATED, &PtyCreateResponse { session_id: id }))
}

async fn list(State(toolbox): State<Shared>) -> Response {
    let sessions = toolbox.engine.terminals().iter().map(|terminal| info(terminal)).collect();
    go_json::response(StatusCode::OK, &PtyListResponse { sessions })
}

async fn get(State(toolbox): State<Shared>, path: PathParams) -> Result<Response, Failure> {
    let terminal = toolbox.engine.terminal(path.at(0)).ok_or_else(unknown)?;
    Ok(go_json::response(StatusCode::OK, &info(&terminal)))
}

async fn delete(State(toolbox): State<Shared>, path: PathParams) -> Result<Response, Failure> {
    if !toolbox.engine.delete_terminal(path.at(0)) {
        return Err(unknown());
    }
    Ok(go_json::response(StatusCode::OK, &BTreeMap::from([("message", "PTY session deleted")])))
}

async fn resize(
    State(toolbox): State<Shared>,
    path: PathParams,
    Bound(request): Bound<PtyResizeRequest>,
) -> Result<Response, Failure> {
    let direction = |value: i64, name: &str| {
        within(value).ok_or_else(|| Failure::bad_request(&format!("{name} must be less than {LARGEST}")))
    };
    let size = Size { columns: direction(request.cols, "cols")?, rows: direction(request.rows, "rows")? };
    let id = path.at(0);
    let terminal = toolbox.engine.terminal(id).ok_or_else(|| TerminalError::Unknown(id.to_owned()))?;
    // Real daemons take 0 and then look for the terminal: who asks for one that is gone is told that first.
    if let Some((name, _)) = [("cols", size.columns), ("rows", size.rows)].iter().find(|(_, size)| *size == 0)
    {
        return Err(Failure::bad_request(&format!("{name} must be at least 1")));
    }
    terminal.resize(size)?;
    Ok(go_json::response(StatusCode::OK, &info(&terminal)))
}

/// Whom the terminal is not there for is told after the upgrade.
async fn connect(State(toolbox): State<Shared>, path: PathParams, request: Request) -> Response {
    let told = wants_exit(request.headers());
    let Ok(upgrade) = accept(request).await else { return not_a_websocket() };
    let id = path.at(0).to_owned();
    upgrade.max_message_size(LONGEST_READ).max_frame_size(LONGEST_READ).on_upgrade(async move |socket| {
        match toolbox.engine.attach(&id) {
            Ok(attached) => attend(socket, attached, told).await,
            Err(error @ TerminalError::Start(_)) => {
                let reason = format!("failed to start PTY session: {error}");
                refuse(socket, format!("Failed to connect to PTY session: {reason}")).await;
            }
            Err(error) => refuse(socket, format!("Failed to connect to PTY session: {error}")).await,
        }
    })
}

async fn create_and_connect(State(toolbox): State<Shared>, request: Request) -> Result<Response, Failure> {
    let told = wants_exit(request.headers());
    let query = contract::bind::daemon::query(request.uri().query());
    let id = query.first("id").to_owned();
    let named = query.contains("cwd").then(|| query.first("cwd").to_owned());
    let [columns, rows] = ["cols", "rows"].map(|name| query.first(name).parse::<u16>().ok());
    let environment = environment(request.headers());

    let Ok(upgrade) = accept(request).await else { return Ok(not_a_websocket()) };
    if id.is_empty() {
        return Err(Failure::bad_request("session ID is required (query param 'id')"));
    }
    let size =
        Size { columns: columns.unwrap_or(DEFAULT_SIZE.columns), rows: rows.unwrap_or(DEFAULT_SIZE.rows) };
    if size.columns > LARGEST || size.rows > LARGEST {
        return Err(Failure::bad_request(&format!("cols and rows must be less than {LARGEST}")));
    }
    let environment =
        environment.map_err(|error| Failure::bad_request(&format!("invalid envs subprotocol: {error}")))?;
    let terminal = TerminalRequest {
        id,
        directory: directory(&toolbox, named),
        environment,
        size,
        lazy: false,
        created: toolbox.clock.now(),
        kept: 0,
        program: None,
    };
    // Made before the answer, so that whoever reads the answer finds it.
    let attached = match toolbox.engine.create_and_attach(terminal) {
        Err(error @ TerminalError::Exists(_)) => return Err(error.into()),
        attached => attached,
    };
    let upgrade = upgrade.max_message_size(LONGEST_READ).max_frame_size(LONGEST_READ);
    Ok(upgrade.on_upgrade(async move |socket| match attached {
        Ok(attached) => attend(socket, attached, told).await,
        Err(error) => refuse(socket, format!("Failed to start PTY session: {error}")).await,
    }))
}

fn unknown() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "PROCESS_NOT_FOUND", "PTY session not found")
}

/// A size that is not too large.
fn within(value: i64) -> Option<u16> {
    u16::try_from(value).ok().filter(|value| *value <= LARGEST)
}

fn directory(toolbox: &Shared, named: Option<String>) -> String {
    named.unwrap_or_else(|| toolbox.engine.config().work_dir.to_string_lossy().into_owned())
}

fn info(terminal: &Terminal) -> PtySessionInfo {
    let (request, size) = (terminal.request(), terminal.size());
    PtySessionInfo {
        id: request.id.clone(),
        cwd: request.directory.clone(),
        envs: request.environment.clone(),
        cols: size.columns.into(),
        rows: size.rows.into(),
        created_at: request.created.to_string(),
        active: terminal.is_active(),
        lazy_start: request.lazy,
    }
}

/// The sub-protocols offered, in order.
fn offered(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

fn wants_exit(headers: &HeaderMap) -> bool {
    offered(headers).any(|token| token == EXIT_CONTROL)
}

/// The variables a client sends as a sub-protocol.
fn environment(headers: &HeaderMap) -> Result<BTreeMap<String, String>, String> {
    let Some(token) = offered(headers).find_map(|token| token.strip_prefix(ENVIRONMENT)) else {
        return Ok(BTreeMap::new());
    };
    if token.len() > LONGEST_ENVIRONMENT {
        let length = token.len();
        return Err(format!("PTY envs subprotocol too large ({length} bytes, max {LONGEST_ENVIRONMENT})"));
    }
    let json = URL_SAFE_NO_PAD
        .decode(token)
        .map_err(|error| format!("failed to decode PTY envs subprotocol: {error}"))?;
    let variables: BTreeMap<String, String> = serde_json::from_slice(&json)
        .map_err(|error| format!("failed to unmarshal PTY envs subprotocol: {error}"))?;
    let bad = |name: &&String| name.is_empty() || name.contains(['=', '\0', '\r', '\n']);
    match variables.keys().find(bad) {
        Some(name) if name.is_empty() => Err("env var name cannot be empty".to_owned()),
        Some(name) => Err(format!("env var name {name:?} contains invalid characters")),
        None => Ok(variables),
    }
}

/// A text message about the terminal.
fn control(frame: &PtyControlFrame) -> Message {
    Message::Text(Utf8Bytes::try_from(go_json::to_vec(frame)).unwrap_or_default())
}

fn frame(status: PtyControlFrameStatus) -> PtyControlFrame {
    PtyControlFrame {
        exit_code: None,
        exit_reason: None,
        error: None,
        status,
        r#type: PtyControlFrameType::Control,
    }
}

/// Tells why there is nothing to attach to, and cuts the connection without a close frame.
async fn refuse(mut socket: WebSocket, error: String) {
    let frame = PtyControlFrame { error: Some(error), ..frame(PtyControlFrameStatus::Error) };
    if let Err(error) = socket.send(control(&frame)).await {
        tracing::debug!(%error, "a client left before it was told");
    }
}

/// Why a connection ends.
enum Farewell {
    /// The client left, or cannot be reached.
    Gone,
    Close(u16, String),
    /// The terminal ended.
    Ended(Ending),
}

async fn attend(mut socket: WebSocket, attached: Attached, told: bool) {
    if socket.send(control(&frame(PtyControlFrameStatus::Connected))).await.is_err() {
        return;
    }
    let (mut sink, mut stream) = socket.split();
    let Attached { mut output, input, ended } = attached;
    let showing = async {
        match show(&mut sink, &mut output).await {
            // How a terminal ended is known before its output does.
            Shown::All => Farewell::Ended(ended.borrow().unwrap_or(Ending::Exited(Exit::Lost))),
            Shown::TooSlowly => Farewell::Close(close_code::POLICY, "slow consumer".to_owned()),
            Shown::ToNobody => Farewell::Gone,
        }
    };
    let farewell = tokio::select! {
        farewell = showing => farewell,
        farewell = listen(&mut stream, input) => farewell,
    };
    let Ok(mut socket) = sink.reunite(stream) else { return };
    match farewell {
        Farewell::Gone => {}
        Farewell::Close(code, reason) => close(socket, code, &reason).await,
        Farewell::Ended(ending) => {
            let (exit_code, exit_reason) = told_as(ending);
            if told && matches!(ending, Ending::Exited(_)) {
                let exit_reason = exit_reason.clone();
                let exited = frame(PtyControlFrameStatus::Exited);
                let exited = PtyControlFrame { exit_code: Some(exit_code), exit_reason, ..exited };
                if timeout(FRAME_PATIENCE, socket.send(control(&exited))).await.is_err() {
                    return;
                }
            }
            let code = if exit_code == 0 { close_code::NORMAL } else { close_code::ERROR };
            let reason = go_json::to_vec(&PtyExitReason { exit_code, exit_reason });
            close(socket, code, &String::from_utf8_lossy(&reason)).await;
        }
    }
}

/// Why no more output is sent.
enum Shown {
    All,
    TooSlowly,
    ToNobody,
}

/// Sends output until nothing follows.
async fn show(sink: &mut SplitSink<WebSocket, Message>, output: &mut engine::pty::Reader) -> Shown {
    loop {
        let bytes = match output.next(LARGEST_FRAME).await {
            Piece::Output(bytes) => bytes,
            Piece::End => return Shown::All,
            Piece::CutOff => return Shown::TooSlowly,
        };
        match timeout(FRAME_PATIENCE, sink.send(Message::Binary(bytes))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Shown::ToNobody,
            Err(_elapsed) => return Shown::TooSlowly,
        }
    }
}

/// Types what the client sends until it leaves. Pings are answered while this reads.
async fn listen(stream: &mut SplitStream<WebSocket>, input: mpsc::Sender<Bytes>) -> Farewell {
    let too_big = || Farewell::Close(close_code::SIZE, String::new());
    loop {
        let bytes = match stream.next().await {
            Some(Ok(Message::Text(text))) => Bytes::from(text),
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Close(_))) | None => return Farewell::Gone,
            Some(Err(error)) if is_too_long(&error) => return too_big(),
            Some(Err(_)) => return Farewell::Gone,
        };
        if bytes.len() > LONGEST_INPUT {
            return too_big();
        }
        if input.send(bytes).await.is_err() {
            // The terminal has ended; the other half is about to say so.
            std::future::pending::<()>().await;
        }
    }
}

/// Whether a message was longer than is read. The library tells it by its words only.
fn is_too_long(error: &axum::Error) -> bool {
    error.to_string().contains("too long")
}

/// How clients are told of an end (toolbox-processes.md §5.4).
fn told_as(ending: Ending) -> (i64, Option<String>) {
    let reason = |text: &str| Some(text.to_owned());
    match ending {
        Ending::Deleted => (137, reason("SIGKILL")),
        Ending::Exited(Exit::Code(0)) => (0, None),
        Ending::Exited(Exit::Code(130)) => (130, reason("Ctrl+C")),
        Ending::Exited(Exit::Code(137)) => (137, reason("SIGKILL")),
        Ending::Exited(Exit::Code(143)) => (143, reason("SIGTERM")),
        Ending::Exited(Exit::Code(code)) if code > 128 => {
            (code.into(), Some(format!("signal {}", code - 128)))
        }
        Ending::Exited(Exit::Code(code)) => (code.into(), reason("non-zero exit")),
        Ending::Exited(Exit::Signal(_)) => (-1, reason("non-zero exit")),
        Ending::Exited(Exit::Lost) => (1, reason("process error")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(token: &str) -> Result<BTreeMap<String, String>, String> {
        let mut headers = HeaderMap::new();
        let line = format!("X-Daytona-Pty-Exit-Control, X-Daytona-Pty-Envs~{token}");
        headers.insert(SEC_WEBSOCKET_PROTOCOL, line.parse().unwrap());
        environment(&headers)
    }

    #[test]
    fn variables_come_as_a_sub_protocol() {
        let token = URL_SAFE_NO_PAD.encode(r#"{"A":"1","B":"ž?>"}"#);
        assert_eq!(read(&token).unwrap().into_values().collect::<String>(), "1ž?>");
    }

    #[test]
    fn bad_variables_are_refused_with_what_is_wrong() {
        let refused = |token: &str| read(token).unwrap_err();
        assert!(refused("%%%").starts_with("failed to decode"));
        assert!(refused(&URL_SAFE_NO_PAD.encode("[1]")).starts_with("failed to unmarshal"));
        assert!(refused(&URL_SAFE_NO_PAD.encode(r#"{"A=B":""}"#)).starts_with("env var name"));
        assert!(refused(&URL_SAFE_NO_PAD.encode(r#"{"":""}"#)).starts_with("env var name"));
        assert!(refused(&"A".repeat(65_537)).starts_with("PTY envs subprotocol too large (65537 bytes"));
    }

    #[test]
    fn ends_are_worded_as_the_real_daemon_words_them() {
        let told = |code| told_as(Ending::Exited(Exit::Code(code))).1;
        assert_eq!(told(0), None);
        assert_eq!(told(128).as_deref(), Some("non-zero exit"));
        assert_eq!(told(129).as_deref(), Some("signal 1"));
        assert_eq!(told(130).as_deref(), Some("Ctrl+C"));
        assert_eq!(told_as(Ending::Exited(Exit::Signal(9))), (-1, Some("non-zero exit".to_owned())));
    }
}
