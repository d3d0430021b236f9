//! A file larger than what anybody holds: two gibibytes there and back.
//!
//! The client makes its content while it sends it and compares it while it receives it. A block of it is a piece of the
//! same noise from another place on, so that blocks that were lost, doubled or swapped are seen.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use nix::sys::statvfs::statvfs;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::memory;
use crate::support::{KEY, TestServer};

const MEBIBYTE: usize = 1 << 20;
/// Blocks of a mebibyte in the file.
const BLOCKS: usize = 2048;
/// Places in the noise a block may begin at.
const PLACES: usize = 4093;
/// What server and agents may come to hold on top of what they do at rest.
const GROWTH: usize = 64 * MEBIBYTE;
/// Room that must be left, in bytes, for the whole to be sent.
const ROOM: u64 = 6 << 30;

/// Content of any length, of which only a mebibyte is held.
#[derive(Clone)]
struct Content {
    noise: Bytes,
    blocks: usize,
}

impl Content {
    fn new(blocks: usize) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let noise = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        let noise = noise.take((MEBIBYTE + PLACES).div_ceil(8)).flatten().collect::<Vec<u8>>();
        Self { noise: noise.into(), blocks }
    }

    fn size(&self) -> usize {
        self.blocks * MEBIBYTE
    }

    fn block(&self, number: usize) -> Bytes {
        let place = number % PLACES;
        self.noise.slice(place..place + MEBIBYTE)
    }

    /// A form whose only file it is, behind the place it goes to.
    fn form(&self, path: &str) -> impl Body<Data = Bytes, Error = Infallible> + Send + Sync + use<> {
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"files[0].path\"\r\n\r\n{path}\r\n--b\r\n\
             Content-Disposition: form-data; name=\"files[0].file\"; filename=\"{path}\"\r\n\r\n"
        );
        let content = self.clone();
        let blocks = (0..self.blocks).map(move |number| content.block(number));
        let pieces = std::iter::once(head.into()).chain(blocks).chain([Bytes::from_static(b"\r\n--b--\r\n")]);
        StreamBody::new(stream::iter(pieces.map(|piece| Ok(Frame::data(piece)))))
    }

    /// Whether what follows `at` bytes is this.
    fn goes_on_with(&self, mut at: usize, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() && at < self.size() {
            let block = self.block(at / MEBIBYTE);
            let rest = &block[at % MEBIBYTE..];
            let length = rest.len().min(bytes.len());
            if bytes[..length] != rest[..length] {
                return false;
            }
            (at, bytes) = (at + length, &bytes[length..]);
        }
        bytes.is_empty()
    }
}

async fn exchange<B>(server: &TestServer, request: http::request::Builder, body: B) -> Response<Incoming>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let stream = TcpStream::connect(server.authority()).await.unwrap();
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = request.header("host", server.authority()).header("authorization", format!("Bearer {KEY}"));
    let response = sender.send_request(request.body(Box::pin(body)).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response
}

/// How many blocks there is room for.
fn blocks(server: &TestServer) -> usize {
    let disk = statvfs(server.temp.path()).unwrap();
    let free = disk.blocks_available() * disk.fragment_size();
    if free >= ROOM {
        return BLOCKS;
    }
    let blocks = usize::try_from(free / 3).unwrap() / MEBIBYTE;
    println!("only {free} bytes are free: {blocks} MiB are sent instead of {BLOCKS}");
    blocks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gibibytes_go_there_and_back_and_nobody_holds_them() {
    let server = TestServer::start();
    let sandbox = server.sandbox().await;
    let content = Content::new(blocks(&server));
    let at_rest = memory::held(server.pid());

    let request = http::Request::post(format!("/toolbox/{sandbox}/files/bulk-upload"))
        .header("content-type", "multipart/form-data; boundary=b");
    let answer = exchange(&server, request, content.form("large.bin")).await;
    let told: Value =
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(told, json!({ "files": [{ "path": "large.bin", "bytes": content.size() }] }));

    let request = http::Request::get(format!("/toolbox/{sandbox}/files/download?path=large.bin"));
    let answer = exchange(&server, request, Full::default()).await;
    assert_eq!(answer.headers()["content-length"], content.size().to_string());
    let mut body = answer.into_body();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        let piece = frame.unwrap().into_data().unwrap_or_default();
        assert!(content.goes_on_with(received, &piece), "the content differs after {received} bytes");
        received += piece.len();
    }
    assert_eq!(received, content.size());

    let grown = memory::peak(server.pid()).saturating_sub(at_rest);
    assert!(grown < GROWTH, "server and agents came to hold {grown} bytes more");
}

#[test]
fn content_that_is_not_the_same_is_seen() {
    let content = Content::new(3);
    let all = [content.block(0), content.block(1), content.block(2)].concat();
    assert!(content.goes_on_with(0, &all));
    assert!(content.goes_on_with(MEBIBYTE + 7, &all[MEBIBYTE + 7..]));
    let swapped = [content.block(1), content.block(0), content.block(2)].concat();
    assert!(!content.goes_on_with(0, &swapped));
    assert!(!content.goes_on_with(1, &all));
    assert!(!content.goes_on_with(0, &[&all[..], b"x"].concat()));
}
