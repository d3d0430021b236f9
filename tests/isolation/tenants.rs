//! Another organization's key.

use http_body_util::Full;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer};

async fn with_key(server: &TestServer, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json");
    server.send(request.body(Full::new(body.to_string().into())).unwrap()).await
}

#[tokio::test]
async fn a_sandbox_is_unknown_to_every_key_of_another_organization() {
    let server = TestServer::start_with(&["--second-tenant"]);
    let id = server.sandbox().await;
    server.execute(&id, "echo kept > file").await;
    let key = server.ready["otherApiKey"].as_str().expect("a second key").to_owned();
    let (sandbox, toolbox) = (format!("/api/sandbox/{id}"), format!("/toolbox/{id}"));
    for (method, path, body) in [
        ("GET", sandbox.clone(), Value::Null),
        ("POST", format!("{sandbox}/stop"), json!({})),
        ("POST", format!("{sandbox}/start"), json!({})),
        ("PUT", format!("{sandbox}/labels"), json!({ "labels": { "stolen": "yes" } })),
        ("POST", format!("{sandbox}/autostop/1"), json!({})),
        ("GET", format!("{sandbox}/toolbox-proxy-url"), Value::Null),
        ("POST", format!("{toolbox}/process/execute"), json!({ "command": "echo x > file" })),
        ("GET", format!("{toolbox}/files/download?path=file"), Value::Null),
        ("DELETE", format!("{toolbox}/files?path=file"), Value::Null),
        ("POST", format!("{toolbox}/process/session"), json!({ "sessionId": "s" })),
        ("GET", format!("{toolbox}/process/pty"), Value::Null),
        ("DELETE", sandbox.clone(), Value::Null),
    ] {
        let answer = with_key(&server, &key, method, &path, &body).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
    }
    let listed = with_key(&server, &key, "GET", "/api/sandbox", &Value::Null).await.json();
    assert_eq!(listed["items"], json!([]));
    let own = server.request("GET", &sandbox, Value::Null).await.json();
    assert_eq!((&own["state"], &own["labels"]["stolen"]), (&json!("started"), &Value::Null));
    assert_eq!(server.execute(&id, "cat file").await, "kept\n");
}
