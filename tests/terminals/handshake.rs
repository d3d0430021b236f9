//! The sub-protocols clients offer, in the orders they offer them (sdk-clients.md §b.9).

use futures_util::SinkExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::client::End;
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
        let (output, texts, end) = client.until_end().await;
        let expected = if offered.contains(&VARIABLES) { "a=1\r\n" } else { "a=\r\n" };
        assert!(output.starts_with(expected.as_bytes()), "{}", String::from_utf8_lossy(&output));
        assert_eq!(texts.len(), 1);
        assert_eq!((&texts[0]["status"], &texts[0]["exitCode"]), (&json!("exited"), &json!(3)));
        assert_eq!(end, End::Close(1011, r#"{"exitCode":3,"exitReason":"non-zero exit"}"#.to_owned()));
    }
}
