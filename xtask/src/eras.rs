//! The generations of the published clients, all against one server at a time.
//!
//! ```text
//! one `pitlane serve` ◀── leg: python-0.6.0      ── results.jsonl ──▶ Row
//!                     ◀── leg: typescript-0.17.0 ── results.jsonl ──▶ Row     (two legs at once)
//! ```
//!
//! A leg gets a scenario file: what its release can do, and which parts of that must fail and why. Its runner reports each
//! test as one line of JSON, so that a run that breaks off has still said what it did.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};

use serde::{Deserialize, Serialize};

use crate::clients::{self, Setting, Tools};
use crate::environments::Ecosystem;
use crate::leftovers;
use crate::matrix::{Client, Kind, Matrix, Runner};
use crate::project::{Problem, Project};
use crate::report::{Leg, Report, Tally};

/// How many legs run at once unless told otherwise: as many as the smallest machine of a CI has processors.
pub(crate) const LEGS_AT_ONCE: u8 = 2;

/// The leg of the server itself.
const SERVER_LEG: &str = "one server for all generations";

/// What a leg's runner reads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Briefing<'a> {
    package: &'a str,
    version: String,
    /// Whether the asynchronous client has its turn too.
    asynchronous: bool,
    capabilities: Vec<&'a str>,
    expected: Vec<ExpectedFailure<'a>>,
    /// Where a line goes for each test.
    results: PathBuf,
}

#[derive(Serialize)]
struct ExpectedFailure<'a> {
    kind: Kind,
    capability: &'a str,
    test: Option<&'a str>,
    reason: &'a str,
}

/// How one test ended.
#[derive(Deserialize, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) capability: String,
    pub(crate) ending: Ending,
    #[serde(default)]
    pub(crate) reason: String,
}

#[derive(Clone, Copy, Deserialize, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ending {
    Passed,
    Failed,
    Skipped,
    /// Failed as expected, because the server does not serve it yet.
    Planned,
    /// Failed as expected, because of the client itself.
    ClientBug,
}

/// What can be said of a leg once it has ended.
struct Ended {
    leg: Leg,
    tally: Tally,
    problem: Option<String>,
    output: String,
}

/// Runs the legs of these clients against one server.
pub(crate) fn legs(setting: &Setting<'_>, selected: &[&Client], report: &mut Report) {
    if selected.is_empty() {
        return;
    }
    let leg = Report::begin(SERVER_LEG);
    let place = clients::runs(setting.project).join("server");
    let shared = match Shared::start(setting.server, setting.tools, &place) {
        Ok(shared) => shared,
        Err(problem) => {
            eprintln!("{problem}");
            report.end(leg, Tally::default(), Some("could not be started".to_owned()));
            return;
        }
    };
    run_all(setting, selected, &shared, report);
    let problem = shared.end();
    report.end(leg, Tally { passed: u64::from(problem.is_none()), ..Tally::default() }, problem);
}

fn run_all(setting: &Setting<'_>, selected: &[&Client], server: &Shared, report: &mut Report) {
    let queue: Mutex<VecDeque<&Client>> = Mutex::new(selected.iter().copied().collect());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..setting.jobs.max(1) {
            let sender = sender.clone();
            scope.spawn(move || {
                while let Some(client) = next() {
                    let leg = Report::begin(&client.name);
                    // Nobody listens any more only when the other end has panicked; that ends the run by itself.
                    let _ = sender.send(run_one(setting, client, server, leg));
                }
            });
        }
        drop(sender);
        for Ended { leg, tally, problem, output } in receiver {
            if tally.failed > 0 || problem.is_some() {
                println!("{output}");
            }
            report.end(leg, tally, problem);
        }
    });
}

fn run_one(setting: &Setting<'_>, client: &Client, server: &Shared, leg: Leg) -> Ended {
    match run(setting, client, server) {
        Ok((tally, problem, output)) => Ended { leg, tally, problem, output },
        Err(problem) => {
            let output = problem.to_string();
            Ended { leg, tally: Tally::default(), problem: Some("could not be run".to_owned()), output }
        }
    }
}

/// What the tests said, what is wrong beside them, and all words of the runner.
fn run(
    setting: &Setting<'_>,
    client: &Client,
    server: &Shared,
) -> Result<(Tally, Option<String>, String), Problem> {
    let environment = setting.environments.of(client)?;
    let place = clients::runs(setting.project).join(&client.name);
    let program = match client.ecosystem {
        Ecosystem::Pypi => environment.python(),
        Ecosystem::Npm => PathBuf::from("node"),
    };
    let mut command = clients::private(&program, &place)?;
    add_runner(&mut command, client, &setting.project.root.join("tests/clients").join(&client.folder))?;
    clients::keep_bytecode(&mut command, environment);
    command.envs(&server.environment).env("PITLANE_SCENARIO", brief(setting.matrix, client, &place)?);
    command.env("PITLANE_CLIENT_DIR", &environment.directory);
    if setting.tools.complete {
        command.env("PITLANE_TEST_COMPLETE", "1");
    }
    let log = place.join("output.txt");
    let file = fs::File::create(&log).map_err(|error| Problem::io("create", &log, &error))?;
    let second = file.try_clone().map_err(|error| Problem::io("open", &log, &error))?;
    let status = command.stdout(file).stderr(second).status();
    let status = status.map_err(|error| Problem::io("run", &program, &error))?;
    let outcomes = outcomes(&results(&place))?;
    let tally = tally(&outcomes);
    let broken_off =
        (!status.success() && tally.failed == 0).then(|| format!("the runner ended with {status}"));
    let problem = broken_off.or_else(|| untested(setting.matrix, client, &outcomes));
    Ok((tally, problem, String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned()))
}

fn add_runner(command: &mut Command, client: &Client, folder: &Path) -> Result<(), Problem> {
    match client.runner {
        Runner::Pytest => {
            command.args(["-m", "pytest", "--quiet", "--tb=short"]);
            command.arg("-c").arg(folder.join("pytest.ini")).arg("--rootdir").arg(folder).arg(folder);
        }
        Runner::NodeTest => {
            command.args(["--test-reporter=spec", "--test-reporter-destination=stdout"]);
            command.args(clients::test_modules(folder)?);
        }
    }
    Ok(())
}

/// Writes what the runner is to know; the path of it.
fn brief(matrix: &Matrix, client: &Client, place: &Path) -> Result<PathBuf, Problem> {
    let capabilities = capabilities(matrix, client);
    let concerning = matrix.scenario.expected.iter().filter(|expected| expected.concerns(client));
    let expected = concerning.map(|expected| ExpectedFailure {
        kind: expected.kind,
        capability: &expected.capability,
        test: expected.test.as_deref(),
        reason: &expected.reason,
    });
    let briefing = Briefing {
        package: &client.package,
        version: client.version.to_string(),
        asynchronous: client.asynchronous,
        expected: expected.collect(),
        capabilities,
        results: results(place),
    };
    let path = place.join("scenario.json");
    let text = serde_json::to_string_pretty(&briefing).map_err(|error| Problem::new(error.to_string()))?;
    fs::write(&path, text).map_err(|error| Problem::io("write", &path, &error))?;
    Ok(path)
}

fn capabilities<'a>(matrix: &'a Matrix, client: &Client) -> Vec<&'a str> {
    let had = matrix.scenario.capabilities.iter().filter(|capability| capability.is_in(client));
    had.map(|capability| capability.name.as_str()).collect()
}

/// Where a leg's runner puts its lines.
pub(crate) fn results(place: &Path) -> PathBuf {
    place.join("results.jsonl")
}

/// The lines of a leg's runner.
///
/// # Errors
///
/// When one of them cannot be understood. A file that is not there has no lines.
pub(crate) fn outcomes(path: &Path) -> Result<Vec<Outcome>, Problem> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let parse = |line: &str| serde_json::from_str(line);
    let parsed: Result<_, _> = text.lines().map(parse).collect();
    parsed.map_err(|error| Problem::new(format!("{}: {error}", path.display())))
}

/// What was expected to fail and did counts as skipped: nothing was shown to work.
fn tally(outcomes: &[Outcome]) -> Tally {
    let mut tally = Tally::default();
    for outcome in outcomes {
        match outcome.ending {
            Ending::Passed => tally.passed += 1,
            Ending::Failed => tally.failed += 1,
            Ending::Skipped | Ending::Planned | Ending::ClientBug => tally.skipped += 1,
        }
    }
    tally
}

/// In words, which capabilities of the client no test looked at.
fn untested(matrix: &Matrix, client: &Client, outcomes: &[Outcome]) -> Option<String> {
    let had = capabilities(matrix, client).into_iter();
    let missing: Vec<&str> =
        had.filter(|name| !outcomes.iter().any(|outcome| outcome.capability == *name)).collect();
    (!missing.is_empty()).then(|| format!("no test for {}", missing.join(", ")))
}

/// The server all legs of a run speak to. It ends with this process, whatever way that goes.
struct Shared {
    child: Child,
    environment: BTreeMap<&'static str, String>,
    place: PathBuf,
}

/// What the server says of itself, as far as clients need it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    api_url: String,
    api_key: String,
}

impl Shared {
    fn start(server: &Path, tools: &Tools, place: &Path) -> Result<Self, Problem> {
        let mut command = clients::private(server, place)?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--json", "--until-stdin-ends"]);
        command.args(tools.arguments()).stdin(Stdio::piped()).stdout(Stdio::piped());
        // Whatever a test looks at, an answer that departs from the contract fails its leg.
        command.env("PITLANE_CONTRACT_CHECK", "enforce");
        let mut child = command.spawn().map_err(|error| Problem::io("run", server, &error))?;
        let ready = child.stdout.take().and_then(|output| BufReader::new(output).lines().next());
        let ready: Option<Ready> = ready.and_then(|line| serde_json::from_str(&line.ok()?).ok());
        let Some(Ready { api_url, api_key }) = ready else {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(Problem::new("the server ended before it was ready"));
        };
        let environment = BTreeMap::from([
            ("DAYTONA_API_KEY", api_key),
            ("DAYTONA_API_URL", api_url.clone()),
            ("DAYTONA_SERVER_URL", api_url),
            ("DAYTONA_TARGET", "us".to_owned()),
        ]);
        Ok(Self { child, environment, place: place.to_owned() })
    }

    /// Ends it; in words, what was wrong with it.
    fn end(mut self) -> Option<String> {
        drop(self.child.stdin.take());
        match self.child.wait() {
            Ok(status) if status.success() => leftovers::of(&self.place.join("tmp")),
            Ok(status) => {
                Some(format!("the server ended with {status}: it left the contract, or lost its way"))
            }
            Err(error) => Some(format!("lost sight of the server: {error}")),
        }
    }
}

/// The lines of the last run of a client, if it ever ran here.
pub(crate) fn last_run(project: &Project, client: &Client) -> Result<Option<Vec<Outcome>>, Problem> {
    let path = results(&clients::runs(project).join(&client.name));
    if !path.is_file() {
        return Ok(None);
    }
    outcomes(&path).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project;

    fn outcome(capability: &str, ending: Ending) -> Outcome {
        Outcome { capability: capability.to_owned(), ending, reason: String::new() }
    }

    #[test]
    fn expected_failures_count_as_skipped() {
        let endings = [
            Ending::Passed,
            Ending::Failed,
            Ending::Skipped,
            Ending::Planned,
            Ending::ClientBug,
            Ending::Passed,
        ];
        let outcomes: Vec<_> = endings.into_iter().map(|ending| outcome("exec", ending)).collect();
        assert_eq!(tally(&outcomes), Tally { passed: 2, failed: 1, skipped: 3 });
    }

    #[test]
    fn lines_of_runners_are_read() {
        let directory = std::env::temp_dir().join(format!("pitlane-eras-{}", std::process::id()));
        project::fresh_directory(&directory).expect("a directory");
        let path = results(&directory);
        assert_eq!(outcomes(&path).expect("no lines"), []);
        let lines = r#"{"capability":"exec","test":"a","ending":"passed"}
{"capability":"git","test":"b","ending":"client-bug","reason":"because"}
"#;
        fs::write(&path, lines).expect("written");
        let bug = Outcome { reason: "because".to_owned(), ..outcome("git", Ending::ClientBug) };
        assert_eq!(outcomes(&path).expect("lines"), [outcome("exec", Ending::Passed), bug]);
        fs::write(&path, "{\"capability\":").expect("written");
        assert!(outcomes(&path).is_err());
        project::remove_directory(&directory).expect("removed");
    }

    #[test]
    fn a_capability_without_a_test_is_a_problem() {
        let project = Project::at(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
        let matrix = Matrix::read(&project).expect("the matrix is readable");
        let oldest = &matrix.eras()[0];
        let mut outcomes: Vec<_> =
            capabilities(&matrix, oldest).into_iter().map(|name| outcome(name, Ending::Passed)).collect();
        assert_eq!(untested(&matrix, oldest, &outcomes), None);
        let last = outcomes.pop().expect("it can do something");
        assert_eq!(untested(&matrix, oldest, &outcomes), Some(format!("no test for {}", last.capability)));
    }
}
