//! What holds the sandboxes' processes, seen from here.
//!
//! A trait rather than the runtime itself, so that the state machine is tested against holders that are slow, that fail
//! and that lose their processes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::future::BoxFuture;
use http::{Request, Response};

/// What a sandbox is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartSpec {
    /// The sandbox's id; also its host name.
    pub id: String,
    /// Operating-system user inside.
    pub user: String,
    /// Environment of everything that runs inside.
    pub env: BTreeMap<String, String>,
}

/// Why a holder could not do what it was asked; the text fits after "Sandbox failed to start: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HolderError(pub String);

/// Starts and removes sandboxes.
pub trait Holder: Send + Sync {
    /// Starts the sandbox's agent, with the files of its last run when there were any; ready when the future ends.
    fn start(&self, spec: StartSpec) -> BoxFuture<'_, Result<Arc<dyn Held>, HolderError>>;
    /// Removes what a stopped sandbox left; one that left nothing is fine.
    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>>;
}

/// A sandbox that runs.
pub trait Held: Send + Sync {
    /// Ends every process, asking first and killing after `grace`.
    fn stop(&self, grace: Duration) -> BoxFuture<'_, Result<(), HolderError>>;
    /// Ends when the sandbox's processes are gone, with the reason as far as it is known.
    fn exited(&self) -> BoxFuture<'_, String>;
    /// Passes a request to the agent; an answer of 101 carries the upgrade.
    fn request(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, HolderError>>;
}
