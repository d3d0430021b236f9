//! The suite as a whole: requirements, cases, capabilities, mutants and scenarios, held against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::case::{self, Capability, Case};
use crate::data::Data;
use crate::mutants::{self, Mutant};
use crate::registry::{self, Level, Registry};
use crate::trial::{self, Scenario};
use crate::{Error, generated};

/// The capability of asking for credentials at all. Built in: a server that should ask and does not must fail, not skip.
pub(crate) const CREDENTIALS: &str = "credentials";

/// Everything the suite knows.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Requirements by id.
    pub requirements: Registry,
    /// Hand-written cases in the order of their files, then generated ones in the order of the contract.
    pub cases: Vec<Arc<Case>>,
    /// Capabilities by name.
    pub capabilities: BTreeMap<String, Capability>,
    /// Mutants in the order of their files.
    pub mutants: Vec<Arc<Mutant>>,
    /// Scenarios for clients, in the order of their files.
    pub scenarios: Vec<Scenario>,
    pub(crate) data: Data,
}

impl Suite {
    /// Reads the data, makes the generated cases, and refuses what does not fit together.
    ///
    /// # Errors
    ///
    /// [`Error::Data`], naming file and entry.
    pub fn load(data: Data) -> Result<Self, Error> {
        let requirements = registry::load(&data)?;
        let capabilities = capabilities(&data)?;
        let mut cases = case::load(&data)?;
        cases.extend(generated::cases());
        let mutants = mutants::load(&data)?;
        let suite = Self {
            requirements,
            cases: cases.into_iter().map(Arc::new).collect(),
            capabilities,
            mutants: mutants.into_iter().map(Arc::new).collect(),
            scenarios: trial::load(&data)?,
            data,
        };
        suite.check()?;
        Ok(suite)
    }

    /// The most binding level among a case's requirements.
    #[must_use]
    pub fn level(&self, case: &Case) -> Level {
        let levels = case.requirements.iter().filter_map(|id| self.requirements.get(id));
        levels.map(|requirement| requirement.level).max().unwrap_or(Level::Observed)
    }

    /// Capabilities a server needs before the case says anything.
    #[must_use]
    pub fn needs(&self, case: &Case) -> Vec<String> {
        let of_requirements = case.requirements.iter().filter_map(|id| self.requirements.get(id));
        let needs = of_requirements.flat_map(|requirement| &requirement.needs).chain(&case.needs);
        needs.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The cases that prove a requirement.
    pub fn cases_of<'a>(&'a self, requirement: &'a str) -> impl Iterator<Item = &'a Arc<Case>> {
        self.cases.iter().filter(move |case| case.requirements.iter().any(|id| id == requirement))
    }

    /// Whether a case and a mutant stand behind a requirement.
    #[must_use]
    pub fn is_proven(&self, requirement: &str) -> bool {
        self.cases_of(requirement).next().is_some()
            && self.mutants.iter().any(|mutant| mutant.kills == requirement)
    }

    fn check(&self) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        for case in &self.cases {
            let wrong = |problem: String| Error::data("cases", &case.id, problem);
            if !seen.insert(case.id.as_str()) {
                return Err(wrong("another case has this id".to_owned()));
            }
            if let Some(id) = case.requirements.iter().find(|id| !self.requirements.contains_key(*id)) {
                return Err(wrong(format!("there is no requirement `{id}`")));
            }
            self.known(&case.needs).map_err(wrong)?;
        }
        for requirement in self.requirements.values() {
            self.known(&requirement.needs)
                .map_err(|problem| Error::data("requirements", &requirement.id, problem))?;
        }
        let mut seen = BTreeSet::new();
        for mutant in &self.mutants {
            let wrong = |problem: String| Error::data("mutants", &mutant.id, problem);
            if !seen.insert(mutant.id.as_str()) {
                return Err(wrong("another mutant has this id".to_owned()));
            }
            if !self.requirements.contains_key(&mutant.kills) {
                return Err(wrong(format!("there is no requirement `{}`", mutant.kills)));
            }
            if let Some(id) = mutant.cases.iter().find(|id| !self.cases.iter().any(|case| &case.id == *id)) {
                return Err(wrong(format!("there is no case `{id}`")));
            }
        }
        Ok(())
    }

    fn known(&self, needs: &[String]) -> Result<(), String> {
        let unknown =
            needs.iter().find(|need| *need != CREDENTIALS && !self.capabilities.contains_key(*need));
        unknown.map_or(Ok(()), |need| Err(format!("nothing says how to ask for the capability `{need}`")))
    }
}

fn capabilities(data: &Data) -> Result<BTreeMap<String, Capability>, Error> {
    let mut capabilities = BTreeMap::new();
    for capability in case::load_capabilities(data)? {
        let id = capability.id.clone();
        if capabilities.insert(id.clone(), capability).is_some() {
            return Err(Error::data("capabilities", &id, "another capability has this name"));
        }
    }
    Ok(capabilities)
}

/// Whether `name` fits `pattern`, in which `*` stands for any text.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            match rest.find(previous) {
                Some(start) => rest = &rest[start + previous.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last: &str| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_suite_fits_together() {
        let suite = Suite::load(Data::embedded()).unwrap();
        assert!(suite.cases.iter().any(|case| case.generated_for.is_some()));
        assert!(suite.cases.iter().any(|case| case.generated_for.is_none()));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, fit) in [
            ("DT-CTL-*", "DT-CTL-SBX-001", true),
            ("*SBX*", "DT-CTL-SBX-001", true),
            ("DT-*-001", "DT-CTL-SBX-001", true),
            ("DT-*-002", "DT-CTL-SBX-001", false),
            ("DT", "DT-CTL", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
        ] {
            assert_eq!(fits(pattern, name), fit, "{pattern} {name}");
        }
    }
}
