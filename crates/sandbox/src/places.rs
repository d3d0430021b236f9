//! Who runs, and who must not be started just now.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Agent;

/// A place for every sandbox that runs or is being worked on.
#[derive(Default)]
pub(crate) struct Places(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// `None` while an agent is being started, or files are being moved.
    taken: HashMap<String, Option<Agent>>,
    closed: bool,
}

/// Why a place cannot be taken.
pub(crate) enum Taken {
    /// No place is given any more.
    Closed,
    /// Somebody has it.
    InUse,
}

/// Something is being done in a place.
pub(crate) struct Occupied;

impl Places {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of a sandbox, which must be free.
    pub(crate) fn take(places: &Arc<Self>, id: &str) -> Result<Place, Taken> {
        let mut inner = places.lock();
        if inner.closed {
            return Err(Taken::Closed);
        }
        match inner.taken.get(id) {
            None => {}
            Some(Some(agent)) if agent.exit().is_some() => {}
            Some(_) => return Err(Taken::InUse),
        }
        inner.taken.insert(id.to_owned(), None);
        Ok(Place { places: Arc::clone(places), id: id.to_owned() })
    }

    /// The agent of a sandbox, if it runs.
    pub(crate) fn running(&self, id: &str) -> Option<Agent> {
        let inner = self.lock();
        let agent = inner.taken.get(id)?.clone()?;
        agent.exit().is_none().then_some(agent)
    }

    /// Gives the place of a sandbox up; its agent, if it had one.
    pub(crate) fn vacate(&self, id: &str) -> Result<Option<Agent>, Occupied> {
        match self.lock().taken.entry(id.to_owned()) {
            Entry::Occupied(place) if place.get().is_none() => Err(Occupied),
            Entry::Occupied(place) => Ok(place.remove()),
            Entry::Vacant(_) => Ok(None),
        }
    }

    /// Gives no place any more; the agents that have one.
    pub(crate) fn close(&self) -> Vec<Agent> {
        let mut inner = self.lock();
        inner.closed = true;
        std::mem::take(&mut inner.taken).into_values().flatten().collect()
    }
}

/// A place kept while something is done; given back when that is over, fails or is given up.
pub(crate) struct Place {
    places: Arc<Places>,
    id: String,
}

impl Place {
    /// Puts an agent there; nothing when no place is given any more.
    pub(crate) fn fill(self, agent: Agent) -> Option<Agent> {
        let mut inner = self.places.lock();
        if inner.closed {
            return None;
        }
        inner.taken.insert(self.id.clone(), Some(agent.clone()));
        drop(inner);
        Some(agent)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inner = self.places.lock();
        if let Some(None) = inner.taken.get(&self.id) {
            inner.taken.remove(&self.id);
        }
    }
}
