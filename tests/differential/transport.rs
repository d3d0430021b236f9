//! Requests as they are, one connection each.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::KEY;

/// Where requests of a case go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `host:port`.
    pub(crate) authority: String,
    /// Path below which the toolbox is.
    pub(crate) prefix: String,
}

/// An answer, collected.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It did not come in time.
    Late,
    /// The connection broke, or there was none.
    Broken(String),
}

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Late => formatter.write_str("no answer in time"),
            Self::Broken(why) => formatter.write_str(why),
        }
    }
}

fn broken(error: impl std::fmt::Display) -> NoAnswer {
    NoAnswer::Broken(error.to_string())
}

impl Target {
    /// A request below the prefix with the key; `headers` win over what would be sent.
    pub(crate) fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(String, Option<String>)],
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, NoAnswer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.prefix))
            .header("host", &self.authority)
            .header("authorization", format!("Bearer {KEY}"))
            .header("accept-encoding", "identity")
            .body(Full::new(Bytes::from(body)))
            .map_err(broken)?;
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().map_err(broken)?;
            match value {
                Some(value) => drop(request.headers_mut().insert(name, value.parse().map_err(broken)?)),
                None => drop(request.headers_mut().remove(name)),
            }
        }
        Ok(request)
    }

    /// Sends a request and collects the whole answer.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
        patience: Duration,
    ) -> Result<Answer, NoAnswer> {
        let exchange = async {
            let (parts, body) = self.open(request).await?.into_parts();
            let body = body.collect().await.map_err(broken)?.to_bytes();
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
        };
        timeout(patience, exchange).await.unwrap_or(Err(NoAnswer::Late))
    }

    /// Sends a request; the answer's head is there, its body comes, and the connection can be upgraded.
    pub(crate) async fn open(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, NoAnswer> {
        let stream = TcpStream::connect(&self.authority).await.map_err(broken)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // Ends when the answer is read, or when nobody reads it any more.
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await.map_err(broken)
    }

    /// Sends bytes on a bare connection; the first line of what comes back.
    pub(crate) async fn first_line(&self, bytes: &[u8], patience: Duration) -> Result<String, NoAnswer> {
        let exchange = async {
            let mut stream = TcpStream::connect(&self.authority).await.map_err(broken)?;
            stream.write_all(bytes).await.map_err(broken)?;
            let mut got = Vec::new();
            while !got.windows(2).any(|two| two == b"\r\n") {
                if stream.read_buf(&mut got).await.map_err(broken)? == 0 {
                    break;
                }
            }
            Ok(got)
        };
        let got = timeout(patience, exchange).await.unwrap_or(Err(NoAnswer::Late))?;
        let end = got.windows(2).position(|two| two == b"\r\n").unwrap_or(got.len());
        Ok(got[..end].iter().map(|byte| char::from(*byte)).collect())
    }

    /// A bare request with the prefix before its path and with the key, where it has a path.
    pub(crate) fn aimed(&self, text: &str) -> String {
        let mut lines = text.splitn(2, "\r\n");
        let (Some(first), Some(rest)) = (lines.next(), lines.next()) else { return text.to_owned() };
        let Some((method, path)) = first.split_once(" /") else { return text.to_owned() };
        format!("{method} {}/{path}\r\nAuthorization: Bearer {KEY}\r\n{rest}", self.prefix)
    }
}
