//! SSH: `true` over an open connection beside a shell started without a server, a file there and back by OpenSSH's own
//! SFTP client beside the same bytes over a bare connection.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use russh::client::{Handle, Handler};
use russh::keys::PublicKeyOrCertificate;
use serde_json::Value;

use crate::client::Client;
use crate::figures::Samples;
use crate::server::Server;
use crate::{Failure, files, floor};

const MEBIBYTE: usize = 1 << 20;
const SIZE: usize = 256;
const ROUNDS: usize = 5;

/// A client that takes the server it started for the server it started.
struct Trusting;

impl Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("ssh");
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    let sandbox = client.sandbox().await?;
    let access = client.call("POST", &format!("/api/sandbox/{sandbox}/ssh-access"), "").await?;
    let access: Value = serde_json::from_slice(&access)?;
    let config: Value = serde_json::from_slice(&client.call("GET", "/api/config", "").await?)?;
    let token = access["token"].as_str().unwrap_or_default().to_owned();
    let port =
        config["sshGatewayPort"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or_default();

    let floor = floor::shell("true", samples)?;
    floor.print("floor: a shell that runs true", None);
    let mut connected = Samples::default();
    for _ in 0..samples.min(20) {
        let started = Instant::now();
        connect(port, &token).await?;
        connected.add(started.elapsed());
    }
    let handle = connect(port, &token).await?;
    let mut taken = Samples::default();
    for _ in 0..samples {
        let started = Instant::now();
        exec(&handle, "true").await?;
        taken.add(started.elapsed());
    }
    taken.print("true over an open connection", Some(&floor));
    connected.print("a connection", None);
    transfers(port, &token)
}

async fn connect(port: u16, token: &str) -> Result<Handle<Trusting>, Failure> {
    let config = russh::client::Config { nodelay: true, ..russh::client::Config::default() };
    let mut handle = russh::client::connect(Arc::new(config), ("127.0.0.1", port), Trusting).await?;
    match handle.authenticate_none(token).await?.success() {
        true => Ok(handle),
        false => Err("the token is refused".into()),
    }
}

async fn exec(handle: &Handle<Trusting>, command: &str) -> Result<(), Failure> {
    let mut channel = handle.channel_open_session().await?;
    channel.exec(false, command).await?;
    let mut status = None;
    while let Some(message) = channel.wait().await {
        if let russh::ChannelMsg::ExitStatus { exit_status } = message {
            status = Some(exit_status);
        }
    }
    if status == Some(0) { Ok(()) } else { Err(format!("{command}: {status:?}").into()) }
}

fn transfers(port: u16, token: &str) -> Result<(), Failure> {
    let content = Bytes::from(files::noise(SIZE * MEBIBYTE));
    let floor = files::floor(&content)?;
    println!("  {SIZE} MiB; floor: {:.0} MiB/s from a socket to a file", files::rate(SIZE, &floor));
    let place = tempfile::TempDir::new()?;
    std::fs::write(place.path().join("large"), &content)?;
    // Everything but the transfer, to be taken off.
    let Some(bare) = sftp(place.path(), port, token, "pwd\n")? else {
        println!("    not measured: OpenSSH's sftp is not installed");
        return Ok(());
    };
    for (name, batch) in [("upload", "put large large\n"), ("download", "get large back\n")] {
        let mut taken = Samples::default();
        for _ in 0..ROUNDS {
            let whole = sftp(place.path(), port, token, batch)?.unwrap_or_default();
            taken.add(whole.saturating_sub(bare));
        }
        let ratio = files::rate(SIZE, &taken) / files::rate(SIZE, &floor);
        println!("    {name:<16} {:>6.0} MiB/s  {ratio:>5.2} x floor", files::rate(SIZE, &taken));
    }
    Ok(())
}

/// How long a batch takes; nothing where there is no client.
fn sftp(place: &Path, port: u16, token: &str, batch: &str) -> Result<Option<Duration>, Failure> {
    std::fs::write(place.join("batch"), batch)?;
    let mut command = Command::new("sftp");
    command.args(["-F", "none", "-q", "-b", "batch", "-P", &port.to_string()]);
    command.args([
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-o",
        "LogLevel=ERROR",
    ]);
    command.arg(format!("{token}@127.0.0.1")).current_dir(place).stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    match command.status() {
        Ok(status) if status.success() => Ok(Some(started.elapsed())),
        Ok(status) => Err(format!("sftp ended with {status}").into()),
        Err(_) => Ok(None),
    }
}
