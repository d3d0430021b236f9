//! The half inside a sandbox: operations of the document that need its processes and files.
//!
//! | module | holds |
//! |---|---|
//! | `exec` | commands that are waited for, whole and streamed |
//! | `commands` | commands that go on by themselves, by process id |
//! | `events` | what a command prints, as Server-Sent Events |
//! | `pty` | terminals |
//! | `session_exec` | shells behind one endpoint |
//! | `files` | files, archives, watches |
//! | `home` | `/root`, whatever the home directory is really called |
//!
//! Whoever starts it has let the caller in already.

mod commands;
mod events;
mod exec;
mod files;
mod home;
mod pty;
mod session_exec;

use std::sync::Arc;

use dialect::{Dispatcher, Routes};
use engine::Engine;
use lab::{Clock, Ids};

use crate::Manner;
use crate::words::Words;
use home::Home;

/// What this half is told when it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// The sandbox's engine; other dialects may be at work on it too.
    pub engine: Arc<Engine>,
    /// Whose side is taken where document and servers disagree.
    pub manner: Manner,
    /// Tells the times in answers.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
}

/// What all handlers share: axum's `State<Shared>`.
pub(crate) type Shared = Arc<Inside>;

/// This half at work.
#[derive(Debug)]
pub(crate) struct Inside {
    engine: Arc<Engine>,
    home: Home,
    manner: Manner,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    watches: files::Watches,
}

/// Ready to answer requests with the document's own paths.
///
/// # Panics
///
/// When the contract lacks an operation served here: a programming error every test meets.
#[must_use]
pub fn app(config: Config) -> Dispatcher {
    let Config { engine, manner, clock, ids } = config;
    let home = Home::of(&engine);
    let inside = Inside { engine, home, manner, clock, ids, watches: files::Watches::default() };
    let routes = Routes::new(&contract::voidrun::DOCUMENT, Arc::new(inside));
    let routes = exec::routes(routes);
    let routes = commands::routes(routes);
    let routes = pty::routes(routes);
    let routes = session_exec::routes(routes);
    let routes = files::routes(routes);
    routes.build(Words::inside())
}
