//! A poor host: no namespaces, no Landlock. Everything must still work, and be told as it is.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::rung;
use crate::support::{TestServer, program};

/// Starts what follows with two system calls refused, as hosts refuse them: making namespaces, and Landlock.
const REFUSE: &str = r#"
import ctypes, os, platform, struct, sys
unshare = {"x86_64": 272, "aarch64": 97}[platform.machine()]
def step(code, yes, no, value): return struct.pack("HBBI", code, yes, no, value)
refuse = lambda error: step(0x06, 0, 0, 0x00050000 | error)
program = (step(0x20, 0, 0, 0) + step(0x15, 0, 1, unshare) + refuse(1)
    + step(0x15, 0, 1, 444) + refuse(38) + step(0x06, 0, 0, 0x7fff0000))
buffer = ctypes.create_string_buffer(program)
class Filter(ctypes.Structure): _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Filter(len(program) // 8, ctypes.addressof(buffer)))) == 0, ctypes.get_errno()
os.execv(sys.argv[1], sys.argv[1:])
"#;

fn poor(arguments: &[&str]) -> TestServer {
    let mut launcher = Command::new("python3");
    launcher.args(["-c", REFUSE]).arg(program());
    let temp = TempDir::with_prefix_in("pitlane-test-", env!("CARGO_TARGET_TMPDIR")).unwrap();
    TestServer::start_by(launcher, temp, arguments)
}

#[tokio::test]
async fn a_host_that_refuses_namespaces_and_landlock_gets_the_process_rung_and_is_told_why() {
    let server = poor(&["--runtime", "auto"]);
    assert_eq!(rung(&server).await, "process");
    let health = server.request("GET", "/health", Value::Null).await.json();
    let reason = health["runtime"]["reason"].as_str().unwrap();
    assert!(reason.contains("namespace") && reason.contains("not permitted"), "{reason}");
    for name in ["write-confinement", "own-root", "file-isolation", "pid-isolation"] {
        assert!(health["absent"].as_array().unwrap().contains(&json!(name)), "{name} is claimed: {health}");
    }
    let id = server.sandbox().await;
    let output =
        server.execute(&id, "echo works; pwd; echo x > ~/file; cat ~/file; python3 -c 'print(6 * 7)'").await;
    assert!(output.starts_with("works\n") && output.ends_with("x\n42\n"), "{output}");
    server.execute(&id, "setsid sleep 3600 >/dev/null 2>&1 &").await;
    crate::lifecycle(&server, &id, "stop").await;
    crate::lifecycle(&server, &id, "start").await;
    assert_eq!(server.execute(&id, "cat file").await, "x\n");
}

#[test]
fn a_rung_that_was_asked_for_and_cannot_be_had_is_no_other() {
    let temp = TempDir::new().unwrap();
    let output = Command::new("python3")
        .args(["-c", REFUSE])
        .arg(program())
        .args(["serve", "--listen", "127.0.0.1:0", "--runtime", "namespace"])
        .env("PITLANE_RUN_DIR", temp.path())
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.contains("pitlane doctor"), "{message}");
}

#[test]
fn doctor_shows_every_probe_and_what_to_change() {
    let temp = TempDir::new().unwrap();
    let output = Command::new("python3")
        .args(["-c", REFUSE])
        .arg(program())
        .arg("doctor")
        .env("PITLANE_RUN_DIR", temp.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in
        ["missing namespace", "ok      process", "missing Landlock", "overlay", "user namespaces", "python3"]
    {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    assert_eq!(crate::support::leftovers(temp.path()), Vec::<std::path::PathBuf>::new());
}
