//! Patterns for names, in the dialect of the real daemon's library.
//!
//! `*` any run without a slash, `?` one character that is no slash, `[a-c]` and `[^a-c]` one character of a set, `\x`
//! the character itself. No `**`, no braces. A malformed pattern matches nothing.

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct Glob(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Run,
    Any,
    Set { negated: bool, ranges: Vec<(char, char)> },
    Just(char),
}

impl Glob {
    /// `None` when the pattern is malformed.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(character) = rest.next() {
            pieces.push(match character {
                '*' => Piece::Run,
                '?' => Piece::Any,
                '\\' => Piece::Just(rest.next()?),
                '[' => {
                    let negated = rest.next_if_eq(&'^').is_some();
                    let mut ranges = Vec::new();
                    while ranges.is_empty() || rest.next_if_eq(&']').is_none() {
                        let low = set_member(&mut rest)?;
                        let high = if rest.next_if_eq(&'-').is_some() { set_member(&mut rest)? } else { low };
                        ranges.push((low, high));
                    }
                    Piece::Set { negated, ranges }
                }
                plain => Piece::Just(plain),
            });
        }
        Some(Self(pieces))
    }

    /// Whether the whole of `name` fits.
    pub(super) fn matches(&self, name: &str) -> bool {
        let (pieces, name) = (&self.0, name.chars().collect::<Vec<_>>());
        let (mut piece, mut at) = (0, 0);
        // After a mismatch the last run takes one character more; earlier runs never need another try.
        let mut last_run: Option<(usize, usize)> = None;
        loop {
            match (pieces.get(piece), name.get(at)) {
                (None, None) => return true,
                (Some(Piece::Run), _) => {
                    last_run = Some((piece, at));
                    piece += 1;
                    continue;
                }
                (Some(single), Some(character)) if single.takes(*character) => {
                    (piece, at) = (piece + 1, at + 1);
                    continue;
                }
                _ => {}
            }
            let Some((run, from)) = last_run else { return false };
            if name.get(from).is_none_or(|swallowed| *swallowed == '/') {
                return false;
            }
            last_run = Some((run, from + 1));
            (piece, at) = (run + 1, from + 1);
        }
    }
}

/// One end of a range; a bare `-` or `]` is malformed here.
fn set_member(rest: &mut impl Iterator<Item = char>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        plain => Some(plain),
    }
}

impl Piece {
    fn takes(&self, character: char) -> bool {
        match self {
            Self::Run => false,
            Self::Any => character != '/',
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (low..=high).contains(&&character)) != *negated
            }
            Self::Just(plain) => *plain == character,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, name: &str) -> bool {
        Glob::parse(pattern).is_some_and(|glob| glob.matches(name))
    }

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, name) in [
            ("*", ""),
            ("*.txt", "a.txt"),
            ("*.txt", ".txt"),
            ("a*b*c", "a-b-b-c"),
            ("?", "ž"),
            ("[a-b]*", "b1"),
            ("[^a-b]1", "c1"),
            ("[\\]]", "]"),
            ("\\*", "*"),
            ("**", "anything"),
            ("plain", "plain"),
            ("{a,b}", "{a,b}"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn everything_else_does_not() {
        for (pattern, name) in [
            ("", "a"),
            ("*.txt", "a.txt.md"),
            ("a*b", "ab c"),
            ("?", ""),
            ("*", "a/b"),
            ("?", "/"),
            ("**/*.txt", "a.txt"),
            ("d/*.txt", "a.txt"),
            ("plain", "plainer"),
            ("[!a]", "b"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn malformed_patterns_fit_nothing() {
        for pattern in ["[", "[]", "[]a]", "[a", "[a-]", "[-a]", "a\\", "*[", "[^]"] {
            assert!(Glob::parse(pattern).is_none(), "{pattern}");
        }
    }
}
