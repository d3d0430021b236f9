//! Walks through a value beside its schema, to change objects without leaving the contract.

use contract::{Document, Operation, Payload};
use serde_json::{Map, Value};

/// An object of an answer and what the contract says of it.
pub(super) struct Described<'a> {
    pub(super) object: &'a mut Map<String, Value>,
    /// Names that have to be there.
    pub(super) required: Vec<&'a str>,
}

/// A document whose schemas are looked up.
#[derive(Debug)]
pub(super) struct Schemas(Value);

impl Schemas {
    pub(super) fn of(document: &Document) -> Self {
        Self(serde_json::from_str(document.json).unwrap_or_default())
    }

    /// Shows `visit` every object of an answer whose members the contract lists. Maps, whose names are the client's own,
    /// are none.
    pub(super) fn each_object(
        &self,
        operation: &Operation,
        status: u16,
        body: &mut Value,
        visit: &mut dyn FnMut(Described<'_>),
    ) {
        let mut responses = operation.responses.iter().filter(|response| response.status == status);
        let Some(Payload::Json(pointer) | Payload::Mixed(pointer)) =
            responses.next().map(|found| found.payload)
        else {
            return;
        };
        if let Some(schema) = self.0.pointer(pointer) {
            self.walk(schema, body, visit);
        }
    }

    fn walk(&self, schema: &Value, value: &mut Value, visit: &mut dyn FnMut(Described<'_>)) {
        let parts = self.parts(schema, value);
        match value {
            Value::Array(items) => {
                let described = parts.iter().find_map(|part| part.get("items"));
                for (item, schema) in
                    items.iter_mut().filter_map(|item| described.map(|schema| (item, schema)))
                {
                    self.walk(schema, item, visit);
                }
            }
            Value::Object(object) => {
                let mut listed = false;
                for (name, schema) in
                    parts.iter().filter_map(|part| part.get("properties")?.as_object()).flatten()
                {
                    listed = true;
                    if let Some(member) = object.get_mut(name) {
                        self.walk(schema, member, visit);
                    }
                }
                if listed && !parts.iter().any(|part| has_free_names(part)) {
                    let names = parts.iter().filter_map(|part| part.get("required")?.as_array()).flatten();
                    visit(Described { object, required: names.filter_map(Value::as_str).collect() });
                }
            }
            _ => {}
        }
    }

    /// The schemas that hold for `value` together: references resolved, of a choice the first that fits.
    fn parts<'s>(&'s self, schema: &'s Value, value: &Value) -> Vec<&'s Value> {
        let schema = self.resolved(schema);
        let mut parts = vec![schema];
        for all in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            parts.extend(self.parts(all, value));
        }
        for choice in ["oneOf", "anyOf"] {
            let choices = schema.get(choice).and_then(Value::as_array).into_iter().flatten();
            let mut fitting = choices.map(|choice| self.parts(choice, value));
            parts.extend(
                fitting.find(|parts| parts.iter().all(|part| may_describe(part, value))).unwrap_or_default(),
            );
        }
        parts
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
        match reference.and_then(|pointer| self.0.pointer(pointer)) {
            Some(found) => self.resolved(found),
            None => schema,
        }
    }
}

/// Whether names that are not listed carry a meaning.
fn has_free_names(schema: &Value) -> bool {
    schema.get("additionalProperties").is_some_and(|free| free.is_object() || free == &Value::Bool(true))
}

/// Whether a schema's type and required names fit.
fn may_describe(schema: &Value, value: &Value) -> bool {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let typed = match schema.get("type") {
        Some(Value::String(name)) => name == kind || (name == "integer" && kind == "number"),
        Some(Value::Array(names)) => names.iter().any(|name| name == kind),
        _ => true,
    };
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    typed && required.filter_map(Value::as_str).all(|name| value.get(name).is_some())
}
