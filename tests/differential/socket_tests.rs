//! The player of WebSocket scripts, against a small server of its own.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::socket;
use crate::step::SocketStep;
use crate::tidy::Variables;
use crate::transport::Target;

/// Accepts, refuses or chooses a sub-protocol.
#[expect(clippy::result_large_err, reason = "the library's own signature")]
fn shake(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    if request.uri().path().ends_with("/refused") {
        let refusal = http::Response::builder().status(410);
        return Err(refusal.body(Some(json!({ "code": "GONE" }).to_string())).unwrap());
    }
    if request.headers().contains_key("sec-websocket-protocol") {
        response.headers_mut().insert("sec-websocket-protocol", "second".parse().unwrap());
    }
    Ok(response)
}

/// Answers `hello` in both kinds of frames, closes on `end`, drops the connection on `drop`.
async fn converse(stream: TcpStream) {
    let Ok(mut socket) = accept_hdr_async(stream, shake).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        match message.to_text().unwrap_or_default() {
            "hello" => {
                socket.send(Message::text(r#"{"type":"control"}"#)).await.unwrap();
                socket.send(Message::binary(b"\x1b[1mgot\x1b[0m:7\n".to_vec())).await.unwrap();
            }
            "end" => {
                let frame = CloseFrame { code: 4008.into(), reason: "too late".into() };
                socket.close(Some(frame)).await.unwrap();
            }
            "drop" => return,
            _ => {}
        }
    }
}

/// Plays a step against the small server; what it leaves.
async fn play(step: Value) -> Value {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target =
        Target { authority: listener.local_addr().unwrap().to_string(), prefix: String::from("/box") };
    tokio::spawn(async move { converse(listener.accept().await.unwrap().0).await });
    let variables = Variables::new([].into());
    let step: SocketStep = serde_json::from_value(step).unwrap();
    let (mut socket, chosen) = match socket::connect(&target, &step, &variables).await {
        Ok(connected) => connected,
        Err(refused) => return refused,
    };
    for operation in &step.script {
        assert!(socket.act(operation, &variables).await.unwrap());
    }
    socket.finish(&step, chosen, &variables)
}

#[tokio::test]
async fn frames_and_the_servers_close_are_kept() {
    let left =
        play(json!({ "path": "/s", "script": [["send", "hello"], ["send", "end"], ["until_close", 5]] }))
            .await;
    assert_eq!(
        left,
        json!({
            "handshake": 101,
            "close": { "code": 4008, "reason": "too late" },
            "frames": [["text", { "type": "control" }], ["bin", "\u{1b}[1mgot\u{1b}[0m:7\n"]],
        })
    );
}

#[tokio::test]
async fn expected_text_is_looked_for_without_escapes_and_its_groups_are_kept() {
    let script = json!([["send", "hello"], ["expect", "got:(\\d+)", 5], ["expect", "got", 0.05]]);
    let left = play(json!({ "path": "/s", "mode": "marks", "ws_close": false, "script": script })).await;
    assert_eq!(
        left,
        json!({
            "handshake": 101,
            "control": [{ "type": "control" }],
            "marks": [["got:(\\d+)", true, "7"], ["got", false]],
        })
    );
}

#[tokio::test]
async fn a_dropped_connection_is_1006_and_sending_on_it_is_noted() {
    let script = json!([["send", "drop"], ["until_close", 5], ["send", "more"]]);
    let left = play(json!({ "path": "/s", "mode": "concat", "script": script })).await;
    assert_eq!(
        left,
        json!({
            "handshake": 101,
            "close": { "code": 1006, "reason": "" },
            "kinds": [],
            "data": "",
            "marks": [["send", "closed"]],
        })
    );
}

#[tokio::test]
async fn pings_are_answered_and_an_open_connection_is_said_to_be_open() {
    let left = play(json!({ "path": "/s", "script": [["ping", "one"], ["until_close", 0.05]] })).await;
    assert_eq!(
        left,
        json!({ "handshake": 101, "close": "open", "frames": [], "marks": [["pong", true], ["closed", false]] })
    );
}

#[tokio::test]
async fn a_close_of_ones_own_is_seen_only_by_who_looks_and_frames_before_it_are_kept() {
    let script = json!([["send", "hello"], ["close", 1000, "bye"], ["drain", 0.5]]);
    let left = play(json!({ "path": "/s", "mode": "concat", "script": script })).await;
    assert_eq!(left["kinds"], json!(["bin", "text"]));
    assert_eq!(left["close"], json!({ "code": 1000, "reason": "bye" }));
    let unseen = play(json!({ "path": "/s", "script": [["close", 1000, ""]] })).await;
    assert_eq!(unseen["close"], "open");
}

#[tokio::test]
async fn a_refused_handshake_leaves_its_status_and_body() {
    let left = play(json!({ "path": "/refused" })).await;
    assert_eq!(left, json!({ "handshake": 410, "body": { "code": "GONE" } }));
}

#[tokio::test]
async fn the_chosen_sub_protocol_is_kept() {
    let left = play(json!({ "path": "/s", "subprotocols": ["first", "second"] })).await;
    assert_eq!(left["subprotocol"], "second");
}
