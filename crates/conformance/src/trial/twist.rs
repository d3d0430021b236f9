//! What is done to the answers of a server that stays within the contract.
//!
//! This changes bodies and says what else is to be done; it knows nothing of any server. Whoever has one adapts it, as with
//! mutants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::{Document, Operation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::thin::{Described, Schemas};
use crate::case::{Side, Span};

/// Name and value of a member nobody knows.
const EXTRA: &str = "sinceALaterRelease";
/// A value nobody knows.
const UNKNOWN: &str = "since-a-later-release";

/// One way to be hard to bear.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "kind")]
pub enum Twist {
    /// Objects have one more member.
    ExtraMembers,
    /// These members, wherever they are texts, have a value nobody knows.
    UnknownValues {
        /// Their names.
        members: Vec<String>,
    },
    /// Objects have the members the contract requires, and no others.
    RequiredMembersOnly {
        /// Those that stay all the same.
        keep: Vec<String>,
    },
    /// The members of objects come last first.
    ReversedMembers,
    /// Answers come late.
    Late {
        /// How late.
        by: Span,
    },
    /// Bodies come in pieces.
    InPieces {
        /// Bytes in each.
        of: usize,
    },
    /// Connections end with each answer.
    ClosedConnections,
    /// The first request of every operation of the control plane is refused with 429.
    Busy {
        /// Seconds the client is told to wait.
        retry_after: Option<u64>,
    },
    /// Messages of WebSockets come in fragments, with pings between.
    Fragments {
        /// Bytes in each, at least.
        of: usize,
    },
}

/// A refusal with 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Seconds the client is told to wait.
    pub retry_after: Option<u64>,
}

/// A twist at work, with what it remembers. One for each server started.
#[derive(Debug)]
pub struct Twisted {
    twist: Twist,
    refused: Mutex<BTreeSet<&'static str>>,
    schemas: Mutex<BTreeMap<&'static str, Arc<Schemas>>>,
}

impl Twisted {
    /// A twist that remembers nothing yet.
    #[must_use]
    pub fn new(twist: Twist) -> Self {
        Self { twist, refused: Mutex::default(), schemas: Mutex::default() }
    }

    /// How long to wait before an answer's first byte.
    #[must_use]
    pub fn delay(&self) -> Duration {
        if let Twist::Late { by } = &self.twist { by.0 } else { Duration::ZERO }
    }

    /// Bytes of a body to send at a time, without saying how many there are.
    #[must_use]
    pub fn piece(&self) -> Option<usize> {
        if let Twist::InPieces { of } = self.twist { Some(of.max(1)) } else { None }
    }

    /// Whether the connection ends with the answer.
    #[must_use]
    pub fn closes_connections(&self) -> bool {
        matches!(self.twist, Twist::ClosedConnections)
    }

    /// Bytes of a message to send at a time; messages of any length come in no more than 64 fragments.
    #[must_use]
    pub fn fragment(&self, length: usize) -> Option<usize> {
        if let Twist::Fragments { of } = self.twist { Some(of.max(length.div_ceil(64)).max(1)) } else { None }
    }

    /// The refusal to answer with instead of asking the server.
    #[must_use]
    pub fn refusal(&self, operation: &'static Operation) -> Option<Busy> {
        let Twist::Busy { retry_after } = self.twist else { return None };
        let throttled = operation.document == Side::Control.document().name;
        let first =
            throttled && self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(operation.id);
        first.then_some(Busy { retry_after })
    }

    /// Whether bodies are changed, and have to be collected.
    #[must_use]
    pub fn rewrites(&self) -> bool {
        matches!(
            self.twist,
            Twist::ExtraMembers
                | Twist::UnknownValues { .. }
                | Twist::RequiredMembersOnly { .. }
                | Twist::ReversedMembers
        )
    }

    /// A body to send instead; nothing where this one stays as it is. Errors do.
    #[must_use]
    pub fn rewrite(
        &self,
        document: &'static Document,
        operation: &Operation,
        status: u16,
        body: &[u8],
    ) -> Option<String> {
        if !(200..300).contains(&status) {
            return None;
        }
        let mut value: Value = serde_json::from_slice(body).ok()?;
        let schemas = self.schemas(document);
        let mut each = |change: &mut dyn FnMut(Described<'_>)| {
            schemas.each_object(operation, status, &mut value, change);
        };
        match &self.twist {
            Twist::ExtraMembers => each(&mut |described| {
                described.object.insert(EXTRA.to_owned(), json!({ "value": [UNKNOWN, null, 1.5] }));
            }),
            Twist::UnknownValues { members } => each(&mut |described| unknown(described.object, members)),
            Twist::RequiredMembersOnly { keep } => each(&mut |Described { object, required }| {
                object.retain(|name, _| required.contains(&name.as_str()) || keep.contains(name));
            }),
            Twist::ReversedMembers => reverse(&mut value),
            _ => return None,
        }
        Some(value.to_string())
    }

    fn schemas(&self, document: &'static Document) -> Arc<Schemas> {
        let mut schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(schemas.entry(document.name).or_insert_with(|| Arc::new(Schemas::of(document))))
    }
}

fn unknown(object: &mut Map<String, Value>, members: &[String]) {
    for (name, value) in object.iter_mut() {
        if value.is_string() && members.contains(name) {
            *value = UNKNOWN.into();
        }
    }
}

fn reverse(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(reverse),
        Value::Object(object) => {
            object.values_mut().for_each(reverse);
            *object = std::mem::take(object).into_iter().rev().collect();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(twist: &Value, operation: &str, status: u16, body: &Value) -> Option<Value> {
        let twisted = Twisted::new(serde_json::from_value(twist.clone()).unwrap());
        let document = Side::Control.document();
        let operation = document.operation(operation).unwrap();
        let text = twisted.rewrite(document, operation, status, body.to_string().as_bytes())?;
        Some(serde_json::from_str(&text).unwrap())
    }

    fn page() -> Value {
        json!({
            "items": [{ "id": "1", "name": "n", "labels": { "free": "x" }, "state": "started", "backupState": "None" }],
            "nextCursor": null,
        })
    }

    #[test]
    fn objects_get_strange_members_and_maps_do_not() {
        let changed = rewritten(&json!({"kind": "extra-members"}), "listSandboxes", 200, &page()).unwrap();
        assert!(changed.get(EXTRA).is_some() && changed["items"][0].get(EXTRA).is_some(), "{changed}");
        assert_eq!(changed["items"][0]["labels"], json!({ "free": "x" }), "labels are the client's own");
        assert_eq!(changed["items"][0]["id"], "1");
    }

    #[test]
    fn what_may_be_left_out_is_and_what_is_required_stays() {
        let twist = json!({"kind": "required-members-only", "keep": ["state"]});
        let changed = rewritten(&twist, "listSandboxes", 200, &page()).unwrap();
        let item = changed["items"][0].as_object().unwrap();
        assert!(item.contains_key("id") && item.contains_key("labels"), "{changed}");
        assert_eq!(item.get("state"), Some(&json!("started")));
        assert!(!item.contains_key("backupState"));
        assert!(changed.as_object().unwrap().contains_key("nextCursor"), "a required null stays");
    }

    #[test]
    fn members_named_have_values_nobody_knows() {
        let twist = json!({"kind": "unknown-values", "members": ["backupState", "labels"]});
        let changed = rewritten(&twist, "listSandboxes", 200, &page()).unwrap();
        assert_eq!(changed["items"][0]["backupState"], UNKNOWN);
        assert_eq!(changed["items"][0]["labels"], json!({ "free": "x" }), "only texts");
        assert_eq!(changed["items"][0]["state"], "started");
    }

    #[test]
    fn members_come_in_another_order_with_the_same_values() {
        let changed = rewritten(&json!({"kind": "reversed-members"}), "listSandboxes", 200, &page()).unwrap();
        assert_eq!(changed, page());
        let names: Vec<&String> = changed.as_object().unwrap().keys().collect();
        assert_eq!(names, ["nextCursor", "items"]);
    }

    #[test]
    fn errors_stay_as_they_are() {
        let error = json!({ "message": "no" });
        assert_eq!(rewritten(&json!({"kind": "extra-members"}), "getSandbox", 404, &error), None);
    }

    #[test]
    fn every_operation_of_the_control_plane_is_refused_once() {
        let busy = Twisted::new(Twist::Busy { retry_after: Some(1) });
        let [get, list] =
            ["getSandbox", "listSandboxes"].map(|id| Side::Control.document().operation(id).unwrap());
        assert_eq!(busy.refusal(get), Some(Busy { retry_after: Some(1) }));
        assert_eq!(busy.refusal(get), None);
        assert!(busy.refusal(list).is_some());
        assert_eq!(busy.refusal(Side::Toolbox.document().operation("ExecuteCommand").unwrap()), None);
    }

    #[test]
    fn long_messages_come_in_few_fragments() {
        let twisted = Twisted::new(Twist::Fragments { of: 5 });
        assert_eq!(twisted.fragment(20), Some(5));
        assert_eq!(twisted.fragment(64_000), Some(1000));
        assert_eq!(Twisted::new(Twist::ExtraMembers).fragment(20), None);
    }
}
