//! Single uploads are forms whose part carries the path as its file name. Multipart answers are searched for the first
//! `name="…"`, and error bodies for `"message"`, by patterns and not by parsers.

use regex::Regex;

use super::JAVA;
use crate::client::Client;
use crate::reading::models::UPLOADED;
use crate::support::eventually;
use crate::transfer::{
    FORM, Framing, Source, bulk_download, json_of, parts, read_and_leave, read_blocks, send, shell, size,
};

#[tokio::test]
async fn an_upload_answers_with_every_member() {
    let client = Client::start(JAVA).await;
    let source = Source::form("", "file", "/home/daytona/a/b.bin", 3);
    let query = "/files/upload-v2?path=%2Fhome%2Fdaytona%2Fa%2Fb.bin";
    let answer = json_of(send(&client, query, FORM, source, Framing::Chunked).await.unwrap()).await;
    let complaints = client.habits.reading.complaints(&answer, UPLOADED);
    assert!(complaints.is_empty(), "{complaints:?} in {answer}");
    assert_eq!(answer["path"], "/home/daytona/a/b.bin");
    assert_eq!(size(&client, "a/b.bin").await, Some(3 << 20));
}

#[tokio::test]
async fn the_first_name_of_a_part_is_its_own_and_not_its_files() {
    let client = Client::start(JAVA).await;
    shell(&client, "echo here > here.txt").await;
    let name = Regex::new("name=\"([^\"]*)\"").unwrap();
    let found = parts(bulk_download(&client, &["here.txt", "nope", "here.txt"]).await).await;
    let names: Vec<&str> =
        found.iter().map(|part| name.captures(&part.disposition).unwrap().get(1).unwrap().as_str()).collect();
    assert_eq!(names, ["file", "error", "file"]);
    assert_eq!((&found[0].content[..], found[0].length), (&b"here\n"[..], Some(5)));
    let message = Regex::new(r#""message"\s*:\s*"([^"]*)""#).unwrap();
    let told = String::from_utf8_lossy(&found[1].content).into_owned();
    assert_eq!(message.captures(&told).unwrap().get(1).unwrap().as_str(), "file not found: nope");
}

#[tokio::test]
async fn a_download_left_half_way_ends_and_the_sandbox_is_well() {
    let client = Client::start(JAVA).await;
    shell(&client, "head -c 268435456 /dev/zero > large.bin").await;
    for _ in 0..5 {
        read_and_leave(bulk_download(&client, &["large.bin"]).await).await;
    }
    assert_eq!(shell(&client, "echo well").await, "well\n");
}

#[tokio::test]
async fn an_upload_given_up_half_way_leaves_nothing_and_a_whole_one_comes_back() {
    let client = Client::start(JAVA).await;
    let query = "/files/upload-v2?path=large.bin";
    let source = Source::form("", "file", "large.bin", 256).breaking_at(32);
    send(&client, query, FORM, source, Framing::Chunked).await.unwrap_err();
    // The server learns of it a moment later than the client.
    eventually("the broken upload's end", async || shell(&client, "ls -A").await.is_empty()).await;
    let source = Source::form("", "file", "large.bin", 256);
    let answer = json_of(send(&client, query, FORM, source, Framing::Chunked).await.unwrap()).await;
    assert_eq!(answer["path"], "large.bin");
    read_blocks(bulk_download(&client, &["large.bin"]).await, 256).await;
}
