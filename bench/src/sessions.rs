//! Commands in a shell session, its deletion, and its logs followed.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::Failure;
use crate::client::Client;
use crate::figures::{Samples, milliseconds};
use crate::server::Server;

/// Lines of the long log; each has 100 bytes.
const LINES: usize = 2_000_000;
const LINE: usize = 100;
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
    let agent: Value =
        serde_json::from_slice(&client.call("POST", &exec, r#"{"command":"echo $PPID"}"#).await?)?;
    let agent: u32 = agent["output"].as_str().unwrap_or_default().trim().parse()?;
    // The last line is the time at which the command ended, seen by its own clock.
    let command = json!({ "command": format!("read go; {print}; date +%s%N"), "runAsync": true });
    let begun: Value = serde_json::from_slice(&client.call("POST", &exec, &command.to_string()).await?)?;
    let path = format!("{base}/process/session/f/command/{}", begun["cmdId"].as_str().unwrap_or_default());
    let before = resident(agent)?;
    let followed = tokio::spawn(follow(server.authority.clone(), format!("{path}/logs?follow=true"), agent));
    let started = Instant::now();
    client.call("POST", &format!("{path}/input"), r#"{"data":"go"}"#).await?;
    let followed = followed.await?.map_err(|error| -> Failure { error.into() })?;
    let elapsed = started.elapsed();
    let served = followed.bytes as f64 / 1e6 / elapsed.as_secs_f64();
    println!(
        "  followed log of {} MB: {served:.0} MB/s, bare pipe {bare:.0} MB/s: {:.0} % of the floor",
        followed.bytes / 1_000_000,
        100.0 * served / bare
    );
    println!("  closed {:.3} ms after the last frame", milliseconds(followed.closed_after));
    println!("  agent grew by {} KiB", followed.most.saturating_sub(before));
    Ok(())
}

struct Followed {
    bytes: usize,
    closed_after: Duration,
    /// Most memory of the agent's own, in KiB.
    most: u64,
}

async fn follow(authority: String, path: String, agent: u32) -> Result<Followed, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let stream = TcpStream::connect(&authority).await.map_err(|error| text(&error))?;
    let mut request =
        format!("ws://{authority}{path}").into_client_request().map_err(|error| text(&error))?;
    for (name, value) in [("authorization", "Bearer bench"), ("x-daytona-sdk-version", "0.205.1")] {
        request.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    let (mut socket, _) = client_async(request, stream).await.map_err(|error| text(&error))?;
    let mut followed = Followed { bytes: 0, closed_after: Duration::ZERO, most: 0 };
    let (mut last, mut looked_at) = (Instant::now(), 0);
    while let Some(message) = socket.next().await {
        match message.map_err(|error| text(&error))? {
            Message::Binary(frame) => followed.bytes += frame.len(),
            Message::Close(_) => {
                followed.closed_after = last.elapsed();
                return Ok(followed);
            }
            _ => {}
        }
        last = Instant::now();
        if followed.bytes - looked_at > 10_000_000 {
            looked_at = followed.bytes;
            followed.most = followed.most.max(resident(agent).map_err(|error| text(&error))?);
        }
    }
    Err("the follower was cut off".to_owned())
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

/// Memory of a process's own, in KiB.
fn resident(pid: u32) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    Ok(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default())
}
