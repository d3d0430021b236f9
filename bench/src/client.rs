//! A client on one kept connection.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::Failure;

/// One connection to a server.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
}

impl Client {
    /// Connects.
    pub(crate) async fn connect(authority: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, authority: authority.to_owned() })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn call(&mut self, method: &str, path: &str, body: &str) -> Result<Bytes, Failure> {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.authority)
            .header("authorization", "Bearer bench")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            return Err(format!("{method} {path}: {status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(body)
    }

    /// Sends a request and reads its answer away piece by piece; its length in bytes.
    pub(crate) async fn read_away(&mut self, path: &str) -> Result<usize, Failure> {
        let request = http::Request::builder()
            .uri(path)
            .header("host", &self.authority)
            .header("authorization", "Bearer bench")
            .body(Full::default())?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let mut body = response.into_body();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame?.into_data().map_or(0, |data| data.len());
        }
        if status.is_success() { Ok(length) } else { Err(format!("GET {path}: {status}").into()) }
    }

    /// Creates a sandbox; its id.
    pub(crate) async fn sandbox(&mut self) -> Result<String, Failure> {
        let created: Value = serde_json::from_slice(&self.call("POST", "/api/sandbox", "{}").await?)?;
        Ok(created["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Ids of all sandboxes.
    pub(crate) async fn sandboxes(&mut self) -> Result<Vec<String>, Failure> {
        let mut ids = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/sandbox?limit=200{cursor}");
            let page: Value = serde_json::from_slice(&self.call("GET", &path, "").await?)?;
            let items = page["items"].as_array().cloned().unwrap_or_default();
            ids.extend(items.iter().filter_map(|item| item["id"].as_str().map(ToOwned::to_owned)));
            match page["nextCursor"].as_str() {
                Some(next) if !next.is_empty() => cursor = format!("&cursor={next}"),
                _ => return Ok(ids),
            }
        }
    }
}
