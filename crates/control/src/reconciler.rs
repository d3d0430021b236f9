//! The one place that changes what *is*: moves every sandbox towards what is wanted of it.
//!
//! ```text
//! handlers ──Wake(id)──▶ ┌────────────┐ ──step──▶ task: start / stop / remove through the holder
//!                        │ reconciler │ ◀─Done─── its outcome
//! running sandbox ─Gone─▶└────────────┘
//! ```
//!
//! One task receives every event, so a sandbox has at most one step under way; steps of different sandboxes run side by
//! side. What a step should be is asked of `lifecycle.rs` anew after every event.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use contract::control::types::{SandboxDesiredState as Desired, SandboxState as State};
use jiff::Timestamp;
use sandbox::{Network, SandboxSpec};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::config::{Config, Lifetime};
use crate::holder::{Held, HolderError};
use crate::lifecycle::{self, Step};
use crate::record::SandboxRecord;
use crate::registry::Registry;

/// A start that takes longer has failed (control-plane.md §2.5): the real service gives a first start longer than a
/// later one.
const CREATING_LIMIT: Duration = Duration::from_secs(15 * 60);
const STARTING_LIMIT: Duration = Duration::from_secs(5 * 60);
const RESTORING_LIMIT: Duration = Duration::from_secs(30 * 60);

/// What the reconciler is told.
pub(crate) enum Event {
    /// Something is wanted of this sandbox.
    Wake(String),
    /// A step ended.
    Done(String, Outcome),
    /// A sandbox's processes are gone.
    Gone(String, Arc<dyn Held>, String),
    /// Stop everything and say when it is done.
    Shutdown(oneshot::Sender<()>),
}

/// How a step ended.
pub(crate) enum Outcome {
    Started(Result<Arc<dyn Held>, HolderError>),
    Stopped(Result<(), HolderError>),
    Archived(Result<(), HolderError>),
    Destroyed(Result<(), HolderError>),
}

pub(crate) struct Reconciler {
    config: Config,
    registry: Arc<Registry>,
    events: mpsc::UnboundedSender<Event>,
    busy: HashSet<String>,
}

impl Reconciler {
    pub(crate) fn new(config: Config, registry: Arc<Registry>, events: mpsc::UnboundedSender<Event>) -> Self {
        Self { config, registry, events, busy: HashSet::new() }
    }

    /// Works until it is told to shut down.
    pub(crate) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Event>) {
        while let Some(event) = inbox.recv().await {
            match event {
                Event::Wake(id) => self.advance(&id),
                Event::Done(id, outcome) => {
                    self.busy.remove(&id);
                    self.finish(&id, outcome);
                    self.advance(&id);
                }
                Event::Gone(id, held, reason) => self.lost(&id, &held, &reason),
                Event::Shutdown(done) => {
                    self.shut_down(inbox).await;
                    let _ = done.send(());
                    return;
                }
            }
        }
    }

    /// Begins the next step of a sandbox, unless one is under way.
    fn advance(&mut self, id: &str) {
        if self.busy.contains(id) {
            return;
        }
        let Some(record) = self.registry.get(id) else { return };
        let Some((step, state)) = lifecycle::next_step(&record) else { return };
        if record.state != state {
            self.change(id, |record| record.state = state);
        }
        self.busy.insert(id.to_owned());
        match step {
            Step::Start | Step::Restore => self.start(&record, state),
            Step::Stop => self.stop(&record),
            Step::Archive => self.archive(&record),
            Step::Destroy => self.destroy(&record),
        }
    }

    /// Starts a sandbox that is new, stopped or archived, as `state` says.
    fn start(&self, record: &SandboxRecord, state: State) {
        let (limit, complaint) = match state {
            State::Creating => (CREATING_LIMIT, "Timeout while creating sandbox"),
            State::Restoring => (RESTORING_LIMIT, "Timeout while restoring sandbox"),
            _ => (STARTING_LIMIT, "Timeout while starting sandbox"),
        };
        let (holder, spec) = (Arc::clone(&self.config.holder), spec(record));
        self.spawn(&record.id, async move {
            let start = async {
                match state {
                    State::Creating => holder.create(&spec).await?,
                    State::Restoring => holder.restore(&spec.id).await?,
                    _ => {}
                }
                holder.start(&spec).await
            };
            let started = tokio::time::timeout(limit, start).await;
            Outcome::Started(started.unwrap_or_else(|_| Err(HolderError::Failed(complaint.to_owned()))))
        });
    }

    fn stop(&self, record: &SandboxRecord) {
        let grace = if record.stop_at_once { Duration::ZERO } else { self.config.stop_grace };
        let held = self.registry.held(&record.id);
        self.spawn(&record.id, async move {
            let Some(held) = held else { return Outcome::Stopped(Ok(())) };
            Outcome::Stopped(held.stop(grace).await)
        });
    }

    fn archive(&self, record: &SandboxRecord) {
        let (holder, id) = (Arc::clone(&self.config.holder), record.id.clone());
        self.spawn(&record.id, async move { Outcome::Archived(holder.archive(&id).await) });
    }

    fn destroy(&self, record: &SandboxRecord) {
        let (holder, held, id) =
            (Arc::clone(&self.config.holder), self.registry.held(&record.id), record.id.clone());
        self.spawn(&record.id, async move {
            if let Some(held) = held
                && let Err(error) = held.stop(Duration::ZERO).await
            {
                return Outcome::Destroyed(Err(error));
            }
            Outcome::Destroyed(holder.remove(&id).await)
        });
    }

    fn spawn(&self, id: &str, step: impl Future<Output = Outcome> + Send + 'static) {
        let (events, id) = (self.events.clone(), id.to_owned());
        tokio::spawn(async move {
            let outcome = step.await;
            let _ = events.send(Event::Done(id, outcome));
        });
    }

    fn finish(&self, id: &str, outcome: Outcome) {
        match outcome {
            Outcome::Started(Ok(held)) => self.started(id, held),
            Outcome::Stopped(Ok(())) => {
                self.registry.hold(id, None);
                self.change(id, |record| {
                    record.state = State::Stopped;
                    record.stop_at_once = false;
                });
            }
            Outcome::Archived(Ok(())) => self.change(id, |record| record.state = State::Archived),
            Outcome::Destroyed(Ok(())) => self.bury(id),
            Outcome::Started(Err(error)) | Outcome::Stopped(Err(error)) | Outcome::Archived(Err(error)) => {
                self.fail(id, &error.to_string());
            }
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

    /// A sandbox's processes ended. Nobody is surprised while a step is under way; otherwise it is an error.
    fn lost(&self, id: &str, gone: &Arc<dyn Held>, reason: &str) {
        let current = self.registry.held(id);
        if self.busy.contains(id) || !current.is_some_and(|held| Arc::ptr_eq(&held, gone)) {
            return;
        }
        self.registry.hold(id, None);
        self.fail(id, &format!("Sandbox process exited unexpectedly: {reason}"));
    }

    fn fail(&self, id: &str, reason: &str) {
        tracing::warn!(sandbox = id, reason, "a sandbox is in error");
        self.change(id, |record| {
            record.state = State::Error;
            record.error_reason = Some(reason.to_owned());
        });
    }

    fn bury(&self, id: &str) {
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
        while !self.busy.is_empty() {
            match inbox.recv().await {
                Some(Event::Done(id, outcome)) => {
                    self.busy.remove(&id);
                    self.finish(&id, outcome);
                }
                Some(_) => {}
                None => break,
            }
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

/// What the runtime needs to know of a sandbox.
fn spec(record: &SandboxRecord) -> SandboxSpec {
    SandboxSpec {
        id: record.id.clone(),
        organization: record.organization_id.to_string(),
        user: record.user.clone(),
        snapshot: record.made_from().to_owned(),
        region: record.target.clone(),
        env: record.env.clone(),
        network: if record.network.block_all { Network::Blocked } else { Network::Host },
    }
}

fn report(id: &str, result: Result<(), HolderError>) {
    if let Err(error) = result {
        tracing::error!(sandbox = id, %error, "a sandbox could not be put away");
    }
}

/// Makes a record true again when the server comes back: nothing runs, and only a creation or a removal cut short goes
/// on by itself.
pub(crate) fn restore(record: &mut SandboxRecord, restart: bool, now: Timestamp) {
    let unfinished = matches!(record.state, State::Creating | State::Unknown);
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
