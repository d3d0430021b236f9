//! Terminals: life, sizes, exits, several and slow clients.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt as _, future::join_all};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, End, open, open_with};
use crate::support::{TestServer, eventually};

const EXIT_CONTROL: &str = "X-Daytona-Pty-Exit-Control";

/// A sandbox and its terminals.
pub(crate) struct Sandbox {
    pub(crate) server: TestServer,
    pub(crate) base: String,
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        let server = TestServer::start();
        let base = format!("/toolbox/{}/process", server.sandbox().await);
        Self { server, base }
    }

    pub(crate) async fn request(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let answer = self.server.request(method, &format!("{}{path}", self.base), body).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null))
    }

    /// What a shell command in the sandbox prints.
    pub(crate) async fn shell(&self, command: &str) -> String {
        let (_, answer) = self.request("POST", "/execute", json!({ "command": command })).await;
        answer["result"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn create(&self, body: Value) -> (u16, Value) {
        self.request("POST", "/pty", body).await
    }

    pub(crate) async fn create_connect(&self, query: &str, protocols: &[&str]) -> Client {
        let path = format!("{}/pty/create-connect?{query}", self.base);
        let mut client = open_with(&self.server, &path, protocols).await.unwrap();
        connected(&mut client).await;
        client
    }

    pub(crate) async fn connect(&self, id: &str) -> Client {
        let mut client = open(&self.server, &format!("{}/pty/{id}/connect", self.base)).await;
        connected(&mut client).await;
        client
    }
}

async fn connected(client: &mut Client) {
    let first = client.next().await.unwrap();
    assert_eq!(first, Message::text(r#"{"status":"connected","type":"control"}"#));
}

/// A shell that prints nothing of its own any more.
pub(crate) async fn quiet(client: &mut Client) {
    client
        .send("PS1=; PS2=; stty -echo; bind 'set enable-bracketed-paste off' 2>/dev/null; echo re''ady\n")
        .await;
    client.until("ready\r\n").await;
}

fn message(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["message"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_terminal_is_made_listed_shown_resized_and_deleted() {
    let sandbox = Sandbox::start().await;
    let asked = json!({ "id": "t", "cols": 101, "rows": 0, "envs": { "A": "1" } });
    assert_eq!(sandbox.create(asked).await, (201, json!({ "sessionId": "t" })));
    let (status, info) = sandbox.request("GET", "/pty/t", Value::Null).await;
    assert_eq!((status, &info["active"], &info["lazyStart"]), (200, &json!(true), &json!(false)));
    assert_eq!((&info["cols"], &info["rows"]), (&json!(101), &json!(0)));
    assert_eq!(info["envs"], json!({ "A": "1", "TERM": "xterm-256color" }));
    let (_, list) = sandbox.request("GET", "/pty", Value::Null).await;
    assert_eq!(list["sessions"], json!([info]));

    let (status, resized) = sandbox.request("POST", "/pty/t/resize", json!({ "cols": 77, "rows": 22 })).await;
    assert_eq!((status, &resized["cols"], &resized["rows"]), (200, &json!(77), &json!(22)));
    assert_eq!(
        sandbox.request("DELETE", "/pty/t", Value::Null).await,
        (200, json!({ "message": "PTY session deleted" }))
    );
    let gone = sandbox.request("GET", "/pty/t", Value::Null).await;
    assert_eq!(message(&gone), (404, "PTY session not found"));
    assert_eq!((&gone.1["code"], &gone.1["source"]), (&json!("PROCESS_NOT_FOUND"), &json!("DAYTONA_DAEMON")));
    assert_eq!(message(&sandbox.request("DELETE", "/pty/t", Value::Null).await).0, 404);
    assert_eq!(sandbox.create(json!({ "id": "t" })).await.0, 201, "the id is free again");
}

#[tokio::test]
async fn what_cannot_be_made_or_resized_is_refused_in_the_contracts_words() {
    let sandbox = Sandbox::start().await;
    sandbox.create(json!({ "id": "t" })).await;
    let refused = [
        (json!({}), 400, "bad request: session ID is required"),
        (json!({ "id": "" }), 400, "bad request: session ID is required"),
        (json!({ "id": "t" }), 409, "conflict: PTY session with ID 't' already exists"),
        (
            json!({ "id": "u", "cols": 1001 }),
            400,
            "bad request: invalid value for cols - must be less than 1000",
        ),
        (
            json!({ "id": "u", "rows": 1001 }),
            400,
            "bad request: invalid value for rows - must be less than 1000",
        ),
        (json!({ "id": "u", "cwd": "/nowhere" }), 500, "internal server error: failed to start PTY session"),
        (
            json!({ "id": "u", "cols": -1 }),
            400,
            "invalid body request: json: cannot unmarshal number -1 into Go struct field PTYCreateRequest.cols of type uint16",
        ),
    ];
    for (body, status, text) in refused {
        assert_eq!(message(&sandbox.create(body.clone()).await), (status, text), "{body}");
    }
    assert_eq!(sandbox.create(json!({ "id": "u", "lazyStart": true })).await.0, 201);
    let resized = [
        ("t", json!({ "cols": 1001, "rows": 1 }), 400, "bad request: cols must be less than 1000"),
        ("t", json!({ "cols": 1, "rows": 1001 }), 400, "bad request: rows must be less than 1000"),
        ("t", json!({ "cols": 0, "rows": 1 }), 400, "bad request: cols must be at least 1"),
        ("t", json!({ "cols": 1 }), 400, "bad request: rows must be at least 1"),
        ("none", json!({ "cols": 1, "rows": 1 }), 410, "PTY session none not found"),
        (
            "u",
            json!({ "cols": 1, "rows": 1 }),
            500,
            "internal server error: cannot resize inactive PTY session",
        ),
    ];
    for (id, body, status, text) in resized {
        let answer = sandbox.request("POST", &format!("/pty/{id}/resize"), body.clone()).await;
        assert_eq!(message(&answer), (status, text), "{id} {body}");
    }
}

#[tokio::test]
async fn one_call_makes_a_terminal_and_shows_its_first_prompt() {
    let sandbox = Sandbox::start().await;
    let variables = URL_SAFE_NO_PAD.encode(r#"{"GREETING":"dobrý den","PS1":"first> "}"#);
    let variables = format!("X-Daytona-Pty-Envs~{variables}");
    let protocols = [variables.as_str(), EXIT_CONTROL];
    let mut client = sandbox.create_connect("id=one&cols=120&rows=30", &protocols).await;
    assert_eq!(client.chosen.as_deref(), Some(EXIT_CONTROL));
    quiet(&mut client).await;
    client.send("echo \"$GREETING $TERM\"; stty size; tty; exit 7\n").await;
    let (output, texts, end) = client.until_end().await;
    let output = String::from_utf8(output).unwrap();
    assert!(output.starts_with("dobrý den xterm-256color\r\n30 120\r\n/dev/pts/"), "{output:?}");
    let exited =
        json!({ "exitCode": 7, "exitReason": "non-zero exit", "status": "exited", "type": "control" });
    assert_eq!(texts, [exited]);
    assert_eq!(end, End::Close(1011, r#"{"exitCode":7,"exitReason":"non-zero exit"}"#.to_owned()));
    assert_eq!(sandbox.request("GET", "/pty/one", Value::Null).await.0, 404);
}

#[tokio::test]
async fn what_cannot_be_made_in_one_call_is_refused_before_the_upgrade() {
    let sandbox = Sandbox::start().await;
    sandbox.create(json!({ "id": "t" })).await;
    let refused = [
        ("", "", 400, "bad request: session ID is required (query param 'id')"),
        ("id=t", "", 409, "conflict: PTY session with ID 't' already exists"),
        ("id=u&cols=1001", "", 400, "bad request: cols and rows must be less than 1000"),
        ("id=u", "X-Daytona-Pty-Envs~!", 400, "bad request: invalid envs subprotocol: failed to decode"),
    ];
    for (query, protocol, status, text) in refused {
        let path = format!("{}/pty/create-connect?{query}", sandbox.base);
        let protocols: Vec<&str> =
            Some(protocol).filter(|protocol| !protocol.is_empty()).into_iter().collect();
        let Err((got, body)) = open_with(&sandbox.server, &path, &protocols).await else {
            panic!("{query} was taken")
        };
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(got, status, "{query}");
        assert!(body["message"].as_str().unwrap().starts_with(text), "{body}");
    }
    let path = format!("{}/pty/create-connect?id=u&cwd=/nowhere", sandbox.base);
    let mut client = open(&sandbox.server, &path).await;
    let told = client.json().await;
    let error = told["error"].as_str().unwrap();
    assert!(error.starts_with("Failed to start PTY session: pty.StartWithSize: fork/exec /"), "{error}");
    assert!(error.ends_with(": no such file or directory"), "{error}");
    assert_eq!(client.next().await.unwrap_err(), End::Cut);
    assert_eq!(sandbox.request("GET", "/pty/u", Value::Null).await.0, 404);
    let plain = sandbox.server.request("GET", &path, Value::Null).await;
    assert_eq!((plain.status, plain.text().as_str()), (400, "Bad Request\n"));
}

#[tokio::test]
async fn every_end_has_its_code_and_reason() {
    let sandbox = Sandbox::start().await;
    let ends = [
        ("exit 0", 1000, r#"{"exitCode":0}"#),
        ("exit 130", 1011, r#"{"exitCode":130,"exitReason":"Ctrl+C"}"#),
        ("exit 137", 1011, r#"{"exitCode":137,"exitReason":"SIGKILL"}"#),
        ("exit 143", 1011, r#"{"exitCode":143,"exitReason":"SIGTERM"}"#),
        ("exit 129", 1011, r#"{"exitCode":129,"exitReason":"signal 1"}"#),
        ("kill -9 $$", 1011, r#"{"exitCode":-1,"exitReason":"non-zero exit"}"#),
    ];
    for (number, (typed, code, reason)) in ends.into_iter().enumerate() {
        let mut client = sandbox.create_connect(&format!("id=e{number}"), &[]).await;
        assert_eq!(client.chosen, None);
        quiet(&mut client).await;
        client.send(&format!("{typed}\n")).await;
        let (_, texts, end) = client.until_end().await;
        assert_eq!((texts, end), (Vec::new(), End::Close(code, reason.to_owned())), "{typed}");
    }
}

#[tokio::test]
async fn the_end_of_input_ends_the_program_that_reads() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.create_connect("id=t", &[]).await;
    quiet(&mut client).await;
    // The shell's own line editor would have to be waited for; a program that reads lines gets the key at any time.
    client.send("echo st''arted; exec cat\n").await;
    client.until("started\r\n").await;
    client.send("\u{4}").await;
    let (_, _, end) = client.until_end().await;
    assert_eq!(end, End::Close(1000, r#"{"exitCode":0}"#.to_owned()));
}

#[tokio::test]
async fn an_unknown_terminal_is_told_after_the_upgrade_and_the_connection_is_cut() {
    let sandbox = Sandbox::start().await;
    let mut client = open(&sandbox.server, &format!("{}/pty/nope/connect", sandbox.base)).await;
    let error = json!({
        "error": "Failed to connect to PTY session: PTY session nope not found",
        "status": "error", "type": "control",
    });
    assert_eq!(client.json().await, error);
    assert_eq!(client.next().await.unwrap_err(), End::Cut);
}

#[tokio::test]
async fn a_lazy_terminal_starts_with_its_first_client_and_shows_its_prompt() {
    let sandbox = Sandbox::start().await;
    sandbox.create(json!({ "id": "lazy", "lazyStart": true, "envs": { "TERM": "dumb" } })).await;
    assert_eq!(sandbox.request("GET", "/pty/lazy", Value::Null).await.1["active"], json!(false));
    let mut client = sandbox.connect("lazy").await;
    quiet(&mut client).await;
    client.send("echo $TERM\n").await;
    client.until("dumb\r\n").await;
    let (_, info) = sandbox.request("GET", "/pty/lazy", Value::Null).await;
    assert_eq!((&info["active"], &info["lazyStart"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn programs_are_told_of_another_size() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.create_connect("id=t", &[]).await;
    quiet(&mut client).await;
    client.send("trap 'echo changed $(stty size)' WINCH; echo s''et\n").await;
    client.until("set\r\n").await;
    sandbox.request("POST", "/pty/t/resize", json!({ "cols": 77, "rows": 22 })).await;
    client.send("\n").await;
    client.until("changed 22 77\r\n").await;
}

#[tokio::test]
async fn several_clients_see_the_same_and_a_terminal_outlives_them_all() {
    let sandbox = Sandbox::start().await;
    let mut first = sandbox.create_connect("id=t", &[]).await;
    quiet(&mut first).await;
    let mut second = sandbox.connect("t").await;
    first.send("kept=yes; echo fr''om first\n").await;
    second.until("from first\r\n").await;
    second.send("echo fr''om second\n").await;
    first.until("from second\r\n").await;
    second.until("from second\r\n").await;
    drop((first, second));
    let mut third = sandbox.connect("t").await;
    third.send("echo ke''pt=$kept; echo '{\"type\":\"resize\"}'\n").await;
    third.until("kept=yes\r\n{\"type\":\"resize\"}\r\n").await;
}

#[tokio::test]
async fn deleting_a_terminal_kills_everything_below_it_and_tells_its_clients() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.create_connect("id=t", &[EXIT_CONTROL]).await;
    quiet(&mut client).await;
    client.send("(trap '' HUP TERM; sleep 3600 & echo ch''ild $!; wait) &\n").await;
    client.until("child ").await;
    let child = client.until("\r\n").await.trim().to_owned();
    sandbox.request("DELETE", "/pty/t", Value::Null).await;
    let (_, texts, end) = client.until_end().await;
    assert_eq!(texts, Vec::<Value>::new(), "nobody exited by itself");
    assert_eq!(end, End::Close(1011, r#"{"exitCode":137,"exitReason":"SIGKILL"}"#.to_owned()));
    // Looked for inside: there the number means the process it was printed by.
    let look = format!("kill -0 {child} 2>/dev/null && echo there");
    eventually("the end of the child", async || sandbox.shell(&look).await.is_empty()).await;
}

#[tokio::test]
async fn a_message_over_the_limit_closes_its_sender_only() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.create_connect("id=t", &[]).await;
    quiet(&mut client).await;
    client.send("stty raw; head -c 65537 | wc -c; stty sane -echo\n").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    client.socket.send(Message::binary(vec![b'x'; 65_536])).await.unwrap();
    client.send("x").await;
    client.until("65537").await;
    for length in [65_537, 3 << 20] {
        let mut sender = sandbox.connect("t").await;
        // A server that has read enough may cut the rest off.
        let _ = sender.socket.send(Message::binary(vec![b'x'; length])).await;
        let (_, _, end) = sender.until_end().await;
        if length == 65_537 {
            assert_eq!(end, End::Close(1009, String::new()));
        }
    }
    client.send("echo st''ill\n").await;
    client.until("still\r\n").await;
    client.ping().await;
}

#[tokio::test]
async fn eighty_megabytes_pass_intact() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.create_connect("id=t", &[]).await;
    quiet(&mut client).await;
    client.send("stty raw; seq -f 'line %.0f of many' 4000000 | head -c 80000000; exec true\n").await;
    let (output, _, end) = client.until_end().await;
    assert_eq!(output.len(), 80_000_000);
    let mut expected = (1..=4_000_000_u32).map(|number| format!("line {number} of many"));
    let text = String::from_utf8(output).unwrap();
    let (whole, _cut) = text.rsplit_once('\n').unwrap();
    for line in whole.split('\n') {
        assert_eq!(Some(line), expected.next().as_deref());
    }
    assert_eq!(end, End::Close(1000, r#"{"exitCode":0}"#.to_owned()));
}

/// The most memory the agent has had, in KiB. It is the parent of whatever it executes.
async fn peak(sandbox: &Sandbox) -> u64 {
    let said = sandbox.shell("grep VmHWM /proc/$PPID/status").await;
    said.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_client_that_reads_nothing_stalls_nobody_and_is_let_go() {
    let sandbox = Sandbox::start().await;
    let mut quick = sandbox.create_connect("id=t", &[]).await;
    quiet(&mut quick).await;
    let mut stuck = sandbox.connect("t").await;
    let before = peak(&sandbox).await;
    quick.send("stty raw; head -c 60000000 /dev/zero | tr '\\0' .; stty sane; echo fi''n\n").await;
    let read = quick.until("fin\r\n").await;
    assert!(read.bytes().filter(|byte| *byte == b'.').count() >= 60_000_000);
    let grown = peak(&sandbox).await - before;
    assert!(grown < 24 << 10, "the agent grew by {grown} KiB");
    let (output, _, end) = stuck.until_end().await;
    assert!(output.len() < 60_000_000, "the server kept everything for a client that read nothing");
    assert_eq!(end, End::Close(1008, "slow consumer".to_owned()));
    quick.send("stty -echo; echo st''ill\n").await;
    quick.until("still\r\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_terminals_live_at_once() {
    let sandbox = &Sandbox::start().await;
    let mut clients = join_all((0..200).map(async |number| {
        let mut client = sandbox.create_connect(&format!("id=t{number}"), &[]).await;
        quiet(&mut client).await;
        client
    }))
    .await;
    let (_, list) = sandbox.request("GET", "/pty", Value::Null).await;
    assert_eq!(list["sessions"].as_array().unwrap().len(), 200);
    join_all(clients.iter_mut().enumerate().map(async |(number, client)| {
        client.send(&format!("echo an''swer {number}; exit {}\n", number % 100)).await;
        client.until(&format!("answer {number}\r\n")).await;
        let (_, _, end) = client.until_end().await;
        let End::Close(_, reason) = end else { panic!("{number}: {end:?}") };
        assert!(reason.contains(&format!("\"exitCode\":{}", number % 100)), "{number}: {reason}");
    }))
    .await;
    let (_, list) = sandbox.request("GET", "/pty", Value::Null).await;
    assert_eq!(list, json!({ "sessions": [] }));
}

#[tokio::test]
async fn a_shell_that_leaves_a_child_on_the_terminal_ends_for_its_clients_at_once() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.create_connect("id=t", &[]).await;
    quiet(&mut client).await;
    client.send("trap '' HUP; sleep 3600 & disown; exit 0\n").await;
    let before = std::time::Instant::now();
    let (_, _, end) = client.until_end().await;
    assert_eq!(end, End::Close(1000, r#"{"exitCode":0}"#.to_owned()));
    assert!(before.elapsed() < std::time::Duration::from_secs(4));
}
