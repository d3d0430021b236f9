//! What of two answers is looked at on each level, and where they differ.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::cases::Answered;
use crate::tidy::shape;

/// How closely answers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Status codes, handshakes, close codes, exit codes.
    Status,
    /// Besides, members and types, media types and frame kinds of successes.
    Shape,
}

/// One place where two answers differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    path: String,
    recorded: Value,
    got: Value,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "step{}: recorded {}, got {}", self.path, self.recorded, self.got)
    }
}

/// Where what was played differs from what was recorded, at a level.
pub(crate) fn differences(recorded: &Answered, got: &Answered, level: Level) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&looked_at(recorded, level), &looked_at(got, level), String::new(), &mut found);
    found
}

/// What of a case is looked at.
fn looked_at(answered: &Answered, level: Level) -> Value {
    match &answered.steps {
        Some(steps) => steps.iter().map(|step| step_at(step, level)).collect(),
        None => json!({ "crashed": answered.crashed, "setup failed": answered.setup_failed }),
    }
}

fn step_at(step: &Value, level: Level) -> Value {
    if let Some(Value::Array(steps)) = step.get("parallel").or_else(|| step.get("seq")) {
        return steps.iter().map(|step| step_at(step, level)).collect();
    }
    let mut kept = Map::new();
    for name in ["status", "handshake", "timeout", "failed", "line"] {
        if let Some(value) = step.get(name) {
            kept.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(close) = step.get("close") {
        kept.insert(String::from("close"), close.get("code").unwrap_or(close).clone());
    }
    if let Some(shell) = step.get("sh") {
        kept.insert(String::from("exit"), shell["exit"].clone());
    }
    if level == Level::Shape && is_success(step) {
        add_shapes(step, &mut kept);
    }
    kept.into()
}

/// Whether an answer is one whose shape counts. How errors look is decided by the project, not by the recording.
fn is_success(step: &Value) -> bool {
    let status = step.get("status").and_then(Value::as_u64);
    let handshake = step.get("handshake").map(|handshake| handshake == 101);
    status.is_none_or(|status| status < 400) && handshake.unwrap_or(true)
}

fn add_shapes(step: &Value, kept: &mut Map<String, Value>) {
    let media_type = step["headers"]["content-type"].as_str().unwrap_or_default();
    kept.insert(String::from("media type"), json!(media_type.split(';').next()));
    if let Some(body) = step.get("body") {
        kept.insert(String::from("body"), body.get("shape").cloned().unwrap_or_else(|| shape(body)));
    }
    if let Some(Value::Array(frames)) = step.get("frames") {
        let frames = frames.iter().map(|frame| json!([frame[0], shape(&frame[1])]));
        kept.insert(String::from("frames"), frames.collect());
    }
    if let Some(kinds) = step.get("kinds") {
        kept.insert(String::from("kinds"), kinds.clone());
    }
    if let Some(control) = step.get("control") {
        kept.insert(String::from("control"), shape(control));
    }
    if let Some(Value::Array(marks)) = step.get("marks") {
        kept.insert(String::from("marks"), marks.iter().map(mark_at).collect());
    }
}

/// A mark is a name and whether it came true, or what a step in between left.
fn mark_at(mark: &Value) -> Value {
    let what = if mark[1].is_object() { step_at(&mark[1], Level::Shape) } else { mark[1].clone() };
    json!([mark[0], what])
}

fn compare(recorded: &Value, got: &Value, path: String, found: &mut Vec<Difference>) {
    match (recorded, got) {
        (Value::Object(left), Value::Object(right)) => {
            let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
            names.sort_unstable();
            names.dedup();
            let absent = json!("(absent)");
            for name in names {
                let (left, right) = (left.get(name), right.get(name));
                let below = format!("{path}.{name}");
                compare(left.unwrap_or(&absent), right.unwrap_or(&absent), below, found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(left, right, format!("{path}[{index}]"), found);
            }
        }
        (left, right) if left == right => {}
        (left, right) => {
            found.push(Difference { path, recorded: left.clone(), got: right.clone() });
        }
    }
}

/// Whether the server said of any step that it does not serve it, where the recorded one did not say so.
pub(crate) fn is_not_served(recorded: &Answered, got: &Answered) -> bool {
    says_not_implemented(&looked_at(got, Level::Status))
        && !says_not_implemented(&looked_at(recorded, Level::Status))
}

fn says_not_implemented(looked_at: &Value) -> bool {
    match looked_at {
        Value::Array(steps) => steps.iter().any(says_not_implemented),
        step => step.get("status").or_else(|| step.get("handshake")).is_some_and(|status| status == 501),
    }
}
