//! Builds: from a Dockerfile to stored files, once for all who want the same (control-plane.md §2.5, §4.5).
//!
//! ```text
//! sandbox, snapshot ── ask ──▶ made already ──▶ its files
//!                        └───▶ under way, or begun now ──▶ ticket ── outcome ──▶ its files, or why not
//! ```
//!
//! A build lives as long as somebody holds a ticket for it: when the last of those who want it goes, it is given up and
//! cleared away, as if it had never been asked for. One that ended is kept, with its log, until nothing names it any more
//! or nobody has used it for long. One that was under way when the server went is begun anew by whoever wants it still.
//!
//! | module | holds |
//! |---|---|
//! | `record` | what is kept of a build |
//! | `builder` | what does the building, seen from here |
//! | `follow` | what a build says, as it is read |
//! | this one | who waits for what, and the logs |

mod builder;
mod follow;
mod record;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::builder::Log;
use contract::control::types::SnapshotState;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::config::Config;
use crate::records::Shelves;
use crate::registry::Registry;
use crate::snapshots::BuildInfo;
use crate::tenants::ControlTenants;

pub use builder::{Bases, Builder, Made, Order, Workshop};
pub(crate) use record::{BuildRecord, BuildState};

/// A build that was made, or why it was not.
type Outcome = Result<Arc<BuildRecord>, String>;
type Work = Shared<BoxFuture<'static, Outcome>>;

/// All builds of a control plane.
pub(crate) struct Builds {
    config: Config,
    registry: Arc<Registry>,
    shelves: Arc<Shelves>,
    tenants: ControlTenants,
    running: Mutex<HashMap<String, Running>>,
    /// Counts builds begun, so that who follows one that is wanted hears of its beginning.
    begun: watch::Sender<u64>,
    /// Told when one ended, which may be the next to be forgotten.
    ended: Notify,
    closed: watch::Sender<bool>,
}

struct Running {
    work: WeakShared<BoxFuture<'static, Outcome>>,
    log: Log,
}

/// What somebody who wants a build gets.
pub(crate) enum Asked {
    /// It is there.
    Made(Arc<BuildRecord>),
    /// It is under way.
    UnderWay(Ticket),
}

/// Keeps a build going.
pub(crate) struct Ticket(Work);

impl Ticket {
    /// Waits for the build's end.
    pub(crate) async fn outcome(self) -> Outcome {
        self.0.await
    }
}

impl Builds {
    pub(crate) fn new(
        config: Config,
        registry: Arc<Registry>,
        shelves: Arc<Shelves>,
        tenants: ControlTenants,
    ) -> Self {
        Self {
            config,
            registry,
            shelves,
            tenants,
            running: Mutex::default(),
            begun: watch::Sender::new(0),
            ended: Notify::new(),
            closed: watch::Sender::new(false),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything can be built here.
    pub(crate) fn can_build(&self) -> bool {
        self.config.workshop.is_some()
    }

    /// Begins no build any more, and has those who wait for one give up.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Ends once no build is begun any more.
    pub(crate) async fn closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// The build of this name that is there.
    pub(crate) fn made(&self, organization: &str, reference: &str) -> Option<Arc<BuildRecord>> {
        self.find(organization, reference).filter(|build| build.state == BuildState::Made)
    }

    fn find(&self, organization: &str, reference: &str) -> Option<Arc<BuildRecord>> {
        self.shelves.builds.find(organization, |build| build.name == reference)
    }

    /// What somebody wants built: it is there, under way, or begun now.
    pub(crate) fn ask(self: &Arc<Self>, organization: &str, wanted: &BuildInfo) -> Result<Asked, String> {
        let Some(workshop) = &self.config.workshop else {
            return Err("This server does not build images".to_owned());
        };
        // Held to the end, so that two who want the same begin it once.
        let mut running = self.running();
        if let Some(known) = self.find(organization, &wanted.reference()) {
            if known.state == BuildState::Made {
                self.touch(&known);
                return Ok(Asked::Made(known));
            }
            if let Some(work) = running.get(&known.id).and_then(|running| running.work.upgrade()) {
                return Ok(Asked::UnderWay(Ticket(work)));
            }
            // It failed, or nobody lived to see its end.
            self.drop_row(&known);
        }
        let id = self.config.ids.uuid();
        let build = BuildRecord::new(&id, organization, wanted, self.config.clock.now());
        let log = std::fs::create_dir_all(&workshop.logs).and_then(|()| Log::create(&self.log_path(&id)?));
        let log = log.map_err(|error| format!("the log of the build cannot be kept: {error}"))?;
        let inserted = self.shelves.builds.insert(&self.registry, build, |_| Ok(()));
        let (build, commit) = inserted.map_err(|error| error.message)?;
        commit.unreported();
        let work = run(Arc::clone(self), Arc::clone(&workshop.builder), build, log.clone()).boxed().shared();
        if let Some(handle) = work.downgrade() {
            running.insert(id, Running { work: handle, log });
        }
        self.begun.send_modify(|count| *count += 1);
        Ok(Asked::UnderWay(Ticket(work)))
    }

    fn log_path(&self, id: &str) -> std::io::Result<PathBuf> {
        let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
        Ok(self.config.workshop.as_ref().ok_or_else(missing)?.logs.join(format!("{id}.log")))
    }

    /// The log of a build, while it is under way and after its end; nothing before it was begun.
    pub(crate) fn log(&self, organization: &str, reference: &str) -> Option<Log> {
        let build = self.find(organization, reference)?;
        if let Some(running) = self.running().get(&build.id) {
            return Some(running.log.clone());
        }
        Log::open_ended(&self.log_path(&build.id).ok()?).ok()
    }

    /// Hears of every build that is begun.
    pub(crate) fn beginnings(&self) -> watch::Receiver<u64> {
        self.begun.subscribe()
    }

    /// Ends once a build has ended.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Notes that a build was used.
    fn touch(&self, build: &BuildRecord) {
        let now = self.config.clock.now();
        self.change(build, |build| build.last_used_at = now);
    }

    fn change(&self, build: &BuildRecord, change: impl FnOnce(&mut BuildRecord)) -> Option<Arc<BuildRecord>> {
        let changed =
            self.shelves.builds.update(&self.registry, &build.organization_id, &build.id, |build| {
                change(build);
                Ok(())
            });
        let (build, commit) = changed.ok().flatten()?;
        commit.unreported();
        Some(build)
    }

    /// Forgets a build and what it said; its files are not touched.
    fn drop_row(&self, build: &BuildRecord) {
        let builds = &self.shelves.builds;
        if let Some(commit) = builds.remove(&self.registry, &build.organization_id, &build.id) {
            commit.unreported();
        }
        if let Ok(path) = self.log_path(&build.id) {
            // What is left is swept at the next start.
            let _ = std::fs::remove_file(path);
        }
    }

    /// Whether a snapshot or a sandbox comes from a build.
    fn is_named(&self, build: &BuildRecord) -> bool {
        let names = |info: Option<&BuildInfo>| info.is_some_and(|info| info.reference() == build.name);
        let snapshots = self.shelves.snapshots.list(&build.organization_id);
        let sandboxes = self.registry.list(&dialect::OrganizationId::new(&build.organization_id));
        snapshots.iter().any(|snapshot| names(snapshot.build.as_ref()))
            || sandboxes.iter().any(|sandbox| names(sandbox.build.as_ref()))
    }

    /// Lets go of a build whose snapshot went, unless something else comes from it.
    pub(crate) async fn release(&self, organization: &str, reference: &str) {
        let Some(build) = self.find(organization, reference) else { return };
        if build.state != BuildState::Building && !self.is_named(&build) {
            self.forget(&build).await;
        }
    }

    /// When the next build is forgotten if nobody uses it until then; those that are due go now.
    pub(crate) async fn forget_idle(
        &self,
        now: Timestamp,
        patience: jiff::SignedDuration,
    ) -> Option<Timestamp> {
        let ended = self.shelves.builds.everywhere(|build| build.state != BuildState::Building);
        let mut earliest = None;
        for build in ended {
            let due = build.last_used_at.checked_add(patience).unwrap_or(Timestamp::MAX);
            if due > now {
                earliest = [earliest, Some(due)].into_iter().flatten().min();
            } else if self.is_named(&build) {
                self.touch(&build);
            } else {
                self.forget(&build).await;
            }
        }
        earliest
    }

    /// Forgets a build, what it said and its files. Files that outlive the row are swept at the next start.
    async fn forget(&self, build: &BuildRecord) {
        self.drop_row(build);
        if let Err(error) = self.config.holder.remove_image(&build.id).await {
            tracing::error!(build = build.id, %error, "the files of a build could not be removed");
        }
    }

    /// Clears what a dead server left behind: logs of builds that are not known.
    pub(crate) fn sweep(&self) {
        let Some(workshop) = &self.config.workshop else { return };
        let Ok(entries) = std::fs::read_dir(&workshop.logs) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if self.shelves.builds.everywhere(|build| build.id == id).is_empty() {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// Does a build and notes how it ended.
async fn run(builds: Arc<Builds>, builder: Arc<dyn Builder>, build: Arc<BuildRecord>, log: Log) -> Outcome {
    let mut given_up =
        GivenUp { builds: Arc::clone(&builds), build: Arc::clone(&build), log: log.clone(), ended: false };
    let order = Order {
        id: build.id.clone(),
        organization: dialect::OrganizationId::new(&build.organization_id),
        dockerfile: build.info.dockerfile.clone(),
        context_hashes: build.info.context_hashes.clone(),
        snapshot: snapshots_of(&builds, &build.organization_id),
        log: log.clone(),
    };
    let made = builder.build(order).await.and_then(|made| builds.fits(&build, made, &log));
    given_up.ended = true;
    let now = builds.config.clock.now();
    let noted = builds.change(&build, |build| {
        (build.info.updated_at, build.last_used_at) = (now, now);
        match &made {
            Ok(made) => build.done(made.clone()),
            Err(reason) => build.failed(reason.clone()),
        }
    });
    builds.running().remove(&build.id);
    log.end();
    builds.ended.notify_one();
    match (made, noted) {
        (Ok(_), Some(build)) => Ok(build),
        (Ok(_), None) => Err("the build was forgotten".to_owned()),
        (Err(reason), _) => Err(reason),
    }
}

impl Builds {
    /// Refuses what is larger than the organization may have.
    fn fits(&self, build: &BuildRecord, made: Made, log: &Log) -> Result<Made, String> {
        let row = self.tenants.organization(&build.organization_id);
        let most = row.and_then(|row| row.settings.limits.max_snapshot_size);
        #[expect(clippy::cast_precision_loss, reason = "it is compared in GB")]
        let size = made.size as f64 / (1024.0 * 1024.0 * 1024.0);
        match most {
            Some(most) if size > most => {
                let reason = format!("Snapshot size ({size:.2}GB) exceeds maximum allowed size of {most}GB");
                log.append(format!("ERROR: {reason}\n").as_bytes());
                Err(reason)
            }
            _ => Ok(made),
        }
    }
}

/// The snapshots of an organization, as a build finds them under the names after `FROM`.
fn snapshots_of(builds: &Builds, organization: &str) -> Bases {
    let (shelves, organization) = (Arc::clone(&builds.shelves), organization.to_owned());
    Arc::new(move |name| {
        let fits = |snapshot: &crate::snapshots::SnapshotRecord| {
            snapshot.name == name && snapshot.state == SnapshotState::Active
        };
        shelves.snapshots.find(&organization, fits).map(|snapshot| snapshot.base.clone())
    })
}

/// Clears a build away whose work is dropped before its end: nobody wants it any more.
struct GivenUp {
    builds: Arc<Builds>,
    build: Arc<BuildRecord>,
    log: Log,
    ended: bool,
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.log.append(b"The build was given up.\n");
        self.log.end();
        // One that the server's end interrupts is begun anew after the next start.
        if *self.builds.closed.borrow() {
            return;
        }
        self.builds.running().remove(&self.build.id);
        self.builds.drop_row(&self.build);
    }
}
