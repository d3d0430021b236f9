//! Words of a Dockerfile: variables put in, quotes taken off, lines split.
//!
//! What shells do, without commands: `$x`, `${x}`, `${x:-d}`, `${x-d}`, `${x:+d}`, `${x+d}`, `${x:?why}`, `${x?why}`.

/// What variables stand for.
pub(crate) trait Variables {
    /// The value of one, if it is set.
    fn get(&self, name: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String>> Variables for F {
    fn get(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// What is wrong with a word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WordError {
    #[error("`{0}` has no closing brace")]
    Unclosed(String),
    #[error("a quote in `{0}` is not closed")]
    Unquoted(String),
    #[error(
        "`${{{0}}}` uses a form of substitution that is not known here; known are :-, -, :+, +, :? and ?"
    )]
    Unknown(String),
    #[error("{0}")]
    Required(String),
}

/// How quotes are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// They group, and are taken off.
    Taken,
    /// They are characters like others, as in a here-document.
    Kept,
}

/// A word with variables put in and quotes taken off. `escape` takes a character's meaning away.
pub(crate) fn expand(text: &str, escape: char, variables: &dyn Variables) -> Result<String, WordError> {
    Expansion { text, rest: text, escape, variables, quotes: Quotes::Taken }.run()
}

/// The text of a here-document with variables put in.
pub(crate) fn expand_document(
    text: &str,
    escape: char,
    variables: &dyn Variables,
) -> Result<String, WordError> {
    Expansion { text, rest: text, escape, variables, quotes: Quotes::Kept }.run()
}

struct Expansion<'a> {
    text: &'a str,
    rest: &'a str,
    escape: char,
    variables: &'a dyn Variables,
    quotes: Quotes,
}

impl Expansion<'_> {
    fn run(mut self) -> Result<String, WordError> {
        let mut out = String::with_capacity(self.text.len());
        while let Some(next) = self.take() {
            match next {
                '\'' if self.quotes == Quotes::Taken => self.single(&mut out)?,
                '"' if self.quotes == Quotes::Taken => self.double(&mut out)?,
                '$' => self.variable(&mut out)?,
                next if next == self.escape => match (self.quotes, self.take()) {
                    (_, None) => out.push(next),
                    (Quotes::Kept, Some(escaped)) if escaped != '$' && escaped != self.escape => {
                        out.push(next);
                        out.push(escaped);
                    }
                    (_, Some(escaped)) => out.push(escaped),
                },
                other => out.push(other),
            }
        }
        Ok(out)
    }

    fn take(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn single(&mut self, out: &mut String) -> Result<(), WordError> {
        let end = self.rest.find('\'').ok_or_else(|| WordError::Unquoted(self.text.to_owned()))?;
        out.push_str(&self.rest[..end]);
        self.rest = &self.rest[end + 1..];
        Ok(())
    }

    fn double(&mut self, out: &mut String) -> Result<(), WordError> {
        loop {
            match self.take().ok_or_else(|| WordError::Unquoted(self.text.to_owned()))? {
                '"' => return Ok(()),
                '$' => self.variable(out)?,
                next if next == self.escape => match self.take() {
                    Some(escaped) if matches!(escaped, '"' | '$') || escaped == self.escape => {
                        out.push(escaped);
                    }
                    Some(other) => out.extend([next, other]),
                    None => return Err(WordError::Unquoted(self.text.to_owned())),
                },
                other => out.push(other),
            }
        }
    }

    fn variable(&mut self, out: &mut String) -> Result<(), WordError> {
        if let Some(inside) = self.rest.strip_prefix('{') {
            let end =
                closing(inside, self.escape).ok_or_else(|| WordError::Unclosed(self.text.to_owned()))?;
            self.rest = &inside[end + 1..];
            out.push_str(&self.braced(&inside[..end])?);
            return Ok(());
        }
        let name = name(self.rest);
        if name.is_empty() {
            out.push('$');
            return Ok(());
        }
        self.rest = &self.rest[name.len()..];
        out.push_str(&self.variables.get(name).unwrap_or_default());
        Ok(())
    }

    fn braced(&self, inside: &str) -> Result<String, WordError> {
        let name = name(inside);
        let (modifier, word) = match inside[name.len()..].strip_prefix(':') {
            Some(rest) => (Some(':'), rest),
            None => (None, &inside[name.len()..]),
        };
        let value = self.variables.get(name);
        let counts = value.clone().filter(|value| modifier.is_none() || !value.is_empty());
        if name.is_empty() || (modifier.is_some() && word.is_empty()) {
            return Err(WordError::Unknown(inside.to_owned()));
        }
        let Some(kind) = word.chars().next() else { return Ok(value.unwrap_or_default()) };
        let other = || expand(&word[kind.len_utf8()..], self.escape, self.variables);
        match kind {
            '-' => counts.map_or_else(other, Ok),
            '+' => counts.map_or(Ok(String::new()), |_| other()),
            '?' => match counts {
                Some(value) => Ok(value),
                None => Err(WordError::Required(match other()? {
                    why if why.is_empty() => format!("the variable {name} is not set"),
                    why => format!("{name}: {why}"),
                })),
            },
            _ => Err(WordError::Unknown(inside.to_owned())),
        }
    }
}

/// Where the brace that closes a substitution stands.
fn closing(text: &str, escape: char) -> Option<usize> {
    let (mut depth, mut escaped) = (0, false);
    for (at, next) in text.char_indices() {
        match next {
            _ if escaped => escaped = false,
            next if next == escape => escaped = true,
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The name of a variable a text begins with.
fn name(text: &str) -> &str {
    let is_part = |(at, next): (usize, char)| {
        next == '_' || next.is_ascii_alphabetic() || (at > 0 && next.is_ascii_digit())
    };
    let end = text.char_indices().find(|part| !is_part(*part)).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Splits where there is white space that is neither quoted nor escaped. Quotes stay.
pub(crate) fn split(text: &str, escape: char) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let (mut quote, mut escaped) = (None, false);
    for next in text.chars() {
        if quote.is_none() && !escaped && next.is_whitespace() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        word.push(next);
        match (quote, next) {
            _ if escaped => escaped = false,
            (quote, next) if next == escape && quote != Some('\'') => escaped = true,
            (None, '"' | '\'') => quote = Some(next),
            (Some(open), next) if open == next => quote = None,
            _ => {}
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "x" => Some("value".to_owned()),
            "empty" => Some(String::new()),
            "spaced" => Some("a b".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_put_in_as_a_shell_would() {
        for (text, expected) in [
            ("$x", "value"),
            ("${x}y", "valuey"),
            ("$x-$none-", "value--"),
            ("${none:-d}", "d"),
            ("${empty:-d}", "d"),
            ("${empty-d}", ""),
            ("${x:+d}", "d"),
            ("${empty:+d}", ""),
            ("${empty+d}", "d"),
            ("${none+d}", ""),
            ("${none:-${x}}", "value"),
            ("${none:-'a b'}", "a b"),
            ("${x:?why}", "value"),
            ("\\$x", "$x"),
            ("'$x'", "$x"),
            ("\"$x\"", "value"),
            ("\"\\$x \\\" \\n\"", "$x \" \\n"),
            ("a\\ b", "a b"),
            ("'it'\"'\"'s'", "it's"),
            ("$spaced", "a b"),
            ("cost: 5$", "cost: 5$"),
            ("$1", "$1"),
        ] {
            assert_eq!(expand(text, '\\', &known).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_in_words() {
        for (text, words) in [
            ("${x", "no closing brace"),
            ("'x", "not closed"),
            ("\"x", "not closed"),
            ("${x#y}", "not known here"),
            ("${}", "not known here"),
            ("${none:?give it}", "none: give it"),
            ("${empty:?}", "the variable empty is not set"),
        ] {
            let error = expand(text, '\\', &known).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_documents_quotes_are_its_own() {
        let text = "echo \"$x\" 'it' \\$x \\n";
        assert_eq!(expand_document(text, '\\', &known).unwrap(), "echo \"value\" 'it' $x \\n");
    }

    #[test]
    fn words_end_at_spaces_that_are_not_quoted() {
        assert_eq!(
            split("a=1  b='x y' c=\"1 \\\" 2\" d=e\\ f", '\\'),
            ["a=1", "b='x y'", "c=\"1 \\\" 2\"", "d=e\\ f"]
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[$ {}:\\\\'\"a-zé?+-]{0,24}") {
            let _ = expand(&text, '\\', &known);
            let _ = expand_document(&text, '`', &known);
            let _ = split(&text, '\\');
        }

        #[test]
        fn what_a_shell_quoted_comes_back(text in "[ -~é]{0,40}") {
            let quoted = format!("'{}'", text.replace('\'', "'\"'\"'"));
            prop_assert_eq!(expand(&quoted, '\\', &known).unwrap(), text);
        }
    }
}
