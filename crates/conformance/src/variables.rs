//! Fills `${names}` into a step just before it runs.
//!
//! A text that is nothing but one `${name}` becomes the value itself, with its type; elsewhere the value becomes text.
//! In a path the value is percent-encoded, unless it is a whole address. `$${` stands for `${`.

use std::sync::LazyLock;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::json_path::JsonPath;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How the complaint about an unknown name begins.
pub(crate) const UNKNOWN_NAME: &str = "nothing is called";

/// Far more than any member of a request needs, and little enough for every test machine.
pub(crate) const LARGE_BYTES: usize = 2 * 1024 * 1024;

/// What `${large}` stands for: kept once, since hundreds of cases could ask for it.
static LARGE: LazyLock<Value> = LazyLock::new(|| Value::String("x".repeat(LARGE_BYTES)));

/// The names a case knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    known: Map<String, Value>,
}

impl Variables {
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.known.insert(name.to_owned(), value.into());
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.known.extend(other.known);
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Value, String> {
        let (first, path) = match name.find(['.', '[']) {
            Some(end) => name.split_at(end),
            None => (name, ""),
        };
        if name == "large" {
            return Ok(&LARGE);
        }
        let value = self.known.get(first).ok_or_else(|| self.unknown(name))?;
        let path = JsonPath::parse(&format!("${path}"))?;
        path.first(value).ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self.known.keys().map(String::as_str).collect();
        format!("{UNKNOWN_NAME} `{name}` here; there are {}; write $${{ for a plain ${{", known.join(", "))
    }

    /// The value with every `${name}` in its texts filled in.
    pub(crate) fn fill(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.fill_value(text)?,
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.fill(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let mut filled = Map::new();
                for (name, value) in members {
                    filled.insert(self.fill_text(name, false)?, self.fill(value)?);
                }
                Value::Object(filled)
            }
            other => other.clone(),
        })
    }

    /// The step's value with its paths percent-encoded where variables stand.
    pub(crate) fn fill_step(&self, step: &Value) -> Result<Value, String> {
        let mut members = step.as_object().cloned().unwrap_or_default();
        let mut paths = Vec::new();
        for name in ["http", "sse", "ws"] {
            if let Some(Value::String(path)) = members.remove(name) {
                paths.push((name, self.fill_text(&path, true)?));
            }
        }
        // Inner steps are filled in when they run.
        let together = members.remove("together");
        let mut filled = self.fill(&Value::Object(members))?;
        if let Some(together) = together {
            filled["together"] = together;
        }
        for (name, path) in paths {
            filled[name] = Value::String(path);
        }
        Ok(filled)
    }

    fn fill_value(&self, text: &str) -> Result<Value, String> {
        let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        match whole.filter(|name| !name.contains(['{', '}'])) {
            Some(name) => self.get(name).cloned(),
            None => self.fill_text(text, false).map(Value::String),
        }
    }

    fn fill_text(&self, text: &str, in_path: bool) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = (&rest[..start], &rest[start + 2..]);
            if let Some(before) = before.strip_suffix('$') {
                filled.push_str(before);
                filled.push_str("${");
                rest = after;
                continue;
            }
            filled.push_str(before);
            let (name, after) = after.split_once('}').ok_or_else(|| format!("`{text}` has an open `${{`"))?;
            let value = match self.get(name)? {
                Value::String(value) => value.clone(),
                other => other.to_string(),
            };
            let is_address = value.starts_with("http://") || value.starts_with("https://");
            if in_path && !is_address {
                filled.extend(utf8_percent_encode(&value, UNRESERVED));
            } else {
                filled.push_str(&value);
            }
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        variables.set("id", "a/b c");
        variables.set("box", json!({"cpu": 2, "tags": ["x"]}));
        variables.set("address", "http://host/base");
        variables
    }

    #[test]
    fn a_lone_variable_keeps_its_type_and_others_become_text() {
        let step = json!({"json": {"cpu": "${box.cpu}", "text": "cpu ${box.cpu} ${box.tags[0]}", "plain": "$${HOME}"}});
        assert_eq!(
            variables().fill_step(&step).unwrap()["json"],
            json!({"cpu": 2, "text": "cpu 2 x", "plain": "${HOME}"})
        );
    }

    #[test]
    fn paths_are_encoded_but_addresses_are_not() {
        let fill = |line: &str| variables().fill_step(&json!({ "http": line })).unwrap()["http"].clone();
        assert_eq!(fill("GET /x/${id}/%2F"), json!("GET /x/a%2Fb%20c/%2F"));
        assert_eq!(fill("GET ${address}/y"), json!("GET http://host/base/y"));
    }

    #[test]
    fn an_unknown_name_says_what_is_known() {
        let problem = variables().fill(&json!("${nothing}")).unwrap_err();
        assert_eq!(
            problem,
            "nothing is called `nothing` here; there are id, box, address; write $${ for a plain ${"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_filling_panic(text in ".{0,40}") {
            let _ = variables().fill(&Value::String(text));
        }

        #[test]
        fn text_without_braces_stays_as_it_is(text in "[^${}]{0,40}") {
            prop_assert_eq!(variables().fill(&Value::String(text.clone())).unwrap(), Value::String(text));
        }
    }
}
