//! Images built in sandboxes: a bench for [`builder`] over whatever holds sandboxes.
//!
//! ```text
//! build_image ─▶ builder::build ─▶ a sandbox for each stage: programs run, archives unpacked
//!            └─▶ the last one settled, stopped, captured as an image; all of them removed
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

mod calls;
mod stage;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use builder::{Bench, BenchError, BuildError, ImageConfig, LIMIT, Log, Recipe, Settings, Stage, Start};
use lab::{Clock, Ids};
use sandbox::{Network, SANDBOX_PATH, SandboxSpec};

use crate::holder::Holder;
use crate::snapshots::Base;
use stage::SandboxStage;

/// What images are built with, for one organization.
#[derive(Clone)]
pub struct Workshop {
    /// Holds the sandboxes of stages, and stores images.
    pub holder: Arc<dyn Holder>,
    /// Names sandboxes.
    pub ids: Arc<dyn Ids>,
    /// Tells how long steps take, and when a build has taken too long.
    pub clock: Arc<dyn Clock>,
    /// Whom it is built for.
    pub organization: String,
    /// The region its sandboxes claim to be in.
    pub region: String,
    /// A directory of the server's for contexts while they are needed.
    pub scratch: PathBuf,
    /// What a name after `FROM` stands for, if it is something of the organization's.
    pub bases: Bases,
}

/// Finds what an organization calls by a name.
pub type Bases = Arc<dyn Fn(&str) -> Option<Base> + Send + Sync>;

/// An image that was built and stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltImage {
    /// What it says beside its files. Its `PATH`, if it has one, is right for every sandbox made from it, whatever the
    /// machine's tools are by then.
    pub config: ImageConfig,
    /// Bytes of its own.
    pub bytes: u64,
}

/// Builds an image and stores it under a name, which [`SandboxSpec::image`] takes from then on. The log is told everything,
/// and ended. Dropped, the build is cancelled: its sandboxes go, and there is no image.
///
/// A sandbox made from it gets [`ImageConfig::env`] below what its client asks for, and runs commands in
/// [`ImageConfig::workdir`] unless they name a place. [`ImageConfig::command`] is what runs in it.
///
/// # Errors
/// [`BuildError`], whose text is for `errorReason`.
pub async fn build_image(
    workshop: &Workshop,
    recipe: &Recipe,
    image: &str,
    log: &Log,
) -> Result<BuiltImage, BuildError> {
    let _ended = Ended(log);
    let settings =
        Settings { clock: Arc::clone(&workshop.clock), scratch: workshop.scratch.clone(), limit: LIMIT };
    let mut built = builder::build(workshop, recipe, log, &settings).await?;
    log.append(b"\nexporting to image\n");
    let stored = built.stage.store(image).await;
    let bytes = stored.inspect_err(|error| log.append(format!("ERROR: {error}\n").as_bytes()))?;
    log.append(format!("exported {bytes} bytes\n").as_bytes());
    // The machine's own part of it is filled in wherever the image is used.
    let own = built.stage.variables().get("PATH").cloned().unwrap_or_default();
    if let Some(path) = built.config.env.get_mut("PATH")
        && !own.is_empty()
    {
        *path = path.replace(&own, SANDBOX_PATH);
    }
    Ok(BuiltImage { config: built.config, bytes })
}

/// A log that ends however a build does.
struct Ended<'a>(&'a Log);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Bench for Workshop {
    type Stage = SandboxStage;

    async fn begin(&self, base: &str) -> Result<Start<SandboxStage>, BenchError> {
        let known = (self.bases)(base);
        let notice = match &known {
            Some(_) => format!("{base} is a snapshot of this organization"),
            None => format!("no registry is asked for {base}: this machine's own root stands in for it"),
        };
        let known = known.unwrap_or_default();
        let spec = self.spec(base, known.image);
        self.holder.create(&spec).await.map_err(told)?;
        let stage = SandboxStage::start(self, spec).await?;
        // What was filled in when the base was used is the place's own.
        let own = stage.variables().get("PATH").cloned().unwrap_or_default();
        let fill = |(name, value): (String, String)| (name, value.replace(SANDBOX_PATH, &own));
        let config = ImageConfig {
            env: known.env.into_iter().map(fill).collect(),
            workdir: known.workdir,
            entrypoint: known.entrypoint,
            ..ImageConfig::default()
        };
        Ok(Start { stage, config, notice: Some(notice) })
    }

    async fn branch(&self, stage: &SandboxStage) -> Result<SandboxStage, BenchError> {
        let spec = SandboxSpec { id: self.ids.uuid(), ..stage.spec().clone() };
        self.holder.duplicate(&stage.spec().id, &spec).await.map_err(told)?;
        SandboxStage::start(self, spec).await
    }
}

impl Workshop {
    fn spec(&self, base: &str, image: Option<String>) -> SandboxSpec {
        SandboxSpec {
            id: self.ids.uuid(),
            organization: self.organization.clone(),
            user: "root".to_owned(),
            snapshot: base.to_owned(),
            region: self.region.clone(),
            env: BTreeMap::new(),
            network: Network::Host,
            entrypoint: Vec::new(),
            volumes: Vec::new(),
            image,
            builds: true,
        }
    }
}

fn told(error: impl std::fmt::Display) -> BenchError {
    BenchError(error.to_string())
}
