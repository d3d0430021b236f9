//! Workers: each has a session of its own and takes the next case from one common list.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{Instant, timeout};

use super::case_run::CaseRun;
use super::fixture::Sandbox;
use super::probe::Presence;
use super::{Probes, Server, Trouble};
use crate::case::{Case, Fixture, Side};
use crate::exchange::Exchange;
use crate::outcome::{CaseResult, Status};
use crate::registry::Level;
use crate::suite::CREDENTIALS;
use crate::variables::{UNKNOWN_NAME, Variables};

/// Longest time for a case's clean-up.
const CLEANUP_LIMIT: Duration = Duration::from_secs(30);

/// So many cases in a row without any answer, and the server counts as gone.
const GONE_AFTER: usize = 5;

/// A case with what the suite knows of it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) case: Arc<Case>,
    pub(crate) level: Level,
    /// Capabilities of the case, of its requirements and of the operation it was made for.
    pub(crate) needs: Vec<String>,
    /// Why it is not run, if it is not.
    pub(crate) disabled: Option<String>,
    /// Why it may fail, if it may.
    pub(crate) known_gap: Option<String>,
}

/// What a run tells while it goes on.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A case is over.
    Finished {
        /// Position in the list.
        position: usize,
        /// What came of it.
        result: CaseResult,
    },
}

/// What all workers share.
#[derive(Debug)]
struct Shared {
    plans: Vec<Plan>,
    probes: Arc<Probes>,
    /// Cases in a row that got no answer at all.
    silent: AtomicUsize,
    cancelled: Arc<AtomicBool>,
}

/// One worker's standing with the server.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) server: Arc<Server>,
    pub(super) key: Option<String>,
    sandbox: Option<Sandbox>,
}

/// Runs every case, with at most `jobs` at the same time; those that want to be alone come last.
pub(crate) async fn run(
    server: &Arc<Server>,
    probes: &Arc<Probes>,
    plans: Vec<Plan>,
    jobs: usize,
    cancelled: &Arc<AtomicBool>,
    events: &UnboundedSender<Event>,
) {
    let (alone, beside): (Vec<usize>, Vec<usize>) =
        (0..plans.len()).partition(|position| plans[*position].case.alone);
    let jobs = jobs.clamp(1, beside.len().max(1));
    let (probes, cancelled) = (Arc::clone(probes), Arc::clone(cancelled));
    let shared = Arc::new(Shared { plans, probes, silent: AtomicUsize::new(0), cancelled });
    let next = Arc::new(AtomicUsize::new(0));
    let beside = Arc::new(beside);
    let workers: Vec<_> = (0..jobs)
        .map(|number| {
            let mut session = Session::new(server, number);
            let (shared, next, beside) = (Arc::clone(&shared), Arc::clone(&next), Arc::clone(&beside));
            let events = events.clone();
            tokio::spawn(async move {
                while let Some(position) = beside.get(next.fetch_add(1, Ordering::Relaxed)) {
                    shared.run_one(&mut session, *position, &events).await;
                }
                session
            })
        })
        .collect();
    let mut sessions = Vec::new();
    for worker in workers {
        // A worker that panicked loses its cases; the caller counts what is missing as errors.
        sessions.extend(worker.await);
    }
    if let Some(session) = sessions.first_mut() {
        for position in alone {
            shared.run_one(session, position, events).await;
        }
    }
    for session in &mut sessions {
        session.close().await;
    }
}

impl Shared {
    async fn run_one(&self, session: &mut Session, position: usize, events: &UnboundedSender<Event>) {
        if self.cancelled.load(Ordering::Relaxed) {
            return;
        }
        let plan = &self.plans[position];
        let begin = Instant::now();
        let mut report = if self.silent.load(Ordering::Relaxed) >= GONE_AFTER {
            Report::error("the server is gone: it did not answer several cases before this one")
        } else {
            self.judge(session, plan, position).await
        };
        if report.status == Status::Error {
            self.silent.fetch_add(1, Ordering::Relaxed);
        } else if report.status.is_executed() {
            self.silent.store(0, Ordering::Relaxed);
        }
        report.apply_gap(plan.known_gap.as_deref());
        let result = report.into_result(plan, begin.elapsed(), &session.server);
        // Nobody listening means that the run was given up.
        let _ = events.send(Event::Finished { position, result });
    }

    async fn judge(&self, session: &mut Session, plan: &Plan, position: usize) -> Report {
        if let Some(reason) = &plan.disabled {
            return Report::without_exchanges(Status::Disabled, reason);
        }
        if let Some(reason) = session.lacks(&plan.case) {
            return Report::without_exchanges(Status::Skip, &reason);
        }
        for need in plan.needs.iter().filter(|need| *need != CREDENTIALS) {
            match self.probes.ask(need, session).await {
                Presence::Present => {}
                Presence::Absent(reason) => {
                    return Report::without_exchanges(
                        Status::Skip,
                        &format!("the server lacks `{need}`: {reason}"),
                    );
                }
                Presence::Unknown(trouble) => {
                    return Report::of(Err(trouble), &format!("asking for `{need}`"), Vec::new());
                }
            }
        }
        session.run_case(&plan.case, position).await
    }
}

/// What came of a case, before it is dressed as a result.
#[derive(Debug)]
struct Report {
    status: Status,
    reasons: Vec<String>,
    notes: Vec<String>,
    exchanges: Vec<Exchange>,
}

impl Report {
    fn without_exchanges(status: Status, reason: &str) -> Self {
        Self { status, reasons: vec![reason.to_owned()], notes: Vec::new(), exchanges: Vec::new() }
    }

    fn error(reason: &str) -> Self {
        Self::without_exchanges(Status::Error, reason)
    }

    fn of(settled: Result<(), Trouble>, place: &str, exchanges: Vec<Exchange>) -> Self {
        let placed = |reason: String| format!("{place}: {reason}");
        let (status, reasons) = match settled {
            Ok(()) => (Status::Pass, Vec::new()),
            Err(Trouble::Fail(reasons)) => (Status::Fail, reasons.into_iter().map(placed).collect()),
            Err(Trouble::Error(problem)) => (Status::Error, vec![placed(problem)]),
            Err(Trouble::Absent(reason)) => (Status::Skip, vec![reason]),
        };
        Self { status, reasons, notes: Vec::new(), exchanges }
    }

    fn apply_gap(&mut self, gap: Option<&str>) {
        let Some(reason) = gap else { return };
        match self.status {
            Status::Fail => {
                self.status = Status::KnownGap;
                self.reasons.insert(0, format!("known gap: {reason}"));
            }
            Status::Pass => {
                self.status = Status::UnexpectedPass;
                self.reasons.push(format!("passes although it is listed as a known gap: {reason}"));
            }
            _ => {}
        }
    }

    fn into_result(self, plan: &Plan, duration: Duration, server: &Server) -> CaseResult {
        let clean = |texts: Vec<String>| texts.iter().map(|text| server.redactor.text(text)).collect();
        CaseResult {
            id: plan.case.id.clone(),
            title: plan.case.title.clone(),
            requirements: plan.case.requirements.clone(),
            level: plan.level,
            contract: plan.case.contract,
            status: self.status,
            reasons: clean(self.reasons),
            notes: clean(self.notes),
            duration,
            exchanges: self.exchanges,
        }
    }
}

impl Session {
    fn new(server: &Arc<Server>, number: usize) -> Self {
        let key = match server.keys.len() {
            0 => None,
            count => Some(server.keys[number % count].clone()),
        };
        Self { server: Arc::clone(server), key, sandbox: None }
    }

    /// Why the case cannot be run with what the run was given.
    fn lacks(&self, case: &Case) -> Option<String> {
        let server = &self.server;
        if case.calls_control() && server.control.is_none() {
            return Some("there is no control plane; give --url".to_owned());
        }
        let is_bare = server.raw_toolbox.is_some() && case.contract == Side::Toolbox;
        if is_bare && case.needs.iter().any(|need| need == CREDENTIALS) {
            return Some("a toolbox with no control plane in front of it asks for no credentials".to_owned());
        }
        if case.needs_second_tenant() && server.other_key.is_none() {
            return Some("there is no second tenant; give --other-key".to_owned());
        }
        None
    }

    /// The sandbox this worker's cases share, made on first use.
    pub(super) async fn shared_sandbox(&mut self) -> Result<Sandbox, (Trouble, Vec<Exchange>)> {
        if let Some(sandbox) = &self.sandbox {
            return Ok(sandbox.clone());
        }
        let server = Arc::clone(&self.server);
        if let Some(toolbox) = &server.raw_toolbox {
            let sandbox = Sandbox { id: None, description: Value::Null, toolbox: toolbox.clone() };
            return Ok(self.sandbox.insert(sandbox).clone());
        }
        let key = self.key.clone();
        let mut run = Self::case_run(&server, key.as_deref(), Side::Control, None, &server.run_name);
        match run.create_sandbox(None).await {
            Ok(sandbox) => Ok(self.sandbox.insert(sandbox).clone()),
            Err(trouble) => Err((trouble, run.exchanges)),
        }
    }

    pub(super) fn case_run<'a>(
        server: &'a Server,
        key: Option<&'a str>,
        side: Side,
        sandbox: Option<&Sandbox>,
        unique: &str,
    ) -> CaseRun<'a> {
        let mut variables = Variables::default();
        variables.set("unique", unique);
        variables.set("uuid", uuid(unique));
        for (name, value) in [("url", server.control.as_deref()), ("key", key)] {
            if let Some(value) = value {
                variables.set(name, value);
            }
        }
        let mut run = CaseRun {
            server,
            side,
            key,
            toolbox: None,
            variables,
            exchanges: Vec::new(),
            sockets: HashMap::new(),
            place: String::new(),
        };
        if let Some(sandbox) = sandbox {
            run.enter(sandbox);
        }
        run
    }

    async fn run_case(&mut self, case: &Case, position: usize) -> Report {
        let server = Arc::clone(&self.server);
        let key = self.key.clone();
        let unique = format!("{}-{position}", server.run_name);
        let mut run = Self::case_run(&server, key.as_deref(), case.contract, None, &unique);
        let sandbox = match case.fixture() {
            Fixture::Nothing => None,
            Fixture::Sandbox => match self.shared_sandbox().await {
                Ok(sandbox) => Some(sandbox),
                Err((trouble, exchanges)) => return Report::of(Err(trouble), "fixture", exchanges),
            },
            Fixture::OwnSandbox => match run.create_sandbox(case.create.as_ref()).await {
                Ok(sandbox) => Some(sandbox),
                Err(trouble) => return Report::of(Err(trouble), "fixture", run.exchanges),
            },
        };
        if let Some(sandbox) = &sandbox {
            run.enter(sandbox);
        }
        let limit = case.timeout.map_or(server.case_limit, |limit| limit.0);
        let settled = timeout(limit, run.steps("step", &case.steps)).await;
        let place = run.place.clone();
        let settled =
            settled.unwrap_or_else(|_| Err(Trouble::fail(format!("the case did not end within {limit:?}"))));
        let notes = run.clean_up(case).await;
        if case.fixture() == Fixture::OwnSandbox {
            if let Some(id) = sandbox.as_ref().and_then(|sandbox| sandbox.id.clone()) {
                // Cases may delete it themselves; what stays behind is seen by the next listing case, not here.
                let _ = timeout(CLEANUP_LIMIT, run.delete_sandbox(&id)).await;
            }
        } else if matches!(settled, Err(Trouble::Fail(_) | Trouble::Error(_))) {
            // A failed case may have spoilt the shared sandbox; the next case gets a fresh one.
            self.close().await;
        }
        let mut report = Report::of(settled, &place, run.exchanges);
        report.notes = notes;
        report
    }

    /// Gives the shared sandbox back.
    async fn close(&mut self) {
        let Some(id) = self.sandbox.take().and_then(|sandbox| sandbox.id) else { return };
        let server = Arc::clone(&self.server);
        let key = self.key.clone();
        let mut run = Self::case_run(&server, key.as_deref(), Side::Control, None, &server.run_name);
        let _ = timeout(CLEANUP_LIMIT, run.delete_sandbox(&id)).await;
    }
}

impl CaseRun<'_> {
    fn enter(&mut self, sandbox: &Sandbox) {
        self.toolbox = Some(sandbox.toolbox.clone());
        self.variables.set("toolbox", sandbox.toolbox.as_str());
        if sandbox.id.is_some() {
            self.variables.set("sandbox", sandbox.description.clone());
        }
    }

    /// Runs every clean-up step, whatever the others do.
    async fn clean_up(&mut self, case: &Case) -> Vec<String> {
        let mut notes = Vec::new();
        for (position, step) in case.cleanup.iter().enumerate() {
            let place = format!("cleanup {}", position + 1);
            let steps = std::slice::from_ref(step);
            match timeout(CLEANUP_LIMIT, self.steps("cleanup", steps)).await {
                Ok(Ok(()) | Err(Trouble::Absent(_))) => {}
                Ok(Err(Trouble::Fail(reasons))) => notes.push(format!("{place}: {}", reasons.join("; "))),
                // What was never kept was never made.
                Ok(Err(Trouble::Error(problem))) if problem.starts_with(UNKNOWN_NAME) => {}
                Ok(Err(Trouble::Error(problem))) => notes.push(format!("{place}: {problem}")),
                Err(_) => notes.push(format!("{place}: did not end within {CLEANUP_LIMIT:?}")),
            }
        }
        notes
    }
}

/// A UUID of version 4 that is the same for the same text, and belongs to nothing on the server.
fn uuid(text: &str) -> String {
    let mut digits = String::new();
    for salt in 0_u64..2 {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let _ = write!(digits, "{:016x}", hash ^ (hash >> 29));
    }
    format!(
        "{}-{}-4{}-a{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..32]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_uuid_is_a_uuid_and_differs_from_case_to_case() {
        assert!(crate::matcher::matches(&serde_json::json!({"$type": "uuid"}), &uuid("a-1").into()));
        assert_ne!(uuid("a-1"), uuid("a-2"));
        assert_eq!(uuid("a-1"), uuid("a-1"));
    }
}
