//! Stop, start, delete: what stays and what goes.

use serde_json::{Value, json};

use crate::support::{self, TestServer};
use crate::{ask, move_to};

#[tokio::test]
async fn a_stop_asks_and_then_kills_and_a_start_finds_the_same_files_and_environment() {
    for rung in support::rungs().await {
        let server = TestServer::start_with(&["--runtime", rung]);
        let created = ask(&server, "POST", "/api/sandbox", json!({ "env": { "GREETING": "hello" } })).await;
        let id = created.json()["id"].as_str().unwrap().to_owned();
        let obedient = "(trap 'echo asked > ~/asked; exit' TERM; echo > ~/ready; while :; do sleep 0.02; done) >/dev/null 2>&1 &
            while ! [ -e ~/ready ]; do sleep 0.01; done";
        server.execute(&id, obedient).await;
        server.execute(&id, "(trap '' TERM HUP; setsid sleep 76543) >/dev/null 2>&1 &").await;
        let look = "cat ~/file /tmp/file ~/asked; stat -c %a ~/file; pwd; echo $GREETING $HOME $USER";
        server.execute(&id, "echo kept > ~/file; chmod 600 ~/file; echo kept > /tmp/file").await;
        let before = server.execute(&id, look).await.replacen("/tmp/file: ", "", 1);
        assert!(sleepers(&server) == 1);
        move_to(&server, &id, "stop").await;
        assert_eq!(sleepers(&server), 0, "what does not end when asked is killed");
        move_to(&server, &id, "start").await;
        let after = server.execute(&id, look).await;
        assert!(after.starts_with("kept\nkept\nasked\n600\n"), "{after}");
        assert!(before.ends_with(after.trim_start_matches("kept\nkept\nasked\n")), "{before}\n{after}");

        ask(&server, "DELETE", &format!("/api/sandbox/{id}"), Value::Null).await;
        let sandboxes = support::leftovers(server.temp.path())[0].join("sandboxes");
        support::eventually("the end of its files", async || {
            std::fs::read_dir(&sandboxes).is_ok_and(|mut left| left.next().is_none())
        })
        .await;
        let trash = sandboxes.with_file_name("trash");
        support::eventually("an empty trash", async || {
            std::fs::read_dir(&trash).is_ok_and(|mut left| left.next().is_none())
        })
        .await;
        let _ = std::fs::remove_file("/tmp/file");
    }
}

fn sleepers(server: &TestServer) -> usize {
    let command = |pid: &i32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let all = support::processes_below(server.temp.path()).into_iter();
    all.filter(|pid| command(pid).starts_with(b"sleep\x0076543")).count()
}
