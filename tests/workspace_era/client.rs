//! Requests as the old clients put them on the wire.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::support::{Answer, KEY, TestServer};

/// How a request is written.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Python up to 0.6: JSON, and not a word of it.
    Unnamed,
    /// JSON, and named so.
    Json,
    /// axios on a request without a body.
    Form,
}

/// A client that talks to one server.
pub(crate) struct Client<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) manner: Manner,
    pub(crate) version: Option<&'a str>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(server: &'a TestServer, manner: Manner) -> Self {
        Self { server, manner, version: None }
    }

    pub(crate) fn of_version(server: &'a TestServer, version: &'a str) -> Self {
        Self { server, manner: Manner::Json, version: Some(version) }
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> http::Request<Full<Bytes>> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", self.server.authority())
            .header("authorization", format!("Bearer {KEY}"));
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let content_type = match self.manner {
            Manner::Unnamed => None,
            Manner::Form if body.is_null() => Some("application/x-www-form-urlencoded"),
            Manner::Form | Manner::Json => Some("application/json"),
        };
        if let Some(content_type) = content_type.filter(|_| method != "GET") {
            request = request.header("content-type", content_type);
        }
        if let Some(version) = self.version {
            request = request.header("x-daytona-sdk-version", version);
        }
        request.body(Full::new(bytes.into())).unwrap()
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.server.send(self.request(method, path, &body)).await
    }

    /// The JSON of an answer with this status.
    pub(crate) async fn json(&self, status: u16, method: &str, path: &str, body: Value) -> Value {
        let answer = self.call(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        answer.json()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.json(200, "GET", path, Value::Null).await
    }

    /// An answer whose body is read as it comes.
    pub(crate) async fn follow(&self, path: &str) -> Following {
        let stream = TcpStream::connect(self.server.authority()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let response = sender.send_request(self.request("GET", path, &Value::Null)).await.unwrap();
        assert_eq!(response.status(), 200);
        Following { response, _sender: sender }
    }
}

/// A body on its way.
pub(crate) struct Following {
    pub(crate) response: http::Response<Incoming>,
    _sender: hyper::client::conn::http1::SendRequest<Full<Bytes>>,
}

impl Following {
    /// Text up to and with `end`.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            let frame = self.response.body_mut().frame().await.expect("the stream ended early").unwrap();
            text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
        }
        text
    }

    /// Whether nothing more comes.
    pub(crate) async fn ends(mut self) -> bool {
        self.response.body_mut().frame().await.is_none()
    }
}
