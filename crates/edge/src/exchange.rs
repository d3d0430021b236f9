//! One request and its answer, as everything between the guard and the dialect sees it.

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use contract::{Document, Operation};
use http::{HeaderName, HeaderValue, Uri};
use lab::Ids;

use crate::mount::Place;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is known of a request before anybody has looked at its body.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Counts exchanges from the server's start on.
    pub number: u64,
    /// The client's `X-Request-Id`, or one of our own.
    pub request_id: HeaderValue,
    /// The document the path belongs to.
    pub document: Option<&'static Document>,
    /// The operation meant; `None` when the contract knows none.
    pub operation: Option<&'static Operation>,
    /// Target of the request as the client sent it.
    pub target: Uri,
    /// Whether the id is one of our own.
    is_named_here: bool,
}

impl Exchange {
    /// Names the exchange a request begins that leads to `place`.
    pub(crate) fn of(number: u64, request: &Request, place: Option<&Place<'_>>, ids: &dyn Ids) -> Self {
        let given = request.headers().get(&REQUEST_ID).filter(|id| id.to_str().is_ok());
        Self {
            number,
            is_named_here: given.is_none(),
            request_id: given.cloned().or_else(|| own_id(ids)).unwrap_or(HeaderValue::from_static("")),
            document: place.map(Place::document),
            operation: place.and_then(Place::operation),
            target: request.uri().clone(),
        }
    }

    /// Puts our name on the answer. A dialect that names its answers itself keeps its own name; a client's own id is
    /// never repeated.
    pub(crate) fn name(self, response: &mut Response) {
        if self.is_named_here {
            response.headers_mut().entry(REQUEST_ID).or_insert(self.request_id);
        }
    }
}

fn own_id(ids: &dyn Ids) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(Bytes::from(ids.uuid())).ok()
}
