//! Sandboxes held by this machine itself, as far as it is the same on every rung: who runs, starting, removal, the end.
//!
//! What differs, the ground a sandbox stands on, is a [`Ground`].

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use tokio::task::JoinSet;

use crate::agent::AgentConfig;
use crate::enclosure::Enclosure;
use crate::enclosure::skeleton::is_current;
use crate::graves::Graves;
use crate::images::Making;
use crate::launch::Candidate;
use crate::layout::is_valid_id;
use crate::places::{Occupied, Places, Taken};
use crate::removal::remove_tree;
use crate::reserve::{Reserve, Spare};
use crate::root::{Root, SweepReport};
use crate::{
    Agent, Capability, Directories, Pending, RemoveError, Rung, Runtime, RuntimeConfig, SandboxSpec,
    StartError, StorageError, supervise,
};

/// The file in the sandbox's `run` directory that takes what the agent says on standard error.
pub(crate) const LOG: &str = "agent.log";

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

    /// Makes what has to lie in the tree of a sandbox before an agent is started in it.
    #[doc(hidden)]
    fn premises<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
        spec: &'a SandboxSpec,
        directories: Directories,
    ) -> Pending<'a, Result<Premises<'a>, StartError>>;

    /// Who the agent is going to be.
    #[doc(hidden)]
    fn agent_config<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
        spec: &'a SandboxSpec,
        directories: Directories,
    ) -> Pending<'a, Result<AgentConfig, StartError>>;

    /// An agent got as far as it can be before it is known whose it is. Its tree, if it has one, lies aside until then.
    #[doc(hidden)]
    fn spare<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
    ) -> Pending<'a, Result<Spare, StartError>>;

    /// What becomes of an image's files in a sandbox on it.
    #[doc(hidden)]
    const MAKING: Making;

    /// Whether such an agent's tree is right for a sandbox.
    #[doc(hidden)]
    fn suits(&self, spec: &SandboxSpec) -> bool;
}

/// What an agent stands on.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Premises<'a> {
    /// A root of its own, if it gets one.
    pub(crate) enclosure: Option<Enclosure>,
    /// Handed down with it.
    pub(crate) user_namespace: Option<&'a OwnedFd>,
}

/// Holds sandboxes on one kind of ground.
pub struct Local<G> {
    site: Arc<Site<G>>,
    root: Arc<Root>,
    places: Arc<Places>,
    reserve: Arc<Reserve>,
    /// Agents that live in the tree of a sandbox already and were not told yet whose they are, by its id.
    housed: Mutex<HashMap<String, Candidate>>,
    graves: Arc<Graves>,
    /// What goes on when nobody waits for it any more; the end does.
    chores: Mutex<JoinSet<()>>,
}

/// What does not change.
struct Site<G> {
    config: RuntimeConfig,
    root: Arc<Root>,
    ground: G,
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
        let site = Arc::new(Site { config, root: Arc::clone(&root), ground });
        Ok(Self {
            site,
            root,
            places: Arc::default(),
            reserve: Arc::default(),
            housed: Mutex::default(),
            graves: Arc::default(),
            chores: Mutex::default(),
        })
    }

    fn tree(&self, id: &str) -> Result<Directories, StartError> {
        match is_valid_id(id) {
            true => Ok(Directories::below(self.root.tree(id))),
            false => Err(StartError::InvalidId(id.to_owned())),
        }
    }

    /// Starts a sandbox only to see whether that works, and takes it down again. That it is gone is waited for at the end.
    pub(crate) async fn try_out(&self, spec: &SandboxSpec) -> Result<(), StartError> {
        self.create(spec).await?;
        let (root, id) = (Arc::clone(&self.root), spec.id.clone());
        let clear = async move {
            let discard = move || root.discard(&id)?.iter().try_for_each(|tree| remove_tree(tree));
            if let Err(error) = blocking(discard).await {
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
        let housed = self.take_housed(id);
        let work = work(Arc::clone(&self.root), id.to_owned());
        let working = tokio::spawn(async move {
            if let Some(candidate) = housed {
                candidate.dismiss().await;
            }
            let done = work.await;
            drop(place);
            done
        });
        working.await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
    }

    async fn launch(&self, spec: &SandboxSpec) -> Result<Agent, StartError> {
        let directories = self.tree(&spec.id)?;
        let Site { config, root, ground } = &*self.site;
        let housed = self.take_housed(&spec.id);
        let agent = ground.agent_config(root, config, spec, directories.clone()).await?;
        match housed {
            Some(candidate) if candidate.waits() && ground.suits(spec) => {
                match candidate.configure(agent.clone(), config.start_timeout).await {
                    Err(StartError::Died(exit)) => tracing::debug!(%exit, "the agent in reserve had ended"),
                    started => return started,
                }
            }
            Some(other) => other.dismiss().await,
            None => {}
        }
        let candidate = self.candidate(spec, &directories).await?;
        candidate.configure(agent, config.start_timeout).await
    }

    /// An agent for a tree that lies in its place.
    async fn candidate(
        &self,
        spec: &SandboxSpec,
        directories: &Directories,
    ) -> Result<Candidate, StartError> {
        let Site { config, root, ground } = &*self.site;
        let (mending, log) = (directories.clone(), directories.run.join(LOG));
        blocking(move || mending.mend()).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StartError::Missing(spec.id.clone()),
            _ => StartError::Directories(error),
        })?;
        let mut spare = self.reserve.take(|spare| spare.tree.is_none()).await.map(|spare| spare.candidate);
        let candidate = match spare.as_mut().map(|spare| spare.move_log(log.clone())) {
            Some(Ok(())) => spare,
            _ => None,
        };
        let candidate = match candidate {
            Some(candidate) => candidate,
            None => Candidate::spawn(&config.executable, root.path(), log).map_err(StartError::Spawn)?,
        };
        let premises = ground.premises(root, config, spec, directories.clone()).await;
        candidate.put_on(premises, config.start_timeout).await
    }

    /// Gives a new sandbox a tree with an agent in it, if there is one in reserve.
    async fn house(&self, spec: &SandboxSpec) -> Result<bool, StartError> {
        if !self.site.ground.suits(spec) {
            return Ok(false);
        }
        let spare = self.reserve.take(|spare| spare.tree.is_some()).await;
        let Some(Spare { mut candidate, tree: Some(draft) }) = spare else { return Ok(false) };
        if !is_current(&draft) {
            Spare { candidate, tree: Some(draft) }.dismiss().await;
            return Ok(false);
        }
        let tree = self.root.tree(&spec.id);
        match renameat_with(CWD, &draft, CWD, &tree, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(error) => {
                Spare { candidate, tree: Some(draft) }.dismiss().await;
                return match error.kind() {
                    io::ErrorKind::AlreadyExists => Err(StartError::Exists(spec.id.clone())),
                    _ => Err(StartError::Directories(error.into())),
                };
            }
        }
        candidate.log_is_now(Directories::below(tree).run.join(LOG));
        self.housed().insert(spec.id.clone(), candidate);
        Ok(true)
    }

    /// Makes the tree of a sandbox from an image, to its end even when nobody waits for it any more.
    async fn make_from(&self, id: &str, image: &str) -> Result<(), StartError> {
        if !is_valid_id(image) {
            return Err(StartError::NoImage(image.to_owned()));
        }
        let (root, id, image) = (Arc::clone(&self.root), id.to_owned(), image.to_owned());
        let making = tokio::task::spawn_blocking(move || root.make_from(&id, &image, G::MAKING));
        making.await.unwrap_or_else(|error| Err(StartError::Directories(io::Error::other(error))))
    }

    fn housed(&self) -> MutexGuard<'_, HashMap<String, Candidate>> {
        self.housed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_housed(&self, id: &str) -> Option<Candidate> {
        self.housed().remove(id)
    }

    /// Makes another agent ready while nobody waits for it.
    fn refill(&self) {
        let (site, reserve) = (Arc::clone(&self.site), Arc::clone(&self.reserve));
        tokio::spawn(async move {
            let Site { config, root, ground } = &*site;
            reserve.refill(ground.spare(root, config)).await;
        });
    }
}

impl<G: Ground> Runtime for Local<G> {
    fn rung(&self) -> Rung {
        G::RUNG
    }

    fn capabilities(&self) -> &[Capability] {
        self.site.ground.capabilities()
    }

    fn directories(&self, id: &str) -> Option<Directories> {
        self.tree(id).ok()
    }

    fn create<'a>(&'a self, spec: &'a SandboxSpec) -> Pending<'a, Result<(), StartError>> {
        Box::pin(async move {
            let directories = self.tree(&spec.id)?;
            if self.house(spec).await? {
                return Ok(());
            }
            if let Some(image) = &spec.image {
                return self.make_from(&spec.id, image).await;
            }
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
            self.refill();
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
            if let Some(candidate) = self.take_housed(id) {
                candidate.dismiss().await;
            }
            let (root, graves, id) = (Arc::clone(&self.root), Arc::clone(&self.graves), id.to_owned());
            let bury = move |trees: Vec<_>| trees.into_iter().for_each(|tree| graves.take(tree));
            blocking(move || root.discard(&id).map(bury)).await.map_err(RemoveError::Files)
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

    fn capture<'a>(&'a self, sandbox: &'a str, image: &'a str) -> Pending<'a, Result<u64, StorageError>> {
        Box::pin(async move {
            if let Some(bad) = [sandbox, image].into_iter().find(|name| !is_valid_id(name)) {
                return Err(StorageError::InvalidId(bad.to_owned()));
            }
            let place = match Places::take(&self.places, sandbox) {
                Ok(place) => Ok(place),
                Err(Taken::Closed) => return Err(StorageError::Closed),
                Err(Taken::InUse) => Err(self
                    .places
                    .running(sandbox)
                    .ok_or_else(|| StorageError::InUse(sandbox.to_owned()))?),
            };
            let (root, from, image) = (Arc::clone(&self.root), sandbox.to_owned(), image.to_owned());
            let copy = move || root.capture(&from, &image);
            let copying = async move {
                match place {
                    Ok(_place) => settled(copy).await,
                    Err(agent) => agent.held_still(settled(copy)).await,
                }
            };
            tokio::spawn(copying).await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
        })
    }

    fn remove_image<'a>(&'a self, image: &'a str) -> Pending<'a, Result<(), StorageError>> {
        Box::pin(async move {
            if !is_valid_id(image) {
                return Err(StorageError::InvalidId(image.to_owned()));
            }
            let (root, graves, image) = (Arc::clone(&self.root), Arc::clone(&self.graves), image.to_owned());
            let bury = move |layers: Vec<_>| layers.into_iter().for_each(|layer| graves.take(layer));
            Ok(blocking(move || root.remove_image(&image).map(bury)).await?)
        })
    }

    fn remove_volume<'a>(&'a self, volume: &'a str) -> Pending<'a, Result<(), StorageError>> {
        Box::pin(async move {
            if !is_valid_id(volume) {
                return Err(StorageError::InvalidId(volume.to_owned()));
            }
            let (root, graves, volume) =
                (Arc::clone(&self.root), Arc::clone(&self.graves), volume.to_owned());
            let bury = move |doomed: Option<_>| doomed.into_iter().for_each(|doomed| graves.take(doomed));
            Ok(blocking(move || root.discard_volume(&volume).map(bury)).await?)
        })
    }

    fn sweep_volumes<'a>(&'a self, known: &'a [String]) -> Pending<'a, Vec<String>> {
        Box::pin(async move {
            let (root, known) = (Arc::clone(&self.root), known.to_vec());
            let sweeping = tokio::task::spawn_blocking(move || root.sweep_volumes(&known));
            sweeping.await.unwrap_or_default()
        })
    }

    fn sweep<'a>(&'a self, known: &'a [String], images: &'a [String]) -> Pending<'a, SweepReport> {
        Box::pin(async move {
            let (root, known, images) = (Arc::clone(&self.root), known.to_vec(), images.to_vec());
            let sweeping = tokio::task::spawn_blocking(move || root.sweep(&known, &images));
            let (report, ()) = tokio::join!(sweeping, self.site.ground.warm(&self.root, &self.site.config));
            self.refill();
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
            self.reserve.close().await;
            let housed = std::mem::take(&mut *self.housed());
            for candidate in housed.into_values() {
                candidate.dismiss().await;
            }
            let chores = std::mem::take(&mut *self.chores.lock().unwrap_or_else(PoisonError::into_inner));
            chores.join_all().await;
            let (root, graves) = (Arc::clone(&self.root), Arc::clone(&self.graves));
            let close = move || {
                graves.close();
                root.close()
            };
            if let Err(error) = blocking(close).await {
                tracing::warn!(%error, "left files behind");
            }
        })
    }
}

/// Blocking work with files.
async fn settled<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
