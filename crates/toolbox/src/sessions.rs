//! Shell sessions and their commands (toolbox-processes.md §4).

mod legacy;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use contract::toolbox::types::{
    self, CreateSessionRequest, SessionExecuteRequest, SessionExecuteResponse, SessionSendInputRequest,
};
use dialect::{ClientGeneration, LegacyRoute, PathParams, Routes};
use engine::session::{Command, CommandRequest, ENTRYPOINT, Session};
use http::{HeaderMap, StatusCode};

use crate::Shared;
use crate::errors::Failure;
use crate::go_json;
use crate::logs::{self, LogFormat};
use crate::request::Bound;

/// First version whose clients find a new session in the work directory; those before look for it at home.
const WORK_DIR_SINCE: &str = "0.103.0-0";

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("CreateSession", create)
        .serve("ListSessions", list)
        .serve("GetSession", get)
        .serve("DeleteSession", delete)
        .serve("SessionExecuteCommand", execute)
        .serve("GetSessionCommand", command)
        .serve("GetSessionCommandLogs", command_logs)
        .serve("SendInput", send_input)
        .serve("GetEntrypointSession", entrypoint)
        .serve("GetEntrypointLogs", entrypoint_logs)
}

async fn create(
    State(toolbox): State<Shared>,
    headers: HeaderMap,
    Bound(request): Bound<CreateSessionRequest>,
) -> Result<StatusCode, Failure> {
    let client = ClientGeneration::from_headers(&headers);
    let at_home = client.is_before(WORK_DIR_SINCE) && client.version.as_deref() != Some("0.0.0-dev");
    toolbox.engine.create_session(&request.session_id, at_home)?;
    Ok(StatusCode::CREATED)
}

async fn list(State(toolbox): State<Shared>, headers: HeaderMap) -> Response {
    let sessions = toolbox.engine.sessions();
    if LegacyRoute::of(&headers).is_some() {
        return legacy::sessions(&sessions);
    }
    let sessions: Vec<_> = sessions.iter().map(|session| session_wire(session)).collect();
    go_json::response(StatusCode::OK, &sessions)
}

async fn get(
    State(toolbox): State<Shared>,
    parameters: PathParams,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let session = toolbox.engine.session(parameters.at(0))?;
    if LegacyRoute::of(&headers).is_some() {
        return Ok(legacy::session(&session));
    }
    Ok(go_json::response(StatusCode::OK, &session_wire(&session)))
}

async fn entrypoint(State(toolbox): State<Shared>) -> Result<Response, Failure> {
    let session = toolbox.engine.session(ENTRYPOINT)?;
    Ok(go_json::response(StatusCode::OK, &session_wire(&session)))
}

async fn delete(State(toolbox): State<Shared>, parameters: PathParams) -> Result<StatusCode, Failure> {
    spare_entrypoint(&parameters, "delete entrypoint session")?;
    toolbox.engine.delete_session(parameters.at(0)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn execute(
    State(toolbox): State<Shared>,
    parameters: PathParams,
    headers: HeaderMap,
    Bound(request): Bound<SessionExecuteRequest>,
) -> Result<Response, Failure> {
    spare_entrypoint(&parameters, "execute command in entrypoint session")?;
    let waits = !(request.run_async.unwrap_or_default() || request.r#async.unwrap_or_default());
    let command = toolbox.engine.session(parameters.at(0))?.execute(CommandRequest {
        id: toolbox.ids.uuid(),
        text: request.command,
        takes_input: !waits,
        echoes_input: !request.suppress_input_echo.unwrap_or_default(),
    })?;
    if !waits {
        let accepted = SessionExecuteResponse { cmd_id: command.id().to_owned(), ..Default::default() };
        return Ok(go_json::response(StatusCode::ACCEPTED, &accepted));
    }
    let exit_code = command.ended().await?;
    logs::executed(&command, exit_code, LogFormat::of(&headers))
}

async fn command(
    State(toolbox): State<Shared>,
    parameters: PathParams,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let command = named_command(&toolbox, &parameters)?;
    if LegacyRoute::of(&headers).is_some() {
        return Ok(legacy::command(&command));
    }
    Ok(go_json::response(StatusCode::OK, &command_wire(&command)))
}

async fn command_logs(
    State(toolbox): State<Shared>,
    parameters: PathParams,
    request: Request,
) -> Result<Response, Failure> {
    let command = named_command(&toolbox, &parameters)?;
    if logs::is_websocket(request.headers()) {
        let format = LogFormat::of_websocket(request.headers());
        return logs::follow(&command, format, request).await;
    }
    if logs::follows_over_http(&request) {
        return logs::stream(&command);
    }
    logs::plain(&command, LogFormat::of(request.headers()))
}

async fn entrypoint_logs(State(toolbox): State<Shared>, request: Request<Body>) -> Result<Response, Failure> {
    let session = toolbox.engine.session(ENTRYPOINT)?;
    let Some(command) = session.commands().into_iter().next() else {
        return Err(engine::session::SessionError::UnknownCommand.into());
    };
    if logs::is_websocket(request.headers()) {
        return logs::follow(&command, LogFormat::Marked, request).await;
    }
    logs::plain(&command, LogFormat::of_entrypoint(request.headers()))
}

async fn send_input(
    State(toolbox): State<Shared>,
    parameters: PathParams,
    Bound(request): Bound<SessionSendInputRequest>,
) -> Result<Response, Failure> {
    spare_entrypoint(&parameters, "send input to entrypoint session")?;
    named_command(&toolbox, &parameters)?.send_input(&request.data).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn named_command(toolbox: &Shared, parameters: &PathParams) -> Result<Arc<Command>, Failure> {
    Ok(toolbox.engine.session(parameters.at(0))?.command(parameters.at(1))?)
}

/// The session of the entrypoint may be looked at only.
fn spare_entrypoint(parameters: &PathParams, what: &str) -> Result<(), Failure> {
    if parameters.at(0) == ENTRYPOINT {
        return Err(Failure::bad_request(&format!("can't {what}")));
    }
    Ok(())
}

fn session_wire(session: &Session) -> types::Session {
    types::Session {
        session_id: session.id().to_owned(),
        commands: session.commands().iter().map(|command| command_wire(command)).collect(),
    }
}

fn command_wire(command: &Command) -> types::Command {
    types::Command {
        id: command.id().to_owned(),
        command: command.text().to_owned(),
        exit_code: command.exit_code().map(i64::from),
    }
}
