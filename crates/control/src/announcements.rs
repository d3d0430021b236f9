//! What changed, told to whoever listens: the event socket above all (control-plane.md §6.3).
//!
//! A change of a sandbox is told by the registry itself, once it can be read and while nobody can change the sandbox
//! again; so a client that hears of a state and looks finds that state or a later one.

use std::sync::Arc;

use contract::control::types::{SandboxDesiredState, SandboxState};
use dialect::OrganizationId;
use tokio::sync::broadcast;

use crate::record::SandboxRecord;

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
}

impl Announcement {
    /// Whom it concerns.
    pub(crate) fn organization(&self) -> &OrganizationId {
        match self {
            Self::Created(sandbox) | Self::State { sandbox, .. } | Self::DesiredState { sandbox, .. } => {
                &sandbox.organization_id
            }
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
        self.announce(Announcement::Created(Arc::clone(sandbox)));
    }

    pub(crate) fn changed(&self, before: &SandboxRecord, after: &Arc<SandboxRecord>) {
        let sandbox = || Arc::clone(after);
        let (old, new) = (before.desired_state, after.desired_state);
        if old != new {
            self.announce(Announcement::DesiredState { sandbox: sandbox(), old, new });
        }
        let (old, new) = (before.state, after.state);
        if old != new {
            self.announce(Announcement::State { sandbox: sandbox(), old, new });
        }
    }

    /// Nobody listening is no failure.
    fn announce(&self, announcement: Announcement) {
        if self.0.receiver_count() > 0 {
            let _ = self.0.send(Arc::new(announcement));
        }
    }
}
