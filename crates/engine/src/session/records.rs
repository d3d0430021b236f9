//! From what a stream prints to records of the log: a marker, one line, a line feed.
//!
//! A line that has not ended is kept back until its line feed or the end of the stream, so that the lines of two streams
//! never mix. Only a line longer than [`LONGEST_KEPT`] goes to the log in parts, for memory has to stay bounded; then the
//! other stream may come in between, and the marker is repeated.

use memchr::memchr_iter;

use super::streams::Stream;

/// Longest part of a line that is kept back, in bytes.
pub(crate) const LONGEST_KEPT: usize = 256 * 1024;

/// Makes records of one stream.
#[derive(Debug)]
pub(crate) struct Recorder {
    stream: Stream,
    /// Begun line, as far as it is not in the log.
    kept: Vec<u8>,
    /// Whether the log holds the first part of a line that has not ended.
    unfinished: bool,
}

/// The stream whose line is unfinished at the very end of the log.
pub(crate) type OpenLine = Option<Stream>;

impl Recorder {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, kept: Vec::new(), unfinished: false }
    }

    /// Appends the records of what was printed.
    pub(crate) fn push(&mut self, printed: &[u8], open: &mut OpenLine, log: &mut Vec<u8>) {
        log.reserve(self.kept.len() + printed.len() + printed.len() / 8);
        let mut start = 0;
        for end in memchr_iter(b'\n', printed) {
            self.continue_line(open, log);
            log.extend_from_slice(&printed[start..=end]);
            *open = None;
            self.unfinished = false;
            start = end + 1;
        }
        self.kept.extend_from_slice(&printed[start..]);
        if self.kept.len() > LONGEST_KEPT {
            self.continue_line(open, log);
            self.kept.shrink_to(0);
            *open = Some(self.stream);
            self.unfinished = true;
        }
    }

    /// Ends a line that has not ended; nothing is printed any more.
    pub(crate) fn finish(&mut self, open: &mut OpenLine, log: &mut Vec<u8>) {
        if self.unfinished || !self.kept.is_empty() {
            self.push(b"\n", open, log);
        }
    }

    /// What is kept back, behind a marker unless its line stands at the end of the log already.
    fn continue_line(&mut self, open: &OpenLine, log: &mut Vec<u8>) {
        if *open != Some(self.stream) {
            log.extend_from_slice(&self.stream.marker());
        }
        log.append(&mut self.kept);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::streams::tests::{cut, told, tricky};
    use super::*;

    fn recorded(pieces: &[(Stream, &[u8])]) -> Vec<u8> {
        let mut recorders = [Recorder::new(Stream::Output), Recorder::new(Stream::Errors)];
        let (mut open, mut log) = (None, Vec::new());
        for (stream, piece) in pieces {
            recorders[usize::from(*stream == Stream::Errors)].push(piece, &mut open, &mut log);
        }
        for recorder in &mut recorders {
            recorder.finish(&mut open, &mut log);
        }
        log
    }

    #[test]
    fn every_line_stands_whole_behind_its_marker() {
        let log = recorded(&[
            (Stream::Output, b"one\ntw"),
            (Stream::Errors, b"oops\n"),
            (Stream::Output, b"o\n\nlast"),
        ]);
        assert_eq!(
            log,
            b"\x01\x01\x01one\n\x02\x02\x02oops\n\x01\x01\x01two\n\x01\x01\x01\n\x01\x01\x01last\n"
        );
    }

    #[test]
    fn a_line_too_long_to_keep_is_written_in_parts_that_read_back_whole() {
        let long = vec![b'x'; LONGEST_KEPT + 1];
        let alone =
            recorded(&[(Stream::Output, &long), (Stream::Output, &long), (Stream::Output, b"!\nend")]);
        assert_eq!(alone.len(), 3 + 2 * long.len() + 2 + 3 + 4);
        let mixed = recorded(&[(Stream::Output, &long), (Stream::Errors, b"e\n"), (Stream::Output, b"!")]);
        let [output, errors, _] = told(&[&mixed]);
        assert_eq!((output.len(), &*errors), (long.len() + 2, &b"e\n"[..]));
        assert!(output.ends_with(b"x!\n"));
        let interrupted = recorded(&[(Stream::Output, &long), (Stream::Errors, b"e\n")]);
        assert!(told(&[&interrupted])[0].ends_with(b"x\n"), "the line feed of an interrupted line");
    }

    proptest! {
        #[test]
        fn one_stream_gives_the_same_log_however_its_bytes_arrive(
            bytes in vec(tricky(), 0..60),
            cuts in vec(0..60_usize, 0..12),
        ) {
            let whole = recorded(&[(Stream::Errors, &bytes)]);
            let pieces: Vec<_> = cut(&bytes, &cuts).into_iter().map(|piece| (Stream::Errors, piece)).collect();
            prop_assert_eq!(recorded(&pieces), whole);
        }

        #[test]
        fn both_streams_read_back_as_they_were_printed_but_for_the_last_line_feed(
            pieces in vec((any::<bool>(), "[a-c\n\u{e9}]{0,9}"), 0..20),
        ) {
            let stream = |errors| if errors { Stream::Errors } else { Stream::Output };
            let given: Vec<_> = pieces.iter().map(|(errors, text)| (stream(*errors), text.as_bytes())).collect();
            let [output, errors, nobody] = told(&[&recorded(&given)]);
            for (wanted, read) in [(Stream::Output, output), (Stream::Errors, errors)] {
                let printed = given.iter().filter(|(stream, _)| *stream == wanted);
                let mut printed: Vec<u8> = printed.flat_map(|(_, piece)| piece.iter().copied()).collect();
                if !printed.is_empty() && !printed.ends_with(b"\n") {
                    printed.push(b'\n');
                }
                prop_assert_eq!(read, printed);
            }
            prop_assert!(nobody.is_empty());
        }
    }
}
