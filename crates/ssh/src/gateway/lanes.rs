//! The channels of a connection.
//!
//! What comes on a channel may come before the task it is for has asked for it, on channels that are opened from here
//! most of all. So whoever is first, the callback or the task, makes the lane.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use russh::server::Msg;
use russh::{ChannelId, ChannelWriteHalf};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::intake::{Intake, Outlet, intake};

/// Channels a connection may have at once.
pub(super) const MOST: usize = 1000;
/// Sizes and signals on their way to a program; whoever sends more of them loses the rest.
const CONTROLS: usize = 64;

/// The sending side of a channel.
pub(super) type Sender = ChannelWriteHalf<Msg>;

/// A session channel that was opened and has not been told what to do.
pub(super) struct Preparation {
    pub(super) sender: Sender,
    /// Kind, columns and rows of the client's terminal.
    pub(super) terminal: Option<(String, u16, u16)>,
    pub(super) environment: Vec<(String, String)>,
}

/// Something for a program that does not wait behind its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Columns and rows.
    Resize(u16, u16),
    /// A signal's number.
    Signal(i32),
}

/// One channel.
struct Lane {
    preparation: Option<Preparation>,
    intake: Arc<Intake>,
    outlet: Option<Outlet>,
    controls: mpsc::Sender<Control>,
    controlled: Option<mpsc::Receiver<Control>>,
    task: Option<AbortHandle>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// All channels of a connection. Clones are the same.
#[derive(Clone)]
pub(super) struct Lanes {
    lanes: Arc<Mutex<HashMap<ChannelId, Lane>>>,
    spool: PathBuf,
}

impl Lanes {
    pub(super) fn new(spool: PathBuf) -> Self {
        Self { lanes: Arc::default(), spool }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChannelId, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, id: ChannelId, act: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes = self.lock();
        let lane = lanes.entry(id).or_insert_with(|| {
            let (intake, outlet) = intake(self.spool.clone());
            let (controls, controlled) = mpsc::channel(CONTROLS);
            Lane {
                preparation: None,
                intake: Arc::new(intake),
                outlet: Some(outlet),
                controls,
                controlled: Some(controlled),
                task: None,
            }
        });
        act(lane)
    }

    pub(super) fn is_full(&self) -> bool {
        self.lock().len() >= MOST
    }

    /// A session channel was opened.
    pub(super) fn prepare(&self, sender: Sender) {
        let preparation = Preparation { terminal: None, environment: Vec::new(), sender };
        self.with(preparation.sender.id(), |lane| lane.preparation = Some(preparation));
    }

    /// Changes what a channel will be told, as long as it has not been.
    pub(super) fn adjust(&self, id: ChannelId, change: impl FnOnce(&mut Preparation)) -> bool {
        self.with(id, |lane| lane.preparation.as_mut().map(change).is_some())
    }

    /// Takes the preparation of a channel that is told what to do now.
    pub(super) fn begin(&self, id: ChannelId) -> Option<Preparation> {
        self.lock().get_mut(&id)?.preparation.take()
    }

    /// Where the input of a channel comes out; to be had once.
    pub(super) fn outlet(&self, id: ChannelId) -> Option<(Outlet, mpsc::Receiver<Control>)> {
        self.with(id, |lane| lane.outlet.take().zip(lane.controlled.take()))
    }

    /// The task that serves a channel; it ends with it.
    pub(super) fn serve(&self, id: ChannelId, task: AbortHandle) {
        match self.lock().get_mut(&id) {
            Some(lane) => lane.task = Some(task),
            // Closed since.
            None => task.abort(),
        }
    }

    pub(super) fn intake(&self, id: ChannelId) -> Arc<Intake> {
        self.with(id, |lane| Arc::clone(&lane.intake))
    }

    pub(super) fn control(&self, id: ChannelId, control: Control) {
        let controls = self.lock().get(&id).map(|lane| lane.controls.clone());
        if let Some(controls) = controls {
            let _lost = controls.try_send(control);
        }
    }

    /// A channel was closed.
    pub(super) fn close(&self, id: ChannelId) {
        let lane = self.lock().remove(&id);
        drop(lane);
    }
}
