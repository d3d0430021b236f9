//! Every answer and error of this API on the wire (voidrun.md §1.3, §1.4).

use std::fmt::Display;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use contract::voidrun::types::ErrorResponse;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// `error` member.
    pub(crate) error: String,
    /// `details` member; left out when empty.
    pub(crate) details: String,
}

impl Failure {
    /// An error of any status.
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), details: String::new() }
    }

    /// The same with what the sandbox said.
    #[must_use]
    pub(crate) fn with_details(mut self, details: impl Display) -> Self {
        self.details = details.to_string();
        self
    }

    /// The request asks for something that cannot be.
    pub(crate) fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// There is no such thing.
    pub(crate) fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// The sandbox or its agent failed.
    pub(crate) fn internal(error: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }

    /// The agent could not do it.
    pub(crate) fn bad_gateway(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, error)
    }

    /// A sandbox that is malformed, unknown, gone or another organization's.
    pub(crate) fn unknown_sandbox() -> Self {
        Self::not_found("Sandbox not found")
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let details = Some(self.details).filter(|details| !details.is_empty());
        json(self.status, &ErrorResponse { error: self.error, details })
    }
}

/// Any value as JSON.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(CONTENT_TYPE, JSON)], Body::from(body)).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Any value as JSON, with status 200.
pub(crate) fn ok(value: &impl Serialize) -> Response {
    json(StatusCode::OK, value)
}

/// The envelope of most answers.
#[derive(Serialize)]
struct Envelope<'a, T> {
    status: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

/// `message` in the envelope, without data.
pub(crate) fn done(message: &str) -> Response {
    ok(&Envelope::<()> { status: "success", message, data: None })
}

/// `data` in the envelope.
pub(crate) fn data(message: &str, data: impl Serialize) -> Response {
    ok(&Envelope { status: "success", message, data: Some(data) })
}

/// A body that is written while it is sent.
pub(crate) fn streamed(media_type: &'static str, body: Body) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response()
}
