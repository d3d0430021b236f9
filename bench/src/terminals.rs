//! Keys echoed by a terminal, and code run in an interpreter.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::Failure;
use crate::client::Client;
use crate::figures::Samples;
use crate::server::Server;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Sends every key back, and says when it is ready to.
const ECHO: &str = "stty raw -echo; echo re''ady; exec cat";
/// Runs every line it reads and says so.
const RUN: &str =
    "import sys\nfor line in iter(sys.stdin.readline, ''):\n exec(line, {})\n sys.stdout.write('done\\n')";

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("terminals");
    let server = Server::start(program)?;
    let sandbox = Client::connect(&server.authority).await?.sandbox().await?;
    let base = format!("ws://{}/toolbox/{sandbox}/process", server.authority);
    echo(&base, samples).await?;
    interpret(&base, samples).await
}

async fn open(url: &str) -> Result<Socket, Failure> {
    let mut request = url.into_client_request()?;
    request.headers_mut().insert("authorization", "Bearer bench".parse()?);
    Ok(connect_async_with_config(request, None, true).await?.0)
}

async fn echo(base: &str, samples: usize) -> Result<(), Failure> {
    let (mut bare_out, mut bare_in, _bare) = bare_terminal()?;
    let mut served = open(&format!("{base}/pty/create-connect?id=bench")).await?;
    served.send(Message::text(format!("{ECHO}\n"))).await?;
    let mut seen = Vec::new();
    while !seen.ends_with(b"ready\n") {
        let message = served.next().await.ok_or("the terminal ended")??;
        seen.extend_from_slice(&message.into_data());
    }
    let (mut floor, mut taken) = (Samples::default(), Samples::default());
    // In turns, so that a machine whose speed drifts changes both.
    for _ in 0..samples {
        let started = Instant::now();
        bare_in.write_all(b"x")?;
        bare_out.read_exact(&mut [0])?;
        floor.add(started.elapsed());
        let started = Instant::now();
        served.send(Message::text("x")).await?;
        served.next().await.ok_or("the terminal ended")??;
        taken.add(started.elapsed());
    }
    floor.print("floor: the same program on a bare terminal", None);
    taken.print("a key and its echo", Some(&floor));
    Ok(())
}

type Bare = (Box<dyn Read + Send>, Box<dyn Write + Send>, Box<dyn portable_pty::MasterPty + Send>);

fn bare_terminal() -> Result<Bare, Failure> {
    let pair = native_pty_system().openpty(PtySize::default())?;
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", ECHO]);
    pair.slave.spawn_command(command)?;
    drop(pair.slave);
    let (mut output, input) = (pair.master.try_clone_reader()?, pair.master.take_writer()?);
    let mut seen = Vec::new();
    while !seen.ends_with(b"ready\n") {
        let mut byte = [0];
        output.read_exact(&mut byte)?;
        seen.push(byte[0]);
    }
    Ok((output, input, pair.master))
}

async fn interpret(base: &str, samples: usize) -> Result<(), Failure> {
    let mut python = Command::new("python3")
        .args(["-u", "-c", RUN])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = python.stdin.take().ok_or("no pipe")?;
    let mut output = BufReader::new(python.stdout.take().ok_or("no pipe")?);
    let url = format!("{base}/interpreter/execute");
    once(&url).await?;
    let (mut floor, mut taken, mut closing) = (Samples::default(), Samples::default(), Samples::default());
    let mut line = String::new();
    for _ in 0..samples {
        let started = Instant::now();
        input.write_all(b"1+1\n")?;
        output.read_line(&mut line)?;
        floor.add(started.elapsed());
        let (answer, close) = once(&url).await?;
        taken.add(answer);
        closing.add(close);
    }
    drop(input);
    python.wait()?;
    floor.print("floor: `1+1` in Python on bare pipes", None);
    taken.print("`1+1` with a connection of its own", Some(&floor));
    closing.print("from `completed` to the close frame", None);
    Ok(())
}

/// One execution: time until it was completed, and from there until the close frame.
async fn once(url: &str) -> Result<(Duration, Duration), Failure> {
    let started = Instant::now();
    let mut socket = open(url).await?;
    socket.send(Message::text(r#"{"code":"1+1"}"#)).await?;
    let message = socket.next().await.ok_or("the execution ended early")??;
    let answer = started.elapsed();
    if !message.to_text()?.contains("completed") {
        return Err(format!("{message} is no completion").into());
    }
    let completed = Instant::now();
    let close = socket.next().await.ok_or("no close frame")??;
    let closing = completed.elapsed();
    if !close.is_close() {
        return Err(format!("{close} is no close frame").into());
    }
    Ok((answer, closing))
}
