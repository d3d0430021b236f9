//! Why there is no image.

use std::io;
use std::time::Duration;

/// Why a build ended without an image. The text is for the one who wrote the Dockerfile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A line of the Dockerfile says something that cannot be done.
    #[error("Dockerfile:{line}: {reason}")]
    Line {
        /// Counted from one.
        line: usize,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The Dockerfile as a whole cannot be built.
    #[error("Dockerfile: {0}")]
    Whole(String),
    /// A program of a `RUN` failed.
    #[error("Dockerfile:{line}: process \"{command}\" did not complete successfully: exit code: {code}")]
    Failed {
        /// Counted from one.
        line: usize,
        /// Its words.
        command: String,
        /// 128 and the signal's number for one that was killed.
        code: i32,
    },
    /// A build context cannot be used.
    #[error("build context: {0}")]
    Context(String),
    /// Where it is built broke down.
    #[error("failed to build: {0}")]
    Bench(#[from] BenchError),
    /// The server's own files could not be written.
    #[error("failed to build: {0}")]
    Files(#[from] io::Error),
    /// It took too long.
    #[error("Timeout while building snapshot on runner")]
    TimedOut(Duration),
}

/// Why a bench cannot go on, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BenchError(pub String);
