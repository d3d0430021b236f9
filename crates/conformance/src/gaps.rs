//! Known gaps: failures a target is allowed for a while, each with its reason and its end.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::data::Data;
use crate::{Error, toml_entries};

/// One allowed failure.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Gap {
    /// The case that fails.
    pub(crate) id: String,
    /// Why, and what will end it.
    pub(crate) reason: String,
    /// Last day it is allowed, as `2026-12-31`.
    pub(crate) expires: String,
}

/// The gaps of `target` that still hold on `today`, by case.
pub(crate) fn load(data: &Data, target: &str, today: Date) -> Result<BTreeMap<String, String>, Error> {
    let wanted = format!("known-gaps/{target}.toml");
    let Some((file, text)) = data.part("known-gaps", "toml").find(|(file, _)| *file == wanted) else {
        return Err(Error::Option(format!("there is no list of known gaps called `{target}`")));
    };
    let mut gaps = BTreeMap::new();
    for (entry, gap) in toml_entries::read::<Gap>(file, text, "gap")? {
        let expires: Date = gap.expires.parse().map_err(|error| Error::data(file, &entry, error))?;
        if expires >= today {
            gaps.insert(gap.id, format!("{} (until {expires})", gap.reason));
        }
    }
    Ok(gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_ends_with_its_day() {
        let text = "[[gap]]\nid = \"a\"\nreason = \"Soon.\"\nexpires = \"2026-12-31\"\n";
        let data = Data::default().with("known-gaps/x.toml", text);
        let on = |day: &str| load(&data, "x", day.parse().unwrap()).unwrap().len();
        assert_eq!(on("2026-12-31"), 1);
        assert_eq!(on("2027-01-01"), 0);
        assert!(load(&data, "y", "2027-01-01".parse().unwrap()).is_err());
    }
}
