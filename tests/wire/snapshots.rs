//! Snapshots and builds as every client calls for them (sdk-clients.md §b.2, §b.5, §d; control-plane.md §4.5).

use serde_json::json;

use crate::client::{Client, Habits};
use crate::reading::Kind::{self, Any, Flag, Integer, List, Object, Text};
use crate::reading::Shape;
use crate::support::eventually;

const SNAPSHOT_SHAPE: Shape = Shape {
    required: &[
        ("id", Text),
        ("general", Flag),
        ("name", Text),
        ("state", Text),
        ("cpu", Integer),
        ("gpu", Integer),
        ("mem", Integer),
        ("disk", Integer),
        ("createdAt", Text),
        ("updatedAt", Text),
    ],
    optional: &[
        ("size", Any),
        ("entrypoint", Any),
        ("errorReason", Text),
        ("lastUsedAt", Text),
        ("sourceSandboxId", Text),
        ("organizationId", Text),
        ("imageName", Text),
        ("gpuType", Text),
        ("buildInfo", Any),
        ("regionIds", Any),
        ("initialRunnerId", Text),
        ("ref", Text),
        ("sandboxClass", Text),
        ("enabled", Flag),
    ],
};
pub(crate) const SNAPSHOT: Kind = Object(&SNAPSHOT_SHAPE);
/// Members whose keys have to be there, and may be null.
const NULLABLE: [&str; 5] = ["size", "entrypoint", "errorReason", "lastUsedAt", "sourceSandboxId"];
const SNAPSHOTS: Kind = Object(&Shape {
    required: &[
        ("items", List(&SNAPSHOT_SHAPE)),
        ("total", Integer),
        ("page", Integer),
        ("totalPages", Integer),
    ],
    optional: &[],
});
const URL: Kind = Object(&Shape { required: &[("url", Text)], optional: &[] });

/// Every method a client has for snapshots, with the status each wants and the members it must find.
pub(crate) async fn every_method(habits: Habits) {
    let client = Client::start(habits).await;
    let body = json!({"name": "team/base:1", "imageName": "ubuntu:22.04", "cpu": 2, "memory": 2, "disk": 4});
    let made = client.read_api("POST", "/snapshots", &body.to_string(), 200, SNAPSHOT).await;
    assert_eq!((&made["state"], &made["mem"]), (&json!("active"), &json!(2)), "a wait is answered at once");
    assert!(NULLABLE.iter().all(|name| made.get(name).is_some()), "{made}");
    let id = made["id"].as_str().unwrap();
    for known in [id, "team%2Fbase%3A1"] {
        let found = client.read_api("GET", &format!("/snapshots/{known}"), "", 200, SNAPSHOT).await;
        assert_eq!(found["id"], made["id"]);
    }
    let page = client.read_api("GET", "/snapshots?page=1&limit=1", "", 200, SNAPSHOTS).await;
    assert_eq!(page["items"][0]["id"], made["id"]);
    let again = client.refused_api("POST", &format!("/snapshots/{id}/activate"), "").await;
    assert_eq!((again.status, again.message), (400, format!("Snapshot {id} is already active")));
    let body = json!({"name": "taken:1"}).to_string();
    let answer = client.call_api("POST", &format!("/sandbox/{}/snapshot", client.sandbox), &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let of_it = format!("/snapshots?page=1&limit=10&sourceSandboxId={}", client.sandbox);
    let of_it = client.read_api("GET", &of_it, "", 200, SNAPSHOTS).await;
    assert_eq!(of_it["items"][0]["name"], "taken:1");
    assert_eq!(client.told_api("DELETE", &format!("/snapshots/{id}"), "").await, 200);
    let gone = client.refused_api("GET", &format!("/snapshots/{id}"), "").await;
    assert_eq!((gone.status, gone.message), (404, format!("Snapshot with ID or name {id} not found")));
}

/// A snapshot and a sandbox made of a Dockerfile, with the log read at the address told where `by_url`, and raw otherwise.
pub(crate) async fn builds(habits: Habits, by_url: bool) {
    let client = Client::start(habits).await;
    // Go writes no line's end behind a bare image.
    let build = |words: &str| json!({"dockerfileContent": format!("FROM debian:12\nRUN echo {words}"), "contextHashes": []});
    let body = json!({"name": "built:1", "buildInfo": build("said of a snapshot")});
    let made = client.read_api("POST", "/snapshots", &body.to_string(), 200, SNAPSHOT).await;
    assert_eq!(made["state"], "building", "clients stop following what is pending");
    let path = format!("/snapshots/{}", made["id"].as_str().unwrap());
    assert!(log(&client, &path, "snapshots", by_url).await.contains("said of a snapshot"));
    eventually("an active snapshot", async || {
        client.read_api("GET", &path, "", 200, SNAPSHOT).await["state"] == "active"
    })
    .await;
    let body = json!({"labels": {}, "buildInfo": build("said of a sandbox"), "cpu": 2});
    let made = client.call_api("POST", "/sandbox", &body.to_string()).await.json();
    assert_eq!((&made["state"], &made["cpu"]), (&json!("pending_build"), &json!(2)));
    let path = format!("/sandbox/{}", made["id"].as_str().unwrap());
    assert!(log(&client, &path, "sandboxes", by_url).await.contains("said of a sandbox"));
    eventually("a sandbox that runs", async || {
        let state = client.call_api("GET", &path, "").await.json()["state"].clone();
        assert!(!["error", "build_failed"].contains(&state.as_str().unwrap()), "{state}");
        state == "started"
    })
    .await;
}

/// What is read of a log that is followed to its end.
async fn log(client: &Client, path: &str, kind: &str, by_url: bool) -> String {
    if !by_url {
        let answer = client.call_api("GET", &format!("{path}/build-logs?follow=true"), "").await;
        assert_eq!(answer.status, 200);
        return answer.text();
    }
    let told = client.read_api("GET", &format!("{path}/build-logs-url"), "", 200, URL).await;
    let id = path.rsplit('/').next().unwrap();
    let url = told["url"].as_str().unwrap().to_owned();
    assert_eq!(url, format!("{}/{kind}/{id}/build-logs", client.server.url));
    let target = format!("{}?follow=true", url.strip_prefix(&client.server.url).unwrap());
    let request = http::Request::get(target).header("authorization", "Bearer dtn_local");
    let answer = client.server.send(request.body(http_body_util::Full::default()).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}
