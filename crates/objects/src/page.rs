//! Which keys and common prefixes a list shows: pure, over all keys that begin as wanted.

/// What is asked for.
pub(crate) struct Question<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) delimiter: Option<&'a str>,
    /// Keys up to this one are passed over.
    pub(crate) start_after: Option<&'a str>,
    /// What the last page ended with.
    pub(crate) token: Option<&'a str>,
    pub(crate) limit: usize,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Key(String),
    Prefix(String),
}

impl Line {
    fn text(&self) -> &str {
        match self {
            Self::Key(text) | Self::Prefix(text) => text,
        }
    }
}

/// A page of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) lines: Vec<Line>,
    /// Where the next one begins, when there is more.
    pub(crate) next: Option<String>,
}

/// The page of `keys`, which are in order and begin with the prefix.
pub(crate) fn page(keys: &[String], question: &Question<'_>) -> Page {
    let mut page = Page::default();
    for key in keys {
        if question.start_after.is_some_and(|after| key.as_str() <= after) {
            continue;
        }
        let line = line(key, question);
        if question.token.is_some_and(|token| line.text() <= token)
            || page.lines.last().is_some_and(|last| *last == line)
        {
            continue;
        }
        if page.lines.len() == question.limit {
            page.next = page.lines.last().map(|last| last.text().to_owned());
            break;
        }
        page.lines.push(line);
    }
    page
}

fn line(key: &str, question: &Question<'_>) -> Line {
    let rest = key.strip_prefix(question.prefix).unwrap_or(key);
    let cut = question.delimiter.filter(|delimiter| !delimiter.is_empty());
    match cut.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len())) {
        Some(end) => Line::Prefix(key[..key.len() - rest.len() + end].to_owned()),
        None => Line::Key(key.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    fn ask<'a>(prefix: &'a str, delimiter: Option<&'a str>, limit: usize) -> Question<'a> {
        Question { prefix, delimiter, start_after: None, token: None, limit }
    }

    #[test]
    fn keys_behind_the_delimiter_are_shown_as_one_prefix() {
        let keys = keys(&["o/1/a", "o/1/b", "o/2", "o/3/"]);
        let lines = page(&keys, &ask("o/", Some("/"), 10)).lines;
        let prefix = |text: &str| Line::Prefix(text.to_owned());
        assert_eq!(lines, [prefix("o/1/"), Line::Key("o/2".to_owned()), prefix("o/3/")]);
        assert_eq!(page(&keys, &ask("o", Some("/"), 10)).lines, [prefix("o/")]);
        assert_eq!(page(&keys[..2], &ask("o/1/", None, 10)).lines.len(), 2);
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_repetition() {
        let keys = keys(&["a/1", "a/2", "b", "c/1", "d"]);
        for delimiter in [None, Some("/")] {
            let whole = page(&keys, &ask("", delimiter, 100));
            assert_eq!(whole.next, None);
            let (mut seen, mut token) = (Vec::new(), None);
            loop {
                let question = Question { token: token.as_deref(), ..ask("", delimiter, 1) };
                let Page { lines, next } = page(&keys, &question);
                seen.extend(lines);
                token = next;
                if token.is_none() {
                    break;
                }
            }
            assert_eq!(seen, whole.lines);
        }
    }

    #[test]
    fn nothing_is_shown_when_nothing_may_be() {
        assert_eq!(page(&keys(&["a"]), &ask("", None, 0)), Page::default());
    }

    #[test]
    fn a_list_begins_after_the_key_named() {
        let question = Question { start_after: Some("b"), ..ask("", None, 10) };
        assert_eq!(page(&keys(&["a", "b", "c"]), &question).lines, [Line::Key("c".to_owned())]);
    }
}
