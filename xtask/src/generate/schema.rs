//! The compact JSON document schema checks work on: structure without prose.

use serde_json::{Map, Value};

use crate::generate::Document;

/// The document as JSON text, one path or component a line so that changes can be read.
pub(crate) fn compact(document: &Document) -> String {
    let mut lines = Vec::new();
    let paths = section(&document.value["paths"], strip);
    lines.push(format!("\"paths\":{paths}"));
    let mut components = Vec::new();
    for kind in ["schemas", "parameters", "responses"] {
        components.push(format!("{kind:?}:{}", section(&document.value["components"][kind], strip)));
    }
    lines.push(format!("\"components\":{{\n{}}}", components.join(",\n")));
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

fn section(value: &Value, strip: fn(&Value) -> Value) -> String {
    let entries: Vec<String> = value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, entry)| format!("{}:{}", Value::from(name.as_str()), strip(entry)))
        .collect();
    format!("{{\n{}\n}}", entries.join(",\n"))
}

/// Drops sentences and extensions. `properties` holds names, not keywords, so its keys always stay.
fn strip(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(strip).collect(),
        Value::Object(members) => {
            let mut kept = Map::new();
            for (key, member) in members {
                if key == "properties" {
                    let properties = member.as_object().into_iter().flatten();
                    kept.insert(
                        key.clone(),
                        properties.map(|(name, schema)| (name.clone(), strip(schema))).collect(),
                    );
                } else if !is_prose(key) {
                    kept.insert(key.clone(), strip(member));
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

fn is_prose(key: &str) -> bool {
    matches!(key, "summary" | "description" | "tags" | "example" | "examples" | "operationId")
        || key.starts_with("x-")
}
