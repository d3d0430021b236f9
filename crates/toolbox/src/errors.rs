//! Every error of this API on the wire.
//!
//! ```text
//! handler ─▶ Err(Failure) ─▶ bare response that carries the failure
//!                                    └─▶ Envelopes::complete: path, method and time of day are added
//! no handler ─▶ Envelopes: 404 page not found, redirect, 501
//! ```
//!
//! The envelope and its codes are those of toolbox-processes.md §1.2 and toolbox-files-git-desktop.md §1.4. Engine
//! errors become a [`Failure`] here (`impl From<…> for Failure`) and nowhere else.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use contract::{Match, Operation, Router};
use dialect::{ErrorStyle, RequestHead};
use engine::command::CommandError;
use engine::desktop::DesktopError;
use engine::desktop::access::AccessError;
use engine::desktop::recordings::RecordingError;
use engine::files::{SystemError, UploadError};
use engine::git::GitError;
use engine::lsp::LspError;
use engine::pty::TerminalError;
use engine::session::SessionError;
use engine::variables::ChangeError;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use lab::{Clock, Ids};
use serde::Serialize;

use crate::go_json;

const SOURCE: &str = "DAYTONA_DAEMON";
const REQUEST_ID: &str = "x-request-id";

/// An error answer but for what only the request can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// `code` member; none leaves the member out.
    pub(crate) code: Option<&'static str>,
    /// `message` member, with its prefix.
    pub(crate) message: String,
}

impl Failure {
    /// An error of any status; the message is taken as it is.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: Some(code), message: message.into() }
    }

    /// The request asks for something that cannot be: `bad request: …`.
    pub(crate) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", format!("bad request: {message}"))
    }

    /// The body cannot be bound: `invalid body request: …`.
    pub(crate) fn invalid_body(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST_BODY", format!("invalid body request: {message}"))
    }

    /// Something went wrong that is no fault of the caller: `internal server error: …`.
    pub(crate) fn internal(message: &str) -> Self {
        let message = format!("internal server error: {message}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR", message)
    }

    /// The body is longer than this server reads.
    pub(crate) fn body_too_large(limit: usize) -> Self {
        let message = format!("request body is larger than {limit} bytes");
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, code: None, message }
    }

    /// The whole envelope as JSON, for places where an error is only part of an answer.
    pub(crate) fn envelope(&self, now: Timestamp, path: &str, method: &str) -> Vec<u8> {
        go_json::to_vec(&Envelope {
            status_code: self.status.as_u16(),
            message: &self.message,
            source: SOURCE,
            code: self.code,
            timestamp: now.to_string(),
            path,
            method,
        })
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        let text = error.to_string();
        match error {
            CommandError::Blank | CommandError::VariableName(_) => Self::bad_request(&text),
            CommandError::TimedOut => {
                Self::new(StatusCode::REQUEST_TIMEOUT, "PROCESS_EXECUTION_TIMEOUT", text)
            }
            CommandError::Start(_) | CommandError::Unwatched => Self::internal(&text),
        }
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        Self::internal(&error.to_string())
    }
}

impl From<TerminalError> for Failure {
    fn from(error: TerminalError) -> Self {
        let text = error.to_string();
        match error {
            TerminalError::Exists(_) => {
                Self::new(StatusCode::CONFLICT, "CONFLICT", format!("conflict: {text}"))
            }
            TerminalError::Unknown(_) => Self::new(StatusCode::GONE, "SESSION_ENDED", text),
            TerminalError::Start(error) => {
                tracing::info!(%error, "a terminal cannot be started");
                Self::internal("failed to start PTY session")
            }
            TerminalError::Inactive | TerminalError::Resize(_) => Self::internal(&text),
        }
    }
}

impl From<LspError> for Failure {
    fn from(error: LspError) -> Self {
        let text = error.to_string();
        match error {
            LspError::NotStarted => Self::new(StatusCode::BAD_REQUEST, "LSP_SERVER_NOT_INITIALIZED", text),
            LspError::Start(error) => {
                tracing::info!(%error, "a language server cannot be started");
                Self::internal(&text)
            }
            LspError::NotBegun | LspError::NothingToStop => Self::internal(&text),
            LspError::Language(_) | LspError::Document(_) | LspError::Call(_) => Self::bad_request(&text),
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        let text = error.to_string();
        match error {
            SessionError::Reserved | SessionError::Blank => Self::bad_request(&text),
            SessionError::Exists => Self::new(StatusCode::CONFLICT, "CONFLICT", format!("conflict: {text}")),
            SessionError::Unknown | SessionError::UnknownCommand => {
                Self::new(StatusCode::NOT_FOUND, "PROCESS_NOT_FOUND", text)
            }
            SessionError::Ended => Self::new(StatusCode::GONE, "SESSION_ENDED", text),
            SessionError::Completed(_) => Self::new(StatusCode::GONE, "COMMAND_ALREADY_COMPLETED", text),
            SessionError::Cancelled => Self::internal(&format!("failed to execute command: {text}")),
            SessionError::Start(_) | SessionError::Files(_) => Self::internal(&text),
        }
    }
}

impl From<DesktopError> for Failure {
    fn from(error: DesktopError) -> Self {
        let text = error.to_string();
        match error {
            DesktopError::Unavailable(_) | DesktopError::Start(_) => {
                Self { status: StatusCode::SERVICE_UNAVAILABLE, code: None, message: text }
            }
            DesktopError::Display(_) => Self::internal(&text),
            DesktopError::UnknownProcess(_)
            | DesktopError::Restart(..)
            | DesktopError::Log { .. }
            | DesktopError::Invalid(_)
            | DesktopError::Capture { .. } => Self::bad_request(&text),
        }
    }
}

impl From<RecordingError> for Failure {
    fn from(error: RecordingError) -> Self {
        let text = error.to_string();
        match error {
            RecordingError::NoRecorder => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "RECORDING_FFMPEG_NOT_FOUND", text)
            }
            RecordingError::Label => Self::bad_request(&text),
            RecordingError::Unknown | RecordingError::NoFile => {
                Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("not found: {text}"))
            }
            RecordingError::Active => Self::new(StatusCode::CONFLICT, "RECORDING_STILL_ACTIVE", text),
            RecordingError::Failed(_) => Self::internal(&text),
        }
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        let text = error.to_string();
        match error {
            AccessError::Unreachable(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "A11Y_UNAVAILABLE", text)
            }
            AccessError::Unknown | AccessError::NoRoot => {
                Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("not found: {text}"))
            }
            AccessError::Unsupported | AccessError::Scope(_) | AccessError::Request(_) => {
                Self::bad_request(&text)
            }
            AccessError::Failed(_) => Self::internal(&text),
        }
    }
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        let text = error.to_string();
        match error {
            GitError::NoRepository | GitError::NoRemoteRepository => {
                Self::new(StatusCode::NOT_FOUND, "GIT_REPO_NOT_FOUND", text)
            }
            GitError::Unauthenticated(_) => Self::new(StatusCode::UNAUTHORIZED, "GIT_AUTH_FAILED", text),
            GitError::Forbidden => {
                Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", format!("forbidden: {text}"))
            }
            GitError::Missing(_) => {
                Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("not found: {text}"))
            }
            GitError::NoBranch(_) => Self::new(StatusCode::NOT_FOUND, "GIT_BRANCH_NOT_FOUND", text),
            GitError::BranchExists => Self::new(StatusCode::CONFLICT, "GIT_BRANCH_EXISTS", text),
            GitError::Exists(_) => Self::new(StatusCode::CONFLICT, "CONFLICT", format!("conflict: {text}")),
            GitError::Dirty => Self::new(StatusCode::CONFLICT, "GIT_DIRTY_WORKTREE", text),
            GitError::NonFastForward(_) => Self::new(StatusCode::CONFLICT, "GIT_PUSH_REJECTED", text),
            GitError::MergeConflict(_) => Self::new(StatusCode::CONFLICT, "GIT_MERGE_CONFLICT", text),
            GitError::Transport(_) => Self::new(StatusCode::BAD_GATEWAY, "GIT_TRANSPORT_FAILED", text),
            GitError::RemoteRejected(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "GIT_REMOTE_REJECTED", text)
            }
            GitError::Invalid(_) => Self::bad_request(&text),
            GitError::Other(_) => Self::internal(&text),
        }
    }
}

impl Failure {
    /// A system error under the message given: missing and forbidden keep their kinds, anything else is the caller's
    /// mistake (toolbox-files-git-desktop.md §2.0).
    pub(crate) fn from_system(error: &SystemError, message: String) -> Self {
        if error.is_missing() {
            Self::new(StatusCode::NOT_FOUND, "FILE_NOT_FOUND", message)
        } else if error.is_denied() {
            Self::new(StatusCode::FORBIDDEN, "FILE_ACCESS_DENIED", message)
        } else {
            Self::bad_request(&message)
        }
    }
}

impl From<engine::files::Error> for Failure {
    fn from(error: engine::files::Error) -> Self {
        let text = error.to_string();
        match error {
            engine::files::Error::System(error) => Self::from_system(&error, text),
            engine::files::Error::DestinationExists => {
                Self::new(StatusCode::CONFLICT, "CONFLICT", format!("conflict: {text}"))
            }
            _ => Self::bad_request(&text),
        }
    }
}

/// Uploads tell every error of the system the same way (toolbox-files-git-desktop.md §2.11).
impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        Self::bad_request(&error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The envelope, in the order its members go out.
#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(rename = "statusCode")]
    status_code: u16,
    message: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    timestamp: String,
    path: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    method: &'a str,
}

/// The API's words for what no handler answers, and what every answer gets.
pub(crate) struct Envelopes {
    router: Router,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Envelopes {
    pub(crate) fn new(clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { router: Router::new(&contract::toolbox::DOCUMENT), clock, ids }
    }

    /// Where a path leads that differs from a known one only by its last slash (toolbox-processes.md §1.1).
    fn other_form(&self, request: &Request) -> Option<String> {
        let path = request.uri().path();
        let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), ToOwned::to_owned);
        let known = matches!(self.router.find(request.method().as_str(), &other), Match::Found(..));
        known.then(|| match request.uri().query() {
            Some(query) => format!("{other}?{query}"),
            None => other,
        })
    }
}

impl ErrorStyle for Envelopes {
    fn unknown_route(&self, request: &Request) -> Response {
        if let Some(location) = self.other_form(request) {
            return redirect(request.method(), &location);
        }
        (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain")], "404 page not found").into_response()
    }

    fn planned(&self, operation: &'static Operation, _request: &Request) -> Response {
        let Operation { id, method, path, .. } = operation;
        let message =
            format!("not implemented: {id} ({method} {path}) is planned and not served by this build");
        Failure::new(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", message).into_response()
    }

    fn complete(&self, head: &RequestHead, mut response: Response) -> Response {
        if let Some(failure) = response.extensions_mut().remove::<Failure>() {
            let body = failure.envelope(self.clock.now(), head.uri.path(), head.method.as_str());
            *response.body_mut() = Body::from(body);
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if head.request_id.is_none()
            && let Ok(id) = HeaderValue::from_str(&self.ids.uuid())
        {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
}

/// GET is sent on for good and with a page for people, everything else must come again with its body.
fn redirect(method: &Method, location: &str) -> Response {
    let Ok(value) = HeaderValue::from_str(location) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if method != Method::GET {
        return (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, value)]).into_response();
    }
    let escaped =
        location.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&#34;");
    let page = format!("<a href=\"{escaped}\">Moved Permanently</a>.\n\n");
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    (StatusCode::MOVED_PERMANENTLY, [(LOCATION, value), (CONTENT_TYPE, html)], page).into_response()
}
