//! The desktop (toolbox-files-git-desktop.md §6).
//!
//! | module | holds |
//! |---|---|
//! | `processes` | start, stop, state and output of the processes |
//! | `screenshots` | pictures, and what is said about how they are asked for |
//! | `input` | mouse and keyboard |
//! | `display` | displays and windows |
//! | `recordings` | films, which need no desktop to be looked at |
//! | `access` | what programs tell assistive technology |
//! | `dashboard` | the page of films, behind a port of its own |
//!
//! Whether there can be a desktop at all is looked at before anything else of a request ([`Ready`]).

mod access;
pub(crate) mod dashboard;
mod display;
mod input;
mod processes;
mod recordings;
mod screenshots;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use dialect::Routes;
use engine::Engine;
use engine::desktop::DesktopError;
use http::request::Parts;

use crate::Shared;
use crate::errors::Failure;

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    let routes = processes::routes(routes);
    let routes = screenshots::routes(routes);
    let routes = input::routes(routes);
    let routes = display::routes(routes);
    let routes = recordings::routes(routes);
    access::routes(routes)
}

/// Extractor that refuses where no desktop can be had. Comes first among a handler's arguments.
struct Ready;

impl FromRequestParts<Shared> for Ready {
    type Rejection = Failure;

    async fn from_request_parts(_parts: &mut Parts, toolbox: &Shared) -> Result<Self, Failure> {
        toolbox.engine.require_desktop()?;
        Ok(Self)
    }
}

/// Does something with the desktop where it may take its time. It goes on when the client leaves.
async fn at_work<T: Send + 'static>(
    toolbox: &Shared,
    work: impl FnOnce(&Engine) -> Result<T, DesktopError> + Send + 'static,
) -> Result<T, Failure> {
    let engine = Arc::clone(&toolbox.engine);
    Ok(crate::files::blocking(move || work(&engine)).await??)
}

/// Goes through with it, also when the client leaves: half a desktop is of no use to the next who asks, and a film nobody
/// knows the id of would go on for ever.
async fn going<T, E, F>(toolbox: &Shared, work: impl FnOnce(Arc<Engine>) -> F) -> Result<T, Failure>
where
    T: Send + 'static,
    E: Send + 'static,
    Failure: From<E>,
    F: Future<Output = Result<T, E>> + Send + 'static,
{
    let going = tokio::spawn(work(Arc::clone(&toolbox.engine)));
    Ok(going.await.map_err(|_| Failure::internal("the work was interrupted"))??)
}
