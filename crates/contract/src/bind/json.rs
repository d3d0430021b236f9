//! The second pass over JSON: a walk over bytes that [`first_value`](super::syntax::first_value) has accepted, giving
//! values, text and numbers as Go's decoder gives them.

use serde_json::{Map, Number, Value};

use super::syntax::{SyntaxError, is_space, unexpected};

/// Deepest nesting of a value that is kept. Below that a value is only skipped: whoever walks or drops a kept value
/// does so recursively.
pub(super) const MAX_KEPT_DEPTH: usize = 128;

/// The kind of value a cursor stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Null,
    Bool(bool),
    Number,
    String,
    Array,
    Object,
}

/// A walk over well-formed JSON. On other bytes the results mean nothing, but nothing panics either.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// Looks at the next value without reading it.
    pub(super) fn token(&mut self) -> Token {
        self.skip_space();
        match self.peek() {
            Some(b'{') => Token::Object,
            Some(b'[') => Token::Array,
            Some(b'"') => Token::String,
            Some(b't') => Token::Bool(true),
            Some(b'f') => Token::Bool(false),
            Some(b'-' | b'0'..=b'9') => Token::Number,
            _ => Token::Null,
        }
    }

    /// Enters an array or object.
    pub(super) fn open(&mut self) {
        self.skip_space();
        self.at += 1;
    }

    /// Whether another element follows; steps over the comma before it, or over the closing bracket.
    pub(super) fn more(&mut self) -> bool {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                true
            }
            Some(b']' | b'}') => {
                self.at += 1;
                false
            }
            other => other.is_some(),
        }
    }

    /// Reads a member's name and the colon behind it.
    pub(super) fn key(&mut self) -> String {
        let key = self.string();
        self.skip_space();
        if self.peek() == Some(b':') {
            self.at += 1;
        }
        key
    }

    /// Reads a number as it is written.
    pub(super) fn number(&mut self) -> &'a str {
        self.skip_space();
        let start = self.at;
        self.skip_word();
        self.bytes
            .get(start..self.at)
            .and_then(|literal| std::str::from_utf8(literal).ok())
            .unwrap_or_default()
    }

    /// Skips a number or a literal.
    fn skip_word(&mut self) {
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        {
            self.at += 1;
        }
    }

    /// Reads a string; bytes that are no UTF-8 and halves of surrogate pairs become U+FFFD.
    pub(super) fn string(&mut self) -> String {
        let raw = self.raw_string();
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(position) = escape_position(rest) {
            push_lossy(&mut text, &rest[..position]);
            rest = push_escape(&mut text, &rest[position..]);
        }
        push_lossy(&mut text, rest);
        text
    }

    /// The bytes between the quotes.
    fn raw_string(&mut self) -> &'a [u8] {
        self.skip_space();
        self.at += 1;
        let start = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let raw = self.bytes.get(start..self.at).unwrap_or_default();
        self.at += 1;
        raw
    }

    /// Skips a whole value without recursion.
    pub(super) fn skip(&mut self) {
        let mut depth = 0_usize;
        loop {
            self.skip_space();
            match self.peek() {
                None => return,
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                Some(b'"') => {
                    self.raw_string();
                }
                Some(b',' | b':') => self.at += 1,
                Some(_) => {
                    let before = self.at;
                    self.skip_word();
                    // Never stands still, whatever the bytes are.
                    self.at = self.at.max(before + 1);
                }
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Reads any value as it is.
    pub(super) fn value(&mut self, depth: usize) -> Result<Value, KeepError> {
        match self.token() {
            Token::Null => {
                self.skip();
                Ok(Value::Null)
            }
            Token::Bool(value) => {
                self.skip();
                Ok(Value::Bool(value))
            }
            Token::String => Ok(Value::String(self.string())),
            Token::Number => {
                let literal = self.number();
                parse_number(literal).map(Value::Number).ok_or_else(|| KeepError::Number(literal.to_owned()))
            }
            Token::Array | Token::Object if depth >= MAX_KEPT_DEPTH => Err(KeepError::TooDeep(self.peek())),
            Token::Array => self.array(depth).map(Value::Array),
            Token::Object => self.object(depth).map(Value::Object),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value>, KeepError> {
        let mut elements = Vec::new();
        self.open();
        while self.more() {
            elements.push(self.value(depth + 1)?);
        }
        Ok(elements)
    }

    fn object(&mut self, depth: usize) -> Result<Map<String, Value>, KeepError> {
        let mut members = Map::new();
        self.open();
        while self.more() {
            let key = self.key();
            members.insert(key, self.value(depth + 1)?);
        }
        Ok(members)
    }
}

/// Why a well-formed value cannot be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeepError {
    /// Nested deeper than [`MAX_KEPT_DEPTH`]; the bracket that goes too far.
    TooDeep(Option<u8>),
    /// A number no double can hold.
    Number(String),
}

impl KeepError {
    /// The decoder's error for a bracket that goes too far.
    pub(super) fn too_deep(bracket: Option<u8>) -> SyntaxError {
        unexpected(bracket.unwrap_or(b'{'), "exceeded max depth")
    }
}

/// A number literal: a whole number stays exact as long as 64 bits hold it, anything else becomes a double. `None` when
/// no double holds it.
pub(super) fn parse_number(literal: &str) -> Option<Number> {
    if literal != "-0" {
        if let Ok(number) = literal.parse::<i64>() {
            return Some(number.into());
        }
        if let Ok(number) = literal.parse::<u64>() {
            return Some(number.into());
        }
    }
    literal.parse::<f64>().ok().and_then(Number::from_f64)
}

/// A whole number the Go type `name` (`int`, `uint16`, …) can hold.
pub(super) fn integer(literal: &str, name: &str) -> Option<Number> {
    let (unsigned, bits) = match name.strip_prefix("uint") {
        Some(bits) => (true, bits),
        None => (false, name.strip_prefix("int").unwrap_or_default()),
    };
    let unused = 64_u32.saturating_sub(bits.parse().unwrap_or(64));
    if unsigned {
        let number: u64 = literal.parse().ok()?;
        return (number <= u64::MAX >> unused).then(|| number.into());
    }
    let number: i64 = literal.parse().ok()?;
    ((i64::MIN >> unused)..=(i64::MAX >> unused)).contains(&number).then(|| number.into())
}

fn escape_position(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\\')
}

/// Appends bytes, one U+FFFD for each byte that is no UTF-8.
fn push_lossy(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
}

/// Appends the escape `bytes` starts with and returns what follows it.
fn push_escape<'a>(text: &mut String, bytes: &'a [u8]) -> &'a [u8] {
    let plain = match bytes.get(1) {
        Some(b'u') => return push_code_unit(text, bytes),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(other) => char::from(*other),
        None => char::REPLACEMENT_CHARACTER,
    };
    text.push(plain);
    bytes.get(2..).unwrap_or_default()
}

fn push_code_unit<'a>(text: &mut String, bytes: &'a [u8]) -> &'a [u8] {
    let Some(first) = code_unit(bytes) else {
        text.push(char::REPLACEMENT_CHARACTER);
        return bytes.get(2..).unwrap_or_default();
    };
    let rest = bytes.get(6..).unwrap_or_default();
    if let Some(Ok(pair)) = code_unit(rest).and_then(|second| char::decode_utf16([first, second]).next())
        && pair.len_utf16() == 2
    {
        text.push(pair);
        return rest.get(6..).unwrap_or_default();
    }
    text.push(char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER));
    rest
}

/// The number in a leading `\uXXXX`.
fn code_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
