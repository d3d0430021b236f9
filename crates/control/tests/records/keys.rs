//! API keys: minted, limited, expired, voided.

use serde_json::{Value, json};

use crate::support::{KEY, Lab};
use crate::{Ask as _, TOKEN, names, with_other};

async fn mint(lab: &Lab, name: &str, permissions: Value) -> String {
    let body = json!({"name": name, "permissions": permissions});
    let made = lab.send_json("/api-keys", body).await.expect(201);
    made["value"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_minted_key_is_shown_whole_once_and_masked_ever_after() {
    let lab = Lab::new();
    let key = mint(&lab, "ci", json!(["read:volumes"])).await;
    assert!(key.starts_with("dtn_") && key.len() == 68, "{key}");
    let item = lab.get("/api-keys/ci").await.expect(200);
    let masked = format!("{}{}{}", &key[..3], "*".repeat(20), &key[65..]);
    assert_eq!((&item["value"], &item["permissions"]), (&json!(masked), &json!(["read:volumes"])));
    assert_eq!([&item["lastUsedAt"], &item["expiresAt"]], [&Value::Null, &Value::Null]);
    assert_eq!(lab.get("/api-keys").await.expect(200), json!([item]));
    let twice = lab.send_json("/api-keys", json!({"name": "ci", "permissions": []})).await;
    assert_eq!(twice.error(409), "API key with this name already exists");
    assert_eq!(lab.get("/api-keys/other").await.error(404), "API key not found");
    lab.send_json("/api-keys", json!({"name": "x", "permissions": ["fly"]})).await.error(400);
    let never = json!({"name": "x", "permissions": [], "expiresAt": "tomorrow"});
    lab.send_json("/api-keys", never).await.error(400);
}

#[tokio::test]
async fn a_key_shows_itself_and_when_it_was_used() {
    let lab = Lab::new();
    let key = mint(&lab, "ci", json!(["read:volumes"])).await;
    let current = lab.call_as(&key, "GET", "/api-keys/current", None).await.expect(200);
    assert_eq!(
        (&current["name"], &current["lastUsedAt"]),
        (&json!("ci"), &json!("2026-01-31T12:00:00.000Z"))
    );
    let made_up = lab.get("/api-keys/current").await.expect(200);
    assert_eq!(made_up["value"], format!("dtn{}ing", "*".repeat(20)));
    assert_eq!(made_up["permissions"].as_array().unwrap().len(), 21);
    let by_token = lab.call_as(TOKEN, "GET", "/api-keys/current", None).await;
    assert_eq!(by_token.error(403), "Invalid authentication context");
}

#[tokio::test]
async fn a_key_does_what_it_was_given_and_nothing_else() {
    let lab = Lab::new();
    let reader = mint(&lab, "reader", json!(["read:volumes"])).await;
    lab.call_as(&reader, "GET", "/volumes", None).await.expect(200);
    lab.call_as(&reader, "GET", "/sandbox", None).await.expect(200);
    for (method, path, body) in [
        ("POST", "/volumes", json!({"name": "v"})),
        ("POST", "/sandbox", json!({})),
        ("POST", "/secret", json!({"name": "s", "value": "v"})),
        // Permission comes before what is asked, and before whether it is there.
        ("DELETE", "/sandbox/nothing", Value::Null),
        ("POST", "/sandbox/nothing/start", Value::Null),
    ] {
        let refused = lab.call_as(&reader, method, path, Some(body)).await;
        assert_eq!(refused.error(403), "Access denied", "{method} {path}");
    }
    // It cannot mint itself a better key, nor lift a limit.
    let better = json!({"name": "better", "permissions": ["write:sandboxes"]});
    assert_eq!(
        lab.call_as(&reader, "POST", "/api-keys", Some(better)).await.error(401),
        "Invalid credentials"
    );
    let (_, own) = lab.me(KEY).await;
    let lifted = lab.call_as(&reader, "POST", &format!("/organizations/{own}/unsuspend"), None).await;
    assert_eq!(lifted.error(403), "Access denied");
}

#[tokio::test]
async fn an_expired_key_is_refused() {
    let lab = Lab::new();
    let body = json!({"name": "short", "permissions": [], "expiresAt": "2026-01-31T12:00:10.000Z"});
    let made = lab.send_json("/api-keys", body).await.expect(201);
    assert_eq!(made["expiresAt"], "2026-01-31T12:00:10.000Z");
    let key = made["value"].as_str().unwrap();
    lab.call_as(key, "GET", "/sandbox", None).await.expect(200);
    lab.clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(lab.call_as(key, "GET", "/sandbox", None).await.error(401), "Invalid credentials");
}

#[tokio::test]
async fn a_voided_key_is_refused_and_does_not_become_a_made_up_one() {
    let lab = Lab::new();
    let key = mint(&lab, "ci", json!([])).await;
    lab.delete("/api-keys/ci").await.expect(204);
    lab.call_as(&key, "GET", "/sandbox", None).await.error(401);
    assert_eq!(lab.delete("/api-keys/ci").await.error(404), "API key not found");
    // The name is free again.
    mint(&lab, "ci", json!([])).await;
    let (user, _) = lab.me(KEY).await;
    let path = format!("/api-keys/{}/ci", user["id"].as_str().unwrap());
    lab.delete("/api-keys/somebody/ci").await.error(404);
    lab.delete(&path).await.expect(204);
    assert_eq!(lab.get("/api-keys").await.expect(200), json!([]));
}

#[tokio::test]
async fn keys_of_another_organization_are_missing() {
    let (lab, other) = with_other().await;
    mint(&lab, "mine", json!([])).await;
    assert_eq!(names(&lab.call_as(&other, "GET", "/api-keys", None).await.expect(200)), ["other"]);
    lab.call_as(&other, "GET", "/api-keys/mine", None).await.error(404);
    lab.call_as(&other, "DELETE", "/api-keys/mine", None).await.error(404);
    let (user, _) = lab.me(KEY).await;
    let path = format!("/api-keys/{}/mine", user["id"].as_str().unwrap());
    lab.call_as(&other, "DELETE", &path, None).await.error(404);
}

#[tokio::test]
async fn a_key_that_is_switched_off_is_refused_until_it_is_switched_on_again() {
    let lab = Lab::new();
    let key = mint(&lab, "ci", json!([])).await;
    let row = |lab: &Lab| lab.control.api_keys(&lab.caller().organization).remove(0);
    let minted = row(&lab);
    assert!(minted.active && minted.changed_at.is_none(), "{minted:?}");
    assert!(lab.control.switch_api_key(&minted, false).await.unwrap());
    assert_eq!(lab.call_as(&key, "GET", "/sandbox", None).await.error(401), "Invalid credentials");
    // It is there, with its name, and can be voided.
    assert_eq!(names(&lab.get("/api-keys").await.expect(200)), ["ci"]);
    assert_eq!((row(&lab).active, row(&lab).changed_at), (false, Some(lab.now())));
    assert!(lab.control.switch_api_key(&minted, true).await.unwrap());
    lab.call_as(&key, "GET", "/sandbox", None).await.expect(200);
    assert!(lab.control.touch_api_key(&minted).await.unwrap());
    assert_eq!(row(&lab).last_used_at, Some(lab.now()));
    lab.delete("/api-keys/ci").await.expect(204);
    assert!(!lab.control.switch_api_key(&minted, true).await.unwrap(), "what is void stays void");
    assert!(!lab.control.touch_api_key(&minted).await.unwrap());
    lab.call_as(&key, "GET", "/sandbox", None).await.error(401);
}
