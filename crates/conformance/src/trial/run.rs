//! Runs the client: once as it is, then once for each scenario.

use std::time::Duration;

use serde::Serialize;

use super::exchanges::{self, Exchange};
use super::rules::{self, Finding, Findings};
use super::scenario::Scenario;
use super::usage::{self, Usage};
use crate::Error;
use crate::outcome::Verdict;
use crate::registry::Level;
use crate::self_test::BoxFuture;
use crate::suite::fits;

/// What to try.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to run the scenarios too.
    pub scenarios: bool,
    /// Only scenarios whose id fits one of these patterns; all when empty.
    pub only: Vec<String>,
    /// Whether departures from what a client only should do count.
    pub strict: bool,
}

/// Runs the client's command against servers.
pub trait Workshop: Send + Sync {
    /// Starts a server that writes down every exchange, changed as `scenario` says; runs the command against it; ends both.
    /// What the command says is shown when it runs against an unchanged server, and only kept otherwise.
    fn run<'a>(&'a self, scenario: Option<&'a Scenario>) -> BoxFuture<'a, Result<Ended, Error>>;
}

/// How one run of the command ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit code; nothing when it took too long and was killed.
    pub code: Option<u8>,
    /// The last lines it said, where they were not shown.
    pub words: Vec<String>,
    /// The server's journal.
    pub journal: String,
    /// How long the command ran.
    pub took: Duration,
}

/// One run, as reports tell of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    /// The scenario; nothing for the unchanged server.
    pub scenario: Option<String>,
    /// What the server did.
    pub title: String,
    /// The command's exit code; nothing when it was killed for taking too long.
    pub code: Option<u8>,
    /// The last lines it said, unless all is well.
    pub words: Vec<String>,
    /// Requests the server got.
    pub requests: usize,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

impl Tried {
    /// Whether the client worked.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.code == Some(0)
    }
}

/// Everything a trial found out. Holds no secrets.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// Whether departures from what a client only should do count.
    pub strict: bool,
    /// The runs, the one against an unchanged server first.
    pub tried: Vec<Tried>,
    /// Departures from the rules, in all runs together.
    pub findings: Vec<Finding>,
    /// What the client uses of each contract, in the first run.
    pub usage: Vec<Usage>,
    /// Operations it asked for that this server does not serve.
    pub not_served: Vec<&'static str>,
    /// Answers of the server that were its own fault.
    pub server_faults: Vec<String>,
}

impl Trial {
    /// How the trial ended.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if !self.server_faults.is_empty() {
            return Verdict::Error;
        }
        if self.tried.first().is_none_or(|first| first.requests == 0) {
            return Verdict::NothingExecuted;
        }
        let departs = self.findings.iter().any(|finding| self.strict || finding.level() == Level::Must);
        let fails = self.tried.iter().any(|tried| !tried.is_well());
        if departs || fails { Verdict::Departs } else { Verdict::Conforms }
    }
}

/// Tries the client. `heard` is told of each run as soon as it is over.
///
/// # Errors
///
/// Only when a server or the command cannot be started.
pub async fn run(
    scenarios: &[Scenario],
    workshop: &dyn Workshop,
    options: &Options,
    heard: &mut dyn FnMut(&Tried),
) -> Result<Trial, Error> {
    let chosen = scenarios.iter().filter(|scenario| {
        options.only.is_empty() || options.only.iter().any(|pattern| fits(pattern, &scenario.id))
    });
    let chosen: Vec<&Scenario> = if options.scenarios { chosen.collect() } else { Vec::new() };
    if options.scenarios && chosen.is_empty() {
        return Err(Error::Option(format!("no scenario fits {}", options.only.join(", "))));
    }
    let ended = workshop.run(None).await?;
    let first = exchanges::read(&ended.journal)?;
    let mut findings = Findings::default();
    rules::hold(&first, &mut findings);
    let mut tried = vec![told(None, &ended, first.len())];
    heard(&tried[0]);
    // A client that does not work at all says nothing about scenarios.
    for scenario in chosen.into_iter().filter(|_| ended.code == Some(0)) {
        let ended = workshop.run(Some(scenario)).await?;
        let exchanges = exchanges::read(&ended.journal)?;
        rules::hold(&exchanges, &mut findings);
        let run = told(Some(scenario), &ended, exchanges.len());
        heard(&run);
        tried.push(run);
    }
    Ok(Trial {
        strict: options.strict,
        tried,
        findings: findings.all(),
        usage: usage::usage(&first),
        not_served: not_served(&first),
        server_faults: server_faults(&first),
    })
}

fn told(scenario: Option<&Scenario>, ended: &Ended, requests: usize) -> Tried {
    Tried {
        scenario: scenario.map(|scenario| scenario.id.clone()),
        title: scenario.map_or_else(
            || "The server answers as it does every day.".to_owned(),
            |scenario| scenario.title.clone(),
        ),
        code: ended.code,
        words: if ended.code == Some(0) { Vec::new() } else { ended.words.clone() },
        requests,
        milliseconds: u64::try_from(ended.took.as_millis()).unwrap_or(u64::MAX),
    }
}

fn not_served(exchanges: &[Exchange]) -> Vec<&'static str> {
    let unserved = exchanges.iter().filter(|exchange| exchange.status() == Some(501));
    let mut ids: Vec<&str> =
        unserved.filter_map(|exchange| exchange.operation().map(|known| known.id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A 5xx that no contract lists is no answer to learn from.
fn server_faults(exchanges: &[Exchange]) -> Vec<String> {
    let failed = |exchange: &&Exchange| {
        exchange.status() == Some(500)
            && exchange.operation().is_some_and(|operation| {
                let documented = |status| operation.responses.iter().any(|answer| answer.status == status);
                !documented(500)
            })
    };
    exchanges.iter().filter(failed).map(|exchange| format!("{}: 500", exchange.title())).collect()
}
