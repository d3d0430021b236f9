//! Commands and code. Time limits are sent as they are given.

use serde_json::json;

use super::RUBY;
use crate::client::Client;
use crate::reading::models::{CODE_RUN, EXECUTED};

#[tokio::test]
async fn commands_and_code_answer_with_every_member() {
    let client = Client::start(RUBY).await;
    let body = r#"{"command":"echo $A","cwd":"/tmp","envs":{"A":"a"},"timeout":10}"#;
    let done = client.read("POST", "/process/execute", body, 200, EXECUTED).await;
    assert_eq!(done, json!({ "exitCode": 0, "result": "a\n" }));
    let body = r#"{"code":"import os; print(os.environ['A']); raise SystemExit(2)","language":"python","envs":{"A":"b"}}"#;
    let done = client.read("POST", "/process/code-run", body, 200, CODE_RUN).await;
    assert_eq!(done, json!({ "exitCode": 2, "result": "b\n" }));
}

#[tokio::test]
async fn a_language_nobody_speaks_is_refused() {
    let client = Client::start(RUBY).await;
    let refused = client.refused("POST", "/process/code-run", r#"{"code":"puts 1","language":"ruby"}"#).await;
    assert_eq!((refused.status, refused.code.as_str()), (400, "BAD_REQUEST"));
    assert_eq!(refused.message, "bad request: unsupported language: ruby");
}
