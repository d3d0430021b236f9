//! What changed, told to whoever listens: the event socket above all (control-plane.md §6.3).
//!
//! A change of a sandbox is told by the registry itself, once it can be read and while nobody can change the sandbox
//! again; so a client that hears of a state and looks finds that state or a later one.

use std::sync::Arc;

use contract::control::types::{SandboxDesiredState, SandboxState, SnapshotState};
use tokio::sync::broadcast;

use crate::record::SandboxRecord;
use crate::snapshots::SnapshotRecord;

/// How many announcements a slow listener may fall behind before it misses some. Clients look for themselves every
/// second beside listening, so what is missed costs them a moment only.
const BACKLOG: usize = 4096;

/// Something that changed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Announcement {
    /// There is a new sandbox.
    Created(Arc<SandboxRecord>),
    /// What is, as stored, became something else.
    State { sandbox: Arc<SandboxRecord>, old: SandboxState, new: SandboxState },
    /// What is wanted became something else.
    DesiredState { sandbox: Arc<SandboxRecord>, old: SandboxDesiredState, new: SandboxDesiredState },
    /// There is a new snapshot.
    SnapshotCreated(Arc<SnapshotRecord>),
    /// A snapshot's state became another one.
    SnapshotState { snapshot: Arc<SnapshotRecord>, old: SnapshotState, new: SnapshotState },
    /// A snapshot is gone.
    SnapshotRemoved(Arc<SnapshotRecord>),
}

impl Announcement {
    /// Whom it concerns, by id.
    pub(crate) fn organization(&self) -> &str {
        match self {
            Self::Created(sandbox) | Self::State { sandbox, .. } | Self::DesiredState { sandbox, .. } => {
                sandbox.organization_id.as_str()
            }
            Self::SnapshotCreated(snapshot)
            | Self::SnapshotState { snapshot, .. }
            | Self::SnapshotRemoved(snapshot) => &snapshot.organization_id,
        }
    }
}

/// Tells everybody.
#[derive(Debug)]
pub(crate) struct Announcer(broadcast::Sender<Arc<Announcement>>);

impl Default for Announcer {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl Announcer {
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Announcement>> {
        self.0.subscribe()
    }

    pub(crate) fn created(&self, sandbox: &Arc<SandboxRecord>) {
        self.tell(Announcement::Created(Arc::clone(sandbox)));
    }

    pub(crate) fn changed(&self, before: &SandboxRecord, after: &Arc<SandboxRecord>) {
        let sandbox = || Arc::clone(after);
        let (old, new) = (before.desired_state, after.desired_state);
        if old != new {
            self.tell(Announcement::DesiredState { sandbox: sandbox(), old, new });
        }
        let (old, new) = (before.state, after.state);
        if old != new {
            self.tell(Announcement::State { sandbox: sandbox(), old, new });
        }
    }

    /// Nobody listening is no failure.
    pub(crate) fn tell(&self, announcement: Announcement) {
        if self.0.receiver_count() > 0 {
            let _ = self.0.send(Arc::new(announcement));
        }
    }
}
