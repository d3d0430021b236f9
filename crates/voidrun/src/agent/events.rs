//! What a command prints, as Server-Sent Events (voidrun.md §2.5, §3.5).
//!
//! ```text
//! bus ─▶ Lines, one for each stream ─▶ event: whole lines, or a piece of one that waits too long ─▶ exit
//! ```
//!
//! Published clients take the protocol by its letters, each differently: one knows line feeds only and keeps a blank
//! after the colon, the other strips blanks and cuts a line at a carriage return. So: `data:` without a blank, a line
//! feed at each end, one `data:` line for each line of text; a text that ends in a line feed ends in an empty one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use contract::voidrun::types::ExitEvent;
use engine::processes::Process;
use engine::processes::bus::{Piece, Reader, Source};
use futures_util::stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, HeaderName};
use tokio::time::{Instant, sleep_until};

use super::exec::TIMED_OUT;
use crate::reply;

/// How long an unfinished line waits for its end.
const LINE_PAUSE: Duration = Duration::from_millis(100);
/// An unfinished line longer than this goes out at once, in bytes.
const LONGEST_LINE: usize = 64 * 1024;
/// Silence that is broken by a comment: clients give up after five minutes of it.
const SILENCE: Duration = Duration::from_secs(15);

/// Everything a command prints from where `reader` stands, and its end.
pub(super) fn follow(process: Arc<Process>, reader: Reader) -> Response {
    let follower = Follower {
        process,
        reader,
        output: Lines::default(),
        errors: Lines::default(),
        flush_at: None,
        phase: Phase::Printing,
    };
    let events = stream::unfold(follower, async |mut follower| {
        let bytes = follower.next().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), follower))
    });
    let mut response = reply::streamed("text/event-stream", Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Printing,
    /// All was printed; the end is still to be told.
    Printed,
    Told,
}

struct Follower {
    process: Arc<Process>,
    reader: Reader,
    output: Lines,
    errors: Lines,
    /// When unfinished lines go out.
    flush_at: Option<Instant>,
    phase: Phase,
}

impl Follower {
    /// The next bytes of the answer.
    async fn next(&mut self) -> Option<Bytes> {
        let ping_at = Instant::now() + SILENCE;
        while self.phase == Phase::Printing {
            let wake_at = self.flush_at.map_or(ping_at, |flush_at| flush_at.min(ping_at));
            tokio::select! {
                biased;
                piece = self.reader.next() => {
                    let events = self.take(piece);
                    if !events.is_empty() {
                        return Some(events.into());
                    }
                }
                () = sleep_until(wake_at) => match self.flush_at {
                    Some(flush_at) if flush_at <= Instant::now() => {
                        let events = self.flush(Lines::unfinished);
                        if !events.is_empty() {
                            return Some(events.into());
                        }
                    }
                    _ => return Some(Bytes::from_static(b": ping\n\n")),
                },
            }
        }
        if self.phase == Phase::Told {
            return None;
        }
        self.phase = Phase::Told;
        let ended = self.process.ended().await;
        let exit = match ended.timed_out {
            true => ExitEvent { exit_code: TIMED_OUT.into(), error: Some("command timed out".to_owned()) },
            false => ExitEvent { exit_code: ended.exit.shell_code().into(), error: None },
        };
        Some(event("exit", &serde_json::to_string(&exit).unwrap_or_default()).into())
    }

    fn take(&mut self, piece: Piece) -> String {
        match piece {
            Piece::Chunk(chunk) => {
                let (name, lines) = match chunk.source {
                    Source::Output => ("stdout", &mut self.output),
                    Source::Errors => ("stderr", &mut self.errors),
                };
                let whole = lines.push(&chunk.bytes);
                let waiting = self.output.is_waiting() || self.errors.is_waiting();
                self.flush_at = waiting.then(|| self.flush_at.unwrap_or_else(|| Instant::now() + LINE_PAUSE));
                if whole.is_empty() { String::new() } else { event(name, &whole) }
            }
            Piece::End => {
                self.phase = Phase::Printed;
                self.flush(Lines::rest)
            }
            Piece::CutOff => {
                self.reader = self.process.attach();
                event("error", "this client was too slow; some output was lost")
            }
        }
    }

    fn flush(&mut self, what: fn(&mut Lines) -> String) -> String {
        self.flush_at = None;
        let mut events = String::new();
        for (name, lines) in [("stdout", &mut self.output), ("stderr", &mut self.errors)] {
            let text = what(lines);
            if !text.is_empty() {
                events.push_str(&event(name, &text));
            }
        }
        events
    }
}

/// One event.
fn event(name: &str, text: &str) -> String {
    let mut event = format!("event: {name}\n");
    for line in text.split('\n') {
        event.push_str("data:");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event
}

/// What one stream has printed and nobody was told of yet.
#[derive(Debug, Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// Takes more in and gives whole lines out.
    fn push(&mut self, bytes: &[u8]) -> String {
        self.0.extend_from_slice(bytes);
        match self.0.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => self.split_off(last + 1),
            None if self.0.len() > LONGEST_LINE => self.unfinished(),
            None => String::new(),
        }
    }

    fn is_waiting(&self) -> bool {
        !self.0.is_empty()
    }

    /// A line without its end, but for what cannot be told yet: half a character, and a carriage return that a line feed
    /// may follow.
    fn unfinished(&mut self) -> String {
        let whole = match std::str::from_utf8(&self.0) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.0.len(),
        };
        let end = if self.0[..whole].ends_with(b"\r") { whole - 1 } else { whole };
        self.split_off(end)
    }

    fn rest(&mut self) -> String {
        self.split_off(self.0.len())
    }

    fn split_off(&mut self, end: usize) -> String {
        let rest = self.0.split_off(end);
        let text = std::mem::replace(&mut self.0, rest);
        let text = String::from_utf8_lossy(&text);
        // A carriage return ends a line of the protocol itself, so it cannot be carried.
        if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.into_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_one_data_line_for_each_line_of_text_and_no_blank_after_the_colon() {
        assert_eq!(event("stdout", "hello\n"), "event: stdout\ndata:hello\ndata:\n\n");
        assert_eq!(event("stderr", "  a\n b"), "event: stderr\ndata:  a\ndata: b\n\n");
        assert_eq!(event("exit", "{\"exitCode\":0}"), "event: exit\ndata:{\"exitCode\":0}\n\n");
    }

    #[test]
    fn lines_go_out_whole_and_the_rest_waits() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(b"one\ntwo\nthr"), "one\ntwo\n");
        assert!(lines.is_waiting());
        assert_eq!(lines.push(b"ee\n"), "three\n");
        assert!(!lines.is_waiting());
    }

    #[test]
    fn characters_are_never_cut() {
        let mut lines = Lines::default();
        assert_eq!(lines.push("ž".as_bytes().split_at(1).0), "");
        assert_eq!(lines.unfinished(), "");
        assert_eq!(lines.push("ž".as_bytes().split_at(1).1), "");
        assert_eq!(lines.unfinished(), "ž");
    }

    #[test]
    fn carriage_returns_become_line_feeds() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(b"a\r\nb\rc\n"), "a\nb\nc\n");
        lines.push(b"50%\r");
        assert_eq!(lines.unfinished(), "50%");
        assert_eq!(lines.push(b"\n"), "\n");
    }
}
