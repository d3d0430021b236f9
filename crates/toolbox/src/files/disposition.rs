//! File names in `Content-Disposition` (toolbox-files-git-desktop.md §2.8).

use std::io::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself beside letters and digits.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `<before>; filename="<latin-1>"; filename*=utf-8''<encoded>`. The first form holds bytes above ASCII as they are in
/// Latin-1; clients that know the second take that.
pub(super) fn content_disposition(before: &str, name: &str) -> Vec<u8> {
    let mut value = before.as_bytes().to_vec();
    value.extend(b"; filename=\"");
    for character in name.chars() {
        match character {
            '\r' | '\n' | '\0' => {}
            '"' | '\\' => value.extend([b'\\', character as u8]),
            '\0'..='\u{1f}' | '\u{7f}' => value.push(b'_'),
            _ => value.push(u8::try_from(u32::from(character)).unwrap_or(b'_')),
        }
    }
    value.extend(b"\"; filename*=utf-8''");
    // Writing to a vector does not fail.
    let _ = write!(value, "{}", utf8_percent_encode(name, &ENCODED));
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latin1(name: &str) -> String {
        content_disposition("attachment", name).into_iter().map(char::from).collect()
    }

    #[test]
    fn names_have_a_latin_1_form_and_an_encoded_one() {
        for (name, value) in [
            ("hello.txt", r#"attachment; filename="hello.txt"; filename*=utf-8''hello.txt"#),
            (
                "ž 🐎é.txt",
                r#"attachment; filename="_ _é.txt"; filename*=utf-8''%C5%BE%20%F0%9F%90%8E%C3%A9.txt"#,
            ),
            (
                r#"a "q" (1);%41\.txt"#,
                r#"attachment; filename="a \"q\" (1);%41\\.txt"; filename*=utf-8''a%20%22q%22%20%281%29%3B%2541%5C.txt"#,
            ),
            ("a\r\nb\tc\u{7f}", r#"attachment; filename="ab_c_"; filename*=utf-8''a%0D%0Ab%09c%7F"#),
            (
                "t/x!#$&+-.^_`|~",
                r#"attachment; filename="t/x!#$&+-.^_`|~"; filename*=utf-8''t%2Fx!#$&+-.^_`|~"#,
            ),
        ] {
            assert_eq!(latin1(name), value);
        }
    }
}
