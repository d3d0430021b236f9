//! Commands and code. `envs` is sent also when it is empty.

use serde_json::json;

use super::JAVA;
use crate::client::Client;
use crate::reading::models::{CODE_RUN, EXECUTED};

#[tokio::test]
async fn commands_and_code_answer_with_every_member() {
    let client = Client::start(JAVA).await;
    let body = r#"{"command":"echo out","cwd":null,"envs":{},"timeout":null}"#;
    let done = client.read("POST", "/process/execute", body, 200, EXECUTED).await;
    assert_eq!(done, json!({ "exitCode": 0, "result": "out\n" }));
    let body = r#"{"code":"print(1)","language":"python","argv":[],"envs":{}}"#;
    let done = client.read("POST", "/process/code-run", body, 200, CODE_RUN).await;
    assert_eq!(done, json!({ "exitCode": 0, "result": "1\n" }));
}

#[tokio::test]
async fn errors_are_flat_and_known_by_their_codes() {
    let client = Client::start(JAVA).await;
    for (body, expected) in [
        (r#"{"command":"sleep 60","envs":{},"timeout":1}"#, (408, "PROCESS_EXECUTION_TIMEOUT")),
        (r#"{"command":" ","envs":{}}"#, (400, "BAD_REQUEST")),
        (r#"{"envs":{}}"#, (400, "INVALID_REQUEST_BODY")),
    ] {
        let refused = client.refused("POST", "/process/execute", body).await;
        assert_eq!((refused.status, refused.code.as_str()), expected, "{}", refused.message);
        assert!(!refused.message.is_empty());
    }
}
