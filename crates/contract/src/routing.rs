//! Finds the operation a request means.
//!
//! Paths are matched as they stand on the wire and decoded afterwards, because names may hold an encoded slash.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::{Document, Method, Operation};

/// Matches method and path against one document.
#[derive(Debug)]
pub struct Router {
    /// A tree for each method: a path another method has must not hide a template this one has.
    methods: BTreeMap<Method, matchit::Router<&'static Operation>>,
}

/// What a path led to.
#[derive(Debug)]
pub enum Match {
    /// An operation and the values of its path parameters.
    Found(&'static Operation, PathParameters),
    /// The path exists with other methods only.
    OtherMethod,
    /// No operation has this path.
    Unknown,
}

/// Decoded values of an operation's path parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathParameters(Vec<(&'static str, String)>);

impl PathParameters {
    /// The value of the parameter called `name` in the operation's path template.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The value of the parameter at this position, counted from zero.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<&str> {
        self.0.get(position).map(|(_, value)| value.as_str())
    }
}

impl Router {
    /// Builds the matcher for all operations of `document`.
    ///
    /// # Panics
    ///
    /// When two paths of the document cannot be told apart; a test builds every document.
    #[must_use]
    pub fn new(document: &Document) -> Self {
        let mut methods: BTreeMap<Method, matchit::Router<&'static Operation>> = BTreeMap::new();
        for operation in document.operations {
            let paths = methods.entry(operation.method).or_default();
            for path in templates(operation.path) {
                if let Err(error) = paths.insert(path.clone(), operation) {
                    panic!("{path} of the {} document cannot be routed: {error}", document.name);
                }
            }
        }
        Self { methods }
    }

    /// Finds the operation for a method and a path that is still percent-encoded, or says how there is none.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Match {
        match self.operation(method, path) {
            Some((operation, parameters)) => Match::Found(operation, parameters),
            None if self.methods.values().any(|paths| paths.at(path).is_ok()) => Match::OtherMethod,
            None => Match::Unknown,
        }
    }

    /// Finds the operation for a method and a path that is still percent-encoded.
    #[must_use]
    pub fn operation(&self, method: &str, path: &str) -> Option<(&'static Operation, PathParameters)> {
        let found = self.methods.get(&Method::parse(method)?)?.at(path).ok()?;
        let operation = *found.value;
        let values =
            found.params.iter().map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned());
        Some((operation, PathParameters(names(operation.path).zip(values).collect())))
    }
}

/// The forms of a template a matcher needs: one that takes the whole rest of the path takes an empty rest as well.
fn templates(path: &str) -> impl Iterator<Item = String> {
    let empty_rest = path.strip_suffix("{path}").map(positional);
    std::iter::once(positional(path)).chain(empty_rest)
}

/// The template with its parameters named by position, since a matcher insists on one name a place.
fn positional(path: &str) -> String {
    let mut segments = Vec::new();
    for (position, segment) in path.split('/').enumerate() {
        segments.push(match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if is_rest(name, path) => format!("{{*p{position}}}"),
            Some(_) => format!("{{p{position}}}"),
            None => segment.to_owned(),
        });
    }
    segments.join("/")
}

/// Whether the parameter takes the whole rest of the path: the last one of a proxying operation.
fn is_rest(name: &str, path: &str) -> bool {
    name == "path" && path.ends_with("{path}")
}

fn names(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}
