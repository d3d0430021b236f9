//! Interpreter: nothing but code and time limit is sent, and the control message is the end.

use serde_json::{Value, json};

use super::JAVA;
use crate::client::Client;
use crate::reading::Kind;
use crate::reading::models::{CONTEXT, CONTEXTS};
use crate::socket::{End, texts};

async fn run(client: &Client, request: &str) -> (Vec<Value>, End) {
    let mut socket = client.socket("/process/interpreter/execute", &[]).await.unwrap();
    socket.text(request).await;
    let (told, end) = socket.until_end().await;
    (texts(&told), end)
}

#[tokio::test]
async fn everything_printed_comes_before_the_control_message() {
    let client = Client::start(JAVA).await;
    let (frames, end) = run(&client, r#"{"code":"print(1)","timeout":30}"#).await;
    let told: Vec<(&Value, &Value)> = frames.iter().map(|frame| (&frame["type"], &frame["text"])).collect();
    assert_eq!(told, [(&json!("stdout"), &json!("1\n")), (&json!("control"), &json!("completed"))]);
    assert_eq!(end, End::normal());
}

#[tokio::test]
async fn time_that_is_up_closes_with_4008_and_no_control_message() {
    let client = Client::start(JAVA).await;
    let (frames, end) = run(&client, r#"{"code":"while True: pass","timeout":1}"#).await;
    assert!(frames.is_empty(), "a control message would count as success: {frames:?}");
    assert_eq!(end, End::Close(4008, String::new()));
}

#[tokio::test]
async fn contexts_are_read_with_every_member() {
    let client = Client::start(JAVA).await;
    let made = client.read("POST", "/process/interpreter/context", "{}", 200, Kind::Object(&CONTEXT)).await;
    client.read("GET", "/process/interpreter/context", "", 200, CONTEXTS).await;
    let path = format!("/process/interpreter/context/{}", made["id"].as_str().unwrap());
    assert_eq!(client.call("DELETE", &path, "").await.status, 200);
    assert_eq!(client.refused("DELETE", &path, "").await.status, 404);
}
