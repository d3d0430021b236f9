//! The first pass over JSON: where the first value ends, and what is wrong with it in the words of Go's decoder.
//!
//! Keeps its own stack, so depth costs memory instead of the thread's stack. Source: toolbox-processes.md §1.1,
//! toolbox-files-git-desktop.md §1.3; quoting and contexts are Go's public behaviour.

use std::ops::Range;

/// Deepest nesting that counts as JSON at all; the limit of Go's decoder.
const MAX_DEPTH: usize = 10_000;

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

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub(super) fn unexpected(byte: u8, context: &str) -> SyntaxError {
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
