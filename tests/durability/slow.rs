//! A state file that takes its time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::TestServer;

/// How long the file is held; far longer than a command takes.
const HELD: Duration = Duration::from_secs(3);

/// Takes the write lock of the database and holds it until dropped, as a slow disk would.
fn hold(file: &std::path::Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection.execute_batch("begin immediate").unwrap();
    connection
}

fn state(folder: &std::path::Path) -> std::path::PathBuf {
    let direct = folder.join("state.db");
    if direct.is_file() {
        return direct;
    }
    let below = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path().join("state.db"));
    below.into_iter().find(|path| path.is_file()).expect("a state database")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_state_file_keeps_no_command_waiting() {
    let temp = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let data = temp.path().join("data");
    let server = TestServer::start_in(temp, &["--data-dir", data.to_str().unwrap()]);
    let sandbox = server.sandbox().await;
    server.execute(&sandbox, "true").await;
    let lock = hold(&state(&data));
    let began = Instant::now();
    let labels = format!("/api/sandbox/{sandbox}/labels");
    let change = server.request("PUT", &labels, json!({"labels": {"slow": "yes"}}));
    let mut commands = 0;
    let work = async {
        while began.elapsed() < HELD {
            assert_eq!(server.execute(&sandbox, "echo fast").await, "fast\n");
            commands += 1;
        }
        let (commands, elapsed) = (commands, began.elapsed());
        lock.execute_batch("rollback").unwrap();
        (commands, elapsed)
    };
    let ((commands, elapsed), changed) = tokio::join!(work, async {
        let answer = change.await;
        (answer.status, began.elapsed())
    });
    // The change waited for the file, as an acknowledged change must, and no command did.
    assert_eq!(changed.0, 200);
    assert!(changed.1 >= elapsed, "the change was answered after {:?}, before it was written", changed.1);
    assert!(commands >= 10, "{commands} commands in {elapsed:?}");
    let deleted = server.request("DELETE", &format!("/api/sandbox/{sandbox}"), Value::Null).await;
    assert_eq!(deleted.status, 200);
    drop(server.kill());
}
