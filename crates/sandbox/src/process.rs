//! The rung `process`: a sandbox is a directory tree and a tree of plain processes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::agent::AgentConfig;
use crate::confine::{self, Confinement};
use crate::layout::{environment, is_valid_id};
use crate::root::{Root, SweepReport};
use crate::{
    Agent, Capability, Directories, Pending, RemoveError, Rung, Runtime, RuntimeConfig, SandboxSpec,
    StartError, launch, supervise,
};

/// Host folders every program writes to in passing: devices, terminals, its own entries in `/proc`.
const ALWAYS_WRITABLE: [&str; 2] = ["/dev", "/proc"];

/// Holds sandboxes as plain processes.
pub struct ProcessRuntime {
    config: RuntimeConfig,
    root: Arc<Root>,
    capabilities: Vec<Capability>,
    /// Whether writes are confined, by configuration and by the kernel.
    confined: bool,
    /// Assembled when the first sandbox starts.
    tools: OnceCell<()>,
    agents: Mutex<Agents>,
}

#[derive(Default)]
struct Agents {
    /// `None` while one is being started.
    running: HashMap<String, Option<Agent>>,
    closed: bool,
}

impl ProcessRuntime {
    /// A runtime in `root`. Looks for tools and asks the kernel what it can, starts and writes nothing.
    ///
    /// # Errors
    /// The kernel's, when this process cannot become the heir of its agents.
    pub fn open(root: Root, config: RuntimeConfig) -> io::Result<Self> {
        supervise()?;
        let confined = config.confine_writes && confine::is_possible();
        let shared = config.shared_temp.iter().any(|folder| is_below(root.path(), folder));
        let capabilities = capabilities(&config, confined && !shared);
        let root = Arc::new(root);
        Ok(Self { config, root, capabilities, confined, tools: OnceCell::new(), agents: Mutex::default() })
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

    async fn assemble_tools(&self) -> Result<(), StartError> {
        let assemble = || async {
            let (tools, place, path) =
                (self.config.tools.clone(), self.root.tools(), self.config.host_path.clone());
            blocking(move || tools.assemble(&place, &path)).await
        };
        self.tools.get_or_try_init(assemble).await.map_err(StartError::Directories)?;
        Ok(())
    }

    fn agent_config(&self, spec: &SandboxSpec, directories: Directories) -> AgentConfig {
        let path = self.config.tools.path(&self.root.tools(), &self.config.host_path);
        let env = environment(spec, &directories, &path, &self.config.shell, self.root.path());
        let always = ALWAYS_WRITABLE.iter().map(PathBuf::from);
        let writable =
            [directories.tree.clone()].into_iter().chain(always).chain(self.config.shared_temp.clone());
        AgentConfig {
            id: spec.id.clone(),
            user: spec.user.clone(),
            shell: self.config.shell.clone(),
            env,
            shared_temp: self.config.shared_temp.clone(),
            root: self.root.path().to_owned(),
            confinement: self.confined.then(|| Confinement { writable: writable.collect() }),
            directories,
        }
    }

    async fn launch(&self, spec: &SandboxSpec) -> Result<Agent, StartError> {
        let directories = self.tree(&spec.id)?;
        self.assemble_tools().await?;
        let mending = directories.clone();
        blocking(move || mending.mend()).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StartError::Missing(spec.id.clone()),
            _ => StartError::Directories(error),
        })?;
        let config = self.agent_config(spec, directories);
        launch::launch(&self.config.executable, config, self.config.start_timeout).await
    }

    /// Takes the place of a sandbox's agent, which must be free.
    fn reserve(&self, id: &str) -> Result<Reservation<'_>, StartError> {
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
struct Reservation<'a> {
    runtime: &'a ProcessRuntime,
    id: String,
}

impl Reservation<'_> {
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

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut agents = self.runtime.agents();
        if let Some(None) = agents.running.get(&self.id) {
            agents.running.remove(&self.id);
        }
    }
}

impl Runtime for ProcessRuntime {
    fn rung(&self) -> Rung {
        Rung::Process
    }

    fn capabilities(&self) -> &[Capability] {
        &self.capabilities
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

fn capabilities(config: &RuntimeConfig, confined: bool) -> Vec<Capability> {
    let report = config.tools.report(&config.host_path);
    let has = |name| report.iter().any(|tool| tool.name == name && tool.program.is_some());
    let holds = |capability: &Capability| match capability {
        Capability::Exec | Capability::Files => true,
        Capability::Python => has("python3"),
        Capability::Node => has("node"),
        Capability::Typescript => has("ts-node"),
        Capability::WriteConfinement => confined,
        Capability::OwnRoot
        | Capability::FileIsolation
        | Capability::PidIsolation
        | Capability::NetworkIsolation
        | Capability::MultiUid
        | Capability::ResourceLimits => false,
    };
    Capability::ALL.into_iter().filter(holds).collect()
}

fn is_below(path: &std::path::Path, folder: &std::path::Path) -> bool {
    folder.canonicalize().is_ok_and(|folder| path.starts_with(folder))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
