//! Text in files.
//!
//! Files are searched by ripgrep's searcher, for a plain text instead of an expression; what is a text file and how long
//! a line may be are the real daemon's rules. Which files there are is told by [`super::walk`].

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use grep_matcher::{LineTerminator, Match as Span, Matcher, NoCaptures, NoError};
use grep_searcher::{BinaryDetection, MmapChoice, Searcher, SearcherBuilder, Sink, SinkMatch};
use memchr::memchr;
use memchr::memmem::Finder;
use nix::sys::stat::SFlag;

use super::walk::Walk;
use crate::paths::PathMap;

/// How much of a file decides whether it is binary.
const PROBE: usize = 512;

/// A line of this many bytes or more ends the search of its file. It is also how much of a file is held in memory.
const LINE_LIMIT: usize = 64 * 1024;

/// A line with the text in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The file, under the path the caller began with.
    pub file: PathBuf,
    /// Number of the line, from 1.
    pub line: u64,
    /// The line without its end.
    pub content: Vec<u8>,
}

/// Every line of regular files at or below `root` that holds `text`: a plain substring, case-sensitive.
///
/// Files with a NUL byte in their first 512 bytes, links and what cannot be read are skipped. `stop` is asked at every
/// file.
pub fn find(paths: &PathMap, root: impl AsRef<Path>, text: &[u8], stop: impl Fn() -> bool) -> Vec<Match> {
    let mut matches = Vec::new();
    // No line holds the end of one.
    if memchr(b'\n', text).is_some() {
        return matches;
    }
    let plain = Plain(Finder::new(text));
    let mut searcher = searcher();
    let mut walk = Walk::new(paths, root.as_ref());
    while let Some(step) = walk.next().filter(|_| !stop()) {
        if step.kind != SFlag::S_IFREG {
            continue;
        }
        let Ok(file) = walk.open(&step) else { continue };
        let found = scan(file, &plain, &mut searcher);
        if found.is_empty() {
            continue;
        }
        let shown = walk.shown(&step);
        let named = |(line, content)| Match { file: shown.clone(), line, content };
        matches.extend(found.into_iter().map(named));
    }
    matches
}

/// Bytes are searched as they stand: nothing is decoded, and a NUL byte further behind is a byte like any other.
fn searcher() -> Searcher {
    SearcherBuilder::new()
        .line_number(true)
        .bom_sniffing(false)
        .binary_detection(BinaryDetection::none())
        .memory_map(MmapChoice::never())
        .heap_limit(Some(LINE_LIMIT))
        .build()
}

/// Searches one file; whatever was found before it became unreadable counts.
fn scan(file: File, plain: &Plain<'_>, searcher: &mut Searcher) -> Vec<(u64, Vec<u8>)> {
    let mut text = Text { file, probed: 0, is_binary: false };
    let mut lines = Lines { plain, found: Vec::new() };
    // An error is a line too long or a file that cannot be read on.
    let _ = searcher.search_reader(plain, &mut text, &mut lines);
    if text.is_binary { Vec::new() } else { lines.found }
}

/// The text sought.
struct Plain<'t>(Finder<'t>);

impl Matcher for Plain<'_> {
    type Captures = NoCaptures;
    type Error = NoError;

    fn find_at(&self, bytes: &[u8], at: usize) -> Result<Option<Span>, NoError> {
        let length = self.0.needle().len();
        let found = self.0.find(&bytes[at..]).map(|position| at + position);
        Ok(found.map(|start| Span::new(start, start + length)))
    }

    fn new_captures(&self) -> Result<NoCaptures, NoError> {
        Ok(NoCaptures::new())
    }

    /// A text never goes over the end of a line, so lines need not be told apart before one matches.
    fn line_terminator(&self) -> Option<LineTerminator> {
        Some(LineTerminator::byte(b'\n'))
    }
}

/// Takes what is found: number and content of each line.
struct Lines<'t> {
    plain: &'t Plain<'t>,
    found: Vec<(u64, Vec<u8>)>,
}

impl Sink for Lines<'_> {
    type Error = io::Error;

    fn matched(&mut self, _searcher: &Searcher, line: &SinkMatch<'_>) -> io::Result<bool> {
        let content = line.bytes();
        let content = content.strip_suffix(b"\n").unwrap_or(content);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        // What was found may have been in the end that is no part of the line.
        if self.plain.0.find(content).is_some() {
            self.found.push((line.line_number().unwrap_or_default(), content.to_vec()));
        }
        Ok(true)
    }
}

/// A file that ends as soon as it is seen to be binary.
struct Text {
    file: File,
    /// How much of the beginning was looked at.
    probed: usize,
    is_binary: bool,
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = loop {
            match self.file.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        let beginning = &buffer[..count.min(PROBE - self.probed)];
        self.probed += beginning.len();
        self.is_binary |= memchr(0, beginning).is_some();
        Ok(if self.is_binary { 0 } else { count })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Tree;
    use super::*;

    fn lines(tree: &Tree, path: &str, text: &str) -> Vec<(String, u64, String)> {
        let matches = find(&tree.paths, path, text.as_bytes(), || false);
        let one = |found: Match| {
            (
                found.file.display().to_string(),
                found.line,
                String::from_utf8_lossy(&found.content).into_owned(),
            )
        };
        matches.into_iter().map(one).collect()
    }

    #[test]
    fn matching_lines_are_told_with_their_numbers() {
        let tree = Tree::new();
        tree.write("s/f", "a\nneedle 1\r\nb\n  needle 2 needle");
        tree.write("s/d/g", "the needle\n");
        tree.link("d", "s/ld");
        tree.link("f", "s/lf");
        let expected = [("s/d/g", 1, "the needle"), ("s/f", 2, "needle 1"), ("s/f", 4, "  needle 2 needle")];
        assert_eq!(
            lines(&tree, "s", "needle"),
            expected.map(|(file, line, text)| (file.into(), line, text.into()))
        );
        assert_eq!(lines(&tree, "./s/f", "needle 1"), [("./s/f".into(), 2, "needle 1".into())]);
        assert!(lines(&tree, "s/lf", "needle").is_empty());
        assert!(lines(&tree, "s/nope", "needle").is_empty());
        assert!(lines(&tree, "s", "n.edle").is_empty());
        assert!(lines(&tree, "s", "\nb").is_empty());
    }

    #[test]
    fn the_end_of_a_line_is_no_part_of_it() {
        let tree = Tree::new();
        tree.write("f", "one\r\ntwo\r\r\nthr\ree\r\nfour\r");
        let expected = [(2, "two\r"), (3, "thr\ree")].map(|(line, text)| ("f".into(), line, text.into()));
        assert_eq!(lines(&tree, ".", "\r"), expected);
        assert_eq!(lines(&tree, ".", "four"), [("f".into(), 4, "four".into())]);
    }

    #[test]
    fn marks_of_encodings_change_nothing() {
        let tree = Tree::new();
        // Two bytes that announce UTF-16, and three that announce UTF-8.
        tree.write("f", b"\xff\xfeneedle\n");
        tree.write("g", b"\xef\xbb\xbfneedle\xff\n");
        let found = find(&tree.paths, ".", b"needle", || false);
        let content: Vec<_> = found.into_iter().map(|found| found.content).collect();
        assert_eq!(content, [b"\xff\xfeneedle".to_vec(), b"\xef\xbb\xbfneedle\xff".to_vec()]);
    }

    #[test]
    fn binary_files_are_skipped_by_their_beginning_only() {
        let tree = Tree::new();
        tree.write("early", b"needle\0");
        tree.write("late", format!("{}\nneedle\0x\n", "a".repeat(600)));
        assert_eq!(lines(&tree, ".", "needle"), [("late".into(), 2, "needle\0x".into())]);
    }

    #[test]
    fn a_line_of_64_kib_ends_the_search_of_its_file() {
        let tree = Tree::new();
        let file = |length: usize| format!("needle\n{}\nneedle\n", "a".repeat(length));
        for (length, found) in [(LINE_LIMIT - 1, 2), (LINE_LIMIT, 1), (10 * LINE_LIMIT, 1)] {
            tree.write("f", file(length));
            assert_eq!(lines(&tree, ".", "needle").len(), found, "{length}");
        }
    }

    #[test]
    fn lines_across_buffers_are_whole() {
        let tree = Tree::new();
        let line = format!("{} needle", "x".repeat(999));
        tree.write("f", format!("{line}\n").repeat(1000));
        let found = lines(&tree, ".", "needle");
        assert_eq!(found.len(), 1000);
        assert!(found.iter().zip(1..).all(|(found, number)| found.1 == number && found.2 == line));
    }

    #[test]
    fn an_interrupted_search_stops() {
        let tree = Tree::new();
        tree.write("f", "needle");
        let interrupt = super::super::Interrupt::default();
        let signal = interrupt.signal();
        drop(interrupt);
        assert!(find(&tree.paths, ".", b"needle", signal).is_empty());
    }
}
