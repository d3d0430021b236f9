//! The checked-in contract is what its sources make it, and what the official documents say.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

use std::path::{Path, PathBuf};

use xtask::generate::{self, drift};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[test]
fn generating_again_changes_nothing() {
    for output in generate::render(&root()).unwrap() {
        let checked_in = std::fs::read_to_string(root().join(&output.path)).unwrap_or_default();
        assert!(checked_in == output.text, "{} is stale: run `cargo xtask generate`", output.path.display());
    }
}

#[test]
fn every_operation_has_an_id_of_its_own_and_a_sentence() {
    for name in ["control", "toolbox", "workspace", "voidrun"] {
        let document = generate::load(&root(), name).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for operation in document.operations() {
            assert!(seen.insert(operation.id().to_owned()), "{} is there twice", operation.id());
            let summary = operation.value["summary"].as_str().unwrap_or_default();
            assert!(
                summary.len() > 10 && summary.ends_with('.'),
                "{} has no sentence: {summary:?}",
                operation.id()
            );
            assert!(operation.value["x-source"].is_string(), "{} has no source", operation.id());
        }
    }
}

/// Compares with the official documents, which are not part of this repository: beside it in `shared/spec`.
fn compare(name: &str, official: &str) {
    let specification = root().join("../shared/spec").join(official);
    let Ok(text) = std::fs::read_to_string(&specification) else {
        println!("skipped: {official} is not here, nothing to compare the {name} document with");
        return;
    };
    let official: serde_json::Value = match official.ends_with(".yml") {
        true => serde_norway::from_str(&text).unwrap(),
        false => serde_json::from_str(&text).unwrap(),
    };
    let document = generate::load(&root(), name).unwrap();
    let directory = generate::directory(name).unwrap();
    let accepted = drift::accepted(&root().join(directory).join("drift.toml")).unwrap();
    let (new, stale) = drift::unexpected(&drift::differences(&official, &document), &accepted);
    let lines: Vec<String> = new
        .iter()
        .map(|difference| format!("{} {}: {}", difference.kind, difference.place, difference.detail))
        .collect();
    assert!(
        new.is_empty() && stale.is_empty(),
        "not accepted:\n{}\nno difference any more:\n{}",
        lines.join("\n"),
        stale.join("\n")
    );
}

#[test]
fn the_control_document_departs_from_the_official_one_only_where_a_reason_is_given() {
    compare("control", "daytona-control-v0.205.1.openapi.json");
}

#[test]
fn the_toolbox_document_departs_from_the_official_one_only_where_a_reason_is_given() {
    compare("toolbox", "daytona-toolbox-v0.205.1.swagger.json");
}

#[test]
fn the_voidrun_document_departs_from_the_official_one_only_where_a_reason_is_given() {
    compare("voidrun", "voidrun.openapi.yml");
}
