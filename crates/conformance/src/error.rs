//! What keeps the suite from judging. A server's misdeeds are never errors here: they are case results.

use std::path::PathBuf;

/// Why the suite could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A data file is not what its format says.
    #[error("{file}: {entry}{problem}")]
    Data {
        /// The file, relative to the data directory.
        file: String,
        /// Which entry, with a colon and a blank behind it; empty when the whole file is meant.
        entry: String,
        /// What is wrong.
        problem: String,
    },
    /// Nothing has the id asked for.
    #[error(
        "nothing is called `{0}`; `list` shows the requirements, and explaining one shows its cases and mutants"
    )]
    UnknownId(String),
    /// An address that cannot be used.
    #[error("`{address}` is no usable address: {problem}")]
    Address {
        /// As given.
        address: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An option that cannot be used.
    #[error("{0}")]
    Option(String),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A report could not be made.
    #[error("the {report} report could not be made: {problem}")]
    Report {
        /// Which report.
        report: &'static str,
        /// What went wrong.
        problem: String,
    },
    /// A client could not be tried.
    #[error("{0}")]
    Trial(String),
    /// The server to be tested could not be started.
    #[error("the server under test did not start: {0}")]
    Target(String),
}

impl Error {
    pub(crate) fn data(file: &str, entry: &str, problem: impl std::fmt::Display) -> Self {
        let entry = if entry.is_empty() { String::new() } else { format!("{entry}: ") };
        Self::Data { file: file.to_owned(), entry, problem: problem.to_string() }
    }
}
