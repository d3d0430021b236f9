//! What a sandbox can do, without HTTP: commands, code runs, files.
//!
//! Runs inside the agent of one sandbox and is handed a [`Config`]; never reads the environment, the home directory or
//! the clock by itself. Knows nothing of HTTP, wire names, tenants or other sandboxes: every dialect puts its own face
//! on the same capabilities.

mod config;

pub use config::Config;
