//! Here-documents that do not stand first in a `RUN`: the parser knows only those that do.
//!
//! `RUN cat <<EOF > file` with its document becomes one document that is the whole script, which means the same. Lines are
//! added for that, so every line remembers which it was.

/// A Dockerfile as the parser can read it.
pub(crate) struct Lifted {
    pub(crate) text: String,
    /// For every line the number it had, counted from one.
    pub(crate) lines: Vec<usize>,
}

/// What ends the script made of such a `RUN`.
const END: &str = "PITLANE_END_OF_RUN";

/// Lifts the documents of each `RUN` around its command.
pub(crate) fn lift(text: &str) -> Lifted {
    let all: Vec<&str> = text.lines().collect();
    let mut lifted = Lifted { text: String::with_capacity(text.len()), lines: Vec::new() };
    let mut at = 0;
    while at < all.len() {
        let (end, ends) = documents_of(&all, at);
        match run_with_document(all[at]) {
            Some((start, command)) if end > at => {
                lifted.add(at, &format!("{start} <<'{END}'"));
                lifted.add(at, command);
                (at + 1..=end).for_each(|line| lifted.add(line, all[line]));
                lifted.add(end, END);
            }
            _ => (at..=end).for_each(|line| lifted.add(line, all[line])),
        }
        let _ = ends;
        at = end + 1;
    }
    lifted
}

impl Lifted {
    fn add(&mut self, line: usize, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.lines.push(line + 1);
    }

    /// The number a line had.
    pub(crate) fn line(&self, number: usize) -> usize {
        let last = self.lines.last().copied().unwrap_or(1);
        number.checked_sub(1).and_then(|at| self.lines.get(at)).copied().unwrap_or(last)
    }
}

/// `RUN` with its options, and a command that has a document further on.
fn run_with_document(line: &str) -> Option<(&str, &str)> {
    let trimmed = line.trim_start();
    let word = trimmed.get(..3)?;
    if !word.eq_ignore_ascii_case("run") || !trimmed[3..].starts_with([' ', '\t']) {
        return None;
    }
    let mut command = trimmed[3..].trim_start();
    while command.starts_with("--") {
        let end = command.find(char::is_whitespace)?;
        command = command[end..].trim_start();
    }
    if command.starts_with("<<") || command.starts_with('[') {
        return None;
    }
    Some((line[..line.len() - command.len()].trim_end(), command))
}

/// The last line that belongs to the documents begun in a line; the line itself when there are none.
fn documents_of(all: &[&str], at: usize) -> (usize, usize) {
    let names = match is_instruction_with_documents(all[at]) {
        true => delimiters(all[at]),
        false => Vec::new(),
    };
    let mut line = at;
    for (name, strips_tabs) in &names {
        let is_end =
            |text: &str| if *strips_tabs { text.trim_start_matches('\t') == name } else { text == name };
        let Some(end) = (line + 1..all.len()).find(|line| is_end(all[*line])) else { return (at, 0) };
        line = end;
    }
    (line, names.len())
}

fn is_instruction_with_documents(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    ["run", "copy", "add"].iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Names of the documents a line begins, and whether they lose leading tabs.
pub(crate) fn delimiters(line: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("<<") {
        let after = &rest[at + 2..];
        rest = after;
        // `<<<` is something else, and `1<<2` a number.
        if after.starts_with('<') {
            rest = after.trim_start_matches('<');
            continue;
        }
        let (after, strips_tabs) = after.strip_prefix('-').map_or((after, false), |after| (after, true));
        let name = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split(quote).next().unwrap_or_default(),
            _ => after
                .split(|next: char| !(next.is_ascii_alphanumeric() || next == '_'))
                .next()
                .unwrap_or_default(),
        };
        if name.starts_with(|next: char| next.is_ascii_alphabetic() || next == '_') {
            found.push((name.to_owned(), strips_tabs));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_does_not_stand_first_is_lifted_and_lines_keep_their_numbers() {
        let lifted = lift("FROM a\nRUN --mount=type=cache,target=/x cat <<EOF > /f\nhello\nEOF\nUSER b\n");
        assert_eq!(
            lifted.text,
            "FROM a\nRUN --mount=type=cache,target=/x <<'PITLANE_END_OF_RUN'\ncat <<EOF > /f\nhello\nEOF\n\
             PITLANE_END_OF_RUN\nUSER b\n"
        );
        assert_eq!(lifted.lines, [1, 2, 2, 3, 4, 4, 5]);
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in [
            "FROM a\nRUN <<EOF\nFROM inside\nRUN x <<END\nEOF\nUSER b\n",
            "FROM a\nRUN echo $((1<<2))\nUSER b\n",
            "FROM a\nRUN cat <<< word\n",
            "FROM a\nCOPY <<A <<B /x/\nRUN cat <<X\nA\nb\nB\n",
            "FROM a\nRUN cat <<EOF\nnever closed\n",
        ] {
            assert_eq!(lift(text).text, text);
        }
    }

    #[test]
    fn quoted_and_dashed_names_are_known() {
        assert_eq!(
            delimiters("RUN a <<-\"E F\" b <<'X' <<y"),
            [("E F".to_owned(), true), ("X".to_owned(), false), ("y".to_owned(), false)]
        );
    }
}
