//! Makes a server hard to bear without leaving the contract, to see how clients take it.

mod sockets;

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use conformance::trial::{Twist, Twisted};
use edge::{BoxFuture, Exchange, Hook, Wire};
use http::header::{CONNECTION, CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::relay::relay;

/// Longest body that is sent in pieces, in bytes: longer ones would take for ever.
const LONGEST: u64 = 64 * 1024;
/// Where the control plane says how long to wait (control-plane.md §1.6).
const RETRY_AFTER_NAMED: HeaderName = HeaderName::from_static("retry-after-authenticated");

/// The hook of a twist in JSON.
pub(crate) fn hook(text: &str) -> Result<Arc<dyn Hook>, Failure> {
    let twist: Twist = serde_json::from_str(text).map_err(|error| Failure::Mutant(error.to_string()))?;
    Ok(Arc::new(TwistHook(Arc::new(Twisted::new(twist)))))
}

struct TwistHook(Arc<Twisted>);

impl Hook for TwistHook {
    fn request<'a>(
        &'a self,
        exchange: &'a Exchange,
        request: Request,
    ) -> BoxFuture<'a, ControlFlow<Response, Request>> {
        Box::pin(async move {
            let busy = exchange.operation.and_then(|operation| self.0.refusal(operation));
            let Some(busy) = busy else { return ControlFlow::Continue(request) };
            let path = exchange.target.path_and_query().map_or("", |target| target.as_str());
            let mut refused = control::ApiError::too_many_requests().respond(path, Timestamp::now());
            if let Some(seconds) = busy.retry_after {
                for name in [RETRY_AFTER, RETRY_AFTER_NAMED] {
                    refused.headers_mut().insert(name, HeaderValue::from(seconds));
                }
            }
            ControlFlow::Break(refused)
        })
    }

    fn response<'a>(&'a self, exchange: &'a Exchange, response: Response) -> BoxFuture<'a, Response> {
        Box::pin(async move {
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                return response;
            }
            tokio::time::sleep(self.0.delay()).await;
            let mut response = match self.0.rewrites() {
                true => self.rewritten(exchange, response).await,
                false => response,
            };
            if self.0.closes_connections() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            match self.0.piece() {
                Some(size) if response.body().size_hint().exact().is_some_and(|length| length <= LONGEST) => {
                    in_pieces(response, size).await
                }
                _ => response,
            }
        })
    }

    fn stands_between(&self, exchange: &Exchange) -> bool {
        // Sockets that speak another protocol on top have messages of their own.
        self.0.fragment(0).is_some() && exchange.operation.is_some_and(|operation| operation.websocket)
    }

    fn between(&self, client: Wire, dialect: Wire) -> BoxFuture<'static, ()> {
        Box::pin(relay(Arc::clone(&self.0), client, dialect))
    }
}

impl TwistHook {
    async fn rewritten(&self, exchange: &Exchange, response: Response) -> Response {
        let (Some(document), Some(operation)) = (exchange.document, exchange.operation) else {
            return response;
        };
        // What is streamed is no answer to be changed as a whole.
        if response.body().size_hint().exact().is_none() {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return Response::from_parts(parts, Body::empty());
        };
        let Some(text) = self.0.rewrite(document, operation, parts.status.as_u16(), &body) else {
            return Response::from_parts(parts, Body::from(body));
        };
        if parts.headers.contains_key(CONTENT_LENGTH) {
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
        }
        Response::from_parts(parts, Body::from(text))
    }
}

/// The same answer, chunked.
async fn in_pieces(response: Response, size: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    parts.headers.remove(CONTENT_LENGTH);
    let pieces: Vec<Bytes> =
        (0..body.len()).step_by(size).map(|start| body.slice(start..body.len().min(start + size))).collect();
    let pieces = futures_util::stream::unfold(pieces.into_iter(), async |mut pieces| {
        let piece = pieces.next()?;
        // Each is sent off before the next is there.
        tokio::task::yield_now().await;
        Some((Ok::<_, Infallible>(piece), pieces))
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}
