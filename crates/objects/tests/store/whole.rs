//! Objects and lists.

use crate::s3::Call;
use crate::{BUCKET, World, at};

#[tokio::test]
async fn an_object_is_put_looked_at_read_and_deleted() {
    let World { access, objects, .. } = World::new().await;
    let target = at("o1/h/context.tar");
    assert_eq!(access.send(Call::new("HEAD", &target), "").await.status, 404);
    assert_eq!(access.get(&target).await.error(), (404, "NoSuchKey".to_owned()));
    assert_eq!(objects.context("o1", "h"), None);
    let call = Call::new("PUT", &target)
        .header("content-type", "application/x-tar")
        .header("x-amz-meta-colour", "red");
    let put = access.send(call, "hello").await;
    assert_eq!((put.status, put.header("etag")), (200, "\"5d41402abc4b2a76b9719d911017c592\""));
    let head = access.send(Call::new("HEAD", &target), "").await;
    assert_eq!((head.status, head.header("content-length")), (200, "5"));
    assert_eq!(head.header("etag"), put.header("etag"));
    let read = access.get(&target).await;
    assert_eq!((read.status, read.text().as_str()), (200, "hello"));
    assert_eq!(read.header("content-type"), "application/x-tar");
    assert_eq!(read.header("x-amz-meta-colour"), "red");
    assert_eq!(std::fs::read(objects.context("o1", "h").unwrap()).unwrap(), b"hello");
    let part = access.send(Call::new("GET", &target).header("range", "bytes=1-3"), "").await;
    assert_eq!((part.status, part.text().as_str()), (206, "ell"));
    assert_eq!(part.header("content-range"), "bytes 1-3/5");
    let known = Call::new("GET", &target).header("if-none-match", put.header("etag"));
    assert_eq!(access.send(known, "").await.status, 304);
    for _ in 0..2 {
        assert_eq!(access.send(Call::new("DELETE", &target), "").await.status, 204);
    }
    assert_eq!(access.get(&target).await.status, 404);
}

#[tokio::test]
async fn a_key_that_ends_in_a_slash_is_an_object_and_no_directory() {
    let World { access, .. } = World::new().await;
    assert_eq!(access.put(&at("o1/h/"), "").await.status, 200);
    assert_eq!(access.put(&at("o1/h/context.tar"), "x").await.status, 200);
    assert_eq!(access.put(&at("o1/h"), "y").await.status, 200);
    assert_eq!(access.get(&at("o1/h/")).await.text(), "");
    assert_eq!(access.get(&at("o1/h")).await.text(), "y");
    assert_eq!(access.get(&at("o1/h/context.tar")).await.text(), "x");
}

#[tokio::test]
async fn the_store_says_that_it_is_where_stores_are_unless_told_otherwise() {
    let World { access, .. } = World::new().await;
    let location = access.get(&format!("{BUCKET}/?location=")).await;
    assert_eq!(location.status, 200);
    assert!(location.text().contains("<LocationConstraint"), "{}", location.text());
    assert!(!location.text().contains("us-"), "{}", location.text());
    assert_eq!(access.send(Call::new("HEAD", BUCKET), "").await.status, 200);
}

#[tokio::test]
async fn lists_show_keys_prefixes_and_pages_with_and_without_a_slash_behind_the_bucket() {
    let World { access, .. } = World::new().await;
    for key in ["o1/a/context.tar", "o1/b/context.tar", "o1/b/x%20y"] {
        assert_eq!(access.put(&at(key), "x").await.status, 200, "{key}");
    }
    for bucket in [BUCKET.to_owned(), format!("{BUCKET}/")] {
        let list = access.get(&format!("{bucket}?list-type=2&max-keys=1&prefix=o1%2Fa%2F")).await;
        assert_eq!((list.status, list.tag("Key").as_str()), (200, "o1/a/context.tar"));
        assert_eq!((list.tag("KeyCount").as_str(), list.tag("Size").as_str()), ("1", "1"));
        assert_eq!(list.tag("IsTruncated"), "false");
    }
    let none = access.get(&format!("{BUCKET}?list-type=2&prefix=o1%2Fc%2F")).await;
    assert_eq!((none.tag("KeyCount").as_str(), none.text().contains("<Contents>")), ("0", false));
    // As the CLI asks: it names its organization without a slash.
    let target = format!("{BUCKET}/?delimiter=%2F&encoding-type=url&fetch-owner=true&list-type=2&prefix=o1");
    let top = access.get(&target).await;
    assert_eq!((top.status, top.text().contains("<Contents>")), (200, false));
    assert!(top.text().contains("<CommonPrefixes><Prefix>o1/"), "{}", top.text());
    let encoded = access.get(&format!("{BUCKET}?encoding-type=url&list-type=2&prefix=o1%2Fb%2Fx")).await;
    assert_eq!(encoded.tag("Key"), "o1/b/x%20y");
    let (mut keys, mut token) = (Vec::new(), String::new());
    loop {
        let page = access.get(&format!("{BUCKET}?{token}list-type=2&max-keys=1&prefix=o1%2F")).await;
        keys.push(page.tag("Key"));
        if page.tag("IsTruncated") == "false" {
            break;
        }
        let next = page.tag("NextContinuationToken").replace('/', "%2F").replace(' ', "%20");
        token = format!("continuation-token={next}&");
    }
    assert_eq!(keys, ["o1/a/context.tar", "o1/b/context.tar", "o1/b/x y"]);
}

#[tokio::test]
async fn an_object_is_put_only_where_none_is_when_that_is_asked() {
    let World { access, .. } = World::new().await;
    let target = at("o1/once");
    let once = || Call::new("PUT", &target).header("if-none-match", "*");
    assert_eq!(access.send(once(), "first").await.status, 200);
    assert_eq!(access.send(once(), "second").await.error(), (412, "PreconditionFailed".to_owned()));
    assert_eq!(access.get(&target).await.text(), "first");
}

#[tokio::test]
async fn what_the_store_does_not_do_is_refused_as_such() {
    let World { access, .. } = World::new().await;
    for target in ["?versioning=", "?acl="] {
        let answer = access.get(&format!("{BUCKET}{target}")).await;
        assert_eq!(answer.error(), (501, "NotImplemented".to_owned()), "{target}");
    }
}
