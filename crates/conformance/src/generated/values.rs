//! Sample values out of the tables: right ones, and wrong ones of every sort.

use contract::{Bound, Kind, Lenient, Member, Shape};
use serde_json::{Map, Value, json};

/// Longest text worth sending to find out whether a limit holds.
const LONGEST_TEXT: f64 = 100_000.0;

/// Shapes nest; deeper than this nothing is sampled.
const DEEPEST: usize = 4;

/// A value the contract allows.
pub(super) fn allowed(kind: &Kind, bound: &Bound) -> Value {
    allowed_at(kind, bound, 0)
}

fn allowed_at(kind: &Kind, bound: &Bound, depth: usize) -> Value {
    if let Some(value) = bound.values.first() {
        return Value::from(*value);
    }
    if let Some(value) = bound.default.and_then(|text| serde_json::from_str(text).ok()) {
        return value;
    }
    match kind {
        Kind::Any | Kind::Map(_) => json!({}),
        Kind::String => Value::from(text_of(bound.minimum.unwrap_or(1.0).max(1.0))),
        Kind::Bool => Value::from(false),
        Kind::Integer { .. } | Kind::Number => number(bound.minimum.unwrap_or(1.0)),
        Kind::Array(inner) if bound.minimum.is_some_and(|least| least >= 1.0) && depth < DEEPEST => {
            Value::from(vec![allowed_at(inner, &Bound::NONE, depth + 1)])
        }
        Kind::Array(_) => json!([]),
        Kind::Object(shape) if depth < DEEPEST => Value::Object(required(shape, depth + 1)),
        Kind::Object(_) => json!({}),
    }
}

/// An object with the required members of a shape.
pub(super) fn required(shape: &Shape, depth: usize) -> Map<String, Value> {
    let members = shape.members.iter().filter(|member| member.required);
    members.map(|member| (member.name.to_owned(), allowed_at(&member.kind, &member.bound, depth))).collect()
}

/// A value of a type the member never has, whatever is coerced; `None` where every type is taken.
pub(super) fn wrong_type(kind: &Kind, lenient: &[Lenient]) -> Option<Value> {
    match kind {
        _ if lenient.contains(&Lenient::UnreadableAsAbsent) => None,
        Kind::Any => None,
        Kind::String | Kind::Bool | Kind::Integer { .. } | Kind::Number => Some(json!({ "wrong": ["type"] })),
        Kind::Array(_) if lenient.contains(&Lenient::SingleAsArray) => None,
        Kind::Array(_) => Some(json!({ "wrong": "type" })),
        Kind::Map(_) | Kind::Object(_) => Some(json!("wrong type")),
    }
}

/// Values just outside the limits, each with a name for its case.
pub(super) fn outside(kind: &Kind, bound: &Bound, lenient: &[Lenient]) -> Vec<(&'static str, Value)> {
    let mut values = Vec::new();
    for (name, limit, step) in [("below", bound.minimum, -1.0), ("above", bound.maximum, 1.0)] {
        let Some(limit) = limit else { continue };
        let value = match kind {
            Kind::Integer { .. } | Kind::Number => Some(number(limit + step)),
            Kind::String if limit + step >= 0.0 && limit < LONGEST_TEXT => Some(text_of(limit + step).into()),
            Kind::Array(inner) if limit + step >= 0.0 && limit < 1000.0 => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "between 0 and 1000"
                )]
                let count = (limit + step) as usize;
                Some(vec![allowed(inner, &Bound::NONE); count].into())
            }
            _ => None,
        };
        values.extend(value.filter(|value| !counts_as_absent(value, lenient)).map(|value| (name, value)));
    }
    values
}

fn counts_as_absent(value: &Value, lenient: &[Lenient]) -> bool {
    let falsy = value == &json!(0) || value == &json!("") || value == &json!([]);
    falsy && lenient.contains(&Lenient::FalsyAsAbsent)
}

/// Allowed values at the edges: each limit, each of the only values.
pub(super) fn edges(kind: &Kind, bound: &Bound) -> Vec<(String, Value)> {
    let (kind, listed) = match kind {
        Kind::Array(inner) => (*inner, true),
        other => (other, false),
    };
    let mut values: Vec<(String, Value)> =
        bound.values.iter().map(|value| ((*value).to_owned(), Value::from(*value))).collect();
    match kind {
        Kind::Bool => values.extend([true, false].map(|value| (value.to_string(), Value::from(value)))),
        Kind::Integer { .. } | Kind::Number if !listed => {
            let limits = [("minimum", bound.minimum), ("maximum", bound.maximum)];
            let limits =
                limits.into_iter().filter_map(|(name, limit)| Some((name.to_owned(), number(limit?))));
            values.extend(limits);
        }
        _ => {}
    }
    values
}

/// A text no list of values has.
pub(super) const UNKNOWN_VALUE: &str = "no-such-value";

/// Whether the only values of a member are listed, and a wrong one refused.
pub(super) fn is_enum(kind: &Kind, bound: &Bound) -> bool {
    matches!(kind, Kind::String) && !bound.values.is_empty()
}

/// The JSON body with one member set.
pub(super) fn with(shape: &Shape, member: &Member, value: Value) -> Value {
    let mut body = required(shape, 0);
    body.insert(member.name.to_owned(), value);
    Value::Object(body)
}

#[expect(clippy::cast_possible_truncation, reason = "whole numbers of the tables are small")]
fn number(value: f64) -> Value {
    if value.fract() == 0.0 { Value::from(value as i64) } else { Value::from(value) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers keep it between 0 and a limit"
)]
fn text_of(length: f64) -> String {
    "x".repeat(length as usize)
}
