//! What may differ and why, what must not fall back, and the table of how it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Write as _};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::cases::Answered;
use crate::compare::{Difference, Level, differences, is_not_served};

/// Differences shown of one case.
const SHOWN: usize = 4;

/// What is known to differ, and how much must pass.
pub(crate) struct Ledger {
    differences: Vec<Listed>,
    not_served: Vec<NotServed>,
    ratchet: BTreeMap<String, Passing>,
}

/// A case that answers otherwise than the recorded daemon.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    case: String,
    level: Level,
    reason: String,
}

/// A group whose operations are planned.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotServed {
    group: String,
    reason: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    difference: Vec<Listed>,
    #[serde(default)]
    not_served: Vec<NotServed>,
}

/// Cases of a group that pass, by level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Passing {
    status: usize,
    shape: usize,
}

/// How a case came out.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The machine lacks something, or no two runs agree.
    Skipped,
    /// An operation of it is planned.
    NotServed,
    Compared {
        status: Vec<Difference>,
        shape: Vec<Difference>,
    },
}

impl Judgement {
    /// What a played case is against its recording.
    pub(crate) fn of(recorded: &Answered, got: &Answered) -> Self {
        let uncounted = recorded.unstable.is_some() || recorded.skipped.is_some();
        let outcome = if uncounted || got.unstable.is_some() || got.skipped.is_some() {
            Outcome::Skipped
        } else if is_not_served(recorded, got) {
            Outcome::NotServed
        } else {
            Outcome::Compared {
                status: differences(recorded, got, Level::Status),
                shape: differences(recorded, got, Level::Shape),
            }
        };
        Self { id: got.id.clone(), group: got.group.clone(), outcome }
    }

    /// The level at which it begins to differ.
    fn differs_at(&self) -> Option<Level> {
        match &self.outcome {
            Outcome::Compared { status, .. } if !status.is_empty() => Some(Level::Status),
            Outcome::Compared { shape, .. } if !shape.is_empty() => Some(Level::Shape),
            _ => None,
        }
    }

    fn shown(&self) -> String {
        let Outcome::Compared { status, shape } = &self.outcome else { return String::new() };
        let found = if status.is_empty() { shape } else { status };
        found.iter().take(SHOWN).fold(String::new(), |mut text, difference| {
            let _ = write!(text, "\n      {difference}");
            text
        })
    }
}

impl Ledger {
    /// Reads both files; the ratchet may not be there yet.
    pub(crate) fn load(expected: &Path, ratchet: &Path) -> Self {
        let expected: Expected = read(expected);
        let ratchet = if ratchet.exists() { read(ratchet) } else { BTreeMap::new() };
        Self::new(expected.difference, expected.not_served, ratchet)
    }

    fn new(differences: Vec<Listed>, not_served: Vec<NotServed>, ratchet: BTreeMap<String, Passing>) -> Self {
        Self { differences, not_served, ratchet }
    }

    fn listed(&self, case: &str) -> Option<&Listed> {
        self.differences.iter().find(|listed| listed.case == case)
    }

    fn is_planned(&self, group: &str) -> bool {
        self.not_served.iter().any(|planned| planned.group == group)
    }

    /// Everything that is not as this ledger says, one sentence each.
    pub(crate) fn complaints(&self, judgements: &[Judgement]) -> Vec<String> {
        let mut complaints = self.slips(judgements);
        for judged in judgements {
            let Judgement { id, group, outcome } = judged;
            let listed = self.listed(id).map(|listed| listed.level);
            complaints.extend(match (outcome, judged.differs_at()) {
                (Outcome::Skipped, _) => None,
                (Outcome::NotServed, _) if self.is_planned(group) => None,
                (Outcome::NotServed, _) => {
                    Some(format!("{id}: not served, and group {group} is not listed so"))
                }
                (_, differs) if differs == listed => None,
                (_, None) => Some(format!("{id}: listed as different, but it is not any more: remove it")),
                (_, Some(Level::Shape)) if listed.is_some() => {
                    Some(format!("{id}: listed at status level, but only its shape differs: list it so"))
                }
                (_, Some(level)) => Some(format!("{id}: differs at {level:?} level:{}", judged.shown())),
            });
        }
        for NotServed { group, .. } in &self.not_served {
            let still =
                |judged: &Judgement| judged.group == *group && matches!(judged.outcome, Outcome::NotServed);
            let judged =
                |judged: &Judgement| judged.group == *group && !matches!(judged.outcome, Outcome::Skipped);
            if judgements.iter().any(judged) && !judgements.iter().any(still) {
                complaints.push(format!("group {group}: listed as not served, but it is: remove it"));
            }
        }
        complaints
    }

    /// Mistakes in the lists themselves.
    fn slips(&self, judgements: &[Judgement]) -> Vec<String> {
        let ids: BTreeSet<&str> = judgements.iter().map(|judged| judged.id.as_str()).collect();
        let groups: BTreeSet<&str> = judgements.iter().map(|judged| judged.group.as_str()).collect();
        let mut seen = BTreeSet::new();
        let cases = self.differences.iter().map(|listed| (&listed.case, &listed.reason, &ids));
        let planned = self.not_served.iter().map(|planned| (&planned.group, &planned.reason, &groups));
        let mut slips = Vec::new();
        for (name, reason, known) in cases.chain(planned) {
            if !known.contains(name.as_str()) {
                slips.push(format!("{name}: listed, but there is no such case or group"));
            }
            if reason.trim().is_empty() {
                slips.push(format!("{name}: listed without a reason"));
            }
            if !seen.insert(name) {
                slips.push(format!("{name}: listed twice"));
            }
        }
        let gone = self.ratchet.keys().filter(|group| !groups.contains(group.as_str()));
        slips.extend(gone.map(|group| format!("{group}: in the ratchet, but there is no such group")));
        slips
    }

    /// Groups of which less passes than did. What the machine cannot play is given the benefit of the doubt.
    pub(crate) fn fallen(&self, table: &Table) -> Vec<String> {
        let mut fallen = Vec::new();
        for (group, held) in &self.ratchet {
            let row = table.rows.get(group).copied().unwrap_or_default();
            let (status, shape) = (row.passing.status + row.skipped, row.passing.shape + row.skipped);
            if status < held.status || shape < held.shape {
                let Passing { status, shape } = row.passing;
                fallen.push(format!(
                    "group {group}: {status} pass at status and {shape} at shape level; {} and {} did",
                    held.status, held.shape
                ));
            }
        }
        fallen
    }

    /// Writes the ratchet with what passes now, where that is more.
    pub(crate) fn raise(&self, table: &Table, path: &Path) {
        let raised = self.raised(table);
        let mut text = String::from(
            "# Cases that pass, by group and level. Raised by PITLANE_UPDATE=1; a group may not fall back.\n",
        );
        for (group, Passing { status, shape }) in raised {
            let _ = writeln!(text, "\"{group}\" = {{ status = {status}, shape = {shape} }}");
        }
        std::fs::write(path, text).unwrap();
    }

    fn raised(&self, table: &Table) -> BTreeMap<String, Passing> {
        let mut raised = self.ratchet.clone();
        for (group, row) in &table.rows {
            let held = raised.entry(group.clone()).or_default();
            held.status = held.status.max(row.passing.status);
            held.shape = held.shape.max(row.passing.shape);
        }
        raised.retain(|_, held| *held != Passing::default());
        raised
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// How each group stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: BTreeMap<String, Row>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Row {
    cases: usize,
    passing: Passing,
    expected: usize,
    not_served: usize,
    skipped: usize,
}

impl Table {
    pub(crate) fn of(judgements: &[Judgement], ledger: &Ledger) -> Self {
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for judged in judgements {
            let row = rows.entry(judged.group.clone()).or_default();
            let differs = judged.differs_at();
            row.cases += 1;
            match &judged.outcome {
                Outcome::Skipped => row.skipped += 1,
                Outcome::NotServed => row.not_served += 1,
                Outcome::Compared { .. } => {
                    row.passing.status += usize::from(differs != Some(Level::Status));
                    row.passing.shape += usize::from(differs.is_none());
                    let listed = ledger.listed(&judged.id).map(|listed| listed.level);
                    row.expected += usize::from(differs.is_some() && differs == listed);
                }
            }
        }
        Self { rows }
    }

    fn total(&self) -> Row {
        self.rows.values().fold(Row::default(), |sum, row| Row {
            cases: sum.cases + row.cases,
            passing: Passing {
                status: sum.passing.status + row.passing.status,
                shape: sum.passing.shape + row.passing.shape,
            },
            expected: sum.expected + row.expected,
            not_served: sum.not_served + row.not_served,
            skipped: sum.skipped + row.skipped,
        })
    }
}

impl Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{:<30}{:>7}{:>8}{:>7}{:>10}{:>12}{:>9}",
            "group", "cases", "status", "shape", "expected", "not served", "skipped"
        )?;
        let total = (String::from("all"), self.total());
        for (group, row) in self.rows.iter().chain([(&total.0, &total.1)]) {
            let Row { cases, passing, expected, not_served, skipped } = row;
            let Passing { status, shape } = passing;
            writeln!(
                formatter,
                "{group:<30}{cases:>7}{status:>8}{shape:>7}{expected:>10}{not_served:>12}{skipped:>9}"
            )?;
        }
        Ok(())
    }
}

pub(crate) mod listing {
    //! Ledgers made by hand, for tests of the ledger itself.

    use super::{Ledger, Level, Listed, NotServed, Passing};

    pub(crate) fn empty() -> Ledger {
        Ledger::new(Vec::new(), Vec::new(), [].into())
    }

    pub(crate) fn with_difference(case: &str, level: Level, reason: &str) -> Ledger {
        let listed = Listed { case: case.to_owned(), level, reason: reason.to_owned() };
        Ledger::new(vec![listed], Vec::new(), [].into())
    }

    pub(crate) fn with_planned(group: &str) -> Ledger {
        let planned = NotServed { group: group.to_owned(), reason: String::from("planned") };
        Ledger::new(Vec::new(), vec![planned], [].into())
    }

    pub(crate) fn with_ratchet(group: &str, status: usize, shape: usize) -> Ledger {
        Ledger::new(Vec::new(), Vec::new(), [(group.to_owned(), Passing { status, shape })].into())
    }
}
