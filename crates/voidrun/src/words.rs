//! What is answered when no operation is meant, and to strangers (voidrun.md §1.1, §1.2).

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use contract::{Match, Operation, Router};
use dialect::{ErrorStyle, Refusal, RequestHead};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use crate::reply::Failure;

/// Header of every answer from inside a sandbox, so that the server knows it from one that never got there.
pub(crate) const INSIDE: HeaderName = HeaderName::from_static("x-pitlane-inside");

const KEY_HEADER: &str = "x-api-key";
const KEY_PARAMETER: &str = "apiKey";

/// The API's words for what no handler answers.
pub(crate) struct Words {
    router: Router,
    inside: bool,
}

impl Words {
    /// For the half beside the control plane.
    pub(crate) fn outside() -> Self {
        Self { router: Router::new(&contract::voidrun::DOCUMENT), inside: false }
    }

    /// For the half inside a sandbox.
    pub(crate) fn inside() -> Self {
        Self { inside: true, ..Self::outside() }
    }

    /// The same path without its last slash, where that is known.
    fn without_slash(&self, request: &Request) -> Option<String> {
        let path = request.uri().path().strip_suffix('/')?;
        let known = matches!(self.router.find(request.method().as_str(), path), Match::Found(..));
        let last = path.rsplit('/').next().unwrap_or_default();
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        // Relative, since whoever mounts this knows what stands before the path.
        known.then(|| format!("../{last}{query}"))
    }
}

impl ErrorStyle for Words {
    fn unknown_route(&self, request: &Request) -> Response {
        let Some(location) = self.without_slash(request).and_then(|to| HeaderValue::from_str(&to).ok())
        else {
            return (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain")], "404 page not found")
                .into_response();
        };
        let status = match *request.method() {
            Method::GET => StatusCode::MOVED_PERMANENTLY,
            _ => StatusCode::TEMPORARY_REDIRECT,
        };
        (status, [(LOCATION, location)]).into_response()
    }

    fn planned(&self, operation: &'static Operation, _request: &Request) -> Response {
        let error = format!("{} is not served by this build", operation.id);
        Failure::new(StatusCode::NOT_IMPLEMENTED, error).into_response()
    }

    fn complete(&self, _head: &RequestHead, mut response: Response) -> Response {
        if self.inside {
            response.headers_mut().insert(INSIDE, HeaderValue::from_static("voidrun"));
        }
        response
    }

    fn refused(&self, _refusal: &Refusal, request: &Request) -> Response {
        let headers = request.headers();
        let shown = headers.get(KEY_HEADER).is_some_and(|key| !key.is_empty())
            || headers.contains_key(AUTHORIZATION)
            || !crate::request::Query::of(request.uri().query()).text(KEY_PARAMETER).is_empty();
        if shown {
            return stranger().into_response();
        }
        Failure::new(StatusCode::UNAUTHORIZED, "authentication required (X-API-Key or Bearer token)")
            .into_response()
    }
}

/// Whoever shows a credential that opens nothing.
pub(crate) fn stranger() -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "invalid or inactive API key")
}
