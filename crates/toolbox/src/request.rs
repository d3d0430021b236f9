//! Reading of JSON bodies, the way the real daemon binds them.

use axum::body::HttpBody as _;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use contract::Operation;
use dialect::Found;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::Shared;
use crate::errors::Failure;

/// Extractor of a JSON body, bound by the tables of the operation being served. Content types are not looked at.
///
/// Takes the last place among a handler's arguments, since it reads the body.
pub(crate) struct Bound<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Bound<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, toolbox: &Shared) -> Result<Self, Failure> {
        bind(request, toolbox.body_limit).await.map(Self)
    }
}

/// Reads and binds the body, for handlers that make something else of a body that cannot be bound.
pub(crate) async fn bind<T: DeserializeOwned>(request: Request, limit: usize) -> Result<T, Failure> {
    let operation = Found::operation(request.extensions());
    let shape = operation.and_then(|operation| operation.body?.shape);
    let (Some(operation), Some(shape)) = (operation, shape) else {
        return Err(Failure::internal("the operation takes no JSON body"));
    };
    let body = read(request, limit).await?;
    let refused = |text: &str| Failure::invalid_body(&format!("{}{text}", second_prefix(operation)));
    let bound = contract::bind::daemon::body(shape, &body).map_err(|error| refused(&error.to_string()))?;
    serde_json::from_value(bound).map_err(|error| refused(&error.to_string()))
}

/// The whole body, when it is not longer than the limit.
pub(crate) async fn read(request: Request, limit: usize) -> Result<Bytes, Failure> {
    // What is said to be too large is not waited for.
    if request.body().size_hint().lower() > limit as u64 {
        return Err(Failure::body_too_large(limit));
    }
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::body_too_large(limit)),
        // The sender is gone or broke the framing; the daemon's decoder would meet the end of the body.
        Err(_) => Err(Failure::invalid_body("unexpected EOF")),
    }
}

/// What some operations put between the prefix of all binding errors and the text itself (toolbox-processes.md §1.2,
/// toolbox-files-git-desktop.md §1.4).
fn second_prefix(operation: &Operation) -> &'static str {
    match (operation.tag, operation.id) {
        (_, "ExecuteCommand" | "SessionExecuteCommand" | "ReplaceInFiles") | ("git" | "lsp", _) => {
            "invalid request body: "
        }
        ("interpreter", _) => "invalid request payload: ",
        _ => "",
    }
}
