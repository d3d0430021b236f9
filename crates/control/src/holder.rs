//! What holds the sandboxes' processes, seen from here.
//!
//! A trait of its own rather than [`sandbox::Runtime`], whose agents are always real processes: the state machine is
//! tested against holders that are slow, that fail and that lose their sandboxes. [`RuntimeHolder`] is the real one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use sandbox::{Agent, AgentError, Runtime, SandboxSpec, StartError};

/// Why a holder could not do what it was asked; the text fits after "Sandbox failed to start: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HolderError {
    /// The sandbox does not run.
    #[error("the sandbox is not running")]
    Gone,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// Makes, starts and removes sandboxes.
pub trait Holder: Send + Sync {
    /// Makes what a new sandbox needs; one that was made already is fine, so that creating can be taken up again.
    fn create<'a>(&'a self, spec: &'a SandboxSpec) -> BoxFuture<'a, Result<(), HolderError>>;
    /// Starts a sandbox that was made, with the files of its last run; ready when the future ends.
    fn start<'a>(&'a self, spec: &'a SandboxSpec) -> BoxFuture<'a, Result<Arc<dyn Held>, HolderError>>;
    /// Puts the files of a stopped sandbox away, so that they cost less; one that was put away already is fine.
    fn archive<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>>;
    /// Brings the files of an archived sandbox back, before it is started.
    fn restore<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>>;
    /// Makes the files of a new sandbox a copy of another's, all at one point in time; nothing runs yet.
    fn duplicate<'a>(
        &'a self,
        from: &'a str,
        spec: &'a SandboxSpec,
    ) -> BoxFuture<'a, Result<(), HolderError>>;
    /// Stores the files of a sandbox at one point in time as an image; how many bytes it has of its own.
    fn capture<'a>(&'a self, sandbox: &'a str, image: &'a str) -> BoxFuture<'a, Result<u64, HolderError>>;
    /// Forgets an image; sandboxes made from it live on. One that is not there is fine.
    fn remove_image<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<(), HolderError>>;
    /// Deletes the files of a volume no sandbox uses; one that has none is fine.
    fn remove_volume<'a>(&'a self, volume: &'a str) -> BoxFuture<'a, Result<(), HolderError>>;
    /// Removes what a stopped sandbox left; one that left nothing is fine.
    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>>;
    /// Ends what still runs and clears what only this server's life needed.
    fn close(&self, grace: Duration) -> BoxFuture<'_, ()>;
}

/// A sandbox that runs.
pub trait Held: Send + Sync {
    /// Ends every process, asking first and killing after `grace`.
    fn stop(&self, grace: Duration) -> BoxFuture<'_, Result<(), HolderError>>;
    /// Holds every process still; what is held already is fine, and stopping works as ever.
    fn pause(&self) -> BoxFuture<'_, Result<(), HolderError>>;
    /// Lets every process go on.
    fn resume(&self) -> BoxFuture<'_, Result<(), HolderError>>;
    /// Ends when the sandbox's processes are gone, with the reason as far as it is known. Does not keep them alive.
    fn exited(&self) -> BoxFuture<'static, String>;
    /// Passes a request to the agent; an answer of 101 carries the upgrade.
    fn request(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, HolderError>>;
}

/// Holds sandboxes by a runtime of the ladder.
#[derive(Clone)]
pub struct RuntimeHolder(Arc<dyn Runtime>);

impl RuntimeHolder {
    /// Sandboxes held by `runtime`.
    #[must_use]
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self(runtime)
    }
}

impl Holder for RuntimeHolder {
    fn create<'a>(&'a self, spec: &'a SandboxSpec) -> BoxFuture<'a, Result<(), HolderError>> {
        async move {
            match self.0.create(spec).await {
                Ok(()) | Err(StartError::Exists(_)) => Ok(()),
                Err(error) => Err(HolderError::Failed(error.to_string())),
            }
        }
        .boxed()
    }

    fn start<'a>(&'a self, spec: &'a SandboxSpec) -> BoxFuture<'a, Result<Arc<dyn Held>, HolderError>> {
        async move {
            let agent = self.0.start(spec).await.map_err(|error| HolderError::Failed(error.to_string()))?;
            Ok(Arc::new(agent) as Arc<dyn Held>)
        }
        .boxed()
    }

    fn archive<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        async move { self.0.archive(id).await.map_err(failed) }.boxed()
    }

    fn restore<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        async move { self.0.restore(id).await.map_err(failed) }.boxed()
    }

    fn duplicate<'a>(
        &'a self,
        from: &'a str,
        spec: &'a SandboxSpec,
    ) -> BoxFuture<'a, Result<(), HolderError>> {
        async move { self.0.duplicate(from, spec).await.map_err(failed) }.boxed()
    }

    fn capture<'a>(&'a self, sandbox: &'a str, image: &'a str) -> BoxFuture<'a, Result<u64, HolderError>> {
        async move { self.0.capture(sandbox, image).await.map_err(failed) }.boxed()
    }

    fn remove_image<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        async move { self.0.remove_image(image).await.map_err(failed) }.boxed()
    }

    fn remove_volume<'a>(&'a self, volume: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        async move { self.0.remove_volume(volume).await.map_err(failed) }.boxed()
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        async move { self.0.remove(id).await.map_err(|error| HolderError::Failed(error.to_string())) }.boxed()
    }

    fn close(&self, grace: Duration) -> BoxFuture<'_, ()> {
        self.0.close(grace)
    }
}

fn failed(error: impl std::fmt::Display) -> HolderError {
    HolderError::Failed(error.to_string())
}

impl Held for Agent {
    fn stop(&self, grace: Duration) -> BoxFuture<'_, Result<(), HolderError>> {
        async move {
            Self::stop(self, grace).await;
            Ok(())
        }
        .boxed()
    }

    fn pause(&self) -> BoxFuture<'_, Result<(), HolderError>> {
        async move { Self::pause(self).await.map_err(told) }.boxed()
    }

    fn resume(&self) -> BoxFuture<'_, Result<(), HolderError>> {
        async move { Self::resume(self).await.map_err(told) }.boxed()
    }

    fn exited(&self) -> BoxFuture<'static, String> {
        let exited = Self::exited(self);
        async move { exited.await.to_string() }.boxed()
    }

    fn request(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, HolderError>> {
        async move {
            match Self::request(self, request).await {
                Ok(response) => Ok(response.map(Body::new)),
                Err(error) => Err(told(error)),
            }
        }
        .boxed()
    }
}

fn told(error: AgentError) -> HolderError {
    match error {
        AgentError::Gone => HolderError::Gone,
        error => HolderError::Failed(error.to_string()),
    }
}
