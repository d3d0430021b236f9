//! The control plane's checks of one value: coercion as far as the table allows it, then the texts of its validators.
//!
//! A member that fails several checks gets several texts, limits before types, as its validators run from the last one
//! to the first. Texts of nested members carry the path. Source: control-plane.md §1.4, §2.5, §2.8.

use serde_json::{Map, Number, Value};

use super::json;
use crate::{Bound, Kind, Lenient, Member, Shape};

/// What the table says about one member or parameter.
#[derive(Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) name: &'a str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    pub(super) nullable: bool,
    pub(super) bound: &'a Bound,
    pub(super) lenient: &'a [Lenient],
}

impl<'a> From<&'a Member> for Rule<'a> {
    fn from(member: &'a Member) -> Self {
        Self {
            name: member.name,
            kind: member.kind,
            required: member.required,
            nullable: member.nullable,
            bound: &member.bound,
            lenient: member.lenient,
        }
    }
}

/// Checks the members of an object; the result holds known members with a value only.
pub(super) fn object(
    shape: &'static Shape,
    mut members: Map<String, Value>,
    failures: &mut Vec<String>,
) -> Value {
    let mut bound = Map::new();
    for member in shape.members {
        let value = members.remove(member.name);
        if let Some(value) = Rule::from(member).check(value, failures) {
            bound.insert(member.name.to_owned(), value);
        }
    }
    Value::Object(bound)
}

impl Rule<'_> {
    /// The value to keep; `None` when there is none, or when a text was added to `failures`.
    pub(super) fn check(&self, value: Option<Value>, failures: &mut Vec<String>) -> Option<Value> {
        if value == Some(Value::Null) && self.nullable && !self.allows(Lenient::Null) {
            return value;
        }
        // From here on `Null` stands for a value left out.
        let value = self.coerce(value.unwrap_or_default());
        if value.is_null() && !self.required {
            return None;
        }
        match self.kind {
            Kind::Any => self.any(value, failures),
            Kind::String => self.string(value, failures),
            Kind::Bool => {
                self.accept(value.is_boolean().then_some(value), "must be a boolean value", failures)
            }
            Kind::Integer { .. } | Kind::Number => self.number(&value, failures),
            Kind::Array(element) => self.array(*element, value, failures),
            Kind::Map(element) => self.map(*element, value, failures),
            Kind::Object(shape) => self.nested(shape, value, failures),
        }
    }

    fn allows(&self, departure: Lenient) -> bool {
        self.lenient.contains(&departure)
    }

    fn coerce(&self, value: Value) -> Value {
        if self.allows(Lenient::FalsyAsAbsent) && is_falsy(&value) {
            return Value::Null;
        }
        match &value {
            Value::String(text) if self.allows(Lenient::CoerceNumber) && self.is_numeric() => {
                number_from_text(text).map_or(value, Value::Number)
            }
            Value::String(text) if self.allows(Lenient::CoerceBool) && matches!(self.kind, Kind::Bool) => {
                match text.as_str() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    _ => value,
                }
            }
            Value::Null | Value::Array(_) => value,
            _ if self.allows(Lenient::SingleAsArray) && matches!(self.kind, Kind::Array(_)) => {
                Value::Array(vec![value])
            }
            _ => value,
        }
    }

    fn is_numeric(&self) -> bool {
        matches!(self.kind, Kind::Integer { .. } | Kind::Number)
    }

    fn fail(&self, text: &str, failures: &mut Vec<String>) {
        failures.push(format!("{} {text}", self.name));
    }

    fn fail_each(&self, text: &str, failures: &mut Vec<String>) {
        failures.push(format!("each value in {} {text}", self.name));
    }

    fn accept(&self, value: Option<Value>, text: &str, failures: &mut Vec<String>) -> Option<Value> {
        if value.is_none() {
            self.fail(text, failures);
        }
        value
    }

    fn any(&self, value: Value, failures: &mut Vec<String>) -> Option<Value> {
        self.accept((!value.is_null()).then_some(value), "should not be empty", failures)
    }

    fn string(&self, value: Value, failures: &mut Vec<String>) -> Option<Value> {
        let text = value.as_str();
        if !self.bound.values.is_empty() {
            let known = text.is_some_and(|text| self.bound.values.contains(&text));
            return self.accept(known.then_some(value), &one_of(self.bound.values), failures);
        }
        let before = failures.len();
        if self.may_not_be_empty() && (value.is_null() || text == Some("")) {
            self.fail("should not be empty", failures);
        }
        match text {
            None => self.fail("must be a string", failures),
            Some(text) if failures.len() == before => {
                // Lengths count UTF-16 units, as the server's language does.
                let length = text.encode_utf16().count();
                self.check_length(
                    length,
                    ["must be shorter than or equal to", "must be longer than or equal to"],
                    "characters",
                    failures,
                );
            }
            Some(_) => {}
        }
        (failures.len() == before).then_some(value)
    }

    /// Whether the empty text is refused: it is for a required member, unless `null` is fine too or the table gives a
    /// least length of zero.
    fn may_not_be_empty(&self) -> bool {
        self.required && !self.nullable && self.bound.minimum != Some(0.0)
    }

    /// Checks the length of a text or list; `words` are those for too long and too short.
    fn check_length(&self, length: usize, words: [&str; 2], unit: &str, failures: &mut Vec<String>) {
        #[expect(clippy::cast_precision_loss, reason = "a request is far shorter than 2^52 bytes")]
        let length = length as f64;
        let [too_long, too_short] = words;
        if let Some(maximum) = self.bound.maximum.filter(|maximum| length > *maximum) {
            self.fail(&format!("{too_long} {maximum} {unit}"), failures);
        }
        if let Some(minimum) = self.bound.minimum.filter(|minimum| length < *minimum) {
            self.fail(&format!("{too_short} {minimum} {unit}"), failures);
        }
    }

    fn number(&self, value: &Value, failures: &mut Vec<String>) -> Option<Value> {
        let before = failures.len();
        let number = value.as_f64();
        if let Some(maximum) = self.bound.maximum
            && number.is_none_or(|number| number > maximum)
        {
            self.fail(&format!("must not be greater than {maximum}"), failures);
        }
        if let Some(minimum) = self.bound.minimum
            && number.is_none_or(|number| number < minimum)
        {
            self.fail(&format!("must not be less than {minimum}"), failures);
        }
        let conforming = scalar(self.kind, value);
        if conforming.is_none() {
            self.fail(type_text(self.kind), failures);
        }
        conforming.filter(|_| failures.len() == before)
    }

    fn array(&self, element: Kind, value: Value, failures: &mut Vec<String>) -> Option<Value> {
        let Value::Array(elements) = value else {
            self.fail("must be an array", failures);
            return None;
        };
        let before = failures.len();
        self.check_length(
            elements.len(),
            ["must contain no more than", "must contain at least"],
            "elements",
            failures,
        );
        let mut kept = Vec::with_capacity(elements.len());
        let mut each_failed = None;
        for (index, value) in elements.into_iter().enumerate() {
            match self.element(element, value, &index.to_string(), failures) {
                Ok(value) => kept.push(value),
                Err(text) => each_failed = each_failed.or(text),
            }
        }
        if let Some(text) = each_failed {
            self.fail_each(&text, failures);
        }
        (failures.len() == before).then_some(Value::Array(kept))
    }

    fn map(&self, element: Kind, value: Value, failures: &mut Vec<String>) -> Option<Value> {
        let Value::Object(members) = value else {
            self.fail("must be an object", failures);
            return None;
        };
        let before = failures.len();
        let mut kept = Map::with_capacity(members.len());
        let mut each_failed = None;
        for (key, value) in members {
            match self.element(element, value, &key, failures) {
                Ok(value) => {
                    kept.insert(key, value);
                }
                Err(text) => each_failed = each_failed.or(text),
            }
        }
        if let Some(text) = each_failed {
            self.fail_each(&text, failures);
        }
        (failures.len() == before).then_some(Value::Object(kept))
    }

    /// Checks an element of a list or map. `Err` holds the text to say once for all elements; none when nested members
    /// have said theirs.
    fn element(
        &self,
        kind: Kind,
        value: Value,
        index: &str,
        failures: &mut Vec<String>,
    ) -> Result<Value, Option<String>> {
        if let (Kind::Object(shape), Value::Object(members)) = (kind, &value) {
            let before = failures.len();
            let kept = prefixed(&format!("{}.{index}", self.name), failures, |failures| {
                object(shape, members.clone(), failures)
            });
            return if failures.len() == before { Ok(kept) } else { Err(None) };
        }
        if !self.bound.values.is_empty() {
            let known = value.as_str().is_some_and(|text| self.bound.values.contains(&text));
            return if known { Ok(value) } else { Err(Some(one_of(self.bound.values))) };
        }
        match kind {
            Kind::Array(_) | Kind::Map(_) => {
                let name = format!("{}.{index}", self.name);
                let rule = Rule {
                    name: &name,
                    kind,
                    required: true,
                    nullable: false,
                    bound: &Bound::NONE,
                    lenient: &[],
                };
                rule.check(Some(value), failures).ok_or(None)
            }
            _ => scalar(kind, &value).ok_or_else(|| Some(type_text(kind).to_owned())),
        }
    }

    fn nested(&self, shape: &'static Shape, value: Value, failures: &mut Vec<String>) -> Option<Value> {
        let before = failures.len();
        let Value::Object(members) = value else {
            if value.is_null() {
                self.fail("should not be empty", failures);
            }
            self.fail("must be an object", failures);
            return None;
        };
        let kept = prefixed(self.name, failures, |failures| object(shape, members, failures));
        (failures.len() == before).then_some(kept)
    }
}

/// Runs `check` and puts the path before the texts it adds.
fn prefixed(path: &str, failures: &mut Vec<String>, check: impl FnOnce(&mut Vec<String>) -> Value) -> Value {
    let mut inner = Vec::new();
    let kept = check(&mut inner);
    failures.extend(inner.into_iter().map(|text| format!("{path}.{text}")));
    kept
}

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(elements) => elements.is_empty(),
        _ => false,
    }
}

fn one_of(values: &[&str]) -> String {
    format!("must be one of the following values: {}", values.join(", "))
}

fn type_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "should not be empty",
        Kind::String => "must be a string",
        Kind::Bool => "must be a boolean value",
        Kind::Integer { .. } => "must be an integer number",
        Kind::Number => "must be a number conforming to the specified constraints",
        Kind::Array(_) => "must be an array",
        Kind::Map(_) | Kind::Object(_) => "must be an object",
    }
}

/// A value of a simple type in its documented form; `None` for another type.
fn scalar(kind: Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Any, _)
        | (Kind::String, Value::String(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Number, Value::Number(_)) => Some(value.clone()),
        (Kind::Integer { name }, Value::Number(number)) => whole(number, name).map(Value::Number),
        _ => None,
    }
}

/// A whole number in integer form, however it was written, if the type `name` holds it.
fn whole(number: &Number, name: &str) -> Option<Number> {
    if number.is_i64() || number.is_u64() {
        return json::integer(&number.to_string(), name);
    }
    let value = number.as_f64().filter(|value| value.fract() == 0.0)?;
    json::integer(&format!("{value:.0}"), name)
}

/// A number as the server's language reads one from a text: blank is zero, and a prefix chooses the base.
pub(super) fn number_from_text(text: &str) -> Option<Number> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0.into());
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
            return plain.then(|| u64::from_str_radix(digits, radix).ok()).flatten().map(Number::from);
        }
    }
    let decimal =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if decimal { json::parse_number(text) } else { None }
}
