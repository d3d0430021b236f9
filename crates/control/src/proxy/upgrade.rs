//! WebSockets: once both sides switched protocols, bytes are copied and never looked at.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::UPGRADE;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional_with_sizes;

use crate::control::Shared;

/// How often an open connection counts as use (control-plane.md §2.7).
const ACTIVITY_EVERY: Duration = Duration::from_secs(45);

/// Buffers of an open connection, in bytes: clients type, sandboxes print.
const FROM_CLIENT: usize = 4 * 1024;
const FROM_AGENT: usize = 64 * 1024;

/// The client's side of an upgrade, when the request asks for one.
pub(super) fn asked(request: &mut Request) -> Option<OnUpgrade> {
    request.headers().contains_key(UPGRADE).then(|| hyper::upgrade::on(request))
}

/// Joins both sides as soon as they have switched.
pub(super) fn splice(shared: Arc<Shared>, id: String, client: OnUpgrade, response: &mut Response<Body>) {
    let agent = hyper::upgrade::on(response);
    tokio::spawn(async move {
        let (client, agent) = match tokio::try_join!(client, agent) {
            Ok(sides) => sides,
            Err(error) => return tracing::debug!(sandbox = id, %error, "an upgrade did not complete"),
        };
        let (mut client, mut agent) = (TokioIo::new(client), TokioIo::new(agent));
        let copy = copy_bidirectional_with_sizes(&mut client, &mut agent, FROM_CLIENT, FROM_AGENT);
        tokio::pin!(copy);
        let mut ticks = tokio::time::interval(ACTIVITY_EVERY);
        loop {
            tokio::select! {
                // Either side may go away without a word; there is nobody left to tell.
                _ = &mut copy => break,
                _ = ticks.tick() => shared.registry.touch(&id, shared.now()),
            }
        }
    });
}
