//! Puts the program together: runtime, control plane, edge.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use control::{
    ControlPlane, Lifecycle, Lifetime, MemoryStore, PreviewForm, Restore, RuntimeHolder, SqliteStore,
    SshGateway, Store,
};
use dialect::Dispatcher;
use edge::{App, CheckMode, Findings, Guard, Hooks, Mount, MountParameter};
use lab::{RandomIds, SystemClock};
use objects::Objects;
use sandbox::{Capability, Root, Rung, Runtime, RuntimeConfig, ToolDirectory};
use serde_json::{Map, Value, json};

use crate::agent::{AgentSettings, manner};
use crate::announce::reachable;
use crate::builds;
use crate::cli::{CheckOption, LifecycleOption, PreviewOption, RestoreOption, ServerOptions};
use crate::console;
use crate::failure::Failure;
use crate::objects::{Storage, objects};
use crate::previews::Entrance;
use crate::runtime::{Chosen, choose, run_directory};
use crate::ssh;

/// Largest JSON body the workspace era's API reads, in bytes.
const ERA_BODY_LIMIT: usize = 10 << 20;

/// How long a sandbox stays in each state on a server that shows them all.
const REALISTIC_PAUSE: Duration = Duration::from_millis(500);

/// A server put together, not listening yet.
pub(crate) struct Composition {
    /// The whole server.
    pub(crate) app: Entrance,
    /// VoidRun's API alone.
    pub(crate) voidrun: App,
    /// The way in over SSH.
    pub(crate) gateway: ::ssh::Gateway,
    /// Departures from the contract.
    pub(crate) findings: Findings,
    /// What the banner tells.
    pub(crate) about: About,
    control: ControlPlane,
    objects: Objects,
    runtime: Arc<dyn Runtime>,
}

/// What a user wants to know at the start.
pub(crate) struct About {
    /// Rung and why it was chosen.
    pub(crate) runtime: String,
    /// Where state is.
    pub(crate) data: String,
    /// Tools found and missing.
    pub(crate) tools: String,
}

impl Composition {
    /// Reads what the environment says, opens the state and puts everything together. Runs inside a tokio runtime. The
    /// server listens at `address`, and for SSH at `ssh_address`.
    pub(crate) async fn new(
        options: &ServerOptions,
        [address, ssh_address]: [SocketAddr; 2],
        hooks: Hooks,
    ) -> Result<Self, Failure> {
        let root = match &options.data_dir {
            Some(directory) => Root::persistent(directory),
            None => Root::ephemeral(&run_directory(options)),
        };
        let root = root.map_err(|error| Failure::State(error.to_string()))?;
        let data = describe_data(&root);
        let key = ssh::host_key(&root)?;
        let store = open_store(options, &root)?;
        let objects = objects(options, address.ip(), &root);
        objects.listen().await.map_err(|error| Failure::State(error.to_string()))?;
        let place = root.path().to_owned();
        let config = runtime_config(options)?;
        let tools = describe_tools(&config);
        let Chosen { runtime, reason } = choose(options.runtime, root, config).await?;
        let about = About { runtime: describe_runtime(&*runtime, &reason), data, tools };
        let visits = (ssh::described(&key, ssh_address), reachable(ssh_address));
        let control = open_control(options, store, &objects, &place, &runtime, &reason, visits)?;
        let gateway = ssh::gateway(&key, &control, &place);
        let findings = Findings::default();
        let edge = edge_config(options, &control, &findings, hooks);
        let second = voidrun_api(options, &control);
        let app = App::new(edge.clone(), mounts(&control, &second), console::routes(findings.clone()));
        let app = Entrance::new(app, &control, options);
        let alone = ["/api", ""].map(|prefix| voidrun_mount(prefix, &second));
        let voidrun = App::new(edge, alone.into(), console::routes(findings.clone()));
        Ok(Self { app, voidrun, gateway, findings, about, control, objects, runtime })
    }

    /// Clears what a dead server left behind. To be called while serving already: nothing waits for it.
    pub(crate) async fn sweep(&self) {
        let swept = self.runtime.sweep(&self.control.sandbox_ids(), &self.control.image_names()).await;
        let volumes = self.runtime.sweep_volumes(&self.control.volume_ids()).await;
        for failure in swept.failures.iter().chain(&volumes) {
            tracing::warn!(failure, "something an earlier server left could not be cleared");
        }
        if swept.roots + swept.trees + swept.processes > 0 {
            tracing::info!(roots = swept.roots, trees = swept.trees, processes = swept.processes, "swept");
        }
    }

    /// A key of an organization of its own.
    pub(crate) async fn other_key(&self) -> Result<String, Failure> {
        let minted = self.control.mint_api_key(None, "other", None).await;
        minted.map_err(|error| Failure::State(error.to_string()))
    }

    /// Ends every sandbox and gives the state up.
    pub(crate) async fn close(&self) {
        // Its files lie in the directory that goes with the sandboxes.
        self.objects.close().await;
        self.control.shutdown().await;
    }
}

fn open_store(options: &ServerOptions, root: &Root) -> Result<Arc<dyn Store>, Failure> {
    if options.data_dir.is_none() {
        return Ok(Arc::new(MemoryStore::default()));
    }
    let store = SqliteStore::open(&root.path().join("state.db"))
        .map_err(|error| Failure::State(error.to_string()))?;
    Ok(Arc::new(store))
}

/// What the options and the environment say of sandboxes.
pub(crate) fn runtime_config(options: &ServerOptions) -> Result<RuntimeConfig, Failure> {
    let executable = std::env::current_exe().map_err(Failure::io("find this program's own file"))?;
    let expose: Result<Vec<PathBuf>, Failure> = options
        .expose
        .iter()
        .map(|path| path.canonicalize().map_err(Failure::io(format!("expose {}", path.display()))))
        .collect();
    let host_path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let mut config = RuntimeConfig::new(executable, ToolDirectory { expose: expose? }, host_path);
    config.confine_writes = !options.no_write_confinement;
    config.settings = AgentSettings::new(options)?.to_json();
    Ok(config)
}

fn open_control(
    options: &ServerOptions,
    store: Arc<dyn Store>,
    objects: &Objects,
    place: &Path,
    runtime: &Arc<dyn Runtime>,
    reason: &str,
    (ssh, ssh_address): (SshGateway, SocketAddr),
) -> Result<ControlPlane, Failure> {
    let holder = Arc::new(RuntimeHolder::new(Arc::clone(runtime)));
    let mut config = control::Config::new(Arc::new(SystemClock), Arc::new(RandomIds), store, holder);
    config.api_version = contract::control::DOCUMENT.release().to_owned();
    config.mounts_anywhere = runtime.capabilities().contains(&Capability::OwnRoot);
    config.blocks_network = runtime.capabilities().contains(&Capability::NetworkIsolation);
    config.about = about(&**runtime, reason);
    config.about.insert("ssh".to_owned(), json!(ssh_address.to_string()));
    config.ssh = ssh;
    config.preview = match options.preview {
        PreviewOption::Listener => PreviewForm::Listener,
        PreviewOption::Host => PreviewForm::Host(options.preview_domain.clone()),
        PreviewOption::Path => PreviewForm::Path,
    };
    if options.data_dir.is_some() {
        config.lifetime = Lifetime::Kept;
    }
    config.objects = Some(Arc::new(Storage(objects.clone())));
    config.workshop = Some(builds::workshop(&config, place)?);
    config.any_image = !options.no_any_image;
    config.quotas = options.quotas;
    config.events = !options.no_events;
    config.lifecycle = match options.lifecycle {
        LifecycleOption::Prompt => Lifecycle::Prompt,
        LifecycleOption::Realistic => Lifecycle::Realistic { pause: REALISTIC_PAUSE },
    };
    config.restore = match options.restore {
        RestoreOption::Stopped => Restore::Stopped,
        RestoreOption::Restarted => Restore::Restarted,
    };
    options.limits.apply(&mut config);
    ControlPlane::new(config).map_err(|error| Failure::State(error.to_string()))
}

fn edge_config(
    options: &ServerOptions,
    control: &ControlPlane,
    findings: &Findings,
    hooks: Hooks,
) -> edge::Config {
    edge::Config {
        guard: Arc::new(Guard::new(&options.allow_host, &options.allow_origin)),
        tenants: Arc::new(control.tenants()),
        ids: Arc::new(RandomIds),
        check: match options.contract_check {
            CheckOption::Off => CheckMode::Off,
            CheckOption::Record => CheckMode::Record,
            CheckOption::Enforce => CheckMode::Enforce,
        },
        findings: findings.clone(),
        patience: options.patience(),
        hooks,
    }
}

/// The API at `/api` and at the root, since every client appends to whatever base it was given; what only older clients
/// know lies on the same paths.
fn mounts(control: &ControlPlane, second: &Dispatcher) -> Vec<Mount> {
    let api = |prefix| Mount::new(prefix, &contract::control::DOCUMENT, control.api());
    let era = workspace_era::api(workspace_era::Config {
        control: control.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        body_limit: ERA_BODY_LIMIT,
    });
    // Its images lie on a path of VoidRun's, whose clients have another kind of credential.
    let era = |prefix| {
        let mount = Mount::new(prefix, &contract::workspace::DOCUMENT, era.clone()).known_only();
        mount.sharing(|head| !voidrun::server::is_keyed(head.query, head.headers))
    };
    let toolbox = |prefix| {
        let control = control.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let control = control.clone();
            async move { Ok(toolbox_request(&control, request).await) }
        });
        Mount::new(prefix, &contract::toolbox::DOCUMENT, service).with_segment()
    };
    // Before the others with its prefix: it is asked whether a request is its own.
    let second = voidrun_mount("/api", second)
        .sharing(|head| voidrun::server::claims(head.method, head.path, head.query, head.headers));
    vec![era("/api"), era(""), second, api("/api"), api(""), toolbox("/toolbox"), toolbox("/api/toolbox")]
}

/// VoidRun's API over the same control plane.
fn voidrun_api(options: &ServerOptions, control: &ControlPlane) -> Dispatcher {
    voidrun::server::app(voidrun::server::Config {
        control: control.clone(),
        manner: manner(options.voidrun_strict),
        ids: Arc::new(RandomIds),
    })
}

fn voidrun_mount(prefix: &'static str, api: &Dispatcher) -> Mount {
    Mount::new(prefix, &contract::voidrun::DOCUMENT, api.clone())
}

async fn toolbox_request(control: &ControlPlane, mut request: Request<Body>) -> Response {
    // Only the older addresses have the older shapes.
    request.headers_mut().remove(dialect::LEGACY_ROUTE);
    let sandbox =
        request.extensions().get::<MountParameter>().map(|segment| segment.0.clone()).unwrap_or_default();
    control.proxy_toolbox(&sandbox, request).await
}

/// The capability that is the machine's rather than the runtime's.
const DESKTOP: &str = "desktop";

/// Members of `/health` beside the documented ones.
fn about(runtime: &dyn Runtime, reason: &str) -> Map<String, Value> {
    let mut held: Vec<&str> = runtime.capabilities().iter().map(|capability| capability.name()).collect();
    if engine::desktop::program::advice(&std::env::var("PATH").unwrap_or_default()).is_empty() {
        held.push(DESKTOP);
    }
    let all = Capability::ALL.iter().map(|capability| capability.name()).chain([DESKTOP]);
    let absent: Vec<&str> = all.filter(|name| !held.contains(name)).collect();
    let mut about = Map::new();
    about.insert("runtime".to_owned(), json!({ "rung": runtime.rung().name(), "reason": reason }));
    about.insert("network".to_owned(), json!("host"));
    about.insert("capabilities".to_owned(), json!(held));
    about.insert("absent".to_owned(), json!(absent));
    about
}

fn describe_runtime(runtime: &dyn Runtime, reason: &str) -> String {
    let limits = match runtime.rung() {
        Rung::Process => "no boundary against hostile code",
        _ => "sandboxes share the host's network unless it is blocked",
    };
    format!("{} ({reason}; {limits})", runtime.rung())
}

fn describe_data(root: &Root) -> String {
    let keep = if root.is_ephemeral() { "removed at the end" } else { "kept" };
    format!("{} ({keep})", root.path().display())
}

fn describe_tools(config: &RuntimeConfig) -> String {
    let (found, missing): (Vec<_>, Vec<_>) =
        config.tools.report(&config.host_path).into_iter().partition(|tool| tool.program.is_some());
    let names = |tools: &[sandbox::Tool]| tools.iter().map(|tool| tool.name).collect::<Vec<_>>().join(" ");
    if missing.is_empty() {
        return names(&found);
    }
    format!(
        "{}; missing: {} (install them, or point --expose at their directory)",
        names(&found),
        names(&missing)
    )
}
