//! The end of a WebSocket.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use tokio::time::timeout;

/// How long a client may take to answer the end of a connection (toolbox-processes.md §8).
const FAREWELL: Duration = Duration::from_secs(5);
/// Longest reason a close frame has room for, in bytes.
const LONGEST_REASON: usize = 123;

/// Sends a close frame and waits for the client to close too, so that it has read everything by the time the connection
/// goes. A client that takes longer than it may is left behind.
pub(crate) async fn close(mut socket: WebSocket, code: u16, reason: &str) {
    let frame = CloseFrame { code, reason: Utf8Bytes::from(shortened(reason)) };
    let farewell = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    if timeout(FAREWELL, farewell).await.is_err() {
        tracing::debug!(code, "a client did not close its connection");
    }
}

fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(LONGEST_REASON)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters_where_there_is_no_room() {
        assert_eq!(shortened("short"), "short");
        let long = "ž".repeat(100);
        assert_eq!(shortened(&long).len(), 122);
    }
}
