//! Sandboxes held by this machine itself, as far as it is the same on every rung: who runs, starting, removal, the end.
//!
//! What differs, the ground a sandbox stands on, is a [`Ground`].

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::agent::AgentConfig;
use crate::layout::is_valid_id;
use crate::places::{Occupied, Places, Taken};
use crate::root::{Root, SweepReport};
use crate::spares::Spares;
use crate::{
    Agent, Capability, Directories, Pending, RemoveError, Rung, Runtime, RuntimeConfig, SandboxSpec,
    StartError, StorageError, launch, supervise,
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

    /// Works out what the first start would have to wait for.
    #[doc(hidden)]
    fn warm<'a>(&'a self, root: &'a Root, config: &'a RuntimeConfig) -> Pending<'a, ()>;

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
    places: Arc<Places>,
    spares: Arc<Spares>,
    /// What goes on when nobody waits for it any more; the end does.
    chores: Mutex<JoinSet<()>>,
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
        let spares = Arc::new(Spares::new(config.executable.clone(), Arc::clone(&root)));
        Ok(Self { config, root, ground, places: Arc::default(), spares, chores: Mutex::default() })
    }

    fn tree(&self, id: &str) -> Result<Directories, StartError> {
        match is_valid_id(id) {
            true => Ok(Directories::below(self.root.tree(id))),
            false => Err(StartError::InvalidId(id.to_owned())),
        }
    }

    /// Starts a sandbox only to see whether that works, and takes it down again. That it is gone is waited for at the end.
    pub(crate) async fn try_out(&self, spec: &SandboxSpec) -> Result<(), StartError> {
        // Begun while the rest is prepared.
        self.spares.refill();
        self.create(spec).await?;
        let (root, id) = (Arc::clone(&self.root), spec.id.clone());
        let clear = async move {
            if let Err(error) = blocking(move || root.discard(&id)).await {
                tracing::warn!(%error, "the files of a trial could not be removed");
            }
        };
        let agent = match self.start(spec).await {
            Ok(agent) => agent,
            Err(error) => {
                clear.await;
                return Err(error);
            }
        };
        let (places, id) = (Arc::clone(&self.places), spec.id.clone());
        self.chores.lock().unwrap_or_else(PoisonError::into_inner).spawn(async move {
            agent.stop(Duration::ZERO).await;
            let _ = places.vacate(&id);
            clear.await;
        });
        Ok(())
    }

    /// Does something with the files of a sandbox that does not run, to its end even when nobody waits for it any more.
    async fn store(
        &self,
        id: &str,
        work: fn(&Root, &str) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        self.in_place(id, move |root, id| settled(move || work(&root, &id))).await
    }

    /// Does something while nobody can start the sandbox.
    async fn in_place<W>(
        &self,
        id: &str,
        work: impl FnOnce(Arc<Root>, String) -> W,
    ) -> Result<(), StorageError>
    where
        W: Future<Output = Result<(), StorageError>> + Send + 'static,
    {
        if !is_valid_id(id) {
            return Err(StorageError::InvalidId(id.to_owned()));
        }
        let place = Places::take(&self.places, id).map_err(|taken| match taken {
            Taken::Closed => StorageError::Closed,
            Taken::InUse => StorageError::InUse(id.to_owned()),
        })?;
        let work = work(Arc::clone(&self.root), id.to_owned());
        let working = tokio::spawn(async move {
            let done = work.await;
            drop(place);
            done
        });
        working.await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
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
        let candidate = self.spares.take(&log).map_err(StartError::Spawn)?;
        launch::launch(candidate, start.config, start.user_namespace, patience).await
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
            let place = Places::take(&self.places, &spec.id).map_err(|taken| match taken {
                Taken::Closed => StartError::Closed,
                Taken::InUse => StartError::AlreadyRunning(spec.id.clone()),
            })?;
            let agent = self.launch(spec).await?;
            let spares = Arc::clone(&self.spares);
            tokio::spawn(async move { spares.refill() });
            place.fill(agent).ok_or(StartError::Closed)
        })
    }

    fn remove<'a>(&'a self, id: &'a str) -> Pending<'a, Result<(), RemoveError>> {
        Box::pin(async move {
            self.tree(id).map_err(|_| RemoveError::InvalidId(id.to_owned()))?;
            let running = self.places.vacate(id).map_err(|Occupied| RemoveError::Starting(id.to_owned()))?;
            if let Some(agent) = running {
                agent.stop(Duration::ZERO).await;
            }
            let (root, id) = (Arc::clone(&self.root), id.to_owned());
            blocking(move || root.discard(&id)).await.map_err(RemoveError::Files)
        })
    }

    fn archive<'a>(&'a self, id: &'a str) -> Pending<'a, Result<(), StorageError>> {
        Box::pin(self.store(id, Root::archive))
    }

    fn restore<'a>(&'a self, id: &'a str) -> Pending<'a, Result<(), StorageError>> {
        Box::pin(self.store(id, Root::restore))
    }

    fn duplicate<'a>(
        &'a self,
        from: &'a str,
        spec: &'a SandboxSpec,
    ) -> Pending<'a, Result<(), StorageError>> {
        Box::pin(async move {
            if !is_valid_id(from) {
                return Err(StorageError::InvalidId(from.to_owned()));
            }
            let original = self.places.running(from);
            let from = from.to_owned();
            self.in_place(&spec.id, move |root, id| async move {
                let copy = move || root.duplicate(&from, &id);
                match original {
                    None => settled(copy).await,
                    Some(agent) => agent.held_still(settled(copy)).await,
                }
            })
            .await
        })
    }

    fn sweep<'a>(&'a self, known: &'a [String]) -> Pending<'a, SweepReport> {
        Box::pin(async move {
            let (root, known) = (Arc::clone(&self.root), known.to_vec());
            let sweeping = tokio::task::spawn_blocking(move || root.sweep(&known));
            let (report, ()) = tokio::join!(sweeping, self.ground.warm(&self.root, &self.config));
            report.unwrap_or_default()
        })
    }

    fn close(&self, grace: Duration) -> Pending<'_, ()> {
        Box::pin(async move {
            let mut stops = tokio::task::JoinSet::new();
            for agent in self.places.close() {
                stops.spawn(async move { agent.stop(grace).await });
            }
            stops.join_all().await;
            self.spares.close().await;
            let chores = std::mem::take(&mut *self.chores.lock().unwrap_or_else(PoisonError::into_inner));
            chores.join_all().await;
            let root = Arc::clone(&self.root);
            if let Err(error) = blocking(move || root.close()).await {
                tracing::warn!(%error, "left files behind");
            }
        })
    }
}

/// Blocking work with files.
async fn settled(
    work: impl FnOnce() -> Result<(), StorageError> + Send + 'static,
) -> Result<(), StorageError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
