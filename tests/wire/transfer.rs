//! Files on the wire: bodies too large to hold, given up half way, and the multipart answers, read as exactly as the
//! clients' own parsers read them (sdk-clients.md §b.7, toolbox-files-git-desktop.md §7).

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::{Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::client::Client;

pub(crate) const MEBIBYTE: usize = 1 << 20;
const BOUNDARY: &str = "DAYTONA-FILE-BOUNDARY";

/// How the length of a body is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    Chunked,
    Length,
}

/// A body made of one block again and again, between a head and a tail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    head: String,
    tail: String,
    blocks: usize,
    /// The block before which the client goes away.
    breaks_at: Option<usize>,
}

/// A mebibyte in which line ends and the beginnings of boundaries stand everywhere.
pub(crate) fn block() -> Bytes {
    let piece = b"\r\n--b\0\xff\r\n--x-boundary\r--\n0123456789abcdef\r\n--DAYTONA-FILE\r\n";
    piece.iter().copied().cycle().take(MEBIBYTE).collect::<Vec<u8>>().into()
}

impl Source {
    /// So many mebibytes, bare.
    pub(crate) fn bare(blocks: usize) -> Self {
        Self { blocks, ..Self::default() }
    }

    /// So many mebibytes as the only file of a form, behind further text.
    pub(crate) fn form(before: &str, name: &str, filename: &str, blocks: usize) -> Self {
        let head = format!(
            "{before}--x-boundary-0\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        Self { head, tail: "\r\n--x-boundary-0--\r\n".to_owned(), blocks, breaks_at: None }
    }

    /// The form of the streaming uploads: where it goes, then the file.
    pub(crate) fn bulk(path: &str, filename: &str, blocks: usize) -> Self {
        let before = format!(
            "--x-boundary-0\r\nContent-Disposition: form-data; name=\"files[0].path\"\r\n\r\n{path}\r\n"
        );
        Self::form(&before, "files[0].file", filename, blocks)
    }

    /// The same, but the client goes away before this block.
    pub(crate) fn breaking_at(self, block: usize) -> Self {
        Self { breaks_at: Some(block), ..self }
    }

    fn length(&self) -> usize {
        self.head.len() + self.blocks * MEBIBYTE + self.tail.len()
    }

    fn body(self) -> BoxBody<Bytes, io::Error> {
        let Self { head, tail, blocks, breaks_at } = self;
        let content = block();
        let blocks = (0..blocks).map(move |number| {
            if breaks_at == Some(number) {
                return Err(io::Error::other("the client goes away"));
            }
            Ok(content.clone())
        });
        let pieces = std::iter::once(Ok(Bytes::from(head))).chain(blocks).chain([Ok(Bytes::from(tail))]);
        let frames = pieces.filter(|piece| !matches!(piece, Ok(piece) if piece.is_empty()));
        StreamBody::new(stream::iter(frames.map(|piece| piece.map(Frame::data)))).boxed()
    }
}

/// Sends a body of a form, or another content type, and gives the answer's head; an error when the client went away.
pub(crate) async fn send(
    client: &Client,
    path: &str,
    content_type: &str,
    source: Source,
    framing: Framing,
) -> Result<Response<Incoming>, hyper::Error> {
    let mut request = client.builder("POST", path).header("content-type", content_type);
    if let Framing::Length = framing {
        request = request.header("content-length", source.length());
    }
    let stream = TcpStream::connect(client.server.authority()).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    sender.send_request(request.body(source.body()).unwrap()).await
}

/// The content type of [`Source::form`].
pub(crate) const FORM: &str = "multipart/form-data; boundary=x-boundary-0";

/// The JSON of an answer that must be a success.
pub(crate) async fn json_of(response: Response<Incoming>) -> Value {
    let status = response.status();
    let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(media_type.starts_with("application/json"), "{media_type}");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

/// Asks for files with the streaming download.
pub(crate) async fn bulk_download(client: &Client, paths: &[&str]) -> Response<Incoming> {
    let body = json!({ "paths": paths }).to_string();
    let request = client.builder("POST", "/files/bulk-download").header("content-type", "application/json");
    let stream = TcpStream::connect(client.server.authority()).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response =
        sender.send_request(request.body(http_body_util::Full::new(Bytes::from(body))).unwrap()).await;
    let response = response.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let expected = format!("multipart/form-data; boundary={BOUNDARY}");
    assert_eq!(response.headers()["content-type"].to_str().unwrap(), expected);
    response
}

/// One part of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// `Content-Disposition` as it stands there, read as Latin-1 as most clients do.
    pub(crate) disposition: String,
    pub(crate) length: Option<usize>,
    pub(crate) content: Bytes,
}

/// Takes a multipart answer apart, as strictly as the strictest parser: line ends are two bytes, the first boundary begins
/// the body, every part ends before a boundary, and the closing one is the end of everything.
pub(crate) async fn parts(response: Response<Incoming>) -> Vec<Part> {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let mut rest = &body[..];
    let mut parts = Vec::new();
    let boundary = format!("--{BOUNDARY}");
    rest = rest.strip_prefix(boundary.as_bytes()).expect("the first boundary");
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = find(part, format!("\r\n{boundary}").as_bytes()).expect("a boundary behind each part");
        let (part, behind) = part.split_at(end);
        rest = &behind[2 + boundary.len()..];
        let head_end = find(part, b"\r\n\r\n").expect("a blank line behind the head");
        let head: String = part[..head_end].iter().map(|byte| char::from(*byte)).collect();
        let header = |name: &str| {
            head.split("\r\n")
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(ToOwned::to_owned)
        };
        parts.push(Part {
            disposition: header("Content-Disposition").expect("every part says what it is"),
            length: header("Content-Length").map(|length| length.parse().unwrap()),
            content: Bytes::copy_from_slice(&part[head_end + 4..]),
        });
    }
    assert_eq!(rest, b"--\r\n", "the closing boundary");
    parts
}

/// Reads a large answer of one file of [`block`]s piece by piece: nothing of it is held, and everything is looked at.
pub(crate) async fn read_blocks(response: Response<Incoming>, blocks: usize) -> String {
    let mut body = response.into_body();
    let mut held = BytesMut::new();
    let head_end = loop {
        if let Some(end) = find(&held, b"\r\n\r\n") {
            break end;
        }
        held.extend_from_slice(&piece(&mut body).await.expect("a head"));
    };
    let head: String = held.split_to(head_end + 4).iter().map(|byte| char::from(*byte)).collect();
    let (block, size) = (block(), blocks * MEBIBYTE);
    let mut at = 0;
    loop {
        let count = held.len().min(size - at);
        let mut content = &held[..count];
        while !content.is_empty() {
            let start = at % MEBIBYTE;
            let length = content.len().min(MEBIBYTE - start);
            assert!(
                content[..length] == block[start..start + length],
                "the content differs after {at} bytes"
            );
            (content, at) = (&content[length..], at + length);
        }
        let rest = held.split_off(count);
        held = rest;
        if at == size {
            break;
        }
        held.extend_from_slice(&piece(&mut body).await.expect("the rest of the content"));
    }
    while let Some(more) = piece(&mut body).await {
        held.extend_from_slice(&more);
    }
    assert_eq!(&held[..], format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    assert!(head.contains(&format!("Content-Length: {size}\r\n")), "{head}");
    head
}

async fn piece(body: &mut Incoming) -> Option<Bytes> {
    let frame = body.frame().await?.unwrap();
    Some(frame.into_data().unwrap_or_default())
}

/// Reads the beginning of an answer and goes away.
pub(crate) async fn read_and_leave(response: Response<Incoming>) {
    let mut body = response.into_body();
    assert!(!piece(&mut body).await.unwrap().is_empty());
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// What stands in the sandbox, by a command.
pub(crate) async fn shell(client: &Client, command: &str) -> String {
    client.server.execute(&client.sandbox, command).await
}

/// Size of a file; nothing when there is none.
pub(crate) async fn size(client: &Client, path: &str) -> Option<u64> {
    let answer = client.call("GET", &format!("/files/info?path={path}"), "").await;
    (answer.status == 200).then(|| answer.json()["size"].as_u64().unwrap())
}
