//! `multipart/form-data`, read as it arrives.
//!
//! One part is open at a time; its content comes in the pieces the network delivers, which are handed on as they are: a
//! piece is copied only when its end may be the beginning of a delimiter. What is held in memory is one such piece. Error texts are those of the real daemon's library, because the bulk upload
//! hands them on (toolbox-files-git-desktop.md §2.10).

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use memchr::memmem;

/// Longest head of a part, in bytes.
const HEAD_LIMIT: usize = 64 * 1024;

/// Why a form cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormError {
    /// The body is no form.
    #[error("request Content-Type isn't multipart/form-data")]
    NoForm,
    /// The content type does not say where parts end.
    #[error("no multipart boundary param in Content-Type")]
    NoBoundary,
    /// The body ended between parts, without the closing boundary.
    #[error("multipart: NextPart: EOF")]
    End,
    /// The body ended in the middle of a part's content.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// A boundary has something else on its line.
    #[error("multipart: expecting a new Part")]
    NoPart,
    /// A part's head is too long.
    #[error("multipart: message too large")]
    TooLarge,
}

/// The head of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// `name`; empty when there is none.
    pub(super) name: String,
    /// Whether a file name was given, which makes it a file.
    pub(super) is_file: bool,
}

/// A form being read.
pub(super) struct Form<S> {
    stream: S,
    buffer: Bytes,
    /// Line end and boundary, as they stand before each part but the first.
    delimiter: Vec<u8>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Before the first boundary.
    Preamble,
    Content,
    /// A delimiter was read; its line was not.
    Boundary,
    Over,
    /// The body ended too early.
    Cut,
}

/// What the buffer holds next.
enum Found {
    /// Content without a delimiter in it.
    Content(Bytes),
    Delimiter,
    /// Nothing that could be decided without more.
    Undecided,
}

impl<S, E> Form<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    /// # Errors
    ///
    /// When the content type is not that of a form.
    pub(super) fn new(content_type: Option<&str>, stream: S) -> Result<Self, FormError> {
        let boundary = boundary(content_type.unwrap_or_default())?;
        // The first boundary may stand at the very beginning: then this line end belongs to it.
        let buffer = Bytes::from_static(b"\r\n");
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        Ok(Self { stream, buffer, delimiter, stage: Stage::Preamble })
    }

    /// The next part; what was not read of the last one is passed over. `None` after the closing boundary.
    pub(super) async fn next_part(&mut self) -> Result<Option<Part>, FormError> {
        loop {
            match self.stage {
                Stage::Preamble | Stage::Content => while self.piece().await?.is_some() {},
                Stage::Boundary => break,
                Stage::Over => return Ok(None),
                Stage::Cut => return Err(FormError::End),
            }
        }
        let line = self.line().await?;
        if line.starts_with(b"--") {
            self.stage = Stage::Over;
            return Ok(None);
        }
        if !line.trim_ascii().is_empty() {
            // A line of content that is taken for a boundary; there is no telling what comes after it.
            self.stage = Stage::Cut;
            return Err(FormError::NoPart);
        }
        if !line.ends_with(b"\r\n") && self.delimiter.starts_with(b"\r\n") {
            // A sender that ends lines with a line feed alone does so everywhere.
            self.delimiter.remove(0);
        }
        let part = self.head().await?;
        self.stage = Stage::Content;
        Ok(Some(part))
    }

    /// The next piece of the open part's content; `None` at its end.
    pub(super) async fn next_piece(&mut self) -> Result<Option<Bytes>, FormError> {
        match self.stage {
            Stage::Content | Stage::Cut => self.piece().await.map_err(|_| FormError::UnexpectedEnd),
            Stage::Preamble | Stage::Boundary | Stage::Over => Ok(None),
        }
    }

    /// The whole content of the open part, when it is not longer than `limit` bytes.
    pub(super) async fn whole(&mut self, limit: usize) -> Result<Vec<u8>, FormError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next_piece().await? {
            if whole.len() + piece.len() > limit {
                return Err(FormError::TooLarge);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Reads the rest of the body and forgets it: behind a proxy an answer before that resets the connection.
    pub(super) async fn drain(mut self) {
        drain(&mut self.stream).await;
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, FormError> {
        if self.stage == Stage::Cut {
            return Err(FormError::End);
        }
        loop {
            match self.find() {
                Found::Content(content) => return Ok(Some(content)),
                Found::Delimiter => {
                    self.stage = Stage::Boundary;
                    return Ok(None);
                }
                Found::Undecided => {}
            }
            if let Err(error) = self.fill().await {
                self.stage = Stage::Cut;
                let rest = std::mem::take(&mut self.buffer);
                // What came before the cut is content still; the next call tells of the end.
                return if rest.is_empty() { Err(error) } else { Ok(Some(rest)) };
            }
        }
    }

    fn find(&mut self) -> Found {
        let Some(position) = memmem::find(&self.buffer, &self.delimiter) else {
            let certain = self.buffer.len() - self.begun_delimiter();
            return if certain == 0 {
                Found::Undecided
            } else {
                Found::Content(self.buffer.split_to(certain))
            };
        };
        let end = position + self.delimiter.len();
        match self.buffer.get(end..end + 2) {
            None => {
                // Too little behind it to tell. Everything before it is content.
                if position == 0 { Found::Undecided } else { Found::Content(self.buffer.split_to(position)) }
            }
            Some(b"--" | [b' ' | b'\t' | b'\r' | b'\n', _]) if position == 0 => {
                self.buffer.advance(end);
                Found::Delimiter
            }
            Some(b"--" | [b' ' | b'\t' | b'\r' | b'\n', _]) => Found::Content(self.buffer.split_to(position)),
            // Content that begins like a delimiter and goes on.
            Some(_) => Found::Content(self.buffer.split_to(end)),
        }
    }

    /// How much of the buffer's end may be the beginning of a delimiter, in bytes.
    fn begun_delimiter(&self) -> usize {
        let longest = self.buffer.len().min(self.delimiter.len() - 1);
        let tail = &self.buffer[self.buffer.len() - longest..];
        let begins = |at: &usize| self.delimiter.starts_with(&tail[*at..]);
        memchr::memchr_iter(self.delimiter[0], tail).find(begins).map_or(0, |at| longest - at)
    }

    /// The part's head, up to and with its blank line.
    async fn head(&mut self) -> Result<Part, FormError> {
        let mut part = Part::default();
        let mut length = 0;
        loop {
            let line = self.line().await?;
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end();
            if text.is_empty() {
                // The blank line also ends the line before content, which may be empty: a delimiter right here must be
                // found with its line end.
                let end = if self.delimiter.starts_with(b"\r") { &b"\r\n"[..] } else { &b"\n"[..] };
                if self.starts_with_boundary().await {
                    self.buffer = [end, &self.buffer].concat().into();
                }
                return Ok(part);
            }
            length += line.len();
            if length > HEAD_LIMIT {
                return Err(FormError::TooLarge);
            }
            if let Some((name, value)) = text.split_once(':')
                && name.trim().eq_ignore_ascii_case("content-disposition")
            {
                part = disposition(value);
            }
        }
    }

    /// Whether the next line is a boundary, with nothing before it.
    async fn starts_with_boundary(&mut self) -> bool {
        let line_end = if self.delimiter.starts_with(b"\r") { 2 } else { 1 };
        let length = self.delimiter.len() - line_end;
        while self.buffer.len() < length {
            if self.fill().await.is_err() {
                return false;
            }
        }
        self.buffer.starts_with(&self.delimiter[line_end..])
    }

    /// One line with its end. The line of a closing boundary may lack one.
    async fn line(&mut self) -> Result<Bytes, FormError> {
        loop {
            if let Some(position) = memchr::memchr(b'\n', &self.buffer) {
                return Ok(self.buffer.split_to(position + 1));
            }
            if self.buffer.len() > HEAD_LIMIT {
                return Err(FormError::TooLarge);
            }
            if let Err(error) = self.fill().await {
                if self.stage == Stage::Boundary && self.buffer.starts_with(b"--") {
                    return Ok(std::mem::take(&mut self.buffer));
                }
                self.stage = Stage::Cut;
                return Err(error);
            }
        }
    }

    async fn fill(&mut self) -> Result<(), FormError> {
        match self.stream.next().await {
            Some(Ok(piece)) => {
                let whole =
                    if self.buffer.is_empty() { piece } else { [&self.buffer[..], &piece].concat().into() };
                self.buffer = whole;
                Ok(())
            }
            // Whoever reads on after an error meets the end.
            Some(Err(_)) | None => Err(FormError::End),
        }
    }
}

/// Reads a body to its end and forgets it.
pub(super) async fn drain<E>(stream: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) {
    while let Some(Ok(_)) = stream.next().await {}
}

/// Whether a content type says that the body is a form.
pub(super) fn is_form(content_type: Option<&str>) -> bool {
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("multipart/form-data")
}

fn boundary(content_type: &str) -> Result<String, FormError> {
    if !is_form(Some(content_type)) {
        return Err(FormError::NoForm);
    }
    let mut parameters = parameters(content_type);
    let found = parameters.find(|(name, value)| name == "boundary" && !value.is_empty());
    found.map(|(_, value)| value).ok_or(FormError::NoBoundary)
}

fn disposition(value: &str) -> Part {
    let mut part = Part::default();
    if !value.trim_start().to_ascii_lowercase().starts_with("form-data") {
        return part;
    }
    for (name, value) in parameters(value) {
        match name.as_str() {
            "name" => part.name = value,
            "filename" | "filename*" => part.is_file = true,
            _ => {}
        }
    }
    part
}

/// The parameters behind the first semicolon of a header: names in lower case, quotes taken off.
fn parameters(header: &str) -> impl Iterator<Item = (String, String)> {
    let mut rest = header.split_once(';').map_or("", |(_, rest)| rest);
    std::iter::from_fn(move || {
        let (name, behind) = rest.split_once('=')?;
        let name = name.trim_matches([' ', '\t', ';']).to_ascii_lowercase();
        let behind = behind.trim_start();
        let Some(quoted) = behind.strip_prefix('"') else {
            let (value, behind) = behind.split_once(';').unwrap_or((behind, ""));
            rest = behind;
            return Some((name, value.trim().to_owned()));
        };
        let mut value = String::new();
        let mut characters = quoted.char_indices();
        rest = "";
        while let Some((position, character)) = characters.next() {
            match character {
                '"' => {
                    rest = &quoted[position + 1..];
                    break;
                }
                // Only quotes and backslashes are escaped; a lone backslash is part of a foreign path.
                '\\' if matches!(characters.as_str().as_bytes().first(), Some(b'"' | b'\\')) => {
                    value.extend(characters.next().map(|(_, escaped)| escaped));
                }
                plain => value.push(plain),
            }
        }
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use proptest::prelude::*;

    use super::*;

    type Read = Vec<(String, bool, Vec<u8>)>;

    fn read(body: &[u8], boundary: &str, cut: usize) -> (Read, Result<(), FormError>) {
        let pieces: Vec<_> =
            body.chunks(cut).map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece))).collect();
        let content_type = format!("multipart/form-data; charset=x; boundary=\"{boundary}\"");
        let mut form = Form::new(Some(&content_type), stream::iter(pieces)).unwrap();
        let mut parts = Vec::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(async {
            while let Some(part) = form.next_part().await? {
                let mut content = Vec::new();
                while let Some(piece) = form.next_piece().await? {
                    content.extend_from_slice(&piece);
                }
                parts.push((part.name, part.is_file, content));
            }
            Ok(())
        });
        (parts, result)
    }

    fn encode(parts: &[(String, Vec<u8>)], boundary: &str, end: &str) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, content) in parts {
            body.extend(
                format!("--{boundary}{end}Content-Disposition: form-data; name=\"{name}\"{end}{end}").bytes(),
            );
            body.extend(content);
            body.extend(end.bytes());
        }
        body.extend(format!("--{boundary}--{end}").bytes());
        body
    }

    #[test]
    fn a_form_may_be_empty_have_a_preamble_and_lack_its_last_line_end() {
        for body in
            ["--B--\r\n", "--B--", "preamble\r\n--B--\r\nepilogue", "\r\n--B--", "--B  \r\n\r\n\r\n--B--"]
        {
            let (parts, result) = read(body.as_bytes(), "B", 3);
            assert_eq!(result, Ok(()), "{body:?}");
            assert!(parts.iter().all(|part| part.0.is_empty() && part.2.is_empty()), "{body:?}");
        }
    }

    #[test]
    fn names_are_unquoted_and_file_names_make_files() {
        let body = "--B\r\ncontent-disposition:form-data; filename=\"a;\\\"b\"; name=\"files[0].file\"\r\nX: y\r\n\r\n1\r\n\
                    --B\r\nContent-Disposition: form-data; name=plain\r\n\r\n2\r\n\
                    --B\r\nContent-Disposition: attachment; name=\"no\"\r\n\r\n3\r\n--B--";
        let (parts, result) = read(body.as_bytes(), "B", 1000);
        assert_eq!(result, Ok(()));
        let names: Vec<_> = parts.iter().map(|(name, is_file, _)| (name.as_str(), *is_file)).collect();
        assert_eq!(names, [("files[0].file", true), ("plain", false), ("", false)]);
    }

    #[test]
    fn a_body_that_breaks_off_says_where() {
        for (body, error) in [
            ("", FormError::End),
            ("--B\r\nContent-Dis", FormError::End),
            ("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf", FormError::UnexpectedEnd),
            ("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nwhole\r\n--B\r\n", FormError::End),
            ("no boundary at all", FormError::End),
        ] {
            assert_eq!(read(body.as_bytes(), "B", 4).1, Err(error), "{body:?}");
        }
    }

    #[test]
    fn a_boundary_with_more_on_its_line_is_no_part() {
        assert_eq!(read(b"--B and more\r\n\r\n\r\n--B--", "B", 4).1, Err(FormError::NoPart));
    }

    #[test]
    fn a_head_without_end_is_refused() {
        let body = format!("--B\r\nX: {}", "y".repeat(HEAD_LIMIT * 2));
        assert_eq!(read(body.as_bytes(), "B", 1000).1, Err(FormError::TooLarge));
    }

    #[test]
    fn what_is_no_form_is_told() {
        let new = |content_type| {
            Form::new(content_type, stream::iter([Ok::<_, Infallible>(Bytes::new())]))
                .err()
                .unwrap()
                .to_string()
        };
        assert_eq!(new(None), "request Content-Type isn't multipart/form-data");
        assert_eq!(new(Some("application/json")), "request Content-Type isn't multipart/form-data");
        assert_eq!(new(Some("multipart/form-data")), "no multipart boundary param in Content-Type");
        assert_eq!(
            new(Some("Multipart/Form-Data; boundary=")),
            "no multipart boundary param in Content-Type"
        );
    }

    /// Content that looks like boundaries as much as it can.
    fn content() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\r\n".to_vec()),
            Just(b"\r\n--".to_vec()),
            Just(b"\r\n--Bo".to_vec()),
            Just(b"\r\n--BoundX".to_vec()),
            Just(b"--Bound\r".to_vec()),
            Just(b"\r".to_vec()),
            Just(b"-".to_vec()),
            prop::collection::vec(any::<u8>(), 0..20),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_content_comes_out_as_it_went_in(
            contents in prop::collection::vec(content(), 0..5),
            cut in 1..40_usize,
            crlf in any::<bool>(),
        ) {
            let end = if crlf { "\r\n" } else { "\n" };
            let delimiter = |tail: &str| format!("{end}--Bound{tail}").into_bytes();
            let clash = |content: &[u8]| {
                let framed = [end.as_bytes(), content].concat();
                ["--", " ", "\t", "\r", "\n"].iter().any(|tail| memmem::find(&framed, &delimiter(tail)).is_some())
            };
            prop_assume!(!contents.iter().any(|content| clash(content)));
            let parts: Vec<_> =
                contents.into_iter().enumerate().map(|(number, content)| (format!("p{number}"), content)).collect();
            let (read, result) = read(&encode(&parts, "Bound", end), "Bound", cut);
            prop_assert_eq!(result, Ok(()));
            let read: Vec<_> = read.into_iter().map(|(name, _, content)| (name, content)).collect();
            prop_assert_eq!(read, parts);
        }

        #[test]
        fn no_bytes_make_it_panic_or_hang(body in prop::collection::vec(any::<u8>(), 0..200), cut in 1..9_usize) {
            let framed = [b"--B\r\n".as_slice(), &body].concat();
            prop_assert!(read(&framed, "B", cut).1.is_err() || memmem::find(&framed, b"--B--").is_some());
        }
    }
}
