//! The conformance suite and the server judge each other: the server holds every MUST, and every server broken on
//! purpose is caught by the requirement its mutant names.
//!
//! Both are what a user of the program runs; on failure their own summary is printed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod clients;
#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Output};

use serde_json::Value;
use support::{KEY, TestServer, program};
use tempfile::TempDir;

/// Servers or cases at the same time: they wait more than they work.
const JOBS: &str = "6";

/// Runs the suite with these arguments. The self-test starts its own program for every mutant: it gets a name of its own,
/// so that a build going on meanwhile does not take the file away.
fn suite(arguments: &[&str]) -> Output {
    let place = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let own = place.path().join("pitlane");
    std::fs::hard_link(program(), &own).unwrap();
    Command::new(own).arg("conformance").args(arguments).output().unwrap()
}

/// What the suite said, for whoever reads that it failed.
fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_server_holds_every_must_of_the_suite() {
    let place = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ready = place.path().join("ready.json");
    let server = TestServer::start_with(&["--second-tenant", "--ready-file", ready.to_str().unwrap()]);
    let other_key = serde_json::from_slice::<Value>(&std::fs::read(&ready).unwrap()).unwrap()["otherApiKey"]
        .as_str()
        .unwrap()
        .to_owned();
    let results = place.path().join("results.json");

    let url = format!("{}/api", server.url);
    let output = suite(&[
        "server",
        "--url",
        &url,
        "--key",
        KEY,
        "--other-key",
        &other_key,
        "--jobs",
        JOBS,
        "--json",
        results.to_str().unwrap(),
    ]);

    assert!(output.status.success(), "{}", said(&output));
    assert!(results.is_file(), "no results were written:\n{}", said(&output));
}

#[test]
fn every_server_broken_on_purpose_is_caught_by_the_requirement_named() {
    let output = suite(&["self-test", "--jobs", JOBS]);

    let said = said(&output);
    let verdict = |name: &str| said.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>();
    assert_eq!(verdict("SURVIVED"), Vec::<&str>::new());
    // What this machine has no program for, as a language server, cannot be broken on it either.
    let void = verdict("VOID");
    let unexplained: Vec<_> =
        void.iter().filter(|line| !line.contains(": skip the server lacks `")).collect();
    assert_eq!(unexplained, Vec::<&&str>::new());
    assert!(verdict("killed").len() >= 147, "{said}");
    assert!(output.status.success() || !void.is_empty(), "{said}");
}

/// What stands between a socket and its client when a mutant breaks messages must not be what is caught.
#[test]
fn sockets_a_mutant_leaves_alone_pass_as_they_are() {
    for (contract, cases) in [
        ("toolbox", ["DT-TBX-PTY-*", "DT-TBX-INT-*", "DT-TBX-SESS-03*"].as_slice()),
        ("control", &["DT-CTL-EVT-*"]),
        ("voidrun", &["VR-PTY-*", "VR-FILE-007"]),
    ] {
        let never = serde_json::json!({
            "id": "none", "contract": contract, "operation": "*", "kills": "none",
            "break": { "kind": "drop-message", "with": "nobody says this" },
        });
        let server = TestServer::start_with(&["--mutant", &never.to_string()]);
        let url = format!("{}/api", server.url);
        let mut arguments = vec!["server", "--url", &url, "--key", KEY, "--no-generated", "--jobs", JOBS];
        arguments.extend(cases.iter().flat_map(|case| ["--only", case]));
        let output = suite(&arguments);
        assert!(output.status.success(), "{contract}: {}", said(&output));
    }
}
