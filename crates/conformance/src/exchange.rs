//! What is kept of a request and its answer, without secrets.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use serde::Serialize;

use crate::case::Side;
use crate::client::{Answer, Message};
use crate::redact::Redactor;

/// A request and its answer as a report shows them. Holds no secrets.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// Which step it belongs to: `fixture`, `step 2`, `cleanup 1`.
    pub step: String,
    /// Method and address.
    pub request: String,
    /// Header fields sent.
    pub request_headers: BTreeMap<String, String>,
    /// Body sent.
    pub request_body: String,
    /// API and operation, where the contract knows it.
    pub operation: Option<OperationName>,
    /// Status of the answer; none when there was no answer.
    pub status: Option<u16>,
    /// Header fields of the answer.
    pub headers: BTreeMap<String, String>,
    /// Body of the answer, or why there is none.
    pub body: String,
    /// Messages of a WebSocket and events of a stream, in order; `→` is what the suite sent.
    pub messages: Vec<String>,
    /// Milliseconds until the answer was complete.
    pub milliseconds: u64,
}

/// An operation of one of the contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OperationName {
    /// Its contract.
    pub contract: Side,
    /// Its id.
    pub id: &'static str,
}

impl Exchange {
    pub(crate) fn begin(
        redactor: &Redactor,
        step: &str,
        request: &Request<Bytes>,
        operation: Option<OperationName>,
    ) -> Self {
        Self {
            step: step.to_owned(),
            request: redactor.text(&format!("{} {}", request.method(), request.uri())),
            request_headers: headers(redactor, request.headers()),
            request_body: redactor.body(request.body()),
            operation,
            status: None,
            headers: BTreeMap::new(),
            body: String::new(),
            messages: Vec::new(),
            milliseconds: 0,
        }
    }

    pub(crate) fn answered(&mut self, redactor: &Redactor, answer: &Answer) {
        self.status = Some(answer.status.as_u16());
        self.headers = headers(redactor, &answer.headers);
        self.body = redactor.body(&answer.body);
        self.took(answer.elapsed);
    }

    pub(crate) fn opened(&mut self, redactor: &Redactor, status: u16, fields: &HeaderMap, elapsed: Duration) {
        self.status = Some(status);
        self.headers = headers(redactor, fields);
        self.took(elapsed);
    }

    pub(crate) fn failed(&mut self, redactor: &Redactor, problem: &str) {
        self.body = redactor.text(problem);
    }

    pub(crate) fn sent(&mut self, redactor: &Redactor, text: &str) {
        self.messages.push(format!("→ {}", redactor.body(text.as_bytes())));
    }

    pub(crate) fn received(&mut self, redactor: &Redactor, message: &Message) {
        let text = match message {
            Message::Text(text) => format!("← {}", redactor.body(text.as_bytes())),
            Message::Binary(bytes) => format!("← (binary) {}", redactor.body(bytes)),
            Message::Pong(_) => "← (pong)".to_owned(),
            Message::Closed { code, reason } => format!("← (closed {code}) {}", redactor.text(reason)),
            Message::Gone(why) => format!("← (gone) {}", redactor.text(why)),
        };
        self.messages.push(text);
    }

    fn took(&mut self, elapsed: Duration) {
        self.milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    }
}

fn headers(redactor: &Redactor, headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = redactor.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        kept.entry(name.as_str().to_owned())
            .and_modify(|known| *known = format!("{known}, {value}"))
            .or_insert(value);
    }
    kept
}
