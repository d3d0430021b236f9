//! The plainest right request of an operation, with places to put something wrong.

use std::collections::BTreeMap;

use contract::{Kind, Location, Method, Operation, Parameter};
use serde_json::Value;

use super::values;
use crate::case::{Capture, CaptureFrom, Fixture, Side, Step};

/// Path parameters that name a sandbox.
const SANDBOX_PARAMETERS: [&str; 3] = ["sandboxId", "sandboxIdOrName", "workspaceId"];

/// An operation as a template of requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template {
    pub(super) side: Side,
    pub(super) operation: &'static Operation,
}

/// What goes into the template beside what is needed.
#[derive(Clone, Debug, Default)]
pub(super) struct Filling {
    /// Path parameters set to something else, by name.
    pub(super) path: BTreeMap<&'static str, String>,
    /// Query parameters set, by name; `null` leaves a required one out.
    pub(super) query: BTreeMap<String, Value>,
    /// A JSON body other than the plainest.
    pub(super) json: Option<Value>,
    /// A body of any text.
    pub(super) text: Option<&'static str>,
}

impl Template {
    pub(super) fn step(self, filling: &Filling) -> Step {
        let mut query = BTreeMap::new();
        for parameter in self.parameters(Location::Query).filter(|parameter| parameter.required) {
            query.insert(parameter.name.to_owned(), values::allowed(&parameter.kind, &parameter.bound));
        }
        query.extend(filling.query.clone());
        let mut headers = BTreeMap::new();
        let json = match filling.text {
            Some(_) => {
                headers.insert("content-type".to_owned(), Some("application/json".to_owned()));
                None
            }
            None => filling.json.clone().or_else(|| self.plain_body()),
        };
        Step {
            http: Some(format!("{} {}", self.operation.method, self.path(filling))),
            query,
            headers,
            json,
            body: filling.text.map(ToOwned::to_owned),
            ..Step::default()
        }
    }

    fn path(self, filling: &Filling) -> String {
        let mut path = String::new();
        for segment in self.operation.path.split('/').skip(1) {
            path.push('/');
            match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                None => path.push_str(segment),
                Some(name) => match filling.path.get(name) {
                    Some(value) => path.push_str(value),
                    None => path.push_str(&self.path_value(name)),
                },
            }
        }
        path
    }

    fn path_value(self, name: &str) -> String {
        if self.is_sandbox(name) {
            return "${sandbox.id}".to_owned();
        }
        let parameter = self.parameters(Location::Path).find(|parameter| parameter.name == name);
        match parameter {
            Some(parameter) if !parameter.bound.values.is_empty() => parameter.bound.values[0].to_owned(),
            Some(Parameter { kind: Kind::Integer { .. } | Kind::Number, .. }) => "987654321".to_owned(),
            Some(Parameter { kind: Kind::Bool, .. }) => "true".to_owned(),
            _ => "${uuid}".to_owned(),
        }
    }

    /// The plainest JSON body that binds; none where the operation takes no JSON.
    pub(super) fn plain_body(self) -> Option<Value> {
        let shape = self.json_shape()?;
        Some(Value::Object(values::required(shape, 0)))
    }

    pub(super) fn json_shape(self) -> Option<&'static contract::Shape> {
        let body = self.operation.body?;
        let is_json = body.media_types.iter().any(|media_type| media_type.starts_with("application/json"));
        body.shape.filter(|_| is_json)
    }

    pub(super) fn parameters(self, location: Location) -> impl Iterator<Item = &'static Parameter> {
        self.operation.parameters.iter().filter(move |parameter| parameter.location == location)
    }

    /// Names of the path's parameters in order.
    pub(super) fn path_names(self) -> Vec<&'static str> {
        let segments = self.operation.path.split('/');
        segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    pub(super) fn is_sandbox(self, name: &str) -> bool {
        matches!(self.side, Side::Control | Side::Workspace) && SANDBOX_PARAMETERS.contains(&name)
    }

    pub(super) fn names_sandbox(self) -> bool {
        self.path_names().into_iter().any(|name| self.is_sandbox(name))
    }

    pub(super) fn fixture(self) -> Fixture {
        if self.side == Side::Toolbox || self.names_sandbox() { Fixture::Sandbox } else { Fixture::Nothing }
    }

    /// Keeps the id of what a too friendly server makes, and takes it away again.
    pub(super) fn leftovers(self) -> (BTreeMap<String, Capture>, Vec<Step>) {
        let prefix = format!("{}/", self.operation.path);
        let is_member = |other: &&Operation| {
            let rest = other.path.strip_prefix(&prefix).unwrap_or_default();
            other.method == Method::Delete
                && rest.starts_with('{')
                && rest.ends_with('}')
                && !rest.contains('/')
        };
        let deletes = self.side.document().operations.iter().find(is_member);
        if self.operation.method != Method::Post || deletes.is_none() {
            return (BTreeMap::new(), Vec::new());
        }
        let path = self.path(&Filling::default());
        let cleanup = Step { http: Some(format!("DELETE {path}/${{made}}")), ..Step::default() };
        let capture = Capture::From(CaptureFrom::Maybe("id".to_owned()));
        ([("made".to_owned(), capture)].into(), vec![cleanup])
    }
}
