//! A JSON reader in two passes.
//!
//! [`first_value`] finds the extent of the first value and words syntax errors as Go's decoder does; it keeps its own
//! stack, so depth costs memory instead of the thread's stack. [`Cursor`] then walks bytes known to be well-formed.
//! Source: toolbox-processes.md §1.1, toolbox-files-git-desktop.md §1.3; quoting and contexts are Go's public behaviour.

use std::ops::Range;

use serde_json::{Map, Number, Value};

/// Deepest nesting that counts as JSON at all; the limit of Go's decoder.
const MAX_DEPTH: usize = 10_000;

/// Deepest nesting of a value that is kept. Below that a value is only skipped: whoever walks or drops a kept value
/// does so recursively.
pub(super) const MAX_KEPT_DEPTH: usize = 128;

/// Why bytes are not JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SyntaxError {
    /// There is no value at all.
    Empty,
    /// The bytes end inside a value.
    Truncated,
    /// A byte that cannot stand where it stands; the whole message.
    Unexpected(String),
}

/// What an open bracket is waiting to be closed by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Array,
    Object,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    Separator,
}

/// The extent of the first value in `bytes`; what follows it is not looked at.
pub(super) fn first_value(bytes: &[u8]) -> Result<Range<usize>, SyntaxError> {
    let mut scanner = Scanner { bytes, at: 0, open: Vec::new() };
    scanner.skip_space();
    let start = scanner.at;
    if start == bytes.len() {
        return Err(SyntaxError::Empty);
    }
    scanner.value()?;
    Ok(start..scanner.at)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, SyntaxError> {
        let byte = self.peek().ok_or(SyntaxError::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// Reads one whole value, nested ones included.
    fn value(&mut self) -> Result<(), SyntaxError> {
        let mut expected = Expected::Value;
        loop {
            self.skip_space();
            let byte = self.next()?;
            expected = match expected {
                Expected::Value => self.begin(byte)?,
                Expected::ValueOrEnd if byte == b']' => self.close(),
                Expected::ValueOrEnd => self.begin(byte)?,
                Expected::KeyOrEnd if byte == b'}' => self.close(),
                Expected::Key | Expected::KeyOrEnd => {
                    if byte != b'"' {
                        return Err(unexpected(byte, "looking for beginning of object key string"));
                    }
                    self.string()?;
                    Expected::Colon
                }
                Expected::Colon if byte == b':' => Expected::Value,
                Expected::Colon => return Err(unexpected(byte, "after object key")),
                Expected::Separator => self.separator(byte)?,
            };
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Reads the start of a value: all of a scalar, or an opening bracket.
    fn begin(&mut self, byte: u8) -> Result<Expected, SyntaxError> {
        match byte {
            b'{' => return self.push(byte, Open::Object, Expected::KeyOrEnd),
            b'[' => return self.push(byte, Open::Array, Expected::ValueOrEnd),
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number(byte)?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => return Err(unexpected(byte, "looking for beginning of value")),
        }
        Ok(Expected::Separator)
    }

    fn push(&mut self, byte: u8, open: Open, next: Expected) -> Result<Expected, SyntaxError> {
        self.open.push(open);
        if self.open.len() > MAX_DEPTH {
            return Err(unexpected(byte, "exceeded max depth"));
        }
        Ok(next)
    }

    fn close(&mut self) -> Expected {
        self.open.pop();
        Expected::Separator
    }

    fn separator(&mut self, byte: u8) -> Result<Expected, SyntaxError> {
        match (self.open.last(), byte) {
            (Some(Open::Object), b',') => Ok(Expected::Key),
            (Some(Open::Array), b',') => Ok(Expected::Value),
            (Some(Open::Object), b'}') | (Some(Open::Array), b']') => Ok(self.close()),
            (Some(Open::Object), _) => Err(unexpected(byte, "after object key:value pair")),
            _ => Err(unexpected(byte, "after array element")),
        }
    }

    /// Reads a string behind its opening quote.
    fn string(&mut self) -> Result<(), SyntaxError> {
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte if byte < 0x20 => return Err(unexpected(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        match self.next()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    let byte = self.next()?;
                    if !byte.is_ascii_hexdigit() {
                        return Err(unexpected(byte, "in \\u hexadecimal character escape"));
                    }
                }
                Ok(())
            }
            byte => Err(unexpected(byte, "in string escape code")),
        }
    }

    /// Reads a number behind its first byte.
    fn number(&mut self, first: u8) -> Result<(), SyntaxError> {
        let leading = if first == b'-' { self.digit("in numeric literal")? } else { first };
        if leading != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
            self.digits();
        }
        Ok(())
    }

    fn digit(&mut self, context: &str) -> Result<u8, SyntaxError> {
        let byte = self.next()?;
        if byte.is_ascii_digit() { Ok(byte) } else { Err(unexpected(byte, context)) }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    /// Reads a literal behind its first byte.
    fn literal(&mut self, word: &str) -> Result<(), SyntaxError> {
        for wanted in word.bytes().skip(1) {
            let byte = self.next()?;
            if byte != wanted {
                return Err(unexpected(
                    byte,
                    &format!("in literal {word} (expecting '{}')", char::from(wanted)),
                ));
            }
        }
        Ok(())
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn unexpected(byte: u8, context: &str) -> SyntaxError {
    SyntaxError::Unexpected(format!("invalid character {} {context}", quote(byte)))
}

/// A byte as Go quotes it in a message: taken for a Latin-1 character, escaped unless printable.
fn quote(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        0x07 => r"'\a'".to_owned(),
        0x08 => r"'\b'".to_owned(),
        0x0c => r"'\f'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        0x0b => r"'\v'".to_owned(),
        0x00..0x20 | 0x7f => format!(r"'\x{byte:02x}'"),
        0x80..=0xa0 | 0xad => format!(r"'\u{byte:04x}'"),
        _ => format!("'{}'", char::from(byte)),
    }
}

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

/// A walk over bytes [`first_value`] has accepted. On other bytes the results mean nothing, but nothing panics either.
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
        while let Some(position) = memchr_backslash(rest) {
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
    /// The message of Go's decoder for it.
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

fn memchr_backslash(bytes: &[u8]) -> Option<usize> {
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
