//! A runtime with a builder, and sandboxes made from its images.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use builder::Log;
use control::{
    Base, Builder as _, Held, Made, ObjectAccess, ObjectStorage, ObjectStorageError, Order, RuntimeHolder,
    SandboxBuilder, Way,
};
use dialect::OrganizationId;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use lab::{FixedClock, RandomIds};
use sandbox::{
    Capability, NamespaceRuntime, Network, ProcessRuntime, Root, Rung, Runtime, RuntimeConfig, SandboxSpec,
    StartError, ToolDirectory,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::program;

/// Names another directory to work in.
pub(crate) const BASE: &str = "PITLANE_TEST_BASE";

/// A place to build in, on one rung.
pub(crate) struct Shop {
    runtime: Arc<dyn Runtime>,
    builder: SandboxBuilder,
    pub(crate) clock: Arc<FixedClock>,
    bases: Arc<Mutex<BTreeMap<String, Base>>>,
    root: PathBuf,
    place: TempDir,
}

impl Shop {
    /// One on each rung this host has.
    pub(crate) async fn all() -> Vec<Self> {
        let mut shops = vec![Self::on(Rung::Process)];
        let place = TempDir::new_in(base()).unwrap();
        let trial = NamespaceRuntime::open(Root::ephemeral(place.path()).unwrap(), config()).unwrap();
        match trial.probe().await {
            Ok(()) => shops.push(Self::on(Rung::Namespace)),
            Err(error) => eprintln!("the rung `namespace` is not tested: {error}"),
        }
        trial.close(Duration::ZERO).await;
        shops
    }

    fn on(rung: Rung) -> Self {
        let place = TempDir::with_prefix_in("builds-", base()).unwrap();
        let root = Root::ephemeral(place.path()).unwrap();
        let path = root.path().to_owned();
        let runtime: Arc<dyn Runtime> = match rung {
            Rung::Process => Arc::new(ProcessRuntime::open(root, config()).unwrap()),
            _ => Arc::new(NamespaceRuntime::open(root, config()).unwrap()),
        };
        let clock = Arc::new(FixedClock::new(Timestamp::UNIX_EPOCH));
        let builder = SandboxBuilder {
            holder: Arc::new(RuntimeHolder::new(Arc::clone(&runtime))),
            ids: Arc::new(RandomIds),
            clock: Arc::clone(&clock) as Arc<dyn lab::Clock>,
            objects: Some(Arc::new(Contexts(place.path().to_owned()))),
            region: "us".to_owned(),
            scratch: place.path().join("scratch"),
        };
        Self { runtime, builder, clock, bases: Arc::default(), root: path, place }
    }

    pub(crate) fn rung(&self) -> Rung {
        self.runtime.rung()
    }

    pub(crate) fn has_users(&self) -> bool {
        self.runtime.capabilities().contains(&Capability::MultiUid)
    }

    pub(crate) fn has_own_root(&self) -> bool {
        self.runtime.capabilities().contains(&Capability::OwnRoot)
    }

    pub(crate) fn place(&self) -> &Path {
        self.place.path()
    }

    /// Without a root of its own a command finds its home directory by its variable only.
    pub(crate) fn localized(&self, dockerfile: &str) -> String {
        if self.has_own_root() {
            return dockerfile.to_owned();
        }
        let local = |line: &str| match line.starts_with("RUN") {
            true => line.replace("/home/daytona", "$HOME") + "\n",
            false => format!("{line}\n"),
        };
        dockerfile.lines().map(local).collect()
    }

    /// A context with texts in it, under a hash.
    pub(crate) fn context(&self, hash: &str, files: &[(&str, &str)]) -> PathBuf {
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        self.context_of(hash, &files)
    }

    pub(crate) fn context_of(&self, hash: &str, files: &[(&str, &[u8])]) -> PathBuf {
        let path = self.place.path().join(format!("{hash}.tar"));
        let mut archive = tar::Builder::new(fs::File::create(&path).unwrap());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            // Not by `set_path`, which knows no absolute ones.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, *bytes).unwrap();
        }
        archive.finish().unwrap();
        path
    }

    fn log_path(&self) -> PathBuf {
        self.place.path().join("build.log")
    }

    pub(crate) fn log_text(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Builds an image.
    pub(crate) async fn build(
        &self,
        dockerfile: &str,
        contexts: &[&str],
        image: &str,
    ) -> Result<Made, String> {
        let built = self.order(dockerfile, contexts, image).await;
        let scratch = fs::read_dir(&self.builder.scratch).into_iter().flatten().count();
        assert_eq!(scratch, 0, "contexts go with the build");
        built
    }

    /// The same, for somebody to wait for.
    pub(crate) fn order(
        &self,
        dockerfile: &str,
        contexts: &[&str],
        image: &str,
    ) -> BoxFuture<'static, Result<Made, String>> {
        let bases = Arc::clone(&self.bases);
        self.builder.build(Order {
            id: image.to_owned(),
            organization: OrganizationId::new("o"),
            dockerfile: dockerfile.to_owned(),
            context_hashes: contexts.iter().map(|hash| (*hash).to_owned()).collect(),
            snapshot: Arc::new(move |name| bases.lock().unwrap().get(name).cloned()),
            log: Log::create(&self.log_path()).unwrap(),
        })
    }

    /// Gives an image a name others may be built on.
    pub(crate) fn offer(&self, name: &str, made: &Made, image: &str) {
        let base = Base { image: Some(image.to_owned()), config: made.config.clone() };
        self.bases.lock().unwrap().insert(name.to_owned(), base);
    }

    pub(crate) async fn forget(&self, image: &str) {
        self.runtime.remove_image(image).await.unwrap();
    }

    /// How many sandboxes have files.
    pub(crate) fn trees(&self) -> usize {
        fs::read_dir(self.root.join("sandboxes")).unwrap().count()
    }

    /// Whether a command succeeds in a plain sandbox.
    pub(crate) async fn has(&self, command: &str) -> bool {
        let sandbox = self.start(&spec("look", "daytona", None, BTreeMap::new())).await.unwrap();
        let found = sandbox.run(&format!("{command} >/dev/null 2>&1 && echo yes")).await == "yes\n";
        self.runtime.remove("look").await.unwrap();
        found
    }

    /// A sandbox made from an image, as anybody gets one.
    pub(crate) async fn sandbox(&self, made: &Made, image: &str) -> Sandbox {
        self.sandbox_as(made, image, "daytona").await
    }

    pub(crate) async fn sandbox_as(&self, made: &Made, image: &str, user: &str) -> Sandbox {
        let spec = spec(&format!("s-{image}-{user}"), user, Some(image), made.config.env.clone());
        self.start(&spec).await.unwrap()
    }

    pub(crate) async fn try_sandbox(&self, image: &str) -> Result<Sandbox, StartError> {
        self.start(&spec("try", "daytona", Some(image), BTreeMap::new())).await
    }

    async fn start(&self, spec: &SandboxSpec) -> Result<Sandbox, StartError> {
        self.runtime.create(spec).await?;
        Ok(Sandbox(Arc::new(self.runtime.start(spec).await?)))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let runtime = Arc::clone(&self.runtime);
        let close = || tokio::runtime::Handle::current().block_on(runtime.close(Duration::ZERO));
        tokio::task::block_in_place(close);
    }
}

/// Contexts in a directory.
struct Contexts(PathBuf);

impl ObjectStorage for Contexts {
    fn lend<'a>(
        &'a self,
        _organization: &'a OrganizationId,
        _way: Way<'a>,
    ) -> BoxFuture<'a, Result<ObjectAccess, ObjectStorageError>> {
        std::future::ready(Err(ObjectStorageError("nothing is lent here".to_owned()))).boxed()
    }

    fn context(&self, _organization: &OrganizationId, hash: &str) -> Option<PathBuf> {
        Some(self.0.join(format!("{hash}.tar"))).filter(|path| path.exists())
    }
}

/// A sandbox that runs.
pub(crate) struct Sandbox(Arc<dyn Held>);

impl Sandbox {
    /// What a command prints.
    pub(crate) async fn run(&self, command: &str) -> String {
        let request = http::Request::post("/process/execute")
            .header("content-type", "application/json")
            .header("x-daytona-sdk-version", "0.205.1")
            .body(Body::from(json!({ "command": command }).to_string()))
            .unwrap();
        let answer = self.0.request(request).await.unwrap();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let answer: Value = serde_json::from_slice(&bytes).unwrap();
        answer["result"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// Waits until no sandbox of a build is left.
pub(crate) async fn eventually_empty(shop: &Shop) {
    crate::support::eventually("the end of all sandboxes", async || shop.trees() == 0).await;
}

fn spec(id: &str, user: &str, image: Option<&str>, env: BTreeMap<String, String>) -> SandboxSpec {
    SandboxSpec {
        id: id.to_owned(),
        organization: "o".to_owned(),
        user: user.to_owned(),
        snapshot: "s".to_owned(),
        region: "us".to_owned(),
        env,
        network: Network::Host,
        entrypoint: Vec::new(),
        volumes: Vec::new(),
        image: image.map(ToOwned::to_owned),
        workdir: None,
        builds: false,
    }
}

/// Not in a temporary folder, which sandboxes of the process rung share.
pub(crate) fn base() -> PathBuf {
    let given = std::env::var_os(BASE).map(PathBuf::from);
    given.unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into())
}

fn config() -> RuntimeConfig {
    let path = std::env::var_os("PATH").unwrap();
    RuntimeConfig::new(program().to_owned(), ToolDirectory::default(), path)
}
