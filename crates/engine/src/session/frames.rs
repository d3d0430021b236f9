//! A log in frames for a follower: each begins with a marker and ends with a line (decisions.md, logs).
//!
//! A client that reads every frame by itself and one that joins them see the same two streams. Where a line has no place
//! in one frame it is cut, never inside a character or a marker, and the next frame repeats the marker that is in force.

use std::fs::File;
use std::io;

use bytes::Bytes;
use memchr::memrchr;

use super::log::{Log, Progress, read_full};
use super::streams::{MARKER, Stream};

/// Longest frame but for a repeated marker, in bytes. Python and TypeScript clients take time with the square of a frame's
/// length, and some for every frame: this is where they are quickest.
pub const LONGEST_FRAME: usize = 2048;
/// How much of the log is read at once, in bytes.
const WINDOW: usize = 32 * 1024;

/// Cuts a growing log into frames.
#[derive(Debug)]
pub struct Frames {
    file: File,
    /// How far the file has been read.
    position: u64,
    /// What has been read and not been sent.
    window: Bytes,
    /// The marker in force where the window begins.
    stream: Option<Stream>,
    longest: usize,
}

impl Frames {
    /// The log from its first byte on.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn of(log: &Log) -> io::Result<Self> {
        Ok(Self::new(log.open()?.into_file(), LONGEST_FRAME))
    }

    fn new(file: File, longest: usize) -> Self {
        Self { file, position: 0, window: Bytes::new(), stream: None, longest }
    }

    /// The next frame of a log that has got this far; `None` when there is none yet, or none any more once it has ended.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn next(&mut self, progress: Progress) -> io::Result<Option<Bytes>> {
        let mut length = self.whole_lines();
        if length == 0 && self.read(progress)? {
            length = self.whole_lines();
        }
        if length == 0 && progress.ended {
            // What is left of a log that lacks its last line feed, and is shorter than a frame.
            length = self.window.len();
        }
        if length == 0 {
            return Ok(None);
        }
        let text = self.window.split_to(length);
        let repeated = self.stream.filter(|_| Stream::marked(&text).is_none());
        self.stream = Stream::last_marked(&text).or(self.stream);
        Ok(Some(match repeated {
            Some(stream) => Bytes::from([&stream.marker()[..], &text].concat()),
            None => text,
        }))
    }

    /// Reads on; whether that gave anything.
    fn read(&mut self, progress: Progress) -> io::Result<bool> {
        let available = progress.length.saturating_sub(self.position);
        let wanted = usize::try_from(available).unwrap_or(usize::MAX).min(WINDOW);
        if wanted == 0 {
            return Ok(false);
        }
        let kept = self.window.len();
        let mut window = vec![0; kept + wanted];
        window[..kept].copy_from_slice(&self.window);
        let read = read_full(&self.file, &mut window[kept..], self.position)?;
        window.truncate(kept + read);
        self.position += read as u64;
        self.window = window.into();
        Ok(read > 0)
    }

    /// How much of the window fits a frame and ends with a line, or can be cut because no frame could hold its line.
    fn whole_lines(&self) -> usize {
        let text = &self.window[..self.window.len().min(self.longest)];
        match memrchr(b'\n', text) {
            Some(end) => end + 1,
            None if text.len() < self.longest => 0,
            None => before_begun_marker(&text[..before_begun_character(text)]),
        }
    }
}

/// Length without the beginning of a character whose end is missing.
fn before_begun_character(text: &[u8]) -> usize {
    for (back, byte) in text.iter().rev().take(3).enumerate() {
        let length = match byte {
            0x80..=0xbf => continue,
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => 1,
        };
        if length > back + 1 {
            return text.len() - back - 1;
        }
        break;
    }
    text.len()
}

/// Length without the one or two last bytes that may be the beginning of a marker.
fn before_begun_marker(text: &[u8]) -> usize {
    let Some(last) = text.last().filter(|byte| matches!(byte, 1 | 2)) else { return text.len() };
    let run = text.iter().rev().take_while(|byte| *byte == last).count();
    text.len() - run % MARKER
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::records::Recorder;
    use super::super::streams::tests::{told, tricky};
    use super::*;

    fn frames(log: &[u8], longest: usize, steps: &[usize]) -> Vec<Bytes> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(log).unwrap();
        let mut frames = Frames::new(file, longest);
        let mut collected = Vec::new();
        let mut length = 0;
        for step in steps {
            length = (length + *step as u64).min(log.len() as u64);
            while let Some(frame) = frames.next(Progress { length, ended: false }).unwrap() {
                collected.push(frame);
            }
        }
        while let Some(frame) = frames.next(Progress { length: log.len() as u64, ended: true }).unwrap() {
            collected.push(frame);
        }
        collected
    }

    #[test]
    fn frames_end_with_lines_and_hold_as_many_as_fit() {
        let log = b"\x01\x01\x01one\n\x02\x02\x02two\n\x01\x01\x01three\n";
        let whole = frames(log, 64, &[]);
        assert_eq!(whole, [&log[..]]);
        let cut = frames(log, 16, &[]);
        assert_eq!(cut, [&log[..14], &log[14..]]);
        let grown = frames(log, 64, &[5, 4, 30]);
        assert_eq!(grown, [&log[..7], &log[7..]]);
    }

    #[test]
    fn a_line_longer_than_a_frame_is_cut_between_characters_and_its_marker_repeated() {
        let log = "\u{1}\u{1}\u{1}aaaa\u{e9}\u{e9}bb\n".as_bytes();
        let cut = frames(log, 8, &[]);
        assert_eq!(cut, [&b"\x01\x01\x01aaaa"[..], "\u{1}\u{1}\u{1}\u{e9}\u{e9}bb\n".as_bytes()]);
    }

    #[test]
    fn a_log_that_was_cut_short_behind_our_back_ends() {
        let mut frames = Frames::new(tempfile::tempfile().unwrap(), 64);
        assert_eq!(frames.next(Progress { length: 10, ended: true }).unwrap(), None);
    }

    proptest! {
        #[test]
        fn frames_tell_the_streams_apart_like_the_whole_log_and_begin_with_a_marker(
            printed in vec((any::<bool>(), vec(tricky(), 0..30)), 0..8),
            longest in 6..40_usize,
            steps in vec(0..50_usize, 0..8),
        ) {
            let mut recorders = [Recorder::new(Stream::Output), Recorder::new(Stream::Errors)];
            let (mut open, mut log) = (None, Vec::new());
            for (errors, text) in &printed {
                recorders[usize::from(*errors)].push(text, &mut open, &mut log);
            }
            for recorder in &mut recorders {
                recorder.finish(&mut open, &mut log);
            }
            let frames = frames(&log, longest, &steps);
            for frame in &frames {
                prop_assert!(Stream::marked(frame).is_some(), "{frame:?}");
            }
            let joined = frames.concat();
            prop_assert_eq!(told(&[&joined]), told(&[&log]));
            let mut apart: [Vec<u8>; 3] = Default::default();
            for frame in &frames {
                for (all, own) in apart.iter_mut().zip(told(&[frame])) {
                    all.extend(own);
                }
            }
            prop_assert_eq!(apart, told(&[&log]));
        }
    }
}
