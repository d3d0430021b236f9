//! Clients that stop sending in the middle of a request: told 408 after a while, holding up nobody meanwhile. Time is what
//! is looked at here, so these tests let it pass.

use std::time::{Duration, Instant};

use crate::support::TestServer;
use crate::wire::{Raw, Wire};

const HEAD: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\nX: ";

fn impatient() -> TestServer {
    TestServer::start_with(&["--head-timeout", "2", "--body-timeout", "1"])
}

async fn is_well(server: &TestServer) {
    let mut wire = Wire::open(server).await;
    wire.send(&Raw::keyless("GET", "/health").bytes()).await;
    assert_eq!(wire.answer("GET").await.unwrap().status, 200);
}

#[tokio::test]
async fn a_head_that_drips_in_is_given_up_and_holds_up_nobody() {
    let server = impatient();
    let mut slow = Wire::open(&server).await;
    slow.send(HEAD.as_bytes()).await;
    let began = Instant::now();
    while !slow.closes(Duration::from_millis(200)).await {
        assert!(began.elapsed() < Duration::from_secs(20), "the connection is still open");
        slow.send(b"x").await;
        is_well(&server).await;
    }
    assert!(began.elapsed() > Duration::from_secs(1), "a client on a slow line must have a chance");
    let told = slow.answer("GET").await.unwrap();
    assert_eq!((told.line().as_str(), told.header("connection")), ("408 empty", Some("close")));
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_without_a_word() {
    let server = impatient();
    let mut wire = Wire::open(&server).await;
    assert!(wire.closes(Duration::from_secs(20)).await);
    assert_eq!(wire.answer("GET").await.unwrap_err(), "closed without an answer; came: ");
    wire = Wire::open(&server).await;
    wire.send(&Raw::keyless("GET", "/health").bytes()).await;
    assert_eq!(wire.answer("GET").await.unwrap().status, 200);
    assert!(wire.closes(Duration::from_secs(20)).await);
    assert_eq!(wire.answer("GET").await.unwrap_err(), "closed without an answer; came: ", "no second answer");
}

#[tokio::test]
async fn a_body_that_stops_coming_is_answered_408_in_the_words_of_its_api() {
    let server = impatient();
    let sandbox = server.sandbox().await;
    let toolbox = |path: &str| Raw::new("POST", &format!("/toolbox/{sandbox}{path}"));
    let form = "Content-Type: multipart/form-data; boundary=b";
    let start = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nsome";
    let refused = "408 proxy REQUEST_TIMEOUT: request timeout: the request's body stopped coming";
    for (request, expected) in [
        (Raw::new("POST", "/api/sandbox").body("{"), "408 control: request timed out"),
        (toolbox("/process/execute").body("{"), refused),
        (toolbox("/files/upload?path=f").header(form).form(start), refused),
    ] {
        let mut wire = Wire::open(&server).await;
        wire.send(&request.saying_length(5000).bytes()).await;
        is_well(&server).await;
        let got = wire.answer("POST").await.map_or_else(|reason| reason, |answer| answer.line());
        assert_eq!(got, expected);
        assert!(wire.closes(Duration::from_secs(5)).await, "what comes later is no request");
    }
    assert_eq!(server.execute(&sandbox, "ls; echo well").await, "well\n", "and no half file");
}

#[tokio::test]
async fn a_slow_upload_takes_all_the_time_it_needs() {
    let server = impatient();
    let sandbox = server.sandbox().await;
    let path = format!("/toolbox/{sandbox}/files/upload?path=slow");
    let start = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
    let end = "\r\n--b--\r\n";
    let pieces = ["one ", "two ", "three ", "four ", "five", end];
    let length = start.len() + pieces.concat().len();
    let head = Raw::new("POST", &path).header("Content-Type: multipart/form-data; boundary=b").form(start);
    let mut wire = Wire::open(&server).await;
    wire.send(&head.saying_length(length as u64).bytes()).await;
    for piece in pieces {
        tokio::time::sleep(Duration::from_millis(500)).await;
        wire.send(piece.as_bytes()).await;
    }
    assert_eq!(wire.answer("POST").await.unwrap().status, 200);
    assert_eq!(server.execute(&sandbox, "cat slow").await, "one two three four five");
}
