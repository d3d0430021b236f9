//! Symbols and completions, out of the several forms servers may give them in.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// A place in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Position {
    /// Line, counted from zero.
    #[serde(default)]
    pub line: i64,
    /// UTF-16 unit in the line, counted from zero.
    #[serde(default)]
    pub character: i64,
}

/// A stretch of a document; its end is no part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Range {
    /// First place of it.
    pub start: Position,
    /// First place after it.
    pub end: Position,
}

/// Something a document defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Number of the protocol's symbol kind.
    pub kind: i64,
    /// The document, as the client calls it.
    pub uri: String,
    /// Where in it.
    pub range: Range,
}

/// What may be typed at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// Whether typing on would bring others.
    pub is_incomplete: bool,
    /// The proposals.
    pub items: Vec<Completion>,
}

/// One proposal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// Number of the protocol's completion kind.
    pub kind: Option<i64>,
    /// Such as a signature.
    pub detail: Option<String>,
    /// A text or an object, as the server gave it.
    pub documentation: Option<Value>,
    /// What to sort by.
    pub sort_text: Option<String>,
    /// What to filter by.
    pub filter_text: Option<String>,
    /// What to insert.
    pub insert_text: Option<String>,
}

/// Both forms of symbols: flat ones have a location; nested ones, which servers were not asked for, a range and children.
#[derive(Deserialize)]
struct Reported {
    name: String,
    kind: i64,
    location: Option<Location>,
    #[serde(default)]
    range: Range,
    #[serde(default)]
    children: Vec<Value>,
}

#[derive(Deserialize)]
struct Location {
    uri: String,
    #[serde(default)]
    range: Range,
}

/// The symbols of an answer, nested ones after what they are nested in. `called` gives a server's address the name the
/// client knows; `document` is the address meant where none is said.
pub(super) fn symbols(answer: Value, document: &str, called: &impl Fn(&str) -> String) -> Vec<Symbol> {
    let Value::Array(reported) = answer else { return Vec::new() };
    let mut symbols = Vec::with_capacity(reported.len());
    flatten(reported, document, called, &mut symbols);
    symbols
}

fn flatten(
    reported: Vec<Value>,
    document: &str,
    called: &impl Fn(&str) -> String,
    symbols: &mut Vec<Symbol>,
) {
    // What has no name or no kind is no symbol, and no reason to withhold the others.
    for symbol in reported.into_iter().filter_map(|symbol| serde_json::from_value::<Reported>(symbol).ok()) {
        let Reported { name, kind, location, range, children } = symbol;
        let (uri, range) = match location {
            Some(location) => (called(&location.uri), location.range),
            None => (called(document), range),
        };
        symbols.push(Symbol { name, kind, uri, range });
        flatten(children, document, called, symbols);
    }
}

/// The proposals of an answer: a list with a word on its completeness, a bare list, or nothing.
pub(super) fn completions(answer: Value) -> Completions {
    let (is_incomplete, items) = match answer {
        Value::Array(items) => (false, items),
        Value::Object(mut list) => {
            let is_incomplete = list.get("isIncomplete").and_then(Value::as_bool).unwrap_or_default();
            match list.remove("items") {
                Some(Value::Array(items)) => (is_incomplete, items),
                _ => (is_incomplete, Vec::new()),
            }
        }
        _ => (false, Vec::new()),
    };
    let items = items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect();
    Completions { is_incomplete, items }
}

/// Whether a symbol is meant by a query: its letters in a row anywhere in the name, whatever their case.
pub(super) fn is_meant(name: &str, query: &str) -> bool {
    name.to_lowercase().contains(&query.to_lowercase())
}

/// Whether a directory of a project holds what others wrote or programs made.
pub(super) fn is_foreign(directory: &Path) -> bool {
    let name = directory.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.starts_with('.')
        || matches!(&*name, "node_modules" | "__pycache__" | "venv" | "site-packages" | "target" | "dist")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(answer: Value) -> Vec<(String, String, i64)> {
        let symbols = symbols(answer, "file:///d", &|uri: &str| uri.replace("file://", ""));
        symbols.into_iter().map(|symbol| (symbol.name, symbol.uri, symbol.range.start.line)).collect()
    }

    #[test]
    fn flat_and_nested_symbols_come_out_flat_and_in_order() {
        let range = |line| json!({ "start": { "line": line, "character": 0 }, "end": { "line": line, "character": 3 } });
        let answer = json!([
            { "name": "a", "kind": 5, "location": { "uri": "file:///x", "range": range(1) }, "containerName": "m" },
            { "name": "b", "kind": 5, "range": range(2), "selectionRange": range(7), "children": [
                { "name": "c", "kind": 6, "range": range(3), "selectionRange": range(3) } ] },
            { "name": "d", "kind": 5, "location": { "uri": "file:///y" } },
            { "kind": 5 }, null,
        ]);
        let expected = [("a", "/x", 1), ("b", "/d", 2), ("c", "/d", 3), ("d", "/y", 0)];
        let expected = expected.map(|(name, uri, line)| (name.to_owned(), uri.to_owned(), line));
        assert_eq!(named(answer), expected);
        assert_eq!(named(Value::Null), []);
    }

    #[test]
    fn completions_come_as_a_list_a_bare_list_or_nothing() {
        let item = json!({ "label": "l", "insertText": "i", "documentation": { "kind": "markdown" }, "textEdit": {} });
        let list = completions(json!({ "isIncomplete": true, "items": [item, { "kind": 1 }] }));
        assert!(list.is_incomplete && list.items.len() == 1);
        assert_eq!(list.items[0].insert_text.as_deref(), Some("i"));
        assert_eq!(list.items[0].documentation, Some(json!({ "kind": "markdown" })));
        assert_eq!(completions(json!([item])).items, list.items);
        assert_eq!(completions(Value::Null), Completions::default());
        assert_eq!(completions(json!({ "items": null })), Completions::default());
    }
}
