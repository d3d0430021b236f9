//! What the suite requires of files holds on every rung, whoever the server belongs to. The suite's own test judges a
//! server of whoever runs it on the best rung; here are the others.

use std::process::Command;

use crate::support::{KEY, TestServer, program};

/// Areas of the toolbox about files and the machine they are on.
const REQUIREMENTS: [&str; 4] = ["DT-TBX-FILE-*", "DT-TBX-SIGN-*", "DT-TBX-PORT-*", "DT-TBX-SRV-*"];

fn judge(server: &TestServer) {
    let mut suite = Command::new(program());
    let url = format!("{}/api", server.url);
    suite.args(["conformance", "server", "--url", &url, "--key", KEY, "--no-generated"]);
    suite.args(REQUIREMENTS.iter().flat_map(|pattern| ["--only", pattern]));
    let output = suite.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", text(&output.stderr));
    assert!(said.contains("files-hundred-thousand"), "it was not left out: {said}");
}

#[test]
fn files_are_as_required_on_the_lowest_rung() {
    judge(&TestServer::start_with(&["--runtime", "process"]));
}

#[tokio::test]
async fn files_are_as_required_where_an_ordinary_user_runs_the_server() {
    let Some(best) = TestServer::start_as_ordinary_user(&["--runtime", "auto"]) else { return };
    judge(&best);
    if best.rung().await != "process" {
        judge(&TestServer::start_as_ordinary_user(&["--runtime", "process"]).unwrap());
    }
}
