//! The Daytona API of the workspace era over today's control plane: what the clients of 2025 ask for.
//!
//! Owns the shapes and words of that time. Owns no state: a workspace is a sandbox and an image a snapshot under another
//! name, made, kept and ended by the control plane, and its toolbox is the toolbox of the sandbox. Knows nothing of
//! runtimes and listeners.
//!
//! ```text
//! request ─▶ operation of the workspace document ─▶ call ─┬▶ workspaces, create ─▶ control::Sandboxes ─▶ wire
//!                                                         └▶ toolbox ─▶ marked, renamed ─▶ the sandbox's agent
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `call` | one request, read; its answer, written; the words of errors |
//! | `create` | what a client asks for, of every epoch, as the control plane takes it |
//! | `workspaces` | the operations on workspaces |
//! | `images` | images made of a Dockerfile, and what their builders say |
//! | `wire` | the one object all epochs are shown |
//! | `toolbox` | the older addresses of the toolbox |
//!
//! Epochs: E0 makes workspaces with projects (0.1 to 0.6), E1 flat ones under ids of its own (0.7 to 0.10), E2 leaves the id
//! to the server (0.10 to 0.20). None of them is told apart by who asks: the body of a create says it, else the path.

mod call;
mod create;
mod images;
mod toolbox;
mod wire;
mod workspaces;

use std::sync::Arc;

use contract::workspace::DOCUMENT;
use control::ControlPlane;
use dialect::{Dispatcher, Routes};
use lab::{Clock, Ids};

use crate::call::{Style, handler};

/// What the dialect is handed.
#[derive(Clone)]
pub struct Config {
    /// Holds the sandboxes.
    pub control: ControlPlane,
    /// Tells the time errors carry.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
    /// Largest JSON body read, in bytes.
    pub body_limit: usize,
}

/// The dispatcher of the whole document, for paths relative to the API's base. Requests carry the [`dialect::Caller`] when
/// their credential was accepted, and `axum::extract::OriginalUri` when the base was cut off.
///
/// # Panics
///
/// When the contract lacks an operation served here: a programming error every test meets.
#[must_use]
pub fn api(config: Config) -> Dispatcher {
    let config = Arc::new(config);
    let routes = Routes::new(&DOCUMENT, Arc::clone(&config)).authenticated();
    let routes = routes
        .serve("listWorkspaces", handler(workspaces::list))
        .serve("createWorkspace", handler(create::create))
        .serve("getWorkspace", handler(workspaces::get))
        .serve("deleteWorkspace", handler(workspaces::delete))
        .serve("startWorkspace", handler(workspaces::start))
        .serve("stopWorkspace", handler(workspaces::stop))
        .serve("archiveWorkspace", handler(workspaces::archive))
        .serve("replaceLabelsWorkspace", handler(workspaces::replace_labels))
        .serve("setAutostopIntervalWorkspace", handler(workspaces::set_auto_stop))
        .serve("setAutoArchiveIntervalWorkspace", handler(workspaces::set_auto_archive))
        .serve("updatePublicStatusWorkspace", handler(workspaces::set_public))
        .serve("buildImage", handler(images::build))
        .serve("getImage", handler(images::get))
        .serve("getImageBuildLogs", handler(images::logs))
        .serve("getBuildLogsWorkspace", handler(images::logs_of_workspace))
        .serve("getPortPreviewUrlWorkspace", handler(workspaces::preview_url));
    toolbox::routes(routes).build(Style(config))
}
