//! Loading: all fragments of a directory merged into one OpenAPI document.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// Why a document cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A file could not be read or written.
    #[error("failed to access {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A fragment is not YAML.
    #[error("failed to read {path}: {reason}")]
    Syntax {
        /// The fragment.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// Two fragments say different things about one name, or one lacks something needed.
    #[error("{place}: {reason}")]
    Content {
        /// Path or component.
        place: String,
        /// What is wrong.
        reason: String,
    },
}

impl DocumentError {
    pub(crate) fn content(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Content { place: place.into(), reason: reason.into() }
    }
}

/// A merged document.
#[derive(Debug)]
pub struct Document {
    /// Name of the document, such as `control`.
    pub name: String,
    /// The merged OpenAPI document.
    pub value: Value,
    /// Operations this project's server does not serve yet.
    pub planned: Vec<String>,
}

/// One operation with where it stands.
#[derive(Clone, Copy, Debug)]
pub struct OperationRef<'a> {
    /// Path template.
    pub path: &'a str,
    /// Method in lower case.
    pub method: &'a str,
    /// The operation object.
    pub value: &'a Value,
}

impl OperationRef<'_> {
    /// The operation id; empty when the document lacks one.
    #[must_use]
    pub fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap_or_default()
    }

    /// JSON pointer of the operation in the document.
    #[must_use]
    pub fn pointer(&self) -> String {
        format!("/paths/{}/{}", escape_pointer(self.path), self.method)
    }
}

/// Escapes a key for use in a JSON pointer.
#[must_use]
pub(crate) fn escape_pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

const METHODS: &[&str] = &["get", "head", "post", "put", "patch", "delete"];

impl Document {
    /// Reads every fragment of `directory`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, is not YAML, or repeats an operation or component of another.
    pub fn load(directory: &Path, name: &str) -> Result<Self, DocumentError> {
        let mut value = Value::Object(Map::new());
        for path in fragments(directory)? {
            let fragment: Value = serde_norway::from_str(&read(&path)?)
                .map_err(|error| DocumentError::Syntax { path: path.clone(), reason: error.to_string() })?;
            merge(&mut value, fragment, &mut Vec::new())?;
        }
        sort_paths(&mut value);
        Ok(Self { name: name.to_owned(), value, planned: planned(&directory.join("planned.toml"))? })
    }

    /// Every operation, sorted by path and method.
    #[must_use]
    pub fn operations(&self) -> Vec<OperationRef<'_>> {
        let mut operations = Vec::new();
        let paths = self.value["paths"].as_object().into_iter().flatten();
        for (path, item) in paths {
            for method in METHODS {
                if let Some(value) = item.get(*method) {
                    operations.push(OperationRef { path, method, value });
                }
            }
        }
        operations
    }

    /// Component schemas in alphabetical order.
    #[must_use]
    pub fn schemas(&self) -> Vec<(&str, &Value)> {
        let mut schemas: Vec<_> = self.value["components"]["schemas"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.as_str(), v))
            .collect();
        schemas.sort_by_key(|(name, _)| *name);
        schemas
    }

    /// Follows `$ref` and one-element `allOf` until something else is met.
    ///
    /// # Errors
    ///
    /// When a reference leads nowhere.
    pub fn resolve<'a>(&'a self, mut value: &'a Value) -> Result<&'a Value, DocumentError> {
        loop {
            value = match (value["$ref"].as_str(), value["allOf"].as_array()) {
                (Some(reference), _) => self
                    .value
                    .pointer(reference.trim_start_matches('#'))
                    .ok_or_else(|| DocumentError::content(reference, "leads nowhere"))?,
                (None, Some(parts)) if parts.len() == 1 => &parts[0],
                _ => return Ok(value),
            };
        }
    }
}

/// The component schema a value refers to by name, through `$ref` or a one-element `allOf`.
#[must_use]
pub(crate) fn referred(value: &Value) -> Option<&str> {
    let reference = value["$ref"].as_str().or_else(|| match value["allOf"].as_array()?.as_slice() {
        [only] => only["$ref"].as_str(),
        _ => None,
    })?;
    reference.strip_prefix("#/components/schemas/")
}

fn fragments(directory: &Path) -> Result<Vec<PathBuf>, DocumentError> {
    let io = |source| DocumentError::Io { path: directory.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, DocumentError> {
    fs::read_to_string(path).map_err(|source| DocumentError::Io { path: path.to_owned(), source })
}

/// Adds `from` to `into`; objects are joined, anything else may be said once.
fn merge(into: &mut Value, from: Value, place: &mut Vec<String>) -> Result<(), DocumentError> {
    let (Value::Object(into), Value::Object(from)) = (&mut *into, from) else {
        return Err(DocumentError::content(place.join("/"), "is said in two fragments"));
    };
    for (key, value) in from {
        match into.get_mut(&key) {
            None => {
                into.insert(key, value);
            }
            Some(known) => {
                place.push(key);
                merge(known, value, place)?;
                place.pop();
            }
        }
    }
    Ok(())
}

fn sort_paths(value: &mut Value) {
    if let Some(paths) = value.get_mut("paths").and_then(Value::as_object_mut) {
        paths.sort_keys();
    }
}

fn planned(path: &Path) -> Result<Vec<String>, DocumentError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let table: toml::Table = toml::from_str(&read(path)?)
        .map_err(|error| DocumentError::Syntax { path: path.to_owned(), reason: error.to_string() })?;
    let entries = table.get("planned").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    entries
        .iter()
        .map(|entry| {
            let operation = entry.get("operation").and_then(toml::Value::as_str).map(ToOwned::to_owned);
            operation.ok_or_else(|| DocumentError::content("planned.toml", "an entry has no operation"))
        })
        .collect()
}
