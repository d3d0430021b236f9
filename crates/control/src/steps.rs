//! The work of each step: what is asked of the holder, with the states a client may see meanwhile.
//!
//! A step runs beside all others and tells the reconciler how it ended; it never touches a record. On a server that
//! shows every state (`--lifecycle realistic`) it lingers in each for a while, by the clock.

use std::sync::Arc;
use std::time::Duration;

use contract::control::types::SandboxState as State;
use sandbox::{Network, SandboxSpec};
use tokio::sync::{mpsc, watch};

use crate::builds::{Asked, Builds};
use crate::config::{Config, Lifecycle};
use crate::holder::{Held, HolderError};
use crate::lifecycle::Step;
use crate::reconciler::Event;
use crate::record::{SandboxRecord, Task};
use crate::records::VolumeMount;
use crate::snapshots::Base;

/// A start that takes longer has failed (control-plane.md §2.5): the real service gives a first start longer than a
/// later one.
const CREATING_LIMIT: Duration = Duration::from_secs(15 * 60);
const STARTING_LIMIT: Duration = Duration::from_secs(5 * 60);
const RESTORING_LIMIT: Duration = Duration::from_secs(30 * 60);

/// How a step ended.
pub(crate) enum Outcome {
    /// It was to run.
    Started(Result<Arc<dyn Held>, Failure>),
    /// It was to go on.
    Resumed(Result<(), Failure>),
    Stopped(Result<(), Failure>),
    Paused(Result<(), Failure>),
    Archived(Result<(), Failure>),
    Resized,
    /// What was built, or why not; no reason when nobody waits for it any more.
    Built(Result<Box<Base>, Option<String>>),
    /// Bytes the snapshot has of its own.
    Captured(Result<u64, HolderError>),
    Destroyed(Result<(), HolderError>),
}

/// Why a step failed, and whether the sandbox's files are whole all the same.
pub(crate) struct Failure {
    pub(crate) reason: String,
    pub(crate) recoverable: bool,
}

impl Failure {
    fn recoverable(error: &HolderError) -> Self {
        Self { reason: error.to_string(), recoverable: true }
    }

    fn lasting(error: &HolderError) -> Self {
        Self { reason: error.to_string(), recoverable: false }
    }
}

/// A step about to be taken.
pub(crate) struct Work {
    pub(crate) config: Config,
    pub(crate) record: Arc<SandboxRecord>,
    pub(crate) held: Option<Arc<dyn Held>>,
    pub(crate) builds: Arc<Builds>,
    /// The record as it changes meanwhile.
    pub(crate) changes: Option<watch::Receiver<Arc<SandboxRecord>>>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
}

impl Work {
    /// Takes the step.
    pub(crate) async fn run(self, step: Step) -> Outcome {
        match step {
            Step::Create => Outcome::Started(self.create().await),
            Step::Start => Outcome::Started(self.start().await),
            Step::Restore => Outcome::Started(self.restore().await),
            Step::Resume => Outcome::Resumed(self.resume().await),
            Step::Stop => Outcome::Stopped(self.stop().await),
            Step::Pause => Outcome::Paused(self.pause().await),
            Step::Archive => Outcome::Archived(self.archive().await),
            Step::Resize => {
                self.linger().await;
                Outcome::Resized
            }
            Step::Build => Outcome::Built(self.build().await),
            Step::Capture => Outcome::Captured(self.capture().await),
            Step::Destroy => Outcome::Destroyed(self.destroy().await),
        }
    }

    /// Waits for the build the sandbox is made from; gives up when the sandbox or the server goes away.
    async fn build(&self) -> Result<Box<Base>, Option<String>> {
        self.linger().await;
        let _ = self.events.send(Event::Phase(self.record.id.clone(), State::BuildingSnapshot));
        self.linger().await;
        let Some(wanted) = &self.record.build else { return Err(None) };
        let asked = self.builds.ask(self.record.organization_id.as_str(), wanted).map_err(Some)?;
        let ticket = match asked {
            Asked::Made(build) => return Ok(Box::new(build.base())),
            Asked::UnderWay(ticket) => ticket,
        };
        tokio::select! {
            biased;
            outcome = ticket.outcome() => outcome.map(|build| Box::new(build.base())).map_err(Some),
            () = self.left() => Err(None),
            () = self.builds.closed() => Err(None),
        }
    }

    /// Ends once the sandbox is asked to go away.
    async fn left(&self) {
        match self.changes.clone() {
            Some(mut changes) => drop(changes.wait_for(|record| record.is_leaving()).await),
            None => std::future::pending().await,
        }
    }

    async fn create(&self) -> Result<Arc<dyn Held>, Failure> {
        let parent = self.record.links.parent_id.clone();
        let copying = parent.map(|parent| Copying { events: self.events.clone(), parent });
        let create = async {
            self.linger().await;
            let spec = spec(&self.record);
            let holder = &self.config.holder;
            match &copying {
                Some(Copying { parent, .. }) => holder.duplicate(parent, &spec).await?,
                None => {
                    self.show(State::PullingSnapshot).await;
                    holder.create(&spec).await?;
                }
            }
            drop(copying);
            self.show(State::Starting).await;
            holder.start(&spec).await
        };
        let complaint = "Timeout while creating sandbox";
        within(CREATING_LIMIT, complaint, create).await.map_err(|error| Failure::lasting(&error))
    }

    async fn start(&self) -> Result<Arc<dyn Held>, Failure> {
        let start = async {
            self.linger().await;
            // One whose return from the archive failed has its files there still.
            if self.record.backup_at.is_some() {
                self.config.holder.restore(&self.record.id).await?;
            }
            self.config.holder.start(&spec(&self.record)).await
        };
        let complaint = "Timeout while starting sandbox";
        within(STARTING_LIMIT, complaint, start).await.map_err(|error| Failure::recoverable(&error))
    }

    async fn restore(&self) -> Result<Arc<dyn Held>, Failure> {
        let restore = async {
            self.linger().await;
            self.config.holder.restore(&self.record.id).await?;
            self.show(State::Starting).await;
            self.config.holder.start(&spec(&self.record)).await
        };
        let complaint = "Timeout while restoring sandbox";
        within(RESTORING_LIMIT, complaint, restore).await.map_err(|error| Failure::recoverable(&error))
    }

    async fn resume(&self) -> Result<(), Failure> {
        self.linger().await;
        let held =
            self.held.as_ref().ok_or(HolderError::Gone).map_err(|error| Failure::recoverable(&error))?;
        held.resume().await.map_err(|error| Failure::recoverable(&error))
    }

    async fn stop(&self) -> Result<(), Failure> {
        self.linger().await;
        let grace = if self.record.stop_at_once { Duration::ZERO } else { self.config.stop_grace };
        let Some(held) = &self.held else { return Ok(()) };
        held.stop(grace).await.map_err(|error| Failure::lasting(&error))
    }

    async fn pause(&self) -> Result<(), Failure> {
        self.linger().await;
        let held =
            self.held.as_ref().ok_or(HolderError::Gone).map_err(|error| Failure::recoverable(&error))?;
        held.pause().await.map_err(|error| Failure::lasting(&error))
    }

    async fn archive(&self) -> Result<(), Failure> {
        self.linger().await;
        let archived = self.config.holder.archive(&self.record.id).await;
        archived.map_err(|error| Failure::recoverable(&error))
    }

    async fn capture(&self) -> Result<u64, HolderError> {
        self.linger().await;
        let Some(Task::Capture { id, .. }) = &self.record.task else {
            return Err(HolderError::Failed("nobody asks for a snapshot any more".to_owned()));
        };
        self.config.holder.capture(&self.record.id, id).await
    }

    async fn destroy(&self) -> Result<(), HolderError> {
        self.linger().await;
        if let Some(held) = &self.held {
            held.stop(Duration::ZERO).await?;
        }
        self.config.holder.remove(&self.record.id).await
    }

    /// Lets clients see the state the step began with.
    async fn linger(&self) {
        if let Lifecycle::Realistic { pause } = self.config.lifecycle {
            self.config.clock.pause(pause).await;
        }
    }

    /// Lets clients see a state on the way.
    async fn show(&self, state: State) {
        if let Lifecycle::Realistic { .. } = self.config.lifecycle {
            let _ = self.events.send(Event::Phase(self.record.id.clone(), state));
            self.linger().await;
        }
    }
}

/// A copy under way. Its end is told however it comes: the sandbox that is copied waits for it.
struct Copying {
    events: mpsc::UnboundedSender<Event>,
    parent: String,
}

impl Drop for Copying {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Copied(std::mem::take(&mut self.parent)));
    }
}

async fn within<T>(
    limit: Duration,
    complaint: &str,
    work: impl Future<Output = Result<T, HolderError>>,
) -> Result<T, HolderError> {
    let done = tokio::time::timeout(limit, work).await;
    done.unwrap_or_else(|_| Err(HolderError::Failed(complaint.to_owned())))
}

/// What the runtime needs to know of a sandbox.
fn spec(record: &SandboxRecord) -> SandboxSpec {
    SandboxSpec {
        id: record.id.clone(),
        organization: record.organization_id.to_string(),
        user: record.user.clone(),
        snapshot: record.made_from().to_owned(),
        region: record.target.clone(),
        env: record.shown_env(),
        network: if record.network.block_all { Network::Blocked } else { Network::Host },
        entrypoint: record.base.config.command(),
        volumes: record.attachments.volumes.iter().map(mount).collect(),
        image: record.base.image.clone(),
        workdir: record.base.config.workdir.clone(),
        builds: false,
    }
}

fn mount(volume: &VolumeMount) -> sandbox::VolumeMount {
    sandbox::VolumeMount {
        volume: volume.volume_id.clone(),
        subpath: volume.subpath.clone(),
        target: volume.mount_path.clone(),
    }
}
