//! One agent in reserve: started, and waiting to be told whose it is.
//!
//! Starting a program costs more than anything else between the wish for a sandbox and its first answer. So after each
//! start another one is begun while nobody waits for it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::launch::Candidate;
use crate::root::Root;

/// Takes what it says on standard error, until it is somebody's agent.
const LOG: &str = "reserve.log";

/// The reserve of one runtime.
pub(crate) struct Spares {
    executable: PathBuf,
    root: Arc<Root>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Option<Candidate>,
    closed: bool,
}

impl Spares {
    pub(crate) fn new(executable: PathBuf, root: Arc<Root>) -> Self {
        Self { executable, root, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one in reserve, or a fresh one. What it says goes to `log`.
    pub(crate) fn take(&self, log: &Path) -> io::Result<Candidate> {
        let waiting = self.lock().waiting.take();
        if let Some(mut candidate) = waiting
            && candidate.waits()
            && candidate.move_log(log.to_owned()).is_ok()
        {
            return Ok(candidate);
        }
        Candidate::spawn(&self.executable, self.root.path(), log.to_owned())
    }

    /// Puts one in reserve, unless there is one. Failing is no harm: the next start will meet the reason.
    pub(crate) fn refill(&self) {
        let mut state = self.lock();
        if state.closed || state.waiting.is_some() {
            return;
        }
        let log = self.root.path().join(LOG);
        state.waiting = Candidate::spawn(&self.executable, self.root.path(), log).ok();
    }

    /// Ends the one in reserve; there will be no other.
    pub(crate) async fn close(&self) {
        let waiting = {
            let mut state = self.lock();
            state.closed = true;
            state.waiting.take()
        };
        if let Some(candidate) = waiting {
            candidate.dismiss().await;
        }
    }
}
