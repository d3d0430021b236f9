//! The repository as the chores see it: where things are, how the server is built, and how a chore says what went wrong.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What went wrong, and what to do about it where that is known.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    what: String,
    remedy: Option<String>,
}

impl Problem {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: None }
    }

    /// Says what the reader can do.
    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// For a file operation; `doing` fits "could not {doing}".
    pub(crate) fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("could not {doing} {}: {error}", path.display()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}", self.what)?;
        match &self.remedy {
            Some(remedy) => write!(formatter, "\n  help: {remedy}"),
            None => Ok(()),
        }
    }
}

/// The repository.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Project {
    /// The repository at `root`; the target directory is cargo's, also when it was moved by the environment.
    pub(crate) fn at(root: PathBuf) -> Self {
        let root = root.canonicalize().unwrap_or(root);
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |path| root.join(path));
        Self { root, target }
    }

    /// A cargo command in the repository, by the same cargo that runs this.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        command
    }

    /// Builds the server, and nothing it does not need, and returns its path.
    pub(crate) fn build_server(&self) -> Result<PathBuf, Problem> {
        self.build(&["build", "--package", "pitlane", "--bin", "pitlane"])
    }

    /// Builds all tests and, with them, the server, and returns the server's path.
    ///
    /// Tests need more features of some dependencies than the server does. Building the two apart would compile those
    /// dependencies, and all above them, twice.
    pub(crate) fn build_tests(&self) -> Result<PathBuf, Problem> {
        self.build(&["test", "--workspace", "--no-run"])
    }

    fn build(&self, arguments: &[&str]) -> Result<PathBuf, Problem> {
        let status = self.cargo().args(arguments).status();
        let status = status.map_err(|error| Problem::new(format!("could not run cargo: {error}")))?;
        if !status.success() {
            return Err(Problem::new(format!("the build failed: cargo {}", arguments.join(" "))));
        }
        let server = self.target.join("debug").join("pitlane");
        if !server.is_file() {
            return Err(Problem::new(format!("cargo built no server at {}", server.display())));
        }
        Ok(server)
    }
}

/// Reads a file to text.
pub(crate) fn read(path: &Path) -> Result<String, Problem> {
    fs::read_to_string(path).map_err(|error| Problem::io("read", path, &error))
}

/// Makes a directory that exists and is empty.
pub(crate) fn fresh_directory(path: &Path) -> Result<(), Problem> {
    remove_directory(path)?;
    fs::create_dir_all(path).map_err(|error| Problem::io("create", path, &error))
}

/// Removes a directory and all that is in it; one that is not there is fine.
pub(crate) fn remove_directory(path: &Path) -> Result<(), Problem> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Problem::io("remove", path, &error))
        }
        _ => Ok(()),
    }
}
