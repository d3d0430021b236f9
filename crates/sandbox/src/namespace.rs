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
use crate::enclosure::visible::{Exposure, expose};
use crate::enclosure::{Enclosure, FIRST_ID, ID_COUNT, Mapping, USER_ID, skeleton};
use crate::layout::environment;
use crate::local::{Ground, Local, Start, blocking};
use crate::root::Root;
use crate::{
    Capability, Directories, Network, Pending, Rung, RuntimeConfig, SandboxSpec, StartError, launch,
};

/// Holds sandboxes in namespaces of their own.
pub type NamespaceRuntime = Local<Namespace>;

/// What the name of a trial begins with; sandboxes are named by their clients' server, never like this.
const TRIAL: &str = "trial.of.";

/// Roots of their own.
pub struct Namespace {
    mapping: Mapping,
    lowered: Vec<String>,
    capabilities: Vec<Capability>,
    /// Worked out when the first sandbox starts.
    exposure: OnceCell<Exposure>,
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
    async fn exposure(&self, root: &Root, config: &RuntimeConfig) -> io::Result<&Exposure> {
        let look = || async {
            let (tools, place, path) = (config.tools.clone(), root.tools(), config.host_path.clone());
            let (lowered, hidden) = (self.lowered.clone(), hidden(root));
            blocking(move || expose(&tools, &path, &place, &lowered, &hidden)).await
        };
        self.exposure.get_or_try_init(look).await
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

    fn enclosure(&self, root: &Root, spec: &SandboxSpec, tree: PathBuf, exposure: &Exposure) -> Enclosure {
        Enclosure {
            tree,
            lowered: self.lowered.clone(),
            exposed: exposure.directories.clone(),
            tools: root.tools(),
            hostname: host_name(&spec.id),
            user_id: if spec.user == "root" { 0 } else { USER_ID },
            mapping: self.mapping,
            volatile: root.is_ephemeral(),
            network_blocked: spec.network == Network::Blocked,
        }
    }
}

impl Ground for Namespace {
    const RUNG: Rung = Rung::Namespace;

    fn open(root: &Root, config: &RuntimeConfig) -> Self {
        let mapping = if may_map_a_range() { Mapping::Range } else { Mapping::Single };
        let lowered = skeleton::lowered();
        let capabilities = capabilities(config, mapping);
        let _ = root;
        Self { mapping, lowered, capabilities, exposure: OnceCell::new(), user_namespace: OnceCell::new() }
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

    fn prepare<'a>(
        &'a self,
        root: &'a Root,
        config: &'a RuntimeConfig,
        spec: &'a SandboxSpec,
        directories: Directories,
    ) -> Pending<'a, Result<Start<'a>, StartError>> {
        Box::pin(async move {
            // Looking for tools may take longer than everything else.
            let nothing =
                Exposure { directories: Vec::new(), path: config.host_path.clone(), found: Vec::new() };
            let exposure = match spec.id.starts_with(TRIAL) {
                true => {
                    let tools = root.tools();
                    blocking(move || std::fs::create_dir_all(tools))
                        .await
                        .map_err(StartError::Directories)?;
                    &nothing
                }
                false => self.exposure(root, config).await.map_err(StartError::Directories)?,
            };
            let user_namespace = self.user_namespace(root, config).await?;
            let enclosure = Arc::new(self.enclosure(root, spec, directories.tree, exposure));
            let (laid_out, hidden) = (Arc::clone(&enclosure), hidden(root));
            blocking(move || skeleton::prepare(&laid_out, &hidden)).await.map_err(StartError::Directories)?;
            let home = if enclosure.user_id == 0 { "/root" } else { "/home/daytona" };
            let directories = Directories::inside(home.into());
            let env = environment(spec, &directories, &exposure.path, &config.shell, root.path());
            let config = AgentConfig {
                id: spec.id.clone(),
                user: spec.user.clone(),
                shell: config.shell.clone(),
                env,
                shared_temp: Vec::new(),
                own_root: true,
                entrypoint: spec.entrypoint.clone(),
                settings: config.settings.clone(),
                root: root.path().to_owned(),
                confinement: None,
                enclosure: Some(Arc::unwrap_or_clone(enclosure)),
                directories,
            };
            Ok(Start { config, user_namespace })
        })
    }
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
