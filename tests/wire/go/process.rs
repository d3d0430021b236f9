//! Commands and code. A duration is sent in whole seconds, rounded up.

use serde_json::json;

use super::{GO, STRICT};
use crate::client::{Client, Refusal};
use crate::reading::models::{CODE_RUN, EXECUTED};

#[tokio::test]
async fn commands_are_read_by_the_newest_client_and_by_one_that_refuses_unknown_members() {
    for habits in [GO, STRICT] {
        let client = Client::start(habits).await;
        let body = r#"{"command":"echo $A; echo b >&2; exit 3","cwd":"/tmp","envs":{"A":"a"},"timeout":30}"#;
        let done = client.read("POST", "/process/execute", body, 200, EXECUTED).await;
        assert_eq!(done, json!({ "exitCode": 3, "result": "a\nb\n" }));
        let body = r#"{"command":"true"}"#;
        let done = client.read("POST", "/process/execute", body, 200, EXECUTED).await;
        assert_eq!(done, json!({ "exitCode": 0, "result": "" }), "both members, also when they are zero");
    }
}

#[tokio::test]
async fn code_is_run_with_the_language_of_the_label() {
    let client = Client::start(GO).await;
    let body = r#"{"code":"import sys; print(sys.argv[1:]); sys.exit(4)","language":"python","argv":["x"],"envs":{},"timeout":30}"#;
    let done = client.read("POST", "/process/code-run", body, 200, CODE_RUN).await;
    assert_eq!(done, json!({ "exitCode": 4, "result": "['x']\n" }));
}

#[tokio::test]
async fn time_that_is_up_is_known_by_its_code_and_says_timeout() {
    let client = Client::start(GO).await;
    let refused = client.refused("POST", "/process/execute", r#"{"command":"sleep 60","timeout":1}"#).await;
    let expected = Refusal {
        status: 408,
        code: "PROCESS_EXECUTION_TIMEOUT".to_owned(),
        message: "command execution timeout".to_owned(),
    };
    assert_eq!(refused, expected);
    let body = r#"{"code":"while True: pass","language":"python","timeout":1}"#;
    assert_eq!(client.refused("POST", "/process/code-run", body).await, expected);
}
