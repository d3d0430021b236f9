//! The environment that children get. The API can change it while the sandbox runs; what runs already keeps its own.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::Engine;

/// What is to become of the environment. Done in this order: what a prefix names, what is named, what is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Variables whose value begins with this go, unless they are set as well. Empty means none.
    pub unset_by_value: String,
    /// Variables that go.
    pub unset: Vec<String>,
    /// Variables that come, or get another value.
    pub set: BTreeMap<String, String>,
}

/// Why the environment was left as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No variable can have this name.
    #[error("failed to set {0:?}: setenv: invalid argument")]
    Name(String),
    /// No variable of this name can have the value it is to get.
    #[error("failed to set {0:?}: setenv: invalid argument")]
    Value(String),
}

/// Variables in the order they came; a later one of the same name wins.
#[derive(Debug)]
pub(crate) struct Variables(RwLock<Vec<(String, String)>>);

impl Variables {
    pub(crate) fn new(variables: Vec<(String, String)>) -> Self {
        Self(RwLock::new(variables))
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<(String, String)>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn all(&self) -> Vec<(String, String)> {
        self.read().clone()
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.read().iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn change(&self, change: &Change) -> Result<(), ChangeError> {
        let unnameable = |name: &str| name.is_empty() || name.contains(['=', '\0']);
        if let Some(name) = change.set.keys().find(|name| unnameable(name)) {
            return Err(ChangeError::Name(name.clone()));
        }
        if let Some((name, _)) = change.set.iter().find(|(_, value)| value.contains('\0')) {
            return Err(ChangeError::Value(name.clone()));
        }
        let Change { unset_by_value: prefix, unset, set } = change;
        let mut variables = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // What is set anew goes first too, so that no name is there twice.
        variables.retain(|(name, value)| {
            let by_value = !prefix.is_empty() && value.starts_with(prefix.as_str());
            !by_value && !unset.contains(name) && !set.contains_key(name)
        });
        variables.extend(set.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(())
    }
}

impl Engine {
    /// Changes the environment of whatever is started from now on, all of it or nothing.
    ///
    /// # Errors
    ///
    /// [`ChangeError`] when a variable cannot be set; then nothing has changed.
    pub fn change_environment(&self, change: &Change) -> Result<(), ChangeError> {
        self.variables.change(change)
    }

    /// The value of an environment variable that children see.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_is_named_goes_what_is_set_comes_and_the_rest_stays() {
        let variables = Variables::new(pairs(&[("KEPT", "1"), ("GONE", "2"), ("OLD", "3")]));
        let change = Change {
            unset: vec!["GONE".to_owned(), "NEVER_THERE".to_owned()],
            set: pairs(&[("OLD", "4"), ("NEW", "")]).into_iter().collect(),
            ..Change::default()
        };
        variables.change(&change).unwrap();
        assert_eq!(variables.all(), pairs(&[("KEPT", "1"), ("NEW", ""), ("OLD", "4")]));
        assert_eq!(variables.get("GONE"), None);
    }

    #[test]
    fn setting_wins_over_unsetting() {
        let variables = Variables::new(pairs(&[("A", "token-1"), ("B", "token-2"), ("C", "x")]));
        let change = Change {
            unset_by_value: "token-".to_owned(),
            unset: vec!["D".to_owned()],
            set: pairs(&[("A", "token-3"), ("D", "d")]).into_iter().collect(),
        };
        variables.change(&change).unwrap();
        assert_eq!(variables.all(), pairs(&[("C", "x"), ("A", "token-3"), ("D", "d")]));
    }

    #[test]
    fn what_cannot_be_a_variable_changes_nothing() {
        let before = pairs(&[("A", "1")]);
        let variables = Variables::new(before.clone());
        for (name, value) in [("", "x"), ("A=B", "x"), ("N\0", "x"), ("N", "\0")] {
            let set = pairs(&[("GOOD", "1"), (name, value)]).into_iter().collect();
            let change = Change { unset: vec!["A".to_owned()], set, ..Change::default() };
            let refused = variables.change(&change).unwrap_err();
            assert!(refused.to_string().ends_with("setenv: invalid argument"), "{refused}");
            assert_eq!(variables.all(), before, "{name:?}");
        }
    }
}
