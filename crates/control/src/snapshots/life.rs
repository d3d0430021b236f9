//! How a snapshot comes from one state to the next by itself.
//!
//! One task for each that is on its way, which is given up when somebody deletes it; a state is left only while it is
//! still the one the step began with. Where nothing is to be waited for, the way is gone before the answer. One more
//! task takes those out of use that nobody made a sandbox from for long; it sleeps until the earliest of them is due.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::control::types::SnapshotState as State;
use jiff::{SignedDuration, Span, Timestamp};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::record::SnapshotRecord;
use crate::builds::Asked;
use crate::config::Lifecycle;
use crate::control::Shared;

/// Minutes without use after which a snapshot is taken out of use, unless its organization has a limit of its own.
pub(crate) const IDLE_MINUTES: f64 = 20_160.0;

/// How long a build that nothing comes from is kept.
const IDLE_BUILD: SignedDuration = SignedDuration::from_mins(20_160);

/// The task that watches over what nobody uses, among those of snapshots.
const WATCH: &str = "";

/// Snapshots on their way.
#[derive(Default)]
pub(crate) struct Lives {
    tasks: Mutex<HashMap<String, AbortHandle>>,
    changed: Notify,
}

impl Lives {
    fn tasks(&self) -> MutexGuard<'_, HashMap<String, AbortHandle>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has it looked at anew what nobody uses for too long.
    pub(crate) fn reconsider(&self) {
        self.changed.notify_one();
    }

    /// Ends what is under way for a snapshot.
    pub(crate) fn give_up(&self, id: &str) {
        if let Some(task) = self.tasks().remove(id) {
            task.abort();
        }
    }

    /// Ends everything under way.
    pub(crate) fn close(&self) {
        self.tasks().drain().for_each(|(_, task)| task.abort());
    }
}

/// Takes up what the last run left unfinished, and watches over what nobody uses.
pub(crate) fn resume(shared: &Arc<Shared>) {
    let unfinished = |snapshot: &SnapshotRecord| is_on_its_way(snapshot.state);
    for snapshot in shared.shelves.snapshots.everywhere(unfinished) {
        spawn(shared, &snapshot);
    }
    let home = Arc::clone(shared);
    let watch = tokio::spawn(async move {
        loop {
            watch_idle(&home).await;
        }
    });
    shared.lives.tasks().insert(WATCH.to_owned(), watch.abort_handle());
}

/// Sets a snapshot on its way. Gives once it is there where nothing takes time, or once it is seen to be under way.
pub(crate) async fn begin(shared: &Arc<Shared>, snapshot: &Arc<SnapshotRecord>) {
    shared.lives.reconsider();
    if shared.config.lifecycle == Lifecycle::Prompt {
        while let Some(latest) = latest(shared, snapshot) {
            if !is_on_its_way(latest.state) || is_to_be_built(shared, &latest) {
                break;
            }
            step(shared, &latest).await;
        }
    }
    if latest(shared, snapshot).is_some_and(|latest| is_on_its_way(latest.state)) {
        spawn(shared, snapshot);
    }
}

fn spawn(shared: &Arc<Shared>, snapshot: &Arc<SnapshotRecord>) {
    let (home, snapshot) = (Arc::clone(shared), Arc::clone(snapshot));
    let id = snapshot.id.clone();
    let task = tokio::spawn(async move {
        while let Some(latest) = latest(&home, &snapshot) {
            if !is_on_its_way(latest.state) {
                break;
            }
            linger(&home).await;
            step(&home, &latest).await;
        }
    });
    if let Some(before) = shared.lives.tasks().insert(id, task.abort_handle()) {
        before.abort();
    }
}

fn latest(shared: &Shared, snapshot: &SnapshotRecord) -> Option<Arc<SnapshotRecord>> {
    shared.shelves.snapshots.get(&snapshot.organization_id, &snapshot.id)
}

fn is_on_its_way(state: State) -> bool {
    matches!(state, State::Pending | State::Pulling | State::Building | State::Removing)
}

/// Whether there is a build to wait for.
fn is_to_be_built(shared: &Shared, snapshot: &SnapshotRecord) -> bool {
    let Some(build) = &snapshot.build else { return false };
    let made = || shared.builds.made(&snapshot.organization_id, &build.reference()).is_some();
    snapshot.state == State::Building && !made()
}

/// Lets clients see a state on a server that shows them all.
async fn linger(shared: &Shared) {
    if let Lifecycle::Realistic { pause } = shared.config.lifecycle {
        shared.config.clock.pause(pause).await;
    }
}

/// Takes a snapshot out of the state it is in.
async fn step(shared: &Arc<Shared>, snapshot: &SnapshotRecord) {
    match snapshot.state {
        State::Pending if snapshot.build.is_some() && snapshot.size.is_none() => {
            leave(shared, snapshot, |snapshot| snapshot.state = State::Building);
        }
        State::Pending => leave(shared, snapshot, |snapshot| snapshot.state = State::Pulling),
        State::Building => built(shared, snapshot).await,
        State::Pulling => pulled(shared, snapshot),
        State::Removing => remove(shared, snapshot).await,
        _ => {}
    }
}

/// Waits for the build a snapshot comes from.
async fn built(shared: &Arc<Shared>, snapshot: &SnapshotRecord) {
    let Some(wanted) = &snapshot.build else { return };
    let outcome = match shared.builds.ask(&snapshot.organization_id, wanted) {
        Ok(Asked::Made(build)) => Ok(build),
        Ok(Asked::UnderWay(ticket)) => ticket.outcome().await,
        Err(reason) => Err(reason),
    };
    leave(shared, snapshot, |snapshot| match outcome {
        Ok(build) => {
            snapshot.state = State::Active;
            snapshot.size = build.size;
            snapshot.base = build.base();
            snapshot.entrypoint = Some(shown_entrypoint(&build.config.entrypoint));
            snapshot.error_reason = None;
        }
        Err(reason) => {
            snapshot.state = State::BuildFailed;
            snapshot.error_reason = Some(reason);
        }
    });
}

/// An image without an entrypoint is told to do nothing (control-plane.md §2.5); no program is run for that here.
fn shown_entrypoint(entrypoint: &[String]) -> Vec<String> {
    if entrypoint.is_empty() {
        vec!["sleep".to_owned(), "infinity".to_owned()]
    } else {
        entrypoint.to_owned()
    }
}

/// The host's root stands in for every image, unless only known ones count.
fn pulled(shared: &Shared, snapshot: &SnapshotRecord) {
    let image = snapshot.image_name.as_deref().unwrap_or_default();
    let is_known = snapshot.size.is_some() || shared.general.iter().any(|general| general.name == image);
    if is_known || shared.config.any_image {
        return leave(shared, snapshot, |snapshot| {
            snapshot.size.get_or_insert(0);
            snapshot.state = State::Active;
            snapshot.error_reason = None;
        });
    }
    let reason = format!("Image {image} could not be pulled: not found");
    leave(shared, snapshot, |snapshot| {
        snapshot.error_reason = Some(reason);
        snapshot.state = State::Error;
    });
}

/// Forgets a snapshot, and its files unless something else is made of them too. Files that outlive a row are swept at the
/// next start, so the row goes first.
async fn remove(shared: &Shared, snapshot: &SnapshotRecord) {
    let (registry, shelf) = (&shared.registry, &shared.shelves.snapshots);
    let Some(commit) = shelf.remove(registry, &snapshot.organization_id, &snapshot.id) else { return };
    commit.unreported();
    if let Some(build) = &snapshot.build {
        return shared.builds.release(&snapshot.organization_id, &build.reference()).await;
    }
    let Some(image) = &snapshot.base.image else { return };
    let shares = |other: &SnapshotRecord| other.base.image.as_ref() == Some(image);
    if !shelf.everywhere(shares).is_empty() {
        return;
    }
    if let Err(error) = shared.config.holder.remove_image(image).await {
        tracing::error!(image, %error, "the files of a snapshot could not be removed");
    }
}

/// Changes a snapshot that is still in the state it is known to be in.
fn leave(shared: &Shared, snapshot: &SnapshotRecord, change: impl FnOnce(&mut SnapshotRecord)) {
    let now = shared.now();
    let changed = shared.shelves.snapshots.update(
        &shared.registry,
        &snapshot.organization_id,
        &snapshot.id,
        |latest| {
            if latest.state == snapshot.state {
                change(latest);
                latest.updated_at = now;
            }
            Ok(())
        },
    );
    // Only one that is gone meanwhile cannot be changed.
    if let Ok(Some((_, commit))) = changed {
        commit.unreported();
    }
}

/// Waits until the next snapshot has been out of use for too long, or until that may have changed; takes those out of
/// use that are due.
async fn watch_idle(shared: &Shared) {
    let active = shared.shelves.snapshots.everywhere(|snapshot| snapshot.state == State::Active);
    let now = shared.now();
    let mut earliest = None;
    for snapshot in active {
        match idle_at(shared, &snapshot) {
            Some(moment) if moment <= now => {
                leave(shared, &snapshot, |snapshot| super::deactivated(snapshot, now));
            }
            moment => earliest = [earliest, moment].into_iter().flatten().min(),
        }
    }
    let builds = shared.builds.forget_idle(now, IDLE_BUILD).await;
    let earliest = [earliest, builds].into_iter().flatten().min();
    let alarm = shared.config.clock.wait_until(earliest.unwrap_or(Timestamp::MAX));
    tokio::select! {
        () = alarm => {}
        () = shared.lives.changed.notified() => {}
        () = shared.builds.ended() => {}
    }
}

/// When a snapshot is taken out of use if nobody uses it until then.
fn idle_at(shared: &Shared, snapshot: &SnapshotRecord) -> Option<Timestamp> {
    let row = shared.tenants.organization(&snapshot.organization_id);
    let own = row.and_then(|row| row.settings.limits.snapshot_deactivation_timeout_minutes);
    let minutes = own.unwrap_or(IDLE_MINUTES);
    if minutes <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
    let span = Span::new().try_seconds((minutes * 60.0) as i64).ok()?;
    let since = snapshot.last_used_at.unwrap_or(snapshot.created_at).max(snapshot.created_at);
    since.checked_add(span).ok()
}
