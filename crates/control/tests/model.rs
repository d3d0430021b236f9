//! Random sequences of operations and of time, held against a model that knows what each must answer and lead to.
//!
//! The state machine is driven through the facade every dialect uses, so that ten thousand steps take seconds; the seed
//! is fixed, so that a divergence is found again.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contract::control::types::SandboxState;
use control::{ApiError, NewIntervals, NewSandbox, Resize, SandboxRecord, Sandboxes};
use dialect::OrganizationId;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};
use support::Lab;

const NAMES: [&str; 4] = ["one", "two", "three", "four"];
const CASES: u32 = 250;
const LONGEST: usize = 50;
/// How often others may run before what the model says has to be true.
const PATIENCE: usize = 5_000;
/// Shorter sequences tried when one diverges.
const SHRINKS: u32 = 200;
/// Never reached by [`LONGEST`] steps of the longest wait.
const NEVER: u64 = u64::MAX;

type Name = usize;

#[derive(Clone, Debug)]
enum Operation {
    Create { name: Name, machine: bool, ephemeral: bool },
    Start(Name),
    Stop(Name),
    Pause(Name),
    Archive(Name),
    Recover(Name, bool),
    Resize(Name, i64),
    Snapshot { of: Name, called: Name },
    DropSnapshot(Name),
    Fork { from: Name, name: Name },
    Delete(Name),
    AutoStop(Name, u8),
    AutoPause(Name, u8),
    AutoArchive(Name, u8),
    AutoDelete(Name, i8),
    TimeToLive(Name, u8),
    Touch(Name),
    Kill(Name),
    FailStarts(bool),
    Wait(u8),
}

fn operation() -> impl Strategy<Value = Operation> {
    let name = || 0..NAMES.len();
    prop_oneof![
        6 => (name(), any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(name, machine, ephemeral)| Operation::Create { name, machine, ephemeral }),
        4 => name().prop_map(Operation::Start),
        4 => name().prop_map(Operation::Stop),
        3 => name().prop_map(Operation::Pause),
        3 => name().prop_map(Operation::Archive),
        3 => (name(), any::<bool>()).prop_map(|(name, skip)| Operation::Recover(name, skip)),
        2 => (name(), 1..4_i64).prop_map(|(name, cpu)| Operation::Resize(name, cpu)),
        3 => (name(), name()).prop_map(|(of, called)| Operation::Snapshot { of, called }),
        1 => name().prop_map(Operation::DropSnapshot),
        2 => (name(), name()).prop_map(|(from, name)| Operation::Fork { from, name }),
        2 => name().prop_map(Operation::Delete),
        1 => (name(), 0..20_u8).prop_map(|(name, minutes)| Operation::AutoStop(name, minutes)),
        1 => (name(), 0..20_u8).prop_map(|(name, minutes)| Operation::AutoPause(name, minutes)),
        1 => (name(), 0..20_u8).prop_map(|(name, minutes)| Operation::AutoArchive(name, minutes)),
        1 => (name(), -1..20_i8).prop_map(|(name, minutes)| Operation::AutoDelete(name, minutes)),
        1 => (name(), 0..20_u8).prop_map(|(name, minutes)| Operation::TimeToLive(name, minutes)),
        1 => name().prop_map(Operation::Touch),
        2 => name().prop_map(Operation::Kill),
        1 => any::<bool>().prop_map(Operation::FailStarts),
        3 => (1..12_u8).prop_map(Operation::Wait),
    ]
}

/// What must be true of a sandbox that is there; moments and intervals in minutes.
#[derive(Clone, Debug)]
struct Expected {
    id: String,
    parent: Option<String>,
    state: SandboxState,
    recoverable: bool,
    machine: bool,
    cpu: i64,
    used: u64,
    auto_stop: u64,
    auto_pause: u64,
    auto_archive: u64,
    auto_delete: Option<u64>,
    dies: u64,
}

impl Expected {
    fn is_ephemeral(&self) -> bool {
        self.auto_delete == Some(0)
    }

    /// When what happens by itself: the moment, and the state it leads to; none for the end.
    fn next(&self) -> (u64, Option<SandboxState>) {
        let after = |applies: bool, minutes: u64| if applies { self.used + minutes } else { NEVER };
        let (runs, rests) = (self.state == SandboxState::Started, self.state == SandboxState::Stopped);
        let stopped = (!self.is_ephemeral()).then_some(SandboxState::Stopped);
        let archives = rests && !self.is_ephemeral();
        [
            (self.dies, None),
            (after(rests && self.auto_delete.is_some(), self.auto_delete.unwrap_or(0)), None),
            (after(runs && self.auto_stop > 0, self.auto_stop), stopped),
            (after(runs && self.auto_pause > 0, self.auto_pause), Some(SandboxState::Paused)),
            (after(archives, self.auto_archive), Some(SandboxState::Archived)),
        ]
        .into_iter()
        .min_by_key(|(moment, _)| *moment)
        .unwrap()
    }
}

struct Model {
    lab: Lab,
    sandboxes: Sandboxes,
    organization: OrganizationId,
    expected: BTreeMap<Name, Expected>,
    /// Ids of the sandboxes that snapshots were taken of.
    snapshots: BTreeMap<Name, String>,
    starts_fail: bool,
    now: u64,
}

type Answer = Result<Arc<SandboxRecord>, ApiError>;

#[track_caller]
fn refused(answer: Answer, status: u16, message: &str) {
    let error = answer.expect_err(message);
    assert_eq!((error.status.as_u16(), error.message.as_str()), (status, message));
}

const FAILED: &str = "Sandbox failed to start: told to";
const ERRORED: &str = "Sandbox is in an errored state";

impl Model {
    fn new() -> Self {
        let lab = Lab::new();
        let (sandboxes, organization) =
            (lab.control.sandboxes(), lab.control.tenants().default_organization().clone());
        Self {
            lab,
            sandboxes,
            organization,
            expected: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            starts_fail: false,
            now: 0,
        }
    }

    /// What is expected of a sandbox, or the proof that it is missing.
    fn known(&mut self, name: Name) -> Option<Expected> {
        let expected = self.expected.get(&name).cloned();
        if expected.is_none() {
            let missing = format!("Sandbox with ID or name {} not found", NAMES[name]);
            refused(self.sandboxes.find(&self.organization, NAMES[name]), 404, &missing);
        }
        expected
    }

    fn set(&mut self, name: Name, change: impl FnOnce(&mut Expected)) {
        change(self.expected.get_mut(&name).unwrap());
    }

    async fn apply(&mut self, operation: &Operation) {
        match *operation {
            Operation::Create { name, machine, ephemeral } => self.create(name, machine, ephemeral).await,
            Operation::Start(name) => self.start(name).await,
            Operation::Stop(name) => self.stop(name).await,
            Operation::Pause(name) => self.pause(name).await,
            Operation::Archive(name) => self.archive(name).await,
            Operation::Recover(name, skip_start) => self.recover(name, skip_start).await,
            Operation::Resize(name, cpu) => self.resize(name, cpu).await,
            Operation::Snapshot { of, called } => self.snapshot(of, called).await,
            Operation::DropSnapshot(called) => self.drop_snapshot(called).await,
            Operation::Fork { from, name } => self.fork(from, name).await,
            Operation::Delete(name) => self.delete(name).await,
            Operation::Kill(name) => self.kill(name),
            Operation::FailStarts(fail) => {
                self.starts_fail = fail;
                self.lab.holder.fail_starts(fail.then_some("told to"));
            }
            Operation::Wait(minutes) => {
                self.now += u64::from(minutes);
                self.lab.clock.advance(Duration::from_secs(60) * u32::from(minutes));
            }
            _ => self.set_something(operation).await,
        }
        self.let_time_work();
    }

    /// What time brings happens at the moment it is noticed.
    fn let_time_work(&mut self) {
        let now = self.now;
        self.expected.retain(|_, expected| {
            while expected.next().0 <= now {
                match expected.next().1 {
                    None => return false,
                    Some(state) => {
                        expected.state = state;
                        if state != SandboxState::Archived {
                            expected.used = now;
                        }
                    }
                }
            }
            true
        });
    }

    async fn create(&mut self, name: Name, machine: bool, ephemeral: bool) {
        let new = NewSandbox {
            name: Some(NAMES[name].to_owned()),
            snapshot: machine.then(|| "linux-vm".to_owned()),
            intervals: NewIntervals { auto_delete: ephemeral.then_some(0), ..NewIntervals::default() },
            ..NewSandbox::default()
        };
        let answer = self.sandboxes.create(&self.organization, new).await;
        if self.expected.contains_key(&name) {
            return refused(answer, 409, &format!("Sandbox with name {} already exists", NAMES[name]));
        }
        let pauses = machine && !ephemeral;
        let mut expected = Expected {
            id: String::new(),
            parent: None,
            state: SandboxState::Started,
            recoverable: false,
            machine,
            cpu: 1,
            used: self.now,
            auto_stop: if pauses { 0 } else { 15 },
            auto_pause: if pauses { 60 } else { 0 },
            auto_archive: 10_080,
            auto_delete: ephemeral.then_some(0),
            dies: NEVER,
        };
        self.launched(name, answer, &mut expected);
        self.expected.insert(name, expected);
    }

    /// What became of a new sandbox.
    fn launched(&self, name: Name, answer: Answer, expected: &mut Expected) {
        if self.starts_fail {
            refused(answer, 400, FAILED);
            expected.state = SandboxState::Error;
        } else {
            assert_eq!(answer.unwrap().state, SandboxState::Started);
        }
        expected.id = self.sandboxes.find(&self.organization, NAMES[name]).unwrap().id.clone();
    }

    async fn start(&mut self, name: Name) {
        let answer = self.sandboxes.start(&self.organization, NAMES[name]).await;
        let Some(expected) = self.known(name) else { return };
        match expected.state {
            SandboxState::Started => assert_eq!(answer.unwrap().state, SandboxState::Started),
            SandboxState::Error if !expected.recoverable => refused(answer, 400, ERRORED),
            _ => self.ran(name, answer),
        }
    }

    /// What became of a sandbox that was to run again.
    fn ran(&mut self, name: Name, answer: Answer) {
        let (now, resumes) = (self.now, self.expected[&name].state == SandboxState::Paused);
        let fails = self.starts_fail && !resumes;
        if fails {
            refused(answer, 400, FAILED);
        } else {
            assert_eq!(answer.unwrap().state, SandboxState::Started);
        }
        self.set(name, |expected| {
            expected.state = if fails { SandboxState::Error } else { SandboxState::Started };
            expected.recoverable = fails;
            expected.used = now;
        });
    }

    async fn stop(&mut self, name: Name) {
        let answer = self.sandboxes.stop(&self.organization, NAMES[name], false).await;
        let Some(expected) = self.known(name) else { return };
        match expected.state {
            SandboxState::Started | SandboxState::Paused => {
                answer.unwrap();
                if expected.is_ephemeral() {
                    self.expected.remove(&name);
                    return;
                }
                let now = self.now;
                self.set(name, |expected| {
                    expected.state = SandboxState::Stopped;
                    expected.used = now;
                });
            }
            SandboxState::Error => refused(answer, 400, ERRORED),
            _ => refused(answer, 400, "Sandbox is not in a stoppable state"),
        }
    }

    async fn pause(&mut self, name: Name) {
        let answer = self.sandboxes.pause(&self.organization, NAMES[name]).await;
        let Some(expected) = self.known(name) else { return };
        match expected.state {
            SandboxState::Started if expected.machine => {
                answer.unwrap();
                let now = self.now;
                self.set(name, |expected| {
                    expected.state = SandboxState::Paused;
                    expected.used = now;
                });
            }
            SandboxState::Started => refused(answer, 422, "Pausing is not supported for this sandbox"),
            _ => refused(answer, 400, "Sandbox must be in started state to pause"),
        }
    }

    async fn archive(&mut self, name: Name) {
        let answer = self.sandboxes.archive(&self.organization, NAMES[name]).await;
        let Some(expected) = self.known(name) else { return };
        match expected.state {
            SandboxState::Stopped if expected.is_ephemeral() => {
                refused(answer, 400, "Ephemeral sandboxes cannot be archived");
            }
            SandboxState::Stopped => {
                answer.unwrap();
                self.set(name, |expected| expected.state = SandboxState::Archived);
            }
            _ => refused(answer, 400, "Sandbox is not stopped"),
        }
    }

    async fn recover(&mut self, name: Name, skip_start: bool) {
        let answer = self.sandboxes.recover(&self.organization, NAMES[name], skip_start).await;
        let Some(expected) = self.known(name) else { return };
        if !expected.recoverable {
            return refused(answer, 400, "Sandbox is not in a recoverable state");
        }
        if !skip_start {
            return self.ran(name, answer);
        }
        answer.unwrap();
        let now = self.now;
        self.set(name, |expected| {
            expected.state = SandboxState::Stopped;
            expected.recoverable = false;
            expected.used = now;
        });
    }

    async fn resize(&mut self, name: Name, cpu: i64) {
        let wanted = Resize { cpu: Some(cpu), ..Resize::default() };
        let answer = self.sandboxes.resize(&self.organization, NAMES[name], wanted).await;
        let Some(expected) = self.known(name) else { return };
        match expected.state {
            SandboxState::Started | SandboxState::Stopped if cpu == expected.cpu => refused(
                answer,
                400,
                "No resource changes specified - sandbox is already at the desired configuration",
            ),
            SandboxState::Started if cpu < expected.cpu => {
                refused(answer, 400, "Sandbox must be in stopped state to decrease the number of CPU cores");
            }
            SandboxState::Started | SandboxState::Stopped => {
                answer.unwrap();
                self.set(name, |expected| expected.cpu = cpu);
            }
            _ => refused(answer, 400, "Sandbox must be in started or stopped state to resize"),
        }
    }

    async fn snapshot(&mut self, of: Name, called: Name) {
        let answer = self.sandboxes.snapshot(&self.organization, NAMES[of], NAMES[called]).await;
        let Some(expected) = self.known(of) else { return };
        if !matches!(expected.state, SandboxState::Started | SandboxState::Stopped) {
            let wrong = "Sandbox must be in started or stopped state to create a snapshot";
            return refused(answer, 400, wrong);
        }
        if self.snapshots.contains_key(&called) {
            let name = NAMES[called];
            let taken = format!("Snapshot with name \"{name}\" already exists for this organization");
            return refused(answer, 409, &taken);
        }
        assert_eq!(answer.unwrap().state, expected.state, "it goes on as before");
        self.snapshots.insert(called, expected.id);
        let taken = self.lab.control.snapshots().find(&self.organization, NAMES[called]).unwrap();
        assert_eq!(taken.source_sandbox_id.as_ref(), self.snapshots.get(&called));
        assert_eq!(taken.base.image.as_ref(), Some(&taken.id), "it has files of its own");
    }

    /// Whatever becomes of sandboxes, a snapshot stays until it is deleted.
    async fn drop_snapshot(&mut self, called: Name) {
        let snapshots = self.lab.control.snapshots();
        let found = snapshots.find(&self.organization, NAMES[called]).ok();
        let source = found.as_ref().and_then(|snapshot| snapshot.source_sandbox_id.clone());
        assert_eq!(source, self.snapshots.remove(&called));
        if let Some(snapshot) = found {
            snapshots.delete(&self.organization, &snapshot.id).await.unwrap();
        }
    }

    async fn fork(&mut self, from: Name, name: Name) {
        let answer = self.sandboxes.fork(&self.organization, NAMES[from], Some(NAMES[name])).await;
        let Some(parent) = self.known(from) else { return };
        if !parent.machine {
            return refused(answer, 422, "Forking is not supported for this sandbox");
        }
        if parent.state != SandboxState::Started {
            return refused(answer, 400, "Sandbox must be in started state to fork");
        }
        if self.expected.contains_key(&name) {
            return refused(answer, 409, "Sandbox with this name already exists");
        }
        let mut child = Expected {
            parent: Some(parent.id.clone()),
            used: self.now,
            dies: NEVER,
            recoverable: false,
            ..parent
        };
        self.launched(name, answer, &mut child);
        self.expected.insert(name, child);
    }

    async fn delete(&mut self, name: Name) {
        let answer = self.sandboxes.delete(&self.organization, NAMES[name]).await;
        let Some(expected) = self.known_or_gone(name, &answer) else { return };
        let is_parent = self.expected.values().any(|other| other.parent.as_ref() == Some(&expected.id));
        if is_parent {
            return refused(
                answer,
                400,
                "Cannot delete sandbox which has active fork children. The forks must be deleted first.",
            );
        }
        answer.unwrap();
        self.expected.remove(&name);
    }

    fn known_or_gone(&self, name: Name, answer: &Answer) -> Option<Expected> {
        let expected = self.expected.get(&name).cloned();
        assert_eq!(expected.is_none(), answer.as_ref().is_err_and(|error| error.status.as_u16() == 404));
        expected
    }

    fn kill(&mut self, name: Name) {
        let Some(expected) = self.known(name) else { return };
        if matches!(expected.state, SandboxState::Started | SandboxState::Paused) {
            self.lab.holder.kill(&expected.id);
            self.set(name, |expected| {
                expected.state = SandboxState::Error;
                expected.recoverable = true;
            });
        }
    }

    async fn set_something(&mut self, operation: &Operation) {
        let (sandboxes, organization, now) = (self.sandboxes.clone(), self.organization.clone(), self.now);
        match *operation {
            Operation::AutoStop(name, minutes) => {
                let answer = sandboxes.set_auto_stop(&organization, NAMES[name], minutes.into()).await;
                let Some(expected) = self.known(name) else { return };
                if minutes > 0 && expected.auto_pause > 0 {
                    return refused(answer, 400, BOTH);
                }
                answer.unwrap();
                self.set(name, |expected| expected.auto_stop = minutes.into());
            }
            Operation::AutoPause(name, minutes) => {
                let answer = sandboxes.set_auto_pause(&organization, NAMES[name], minutes.into()).await;
                let Some(expected) = self.known(name) else { return };
                if minutes > 0 && !expected.machine {
                    return refused(answer, 400, "Auto-pause is not supported for this sandbox");
                }
                if minutes > 0 && expected.is_ephemeral() {
                    return refused(answer, 400, "Auto-pause is not supported for ephemeral sandboxes");
                }
                if minutes > 0 && expected.auto_stop > 0 {
                    return refused(answer, 400, BOTH);
                }
                answer.unwrap();
                self.set(name, |expected| expected.auto_pause = minutes.into());
            }
            Operation::AutoArchive(name, minutes) => {
                let answer = sandboxes.set_auto_archive(&organization, NAMES[name], minutes.into()).await;
                let Some(_) = self.known(name) else { return };
                answer.unwrap();
                let minutes = if minutes == 0 { 43_200 } else { minutes.into() };
                self.set(name, |expected| expected.auto_archive = minutes);
            }
            Operation::AutoDelete(name, minutes) => {
                let answer = sandboxes.set_auto_delete(&organization, NAMES[name], minutes.into()).await;
                let Some(expected) = self.known(name) else { return };
                if minutes == 0 && expected.auto_pause > 0 {
                    return refused(answer, 400, "Auto-pause is not supported for ephemeral sandboxes");
                }
                answer.unwrap();
                self.set(name, |expected| expected.auto_delete = u64::try_from(minutes).ok());
            }
            Operation::TimeToLive(name, minutes) => {
                let answer = sandboxes.set_ttl(&organization, NAMES[name], minutes.into()).await;
                let Some(_) = self.known(name) else { return };
                answer.unwrap();
                let dies = if minutes == 0 { NEVER } else { now + u64::from(minutes) };
                self.set(name, |expected| expected.dies = dies);
            }
            Operation::Touch(name) => {
                let answer = sandboxes.touch(&organization, NAMES[name]).await;
                let Some(_) = self.known(name) else { return };
                answer.unwrap();
                self.set(name, |expected| expected.used = now);
            }
            _ => unreachable!("everything else is applied elsewhere"),
        }
    }

    /// Waits until everything is as the model says, and gives what is not when that does not come to be.
    async fn check(&self) -> Result<(), String> {
        let mut difference = String::new();
        for _ in 0..PATIENCE {
            match self.difference() {
                None => return Ok(()),
                Some(found) => difference = found,
            }
            tokio::task::yield_now().await;
        }
        Err(difference)
    }

    fn difference(&self) -> Option<String> {
        let found = self.sandboxes.list(&self.organization);
        if found.len() != self.expected.len() {
            return Some(format!("{found:#?}\nare not {:#?}", self.expected));
        }
        for (name, expected) in &self.expected {
            let Ok(record) = self.sandboxes.find(&self.organization, NAMES[*name]) else {
                return Some(format!("{expected:#?} is missing"));
            };
            let seen =
                (&record.id, record.state, record.recoverable, record.resources.cpu, record.task.is_none());
            let wanted = (&expected.id, expected.state, expected.recoverable, expected.cpu, true);
            if seen != wanted {
                return Some(format!("{record:#?}\nis not {expected:#?}"));
            }
        }
        let ids = |states: &[SandboxState]| {
            let mut ids: Vec<String> = self
                .expected
                .values()
                .filter(|expected| states.contains(&expected.state))
                .map(|expected| expected.id.clone())
                .collect();
            ids.sort();
            ids
        };
        let (running, paused) = (self.lab.holder.running(), self.lab.holder.paused());
        if running != ids(&[SandboxState::Started, SandboxState::Paused])
            || paused != ids(&[SandboxState::Paused])
        {
            return Some(format!("the holder runs {running:?} and holds {paused:?}"));
        }
        None
    }
}

const BOTH: &str = "At most one of autoStopInterval and autoPauseInterval can be non-zero";

#[test]
fn ten_thousand_steps_of_any_kind_answer_and_end_as_the_model_says() {
    let steps = AtomicUsize::new(0);
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: SHRINKS,
        ..ProptestConfig::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let sequences = proptest::collection::vec(operation(), 40..LONGEST);
    let result = runner.run(&sequences, |operations| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut model = Model::new();
            for (step, operation) in operations.iter().enumerate() {
                model.apply(operation).await;
                model.check().await.map_err(|difference| {
                    TestCaseError::fail(format!("after step {step}, {operation:?}: {difference}"))
                })?;
                steps.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let steps = steps.into_inner();
    println!("{steps} steps");
    assert!(steps >= 10_000, "{steps} steps only");
}
