//! JSON as the real daemon writes it.
//!
//! Beyond what JSON asks for, `<`, `>`, `&` and the two line separators of Unicode are escaped, and every byte that is not
//! UTF-8 becomes U+FFFD (toolbox-processes.md §1.1). Long program output is escaped chunk by chunk while it is sent, so
//! that it is held in memory once.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::ser::Formatter;

/// Media type of every successful JSON answer.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A JSON answer.
pub(crate) fn response(status: StatusCode, value: &impl Serialize) -> Response {
    (status, [(CONTENT_TYPE, JSON)], Body::from(to_vec(value))).into_response()
}

/// The value as JSON text. Values that have no JSON form, such as maps with keys that are no text, do not occur in
/// answers and give `null`.
pub(crate) fn to_vec(value: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(128);
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, GoFormatter);
    match value.serialize(&mut serializer) {
        Ok(()) => json,
        Err(error) => {
            tracing::error!(%error, "an answer has no JSON form");
            b"null".to_vec()
        }
    }
}

struct GoFormatter;

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(position) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, special) = rest.split_at(position);
            writer.write_all(plain.as_bytes())?;
            let Some(character) = special.chars().next() else { break };
            write!(writer, "\\u{:04x}", u32::from(character))?;
            rest = &special[character.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}
