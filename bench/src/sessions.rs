//! Commands in a shell session, its deletion, and its logs followed.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Failure;
use crate::client::Client;
use crate::figures::{Samples, milliseconds};
use crate::server::Server;

/// Lines of the long log; each has 100 bytes.
const LINES: usize = 2_000_000;
const LINE: usize = 100;
/// How often the agent's memory is looked at while the long log comes, in bytes.
const LOOK_EVERY: usize = 40_000_000;
/// Short logs read back to see that none is cut short.
const SHORT: usize = 1000;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("sessions");
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    let sandbox = client.sandbox().await?;
    let base = format!("/toolbox/{sandbox}");
    round_trips(&mut client, &base, samples).await?;
    deletions(&mut client, &base, samples.min(100)).await?;
    short_logs(&mut client, &base).await?;
    long_log(&mut client, &server, &base).await
}

async fn round_trips(client: &mut Client, base: &str, samples: usize) -> Result<(), Failure> {
    create(client, base, "s").await?;
    let (version, exec) = (format!("{base}/version"), format!("{base}/process/session/s/exec"));
    let (mut floor, mut taken) = (Samples::default(), Samples::default());
    for _ in 0..samples {
        let started = Instant::now();
        client.call("GET", &version, "").await?;
        floor.add(started.elapsed());
        let started = Instant::now();
        client.call("POST", &exec, r#"{"command":"echo hi"}"#).await?;
        taken.add(started.elapsed());
    }
    floor.print("floor: a request that does nothing", None);
    taken.print("echo hi in a session", Some(&floor));
    Ok(())
}

async fn deletions(client: &mut Client, base: &str, samples: usize) -> Result<(), Failure> {
    let mut taken = Samples::default();
    for _ in 0..samples {
        create(client, base, "d").await?;
        client.call("POST", &format!("{base}/process/session/d/exec"), r#"{"command":"true"}"#).await?;
        let started = Instant::now();
        client.call("DELETE", &format!("{base}/process/session/d"), "").await?;
        taken.add(started.elapsed());
    }
    taken.print("deletion of a session", None);
    Ok(())
}

/// Answers of commands that print a line and end at once.
async fn short_logs(client: &mut Client, base: &str) -> Result<(), Failure> {
    let exec = format!("{base}/process/session/s/exec");
    let mut lost = 0;
    for number in 0..SHORT {
        let command = json!({ "command": format!("echo {number}") }).to_string();
        let answer: Value = serde_json::from_slice(&client.call("POST", &exec, &command).await?)?;
        lost += usize::from(answer["output"] != format!("{number}\n"));
    }
    println!("  {lost} of {SHORT} short outputs lost");
    Ok(())
}

async fn long_log(client: &mut Client, server: &Server, base: &str) -> Result<(), Failure> {
    let print = format!("yes {} | head -n {LINES}", "x".repeat(LINE - 1));
    let bare = bare_throughput(&print)?;
    create(client, base, "f").await?;
    let exec = format!("{base}/process/session/f/exec");
    let command =
        json!({ "command": format!("read go; {print}"), "runAsync": true, "suppressInputEcho": true });
    let begun: Value = serde_json::from_slice(&client.call("POST", &exec, &command.to_string()).await?)?;
    let path = format!("{base}/process/session/f/command/{}", begun["cmdId"].as_str().unwrap_or_default());
    let mut socket = follow(&server.authority, &format!("{path}/logs?follow=true")).await?;
    let before = agent_memory(client, base).await?;
    let (mut bytes, mut looked_at, mut most) = (0, 0, before);
    let started = Instant::now();
    client.call("POST", &format!("{path}/input"), r#"{"data":"go"}"#).await?;
    let mut last = Instant::now();
    while let Some(message) = socket.next().await {
        match message? {
            Message::Binary(frame) => bytes += frame.len(),
            Message::Close(_) => break,
            _ => {}
        }
        last = Instant::now();
        if bytes - looked_at > LOOK_EVERY {
            looked_at = bytes;
            most = most.max(agent_memory(client, base).await?);
        }
    }
    let megabytes = bytes as f64 / 1e6;
    let served = megabytes / started.elapsed().as_secs_f64();
    println!(
        "  followed log of {megabytes:.0} MB: {served:.0} MB/s, bare pipe {bare:.0} MB/s: {:.0} % of the floor",
        100.0 * served / bare
    );
    println!("  closed {:.3} ms after the last frame", milliseconds(last.elapsed()));
    println!("  agent grew by {} KiB", most - before);
    Ok(())
}

async fn follow(authority: &str, path: &str) -> Result<WebSocketStream<TcpStream>, Failure> {
    let stream = TcpStream::connect(authority).await?;
    let mut request = format!("ws://{authority}{path}").into_client_request()?;
    for (name, value) in [("authorization", "Bearer bench"), ("x-daytona-sdk-version", "0.205.1")] {
        request.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    Ok(client_async(request, stream).await?.0)
}

/// Memory of the agent's own, in KiB. It is the parent of whatever it executes.
async fn agent_memory(client: &mut Client, base: &str) -> Result<u64, Failure> {
    let look = r#"{"command":"grep RssAnon /proc/$PPID/status"}"#;
    let answer = client.call("POST", &format!("{base}/process/execute"), look).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let number = answer["result"].as_str().unwrap_or_default().split_whitespace().nth(1).unwrap_or_default();
    Ok(number.parse()?)
}

/// Megabytes a second of the same text through a pipe and nothing else.
fn bare_throughput(print: &str) -> Result<f64, Failure> {
    let started = Instant::now();
    let mut child = Command::new("/bin/bash").args(["-c", print]).stdout(Stdio::piped()).spawn()?;
    let mut bytes = 0;
    if let Some(mut output) = child.stdout.take() {
        let mut buffer = vec![0; 64 * 1024];
        while let count @ 1.. = output.read(&mut buffer)? {
            bytes += count;
        }
    }
    child.wait()?;
    Ok(bytes as f64 / 1e6 / started.elapsed().as_secs_f64())
}

async fn create(client: &mut Client, base: &str, id: &str) -> Result<(), Failure> {
    client.call("POST", &format!("{base}/process/session"), &json!({ "sessionId": id }).to_string()).await?;
    Ok(())
}
