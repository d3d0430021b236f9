//! Contexts and executions.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{End, open, open_with};
use crate::support::eventually;
use crate::terminal::Sandbox;

/// Frames of an execution as `type:content`, and its end.
type Told = (Vec<String>, End);

async fn execute(sandbox: &Sandbox, request: Value) -> Told {
    let mut client = open(&sandbox.server, &format!("{}/interpreter/execute", sandbox.base)).await;
    client.send(&request.to_string()).await;
    let (output, frames, end) = client.until_end().await;
    assert!(output.is_empty(), "frames are text");
    (frames.iter().map(told).collect(), end)
}

fn told(frame: &Value) -> String {
    let member = |name: &str| frame[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {frame}"));
    assert_eq!(frame.as_object().unwrap().len(), 5, "{frame}");
    match member("type") {
        "error" => format!("error:{}|{}|{}", member("name"), member("value"), member("traceback")),
        kind => format!("{kind}:{}", member("text")),
    }
}

async fn run(sandbox: &Sandbox, code: &str) -> Told {
    execute(sandbox, json!({ "code": code })).await
}

fn completed(frames: &[&str]) -> Told {
    let frames = frames.iter().copied().chain(["control:completed"]);
    (frames.map(ToOwned::to_owned).collect(), End::Close(1000, String::new()))
}

async fn context(sandbox: &Sandbox, body: Value) -> String {
    let (status, context) = sandbox.request("POST", "/interpreter/context", body).await;
    assert_eq!(status, 200, "{context}");
    context["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn frames_come_in_order_and_the_default_context_keeps_its_state() {
    let sandbox = Sandbox::start().await;
    assert_eq!(run(&sandbox, "1+1").await, completed(&[]), "a bare expression prints nothing");
    assert_eq!(run(&sandbox, "import sys\nx = 'ž🐎'\nprint(x)").await, completed(&["stdout:ž🐎\n"]));
    assert_eq!(
        run(&sandbox, "print('a\\nb')\nprint('e', file=sys.stderr)\nsys.stdout.write(x)").await,
        completed(&["stdout:a\nb", "stdout:\n", "stderr:e\n", "stdout:ž🐎"])
    );
    assert_eq!(
        execute(&sandbox, json!({ "code": "print(x)", "contextId": "default" })).await,
        completed(&["stdout:ž🐎\n"])
    );
    let (_, list) = sandbox.request("GET", "/interpreter/context", Value::Null).await;
    assert_eq!(list, json!({ "contexts": [] }), "the default context stays hidden");
}

#[tokio::test]
async fn contexts_are_made_listed_kept_apart_and_deleted() {
    let sandbox = Sandbox::start().await;
    sandbox
        .server
        .execute(&sandbox.base["/toolbox/".len()..sandbox.base.len() - "/process".len()], "mkdir there")
        .await;
    let (first, second) =
        (context(&sandbox, json!({})).await, context(&sandbox, json!({ "cwd": "there" })).await);
    let (_, list) = sandbox.request("GET", "/interpreter/context", Value::Null).await;
    let shown: Vec<&Value> =
        list["contexts"].as_array().unwrap().iter().map(|context| &context["id"]).collect();
    assert_eq!(shown, [&json!(first), &json!(second)]);
    assert_eq!(list["contexts"][0]["active"], json!(true));

    assert_eq!(execute(&sandbox, json!({ "code": "x = 1", "contextId": first })).await, completed(&[]));
    let (frames, end) =
        execute(&sandbox, json!({ "code": "import os\nprint(os.getcwd()[-6:])\nx", "contextId": second }))
            .await;
    assert_eq!(end, End::Close(1000, String::new()));
    assert_eq!(frames[0], "stdout:/there\n");
    assert!(frames[1].starts_with("error:NameError|name 'x' is not defined|"), "{frames:?}");

    let delete = format!("/interpreter/context/{first}");
    assert_eq!(
        sandbox.request("DELETE", &delete, Value::Null).await,
        (200, json!({ "message": "Context deleted successfully" }))
    );
    let (status, error) = sandbox.request("DELETE", &delete, Value::Null).await;
    assert_eq!(
        (status, &error["message"]),
        (404, &json!(format!("not found: context with ID '{first}' not found")))
    );
    let (frames, end) = execute(&sandbox, json!({ "code": "1", "contextId": first })).await;
    assert_eq!((frames, end), (vec![], End::Close(1008, format!("context not found: {first}"))));
}

#[tokio::test]
async fn what_cannot_be_made_or_run_is_refused_in_the_contracts_words() {
    let sandbox = Sandbox::start().await;
    for (body, status, text) in [
        (
            json!({ "language": "js" }),
            400,
            "bad request: unsupported language: js (only 'python' is supported currently)",
        ),
        (
            json!({ "language": "" }),
            400,
            "bad request: unsupported language:  (only 'python' is supported currently)",
        ),
        (
            json!({ "cwd": "/nonexistent" }),
            500,
            "internal server error: failed to start context: failed to start Python worker: chdir /nonexistent: no such file or directory",
        ),
    ] {
        let (got, error) = sandbox.request("POST", "/interpreter/context", body).await;
        assert_eq!((got, &error["message"]), (status, &json!(text)));
    }
    let (status, error) = sandbox.request("DELETE", "/interpreter/context/default", Value::Null).await;
    assert_eq!((status, &error["message"]), (400, &json!("bad request: cannot delete default context")));
    for (message, code, reason) in [
        ("nonsense", 1002, "invalid JSON payload"),
        (r#"{"code":"1","timeout":"1"}"#, 1002, "invalid JSON payload"),
        (r#"{"code":""}"#, 1008, "code is required"),
        (r#"{"code":"1","timeout":-1}"#, 1008, "timeout must be greater than or equal to 0"),
        (r#"{"code":"1","contextId":""}"#, 1008, "context not found: "),
    ] {
        let mut client = open(&sandbox.server, &format!("{}/interpreter/execute", sandbox.base)).await;
        client.send(message).await;
        assert_eq!(client.next().await.unwrap_err(), End::Close(code, reason.to_owned()), "{message}");
    }
    let plain =
        sandbox.server.request("GET", &format!("{}/interpreter/execute", sandbox.base), Value::Null).await;
    assert_eq!((plain.status, plain.text().as_str()), (400, "Bad Request\n"));
}

#[tokio::test]
async fn exceptions_of_every_kind_are_told_and_survived() {
    let sandbox = Sandbox::start().await;
    let trace = |lines: &str, last: &str| format!("Traceback (most recent call last):\n{lines}{last}\n");
    let error = |name: &str, value: &str, traceback: &str| format!("error:{name}|{value}|{traceback}");
    let expected = error(
        "ValueError",
        "boom",
        &trace("  File \"<stdin>\", line 3\n  File \"<stdin>\", line 2\n", "ValueError: boom"),
    );
    assert_eq!(run(&sandbox, "def f():\n  raise ValueError('boom')\nf()").await, completed(&[&expected]));
    let expected = error(
        "SyntaxError",
        "invalid syntax (<string>, line 1)",
        "SyntaxError: invalid syntax (<string>, line 1)\n",
    );
    assert_eq!(run(&sandbox, "def (:").await, completed(&[&expected]));
    assert_eq!(run(&sandbox, "import sys\nprint('a')\nsys.exit(3)").await, completed(&["stdout:a\n"]));
    let (frames, _) = run(&sandbox, "class Own(BaseException): pass\nkept = 5\nraise Own('x')").await;
    assert!(frames[0].starts_with("error:Own|x|"), "{frames:?}");
    assert_eq!(
        run(&sandbox, "raise KeyboardInterrupt").await,
        (vec!["control:interrupted".to_owned()], End::Close(4008, String::new()))
    );
    assert_eq!(run(&sandbox, "print(kept)").await, completed(&["stdout:5\n"]), "the worker lives");
}

#[tokio::test]
async fn variables_are_set_for_one_execution_only() {
    let sandbox = Sandbox::start().await;
    let code = "import os\nprint(os.environ.get('A'), os.environ.get('HOME') is not None)";
    let asked = json!({ "code": code, "envs": { "A": "1" } });
    assert_eq!(execute(&sandbox, asked).await, completed(&["stdout:1 True\n"]));
    assert_eq!(run(&sandbox, code).await, completed(&["stdout:None True\n"]));
}

#[tokio::test]
async fn time_that_is_up_closes_with_4008_and_no_control_frame_before() {
    let sandbox = Sandbox::start().await;
    let timed_out = |frames: &[&str]| {
        (frames.iter().map(|&frame| frame.to_owned()).collect::<Vec<_>>(), End::Close(4008, String::new()))
    };
    let asked = json!({ "code": "import time\nx = 1\nprint('a')\ntime.sleep(30)", "timeout": 1 });
    assert_eq!(execute(&sandbox, asked).await, timed_out(&["stdout:a\n"]));
    assert_eq!(run(&sandbox, "print(x)").await, completed(&["stdout:1\n"]), "state is kept");
    let caught = "try:\n  time.sleep(30)\nexcept KeyboardInterrupt:\n  print('caught')";
    assert_eq!(
        execute(&sandbox, json!({ "code": caught, "timeout": 1 })).await,
        completed(&["stdout:caught\n"])
    );
    assert_eq!(
        execute(&sandbox, json!({ "code": "input('? ')", "timeout": 1 })).await,
        timed_out(&["stdout:? "])
    );
    let ignored = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(30)";
    let before = Instant::now();
    assert_eq!(execute(&sandbox, json!({ "code": ignored, "timeout": 1 })).await, timed_out(&[]));
    assert!(before.elapsed() < Duration::from_secs(8));
    let (frames, _) = run(&sandbox, "x").await;
    assert!(frames[0].starts_with("error:NameError"), "the worker is a fresh one: {frames:?}");
    let patient = json!({ "code": "import time\ntime.sleep(1.5)\nprint('done')", "timeout": 0 });
    assert_eq!(execute(&sandbox, patient).await, completed(&["stdout:done\n"]));
}

#[tokio::test]
async fn a_worker_that_dies_ends_its_job_and_the_next_gets_a_fresh_one() {
    let sandbox = Sandbox::start().await;
    let id = context(&sandbox, json!({})).await;
    let on = |code: &str| json!({ "code": code, "contextId": id });
    let ended = End::Close(1001, "worker process ended".to_owned());
    for code in ["import os\nprint('last')\nos._exit(3)", "import os\nprint('last')\nos.kill(os.getpid(), 9)"]
    {
        assert_eq!(
            execute(&sandbox, on(code)).await,
            (vec!["stdout:last\n".to_owned()], End::Close(1001, "worker process ended".to_owned()))
        );
    }
    eventually("the context's rest", async || {
        sandbox.request("GET", "/interpreter/context", Value::Null).await.1["contexts"][0]["active"]
            == json!(false)
    })
    .await;
    let (frames, end) = execute(&sandbox, on("import os\nprint(os.getpid())")).await;
    assert_eq!(end, End::Close(1000, String::new()));
    let pid: i32 = frames[0]["stdout:".len()..].trim().parse().unwrap();
    let running = execute(&sandbox, on("import time\ntime.sleep(30)"));
    let killing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sandbox.shell(&format!("kill -9 {pid}")).await;
    };
    let (told, ()) = tokio::join!(running, killing);
    assert_eq!(told, (vec![], ended));
    assert_eq!(execute(&sandbox, on("print(1)")).await, completed(&["stdout:1\n"]));
}

#[tokio::test]
async fn output_of_any_size_comes_whole() {
    let sandbox = Sandbox::start().await;
    let joined = |told: Told| {
        assert_eq!(told.1, End::Close(1000, String::new()));
        let texts = told.0.iter().filter_map(|frame| frame.strip_prefix("stdout:"));
        texts.collect::<String>()
    };
    let line = joined(run(&sandbox, "print('ž' * 5_000_000)").await);
    assert_eq!(line.chars().filter(|character| *character == 'ž').count(), 5_000_000);
    let lines = joined(run(&sandbox, "for i in range(20000): print(i)").await);
    assert!(lines.lines().map(|line| line.parse::<u32>().unwrap()).eq(0..20_000));
    let code = format!("x = '{}'\nprint(len(x))", "y".repeat(3_000_000));
    assert_eq!(run(&sandbox, &code).await, completed(&["stdout:3000000\n"]), "code of any size goes in");
    assert_eq!(
        run(&sandbox, "print('\\ud83d\\udc0e', '\\ud800')").await,
        completed(&["stdout:🐎 \u{fffd}\n"]),
        "half characters become replacements"
    );
}

#[tokio::test]
async fn children_of_the_code_do_not_disturb_it() {
    let sandbox = Sandbox::start().await;
    let captured =
        "import subprocess\nprint(subprocess.run(['echo', 'x'], capture_output=True, text=True).stdout)";
    assert_eq!(run(&sandbox, captured).await, completed(&["stdout:x\n", "stdout:\n"]));
    let past =
        "import os\nos.system('echo lost; echo lost >&2')\nos.write(1, b'c\\0\\0\\0\\0')\nprint('after')";
    assert_eq!(run(&sandbox, past).await, completed(&["stdout:after\n"]));
    let forked = "import os\npid = os.fork()\nprint('me')\nif pid: os.waitpid(pid, 0)";
    assert_eq!(run(&sandbox, forked).await, completed(&["stdout:me\n"]));
    let orphan = "import os\nif os.fork() == 0:\n  import time\n  time.sleep(20)\nos._exit(0)";
    let before = Instant::now();
    assert_eq!(run(&sandbox, orphan).await.1, End::Close(1001, "worker process ended".to_owned()));
    assert!(before.elapsed() < Duration::from_secs(10), "a child that lives on keeps nobody waiting");
}

#[tokio::test]
async fn executions_wait_in_line_and_pings_are_answered_meanwhile() {
    let sandbox = &Sandbox::start().await;
    let id = context(sandbox, json!({})).await;
    let first = json!({ "code": "import time\nseen = ['first']\ntime.sleep(1.5)", "contextId": id });
    let mut busy = open(&sandbox.server, &format!("{}/interpreter/execute", sandbox.base)).await;
    busy.send(&first.to_string()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut waiting = open(&sandbox.server, &format!("{}/interpreter/execute", sandbox.base)).await;
    waiting.send(&json!({ "code": "print(len(seen))", "contextId": id }).to_string()).await;
    let before = Instant::now();
    waiting.ping().await;
    busy.ping().await;
    assert!(before.elapsed() < Duration::from_secs(1));
    assert!(waiting.seen.is_empty(), "nothing was run while another was running");
    assert_eq!(told(&waiting.json().await), "stdout:1\n");
    let more =
        join_all((0..20).map(|_| execute(sandbox, json!({ "code": "seen.append(1)", "contextId": id }))))
            .await;
    assert!(more.into_iter().all(|told| told == completed(&[])));
    assert_eq!(
        execute(sandbox, json!({ "code": "print(len(seen))", "contextId": id })).await,
        completed(&["stdout:21\n"])
    );
}

#[tokio::test]
async fn a_client_that_leaves_stops_nothing() {
    let sandbox = Sandbox::start().await;
    let mut client = open(&sandbox.server, &format!("{}/interpreter/execute", sandbox.base)).await;
    let code = "import time\nprint('s')\ntime.sleep(0.5)\nfor i in range(5000): print(i)\nleft = 'ran on'";
    client.send(&json!({ "code": code }).to_string()).await;
    assert_eq!(told(&client.json().await), "stdout:s\n");
    drop(client);
    assert_eq!(run(&sandbox, "print(left)").await, completed(&["stdout:ran on\n"]));
}

#[tokio::test]
async fn deleting_a_context_ends_what_runs_and_what_waits_in_it() {
    let sandbox = &Sandbox::start().await;
    let id = context(sandbox, json!({})).await;
    let both = join_all(
        (0..2).map(|_| execute(sandbox, json!({ "code": "import time\ntime.sleep(30)", "contextId": id }))),
    );
    let deleting = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        sandbox.request("DELETE", &format!("/interpreter/context/{id}"), Value::Null).await
    };
    let (both, deleted) = tokio::join!(both, deleting);
    assert_eq!(deleted.0, 200);
    for told in both {
        assert_eq!(told, (vec![], End::Close(1001, "context shutdown".to_owned())));
    }
}

#[tokio::test]
async fn the_close_follows_completion_at_once() {
    let sandbox = Sandbox::start().await;
    run(&sandbox, "1").await;
    let mut took = Vec::new();
    for _ in 0..20 {
        let path = format!("{}/interpreter/execute", sandbox.base);
        let version = "X-Daytona-SDK-Version~0.205.1";
        let mut client = open_with(&sandbox.server, &path, &[version]).await.unwrap();
        assert_eq!(client.chosen.as_deref(), Some(version));
        client.socket.get_mut();
        futures_util::SinkExt::send(&mut client.socket, Message::binary(r#"{"code":"1+1"}"#)).await.unwrap();
        assert_eq!(told(&client.json().await), "control:completed");
        let completed = Instant::now();
        assert_eq!(client.next().await.unwrap_err(), End::Close(1000, String::new()));
        took.push(completed.elapsed());
    }
    took.sort();
    assert!(took[10] < Duration::from_millis(20), "{took:?}");
}
