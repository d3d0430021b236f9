//! Where the steps of a build are done, as a build sees it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{BenchError, ImageConfig};

/// Makes places to build in, one for each stage of a Dockerfile. A place that is dropped is cleared away.
pub trait Bench: Send + Sync {
    /// Such a place.
    type Stage: Stage;

    /// A place whose files begin as those of what `FROM` names.
    fn begin(&self, base: &str) -> impl Future<Output = Result<Start<Self::Stage>, BenchError>> + Send;

    /// A place whose files begin as those of another are now.
    fn branch(&self, stage: &Self::Stage) -> impl Future<Output = Result<Self::Stage, BenchError>> + Send;
}

/// A stage at its beginning.
#[derive(Debug)]
pub struct Start<S> {
    /// Where it is built.
    pub stage: S,
    /// What the base says already.
    pub config: ImageConfig,
    /// What the reader of the log has to know of the base.
    pub notice: Option<String>,
}

/// A place to build in.
pub trait Stage: Send + Sync {
    /// Variables its programs have by themselves; `PATH` is the one a Dockerfile may refer to.
    fn variables(&self) -> &BTreeMap<String, String>;

    /// Runs a program to its end, with its output as it comes; its exit code. Dropped, it is ended.
    fn run(
        &self,
        program: &Program,
        output: &mut (dyn FnMut(&[u8]) + Send),
    ) -> impl Future<Output = Result<i32, BenchError>> + Send;

    /// Makes a directory with those above it; one that is there is fine.
    fn make_directory(&self, path: &str) -> impl Future<Output = Result<(), BenchError>> + Send;

    /// Whether there is a directory, perhaps behind a link.
    fn is_directory(&self, path: &str) -> impl Future<Output = Result<bool, BenchError>> + Send;

    /// Unpacks a tar archive of the server's into a directory of the place, which is made if it is not there. Names in it
    /// are relative. Numbers of owners count only where `keeps_owners`; otherwise all belongs to root.
    fn put(
        &self,
        archive: &Path,
        directory: &str,
        keeps_owners: bool,
    ) -> impl Future<Output = Result<(), BenchError>> + Send;

    /// Packs a file, or what is in a directory, into a new tar archive of the server's. Names in it are relative to the
    /// directory, or to the one the file is in.
    fn take(&self, path: &str, archive: &Path) -> impl Future<Output = Result<Taken, BenchError>> + Send;
}

/// What was taken out of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// There is nothing of that name.
    Nothing,
    /// A file.
    File,
    /// What is in a directory.
    Contents,
}

/// A program a build runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Variables on top of the place's own.
    pub env: BTreeMap<String, String>,
    /// Where it runs, absolute.
    pub directory: String,
    /// Whom it runs as; root when there is none.
    pub user: Option<Identity>,
}

/// A user by numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub user: u32,
    /// Its group's.
    pub group: u32,
    /// Groups it is in besides.
    pub groups: Vec<u32>,
    /// Its home directory.
    pub home: String,
}
