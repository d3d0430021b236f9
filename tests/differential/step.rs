//! What a case may ask for, step by step. Read after the placeholders are filled in.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One step of a case.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Http(Box<HttpStep>),
    Shell(ShellStep),
    Socket(SocketStep),
    Sleep(SleepStep),
    /// The inner step keeps its placeholders: an earlier round may fill them.
    Poll(PollStep),
    Parallel(StepsStep),
    Sequence(StepsStep),
    Raw(RawStep),
}

impl Step {
    /// A step out of its JSON form.
    pub(crate) fn read(step: &Value) -> Result<Self, String> {
        let mut members = step.as_object().ok_or("a step is an object")?.clone();
        let kind = members.shift_remove("do");
        let step = Value::Object(members);
        let kind = kind.as_ref().and_then(Value::as_str).unwrap_or("http");
        let read = match kind {
            "http" => serde_json::from_value(step).map(|it| Self::Http(Box::new(it))),
            "sh" => serde_json::from_value(step).map(Self::Shell),
            "ws" => serde_json::from_value(step).map(Self::Socket),
            "sleep" => serde_json::from_value(step).map(Self::Sleep),
            "poll" => serde_json::from_value(step).map(Self::Poll),
            "parallel" => serde_json::from_value(step).map(Self::Parallel),
            "seq" => serde_json::from_value(step).map(Self::Sequence),
            "raw" => serde_json::from_value(step).map(Self::Raw),
            _ => return Err(format!("unknown step {kind}")),
        };
        read.map_err(|error| format!("{kind} step: {error}"))
    }
}

/// A request and how to look at its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpStep {
    #[serde(default = "get")]
    pub(crate) method: String,
    #[serde(default = "root")]
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: Query,
    /// A null value takes a header away that would be sent.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<String>>,
    #[serde(default, deserialize_with = "even_null")]
    pub(crate) json: Option<Value>,
    pub(crate) body: Option<String>,
    pub(crate) body_b64: Option<String>,
    pub(crate) multipart: Option<Multipart>,
    /// Seconds.
    #[serde(default = "thirty")]
    pub(crate) timeout: f64,
    /// Seconds; whether the answer came in time is part of it.
    pub(crate) within: Option<f64>,
    /// Variables by the path of the member they take.
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) mask: Vec<String>,
    /// Lists and the member they are ordered by.
    #[serde(default)]
    pub(crate) sort: Vec<(String, String)>,
    /// A list, a member, and how it must begin for an element to be kept.
    pub(crate) keep: Option<(String, String, String)>,
    #[serde(default, rename = "as")]
    pub(crate) kept: Kept,
}

/// How much of a body is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kept {
    #[default]
    Exact,
    Shape,
    None,
    Lines,
    Hash,
}

/// A query, ordered or not.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Query {
    Named(serde_json::Map<String, Value>),
    Ordered(Vec<(String, Value)>),
}

impl Default for Query {
    fn default() -> Self {
        Self::Ordered(Vec::new())
    }
}

impl Query {
    /// The query as it stands in a request target, `?` included; empty when there is none.
    pub(crate) fn encoded(&self) -> String {
        let pairs: Vec<(&str, &Value)> = match self {
            Self::Named(pairs) => pairs.iter().map(|(name, value)| (name.as_str(), value)).collect(),
            Self::Ordered(pairs) => pairs.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        };
        if pairs.is_empty() {
            return String::new();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs {
            query.append_pair(name, &text_of(value));
        }
        format!("?{}", query.finish())
    }
}

/// A JSON value as a word in a URL, a header or a sort key.
pub(crate) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// A multipart body, built byte by byte so that odd ones can be sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Multipart {
    parts: Vec<Part>,
    #[serde(default = "boundary")]
    boundary: String,
    /// Without the delimiter that ends it.
    #[serde(default)]
    unterminated: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    name: Option<String>,
    filename: Option<String>,
    r#type: Option<String>,
    raw_headers: Option<String>,
    text: Option<String>,
    b64: Option<String>,
    repeat: Option<(String, usize)>,
}

impl Multipart {
    /// The body's bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        for part in &self.parts {
            body.extend(format!("--{}\r\n{}\r\n\r\n", self.boundary, part.headers()).bytes());
            body.extend(part.content()?);
            body.extend(b"\r\n");
        }
        if !self.unterminated {
            body.extend(format!("--{}--\r\n", self.boundary).bytes());
        }
        Ok(body)
    }

    /// Its media type.
    pub(crate) fn media_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }
}

impl Part {
    fn headers(&self) -> String {
        if let Some(headers) = &self.raw_headers {
            return headers.clone();
        }
        let name = self.name.as_deref().unwrap_or_default();
        let file = self.filename.as_ref().map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
        let media =
            self.r#type.as_ref().map(|media| format!("\r\nContent-Type: {media}")).unwrap_or_default();
        format!("Content-Disposition: form-data; name=\"{name}\"{file}{media}")
    }

    fn content(&self) -> Result<Vec<u8>, String> {
        if let Some(encoded) = &self.b64 {
            return decoded(encoded);
        }
        if let Some((text, times)) = &self.repeat {
            return Ok(text.repeat(*times).into_bytes());
        }
        Ok(self.text.clone().unwrap_or_default().into_bytes())
    }
}

/// Bytes of a Base64 text.
pub(crate) fn decoded(encoded: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(encoded).map_err(|error| error.to_string())
}

/// A command in the case's directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShellStep {
    pub(crate) cmd: String,
    #[serde(default)]
    pub(crate) save: Vec<String>,
}

/// A WebSocket and what is done on it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SocketStep {
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: Query,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) subprotocols: Vec<String>,
    #[serde(default)]
    pub(crate) script: Vec<Vec<Value>>,
    #[serde(default)]
    pub(crate) mode: Mode,
    /// Seconds until the handshake must be over.
    #[serde(default = "ten")]
    pub(crate) open_timeout: f64,
    /// Whether the way it closed is looked at.
    #[serde(default = "yes")]
    pub(crate) ws_close: bool,
}

/// What is kept of the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    #[default]
    Frames,
    Concat,
    Marks,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SleepStep {
    /// Seconds.
    pub(crate) s: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PollStep {
    pub(crate) step: Value,
    /// A member and the value waited for; `*` for any.
    pub(crate) until: (String, Value),
    /// Seconds.
    #[serde(default = "ten")]
    pub(crate) timeout: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepsStep {
    pub(crate) steps: Vec<Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStep {
    pub(crate) text: Option<String>,
    pub(crate) b64: Option<String>,
    /// Seconds.
    #[serde(default = "five")]
    pub(crate) timeout: f64,
}

fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn get() -> String {
    String::from("GET")
}

fn root() -> String {
    String::from("/")
}

fn boundary() -> String {
    String::from("XcaseX")
}

fn yes() -> bool {
    true
}

fn five() -> f64 {
    5.0
}

fn ten() -> f64 {
    10.0
}

fn thirty() -> f64 {
    30.0
}
