//! The registry: what a server has to do, one sentence each, with its source.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::case::Side;
use crate::data::Data;
use crate::{Error, toml_entries};

/// How binding a requirement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Seen on a real server; nothing promises it.
    Observed,
    /// Left to the server.
    May,
    /// Expected; clients work without it.
    Should,
    /// A client breaks without it.
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Observed => "OBSERVED",
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::Must => "MUST",
        })
    }
}

/// One sentence a server is held to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Requirement {
    /// Stable name, such as `DT-CTL-SBX-004`; never given to another sentence.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// The contract it belongs to.
    pub contract: Side,
    /// Eras of the API it holds in.
    pub eras: Vec<String>,
    /// The sentence.
    pub sentence: String,
    /// Operations it speaks of.
    #[serde(default)]
    pub operations: Vec<String>,
    /// Capabilities a server needs before it can be held to it.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Where it comes from.
    pub source: String,
}

impl Requirement {
    /// Whether its cases are made from the contract's tables rather than written by hand.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        self.id.contains("-GEN-")
    }
}

/// Requirements by id.
pub type Registry = BTreeMap<String, Requirement>;

/// Reads `requirements/*.toml`. A file's own `contract` and `eras` hold for all its entries.
pub(crate) fn load(data: &Data) -> Result<Registry, Error> {
    let mut registry = Registry::new();
    for (file, text) in data.part("requirements", "toml") {
        for (entry, requirement) in toml_entries::read::<Requirement>(file, text, "requirement")? {
            check(&requirement).map_err(|problem| Error::data(file, &entry, problem))?;
            if registry.contains_key(&requirement.id) {
                return Err(Error::data(file, &entry, "another requirement has this id"));
            }
            registry.insert(requirement.id.clone(), requirement);
        }
    }
    Ok(registry)
}

fn check(requirement: &Requirement) -> Result<(), String> {
    let parts: Vec<&str> = requirement.id.split('-').collect();
    let sound = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    if parts.len() < 3 || !parts.iter().all(sound) {
        return Err("an id is at least three groups of capitals and digits, as DT-CTL-SBX-004".to_owned());
    }
    for (name, value) in [("sentence", &requirement.sentence), ("source", &requirement.source)] {
        if value.trim().is_empty() {
            return Err(format!("`{name}` is empty"));
        }
    }
    if !requirement.sentence.ends_with('.') {
        return Err("the sentence has no full stop".to_owned());
    }
    let document = requirement.contract.document();
    match requirement.operations.iter().find(|id| document.operation(id).is_none()) {
        Some(unknown) => Err(format!("the {} contract has no operation `{unknown}`", document.name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        load(&Data::default().with("requirements/x.toml", text)).unwrap_err().to_string()
    }

    const HEAD: &str = "contract = \"control\"\neras = [\"daytona-0\"]\n";

    #[test]
    fn what_a_file_says_once_holds_for_all_its_entries() {
        let text = format!(
            "{HEAD}[[requirement]]\nid = \"DT-CTL-SBX-001\"\nlevel = \"MUST\"\nsentence = \"It works.\"\nsource = \"x\"\n"
        );
        let registry = load(&Data::default().with("requirements/x.toml", &text)).unwrap();
        assert_eq!(registry["DT-CTL-SBX-001"].eras, ["daytona-0"]);
    }

    #[test]
    fn errors_name_the_file_and_the_entry() {
        let entry = |rest: &str| format!("{HEAD}[[requirement]]\nid = \"DT-CTL-SBX-001\"\n{rest}");
        insta::assert_snapshot!(
            problem(&entry("level = \"MUST\"\nsource = \"x\"\n")),
            @"requirements/x.toml: requirement 1 (DT-CTL-SBX-001): missing field `sentence`"
        );
        insta::assert_snapshot!(
            problem(&entry("level = \"MUST\"\nsentence = \"It works.\"\nsource = \"x\"\noperations = [\"fly\"]\n")),
            @"requirements/x.toml: requirement 1 (DT-CTL-SBX-001): the control contract has no operation `fly`"
        );
        assert!(problem("requirement = 3").starts_with("requirements/x.toml: "));
        assert!(problem("= nonsense").starts_with("requirements/x.toml: "));
    }
}
