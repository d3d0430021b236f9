//! Who is let in, and to what.

use std::time::Duration;

use crate::s3::{Access, Call};
use crate::{BUCKET, World, at, lend};

async fn refusal(access: &Access) -> (u16, String) {
    access.get(&at("o1/h/context.tar")).await.error()
}

#[tokio::test]
async fn another_organizations_keys_are_closed_in_every_operation() {
    let World { access, objects, .. } = World::new().await;
    let other = lend(&objects, "o12").await;
    access.put(&at("o1/h/context.tar"), "x").await;
    let denied = (403, "AccessDenied".to_owned());
    for target in
        [at("o1/h/context.tar"), at("o1/"), at("o1"), at("x"), "/other/o12/x".to_owned(), "/".to_owned()]
    {
        assert_eq!(other.get(&target).await.error(), denied, "GET {target}");
    }
    assert_eq!(access.get(&at("o12/h/context.tar")).await.error(), denied, "a longer name is another one");
    assert_eq!(other.put(&at("o1/h/context.tar"), "y").await.error(), denied);
    assert_eq!(other.send(Call::new("HEAD", &at("o1/h/context.tar")), "").await.status, 403);
    // An object with an odd name, and no way to another one.
    assert_eq!(other.put(&at("o12/../o1/h/context.tar"), "y").await.status, 200);
    assert_eq!(other.send(Call::new("DELETE", &at("o1/h/context.tar")), "").await.error(), denied);
    assert_eq!(other.send(Call::new("POST", &at("o1/h/context.tar?uploads=")), "").await.error(), denied);
    for prefix in
        ["", "?list-type=2", "?list-type=2&prefix=", "?list-type=2&prefix=o1", "?list-type=2&prefix=o1%2F"]
    {
        assert_eq!(other.get(&format!("{BUCKET}{prefix}")).await.error(), denied, "{prefix}");
    }
    let delete = "<Delete><Object><Key>o1/h/context.tar</Key></Object></Delete>";
    let many = other.send(Call::new("POST", &format!("{BUCKET}?delete=")), delete).await;
    assert!(many.text().contains("<Code>AccessDenied</Code>"), "{}", many.text());
    assert_eq!(access.get(&at("o1/h/context.tar")).await.text(), "x");
}

#[tokio::test]
async fn credentials_are_good_for_an_hour() {
    let World { access, objects, clock, .. } = World::new().await;
    clock.advance(Duration::from_secs(3599));
    assert_eq!(refusal(&access).await, (404, "NoSuchKey".to_owned()));
    clock.advance(Duration::from_secs(1));
    assert_eq!(refusal(&access).await, (400, "ExpiredToken".to_owned()));
    let fresh = lend(&objects, "o1").await;
    assert_eq!(refusal(&fresh).await, (404, "NoSuchKey".to_owned()));
    assert_eq!(refusal(&access).await, (400, "ExpiredToken".to_owned()), "it is still remembered");
}

#[tokio::test]
async fn a_request_needs_a_known_key_its_secret_and_its_token() {
    let World { access, objects, .. } = World::new().await;
    let with = |change: fn(&mut Access)| {
        let mut access = access.clone();
        change(&mut access);
        access
    };
    let unknown = with(|access| access.key = "ASIAUNKNOWN".into());
    assert_eq!(refusal(&unknown).await, (403, "InvalidAccessKeyId".to_owned()));
    let forged = with(|access| access.secret = "x".repeat(40));
    assert_eq!(refusal(&forged).await, (403, "SignatureDoesNotMatch".to_owned()));
    let bare = with(|access| access.token = String::new());
    assert_eq!(refusal(&bare).await, (400, "InvalidToken".to_owned()));
    let mut mixed = lend(&objects, "o2").await;
    mixed.token.clone_from(&access.token);
    assert_eq!(refusal(&mixed).await, (400, "InvalidToken".to_owned()));
    let unsigned = http::Request::get(at("o1/h/context.tar")).header("host", &access.host);
    let unsigned = access.exchange(unsigned.body(http_body_util::Full::default()).unwrap()).await;
    assert_eq!(unsigned.error(), (403, "AccessDenied".to_owned()));
}

#[tokio::test]
async fn a_signature_is_good_for_what_it_was_made_for() {
    let World { access, .. } = World::new().await;
    let (own, other) = (at("o1/a"), at("o1/b"));
    let call = Call::new("GET", &own);
    let signature = access.sign(&call);
    let moved = access.request(&Call::new("GET", &other), &signature, Vec::new());
    assert_eq!(access.exchange(moved).await.error(), (403, "SignatureDoesNotMatch".to_owned()));
    let deleting = access.request(&Call::new("DELETE", &own), &signature, Vec::new());
    assert_eq!(access.exchange(deleting).await.error(), (403, "SignatureDoesNotMatch".to_owned()));
}
