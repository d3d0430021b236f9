//! WebSockets: the handshake is made by hand over HTTP, so that a refusal is seen whole and a wrong handshake is noticed.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, Request, StatusCode, header};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as FrameError, Message as RawMessage};

use super::{Answer, Client, ClientError, Driver, collect};

/// What came of the attempt to open a WebSocket.
#[derive(Debug)]
pub(crate) enum Opening {
    /// It is open.
    Open(Box<Socket>),
    /// The server answered with plain HTTP.
    Refused(Answer),
}

/// An open WebSocket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) headers: HeaderMap,
    pub(crate) elapsed: Duration,
    stream: WebSocketStream<TokioIo<Upgraded>>,
    _driver: Driver,
}

/// What a server says on a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Text(String),
    Binary(Bytes),
    Pong(Bytes),
    /// Closed with a code, or with an empty closing frame (1005).
    Closed {
        code: u16,
        reason: String,
    },
    /// The connection ended without a closing frame.
    Gone(String),
}

impl Message {
    /// The payload as text; `None` for what is no data.
    pub(crate) fn payload(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Binary(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }
}

impl Client {
    /// Opens a WebSocket. `request` holds what is to be sent beside the handshake's own header fields.
    pub(crate) async fn websocket(
        &self,
        mut request: Request<Bytes>,
        subprotocols: &[String],
        limit: Duration,
    ) -> Result<Opening, ClientError> {
        let begin = Instant::now();
        let deadline = begin + limit;
        let key = generate_key();
        add_handshake(request.headers_mut(), &key, subprotocols)?;
        let (mut response, driver) = self.begin(request, limit, deadline).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let (parts, body) = response.into_parts();
            let read = timeout_at(deadline, collect(body, |_| false)).await;
            let (body, cut) = read.map_err(|_| ClientError::TooSlow(limit))??;
            let answer =
                Answer { status: parts.status, headers: parts.headers, body, elapsed: begin.elapsed(), cut };
            return Ok(Opening::Refused(answer));
        }
        let headers = response.headers().clone();
        check_handshake(&headers, &key, subprotocols)?;
        let upgraded =
            hyper::upgrade::on(&mut response).await.map_err(|error| ClientError::from_hyper(&error))?;
        let stream = WebSocketStream::from_raw_socket(
            TokioIo::new(upgraded),
            Role::Client,
            Some(WebSocketConfig::default()),
        )
        .await;
        Ok(Opening::Open(Box::new(Socket { headers, elapsed: begin.elapsed(), stream, _driver: driver })))
    }
}

fn add_handshake(headers: &mut HeaderMap, key: &str, subprotocols: &[String]) -> Result<(), ClientError> {
    let value =
        |text: &str| text.parse().map_err(|_| ClientError::Request(format!("`{text}` is no header value")));
    for (name, text) in [
        (header::CONNECTION, "Upgrade"),
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_VERSION, "13"),
        (header::SEC_WEBSOCKET_KEY, key),
    ] {
        headers.entry(name).or_insert(value(text)?);
    }
    if !subprotocols.is_empty() {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, value(&subprotocols.join(", "))?);
    }
    Ok(())
}

fn check_handshake(headers: &HeaderMap, key: &str, offered: &[String]) -> Result<(), ClientError> {
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if text(header::SEC_WEBSOCKET_ACCEPT) != Some(derive_accept_key(key.as_bytes()).as_str()) {
        return Err(ClientError::Malformed("the WebSocket handshake's accept key is wrong".to_owned()));
    }
    match text(header::SEC_WEBSOCKET_PROTOCOL) {
        Some(chosen) if !offered.iter().any(|offered| offered == chosen) => Err(ClientError::Malformed(
            format!("the server chose the subprotocol `{chosen}`, which was not offered"),
        )),
        _ => Ok(()),
    }
}

impl Socket {
    pub(crate) async fn send_text(&mut self, text: String) -> Result<(), ClientError> {
        self.send(RawMessage::text(text)).await
    }

    pub(crate) async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<(), ClientError> {
        self.send(RawMessage::binary(bytes)).await
    }

    pub(crate) async fn ping(&mut self, payload: &str) -> Result<(), ClientError> {
        self.send(RawMessage::Ping(Bytes::copy_from_slice(payload.as_bytes()))).await
    }

    pub(crate) async fn close(&mut self, code: u16) -> Result<(), ClientError> {
        let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
        self.send(RawMessage::Close(Some(frame))).await
    }

    async fn send(&mut self, message: RawMessage) -> Result<(), ClientError> {
        self.stream.send(message).await.map_err(|error| ClientError::Cut(error.to_string()))
    }

    /// The next message; `None` when none came in time.
    pub(crate) async fn next(&mut self, limit: Duration) -> Option<Message> {
        let wait = async {
            loop {
                let message = match self.stream.next().await {
                    Some(Ok(RawMessage::Text(text))) => Message::Text(text.as_str().to_owned()),
                    Some(Ok(RawMessage::Binary(bytes))) => Message::Binary(bytes),
                    Some(Ok(RawMessage::Pong(payload))) => Message::Pong(payload),
                    Some(Ok(RawMessage::Ping(_) | RawMessage::Frame(_))) => continue,
                    Some(Ok(RawMessage::Close(frame))) => frame.map_or_else(
                        || Message::Closed { code: 1005, reason: String::new() },
                        |frame| Message::Closed {
                            code: frame.code.into(),
                            reason: frame.reason.as_str().to_owned(),
                        },
                    ),
                    Some(Err(FrameError::ConnectionClosed)) | None => {
                        Message::Gone("end of stream".to_owned())
                    }
                    Some(Err(error)) => Message::Gone(error.to_string()),
                };
                return message;
            }
        };
        timeout(limit, wait).await.ok()
    }
}
