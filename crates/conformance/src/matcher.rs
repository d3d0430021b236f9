//! Matchers: a JSON value that says what another has to be.
//!
//! A plain value matches itself; an object matches one that has at least its members; a list matches item by item. An
//! object whose names begin with `$` asks for something typed instead, and everything it asks has to hold.

use regex::Regex;
use serde_json::{Map, Value};

use crate::json_path::JsonPath;

/// Resolves `$schema`: what departs from the schema of this name.
pub(crate) type Schemas<'a> = &'a dyn Fn(&str, &Value) -> Vec<String>;

/// What does not match, one sentence each; empty when everything does. `None` stands for a value that is not there.
pub(crate) fn mismatches(expected: &Value, actual: Option<&Value>, schemas: Schemas<'_>) -> Vec<String> {
    let mut found = Vec::new();
    Comparison { schemas, found: &mut found }.compare("", expected, actual);
    found
}

/// Whether `actual` matches, when no schema is asked for.
pub(crate) fn matches(expected: &Value, actual: &Value) -> bool {
    mismatches(expected, Some(actual), &|_, _| Vec::new()).is_empty()
}

/// What is wrong with a matcher as data, if anything: an unknown ask, a pattern that is none.
pub(crate) fn problem(matcher: &Value) -> Option<String> {
    match matcher {
        Value::Array(items) => items.iter().find_map(problem),
        Value::Object(members) => members.iter().find_map(|(name, value)| ask_problem(name, value)),
        _ => None,
    }
}

const ASKS: &[&str] = &[
    "$any",
    "$absent",
    "$type",
    "$regex",
    "$contains",
    "$order",
    "$length",
    "$each",
    "$unordered",
    "$exact",
    "$gt",
    "$ge",
    "$lt",
    "$le",
    "$not",
    "$one-of",
    "$all",
    "$sorted",
    "$by",
    "$unique",
    "$json",
    "$at",
    "$schema",
    "$equals",
];

const TYPES: &[&str] =
    &["null", "boolean", "integer", "number", "string", "array", "object", "uuid", "date-time", "url"];

fn ask_problem(name: &str, value: &Value) -> Option<String> {
    if !name.starts_with('$') {
        return problem(value);
    }
    if !ASKS.contains(&name) {
        return Some(format!("`{name}` is no matcher; there are {}", ASKS.join(", ")));
    }
    match name {
        "$regex" => {
            let text = value.as_str().unwrap_or_default();
            if text.contains("${") {
                return None;
            }
            Regex::new(text).err().map(|error| format!("`{text}` is no pattern: {error}"))
        }
        "$type" => {
            let names = value.as_array().map_or_else(|| vec![value], |names| names.iter().collect());
            let unknown =
                names.into_iter().find(|name| !name.as_str().is_some_and(|name| TYPES.contains(&name)));
            unknown.map(|name| format!("{name} is no type; there are {}", TYPES.join(", ")))
        }
        "$at" => {
            let paths = value.as_object()?;
            paths
                .keys()
                .find_map(|path| JsonPath::parse(path).err())
                .or_else(|| paths.values().find_map(problem))
        }
        "$equals" | "$schema" | "$by" => None,
        _ => problem(value),
    }
}

struct Comparison<'a> {
    schemas: Schemas<'a>,
    found: &'a mut Vec<String>,
}

impl Comparison<'_> {
    fn compare(&mut self, place: &str, expected: &Value, actual: Option<&Value>) {
        if let Value::Object(asks) = expected
            && asks.keys().any(|name| name.starts_with('$'))
        {
            for (name, wanted) in asks {
                self.ask(place, name, wanted, asks, actual);
            }
            return;
        }
        let Some(actual) = actual else {
            self.fail(place, &format!("is missing; {} was expected", brief(expected)));
            return;
        };
        match (expected, actual) {
            (Value::Object(wanted), Value::Object(members)) => {
                for (name, wanted) in wanted {
                    self.compare(&format!("{place}.{name}"), wanted, members.get(name));
                }
            }
            (Value::Array(wanted), Value::Array(items)) => self.items(place, wanted, items),
            _ if same(expected, actual) => {}
            _ => self.fail(place, &format!("is {}; {} was expected", brief(actual), brief(expected))),
        }
    }

    fn items(&mut self, place: &str, wanted: &[Value], items: &[Value]) {
        if wanted.len() != items.len() {
            let message =
                format!("has {} items; {} were expected: {}", items.len(), wanted.len(), brief_list(items));
            self.fail(place, &message);
            return;
        }
        for (position, (wanted, item)) in wanted.iter().zip(items).enumerate() {
            self.compare(&format!("{place}[{position}]"), wanted, Some(item));
        }
    }

    fn ask(
        &mut self,
        place: &str,
        name: &str,
        wanted: &Value,
        asks: &Map<String, Value>,
        actual: Option<&Value>,
    ) {
        match (name, actual) {
            ("$absent", actual) => {
                if (wanted == &Value::Bool(true)) == actual.is_some() {
                    let is = actual
                        .map_or_else(|| "is missing".to_owned(), |value| format!("is {}", brief(value)));
                    self.fail(
                        place,
                        &format!("{is}; it should {}be absent", if actual.is_some() { "" } else { "not " }),
                    );
                }
            }
            ("$not", actual) => {
                if self.quietly(wanted, actual) {
                    let is = actual.map_or_else(|| "missing".to_owned(), brief);
                    self.fail(place, &format!("is {is}, which was not to match {}", brief(wanted)));
                }
            }
            ("$one-of", actual) => {
                let choices = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
                if !choices.iter().any(|choice| self.quietly(choice, actual)) {
                    let is = actual.map_or_else(|| "missing".to_owned(), brief);
                    self.fail(place, &format!("is {is}; one of {} was expected", brief(wanted)));
                }
            }
            ("$all", actual) => {
                for matcher in wanted.as_array().into_iter().flatten() {
                    self.compare(place, matcher, actual);
                }
            }
            (_, None) => self.fail(place, &format!("is missing; {name} {} was expected", brief(wanted))),
            (_, Some(actual)) => self.ask_present(place, name, wanted, asks, actual),
        }
    }

    fn ask_present(
        &mut self,
        place: &str,
        name: &str,
        wanted: &Value,
        asks: &Map<String, Value>,
        actual: &Value,
    ) {
        let holds = match name {
            "$any" | "$by" => true,
            "$equals" => same(wanted, actual),
            "$type" => is_type(wanted, actual),
            "$regex" => text_of(actual).is_some_and(|text| is_match(wanted, &text)),
            "$gt" | "$ge" | "$lt" | "$le" => compare_numbers(name, wanted, actual),
            "$length" => return self.length(place, wanted, actual),
            "$contains" => self.contains(wanted, actual),
            "$order" => self.in_order(wanted, actual),
            "$each" => return self.each(place, wanted, actual),
            "$unordered" => self.unordered(wanted, actual),
            "$exact" => return self.exact(place, wanted, actual),
            "$sorted" => is_sorted(wanted, asks.get("$by"), actual),
            "$unique" => is_unique(asks.get("$by"), actual),
            "$json" => return self.inner_json(place, wanted, actual),
            "$at" => return self.at(place, wanted, actual),
            "$schema" => return self.schema(place, wanted, actual),
            _ => false,
        };
        if !holds {
            self.fail(place, &format!("is {}; {name} {} was expected", brief(actual), brief(wanted)));
        }
    }

    fn quietly(&self, expected: &Value, actual: Option<&Value>) -> bool {
        mismatches(expected, actual, self.schemas).is_empty()
    }

    fn length(&mut self, place: &str, wanted: &Value, actual: &Value) {
        let length = match actual {
            Value::String(text) => text.chars().count(),
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
            _ => return self.fail(place, &format!("is {}, which has no length", brief(actual))),
        };
        self.compare(&format!("{place}.length"), wanted, Some(&Value::from(length)));
    }

    fn contains(&self, wanted: &Value, actual: &Value) -> bool {
        match (wanted, actual) {
            (Value::Array(all), Value::String(_)) => all.iter().all(|wanted| self.contains(wanted, actual)),
            (Value::String(part), Value::String(text)) => text.contains(part.as_str()),
            (wanted, Value::Array(items)) => items.iter().any(|item| self.quietly(wanted, Some(item))),
            _ => false,
        }
    }

    fn in_order(&self, wanted: &Value, actual: &Value) -> bool {
        let Some(wanted) = wanted.as_array() else { return false };
        match actual {
            Value::String(text) => {
                let mut rest = text.as_str();
                wanted.iter().all(|part| {
                    let found =
                        part.as_str().and_then(|part| rest.find(part).map(|start| start + part.len()));
                    rest = found.and_then(|end| rest.get(end..)).unwrap_or(rest);
                    found.is_some()
                })
            }
            Value::Array(items) => {
                let mut items = items.iter();
                wanted.iter().all(|wanted| items.any(|item| self.quietly(wanted, Some(item))))
            }
            _ => false,
        }
    }

    fn each(&mut self, place: &str, wanted: &Value, actual: &Value) {
        let values: Vec<(String, &Value)> = match actual {
            Value::Array(items) => {
                items.iter().enumerate().map(|(position, item)| (format!("[{position}]"), item)).collect()
            }
            Value::Object(members) => {
                members.iter().map(|(name, value)| (format!(".{name}"), value)).collect()
            }
            _ => return self.fail(place, &format!("is {}, which has no items", brief(actual))),
        };
        for (at, value) in values {
            self.compare(&format!("{place}{at}"), wanted, Some(value));
        }
    }

    /// Greedy pairing suffices: matchers of one list are meant to tell its items apart.
    fn unordered(&self, wanted: &Value, actual: &Value) -> bool {
        let (Some(wanted), Some(items)) = (wanted.as_array(), actual.as_array()) else { return false };
        let mut left: Vec<&Value> = items.iter().collect();
        wanted.len() == left.len()
            && wanted.iter().all(|wanted| {
                let found = left.iter().position(|item| self.quietly(wanted, Some(item)));
                found.map(|position| left.swap_remove(position)).is_some()
            })
    }

    fn exact(&mut self, place: &str, wanted: &Value, actual: &Value) {
        self.compare(place, wanted, Some(actual));
        let (Value::Object(wanted), Value::Object(members)) = (wanted, actual) else { return };
        for name in members.keys().filter(|name| !wanted.contains_key(*name)) {
            self.fail(&format!("{place}.{name}"), "is there; nothing else was expected");
        }
    }

    fn inner_json(&mut self, place: &str, wanted: &Value, actual: &Value) {
        match actual.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()) {
            Some(inner) => self.compare(place, wanted, Some(&inner)),
            None => self.fail(place, &format!("is {}, which holds no JSON", brief(actual))),
        }
    }

    fn at(&mut self, place: &str, wanted: &Value, actual: &Value) {
        for (path, wanted) in wanted.as_object().into_iter().flatten() {
            match JsonPath::parse(path) {
                Ok(parsed) => self.at_path(place, path, &parsed, wanted, actual),
                Err(problem) => self.fail(place, &problem),
            }
        }
    }

    fn at_path(&mut self, place: &str, text: &str, path: &JsonPath, wanted: &Value, actual: &Value) {
        let found = path.find(actual);
        if found.is_empty() {
            return self.compare(&format!("{place}.{text}"), wanted, None);
        }
        for (at, value) in found {
            self.compare(&format!("{place}{at}"), wanted, Some(value));
        }
    }

    fn schema(&mut self, place: &str, wanted: &Value, actual: &Value) {
        for departure in (self.schemas)(wanted.as_str().unwrap_or_default(), actual) {
            self.fail(place, &format!("departs from its schema: {departure}"));
        }
    }

    fn fail(&mut self, place: &str, message: &str) {
        let place = place.strip_prefix('.').unwrap_or(place);
        self.found.push(if place.is_empty() {
            format!("it {message}")
        } else {
            format!("`{place}` {message}")
        });
    }
}

/// A value as a person reads it in a message, cut where it becomes long.
pub(crate) fn brief(value: &Value) -> String {
    const LONGEST: usize = 200;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn brief_list(items: &[Value]) -> String {
    brief(&Value::Array(items.to_vec()))
}

/// Equality in which `1` and `1.0` are the same number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

fn is_type(wanted: &Value, actual: &Value) -> bool {
    let one = |name: &Value| match name.as_str().unwrap_or_default() {
        "null" => actual.is_null(),
        "boolean" => actual.is_boolean(),
        "integer" => actual.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => actual.is_number(),
        "string" => actual.is_string(),
        "array" => actual.is_array(),
        "object" => actual.is_object(),
        "uuid" => actual.as_str().is_some_and(is_uuid),
        "date-time" => actual.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        "url" => actual
            .as_str()
            .and_then(|text| text.parse::<http::Uri>().ok())
            .is_some_and(|uri| uri.scheme().is_some()),
        _ => false,
    };
    wanted.as_array().map_or_else(|| one(wanted), |names| names.iter().any(one))
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Numbers and texts can be held against a pattern; nothing else.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn is_match(pattern: &Value, text: &str) -> bool {
    pattern
        .as_str()
        .and_then(|pattern| Regex::new(pattern).ok())
        .is_some_and(|pattern| pattern.is_match(text))
}

fn compare_numbers(name: &str, wanted: &Value, actual: &Value) -> bool {
    let ordering = match (wanted, actual) {
        (Value::String(wanted), Value::String(actual)) => Some(actual.cmp(wanted)),
        _ => actual.as_f64().zip(wanted.as_f64()).and_then(|(actual, wanted)| actual.partial_cmp(&wanted)),
    };
    ordering.is_some_and(|ordering| match name {
        "$gt" => ordering.is_gt(),
        "$ge" => ordering.is_ge(),
        "$lt" => ordering.is_lt(),
        _ => ordering.is_le(),
    })
}

fn keys<'a>(by: Option<&Value>, actual: &'a Value) -> Option<Vec<&'a Value>> {
    let items = actual.as_array()?;
    let Some(by) = by.and_then(Value::as_str) else { return Some(items.iter().collect()) };
    let path = JsonPath::parse(by).ok()?;
    items.iter().map(|item| path.first(item)).collect()
}

fn is_sorted(wanted: &Value, by: Option<&Value>, actual: &Value) -> bool {
    let Some(keys) = keys(by, actual) else { return false };
    let less = if wanted.as_str() == Some("descending") { "$le" } else { "$ge" };
    keys.windows(2).all(|pair| compare_numbers(less, pair[0], pair[1]))
}

fn is_unique(by: Option<&Value>, actual: &Value) -> bool {
    let Some(keys) = keys(by, actual) else { return false };
    let mut texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.windows(2).all(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "tests read better so")]
    fn holds(expected: Value, actual: Value) -> bool {
        assert_eq!(problem(&expected), None);
        matches(&expected, &actual)
    }

    #[test]
    fn plain_values_match_themselves_and_objects_match_in_part() {
        assert!(holds(json!({"a": 1}), json!({"a": 1.0, "b": 2})));
        assert!(!holds(json!({"a": 1}), json!({"b": 2})));
        assert!(!holds(json!({"a": null}), json!({})));
        assert!(holds(json!([1, {"a": 1}]), json!([1, {"a": 1, "b": 1}])));
        assert!(!holds(json!([1]), json!([1, 2])));
        assert!(!holds(json!("1"), json!(1)));
    }

    #[test]
    fn every_ask_can_hold_and_can_fail() {
        let table = [
            (json!({"$any": true}), json!(null), None),
            (json!({"a": {"$absent": true}}), json!({}), Some(json!({"a": null}))),
            (json!({"a": {"$absent": false}}), json!({"a": null}), Some(json!({}))),
            (
                json!({"$type": "uuid"}),
                json!("0f9a5c1e-6a43-4c07-9a7f-1f9d3c7e5b21"),
                Some(json!("0f9a5c1e")),
            ),
            (json!({"$type": ["string", "null"]}), json!(null), Some(json!(1))),
            (json!({"$type": "integer"}), json!(3), Some(json!(3.5))),
            (json!({"$type": "date-time"}), json!("2025-01-02T03:04:05.678Z"), Some(json!("yesterday"))),
            (json!({"$type": "url"}), json!("http://x/y"), Some(json!("/y"))),
            (json!({"$regex": "^a+$"}), json!("aaa"), Some(json!("aab"))),
            (json!({"$contains": "bc"}), json!("abcd"), Some(json!("acbd"))),
            (json!({"$contains": {"id": 2}}), json!([{"id": 1}, {"id": 2}]), Some(json!([{"id": 1}]))),
            (json!({"$contains": ["a", "b"]}), json!("ba"), Some(json!("a"))),
            (json!({"$order": ["a", "b"]}), json!("xaxbx"), Some(json!("ba"))),
            (json!({"$order": [1, 3]}), json!([1, 2, 3]), Some(json!([3, 1]))),
            (json!({"$length": {"$ge": 2}}), json!([1, 2]), Some(json!([1]))),
            (json!({"$length": 3}), json!("äöü"), Some(json!("ä"))),
            (json!({"$each": {"$type": "string"}}), json!(["a"]), Some(json!(["a", 1]))),
            (json!({"$unordered": [1, 2]}), json!([2, 1]), Some(json!([1, 1]))),
            (json!({"$exact": {"a": 1}}), json!({"a": 1}), Some(json!({"a": 1, "b": 1}))),
            (json!({"$gt": 1, "$le": 3}), json!(3), Some(json!(1))),
            (json!({"$lt": "b"}), json!("a"), Some(json!("b"))),
            (json!({"$not": {"$regex": "x"}}), json!("y"), Some(json!("x"))),
            (json!({"$one-of": [1, "a"]}), json!("a"), Some(json!(2))),
            (json!({"$all": [{"$regex": "a"}, {"$regex": "b"}]}), json!("ab"), Some(json!("a"))),
            (
                json!({"$sorted": "ascending", "$by": "n"}),
                json!([{"n": 1}, {"n": 2}]),
                Some(json!([{"n": 2}, {"n": 1}])),
            ),
            (json!({"$sorted": "descending"}), json!(["b", "a"]), Some(json!(["a", "b"]))),
            (json!({"$unique": true}), json!([1, 2]), Some(json!([1, 1]))),
            (json!({"$json": {"a": 1}}), json!("{\"a\":1}"), Some(json!("a"))),
            (
                json!({"$at": {"a[*].b": 1}}),
                json!({"a": [{"b": 1}]}),
                Some(json!({"a": [{"b": 1}, {"b": 2}]})),
            ),
            (json!({"$equals": {"a": 1}}), json!({"a": 1}), Some(json!({"a": 1, "b": 2}))),
        ];
        let mut asked: Vec<String> = Vec::new();
        for (matcher, good, bad) in table {
            asked.extend(
                ASKS.iter().filter(|ask| matcher.to_string().contains(**ask)).map(|ask| (*ask).to_owned()),
            );
            assert!(holds(matcher.clone(), good.clone()), "{matcher} should match {good}");
            if let Some(bad) = bad {
                assert!(!holds(matcher.clone(), bad.clone()), "{matcher} should not match {bad}");
            }
        }
        for ask in ASKS.iter().filter(|ask| **ask != "$schema") {
            assert!(asked.iter().any(|known| known == ask), "{ask} is not in the table");
        }
    }

    #[test]
    fn a_mismatch_says_where_what_and_what_was_expected() {
        let found = mismatches(
            &json!({"items": [{"id": {"$type": "uuid"}, "name": "a"}]}),
            Some(&json!({"items": [{"id": 7}]})),
            &|_, _| Vec::new(),
        );
        insta::assert_snapshot!(found.join("\n"), @r#"
        `items[0].id` is 7; $type "uuid" was expected
        `items[0].name` is missing; "a" was expected
        "#);
    }

    #[test]
    fn an_unknown_ask_and_a_broken_pattern_are_found_before_anything_runs() {
        assert!(problem(&json!({"$regexp": "a"})).is_some());
        assert!(problem(&json!({"a": [{"$regex": "("}]})).is_some());
        assert!(problem(&json!({"$type": "text"})).is_some());
        assert!(problem(&json!({"$at": {"a[": 1}})).is_some());
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_matches_itself(value in json_value()) {
            prop_assert!(matches(&value, &value));
        }

        #[test]
        fn a_changed_leaf_never_matches(value in json_value()) {
            prop_assert!(!matches(&json!([value, 1]), &json!([value, 2])));
        }
    }
}
