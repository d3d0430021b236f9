//! Uploads say their length, and may wait for leave to send. A streamed upload's answer is held against what was sent; a
//! streamed download's parts against their lengths. The suite of this client moves 256 to 512 MiB and gives up half way.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::RUBY;
use crate::client::Client;
use crate::reading::models::UPLOADED;
use crate::support::{KEY, eventually};
use crate::transfer::{
    FORM, Framing, Source, bulk_download, json_of, parts, read_and_leave, read_blocks, send, shell, size,
};

#[tokio::test]
async fn an_upload_that_waits_for_leave_gets_it() {
    let client = Client::start(RUBY).await;
    let mut stream = TcpStream::connect(client.server.authority()).await.unwrap();
    let body =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhello\r\n--b--\r\n";
    let head = format!(
        "POST /toolbox/{}/files/upload-v2?path=f HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\
         Connection: close\r\n\r\n",
        client.sandbox,
        client.server.authority(),
        body.len(),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut leave = [0; 25];
    stream.read_exact(&mut leave).await.unwrap();
    assert_eq!(&leave, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(shell(&client, "cat f").await, "hello");
}

#[tokio::test]
async fn an_upload_answers_with_every_member() {
    let client = Client::start(RUBY).await;
    let source = Source::form("", "file", "f", 1);
    let answer = send(&client, "/files/upload-v2?path=a%2Ff", FORM, source, Framing::Length).await.unwrap();
    let answer = json_of(answer).await;
    let complaints = client.habits.reading.complaints(&answer, UPLOADED);
    assert!(complaints.is_empty(), "{complaints:?} in {answer}");
}

#[tokio::test]
async fn a_stream_of_512_mib_is_told_to_the_byte_and_comes_back() {
    let client = Client::start(RUBY).await;
    let source = Source::bulk("up/large.bin", "large.bin", 512);
    let answer = send(&client, "/files/bulk-upload", FORM, source, Framing::Length).await.unwrap();
    let told = json_of(answer).await;
    assert_eq!(told, json!({ "files": [{ "path": "up/large.bin", "bytes": 512 << 20 }] }));
    read_blocks(bulk_download(&client, &["up/large.bin"]).await, 512).await;
}

#[tokio::test]
async fn what_is_given_up_half_way_leaves_nothing_behind_in_either_direction() {
    let client = Client::start(RUBY).await;
    shell(&client, "mkdir d; echo old > d/kept").await;
    for (path, framing) in
        [("d/new", Framing::Length), ("d/new", Framing::Chunked), ("d/kept", Framing::Length)]
    {
        let source = Source::bulk(path, "f", 256).breaking_at(32);
        send(&client, "/files/bulk-upload", FORM, source, framing).await.unwrap_err();
        let source = Source::bare(256).breaking_at(32);
        let query = format!("/files/upload-v2?path={path}");
        send(&client, &query, "application/octet-stream", source, framing).await.unwrap_err();
    }
    // The server learns of it a moment later than the client.
    eventually("the broken uploads' end", async || {
        shell(&client, "ls -A d; cat d/kept").await == "kept\nold\n"
    })
    .await;
    shell(&client, "head -c 536870912 /dev/zero > large.bin").await;
    read_and_leave(bulk_download(&client, &["large.bin"]).await).await;
    assert_eq!(size(&client, "large.bin").await, Some(512 << 20));
}

#[tokio::test]
async fn every_part_is_as_long_as_it_says_and_named_as_it_was_asked() {
    let client = Client::start(RUBY).await;
    shell(&client, "echo one > one.txt; : > empty; echo n > 'naïve 文.txt'").await;
    let asked = ["./one.txt", "empty", "naïve 文.txt", "one.txt"];
    let found = parts(bulk_download(&client, &asked).await).await;
    assert!(found.iter().all(|part| part.length == Some(part.content.len())), "{found:?}");
    assert!(
        found[0].disposition.starts_with("form-data; name=\"file\"; filename=\"./one.txt\""),
        "{found:?}"
    );
    assert!(found[2].disposition.ends_with("filename*=utf-8''na%C3%AFve%20%E6%96%87.txt"), "{found:?}");
}
