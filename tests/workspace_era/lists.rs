//! What one epoch makes, the others see; each in the form of its time.

use serde_json::{Value, json};

use crate::client::{Client, Manner};
use crate::support::TestServer;

#[tokio::test]
async fn a_sandbox_of_one_epoch_is_seen_in_the_others() {
    let server = TestServer::start();
    let old = Client::new(&server, Manner::Json);
    let new = Client::of_version(&server, "0.226.1");
    old.json(200, "POST", "/api/workspace", json!({ "id": "old", "image": "a:1", "labels": { "l": "1" } }))
        .await;
    let made = new.json(200, "POST", "/api/sandbox", json!({ "name": "new" })).await;
    let seen = new.get("/api/sandbox/old").await;
    assert_eq!((&seen["state"], &seen["labels"]), (&json!("started"), &json!({ "l": "1" })));
    let seen = old.get("/api/workspace/new").await;
    assert_eq!((&seen["id"], &seen["projects"][0]["workspaceId"]), (&made["id"], &made["id"]));
    new.json(200, "POST", "/api/sandbox/old/stop", Value::Null).await;
    let states = old.get("/api/workspace").await;
    let states: Vec<_> = states.as_array().unwrap().iter().map(|workspace| workspace["id"].clone()).collect();
    assert_eq!(states, [made["id"].clone(), json!("old")]);
    let toolbox =
        new.json(200, "POST", "/toolbox/new/process/execute", json!({ "command": "echo x > f" })).await;
    assert_eq!(toolbox["exitCode"], 0);
    let read = old.call("GET", "/api/toolbox/new/toolbox/files/download?path=f", Value::Null).await;
    assert_eq!((read.status, read.text().as_str()), (200, "x\n"));
}

#[tokio::test]
async fn lists_have_the_form_of_the_client_s_time() {
    let server = TestServer::start();
    for labels in [json!({ "color": "red" }), json!({ "color": "blue" })] {
        server.request("POST", "/api/sandbox", json!({ "labels": labels })).await;
    }
    let none = Client::new(&server, Manner::Json);
    for filter in ["", "?labels=null", "?labels=%7B%7D"] {
        assert_eq!(
            none.get(&format!("/api/workspace{filter}")).await.as_array().unwrap().len(),
            2,
            "{filter}"
        );
    }
    let red = none.get("/workspace?labels=%7B%22color%22%3A%22red%22%7D").await;
    assert_eq!((red.as_array().unwrap().len(), &red[0]["labels"]["color"]), (1, &json!("red")));
    for version in ["0.21.0", "0.25.6", "0.107.1", "0.22.0a6"] {
        let list = Client::of_version(&server, version).get("/api/sandbox?labels=null").await;
        assert_eq!(list.as_array().map(Vec::len), Some(2), "{version}: {list}");
        assert!(list[0]["env"].is_object() && list[0]["info"].is_object(), "{list}");
    }
    for version in ["0.108.0", "0.180.0", "0.226.1", "0.0.0-dev", "unknown"] {
        let list = Client::of_version(&server, version).get("/api/sandbox").await;
        assert_eq!(
            (list["items"].as_array().map(Vec::len), &list["nextCursor"]),
            (Some(2), &Value::Null),
            "{version}"
        );
    }
    assert!(none.get("/api/sandbox").await["items"].is_array());
    let pages = Client::of_version(&server, "0.150.0").get("/api/sandbox/paginated?page=2&limit=1").await;
    assert_eq!((&pages["total"], &pages["page"], &pages["totalPages"]), (&json!(2), &json!(2), &json!(2)));
}
