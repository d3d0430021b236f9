//! Terminals (voidrun.md §2.7, §3.6).
//!
//! ```text
//! connect ─▶ Attached ─┬▶ replay, then output ─▶ binary frames, cut between characters ─▶ close
//!                      └◀ input ◀── every message, as it is
//! ```
//!
//! Nothing but the terminal's own bytes is ever sent: clients show everything.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use contract::voidrun::types::{
    CreatePtySessionRequest, ExecuteInSessionRequest, PtyBuffer, PtySession, PtySessionInfo, PtySessionList,
    ResizeTerminalRequest,
};
use dialect::{PathParams, Routes};
use engine::pty::{Attached, LARGEST, Piece, Size, Terminal, TerminalError, TerminalRequest};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Inside, Shared};
use crate::reply::{self, Failure};
use crate::request::{Bound, MaybeBound};

const DEFAULT_SIZE: Size = Size { columns: 80, rows: 24 };
/// Largest size the official document knows.
const STRICT_SIZE: Size = Size { columns: 500, rows: 200 };
/// Bytes of output kept for the buffer and for clients that come later.
const KEPT: usize = 256 * 1024;
/// Most output in one frame, in bytes; one client takes a mebibyte at most.
const LARGEST_FRAME: usize = 32 * 1024;
/// Longest message a client may send, in bytes.
const LONGEST_INPUT: usize = 1 << 20;
/// How long a client may take for one frame, and to answer the end.
const PATIENCE: Duration = Duration::from_secs(10);
/// What terminals that live as long as their connection are called; they are no sessions.
const EPHEMERAL: &str = "ephemeral-";
/// Ends in `# `, which every client takes for a prompt. Set when the first prompt is due, since start-up files of most
/// systems set one of their own; whatever sets it later wins.
const PROMPT: &str = r#"PS1='root@\h:\w# '; unset PROMPT_COMMAND"#;

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("connectPTY", connect_ephemeral)
        .serve("createPTYSession", create)
        .serve("listPTYSessions", list)
        .serve("connectPTYSession", connect)
        .serve("deletePTYSession", delete)
        .serve("executeInPTYSession", execute)
        .serve("getPTYBuffer", buffer)
        .serve("resizeTerminal", resize)
}

async fn create(
    State(inside): State<Shared>,
    MaybeBound(request): MaybeBound<CreatePtySessionRequest>,
) -> Result<Response, Failure> {
    let or = |asked: Option<i64>, default: u16| asked.filter(|asked| *asked != 0).unwrap_or(default.into());
    let (columns, rows) = (or(request.cols, DEFAULT_SIZE.columns), or(request.rows, DEFAULT_SIZE.rows));
    let size = within(&inside, columns, rows)?;
    let id = format!("session-{}", inside.ids.token(12, "0123456789abcdef"));
    let terminal = terminal(&inside, id.clone(), size, KEPT);
    let created_at = terminal.created.to_string();
    let made = inside.engine.create_terminal(terminal);
    made.map_err(|error| Failure::internal("Failed to create session").with_details(error))?;
    Ok(reply::data("Session created", PtySession { session_id: id, created_at }))
}

fn terminal(inside: &Inside, id: String, size: Size, kept: usize) -> TerminalRequest {
    let shell = engine::shell::posix(&inside.engine.variable("PATH").unwrap_or_default());
    let mut environment = BTreeMap::new();
    environment.insert("PS1".to_owned(), "# ".to_owned());
    environment.insert("PROMPT_COMMAND".to_owned(), PROMPT.to_owned());
    TerminalRequest {
        id,
        directory: String::new(),
        environment,
        size,
        lazy: false,
        created: inside.clock.now(),
        kept,
        program: Some((shell, vec!["-i".to_owned()])),
    }
}

fn within(inside: &Inside, columns: i64, rows: i64) -> Result<Size, Failure> {
    let largest = match inside.manner.is_strict() {
        true => STRICT_SIZE,
        false => Size { columns: LARGEST, rows: LARGEST },
    };
    let direction = |name: &str, asked: i64, most: u16| {
        let size = u16::try_from(asked).ok().filter(|size| (1..=most).contains(size));
        size.ok_or_else(|| {
            Failure::bad_request("Invalid request")
                .with_details(format!("{name} must be between 1 and {most}"))
        })
    };
    Ok(Size {
        columns: direction("cols", columns, largest.columns)?,
        rows: direction("rows", rows, largest.rows)?,
    })
}

async fn list(State(inside): State<Shared>) -> Response {
    let terminals = inside.engine.terminals();
    let sessions = terminals.iter().filter(|terminal| !terminal.id().starts_with(EPHEMERAL));
    let sessions = sessions.map(|terminal| info(terminal)).collect();
    reply::data("Sessions retrieved", PtySessionList { sessions })
}

fn info(terminal: &Terminal) -> PtySessionInfo {
    PtySessionInfo {
        id: terminal.id().to_owned(),
        created_at: terminal.request().created.to_string(),
        clients: i64::try_from(terminal.ring().readers()).unwrap_or(i64::MAX),
        alive: terminal.is_active(),
    }
}

async fn delete(State(inside): State<Shared>, path: PathParams) -> Result<Response, Failure> {
    if !inside.engine.delete_terminal(path.at(1)) {
        return Err(unknown("Failed to delete session", path.at(1)));
    }
    Ok(reply::done("Session deleted"))
}

async fn execute(
    State(inside): State<Shared>,
    path: PathParams,
    Bound(request): Bound<ExecuteInSessionRequest>,
) -> Result<Response, Failure> {
    let unknown = || unknown("Failed to execute command", path.at(1));
    let input = inside.engine.terminal(path.at(1)).and_then(|terminal| terminal.input());
    let mut line = request.command;
    if !line.ends_with('\n') {
        line.push('\n');
    }
    input.ok_or_else(unknown)?.send(line.into()).await.map_err(|_| unknown())?;
    Ok(reply::done("Command sent"))
}

async fn buffer(State(inside): State<Shared>, path: PathParams) -> Result<Response, Failure> {
    let terminal = inside.engine.terminal(path.at(1));
    let terminal = terminal.ok_or_else(|| unknown("Failed to get buffer", path.at(1)))?;
    let kept = terminal.ring().kept();
    let output = String::from_utf8_lossy(after_half_character(&kept)).into_owned();
    Ok(reply::data("Buffer retrieved", PtyBuffer { success: true, output }))
}

async fn resize(
    State(inside): State<Shared>,
    path: PathParams,
    Bound(request): Bound<ResizeTerminalRequest>,
) -> Result<Response, Failure> {
    let size = within(&inside, request.cols, request.rows)?;
    let terminal = inside.engine.terminal(path.at(1));
    let terminal = terminal.ok_or_else(|| unknown("Failed to resize terminal", path.at(1)))?;
    terminal.resize(size).map_err(|error| match error {
        TerminalError::Unknown(id) => unknown("Failed to resize terminal", &id),
        error => Failure::internal("Failed to resize terminal").with_details(error),
    })?;
    Ok(reply::done("Terminal resized"))
}

fn unknown(what: &str, id: &str) -> Failure {
    Failure::not_found(what).with_details(format!("agent returned 404: session {id} not found"))
}

/// The upgrade a request asks for.
pub(super) async fn upgrade(request: Request) -> Result<WebSocketUpgrade, Failure> {
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = upgrade.map_err(|_| Failure::bad_request("websocket upgrade required"))?;
    Ok(upgrade.max_message_size(LONGEST_INPUT).max_frame_size(LONGEST_INPUT))
}

/// Sends a close frame and waits for the client to close too, so that it has read everything by then.
pub(super) async fn close(mut socket: WebSocket) {
    let frame = CloseFrame { code: close_code::NORMAL, reason: Utf8Bytes::default() };
    let farewell = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _left_behind = timeout(PATIENCE, farewell).await;
}

async fn connect_ephemeral(State(inside): State<Shared>, request: Request) -> Result<Response, Failure> {
    let upgrade = upgrade(request).await?;
    let id = format!("{EPHEMERAL}{}", inside.ids.uuid());
    let attached = inside.engine.create_and_attach(terminal(&inside, id.clone(), DEFAULT_SIZE, 0));
    let attached =
        attached.map_err(|error| Failure::internal("Failed to create session").with_details(error))?;
    Ok(upgrade.on_upgrade(async move |socket| {
        // Also when this task is dropped with the connection.
        let _end = Ephemeral { inside: &inside, id: &id };
        attend(socket, attached).await;
    }))
}

/// A terminal that ends with its connection.
struct Ephemeral<'a> {
    inside: &'a Inside,
    id: &'a str,
}

impl Drop for Ephemeral<'_> {
    fn drop(&mut self) {
        self.inside.engine.delete_terminal(self.id);
    }
}

async fn connect(
    State(inside): State<Shared>,
    path: PathParams,
    request: Request,
) -> Result<Response, Failure> {
    let upgrade = upgrade(request).await?;
    let attached = inside.engine.attach(path.at(1)).map_err(|error| match error {
        TerminalError::Start(error) => Failure::internal("Failed to connect to session").with_details(error),
        error => Failure::not_found("Session not found").with_details(error),
    })?;
    Ok(upgrade.on_upgrade(async move |socket| attend(socket, attached).await).into_response())
}

async fn attend(socket: WebSocket, attached: Attached) {
    let (mut sink, mut stream) = socket.split();
    let Attached { mut output, input, .. } = attached;
    let ended = tokio::select! {
        ended = show(&mut sink, &mut output) => ended,
        () = listen(&mut stream, input) => false,
    };
    if let Ok(socket) = sink.reunite(stream)
        && ended
    {
        close(socket).await;
    }
}

/// Sends output until nothing follows; false when the client cannot be reached or does not read.
async fn show(sink: &mut SplitSink<WebSocket, Message>, output: &mut engine::pty::Reader) -> bool {
    let mut half = BytesMut::new();
    let mut first = true;
    loop {
        let bytes = match output.next(LARGEST_FRAME).await {
            Piece::Output(bytes) => bytes,
            Piece::End if half.is_empty() => return true,
            Piece::End => {
                let _last = timeout(PATIENCE, sink.send(Message::Binary(half.freeze()))).await;
                return true;
            }
            Piece::CutOff => return false,
        };
        let bytes = if first { bytes.slice_ref(after_half_character(&bytes)) } else { bytes };
        first = false;
        let Some(frame) = whole_characters(&mut half, bytes) else { continue };
        match timeout(PATIENCE, sink.send(Message::Binary(frame))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return false,
        }
    }
}

/// Types what the client sends until it leaves. Pings are answered while this reads.
async fn listen(stream: &mut SplitStream<WebSocket>, input: mpsc::Sender<Bytes>) {
    loop {
        let bytes = match stream.next().await {
            Some(Ok(Message::Text(text))) => Bytes::from(text),
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
        };
        if input.send(bytes).await.is_err() {
            // The terminal has ended; the other half is about to say so.
            std::future::pending::<()>().await;
        }
    }
}

/// What is left after the rest of a character whose beginning is gone.
fn after_half_character(bytes: &[u8]) -> &[u8] {
    let rest = bytes.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
    &bytes[rest..]
}

/// What was kept back and `bytes`, but for half a character at the end: clients decode every frame by itself.
fn whole_characters(half: &mut BytesMut, bytes: Bytes) -> Option<Bytes> {
    let joined = if half.is_empty() {
        bytes
    } else {
        let mut joined = half.split();
        joined.extend_from_slice(&bytes);
        joined.freeze()
    };
    let tail = joined.len().saturating_sub(3);
    let lead = joined[tail..].iter().rposition(|byte| *byte >= 0xC0).map(|position| tail + position);
    let cut = lead.filter(|lead| {
        let needed = match joined[*lead] {
            0xF0.. => 4,
            0xE0.. => 3,
            _ => 2,
        };
        joined.len() - lead < needed
    });
    let Some(cut) = cut else { return Some(joined) };
    half.extend_from_slice(&joined[cut..]);
    (cut > 0).then(|| joined.slice(..cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_between_characters() {
        let text = "až€🐎";
        let mut half = BytesMut::new();
        let mut frames = Vec::new();
        for byte in text.bytes() {
            frames.extend(whole_characters(&mut half, Bytes::from(vec![byte])));
        }
        assert!(half.is_empty());
        assert_eq!(frames, ["a", "ž", "€", "🐎"].map(str::as_bytes));
    }

    #[test]
    fn bytes_that_are_no_characters_are_sent_all_the_same() {
        let mut half = BytesMut::new();
        let odd = Bytes::from_static(&[b'a', 0x80, 0x80, 0x80]);
        assert_eq!(whole_characters(&mut half, odd.clone()), Some(odd));
        assert_eq!(after_half_character(&[0x80, 0x80, b'x']), b"x");
        assert_eq!(after_half_character("ž".as_bytes()), "ž".as_bytes());
    }
}
