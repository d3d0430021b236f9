//! Files: large ones there and back beside the same bytes without a server, long directories beside `ls -l`, a search
//! beside ripgrep.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

use crate::Failure;
use crate::client::Client;
use crate::figures::{Samples, milliseconds};
use crate::server::Server;

const MEBIBYTE: usize = 1 << 20;
const SIZES: [usize; 2] = [64, 256];
const ENTRIES: usize = 10_000;
const FILES: usize = 100_000;
/// A file moved this often is warm, and so is everything on its way.
const ROUNDS: usize = 5;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("files");
    for size in SIZES {
        transfers(program, size).await?;
    }
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    let sandbox = client.sandbox().await?;
    let mut sandbox = Sandbox { client, base: format!("/toolbox/{sandbox}") };
    listing(&mut sandbox, samples.min(50)).await?;
    search(&mut sandbox, samples.min(10)).await
}

/// A client and the sandbox it talks to.
struct Sandbox {
    client: Client,
    base: String,
}

impl Sandbox {
    /// How long an answer takes until its last byte, which is not the first.
    async fn get(&mut self, path: &str) -> Result<Duration, Failure> {
        let path = format!("{}{path}", self.base);
        let started = Instant::now();
        let length = self.client.read_away(&path).await?;
        let taken = started.elapsed();
        if length > 2 { Ok(taken) } else { Err(format!("{path} has an empty answer").into()) }
    }

    async fn execute(&mut self, command: &str) -> Result<String, Failure> {
        let path = format!("{}/process/execute", self.base);
        let answer = self.client.call("POST", &path, &json!({ "command": command }).to_string()).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        match answer["exitCode"].as_i64() {
            Some(0) => Ok(answer["result"].as_str().unwrap_or_default().to_owned()),
            _ => Err(format!("{command}: {answer}").into()),
        }
    }

    /// How long a command takes by the sandbox's own clock; `None` when it does not work there.
    async fn timed(&mut self, command: &str) -> Option<Duration> {
        let script = format!("TIMEFORMAT=%R; set -e; time {{ {command}; }} >/dev/null 2>/dev/null");
        let seconds = self.execute(&script).await.ok()?;
        seconds.trim().parse().ok().map(Duration::from_secs_f64)
    }
}

/// One file of this many mebibytes, each way it can travel.
async fn transfers(program: &Path, size: usize) -> Result<(), Failure> {
    let content = Bytes::from(noise(size * MEBIBYTE));
    let floor = floor(&content)?;
    let server = Server::start(program)?;
    let sandbox = Client::connect(&server.authority).await?.sandbox().await?;
    let base = format!("http://{}/toolbox/{sandbox}", server.authority);
    let mut connection = connect(&server.authority).await?;
    let before = server.peak_of_all()?;
    println!("  {size} MiB; floor: {:.0} MiB/s from a socket to a file", rate(size, &floor));
    let form = form(&content);
    let paths = json!({ "paths": ["large"] }).to_string();
    let ways: [(&str, &str, &str, &str, Bytes); 4] = [
        ("upload, bare", "POST", "/files/upload-v2?path=large", "application/octet-stream", content.clone()),
        ("upload, form", "POST", "/files/bulk-upload", "multipart/form-data; boundary=bench", form),
        ("download", "GET", "/files/download?path=large", "", Bytes::new()),
        ("bulk download", "POST", "/files/bulk-download", "application/json", paths.into()),
    ];
    for (name, method, path, content_type, body) in ways {
        let mut taken = Samples::default();
        for _ in 0..ROUNDS {
            let request = http::Request::builder()
                .method(method)
                .uri(format!("{base}{path}"))
                .header("host", &server.authority)
                .header("authorization", "Bearer bench")
                .header("content-type", content_type)
                .body(Full::new(body.clone()))?;
            let started = Instant::now();
            exchange(&mut connection, request).await?;
            taken.add(started.elapsed());
        }
        let ratio = rate(size, &taken) / rate(size, &floor);
        println!("    {name:<16} {:>6.0} MiB/s  {ratio:>5.2} x floor", rate(size, &taken));
    }
    let grown = server.peak_of_all()?.saturating_sub(before) as f64 / 1024.0;
    println!("    memory of server and agent grew by {grown:.1} MiB at most");
    Ok(())
}

async fn connect(authority: &str) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = tokio::net::TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Sends a request and reads its answer away.
async fn exchange(
    connection: &mut SendRequest<Full<Bytes>>,
    request: http::Request<Full<Bytes>>,
) -> Result<(), Failure> {
    connection.ready().await?;
    let response = connection.send_request(request).await?;
    let status = response.status();
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    if status.is_success() { Ok(()) } else { Err(format!("a transfer was answered {status}").into()) }
}

fn form(content: &Bytes) -> Bytes {
    let head = "--bench\r\nContent-Disposition: form-data; name=\"files[0].path\"\r\n\r\nlarge\r\n\
                --bench\r\nContent-Disposition: form-data; name=\"files[0].file\"; filename=\"large\"\r\n\r\n";
    [head.as_bytes(), content, b"\r\n--bench--\r\n"].concat().into()
}

/// Bytes in which no delimiter and no line end is more likely than elsewhere.
pub(crate) fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = Vec::with_capacity(size + 8);
    while noise.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    noise.truncate(size);
    noise
}

/// The same bytes from one thread over a loopback connection into a file.
pub(crate) fn floor(content: &Bytes) -> Result<Samples, Failure> {
    let mut taken = Samples::default();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    for _ in 0..ROUNDS {
        let (content, address) = (content.clone(), listener.local_addr()?);
        let started = Instant::now();
        let sender = std::thread::spawn(move || TcpStream::connect(address)?.write_all(&content));
        let (mut stream, _) = listener.accept()?;
        let mut file = tempfile::tempfile()?;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match stream.read(&mut buffer)? {
                0 => break,
                count => file.write_all(&buffer[..count])?,
            }
        }
        taken.add(started.elapsed());
        sender.join().map_err(|_| "the sender failed")??;
    }
    Ok(taken)
}

pub(crate) fn rate(mebibytes: usize, taken: &Samples) -> f64 {
    mebibytes as f64 / taken.percentile(50).as_secs_f64()
}

async fn listing(sandbox: &mut Sandbox, samples: usize) -> Result<(), Failure> {
    sandbox.execute(&format!("mkdir many && cd many && seq {ENTRIES} | xargs touch")).await?;
    let (mut listed, mut floor) = (Samples::default(), Samples::default());
    for _ in 0..samples {
        listed.add(sandbox.get("/files?path=many").await?);
        if let Some(taken) = sandbox.timed("ls -l many").await {
            floor.add(taken);
        }
    }
    println!("  {ENTRIES} entries; floor: ls -l {:.1} ms", milliseconds(floor.percentile(50)));
    listed.print("list", Some(&floor));
    Ok(())
}

async fn search(sandbox: &mut Sandbox, samples: usize) -> Result<(), Failure> {
    let make = format!(
        "mkdir tree && cd tree && for d in $(seq 100); do mkdir $d; \
         for f in $(seq {}); do echo \"line one\nsome text $f here\nthe last needle$f\n\" > $d/$f; done; done",
        FILES / 100
    );
    sandbox.execute(&make).await?;
    let (mut found, mut named, mut floor) = (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..samples {
        found.add(sandbox.get("/files/find?path=tree&pattern=needle999").await?);
        named.add(sandbox.get("/files/search?path=tree&pattern=999").await?);
        if let Some(taken) = sandbox.timed("rg -uuu -F --sort path needle999 tree").await {
            floor.add(taken);
        }
    }
    let floor = Some(floor).filter(|floor| !floor.percentile(50).is_zero());
    match &floor {
        Some(floor) => println!("  {FILES} files; floor: rg {:.0} ms", milliseconds(floor.percentile(50))),
        None => println!("  {FILES} files; ripgrep is not there: no floor"),
    }
    found.print("find text", floor.as_ref());
    named.print("search names", None);
    Ok(())
}
