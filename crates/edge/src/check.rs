//! Holds requests and answers against the contract.
//!
//! Off in daily use; every test runs with it. An answer that departs from the contract is a fault of the emulator: it is
//! written down and, when enforcing, replaced by a 500 that says how it departs. A request that departs is only written
//! down, since the real servers accept much that their documents do not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use contract::Operation;
use contract::check::{Answer, Checker};
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde::Serialize;
use serde_json::json;

use crate::mount::Mounts;

/// Bodies above this are not collected to be checked; in bytes.
const LARGEST: u64 = 4 << 20;
/// How many findings are kept.
const KEPT: usize = 1000;

/// What is done with departures from the contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CheckMode {
    /// Nothing is checked.
    #[default]
    Off,
    /// Departures are written down.
    Record,
    /// Departures are written down, and an answer that departs becomes a 500.
    Enforce,
}

/// One departure from the contract.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Finding {
    /// Operation id.
    pub operation: &'static str,
    /// `request` or `answer`.
    pub side: &'static str,
    /// Status of the answer; absent for requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What departs, one sentence each.
    pub departures: Vec<String>,
}

/// Collected departures. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Findings(Arc<Mutex<Vec<Finding>>>);

impl Findings {
    fn add(&self, finding: Finding) {
        let mut findings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if findings.len() < KEPT {
            findings.push(finding);
        }
    }

    /// Departures of answers: faults of the emulator.
    #[must_use]
    pub fn violations(&self) -> Vec<Finding> {
        let findings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        findings.iter().filter(|finding| finding.side == "answer").cloned().collect()
    }

    /// Everything written down.
    #[must_use]
    pub fn all(&self) -> Vec<Finding> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One checker for each mounted document.
pub(crate) struct Checkers {
    mode: CheckMode,
    by_document: HashMap<&'static str, Checker>,
    findings: Findings,
}

impl Checkers {
    /// `None` when nothing is checked.
    pub(crate) fn new(mode: CheckMode, mounts: &Mounts, findings: Findings) -> Option<Self> {
        if mode == CheckMode::Off {
            return None;
        }
        let by_document =
            mounts.documents().into_iter().map(|document| (document.name, Checker::new(document)));
        Some(Self { mode, by_document: by_document.collect(), findings })
    }

    /// Writes down how a request's JSON body departs from the contract.
    pub(crate) async fn request(&self, operation: &'static Operation, request: Request) -> Request {
        let Some(schema) = operation.body.and_then(|body| body.schema) else { return request };
        let small = declared(request.headers()).is_some_and(|length| length <= LARGEST);
        if !small || !is_json(request.headers()) {
            return request;
        }
        let (parts, body) = request.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            // Whoever reads it must find it broken as well, not empty.
            Err(error) => {
                return Request::from_parts(parts, Body::from_stream(stream::iter([Err::<Bytes, _>(error)])));
            }
        };
        let departures = match serde_json::from_slice(&body) {
            Ok(value) => self.by_document[operation.document].departures(schema, &value),
            Err(error) => vec![format!("the body is not JSON: {error}")],
        };
        if !departures.is_empty() {
            self.findings.add(Finding { operation: operation.id, side: "request", status: None, departures });
        }
        Request::from_parts(parts, Body::from(body))
    }

    /// Holds an answer against the contract.
    pub(crate) async fn answer(&self, operation: &'static Operation, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let status = parts.status.as_u16();
        let collected = if parts.status == StatusCode::SWITCHING_PROTOCOLS || !is_checkable(&parts.headers) {
            Err(body)
        } else {
            collect_small(body).await
        };
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let answer = Answer { status, content_type, body: collected.as_ref().ok().map(Bytes::as_ref) };
        let departures = self.by_document[operation.document].answer(operation, answer);
        let body = collected.map_or_else(|body| body, Body::from);
        if departures.is_empty() {
            return Response::from_parts(parts, body);
        }
        tracing::error!(
            operation = operation.id,
            status,
            ?departures,
            "the answer departs from the contract"
        );
        self.findings.add(Finding {
            operation: operation.id,
            side: "answer",
            status: Some(status),
            departures: departures.clone(),
        });
        if self.mode != CheckMode::Enforce {
            return Response::from_parts(parts, body);
        }
        let message =
            format!("{} answered {status} against the contract: {}", operation.id, departures.join("; "));
        let body = json!({ "statusCode": 500, "error": "Internal Server Error", "message": message, "code": "CONTRACT_VIOLATION" });
        (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
    }
}

/// The whole body when it is small, and otherwise a body of the same bytes: one that does not say its length may be long.
async fn collect_small(mut body: Body) -> Result<Bytes, Body> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => collected.extend(frame.into_data()),
            Err(error) => return Err(Body::from(format!("the answer ended early: {error}"))),
        }
        if collected.len() as u64 > LARGEST {
            let collected = stream::iter([Ok(collected.freeze())]);
            return Err(Body::from_stream(collected.chain(body.into_data_stream())));
        }
    }
    Ok(collected.freeze())
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|content_type| content_type.starts_with("application/json"))
}

/// JSON of a moderate size, or nothing at all: what can be judged as a whole.
fn is_checkable(headers: &HeaderMap) -> bool {
    let length = declared(headers);
    length == Some(0) || (is_json(headers) && length.is_none_or(|length| length <= LARGEST))
}
