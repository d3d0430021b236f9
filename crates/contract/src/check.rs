//! Checks of values against a document's schemas. Schemas are compiled on first use and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use crate::{Document, Operation, Payload, Response};

const BASE: &str = "contract:///document";

/// Checks values against one document.
#[derive(Debug)]
pub struct Checker {
    document: &'static Document,
    registry: OnceLock<Registry<'static>>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// What an answer looked like.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header, parameters included.
    pub content_type: Option<&'a str>,
    /// The whole body; `None` when it was not collected, as for streams and upgrades.
    pub body: Option<&'a [u8]>,
}

impl Answer<'_> {
    fn is_json(&self) -> bool {
        self.content_type.is_some_and(|content_type| content_type.starts_with("application/json"))
    }
}

impl Checker {
    /// A checker that has compiled nothing yet.
    #[must_use]
    pub fn new(document: &'static Document) -> Self {
        Self { document, registry: OnceLock::new(), validators: Mutex::default() }
    }

    /// How `value` departs from the schema at `pointer` of the document; empty when it does not.
    ///
    /// # Panics
    ///
    /// When the document itself is no valid schema; a test compiles every schema of every document.
    #[must_use]
    pub fn departures(&self, pointer: &str, value: &Value) -> Vec<String> {
        self.validator(pointer)
            .iter_errors(value)
            .map(|error| {
                let place = error.instance_path().to_string();
                if place.is_empty() { error.to_string() } else { format!("{place}: {error}") }
            })
            .collect()
    }

    /// How an answer departs from what the contract says of `operation`; empty when it does not.
    #[must_use]
    pub fn answer(&self, operation: &Operation, answer: Answer<'_>) -> Vec<String> {
        if operation.planned && answer.status == 501 {
            return Vec::new();
        }
        let with = |status| operation.responses.iter().find(|response| response.status == status);
        let documented = with(answer.status).or_else(|| with(Response::ANY));
        let Some(response) = documented else {
            return self.undocumented(operation, answer);
        };
        match response.payload {
            Payload::Json(pointer) => self.json(pointer, answer),
            Payload::Mixed(pointer) if answer.is_json() => self.json(pointer, answer),
            Payload::Empty if answer.status >= 400 => self.error(answer),
            Payload::Empty if answer.body.is_some_and(|body| !body.is_empty()) => {
                vec!["a body where the contract has none".to_owned()]
            }
            Payload::Empty | Payload::Mixed(_) | Payload::Text | Payload::Stream => Vec::new(),
        }
    }

    fn undocumented(&self, operation: &Operation, answer: Answer<'_>) -> Vec<String> {
        if !operation.documents_status(self.document, answer.status) {
            return vec![format!("status {} is not documented for {}", answer.status, operation.id)];
        }
        self.error(answer)
    }

    /// Error bodies are described once for the whole document.
    fn error(&self, answer: Answer<'_>) -> Vec<String> {
        if self.document.error_schema.is_empty() {
            return Vec::new();
        }
        self.json(&format!("/components/schemas/{}", self.document.error_schema), answer)
    }

    fn json(&self, pointer: &str, answer: Answer<'_>) -> Vec<String> {
        let Some(body) = answer.body else { return Vec::new() };
        if !answer.is_json() {
            return vec![format!(
                "content type {:?} where the contract has JSON",
                answer.content_type.unwrap_or("")
            )];
        }
        match serde_json::from_slice(body) {
            Ok(value) => self.departures(pointer, &value),
            Err(error) => vec![format!("the body is not JSON: {error}")],
        }
    }

    fn validator(&self, pointer: &str) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(pointer) {
            return Arc::clone(validator);
        }
        let schema = json!({ "$ref": format!("{BASE}#{}", encode_fragment(pointer)) });
        let validator = jsonschema::options().with_registry(self.registry()).build(&schema);
        let validator =
            Arc::new(validator.unwrap_or_else(|error| panic!("{pointer} is no valid schema: {error}")));
        validators.insert(pointer.to_owned(), Arc::clone(&validator));
        validator
    }

    fn registry(&self) -> &Registry<'static> {
        self.registry.get_or_init(|| {
            let document: Value = serde_json::from_str(self.document.json)
                .unwrap_or_else(|error| panic!("the {} document is not JSON: {error}", self.document.name));
            let resource = jsonschema::Resource::from_contents(document);
            let registry = Registry::new().add(BASE, resource).and_then(jsonschema::RegistryBuilder::prepare);
            registry.unwrap_or_else(|error| {
                panic!("the {} document cannot be referred to: {error}", self.document.name)
            })
        })
    }
}

/// Pointers hold braces of path templates, which a URI fragment must not.
fn encode_fragment(pointer: &str) -> String {
    pointer.replace('{', "%7B").replace('}', "%7D")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DOCUMENTS, control, toolbox};

    #[test]
    fn every_schema_of_every_document_compiles() {
        for document in DOCUMENTS {
            let checker = Checker::new(document);
            for operation in document.operations {
                let pointers = operation.responses.iter().filter_map(|response| match response.payload {
                    Payload::Json(pointer) | Payload::Mixed(pointer) => Some(pointer),
                    _ => None,
                });
                for pointer in pointers.chain(operation.body.and_then(|body| body.schema)) {
                    let _ = checker.departures(pointer, &Value::Null);
                }
            }
            let _ =
                checker.departures(&format!("/components/schemas/{}", document.error_schema), &Value::Null);
        }
    }

    #[test]
    fn a_missing_member_and_a_wrong_type_are_departures() {
        let checker = Checker::new(&toolbox::DOCUMENT);
        let execute = toolbox::DOCUMENT.operation("ExecuteCommand").unwrap();
        let answer = |body: &'static [u8]| Answer {
            status: 200,
            content_type: Some("application/json"),
            body: Some(body),
        };
        assert!(checker.answer(execute, answer(br#"{"exitCode":0,"result":"x"}"#)).is_empty());
        assert!(!checker.answer(execute, answer(br#"{"exitCode":0}"#)).is_empty());
        assert!(!checker.answer(execute, answer(br#"{"exitCode":0,"result":1}"#)).is_empty());
    }

    #[test]
    fn an_undocumented_status_and_a_wrong_content_type_are_departures() {
        let checker = Checker::new(&control::DOCUMENT);
        let get = control::DOCUMENT.operation("getSandbox").unwrap();
        let answer = Answer { status: 418, content_type: None, body: None };
        assert!(!checker.answer(get, answer).is_empty());
        let answer = Answer { status: 200, content_type: Some("text/html"), body: Some(b"{}") };
        assert!(!checker.answer(get, answer).is_empty());
    }
}
