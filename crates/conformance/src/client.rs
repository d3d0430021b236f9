//! The suite's own HTTP client: one connection a request, nothing retried, nothing followed, nothing repaired, so that
//! what the server did is what the case sees.
//!
//! ```text
//! connect (TCP, TLS) ─▶ hyper's HTTP/1 ─▶ whole answer │ body as it comes (events) │ upgraded stream (WebSocket)
//! ```

mod connect;
mod events;
mod websocket;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

pub(crate) use connect::Connector;
pub(crate) use events::{EventReader, ServerEvent};
pub(crate) use websocket::{Message, Opening, Socket};

/// Largest body kept; a server that sends more is cut off.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) elapsed: Duration,
    /// Whether reading stopped before the body's end because the case had seen enough.
    pub(crate) cut: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens.
    #[error("no connection to {address}: {problem}")]
    Unreachable { address: String, problem: String },
    /// The server hung up before it had answered.
    #[error("the server hung up without an answer: {0}")]
    Dropped(String),
    /// The server hung up in the middle of its answer.
    #[error("the server hung up in the middle of its answer: {0}")]
    Cut(String),
    /// The answer is no HTTP.
    #[error("the answer is no HTTP: {0}")]
    Malformed(String),
    /// The server let us wait too long.
    #[error("no whole answer within {0:?}")]
    TooSlow(Duration),
    /// The answer is larger than the suite reads.
    #[error("the answer has more than {LARGEST_BODY} bytes")]
    TooLarge,
    /// The request cannot be sent at all.
    #[error("the request cannot be sent: {0}")]
    Request(String),
}

impl ClientError {
    /// Whether the server itself is gone or broken, rather than its answer wrong.
    pub(crate) fn is_dead_server(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Dropped(_))
    }

    fn from_hyper(error: &hyper::Error) -> Self {
        let text = std::error::Error::source(error)
            .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
        if error.is_parse() {
            Self::Malformed(text)
        } else if error.is_user() {
            Self::Request(text)
        } else {
            Self::Dropped(text)
        }
    }
}

/// Speaks HTTP to whatever server is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    connector: Connector,
}

/// Ends the connection's task with the value that needs it.
#[derive(Debug)]
struct Driver(tokio::task::JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Client {
    pub(crate) fn new(connector: Connector) -> Self {
        Self { connector }
    }

    /// Sends `request`, whose URI is absolute, and reads the whole answer, or as much as `enough` asks for.
    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
        limit: Duration,
        enough: impl Fn(&[u8]) -> bool,
    ) -> Result<Answer, ClientError> {
        let begin = Instant::now();
        let deadline = begin + limit;
        let (response, _driver) = self.begin(request, limit, deadline).await?;
        let (parts, body) = response.into_parts();
        let read = timeout_at(deadline, collect(body, enough)).await;
        let (body, cut) = read.map_err(|_| ClientError::TooSlow(limit))??;
        Ok(Answer { status: parts.status, headers: parts.headers, body, elapsed: begin.elapsed(), cut })
    }

    async fn begin(
        &self,
        request: Request<Bytes>,
        limit: Duration,
        deadline: Instant,
    ) -> Result<(http::Response<Incoming>, Driver), ClientError> {
        let exchange = async {
            let (mut sender, driver) = self.open(request.uri()).await?;
            let request = origin_form(request)?;
            let response = sender.send_request(request).await;
            response.map(|response| (response, driver)).map_err(|error| ClientError::from_hyper(&error))
        };
        timeout_at(deadline, exchange).await.map_err(|_| ClientError::TooSlow(limit))?
    }

    async fn open(
        &self,
        uri: &Uri,
    ) -> Result<(hyper::client::conn::http1::SendRequest<Full<Bytes>>, Driver), ClientError> {
        let stream = self.connector.connect(uri).await?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| ClientError::from_hyper(&error))?;
        let driver = Driver(tokio::spawn(async move {
            // What goes wrong on the connection is seen by the request waiting on it.
            let _ = connection.with_upgrades().await;
        }));
        Ok((sender, driver))
    }
}

/// The form servers get: path and query in the first line, the host in its header.
fn origin_form(request: Request<Bytes>) -> Result<Request<Full<Bytes>>, ClientError> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let authority = parts.uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
    let bad = |error: &dyn std::fmt::Display| ClientError::Request(error.to_string());
    if !parts.headers.contains_key(http::header::HOST) {
        parts.headers.insert(http::header::HOST, authority.parse().map_err(|error| bad(&error))?);
    }
    parts.uri = path.parse().map_err(|error| bad(&error))?;
    Ok(Request::from_parts(parts, Full::new(body)))
}

async fn collect(mut body: Incoming, enough: impl Fn(&[u8]) -> bool) -> Result<(Bytes, bool), ClientError> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ClientError::Cut(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        collected.extend_from_slice(&data);
        if collected.len() > LARGEST_BODY {
            return Err(ClientError::TooLarge);
        }
        if enough(&collected) {
            return Ok((collected.freeze(), true));
        }
    }
    Ok((collected.freeze(), false))
}
