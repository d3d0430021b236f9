//! Volumes, secrets, warm pools. Lists that are empty are sent, and taken, as such.

use serde_json::{Value, json};

use super::JAVA;
use crate::client::Client;
use crate::records;

#[tokio::test]
async fn every_method_is_read() {
    records::every_method(JAVA).await;
}

#[tokio::test]
async fn a_sandbox_made_with_empty_lists_has_none() {
    // The client's own create sends `volumes` and `secrets` empty.
    let client = Client::start(JAVA).await;
    let sandbox = client.call_api("GET", &format!("/sandbox/{}", client.sandbox), "").await.json();
    assert_eq!((&sandbox["volumes"], &sandbox["env"]), (&json!([]), &json!({})));
    assert_ne!(sandbox["kvm"], Value::Null);
}
