//! Snapshots and builds: their records, what is refused in whose words, and the states they go through.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod builds;
mod capture;
mod passage;
mod records;

use serde_json::{Value, json};
use support::{Answered, Lab};

/// Short ways to ask.
pub(crate) trait Ask {
    async fn send_json(&self, path: &str, body: Value) -> Answered;
    async fn delete(&self, path: &str) -> Answered;
    /// Makes a snapshot of an image.
    async fn snapshot(&self, name: &str) -> Value;
}

impl Ask for Lab {
    async fn send_json(&self, path: &str, body: Value) -> Answered {
        self.call("POST", path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answered {
        self.call("DELETE", path, None).await
    }

    async fn snapshot(&self, name: &str) -> Value {
        let body = json!({"name": name, "imageName": "ubuntu:22.04"});
        self.send_json("/snapshots", body).await.expect(200)
    }
}

/// The names in a list.
pub(crate) fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// The address of a thing below `/snapshots`.
pub(crate) fn at(snapshot: &Value) -> String {
    format!("/snapshots/{}", support::id(snapshot))
}
