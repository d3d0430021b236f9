//! What does the building, seen from here.
//!
//! A trait of its own, as the holder of sandboxes has one: what waits for builds is tested against builders that are slow
//! and that fail.

use std::path::PathBuf;
use std::sync::Arc;

use builder::{ImageConfig, Log};
use dialect::OrganizationId;
use futures_util::future::BoxFuture;

use crate::snapshots::Base;

/// Makes stored files out of Dockerfiles.
pub trait Builder: Send + Sync {
    /// Builds what is ordered, under the order's id, and says on its log how it goes. Dropped, it is given up and leaves
    /// nothing behind. The error is for the one who wrote the Dockerfile.
    fn build(&self, order: Order) -> BoxFuture<'static, Result<Made, String>>;
}

/// What something named after `FROM` starts with, where it is known.
pub type Bases = Arc<dyn Fn(&str) -> Option<Base> + Send + Sync>;

/// Something to be built.
#[derive(Clone)]
pub struct Order {
    /// The name of the files it makes.
    pub id: String,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The Dockerfile's text.
    pub dockerfile: String,
    /// Names of the contexts in the object store, in the order they are unpacked.
    pub context_hashes: Vec<String>,
    /// What a snapshot of the organization starts with, by its name.
    pub snapshot: Bases,
    /// Where it says how it goes. Its end is for the caller to say.
    pub log: Log,
}

/// Something that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// What it says of programs that run in it.
    pub config: ImageConfig,
    /// Bytes of its own.
    pub size: u64,
}

/// A builder, and where it keeps its logs.
#[derive(Clone)]
pub struct Workshop {
    /// Does the work.
    pub builder: Arc<dyn Builder>,
    /// Directory of the logs; made when the first is kept.
    pub logs: PathBuf,
}
