//! The published schemas say what the loader takes and what the reports hold.

use std::path::{Path, PathBuf};

use conformance::report::results;
use conformance::{Data, Suite};
use jsonschema::Validator;
use serde_json::Value;

use crate::reports::outcome;

fn data_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance")
}

fn schema(name: &str) -> Validator {
    let text = std::fs::read_to_string(data_directory().join(name)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

/// What is wrong with the text of a case file.
pub(crate) fn departures(text: &str) -> Vec<String> {
    let value: Value = serde_norway::from_str(text).unwrap();
    schema("case.schema.json")
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn case_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            case_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn every_case_file_fits_the_schema() {
    let mut files = Vec::new();
    case_files(&data_directory().join("cases"), &mut files);
    assert!(!files.is_empty());
    for file in files {
        let found = departures(&std::fs::read_to_string(&file).unwrap());
        assert!(found.is_empty(), "{}: {found:#?}", file.display());
    }
}

/// Files with one mistake each: neither the schema nor the loader may take them.
#[test]
fn schema_and_loader_refuse_the_same_mistakes() {
    let case = |rest: &str| {
        format!(
            "contract: control\nrequirements: [DT-CTL-GEN-AUTH]\ncases:\n  - id: a\n    title: A.\n{rest}"
        )
    };
    let step = |step: &str| case(&format!("    steps: [{step}]\n"));
    assert!(departures(&step("{ http: GET /x }")).is_empty());
    for wrong in [
        "contract: control\n".to_owned(),
        case(""),
        case("    steps: []\n"),
        case("    steps: [{ http: GET /x }]\n    nonsense: 1\n"),
        case("    steps: [{ http: GET /x }]\n    use: cloud\n"),
        case("    steps: [{ http: GET /x }]\n    timeout: 5\n"),
        step("{ name: only }"),
        step("{ http: GET /x, ws: /y }"),
        step("{ http: /x }"),
        step("{ http: GET x }"),
        step("{ http: \"GET /x?y=1\" }"),
        step("{ http: GET /x, auth: mine }"),
        step("{ http: GET /x, expect: { status: 4yy } }"),
        step("{ http: GET /x, expect: { status: 42 } }"),
        step("{ http: GET /x, expect: { staus: 200 } }"),
        step("{ http: GET /x, expect: { json: { $regexp: a } } }"),
        step("{ http: GET /x, capture: { a: { cookie: b } } }"),
        step("{ ws: /x, script: [{ sing: a }] }"),
    ] {
        assert!(!departures(&wrong).is_empty(), "the schema takes {wrong}");
        let loaded = Suite::load(Data::embedded().with("cases/wrong.yaml", &wrong));
        let problem = loaded.map(|_| wrong).unwrap_err().to_string();
        assert!(problem.starts_with("cases/wrong.yaml: "), "{problem}");
    }
}

#[test]
fn results_fit_their_schema() {
    let (suite, outcome) = outcome();
    let results: Value =
        serde_json::from_str(&results::render(&suite.requirements, &outcome).unwrap()).unwrap();
    let found: Vec<String> =
        schema("results.schema.json").iter_errors(&results).map(|error| error.to_string()).collect();
    assert!(found.is_empty(), "{found:#?}");
}
