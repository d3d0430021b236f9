//! Placeholders in, placeholders out: what makes two runs of one server give the same answers.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::step::{HttpStep, Kept, text_of};

/// Bodies longer than this many bytes are kept as their digest.
const LARGE: usize = 16 * 1024;
/// What a URL keeps as it is inside a segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Too common as a text to be taken for a variable's value.
const NEVER_PUT_BACK: [&str; 3] = ["UID", "GID", "NUL"];
/// Values not longer than this many bytes would be found by chance.
const FOUND_BY_CHANCE: usize = 4;

/// Texts that differ from run to run, and what stands for them.
static VOLATILE: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let texts = [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "<TS>"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} [A-Z]{3,5}( m=\S+)?", "<GOTIME>"),
        (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT", "<HTTPDATE>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<UUID>"),
        (r"\b[0-9a-f]{40}\b", "<SHA>"),
        (r"/tmp/dtn_\d+\.ts", "/tmp/dtn_<N>.ts"),
        (r"\b[0-9a-f]{60}\b", "<BOUNDARY>"),
        (r"(line \d+:) +\d+( (Killed|Terminated|Hangup|Segmentation fault|Aborted))", "$1 <PID>$2"),
    ];
    texts.map(|(pattern, tag)| (Regex::new(pattern).unwrap(), tag)).into()
});
static REPEATED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"@\{REP:([^}]*):(\d+)\}").unwrap());
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"@\{(\w+)\}").unwrap());

/// What a case's placeholders stand for. Steps that run at once share it.
pub(crate) struct Variables(Mutex<BTreeMap<String, String>>);

impl Variables {
    pub(crate) fn new(values: BTreeMap<String, String>) -> Self {
        Self(Mutex::new(values))
    }

    pub(crate) fn set(&self, name: &str, value: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value);
    }

    /// All of them, as they are now.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts values in the place of placeholders, in every string of a value; unknown ones stay.
    pub(crate) fn fill(&self, value: &Value) -> Value {
        let values = self.all();
        in_strings(value, &|text| fill(text, &values))
    }

    /// The reverse, longest values first; besides, volatile text becomes a tag.
    pub(crate) fn clean(&self, value: &Value) -> Value {
        let values = self.known();
        in_strings(value, &|text| clean(text, &values))
    }

    /// The same for one text.
    pub(crate) fn clean_text(&self, text: &str) -> String {
        clean(text, &self.known())
    }

    /// Values that can be recognised, longest first.
    fn known(&self) -> Vec<(String, String)> {
        let recognised =
            |name: &str, value: &str| value.len() > FOUND_BY_CHANCE && !NEVER_PUT_BACK.contains(&name);
        let mut values: Vec<_> =
            self.all().into_iter().filter(|(name, value)| recognised(name, value)).collect();
        values.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        values
    }
}

fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let repeated = REPEATED.replace_all(text, |found: &Captures<'_>| {
        found[2].parse().map_or_else(|_| found[0].to_owned(), |times| found[1].repeat(times))
    });
    let filled = PLACEHOLDER.replace_all(&repeated, |found: &Captures<'_>| {
        values.get(&found[1]).cloned().unwrap_or_else(|| found[0].to_owned())
    });
    filled.into_owned()
}

fn clean(text: &str, values: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in values {
        text = text.replace(value, &format!("@{{{name}}}"));
        let quoted = segment(value);
        if quoted != *value {
            text = text.replace(&quoted, &format!("@{{{name}:quoted}}"));
        }
    }
    for (pattern, tag) in VOLATILE.iter() {
        text = pattern.replace_all(&text, *tag).into_owned();
    }
    text
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The value with every string in it, names of members included, changed.
fn in_strings(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(elements) => elements.iter().map(|element| in_strings(element, change)).collect(),
        Value::Object(members) => {
            let changed = members.iter().map(|(name, value)| (change(name), in_strings(value, change)));
            Value::Object(changed.collect())
        }
        other => other.clone(),
    }
}

/// The places a path such as `$.a.*.b` leads to.
pub(crate) fn places<'a>(root: &'a mut Value, path: &str) -> Vec<&'a mut Value> {
    let mut places = vec![root];
    for key in path.trim_start_matches('$').split('.').filter(|key| !key.is_empty()) {
        places = places.into_iter().flat_map(|place| below(place, key)).collect();
    }
    places
}

fn below<'a>(place: &'a mut Value, key: &str) -> Vec<&'a mut Value> {
    match (place, key) {
        (Value::Array(elements), "*") => elements.iter_mut().collect(),
        (Value::Object(members), "*") => members.values_mut().collect(),
        (Value::Object(members), _) => members.get_mut(key).into_iter().collect(),
        (Value::Array(elements), _) => {
            let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
            let index = key.parse::<i64>().ok().map(|index| if index < 0 { length + index } else { index });
            let index = index.and_then(|index| usize::try_from(index).ok());
            index.and_then(|index| elements.get_mut(index)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The first member a path leads to; none for null as well.
pub(crate) fn dig(value: &Value, path: &str) -> Option<Value> {
    let mut value = value.clone();
    places(&mut value, path).into_iter().next().map(Value::take).filter(|found| !found.is_null())
}

/// The types of a value: members by name, lists by their first element.
pub(crate) fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), shape(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(elements) => elements.first().map(shape).into_iter().collect(),
        Value::Null => json!("null"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
    }
}

/// Bytes as text if they are UTF-8, else as Latin-1; large ones as a digest.
pub(crate) fn data_of(bytes: &[u8], variables: &Variables) -> Value {
    if bytes.len() > LARGE {
        let text = variables.clean_text(&latin(bytes));
        return json!({ "len": text.chars().count(), "sha256": digest(text.as_bytes()) });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::String(variables.clean_text(text)),
        Err(_) => json!({ "latin1": variables.clean_text(&latin(bytes)) }),
    }
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An answer's body as a case asks for it; none when it is not looked at. Saves variables first.
pub(crate) fn body(step: &HttpStep, media_type: &str, bytes: &[u8], variables: &Variables) -> Option<Value> {
    let as_data = data_of(bytes, variables);
    let parsed = media_type.contains("json").then(|| serde_json::from_slice(bytes).ok()).flatten();
    let is_digest = parsed.is_none() && as_data.get("sha256").is_some();
    let mut body = parsed.unwrap_or(as_data);
    for (name, path) in &step.save {
        let found = dig(&body, path).map_or_else(|| format!("MISSING-{name}"), |found| text_of(&found));
        variables.set(name, found);
    }
    if let Some((path, key, prefix)) = &step.keep {
        for list in places(&mut body, path).into_iter().filter_map(Value::as_array_mut) {
            list.retain(|element| sort_key(element, key).starts_with(prefix));
        }
    }
    for (path, key) in &step.sort {
        for list in places(&mut body, path).into_iter().filter_map(Value::as_array_mut) {
            list.sort_by_cached_key(|element| sort_key(element, key));
        }
    }
    for path in &step.mask {
        for place in places(&mut body, path) {
            *place = Value::String(format!("<MASKED:{}>", text_of(&shape(place))));
        }
    }
    let large = (body.is_object() || body.is_array()) && !is_digest && body.to_string().len() > LARGE;
    let kept = if step.kept == Kept::Exact && large { Kept::Hash } else { step.kept };
    if kept == Kept::None {
        return None;
    }
    if bytes.is_empty() {
        return Some(Value::Null);
    }
    Some(match (kept, &body) {
        (Kept::Shape, _) => json!({ "shape": shape(&body) }),
        (Kept::Hash, _) if !is_digest => {
            let text = variables.clean(&body).to_string();
            json!({ "shape": shape(&body), "len": text.len(), "sha256": digest(text.as_bytes()) })
        }
        (Kept::Lines, Value::String(text)) => {
            let text = variables.clean_text(text);
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            json!({ "lines": lines })
        }
        _ => body,
    })
}

fn sort_key(element: &Value, key: &str) -> String {
    text_of(element.get(key).unwrap_or(element))
}
