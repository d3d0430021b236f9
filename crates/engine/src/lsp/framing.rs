//! Messages on the wire: a head with the length, an empty line, the content.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;
use serde_json::Value;

/// What stands between head and content.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// Longest head, in bytes. Two short fields are all there ever are.
const LONGEST_HEAD: usize = 4096;
/// Longest content, in bytes: far more than any list of symbols, far less than memory.
const LONGEST_CONTENT: usize = 64 << 20;

/// What came is no message; where the next one begins cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the language server's framing is broken")]
pub(super) struct Broken;

/// A message as it is sent.
pub(super) fn frame(message: &Value) -> Vec<u8> {
    let content = message.to_string();
    let mut frame = format!("Content-Length: {}\r\n\r\n", content.len()).into_bytes();
    frame.extend_from_slice(content.as_bytes());
    frame
}

/// Takes messages out of bytes that arrive cut anywhere.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// What has come and was not taken yet.
    pub(super) received: BytesMut,
}

impl Frames {
    /// The content of the next message, if all of it has come.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let Some(end) = memmem::find(&self.received, END_OF_HEAD) else {
            return if self.received.len() > LONGEST_HEAD { Err(Broken) } else { Ok(None) };
        };
        let length = content_length(&self.received[..end]).filter(|length| *length <= LONGEST_CONTENT);
        let length = length.ok_or(Broken)?;
        let begin = end + END_OF_HEAD.len();
        if self.received.len() < begin + length {
            return Ok(None);
        }
        self.received.advance(begin);
        Ok(Some(self.received.split_to(length).freeze()))
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    head.split("\r\n").find_map(|field| {
        let (name, value) = field.split_once(':')?;
        if !name.trim().eq_ignore_ascii_case("content-length") {
            return None;
        }
        value.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn taken(frames: &mut Frames, bytes: &[u8]) -> Result<Vec<Value>, Broken> {
        frames.received.extend_from_slice(bytes);
        let mut messages = Vec::new();
        while let Some(content) = frames.next()? {
            messages.push(serde_json::from_slice(&content).map_err(|_| Broken)?);
        }
        Ok(messages)
    }

    proptest! {
        #[test]
        fn messages_arrive_whole_wherever_the_stream_is_cut(texts in prop::collection::vec(".*", 1..5), cut in 1_usize..40) {
            let messages: Vec<Value> = texts.iter().map(|text| json!({ "text": text })).collect();
            let stream: Vec<u8> = messages.iter().flat_map(frame).collect();
            let mut frames = Frames::default();
            let pieces = stream.chunks(cut).map(|piece| taken(&mut frames, piece));
            let arrived = pieces.collect::<Result<Vec<_>, _>>().map(|pieces| pieces.concat());
            prop_assert_eq!(arrived, Ok(messages));
        }

        #[test]
        fn any_bytes_are_a_message_or_broken_but_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..6000)) {
            let _outcome = taken(&mut Frames::default(), &bytes);
        }
    }

    #[test]
    fn heads_are_read_as_leniently_as_servers_write_them() {
        let head = b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:2\r\n\r\n{}";
        assert_eq!(taken(&mut Frames::default(), head), Ok(vec![json!({})]));
    }

    #[test]
    fn what_is_no_head_is_broken() {
        for bad in ["\r\n\r\n", "Content-Length: x\r\n\r\n", "Content-Length: 99999999999\r\n\r\n"] {
            assert_eq!(taken(&mut Frames::default(), bad.as_bytes()), Err(Broken), "{bad}");
        }
        assert_eq!(taken(&mut Frames::default(), &[b'x'; LONGEST_HEAD + 1]), Err(Broken));
    }
}
