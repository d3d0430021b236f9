//! How clients tell the two streams of a log apart (sdk-clients.md §b.8).

use crate::socket::Told;

/// Whether a client remembers from one message to the next which stream it was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// Python, TypeScript, Go, Java.
    Kept,
    /// Ruby reads every message by itself.
    None,
}

/// Output and errors of followed messages; bytes before a first marker belong to nobody and are lost.
pub(crate) fn told_apart(messages: &[Told], memory: Memory) -> (String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut current = None;
    for message in messages {
        let mut bytes: &[u8] = match message {
            Told::Binary(bytes) => bytes,
            Told::Text(text) => text.as_bytes(),
        };
        if memory == Memory::None {
            current = None;
        }
        while let Some(first) = bytes.first() {
            match bytes {
                [1, 1, 1, rest @ ..] | [2, 2, 2, rest @ ..] => {
                    current = Some(*first);
                    bytes = rest;
                }
                [_, rest @ ..] => {
                    match current {
                        Some(1) => output.push(*first),
                        Some(_) => errors.push(*first),
                        None => {}
                    }
                    bytes = rest;
                }
                [] => {}
            }
        }
    }
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output), text(errors))
}
