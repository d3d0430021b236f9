//! One request to an operation: what handlers read of it, and how their result becomes an answer.
//!
//! Every handler is `async fn(Call) -> Result<Answer, ApiError>`; [`handler`] makes it one of axum's. So the shape of
//! errors, the binding of bodies and queries, and the addresses in answers stand here once. Around the handler lie
//! admission (`admission.rs`) and the trail (`trace.rs`).

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{OriginalUri, Request, State};
use axum::response::Response;
use bytes::Buf as _;
use contract::Operation;
use contract::bind::control::{self as bind, ControlBindError};
use dialect::{
    Caller, ClientGeneration, ErrorStyle, Found, OrganizationId, PathParams, Refusal, RequestHead, Stalled,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::admission::{self, Admitted};
use crate::control::Shared;
use crate::errors::ApiError;
use crate::preview::Previews;
use crate::sandboxes::Sandboxes;
use crate::ssh::SshAccess;
use crate::tenants::Actor;
use crate::trace::Trace;
use crate::urls::BaseUrl;

/// Says what an answer promises and this machine does not keep.
const WARNING: HeaderName = HeaderName::from_static("x-pitlane-warning");
const API_VERSION: HeaderName = HeaderName::from_static("x-daytona-api-version");

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
const TEXT: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Room for the answer most often given, a sandbox, in bytes.
const LIKELY_LENGTH: usize = 2048;

/// A request to an operation.
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) operation: &'static Operation,
    pub(crate) base: BaseUrl,
    pub(crate) client: ClientGeneration,
    pub(crate) head: HeaderMap,
    caller: Option<Caller>,
    actor: Option<Actor>,
    path: PathParams,
    query: Option<String>,
    body: Bytes,
}

/// A result on its way to the wire: 200 unless the contract says otherwise for the operation.
pub(crate) struct Answer {
    status: Option<StatusCode>,
    body: Option<Bytes>,
    stream: Option<Body>,
    is_text: bool,
    warnings: Vec<String>,
}

impl Answer {
    pub(crate) fn json(body: &impl Serialize) -> Result<Self, ApiError> {
        json(body).map(Self::written)
    }

    /// JSON that is written already.
    pub(crate) fn written(body: Bytes) -> Self {
        Self { body: Some(body), ..Self::empty() }
    }

    /// Bytes as they come.
    pub(crate) fn stream(body: Body) -> Self {
        Self { stream: Some(body), ..Self::empty() }
    }

    /// Bare text, as this API sends texts and truth values (control-plane.md §1.1).
    pub(crate) fn text(text: &str) -> Self {
        let body = Bytes::copy_from_slice(text.as_bytes());
        Self { body: Some(body), is_text: true, ..Self::empty() }
    }

    pub(crate) fn empty() -> Self {
        Self { status: None, body: None, stream: None, is_text: false, warnings: Vec::new() }
    }

    pub(crate) fn warning(mut self, warnings: Vec<String>) -> Self {
        self.warnings = warnings;
        self
    }

    /// The member of this name of a JSON body, when it is a text.
    pub(crate) fn member(&self, name: &str) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(self.body.as_deref()?).ok()?;
        body.get(name)?.as_str().map(ToOwned::to_owned)
    }

    /// Answers with this status instead of the operation's own.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    fn respond(self, success: StatusCode) -> Response {
        let mut response = match self.body {
            Some(body) => {
                let mut response = Response::new(body.into());
                let media_type = if self.is_text { TEXT } else { JSON };
                response.headers_mut().insert(http::header::CONTENT_TYPE, media_type);
                response
            }
            None => match self.stream {
                Some(stream) => {
                    let mut response = Response::new(stream);
                    response.headers_mut().insert(http::header::CONTENT_TYPE, BYTES);
                    response
                }
                None => Response::default(),
            },
        };
        *response.status_mut() = self.status.unwrap_or(success);
        for warning in self.warnings {
            if let Ok(warning) = HeaderValue::from_str(&warning) {
                response.headers_mut().append(WARNING, warning);
            }
        }
        response
    }
}

/// The text of a body.
pub(crate) fn json(body: &impl Serialize) -> Result<Bytes, ApiError> {
    let mut written = Vec::with_capacity(LIKELY_LENGTH);
    match serde_json::to_writer(&mut written, body) {
        Ok(()) => Ok(written.into()),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            Err(ApiError::internal())
        }
    }
}

impl Call {
    /// The sandboxes, to be asked for what the request wants.
    pub(crate) fn sandboxes(&self) -> Sandboxes {
        Sandboxes::new(&self.shared)
    }

    /// The ports of sandboxes, as they are reached from outside.
    pub(crate) fn previews(&self) -> Previews {
        Previews::new(&self.shared)
    }

    /// Grants that open sandboxes over SSH.
    pub(crate) fn ssh(&self) -> SshAccess {
        SshAccess::new(&self.shared)
    }

    /// Organization the caller acts for.
    pub(crate) fn organization(&self) -> Result<&OrganizationId, ApiError> {
        self.caller.as_ref().map(|caller| &caller.organization).ok_or_else(ApiError::unauthorized)
    }

    /// Who asks.
    pub(crate) fn actor(&self) -> Result<&Actor, ApiError> {
        self.actor.as_ref().ok_or_else(ApiError::unauthorized)
    }

    /// What the caller showed.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// The query as it was sent.
    pub(crate) fn raw_query(&self) -> &str {
        self.query.as_deref().unwrap_or_default()
    }

    /// Whether a body was sent.
    pub(crate) fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// The members of a body no table describes.
    pub(crate) fn free_body(&self) -> Result<serde_json::Map<String, serde_json::Value>, ApiError> {
        if self.body.is_empty() {
            return Ok(serde_json::Map::new());
        }
        serde_json::from_slice(&self.body).map_err(|_| ApiError::invalid_json())
    }

    /// The last path parameter, empty when there is none.
    pub(crate) fn last(&self) -> &str {
        let count = self.operation.path.matches('{').count();
        if count == 0 { "" } else { self.at(count - 1) }
    }

    /// The path parameter at this position.
    pub(crate) fn at(&self, position: usize) -> &str {
        self.path.at(position)
    }

    /// The body, bound by the operation's table.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let shape =
            self.operation.body.and_then(|body| body.shape).ok_or_else(|| self.unreadable(&"no shape"))?;
        let bound = bind::body(shape, self.body.chunk())?;
        serde_json::from_value(bound).map_err(|error| self.unreadable(&error))
    }

    /// The query, bound by the operation's table.
    pub(crate) fn query<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let bound = bind::query(self.operation, self.query.as_deref())?;
        serde_json::from_value(bound).map_err(|error| self.unreadable(&error))
    }

    /// Whole minutes in the path parameter at this position.
    pub(crate) fn minutes(&self, position: usize) -> Result<i64, ApiError> {
        let text = self.at(position);
        text.trim()
            .parse()
            .map_err(|_| ApiError::bad_request("Validation failed (numeric string is expected)"))
    }

    /// A bound request that is not of the generated type: the tables disagree.
    fn unreadable(&self, reason: &dyn std::fmt::Display) -> ApiError {
        tracing::error!(operation = self.operation.id, %reason, "a bound request does not fit its type");
        ApiError::internal()
    }
}

impl From<ControlBindError> for ApiError {
    fn from(error: ControlBindError) -> Self {
        match error {
            ControlBindError::Malformed => Self::invalid_json(),
            ControlBindError::Invalid(_) => Self::bad_request(error.to_string()),
        }
    }
}

/// An axum handler around one of ours.
pub(crate) fn handler<F, R>(
    handle: F,
) -> impl Fn(State<Arc<Shared>>, Request) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>>
+ Clone
+ Send
+ Sync
+ 'static
where
    F: Fn(Call) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Answer, ApiError>> + Send + 'static,
{
    move |State(shared), request| {
        let handle = handle.clone();
        Box::pin(async move {
            let target = target(&request);
            let mut call = match read(Arc::clone(&shared), request).await {
                Ok(call) => call,
                Err(error) => return error.respond(&target, shared.now()),
            };
            let success = StatusCode::from_u16(call.operation.success()).unwrap_or(StatusCode::OK);
            let (result, headers, trace) =
                match admission::admit(&shared, call.operation, call.caller.as_ref()) {
                    Ok(Admitted { actor, headers }) => {
                        call.actor = actor;
                        let trace = Trace::of(&call);
                        (handle(call).await, headers, trace)
                    }
                    Err(refused) => {
                        let (error, headers) = *refused;
                        call.actor = call.caller.as_ref().map(|caller| shared.tenants.actor(caller));
                        (Err(error), headers, Trace::of(&call))
                    }
                };
            if let Some(trace) = trace.map(|trace| trace.ended(success, &result)) {
                trace.write(&shared).await;
            }
            let mut response = match result {
                Ok(answer) => answer.respond(success),
                Err(error) => error.respond(&target, shared.now()),
            };
            response.headers_mut().extend(headers);
            response
        })
    }
}

async fn read(shared: Arc<Shared>, request: Request) -> Result<Call, ApiError> {
    let (mut parts, body) = request.into_parts();
    let Found { operation, path } = parts.extensions.remove::<Found>().ok_or_else(ApiError::internal)?;
    let too_large = || ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large");
    let body = match operation.body {
        // What is said to be too large is not waited for.
        Some(_) if body.size_hint().lower() > shared.config.body_limit as u64 => return Err(too_large()),
        Some(_) => match Limited::new(body, shared.config.body_limit).collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                return Err(too_large());
            }
            Err(error) if Stalled::is_behind(&*error) => {
                return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "request timed out"));
            }
            Err(_) => return Err(ApiError::bad_request("request aborted")),
        },
        None => Bytes::new(),
    };
    Ok(Call {
        operation,
        base: BaseUrl::of(&parts),
        client: ClientGeneration::from_headers(&parts.headers),
        caller: parts.extensions.remove(),
        actor: None,
        head: parts.headers,
        path,
        query: parts.uri.query().map(ToOwned::to_owned),
        body,
        shared,
    })
}

/// Path and query as the client sent them.
pub(crate) fn target(request: &Request) -> String {
    let uri: &Uri =
        request.extensions().get::<OriginalUri>().map_or_else(|| request.uri(), |original| &original.0);
    uri.path_and_query().map_or_else(|| uri.path().to_owned(), |target| target.as_str().to_owned())
}

/// The answer to `request` that says `error`.
pub(crate) fn respond(shared: &Shared, error: &ApiError, request: &Request) -> Response {
    error.respond(&target(request), shared.now())
}

/// This API's words where no handler speaks.
pub(crate) struct Style(pub(crate) Arc<Shared>);

impl ErrorStyle for Style {
    fn unknown_route(&self, request: &Request) -> Response {
        let target = target(request);
        respond(&self.0, &ApiError::not_found(format!("Cannot {} {target}", request.method())), request)
    }

    fn planned(&self, operation: &'static Operation, request: &Request) -> Response {
        let message = format!("{} is not implemented by this server yet", operation.id);
        respond(&self.0, &ApiError::not_implemented(message), request)
    }

    fn refused(&self, refusal: &Refusal, request: &Request) -> Response {
        if let Some(seconds) = self.0.throttles.count_refused(self.0.now()) {
            let mut response = respond(&self.0, &ApiError::too_many_requests(), request);
            response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from(seconds));
            return response;
        }
        let error = match refusal {
            Refusal::InvalidCredentials => ApiError::unauthorized(),
            Refusal::InvalidContext => ApiError::forbidden(refusal.to_string()),
        };
        respond(&self.0, &error, request)
    }

    fn complete(&self, _head: &RequestHead, mut response: Response) -> Response {
        if let Ok(version) = HeaderValue::from_str(&self.0.config.api_version) {
            response.headers_mut().insert(API_VERSION, version);
        }
        response
    }
}
