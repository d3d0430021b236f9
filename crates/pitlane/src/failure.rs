//! What can go wrong before and around serving, in words for the person at the terminal.

use std::io;
use std::path::PathBuf;

/// Why a command ended without doing its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("failed to listen on {address}: {source}{hint}", hint = listen_hint(source))]
    Listen { address: String, source: io::Error },
    #[error("failed to {what}: {source}")]
    Io { what: String, source: io::Error },
    #[error("failed to write {path}: {source}", path = path.display())]
    ReadyFile { path: PathBuf, source: io::Error },
    #[error("failed to prepare the runtime: {0}")]
    Runtime(String),
    #[error("failed to open the state: {0}")]
    State(String),
    #[error("failed to read the mutant or twist: {0}")]
    Mutant(String),
    #[error("failed to start {program}: {source}")]
    Program { program: String, source: io::Error },
    #[error("failed to use the certificate authority: {0}")]
    Authority(String),
    #[error("interrupted")]
    Interrupted,
    #[error("the private server ended before it was ready; run `pitlane serve` to see why")]
    ServerNotReady,
}

impl Failure {
    /// An input or output error, said as "failed to {what}".
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |source| Self::Io { what, source }
    }
}

fn listen_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another server is there: choose a port with --listen, or --listen 127.0.0.1:0 for any"
        }
        io::ErrorKind::PermissionDenied => "; ports below 1024 need privileges: choose another with --listen",
        _ => "",
    }
}
