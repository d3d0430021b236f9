//! Judges a server: chooses cases, runs them, collects what came of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::civil::Date;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

use crate::case::{Case, Side};
use crate::outcome::{CaseResult, Outcome, Status};
use crate::run::{self, Event, Plan, Probes, Server};
use crate::suite::{Suite, fits};
use crate::{Error, gaps};

/// What to judge, and how. Nothing is read from the environment or the clock: the caller says it all.
#[derive(Clone, Debug)]
pub struct Options {
    /// Base address of the control plane, its prefix (`/api`) included.
    pub url: Option<String>,
    /// Base address of a toolbox without a control plane.
    pub toolbox_url: Option<String>,
    /// API keys; more than one gives workers tenants of their own.
    pub keys: Vec<String>,
    /// Key of a tenant that must not see anything of the others.
    pub other_key: Option<String>,
    /// PEM file with a further certificate authority to trust.
    pub authority: Option<PathBuf>,
    /// Only this contract.
    pub contract: Option<Side>,
    /// Only cases whose id, requirement or operation fits one of these patterns; all when empty.
    pub only: Vec<String>,
    /// Cases, requirements or operations to leave out; they are reported as disabled.
    pub skip: Vec<String>,
    /// Whether generated cases are run.
    pub generated: bool,
    /// Most cases at the same time.
    pub jobs: usize,
    /// Longest time for one request, unless a step says otherwise.
    pub request_limit: Duration,
    /// Longest time for a message of a WebSocket, whatever its step says: for servers that are known to be near.
    pub message_limit: Duration,
    /// Longest time for the steps of one case, unless the case says otherwise.
    pub case_limit: Duration,
    /// Longest time for a sandbox to start.
    pub start_limit: Duration,
    /// List of known gaps to allow.
    pub known_gaps: Option<String>,
    /// Whether departures from requirements below MUST turn the run red.
    pub strict: bool,
    /// Distinguishes this run's names from those of every other run: small letters, digits, hyphens.
    pub run_name: String,
    /// When the run begins, RFC 3339.
    pub started: String,
    /// Today, for the end of known gaps.
    pub today: Date,
    /// Set from outside to end the run after the cases that are under way.
    pub cancelled: Arc<AtomicBool>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: None,
            toolbox_url: None,
            keys: Vec::new(),
            other_key: None,
            authority: None,
            contract: None,
            only: Vec::new(),
            skip: Vec::new(),
            generated: true,
            jobs: 4,
            request_limit: Duration::from_secs(10),
            message_limit: Duration::MAX,
            case_limit: Duration::from_secs(60),
            start_limit: Duration::from_secs(60),
            known_gaps: None,
            strict: false,
            run_name: "conformance".to_owned(),
            started: String::new(),
            today: Date::MIN,
            cancelled: Arc::default(),
        }
    }
}

/// Hears of every case as soon as it is over.
pub trait Listener: Send {
    /// How many cases there are.
    fn begins(&mut self, total: usize) {
        let _ = total;
    }

    /// A case is over.
    fn finished(&mut self, result: &CaseResult) {
        let _ = result;
    }
}

/// A listener that does not listen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Listener for Silent {}

/// Judges a server.
///
/// # Errors
///
/// Only for what the caller got wrong: options, files. A server that does not answer is an [`Outcome`] full of errors.
pub async fn run(suite: &Suite, options: &Options, listener: &mut dyn Listener) -> Result<Outcome, Error> {
    let plans = plans(suite, options)?;
    run_plans(suite, options, plans, listener).await
}

pub(crate) async fn run_plans(
    suite: &Suite,
    options: &Options,
    plans: Vec<Plan>,
    listener: &mut dyn Listener,
) -> Result<Outcome, Error> {
    let server = Arc::new(Server::new(options)?);
    let probes = Arc::new(Probes::new(suite.capabilities.clone()));
    let begin = Instant::now();
    listener.begins(plans.len());
    let (sender, mut receiver) = unbounded_channel();
    let mut results: Vec<Option<CaseResult>> = vec![None; plans.len()];
    let running = async {
        let sender = sender;
        run::run(&server, &probes, plans.clone(), options.jobs, &options.cancelled, &sender).await;
    };
    let collecting = async {
        while let Some(Event::Finished { position, result }) = receiver.recv().await {
            listener.finished(&result);
            results[position] = Some(result);
        }
    };
    tokio::join!(running, collecting);
    let interrupted = options.cancelled.load(Ordering::Relaxed);
    let complete = results
        .into_iter()
        .zip(&plans)
        .filter_map(|(result, plan)| result.or_else(|| (!interrupted).then(|| lost(plan))));
    Ok(Outcome {
        target: target(options),
        results: complete.collect(),
        capabilities: probes.findings().await,
        started: options.started.clone(),
        duration: begin.elapsed(),
        strict: options.strict,
        interrupted,
    })
}

/// A case whose worker broke down under it.
fn lost(plan: &Plan) -> CaseResult {
    CaseResult {
        id: plan.case.id.clone(),
        title: plan.case.title.clone(),
        requirements: plan.case.requirements.clone(),
        level: plan.level,
        contract: plan.case.contract,
        status: Status::Error,
        reasons: vec!["the suite broke down over this case; please report it".to_owned()],
        notes: Vec::new(),
        duration: Duration::ZERO,
        exchanges: Vec::new(),
    }
}

fn target(options: &Options) -> String {
    let addresses: Vec<&str> =
        [&options.url, &options.toolbox_url].into_iter().flatten().map(String::as_str).collect();
    addresses.join(" and ")
}

/// The cases chosen by `options`, in the order of the suite.
pub(crate) fn plans(suite: &Suite, options: &Options) -> Result<Vec<Plan>, Error> {
    let gaps = match &options.known_gaps {
        Some(target) => gaps::load(&suite.data, target, options.today)?,
        None => BTreeMap::new(),
    };
    let chosen = suite.cases.iter().filter(|case| {
        options.contract.is_none_or(|contract| contract == case.contract)
            && (options.generated || case.generated_for.is_none())
            && (options.only.is_empty() || options.only.iter().any(|pattern| is_meant(suite, case, pattern)))
    });
    Ok(chosen
        .map(|case| Plan {
            case: Arc::clone(case),
            level: suite.level(case),
            needs: suite.needs(case),
            disabled: disabled(suite, options, case),
            known_gap: gaps.get(&case.id).cloned(),
        })
        .collect())
}

fn disabled(suite: &Suite, options: &Options, case: &Case) -> Option<String> {
    let skipped = options.skip.iter().find(|pattern| is_meant(suite, case, pattern));
    case.disabled.clone().or_else(|| skipped.map(|pattern| format!("left out by --skip {pattern}")))
}

/// Whether `pattern` means the case: by its own id, a requirement's, or an operation's.
fn is_meant(suite: &Suite, case: &Case, pattern: &str) -> bool {
    let requirements = case.requirements.iter();
    let operations = requirements.clone().filter_map(|id| suite.requirements.get(id));
    fits(pattern, &case.id)
        || requirements.clone().any(|id| fits(pattern, id))
        || case.generated_for.is_some_and(|operation| fits(pattern, operation))
        || operations
            .flat_map(|requirement| &requirement.operations)
            .any(|operation| fits(pattern, operation))
}
