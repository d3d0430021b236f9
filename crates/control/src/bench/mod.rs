//! Images built in sandboxes: a bench for [`builder`] over whatever holds sandboxes.
//!
//! ```text
//! order ─▶ builder::build ─▶ a sandbox for each stage: programs run, archives unpacked
//!      └─▶ the last one settled, stopped, captured as an image; all of them removed
//! ```
//!
//! Each stage is a sandbox nobody knows by name: it is in no record, so that one left by a server that was killed goes
//! with the next sweep. Steps run as the sandbox's root where it has one, and as its one user otherwise: what needs root
//! then fails in its own words.
//!
//! | module | owns |
//! |---|---|
//! | `stage` | one sandbox to build in |
//! | `calls` | what is asked of its agent |
//! | `standins` | package tools where the system cannot be changed |

mod calls;
mod stage;
mod standins;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use builder::{Bench, BenchError, BuildError, ImageConfig, LIMIT, Log, Recipe, Settings, Stage, Start};
use dialect::OrganizationId;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use lab::{Clock, Ids};
use sandbox::{Network, SANDBOX_PATH, SandboxSpec};

use crate::builds::{Bases, Builder, Made, Order};
use crate::holder::Holder;
use crate::objects::ObjectStorage;
use stage::SandboxStage;

/// Builds images in sandboxes.
#[derive(Clone)]
pub struct SandboxBuilder {
    /// Holds the sandboxes of stages, and stores images.
    pub holder: Arc<dyn Holder>,
    /// Names sandboxes.
    pub ids: Arc<dyn Ids>,
    /// Tells how long steps take, and when a build has taken too long.
    pub clock: Arc<dyn Clock>,
    /// Where contexts are; nowhere when there is none.
    pub objects: Option<Arc<dyn ObjectStorage>>,
    /// The region its sandboxes claim to be in.
    pub region: String,
    /// A directory of the server's, of no sandbox's, for contexts while they are needed; made when it is first.
    pub scratch: PathBuf,
}

/// A builder at work for one organization.
pub(crate) struct SandboxBench<'a> {
    builder: &'a SandboxBuilder,
    organization: &'a OrganizationId,
    bases: &'a Bases,
}

impl Builder for SandboxBuilder {
    fn build(&self, order: Order) -> BoxFuture<'static, Result<Made, String>> {
        let builder = self.clone();
        async move { builder.make(&order).await.map_err(|error| error.to_string()) }.boxed()
    }
}

impl SandboxBuilder {
    async fn make(&self, order: &Order) -> Result<Made, BuildError> {
        let contexts = self.contexts(order);
        let contexts =
            contexts.inspect_err(|error| order.log.append(format!("ERROR: {error}\n").as_bytes()))?;
        let recipe = Recipe { dockerfile: order.dockerfile.clone(), contexts };
        let bench = SandboxBench { builder: self, organization: &order.organization, bases: &order.snapshot };
        tokio::fs::create_dir_all(&self.scratch).await?;
        let settings =
            Settings { clock: Arc::clone(&self.clock), scratch: self.scratch.clone(), limit: LIMIT };
        let mut built = builder::build(&bench, &recipe, &order.log, &settings).await?;
        let size = export(&mut built.stage, &order.id, &order.log).await?;
        // The machine's own part of it is filled in wherever the image is used.
        if let (Some(path), Some(own)) =
            (built.config.env.get_mut("PATH"), built.stage.variables().get("PATH"))
        {
            *path = path.replace(own, SANDBOX_PATH);
        }
        Ok(Made { config: built.config, size })
    }

    fn contexts(&self, order: &Order) -> Result<Vec<PathBuf>, BuildError> {
        let find = |hash: &String| {
            let found = self.objects.as_ref().and_then(|objects| objects.context(&order.organization, hash));
            found.ok_or_else(|| {
                BuildError::Context(format!("{hash} is not in the object store; upload it first"))
            })
        };
        order.context_hashes.iter().map(find).collect()
    }
}

/// Stores what was built, as the log tells it.
async fn export(stage: &mut SandboxStage, image: &str, log: &Log) -> Result<u64, BenchError> {
    log.append(b"\nexporting to image\n");
    let stored = stage.store(image).await;
    match &stored {
        Ok(size) => log.append(format!("exported {size} bytes\n").as_bytes()),
        Err(error) => log.append(format!("ERROR: {error}\n").as_bytes()),
    }
    stored
}

impl Bench for SandboxBench<'_> {
    type Stage = SandboxStage;

    async fn begin(&self, base: &str) -> Result<Start<SandboxStage>, BenchError> {
        let known = (self.bases)(base);
        let notice = match &known {
            Some(_) => format!("{base} is a snapshot of this organization"),
            None => format!("no registry is asked for {base}: this machine's own root stands in for it"),
        };
        let known = known.unwrap_or_default();
        let spec = self.spec(base, known.image);
        self.builder.holder.create(&spec).await.map_err(told)?;
        let stage = SandboxStage::start(self.builder, spec).await?;
        // What is filled in where the base is used is this place's own.
        let own = stage.variables().get("PATH").cloned().unwrap_or_default();
        let fill = |(name, value): (String, String)| (name, value.replace(SANDBOX_PATH, &own));
        let config = ImageConfig { env: known.config.env.into_iter().map(fill).collect(), ..known.config };
        Ok(Start { stage, config, notice: Some(notice) })
    }

    async fn branch(&self, stage: &SandboxStage) -> Result<SandboxStage, BenchError> {
        let spec = SandboxSpec { id: self.builder.ids.uuid(), ..stage.spec().clone() };
        self.builder.holder.duplicate(&stage.spec().id, &spec).await.map_err(told)?;
        SandboxStage::start(self.builder, spec).await
    }
}

impl SandboxBench<'_> {
    fn spec(&self, base: &str, image: Option<String>) -> SandboxSpec {
        SandboxSpec {
            id: self.builder.ids.uuid(),
            organization: self.organization.to_string(),
            user: "root".to_owned(),
            snapshot: base.to_owned(),
            region: self.builder.region.clone(),
            env: BTreeMap::new(),
            network: Network::Host,
            entrypoint: Vec::new(),
            volumes: Vec::new(),
            image,
            workdir: None,
            builds: true,
        }
    }
}

fn told(error: impl std::fmt::Display) -> BenchError {
    BenchError(error.to_string())
}
