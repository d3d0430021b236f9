//! Programs that take a terminal over.

use serde_json::Value;

use crate::terminal::{Sandbox, quiet};

/// Whether a program is there; says so when it is not.
async fn installed(sandbox: &Sandbox, program: &str) -> bool {
    let found = !sandbox.shell(&format!("command -v {program}")).await.is_empty();
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

#[tokio::test]
async fn an_editor_draws_takes_keys_and_writes_its_file() {
    let sandbox = Sandbox::start().await;
    if !installed(&sandbox, "vim").await {
        return;
    }
    let mut client = sandbox.create_connect("id=t&cols=90&rows=20", &[]).await;
    quiet(&mut client).await;
    // Without the questions it asks of a terminal: nobody here answers them, and it may wait for an answer or take
    // what is typed for one.
    let silent = "--cmd 'set t_RV= t_u7= t_RB= t_RF= t_RC= t_RS= t_RK= t_SH='";
    client.send(&format!("vim -u NONE -N {silent} note.txt\n")).await;
    // The empty lines below the text, which are only drawn on a real screen.
    client.until("~").await;
    client.send("ihello from an editor").await;
    client.until("editor").await;
    client.send("\u{1b}:wq\r").await;
    // An editor that is still there would take what follows for its own.
    client.until("written").await;
    client.until("\u{1b}[?1049l").await;
    client.send("echo do''ne $?; cat note.txt\n").await;
    client.until("done 0\r\nhello from an editor\r\n").await;
}

#[tokio::test]
async fn a_multiplexer_runs_a_shell_inside() {
    let sandbox = Sandbox::start().await;
    if !installed(&sandbox, "tmux").await {
        return;
    }
    let mut client = sandbox.create_connect("id=t&cols=90&rows=20", &[]).await;
    quiet(&mut client).await;
    // The home of a sandbox may be too deep for the name of a socket.
    let socket = "$(mktemp -u /tmp/multiplexer.XXXXXX)";
    let inside = "echo in''side; stty size; read x; exit";
    client.send(&format!("tmux -S {socket} -f /dev/null new-session \"{inside}\"\n")).await;
    client.until("inside").await;
    client.until("19 90").await;
    client.send("\n").await;
    client.until("[exited]").await;
    client.send("echo ba''ck\n").await;
    client.until("back\r\n").await;
}

#[tokio::test]
async fn an_interactive_python_answers_and_is_interrupted() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.create_connect("id=t", &[]).await;
    quiet(&mut client).await;
    client.send("PYTHON_BASIC_REPL=1 python3 -i -q\n").await;
    client.until(">>> ").await;
    client.send("6 * 7\n").await;
    client.until("42\r\n").await;
    client.send("import time; print('slee' + 'ping', flush=True); time.sleep(100)\n").await;
    client.until("sleeping").await;
    client.send("\u{3}").await;
    client.until("KeyboardInterrupt").await;
    client.send("exit()\n").await;
    client.send("echo ba''ck\n").await;
    client.until("back\r\n").await;
    assert_eq!(sandbox.request("GET", "/pty/t", Value::Null).await.0, 200);
}
