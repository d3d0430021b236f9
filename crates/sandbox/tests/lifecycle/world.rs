//! A runtime in a place of its own, and looks at real processes.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use sandbox::{
    Agent, NamespaceRuntime, ProcessRuntime, Root, Rung, Runtime, RuntimeConfig, SandboxSpec, ToolDirectory,
};

/// What any test would wait for at most; nothing waits that long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

thread_local! {
    /// The rung of the test on this thread.
    static RUNG: Cell<Rung> = const { Cell::new(Rung::Process) };
}

/// The rungs this host has: what cannot be built here is not tested here, and said so.
pub(crate) fn rungs() -> Vec<Rung> {
    static RUNGS: OnceLock<Vec<Rung>> = OnceLock::new();
    let find = || {
        let place = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let probed = runtime.block_on(async {
            let root = Root::ephemeral(place.path()).unwrap();
            NamespaceRuntime::open(root, config()).unwrap().probe().await
        });
        if let Err(error) = &probed {
            eprintln!("the rung `namespace` is not tested: {error}");
        }
        [Rung::Process].into_iter().chain(probed.is_ok().then_some(Rung::Namespace)).collect()
    };
    RUNGS.get_or_init(find).clone()
}

/// Puts the test on this thread on a rung.
pub(crate) fn on(rung: Rung) {
    RUNG.set(rung);
}

pub(crate) fn rung() -> Rung {
    RUNG.get()
}

/// A runtime of the test's rung.
pub(crate) fn open(root: Root, config: RuntimeConfig) -> Arc<dyn Runtime> {
    match rung() {
        Rung::Process => Arc::new(ProcessRuntime::open(root, config).unwrap()),
        Rung::Namespace => Arc::new(NamespaceRuntime::open(root, config).unwrap()),
        other => panic!("no tests for {other}"),
    }
}

/// The number by which the host knows a process that a sandbox told of.
pub(crate) fn on_the_host(agent: &Agent, inside: i32) -> i32 {
    if rung() == Rung::Process {
        return inside;
    }
    let namespace = |pid: i32| std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
    let own = namespace(agent.pid());
    let of = |pid: i32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        numbers.and_then(|numbers| numbers.split_whitespace().next_back()?.parse::<i32>().ok())
    };
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.find(|pid| of(*pid) == Some(inside) && namespace(*pid) == own)
        .unwrap_or_else(|| panic!("no process {inside} in the sandbox"))
}

pub(crate) struct World {
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) place: tempfile::TempDir,
}

pub(crate) fn config() -> RuntimeConfig {
    let executable = std::env::current_exe().unwrap();
    RuntimeConfig::new(executable, ToolDirectory::default(), OsString::from("/usr/local/bin:/usr/bin:/bin"))
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: RuntimeConfig) -> Self {
        let place = tempfile::tempdir().unwrap();
        let root = Root::ephemeral(place.path()).unwrap();
        Self { runtime: open(root, config), place }
    }

    pub(crate) async fn start(&self, id: &str) -> Agent {
        let spec = spec(id);
        self.runtime.create(&spec).await.unwrap();
        self.runtime.start(&spec).await.unwrap()
    }

    pub(crate) fn tree(&self, id: &str) -> PathBuf {
        self.runtime.directories(id).unwrap().tree
    }
}

pub(crate) fn spec(id: &str) -> SandboxSpec {
    SandboxSpec {
        id: id.to_owned(),
        organization: "organization".to_owned(),
        user: "daytona".to_owned(),
        snapshot: "snapshot".to_owned(),
        region: "local".to_owned(),
        env: BTreeMap::from([("GREETING".to_owned(), "hello".to_owned())]),
        network: sandbox::Network::Host,
        entrypoint: Vec::new(),
        volumes: Vec::new(),
        image: None,
        workdir: None,
        builds: false,
    }
}

pub(crate) fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).body(body.into()).unwrap()
}

/// Runs a script in the sandbox; its output and exit code.
pub(crate) async fn run(agent: &Agent, script: &str) -> (String, i32) {
    let response = agent.request(post("/run", script.to_owned())).await.unwrap();
    let code = response.headers()["x-exit-code"].to_str().unwrap().parse().unwrap();
    (text(response.into_body()).await, code)
}

pub(crate) async fn text(body: hyper::body::Incoming) -> String {
    let bytes: Bytes = body.collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Starts a process that has nothing to do with its ancestors any more, and says its id.
pub(crate) async fn daemon(agent: &Agent) -> i32 {
    let script = "(env -i setsid sh -c 'cd /; sh -c \"echo \\$\\$; exec sleep 1000\" & exit' 2>/dev/null &) | head -n 1";
    let (output, _) = run(agent, script).await;
    let pid = output.trim().parse().unwrap_or_else(|_| panic!("no process id in {output:?}"));
    let pid = on_the_host(agent, pid);
    assert!(is_alive(pid));
    pid
}

pub(crate) fn is_alive(pid: i32) -> bool {
    state(pid).is_some_and(|state| state != 'Z' && state != 'X')
}

pub(crate) fn state(pid: i32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Whether any living process has a hold of `place`: by its directory or its environment.
pub(crate) fn processes_in(place: &Path) -> Vec<i32> {
    let place = place.canonicalize().unwrap_or_else(|_| place.to_owned());
    let needle = place.to_str().unwrap().as_bytes().to_vec();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| *pid != std::process::id().cast_signed() && is_alive(*pid))
        .filter(|pid| {
            let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let inside =
                std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(&place));
            inside || environ.windows(needle.len()).any(|window| window == needle)
        })
        .collect()
}

/// Waits for the end of a process that is nobody's child here.
pub(crate) async fn await_end(pid: i32) {
    let start = Instant::now();
    while is_alive(pid) {
        assert!(start.elapsed() < PATIENCE, "process {pid} is still alive");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until something holds of processes that tell nobody.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "it never came to that");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

pub(crate) fn signal(pid: i32, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
}
