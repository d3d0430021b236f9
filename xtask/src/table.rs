//! The table of clients: what each generation could do in its last run.
//!
//! ```text
//! target/clients/runs/*/results.jsonl ── record ──▶ tests/clients/results.json ── render ──▶ docs/clients.md, README.md
//! ```
//!
//! The record is in the repository, so that the documents can be held to it, and to the matrix, without a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::environments::Ecosystem;
use crate::eras::{self, Ending, Outcome};
use crate::matrix::{Capability, Client, Matrix};
use crate::project::{self, Problem, Project};

/// Below the repository.
const RECORD: &str = "tests/clients/results.json";
const DOCUMENT: &str = "docs/clients.md";
const README: &str = "README.md";

/// What in README is replaced.
const BEGIN: &str = "<!-- clients: written by `cargo xtask clients --table` -->\n";
const END: &str = "<!-- /clients -->\n";

/// Clients by name, with what came of each capability.
type Record = BTreeMap<String, BTreeMap<String, Cell>>;

/// What came of the tests of one capability.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Cell {
    passed: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    failed: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    skipped: u32,
    /// How many wait for the server.
    #[serde(default, skip_serializing_if = "is_zero")]
    planned: u32,
    /// What the client itself cannot do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    client_bugs: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// `cargo xtask clients --table`: takes the last runs into the record, and writes what follows from it. Prints what changed.
///
/// # Errors
///
/// When a file cannot be read or written, or a client of the matrix never ran.
pub(crate) fn run(project: &Project) -> Result<bool, Problem> {
    let matrix = Matrix::read(project)?;
    let record = record(project, &matrix)?;
    let text = serde_json::to_string_pretty(&record).map_err(|error| Problem::new(error.to_string()))?;
    write(&project.root.join(RECORD), &format!("{text}\n"))?;
    for (name, text) in documents(project, &matrix, &record)? {
        write(&project.root.join(name), &text)?;
    }
    Ok(true)
}

/// The record of the repository, with the last runs here in the place of what it said of those clients.
fn record(project: &Project, matrix: &Matrix) -> Result<Record, Problem> {
    let earlier = read_record(project).unwrap_or_default();
    let mut record = Record::new();
    for client in matrix.eras() {
        let cells = match eras::last_run(project, client)? {
            Some(outcomes) => Some(cells(&outcomes)),
            None => earlier.get(&client.name).cloned(),
        };
        let cells = cells.ok_or_else(|| {
            let problem = Problem::new(format!("{} never ran here", client.name));
            problem.with_remedy(format!("cargo xtask clients --only {}", client.name))
        })?;
        record.insert(client.name.clone(), cells);
    }
    Ok(record)
}

fn read_record(project: &Project) -> Result<Record, Problem> {
    let path = project.root.join(RECORD);
    serde_json::from_str(&project::read(&path)?)
        .map_err(|error| Problem::new(format!("{}: {error}", path.display())))
}

fn cells(outcomes: &[Outcome]) -> BTreeMap<String, Cell> {
    let mut cells: BTreeMap<String, Cell> = BTreeMap::new();
    for outcome in outcomes {
        let cell = cells.entry(outcome.capability.clone()).or_default();
        match outcome.ending {
            Ending::Passed => cell.passed += 1,
            Ending::Failed => cell.failed += 1,
            Ending::Skipped => cell.skipped += 1,
            Ending::Planned => cell.planned += 1,
            Ending::ClientBug if cell.client_bugs.contains(&outcome.reason) => {}
            Ending::ClientBug => cell.client_bugs.push(outcome.reason.clone()),
        }
    }
    cells
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    println!("{}", path.display());
    fs::write(path, text).map_err(|error| Problem::io("write", path, &error))
}

/// The documents that follow from the record, by their path below the repository.
fn documents(
    project: &Project,
    matrix: &Matrix,
    record: &Record,
) -> Result<[(&'static str, String); 2], Problem> {
    let readme = project::read(&project.root.join(README))?;
    Ok([(DOCUMENT, document(matrix, record)), (README, in_readme(&readme, &section(matrix, record))?)])
}

/// README with the section in its place.
fn in_readme(readme: &str, section: &str) -> Result<String, Problem> {
    let parts = readme.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) =
        parts.ok_or_else(|| Problem::new("README has no place for the table of clients"))?;
    Ok(format!("{before}{BEGIN}{section}{END}{after}"))
}

const INTRODUCTION: &str = "# Clients

<!-- Written by `cargo xtask clients --table` from the last runs; change tests/clients/matrix.toml or xtask/src/table.rs. -->

One server serves every generation of the published Python and TypeScript clients at the same time. Each runs one scenario
per language, unmodified, under the names its own release has: [tests/clients/python-eras](../tests/clients/python-eras) and
[tests/clients/typescript-eras](../tests/clients/typescript-eras). Versions, pins and what is expected to fail are in
[tests/clients/matrix.toml](../tests/clients/matrix.toml).

```console
$ cargo xtask test                              # on every change: the releases in bold, among all other tests
$ cargo xtask clients --all                     # all of them
$ cargo xtask clients --only python-0.17.0      # one
$ cargo xtask clients --table                   # writes this page from the last runs
```

";

const LEGEND: &str = "`✓` works; `–` the release does not have it; `planned` the server does not serve all of it yet; \
                      `bug` the client cannot do it, whatever a server answers";

/// docs/clients.md: all releases.
fn document(matrix: &Matrix, record: &Record) -> String {
    let mut text = String::from(INTRODUCTION);
    let _ =
        writeln!(text, "{LEGEND}, and the note says why. An expected failure that passes fails the run.\n");
    let mut notes = Notes::default();
    for ecosystem in [Ecosystem::Pypi, Ecosystem::Npm] {
        let _ = writeln!(text, "## {}\n", language(ecosystem));
        let clients: Vec<_> = of(matrix, ecosystem).collect();
        let header = matrix.scenario.capabilities.iter().map(|capability| capability.title.clone());
        let rows = clients.iter().map(|client| {
            let name = release(client);
            let cells = matrix.scenario.capabilities.iter();
            let cells = cells.map(|capability| notes.mark(record, client, capability));
            [era(client), name].into_iter().chain(cells).collect()
        });
        let header = ["Era".to_owned(), "Release".to_owned()].into_iter().chain(header).collect();
        table(&mut text, header, rows.collect());
        text.push('\n');
    }
    notes.write(&mut text);
    text.push_str("\n## Eras\n\n");
    let mut eras: Vec<_> = matrix.eras().iter().filter_map(|client| client.era).collect();
    eras.sort_unstable();
    eras.dedup();
    for era in eras {
        let _ = writeln!(text, "- **{era:?}**: {}", era.title());
    }
    text
}

/// README's section: the releases that run on every change, one column each.
fn section(matrix: &Matrix, record: &Record) -> String {
    let count = matrix.eras().len();
    let mut text = format!(
        "One server serves {count} releases of the Python and TypeScript clients at the same time, back to December 2024. \
         These run\non every change; [docs/clients.md](docs/clients.md) has all.\n\n{LEGEND}.\n\n"
    );
    let mut notes = Notes::default();
    for ecosystem in [Ecosystem::Pypi, Ecosystem::Npm] {
        let clients: Vec<_> = of(matrix, ecosystem).filter(|client| client.is_fast()).collect();
        let header = clients.iter().map(|client| client.version.to_string());
        let header = [language(ecosystem).to_owned()].into_iter().chain(header).collect();
        let had = matrix.scenario.capabilities.iter();
        let had = had.filter(|capability| clients.iter().any(|client| capability.is_in(client)));
        let rows = had.map(|capability| {
            let cells = clients.iter().map(|client| notes.mark(record, client, capability));
            [capability.title.clone()].into_iter().chain(cells).collect()
        });
        table(&mut text, header, rows.collect());
        text.push('\n');
    }
    notes.write(&mut text);
    text
}

fn of(matrix: &Matrix, ecosystem: Ecosystem) -> impl Iterator<Item = &Client> {
    matrix.eras().iter().filter(move |client| client.ecosystem == ecosystem)
}

fn language(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Pypi => "Python",
        Ecosystem::Npm => "TypeScript",
    }
}

fn era(client: &Client) -> String {
    client.era.map(|era| format!("{era:?}")).unwrap_or_default()
}

/// The release as one would install it; in bold when it runs on every change.
fn release(client: &Client) -> String {
    let pins = [client.pin()].into_iter().chain(client.companions());
    let pins = pins.map(|pin| format!("`{pin}`")).collect::<Vec<_>>().join(" with ");
    let faces = if client.asynchronous { ", both clients" } else { "" };
    if client.is_fast() { format!("**{pins}**{faces}") } else { format!("{pins}{faces}") }
}

fn table(text: &mut String, header: Vec<String>, rows: Vec<Vec<String>>) {
    let rule = header.iter().map(|_| "---".to_owned()).collect();
    for row in [header, rule].into_iter().chain(rows) {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

/// Why clients fail, numbered in the order they come up.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    /// What stands in the table.
    fn mark(&mut self, record: &Record, client: &Client, capability: &Capability) -> String {
        if !capability.is_in(client) {
            return "–".to_owned();
        }
        let Some(cell) = record.get(&client.name).and_then(|cells| cells.get(&capability.name)) else {
            return "not run".to_owned();
        };
        let numbers: Vec<String> = cell.client_bugs.iter().map(|reason| self.number(reason)).collect();
        let word = match cell {
            Cell { failed: 1.., .. } => "✗",
            Cell { planned: 1.., .. } => "planned",
            Cell { passed: 1.., .. } => "✓",
            Cell { skipped: 1.., .. } => "skipped",
            _ => "bug",
        };
        if numbers.is_empty() { word.to_owned() } else { format!("{word} <sup>{}</sup>", numbers.join(" ")) }
    }

    fn number(&mut self, reason: &str) -> String {
        let known = self.0.iter().position(|note| note == reason);
        let index = known.unwrap_or_else(|| {
            self.0.push(reason.to_owned());
            self.0.len() - 1
        });
        (index + 1).to_string()
    }

    fn write(&self, text: &mut String) {
        for (index, note) in self.0.iter().enumerate() {
            let _ = writeln!(text, "{}. Client bug: {note}.", index + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn project() -> Project {
        Project::at(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
    }

    #[test]
    fn the_documents_follow_from_the_record() {
        let project = project();
        let matrix = Matrix::read(&project).expect("the matrix is readable");
        let record = read_record(&project).expect("the record is readable");
        for (name, text) in documents(&project, &matrix, &record).expect("README has its place") {
            let found = fs::read_to_string(project.root.join(name)).expect("it is there");
            assert!(found == text, "{name} is out of date: cargo xtask clients --table");
        }
    }

    #[test]
    fn the_record_has_every_generation_with_every_capability_and_no_failure() {
        let project = project();
        let matrix = Matrix::read(&project).expect("the matrix is readable");
        let record = read_record(&project).expect("the record is readable");
        let names: Vec<_> = record.keys().cloned().collect();
        let expected: BTreeSet<_> = matrix.eras().iter().map(|client| client.name.clone()).collect();
        assert_eq!(names, expected.into_iter().collect::<Vec<_>>());
        for client in matrix.eras() {
            let had = matrix.scenario.capabilities.iter().filter(|capability| capability.is_in(client));
            let had: BTreeSet<_> = had.map(|capability| &capability.name).collect();
            let cells = &record[&client.name];
            assert_eq!(cells.keys().collect::<BTreeSet<_>>(), had, "{}", client.name);
            assert!(cells.values().all(|cell| cell.failed == 0), "{} failed", client.name);
        }
    }

    #[test]
    fn endings_become_cells() {
        let outcome = |ending, reason: &str| Outcome {
            capability: "code".to_owned(),
            ending,
            reason: reason.to_owned(),
        };
        let outcomes = [
            outcome(Ending::Passed, ""),
            outcome(Ending::ClientBug, "because"),
            outcome(Ending::ClientBug, "because"),
            outcome(Ending::Planned, "later"),
        ];
        let expected =
            Cell { passed: 1, planned: 1, client_bugs: vec!["because".to_owned()], ..Cell::default() };
        assert_eq!(cells(&outcomes), BTreeMap::from([("code".to_owned(), expected)]));
    }

    #[test]
    fn only_the_section_of_the_readme_changes() {
        let readme = format!("before\n{BEGIN}old\n{END}after\n");
        let expected = format!("before\n{BEGIN}new\n{END}after\n");
        assert_eq!(in_readme(&readme, "new\n").expect("it has a place"), expected);
        assert!(in_readme("no place", "new\n").is_err());
    }
}
