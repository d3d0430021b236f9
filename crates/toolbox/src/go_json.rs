//! JSON as the real daemon writes it.
//!
//! Beyond what JSON asks for, `<`, `>`, `&` and the two line separators of Unicode are escaped, and every byte that is not
//! UTF-8 becomes U+FFFD (toolbox-processes.md §1.1). Long program output is escaped chunk by chunk while it is sent, so
//! that it is held in memory once.

use std::convert::Infallible;
use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use engine::output::Output;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::Formatter;

/// Media type of every successful JSON answer.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A JSON answer.
pub(crate) fn response(status: StatusCode, value: &impl Serialize) -> Response {
    ready(status, to_vec(value))
}

/// A JSON answer that is text already.
pub(crate) fn ready(status: StatusCode, json: Vec<u8>) -> Response {
    (status, [(CONTENT_TYPE, JSON)], Body::from(json)).into_response()
}

/// A list out of its items as JSON text, each behind a comma, cut into pieces between them.
pub(crate) fn array(pieces: Vec<Vec<u8>>) -> Vec<u8> {
    let length = pieces.iter().map(Vec::len).sum::<usize>() + 2;
    let mut pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
    let mut json = pieces.next().unwrap_or_else(|| vec![b',']);
    json.reserve_exact(length - json.len());
    json[0] = b'[';
    for piece in pieces {
        json.extend_from_slice(&piece);
    }
    json.push(b']');
    json
}

/// The value as JSON text. Values that have no JSON form, such as maps with keys that are no text, do not occur in
/// answers and give `null`.
pub(crate) fn to_vec(value: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(128);
    append(&mut json, value);
    json
}

fn append(json: &mut Vec<u8>, value: &impl Serialize) {
    let before = json.len();
    let mut serializer = serde_json::Serializer::with_formatter(&mut *json, GoFormatter);
    if let Err(error) = value.serialize(&mut serializer) {
        tracing::error!(%error, "an answer has no JSON form");
        json.truncate(before);
        json.extend_from_slice(b"null");
    }
}

/// The answer to a command: its exit code under this name and its output, then `members`. Output that is more than a chunk is escaped while
/// it is sent, and every chunk is let go once it is.
pub(crate) fn outcome(
    exit_code_name: &str,
    exit_code: i32,
    mut output: Output,
    members: &[(&str, Value)],
) -> Response {
    let mut piece = format!("{{\"{exit_code_name}\":{exit_code},\"result\":\"").into_bytes();
    let mut escaper = TextEscaper::default();
    if let Some(chunk) = output.next_chunk() {
        escaper.push(&chunk, &mut piece);
    }
    let mut end = vec![b'"'];
    for (name, value) in members {
        end.extend_from_slice(format!(",\"{name}\":").as_bytes());
        end.append(&mut to_vec(value));
    }
    end.push(b'}');
    let body = if output.is_empty() {
        escaper.finish(&mut piece);
        piece.append(&mut end);
        Body::from(piece)
    } else {
        let first = std::iter::once(piece);
        let rest = Pieces { output, escaper, end: Some(end) };
        Body::from_stream(stream::iter(first.chain(rest).map(Ok::<_, Infallible>)))
    };
    (StatusCode::OK, [(CONTENT_TYPE, JSON)], body).into_response()
}

/// What is left of an answer after its first chunk.
struct Pieces {
    output: Output,
    escaper: TextEscaper,
    end: Option<Vec<u8>>,
}

impl Iterator for Pieces {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if let Some(chunk) = self.output.next_chunk() {
            let mut piece = Vec::with_capacity(chunk.len() + chunk.len() / 8 + 16);
            self.escaper.push(&chunk, &mut piece);
            return Some(piece);
        }
        let mut end = self.end.take()?;
        let mut piece = Vec::with_capacity(end.len() + 16);
        self.escaper.finish(&mut piece);
        piece.append(&mut end);
        Some(piece)
    }
}

/// Escapes text that comes in pieces cut anywhere, also inside a character.
#[derive(Default)]
pub(crate) struct TextEscaper {
    /// First bytes of a character whose rest has not come yet.
    begun: Vec<u8>,
}

impl TextEscaper {
    /// Escapes the next piece.
    pub(crate) fn push(&mut self, mut bytes: &[u8], escaped: &mut Vec<u8>) {
        while !self.begun.is_empty() {
            let Some((first, rest)) = bytes.split_first() else { return };
            self.begun.push(*first);
            bytes = rest;
            let begun = std::mem::take(&mut self.begun);
            self.push_whole(&begun, escaped);
        }
        self.push_whole(bytes, escaped);
    }

    fn push_whole(&mut self, bytes: &[u8], escaped: &mut Vec<u8>) {
        let mut rest = bytes;
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(text) => return escape(text, escaped),
                Err(error) => error,
            };
            let (valid, broken) = rest.split_at(error.valid_up_to());
            escape(std::str::from_utf8(valid).unwrap_or_default(), escaped);
            let Some(length) = error.error_len() else {
                broken.clone_into(&mut self.begun);
                return;
            };
            replace(length, escaped);
            rest = &broken[length..];
        }
    }

    /// Gives up the character that no piece has ended.
    pub(crate) fn finish(&mut self, escaped: &mut Vec<u8>) {
        replace(std::mem::take(&mut self.begun).len(), escaped);
    }
}

/// Go counts every byte of a broken character for itself.
fn replace(broken_bytes: usize, escaped: &mut Vec<u8>) {
    for _ in 0..broken_bytes {
        escaped.extend_from_slice("\u{fffd}".as_bytes());
    }
}

/// Appends bytes as they stand between the quotes of a JSON string.
pub(crate) fn escape_bytes(bytes: &[u8], escaped: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        escape(chunk.valid(), escaped);
        replace(chunk.invalid().len(), escaped);
    }
}

/// Appends the text as it stands between the quotes of a JSON string.
fn escape(text: &str, escaped: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    for (position, byte) in bytes.iter().enumerate() {
        if !matches!(byte, 0..=0x1f | b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2) {
            continue;
        }
        let (escape, length) = match bytes[position..] {
            [b'"', ..] => ("\\\"", 1),
            [b'\\', ..] => ("\\\\", 1),
            [b'\n', ..] => ("\\n", 1),
            [b'\r', ..] => ("\\r", 1),
            [b'\t', ..] => ("\\t", 1),
            [0x08, ..] => ("\\b", 1),
            [0x0c, ..] => ("\\f", 1),
            [0xe2, 0x80, 0xa8, ..] => ("\\u2028", 3),
            [0xe2, 0x80, 0xa9, ..] => ("\\u2029", 3),
            [0xe2, ..] => continue,
            _ => ("", 1),
        };
        escaped.extend_from_slice(&bytes[start..position]);
        if escape.is_empty() {
            escaped.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        } else {
            escaped.extend_from_slice(escape.as_bytes());
        }
        start = position + length;
    }
    escaped.extend_from_slice(&bytes[start..]);
}

struct GoFormatter;

/// Whether a text may hold what is escaped beyond what JSON asks for. Looks at every byte, since many can be looked at in
/// one go that way.
fn may_need_escape(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| found | matches!(byte, b'<' | b'>' | b'&' | 0xe2))
}

impl Formatter for GoFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if !may_need_escape(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(pieces: &[&[u8]]) -> String {
        let mut escaper = TextEscaper::default();
        let mut text = Vec::new();
        for piece in pieces {
            escaper.push(piece, &mut text);
        }
        escaper.finish(&mut text);
        String::from_utf8(text).unwrap()
    }

    /// Go's own rule, one broken byte at a time.
    fn replaced(mut bytes: &[u8]) -> String {
        let mut text = String::new();
        while !bytes.is_empty() {
            let length =
                (1..=bytes.len().min(4)).find(|length| std::str::from_utf8(&bytes[..*length]).is_ok());
            let (character, rest) = bytes.split_at(length.unwrap_or(1));
            text.push_str(std::str::from_utf8(character).unwrap_or("\u{fffd}"));
            bytes = rest;
        }
        text
    }

    #[test]
    fn what_html_could_misread_is_escaped_in_members_too() {
        let json = to_vec(&serde_json::json!({"<k>": "a&b\u{2028}\u{2029}\u{202a}\u{7f}\u{1}\"\\/"}));
        let expected =
            r#"{"\u003ck\u003e":"a\u0026b\u2028\u2029"#.to_owned() + "\u{202a}\u{7f}" + r#"\u0001\"\\/"}"#;
        assert_eq!(String::from_utf8(json).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn text_is_escaped_alike_however_it_is_cut(
            bytes in proptest::collection::vec(prop_oneof![
                any::<u8>(), Just(b'<'), Just(b'"'), Just(0xe2), Just(0x80), Just(0xa8), Just(0xf0), Just(0x9f),
            ], 0..40),
            cuts in proptest::collection::vec(0..40_usize, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.push(bytes.len());
            cuts.sort_unstable();
            let mut start = 0;
            let mut pieces = Vec::new();
            for cut in cuts {
                pieces.push(&bytes[start..cut]);
                start = cut;
            }
            let text = escaped(&pieces);
            let special = ['<', '>', '&', '\u{2028}', '\u{2029}'];
            prop_assert!(!text.contains(special), "left as it was: {}", text);
            let read: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            prop_assert_eq!(read, replaced(&bytes));
        }

        #[test]
        fn members_and_output_are_escaped_alike(text: String) {
            let member = String::from_utf8(to_vec(&text)).unwrap();
            prop_assert_eq!(member, format!("\"{}\"", escaped(&[text.as_bytes()])));
        }
    }
}
