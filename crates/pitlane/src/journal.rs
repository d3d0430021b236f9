//! `--journal FILE`: every exchange, written down without secrets.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::response::Response;
use conformance::trial::journal::{self, Answered, Asked, Line, Shown};
use conformance::{REDACTED, Redactor};
use edge::{BoxFuture, Exchange, Hook};
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt as _;
use serde_json::Value;

use crate::failure::Failure;

/// Longest body that is kept, in bytes; of others only the length is.
const LONGEST: u64 = 64 * 1024;
/// Operations whose bodies hold a secret under the plain name `value`.
const SECRETIVE: [&str; 3] = ["createApiKey", "createSecret", "updateSecret"];
/// Where clients show who they are, beside the usual header.
const KEY_HEADER: &str = "x-api-key";
const KEY_PARAMETERS: [&str; 3] = ["DAYTONA_SANDBOX_AUTH_KEY=", "token=", "apiKey="];

/// Writes the journal of one server.
pub(crate) struct Journal {
    file: Mutex<BufWriter<File>>,
    started: Instant,
    redactor: Redactor,
}

impl Journal {
    /// Begins a journal; one that is there is overwritten.
    pub(crate) fn hook(path: &Path, secrets: &[&str]) -> Result<Arc<dyn Hook>, Failure> {
        let file =
            File::create(path).map_err(Failure::io(format!("write the journal {}", path.display())))?;
        Ok(Arc::new(Self {
            file: Mutex::new(BufWriter::new(file)),
            started: Instant::now(),
            redactor: Redactor::new(secrets.iter().copied()),
        }))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn write(&self, line: &Line) {
        let Ok(mut text) = serde_json::to_vec(line) else { return };
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever reads along sees whole lines, and nothing is lost when the server is killed.
        if let Err(error) = file.write_all(&text).and_then(|()| file.flush()) {
            tracing::warn!(%error, "the journal cannot be written");
        }
    }

    fn headers(&self, headers: &HeaderMap) -> BTreeMap<String, String> {
        let mut kept: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in headers {
            let value = self.redactor.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
            let known = kept.entry(name.as_str().to_owned()).or_default();
            *known = if known.is_empty() { value } else { format!("{known}, {value}") };
        }
        kept
    }

    /// What is kept of a body, and the body to go on with. Only short JSON is waited for.
    async fn body(
        &self,
        exchange: &Exchange,
        headers: &HeaderMap,
        body: Body,
    ) -> (Option<journal::Body>, Body) {
        let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let length = body.size_hint().exact().or(declared);
        if length == Some(0) || body.is_end_stream() {
            return (None, body);
        }
        let is_short = length.is_some_and(|length| length <= LONGEST);
        if !is_short || !is_json(headers) {
            return (Some(journal::Body::Bytes(length)), body);
        }
        match body.collect().await {
            Ok(whole) => {
                let whole = whole.to_bytes();
                let kept =
                    self.json(exchange, &whole).map_or(journal::Body::Bytes(length), journal::Body::Json);
                (Some(kept), Body::from(whole))
            }
            // Whoever reads it must find it broken as well.
            Err(error) => {
                let broken = futures_util::stream::iter([Err::<Bytes, _>(error)]);
                (Some(journal::Body::Bytes(length)), Body::from_stream(broken))
            }
        }
    }

    fn json(&self, exchange: &Exchange, body: &[u8]) -> Option<Value> {
        let mut value: Value =
            serde_json::from_str(&self.redactor.text(std::str::from_utf8(body).ok()?)).ok()?;
        if exchange.operation.is_some_and(|operation| SECRETIVE.contains(&operation.id))
            && let Some(secret) = value.get_mut("value")
        {
            *secret = REDACTED.into();
        }
        Some(value)
    }
}

impl Hook for Journal {
    fn request<'a>(
        &'a self,
        exchange: &'a Exchange,
        request: Request,
    ) -> BoxFuture<'a, ControlFlow<Response, Request>> {
        Box::pin(async move {
            let at = self.now();
            let (parts, body) = request.into_parts();
            let (kept, body) = self.body(exchange, &parts.headers, body).await;
            let target = exchange.target.path_and_query().map_or("", |target| target.as_str());
            self.write(&Line::Asked(Asked {
                number: exchange.number,
                at,
                contract: exchange.document.map(|document| document.name.to_owned()),
                operation: exchange.operation.map(|operation| operation.id.to_owned()),
                method: parts.method.as_str().to_owned(),
                target: self.redactor.text(target),
                credential: shown(&parts.headers, target),
                headers: self.headers(&parts.headers),
                body: kept,
            }));
            ControlFlow::Continue(Request::from_parts(parts, body))
        })
    }

    fn response<'a>(&'a self, exchange: &'a Exchange, response: Response) -> BoxFuture<'a, Response> {
        Box::pin(async move {
            let at = self.now();
            let (parts, body) = response.into_parts();
            let (kept, body) = self.body(exchange, &parts.headers, body).await;
            self.write(&Line::Answered(Answered {
                number: exchange.number,
                at,
                status: parts.status.as_u16(),
                headers: self.headers(&parts.headers),
                body: kept,
            }));
            Response::from_parts(parts, body)
        })
    }
}

fn shown(headers: &HeaderMap, target: &str) -> Shown {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    if headers.contains_key(AUTHORIZATION) || headers.contains_key(KEY_HEADER) {
        Shown::Header
    } else if query.split('&').any(|pair| KEY_PARAMETERS.iter().any(|name| pair.starts_with(name))) {
        Shown::Query
    } else {
        Shown::Nothing
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.trim_start().starts_with("application/json")
}
