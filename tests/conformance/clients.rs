//! `pitlane conformance client` with small clients written for the purpose.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::support::{self, program};
use super::{said, suite};

/// Asks the server the environment names. A careful client waits where it is told to and reads what it knows only.
const CLIENT: &str = r#"
import json, os, sys, time, urllib.error, urllib.request
url, key = os.environ["DAYTONA_API_URL"], os.environ["DAYTONA_API_KEY"]

def ask(method, path, body=None, key=key, tries=3):
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(path if path.startswith("http") else url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        if error.code != 429 or tries == 0:
            raise
        time.sleep(float(error.headers.get("Retry-After") or 0.2) if CAREFUL else 0)
        return ask(method, path, body, key, tries - 1)

CAREFUL = True
"#;

const CAREFUL: &str = r#"
made = ask("POST", "/sandbox", {"labels": {"made": "here"}})
while made["state"] != "started":
    time.sleep(0.2)
    made = ask("GET", f"/sandbox/{made['id']}")
ran = ask("POST", f"{made['toolboxProxyUrl']}/{made['id']}/process/execute", {"command": "echo hello"})
assert ran["result"] == "hello\n", ran
assert ran["exitCode"] == 0
ask("DELETE", f"/sandbox/{made['id']}")
"#;

const CARELESS: &str = r#"
CAREFUL = False
made = ask("POST", "/sandbox", {"colour": "red"})
assert "sinceALaterRelease" not in made, "nobody told me of this member"
"#;

fn client(place: &TempDir, script: &str, options: &[&str]) -> Output {
    let file = place.path().join("client.py");
    fs::write(&file, format!("{CLIENT}{script}")).unwrap();
    let file = file.to_str().unwrap();
    let arguments = [&["client"], options, &["--", "python3", file]].concat();
    suite(&arguments)
}

fn place() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

#[test]
fn a_careful_client_works_with_every_server_that_keeps_the_contract() {
    let place = place();
    let report = place.path().join("trial.json");
    let report = report.to_str().unwrap();
    let output = client(&place, CAREFUL, &["--scenarios", "--strict", "--json", report]);
    assert!(output.status.success(), "{}", said(&output));
    let trial: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert_eq!(trial["verdict"], "conforms");
    let tried = trial["trial"]["tried"].as_array().unwrap();
    assert!(tried.len() > 10 && tried.iter().all(|run| run["code"] == 0), "{trial:#}");
    let busy = tried.iter().find(|run| run["scenario"] == "busy-with-advice").unwrap();
    assert!(
        busy["requests"].as_u64() > tried[0]["requests"].as_u64(),
        "it was sent away and came back: {busy}"
    );
    assert!(busy["milliseconds"].as_u64() >= Some(2000), "twice, for a second: {busy}");
    let late = tried.iter().find(|run| run["scenario"] == "late-first-byte").unwrap();
    assert!(late["milliseconds"].as_u64() >= Some(900), "three answers, each 300 ms late: {late}");
    let used = &trial["trial"]["usage"][0]["used"];
    assert_eq!(used["createSandbox"]["members"], serde_json::json!(["labels"]));
}

#[test]
fn a_careless_client_is_told_what_it_does_and_where_it_fails() {
    let place = place();
    let report = place.path().join("junit.xml");
    let options = [
        "--scenarios",
        "--only",
        "unknown-members",
        "--only",
        "busy-with-advice",
        "--junit",
        report.to_str().unwrap(),
    ];
    let output = client(&place, CARELESS, &options);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let text = said(&output);
    for told in [
        "departs createSandbox: nobody reads `colour`",
        "FAILS unknown-members: the command ended with 1",
        "AssertionError: nobody told me of this member",
        "DEPARTS createSandbox: it came back 1.",
        "CLIENT-RETRY (MUST)",
    ] {
        assert!(text.contains(told), "{told:?} is missing in {text}");
    }
    let junit = fs::read_to_string(report).unwrap();
    assert!(junit.contains(r#"testcase name="CLIENT-RETRY""#) && junit.contains("<failure"), "{junit}");
}

#[test]
fn a_client_that_asks_nothing_or_never_ends_is_no_success() {
    let silent = suite(&["client", "--", "true"]);
    assert_eq!(silent.status.code(), Some(4), "{}", said(&silent));
    let missing = suite(&["client", "--", "no-such-program-anywhere"]);
    assert_eq!(missing.status.code(), Some(2), "{}", said(&missing));
    assert!(said(&missing).contains("no-such-program-anywhere"), "{}", said(&missing));

    let place = place();
    let script = place.path().join("hangs.sh");
    let mark = place.path().join("mark");
    let text = format!("#!/bin/sh\nexec 3>>{}\nsleep 600 & wait\n", mark.display());
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let begin = Instant::now();
    let hung = suite(&["client", "--limit", "1s", "--", script.to_str().unwrap()]);
    assert_ne!(hung.status.code(), Some(0), "{}", said(&hung));
    assert!(said(&hung).contains("took too long"), "{}", said(&hung));
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!(holders(&mark), Vec::<String>::new(), "what it started is gone too");
}

/// Processes that have the file open.
fn holders(file: &std::path::Path) -> Vec<String> {
    let open = |process: &fs::DirEntry| {
        let descriptors = fs::read_dir(process.path().join("fd")).into_iter().flatten().flatten();
        descriptors
            .into_iter()
            .any(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|name| name == file))
    };
    let processes = fs::read_dir("/proc").unwrap().flatten().filter(open);
    processes.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn the_journal_holds_every_exchange_and_no_secret() {
    let place = place();
    let journal = place.path().join("journal.jsonl");
    let script = place.path().join("client.py");
    let minting =
        "minted = ask('POST', '/api-keys', {'name': 'k', 'permissions': []})['value']\nprint(minted)\n";
    fs::write(&script, format!("{CLIENT}{CAREFUL}\n{minting}")).unwrap();
    let output = Command::new(program())
        .args(["exec", "--journal", journal.to_str().unwrap(), "--", "python3", script.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let minted = String::from_utf8(output.stdout).unwrap().trim().to_owned();

    let text = fs::read_to_string(journal).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let asked: Vec<&Value> = lines.iter().filter_map(|line| line.get("asked")).collect();
    let operations: Vec<&str> = asked.iter().map(|asked| asked["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["createSandbox", "ExecuteCommand", "deleteSandbox", "createApiKey"]);
    assert_eq!(asked[1]["body"]["json"]["command"], "echo hello");
    let answered = lines.iter().filter_map(|line| line.get("answered"));
    let mut numbers: Vec<(u64, u64)> =
        answered.map(|answer| (number(answer), answer["status"].as_u64().unwrap())).collect();
    numbers.sort_unstable();
    let wanted: Vec<(u64, u64)> = asked.iter().map(|asked| number(asked)).zip([200, 200, 200, 201]).collect();
    assert_eq!(numbers, wanted);
    assert!(minted.len() > 10 && !text.contains(&minted), "the key minted is in the journal");
    assert!(!text.contains(support::KEY), "the server's own key is in the journal");
}

fn number(line: &Value) -> u64 {
    line["number"].as_u64().unwrap()
}
