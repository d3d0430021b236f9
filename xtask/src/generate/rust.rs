//! Small pieces of Rust text.

use crate::generate::DocumentError;

const KEYWORDS: &[&str] = &[
    "as", "break", "const", "continue", "dyn", "else", "enum", "extern", "false", "fn", "for", "if", "impl",
    "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static", "struct", "trait",
    "true", "type", "unsafe", "use", "where", "while", "async", "await", "gen", "try", "yield", "abstract",
    "box", "do", "final", "macro", "override", "priv", "typeof", "unsized", "virtual",
];

/// Words of a wire name: `sandboxIdOrName`, `commit_id`, `X-Request-Id` → lower-case words.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let characters: Vec<char> = name.chars().collect();
    let mut fresh = true;
    for (position, &character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        let after_lower = position > 0 && characters[position - 1].is_ascii_lowercase();
        let after_digit = position > 0 && characters[position - 1].is_ascii_digit();
        let before_lower = characters.get(position + 1).is_some_and(char::is_ascii_lowercase);
        let after_upper = position > 0 && characters[position - 1].is_ascii_uppercase();
        let starts =
            character.is_ascii_uppercase() && (after_lower || after_digit || (after_upper && before_lower));
        if fresh || starts {
            words.push(String::new());
            fresh = false;
        }
        if let Some(word) = words.last_mut() {
            word.push(character.to_ascii_lowercase());
        }
    }
    words
}

/// A field or module name.
pub(crate) fn snake(name: &str) -> String {
    let joined = words(name).join("_");
    let joined =
        if joined.starts_with(|first: char| first.is_ascii_digit()) { format!("n{joined}") } else { joined };
    if KEYWORDS.contains(&joined.as_str()) { format!("r#{joined}") } else { joined }
}

/// A type or variant name.
pub(crate) fn pascal(name: &str) -> String {
    let joined: String = words(name).iter().map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
    match joined.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("N{joined}"),
        // `Self` is the one type name Rust keeps for itself.
        _ if joined == "Self" => "SelfValue".to_owned(),
        _ => joined,
    }
}

/// The name of a static.
pub(crate) fn screaming(name: &str) -> String {
    words(name).join("_").to_ascii_uppercase()
}

/// A string literal.
pub(crate) fn text(value: &str) -> String {
    format!("{value:?}")
}

/// `Some("…")` or `None`.
pub(crate) fn optional_text(value: Option<&str>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value:?})"))
}

/// A slice literal of string literals.
pub(crate) fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    format!("&[{}]", values.into_iter().map(text).collect::<Vec<_>>().join(", "))
}

/// `#[doc]` attributes for a description.
pub(crate) fn doc(description: &str) -> String {
    description.trim().lines().map(|line| format!("#[doc = {:?}]\n", format!(" {}", line.trim()))).collect()
}

/// Formats a whole file; the first comment lines are kept as they are.
pub(crate) fn format(place: &str, header: &str, body: &str) -> Result<String, DocumentError> {
    let file = syn::parse_file(body)
        .map_err(|error| DocumentError::content(place, format!("generated text is not Rust: {error}")))?;
    Ok(format!("{header}\n{}", prettyplease::unparse(&file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_become_rust_names() {
        assert_eq!(snake("sandboxIdOrName"), "sandbox_id_or_name");
        assert_eq!(snake("X-Request-Id"), "x_request_id");
        assert_eq!(snake("type"), "r#type");
        assert_eq!(snake("isURLSafe"), "is_url_safe");
        assert_eq!(pascal("box_and_whisker"), "BoxAndWhisker");
        assert_eq!(pascal("linux-vm"), "LinuxVm");
        assert_eq!(screaming("CreateSandbox"), "CREATE_SANDBOX");
    }
}
