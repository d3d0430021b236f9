//! A WebSocket client that says what came.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::support::{KEY, TestServer};

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// An open connection.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Sub-protocol the server chose.
    pub(crate) chosen: Option<String>,
    /// Binary output not looked at yet.
    pub(crate) seen: Vec<u8>,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Close(u16, String),
    /// Without a close frame.
    Cut,
}

/// A handshake with sub-protocols; the status when it is refused.
pub(crate) async fn open_with(
    server: &TestServer,
    path: &str,
    protocols: &[&str],
) -> Result<Client, (u16, String)> {
    let url = format!("ws://{}{path}", server.authority());
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {KEY}").parse().unwrap());
    if !protocols.is_empty() {
        request.headers_mut().insert("sec-websocket-protocol", protocols.join(", ").parse().unwrap());
    }
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    match timeout(PATIENCE, connect_async_with_config(request, Some(config), true)).await.unwrap() {
        Ok((socket, response)) => {
            let chosen = response.headers().get("sec-websocket-protocol");
            let chosen = chosen.map(|value| value.to_str().unwrap().to_owned());
            Ok(Client { socket, chosen, seen: Vec::new() })
        }
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            Err((response.status().as_u16(), String::from_utf8_lossy(&body).into_owned()))
        }
        Err(error) => panic!("{path}: {error}"),
    }
}

pub(crate) async fn open(server: &TestServer, path: &str) -> Client {
    open_with(server, path, &[]).await.unwrap()
}

impl Client {
    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next text or binary message, or the end.
    pub(crate) async fn next(&mut self) -> Result<Message, End> {
        loop {
            let message = timeout(2 * PATIENCE, self.socket.next()).await.expect("nothing came");
            match message {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err(End::Close(frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Close(None) | Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Ok(message),
                Some(Err(_)) | None => return Err(End::Cut),
            }
        }
    }

    /// The next message, which must be JSON text.
    pub(crate) async fn json(&mut self) -> Value {
        let message = self.next().await.unwrap();
        assert!(message.is_text(), "{message:?}");
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    /// Collects output until it holds `text`; what came after it stays.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let mut from = 0;
        loop {
            if let Some(at) = find(&self.seen[from..], text.as_bytes()).map(|at| from + at) {
                let rest = self.seen.split_off(at + text.len());
                let before = std::mem::replace(&mut self.seen, rest);
                return String::from_utf8_lossy(&before).into_owned();
            }
            from = self.seen.len().saturating_sub(text.len());
            let next = timeout(PATIENCE, self.next()).await;
            let next = next.unwrap_or_else(|_| {
                panic!("nothing more came before {text:?}: {:?}", String::from_utf8_lossy(&self.seen))
            });
            match next {
                Ok(message) => self.seen.extend_from_slice(&message.into_data()),
                Err(end) => panic!("{end:?} before {text:?}: {}", String::from_utf8_lossy(&self.seen)),
            }
        }
    }

    /// Everything to the end: output, texts, the end itself.
    pub(crate) async fn until_end(&mut self) -> (Vec<u8>, Vec<Value>, End) {
        let (mut output, mut texts) = (std::mem::take(&mut self.seen), Vec::new());
        loop {
            match self.next().await {
                Ok(Message::Text(text)) => texts.push(serde_json::from_str(&text).unwrap()),
                Ok(message) => output.extend_from_slice(&message.into_data()),
                Err(end) => return (output, texts, end),
            }
        }
    }

    /// Waits for the answer to a ping of ours.
    pub(crate) async fn ping(&mut self) {
        self.socket.send(Message::Ping("are you there".into())).await.unwrap();
        let answered = async {
            while let Some(Ok(message)) = self.socket.next().await {
                match message {
                    Message::Pong(_) => return,
                    message => self.seen.extend_from_slice(&message.into_data()),
                }
            }
            panic!("the connection ended before the pong");
        };
        timeout(PATIENCE, answered).await.expect("no pong");
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut starts = haystack.iter().enumerate().filter(|(_, byte)| *byte == first).map(|(at, _)| at);
    starts.find(|at| haystack[*at..].starts_with(needle))
}
