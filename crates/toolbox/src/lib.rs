//! The Daytona toolbox API over the engine, as it is served inside a sandbox.
//!
//! ```text
//! request ─▶ app ─▶ operation ─▶ handler of its capability ─▶ engine
//!                     │             └─ Failure ─▶ errors: the typed envelope
//!                     └─ none ─▶ errors: 404 page not found, redirect or 501
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `errors` | every error of this API on the wire, and nothing else knows how they look |
//! | `request` | reading and binding of JSON bodies |
//! | `go_json` | JSON answers as the real daemon writes them |
//! | `files`, `git`, `process`, `sessions`, `server`, `listeners` | one capability each: handlers and their `routes` |
//! | `logs` | logs of session commands, whole and followed |
//! | `lsp` | language servers |
//! | `ports` | programs that listen inside |
//! | `desktop` | a display: processes, pictures, mouse and keyboard, films |
//! | `pty`, `interpreter` | terminals and Python contexts, over WebSockets |
//! | `web_terminal` | the terminal page behind port 22222 |
//! | `websocket`, `closing` | the handshake, and the end |
//!
//! Thin by intent: parse, call the engine, shape the answer. Knows nothing of tenants and of other sandboxes; whoever
//! starts it has let the caller in already.

mod closing;
mod desktop;
mod errors;
mod files;
mod git;
mod go_json;
mod interpreter;
mod listeners;
mod logs;
mod lsp;
mod ports;
mod process;
mod pty;
mod request;
mod server;
mod sessions;
mod web_terminal;
mod websocket;

use std::sync::Arc;

use dialect::{Dispatcher, Routes};
use engine::Engine;
use lab::{Clock, Ids};

pub use dialect::LEGACY_ROUTE;
pub use ports::WithPorts;

/// What the toolbox is told when it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// The sandbox it serves.
    pub engine: engine::Config,
    /// Version it gives as its own, such as `v0.205.1`.
    pub version: String,
    /// Longest JSON body it reads, in bytes. File content is streamed and not limited by it.
    pub body_limit: usize,
    /// Tells the time errors carry.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub ids: Arc<dyn Ids>,
}

/// What all handlers share: axum's `State<Shared>`.
pub(crate) type Shared = Arc<Toolbox>;

/// The running toolbox of one sandbox.
pub(crate) struct Toolbox {
    pub(crate) engine: Arc<Engine>,
    pub(crate) version: String,
    pub(crate) body_limit: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

/// The toolbox of one sandbox, ready to answer requests whose paths are relative to its base. Starts the sandbox's
/// entrypoint, if it has one; needs a tokio runtime then.
///
/// # Panics
///
/// When the contract lacks an operation served here: a programming error every test meets.
#[must_use]
pub fn app(config: Config) -> Dispatcher {
    let engine = Arc::new(Engine::new(config.engine.clone()));
    app_on(engine, config)
}

/// The same on an engine made before from [`Config::engine`], for a sandbox that other dialects are served in too.
///
/// # Panics
///
/// As [`app`].
#[must_use]
pub fn app_on(engine: Arc<Engine>, config: Config) -> Dispatcher {
    if let Err(error) = engine.start_entrypoint() {
        tracing::error!(%error, "the entrypoint cannot be started");
    }
    let toolbox = Toolbox {
        engine,
        version: config.version,
        body_limit: config.body_limit,
        clock: Arc::clone(&config.clock),
        ids: Arc::clone(&config.ids),
    };
    let routes = Routes::new(&contract::toolbox::DOCUMENT, Arc::new(toolbox));
    let routes = process::routes(routes);
    let routes = sessions::routes(routes);
    let routes = pty::routes(routes);
    let routes = interpreter::routes(routes);
    let routes = files::routes(routes);
    let routes = lsp::routes(routes);
    let routes = git::routes(routes);
    let routes = server::routes(routes);
    let routes = ports::routes(routes);
    let routes = desktop::routes(routes);
    let routes = listeners::routes(routes);
    routes.build(errors::Envelopes::new(config.clock, config.ids))
}

/// The toolbox as [`app`] makes it, with every method passed on to programs that listen inside.
///
/// # Panics
///
/// As [`app`].
#[must_use]
pub fn service(config: Config) -> WithPorts {
    WithPorts(app(config))
}

/// The same on an engine made before, as [`app_on`] takes it.
///
/// # Panics
///
/// As [`app`].
#[must_use]
pub fn service_on(engine: Arc<Engine>, config: Config) -> WithPorts {
    WithPorts(app_on(engine, config))
}
