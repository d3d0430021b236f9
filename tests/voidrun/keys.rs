//! Keys: minted, used, switched off and on, revoked (voidrun.md §2.9).

use http_body_util::Full;
use serde_json::{Value, json};

use crate::client::{KEY, call, open};
use crate::support::{Answer, TestServer};

/// The places of both server generations.
async fn places(server: &TestServer) -> [String; 2] {
    let org = call(server, "GET", "/orgs/me", Value::Null).await.json();
    let org = org["data"]["id"].as_str().unwrap();
    ["/orgs/apikeys".to_owned(), format!("/orgs/{org}/apikeys")]
}

/// A new key: itself, and its path.
async fn mint(server: &TestServer, base: &str, name: &str) -> (String, String) {
    let minted = call(server, "POST", base, json!({ "keyName": name })).await;
    assert_eq!(minted.status, 200, "{}", minted.text());
    let minted = minted.json();
    let text = |name: &str| minted[name].as_str().unwrap().to_owned();
    (text("plainKey"), format!("{base}/{}", text("keyId")))
}

/// A key as the list tells of it.
async fn listed(server: &TestServer, place: &str) -> Value {
    let (base, id) = place.rsplit_once('/').unwrap();
    let all = call(server, "GET", base, Value::Null).await.json();
    all.as_array().unwrap().iter().find(|row| row["id"] == id).unwrap().clone()
}

/// Asks for something with this key, in the words of this API.
async fn with(server: &TestServer, key: &str) -> Answer {
    let request = http::Request::builder().uri("/api/sandboxes").header("x-api-key", key);
    server.send(request.body(Full::default()).unwrap()).await
}

/// The same, in those of the other API.
async fn with_bearer(server: &TestServer, key: &str) -> u16 {
    let request =
        http::Request::builder().uri("/api/sandbox").header("authorization", format!("Bearer {key}"));
    server.send(request.body(Full::default()).unwrap()).await.status
}

async fn switch(server: &TestServer, place: &str, active: bool) -> Answer {
    call(server, "POST", &format!("{place}/activate"), json!({ "isActive": active })).await
}

#[tokio::test]
async fn keys_are_minted_listed_and_revoked_in_the_forms_of_both_generations() {
    let server = TestServer::start();
    let org =
        call(&server, "GET", "/orgs/me", Value::Null).await.json()["data"]["id"].as_str().unwrap().to_owned();
    for base in ["/orgs/apikeys".to_owned(), format!("/orgs/{org}/apikeys")] {
        let minted = call(&server, "POST", &base, json!({ "keyName": " ci " })).await;
        assert_eq!(minted.status, 200, "{}", minted.text());
        let minted = minted.json();
        assert_eq!((&minted["keyName"], &minted["orgId"]), (&json!("ci"), &json!(org)));
        assert_eq!(minted["expiresIn"], "Never (until revoked)");
        let key = minted["plainKey"].as_str().unwrap();
        let listed = call(&server, "GET", &base, Value::Null).await.json();
        let own = listed.as_array().unwrap().iter().find(|row| row["id"] == minted["keyId"]).unwrap();
        assert_eq!((&own["name"], &own["isActive"]), (&json!("ci"), &json!(true)));
        assert_eq!(own["lastUsedAt"], "0001-01-01T00:00:00Z");
        assert!(!listed.to_string().contains(key), "the key itself is told once");
        assert_eq!(with(&server, key).await.status, 200);
        let place = format!("{base}/{}", minted["keyId"].as_str().unwrap());
        let revoked = call(&server, "DELETE", &place, Value::Null).await;
        assert_eq!(revoked.json(), json!({ "status": "success", "message": "API key revoked" }));
        let refused = with(&server, key).await;
        assert_eq!(
            (refused.status, refused.json()),
            (401, json!({ "error": "invalid or inactive API key" }))
        );
        assert_eq!(call(&server, "DELETE", &place, Value::Null).await.status, 404);
    }
    for (path, status, error) in [
        ("/orgs/nonsense/apikeys", 400, "Invalid org ID format"),
        ("/orgs/0123456789abcdef01234567/apikeys", 403, "org mismatch or missing auth"),
    ] {
        let answer = call(&server, "GET", path, Value::Null).await;
        assert_eq!((answer.status, answer.json()), (status, json!({ "error": error })));
    }
    let blank = call(&server, "POST", "/orgs/apikeys", json!({ "keyName": "  " })).await;
    assert_eq!(blank.json(), json!({ "error": "Key name cannot be empty" }));
}

#[tokio::test]
async fn a_key_that_is_switched_off_opens_nothing_until_it_is_switched_on_again() {
    let server = TestServer::start();
    for base in places(&server).await {
        let (key, place) = mint(&server, &base, "ci").await;
        let off = switch(&server, &place, false).await;
        assert_eq!(
            (off.status, off.json()),
            (200, json!({ "status": "success", "message": "API key deactivated" }))
        );
        let refused = with(&server, &key).await;
        assert_eq!(
            (refused.status, refused.json()),
            (401, json!({ "error": "invalid or inactive API key" }))
        );
        assert_eq!(with_bearer(&server, &key).await, 401, "nor does it become a made-up key there");
        let socket =
            format!("ws://{}/api/sandboxes/0123456789abcdef01234567/pty?apiKey={key}", server.authority());
        assert_eq!(open(&socket).await.err(), Some(401));
        let shown = listed(&server, &place).await;
        assert_eq!(shown["isActive"], false);
        assert!(shown["updatedAt"].as_str() > shown["createdAt"].as_str(), "{shown}");
        let on = switch(&server, &place, true).await;
        assert_eq!(on.json(), json!({ "status": "success", "message": "API key activated" }));
        assert_eq!(listed(&server, &place).await["isActive"], true);
        assert_eq!(with(&server, &key).await.status, 200);
        assert_eq!(with_bearer(&server, &key).await, 200);
        assert_eq!(call(&server, "DELETE", &place, Value::Null).await.status, 200);
    }
}

#[tokio::test]
async fn when_a_key_was_used_is_noted_by_using_and_by_touching_it() {
    let server = TestServer::start();
    let [of_caller, of_organization] = places(&server).await;
    let (key, place) = mint(&server, &of_caller, "used").await;
    assert_eq!(with(&server, &key).await.status, 200);
    assert!(listed(&server, &place).await["lastUsedAt"].as_str().unwrap().starts_with("20"));
    let (_, place) = mint(&server, &of_organization, "touched").await;
    assert_eq!(listed(&server, &place).await["lastUsedAt"], "0001-01-01T00:00:00Z");
    let touched = call(&server, "PATCH", &format!("{place}/touch"), Value::Null).await;
    assert_eq!(touched.json(), json!({ "status": "success", "message": "API key touched" }));
    assert!(listed(&server, &place).await["lastUsedAt"].as_str().unwrap().starts_with("20"));
}

#[tokio::test]
async fn what_cannot_be_switched_or_touched_is_refused_in_the_apis_words() {
    let server = TestServer::start();
    let [of_caller, of_organization] = places(&server).await;
    let (key, place) = mint(&server, &of_organization, "ci").await;
    let id = place.rsplit('/').next().unwrap();
    let unknown = "0123456789abcdef01234567";
    for (path, status, error) in [
        (format!("{of_caller}/nonsense"), 400, "Invalid key ID format"),
        (format!("{of_caller}/{unknown}"), 404, "API key not found"),
        (format!("{of_organization}/nonsense"), 400, "Invalid key ID format"),
        (format!("{of_organization}/{unknown}"), 404, "API key not found"),
        (format!("/orgs/{unknown}/apikeys/{id}"), 403, "org mismatch or missing auth"),
        (format!("/orgs/nonsense/apikeys/{id}"), 400, "Invalid org ID format"),
    ] {
        let refused = switch(&server, &path, false).await;
        assert_eq!((refused.status, refused.json()), (status, json!({ "error": error })), "{path}");
        if path.starts_with(&of_caller) {
            continue;
        }
        let refused = call(&server, "PATCH", &format!("{path}/touch"), Value::Null).await;
        assert_eq!((refused.status, refused.json()), (status, json!({ "error": error })), "{path}");
    }
    for body in [json!({}), json!({ "isActive": "no" }), json!({ "isActive": null })] {
        let refused = call(&server, "POST", &format!("{place}/activate"), body.clone()).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text());
    }
    assert_eq!(with(&server, &key).await.status, 200, "nothing of this touched the key");
}

#[tokio::test]
async fn a_key_stays_switched_off_over_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--data-dir", data.path().to_str().unwrap()];
    let server = TestServer::start_with(&arguments);
    let [base, _] = places(&server).await;
    let (key, place) = mint(&server, &base, "ci").await;
    assert_eq!(switch(&server, &place, false).await.status, 200);
    drop(server);
    let server = TestServer::start_with(&arguments);
    assert_eq!(with(&server, &key).await.status, 401);
    assert_eq!(listed(&server, &place).await["isActive"], false);
    assert_eq!(switch(&server, &place, true).await.status, 200);
    assert_eq!(with(&server, &key).await.status, 200);
}

#[tokio::test]
async fn a_key_that_may_not_do_everything_is_no_key_of_this_api() {
    let server = TestServer::start();
    let request = http::Request::builder()
        .method("POST")
        .uri("/api/api-keys")
        .header("authorization", format!("Bearer {KEY}"))
        .header("content-type", "application/json")
        .body(Full::from(json!({ "name": "reader", "permissions": ["read:volumes"] }).to_string()));
    let minted = server.send(request.unwrap()).await.json();
    let key = minted["value"].as_str().unwrap();
    assert_eq!(with_bearer(&server, key).await, 200);
    let refused = with(&server, key).await;
    assert_eq!((refused.status, refused.json()), (401, json!({ "error": "invalid or inactive API key" })));
}
