//! What an answer has to be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Span;

/// What an answer has to be; everything said has to hold.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Expect {
    /// Allowed statuses. When left out: the operation's documented success, or any 2xx where no operation is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Statuses>,
    /// Matchers by header name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Value>,
    /// Matcher of the whole body read as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// Matchers by path into the body read as JSON.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub at: BTreeMap<String, Value>,
    /// Matcher of the body read as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Value>,
    /// The body's exact bytes in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Matcher of the body's length in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<Value>,
    /// Whether the answer is held against the contract; true when left out and the operation is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<bool>,
    /// The answer is complete within this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
    /// The answer is not complete before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Span>,
    /// WebSocket: matcher of the chosen subprotocol; `{$absent: true}` when none may be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subprotocol: Option<Value>,
}

/// One allowed status or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Statuses {
    /// One status or class.
    One(StatusSet),
    /// Any of these.
    Several(Vec<StatusSet>),
}

/// One status or a class of statuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StatusSet {
    /// Exactly this one.
    Exactly(u16),
    /// A class such as `4xx`, or a status that came out of a variable.
    Class(String),
}

impl Statuses {
    /// Whether `status` is among them.
    #[must_use]
    pub fn allow(&self, status: u16) -> bool {
        match self {
            Self::One(set) => set.allows(status),
            Self::Several(sets) => sets.iter().any(|set| set.allows(status)),
        }
    }

    /// For people: `200`, `4xx`, `200 or 404`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::One(set) => set.describe(),
            Self::Several(sets) => sets.iter().map(StatusSet::describe).collect::<Vec<_>>().join(" or "),
        }
    }

    /// What is wrong with it as data, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        let sets = match self {
            Self::One(set) => std::slice::from_ref(set),
            Self::Several(sets) => sets,
        };
        sets.iter().find_map(|set| match set {
            StatusSet::Exactly(status) if !(100..=599).contains(status) => {
                Some(format!("{status} is no status"))
            }
            StatusSet::Class(class) if !class.contains("${") && class_digit(class).is_none() => {
                Some(format!("`{class}` is neither a status nor a class such as 4xx"))
            }
            _ => None,
        })
    }
}

impl StatusSet {
    fn allows(&self, status: u16) -> bool {
        match self {
            Self::Exactly(exactly) => *exactly == status,
            Self::Class(class) => {
                class_digit(class) == Some(status / 100) || class.parse::<u16>() == Ok(status)
            }
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Exactly(status) => status.to_string(),
            Self::Class(class) => class.clone(),
        }
    }
}

fn class_digit(class: &str) -> Option<u16> {
    class.strip_suffix("xx")?.parse().ok().filter(|digit| (1..=5).contains(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_allows_its_hundred_and_nothing_else() {
        let class = Statuses::One(StatusSet::Class("4xx".to_owned()));
        assert!(class.allow(400) && class.allow(499));
        assert!(!class.allow(399) && !class.allow(500));
        assert!(class.problem().is_none());
        assert!(Statuses::One(StatusSet::Class("4yy".to_owned())).problem().is_some());
        assert!(Statuses::One(StatusSet::Exactly(42)).problem().is_some());
    }
}
