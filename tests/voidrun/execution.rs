//! Commands, waited for and not (voidrun.md §2.4–§2.6).

use serde_json::json;

use crate::client::{Stage, sorted, told};
use crate::support::eventually;

#[tokio::test]
async fn a_command_is_shell_text_and_its_streams_and_exit_code_come_back_apart() {
    let stage = Stage::new().await;
    assert_eq!(stage.exec("echo hi; echo no >&2; exit 3").await, ("hi\n".into(), "no\n".into(), 3));
    assert_eq!(
        stage.exec("  echo -e 'a\\tb' | cat && for i in 1 2; do echo $i; done ").await.0,
        "a\tb\n1\n2\n"
    );
    assert_eq!(stage.exec("cat <<'X'\n  don't\nX").await.0, "  don't\n");
    assert_eq!(stage.exec("kill -9 $$").await.2, 137, "128 and the signal");
    let answer = stage.ok("POST", "/exec", json!({ "command": "true" })).await;
    assert_eq!(
        answer,
        json!({
            "status": "success", "message": "ok", "data": { "stdout": "", "stderr": "", "exitCode": 0 }
        })
    );
}

#[tokio::test]
async fn directory_and_variables_of_a_call_count_for_it_alone() {
    let stage = Stage::new().await;
    let body = json!({ "command": "pwd; echo $A-$B", "cwd": "/var", "env": { "A": "1" } });
    assert_eq!(told(&stage.ok("POST", "/exec", body).await).0, "/var\n1-\n");
    assert_eq!(stage.exec("echo \"[$A]\"").await.0, "[]\n");
    let missing = stage.call("POST", "/exec", json!({ "command": "true", "cwd": "/nonexistent/path" })).await;
    assert_eq!(missing.status, 500);
    assert_eq!(missing.json()["error"], "Command execution failed");
    // A client of another language sends what it was not given as null.
    let nulls = json!({ "command": "pwd", "timeout": 30, "env": null, "cwd": null });
    assert_eq!(told(&stage.ok("POST", "/exec", nulls).await).2, 0);
}

#[tokio::test]
async fn a_time_limit_ends_a_command_and_keeps_what_it_printed() {
    let stage = Stage::new().await;
    let body = json!({ "command": "echo before; sleep 60; echo after", "timeout": 1 });
    let (output, errors, code) = told(&stage.ok("POST", "/exec", body.clone()).await);
    assert_eq!((output.as_str(), code), ("before\n", 124));
    assert_eq!(errors, "command timed out after 1 seconds\n");
    let (output, _, exit) = sorted(&stage.events("/exec-stream", body).await);
    assert_eq!(output, "before\n");
    assert_eq!(exit, json!({ "exitCode": 124, "error": "command timed out" }));
}

#[tokio::test]
async fn bad_commands_are_refused_in_the_apis_words() {
    let stage = Stage::new().await;
    for operation in ["/exec", "/exec-stream", "/commands/run"] {
        for (body, error) in [
            (json!({ "command": "   " }), "Command is required"),
            (json!({ "command": "x".repeat(100_001) }), "Command exceeds maximum length"),
            (json!({}), "Invalid request"),
            (json!({ "command": 1 }), "Invalid request"),
            (json!(null), "Invalid request"),
        ] {
            let answer = stage.call("POST", operation, body).await;
            assert_eq!((answer.status, answer.json()), (400, json!({ "error": error })), "{operation}");
        }
    }
    let malformed = stage.raw("POST", "/exec", Some("application/json"), b"{".to_vec()).await;
    assert_eq!((malformed.status, malformed.json()), (400, json!({ "error": "Invalid request" })));
}

#[tokio::test]
async fn a_stream_tells_both_streams_line_by_line_and_then_the_end() {
    let stage = Stage::new().await;
    let body = json!({ "command": "echo '  indented '; echo; printf 'no end'; echo oops >&2; exit 5" });
    let (output, errors, exit) = sorted(&stage.events("/exec-stream", body).await);
    assert_eq!(output, "  indented \n\nno end");
    assert_eq!((errors.as_str(), exit), ("oops\n", json!({ "exitCode": 5 })));
}

#[tokio::test]
async fn a_stream_goes_out_while_the_command_runs() {
    let stage = Stage::new().await;
    let command = "mkfifo /tmp/go; echo ready; printf 'prompt> '; cat /tmp/go";
    let mut events = stage.follow("/exec-stream", json!({ "command": command })).await;
    events.until("ready\n").await;
    events.until("prompt> ").await;
    stage.exec("echo gone > /tmp/go").await;
    events.until("gone\n").await;
    assert_eq!(events.next().await.unwrap(), ("exit".to_owned(), "{\"exitCode\":0}".to_owned()));
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn scripts_a_real_server_would_refuse_to_stream_run_unless_strict() {
    let long = json!({ "command": format!("true {}; echo don\\'t", "x ".repeat(100)) });
    let stage = Stage::new().await;
    assert_eq!(sorted(&stage.events("/exec-stream", long.clone()).await).0, "don't\n");
    let strict = Stage::with(&["--voidrun-strict"]).await;
    let refused = strict.call("POST", "/exec-stream", long).await;
    assert_eq!(refused.json(), json!({ "error": "too many arguments after parsing" }));
    let quote = strict.call("POST", "/exec-stream", json!({ "command": "echo 'a" })).await;
    assert_eq!(quote.json(), json!({ "error": "command parsing error: syntax error: unclosed quote" }));
}

#[tokio::test]
async fn a_command_in_the_background_has_a_true_process_id() {
    let stage = Stage::new().await;
    assert_eq!(
        stage.ok("GET", "/commands/list", json!(null)).await,
        json!({ "success": true, "processes": [] })
    );
    let pid = stage.run(" sleep 60 ").await;
    let list = stage.ok("GET", "/commands/list", json!(null)).await;
    let process = &list["processes"][0];
    assert_eq!((&process["pid"], &process["command"]), (&json!(pid), &json!("sleep 60")));
    assert_eq!(process["running"], true);
    assert!(process.get("exitCode").is_none());
    assert!(process["startTime"].as_str().unwrap().ends_with('Z'));
    assert_eq!(stage.exec(&format!("kill {pid}")).await.2, 0, "it is known by it inside, too");
    let ended = stage.ok("POST", "/commands/wait", json!({ "pid": pid })).await;
    assert_eq!(ended, json!({ "success": true, "exitCode": 143 }));
    let list = stage.ok("GET", "/commands/list", json!(null)).await;
    assert_eq!(list["processes"], json!([]), "what has ended is not listed");
}

#[tokio::test]
async fn attaching_replays_from_the_start_for_everybody_and_after_the_end_too() {
    let stage = Stage::new().await;
    let pid = stage.run("mkfifo /tmp/go; echo one; echo two >&2; cat /tmp/go; exit 4").await;
    let mut first = stage.follow("/commands/attach", json!({ "pid": pid })).await;
    first.until("one\n").await;
    let mut second = stage.follow("/commands/attach", json!({ "pid": pid })).await;
    second.until("one\n").await;
    stage.exec("echo three > /tmp/go").await;
    first.until("three\n").await;
    second.until("three\n").await;
    let waited = stage.ok("POST", "/commands/wait", json!({ "pid": pid })).await;
    assert_eq!(waited["exitCode"], 4);
    let late = sorted(&stage.events("/commands/attach", json!({ "pid": pid })).await);
    assert_eq!(late, ("one\nthree\n".into(), "two\n".into(), json!({ "exitCode": 4 })));
}

#[tokio::test]
async fn killing_ends_the_whole_group_and_tells_who_waits() {
    let stage = Stage::new().await;
    let pid = stage.run("echo $$ > /tmp/outer; sleep 1000 & echo $! > /tmp/inner; wait").await;
    let outer = "until [ -s /tmp/inner ]; do sleep 0.01; done; cat /tmp/outer";
    assert_eq!(stage.exec(outer).await.0.trim(), pid.to_string());
    let (killed, waited) = tokio::join!(
        stage.ok("POST", "/commands/kill", json!({ "pid": pid })),
        stage.ok("POST", "/commands/wait", json!({ "pid": pid })),
    );
    assert_eq!(killed, json!({ "success": true, "message": "Process killed" }));
    assert_eq!(waited["exitCode"], 143);
    eventually("the child's end", async || {
        stage
            .exec("kill -0 $(cat /tmp/inner) 2>/dev/null && grep -v ') Z' /proc/$(cat /tmp/inner)/stat")
            .await
            .2
            != 0
    })
    .await;
}

#[tokio::test]
async fn unknown_process_ids_are_not_found_and_impossible_ones_are_refused() {
    let stage = Stage::new().await;
    for operation in ["/commands/kill", "/commands/attach", "/commands/wait"] {
        let unknown = stage.call("POST", operation, json!({ "pid": 4_000_000 })).await;
        assert_eq!(unknown.status, 404, "{operation}");
        assert_eq!(unknown.json(), json!({ "error": "agent error: process 4000000 not found" }));
        for pid in [json!(0), json!(-1), json!("7"), json!(1.5), json!(null)] {
            let answer = stage.call("POST", operation, json!({ "pid": pid })).await;
            assert_eq!((answer.status, answer.json()), (400, json!({ "error": "Invalid request" })), "{pid}");
        }
    }
    let pid = stage.run("true").await;
    stage.ok("POST", "/commands/wait", json!({ "pid": pid })).await;
    assert_eq!(stage.call("POST", "/commands/kill", json!({ "pid": pid })).await.status, 404, "it has ended");
}

#[tokio::test]
async fn a_time_limit_of_a_background_command_is_its_own() {
    let stage = Stage::new().await;
    let body = json!({ "command": "sleep 60", "timeout": 1 });
    let pid = stage.ok("POST", "/commands/run", body).await["pid"].clone();
    let waited = stage.ok("POST", "/commands/wait", json!({ "pid": pid })).await;
    assert_eq!(waited, json!({ "success": true, "exitCode": 124, "error": "command timed out" }));
    let strict = Stage::with(&["--voidrun-strict"]).await;
    let refused = strict.call("POST", "/commands/run", json!({ "command": "true", "timeout": 901 })).await;
    assert_eq!(refused.json(), json!({ "error": "timeout must be between 0 and 900" }));
}

#[tokio::test]
async fn older_clients_start_background_commands_by_exec() {
    let stage = Stage::new().await;
    let answer = stage.ok("POST", "/exec", json!({ "command": "sleep 60", "background": true })).await;
    assert_eq!(answer["data"]["success"], true);
    let list = stage.ok("GET", "/commands/list", json!(null)).await;
    assert_eq!(list["processes"][0]["pid"], answer["data"]["pid"]);
}

#[tokio::test]
async fn shells_behind_one_endpoint_keep_their_state() {
    let stage = Stage::new().await;
    let act = async |body| stage.ok("POST", "/session-exec", body).await;
    let session = act(json!({ "action": "create" })).await["sessionId"].as_str().unwrap().to_owned();
    assert!(session.starts_with("sess-"));
    act(json!({ "action": "exec", "sessionId": session, "command": "cd /var; A=1" })).await;
    let told =
        act(json!({ "action": "exec", "sessionId": session, "command": "pwd; echo $A; (exit 3)" })).await;
    assert_eq!(told, json!({ "success": true, "sessionId": session, "output": "/var\n1\n", "exitCode": 3 }));
    let streamed = stage
        .call(
            "POST",
            "/session-exec-stream",
            json!({ "sessionId": session, "command": "echo $A; echo e >&2" }),
        )
        .await;
    assert_eq!(streamed.headers["content-type"], "application/x-ndjson");
    let mut lines: Vec<&str> = std::str::from_utf8(&streamed.body).unwrap().lines().collect();
    assert_eq!(lines.pop(), Some(r#"{"type":"exit","exitCode":0}"#));
    lines.sort_unstable();
    assert_eq!(lines, [r#"{"type":"stderr","data":"e\n"}"#, r#"{"type":"stdout","data":"1\n"}"#]);
    for (body, status, error) in [
        (json!({ "action": "fly" }), 500, "invalid action"),
        (json!({ "action": "exec" }), 500, "sessionId is required for exec"),
        (json!({ "action": "exec", "sessionId": session }), 500, "command is required for exec"),
        (json!({ "action": "resize", "sessionId": session }), 500, "cols and rows are required for resize"),
        (json!({ "action": "close", "sessionId": "nobody" }), 400, "session not found"),
        (json!({}), 400, "Invalid request"),
    ] {
        let answer = stage.call("POST", "/session-exec", body).await;
        assert_eq!((answer.status, answer.json()), (status, json!({ "error": error })));
    }
    act(json!({ "action": "close", "sessionId": session })).await;
    let gone =
        stage.call("POST", "/session-exec-stream", json!({ "sessionId": session, "command": "true" })).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn what_the_other_api_runs_is_known_by_its_process_id() {
    let stage = Stage::new().await;
    let listed = stage.server.request("GET", "/api/sandbox", json!(null)).await.json();
    let other = listed.as_array().or_else(|| listed["items"].as_array()).unwrap()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let executing = stage.server.execute(&other, "sleep 60 # theirs");
    let ending = async {
        let mut pid = json!(null);
        eventually("the command", async || {
            let list = stage.ok("GET", "/commands/list", json!(null)).await;
            pid = list["processes"][0]["pid"].clone();
            list["processes"][0]["command"] == "sleep 60 # theirs"
        })
        .await;
        stage.ok("POST", "/commands/kill", json!({ "pid": pid })).await
    };
    let (output, _) = tokio::join!(executing, ending);
    assert_eq!(output, "");
}
