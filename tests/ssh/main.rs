//! SSH access through the whole program, with OpenSSH's own client, on every rung this host has.
//!
//! Where `ssh` is not installed these tests say so and prove nothing; `cargo xtask test` installs it where it can.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../support/mod.rs"]
mod support;

mod web_terminal;

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use support::{TestServer, eventually, processes_below};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the client is there.
fn is_installed() -> bool {
    let found = std::process::Command::new("ssh").arg("-V").output().is_ok();
    if !found {
        assert!(std::env::var_os("PITLANE_TEST_OPENSSH").is_none(), "openssh-client is not installed");
        println!("skipped: openssh-client is not installed on this machine");
    }
    found
}

/// A client that knows the server's host key by what the API says of it, and accepts no other.
struct OpenSsh {
    place: TempDir,
    port: String,
    token: String,
}

impl OpenSsh {
    async fn new(server: &TestServer, sandbox: &str) -> Self {
        let config = server.request("GET", "/api/config", Value::Null).await.json();
        let access = server.request("POST", &format!("/api/sandbox/{sandbox}/ssh-access"), Value::Null).await;
        assert_eq!(access.status, 200, "{}", access.text());
        let access = access.json();
        let (port, token) =
            (config["sshGatewayPort"].to_string(), access["token"].as_str().unwrap().to_owned());
        assert_eq!(access["sshCommand"], format!("ssh -p {port} {token}@127.0.0.1"));
        let place = TempDir::new().unwrap();
        let known = format!("[127.0.0.1]:{port} {}\n", config["sshGatewayHostKeys"][0].as_str().unwrap());
        std::fs::write(place.path().join("known_hosts"), known).unwrap();
        Self { place, port, token }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn command(&self, program: &str, port_flag: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]);
        command.args(["-o", "IdentityFile=none", "-o", "LogLevel=ERROR"]);
        command.arg("-o").arg(format!("UserKnownHostsFile={}", self.file("known_hosts").display()));
        command.args([port_flag, &self.port]).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    fn whom(&self) -> String {
        format!("{}@127.0.0.1", self.token)
    }

    /// Runs `ssh` with these arguments before the host and this command behind it.
    fn ssh(&self, options: &[&str], command: &str) -> Command {
        let mut ssh = self.command("ssh", "-p");
        ssh.args(options).arg(self.whom());
        if !command.is_empty() {
            ssh.arg(command);
        }
        ssh
    }

    async fn run(&self, command: &str) -> Output {
        run(self.ssh(&[], command), b"").await
    }
}

async fn run(mut command: Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeding = async {
        // A program that does not read everything is no trouble.
        let _ = stdin.write_all(input).await;
        drop(stdin);
    };
    let (_, output) =
        tokio::time::timeout(PATIENCE, async { tokio::join!(feeding, child.wait_with_output()) })
            .await
            .expect("the client ends");
    output.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn assert_said(ran: &Output, output: &str, status: i32) {
    assert_eq!(
        (text(&ran.stdout).as_str(), ran.status.code()),
        (output, Some(status)),
        "{}",
        text(&ran.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_runs_commands_shells_and_terminals_in_the_sandbox() {
    if !is_installed() {
        return;
    }
    for rung in support::rungs().await {
        let server = TestServer::start_with(&["--runtime", rung]);
        let sandbox = server.sandbox().await;
        let client = OpenSsh::new(&server, &sandbox).await;
        let home = server.execute(&sandbox, "pwd; echo $HOME; id -u; echo $DAYTONA_SANDBOX_ID").await;
        let ran =
            client.run("pwd; echo $HOME; id -u; echo $DAYTONA_SANDBOX_ID; echo apart >&2; exit 7").await;
        assert_said(&ran, &home, 7);
        assert_eq!(text(&ran.stderr), "apart\n");
        assert_said(&run(client.ssh(&[], "tr a-z A-Z"), b"hello").await, "HELLO", 0);
        assert_said(&run(client.ssh(&["-T"], ""), b"echo script; exit 3\n").await, "script\n", 3);
        let ran = run(client.ssh(&["-tt"], "test -t 0 && echo $TERM"), b"").await;
        assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stdout));
        let shell = run(client.ssh(&["-tt"], ""), b"echo $((6*7)); exit 5\n").await;
        assert!(text(&shell.stdout).contains("42\r\n"), "{}", text(&shell.stdout));
        assert_eq!(shell.status.code(), Some(5));
        let sent = run(client.ssh(&["-o", "SetEnv=LC_TEST=yes"], "echo $LC_TEST"), b"").await;
        assert_said(&sent, "yes\n", 0);
        // A signal's end has no status; OpenSSH says 255 then.
        assert_eq!(client.run("kill -KILL $$").await.status.code(), Some(255));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_carries_files_by_sftp_and_by_both_protocols_of_scp() {
    if !is_installed() {
        return;
    }
    for rung in support::rungs().await {
        let server = TestServer::start_with(&["--runtime", rung]);
        let sandbox = server.sandbox().await;
        let client = OpenSsh::new(&server, &sandbox).await;
        let content: Vec<u8> =
            (0..5_000_000u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 9) as u8).collect();
        std::fs::write(client.file("up"), &content).unwrap();
        let at = |path: &str| format!("{}:{path}", client.whom());
        for (protocol, path) in [(&[][..], "one.bin"), (&["-O"][..], "two.bin")] {
            let mut scp = client.command("scp", "-P");
            scp.args(protocol).arg("-q").arg(client.file("up")).arg(at(path));
            assert_said(&run(scp, b"").await, "", 0);
            let mut scp = client.command("scp", "-P");
            scp.args(protocol).arg("-q").arg(at(path)).arg(client.file(path));
            assert_said(&run(scp, b"").await, "", 0);
            assert!(std::fs::read(client.file(path)).unwrap() == content, "{path} differs");
        }
        // The API's own names are the same files, whatever the rung.
        let batch = "cd /home/daytona\nmkdir d\nrename one.bin d/three.bin\nln -s three.bin d/link\nls -1 d\n\
                     chmod 600 d/three.bin\nrm two.bin\n";
        let mut sftp = client.command("sftp", "-P");
        sftp.args(["-q", "-b", "-"]).arg(client.whom());
        let ran = run(sftp, batch.as_bytes()).await;
        assert_eq!(ran.status.code(), Some(0), "{}{}", text(&ran.stdout), text(&ran.stderr));
        assert!(text(&ran.stdout).contains("d/link"), "{}", text(&ran.stdout));
        let seen = server.execute(&sandbox, "ls; stat -c '%a %s' d/three.bin; readlink d/link").await;
        assert_eq!(seen, "d\n600 5000000\nthree.bin\n", "{rung}");
    }
}

/// Answers whoever comes with a greeting.
async fn greeter() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"greetings\n").await;
        }
    });
    port
}

/// Starts `ssh -N` with a forward and waits until it is there.
async fn forwarding(client: &OpenSsh, forward: &[&str]) -> Child {
    let control = client.file("log");
    let mut options = vec!["-N", "-v", "-o", "ExitOnForwardFailure=yes", "-o", "LogLevel=DEBUG1"];
    options.extend(forward);
    let mut ssh = client.ssh(&options, "");
    ssh.stderr(std::fs::File::create(&control).unwrap());
    let child = ssh.spawn().unwrap();
    let entered = "Entering interactive session";
    eventually("the forward", async || {
        std::fs::read_to_string(&control).is_ok_and(|log| {
            log.contains(entered) && (!forward.contains(&"-R") || log.contains("forward success"))
        })
    })
    .await;
    child
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_reaches_ports_of_the_sandbox_and_lends_it_its_own() {
    if !is_installed() {
        return;
    }
    for rung in support::rungs().await {
        let server = TestServer::start_with(&["--runtime", rung]);
        let body = json!({ "networkBlockAll": rung == "namespace" });
        let created = server.request("POST", "/api/sandbox", body).await.json();
        let sandbox = created["id"].as_str().unwrap();
        let client = OpenSsh::new(&server, sandbox).await;
        let listen = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); \
                      print(s.getsockname()[1], flush=True)\nwhile True: c, _ = s.accept(); c.sendall(b'from inside'); c.close()";
        let serve = format!(
            "(python3 -c \"{listen}\" > port 2> errors &) ; until test -s port; do sleep 0.05; done; cat port"
        );
        let port = server.execute(sandbox, &serve).await.trim().to_owned();
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let mut tunnel = forwarding(&client, &["-L", &format!("{free}:localhost:{port}")]).await;
        let mut said = String::new();
        let mut stream = TcpStream::connect(("127.0.0.1", free)).await.unwrap();
        stream.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "from inside", "{rung}");
        tunnel.kill().await.unwrap();
        // The port asked for is the sandbox's, which has a network of its own where it is blocked.
        let ours = greeter().await;
        let theirs = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let mut tunnel = forwarding(&client, &["-R", &format!("{theirs}:127.0.0.1:{ours}")]).await;
        let read = format!(
            "python3 -c \"import socket; print(socket.create_connection(('127.0.0.1', {theirs})).makefile().read())\""
        );
        assert_eq!(server.execute(sandbox, &read).await.trim(), "greetings", "{rung}");
        tunnel.kill().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_outlives_stop_and_restart_and_the_host_key_stays_with_the_data() {
    if !is_installed() {
        return;
    }
    let data = TempDir::new().unwrap();
    let directory = data.path().join("data");
    let arguments = ["--data-dir", directory.to_str().unwrap()];
    let mut server = TestServer::start_with(&arguments);
    let sandbox = server.sandbox().await;
    let mut client = OpenSsh::new(&server, &sandbox).await;
    assert_said(&client.run("echo kept > file").await, "", 0);
    server.request("POST", &format!("/api/sandbox/{sandbox}/stop"), Value::Null).await;
    let stopped = client.run("true").await;
    assert_eq!(stopped.status.code(), Some(1));
    assert_eq!(
        text(&stopped.stderr).trim_end(),
        "Sandbox is not started (state: stopped). Please start the sandbox before attempting to connect."
    );
    server.end();
    let server = TestServer::start_with(&arguments);
    server.request("POST", &format!("/api/sandbox/{sandbox}/start"), Value::Null).await;
    let config = server.request("GET", "/api/config", Value::Null).await.json();
    // Another port, and the key the client knows.
    let known = std::fs::read_to_string(client.file("known_hosts")).unwrap();
    let before = format!("[127.0.0.1]:{} ", client.port);
    client.port = config["sshGatewayPort"].to_string();
    let known = known.replace(&before, &format!("[127.0.0.1]:{} ", client.port));
    std::fs::write(client.file("known_hosts"), known).unwrap();
    assert_said(&client.run("cat file").await, "kept\n", 0);
    server.request("DELETE", &format!("/api/sandbox/{sandbox}/ssh-access"), Value::Null).await;
    let refused = client.run("true").await;
    assert_eq!(refused.status.code(), Some(255));
    assert!(text(&refused.stderr).contains("Permission denied"), "{}", text(&refused.stderr));
    server.request("DELETE", &format!("/api/sandbox/{sandbox}"), Value::Null).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_dies_no_program_is_left_behind() {
    if !is_installed() {
        return;
    }
    for rung in support::rungs().await {
        let server = TestServer::start_with(&["--runtime", rung]);
        let sandbox = server.sandbox().await;
        let client = OpenSsh::new(&server, &sandbox).await;
        // The client is killed: its program hears of it.
        let mut killed = client.ssh(&[], "echo $$ > pid; exec sleep 5000").spawn().unwrap();
        let state = "cat pid 2> errors && kill -0 $(cat pid) && echo runs";
        eventually("the program", async || server.execute(&sandbox, state).await.ends_with("runs\n")).await;
        killed.start_kill().unwrap();
        eventually("its end", async || !server.execute(&sandbox, state).await.ends_with("runs\n")).await;
        // The server is killed, with clients of every kind.
        let _plain = client.ssh(&[], "echo $$ > pid; exec sleep 5000").spawn().unwrap();
        let mut terminal = client.ssh(&["-tt"], "trap '' HUP; touch there; sleep 5000");
        let _terminal = terminal.stdout(Stdio::null()).spawn().unwrap();
        eventually("the programs", async || {
            server.execute(&sandbox, &format!("{state}; ls")).await.contains("there")
        })
        .await;
        let temp = server.kill();
        eventually("nothing left", async || processes_below(temp.path()).is_empty()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_is_told_wherever_somebody_looks_for_it() {
    let server = TestServer::start();
    let address = server.ready["ssh"].as_str().unwrap().to_owned();
    let health = server.request("GET", "/health", Value::Null).await.json();
    assert_eq!(health["ssh"], address);
    let config = server.request("GET", "/api/config", Value::Null).await.json();
    assert_eq!(config["sshGatewayHost"], "127.0.0.1");
    assert_eq!(address, format!("127.0.0.1:{}", config["sshGatewayPort"]));
    let mut greeting = [0; 16];
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"SSH-2.0-Pitlane_");
    let told = Command::new(support::program()).args(["env", "--url", &server.url]).output().await.unwrap();
    assert!(
        text(&told.stdout).contains(&format!("export PITLANE_SSH='{address}'\n")),
        "{}",
        text(&told.stdout)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_ones_own_choice_is_listened_on() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let server = TestServer::start_with(&["--ssh-listen", &free]);
    assert_eq!(server.ready["ssh"], free);
    assert!(TcpStream::connect(&free).await.is_ok());
}
