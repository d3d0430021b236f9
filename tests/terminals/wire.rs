//! What only clients look at that are not run here: Go, Java, Ruby (sdk-clients.md §b.9, §b.11).

use futures_util::SinkExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{End, open};
use crate::terminal::{Sandbox, quiet};

const EXIT_CONTROL: &str = "X-Daytona-Pty-Exit-Control";
const VARIABLES: &str = "X-Daytona-Pty-Envs~eyJBIjoiMSJ9";
const VERSION: &str = "X-Daytona-SDK-Version~0.205.1";

#[tokio::test]
async fn every_client_is_given_one_of_the_sub_protocols_it_offers_and_its_exit_twice() {
    let sandbox = Sandbox::start().await;
    // Go, Python and Java; TypeScript; TypeScript in a browser; Ruby, and Go without variables.
    let offers: [(&[&str], &str); 4] = [
        (&[EXIT_CONTROL, VARIABLES], EXIT_CONTROL),
        (&[VARIABLES, EXIT_CONTROL], EXIT_CONTROL),
        (&[VERSION, VARIABLES, EXIT_CONTROL], VERSION),
        (&[EXIT_CONTROL], EXIT_CONTROL),
    ];
    for (number, (offered, chosen)) in offers.into_iter().enumerate() {
        let mut client = sandbox.create_connect(&format!("id=w{number}&cols=120&rows=30"), offered).await;
        assert_eq!(client.chosen.as_deref(), Some(chosen));
        quiet(&mut client).await;
        client.socket.send(Message::binary("echo \"a=$A\"; exit 3\n")).await.unwrap();
        let (output, texts, end) = client.to_end().await;
        let expected = if offered.contains(&VARIABLES) { "a=1\r\n" } else { "a=\r\n" };
        assert!(output.starts_with(expected.as_bytes()), "{}", String::from_utf8_lossy(&output));
        assert_eq!(texts.len(), 1);
        assert_eq!((&texts[0]["status"], &texts[0]["exitCode"]), (&json!("exited"), &json!(3)));
        assert_eq!(end, End::Close(1011, r#"{"exitCode":3,"exitReason":"non-zero exit"}"#.to_owned()));
    }
}

#[tokio::test]
async fn go_finds_the_exit_code_of_a_success_in_a_reason_that_is_not_empty() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.create_connect("id=go", &[EXIT_CONTROL]).await;
    quiet(&mut client).await;
    client.send("exit\n").await;
    let (_, texts, end) = client.to_end().await;
    assert_eq!(texts, [json!({ "exitCode": 0, "status": "exited", "type": "control" })], "no empty reason");
    assert_eq!(end, End::Close(1000, r#"{"exitCode":0}"#.to_owned()));
}

#[tokio::test]
async fn ruby_before_the_exit_message_never_sees_a_status_it_does_not_know() {
    let sandbox = Sandbox::start().await;
    sandbox.create(json!({ "id": "old", "lazyStart": true })).await;
    let mut client = sandbox.connect("old").await;
    client.send("exit 4\n").await;
    let (_, texts, _) = client.to_end().await;
    assert_eq!(texts, Vec::<Value>::new());
}

#[tokio::test]
async fn java_runs_code_with_nothing_but_a_time_limit_and_ends_on_the_control_message() {
    let sandbox = Sandbox::start().await;
    let mut client = open(&sandbox.server, &format!("{}/interpreter/execute", sandbox.base)).await;
    client.send(r#"{"code":"print(1)","timeout":30}"#).await;
    let (_, frames, end) = client.to_end().await;
    let told: Vec<(&Value, &Value)> = frames.iter().map(|frame| (&frame["type"], &frame["text"])).collect();
    assert_eq!(told, [(&json!("stdout"), &json!("1\n")), (&json!("control"), &json!("completed"))]);
    assert_eq!(end, End::Close(1000, String::new()));
}
