//! What came of a run: one result a case, and the sums that decide the exit code.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::case::Side;
use crate::exchange::Exchange;
use crate::registry::Level;

/// What came of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Everything held.
    Pass,
    /// The server departs from the contract.
    Fail,
    /// The suite or the server broke down; nothing can be said.
    Error,
    /// The server lacks a capability the case needs.
    Skip,
    /// Switched off by the case itself or by an option.
    Disabled,
    /// Failed as the list of known gaps says.
    KnownGap,
    /// Passed although the list of known gaps says it fails.
    UnexpectedPass,
}

impl Status {
    /// Every status, in the order they are shown.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Fail,
        Self::Error,
        Self::UnexpectedPass,
        Self::KnownGap,
        Self::Skip,
        Self::Disabled,
    ];

    /// The status as reports write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skip => "skip",
            Self::Disabled => "disabled",
            Self::KnownGap => "known-gap",
            Self::UnexpectedPass => "unexpected-pass",
        }
    }

    /// Whether the server was really asked.
    #[must_use]
    pub const fn is_executed(self) -> bool {
        !matches!(self, Self::Skip | Self::Disabled)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// The result of one case. Holds no secrets.
#[derive(Clone, Debug, Serialize)]
pub struct CaseResult {
    /// The case's id.
    pub id: String,
    /// The case's title.
    pub title: String,
    /// The requirements it proves.
    pub requirements: Vec<String>,
    /// The most binding level among them.
    pub level: Level,
    /// The API it judges.
    pub contract: Side,
    /// What came of it.
    pub status: Status,
    /// Why, one sentence each; empty when it passed.
    pub reasons: Vec<String>,
    /// Trouble in the clean-up, which decides nothing.
    pub notes: Vec<String>,
    /// How long it took, clean-up included.
    #[serde(serialize_with = "milliseconds", rename = "milliseconds")]
    pub duration: Duration,
    /// Every request and answer, in order; reports that are small leave them out.
    #[serde(skip)]
    pub exchanges: Vec<Exchange>,
}

impl CaseResult {
    /// Whether it turns the whole run red: below MUST only when asked for.
    #[must_use]
    pub fn is_red(&self, strict: bool) -> bool {
        match self.status {
            Status::Fail => strict || self.level == Level::Must,
            Status::UnexpectedPass => true,
            _ => false,
        }
    }
}

/// How a run ended, as an exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing departs from the contract.
    Conforms,
    /// Something departs from it, or a known gap has closed.
    Departs,
    /// The server or the suite broke down.
    Error,
    /// Not one case could be executed.
    NothingExecuted,
}

impl Verdict {
    /// The process's exit code. 2 is left for wrong command lines and wrong data.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Departs => 1,
            Self::Error => 3,
            Self::NothingExecuted => 4,
        }
    }
}

/// Everything a run found out. Holds no secrets.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was judged, as given.
    pub target: String,
    /// Results in the order of the suite.
    pub results: Vec<CaseResult>,
    /// Capabilities asked for, and whether the server has them.
    pub capabilities: BTreeMap<String, bool>,
    /// When it began, RFC 3339; as the caller's clock had it.
    pub started: String,
    /// How long it took.
    pub duration: Duration,
    /// Whether departures from requirements below MUST count.
    pub strict: bool,
    /// Whether it was cut short from outside.
    pub interrupted: bool,
}

/// The sums every report begins or ends with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Cases chosen.
    pub required: usize,
    /// Cases the server was really asked.
    pub executed: usize,
    /// Cases that held.
    pub passed: usize,
    /// Failures of requirements below MUST, which count only when asked for.
    pub below_must: usize,
    /// Cases by status.
    pub statuses: BTreeMap<&'static str, usize>,
}

impl Outcome {
    /// The sums.
    #[must_use]
    pub fn sums(&self) -> Sums {
        let count = |status: Status| self.results.iter().filter(|result| result.status == status).count();
        let weak = |result: &&CaseResult| result.status == Status::Fail && result.level != Level::Must;
        Sums {
            required: self.results.len(),
            executed: self.results.iter().filter(|result| result.status.is_executed()).count(),
            passed: count(Status::Pass),
            below_must: self.results.iter().filter(weak).count(),
            statuses: Status::ALL.into_iter().map(|status| (status.as_str(), count(status))).collect(),
        }
    }

    /// How the run ended.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.results.iter().any(|result| result.status == Status::Error) || self.interrupted {
            return Verdict::Error;
        }
        if self.results.iter().any(|result| result.is_red(self.strict)) {
            return Verdict::Departs;
        }
        if !self.results.iter().any(|result| result.status.is_executed()) {
            return Verdict::NothingExecuted;
        }
        Verdict::Conforms
    }

    /// The slowest cases, slowest first.
    #[must_use]
    pub fn slowest(&self, count: usize) -> Vec<&CaseResult> {
        let mut executed: Vec<&CaseResult> =
            self.results.iter().filter(|result| result.status.is_executed()).collect();
        executed
            .sort_by(|left, right| right.duration.cmp(&left.duration).then_with(|| left.id.cmp(&right.id)));
        executed.truncate(count);
        executed
    }
}

fn milliseconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(cases: &[(Status, Level)]) -> Outcome {
        let result = |(status, level): &(Status, Level)| CaseResult {
            id: "x".to_owned(),
            title: "X.".to_owned(),
            requirements: Vec::new(),
            level: *level,
            contract: Side::Control,
            status: *status,
            reasons: Vec::new(),
            notes: Vec::new(),
            duration: Duration::ZERO,
            exchanges: Vec::new(),
        };
        Outcome {
            target: String::new(),
            results: cases.iter().map(result).collect(),
            capabilities: BTreeMap::new(),
            started: String::new(),
            duration: Duration::ZERO,
            strict: false,
            interrupted: false,
        }
    }

    #[test]
    fn nothing_executed_is_no_success() {
        assert_eq!(outcome(&[]).verdict(), Verdict::NothingExecuted);
        let skipped = [(Status::Skip, Level::Must), (Status::Disabled, Level::Must)];
        assert_eq!(outcome(&skipped).verdict(), Verdict::NothingExecuted);
    }

    #[test]
    fn an_error_outweighs_a_failure_and_a_failure_a_pass() {
        let of = |cases: &[(Status, Level)]| outcome(cases).verdict();
        assert_eq!(of(&[(Status::Pass, Level::Must)]), Verdict::Conforms);
        assert_eq!(of(&[(Status::Pass, Level::Must), (Status::Fail, Level::Must)]), Verdict::Departs);
        assert_eq!(of(&[(Status::Error, Level::Must), (Status::Fail, Level::Must)]), Verdict::Error);
        assert_eq!(of(&[(Status::UnexpectedPass, Level::May)]), Verdict::Departs);
        assert_eq!(of(&[(Status::KnownGap, Level::Must)]), Verdict::Conforms);
    }

    #[test]
    fn below_must_counts_only_when_asked_for() {
        let mut outcome = outcome(&[(Status::Fail, Level::Should)]);
        assert_eq!(outcome.verdict(), Verdict::Conforms);
        outcome.strict = true;
        assert_eq!(outcome.verdict(), Verdict::Departs);
    }

    #[test]
    fn every_verdict_has_an_exit_code_of_its_own() {
        let verdicts = [Verdict::Conforms, Verdict::Departs, Verdict::Error, Verdict::NothingExecuted];
        let codes: std::collections::BTreeSet<u8> = verdicts.into_iter().map(Verdict::exit_code).collect();
        assert_eq!(codes.len(), 4);
        assert!(!codes.contains(&2));
    }
}
