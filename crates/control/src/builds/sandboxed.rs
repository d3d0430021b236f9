//! The real builder: images are built in sandboxes of the same holder that will start them.

use std::path::PathBuf;
use std::sync::Arc;

use ::builder::Recipe;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use lab::{Clock, Ids};

use super::{Builder, Made, Order};
use crate::bench::{self, build_image};
use crate::holder::Holder;
use crate::objects::ObjectStorage;

/// Builds in sandboxes, with contexts from the object store.
#[derive(Clone)]
pub struct SandboxBuilder {
    /// Holds the sandboxes, and stores what is built.
    pub holder: Arc<dyn Holder>,
    /// Names sandboxes.
    pub ids: Arc<dyn Ids>,
    /// Tells how long steps take.
    pub clock: Arc<dyn Clock>,
    /// Where clients put contexts; nowhere when there is none.
    pub objects: Option<Arc<dyn ObjectStorage>>,
    /// The region sandboxes of builds claim to be in.
    pub region: String,
    /// A directory for contexts while they are needed.
    pub scratch: PathBuf,
}

impl SandboxBuilder {
    fn contexts(&self, order: &Order) -> Result<Vec<PathBuf>, String> {
        let path = |hash: &String| {
            let found = self.objects.as_ref().and_then(|objects| objects.context(&order.organization, hash));
            found.ok_or_else(|| format!("build context {hash} is not in the object store"))
        };
        order.context_hashes.iter().map(path).collect()
    }
}

impl Builder for SandboxBuilder {
    fn build(&self, order: Order) -> BoxFuture<'static, Result<Made, String>> {
        let builder = self.clone();
        async move {
            let contexts = builder.contexts(&order).inspect_err(|reason| {
                order.log.append(format!("ERROR: {reason}\n").as_bytes());
            })?;
            let workshop = bench::Workshop {
                holder: builder.holder,
                ids: builder.ids,
                clock: builder.clock,
                organization: order.organization.to_string(),
                region: builder.region,
                scratch: builder.scratch,
                bases: order.snapshot,
            };
            let recipe = Recipe { dockerfile: order.dockerfile, contexts };
            let built = build_image(&workshop, &recipe, &order.id, &order.log).await;
            built.map(|built| Made { config: built.config, size: built.bytes }).map_err(|error| error.to_string())
        }
        .boxed()
    }
}
