//! Requests as bytes and answers read back, with nothing between that would mend them.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{KEY, TestServer};

/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest message shown of an answer that is in no known shape.
const SHOWN: usize = 200;

/// A request in its parts, put together without any check.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) method: String,
    target: String,
    headers: Vec<Vec<u8>>,
    has_host: bool,
    length: Length,
    body: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Length {
    OfBody,
    Said(u64),
    Nothing,
    Chunked,
}

impl Raw {
    /// A request with the key and a host.
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self::keyless(method, target).header(&format!("Authorization: Bearer {KEY}"))
    }

    /// A request with a host and no key.
    pub(crate) fn keyless(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            has_host: true,
            length: Length::OfBody,
            body: Vec::new(),
        }
    }

    pub(crate) fn header(self, line: &str) -> Self {
        self.raw_header(line.as_bytes())
    }

    pub(crate) fn raw_header(mut self, line: &[u8]) -> Self {
        self.headers.push(line.to_vec());
        self
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self.header("Content-Type: application/json")
    }

    /// A body whose media type is among the headers already.
    pub(crate) fn form(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    pub(crate) fn without_host(mut self) -> Self {
        self.has_host = false;
        self
    }

    /// Says this length whatever the body's is.
    pub(crate) fn saying_length(mut self, length: u64) -> Self {
        self.length = Length::Said(length);
        self
    }

    pub(crate) fn saying_no_length(mut self) -> Self {
        self.length = Length::Nothing;
        self
    }

    /// Sends the body in chunks.
    pub(crate) fn chunked(mut self) -> Self {
        self.length = Length::Chunked;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        if self.has_host {
            bytes.extend(b"Host: localhost\r\n");
        }
        for header in &self.headers {
            bytes.extend(header);
            bytes.extend(b"\r\n");
        }
        match self.length {
            Length::OfBody if self.body.is_empty() && self.method != "POST" => {}
            Length::OfBody => bytes.extend(format!("Content-Length: {}\r\n", self.body.len()).bytes()),
            Length::Said(length) => bytes.extend(format!("Content-Length: {length}\r\n").bytes()),
            Length::Nothing => {}
            Length::Chunked => bytes.extend(b"Transfer-Encoding: chunked\r\n"),
        }
        bytes.extend(b"\r\n");
        match self.length {
            Length::Chunked => bytes.extend(chunks(&self.body)),
            _ => bytes.extend(&self.body),
        }
        bytes
    }
}

fn chunks(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(64 * 1024) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// A bare connection.
pub(crate) struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    pub(crate) async fn open(server: &TestServer) -> Self {
        Self { stream: TcpStream::connect(server.authority()).await.unwrap(), read: Vec::new() }
    }

    /// Sends what the server takes; it may answer and close before it took all.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = timeout(PATIENCE, self.stream.write_all(bytes)).await;
    }

    /// Says that nothing more will be sent.
    pub(crate) async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// The next answer to a request of this method.
    pub(crate) async fn answer(&mut self, method: &str) -> Result<Answer, String> {
        timeout(PATIENCE, self.read_answer(method))
            .await
            .unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    /// Whether the server closes within a time.
    pub(crate) async fn closes(&mut self, patience: Duration) -> bool {
        timeout(patience, async { while self.more().await {} }).await.is_ok()
    }

    async fn read_answer(&mut self, method: &str) -> Result<Answer, String> {
        let head_length = loop {
            if let Some(end) = find(&self.read, b"\r\n\r\n") {
                break end;
            }
            if !self.more().await {
                return Err(format!(
                    "closed without an answer; came: {}",
                    String::from_utf8_lossy(&self.read)
                ));
            }
        };
        let head = String::from_utf8_lossy(&self.read[..head_length]).into_owned();
        self.read.drain(..head_length + 4);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status = status.ok_or_else(|| format!("no status line: {head}"))?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        if status == 100 {
            // Leave to go on sending; the answer is still to come.
            return Box::pin(self.read_answer(method)).await;
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        if method != "HEAD" && status != 204 {
            answer.body = self.read_body(&answer).await?;
        }
        Ok(answer)
    }

    async fn read_body(&mut self, answer: &Answer) -> Result<Vec<u8>, String> {
        if answer.header("transfer-encoding").is_some() {
            return self.read_chunks().await;
        }
        let Some(length) = answer.header("content-length") else {
            while self.more().await {}
            return Ok(std::mem::take(&mut self.read));
        };
        let length: usize = length.parse().map_err(|_| format!("no length: {length}"))?;
        self.take(length).await
    }

    async fn read_chunks(&mut self) -> Result<Vec<u8>, String> {
        let mut body = Vec::new();
        loop {
            while find(&self.read, b"\r\n").is_none() {
                if !self.more().await {
                    return Err("closed within a chunk".to_owned());
                }
            }
            let end = find(&self.read, b"\r\n").unwrap_or_default();
            let line = self.take(end + 2).await?;
            let size = usize::from_str_radix(String::from_utf8_lossy(&line[..end]).trim(), 16)
                .map_err(|error| error.to_string())?;
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend(&chunk[..size]);
        }
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>, String> {
        while self.read.len() < length {
            if !self.more().await {
                return Err(format!("closed after {} of {length} bytes of the body", self.read.len()));
            }
        }
        Ok(self.read.drain(..length).collect())
    }

    /// Reads on; false at the end, however the server came to it.
    async fn more(&mut self) -> bool {
        self.stream.read_buf(&mut self.read).await.is_ok_and(|count| count > 0)
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The whole answer in one line, as the tables have it.
    pub(crate) fn line(&self) -> String {
        let status = self.status;
        if status < 400 {
            return format!("{status}: {}", self.shown());
        }
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = |name: &str| json[name].as_str().unwrap_or_default();
        let message = text("message");
        if json["statusCode"] != status || message.is_empty() {
            let shown = self.shown();
            return if shown.is_empty() {
                format!("{status} empty")
            } else {
                format!("{status} bare: {shown}")
            };
        }
        let placed = !text("timestamp").is_empty() && text("path").starts_with('/');
        let code = text("code");
        let shape = match (text("source"), text("error"), placed) {
            ("DAYTONA_DAEMON", "", true) => "daemon",
            ("", "", true) if !text("method").is_empty() => "proxy",
            ("", error, true) if !error.is_empty() => "control",
            ("", error, false) if !error.is_empty() => "control, unplaced",
            _ => "unknown shape",
        };
        let code = if code.is_empty() { String::new() } else { format!(" {code}") };
        format!("{status} {shape}{code}: {message}")
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(SHOWN).collect()
    }
}
