//! What a server writes down of every exchange: one line of JSON for each request, one for each answer.
//!
//! Whoever writes it takes secrets out first. An answer is told from others by its number, since many are on their way at
//! the same time; a request whose client left has none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Line {
    /// A request came.
    Asked(Asked),
    /// It was answered.
    Answered(Answered),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Counts exchanges from the server's start on.
    pub number: u64,
    /// When it came; microseconds since the server's start.
    pub at: u64,
    /// The document its path belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// The operation meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path and query as the client sent them.
    pub target: String,
    /// How the client showed who it is.
    pub credential: Shown,
    /// Header fields; those that are secrets hold a mark instead.
    pub headers: BTreeMap<String, String>,
    /// The body, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// The number of its request.
    pub number: u64,
    /// When its head was ready; microseconds since the server's start.
    pub at: u64,
    /// HTTP status.
    pub status: u16,
    /// Header fields, as of the request.
    pub headers: BTreeMap<String, String>,
    /// The body, where it is known before it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// A body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Body {
    /// JSON, without secrets.
    Json(Value),
    /// Something else, or too long to be kept: its length in bytes, where that is known.
    Bytes(Option<u64>),
}

/// How a client shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Shown {
    /// By a header field.
    Header,
    /// By the query.
    Query,
    /// Not at all.
    Nothing,
}
