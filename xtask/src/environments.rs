//! Packages from the registries, installed once per set of pins into folders of their own below `target`.
//!
//! A folder's name ends in a hash of what went into it, and a mark is written last: a folder without its mark is one
//! whose installation was cut off, and is made anew. Nothing outside `target` is written, and no install script runs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::Deserialize;

use crate::project::{self, Problem};
use crate::toolchain::{NODE, PYTHON, Tool};

/// Raised when what this module installs changes although the pins do not.
const LAYOUT: &str = "1";

/// Where packages come from.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ecosystem {
    Pypi,
    Npm,
}

impl Ecosystem {
    fn interpreter(self) -> &'static Tool {
        match self {
            Self::Pypi => &PYTHON,
            Self::Npm => &NODE,
        }
    }
}

/// What is to be installed, and where.
pub(crate) struct Recipe<'a> {
    pub(crate) name: &'a str,
    pub(crate) ecosystem: Ecosystem,
    /// Exact versions, in the ecosystem's own writing.
    pub(crate) packages: Vec<String>,
    /// npm only: versions put in the place of what the packages ask for.
    pub(crate) overrides: &'a BTreeMap<String, String>,
    /// PyPI only: whether the machine's own packages, and those of its user, are seen behind these.
    pub(crate) is_open: bool,
}

/// For all recipes that put nothing in the place of anything.
pub(crate) static NO_OVERRIDES: BTreeMap<String, String> = BTreeMap::new();

/// An installed set of packages.
pub(crate) struct Environment {
    pub(crate) directory: PathBuf,
    ecosystem: Ecosystem,
}

impl Environment {
    /// The environment of these packages in this directory.
    pub(crate) fn at(directory: PathBuf, ecosystem: Ecosystem) -> Self {
        Self { directory, ecosystem }
    }

    /// The Python of a PyPI environment.
    pub(crate) fn python(&self) -> PathBuf {
        self.directory.join("bin").join("python")
    }

    /// Where Python keeps what it compiles of a PyPI environment, and of the tests beside it.
    pub(crate) fn bytecode(&self) -> PathBuf {
        self.directory.join("bytecode")
    }

    /// The folder of the programs; in a PyPI environment its Python is among them.
    pub(crate) fn programs(&self) -> PathBuf {
        match self.ecosystem {
            Ecosystem::Pypi => self.directory.join("bin"),
            Ecosystem::Npm => self.directory.join("node_modules").join(".bin"),
        }
    }
}

impl Recipe<'_> {
    /// The environment below `parent`, if it is already there.
    pub(crate) fn prepared(&self, parent: &Path) -> Option<Environment> {
        let directory = parent.join(self.folder());
        mark(&directory).is_file().then(|| Environment::at(directory, self.ecosystem))
    }

    /// The environment below `parent`, installed now if it is not there.
    ///
    /// # Errors
    ///
    /// When the installation fails; the message points to its log.
    pub(crate) fn prepare(&self, parent: &Path) -> Result<Environment, Problem> {
        self.prepare_with(None, parent)
    }

    /// As `prepare`, with another Python's pip in the place of one of its own: to make that takes longer than to install
    /// most clients.
    pub(crate) fn prepare_with(
        &self,
        installer: Option<&Environment>,
        parent: &Path,
    ) -> Result<Environment, Problem> {
        fs::create_dir_all(parent).map_err(|error| Problem::io("create", parent, &error))?;
        // Two chores at once may want the same: the second waits for the first and finds its work done.
        let lock_path = parent.join(format!(".{}.lock", self.name));
        let lock = fs::File::create(&lock_path).map_err(|error| Problem::io("create", &lock_path, &error))?;
        lock.lock().map_err(|error| Problem::io("lock", &lock_path, &error))?;
        if let Some(environment) = self.prepared(parent) {
            return Ok(environment);
        }
        println!("   installing {} ({})", self.name, self.packages.join(" "));
        self.remove_earlier(parent)?;
        let directory = parent.join(self.folder());
        project::fresh_directory(&directory)?;
        let begun = Instant::now();
        for mut command in self.install_commands(installer, &directory)? {
            run_logged(&mut command, &directory.join("install.log"))?;
        }
        let mark = mark(&directory);
        fs::write(&mark, self.packages.join("\n")).map_err(|error| Problem::io("write", &mark, &error))?;
        println!("   installed {} in {:.1} s", self.name, begun.elapsed().as_secs_f64());
        Ok(Environment::at(directory, self.ecosystem))
    }

    /// The folder's name: a new pin or a new interpreter is a new folder.
    fn folder(&self) -> String {
        let interpreter = self.ecosystem.interpreter().version().unwrap_or_default();
        let mut ingredients = [LAYOUT, &interpreter, &self.packages.join(" ")].join("\n");
        for (package, version) in self.overrides {
            ingredients.push_str(&format!("\n{package}@{version}"));
        }
        if self.is_open {
            ingredients.push_str("\nopen");
        }
        format!("{}-{:016x}", self.name, hash(ingredients.as_bytes()))
    }

    /// Environments of the same name with other pins would only fill the disk.
    fn remove_earlier(&self, parent: &Path) -> Result<(), Problem> {
        let entries = fs::read_dir(parent).map_err(|error| Problem::io("list", parent, &error))?;
        for entry in entries.flatten() {
            let file_name = entry.file_name();
            let hash = file_name.to_str().and_then(|name| name.strip_prefix(self.name)?.strip_prefix('-'));
            if hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
            {
                project::remove_directory(&entry.path())?;
            }
        }
        Ok(())
    }

    fn install_commands(
        &self,
        installer: Option<&Environment>,
        directory: &Path,
    ) -> Result<Vec<Command>, Problem> {
        match self.ecosystem {
            Ecosystem::Pypi => Ok(self.pip_commands(installer, directory)),
            Ecosystem::Npm => Ok(vec![self.npm_command(directory)?]),
        }
    }

    fn pip_commands(&self, installer: Option<&Environment>, directory: &Path) -> Vec<Command> {
        let mut create = Command::new("python3");
        create.args(["-m", "venv"]).args(installer.map(|_| "--without-pip"));
        create.args(self.is_open.then_some("--system-site-packages")).arg(directory);
        let python = directory.join("bin").join("python");
        let mut install = Command::new(installer.map_or_else(|| python.clone(), Environment::python));
        install.args(["-m", "pip"]);
        if installer.is_some() {
            install.arg("--python").arg(&python);
        }
        install.args(["install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]);
        // Most of what comes with a client is never imported; what is, `bytecode` keeps.
        install.args(installer.map(|_| "--no-compile"));
        install.args(&self.packages);
        vec![create, install]
    }

    fn npm_command(&self, directory: &Path) -> Result<Command, Problem> {
        // Without a manifest of its own, npm would look for one in the folders above.
        let manifest = directory.join("package.json");
        let content = serde_json::json!({ "private": true, "overrides": self.overrides });
        fs::write(&manifest, content.to_string()).map_err(|error| Problem::io("write", &manifest, &error))?;
        let mut install = Command::new("npm");
        install.current_dir(directory);
        install.args([
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--save-exact",
            "--prefer-offline",
            "--loglevel=error",
        ]);
        install.args(&self.packages);
        Ok(install)
    }
}

/// The file whose presence says that an installation was completed.
fn mark(directory: &Path) -> PathBuf {
    directory.join(".complete")
}

/// Runs an installer with its words kept in a file, and shows the end of them when it fails.
fn run_logged(command: &mut Command, log: &Path) -> Result<(), Problem> {
    let program: OsString = command.get_program().to_owned();
    let open = fs::File::options().create(true).append(true).open(log);
    let file = open.map_err(|error| Problem::io("open", log, &error))?;
    let second = file.try_clone().map_err(|error| Problem::io("open", log, &error))?;
    let status = command.stdin(Stdio::null()).stdout(file).stderr(second).status();
    let status =
        status.map_err(|error| Problem::new(format!("could not run {}: {error}", program.display())))?;
    if status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    let problem = Problem::new(format!("an installation failed ({status}):\n{}", last_lines(&words, 15)));
    Err(problem.with_remedy(format!("the whole log is {}", log.display())))
}

/// The end of an installer's words. Addresses are left out: which registry a machine uses is its own affair.
fn last_lines(words: &str, count: usize) -> String {
    let lines: Vec<String> = words
        .lines()
        .map(|line| {
            let words = line.split(' ').map(|word| if word.contains("://") { "<address>" } else { word });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// FNV-1a: the same in every build of this program, which the standard library's hasher does not promise.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(name: &str, packages: &[&str]) -> String {
        let packages = packages.iter().map(|package| (*package).to_owned()).collect();
        Recipe { name, ecosystem: Ecosystem::Pypi, packages, overrides: &NO_OVERRIDES, is_open: false }
            .folder()
    }

    #[test]
    fn a_changed_pin_is_another_folder() {
        assert_eq!(recipe("a", &["x==1"]), recipe("a", &["x==1"]));
        assert_ne!(recipe("a", &["x==1"]), recipe("a", &["x==2"]));
        assert_ne!(recipe("a", &["x==1"]), recipe("b", &["x==1"]));
    }

    #[test]
    fn a_changed_override_is_another_folder() {
        let folder = |version: &str| {
            let overrides = BTreeMap::from([("y".to_owned(), version.to_owned())]);
            let packages = vec!["x@1".to_owned()];
            Recipe { name: "a", ecosystem: Ecosystem::Npm, packages, overrides: &overrides, is_open: false }
                .folder()
        };
        assert_eq!(folder("1"), folder("1"));
        assert_ne!(folder("1"), folder("2"));
    }

    #[test]
    fn the_end_of_a_log_names_no_address() {
        let words = "one\ntwo\nLooking in indexes: https://packages.example/simple\nerror: no match";
        assert_eq!(last_lines(words, 2), "Looking in indexes: <address>\nerror: no match");
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
