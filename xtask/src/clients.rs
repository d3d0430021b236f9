//! The published clients: their environments, and the legs of those with tests of their own. (The generations have theirs in
//! `eras`.)
//!
//! A client runs below `pitlane exec`, in an empty directory and with a home of its own: what is configured on the
//! machine (dotenv files, profiles, proxies, telemetry) must not reach it.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::desktop;
use crate::environments::Environment;
use crate::eras;
use crate::leftovers;
use crate::matrix::{Client, Matrix, Runner};
use crate::project::{self, Problem, Project};
use crate::report::{self, Report, Tally};
use crate::toolchain::{self, NODE, NPM, PYTHON};

/// Programs for sandboxes, as folders to hand to the server.
#[derive(Default)]
pub(crate) struct Tools {
    folders: Vec<PathBuf>,
    /// Whether nothing is missing, so that tests need not skip.
    pub(crate) complete: bool,
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
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &OsStr> {
        self.folders.iter().flat_map(|folder| [OsStr::new("--expose"), folder.as_os_str()])
    }
}

/// Installs what sandboxes need beside the machine's own programs.
pub(crate) fn prepare_tools(matrix: &Matrix, project: &Project) -> Result<Tools, Problem> {
    let parent = project.target.join("tools");
    let environments =
        matrix.tool_recipes().map(|recipe| recipe.prepare(&parent)).collect::<Result<Vec<_>, _>>()?;
    Ok(Tools { folders: environments.iter().map(Environment::programs).collect(), complete: true })
}

/// Those tools that an earlier run has installed.
pub(crate) fn prepared_tools(matrix: &Matrix, project: &Project) -> Tools {
    let parent = project.target.join("tools");
    let folders: Vec<PathBuf> =
        matrix.tool_recipes().filter_map(|recipe| Some(recipe.prepared(&parent)?.programs())).collect();
    Tools { complete: folders.len() == matrix.tools.len(), folders }
}

/// As many as the smallest machine of a CI has processors.
const INSTALLATIONS_AT_ONCE: usize = 2;

/// The environments of a run's clients, or why there is none.
pub(crate) struct Environments(BTreeMap<String, Result<Environment, Problem>>);

impl Environments {
    /// Installs what is not there yet. One that fails is a matter of that client's leg.
    pub(crate) fn prepare(project: &Project, matrix: &Matrix, selected: &[&Client]) -> Self {
        if selected.is_empty() {
            return Self(BTreeMap::new());
        }
        let parent = project.target.join("clients");
        // Without it, each environment makes a pip of its own.
        let installer = matrix.installer_recipe().prepare(&parent).ok();
        let queue: Mutex<VecDeque<&Client>> = Mutex::new(selected.iter().copied().collect());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let prepared = Mutex::new(BTreeMap::new());
        std::thread::scope(|scope| {
            for _ in 0..INSTALLATIONS_AT_ONCE {
                scope.spawn(|| {
                    while let Some(client) = next() {
                        let environment = matrix.recipe(client).prepare_with(installer.as_ref(), &parent);
                        let mut prepared = prepared.lock().unwrap_or_else(PoisonError::into_inner);
                        prepared.insert(client.name.clone(), environment);
                    }
                });
            }
        });
        Self(prepared.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// The environment of a client.
    pub(crate) fn of(&self, client: &Client) -> Result<&Environment, Problem> {
        match self.0.get(&client.name) {
            Some(Ok(environment)) => Ok(environment),
            Some(Err(problem)) => Err(problem.clone()),
            None => Err(Problem::new(format!("{} was not prepared", client.name))),
        }
    }
}

/// Where runs leave what they wrote.
pub(crate) fn runs(project: &Project) -> PathBuf {
    project.target.join("clients").join("runs")
}

/// What of `cargo xtask clients` was asked for.
#[derive(clap::Args)]
pub(crate) struct Wanted {
    /// The slow lane too.
    #[arg(long)]
    all: bool,
    /// Only this client, whatever its lane. May be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Install what they need, and run nothing.
    #[arg(long)]
    install: bool,
    /// How many generations run at once.
    #[arg(long, default_value_t = eras::LEGS_AT_ONCE)]
    jobs: u8,
}

/// `cargo xtask clients`.
///
/// # Errors
///
/// When nothing could be run: a missing toolchain, an unknown client, a build that fails.
pub(crate) fn run(project: &Project, wanted: &Wanted) -> Result<bool, Problem> {
    let Wanted { all, only, install, jobs } = wanted;
    let matrix = Matrix::read(project)?;
    if let Some(name) = only.iter().find(|name| !matrix.has(name)) {
        let problem = Problem::new(format!("there is no client {name}"));
        return Err(problem.with_remedy(format!("the clients are {}", matrix.names().join(", "))));
    }
    let selected = matrix.select(|client| match only.as_slice() {
        [] => *all || client.is_fast(),
        names => names.contains(&client.name),
    });
    toolchain::require(&[&PYTHON, &NODE, &NPM])?;
    desktop::prepare(project);
    let tools = prepare_tools(&matrix, project)?;
    let environments = Environments::prepare(project, &matrix, &selected);
    if *install {
        return selected.iter().try_for_each(|client| environments.of(client).map(drop)).map(|()| true);
    }
    let server = project.build_server()?;
    let mut report = Report::default();
    let setting = Setting {
        project,
        matrix: &matrix,
        environments: &environments,
        server: &server,
        tools: &tools,
        jobs: *jobs,
    };
    setting.legs(&selected, &mut report);
    Ok(report.close())
}

/// What all legs of a run have in common.
pub(crate) struct Setting<'a> {
    pub(crate) project: &'a Project,
    pub(crate) matrix: &'a Matrix,
    pub(crate) environments: &'a Environments,
    pub(crate) server: &'a Path,
    pub(crate) tools: &'a Tools,
    /// How many generations run at once.
    pub(crate) jobs: u8,
}

impl Setting<'_> {
    /// The legs of these clients: one by one those with tests of their own, then the generations.
    pub(crate) fn legs(&self, selected: &[&Client], report: &mut Report) {
        let (generations, deep): (Vec<&Client>, Vec<&Client>) =
            selected.iter().partition(|client| client.era.is_some());
        for client in deep {
            self.leg(client, report);
        }
        eras::legs(self, &generations, report);
    }

    /// Runs a client's tests against a server of their own.
    fn leg(&self, client: &Client, report: &mut Report) {
        let leg = Report::begin(&client.name);
        let attempt = Attempt::new(self.project, self.environments, client);
        match attempt.and_then(|attempt| attempt.run(self.server, self.tools)) {
            Ok((tally, problem)) => report.end(leg, tally, problem),
            Err(problem) => {
                eprintln!("{problem}");
                report.end(leg, Tally::default(), Some("could not be run".to_owned()));
            }
        }
    }
}

/// One run of one client.
struct Attempt<'a> {
    client: &'a Client,
    environment: &'a Environment,
    /// The test files.
    folder: PathBuf,
    /// Home, temporary files, working directory and report of this run.
    place: PathBuf,
}

impl<'a> Attempt<'a> {
    fn new(project: &Project, environments: &'a Environments, client: &'a Client) -> Result<Self, Problem> {
        let environment = environments.of(client)?;
        let folder = project.root.join("tests/clients").join(&client.folder);
        let place = runs(project).join(&client.name);
        Ok(Self { client, environment, folder, place })
    }

    fn run(&self, server: &Path, tools: &Tools) -> Result<(Tally, Option<String>), Problem> {
        let mut command = private(server, &self.place)?;
        command.arg("exec").args(tools.arguments()).arg("--");
        self.add_runner(&mut command)?;
        keep_bytecode(&mut command, self.environment);
        // Whatever a test looks at, an answer that departs from the contract fails the leg.
        command.env("PITLANE_CONTRACT_CHECK", "enforce");
        // For tests that start servers of their own.
        command.env("PITLANE_PROGRAM", server);
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
                command.env("PITLANE_CLIENT_VERSION", self.client.version.to_string());
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

/// Lets Python keep what it compiles, beside the environment: a client takes many seconds to compile.
pub(crate) fn keep_bytecode(command: &mut Command, environment: &Environment) {
    command.env_remove("PYTHONDONTWRITEBYTECODE").env("PYTHONPYCACHEPREFIX", environment.bytecode());
}

/// The test modules of a folder, in order. (Whether Node finds them by itself depends on its version.)
pub(crate) fn test_modules(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
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
    use crate::environments::Ecosystem;

    fn matrix() -> Matrix {
        Matrix::read(&Project::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")))
            .expect("the matrix is readable")
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
            environment: &Environment::at(directory.clone(), Ecosystem::Pypi),
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
}
