//! Interpreter contexts. An execution ends with the close of its connection, not with the control message before.

use serde_json::{Value, json};

use super::{GO, STRICT};
use crate::client::Client;
use crate::reading::Kind;
use crate::reading::models::{CONTEXT, CONTEXTS};
use crate::socket::{End, texts};

async fn run(client: &Client, request: Value) -> (Vec<Value>, End) {
    let mut socket = client.socket("/process/interpreter/execute", &[]).await.unwrap();
    socket.text(&request.to_string()).await;
    let (told, end) = socket.until_end().await;
    (texts(&told), end)
}

#[tokio::test]
async fn code_runs_in_a_context_of_its_own_and_the_close_follows_its_end() {
    for habits in [GO, STRICT] {
        let client = Client::start(habits).await;
        let body = r#"{"cwd":"/tmp","language":"python"}"#;
        let made =
            client.read("POST", "/process/interpreter/context", body, 200, Kind::Object(&CONTEXT)).await;
        let id = made["id"].as_str().unwrap();
        let (frames, end) =
            run(&client, json!({ "code": "x = 1; print(x)", "contextId": id, "envs": {}, "timeout": 30 }))
                .await;
        assert_eq!((&frames[0]["type"], &frames[0]["text"]), (&json!("stdout"), &json!("1\n")));
        assert_eq!((&frames[1]["type"], &frames[1]["text"]), (&json!("control"), &json!("completed")));
        assert_eq!(end, End::normal());
        let (frames, _) = run(&client, json!({ "code": "1 / (x - 1)", "contextId": id })).await;
        assert_eq!((&frames[0]["type"], &frames[0]["name"]), (&json!("error"), &json!("ZeroDivisionError")));
        let strings = ["text", "name", "value", "traceback"];
        assert!(frames.iter().all(|frame| strings.iter().all(|name| frame[name].is_string())), "{frames:?}");
        let all = client.read("GET", "/process/interpreter/context", "", 200, CONTEXTS).await;
        assert_eq!(all, json!({ "contexts": [made] }));
        let deleted = client.call("DELETE", &format!("/process/interpreter/context/{id}"), "").await;
        assert_eq!(deleted.status, 200);
    }
}

#[tokio::test]
async fn time_that_is_up_ends_with_a_code_of_its_own() {
    let client = Client::start(GO).await;
    let (frames, end) = run(&client, json!({ "code": "while True: pass", "timeout": 1 })).await;
    assert_eq!((frames.len(), end), (0, End::Close(4008, String::new())));
}
