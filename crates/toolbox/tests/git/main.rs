//! Git as a client sees it, against real repositories: paths, and an HTTP server with a door.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backend;
mod remotes;
mod settings;
mod work;
mod world;
