//! Interpreter contexts (toolbox-processes.md §6).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket, close_code};
use axum::extract::{Request, State};
use axum::response::Response;
use contract::toolbox::types::{
    CreateContextRequest, InterpreterContext, InterpreterFrame, InterpreterFrameType, ListContextsResponse,
};
use dialect::{PathParams, Routes};
use engine::interpreter::{Code, ContextInfo, DEFAULT_TIMEOUT, Event, InterpreterError, Outcome};
use http::StatusCode;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::closing::close;
use crate::errors::Failure;
use crate::request::Bound;
use crate::websocket::{accept, not_a_websocket};
use crate::{Shared, go_json};

const LANGUAGE: &str = "python";
/// Close code of an execution whose time was up.
const TIMED_OUT: u16 = 4008;
/// How long a client may take for one frame.
const FRAME_PATIENCE: Duration = Duration::from_secs(10);

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("CreateInterpreterContext", create)
        .serve("ListInterpreterContexts", list)
        .serve("DeleteInterpreterContext", delete)
        .serve("ExecuteInterpreterCode", execute)
}

async fn create(
    State(toolbox): State<Shared>,
    Bound(request): Bound<CreateContextRequest>,
) -> Result<Response, Failure> {
    if let Some(language) = request.language.filter(|language| language != LANGUAGE) {
        return Err(Failure::bad_request(&format!(
            "unsupported language: {language} (only '{LANGUAGE}' is supported currently)"
        )));
    }
    let (id, now) = (toolbox.ids.uuid(), toolbox.clock.now());
    let context = toolbox
        .engine
        .create_context(id, request.cwd.unwrap_or_default(), now)
        .map_err(|error| Failure::internal(&format!("failed to start context: {error}")))?;
    Ok(go_json::response(StatusCode::OK, &shown(context)))
}

async fn list(State(toolbox): State<Shared>) -> Response {
    let contexts = toolbox.engine.contexts().into_iter().map(shown).collect();
    go_json::response(StatusCode::OK, &ListContextsResponse { contexts })
}

async fn delete(State(toolbox): State<Shared>, path: PathParams) -> Result<Response, Failure> {
    let id = path.at(0);
    toolbox.engine.delete_context(id).await.map_err(|error| match error {
        InterpreterError::Default => Failure::bad_request(&error.to_string()),
        InterpreterError::Unknown(_) => {
            let message = format!("not found: context with ID '{id}' not found");
            Failure::new(StatusCode::NOT_FOUND, "PROCESS_NOT_FOUND", message)
        }
        InterpreterError::Start(_) => Failure::internal(&error.to_string()),
    })?;
    Ok(go_json::response(StatusCode::OK, &BTreeMap::from([("message", "Context deleted successfully")])))
}

async fn execute(State(toolbox): State<Shared>, request: Request) -> Response {
    let Ok(upgrade) = accept(request).await else { return not_a_websocket() };
    // Code may be of any length.
    let upgrade = upgrade.max_message_size(usize::MAX).max_frame_size(usize::MAX);
    upgrade.on_upgrade(async move |socket| attend(socket, &toolbox).await)
}

fn shown(context: ContextInfo) -> InterpreterContext {
    InterpreterContext {
        id: context.id,
        cwd: context.directory,
        created_at: context.created.to_string(),
        active: context.active,
        language: LANGUAGE.to_owned(),
    }
}

/// What closes a connection: code and reason.
struct Refused(u16, String);

impl Refused {
    fn protocol(reason: &str) -> Self {
        Self(close_code::PROTOCOL, reason.to_owned())
    }

    fn policy(reason: impl Into<String>) -> Self {
        Self(close_code::POLICY, reason.into())
    }
}

async fn attend(mut socket: WebSocket, toolbox: &Shared) {
    match start(&mut socket, toolbox).await {
        Ok(Some(events)) => relay(socket, events).await,
        Ok(None) => {}
        Err(Refused(code, reason)) => close(socket, code, &reason).await,
    }
}

/// Starts what the first message asks for; nothing when the client leaves before it asked.
async fn start(socket: &mut WebSocket, toolbox: &Shared) -> Result<Option<mpsc::Receiver<Event>>, Refused> {
    let first = loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => break bytes::Bytes::from(text),
            Some(Ok(Message::Binary(bytes))) => break bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => return Ok(None),
            Some(Err(_)) => return Err(Refused::protocol("failed to read first message")),
        }
    };
    let (context, code) = asked(&first)?;
    let waiting = toolbox.engine.interpret(context.as_deref(), code, toolbox.clock.now());
    tokio::pin!(waiting);
    let started = loop {
        tokio::select! {
            started = &mut waiting => break started,
            // The queue may be full: pings are answered meanwhile, and a client that leaves gives its place up.
            message = socket.recv() => if !matches!(message, Some(Ok(_))) { return Ok(None) },
        }
    };
    match started {
        Ok(events) => Ok(Some(events)),
        Err(InterpreterError::Start(error)) => {
            Err(Refused(close_code::ERROR, format!("failed to get default context: {error}")))
        }
        Err(error) => Err(Refused::policy(error.to_string())),
    }
}

/// Context and code of the first message. Names of members are told apart by their letters only, as the real daemon does.
fn asked(message: &[u8]) -> Result<(Option<String>, Code), Refused> {
    let invalid = || Refused::protocol("invalid JSON payload");
    let members = match serde_json::from_slice(message).map_err(|_| invalid())? {
        Value::Object(members) => members,
        Value::Null => Map::new(),
        _ => return Err(invalid()),
    };
    let member = |name: &str| {
        let found = members.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    };
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned).ok_or_else(invalid);
    let code = member("code").map(text).transpose()?.unwrap_or_default();
    let context = member("contextId").map(text).transpose()?;
    let seconds = member("timeout").map(|value| value.as_i64().ok_or_else(invalid)).transpose()?;
    let environment = match member("envs") {
        None => Vec::new(),
        Some(Value::Object(variables)) => {
            let pair = |(name, value): (&String, &Value)| match value {
                Value::Null => Ok((name.clone(), String::new())),
                value => Ok((name.clone(), text(value)?)),
            };
            variables.iter().map(pair).collect::<Result<_, Refused>>()?
        }
        Some(_) => return Err(invalid()),
    };
    if code.is_empty() {
        return Err(Refused::policy("code is required"));
    }
    let timeout = match seconds {
        None => Some(DEFAULT_TIMEOUT),
        Some(0) => None,
        Some(seconds) => Some(Duration::from_secs(
            u64::try_from(seconds)
                .map_err(|_| Refused::policy("timeout must be greater than or equal to 0"))?,
        )),
    };
    Ok((context, Code { code, environment, timeout }))
}

/// Sends what happens until the code has ended. A client that leaves stops nothing.
async fn relay(mut socket: WebSocket, mut events: mpsc::Receiver<Event>) {
    loop {
        let event = tokio::select! {
            biased;
            event = events.recv() => event,
            // Reading answers pings; what else a client says is not looked at.
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        let frame = match event {
            Some(Event::Output(text)) => InterpreterFrame { text, ..empty(InterpreterFrameType::Stdout) },
            Some(Event::Errors(text)) => InterpreterFrame { text, ..empty(InterpreterFrameType::Stderr) },
            Some(Event::Exception { name, value, traceback }) => {
                InterpreterFrame { name, value, traceback, ..empty(InterpreterFrameType::Error) }
            }
            Some(Event::Ended(outcome)) => return end(socket, outcome).await,
            None => return end(socket, Outcome::WorkerEnded).await,
        };
        match timeout(FRAME_PATIENCE, socket.send(text_of(&frame))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_elapsed) => {
                drop(events);
                return close(socket, close_code::POLICY, "slow consumer").await;
            }
        }
    }
}

/// The last frame, where there is one, and the close frame. A time limit has none: clients would take it for the end of a
/// success (decisions.md, interpreter).
async fn end(mut socket: WebSocket, outcome: Outcome) {
    let (last, code, reason) = match outcome {
        Outcome::Completed => (Some("completed"), close_code::NORMAL, ""),
        Outcome::Interrupted => (Some("interrupted"), TIMED_OUT, ""),
        Outcome::TimedOut => (None, TIMED_OUT, ""),
        Outcome::WorkerEnded => (None, close_code::AWAY, "worker process ended"),
        Outcome::Deleted => (None, close_code::AWAY, "context shutdown"),
        Outcome::NotActive => (None, close_code::POLICY, "context is not active"),
    };
    if let Some(text) = last {
        let frame = InterpreterFrame { text: text.to_owned(), ..empty(InterpreterFrameType::Control) };
        if !matches!(timeout(FRAME_PATIENCE, socket.send(text_of(&frame))).await, Ok(Ok(()))) {
            return;
        }
    }
    close(socket, code, reason).await;
}

fn empty(r#type: InterpreterFrameType) -> InterpreterFrame {
    let nothing = String::new;
    InterpreterFrame { r#type, text: nothing(), name: nothing(), value: nothing(), traceback: nothing() }
}

fn text_of(frame: &InterpreterFrame) -> Message {
    Message::Text(Utf8Bytes::try_from(go_json::to_vec(frame)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> (u16, String) {
        let Err(Refused(code, reason)) = asked(message.as_bytes()) else { panic!("{message} was taken") };
        (code, reason)
    }

    #[test]
    fn the_first_message_is_bound_as_the_real_daemon_binds_it() {
        let (context, code) =
            asked(br#"{"CODE":" ","contextid":"a","timeout":null,"envs":{"A":"1"},"other":1}"#)
                .unwrap_or_else(|_| panic!());
        assert_eq!((context.as_deref(), code.code.as_str()), (Some("a"), " "));
        assert_eq!(code.timeout, Some(DEFAULT_TIMEOUT));
        assert_eq!(code.environment, [("A".to_owned(), "1".to_owned())]);
        let (_, code) = asked(br#"{"code":"1","timeout":0,"contextId":null}"#).unwrap_or_else(|_| panic!());
        assert_eq!(code.timeout, None);
    }

    #[test]
    fn bad_first_messages_are_refused_with_their_own_codes() {
        for bad in [
            "",
            "1",
            "[]",
            r#"{"code":1}"#,
            r#"{"code":"1","timeout":1.5}"#,
            r#"{"code":"1","envs":{"A":1}}"#,
        ] {
            assert_eq!(refused(bad), (1002, "invalid JSON payload".to_owned()), "{bad}");
        }
        for empty in ["null", "{}", r#"{"code":""}"#] {
            assert_eq!(refused(empty), (1008, "code is required".to_owned()), "{empty}");
        }
        assert_eq!(refused(r#"{"code":"1","timeout":-1}"#).1, "timeout must be greater than or equal to 0");
    }
}
