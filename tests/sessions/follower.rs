//! A client that follows a log.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Empty};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::support::{Answer, KEY, TestServer};

/// An open WebSocket.
pub(crate) struct Follower {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    /// The sub-protocol the server chose.
    pub(crate) protocol: Option<String>,
    /// Code and reason the server closed with.
    pub(crate) close: Option<(u16, String)>,
}

impl Follower {
    /// Connects, or returns the answer that refused it.
    pub(crate) async fn connect(
        server: &TestServer,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, Answer> {
        let mut request = http::Request::get(path)
            .header("host", server.authority())
            .header("authorization", format!("Bearer {KEY}"))
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let stream = TcpStream::connect(server.authority()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection.with_upgrades());
        let response = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
        if response.status() != http::StatusCode::SWITCHING_PROTOCOLS {
            let (parts, body) = response.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            return Err(Answer { status: parts.status.as_u16(), headers: parts.headers, body });
        }
        let protocol = response.headers().get("sec-websocket-protocol");
        let protocol = protocol.map(|protocol| protocol.to_str().unwrap().to_owned());
        let upgraded = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
        let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await;
        Ok(Self { socket, protocol, close: None })
    }

    /// The next frame; `None` at the end.
    pub(crate) async fn frame(&mut self) -> Option<Bytes> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(frame))) => return Some(frame),
                Some(Ok(Message::Close(close))) => {
                    self.close = close.map(|close| (close.code.into(), close.reason.to_string()));
                }
                Some(Ok(Message::Text(text))) => panic!("a text frame: {text}"),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// All frames to the end.
    pub(crate) async fn until_end(&mut self) -> Vec<Bytes> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frame().await {
            frames.push(frame);
        }
        frames
    }

    /// Sends a text.
    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Whether a ping comes back as the next message.
    pub(crate) async fn ping(&mut self) -> bool {
        self.socket.send(Message::Ping(Bytes::from_static(b"p"))).await.unwrap();
        matches!(self.socket.next().await, Some(Ok(Message::Pong(payload))) if payload == b"p"[..])
    }
}

/// Output and errors of a log whose programs print no markers.
pub(crate) fn told(log: &[u8]) -> (String, String) {
    let (mut output, mut errors) = (String::new(), String::new());
    for line in std::str::from_utf8(log).unwrap().split_inclusive('\n') {
        match line.split_at(3) {
            ("\u{1}\u{1}\u{1}", line) => output.push_str(line),
            ("\u{2}\u{2}\u{2}", line) => errors.push_str(line),
            _ => panic!("a line without a marker: {line:?}"),
        }
    }
    (output, errors)
}
