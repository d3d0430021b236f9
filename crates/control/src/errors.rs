//! The one place where this API's errors get their shape (control-plane.md §1.4).

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An error as a client is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {message}")]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// One text; lists are joined before.
    pub message: String,
    /// Machine-readable reason; few answers have one.
    pub code: Option<&'static str>,
    /// Whether path and time are told; they are not when the body was no JSON.
    pub located: bool,
}

impl ApiError {
    /// An error with this status and text.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code: None, located: true }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401, the only text there is.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Invalid credentials")
    }

    /// 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 409.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// 422.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 429, the only text there is.
    #[must_use]
    pub fn too_many_requests() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "ThrottlerException: Too Many Requests")
    }

    /// 501, for what the contract knows and this build does not serve.
    pub fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, message)
    }

    /// 503, while the server is going away.
    #[must_use]
    pub fn maintenance() -> Self {
        let message = "Service is currently under maintenance. Please try again later.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// 500; what went wrong is logged, not told.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred.")
    }

    /// 400 for a body that does not parse.
    #[must_use]
    pub fn invalid_json() -> Self {
        Self { located: false, ..Self::bad_request("Invalid JSON in request body") }
    }

    /// 404 for a sandbox that is not there, or not the caller's.
    #[must_use]
    pub fn unknown_sandbox(id_or_name: &str) -> Self {
        Self::not_found(format!("Sandbox with ID or name {id_or_name} not found"))
    }

    /// The answer to a request for `path` (with its query, as the client sent it).
    #[must_use]
    pub fn respond(&self, path: &str, now: Timestamp) -> Response {
        let reason = self.status.canonical_reason().unwrap_or("Error");
        let body = if self.located {
            let mut body = json!({
                "path": path,
                "timestamp": crate::wire::time(now),
                "statusCode": self.status.as_u16(),
                "error": reason,
                "message": self.message,
            });
            if let (Some(code), Some(members)) = (self.code, body.as_object_mut()) {
                members.insert("code".to_owned(), Value::from(code));
            }
            body
        } else {
            json!({"message": self.message, "error": reason, "statusCode": self.status.as_u16()})
        };
        json_response(self.status, &body)
    }
}

/// An answer with a JSON body.
pub(crate) fn json_response(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
