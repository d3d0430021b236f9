//! The leg of schemathesis: a program that reads a contract document knows what to ask, and what may be answered.
//!
//! The documents are merged here and handed to `tests/schemathesis/run.py`, which runs inside `pitlane exec` with a pinned
//! schemathesis, a fixed seed and a budget of time. Its reports are summed like those of any other leg.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::clients::private;
use crate::environments::{Ecosystem, NO_OVERRIDES, Recipe};
use crate::project::{Problem, Project};
use crate::report::{self, Report, Tally};

/// Name of the leg.
pub(crate) const LEG: &str = "schemathesis";
const PIN: &str = "schemathesis==4.32.5";
/// The documents it reads.
const DOCUMENTS: [&str; 2] = ["control", "toolbox"];

/// Installs schemathesis if need be, and lets it loose on a server of its own.
pub(crate) fn leg(project: &Project, server: &Path, report: &mut Report) {
    let leg = Report::begin(LEG);
    match run(project, server) {
        Ok((tally, problem)) => report.end(leg, tally, problem),
        Err(problem) => {
            eprintln!("{problem}");
            report.end(leg, Tally::default(), Some("could not be run".to_owned()));
        }
    }
}

fn run(project: &Project, server: &Path) -> Result<(Tally, Option<String>), Problem> {
    let parent = project.target.join("clients");
    let recipe = Recipe {
        name: LEG,
        ecosystem: Ecosystem::Pypi,
        packages: vec![PIN.to_owned()],
        overrides: &NO_OVERRIDES,
        is_open: false,
    };
    let environment = recipe.prepare(&parent)?;
    let place = parent.join("runs").join(LEG);
    let mut command = private(server, &place)?;
    for name in DOCUMENTS {
        write_document(project, name, &place)?;
    }
    // A sandbox for every body that makes one would only load the machine.
    command.args(["exec", "--quotas", "total-cpu=4", "--"]);
    command.arg(environment.python()).arg(project.root.join("tests/schemathesis/run.py")).arg(&place);
    // Whatever is asked, an answer that departs from the contract becomes a 500.
    command.env("PITLANE_CONTRACT_CHECK", "enforce");
    let status = command.status().map_err(|error| Problem::io("run", server, &error))?;
    let mut tally = Tally::default();
    for name in DOCUMENTS {
        let text = fs::read_to_string(place.join(format!("{name}.xml")));
        tally.add(text.map(|text| report::junit(&text)).unwrap_or_default());
    }
    let broken_off =
        (!status.success() && tally.failed == 0).then(|| format!("schemathesis ended with {status}"));
    Ok((tally, broken_off))
}

/// Writes a merged document beside the list of operations left to later.
fn write_document(project: &Project, name: &str, place: &Path) -> Result<(), Problem> {
    let directory = project.root.join("conformance/contract/daytona").join(name);
    let document =
        xtask::generate::Document::load(&directory, name).map_err(|error| Problem::new(error.to_string()))?;
    let path = place.join(format!("{name}.json"));
    let text = json!({ "document": document.value, "planned": document.planned }).to_string();
    fs::write(&path, text).map_err(|error| Problem::io("write", &path, &error))
}
