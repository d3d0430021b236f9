//! Operations that are done inside: the sandbox is found and woken, and the request passed on to the half in there.
//!
//! ```text
//! request ─▶ sandbox? 404 ─▶ awake? wake it ─▶ without the key ─▶ control's proxy ─▶ /voidrun… in the agent
//!                                                                      └─ no answer from inside ─▶ this API's words
//! ```

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use contract::Operation;
use dialect::{Found, OrganizationId, PathParams, Routes};
use futures_util::StreamExt;
use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode, Uri};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Front, Organization, Shared};
use crate::INNER_PREFIX;
use crate::reply::Failure;
use crate::request::stalled;
use crate::words::INSIDE;

/// Capabilities whose operations are done inside.
const INNER: [&str; 5] = ["exec", "commands", "pty", "session-exec", "files"];
/// How often an answer that is still to come counts as use.
const ACTIVITY_EVERY: Duration = Duration::from_secs(20);

/// Registers every operation that is done inside.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    let inner =
        contract::voidrun::DOCUMENT.operations.iter().filter(|operation| INNER.contains(&operation.tag));
    inner.fold(routes, |routes, operation| routes.serve(operation.id, pass))
}

async fn pass(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    request: Request,
) -> Response {
    match front.forward(&organization, path.at(0), request).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    }
}

impl Front {
    async fn forward(
        self: &Arc<Self>,
        organization: &OrganizationId,
        id: &str,
        mut request: Request,
    ) -> Result<Response, Failure> {
        let operation = Found::operation(request.extensions());
        let record = self.find(organization, id)?;
        let awake = self.awaken(organization, &record).await;
        awake.map_err(|error| unreachable(operation).with_details(error.message))?;
        let target = inner_target(request.uri()).ok_or_else(|| Failure::bad_request("Invalid request"))?;
        *request.uri_mut() = target;
        remove_key(request.headers_mut());
        // The proxy puts redirects right by it; there are none from inside.
        request.extensions_mut().remove::<axum::extract::OriginalUri>();
        let in_use = self.in_use(organization, &record.id);
        let mut response = self.control.request(organization, &record.id, request).await;
        if is_upgrade(&response) {
            return Ok(response);
        }
        if response.headers_mut().remove(INSIDE).is_some() {
            return Ok(held_while_sent(response, in_use));
        }
        let status = response.status();
        if status == StatusCode::REQUEST_TIMEOUT {
            return Err(stalled());
        }
        tracing::warn!(sandbox = record.id, %status, "the sandbox did not answer");
        Err(unreachable(operation).with_details("the sandbox does not answer"))
    }

    /// Counts a sandbox as used until the guard is dropped: one that works at an answer is not idle.
    fn in_use(self: &Arc<Self>, organization: &OrganizationId, id: &str) -> DropGuard {
        let over = CancellationToken::new();
        let (front, organization, id) = (Arc::clone(self), organization.clone(), id.to_owned());
        let waiting = over.clone();
        tokio::spawn(async move {
            while waiting.run_until_cancelled(tokio::time::sleep(ACTIVITY_EVERY)).await.is_some() {
                if front.control.sandboxes().touch(&organization, &id).await.is_err() {
                    return;
                }
            }
        });
        over.drop_guard()
    }
}

/// Keeps the guard until the whole answer was sent.
fn held_while_sent(response: Response, guard: DropGuard) -> Response {
    if http_body::Body::size_hint(response.body()).exact().is_some() {
        return response;
    }
    response.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |piece| {
            let _held = &guard;
            piece
        }))
    })
}

fn is_upgrade(response: &Response) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS
}

/// What the document says the operation answers when the sandbox does not.
fn unreachable(operation: Option<&Operation>) -> Failure {
    let documented = operation.into_iter().flat_map(|operation| operation.errors).find(|error| {
        matches!(error.status, 500 | 502)
            && !error.message.contains('<')
            && error.message.starts_with("Failed")
            || error.message == "Command execution failed"
    });
    let status = documented.and_then(|error| StatusCode::from_u16(error.status).ok());
    let message = documented.map_or("Internal server error", |error| error.message);
    Failure::new(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), message)
}

/// The target for the half inside; the key is no business of the sandbox.
fn inner_target(uri: &Uri) -> Option<Uri> {
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("apiKey"))
        .collect();
    let target = match kept.is_empty() {
        true => format!("{INNER_PREFIX}{}", uri.path()),
        false => format!("{INNER_PREFIX}{}?{}", uri.path(), kept.join("&")),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

fn remove_key(headers: &mut HeaderMap) {
    headers.remove("x-api-key");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_does_not_go_inside() {
        let inner = |target: &str| inner_target(&target.parse().unwrap()).unwrap().to_string();
        assert_eq!(inner("/sandboxes/1/pty?apiKey=secret"), "/voidrun/sandboxes/1/pty");
        assert_eq!(inner("/s/files?path=%2Fa&apiKey=k&x=1"), "/voidrun/s/files?path=%2Fa&x=1");
        assert_eq!(inner("/s"), "/voidrun/s");
    }

    #[test]
    fn every_operation_inside_has_words_for_a_sandbox_that_does_not_answer() {
        let words = |id: &str| {
            let failure = unreachable(contract::voidrun::DOCUMENT.operation(id));
            (failure.status.as_u16(), failure.error)
        };
        assert_eq!(words("execCommand"), (500, "Command execution failed".to_owned()));
        assert_eq!(words("runBackgroundCommand"), (500, "Failed to run command".to_owned()));
        assert_eq!(words("listFiles"), (502, "Failed to list files".to_owned()));
        assert_eq!(words("listPTYSessions"), (500, "Internal server error".to_owned()));
    }
}
