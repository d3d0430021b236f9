//! WebSockets with exactly the headers a client sends, and the ways they end.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::HeaderMap;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::support::Answer;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open connection.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The sub-protocol the server chose.
    pub(crate) chosen: Option<String>,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By a close frame with a code.
    Close(u16, String),
    /// By a close frame without one.
    Empty,
    /// Without a close frame.
    Cut,
}

impl End {
    pub(crate) fn normal() -> Self {
        Self::Close(1000, String::new())
    }
}

/// A message, in the order they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Binary(Vec<u8>),
    Text(String),
}

impl Socket {
    /// A handshake with these headers and none but what the handshake itself needs; the answer when it is refused.
    pub(crate) async fn open(url: &str, headers: &[(&str, &str)]) -> Result<Self, Answer> {
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        match timeout(PATIENCE, connect_async_with_config(request, None, true)).await.unwrap() {
            Ok((stream, response)) => {
                let chosen = response.headers().get("sec-websocket-protocol");
                Ok(Self { stream, chosen: chosen.map(|value| value.to_str().unwrap().to_owned()) })
            }
            Err(Error::Http(response)) => {
                let (parts, body) = response.into_parts();
                Err(Answer {
                    status: parts.status.as_u16(),
                    headers: parts.headers,
                    body: body.unwrap_or_default().into(),
                })
            }
            Err(error) => panic!("{url}: {error}"),
        }
    }

    /// A text message, as Java with a string and Ruby send.
    pub(crate) async fn text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    /// A binary message, as Python, TypeScript and Go send.
    pub(crate) async fn binary(&mut self, text: &str) {
        self.stream.send(Message::binary(text.as_bytes().to_vec())).await.unwrap();
    }

    /// The next message, or the end.
    pub(crate) async fn next(&mut self) -> Result<Told, End> {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await.expect("nothing came");
            return match message {
                Some(Ok(Message::Binary(bytes))) => Ok(Told::Binary(bytes.to_vec())),
                Some(Ok(Message::Text(text))) => Ok(Told::Text(text.to_string())),
                Some(Ok(Message::Close(Some(frame)))) => {
                    Err(End::Close(frame.code.into(), frame.reason.to_string()))
                }
                Some(Ok(Message::Close(None))) => Err(End::Empty),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Err(End::Cut),
            };
        }
    }

    /// The next message, which must be JSON text.
    pub(crate) async fn json(&mut self) -> Value {
        match self.next().await {
            Ok(Told::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?} is no JSON text"),
        }
    }

    /// Collects binary output until it holds `text`.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let mut output = String::new();
        while !output.contains(text) {
            match self.next().await {
                Ok(Told::Binary(bytes)) => output.push_str(&String::from_utf8_lossy(&bytes)),
                other => panic!("{other:?} before {text:?}: {output:?}"),
            }
        }
        output
    }

    /// Every message, and the end.
    pub(crate) async fn until_end(&mut self) -> (Vec<Told>, End) {
        let mut told = Vec::new();
        loop {
            match self.next().await {
                Ok(message) => told.push(message),
                Err(end) => return (told, end),
            }
        }
    }

    /// The headers of the handshake's answer that a client may look at.
    pub(crate) fn refusal(result: Result<Self, Answer>) -> (u16, HeaderMap, Value) {
        match result {
            Err(answer) => (answer.status, answer.headers.clone(), answer.json()),
            Ok(_) => panic!("the handshake was not refused"),
        }
    }
}

/// The texts among the messages, as JSON.
pub(crate) fn texts(told: &[Told]) -> Vec<Value> {
    let texts = told.iter().filter_map(|told| match told {
        Told::Text(text) => Some(serde_json::from_str(text).unwrap()),
        Told::Binary(_) => None,
    });
    texts.collect()
}
