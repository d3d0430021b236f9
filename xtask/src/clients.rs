//! The published clients: the matrix of them, their environments, and a leg for each.
//!
//! A client runs below `pitlane exec`, in an empty directory and with a home of its own: what is configured on the
//! machine (dotenv files, profiles, proxies, telemetry) must not reach it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::environments::{Ecosystem, Environment, Recipe};
use crate::leftovers;
use crate::project::{self, Problem, Project};
use crate::report::{self, Report, Tally};
use crate::toolchain::{self, NODE, NPM, PYTHON};

/// tests/clients/matrix.toml.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matrix {
    runners: BTreeMap<Runner, Packages>,
    tools: BTreeMap<String, Packages>,
    clients: Vec<Client>,
}

/// Pinned packages of one ecosystem.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Packages {
    ecosystem: Ecosystem,
    packages: Vec<String>,
}

/// One published client.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) name: String,
    ecosystem: Ecosystem,
    package: String,
    version: String,
    runner: Runner,
    lane: Lane,
    /// Below tests/clients.
    folder: String,
    /// Further pins, for a release whose own bounds let too new a package in.
    #[serde(default)]
    with: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
enum Runner {
    Pytest,
    NodeTest,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Lane {
    Fast,
    Slow,
}

/// Programs for sandboxes, as folders to hand to the server.
#[derive(Default)]
pub(crate) struct Tools {
    folders: Vec<PathBuf>,
    /// Whether nothing is missing, so that tests need not skip.
    complete: bool,
}

impl Tools {
    /// `PATH` with the folders at its end: what the machine has itself goes first.
    pub(crate) fn search_path(&self) -> OsString {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).chain(self.folders.iter().cloned());
        // A folder whose name cannot stand in PATH is left out by leaving PATH as it is.
        std::env::join_paths(folders).unwrap_or(path)
    }

    /// Arguments that hand the folders to the server.
    fn arguments(&self) -> impl Iterator<Item = &OsStr> {
        self.folders.iter().flat_map(|folder| [OsStr::new("--expose"), folder.as_os_str()])
    }
}

impl Matrix {
    /// Reads the matrix of the repository.
    pub(crate) fn read(project: &Project) -> Result<Self, Problem> {
        let path = project.root.join("tests/clients/matrix.toml");
        toml::from_str(&project::read(&path)?)
            .map_err(|error| Problem::new(format!("{}: {error}", path.display())))
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.clients.iter().map(|client| client.name.as_str()).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.clients.iter().any(|client| client.name == name)
    }

    pub(crate) fn select(&self, wanted: impl Fn(&Client) -> bool) -> Vec<&Client> {
        self.clients.iter().filter(|client| wanted(client)).collect()
    }

    /// The exact version of a package among the clients, for those who want to show it off.
    pub(crate) fn pin(&self, name: &str) -> Option<String> {
        self.clients.iter().find(|client| client.name == name).map(Client::pin)
    }

    /// Installs what sandboxes need beside the machine's own programs.
    pub(crate) fn prepare_tools(&self, project: &Project) -> Result<Tools, Problem> {
        let parent = project.target.join("tools");
        let environments =
            self.tool_recipes().map(|recipe| recipe.prepare(&parent)).collect::<Result<Vec<_>, _>>()?;
        Ok(Tools { folders: environments.iter().map(Environment::programs).collect(), complete: true })
    }

    /// Those tools that an earlier run has installed.
    pub(crate) fn prepared_tools(&self, project: &Project) -> Tools {
        let parent = project.target.join("tools");
        let folders: Vec<PathBuf> =
            self.tool_recipes().filter_map(|recipe| Some(recipe.prepared(&parent)?.programs())).collect();
        Tools { complete: folders.len() == self.tools.len(), folders }
    }

    fn tool_recipes(&self) -> impl Iterator<Item = Recipe<'_>> {
        self.tools.iter().map(|(name, tool)| Recipe {
            name,
            ecosystem: tool.ecosystem,
            packages: tool.packages.clone(),
        })
    }

    fn recipe<'a>(&self, client: &'a Client) -> Recipe<'a> {
        let mut packages = vec![client.pin()];
        packages.extend(client.with.iter().cloned());
        if let Some(runner) =
            self.runners.get(&client.runner).filter(|runner| runner.ecosystem == client.ecosystem)
        {
            packages.extend(runner.packages.iter().cloned());
        }
        Recipe { name: &client.name, ecosystem: client.ecosystem, packages }
    }
}

impl Client {
    pub(crate) fn is_fast(&self) -> bool {
        self.lane == Lane::Fast
    }

    /// The package and its version as the ecosystem's installer reads them.
    fn pin(&self) -> String {
        match self.ecosystem {
            Ecosystem::Pypi => format!("{}=={}", self.package, self.version),
            Ecosystem::Npm => format!("{}@{}", self.package, self.version),
        }
    }
}

/// `cargo xtask clients`.
///
/// # Errors
///
/// When nothing could be run: a missing toolchain, an unknown client, a build that fails.
pub(crate) fn run(project: &Project, all: bool, only: &[String]) -> Result<bool, Problem> {
    let matrix = Matrix::read(project)?;
    if let Some(name) = only.iter().find(|name| !matrix.has(name)) {
        let problem = Problem::new(format!("there is no client {name}"));
        return Err(problem.with_remedy(format!("the clients are {}", matrix.names().join(", "))));
    }
    let selected = matrix.select(|client| match only {
        [] => all || client.is_fast(),
        names => names.contains(&client.name),
    });
    toolchain::require(&[&PYTHON, &NODE, &NPM])?;
    let tools = matrix.prepare_tools(project)?;
    let server = project.build_server()?;
    let mut report = Report::default();
    for client in selected {
        leg(project, &matrix, client, &server, &tools, &mut report);
    }
    Ok(report.close())
}

/// Installs a client if need be, and runs its tests against a server of their own.
pub(crate) fn leg(
    project: &Project,
    matrix: &Matrix,
    client: &Client,
    server: &Path,
    tools: &Tools,
    report: &mut Report,
) {
    let leg = Report::begin(&client.name);
    match Attempt::new(project, matrix, client).and_then(|attempt| attempt.run(server, tools)) {
        Ok((tally, problem)) => report.end(leg, tally, problem),
        Err(problem) => {
            eprintln!("{problem}");
            report.end(leg, Tally::default(), Some("could not be run".to_owned()));
        }
    }
}

/// One run of one client.
struct Attempt<'a> {
    client: &'a Client,
    environment: Environment,
    /// The test files.
    folder: PathBuf,
    /// Home, temporary files, working directory and report of this run.
    place: PathBuf,
}

impl<'a> Attempt<'a> {
    fn new(project: &Project, matrix: &Matrix, client: &'a Client) -> Result<Self, Problem> {
        let parent = project.target.join("clients");
        let environment = matrix.recipe(client).prepare(&parent)?;
        let folder = project.root.join("tests/clients").join(&client.folder);
        let place = parent.join("runs").join(&client.name);
        Ok(Self { client, environment, folder, place })
    }

    fn run(&self, server: &Path, tools: &Tools) -> Result<(Tally, Option<String>), Problem> {
        let mut command = private(server, &self.place)?;
        command.arg("exec").args(tools.arguments()).arg("--");
        self.add_runner(&mut command)?;
        // Whatever a test looks at, an answer that departs from the contract fails the leg.
        command.env("PITLANE_CONTRACT_CHECK", "enforce");
        if tools.complete {
            command.env("PITLANE_TEST_COMPLETE", "1");
        }
        let status = command.status().map_err(|error| Problem::io("run", server, &error))?;
        let tally = fs::read_to_string(self.report()).map(|text| report::junit(&text)).unwrap_or_default();
        let broken_off =
            (!status.success() && tally.failed == 0).then(|| format!("the runner ended with {status}"));
        let problem = broken_off.or_else(|| leftovers::of(&self.place.join("tmp")));
        Ok((tally, problem))
    }

    fn report(&self) -> PathBuf {
        self.place.join("report.xml")
    }

    fn add_runner(&self, command: &mut Command) -> Result<(), Problem> {
        match self.client.runner {
            Runner::Pytest => {
                command.arg(self.environment.python()).args([
                    "-m",
                    "pytest",
                    "--quiet",
                    "--tb=short",
                    "--color=auto",
                ]);
                command.arg("-c").arg(self.folder.join("pytest.ini")).arg("--rootdir").arg(&self.folder);
                command.arg(joined("--junit-xml=", &self.report())).arg(&self.folder);
            }
            Runner::NodeTest => {
                command.args(["node", "--test", "--test-timeout=120000"]);
                command.args([
                    "--test-reporter=spec",
                    "--test-reporter-destination=stdout",
                    "--test-reporter=junit",
                ]);
                command.arg(joined("--test-reporter-destination=", &self.report()));
                command.args(test_modules(&self.folder)?);
                command.env("PITLANE_CLIENT_DIR", &self.environment.directory);
                command.env("PITLANE_CLIENT_PACKAGE", &self.client.package);
                command.env("PITLANE_CLIENT_VERSION", &self.client.version);
            }
        }
        Ok(())
    }
}

/// A command with nothing of the user in it: an empty working directory and home below `place`, and only those
/// variables that programs need to be found and to speak.
pub(crate) fn private(program: &Path, place: &Path) -> Result<Command, Problem> {
    project::fresh_directory(place)?;
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null());
    let kept = ["PATH", "TERM", "NO_COLOR", "RUST_BACKTRACE", "PITLANE_LOG", "PITLANE_RUNTIME"];
    command.envs(kept.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    for (variable, folder) in [("HOME", "home"), ("TMPDIR", "tmp"), ("PWD", "work")] {
        let path = place.join(folder);
        project::fresh_directory(&path)?;
        command.env(variable, path);
    }
    command.env("PITLANE_RUN_DIR", place.join("tmp"));
    command.current_dir(place.join("work"));
    command.envs([("LANG", "C.UTF-8"), ("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONUNBUFFERED", "1")]);
    Ok(command)
}

/// The test modules of a folder, in order. (Whether Node finds them by itself depends on its version.)
fn test_modules(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = fs::read_dir(folder).map_err(|error| Problem::io("list", folder, &error))?;
    let mut modules: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    modules.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    modules.sort();
    Ok(modules)
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(path);
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        Matrix::read(&Project::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")))
            .expect("the matrix is readable")
    }

    #[test]
    fn every_client_of_the_matrix_has_tests_and_exact_pins() {
        let matrix = matrix();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients");
        for client in &matrix.clients {
            assert!(root.join(&client.folder).is_dir(), "{}", client.folder);
            for package in matrix.recipe(client).packages {
                let version = package.rsplit(['=', '@']).next().unwrap_or("");
                assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{package} is not pinned");
            }
        }
    }

    /// Runs a leg with scripts in place of the server and of Python: the server only starts what follows `--`.
    fn run_with(python: &str) -> (Tally, Option<String>) {
        let matrix = matrix();
        let client = matrix.select(|client| client.runner == Runner::Pytest)[0];
        let directory =
            std::env::temp_dir().join(format!("pitlane-xtask-{}-{}", std::process::id(), python.len()));
        let script = |name: &str, text: &str| {
            let path = directory.join(name);
            fs::create_dir_all(path.parent().expect("below the directory")).expect("a directory");
            let draft = directory.join("draft");
            fs::write(&draft, format!("#!/bin/sh\n{text}\n")).expect("a draft");
            // Another process writes the script: while a test beside this one forks, a file that is open for writing
            // here cannot be executed.
            let installed = Command::new("install").args(["-m", "755"]).args([&draft, &path]).status();
            assert!(installed.expect("install runs").success());
            path
        };
        let server = script("server", "while [ \"$1\" != -- ]; do shift; done\nshift\nexec \"$@\"");
        script("bin/python", python);
        let attempt = Attempt {
            client,
            environment: Environment::at(directory.clone(), Ecosystem::Pypi),
            folder: directory.clone(),
            place: directory.join("place"),
        };
        let outcome = attempt.run(&server, &Tools::default()).expect("the scripts run");
        project::remove_directory(&directory).expect("the directory goes");
        outcome
    }

    #[test]
    fn a_leg_counts_what_its_runner_reports() {
        let write = r#"echo '<testcase name="a"/><testcase name="b"/>' > ../report.xml"#;
        assert_eq!(run_with(write), (Tally { passed: 2, failed: 0, skipped: 0 }, None));
    }

    #[test]
    fn a_runner_that_breaks_off_is_a_problem_whatever_it_reported() {
        let write = r#"echo '<testcase name="a"/>' > ../report.xml; exit 2"#;
        let (tally, problem) = run_with(write);
        assert_eq!((tally.passed, problem.as_deref()), (1, Some("the runner ended with exit status: 2")));
        let (tally, problem) = run_with("exit 3");
        assert_eq!((tally, problem.is_some()), (Tally::default(), true));
    }

    #[test]
    fn a_client_sees_nothing_of_the_user_but_the_search_path() {
        let look = r#"test "$HOME" = "$(cd ../home && pwd)" || exit 4
            test -z "$CARGO_MANIFEST_DIR" || exit 5
            test -z "$(ls -A .)$(ls -A "$HOME")" || exit 6
            test "$PITLANE_CONTRACT_CHECK" = enforce || exit 7
            echo '<testcase name="a"/>' > ../report.xml"#;
        assert_eq!(run_with(look), (Tally { passed: 1, failed: 0, skipped: 0 }, None));
    }

    #[test]
    fn client_names_are_unique() {
        let mut names: Vec<String> = matrix().clients.into_iter().map(|client| client.name).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_runner_of_another_ecosystem_adds_nothing_to_a_client() {
        let matrix = matrix();
        let python = matrix.select(|client| client.name == "python-daytona");
        assert!(matrix.recipe(python[0]).packages.iter().any(|package| package.starts_with("pytest==")));
        let typescript = matrix.select(|client| client.name == "typescript-daytona");
        assert_eq!(matrix.recipe(typescript[0]).packages, ["@daytona/sdk@0.216.0"]);
    }
}
