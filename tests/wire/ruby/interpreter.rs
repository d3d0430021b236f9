//! Interpreter. The control message or the close is the end, whatever its code.

use serde_json::json;

use super::{RUBY, socket};
use crate::client::Client;
use crate::reading::Kind;
use crate::reading::models::CONTEXT;
use crate::socket::{End, texts};

#[tokio::test]
async fn code_prints_raises_and_keeps_its_state() {
    let client = Client::start(RUBY).await;
    let made = client.read("POST", "/process/interpreter/context", "{}", 200, Kind::Object(&CONTEXT)).await;
    for (code, kinds) in [
        ("import sys; x = 'ž'; print(x); print('e', file=sys.stderr)", vec!["stdout", "stderr", "control"]),
        ("raise ValueError(x)", vec!["error", "control"]),
    ] {
        let mut execution = socket(&client, "/process/interpreter/execute", &[]).await.unwrap();
        let request = json!({ "code": code, "contextId": made["id"], "envs": {}, "timeout": 600 });
        execution.text(&request.to_string()).await;
        let (told, end) = execution.until_end().await;
        let frames = texts(&told);
        let told: Vec<&str> = frames.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
        assert_eq!(told, kinds, "{frames:?}");
        if kinds[0] == "error" {
            assert_eq!((&frames[0]["name"], &frames[0]["value"]), (&json!("ValueError"), &json!("ž")));
        }
        assert_eq!(end, End::normal());
    }
}
