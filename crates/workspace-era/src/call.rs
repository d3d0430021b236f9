//! One request to an operation: what handlers read of it, how their result becomes an answer, and the words of errors.

use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{OriginalUri, Request, State};
use axum::response::Response;
use contract::Operation;
use contract::bind::control::{self as bind, ControlBindError};
use control::{ApiError, BaseUrl, Sandboxes};
use dialect::{
    Caller, ClientGeneration, ErrorStyle, Found, OrganizationId, PathParams, Refusal, RequestHead, Stalled,
};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Config;

/// Says what an answer promises and this machine does not keep.
const WARNING: HeaderName = HeaderName::from_static("x-pitlane-warning");
const API_VERSION: HeaderName = HeaderName::from_static("x-daytona-api-version");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A request to an operation.
pub(crate) struct Call {
    pub(crate) config: Arc<Config>,
    pub(crate) base: BaseUrl,
    pub(crate) organization: OrganizationId,
    pub(crate) client: ClientGeneration,
    operation: &'static Operation,
    path: PathParams,
    query: Option<String>,
    body: Bytes,
}

/// A result on its way to the wire.
pub(crate) struct Answer {
    body: Body,
    media_type: HeaderValue,
    warnings: Vec<String>,
}

impl Answer {
    pub(crate) fn json(body: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(body).map_err(|error| unreadable("an answer", &error))?;
        Ok(Self { body: body.into(), media_type: JSON, warnings: Vec::new() })
    }

    /// Text as it comes.
    pub(crate) fn stream(body: Body) -> Self {
        Self { body, media_type: TEXT, warnings: Vec::new() }
    }

    pub(crate) fn warning(mut self, warnings: Vec<String>) -> Self {
        self.warnings = warnings;
        self
    }

    fn respond(self, status: StatusCode) -> Response {
        let mut response = Response::new(self.body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.media_type);
        for warning in self.warnings.iter().filter_map(|warning| HeaderValue::from_str(warning).ok()) {
            headers.append(WARNING, warning);
        }
        response
    }
}

impl Call {
    /// The sandboxes behind the workspaces.
    pub(crate) fn sandboxes(&self) -> Sandboxes {
        self.config.control.sandboxes()
    }

    /// The path parameter at this position.
    pub(crate) fn at(&self, position: usize) -> &str {
        self.path.at(position)
    }

    /// The body, bound by the operation's table. Its type is not looked at: the first clients name none, others a
    /// form's (legacy-clients.md §6.1).
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let shape = self.operation.body.and_then(|body| body.shape).ok_or_else(ApiError::internal)?;
        let bound = bind::body(shape, &self.body).map_err(|error| refused(&error))?;
        serde_json::from_value(bound).map_err(|error| unreadable(self.operation.id, &error))
    }

    /// The query, bound by the operation's table.
    pub(crate) fn query<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let bound = bind::query(self.operation, self.query.as_deref()).map_err(|error| refused(&error))?;
        serde_json::from_value(bound).map_err(|error| unreadable(self.operation.id, &error))
    }
}

fn refused(error: &ControlBindError) -> ApiError {
    match error {
        ControlBindError::Malformed => ApiError::invalid_json(),
        ControlBindError::Invalid(_) => ApiError::bad_request(error.to_string()),
    }
}

/// Tables and types disagree: nothing a client can do about.
fn unreadable(what: &str, error: &serde_json::Error) -> ApiError {
    tracing::error!(what, %error, "JSON does not fit its type");
    ApiError::internal()
}

/// Errors in the words of the era: the control plane's name for a missing sandbox is another (legacy-clients.md §5).
pub(crate) fn missing(error: ApiError, id_or_name: &str) -> ApiError {
    if error == ApiError::unknown_sandbox(id_or_name) {
        return ApiError::not_found(format!("Workspace with ID {id_or_name} not found"));
    }
    error
}

/// An axum handler around one of ours.
pub(crate) fn handler<F, R>(
    handle: F,
) -> impl Fn(State<Arc<Config>>, Request) -> Pin<Box<dyn Future<Output = Response> + Send>>
+ Clone
+ Send
+ Sync
+ 'static
where
    F: Fn(Call) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Answer, ApiError>> + Send + 'static,
{
    move |State(config), request| {
        let handle = handle.clone();
        Box::pin(async move {
            let target = target(&request);
            let result = match read(Arc::clone(&config), request).await {
                Ok(call) => {
                    let (success, first) = (call.operation.success(), call.at(0).to_owned());
                    let handled = handle(call).await.map_err(|error| missing(error, &first));
                    handled.map(|answer| (answer, success))
                }
                Err(error) => Err(error),
            };
            match result {
                Ok((answer, success)) => {
                    answer.respond(StatusCode::from_u16(success).unwrap_or(StatusCode::OK))
                }
                Err(error) => error.respond(&target, config.clock.now()),
            }
        })
    }
}

async fn read(config: Arc<Config>, request: Request) -> Result<Call, ApiError> {
    let (mut parts, body) = request.into_parts();
    let Found { operation, path } = parts.extensions.remove::<Found>().ok_or_else(ApiError::internal)?;
    let caller = parts.extensions.remove::<Caller>().ok_or_else(ApiError::unauthorized)?;
    let too_large = || ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large");
    let body = match operation.body {
        // What is said to be too large is not waited for.
        Some(_) if body.size_hint().lower() > config.body_limit as u64 => return Err(too_large()),
        Some(_) => match Limited::new(body, config.body_limit).collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
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
        organization: caller.organization,
        client: ClientGeneration::from_headers(&parts.headers),
        path,
        query: parts.uri.query().map(ToOwned::to_owned),
        body,
        config,
    })
}

/// Path and query as the client sent them.
pub(crate) fn target(request: &Request) -> String {
    let original = request.extensions().get::<OriginalUri>();
    let uri = original.map_or_else(|| request.uri(), |original| &original.0);
    uri.path_and_query().map_or_else(|| uri.path().to_owned(), |target| target.as_str().to_owned())
}

/// This API's words where no handler speaks.
pub(crate) struct Style(pub(crate) Arc<Config>);

impl Style {
    fn respond(&self, error: &ApiError, request: &Request) -> Response {
        error.respond(&target(request), self.0.clock.now())
    }
}

impl ErrorStyle for Style {
    fn unknown_route(&self, request: &Request) -> Response {
        let message = format!("Cannot {} {}", request.method(), target(request));
        self.respond(&ApiError::not_found(message), request)
    }

    fn planned(&self, operation: &'static Operation, request: &Request) -> Response {
        let message = format!("{} is not implemented by this server yet", operation.id);
        self.respond(&ApiError::not_implemented(message), request)
    }

    fn refused(&self, refusal: &Refusal, request: &Request) -> Response {
        let error = match refusal {
            Refusal::InvalidCredentials => ApiError::unauthorized(),
            Refusal::InvalidContext => ApiError::forbidden(refusal.to_string()),
        };
        self.respond(&error, request)
    }

    fn complete(&self, _head: &RequestHead, mut response: Response) -> Response {
        if let Ok(version) = HeaderValue::from_str(contract::control::DOCUMENT.release()) {
            response.headers_mut().insert(API_VERSION, version);
        }
        response
    }
}
