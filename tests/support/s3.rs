//! A client of the object store that signs by itself (AWS Signature Version 4), so that a test can sign what no library
//! would: other people's keys, changed bodies, chunks in any form.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "every test program uses another part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;

/// Of no bytes at all.
pub const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
pub const SIGNED_CHUNKS: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
pub const UNSIGNED_CHUNKS: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// What push access gives.
#[derive(Clone, Debug)]
pub struct Access {
    pub key: String,
    pub secret: String,
    pub token: String,
    /// `127.0.0.1:<port>`.
    pub host: String,
    pub region: String,
}

/// An answer, collected.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What stands between the tags of this name, where it stands first.
    pub fn tag(&self, name: &str) -> String {
        let text = self.text();
        let rest = text.split_once(&format!("<{name}>")).map(|(_, rest)| rest.to_owned());
        let inner = rest.and_then(|rest| Some(rest.split_once(&format!("</{name}>"))?.0.to_owned()));
        inner.unwrap_or_else(|| panic!("no {name} in {text}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }

    /// Status and S3's word for it.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.tag("Code"))
    }
}

/// A request in the making; its query is in order and encoded.
pub struct Call<'a> {
    pub method: &'a str,
    pub target: &'a str,
    pub headers: Vec<(&'a str, String)>,
    /// What is signed of the body: its digest, or the word for another way.
    pub payload: String,
}

impl<'a> Call<'a> {
    pub fn new(method: &'a str, target: &'a str) -> Self {
        Self { method, target, headers: Vec::new(), payload: EMPTY.to_owned() }
    }

    pub fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn payload(mut self, payload: impl Into<String>) -> Self {
        self.payload = payload.into();
        self
    }
}

/// A signature, and what further ones are made with.
pub struct Signature {
    pub authorization: String,
    pub date: String,
    scope: String,
    key: Vec<u8>,
    last: String,
}

impl Signature {
    /// One chunk of a body as the CLI sends it, signed by the one before.
    pub fn chunk(&mut self, bytes: &[u8]) -> Vec<u8> {
        let text = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{EMPTY}\n{}",
            self.date,
            self.scope,
            self.last,
            digest(bytes)
        );
        self.last = hexadecimal(&keyed(&self.key, &text));
        let mut chunk = format!("{:x};chunk-signature={}\r\n", bytes.len(), self.last).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        chunk
    }
}

impl Access {
    /// From the answer of push access.
    pub fn from_json(answer: &serde_json::Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        let url = text("storageUrl");
        Self {
            key: text("accessKey"),
            secret: text("secret"),
            token: text("sessionToken"),
            host: url.split_once("://").unwrap().1.to_owned(),
            region: text("region"),
        }
    }

    /// Signs a request as it is going to be sent now.
    pub fn sign(&self, call: &Call<'_>) -> Signature {
        let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let (path, query) = call.target.split_once('?').unwrap_or((call.target, ""));
        let mut headers: Vec<(String, String)> =
            call.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        headers.extend([
            ("host".to_owned(), self.host.clone()),
            ("x-amz-content-sha256".to_owned(), call.payload.clone()),
            ("x-amz-date".to_owned(), date.clone()),
        ]);
        if !self.token.is_empty() {
            headers.push(("x-amz-security-token".to_owned(), self.token.clone()));
        }
        headers.sort();
        let names = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{}", call.method, call.payload);
        let scope = format!("{}/{}/s3/aws4_request", &date[..8], self.region);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", digest(canonical.as_bytes()));
        let first = format!("AWS4{}", self.secret).into_bytes();
        let key = [&date[..8], &self.region, "s3", "aws4_request"]
            .into_iter()
            .fold(first, |key, part| keyed(&key, part));
        let last = hexadecimal(&keyed(&key, &text));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={last}",
            self.key
        );
        Signature { authorization, date, scope, key, last }
    }

    /// The request with its signature.
    pub fn request(&self, call: &Call<'_>, signature: &Signature, body: Vec<u8>) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.target)
            .header("host", &self.host)
            .header("x-amz-content-sha256", &call.payload)
            .header("x-amz-date", &signature.date)
            .header("authorization", &signature.authorization);
        if !self.token.is_empty() {
            request = request.header("x-amz-security-token", &self.token);
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        request.body(Full::new(body.into())).unwrap()
    }

    /// Signs, sends and collects; the body is signed by its digest.
    pub async fn send(&self, call: Call<'_>, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let call = if call.payload == EMPTY { call.payload(digest(&body)) } else { call };
        let signature = self.sign(&call);
        self.exchange(self.request(&call, &signature, body)).await
    }

    pub async fn get(&self, target: &str) -> Answer {
        self.send(Call::new("GET", target), "").await
    }

    pub async fn put(&self, target: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send(Call::new("PUT", target), body).await
    }

    /// Sends a request as it is.
    pub async fn exchange(&self, request: Request<Full<Bytes>>) -> Answer {
        let stream = TcpStream::connect(&self.host).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let driving = tokio::spawn(connection);
        let answer = collected(sender.send_request(request).await.unwrap()).await;
        driving.abort();
        answer
    }
}

async fn collected(response: Response<hyper::body::Incoming>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

pub fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
