//! Shells behind one endpoint: the older way to keep a shell's state (voidrun.md §2.7).
//!
//! They are the engine's shell sessions, so one command runs after the other and a session is no terminal.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use contract::voidrun::types::{SessionExecRequest, SessionExecResponse, SessionExecStreamRequest};
use dialect::Routes;
use engine::session::streams::{Splitter, Stream};
use engine::session::{Command, CommandRequest, SessionError};
use futures_util::stream;
use http::header::X_CONTENT_TYPE_OPTIONS;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::exec::command;
use super::{Inside, Shared};
use crate::reply::{self, Failure};
use crate::request::Bound;

/// How long one call may take; a command that takes longer goes on, and its output so far is the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest id of a session, in characters.
const LONGEST_ID: usize = 100;

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes.serve("sessionExec", act).serve("sessionExecStream", run_streamed)
}

async fn act(
    State(inside): State<Shared>,
    Bound(request): Bound<SessionExecRequest>,
) -> Result<Response, Failure> {
    let action = request.action.as_str();
    if !["create", "exec", "input", "resize", "close"].contains(&action) {
        return Err(Failure::internal("invalid action"));
    }
    let id = request.session_id.clone().unwrap_or_default();
    if id.is_empty() && action != "create" {
        return Err(Failure::internal(format!("sessionId is required for {action}")));
    }
    match action {
        "create" => create(&inside, id),
        "exec" => exec(&inside, &id, &request.command.unwrap_or_default()).await,
        "input" => type_in(&inside, &id, &request.input.unwrap_or_default()).await,
        "resize" => resize(&inside, &id, request.cols, request.rows),
        _ => close(&inside, &id).await,
    }
}

fn create(inside: &Inside, id: String) -> Result<Response, Failure> {
    let id = if id.is_empty() { format!("sess-{}", inside.ids.token(16, "0123456789abcdef")) } else { id };
    inside.engine.create_session(&id, true).map_err(|error| refused(&error))?;
    Ok(reply::ok(&SessionExecResponse { session_id: Some(id), ..done() }))
}

async fn exec(inside: &Inside, id: &str, text: &str) -> Result<Response, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::internal("command is required for exec"));
    }
    let command = start(inside, id, text).map_err(|error| refused(&error))?;
    let exit_code = match timeout(PATIENCE, command.ended()).await {
        Ok(ended) => Some(ended.map_err(|error| refused(&error))?),
        Err(_elapsed) => None,
    };
    let mut output = String::new();
    printed(&command, &mut 0, &mut Splitter::default(), |_, text| output.push_str(text));
    Ok(reply::ok(&SessionExecResponse {
        session_id: Some(id.to_owned()),
        output: Some(output).filter(|output| !output.is_empty()),
        exit_code: exit_code.filter(|code| *code != 0).map(i64::from),
        ..done()
    }))
}

/// Goes to the command that runs.
async fn type_in(inside: &Inside, id: &str, text: &str) -> Result<Response, Failure> {
    let session = inside.engine.session(id).map_err(|error| refused(&error))?;
    let running = session.commands().into_iter().find(|command| command.exit_code().is_none());
    let running = running.ok_or_else(|| Failure::bad_request("no command is running"))?;
    running.send_input(text).await.map_err(|error| refused(&error))?;
    Ok(reply::ok(&done()))
}

fn resize(inside: &Inside, id: &str, columns: Option<i64>, rows: Option<i64>) -> Result<Response, Failure> {
    if columns.unwrap_or_default() < 1 || rows.unwrap_or_default() < 1 {
        return Err(Failure::internal("cols and rows are required for resize"));
    }
    inside.engine.session(id).map_err(|error| refused(&error))?;
    Err(Failure::bad_request(format!("session {id} is not a terminal")))
}

async fn close(inside: &Inside, id: &str) -> Result<Response, Failure> {
    inside.engine.delete_session(id).await.map_err(|error| refused(&error))?;
    Ok(reply::ok(&done()))
}

async fn run_streamed(
    State(inside): State<Shared>,
    Bound(request): Bound<SessionExecStreamRequest>,
) -> Result<Response, Failure> {
    let id = request.session_id;
    if id.is_empty() {
        return Err(Failure::bad_request("Session ID is required"));
    }
    if id.chars().count() > LONGEST_ID {
        return Err(Failure::bad_request("Session ID exceeds maximum length"));
    }
    let text = command(&request.command)?;
    let command = start(&inside, &id, &text).map_err(|error| match error {
        SessionError::Unknown => Failure::not_found(error.to_string()),
        error => refused(&error),
    })?;
    let follower = Follower { command, position: 0, splitter: Splitter::default(), told: false };
    let lines = stream::unfold(follower, async |mut follower| {
        let line = follower.next().await?;
        Some((Ok::<_, std::convert::Infallible>(line), follower))
    });
    let mut response = reply::streamed("application/x-ndjson", Body::from_stream(lines));
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

fn start(inside: &Inside, id: &str, text: &str) -> Result<Arc<Command>, SessionError> {
    inside.engine.session(id)?.execute(CommandRequest {
        id: inside.ids.uuid(),
        text: text.to_owned(),
        takes_input: true,
        echoes_input: false,
    })
}

fn done() -> SessionExecResponse {
    SessionExecResponse { success: true, session_id: None, output: None, error: None, exit_code: None }
}

/// What the sandbox refuses is the client's mistake; what it cannot do is its own.
fn refused(error: &SessionError) -> Failure {
    let status = match error {
        SessionError::Start(_) | SessionError::Files(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    Failure::new(status, error.to_string())
}

/// Gives out what a command's log holds from `position` on.
fn printed(
    command: &Command,
    position: &mut u64,
    splitter: &mut Splitter,
    mut text: impl FnMut(Option<Stream>, &str),
) {
    let Ok(log) = command.log().open() else { return };
    let mut buffer = vec![0; 32 * 1024];
    while let Ok(count) = log.read(&mut buffer, *position)
        && count > 0
    {
        *position += count as u64;
        splitter.push(&buffer[..count], |stream, bytes| text(stream, &String::from_utf8_lossy(bytes)));
    }
}

/// A command's output as lines of JSON.
struct Follower {
    command: Arc<Command>,
    position: u64,
    splitter: Splitter,
    told: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Bytes> {
        if self.told {
            return None;
        }
        let mut progress = self.command.log().progress();
        loop {
            let ended = progress.borrow_and_update().ended;
            let mut lines = String::new();
            printed(&self.command, &mut self.position, &mut self.splitter, |stream, text| {
                let name = if stream == Some(Stream::Errors) { "stderr" } else { "stdout" };
                push(&mut lines, &json!({ "type": name, "data": text }));
            });
            if ended {
                self.told = true;
                let code = self.command.ended().await.unwrap_or(-1);
                push(&mut lines, &json!({ "type": "exit", "exitCode": code }));
            }
            if !lines.is_empty() {
                return Some(lines.into());
            }
            if progress.changed().await.is_err() {
                self.told = true;
                return Some(Bytes::new());
            }
        }
    }
}

fn push(lines: &mut String, value: &Value) {
    lines.push_str(&value.to_string());
    lines.push('\n');
}
