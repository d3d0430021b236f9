//! Terminals of those generations: made by POST, lazily, then connected to; no sub-protocol is offered, and the exit code
//! is read from the reason of the close.

use serde_json::json;

use super::{PYTHON, TYPESCRIPT};
use crate::client::{Client, Habits};
use crate::reading::Kind;
use crate::reading::models::{TERMINAL, TERMINAL_MADE, TERMINALS};
use crate::socket::{End, Told, texts};

const GENERATIONS: [Habits; 4] = [
    Habits { version: "0.107.1", ..PYTHON },
    Habits { version: "0.150.0", ..TYPESCRIPT },
    Habits { source: "sdk-python", version: "0.166.0", ..PYTHON },
    Habits { source: "sdk-typescript", version: "0.195.0", ..TYPESCRIPT },
];

#[tokio::test]
async fn a_terminal_is_posted_then_connected_to_resized_and_ends_with_its_code_in_the_reason() {
    for habits in GENERATIONS {
        let client = Client::start(habits).await;
        let body = r#"{"id":"p","cwd":null,"envs":{"A":"1"},"cols":90,"rows":33,"lazyStart":true}"#;
        let made = client.read("POST", "/process/pty", body, 201, TERMINAL_MADE).await;
        assert_eq!(made, json!({ "sessionId": "p" }));
        let shown = client.read("GET", "/process/pty/p", "", 200, Kind::Object(&TERMINAL)).await;
        assert_eq!((&shown["active"], &shown["lazyStart"]), (&json!(false), &json!(true)));
        let mut terminal = client.socket("/process/pty/p/connect", &[]).await.unwrap();
        assert_eq!(terminal.chosen, None, "Node refuses one it did not offer");
        assert_eq!(
            terminal.next().await,
            Ok(Told::Text(r#"{"status":"connected","type":"control"}"#.to_owned()))
        );
        let resize = r#"{"cols":101,"rows":34}"#;
        client.read("POST", "/process/pty/p/resize", resize, 200, Kind::Object(&TERMINAL)).await;
        let all = client.read("GET", "/process/pty", "", 200, TERMINALS).await;
        assert_eq!(all["sessions"].as_array().map(Vec::len), Some(1));
        terminal.binary("stty size; echo a=$A; exit 6\n").await;
        let (told, end) = terminal.until_end().await;
        assert!(texts(&told).is_empty(), "{}: no message it does not know", habits.version);
        let output: Vec<u8> = told
            .into_iter()
            .flat_map(|told| match told {
                Told::Binary(bytes) => bytes,
                Told::Text(text) => panic!("output as text: {text}"),
            })
            .collect();
        let output = String::from_utf8_lossy(&output);
        assert!(output.contains("34 101") && output.contains("a=1"), "{output}");
        assert_eq!(end, End::Close(1011, r#"{"exitCode":6,"exitReason":"non-zero exit"}"#.to_owned()));
    }
}

#[tokio::test]
async fn a_version_as_the_only_sub_protocol_comes_back() {
    let client = Client::start(TYPESCRIPT).await;
    client.read("POST", "/process/pty", r#"{"id":"p","lazyStart":true}"#, 201, TERMINAL_MADE).await;
    // A browser can set no header.
    let offered = ("sec-websocket-protocol", "X-Daytona-SDK-Version~0.150.0");
    let mut terminal = client.socket("/process/pty/p/connect", &[offered]).await.unwrap();
    assert_eq!(terminal.chosen.as_deref(), Some("X-Daytona-SDK-Version~0.150.0"));
    assert_eq!(terminal.json().await["status"], "connected");
}
