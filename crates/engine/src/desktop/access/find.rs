//! What is sought among elements.

use regex::Regex;

use super::element::Element;
use super::{AccessError, Scope};
use crate::Engine;
use crate::desktop::keys::quoted;

/// Most matches unless told otherwise, and at all.
const MATCHES: usize = 500;
const MOST_MATCHES: usize = 5000;

/// How a name is compared.
#[derive(Clone, Debug)]
enum Name {
    Any,
    Exact(String),
    Part(String),
    Pattern(Regex),
}

/// What an element has to be.
#[derive(Clone, Debug)]
pub struct Filter {
    role: String,
    name: Name,
    states: Vec<String>,
    limit: usize,
}

impl Filter {
    /// Empty texts and lists ask for nothing. `limit` is the number of matches wanted; 500 when it is not positive.
    ///
    /// # Errors
    ///
    /// When the way of comparing is unknown, or the pattern is none.
    pub fn new(
        role: &str,
        name: &str,
        way: &str,
        states: &[String],
        limit: i64,
    ) -> Result<Self, AccessError> {
        let sought = name.to_owned();
        let compared = match way.trim().to_lowercase().as_str() {
            "" | "substring" => Name::Part(sought),
            "exact" => Name::Exact(sought),
            "regex" => {
                let pattern = Regex::new(name);
                Name::Pattern(
                    pattern.map_err(|error| AccessError::Request(format!("invalid name regex: {error}")))?,
                )
            }
            _ => {
                let text =
                    format!("unsupported nameMatch {}: expected exact, substring or regex", quoted(way));
                return Err(AccessError::Request(text));
            }
        };
        Ok(Self {
            role: role.trim().to_lowercase(),
            name: if name.is_empty() { Name::Any } else { compared },
            states: states.iter().map(|state| state.trim().to_lowercase()).collect(),
            limit: usize::try_from(limit)
                .ok()
                .filter(|limit| *limit > 0)
                .unwrap_or(MATCHES)
                .min(MOST_MATCHES),
        })
    }

    fn fits(&self, element: &Element) -> bool {
        let name = match &self.name {
            Name::Any => true,
            Name::Exact(name) => element.name == *name,
            Name::Part(part) => element.name.contains(part.as_str()),
            Name::Pattern(pattern) => pattern.is_match(&element.name),
        };
        let role = self.role.is_empty() || element.role.to_lowercase() == self.role;
        name && role && self.states.iter().all(|state| element.states.contains(&state.as_str()))
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The elements, each before what is in it.
    pub matches: Vec<Element>,
    /// Whether there may be more.
    pub truncated: bool,
}

impl Engine {
    /// The elements of a scope that are as the filter says.
    ///
    /// # Errors
    ///
    /// When there is no bus, and when no program of the scope shows elements.
    pub async fn find_elements(&self, scope: Scope, filter: &Filter) -> Result<Found, AccessError> {
        let tree = self.elements(scope, -1).await?;
        let mut matches = Vec::new();
        let mut open = vec![tree.root];
        while let Some(mut element) = open.pop() {
            open.extend(element.children.take().unwrap_or_default().into_iter().rev());
            if filter.fits(&element) {
                matches.push(element);
            }
        }
        let truncated = tree.truncated || matches.len() > filter.limit;
        matches.truncate(filter.limit);
        Ok(Found { matches, truncated })
    }
}

#[cfg(test)]
mod tests {
    use super::super::element::Address;
    use super::*;

    fn element(role: &str, name: &str) -> Element {
        Element {
            address: Address::parse(":1.1:/a").unwrap(),
            role: role.to_owned(),
            name: name.to_owned(),
            description: String::new(),
            bounds: [0; 4],
            states: vec!["enabled", "visible"],
            actions: Vec::new(),
            children: None,
        }
    }

    fn fits(role: &str, name: &str, way: &str, states: &[&str]) -> bool {
        let states: Vec<String> = states.iter().map(|state| (*state).to_owned()).collect();
        Filter::new(role, name, way, &states, 0).unwrap().fits(&element("push button", "Press me"))
    }

    #[test]
    fn letter_case_matters_in_names_and_not_in_roles() {
        assert!(fits("PUSH button", "", "", &[]));
        assert!(fits("", "ess", "", &["Enabled", "visible"]));
        assert!(!fits("", "press", "", &[]));
        assert!(fits("", "Press me", "exact", &[]));
        assert!(!fits("", "Press", "exact", &[]));
        assert!(fits("", "^Press .e$", "regex", &[]));
        assert!(!fits("", "", "", &["enabled", "focused"]));
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        for (way, text) in [("fuzzy", "unsupported nameMatch \"fuzzy\""), ("regex", "invalid name regex")] {
            let error = Filter::new("", "(", way, &[], 0).unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid accessibility request: {text}")), "{error}");
        }
    }
}
