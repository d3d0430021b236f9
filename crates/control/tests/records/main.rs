//! The simple things of organizations: what is kept, what is refused in whose words, and who may do it.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod admission;
mod keys;
mod organizations;
mod simple;
mod sqlite;

use serde_json::Value;
use support::{Answered, Lab};

/// A token a client might carry: only its shape matters.
pub(crate) const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln";

/// Short ways to ask.
pub(crate) trait Ask {
    async fn put(&self, path: &str, body: Value) -> Answered;
    async fn patch(&self, path: &str, body: Value) -> Answered;
    async fn send_json(&self, path: &str, body: Value) -> Answered;
    async fn delete(&self, path: &str) -> Answered;
    /// The caller's user and organization.
    async fn me(&self, key: &str) -> (Value, String);
}

impl Ask for Lab {
    async fn put(&self, path: &str, body: Value) -> Answered {
        self.call("PUT", path, Some(body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answered {
        self.call("PATCH", path, Some(body)).await
    }

    async fn send_json(&self, path: &str, body: Value) -> Answered {
        self.call("POST", path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Answered {
        self.call("DELETE", path, None).await
    }

    async fn me(&self, key: &str) -> (Value, String) {
        let user = self.call_as(key, "GET", "/users/me", None).await.expect(200);
        let own = self.call_as(key, "GET", "/organizations", None).await.expect(200);
        (user, own[0]["id"].as_str().unwrap().to_owned())
    }
}

/// A control plane and the key of another organization.
pub(crate) async fn with_other() -> (Lab, String) {
    let lab = Lab::new();
    let other = lab.control.mint_api_key(None, "other", None).await.unwrap();
    (lab, other)
}

/// The names in a list.
pub(crate) fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// The id of a thing.
pub(crate) fn id(thing: &Value) -> String {
    support::id(thing)
}
