//! Grants that open sandboxes over SSH: issuing, revoking, validating, and what the gateway is let in by.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use control::{MemoryStore, SqliteStore, SshGateway, SshRefusal};
use http::Request;

use serde_json::{Value, json};
use support::{KEY, Lab, id};

async fn issue(lab: &Lab, sandbox: &str, query: &str) -> Value {
    lab.post(&format!("/sandbox/{sandbox}/ssh-access{query}")).await.expect(200)
}

fn token(access: &Value) -> String {
    access["token"].as_str().unwrap().to_owned()
}

async fn is_valid(lab: &Lab, token: &str) -> Value {
    lab.get(&format!("/sandbox/ssh-access/validate?token={token}")).await.expect(200)
}

#[tokio::test]
async fn a_grant_is_a_user_name_of_letters_and_digits_and_lasts_an_hour() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| {
        config.ssh = SshGateway { port: 2022, ..SshGateway::default() };
    });
    let sandbox = lab.create_plain().await;
    let access = issue(&lab, &sandbox, "").await;
    let token = token(&access);
    assert_eq!(token.len(), 32);
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
    assert_eq!(access["sandboxId"], sandbox);
    assert_eq!(access["sshCommand"], format!("ssh -p 2022 {token}@pit.test"));
    assert_eq!(access["createdAt"], "2026-01-31T12:00:00.000Z");
    assert_eq!(access["expiresAt"], "2026-01-31T13:00:00.000Z");
    assert_eq!(access["updatedAt"], access["createdAt"]);
    assert_eq!(is_valid(&lab, &token).await, json!({ "valid": true, "sandboxId": sandbox }));
}

#[tokio::test]
async fn lifetimes_may_be_parts_of_minutes_and_end_by_the_clock() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let access = issue(&lab, &sandbox, "?expiresInMinutes=0.5").await;
    assert_eq!(access["expiresAt"], "2026-01-31T12:00:30.000Z");
    lab.clock.advance(Duration::from_secs(29));
    assert_eq!(is_valid(&lab, &token(&access)).await["valid"], true);
    lab.clock.advance(Duration::from_secs(1));
    assert_eq!(is_valid(&lab, &token(&access)).await, json!({ "valid": false, "sandboxId": "" }));
    assert!(lab.control.ssh().admit(&token(&access)).is_none());
}

#[tokio::test]
async fn what_is_no_number_of_minutes_is_refused() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let refused = lab.post(&format!("/sandbox/{sandbox}/ssh-access?expiresInMinutes=soon")).await;
    refused.expect(400);
    let forever = issue(&lab, &sandbox, "?expiresInMinutes=1e300").await;
    assert_eq!(is_valid(&lab, &token(&forever)).await["valid"], true);
}

#[tokio::test]
async fn a_new_grant_voids_the_one_before_and_only_of_its_sandbox() {
    let lab = Lab::new();
    let (sandbox, other) = (lab.create_plain().await, lab.create_plain().await);
    let kept = token(&issue(&lab, &other, "").await);
    let first = token(&issue(&lab, &sandbox, "").await);
    let second = token(&issue(&lab, &sandbox, "").await);
    assert_ne!(first, second);
    for (token, valid) in [(&first, false), (&second, true), (&kept, true)] {
        assert_eq!(is_valid(&lab, token).await["valid"], valid);
    }
}

#[tokio::test]
async fn revoking_takes_the_token_named_or_whatever_there_is_and_answers_the_sandbox() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let granted = token(&issue(&lab, &sandbox, "").await);
    let revoke = |query: String| {
        let path = format!("/sandbox/{sandbox}/ssh-access{query}");
        let lab = &lab;
        async move { lab.call("DELETE", &path, None).await.expect(200) }
    };
    assert_eq!(revoke("?token=somebodys".to_owned()).await["id"], sandbox);
    assert_eq!(is_valid(&lab, &granted).await["valid"], true);
    revoke(format!("?token={granted}")).await;
    assert_eq!(is_valid(&lab, &granted).await["valid"], false);
    let granted = token(&issue(&lab, &sandbox, "").await);
    revoke(String::new()).await;
    assert_eq!(is_valid(&lab, &granted).await["valid"], false);
    revoke(String::new()).await;
}

#[tokio::test]
async fn another_organizations_sandbox_gets_no_grant() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let granted = token(&issue(&lab, &sandbox, "").await);
    let other = lab.control.mint_api_key(None, "other", None).await.unwrap();
    let path = format!("/sandbox/{sandbox}/ssh-access");
    lab.call_as(&other, "POST", &path, None).await.expect(404);
    lab.call_as(&other, "DELETE", &path, None).await.expect(404);
    assert_eq!(is_valid(&lab, &granted).await["valid"], true);
    lab.post("/sandbox/nope/ssh-access").await.expect(404);
    lab.get("/sandbox/ssh-access/validate").await.expect(400);
}

#[tokio::test]
async fn a_grant_goes_with_its_sandbox() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let granted = token(&issue(&lab, &sandbox, "").await);
    lab.call("DELETE", &format!("/sandbox/{sandbox}"), None).await.expect(200);
    assert_eq!(is_valid(&lab, &granted).await["valid"], false);
    assert!(lab.control.ssh().admit(&granted).is_none());
}

#[tokio::test]
async fn grants_outlive_the_server_where_sandboxes_do() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.db");
    let granted = {
        let lab = Lab::with(Arc::new(SqliteStore::open(&file).unwrap()), |config| {
            config.lifetime = control::Lifetime::Kept;
        });
        let sandbox = lab.create_plain().await;
        let granted = token(&issue(&lab, &sandbox, "").await);
        lab.control.shutdown().await;
        granted
    };
    let lab = Lab::with(Arc::new(SqliteStore::open(&file).unwrap()), |config| {
        config.lifetime = control::Lifetime::Kept;
    });
    assert_eq!(is_valid(&lab, &granted).await["valid"], true);
}

#[tokio::test]
async fn a_guest_of_a_sandbox_that_does_not_run_is_told_its_state() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let granted = token(&issue(&lab, &sandbox, "").await);
    let guest = lab.control.ssh().admit(&granted).unwrap();
    assert_eq!(guest.sandbox_id(), sandbox);
    let ended = guest.ended();
    lab.post(&format!("/sandbox/{sandbox}/stop")).await.expect(200);
    lab.until(&sandbox, "stopped").await;
    ended.await;
    let refused = guest.open(Request::new(Body::empty())).await.unwrap_err();
    assert_eq!(refused, SshRefusal::NotStarted("stopped".to_owned()));
    assert_eq!(
        refused.to_string(),
        "Sandbox is not started (state: stopped). Please start the sandbox before attempting to connect."
    );
}

#[tokio::test]
async fn a_guest_keeps_the_clock_of_auto_stop_from_running_out() {
    let lab = Lab::new();
    let sandbox = id(&lab.create(json!({ "autoStopInterval": 10 })).await);
    let granted = token(&issue(&lab, &sandbox, "").await);
    let guest = lab.control.ssh().admit(&granted).unwrap();
    lab.clock.advance(Duration::from_secs(540));
    guest.touch();
    let seen = lab.get(&format!("/sandbox/{sandbox}")).await.expect(200);
    assert_eq!(seen["lastActivityAt"], "2026-01-31T12:09:00.000Z");
}

#[tokio::test]
async fn only_a_key_that_may_write_sandboxes_issues_grants() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let body = json!({ "name": "reader", "permissions": ["read:volumes"] });
    let minted = lab.call_as(KEY, "POST", "/api-keys", Some(body)).await.expect(201);
    let reader = minted["value"].as_str().unwrap();
    let path = format!("/sandbox/{sandbox}/ssh-access");
    lab.call_as(reader, "POST", &path, None).await.expect(403);
    lab.call_as(reader, "DELETE", &path, None).await.expect(403);
}

#[tokio::test]
async fn issuing_and_revoking_leave_a_trace_and_validating_leaves_none() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let granted = token(&issue(&lab, &sandbox, "").await);
    is_valid(&lab, &granted).await;
    lab.call("DELETE", &format!("/sandbox/{sandbox}/ssh-access"), None).await.expect(200);
    let organization = lab.caller().organization.to_string();
    let trail = lab.get(&format!("/audit/organizations/{organization}")).await.expect(200);
    let actions: Vec<&str> =
        trail["items"].as_array().unwrap().iter().filter_map(|entry| entry["action"].as_str()).collect();
    assert_eq!(actions, ["revoke_ssh_access", "create_ssh_access", "create"]);
}

#[tokio::test]
async fn the_configuration_tells_how_the_gateway_is_reached() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| {
        config.ssh = SshGateway {
            port: 2022,
            host_key: Some("ssh-ed25519 AAAA".to_owned()),
            fingerprint: Some("SHA256:x".to_owned()),
        };
    });
    let config = lab.get("/config").await.expect(200);
    assert_eq!(config["sshGatewayCommand"], "ssh -p 2022 {{TOKEN}}@pit.test");
    assert_eq!(config["sshGatewayPublicKey"], "ssh-ed25519 AAAA");
    assert_eq!((&config["sshGatewayHost"], &config["sshGatewayPort"]), (&json!("pit.test"), &json!(2022)));
    assert_eq!(config["sshGatewayHostKeys"], json!(["ssh-ed25519 AAAA"]));
    assert_eq!(config["sshGatewayHostKeyFingerprints"], json!(["SHA256:x"]));
}

#[tokio::test]
async fn what_opens_a_sandbox_does_not_open_its_copies() {
    let lab = Lab::new();
    let parent = id(&lab.create(json!({ "snapshot": "linux-vm" })).await);
    let granted = token(&issue(&lab, &parent, "").await);
    let path = format!("/sandbox/{parent}/ports/80/signed-preview-url?expiresInSeconds=600");
    lab.get(&path).await.expect(200);
    let child = id(&lab.call("POST", &format!("/sandbox/{parent}/fork"), Some(json!({}))).await.expect(200));
    let saved = lab.store.load().unwrap().sandboxes;
    let copy = saved.iter().find(|record| record.id == child).unwrap();
    assert_eq!((copy.ssh_grant.as_ref(), copy.signed_previews.len()), (None, 0));
    assert_eq!(is_valid(&lab, &granted).await, json!({ "valid": true, "sandboxId": parent }));
}
