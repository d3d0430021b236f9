//! What is kept in a file, and files of older builds.

use std::path::Path;
use std::sync::Arc;

use control::{SqliteStore, Store};
use serde_json::json;

use crate::support::{KEY, Lab};
use crate::{Ask as _, id, names};

/// A state database as the first schema left it.
const FIRST_SCHEMA: &str = include_str!("../../../../fixtures/state/schema-1.sql");
/// The key of the other organization in it.
const OTHER_KEY: &str = "dtn_88df0e69583fdc3b3bf956ffec77a26e7c10fc2e6b88065f2abd3332b8b363bd";

fn open(path: &Path, seed: u64) -> Lab {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path).unwrap());
    Lab::with(store, |config| {
        config.lifetime = control::Lifetime::Kept;
        config.ids = Arc::new(lab::SeededIds::new(seed));
    })
}

#[tokio::test]
async fn a_file_of_the_first_schema_is_brought_up_to_date_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch("pragma foreign_keys = off;").unwrap();
    old.execute_batch(FIRST_SCHEMA).unwrap();
    drop(old);

    let lab = open(&path, 1);
    let kept = lab.get("/sandbox/kept").await.expect(200);
    assert_eq!((&kept["labels"], &kept["state"]), (&json!({"team": "a"}), &json!("stopped")));
    assert_eq!(kept["autoStopInterval"], 0);
    let theirs = lab.call_as(OTHER_KEY, "GET", "/sandbox/kept", None).await.expect(200);
    assert_eq!(theirs["id"], "7ac81729-b778-4b95-afa1-3184b14e0ee3");
    // Organizations of old files get a founder, and their keys act for them.
    let (user, own) = lab.me(KEY).await;
    let organization = lab.get(&format!("/organizations/{own}")).await.expect(200);
    assert_eq!((&organization["createdBy"], &organization["personal"]), (&user["id"], &json!(true)));
    let (other, _) = lab.me(OTHER_KEY).await;
    assert_ne!(other["id"], user["id"]);
    assert_eq!(names(&lab.call_as(OTHER_KEY, "GET", "/api-keys", None).await.expect(200)), ["other"]);
    lab.send_json("/volumes", json!({"name": "v"})).await.expect(200);
    drop(lab);

    let again = open(&path, 2);
    assert_eq!(again.me(KEY).await, (user, own), "founders are made up once");
    assert_eq!(names(&again.get("/volumes").await.expect(200)), ["v"]);
}

#[tokio::test]
async fn everything_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let before = open(&path, 1);
    let (_, own) = before.me(KEY).await;
    let volume = before.send_json("/volumes", json!({"name": "v"})).await.expect(200);
    before.send_json("/secret", json!({"name": "s", "value": "hunter2"})).await.expect(201);
    let pool = before.send_json("/warm-pools", json!({"snapshot": "default", "pool": 1})).await.expect(201);
    let registry = json!({"name": "r", "url": "r.test", "username": "u", "password": "p"});
    before.send_json("/docker-registry", registry).await.expect(201);
    let role = json!({"name": "R", "description": "d", "permissions": []});
    before.send_json(&format!("/organizations/{own}/roles"), role).await.expect(201);
    let invite = json!({"email": "a@b.test", "role": "member", "assignedRoleIds": []});
    before.send_json(&format!("/organizations/{own}/invitations"), invite).await.expect(201);
    let minted = before.send_json("/api-keys", json!({"name": "k", "permissions": []})).await.expect(201);
    let voided = before.send_json("/api-keys", json!({"name": "void", "permissions": []})).await.expect(201);
    before.delete("/api-keys/void").await.expect(204);
    let off = before.send_json("/api-keys", json!({"name": "off", "permissions": []})).await.expect(201);
    let keys = before.control.api_keys(&before.caller().organization);
    let row = keys.iter().find(|row| row.name == "off").unwrap();
    assert!(before.control.switch_api_key(row, false).await.unwrap());
    let mounts = json!([{"volumeId": "v", "mountPath": "/data"}]);
    before.create(json!({"name": "box", "volumes": mounts, "secrets": [{"A": "s"}]})).await;
    before.delete(&format!("/warm-pools/{}", id(&pool))).await.expect(204);
    let paths = [
        "/volumes".to_owned(),
        "/secret".to_owned(),
        "/warm-pools".to_owned(),
        "/docker-registry".to_owned(),
        "/users/me".to_owned(),
        "/organizations".to_owned(),
        format!("/organizations/{own}/roles"),
        format!("/organizations/{own}/invitations"),
        format!("/audit/organizations/{own}"),
    ];
    let mut shown = Vec::new();
    for path in &paths {
        shown.push(before.get(path).await.expect(200));
    }
    // No farewell: what an answer reported is in the file already.
    let after = open(&path, 2);
    for (path, shown) in paths.iter().zip(shown) {
        assert_eq!(after.get(path).await.expect(200), shown, "{path}");
    }
    assert_eq!(after.get("/sandbox/box").await.expect(200)["volumes"][0]["volumeId"], volume["id"]);
    let key = |answer: &serde_json::Value| answer["value"].as_str().unwrap().to_owned();
    after.call_as(&key(&minted), "GET", "/sandbox", None).await.expect(200);
    after.call_as(&key(&voided), "GET", "/sandbox", None).await.error(401);
    after.call_as(&key(&off), "GET", "/sandbox", None).await.error(401);
    let keys = after.control.api_keys(&after.caller().organization);
    let row = keys.iter().find(|row| row.name == "off").unwrap();
    assert!(after.control.switch_api_key(row, true).await.unwrap());
    after.call_as(&key(&off), "GET", "/sandbox", None).await.expect(200);
    after.post("/sandbox/box/start").await.expect(200);
    let box_id = id(&after.get("/sandbox/box").await.expect(200));
    assert!(after.holder.spec(&box_id).env["A"].starts_with("dtn_secret_"));
}

#[tokio::test]
async fn nobody_but_its_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let lab = open(&path, 1);
    lab.send_json("/secret", json!({"name": "s", "value": "hunter2"})).await.expect(201);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    // Files of older builds are closed too.
    drop(lab);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);
}
