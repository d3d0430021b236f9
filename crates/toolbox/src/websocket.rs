//! The WebSocket handshake (toolbox-processes.md §1.4).

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, SEC_WEBSOCKET_PROTOCOL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};

use crate::errors::Failure;

const VERSION: &str = "X-Daytona-SDK-Version~";
const ENVIRONMENT: &str = "X-Daytona-Pty-Envs~";
const EXIT_CONTROL: &str = "X-Daytona-Pty-Exit-Control";
/// Buffer a socket reads into, in bytes; clients of these sockets say little.
const READ_BUFFER: usize = 4096;

/// Accepts the upgrade a request asks for, with exactly one of the sub-protocols it offers.
pub(crate) async fn accept(request: Request) -> Result<WebSocketUpgrade, Failure> {
    let (mut parts, _) = request.into_parts();
    let chosen = chosen_protocol(&parts.headers).map(ToOwned::to_owned);
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = upgrade.map_err(|rejection| Failure::bad_request(&rejection.body_text()))?;
    Ok(upgrade.read_buffer_size(READ_BUFFER).protocols(chosen))
}

/// The answer of operations that do nothing but WebSockets to a request that asks for none.
pub(crate) fn not_a_websocket() -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (StatusCode::BAD_REQUEST, headers, "Bad Request\n").into_response()
}

/// The version of a client that cannot set headers comes first, and what carries an environment only if nothing else is
/// there: some clients fail when none of their tokens comes back, others when one does that they did not offer.
fn chosen_protocol(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|line| line.to_str().ok());
    let offered: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let first = |wanted: &dyn Fn(&&str) -> bool| offered.iter().copied().find(|token| wanted(token));
    first(&|token| token.starts_with(VERSION))
        .or_else(|| first(&|token| *token == EXIT_CONTROL))
        .or_else(|| first(&|token| !token.is_empty() && !token.starts_with(ENVIRONMENT)))
        .or_else(|| first(&|token| !token.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(SEC_WEBSOCKET_PROTOCOL, line.parse().unwrap());
        }
        chosen_protocol(&headers).map(ToOwned::to_owned)
    }

    #[test]
    fn exactly_one_offered_sub_protocol_is_chosen_the_version_first() {
        let all = ["X-Daytona-Pty-Envs~e30, X-Daytona-Pty-Exit-Control", "X-Daytona-SDK-Version~0.205.1"];
        assert_eq!(chosen(&all).as_deref(), Some("X-Daytona-SDK-Version~0.205.1"));
        assert_eq!(chosen(&all[..1]).as_deref(), Some("X-Daytona-Pty-Exit-Control"));
        assert_eq!(chosen(&["X-Daytona-Pty-Envs~e30, chat"]).as_deref(), Some("chat"));
        assert_eq!(chosen(&["X-Daytona-Pty-Envs~e30"]).as_deref(), Some("X-Daytona-Pty-Envs~e30"));
        assert_eq!(chosen(&[]), None);
        assert_eq!(chosen(&[" "]), None);
    }
}
