//! One agent in reserve: started, where it can be in a root of its own already, and waiting to be told whose it is.
//!
//! Starting a program and making a root cost more than anything else between the wish for a sandbox and its first answer.
//! So after each start the next one is made ready while nobody waits for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;

use crate::StartError;
use crate::launch::Candidate;
use crate::local::blocking;
use crate::removal::remove_tree;

/// An agent in the making.
#[doc(hidden)]
pub struct Spare {
    pub(crate) candidate: Candidate,
    /// The tree it was given, when it has a root of its own already.
    pub(crate) tree: Option<PathBuf>,
}

impl Spare {
    /// Ends it unused, and takes its tree away.
    pub(crate) async fn dismiss(self) {
        self.candidate.dismiss().await;
        if let Some(tree) = self.tree
            && let Err(error) = blocking(move || remove_tree(&tree)).await
        {
            tracing::warn!(%error, "the tree of a reserve could not be removed");
        }
    }
}

/// The reserve of one runtime.
#[derive(Default)]
pub(crate) struct Reserve {
    /// Locked while one is being made.
    waiting: Arc<Mutex<Option<Spare>>>,
    /// Whether somebody waits for the one being made.
    claimed: AtomicBool,
    closed: AtomicBool,
}

impl Reserve {
    /// The one in reserve, if it is of the kind wanted. One that is being made is waited for, by one at a time: it is
    /// further than any that would be begun now.
    pub(crate) async fn take(&self, wanted: impl FnOnce(&Spare) -> bool) -> Option<Spare> {
        let mut waiting = match self.waiting.try_lock() {
            Ok(waiting) => waiting,
            Err(_) if self.claimed.swap(true, Ordering::AcqRel) => return None,
            Err(_) => {
                let _claim = Claim(&self.claimed);
                self.waiting.lock().await
            }
        };
        if let Some(dead) = waiting.take_if(|spare| !spare.candidate.waits()) {
            dead.dismiss().await;
        }
        waiting.take_if(|spare| wanted(spare))
    }

    /// Puts one in reserve, unless there is one. Failing is no harm: the next start will meet the reason.
    pub(crate) async fn refill(&self, make: impl Future<Output = Result<Spare, StartError>>) {
        let Ok(mut waiting) = self.waiting.try_lock() else { return };
        if waiting.is_some() || self.closed.load(Ordering::Acquire) {
            return;
        }
        match make.await {
            Ok(spare) => *waiting = Some(spare),
            Err(error) => tracing::debug!(%error, "there is no agent in reserve"),
        }
    }

    /// Ends the one in reserve; there will be no other.
    pub(crate) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let waiting = self.waiting.lock().await.take();
        if let Some(spare) = waiting {
            spare.dismiss().await;
        }
    }
}

/// Somebody's wish for the one being made.
struct Claim<'a>(&'a AtomicBool);

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
