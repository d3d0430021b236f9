//! The two streams of a command in one log, told apart by markers (toolbox-processes.md §4.3).
//!
//! Every line of a log stands behind the marker of its stream. Whoever reads a log back gives text to the marker seen
//! last; bytes before the first one belong to nobody. A marker is three equal bytes, found from left to right, so what
//! a program prints can look like one and is then taken for one.

use memchr::{memchr2, memrchr2};

/// Bytes in a marker.
pub const MARKER: usize = 3;

/// One of the two streams a command prints to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
}

impl Stream {
    /// What stands before every line of this stream.
    #[must_use]
    pub const fn marker(self) -> [u8; MARKER] {
        [self.byte(); MARKER]
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Output => 1,
            Self::Errors => 2,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Output),
            2 => Some(Self::Errors),
            _ => None,
        }
    }

    /// The stream whose marker these bytes begin with.
    #[must_use]
    pub fn marked(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [a, b, c, ..] if a == b && b == c => Self::of(*a),
            _ => None,
        }
    }

    /// The stream of the last marker in the bytes.
    #[must_use]
    pub fn last_marked(bytes: &[u8]) -> Option<Self> {
        let mut end = bytes.len();
        while let Some(last) = memrchr2(1, 2, &bytes[..end]) {
            let found = last.checked_sub(MARKER - 1).and_then(|first| Self::marked(&bytes[first..]));
            if found.is_some() {
                return found;
            }
            end = last;
        }
        None
    }
}

/// Tells the streams of a log apart. The log comes in pieces that may be cut anywhere, also inside a marker.
#[derive(Clone, Copy, Debug, Default)]
pub struct Splitter {
    current: Option<Stream>,
    /// Byte and length of what may turn out to be a marker: one or two equal bytes at the end of the last piece.
    begun: Option<(u8, usize)>,
}

impl Splitter {
    /// Reads the next piece and hands out its text, each part with the stream it belongs to.
    pub fn push(&mut self, bytes: &[u8], mut text: impl FnMut(Option<Stream>, &[u8])) {
        let mut position = self.resume(bytes, &mut text);
        let mut start = position;
        while let Some(offset) = memchr2(1, 2, &bytes[position..]) {
            let found = position + offset;
            let byte = bytes[found];
            let run = bytes[found..].iter().take(MARKER).take_while(|next| **next == byte).count();
            position = found + run;
            if run < MARKER && position < bytes.len() {
                continue;
            }
            if start < found {
                text(self.current, &bytes[start..found]);
            }
            start = position;
            if run == MARKER {
                self.current = Stream::of(byte);
            } else {
                self.begun = Some((byte, run));
            }
        }
        if start < bytes.len() {
            text(self.current, &bytes[start..]);
        }
    }

    /// Hands out what is left when no piece follows.
    pub fn finish(&mut self, mut text: impl FnMut(Option<Stream>, &[u8])) {
        if let Some((byte, run)) = self.begun.take() {
            text(self.current, &[byte; MARKER][..run]);
        }
    }

    /// Ends what the last piece began; how many bytes of this piece that took.
    fn resume(&mut self, bytes: &[u8], text: &mut impl FnMut(Option<Stream>, &[u8])) -> usize {
        let Some((byte, begun)) = self.begun.take() else { return 0 };
        let more = bytes.iter().take(MARKER - begun).take_while(|next| **next == byte).count();
        let run = begun + more;
        if run == MARKER {
            self.current = Stream::of(byte);
        } else if more == bytes.len() {
            self.begun = Some((byte, run));
        } else {
            text(self.current, &[byte; MARKER][..run]);
        }
        more
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Bytes that meet the marker rules often.
    pub(crate) fn tricky() -> impl Strategy<Value = u8> {
        prop_oneof![4 => Just(1), 4 => Just(2), 3 => Just(b'\n'), 2 => Just(b'a'), 1 => Just(0xc3), 1 => Just(0xa9), 1 => any::<u8>()]
    }

    /// The text of output, of errors, and of neither.
    pub(crate) type Told = [Vec<u8>; 3];

    fn place(stream: Option<Stream>) -> usize {
        match stream {
            Some(Stream::Output) => 0,
            Some(Stream::Errors) => 1,
            None => 2,
        }
    }

    pub(crate) fn told(pieces: &[&[u8]]) -> Told {
        let mut told = Told::default();
        let mut splitter = Splitter::default();
        for piece in pieces {
            splitter.push(piece, |stream, text| told[place(stream)].extend_from_slice(text));
        }
        splitter.finish(|stream, text| told[place(stream)].extend_from_slice(text));
        told
    }

    /// The rule itself, one byte at a time.
    fn plainly_told(mut bytes: &[u8]) -> Told {
        let mut told = Told::default();
        let mut current = None;
        while let Some(first) = bytes.first() {
            if let Some(stream) = Stream::marked(bytes) {
                current = Some(stream);
                bytes = &bytes[MARKER..];
            } else {
                told[place(current)].push(*first);
                bytes = &bytes[1..];
            }
        }
        told
    }

    pub(crate) fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.push(bytes.len());
        cuts.sort_unstable();
        let starts = std::iter::once(0).chain(cuts.clone());
        starts.zip(cuts.iter()).map(|(start, end)| &bytes[start..*end]).collect()
    }

    #[test]
    fn what_a_program_prints_can_be_taken_for_a_marker() {
        let [output, errors, nobody] = told(&[b"lost\x01\x01\x01x\x01\x01\x01y\x02\x02\x02z\n"]);
        assert_eq!((&*output, &*errors, &*nobody), (&b"xy"[..], &b"z\n"[..], &b"lost"[..]));
    }

    proptest! {
        #[test]
        fn streams_are_told_apart_alike_however_the_log_is_cut(
            bytes in vec(tricky(), 0..60),
            cuts in vec(0..60_usize, 0..12),
        ) {
            let plainly = plainly_told(&bytes);
            prop_assert_eq!(&told(&[&bytes]), &plainly);
            prop_assert_eq!(&told(&cut(&bytes, &cuts)), &plainly);
        }

        #[test]
        fn the_last_marker_is_the_one_text_behind_the_bytes_belongs_to(bytes in vec(tricky(), 0..30)) {
            let mut splitter = Splitter::default();
            splitter.push(&bytes, |_, _| ());
            prop_assert_eq!(Stream::last_marked(&bytes), splitter.current);
        }
    }
}
