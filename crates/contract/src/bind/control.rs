//! The control plane's manner of binding: exact member names, unknown members ignored, `null` taken for left out, every
//! failed check reported at once.
//!
//! Source: control-plane.md §1.1 (bodies, query arrays, coercion), §1.4 (texts), §2.8 (limits), §10 (truth values).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::json::Cursor;
use super::rules::{self, Rule};
use super::syntax;
use crate::{Bound, Kind, Location, Operation, Parameter, Shape};

/// Text of the check that lets only `true` and `false` through.
const BOOLEAN_EXPECTED: &str = "Validation failed (boolean string is expected)";

/// Why a request cannot be bound; the display text is the `message` of the 400 answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlBindError {
    /// The body is not JSON, or neither an object nor a list. The answer has no `path` and no `timestamp`.
    #[error("Invalid JSON in request body")]
    Malformed,
    /// Failed checks in the order of the table, one text each.
    #[error("{}", .0.join(", "))]
    Invalid(Vec<String>),
}

/// Binds a JSON body; an empty one counts as `{}`.
///
/// The result is an object holding the known members that have a value, in the documented types and in the order of the
/// table. A member that is `null` is left out unless the table calls `null` a value of its own. Documented defaults are
/// not filled in: what an absent member means is the operation's business.
///
/// # Errors
///
/// [`ControlBindError`], always answered with 400.
pub fn body(shape: &'static Shape, bytes: &[u8]) -> Result<Value, ControlBindError> {
    let mut failures = Vec::new();
    let bound = rules::object(shape, parse(bytes)?, &mut failures);
    if failures.is_empty() { Ok(bound) } else { Err(ControlBindError::Invalid(failures)) }
}

/// Reads a whole body. A list is taken as an object without any member we know, which is what checks see in one.
fn parse(bytes: &[u8]) -> Result<Map<String, Value>, ControlBindError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    let extent = syntax::first_value(bytes).map_err(|_| ControlBindError::Malformed)?;
    let rest = bytes.get(extent.end..).unwrap_or_default();
    if !rest.iter().all(|byte| syntax::is_space(*byte)) {
        return Err(ControlBindError::Malformed);
    }
    let value = bytes.get(extent).unwrap_or_default();
    match Cursor::new(value).value(0) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(Value::Array(_)) => Ok(Map::new()),
        _ => Err(ControlBindError::Malformed),
    }
}

/// Binds the query parameters of an operation from the raw query (without the question mark).
///
/// Lists are taken from `k=a&k=b`, `k[]=a&k[]=b` and `k[0]=a`, and from a single value. Numbers are read from their
/// text. A truth value is `true` for the text `true` and `false` for any other, except where the operation documents
/// the error for anything but `true` and `false`. Documented defaults are filled in. The result is an object with the
/// parameters' names; parameters of the path and header ones are not in it.
///
/// # Errors
///
/// [`ControlBindError::Invalid`], answered with 400.
pub fn query(operation: &Operation, raw_query: Option<&str>) -> Result<Value, ControlBindError> {
    let pairs = pairs(raw_query.unwrap_or_default());
    let strict = operation.errors.iter().any(|error| error.message == BOOLEAN_EXPECTED);
    let mut bound = Map::new();
    let mut failures = Vec::new();
    for parameter in operation.parameters.iter().filter(|parameter| parameter.location == Location::Query) {
        let value = match parameter.kind {
            Kind::Bool => truth_value(&texts(&pairs, parameter.name), strict)?,
            _ => value_of(parameter, texts(&pairs, parameter.name)),
        };
        let value = if value.is_null() { default(&parameter.bound) } else { value };
        if let Some(value) = rule(parameter).check(Some(value), &mut failures) {
            bound.insert(parameter.name.to_owned(), value);
        }
    }
    if failures.is_empty() { Ok(Value::Object(bound)) } else { Err(ControlBindError::Invalid(failures)) }
}

fn rule(parameter: &Parameter) -> Rule<'_> {
    Rule {
        name: parameter.name,
        kind: parameter.kind,
        required: parameter.required,
        nullable: false,
        bound: &parameter.bound,
        lenient: parameter.lenient,
    }
}

fn default(bound: &Bound) -> Value {
    bound.default.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// The truth value of a parameter; `Null` when it is left out.
fn truth_value(texts: &[&str], strict: bool) -> Result<Value, ControlBindError> {
    match texts {
        [] => Ok(Value::Null),
        ["true"] => Ok(Value::Bool(true)),
        ["false"] => Ok(Value::Bool(false)),
        _ if strict => Err(ControlBindError::Invalid(vec![BOOLEAN_EXPECTED.to_owned()])),
        _ => Ok(Value::Bool(false)),
    }
}

/// The value a parameter's texts stand for, before any check. A parameter given more often than its type allows stays
/// a list, which no other type accepts.
fn value_of(parameter: &Parameter, texts: Vec<&str>) -> Value {
    match (parameter.kind, texts.as_slice()) {
        (_, []) => Value::Null,
        (Kind::Array(element), _) => texts.into_iter().map(|text| simple(*element, text)).collect(),
        (kind, [text]) => simple(kind, text),
        (_, _) => texts.into_iter().map(|text| Value::String(text.to_owned())).collect(),
    }
}

fn simple(kind: Kind, text: &str) -> Value {
    let text_itself = || Value::String(text.to_owned());
    match kind {
        Kind::Integer { .. } | Kind::Number => {
            rules::number_from_text(text).map_or_else(text_itself, Value::Number)
        }
        Kind::Bool => Value::Bool(text == "true"),
        _ => text_itself(),
    }
}

/// Every text given for a parameter, in order.
fn texts<'a>(pairs: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    pairs.iter().filter(|(key, _)| is_key_of(key, name)).map(|(_, value)| value.as_str()).collect()
}

/// Whether a key is the name itself or the name with an index in brackets.
fn is_key_of(key: &str, name: &str) -> bool {
    let Some(rest) = key.strip_prefix(name) else {
        return false;
    };
    let index = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    rest.is_empty() || index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
}

fn pairs(raw_query: &str) -> Vec<(String, String)> {
    raw_query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            (unescape(name), unescape(value))
        })
        .collect()
}

/// Undoes query escaping; what is no valid escape stays as it is.
fn unescape(text: &str) -> String {
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    percent_decode_str(&spaced).decode_utf8().map_or_else(|_| spaced.to_string(), Cow::into_owned)
}
