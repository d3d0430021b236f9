//! Reading of bodies and queries, the way servers of this API bind them (voidrun.md §1.5, §2.1).
//!
//! They stand on the same framework as Daytona's toolbox daemon, so its binder reads them: content types are not looked
//! at, `null` is the same as left out, and what is required may not be zero either.

use axum::body::HttpBody as _;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use contract::bind::daemon;
use contract::{Operation, Shape};
use dialect::{Found, Stalled};
use http::StatusCode;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::reply::Failure;

/// Longest JSON body read, in bytes; files are streamed and not limited by it.
const LIMIT: usize = 16 << 20;
/// Longest path, in bytes.
const LONGEST_PATH: usize = 4096;

/// Extractor of a JSON body, bound by the tables of the operation being served. Takes the last place among a handler's
/// arguments, since it reads the body.
pub(crate) struct Bound<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Bound<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let (operation, shape) = meant(&request)?;
        let body = read(request).await?;
        bind(operation, shape, &body).map(Self)
    }
}

/// The same, where an empty body means none, whatever its content type says (voidrun.md §3.2).
pub(crate) struct MaybeBound<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Sync> FromRequest<S> for MaybeBound<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let (operation, shape) = meant(&request)?;
        let body = read(request).await?;
        if body.trim_ascii().is_empty() {
            return Ok(Self(T::default()));
        }
        bind(operation, shape, &body).map(Self)
    }
}

fn meant(request: &Request) -> Result<(&'static Operation, &'static Shape), Failure> {
    let operation = Found::operation(request.extensions());
    let shape = operation.and_then(|operation| operation.body?.shape);
    operation.zip(shape).ok_or_else(|| Failure::internal("the operation takes no JSON body"))
}

fn bind<T: DeserializeOwned>(
    operation: &'static Operation,
    shape: &'static Shape,
    body: &[u8],
) -> Result<T, Failure> {
    let bound = daemon::body(shape, body).map_err(|error| refused(operation, &error.to_string()))?;
    serde_json::from_value(bound).map_err(|error| refused(operation, &error.to_string()))
}

/// Each group of operations has its own words for a body that cannot be bound.
fn refused(operation: &Operation, reason: &str) -> Failure {
    match (operation.tag, operation.id) {
        ("exec" | "commands" | "session-exec", _) => Failure::bad_request("Invalid request"),
        ("pty", _) | (_, "createFile") => Failure::bad_request("Invalid request").with_details(reason),
        (_, "startWatch" | "updateSandbox" | "updatePublishedPorts") => {
            Failure::bad_request("Invalid request body").with_details(reason)
        }
        _ => Failure::bad_request(reason),
    }
}

/// The whole body, when it is not longer than the limit.
pub(crate) async fn read(request: Request) -> Result<Bytes, Failure> {
    let too_large =
        || Failure::new(StatusCode::PAYLOAD_TOO_LARGE, format!("request body is larger than {LIMIT} bytes"));
    // What is said to be too large is not waited for.
    if request.body().size_hint().lower() > LIMIT as u64 {
        return Err(too_large());
    }
    match Limited::new(request.into_body(), LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) if Stalled::is_behind(&*error) => Err(stalled()),
        Err(_) => Err(Failure::bad_request("Invalid request")),
    }
}

/// The client has fallen silent in the middle of a request.
pub(crate) fn stalled() -> Failure {
    Failure::new(StatusCode::REQUEST_TIMEOUT, "request timed out")
}

/// Extractor of the query.
pub(crate) struct Query(daemon::Query);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts.uri.query()))
    }
}

impl Query {
    pub(crate) fn of(raw: Option<&str>) -> Self {
        Self(daemon::query(raw))
    }

    /// A parameter; empty when there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.first(name)
    }

    /// A parameter that may not be empty; `complaint` is the whole answer then.
    pub(crate) fn required(&self, name: &str, complaint: &str) -> Result<String, Failure> {
        let value = self.text(name);
        if value.is_empty() { Err(Failure::bad_request(complaint)) } else { Ok(value.to_owned()) }
    }

    /// A whole number above zero; anything else counts as left out.
    pub(crate) fn positive(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok().filter(|number| *number > 0)
    }

    /// A path that may not be left out.
    pub(crate) fn path(&self, name: &str, complaint: &str) -> Result<String, Failure> {
        self.required(name, complaint).and_then(checked)
    }

    /// A path with something in its stead when it is left out.
    pub(crate) fn path_or(&self, name: &str, default: &str) -> Result<String, Failure> {
        let value = self.text(name);
        checked(if value.is_empty() { default.to_owned() } else { value.to_owned() })
    }
}

/// A path nobody could mean is refused before anything looks at it.
fn checked(path: String) -> Result<String, Failure> {
    let reason = match path.as_bytes() {
        bytes if bytes.len() > LONGEST_PATH => "path exceeds maximum length",
        bytes if bytes.contains(&0) => "path contains a NUL byte",
        _ => return Ok(path),
    };
    Err(Failure::bad_request("Invalid path").with_details(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_above_zero_counts_as_left_out() {
        let positive = |raw: &str| Query::of(Some(raw)).positive("n");
        assert_eq!(positive("n=7"), Some(7));
        for raw in ["", "n=", "n=0", "n=-1", "n=x", "n=1.5", "m=3"] {
            assert_eq!(positive(raw), None, "{raw}");
        }
    }

    #[test]
    fn impossible_paths_are_refused_with_what_is_wrong() {
        let refused = |raw: &str| Query::of(Some(raw)).path("path", "path is required").unwrap_err();
        assert_eq!(refused("").error, "path is required");
        assert_eq!(refused("path=%00").details, "path contains a NUL byte");
        assert_eq!(refused(&format!("path=/{}", "a".repeat(4096))).details, "path exceeds maximum length");
    }
}
