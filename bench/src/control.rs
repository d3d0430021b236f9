//! The control plane: reading one sandbox, reading a page of them, making many at once.
//!
//! The floor is a bare axum handler that answers the same bytes, in a process of its own, asked by the same client: what
//! is left is what guard, tenants, routing and shaping cost.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Failure;
use crate::client::Client;
use crate::figures::{Samples, milliseconds};
use crate::server::Server;

/// Connections at once when throughput is measured.
const CONNECTIONS: usize = 32;
/// How long throughput is measured; in turns with the floor, so that a machine whose speed drifts changes both.
const TURN: Duration = Duration::from_millis(1500);
const TURNS: usize = 3;
/// Sandboxes made at once.
const AT_ONCE: usize = 10;
/// Sandboxes of a full page.
const PAGE: usize = 200;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("control");
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    let sandbox = client.sandbox().await?;
    let path = format!("/api/sandbox/{sandbox}");
    let body = client.call("GET", &path, "").await?;
    let bare = Bare::start(&String::from_utf8(body.to_vec())?)?;
    reading(&server.authority, &bare.authority, &path, samples).await?;
    making(&server.authority, samples).await?;
    paging(&mut client, samples).await
}

async fn reading(served: &str, bare: &str, path: &str, samples: usize) -> Result<(), Failure> {
    let (mut floor, mut taken) = (Samples::default(), Samples::default());
    let (mut to_bare, mut to_served) = (Raw::connect(bare, path).await?, Raw::connect(served, path).await?);
    for _ in 0..samples.max(100) {
        for (connection, into) in [(&mut to_bare, &mut floor), (&mut to_served, &mut taken)] {
            let started = Instant::now();
            connection.ask().await?;
            into.add(started.elapsed());
        }
    }
    floor.print("floor: the same bytes from a bare handler", None);
    taken.print("get, one connection", Some(&floor));
    let (mut bare_rates, mut served_rates) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        bare_rates.push(rate(bare, path).await?);
        served_rates.push(rate(served, path).await?);
    }
    let (bare, served) = (middle(bare_rates), middle(served_rates));
    println!(
        "  get, {CONNECTIONS} connections: {served:.0}/s, bare {bare:.0}/s: {:.0} % of the floor",
        100.0 * served / bare
    );
    Ok(())
}

fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Answers a second over all connections.
async fn rate(authority: &str, path: &str) -> Result<f64, Failure> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Raw::connect(authority, path).await?);
    }
    let started = Instant::now();
    let asking = connections.into_iter().map(|mut connection| async move {
        let mut answers = 0_u32;
        while started.elapsed() < TURN {
            connection.ask().await?;
            answers += 1;
        }
        Ok::<u32, Failure>(answers)
    });
    let answers: u32 = futures_util::future::try_join_all(asking).await?.into_iter().sum();
    Ok(f64::from(answers) / started.elapsed().as_secs_f64())
}

async fn making(authority: &str, samples: usize) -> Result<(), Failure> {
    let each = samples.div_ceil(AT_ONCE).max(10);
    let mut clients = Vec::new();
    for _ in 0..AT_ONCE {
        clients.push(Client::connect(authority).await?);
    }
    let making = clients.into_iter().map(|mut client| async move {
        let mut taken = Vec::new();
        for _ in 0..each {
            let started = Instant::now();
            let id = client.sandbox().await?;
            taken.push(started.elapsed());
            client.call("DELETE", &format!("/api/sandbox/{id}"), "").await?;
        }
        Ok::<Vec<Duration>, Failure>(taken)
    });
    let mut made = Samples::default();
    for taken in futures_util::future::try_join_all(making).await?.into_iter().flatten() {
        made.add(taken);
    }
    made.print(&format!("create, {AT_ONCE} at once"), None);
    let ratio = made.percentile(99).as_secs_f64() / made.percentile(50).as_secs_f64();
    println!("  create, {AT_ONCE} at once: p99 is {ratio:.1} x p50");
    Ok(())
}

async fn paging(client: &mut Client, samples: usize) -> Result<(), Failure> {
    while client.sandboxes().await?.len() < PAGE {
        client.sandbox().await?;
    }
    let mut taken = Samples::default();
    for _ in 0..samples.max(100) {
        let started = Instant::now();
        client.call("GET", &format!("/api/sandbox?limit={PAGE}"), "").await?;
        taken.add(started.elapsed());
    }
    taken.print(&format!("list, a page of {PAGE}"), None);
    println!("  list, a page of {PAGE}: {:.3} ms", milliseconds(taken.percentile(50)));
    Ok(())
}

/// A connection that asks for the same thing again and again, and costs next to nothing itself: every answer to the same
/// request is of the same length.
struct Raw {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Raw {
    async fn connect(authority: &str, path: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer bench\r\n\r\n");
        let mut raw = Self { stream, request: request.into_bytes(), answer: Vec::new() };
        raw.learn().await?;
        Ok(raw)
    }

    /// Reads the first answer by its own length.
    async fn learn(&mut self) -> Result<(), Failure> {
        self.stream.write_all(&self.request).await?;
        let mut read = Vec::new();
        loop {
            self.stream.read_buf(&mut read).await?;
            let text = String::from_utf8_lossy(&read);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.ok_or("an answer without a length")?.trim().parse()?;
            if !head.starts_with("http/1.1 200") {
                return Err(format!("not the answer expected: {text}").into());
            }
            if body.len() == length {
                break;
            }
        }
        self.answer = vec![0; read.len()];
        Ok(())
    }

    async fn ask(&mut self) -> Result<(), Failure> {
        self.stream.write_all(&self.request).await?;
        self.stream.read_exact(&mut self.answer).await?;
        if self.answer.starts_with(b"HTTP/1.1 200") { Ok(()) } else { Err("not the answer expected".into()) }
    }
}

/// The floor in a process of its own; ends when dropped.
struct Bare {
    child: Child,
    authority: String,
}

impl Bare {
    fn start(body: &str) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--bare", body])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut authority = String::new();
        if let Some(stdout) = child.stdout.take() {
            std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut authority)?;
        }
        Ok(Self { child, authority: authority.trim().to_owned() })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Serves `body` to every request, until standard input ends.
pub(crate) fn serve_bare(body: String) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        let answer = move || {
            let body = body.clone();
            async move { ([("content-type", "application/json; charset=utf-8")], body) }
        };
        let app = axum::Router::new().fallback(answer);
        let ended = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin()));
        tokio::select! {
            served = axum::serve(listener, app).into_future() => served?,
            _ = ended => {}
        }
        Ok(())
    })
}
