//! Compares a document with the official description its structure was taken from.
//!
//! Both are brought to one flat form, a map from place to fact, and the maps are compared. Words, bounds and defaults are
//! not compared. Places are named as `drift.toml` beside the fragments explains.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::generate::document::{Document, DocumentError, referred};
use crate::generate::tables::strings;

/// What differs in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The place, as in `drift.toml`.
    pub place: String,
    /// `added`, `removed` or `changed`, seen from the official document.
    pub kind: String,
    /// Both sides, for a reader.
    pub detail: String,
}

/// An accepted difference.
#[derive(Debug, serde::Deserialize)]
pub struct Accepted {
    /// The place; a trailing `*` stands for all that begin like it.
    pub r#where: String,
    /// `added`, `removed` or `changed`.
    pub kind: String,
    /// Why it is right.
    pub reason: String,
}

impl Accepted {
    fn covers(&self, difference: &Difference) -> bool {
        let place = match self.r#where.strip_suffix('*') {
            Some(start) => difference.place.starts_with(start),
            None => difference.place == self.r#where,
        };
        place && self.kind == difference.kind
    }
}

/// Reads the accepted differences of one document.
///
/// # Errors
///
/// When the file cannot be read or understood.
pub fn accepted(path: &Path) -> Result<Vec<Accepted>, DocumentError> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default)]
        difference: Vec<Accepted>,
    }
    let text = std::fs::read_to_string(path)
        .map_err(|source| DocumentError::Io { path: path.to_owned(), source })?;
    let file: File = toml::from_str(&text)
        .map_err(|error| DocumentError::Syntax { path: path.to_owned(), reason: error.to_string() })?;
    Ok(file.difference)
}

/// Differences nobody accepted, and accepted ones that are none any more.
#[must_use]
pub fn unexpected(differences: &[Difference], accepted: &[Accepted]) -> (Vec<Difference>, Vec<String>) {
    let new = differences.iter().filter(|difference| !accepted.iter().any(|entry| entry.covers(difference)));
    let stale =
        accepted.iter().filter(|entry| !differences.iter().any(|difference| entry.covers(difference)));
    (new.cloned().collect(), stale.map(|entry| entry.r#where.clone()).collect())
}

/// Every difference between the official description and the project's document.
#[must_use]
pub fn differences(official: &Value, document: &Document) -> Vec<Difference> {
    let swagger = official["swagger"].is_string();
    let official = if swagger { from_swagger(official) } else { official.clone() };
    let scope = Scope { media_types: !swagger };
    let (theirs, ours) = (scope.facts(&official), scope.facts(&document.value));
    let mut differences = Vec::new();
    for (place, fact) in &theirs {
        match ours.get(place) {
            None if has_ancestor_only_in(place, &theirs, &ours) => {}
            None => differences.push(difference(place, "removed", fact, &Value::Null)),
            Some(own) if own != fact => differences.push(difference(place, "changed", fact, own)),
            Some(_) => {}
        }
    }
    for (place, fact) in &ours {
        if !theirs.contains_key(place) && !has_ancestor_only_in(place, &ours, &theirs) {
            differences.push(difference(place, "added", &Value::Null, fact));
        }
    }
    differences.extend(required_changes(&official, &document.value));
    differences
}

fn difference(place: &str, kind: &str, theirs: &Value, ours: &Value) -> Difference {
    let place = place.replace('\u{1f}', ".");
    Difference { place, kind: kind.to_owned(), detail: format!("official {theirs}, here {ours}") }
}

/// Whether a whole operation or schema around `place` exists on one side only, which is said once.
fn has_ancestor_only_in(
    place: &str,
    here: &BTreeMap<String, Value>,
    there: &BTreeMap<String, Value>,
) -> bool {
    let ends = place.match_indices('\u{1f}').map(|(end, _)| &place[..end]);
    ends.into_iter().any(|ancestor| here.contains_key(ancestor) && !there.contains_key(ancestor))
}

/// What is compared besides structure.
struct Scope {
    media_types: bool,
}

impl Scope {
    /// Places joined by a unit separator, since paths hold dots and slashes.
    fn facts(&self, document: &Value) -> BTreeMap<String, Value> {
        let mut facts = BTreeMap::new();
        for (path, item) in members(&document["paths"]) {
            for method in ["get", "head", "post", "put", "patch", "delete"] {
                if let Some(operation) = item.get(method) {
                    self.operation(
                        &mut facts,
                        document,
                        &format!("paths\u{1f}{path}\u{1f}{method}"),
                        operation,
                    );
                }
            }
        }
        for (name, schema) in members(&document["components"]["schemas"]) {
            let place = format!("schemas\u{1f}{name}");
            facts.insert(place.clone(), Value::Null);
            let simple = simplify(schema);
            facts.insert(format!("{place}\u{1f}type"), simple["types"].clone());
            facts.insert(format!("{place}\u{1f}enum"), simple["enum"].clone());
            for (property, schema) in members(&schema["properties"]) {
                facts.insert(format!("{place}\u{1f}properties\u{1f}{property}"), simplify(schema));
            }
        }
        facts
    }

    fn operation(
        &self,
        facts: &mut BTreeMap<String, Value>,
        document: &Value,
        place: &str,
        operation: &Value,
    ) {
        facts.insert(place.to_owned(), Value::Null);
        facts.insert(format!("{place}\u{1f}operationId"), operation["operationId"].clone());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = follow(document, parameter);
            let name = parameter["name"].as_str().unwrap_or_default();
            let required = parameter["required"].as_bool().unwrap_or(false);
            let fact = json!({ "in": parameter["in"], "required": required, "schema": simplify(&parameter["schema"]) });
            facts.insert(format!("{place}\u{1f}parameters\u{1f}{name}"), fact);
        }
        if let Some(body) = operation.get("requestBody") {
            let mut fact = self.content(&body["content"]);
            fact["required"] = body["required"].as_bool().unwrap_or(false).into();
            facts.insert(format!("{place}\u{1f}requestBody"), fact);
        }
        for (status, response) in members(&operation["responses"]) {
            let fact = self.content(&follow(document, response)["content"]);
            facts.insert(format!("{place}\u{1f}responses\u{1f}{status}"), fact);
        }
    }

    fn content(&self, content: &Value) -> Value {
        let json = content.get("application/json");
        let first = json.or_else(|| members(content).next().map(|(_, media)| media));
        let schema = first.map_or(Value::Null, |media| simplify(&media["schema"]));
        let mut media_types: Vec<&str> = members(content).map(|(name, _)| name).collect();
        media_types.sort_unstable();
        if self.media_types {
            json!({ "media": media_types, "schema": schema })
        } else {
            json!({ "schema": schema })
        }
    }
}

/// Changes of the required list, over the properties both sides have.
fn required_changes(official: &Value, document: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (name, theirs) in members(&official["components"]["schemas"]) {
        let Some(ours) = document["components"]["schemas"].get(name) else { continue };
        let common = |schema: &Value| {
            let both = |property: &&str| {
                theirs["properties"].get(*property).is_some() && ours["properties"].get(*property).is_some()
            };
            let mut required: Vec<String> =
                strings(&schema["required"]).filter(both).map(ToOwned::to_owned).collect();
            required.sort();
            required
        };
        let (theirs, ours) = (common(theirs), common(ours));
        if theirs != ours {
            differences.push(difference(
                &format!("schemas.{name}.required"),
                "changed",
                &json!(theirs),
                &json!(ours),
            ));
        }
    }
    differences
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

fn follow<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target =
        value["$ref"].as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    target.unwrap_or(value)
}

/// A schema without words: reference, types, items, map values, enum, and the members of one described in place.
fn simplify(schema: &Value) -> Value {
    let mut types: Vec<String> = match &schema["type"] {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        _ => Vec::new(),
    };
    if schema["nullable"] == true {
        types.push("null".to_owned());
    }
    let union = ["anyOf", "oneOf"].iter().find_map(|key| schema[*key].as_array());
    let null_branch = union.is_some_and(|parts| parts.iter().any(|part| part["type"] == "null"));
    let reference = referred(schema).or_else(|| union?.iter().find_map(referred).filter(|_| null_branch));
    let nullable = null_branch || types.iter().any(|name| name == "null");
    if let Some(reference) = reference {
        return json!({ "ref": reference, "null": nullable });
    }
    types.sort();
    types.dedup();
    let mut simple = Map::new();
    simple.insert("types".to_owned(), json!(types));
    simple.insert("enum".to_owned(), json!(strings(&schema["enum"]).collect::<Vec<_>>()));
    if schema["items"].is_object() {
        simple.insert("items".to_owned(), simplify(&schema["items"]));
    }
    if schema["additionalProperties"].is_object() {
        simple.insert("values".to_owned(), simplify(&schema["additionalProperties"]));
    }
    let properties: Map<String, Value> =
        members(&schema["properties"]).map(|(name, schema)| (name.to_owned(), simplify(schema))).collect();
    if !properties.is_empty() {
        simple.insert("properties".to_owned(), Value::Object(properties));
    }
    Value::Object(simple)
}

/// Swagger 2.0 in the form of OpenAPI 3.
fn from_swagger(swagger: &Value) -> Value {
    let text = swagger.to_string().replace("#/definitions/", "#/components/schemas/");
    let swagger: Value = serde_json::from_str(&text).unwrap_or_default();
    let mut paths = Map::new();
    for (path, item) in members(&swagger["paths"]) {
        let methods =
            members(item).map(|(method, operation)| (method.to_owned(), operation_from_swagger(operation)));
        paths.insert(path.to_owned(), Value::Object(methods.collect()));
    }
    json!({ "paths": paths, "components": { "schemas": swagger["definitions"] } })
}

fn operation_from_swagger(operation: &Value) -> Value {
    let mut converted = json!({ "operationId": operation["operationId"], "parameters": [], "responses": {} });
    let mut form = Map::new();
    let mut form_required = false;
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let required = parameter["required"].as_bool().unwrap_or(false);
        match parameter["in"].as_str() {
            Some("body") => {
                let content = json!({ "application/json": { "schema": parameter["schema"] } });
                converted["requestBody"] = json!({ "required": required, "content": content });
            }
            Some("formData") => {
                form_required |= required;
                form.insert(parameter["name"].as_str().unwrap_or_default().to_owned(), typed(parameter));
            }
            _ => {
                let name = &parameter["name"];
                let parameter = json!({ "name": name, "in": parameter["in"], "required": required, "schema": typed(parameter) });
                if let Some(list) = converted["parameters"].as_array_mut() {
                    list.push(parameter);
                }
            }
        }
    }
    if !form.is_empty() {
        let schema = json!({ "type": "object", "properties": form });
        converted["requestBody"] =
            json!({ "required": form_required, "content": { "multipart/form-data": { "schema": schema } } });
    }
    for (status, response) in members(&operation["responses"]) {
        let schema = response.get("schema").filter(|_| status != "101");
        let content = schema
            .map_or(json!({}), |schema| json!({ "application/json": { "schema": file_as_text(schema) } }));
        converted["responses"][status] = json!({ "content": content });
    }
    converted
}

fn typed(parameter: &Value) -> Value {
    let kept = members(parameter).filter(|(key, _)| matches!(*key, "type" | "items" | "enum"));
    file_as_text(&Value::Object(kept.map(|(key, value)| (key.to_owned(), value.clone())).collect()))
}

fn file_as_text(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if schema["type"] == "file" {
        schema["type"] = "string".into();
    }
    schema
}
