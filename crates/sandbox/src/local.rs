//! Sandboxes held by this machine itself, as far as it is the same on every rung: who runs, starting, removal, the end.
//!
//! What differs, the ground a sandbox stands on, is a [`Ground`].

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::agent::AgentConfig;
use crate::layout::is_valid_id;
use crate::root::{Root, SweepReport};
use crate::{
    Agent, Capability, Directories, Pending, RemoveError, Rung, Runtime, RuntimeConfig, SandboxSpec,
    StartError, launch, supervise,
};

/// The file in the sandbox's `run` directory that takes what the agent says on standard error.
const LOG: &str = "agent.log";

/// What sandboxes stand on: plain directories, or a root of their own.
pub trait Ground: Send + Sync + Sized + 'static {
    /// Which rung this is.
    const RUNG: Rung;

    /// Asks the kernel what it can; starts and writes nothing.
    #[doc(hidden)]
    fn open(root: &Root, config: &RuntimeConfig) -> Self;

    /// What sandboxes on it really hold.
    #[doc(hidden)]
    fn capabilities(&self) -> &[Capability];

    /// Makes what an agent needs and says how it is started.
    #[doc(hidden)]
    fn prepare<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
        spec: &'a SandboxSpec,
        directories: Directories,
    ) -> Pending<'a, Result<Start<'a>, StartError>>;
}

/// How an agent is started.
#[doc(hidden)]
#[derive(Debug)]
pub struct Start<'a> {
    pub(crate) config: AgentConfig,
    /// Handed down with the configuration.
    pub(crate) user_namespace: Option<&'a OwnedFd>,
}

/// Holds sandboxes on one kind of ground.
pub struct Local<G> {
    config: RuntimeConfig,
    root: Arc<Root>,
    ground: G,
    agents: Mutex<Agents>,
}

#[derive(Default)]
struct Agents {
    /// `None` while one is being started.
    running: HashMap<String, Option<Agent>>,
    closed: bool,
}

impl<G: Ground> Local<G> {
    /// A runtime in `root`. Looks for tools and asks the kernel what it can, starts and writes nothing.
    ///
    /// # Errors
    /// The kernel's, when this process cannot become the heir of its agents.
    pub fn open(root: impl Into<Arc<Root>>, config: RuntimeConfig) -> io::Result<Self> {
        supervise()?;
        let root = root.into();
        let ground = G::open(&root, &config);
        Ok(Self { config, root, ground, agents: Mutex::default() })
    }

    fn agents(&self) -> MutexGuard<'_, Agents> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tree(&self, id: &str) -> Result<Directories, StartError> {
        match is_valid_id(id) {
            true => Ok(Directories::below(self.root.tree(id))),
            false => Err(StartError::InvalidId(id.to_owned())),
        }
    }

    async fn launch(&self, spec: &SandboxSpec) -> Result<Agent, StartError> {
        let directories = self.tree(&spec.id)?;
        let (mending, log) = (directories.clone(), directories.run.join(LOG));
        blocking(move || mending.mend()).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StartError::Missing(spec.id.clone()),
            _ => StartError::Directories(error),
        })?;
        let start = self.ground.prepare(&self.root, &self.config, spec, directories).await?;
        let patience = self.config.start_timeout;
        launch::launch(&self.config.executable, start.config, &log, start.user_namespace, patience).await
    }

    /// Takes the place of a sandbox's agent, which must be free.
    fn reserve(&self, id: &str) -> Result<Reservation<'_, G>, StartError> {
        let mut agents = self.agents();
        if agents.closed {
            return Err(StartError::Closed);
        }
        match agents.running.get(id) {
            None => {}
            Some(Some(agent)) if agent.exit().is_some() => {}
            Some(_) => return Err(StartError::AlreadyRunning(id.to_owned())),
        }
        agents.running.insert(id.to_owned(), None);
        Ok(Reservation { runtime: self, id: id.to_owned() })
    }
}

/// A place kept for an agent that is being started; given back when that fails or is given up.
struct Reservation<'a, G: Ground> {
    runtime: &'a Local<G>,
    id: String,
}

impl<G: Ground> Reservation<'_, G> {
    fn fill(self, agent: Agent) -> Result<Agent, StartError> {
        let mut agents = self.runtime.agents();
        if agents.closed {
            return Err(StartError::Closed);
        }
        agents.running.insert(self.id.clone(), Some(agent.clone()));
        drop(agents);
        Ok(agent)
    }
}

impl<G: Ground> Drop for Reservation<'_, G> {
    fn drop(&mut self) {
        let mut agents = self.runtime.agents();
        if let Some(None) = agents.running.get(&self.id) {
            agents.running.remove(&self.id);
        }
    }
}

impl<G: Ground> Runtime for Local<G> {
    fn rung(&self) -> Rung {
        G::RUNG
    }

    fn capabilities(&self) -> &[Capability] {
        self.ground.capabilities()
    }

    fn directories(&self, id: &str) -> Option<Directories> {
        self.tree(id).ok()
    }

    fn create<'a>(&'a self, spec: &'a SandboxSpec) -> Pending<'a, Result<(), StartError>> {
        Box::pin(async move {
            let directories = self.tree(&spec.id)?;
            blocking(move || directories.make()).await.map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => StartError::Exists(spec.id.clone()),
                _ => StartError::Directories(error),
            })
        })
    }

    fn start<'a>(&'a self, spec: &'a SandboxSpec) -> Pending<'a, Result<Agent, StartError>> {
        Box::pin(async move {
            let reservation = self.reserve(&spec.id)?;
            let agent = self.launch(spec).await?;
            reservation.fill(agent)
        })
    }

    fn remove<'a>(&'a self, id: &'a str) -> Pending<'a, Result<(), RemoveError>> {
        Box::pin(async move {
            self.tree(id).map_err(|_| RemoveError::InvalidId(id.to_owned()))?;
            let running = match self.agents().running.entry(id.to_owned()) {
                Entry::Occupied(place) if place.get().is_none() => {
                    return Err(RemoveError::Starting(id.to_owned()));
                }
                Entry::Occupied(place) => place.remove(),
                Entry::Vacant(_) => None,
            };
            if let Some(agent) = running {
                agent.stop(Duration::ZERO).await;
            }
            let (root, id) = (Arc::clone(&self.root), id.to_owned());
            blocking(move || root.discard(&id)).await.map_err(RemoveError::Files)
        })
    }

    fn sweep<'a>(&'a self, known: &'a [String]) -> Pending<'a, SweepReport> {
        Box::pin(async move {
            let (root, known) = (Arc::clone(&self.root), known.to_vec());
            tokio::task::spawn_blocking(move || root.sweep(&known)).await.unwrap_or_default()
        })
    }

    fn close(&self, grace: Duration) -> Pending<'_, ()> {
        Box::pin(async move {
            let running = {
                let mut agents = self.agents();
                agents.closed = true;
                std::mem::take(&mut agents.running)
            };
            let mut stops = tokio::task::JoinSet::new();
            for agent in running.into_values().flatten() {
                stops.spawn(async move { agent.stop(grace).await });
            }
            stops.join_all().await;
            let root = Arc::clone(&self.root);
            if let Err(error) = blocking(move || root.close()).await {
                tracing::warn!(%error, "left files behind");
            }
        })
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
