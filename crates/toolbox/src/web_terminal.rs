//! The terminal behind port 22222: a page, and a shell for each of its WebSockets (toolbox-processes.md §7.5).
//!
//! In a real sandbox the daemon listens there. Sandboxes may share one network here, so nothing listens: the port is
//! served where previews come in. What a program of the sandbox listens on there is out of their reach, as it is there.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::extract::ws::{Message, WebSocket};
use axum::response::{IntoResponse as _, Response};
use engine::Engine;
use engine::pty::{LARGEST, Size};
use engine::remote::{Reins, Remote, RemoteInput, RemoteOutput, RemoteRequest, RemoteTerminal};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use serde::Deserialize;

use crate::websocket;

/// The port.
pub(crate) const PORT: u16 = 22_222;
/// Kind of terminal, unless the sandbox has one of its own.
const TERM: &str = "xterm-256color";
/// Its size until the page says otherwise.
const SIZE: Size = Size { columns: 80, rows: 24 };
/// Bytes read from the shell at once (toolbox-processes.md §7.5).
const READ_SIZE: usize = 1024;
/// Longest piece of UTF-8 that is not a whole character yet, in bytes.
const LONGEST_REST: usize = 3;

/// What the page consists of. xterm.js is MIT licensed; see its LICENSE beside it.
const PARTS: &[(&str, &str, &[u8])] = &[
    ("/", "text/html; charset=utf-8", include_bytes!("../assets/terminal.html")),
    ("/xterm.js", "text/javascript; charset=utf-8", include_bytes!("../assets/xterm/xterm.js")),
    ("/xterm.css", "text/css; charset=utf-8", include_bytes!("../assets/xterm/xterm.css")),
    (
        "/xterm-addon-fit.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/xterm/xterm-addon-fit.js"),
    ),
];

/// Answers a request whose target is relative to the port.
pub(crate) async fn respond(engine: &Arc<Engine>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/ws" {
        let engine = Arc::clone(engine);
        return match websocket::accept(request).await {
            Ok(upgrade) => upgrade.on_upgrade(move |socket| converse(engine, socket)),
            Err(failure) => failure.into_response(),
        };
    }
    let Some((_, kind, content)) = PARTS.iter().find(|(part, _, _)| *part == path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let mut response = Response::new(Body::from(*content));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The page's word for a new size.
#[derive(Deserialize)]
struct NewSize {
    rows: u16,
    cols: u16,
}

/// Runs a shell for one WebSocket. Its end is the end of the connection, without a word; when the page goes away the
/// shell hears of it.
async fn converse(engine: Arc<Engine>, mut socket: WebSocket) {
    let shell = engine::shell::choose(engine.config());
    let started = engine.start_remote(RemoteRequest {
        command: None,
        directory: "/".to_owned(),
        terminal: Some(RemoteTerminal { term: TERM.to_owned(), size: SIZE }),
        environment: vec![("SHELL".to_owned(), shell)],
    });
    let Remote { mut input, mut output, mut child, reins, .. } = match started {
        Ok(remote) => remote,
        Err(error) => {
            let _ = socket.send(Message::text(error.to_string())).await;
            return;
        }
    };
    let (mut buffer, mut held) = (vec![0; READ_SIZE], Vec::new());
    loop {
        tokio::select! {
            read = output.read(&mut buffer) => match read {
                Ok(count) if count > 0 => {
                    held.extend_from_slice(&buffer[..count]);
                    let text = whole_characters(&mut held);
                    if !text.is_empty() && socket.send(Message::text(text)).await.is_err() {
                        break;
                    }
                }
                _ => break,
            },
            message = socket.recv() => match message {
                Some(Ok(message)) => if !take(message, &mut input, &reins).await { break },
                _ => break,
            },
            _ = child.wait() => {
                tell_rest(&mut socket, &mut output, &mut buffer, held).await;
                break;
            }
        }
    }
    reins.hang_up();
}

/// What the shell left when it ended.
async fn tell_rest(socket: &mut WebSocket, output: &mut RemoteOutput, buffer: &mut [u8], mut held: Vec<u8>) {
    const SILENCE: std::time::Duration = std::time::Duration::from_millis(50);
    while let Ok(Ok(count)) = tokio::time::timeout(SILENCE, output.read(buffer)).await {
        if count == 0 {
            break;
        }
        held.extend_from_slice(&buffer[..count]);
        if socket.send(Message::text(whole_characters(&mut held))).await.is_err() {
            break;
        }
    }
}

/// Takes what the page says; false when the shell takes no more.
async fn take(message: Message, input: &mut RemoteInput, reins: &Reins) -> bool {
    let bytes = match message {
        Message::Text(text) => {
            if let Ok(NewSize { rows, cols }) = serde_json::from_str(&text) {
                let size = Size { columns: cols.min(LARGEST), rows: rows.min(LARGEST) };
                return reins.resize(size).is_ok();
            }
            text.as_bytes().to_vec()
        }
        Message::Binary(bytes) => bytes.to_vec(),
        Message::Close(_) => return false,
        Message::Ping(_) | Message::Pong(_) => return true,
    };
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        match input.write(rest).await {
            Ok(count) => rest = &rest[count..],
            Err(_) => return false,
        }
    }
    true
}

/// Takes all whole characters; the beginning of one stays until its end has come.
fn whole_characters(held: &mut Vec<u8>) -> String {
    let whole = match std::str::from_utf8(held) {
        Ok(_) => held.len(),
        Err(_) => held.len() - incomplete_end(held),
    };
    let taken: Vec<u8> = held.drain(..whole).collect();
    String::from_utf8_lossy(&taken).into_owned()
}

/// Bytes at the end that may become a character.
fn incomplete_end(held: &[u8]) -> usize {
    let possible = 1..=LONGEST_REST.min(held.len());
    let begins = |count: &usize| {
        let end = &held[held.len() - count..];
        std::str::from_utf8(end).is_err_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
    };
    possible.rev().find(begins).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_not_cut_wherever_the_reads_end() {
        let text = "aé漢🦀\u{fffd}z";
        for cut in 0..=text.len() {
            let mut held = text.as_bytes()[..cut].to_vec();
            let mut seen = whole_characters(&mut held);
            held.extend_from_slice(&text.as_bytes()[cut..]);
            seen += &whole_characters(&mut held);
            assert_eq!(seen, text, "{cut}");
            assert!(held.is_empty());
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_such_and_keep_nothing_back() {
        let mut held = b"a\xff\xfeb\xe6\xbc".to_vec();
        assert_eq!(whole_characters(&mut held), "a\u{fffd}\u{fffd}b");
        assert_eq!(held, b"\xe6\xbc");
        held.extend_from_slice(b"x");
        assert_eq!(whole_characters(&mut held), "\u{fffd}x");
    }
}
