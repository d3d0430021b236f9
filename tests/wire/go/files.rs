//! Single uploads are forms with a field `file`, chunked; single downloads are plain. A size is read into 32 bits.

use http_body_util::BodyExt as _;
use serde_json::json;

use super::{GO, STRICT};
use crate::client::{Client, Refusal};
use crate::reading::models::{FILE_INFOS, UPLOADED};
use crate::support::eventually;
use crate::transfer::{
    FORM, Framing, Source, bulk_download, json_of, parts, read_and_leave, read_blocks, send, shell, size,
};

#[tokio::test]
async fn an_upload_answers_what_was_written_and_writes_through_links() {
    let client = Client::start(GO).await;
    shell(&client, "mkdir d; echo old > target; ln -s target link; ln -s made dangling; chmod 600 target")
        .await;
    for (path, seen) in [("new/deep/f", "new/deep/f"), ("link", "target"), ("dangling", "made")] {
        let source = Source::form("", "file", "/tmp/upload-1234", 1);
        let query = format!("/files/upload-v2?path={path}");
        let answer = json_of(send(&client, &query, FORM, source, Framing::Chunked).await.unwrap()).await;
        assert!(client.habits.reading.complaints(&answer, UPLOADED).is_empty(), "{answer}");
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(answer, json!({ "name": name, "path": path, "type": "file" }));
        assert_eq!(size(&client, seen).await, Some(1 << 20), "{path}");
    }
    let seen = "stat -c '%a %F' new/deep/f target link made; find . -name '.pitlane*' -o -name '*upload*'";
    assert_eq!(
        shell(&client, seen).await,
        "644 regular file\n600 regular file\n777 symbolic link\n644 regular file\n"
    );
}

#[tokio::test]
async fn an_upload_onto_a_directory_is_refused_and_the_directory_stays() {
    let client = Client::start(GO).await;
    shell(&client, "mkdir d; echo kept > d/f").await;
    let source = Source::form("", "file", "x", 4);
    let answer = send(&client, "/files/upload-v2?path=d", FORM, source, Framing::Chunked).await.unwrap();
    assert_eq!(answer.status(), 400);
    let told: serde_json::Value =
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(told["message"], "bad request: open d: is a directory");
    assert_eq!(shell(&client, "cat d/f; ls -A").await, "kept\nd\n");
}

#[tokio::test]
async fn a_download_is_the_file_and_a_missing_one_is_known_by_its_code() {
    let client = Client::start(GO).await;
    shell(&client, "printf 'a\\r\\n\\0b' > 'f (1).bin'").await;
    let answer = client.call("GET", "/files/download?path=f%20(1).bin", "").await;
    assert_eq!((answer.status, &answer.body[..]), (200, &b"a\r\n\0b"[..]));
    assert_eq!(answer.headers["content-type"], "application/octet-stream");
    assert!(answer.headers["content-disposition"].to_str().unwrap().contains("filename=\"f (1).bin\""));
    let refused = client.refused("GET", "/files/download?path=nope", "").await;
    let Refusal { status, code, .. } = refused;
    assert_eq!((status, code.as_str()), (404, "FILE_NOT_FOUND"));
}

#[tokio::test]
async fn listings_hold_no_member_an_old_client_refuses() {
    for (habits, has_path) in [(GO, true), (STRICT, false)] {
        let client = Client::start(habits).await;
        shell(&client, "mkdir d; touch d/f").await;
        let listed = client.read("GET", "/files?path=d", "", 200, FILE_INFOS).await;
        assert_eq!(listed[0]["name"], "f");
        assert_eq!(listed[0].get("path").is_some(), has_path, "{listed}");
    }
}

#[tokio::test]
async fn a_stream_of_256_mib_goes_there_and_back() {
    let client = Client::start(GO).await;
    let source = Source::bulk("large.bin", "large.bin", 256);
    let answer = send(&client, "/files/bulk-upload", FORM, source, Framing::Chunked).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(size(&client, "large.bin").await, Some(256 << 20));
    let head = read_blocks(bulk_download(&client, &["large.bin"]).await, 256).await;
    assert!(
        head.starts_with(
            "--DAYTONA-FILE-BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename="
        )
    );
}

#[tokio::test]
async fn the_first_part_of_a_stream_says_what_became_of_the_file() {
    let client = Client::start(GO).await;
    let found = parts(bulk_download(&client, &["nope"]).await).await;
    assert!(found[0].disposition.starts_with("form-data; name=\"error\"; filename=\"nope\""), "{found:?}");
    let told: serde_json::Value = serde_json::from_slice(&found[0].content).unwrap();
    assert_eq!((&told["statusCode"], &told["code"]), (&json!(404), &json!("FILE_NOT_FOUND")));
}

#[tokio::test]
async fn what_is_given_up_half_way_leaves_nothing_behind_in_either_direction() {
    let client = Client::start(GO).await;
    shell(&client, "mkdir d; echo old > d/kept").await;
    for path in ["d/kept", "d/new"] {
        let query = format!("/files/upload-v2?path={path}");
        let source = Source::form("", "file", "/tmp/upload-1234", 256).breaking_at(32);
        send(&client, &query, FORM, source, Framing::Chunked).await.unwrap_err();
    }
    // The server learns of it a moment later than the client.
    eventually("the broken uploads' end", async || {
        shell(&client, "ls -A d; cat d/kept").await == "kept\nold\n"
    })
    .await;
    shell(&client, "head -c 536870912 /dev/zero > large.bin").await;
    read_and_leave(bulk_download(&client, &["large.bin"]).await).await;
    assert_eq!(shell(&client, "echo well").await, "well\n");
}

#[tokio::test]
async fn parts_are_named_exactly_as_they_were_asked_for() {
    let client = Client::start(GO).await;
    shell(&client, "mkdir -p 'd/\u{e9} (1)'; echo x > 'd/\u{e9} (1)/a \"b\".txt'").await;
    let asked = ["d/\u{e9} (1)/a \"b\".txt", "./d/\u{e9} (1)/../nope"];
    let found = parts(bulk_download(&client, &asked).await).await;
    let dispositions: Vec<_> = found.iter().map(|part| part.disposition.as_str()).collect();
    assert_eq!(
        dispositions,
        [
            "form-data; name=\"file\"; filename=\"d/\u{e9} (1)/a \\\"b\\\".txt\"; \
             filename*=utf-8''d%2F%C3%A9%20%281%29%2Fa%20%22b%22.txt",
            "form-data; name=\"error\"; filename=\"./d/\u{e9} (1)/../nope\"; \
             filename*=utf-8''.%2Fd%2F%C3%A9%20%281%29%2F..%2Fnope",
        ]
    );
    assert_eq!(&found[0].content[..], b"x\n");
}
