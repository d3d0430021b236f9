//! Lets a hook stand between the two sides of a WebSocket.
//!
//! ```text
//! client ── the connection it came by ──▶ hook ── a connection in memory ──▶ dialect
//! ```
//!
//! Whoever answers 101 takes over the connection its request came by. So the dialect is given another one to take, whose
//! far end the hook gets with the real one.

use std::future::{Future, ready};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CONNECTION, UPGRADE};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use crate::Hook;

/// Bytes that may be on their way in memory.
const BUFFER: usize = 64 * 1024;

/// One side of a connection that has switched protocols.
pub type Wire = TokioIo<Upgraded>;

/// Whether a request asks for another protocol.
pub(crate) fn is_asked(request: &Request) -> bool {
    request.headers().contains_key(UPGRADE)
}

/// Answers the request as the dialect does; when that switches protocols, `hook` gets both sides.
pub(crate) async fn pass<F: Future<Output = Response>>(
    hook: Arc<dyn Hook>,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let client = hyper::upgrade::on(&mut request);
    let Some((ours, theirs)) = connection().await else {
        tracing::error!("there is no way to the dialect for a hook");
        return StatusCode::BAD_GATEWAY.into_response();
    };
    request.extensions_mut().insert(theirs);
    let response = next(request).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        tokio::spawn(join(hook, client, ours));
    }
    response
}

async fn join(hook: Arc<dyn Hook>, client: OnUpgrade, dialect: OnUpgrade) {
    match tokio::try_join!(client, dialect) {
        Ok((client, dialect)) => hook.between(TokioIo::new(client), TokioIo::new(dialect)).await,
        Err(error) => tracing::debug!(%error, "an upgrade did not complete"),
    }
}

/// Both ends of a connection in memory that has switched protocols. Only an exchange over HTTP makes such ends.
async fn connection() -> Option<(OnUpgrade, OnUpgrade)> {
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let switch = service_fn(move |mut request: http::Request<Incoming>| {
        if let Some(tell) = tell.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = tell.send(hyper::upgrade::on(&mut request));
        }
        let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        ready(response.header(CONNECTION, "upgrade").header(UPGRADE, "memory").body(Body::empty()))
    });
    let server = hyper::server::conn::http1::Builder::new();
    tokio::spawn(server.serve_connection(TokioIo::new(theirs), switch).with_upgrades());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(ours)).await.ok()?;
    tokio::spawn(connection.with_upgrades());
    let request = Request::builder().uri("/").header(CONNECTION, "upgrade").header(UPGRADE, "memory");
    let mut response = sender.send_request(request.body(Body::empty()).ok()?).await.ok()?;
    Some((hyper::upgrade::on(&mut response), told.await.ok()?))
}
