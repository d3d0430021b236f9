//! The rung `process`: a sandbox is a directory tree and a tree of plain processes.

use std::path::{Path, PathBuf};

use tokio::sync::OnceCell;

use crate::agent::AgentConfig;
use crate::confine::{self, Confinement};
use crate::images::Making;
use crate::launch::Candidate;
use crate::layout::environment;
use crate::local::{Ground, Local, Premises, blocking};
use crate::reserve::Spare;
use crate::root::Root;
use crate::volumes;
use crate::{Capability, Directories, Pending, Rung, RuntimeConfig, SandboxSpec, StartError};

/// Host folders programs write to in passing: devices, terminals, their own entries in `/proc`, and the scratch folder
/// in which X servers run by the superuser have their keymap compiled; there is no naming another.
const ALWAYS_WRITABLE: [&str; 3] = ["/dev", "/proc", "/var/lib/xkb"];

/// Takes what the agent in reserve says on standard error, until it is somebody's.
const RESERVE_LOG: &str = "reserve.log";

/// Holds sandboxes as plain processes.
pub type ProcessRuntime = Local<Process>;

/// Plain directories of the host.
pub struct Process {
    capabilities: Vec<Capability>,
    /// Whether writes are confined, by configuration and by the kernel.
    confined: bool,
    /// Assembled when the first sandbox starts.
    tools: OnceCell<()>,
}

impl Process {
    async fn assemble_tools(&self, root: &Root, config: &RuntimeConfig) -> Result<(), StartError> {
        let assemble = || async {
            let (tools, place, path) = (config.tools.clone(), root.tools(), config.host_path.clone());
            blocking(move || tools.assemble(&place, &path)).await
        };
        self.tools.get_or_try_init(assemble).await.map_err(StartError::Directories)?;
        Ok(())
    }

    fn config_of(
        &self,
        root: &Root,
        config: &RuntimeConfig,
        spec: &SandboxSpec,
        directories: Directories,
    ) -> AgentConfig {
        let path = config.tools.path(&root.tools(), &config.host_path);
        let env = environment(spec, &directories, &path, &config.shell, root.path());
        let always = ALWAYS_WRITABLE.iter().map(PathBuf::from);
        // Whole volumes: what lies in one can be swapped for a link by other sandboxes.
        let volumes: Vec<PathBuf> = spec.volumes.iter().map(|mount| root.volume(&mount.volume)).collect();
        let own = [directories.tree.clone()].into_iter().chain(volumes.iter().cloned());
        let writable = own.chain(always).chain(config.shared_temp.clone());
        AgentConfig {
            id: spec.id.clone(),
            user: spec.user.clone(),
            shell: config.shell.clone(),
            env,
            shared_temp: config.shared_temp.clone(),
            own_root: false,
            entrypoint: spec.entrypoint.clone(),
            workdir: spec.workdir.clone(),
            settings: config.settings.clone(),
            root: root.path().to_owned(),
            confinement: self.confined.then(|| Confinement { writable: writable.collect() }),
            volumes,
            resident: None,
            directories,
        }
    }
}

impl Ground for Process {
    const RUNG: Rung = Rung::Process;
    const MAKING: Making = Making::Copy;

    fn open(root: &Root, config: &RuntimeConfig) -> Self {
        let confined = config.confine_writes && confine::is_possible();
        let shared = config.shared_temp.iter().any(|folder| is_below(root.path(), folder));
        let capabilities = capabilities(config, confined && !shared);
        Self { capabilities, confined, tools: OnceCell::new() }
    }

    fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    fn warm<'a>(&'a self, root: &'a Root, config: &'a RuntimeConfig) -> Pending<'a, ()> {
        Box::pin(async move {
            if let Err(error) = self.assemble_tools(root, config).await {
                tracing::warn!(%error, "failed to assemble the tool directory");
            }
        })
    }

    fn premises<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
        spec: &'a SandboxSpec,
        directories: Directories,
    ) -> Pending<'a, Result<Premises<'a>, StartError>> {
        Box::pin(async move {
            if !root.layers_below(&spec.id).map_err(StartError::Directories)?.is_empty() {
                // Its tree holds no more than what it changed.
                let complaint = "it lies on an image, which takes the rung `namespace` it was made on";
                return Err(StartError::Directories(std::io::Error::other(complaint)));
            }
            volumes::link(&directories, root, &spec.volumes).map_err(StartError::Directories)?;
            self.assemble_tools(root, config).await.map(|()| Premises::default())
        })
    }

    fn agent_config<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
        spec: &'a SandboxSpec,
        directories: Directories,
    ) -> Pending<'a, Result<AgentConfig, StartError>> {
        Box::pin(async move { Ok(self.config_of(root, config, spec, directories)) })
    }

    fn spare<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
    ) -> Pending<'a, Result<Spare, StartError>> {
        Box::pin(async move {
            let candidate = Candidate::spawn(&config.executable, root.path(), root.path().join(RESERVE_LOG));
            Ok(Spare { candidate: candidate.map_err(StartError::Spawn)?, tree: None })
        })
    }

    fn suits(&self, _spec: &SandboxSpec) -> bool {
        // Nothing is ready but the agent.
        false
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

fn is_below(path: &Path, folder: &Path) -> bool {
    folder.canonicalize().is_ok_and(|folder| path.starts_with(folder))
}
