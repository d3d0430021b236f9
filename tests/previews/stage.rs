//! A sandbox in which a program listens, and visitors of it.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::{Answer, TestServer, eventually};

const PROGRAM: &str = include_str!("program.py");

/// A server with a sandbox with a program.
pub(crate) struct Stage {
    pub(crate) server: TestServer,
    pub(crate) sandbox: String,
    pub(crate) port: u16,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(&[], json!({})).await
    }

    /// With arguments for the server, and a body for the sandbox.
    pub(crate) async fn with(arguments: &[&str], body: Value) -> Self {
        let server = TestServer::start_with(arguments);
        let created = server.request("POST", "/api/sandbox", body).await;
        assert_eq!(created.status, 200, "{}", created.text());
        let sandbox = created.json()["id"].as_str().unwrap().to_owned();
        let boundary = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p\"\r\n\r\n{PROGRAM}\r\n--b--\r\n"
        );
        let upload = http::Request::post(format!("/toolbox/{sandbox}/files/upload?path=program.py"))
            .header("authorization", "Bearer k")
            .header("content-type", "multipart/form-data; boundary=b")
            .body(Full::new(boundary.into()));
        let sent = server.send(upload.unwrap()).await;
        assert!(sent.status < 300, "{}", sent.text());
        let mut stage = Self { server, sandbox, port: 0 };
        stage.run().await;
        stage
    }

    /// Starts the program and waits until it listens.
    pub(crate) async fn run(&mut self) {
        let start = "rm -f port go; mkfifo go; (python3 program.py > port 2> errors &)";
        self.server.execute(&self.sandbox, start).await;
        let read = async || self.server.execute(&self.sandbox, "cat port errors").await;
        eventually("the program", async || read().await.trim().parse::<u16>().is_ok()).await;
        self.port = read().await.trim().parse().unwrap();
    }

    /// Address and token of the program's port.
    pub(crate) async fn preview(&self) -> (String, String) {
        let path = format!("/api/sandbox/{}/ports/{}/preview-url", self.sandbox, self.port);
        let answer = self.server.request("GET", &path, Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        assert_eq!(answer["sandboxId"], self.sandbox);
        (answer["url"].as_str().unwrap().to_owned(), answer["token"].as_str().unwrap().to_owned())
    }

    /// Lets the stream go on.
    pub(crate) async fn go_on(&self) {
        self.server.execute(&self.sandbox, "echo > go").await;
    }
}

/// A request to an address, with further header fields.
pub(crate) async fn visit(method: &str, url: &str, fields: &[(&str, &str)], body: &str) -> Answer {
    let response = begin(method, url, fields, body).await;
    let (parts, body) = response.0.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// What keeps a body coming.
pub(crate) type Connection = hyper::client::conn::http1::SendRequest<Full<Bytes>>;

/// The head of an answer, whose body is read as it comes; the connection lives as long as the second part.
pub(crate) async fn begin(
    method: &str,
    url: &str,
    fields: &[(&str, &str)],
    body: &str,
) -> (http::Response<Incoming>, Connection) {
    let rest = url.strip_prefix("http://").unwrap();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let stream = TcpStream::connect(authority).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::builder().method(method).uri(if path.is_empty() { "/" } else { path });
    if !fields.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", authority);
    }
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let body = Full::new(Bytes::from(body.to_owned()));
    (sender.send_request(request.body(body).unwrap()).await.unwrap(), sender)
}
