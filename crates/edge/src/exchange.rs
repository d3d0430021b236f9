//! One request and its answer, as every layer sees it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use contract::{Document, Operation};
use dialect::ClientGeneration;
use http::{HeaderName, HeaderValue, Uri};
use lab::Ids;

use crate::mount::Mounts;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is known of a request before anybody has looked at its body. Found in the request's extensions.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The client's `X-Request-Id`, or one of our own.
    pub request_id: Arc<str>,
    /// The document the path belongs to.
    pub document: Option<&'static Document>,
    /// The operation meant; `None` when the contract knows none.
    pub operation: Option<&'static Operation>,
    /// Target of the request as the client sent it.
    pub target: Uri,
    /// The client's source and version.
    pub client: ClientGeneration,
}

/// Names the exchange: request id, document, operation, client.
pub(crate) async fn layer(
    State((mounts, ids)): State<(Arc<Mounts>, Arc<dyn Ids>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).map(Arc::from);
    let own = given.is_none();
    let request_id: Arc<str> = given.unwrap_or_else(|| ids.uuid().into());
    let place = mounts.find(request.method(), request.uri(), request.headers());
    let exchange = Exchange {
        request_id: Arc::clone(&request_id),
        document: place.as_ref().map(crate::mount::Place::document),
        operation: place.and_then(|place| place.operation),
        target: request.uri().clone(),
        client: ClientGeneration::from_headers(request.headers()),
    };
    request.extensions_mut().insert(exchange.client.clone());
    request.extensions_mut().insert(exchange);
    let mut response = next.run(request).await;
    // A dialect that names its answers itself keeps its own name; a client's own id is never repeated.
    if own
        && !response.headers().contains_key(&REQUEST_ID)
        && let Ok(value) = HeaderValue::from_str(&request_id)
    {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
