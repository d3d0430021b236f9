//! Bodies in every form clients send them, and those that are not what they claim to be.

use tokio::io::AsyncWriteExt as _;

use crate::s3::{Call, SIGNED_CHUNKS, UNSIGNED_CHUNKS, digest};
use crate::{World, at};

#[tokio::test]
async fn chunks_that_are_signed_one_by_one_are_put_together() {
    let World { access, .. } = World::new().await;
    let target = at("o1/h/context.tar");
    let pieces = [vec![b'a'; 70_000], vec![b'b'; 5]];
    let length = (70_005).to_string();
    let call = || {
        Call::new("PUT", &target)
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", &length)
            .payload(SIGNED_CHUNKS)
    };
    let chunked = |spoilt: bool| {
        let mut signature = access.sign(&call());
        let mut body: Vec<u8> = pieces.iter().flat_map(|piece| signature.chunk(piece)).collect();
        body.extend(signature.chunk(b""));
        if spoilt {
            body[100] = b'x';
        }
        access.request(&call(), &signature, body)
    };
    let spoilt = access.exchange(chunked(true)).await;
    assert_eq!(spoilt.status, 403, "{}", spoilt.text());
    assert_eq!(access.get(&target).await.status, 404, "nothing is put");
    let put = access.exchange(chunked(false)).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(access.get(&target).await.body, pieces.concat());
}

#[tokio::test]
async fn a_sum_behind_the_body_is_held_against_it() {
    let World { access, .. } = World::new().await;
    let target = at("o1/h/context.tar");
    let put = async |sum: &str| {
        let call = Call::new("PUT", &target)
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", "5")
            .header("x-amz-trailer", "x-amz-checksum-crc32")
            .payload(UNSIGNED_CHUNKS);
        let signature = access.sign(&call);
        let body = format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{sum}\r\n\r\n");
        access.exchange(access.request(&call, &signature, body.into_bytes())).await
    };
    assert_eq!(put("AAAAAA==").await.error(), (400, "BadDigest".to_owned()));
    assert_eq!(access.get(&target).await.status, 404);
    let right = put("NhCmhg==").await;
    assert_eq!(right.status, 200, "{}", right.text());
    assert_eq!(access.get(&target).await.text(), "hello");
}

#[tokio::test]
async fn a_body_that_is_not_what_was_said_of_it_changes_nothing() {
    let World { access, .. } = World::new().await;
    let target = at("o1/h/context.tar");
    access.put(&target, "first").await;
    let claims = [
        ("content-md5", "XrY7u+Ae7tCTyyK7j1rNww==", "BadDigest"),
        ("content-md5", "no base64", "InvalidDigest"),
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
        ("x-amz-checksum-sha256", "AAAA", "BadDigest"),
    ];
    for (name, value, code) in claims {
        let answer = access.send(Call::new("PUT", &target).header(name, value), "other").await;
        assert_eq!(answer.error(), (400, code.to_owned()), "{name}: {value}");
    }
    let wrong = Call::new("PUT", &target).payload(digest(b"something else"));
    let wrong = access.send(wrong, "other").await;
    assert!((400..404).contains(&wrong.status), "{}", wrong.text());
    assert_eq!(access.get(&target).await.text(), "first");
}

#[tokio::test]
async fn a_body_that_ends_early_leaves_the_object_that_was_there() {
    let World { access, place, .. } = World::new().await;
    let target = at("o1/h/context.tar");
    access.put(&target, "first").await;
    let whole = vec![b'x'; 100_000];
    let call = Call::new("PUT", &target).payload(digest(&whole));
    let signature = access.sign(&call);
    let head = format!(
        "PUT {target} HTTP/1.1\r\nhost: {}\r\nx-amz-content-sha256: {}\r\nx-amz-date: {}\r\n\
         x-amz-security-token: {}\r\nauthorization: {}\r\ncontent-length: 100000\r\n\r\n",
        access.host, call.payload, signature.date, access.token, signature.authorization
    );
    let mut stream = tokio::net::TcpStream::connect(&access.host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&whole[..50_000]).await.unwrap();
    let drafts = place.path().join("objects/drafts");
    let count = || std::fs::read_dir(&drafts).unwrap().count();
    while count() == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    while count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(access.get(&target).await.text(), "first");
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_for_the_body_is_asked() {
    let World { access, .. } = World::new().await;
    let target = at("o1/h/context.tar");
    let call = Call::new("PUT", &target).payload(digest(b"hello"));
    let signature = access.sign(&call);
    let head = format!(
        "PUT {target} HTTP/1.1\r\nhost: {}\r\nx-amz-content-sha256: {}\r\nx-amz-date: {}\r\n\
         x-amz-security-token: {}\r\nauthorization: {}\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n",
        access.host, call.payload, signature.date, access.token, signature.authorization
    );
    let mut stream = tokio::net::TcpStream::connect(&access.host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").await.unwrap();
    let mut answer = vec![0; 15];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 200 OK");
}
