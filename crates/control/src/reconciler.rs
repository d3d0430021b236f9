//! The one place that changes what *is*: moves every sandbox towards what is wanted of it.
//!
//! ```text
//! handlers ──Wake(id)──▶ ┌────────────┐ ──step──▶ task: create / start / stop … through the holder (steps.rs)
//!      clock ──deadline─▶│ reconciler │ ◀─Done─── its outcome
//! running sandbox ─Gone─▶└────────────┘
//! ```
//!
//! One task receives every event, so a sandbox has at most one step under way; steps of different sandboxes run side by
//! side. What a step should be is asked of `lifecycle.rs` anew after every event, and what time brings of `timers.rs`:
//! the loop sleeps until the earliest deadline, so nothing is ever polled.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use contract::control::types::{SandboxDesiredState as Desired, SandboxState as State};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::builds::Builds;
use crate::config::{Config, Lifetime};
use crate::holder::{Held, HolderError};
use crate::lifecycle::{self, Step};
use crate::record::{SandboxRecord, Task};
use crate::records::Shelves;
use crate::registry::Registry;
use crate::snapshots::{self, Base};
use crate::steps::{Failure, Outcome, Work};
use crate::timers::{self, Deadlines};

/// What the reconciler is told.
pub(crate) enum Event {
    /// Something is wanted of this sandbox.
    Wake(String),
    /// A step has come to this state.
    Phase(String, State),
    /// A sandbox's files are copied, so it may go on.
    Copied(String),
    /// A step ended.
    Done(String, Outcome),
    /// A sandbox's processes are gone.
    Gone(String, Arc<dyn Held>, String),
    /// Stop everything and say when it is done.
    Shutdown(oneshot::Sender<()>),
}

pub(crate) struct Reconciler {
    config: Config,
    registry: Arc<Registry>,
    shelves: Arc<Shelves>,
    builds: Arc<Builds>,
    events: mpsc::UnboundedSender<Event>,
    /// Sandboxes with a step under way, or being copied.
    busy: HashSet<String>,
    /// Sandboxes whose processes died during a step that left them running.
    gone: HashMap<String, (Arc<dyn Held>, String)>,
    /// Copies to be made of a sandbox that is busy.
    waiting: HashMap<String, Vec<String>>,
    deadlines: Deadlines,
    closing: bool,
}

impl Reconciler {
    pub(crate) fn new(
        config: Config,
        registry: Arc<Registry>,
        shelves: Arc<Shelves>,
        builds: Arc<Builds>,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        Self {
            config,
            registry,
            shelves,
            builds,
            events,
            busy: HashSet::new(),
            gone: HashMap::new(),
            waiting: HashMap::new(),
            deadlines: Deadlines::default(),
            closing: false,
        }
    }

    /// Works until it is told to shut down.
    pub(crate) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Event>) {
        let clock = Arc::clone(&self.config.clock);
        loop {
            let alarm = self.deadlines.earliest();
            let event = tokio::select! {
                biased;
                event = inbox.recv() => event,
                () = clock.wait_until(alarm.unwrap_or(Timestamp::MAX)), if alarm.is_some() => {
                    self.fire();
                    continue;
                }
            };
            match event {
                Some(Event::Shutdown(done)) => {
                    self.shut_down(inbox).await;
                    let _ = done.send(());
                    return;
                }
                Some(event) => self.handle(event),
                None => return,
            }
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Wake(id) => self.advance(&id),
            Event::Phase(id, state) => self.change(&id, |record| record.state = state),
            Event::Copied(id) => self.copied(&id),
            Event::Done(id, outcome) => {
                self.finish(&id, outcome);
                self.free(&id);
            }
            Event::Gone(id, held, reason) => self.lost(&id, held, reason),
            Event::Shutdown(_) => {}
        }
    }

    /// Begins the next step of a sandbox, unless one is under way, and notes when time is up for it.
    fn advance(&mut self, id: &str) {
        self.recover(id);
        let Some(record) = self.registry.get(id) else { return self.deadlines.set(id, None) };
        self.deadlines.set(id, timers::next(&record).map(|(moment, _)| moment));
        if self.closing || self.busy.contains(id) {
            return;
        }
        let Some((step, state)) = lifecycle::next_step(&record) else { return };
        if step == Step::Create && !self.hold_parent(&record) {
            return;
        }
        if record.state != state {
            self.change(id, |record| record.state = state);
        }
        self.busy.insert(id.to_owned());
        let work = Work {
            config: self.config.clone(),
            record: self.registry.get(id).unwrap_or(record),
            held: self.registry.held(id),
            builds: Arc::clone(&self.builds),
            changes: self.registry.watch(id),
            events: self.events.clone(),
        };
        let (events, id) = (self.events.clone(), id.to_owned());
        tokio::spawn(async move {
            let outcome = work.run(step).await;
            let _ = events.send(Event::Done(id, outcome));
        });
    }

    /// Puts an error that is to be left behind at rest; what follows is an ordinary step.
    fn recover(&self, id: &str) {
        let asked = |record: &SandboxRecord| record.task == Some(Task::Recover);
        if self.registry.get(id).is_some_and(|record| asked(&record)) {
            self.change(id, |record| {
                record.task = None;
                record.state = State::Stopped;
            });
        }
    }

    /// Keeps the sandbox that is about to be copied from doing anything else. Gives whether the copy may begin.
    fn hold_parent(&mut self, child: &SandboxRecord) -> bool {
        let Some(parent) = child.links.parent_id.clone() else { return true };
        if self.registry.get(&parent).is_none_or(|parent| parent.is_leaving()) {
            let reason = "the sandbox it was to be a copy of is gone".to_owned();
            self.fail(&child.id, Failure { reason, recoverable: false });
            return false;
        }
        if !self.busy.insert(parent.clone()) {
            self.waiting.entry(parent).or_default().push(child.id.clone());
            return false;
        }
        self.change(&parent, |record| {
            if record.state == State::Started {
                record.state = State::Forking;
            }
        });
        true
    }

    fn copied(&mut self, parent: &str) {
        self.change(parent, |record| {
            if matches!(record.task, Some(Task::Fork(_))) {
                record.task = None;
            }
            if record.state == State::Forking {
                record.state = State::Started;
            }
        });
        self.free(parent);
    }

    /// Lets a sandbox go on after a step.
    fn free(&mut self, id: &str) {
        self.busy.remove(id);
        if let Some((held, reason)) = self.gone.remove(id) {
            self.lost(id, held, reason);
        }
        self.advance(id);
        for child in self.waiting.remove(id).unwrap_or_default() {
            self.advance(&child);
        }
    }

    /// Does what time has brought.
    fn fire(&mut self) {
        let now = self.config.clock.now();
        for id in self.deadlines.due(now) {
            let Some(record) = self.registry.get(&id) else { continue };
            // Somebody may have used it meanwhile, which moves the deadline without a word to us.
            let due = timers::next(&record).filter(|(moment, _)| *moment <= now);
            let Some((_, action)) = due else {
                self.advance(&id);
                continue;
            };
            let applied = self.registry.update(&id, |record| {
                action.apply(record, now)?;
                record.updated_at = now;
                Ok(())
            });
            // Refused only when somebody was faster, whose wake is on its way.
            let Ok(applied) = applied else { continue };
            applied.commit.unreported();
            tracing::info!(sandbox = id, ?action, "time is up");
            if applied.record.is_leaving() {
                for follower in self.registry.leave_linked(&applied.record, now) {
                    self.advance(&follower);
                }
            }
            self.advance(&id);
        }
    }

    fn finish(&mut self, id: &str, outcome: Outcome) {
        match outcome {
            Outcome::Started(Ok(held)) => self.started(id, held),
            Outcome::Resumed(Ok(())) => self.change(id, |record| record.state = State::Started),
            Outcome::Stopped(Ok(())) => {
                self.registry.hold(id, None);
                self.change(id, |record| {
                    record.state = State::Stopped;
                    record.stop_at_once = false;
                });
            }
            Outcome::Paused(Ok(())) => self.change(id, |record| record.state = State::Paused),
            Outcome::Archived(Ok(())) => {
                let now = self.config.clock.now();
                self.change(id, |record| {
                    record.state = State::Archived;
                    record.backup_at = Some(now);
                });
            }
            Outcome::Resized => self.resized(id),
            Outcome::Built(built) => self.built(id, built),
            Outcome::Captured(size) => self.captured(id, &size),
            Outcome::Destroyed(Ok(())) => self.bury(id),
            Outcome::Started(Err(failure))
            | Outcome::Resumed(Err(failure))
            | Outcome::Stopped(Err(failure))
            | Outcome::Paused(Err(failure))
            | Outcome::Archived(Err(failure)) => self.fail(id, failure),
            Outcome::Destroyed(Err(error)) => {
                // The sandbox is missing for its owner already; what is left is swept at the next start.
                tracing::error!(sandbox = id, %error, "a sandbox could not be removed");
                self.bury(id);
            }
        }
    }

    fn started(&self, id: &str, held: Arc<dyn Held>) {
        self.registry.hold(id, Some(Arc::clone(&held)));
        self.change(id, |record| {
            record.state = State::Started;
            record.error_reason = None;
        });
        let (events, id) = (self.events.clone(), id.to_owned());
        tokio::spawn(async move {
            let reason = held.exited().await;
            let _ = events.send(Event::Gone(id, held, reason));
        });
    }

    fn resized(&self, id: &str) {
        let rests = if self.registry.held(id).is_some() { State::Started } else { State::Stopped };
        self.change(id, |record| {
            if let Some(Task::Resize(size)) = record.task.take() {
                record.resources = size;
            }
            record.state = rests;
        });
    }

    /// Goes on with what was built. A build that was given up leaves the sandbox as it is: it goes away, or is built after
    /// the next start.
    fn built(&self, id: &str, built: Result<Box<Base>, Option<String>>) {
        match built {
            Ok(base) => self.change(id, |record| {
                record.base = *base;
                record.state = State::Creating;
            }),
            Err(Some(reason)) => {
                tracing::warn!(sandbox = id, reason, "a sandbox could not be built");
                self.change(id, |record| {
                    record.state = State::BuildFailed;
                    record.error_reason = Some(reason);
                });
            }
            Err(None) => {}
        }
    }

    /// Shows the snapshot that was taken, and lets the sandbox go on. One that could not be taken is shown in error: who
    /// asked was told that it is being made.
    fn captured(&self, id: &str, size: &Result<u64, HolderError>) {
        let Some(record) = self.registry.get(id) else { return };
        if let Some(Task::Capture { id: snapshot, name }) = &record.task {
            let taken = snapshots::taken(&record, snapshot, name, size, self.config.clock.now());
            let inserted = self
                .shelves
                .snapshots
                .insert(&self.registry, taken, |others| snapshots::refuse_taken(name, others));
            match inserted {
                Ok((_, commit)) => commit.unreported(),
                Err(error) => tracing::warn!(sandbox = id, name, %error, "a snapshot could not be kept"),
            }
        }
        let rests = if self.registry.held(id).is_some() { State::Started } else { State::Stopped };
        self.change(id, |record| {
            if is_capture(record.task.as_ref()) {
                record.task = None;
            }
            record.state = rests;
        });
    }

    /// A sandbox's processes ended. Nobody is surprised when it was stopped; otherwise it is an error, to be told when
    /// the step under way has ended.
    fn lost(&mut self, id: &str, gone: Arc<dyn Held>, reason: String) {
        let current = self.registry.held(id);
        if !current.is_some_and(|held| Arc::ptr_eq(&held, &gone)) {
            return;
        }
        if self.busy.contains(id) {
            self.gone.insert(id.to_owned(), (gone, reason));
            return;
        }
        self.registry.hold(id, None);
        let reason = format!("Sandbox process exited unexpectedly: {reason}");
        self.fail(id, Failure { reason, recoverable: true });
        self.advance(id);
    }

    fn fail(&self, id: &str, failure: Failure) {
        let Failure { reason, recoverable } = failure;
        tracing::warn!(sandbox = id, reason, "a sandbox is in error");
        self.change(id, |record| {
            record.state = State::Error;
            record.error_reason = Some(reason);
            record.recoverable = recoverable;
            record.task = None;
        });
    }

    fn bury(&mut self, id: &str) {
        self.registry.hold(id, None);
        self.registry.bury(id, self.config.clock.now());
        let (registry, id, tombstone) = (Arc::clone(&self.registry), id.to_owned(), self.config.tombstone);
        tokio::spawn(async move {
            // Whether it can still be read is asked of the clock; this only keeps memory bounded.
            tokio::time::sleep(tombstone).await;
            registry.forget(&id);
        });
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut SandboxRecord)) {
        let now = self.config.clock.now();
        let changed = self.registry.update(id, |record| {
            change(record);
            record.updated_at = now;
            Ok(())
        });
        // Only a sandbox that is forgotten meanwhile cannot be changed.
        if let Ok(changed) = changed {
            changed.commit.unreported();
        }
    }

    /// Waits for the steps under way, then stops what runs; removes everything when nothing may be left.
    async fn shut_down(&mut self, mut inbox: mpsc::UnboundedReceiver<Event>) {
        self.closing = true;
        while !self.busy.is_empty() {
            let Some(event) = inbox.recv().await else { break };
            self.handle(event);
        }
        let grace = match self.config.lifetime {
            Lifetime::Ephemeral => Duration::ZERO,
            Lifetime::Kept => self.config.stop_grace,
        };
        let mut ends = JoinSet::new();
        for id in self.registry.ids() {
            let (holder, held, lifetime) =
                (Arc::clone(&self.config.holder), self.registry.held(&id), self.config.lifetime);
            ends.spawn(async move {
                if let Some(held) = held {
                    report(&id, held.stop(grace).await);
                }
                if lifetime == Lifetime::Ephemeral {
                    report(&id, holder.remove(&id).await);
                }
            });
        }
        ends.join_all().await;
        self.config.holder.close(grace).await;
    }
}

fn is_capture(task: Option<&Task>) -> bool {
    matches!(task, Some(Task::Capture { .. }))
}

fn report(id: &str, result: Result<(), HolderError>) {
    if let Err(error) = result {
        tracing::error!(sandbox = id, %error, "a sandbox could not be put away");
    }
}

/// Makes a record true again when the server comes back: nothing runs, and only what was being made, removed, resized
/// or put away goes on by itself.
pub(crate) fn restore(record: &mut SandboxRecord, restart: bool, now: Timestamp) {
    if matches!(record.task, Some(Task::Fork(_) | Task::Capture { .. })) {
        record.task = None;
    }
    let unfinished = matches!(record.state, State::Creating | State::Unknown | State::PullingSnapshot);
    if matches!(record.state, State::PendingBuild | State::BuildingSnapshot) {
        // What was built so far went with the server.
        record.state = State::PendingBuild;
        return;
    }
    let broken = matches!(record.state, State::Error | State::BuildFailed);
    if record.desired_state == Desired::Destroyed || unfinished || broken {
        return;
    }
    if matches!(record.state, State::Archived | State::Archiving | State::Restoring) {
        restore_archived(record);
        return;
    }
    if record.state != State::Stopped {
        record.state = State::Stopped;
        record.last_activity_at = now;
    }
    if record.desired_state != Desired::Started || !restart {
        record.desired_state = Desired::Stopped;
    }
}

/// What was put away stays so until somebody asks for it again; putting away goes on by itself.
fn restore_archived(record: &mut SandboxRecord) {
    record.desired_state = Desired::Archived;
    if record.state == State::Restoring {
        record.state = State::Archived;
    }
}
