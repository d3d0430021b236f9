//! The way into a running sandbox: `/toolbox/{sandboxId}/…` (control-plane.md §3.5).
//!
//! ```text
//! request ─▶ access: may this caller? ─▶ sandbox runs? ─▶ headers cleaned ─▶ agent
//!                                                            answer or upgrade ◀─┘
//! ```

pub(crate) mod access;
mod headers;
mod signature;
mod upgrade;

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::response::Response;
use contract::control::types::SandboxState;
use dialect::Stalled;
use http::uri::PathAndQuery;
use http::{Method, StatusCode, Uri};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use serde_json::json;

use crate::control::Shared;
use crate::errors::json_response;
use crate::holder::HolderError;
use crate::lifecycle::shown_state;
use crate::preview::{Place, Previews};
use crate::record::SandboxRecord;
use crate::wire;

/// How much later a use must be than the last one to be noted.
const ACTIVITY_GRAIN: SignedDuration = SignedDuration::from_secs(1);

/// Why the proxy does not pass a request on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ProxyError {
    fn unauthorized(message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: "UNAUTHORIZED", message: message.into() }
    }

    fn bad_request(message: impl std::fmt::Display) -> Self {
        let message = format!("bad request: {message}");
        Self { status: StatusCode::BAD_REQUEST, code: "BAD_REQUEST", message }
    }

    fn not_found(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: "NOT_FOUND", message: message.into() }
    }

    fn not_started() -> Self {
        let message = "bad request: no IP address found. Is the Sandbox started?".to_owned();
        Self { status: StatusCode::BAD_REQUEST, code: "BAD_REQUEST", message }
    }

    fn broken_off() -> Self {
        let message = "bad request: the request's body ended early".to_owned();
        Self { status: StatusCode::BAD_REQUEST, code: "BAD_REQUEST", message }
    }

    fn stalled() -> Self {
        let message = "request timeout: the request's body stopped coming".to_owned();
        Self { status: StatusCode::REQUEST_TIMEOUT, code: "REQUEST_TIMEOUT", message }
    }

    fn bad_gateway(message: String) -> Self {
        Self { status: StatusCode::BAD_GATEWAY, code: "INTERNAL_SERVER_ERROR", message }
    }
}

/// Passes a request on to a sandbox's toolbox; the request's own target is what the toolbox gets.
pub(crate) async fn toolbox(shared: &Arc<Shared>, sandbox_id: &str, mut request: Request) -> Response {
    if let Some(redirect) = headers::to_root(&request) {
        return redirect;
    }
    if let Some((place, target)) = Place::of_path(sandbox_id, request.uri()) {
        *request.uri_mut() = target;
        return Previews::new(shared).visit(&place, request).await;
    }
    let original =
        request.extensions().get::<OriginalUri>().map_or_else(|| request.uri().clone(), |uri| uri.0.clone());
    let method = request.method().clone();
    match forward(shared, sandbox_id, &original, request).await {
        Ok(response) => response,
        Err(error) => respond(shared, &error, &method, &original),
    }
}

async fn forward(
    shared: &Arc<Shared>,
    sandbox_id: &str,
    original: &Uri,
    mut request: Request,
) -> Result<Response, ProxyError> {
    let record = access::admit(shared, sandbox_id, &mut request)?;
    let prefix = prefix(original, request.uri());
    pass(shared, &record, &prefix, request).await
}

/// Passes a request that was let in on to a sandbox's agent; `prefix` is put back into redirects.
pub(crate) async fn pass(
    shared: &Arc<Shared>,
    record: &SandboxRecord,
    prefix: &str,
    mut request: Request,
) -> Result<Response, ProxyError> {
    let held = shared.registry.held(&record.id).filter(|_| shown_state(record) == SandboxState::Started);
    let Some(held) = held else {
        return Err(ProxyError::not_started());
    };
    if !headers::skips_activity(request.headers()) {
        note_activity(shared, record);
    }
    let upgrade = upgrade::asked(&mut request);
    headers::clean_request(&mut request, upgrade.is_some());
    let fault = Arc::new(OnceLock::new());
    let request = request.map(|body| watched(body, Arc::clone(&fault)));
    let mut response = held.request(request).await.map_err(|error| match error {
        HolderError::Gone => ProxyError::not_started(),
        HolderError::Failed(reason) => match fault.get() {
            Some(BodyFault::BrokeOff) => ProxyError::broken_off(),
            Some(BodyFault::Stalled) => ProxyError::stalled(),
            None => {
                tracing::warn!(sandbox = record.id, reason, "the toolbox did not answer");
                ProxyError::bad_gateway(reason)
            }
        },
    })?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(client) = upgrade
    {
        upgrade::splice(Arc::clone(shared), record.id.clone(), client, &mut response);
        return Ok(response.map(|_| Body::empty()));
    }
    headers::clean_response(response.headers_mut(), prefix);
    Ok(response)
}

/// Why a client's body did not come whole.
#[derive(Clone, Copy, Debug)]
enum BodyFault {
    BrokeOff,
    Stalled,
}

/// A client's body that tells why it did not come whole: that is no fault of the sandbox.
fn watched(body: Body, fault: Arc<OnceLock<BodyFault>>) -> Body {
    Body::new(body.map_err(move |error| {
        let stalled = Stalled::is_behind(&error);
        fault.get_or_init(|| if stalled { BodyFault::Stalled } else { BodyFault::BrokeOff });
        error
    }))
}

/// What the edge cut off the path: `/toolbox/<id>`.
pub(crate) fn prefix(original: &Uri, relative: &Uri) -> String {
    original.path().strip_suffix(relative.path()).unwrap_or_default().to_owned()
}

/// Moves the clock of auto-stop, not more often than matters.
fn note_activity(shared: &Shared, record: &SandboxRecord) {
    let now = shared.now();
    if now.duration_since(record.last_activity_at) >= ACTIVITY_GRAIN {
        shared.registry.touch(&record.id, now);
    }
}

/// The proxy's answer that says `error`.
pub(crate) fn respond(shared: &Shared, error: &ProxyError, method: &Method, uri: &Uri) -> Response {
    let body = json!({
        "statusCode": error.status.as_u16(),
        "message": error.message,
        "code": error.code,
        "timestamp": wire::time(shared.now()),
        "path": uri.path(),
        "method": method.as_str(),
    });
    json_response(error.status, &body)
}

/// `uri` with this query instead of its own.
fn with_query(uri: &Uri, query: Option<&str>) -> Option<Uri> {
    let target = query.map_or_else(|| uri.path().to_owned(), |query| format!("{}?{query}", uri.path()));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}
