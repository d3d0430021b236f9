//! One step of a case: a request and what is expected, or a script on a WebSocket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Expect, Side, Span};

/// One step. Exactly one of `http`, `sse`, `ws`, `socket`, `together` and `pause` says what it does.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Step {
    /// What the step is for, shown when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Method and path of a request, as `GET /sandbox/${sandbox.id}`; or a method and a whole address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// Method and path of a request answered by server-sent events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sse: Option<String>,
    /// Path of a WebSocket to open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ws: Option<String>,
    /// Name of a WebSocket an earlier step left open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<String>,
    /// Steps done at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together: Option<Vec<Step>>,
    /// Does nothing for a while; only where nothing can be waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Span>,

    /// The API the path belongs to; the case's own when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Side>,
    /// Query parameters; a list repeats the name, `null` leaves it out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Value>,
    /// Header fields; `null` takes away one the suite would send.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Option<String>>,
    /// Whose credential is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// A JSON body.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub json: Option<Value>,
    /// A text body, sent as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// A body of bytes in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// A `multipart/form-data` body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multipart: Option<Vec<Part>>,

    /// What the answer has to be.
    #[serde(skip_serializing_if = "is_default")]
    pub expect: Expect,
    /// Repeat the request until the expectation holds, for at most this long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Span>,
    /// Stop reading the body, and hang up, as soon as the text read so far matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Value>,
    /// Longest time for one request; the run's own limit when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Values kept for later steps, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, Capture>,

    /// `sse`: events that have to come in this order; others between them are passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Event>>,
    /// `ws`: subprotocols offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subprotocols: Vec<String>,
    /// `ws`, `socket`: what is sent and expected, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<Frame>,
    /// `ws`: leave the connection open under this name; otherwise it is closed when the script is over.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub keep_as: Option<String>,
}

/// Whose credential a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// The tenant's own key.
    Default,
    /// No credential.
    None,
    /// Another tenant's key.
    Other,
    /// A key nobody ever issued.
    Bad,
}

/// One part of a `multipart/form-data` body.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Part {
    /// Field name.
    pub name: String,
    /// File name; a plain field when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Media type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Content as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Content as bytes in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
}

/// Where a kept value is found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Capture {
    /// Path into the body read as JSON.
    Json(String),
    /// Somewhere else.
    From(CaptureFrom),
}

/// Where a kept value is found, other than in JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum CaptureFrom {
    /// A header's value.
    Header(String),
    /// Path into the body read as JSON; nothing is kept where it leads nowhere.
    Maybe(String),
    /// The first group of this pattern in the body read as text; `(?s)(.*)` is the whole.
    Text(String),
}

/// One server-sent event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Event {
    /// Matcher of the event's type; `message` where the server names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Value>,
    /// Matcher of the data as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Matcher of the data read as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// Matcher of the event's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
}

/// One move on a WebSocket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Frame {
    /// Sends a message.
    Send(Outgoing),
    /// The next message has to match.
    Receive(Incoming),
    /// Messages are passed over until one matches.
    Until(Incoming),
    /// Messages are joined until the text so far matches.
    Collect(Value),
    /// The server closes; messages before that are passed over.
    Closed(Closed),
    /// No message comes for this long.
    Silence(Span),
    /// Does nothing for a while.
    Pause(Span),
    /// Sends a ping; its pong has to come.
    Ping(String),
    /// Closes with this code; `closed` after it waits for the server's answer. A script that ends without it, on a
    /// WebSocket that is not kept, cuts the connection.
    Close(u16),
}

/// A message to send.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outgoing {
    /// A text message.
    Plain(String),
    /// A message of another kind.
    Typed(Typed),
}

/// A message to send, with its kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Typed {
    /// A text message.
    Text(String),
    /// A text message holding JSON.
    Json(Value),
    /// A binary message of this text's bytes.
    Binary(String),
    /// A binary message in base64.
    Base64(String),
}

/// What a message has to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Incoming {
    /// `text` or `binary`; either when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Matcher of the payload as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Value>,
    /// Matcher of the payload read as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// Longest time to wait for it; the run's limit for a request when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
    /// Values kept for later steps: paths into the payload read as JSON.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub capture: BTreeMap<String, String>,
}

/// How the server has to close.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Closed {
    /// Matcher of the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Value>,
    /// Matcher of the reason as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Value>,
    /// Matcher of the reason read as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// Longest time to wait for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

/// What a step does.
#[derive(Clone, Copy, Debug)]
pub enum StepKind<'a> {
    /// A request: method and path.
    Http(&'a str),
    /// A request answered by events: method and path.
    Sse(&'a str),
    /// Opens a WebSocket: path.
    WebSocket(&'a str),
    /// Goes on with an open WebSocket: its name.
    Socket(&'a str),
    /// Several steps at once.
    Together(&'a [Step]),
    /// Nothing for a while.
    Pause(Span),
}

impl Step {
    /// What the step does; an error text when it says nothing or two things.
    ///
    /// # Errors
    ///
    /// A sentence for the author of the case.
    pub fn kind(&self) -> Result<StepKind<'_>, String> {
        let mut kinds = [
            self.http.as_deref().map(StepKind::Http),
            self.sse.as_deref().map(StepKind::Sse),
            self.ws.as_deref().map(StepKind::WebSocket),
            self.socket.as_deref().map(StepKind::Socket),
            self.together.as_deref().map(StepKind::Together),
            self.pause.map(StepKind::Pause),
        ]
        .into_iter()
        .flatten();
        match (kinds.next(), kinds.next()) {
            (Some(kind), None) => Ok(kind),
            _ => Err("a step has exactly one of http, sse, ws, socket, together and pause".to_owned()),
        }
    }

    /// Whose credential it sends.
    #[must_use]
    pub fn auth(&self) -> Auth {
        self.auth.unwrap_or(Auth::Default)
    }

    pub(super) fn calls(&self, side: Side) -> bool {
        self.to == Some(side) || self.inner().any(|step| step.calls(side))
    }

    pub(super) fn speaks_as(&self, auth: Auth) -> bool {
        self.auth == Some(auth) || self.inner().any(|step| step.speaks_as(auth))
    }

    pub(super) fn inner(&self) -> impl Iterator<Item = &Step> {
        self.together.iter().flatten()
    }
}

/// `json: null` is a body, a missing `json` is none.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn is_default(expect: &Expect) -> bool {
    serde_json::to_value(expect).is_ok_and(|value| value.as_object().is_some_and(serde_json::Map::is_empty))
}
