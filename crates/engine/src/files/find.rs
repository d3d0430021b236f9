//! Text in files.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use memchr::memchr;
use memchr::memmem::Finder;
use nix::sys::stat::SFlag;

use super::walk::Walk;
use crate::paths::PathMap;

/// How much of a file decides whether it is binary.
const PROBE: usize = 512;

/// A line of this many bytes or more ends the search of its file.
const LINE_LIMIT: usize = 64 * 1024;

/// How much of a file is held in memory.
const BUFFER: usize = 4 * LINE_LIMIT;

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
    let finder = Finder::new(text);
    let mut buffer = vec![0; BUFFER];
    let mut matches = Vec::new();
    let mut walk = Walk::new(paths, root.as_ref());
    while let Some(step) = walk.next().filter(|_| !stop()) {
        if step.kind != SFlag::S_IFREG {
            continue;
        }
        let Ok(file) = walk.open(&step) else { continue };
        let mut found = Vec::new();
        scan(file, &finder, &mut buffer, &mut found);
        if found.is_empty() {
            continue;
        }
        let shown = walk.shown(&step);
        let named = |(line, content)| Match { file: shown.clone(), line, content };
        matches.extend(found.into_iter().map(named));
    }
    matches
}

/// Lines found: number and content.
type Lines = Vec<(u64, Vec<u8>)>;

/// Searches one file; whatever was found before it became unreadable counts.
fn scan(mut file: File, finder: &Finder<'_>, buffer: &mut [u8], found: &mut Lines) {
    let Ok(mut filled) = fill(&mut file, buffer, 0) else { return };
    if buffer[..filled.min(PROBE)].contains(&0) {
        return;
    }
    // Most files are small and without the text: no lines need to be told apart in them.
    if filled < buffer.len() && finder.find(&buffer[..filled]).is_none() {
        return;
    }
    let mut number = 0;
    loop {
        let at_end = filled < buffer.len();
        let mut start = 0;
        while let Some(length) = memchr(b'\n', &buffer[start..filled]) {
            number += 1;
            if !take(finder, &buffer[start..start + length], number, found) {
                return;
            }
            start += length + 1;
        }
        if at_end {
            if start < filled {
                take(finder, &buffer[start..filled], number + 1, found);
            }
            return;
        }
        if filled - start >= LINE_LIMIT {
            return;
        }
        buffer.copy_within(start..filled, 0);
        match fill(&mut file, buffer, filled - start) {
            Ok(now) => filled = now,
            Err(_) => return,
        }
    }
}

/// Looks at one line. False when it is too long for the search to go on.
fn take(finder: &Finder<'_>, line: &[u8], number: u64, found: &mut Lines) -> bool {
    if line.len() >= LINE_LIMIT {
        return false;
    }
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if finder.find(line).is_some() {
        found.push((number, line.to_vec()));
    }
    true
}

/// Reads until the buffer is full or the file ends; answers how far it is filled.
fn fill(file: &mut impl Read, buffer: &mut [u8], mut filled: usize) -> std::io::Result<usize> {
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
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
