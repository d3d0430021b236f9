//! `cargo xtask test`: everything CI runs, in legs, with one line at the end that sums them.

use std::io::{BufRead, BufReader, Read, Write};
use std::panic::resume_unwind;
use std::process::{Child, Command, Stdio};

use crate::clients::{self, Environments, Setting};
use crate::desktop;
use crate::eras::LEGS_AT_ONCE;
use crate::fuzz;
use crate::matrix::Matrix;
use crate::project::{Problem, Project};
use crate::report::{self, Report, Tally};
use crate::toolchain::{self, NODE, NPM, PYTHON};

/// The leg of everything written in Rust, the differential cases among it.
const RUST: &str = "rust";

/// Runs the legs asked for; without any named, Rust and (unless `fast`) the fast lane of clients. The closing line comes
/// whatever happens, once it is known what to run.
///
/// # Errors
///
/// When it cannot be known what to run.
pub(crate) fn run(project: &Project, fast: bool, only: &[String]) -> Result<bool, Problem> {
    let matrix = Matrix::read(project)?;
    let legs = [vec![RUST, fuzz::LEG], matrix.names()].concat();
    if let Some(name) = only.iter().find(|name| !legs.contains(&name.as_str())) {
        let problem = Problem::new(format!("there is no leg {name}"));
        return Err(problem.with_remedy(format!("the legs are {}", legs.join(", "))));
    }
    if fast && only.iter().any(|name| name != RUST) {
        return Err(Problem::new("--fast leaves the clients out, so none can be named beside it"));
    }
    let mut report = Report::default();
    if let Err(problem) = run_legs(project, &matrix, fast, only, &mut report) {
        eprintln!("\n{problem}\n");
        report.end(Report::begin("preparation"), Tally::default(), Some("nothing could be run".to_owned()));
    }
    Ok(report.close())
}

fn run_legs(
    project: &Project,
    matrix: &Matrix,
    fast: bool,
    only: &[String],
    report: &mut Report,
) -> Result<(), Problem> {
    let named = |name: &str| only.iter().any(|other| other == name);
    let rust = only.is_empty() || named(RUST);
    let clients = matrix.select(|client| match only {
        [] => !fast && client.is_fast(),
        _ => named(&client.name),
    });
    toolchain::require(if fast { &[&PYTHON, &NODE] } else { &[&PYTHON, &NODE, &NPM] })?;
    // Installing waits for the network, building for the processors: the two go well together.
    let (tools, environments, server) = std::thread::scope(|scope| {
        let installing = scope.spawn(|| {
            let tools = if fast {
                Ok(clients::prepared_tools(matrix, project))
            } else {
                desktop::prepare(project);
                clients::prepare_tools(matrix, project)
            };
            (tools, Environments::prepare(project, matrix, &clients))
        });
        let server = if rust { project.build_tests() } else { project.build_server() };
        let (tools, environments) = installing.join().unwrap_or_else(|panic| resume_unwind(panic));
        Ok::<_, Problem>((tools?, environments, server?))
    })?;
    if rust {
        rust_leg(project, &tools, report);
    }
    if named(fuzz::LEG) || (only.is_empty() && !fast) {
        fuzz::leg(project, &server, report);
    }
    let setting = Setting {
        project,
        matrix,
        environments: &environments,
        server: &server,
        tools: &tools,
        jobs: LEGS_AT_ONCE,
    };
    setting.legs(&clients, report);
    Ok(())
}

/// All Rust tests of the workspace, by nextest where it is installed.
fn rust_leg(project: &Project, tools: &clients::Tools, report: &mut Report) {
    let leg = Report::begin(RUST);
    let mut tally = Tally::default();
    let mut problem = None;
    let openssh = toolchain::offer_openssh();
    for mut command in rust_commands(project) {
        command.env("PATH", tools.search_path());
        command.envs(openssh.then_some(("PITLANE_TEST_OPENSSH", "1")));
        let (found, broken_off) = counted(&mut command, std::io::stdout(), std::io::stderr());
        tally.add(found);
        problem = problem.or(broken_off);
    }
    report.end(leg, tally, problem);
}

fn rust_commands(project: &Project) -> Vec<Command> {
    let nextest =
        project.cargo().args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !nextest.is_ok_and(|status| status.success()) {
        let mut command = project.cargo();
        command.args(["test", "--workspace", "--no-fail-fast"]);
        return vec![command];
    }
    let mut tests = project.cargo();
    tests.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    // Examples in documentation are the one kind of test that nextest leaves to cargo.
    let mut examples = project.cargo();
    examples.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
    vec![tests, examples]
}

/// Runs a command whose output says how many tests ended in which way, passing the output on to `out` and `err`. What
/// comes beside the count is, in words, why the command failed with no failed test to show for it.
fn counted(command: &mut Command, out: impl Write, err: impl Write + Send) -> (Tally, Option<String>) {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return (Tally::default(), Some(format!("could not run cargo: {error}"))),
    };
    let tally = read_both(&mut child, out, err);
    let problem = match child.wait() {
        Ok(status) if status.success() || tally.failed > 0 => None,
        Ok(status) => Some(format!("cargo ended with {status}")),
        Err(error) => Some(format!("lost sight of cargo: {error}")),
    };
    (tally, problem)
}

/// Passes on both streams: cargo writes its summaries to one, nextest to the other.
fn read_both(child: &mut Child, out: impl Write, err: impl Write + Send) -> Tally {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        let other = scope.spawn(|| pass_on(stderr, err, report::standard_error));
        let mut tally = pass_on(stdout, out, report::cargo_test_summary);
        tally.add(other.join().unwrap_or_default());
        tally
    })
}

fn pass_on(from: Option<impl Read>, mut to: impl Write, summary: fn(&str) -> Option<Tally>) -> Tally {
    let mut tally = Tally::default();
    let Some(from) = from else { return tally };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    // A line may hold anything a test printed, so it is not taken for text before it has to be.
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // A reader that went away (a closed pipe) must not end the tests.
        let _ = to.write_all(&line);
        tally.add(summary(&String::from_utf8_lossy(&line)).unwrap_or_default());
        line.clear();
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> (Tally, Option<String>) {
        // What the inner run prints must not be counted by the run that runs this test.
        counted(Command::new("sh").args(["-c", script]), std::io::sink(), std::io::sink())
    }

    #[test]
    fn summaries_of_both_streams_are_summed() {
        let tally = shell(
            "echo 'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s';
             echo 'Summary [ 0.1s] 2 tests run: 2 passed, 1 skipped' >&2",
        );
        assert_eq!(tally, (Tally { passed: 5, failed: 0, skipped: 2 }, None));
    }

    #[test]
    fn a_build_that_fails_is_not_a_run_without_failures() {
        let problem = Some("cargo ended with exit status: 101".to_owned());
        assert_eq!(shell("exit 101"), (Tally::default(), problem));
    }
}
