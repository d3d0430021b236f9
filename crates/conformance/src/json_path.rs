//! Paths into JSON values: `items[0].id`, `items[*].name`, `headers["x-y"]`, `$` for the whole.

use serde_json::Value;

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonPath(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Member(String),
    /// Counted from the end when negative.
    Index(i64),
    Every,
}

impl JsonPath {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let problem = || format!("`{text}` is no path; write items[0].id");
        let mut parts = Vec::new();
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (part, after) = bracket(inner).ok_or_else(problem)?;
                parts.push(part);
                rest = after;
                continue;
            }
            rest = match rest.strip_prefix('.') {
                Some(after) => after,
                None if parts.is_empty() => rest,
                None => return Err(problem()),
            };
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return Err(problem());
            }
            parts.push(Part::Member(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        Ok(Self(parts))
    }

    /// Every value the path leads to, with its place. A path without `[*]` leads to at most one.
    pub(crate) fn find<'a>(&self, value: &'a Value) -> Vec<(String, &'a Value)> {
        let mut found = vec![(String::new(), value)];
        for part in &self.0 {
            found = found.into_iter().flat_map(|(place, value)| part.step(&place, value)).collect();
        }
        found
    }

    /// The one value the path leads to.
    pub(crate) fn first<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.find(value).into_iter().next().map(|(_, value)| value)
    }
}

impl Part {
    fn step<'a>(&self, place: &str, value: &'a Value) -> Vec<(String, &'a Value)> {
        match self {
            Self::Member(name) => {
                value.get(name).map(|value| (format!("{place}.{name}"), value)).into_iter().collect()
            }
            Self::Index(index) => {
                let Some(list) = value.as_array() else { return Vec::new() };
                let position = if *index < 0 {
                    list.len().checked_sub(usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX))
                } else {
                    usize::try_from(*index).ok()
                };
                let found = position.and_then(|position| list.get(position));
                found.map(|value| (format!("{place}[{index}]"), value)).into_iter().collect()
            }
            Self::Every => value
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
                .map(|(position, value)| (format!("{place}[{position}]"), value))
                .collect(),
        }
    }
}

fn bracket(inner: &str) -> Option<(Part, &str)> {
    if let Some(quoted) = inner.strip_prefix('"') {
        let (name, after) = quoted.split_once("\"]")?;
        return Some((Part::Member(name.to_owned()), after));
    }
    let (index, after) = inner.split_once(']')?;
    if index == "*" {
        return Some((Part::Every, after));
    }
    Some((Part::Index(index.parse().ok()?), after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_through_members_and_lists() {
        let value = json!({"items": [{"id": 1}, {"id": 2, "x.y": true}]});
        let at = |path: &str| JsonPath::parse(path).unwrap().first(&value).cloned();
        assert_eq!(at("items[1].id"), Some(json!(2)));
        assert_eq!(at("items[-1][\"x.y\"]"), Some(json!(true)));
        assert_eq!(at("$.items[0].id"), Some(json!(1)));
        assert_eq!(at("$"), Some(value.clone()));
        assert_eq!(at("items[2].id"), None);
        assert_eq!(JsonPath::parse("items[*].id").unwrap().find(&value).len(), 2);
        for wrong in ["a..b", "a[", "a[x]", "a.", "a[0]b"] {
            assert!(JsonPath::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            if let Ok(path) = JsonPath::parse(&text) {
                let _ = path.find(&json!({"a": [1, {"b": 2}]}));
            }
        }
    }
}
