//! The simple things of an organization as every client calls for them (sdk-clients.md §b.2, §b.4, §b.5): volumes,
//! secrets, warm pools.

use serde_json::{Value, json};

use crate::client::{Client, Habits};
use crate::reading::Kind::{self, Any, Integer, List, Object, Text, Texts};
use crate::reading::Shape;

const VOLUME_SHAPE: Shape = Shape {
    required: &[
        ("id", Text),
        ("name", Text),
        ("organizationId", Text),
        ("state", Text),
        ("createdAt", Text),
        ("updatedAt", Text),
    ],
    optional: &[("lastUsedAt", Text), ("errorReason", Text)],
};
pub(crate) const VOLUME: Kind = Object(&VOLUME_SHAPE);
pub(crate) const VOLUMES: Kind = List(&VOLUME_SHAPE);

const SECRET_SHAPE: Shape = Shape {
    required: &[
        ("id", Text),
        ("name", Text),
        ("createdAt", Text),
        ("placeholder", Text),
        ("hosts", Any),
        ("updatedAt", Text),
    ],
    optional: &[("description", Text)],
};
const SECRET: Kind = Object(&SECRET_SHAPE);
const SECRETS: Kind = Object(&Shape {
    required: &[("items", List(&SECRET_SHAPE)), ("total", Integer)],
    optional: &[("nextCursor", Text)],
});

const WARM_POOL_SHAPE: Shape = Shape {
    required: &[
        ("id", Text),
        ("organizationId", Text),
        ("snapshot", Text),
        ("target", Text),
        ("pool", Integer),
        ("currentSize", Integer),
        ("cpu", Integer),
        ("mem", Integer),
        ("disk", Integer),
        ("osUser", Text),
        ("env", Texts),
        ("createdAt", Text),
        ("updatedAt", Text),
    ],
    optional: &[("errorReason", Text)],
};

/// Every method a client has for these, with the status each wants and the members it must find.
pub(crate) async fn every_method(habits: Habits) {
    let client = Client::start(habits).await;
    volumes(&client).await;
    secrets(&client).await;
    warm_pools(&client).await;
}

async fn volumes(client: &Client) {
    let made = client.read_api("POST", "/volumes", r#"{"name":"data"}"#, 200, VOLUME).await;
    // The key has to be there; it is null where nothing went wrong.
    assert_eq!(made.get("errorReason"), Some(&Value::Null));
    let id = made["id"].as_str().unwrap();
    assert_eq!(client.read_api("GET", "/volumes/by-name/data", "", 200, VOLUME).await, made);
    assert_eq!(client.read_api("GET", "/volumes", "", 200, VOLUMES).await, json!([made]));
    assert_eq!(client.told_api("DELETE", &format!("/volumes/{id}"), "").await, 200);
    let missing = client.refused_api("GET", "/volumes/by-name/data", "").await;
    assert_eq!((missing.status, missing.message.as_str()), (404, "Volume with name data not found"));
}

async fn secrets(client: &Client) {
    let body = r#"{"name":"KEY","value":"hunter2","hosts":[]}"#;
    let made = client.read_api("POST", "/secret", body, 201, SECRET).await;
    let path = format!("/secret/{}", made["id"].as_str().unwrap());
    let changed = client.read_api("PATCH", &path, r#"{"description":"d"}"#, 200, SECRET).await;
    let page = client.read_api("GET", "/secret/paginated?limit=100", "", 200, SECRETS).await;
    assert_eq!((&page["items"], page.get("nextCursor")), (&json!([changed]), Some(&Value::Null)));
    assert_eq!(client.read_api("GET", &path, "", 200, SECRET).await, changed);
    let attach = format!("/sandbox/{}/secrets", client.sandbox);
    let sandbox = client.call_api("PUT", &attach, r#"{"secrets":[{"MY_KEY":"KEY"}]}"#).await;
    assert_eq!((sandbox.status, &sandbox.json()["id"]), (200, &json!(client.sandbox)));
    assert_eq!(client.told_api("DELETE", &path, "").await, 204);
    assert_eq!(client.refused_api("GET", &path, "").await.status, 404);
}

async fn warm_pools(client: &Client) {
    let config = client.call_api("GET", "/config", "").await.json();
    let body = json!({"snapshot": config["defaultSnapshot"], "pool": 1}).to_string();
    let made = client.read_api("POST", "/warm-pools", &body, 201, Object(&WARM_POOL_SHAPE)).await;
    let path = format!("/warm-pools/{}", made["id"].as_str().unwrap());
    client.read_api("PATCH", &path, r#"{"pool":2}"#, 200, Object(&WARM_POOL_SHAPE)).await;
    client.read_api("GET", "/warm-pools", "", 200, List(&WARM_POOL_SHAPE)).await;
    assert_eq!(client.told_api("DELETE", &path, "").await, 204);
}
