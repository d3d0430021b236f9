//! Tests the suite itself: a server that is broken on purpose has to be caught by the requirement its mutant names.
//!
//! First the unbroken server is judged by all the cases in question. A mutant whose cases do not pass there proves
//! nothing: it is void. Then each mutant gets a server of its own and its cases only.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use serde::Serialize;

use crate::mutants::Mutant;
use crate::outcome::{CaseResult, Status};
use crate::server::{self, Listener, Options, Silent};
use crate::suite::{Suite, fits};
use crate::{Error, case::Case};

/// A future that can be kept in a box.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Starts servers to be tested.
pub trait Target: Send + Sync {
    /// Starts a server, broken by `mutant` if there is one. Servers started must not know of each other.
    fn start(&self, mutant: Option<Arc<Mutant>>) -> BoxFuture<'_, Result<Box<dyn Running>, Error>>;
}

/// A server that was started.
pub trait Running: Send + Sync {
    /// How to reach it.
    fn connection(&self) -> Connection;

    /// Stops it, and returns when it is gone.
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// How to reach a server.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Base address of the control plane, prefix included.
    pub url: String,
    /// API keys.
    pub keys: Vec<String>,
    /// Key of another tenant.
    pub other_key: Option<String>,
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Caught by the requirement it names.
    Killed,
    /// Not caught.
    Survived,
    /// Nothing can be said: no case of the requirement passes on the unbroken server.
    Void,
}

/// The fate of one mutant.
#[derive(Clone, Debug, Serialize)]
pub struct MutantResult {
    /// The mutant.
    pub id: String,
    /// The requirement that had to go red.
    pub kills: String,
    /// What became of it.
    pub fate: Fate,
    /// The case that caught it, or why nothing did.
    pub detail: String,
}

/// The fate of all mutants.
#[derive(Clone, Debug, Serialize)]
pub struct SelfTestOutcome {
    /// In the order of the catalogue.
    pub mutants: Vec<MutantResult>,
}

impl SelfTestOutcome {
    /// How many mutants met this fate.
    #[must_use]
    pub fn count(&self, fate: Fate) -> usize {
        self.mutants.iter().filter(|mutant| mutant.fate == fate).count()
    }

    /// 0 when every mutant was killed, 4 when there was none, 1 otherwise.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.mutants.len(), self.count(Fate::Killed)) {
            (0, _) => 4,
            (all, killed) if all == killed => 0,
            _ => 1,
        }
    }
}

/// Runs the mutants whose id, requirement or operation fits one of `only`; all when it is empty. `options` say how cases
/// are run; addresses and keys in them are replaced by those of the servers started.
///
/// # Errors
///
/// When a server does not start.
pub async fn self_test(
    suite: &Suite,
    target: &dyn Target,
    only: &[String],
    options: &Options,
    heard: &mut (dyn FnMut(&MutantResult) + Send),
) -> Result<SelfTestOutcome, Error> {
    let chosen: Vec<&Arc<Mutant>> = suite.mutants.iter().filter(|mutant| is_meant(mutant, only)).collect();
    let baseline = baseline(suite, target, &chosen, options).await?;
    let baseline = &baseline;
    let tests = chosen.into_iter().enumerate().map(|(place, mutant)| async move {
        one(suite, target, mutant, baseline, options).await.map(|result| (place, result))
    });
    // Some take long because they wait: the others pass them by.
    let mut results = futures_util::stream::iter(tests).buffer_unordered(options.jobs.max(1));
    let mut mutants = BTreeMap::new();
    while let Some(result) = results.next().await {
        let (place, result) = result?;
        heard(&result);
        mutants.insert(place, result);
    }
    let mutants = mutants.into_values().collect();
    Ok(SelfTestOutcome { mutants })
}

fn is_meant(mutant: &Mutant, only: &[String]) -> bool {
    let names = [&mutant.id, &mutant.kills, &mutant.operation];
    only.is_empty() || only.iter().any(|pattern| names.into_iter().any(|name| fits(pattern, name)))
}

/// The cases a mutant is judged by. Generated ones only for its own operation: there are hundreds of the others.
fn cases<'a>(suite: &'a Suite, mutant: &'a Mutant) -> impl Iterator<Item = &'a Arc<Case>> {
    suite.cases_of(&mutant.kills).filter(|case| {
        (mutant.cases.is_empty() || mutant.cases.contains(&case.id))
            && (mutant.operation == "*"
                || case.generated_for.is_none_or(|operation| operation == mutant.operation))
    })
}

async fn baseline(
    suite: &Suite,
    target: &dyn Target,
    mutants: &[&Arc<Mutant>],
    options: &Options,
) -> Result<BTreeMap<String, CaseResult>, Error> {
    let wanted: BTreeSet<String> =
        mutants.iter().flat_map(|mutant| cases(suite, mutant)).map(|case| case.id.clone()).collect();
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let results = judge(suite, target, None, &wanted, options, &mut Silent).await?;
    Ok(results.into_iter().map(|result| (result.id.clone(), result)).collect())
}

async fn one(
    suite: &Suite,
    target: &dyn Target,
    mutant: &Arc<Mutant>,
    baseline: &BTreeMap<String, CaseResult>,
    options: &Options,
) -> Result<MutantResult, Error> {
    let verdict = |fate, detail: String| MutantResult {
        id: mutant.id.clone(),
        kills: mutant.kills.clone(),
        fate,
        detail,
    };
    let of_baseline: Vec<&CaseResult> =
        cases(suite, mutant).filter_map(|case| baseline.get(&case.id)).collect();
    let sound: BTreeSet<String> = of_baseline
        .iter()
        .filter(|result| result.status == Status::Pass)
        .map(|result| result.id.clone())
        .collect();
    if sound.is_empty() {
        let why = of_baseline
            .first()
            .map(|result| format!("{}: {} {}", result.id, result.status, result.reasons.join("; ")));
        return Ok(verdict(Fate::Void, why.unwrap_or_else(|| "the requirement has no case".to_owned())));
    }
    // One case that catches it is enough.
    let mut options = options.clone();
    options.cancelled = Arc::default();
    let mut first = FirstFailure { cancelled: Arc::clone(&options.cancelled) };
    let results = judge(suite, target, Some(Arc::clone(mutant)), &sound, &options, &mut first).await?;
    let caught = results.iter().find(|result| result.status == Status::Fail);
    Ok(match caught {
        Some(result) => verdict(Fate::Killed, format!("{}: {}", result.id, result.reasons.join("; "))),
        None => {
            let statuses: Vec<String> =
                results.iter().map(|result| format!("{}: {}", result.id, result.status)).collect();
            verdict(Fate::Survived, statuses.join(", "))
        }
    })
}

struct FirstFailure {
    cancelled: Arc<AtomicBool>,
}

impl Listener for FirstFailure {
    fn finished(&mut self, result: &CaseResult) {
        if result.status == Status::Fail {
            self.cancelled.store(true, Ordering::Relaxed);
        }
    }
}

async fn judge(
    suite: &Suite,
    target: &dyn Target,
    mutant: Option<Arc<Mutant>>,
    wanted: &BTreeSet<String>,
    options: &Options,
    listener: &mut dyn Listener,
) -> Result<Vec<CaseResult>, Error> {
    let running = target.start(mutant).await?;
    let Connection { url, keys, other_key } = running.connection();
    let options = Options {
        url: Some(url),
        toolbox_url: None,
        keys,
        other_key,
        contract: None,
        only: Vec::new(),
        known_gaps: None,
        generated: true,
        ..options.clone()
    };
    let mut plans = server::plans(suite, &options)?;
    plans.retain(|plan| wanted.contains(&plan.case.id));
    let outcome = server::run_plans(suite, &options, plans, listener).await;
    running.stop().await;
    outcome.map(|outcome| outcome.results)
}
