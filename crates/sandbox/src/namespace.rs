//! The rung `namespace`: a sandbox has a root, users, process numbers and, if it is asked for, a network of its own.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::process::geteuid;
use rustix::thread::{CapabilitySet, capabilities as own_capabilities};
use tokio::sync::OnceCell;

use crate::agent::AgentConfig;
use crate::archives::host_name;
use crate::enclosure::shared;
use crate::enclosure::shell::Shell;
use crate::enclosure::skeleton::{self, Lowered};
use crate::enclosure::visible::{Exposure, expose};
use crate::enclosure::{Enclosure, FIRST_ID, ID_COUNT, Mapping, Resident, USER_ID};
use crate::images::Making;
use crate::launch::Candidate;
use crate::layout::environment;
use crate::local::{Ground, LOG, Local, Premises, blocking};
use crate::removal::remove_tree;
use crate::reserve::Spare;
use crate::root::{Root, make_directory};
use crate::{
    Capability, Directories, Network, Pending, Rung, RuntimeConfig, SandboxSpec, StartError, VolumeMount,
    launch,
};

/// Holds sandboxes in namespaces of their own.
pub type NamespaceRuntime = Local<Namespace>;

/// What the name of a trial begins with; sandboxes are named by their clients' server, never like this.
const TRIAL: &str = "trial.of.";

/// Where the `/` of many lies in the server's directory.
const SHARED: &str = "slash";

/// Roots of their own.
pub struct Namespace {
    mapping: Mapping,
    lowered: Lowered,
    capabilities: Vec<Capability>,
    /// Worked out when the first sandbox starts.
    exposure: OnceCell<Arc<Exposure>>,
    /// What `/` is made of in all sandboxes that cannot change it. Made when the first sandbox starts.
    shared: OnceCell<PathBuf>,
    /// Made when the first sandbox starts, where a range is mapped.
    user_namespace: OnceCell<OwnedFd>,
}

impl NamespaceRuntime {
    /// Whether this host lets sandboxes be held like this: makes one, takes it down again, and says what refused.
    ///
    /// # Errors
    /// What refused, in the kernel's words.
    pub async fn probe(&self) -> Result<(), StartError> {
        let spec = SandboxSpec {
            id: format!("{TRIAL}{}", std::process::id()),
            organization: String::new(),
            user: crate::enclosure::USER.to_owned(),
            snapshot: String::new(),
            region: String::new(),
            env: std::collections::BTreeMap::new(),
            network: Network::Blocked,
            entrypoint: Vec::new(),
            volumes: Vec::new(),
            image: None,
            workdir: None,
            builds: false,
        };
        match self.try_out(&spec).await {
            // That says nothing about the rung, and a server must come back on a full disk too.
            Err(StartError::Directories(error))
                if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) =>
            {
                tracing::warn!(%error, "the rung `namespace` could not be tried out");
                Ok(())
            }
            tried => tried,
        }
    }
}

impl Namespace {
    /// What a sandbox is shown of the host.
    async fn exposure_of(
        &self,
        root: &Root,
        config: &RuntimeConfig,
        is_trial: bool,
    ) -> Result<Arc<Exposure>, StartError> {
        let exposure = match is_trial {
            // Looking for tools may take longer than everything else.
            true => no_exposure(root, config).await,
            false => self.exposure(root, config).await,
        };
        exposure.map_err(StartError::Directories)
    }

    async fn exposure(&self, root: &Root, config: &RuntimeConfig) -> io::Result<Arc<Exposure>> {
        let look = || async {
            let (tools, place, path) = (config.tools.clone(), root.tools(), config.host_path.clone());
            let (lowered, hidden) = (self.lowered.all(), hidden(root));
            blocking(move || expose(&tools, &path, &place, &lowered, &hidden)).await.map(Arc::new)
        };
        self.exposure.get_or_try_init(look).await.map(Arc::clone)
    }

    async fn user_namespace<'a>(
        &'a self,
        root: &Root,
        config: &RuntimeConfig,
    ) -> Result<Option<&'a OwnedFd>, StartError> {
        if self.mapping == Mapping::Single {
            return Ok(None);
        }
        let make = || async {
            let log = root.path().join("namespace.log");
            launch::user_namespace(&config.executable, root.path(), &log, config.start_timeout).await
        };
        self.user_namespace.get_or_try_init(make).await.map(Some)
    }

    /// Lays a tree out for a user, and says what root can be made of it.
    async fn lay_out(
        &self,
        root: &Root,
        tree: PathBuf,
        user_id: u32,
        exposure: &Exposure,
        is_trial: bool,
        contents: Contents<'_>,
    ) -> io::Result<Enclosure> {
        let Contents { layers, volumes } = contents;
        let volumes = shared::prepare(root, self.mapping, volumes)?;
        let shell = Shell {
            lowered: self.lowered.all(),
            exposed: exposure.directories.clone(),
            user_id,
            mapping: self.mapping,
        };
        // A volume may have its place anywhere in it.
        let slash = match user_id == 0 || is_trial || !volumes.is_empty() {
            // Made over that of the image, by the first who moves in.
            _ if !layers.is_empty() => empty_slash(tree.join("root")).await?,
            true => own_slash(tree.join("root"), shell).await?,
            false => self.shared.get_or_try_init(|| shared_slash(root, shell)).await?.clone(),
        };
        let mut enclosure = self.enclosure(root, tree, slash, user_id, exposure, layers);
        enclosure.volumes = volumes;
        let enclosure = Arc::new(enclosure);
        let (laid_out, hidden) = (Arc::clone(&enclosure), hidden(root));
        blocking(move || skeleton::prepare(&laid_out, &hidden)).await?;
        Ok(Arc::unwrap_or_clone(enclosure))
    }

    fn enclosure(
        &self,
        root: &Root,
        tree: PathBuf,
        slash: PathBuf,
        user_id: u32,
        exposure: &Exposure,
        layers: Vec<String>,
    ) -> Enclosure {
        let (joined, apart) = match layers.is_empty() {
            true => (self.lowered.joined.clone(), self.lowered.apart.clone()),
            // Layers lie below the host's root, which one overlay cannot have below them in turn.
            false => (Vec::new(), self.lowered.all()),
        };
        Enclosure {
            server_root: root.path().to_owned(),
            tree,
            root: slash,
            joined,
            apart,
            exposed: exposure.directories.clone(),
            tools: root.tools(),
            user_id,
            mapping: self.mapping,
            volatile: root.is_ephemeral(),
            layers,
            volumes: Vec::new(),
        }
    }

    /// An agent in a root of its own that is nobody's yet.
    async fn furnish(
        &self,
        root: &Root,
        config: &RuntimeConfig,
        draft: PathBuf,
    ) -> Result<Candidate, StartError> {
        let directories = Directories::below(draft);
        let (made, log) = (directories.clone(), directories.run.join(LOG));
        blocking(move || made.make()).await.map_err(StartError::Directories)?;
        // It starts while the tree is laid out.
        let candidate = Candidate::spawn(&config.executable, root.path(), log).map_err(StartError::Spawn)?;
        let premises = self.ready(root, config, directories.tree, USER_ID, false, Contents::default()).await;
        candidate.put_on(premises, config.start_timeout).await
    }

    /// What the agent of a tree stands on.
    async fn ready<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
        tree: PathBuf,
        user_id: u32,
        is_trial: bool,
        contents: Contents<'_>,
    ) -> Result<Premises<'a>, StartError> {
        let exposure = self.exposure_of(root, config, is_trial).await?;
        let enclosure = async {
            let laid_out = self.lay_out(root, tree, user_id, &exposure, is_trial, contents).await;
            laid_out.map_err(StartError::Directories)
        };
        // The first time each takes a while.
        let (user_namespace, enclosure) = tokio::try_join!(self.user_namespace(root, config), enclosure)?;
        Ok(Premises { enclosure: Some(enclosure), user_namespace })
    }
}

impl Ground for Namespace {
    const RUNG: Rung = Rung::Namespace;
    const MAKING: Making = Making::Stack;

    fn open(root: &Root, config: &RuntimeConfig) -> Self {
        let mapping = if may_map_a_range() { Mapping::Range } else { Mapping::Single };
        let lowered = Lowered::of_host(mapping);
        let capabilities = capabilities(config, mapping);
        let _ = root;
        Self {
            mapping,
            lowered,
            capabilities,
            exposure: OnceCell::new(),
            shared: OnceCell::new(),
            user_namespace: OnceCell::new(),
        }
    }

    fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    fn warm<'a>(&'a self, root: &'a Root, config: &'a RuntimeConfig) -> Pending<'a, ()> {
        Box::pin(async move {
            if let Err(error) = self.exposure(root, config).await {
                tracing::warn!(%error, "failed to look for tools");
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
            let layers = root.layers_below(&spec.id).map_err(StartError::Directories)?;
            let contents = Contents { layers, volumes: &spec.volumes };
            self.ready(root, config, directories.tree, user_id(spec), is_trial(spec), contents).await
        })
    }

    fn agent_config<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
        spec: &'a SandboxSpec,
        _directories: Directories,
    ) -> Pending<'a, Result<AgentConfig, StartError>> {
        Box::pin(async move {
            let exposure = self.exposure_of(root, config, is_trial(spec)).await?;
            let resident = Resident {
                hostname: host_name(&spec.id),
                user_id: user_id(spec),
                mapping: self.mapping,
                network_blocked: spec.network == Network::Blocked,
            };
            let home = if resident.user_id == 0 { "/root" } else { "/home/daytona" };
            let directories = Directories::inside(home.into());
            Ok(AgentConfig {
                id: spec.id.clone(),
                user: spec.user.clone(),
                shell: config.shell.clone(),
                env: environment(spec, &directories, &exposure.path, &config.shell, root.path()),
                shared_temp: Vec::new(),
                own_root: true,
                entrypoint: spec.entrypoint.clone(),
                workdir: spec.workdir.clone(),
                settings: config.settings.clone(),
                root: root.path().to_owned(),
                confinement: None,
                volumes: Vec::new(),
                resident: Some(resident),
                directories,
            })
        })
    }

    fn spare<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
    ) -> Pending<'a, Result<Spare, StartError>> {
        Box::pin(async move {
            let tree = root.reserve();
            match self.furnish(root, config, tree.clone()).await {
                Ok(candidate) => Ok(Spare { candidate, tree: Some(tree) }),
                Err(error) => {
                    let _ = blocking(move || remove_tree(&tree)).await;
                    Err(error)
                }
            }
        })
    }

    fn suits(&self, spec: &SandboxSpec) -> bool {
        user_id(spec) == USER_ID && !is_trial(spec) && spec.image.is_none() && spec.volumes.is_empty()
    }
}

/// What a root holds beside the host's directories and its own.
#[derive(Default)]
struct Contents<'a> {
    /// Names of the layers of its image.
    layers: Vec<String>,
    volumes: &'a [VolumeMount],
}

fn is_trial(spec: &SandboxSpec) -> bool {
    spec.id.starts_with(TRIAL)
}

fn user_id(spec: &SandboxSpec) -> u32 {
    if spec.user == "root" { 0 } else { USER_ID }
}

/// A sandbox's own `/`.
async fn own_slash(slash: PathBuf, shell: Shell) -> io::Result<PathBuf> {
    blocking(move || {
        make_directory(&slash)?;
        shell.make(&slash)?;
        Ok(slash)
    })
    .await
}

/// The place of one that is made later.
async fn empty_slash(slash: PathBuf) -> io::Result<PathBuf> {
    blocking(move || make_directory(&slash).map(|()| slash)).await
}

/// The `/` of many; what an earlier server had of it goes.
async fn shared_slash(root: &Root, shell: Shell) -> io::Result<PathBuf> {
    let (slash, draft) = (root.path().join(SHARED), root.grave(SHARED));
    blocking(move || {
        remove_tree(&slash)?;
        make_directory(&draft)?;
        shell.make(&draft)?;
        std::fs::rename(&draft, &slash)?;
        Ok(slash)
    })
    .await
}

/// For a root that only shows whether there can be one.
async fn no_exposure(root: &Root, config: &RuntimeConfig) -> io::Result<Arc<Exposure>> {
    let tools = root.tools();
    blocking(move || std::fs::create_dir_all(tools)).await?;
    Ok(Arc::new(Exposure { directories: Vec::new(), path: config.host_path.clone(), found: Vec::new() }))
}

/// What no sandbox may see: the directory with all of them, and those of this user's other servers.
fn hidden(root: &Root) -> PathBuf {
    match root.path().parent() {
        Some(siblings) if root.is_ephemeral() => siblings.to_owned(),
        _ => root.path().to_owned(),
    }
}

/// Whether this process may hand out users. A root without the right to mount, or without the users to hand out, as in a
/// container, is no more than anybody else.
fn may_map_a_range() -> bool {
    let has = |map: &str| {
        let numbers =
            |line: &str| line.split_whitespace().map(|word| word.parse().ok()).collect::<Option<Vec<u64>>>();
        map.lines().any(|line| match numbers(line).as_deref() {
            Some([first, _, count]) => {
                *first <= u64::from(FIRST_ID) && u64::from(FIRST_ID + ID_COUNT) <= first + count
            }
            _ => false,
        })
    };
    geteuid().is_root()
        && own_capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_ADMIN))
        && std::fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| has(&map))
}

fn capabilities(config: &RuntimeConfig, mapping: Mapping) -> Vec<Capability> {
    let report = config.tools.report(&config.host_path);
    let has = |name| report.iter().any(|tool| tool.name == name && tool.program.is_some());
    let holds = |capability: &Capability| match capability {
        Capability::Exec
        | Capability::Files
        | Capability::WriteConfinement
        | Capability::OwnRoot
        | Capability::FileIsolation
        | Capability::PidIsolation
        | Capability::NetworkIsolation => true,
        Capability::Python => has("python3"),
        Capability::Node => has("node"),
        Capability::Typescript => has("ts-node"),
        Capability::MultiUid => mapping == Mapping::Range,
        Capability::ResourceLimits => false,
    };
    Capability::ALL.into_iter().filter(holds).collect()
}
