//! The toolbox daemon's manner of binding: Go's decoder over the first JSON value, then the check of required members.
//!
//! The content type is not looked at, member names match in any letter case (an exact match wins), unknown members and
//! bytes behind the first value are ignored, `null` is the same as left out, and the first mismatch of types is reported
//! after everything was read. Source: toolbox-processes.md §1.1, toolbox-files-git-desktop.md §1.3.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::json::{self, Cursor, KeepError, Token};
use super::syntax::{self, SyntaxError};
use crate::{Kind, Member, Shape};

/// Why a body cannot be bound. The display text is the daemon's own, without any prefix the operation adds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// The body is empty or blank: `EOF`.
    #[error("EOF")]
    Empty,
    /// The body ends inside a value: `unexpected EOF`.
    #[error("unexpected EOF")]
    Truncated,
    /// The body is not JSON: `invalid character 'x' looking for beginning of value`.
    #[error("{0}")]
    Syntax(String),
    /// A member has the wrong type: `json: cannot unmarshal … into Go struct field … of type …`.
    #[error("{0}")]
    Type(String),
    /// Required members are missing or zero: one `Key: …` line each.
    #[error("{0}")]
    Required(String),
}

impl From<SyntaxError> for BindError {
    fn from(error: SyntaxError) -> Self {
        match error {
            SyntaxError::Empty => Self::Empty,
            SyntaxError::Truncated => Self::Truncated,
            SyntaxError::Unexpected(message) => Self::Syntax(message),
        }
    }
}

/// Binds a JSON body.
///
/// The result is an object with canonical member names and documented types; members left out or `null` are not in it.
/// Documented defaults are not filled in: the daemon does not either.
///
/// # Errors
///
/// [`BindError`], whose display text is what the daemon puts behind its own prefix; always answered with 400.
pub fn body(shape: &'static Shape, bytes: &[u8]) -> Result<Value, BindError> {
    let value = bytes.get(syntax::first_value(bytes)?).unwrap_or_default();
    let mut decoder = Decoder { cursor: Cursor::new(value), field: None, path: Vec::new(), mismatch: None };
    let mut bound = Value::Null;
    decoder.decode(Kind::Object(shape), false, &mut bound, 0)?;
    if let Some(mismatch) = decoder.mismatch {
        return Err(BindError::Type(mismatch));
    }
    if bound.is_null() {
        bound = Value::Object(Map::new());
    }
    let mut missing = Vec::new();
    check_required(shape, shape.name, &bound, &mut missing);
    if missing.is_empty() { Ok(bound) } else { Err(BindError::Required(missing.join("\n"))) }
}

struct Decoder<'a> {
    cursor: Cursor<'a>,
    /// Name of the structure whose member is being read.
    field: Option<&'static str>,
    /// Names of the members on the way from the root.
    path: Vec<&'static str>,
    /// The first mismatch of types.
    mismatch: Option<String>,
}

impl Decoder<'_> {
    /// Reads the next value into `slot`, which holds what an earlier member of the same name left there; `Null` is
    /// nothing yet.
    fn decode(&mut self, kind: Kind, pointer: bool, slot: &mut Value, depth: usize) -> Result<(), BindError> {
        let token = self.cursor.token();
        match (kind, token) {
            (_, Token::Null) => {
                self.cursor.skip();
                if pointer || matches!(kind, Kind::Any | Kind::Array(_) | Kind::Map(_)) {
                    *slot = Value::Null;
                }
            }
            (Kind::Any, _) => self.any(slot, depth)?,
            (Kind::String, Token::String) => *slot = Value::String(self.cursor.string()),
            (Kind::Bool, Token::Bool(value)) => {
                self.cursor.skip();
                *slot = Value::Bool(value);
            }
            (Kind::Integer { name }, Token::Number) => {
                self.number(slot, kind, |literal| json::integer(literal, name));
            }
            (Kind::Number, Token::Number) => self.number(slot, kind, json::parse_number),
            (Kind::Array(element), Token::Array) => self.array(*element, slot, depth)?,
            (Kind::Map(element), Token::Object) => self.map(*element, slot, depth)?,
            (Kind::Object(shape), Token::Object) => self.object(shape, slot, depth)?,
            _ => {
                self.cursor.skip();
                self.note(describe(token), kind);
            }
        }
        Ok(())
    }

    fn any(&mut self, slot: &mut Value, depth: usize) -> Result<(), BindError> {
        match self.cursor.value(depth) {
            Ok(value) => *slot = value,
            Err(KeepError::TooDeep(bracket)) => return Err(KeepError::too_deep(bracket).into()),
            Err(KeepError::Number(literal)) => {
                // Nothing better can be told than the number that stopped the reading, so it stops here.
                self.note(&format!("number {literal}"), Kind::Number);
                return Err(BindError::Type(self.mismatch.take().unwrap_or_default()));
            }
        }
        Ok(())
    }

    fn number(&mut self, slot: &mut Value, kind: Kind, parse: impl FnOnce(&str) -> Option<Number>) {
        let literal = self.cursor.number();
        match parse(literal) {
            Some(number) => *slot = Value::Number(number),
            None => self.note(&format!("number {literal}"), kind),
        }
    }

    fn array(&mut self, element: Kind, slot: &mut Value, depth: usize) -> Result<(), BindError> {
        check_depth(depth, b'[')?;
        let mut elements = match slot.take() {
            Value::Array(elements) => elements,
            _ => Vec::new(),
        };
        let mut length = 0;
        self.cursor.open();
        while self.cursor.more() {
            if length == elements.len() {
                elements.push(zero(element));
            }
            if let Some(entry) = elements.get_mut(length) {
                self.decode(element, false, entry, depth + 1)?;
                settle(entry, element);
            }
            length += 1;
        }
        elements.truncate(length);
        *slot = Value::Array(elements);
        Ok(())
    }

    fn map(&mut self, element: Kind, slot: &mut Value, depth: usize) -> Result<(), BindError> {
        check_depth(depth, b'{')?;
        let mut members = match slot.take() {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        self.cursor.open();
        while self.cursor.more() {
            let key = self.cursor.key();
            let mut entry = zero(element);
            self.decode(element, false, &mut entry, depth + 1)?;
            settle(&mut entry, element);
            members.insert(key, entry);
        }
        *slot = Value::Object(members);
        Ok(())
    }

    fn object(&mut self, shape: &'static Shape, slot: &mut Value, depth: usize) -> Result<(), BindError> {
        check_depth(depth, b'{')?;
        let mut members = match slot.take() {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let outer = self.field;
        self.cursor.open();
        while self.cursor.more() {
            let key = self.cursor.key();
            let Some(member) = find_member(shape, &key) else {
                self.cursor.skip();
                continue;
            };
            self.field = Some(shape.name);
            self.path.push(member.name);
            let entry = members.entry(member.name).or_insert(Value::Null);
            self.decode(member.kind, member.nullable, entry, depth + 1)?;
            self.path.pop();
            self.field = outer;
        }
        members.retain(|_, value| !value.is_null());
        *slot = Value::Object(members);
        Ok(())
    }

    /// Remembers the first mismatch.
    fn note(&mut self, found: &str, wanted: Kind) {
        if self.mismatch.is_some() {
            return;
        }
        let place = match self.field {
            Some(field) => format!("Go struct field {field}.{}", self.path.join(".")),
            None => "Go value".to_owned(),
        };
        self.mismatch =
            Some(format!("json: cannot unmarshal {found} into {place} of type {}", go_type(wanted)));
    }
}

fn check_depth(depth: usize, bracket: u8) -> Result<(), BindError> {
    if depth < json::MAX_KEPT_DEPTH { Ok(()) } else { Err(KeepError::too_deep(Some(bracket)).into()) }
}

/// Puts the zero value where `null` or a mismatch left nothing.
fn settle(entry: &mut Value, kind: Kind) {
    if entry.is_null() {
        *entry = zero(kind);
    }
}

fn zero(kind: Kind) -> Value {
    match kind {
        Kind::Any => Value::Null,
        Kind::String => Value::String(String::new()),
        Kind::Bool => Value::Bool(false),
        Kind::Integer { .. } | Kind::Number => Value::Number(0.into()),
        Kind::Array(_) => Value::Array(Vec::new()),
        Kind::Map(_) | Kind::Object(_) => Value::Object(Map::new()),
    }
}

fn describe(token: Token) -> &'static str {
    match token {
        Token::Null => "null",
        Token::Bool(_) => "bool",
        Token::Number => "number",
        Token::String => "string",
        Token::Array => "array",
        Token::Object => "object",
    }
}

fn go_type(kind: Kind) -> Cow<'static, str> {
    match kind {
        Kind::Any => "interface {}".into(),
        Kind::String => "string".into(),
        Kind::Bool => "bool".into(),
        Kind::Integer { name } => name.into(),
        Kind::Number => "float64".into(),
        Kind::Array(element) => format!("[]{}", go_type(*element)).into(),
        Kind::Map(element) => format!("map[string]{}", go_type(*element)).into(),
        Kind::Object(shape) => format!("toolbox.{}", shape.name).into(),
    }
}

fn find_member(shape: &'static Shape, key: &str) -> Option<&'static Member> {
    shape
        .members
        .iter()
        .find(|member| member.name == key)
        .or_else(|| shape.members.iter().find(|member| same_folded(member.name, key)))
}

/// Whether two names differ in letter case only, in Go's sense: the long s and the Kelvin sign fold to ASCII letters.
fn same_folded(name: &str, key: &str) -> bool {
    name.chars().map(fold).eq(key.chars().map(fold))
}

fn fold(character: char) -> char {
    match character {
        '\u{17f}' => 'S',
        '\u{212a}' => 'K',
        other => other.to_ascii_uppercase(),
    }
}

/// Collects a line for each required member that is missing or zero, nested structures included.
fn check_required(shape: &'static Shape, namespace: &str, value: &Value, missing: &mut Vec<String>) {
    for member in shape.members {
        let found = value.get(member.name).unwrap_or(&Value::Null);
        let key = format!("{namespace}.{}", member.go_name);
        if let (Kind::Object(inner), Value::Object(_)) = (member.kind, found) {
            check_required(inner, &key, found, missing);
        } else if member.required && !is_present(member, found) {
            missing.push(format!(
                "Key: '{key}' Error:Field validation for '{}' failed on the 'required' tag",
                member.go_name
            ));
        }
    }
}

/// Whether a value passes as present: anything not zero, and for lists, maps and pointers anything at all.
fn is_present(member: &Member, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(_) | Value::Object(_) => true,
        _ if member.nullable || matches!(member.kind, Kind::Any) => true,
        Value::Bool(value) => *value,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
    }
}

/// A query string parsed as Go parses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// The first value of `name`; empty when there is none, which the daemon does not tell apart.
    #[must_use]
    pub fn first(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether `name` occurs at all.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
    }

    /// Every value of `name` in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Parses a raw query (without the question mark).
///
/// A piece with a semicolon or a broken percent escape is dropped and the rest kept; `+` is a space; names are
/// case-sensitive. Bytes that are no UTF-8 become U+FFFD.
#[must_use]
pub fn query(raw: Option<&str>) -> Query {
    let pieces = raw.unwrap_or_default().split('&').filter(|piece| !piece.is_empty() && !piece.contains(';'));
    let pairs = pieces.filter_map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        Some((unescape(name)?, unescape(value)?))
    });
    Query { pairs: pairs.collect() }
}

/// Undoes query escaping; `None` for a percent sign without two hexadecimal digits.
fn unescape(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let digits = tail.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
                decoded.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
                rest = tail.get(2..)?;
            }
            other => decoded.push(*other),
        }
    }
    Some(
        String::from_utf8(decoded)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}
