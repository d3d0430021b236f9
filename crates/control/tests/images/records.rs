//! What is kept of snapshots, how they are found, and what is refused.

use std::sync::Arc;

use control::{Allowance, MemoryStore, Quotas, SqliteStore, Store};
use serde_json::{Value, json};

use crate::support::{Lab, id};
use crate::{Ask as _, at, names};

#[tokio::test]
async fn a_snapshot_of_an_image_is_active_at_once_and_found_by_id_and_by_a_name_with_slashes() {
    let lab = Lab::new();
    let body = json!({
        "name": "team/base:1", "imageName": "ubuntu:22.04", "entrypoint": ["sleep", "9"], "cpu": 2, "memory": 4, "disk": 5,
    });
    let answer = lab.send_json("/snapshots", body).await;
    let warning = answer.headers["x-pitlane-warning"].to_str().unwrap().to_owned();
    assert_eq!(warning, "the host's root stands in for the image ubuntu:22.04");
    let made = answer.expect(200);
    for (member, value) in [
        ("state", json!("active")),
        ("general", json!(false)),
        ("imageName", json!("ubuntu:22.04")),
        ("entrypoint", json!(["sleep", "9"])),
        ("cpu", json!(2)),
        ("mem", json!(4)),
        ("disk", json!(5)),
        ("gpu", json!(0)),
        ("size", json!(0.0)),
        ("errorReason", Value::Null),
        ("lastUsedAt", Value::Null),
        ("sourceSandboxId", Value::Null),
        ("regionIds", json!(["us"])),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
    assert_eq!(lab.get(&at(&made)).await.expect(200), made);
    assert_eq!(lab.get("/snapshots/team%2Fbase%3A1").await.expect(200), made);
    let missing = lab.get("/snapshots/team%2Fbase").await.error(404);
    assert_eq!(missing, "Snapshot with ID or name team/base not found");
}

#[tokio::test]
async fn sizes_nobody_named_are_the_documented_ones() {
    let lab = Lab::new();
    let made =
        lab.send_json("/snapshots", json!({"name": "a", "imageName": "a:1", "cpu": 0})).await.expect(200);
    assert_eq!((&made["cpu"], &made["mem"], &made["disk"]), (&json!(1), &json!(1), &json!(3)));
    assert_eq!(made["entrypoint"], Value::Null);
}

#[tokio::test]
async fn what_does_not_go_together_is_refused_in_the_documented_order() {
    let lab = Lab::new();
    let build = json!({"dockerfileContent": "FROM a"});
    for (body, status, message) in [
        (json!({}), 400, "name should not be empty, name must be a string"),
        (json!({"name": " ", "imageName": "a:1"}), 400, "name should not be empty"),
        (
            json!({"name": "?", "imageName": "a:1", "buildInfo": build, "entrypoint": ["a"]}),
            400,
            "Cannot specify an image name when using a build info entry",
        ),
        (
            json!({"name": "?", "buildInfo": build, "entrypoint": ["a"]}),
            400,
            "Cannot specify an entrypoint when using a build info entry",
        ),
        (json!({"name": "?"}), 400, "Must specify an image name when not using a build info entry"),
        (
            json!({"name": "a b", "imageName": "a"}),
            400,
            "Invalid snapshot name format. May contain letters, digits, dots, colons, and dashes",
        ),
        (
            json!({"name": "a", "imageName": "a", "regionId": "moon"}),
            400,
            "Image name must include a tag (e.g., ubuntu:22.04) or digest (@sha256:...)",
        ),
        (json!({"name": "a", "imageName": "a:latest"}), 400, "Images with tag \":latest\" are not allowed"),
        (
            json!({"name": "a", "imageName": "a:1", "regionId": "moon", "sandboxClass": "windows"}),
            404,
            "Region not found",
        ),
        (
            json!({"name": "taken", "imageName": "a:1", "sandboxClass": "windows"}),
            400,
            "No runners are configured in region 'us' for sandbox class 'windows'. Try a different region or \
             sandbox class.",
        ),
    ] {
        assert_eq!(lab.send_json("/snapshots", body.clone()).await.error(status), message, "{body}");
    }
    lab.snapshot("taken").await;
    let twice = lab.send_json("/snapshots", json!({"name": "taken", "imageName": "a:1"})).await;
    assert_eq!(twice.error(409), "Snapshot with name \"taken\" already exists for this organization");
}

#[tokio::test]
async fn limits_are_those_of_a_sandbox_and_of_how_many_there_are() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| {
        config.quotas = Some(Quotas::HOSTED);
        config.allowances.insert(Allowance::Snapshots, 1.0);
    });
    let large = lab.send_json("/snapshots", json!({"name": "a", "imageName": "a:1", "memory": 9})).await;
    assert!(large.error(400).starts_with("Memory request 9GB exceeds maximum allowed per sandbox (8GB)."));
    lab.snapshot("a").await;
    let taken = lab.send_json("/snapshots", json!({"name": "a", "imageName": "a:1", "memory": 9})).await;
    assert_eq!(taken.status, 409, "a clash is told of before any limit");
    let many = lab.send_json("/snapshots", json!({"name": "b", "imageName": "a:1"})).await;
    assert_eq!(many.error(400), "Snapshot quota exceeded. Maximum allowed: 1");
}

#[tokio::test]
async fn the_list_has_own_ones_first_and_pages_filters_and_sorts() {
    let lab = Lab::new();
    for name in ["b", "a", "cab"] {
        lab.clock.advance(std::time::Duration::from_secs(1));
        lab.snapshot(name).await;
    }
    let page = lab.get("/snapshots?sort=name&order=asc&limit=2").await.expect(200);
    assert_eq!(names(&page["items"]), ["a", "b"]);
    assert_eq!((&page["total"], &page["page"], &page["totalPages"]), (&json!(10), &json!(1), &json!(5)));
    let next = lab.get("/snapshots?sort=name&order=asc&limit=2&page=2").await.expect(200);
    assert_eq!(names(&next["items"]), ["cab", "daytona-large"], "general ones come after all others");
    assert_eq!(names(&lab.get("/snapshots?limit=3").await.expect(200)["items"]), ["cab", "a", "b"]);
    lab.create(json!({"snapshot": "b"})).await;
    let used = lab.get("/snapshots?limit=3").await.expect(200);
    assert_eq!(names(&used["items"]), ["b", "cab", "a"], "the last used comes first");
    assert_eq!(names(&lab.get("/snapshots?name=A&limit=2").await.expect(200)["items"]), ["cab", "a"]);
    let none = lab.get("/snapshots?sourceSandboxId=x").await.expect(200);
    assert_eq!((&none["items"], &none["total"], &none["totalPages"]), (&json!([]), &json!(0), &json!(0)));
    assert_eq!(lab.get("/snapshots?limit=201").await.error(400), "limit must not be greater than 200");
    assert_eq!(lab.get("/snapshots?limit=0").await.error(400), "limit must not be less than 1");
}

#[tokio::test]
async fn a_fresh_organization_is_offered_general_snapshots_that_nobody_can_take_away() {
    let lab = Lab::new();
    let other = lab.control.mint_api_key(None, "other", None).await.unwrap();
    let first = lab.get("/snapshots?page=1&limit=1").await.expect(200)["items"][0].clone();
    assert_eq!((&first["general"], &first["state"]), (&json!(true), &json!("active")));
    assert_eq!(first["name"], lab.get("/config").await.expect(200)["defaultSnapshot"]);
    let by_name = format!("/snapshots/{}", first["name"].as_str().unwrap().replace('/', "%2F"));
    assert_eq!(lab.get(&by_name).await.expect(200), first);
    assert_eq!(lab.call_as(&other, "GET", &by_name, None).await.expect(200), first);
    assert_eq!(lab.delete(&at(&first)).await.error(403), "You cannot delete a general snapshot");
    let missing = format!("Snapshot with ID or name {} not found", id(&first));
    assert_eq!(lab.call_as(&other, "DELETE", &at(&first), None).await.error(404), missing);
    assert_eq!(
        lab.post(&format!("{}/activate", at(&first))).await.error(400),
        format!("Snapshot {} is already active", id(&first))
    );
}

#[tokio::test]
async fn what_changes_a_snapshot_takes_its_id_and_says_first_that_it_is_missing() {
    let lab = Lab::new();
    lab.snapshot("a").await;
    for (method, what) in [("DELETE", ""), ("POST", "/activate"), ("POST", "/deactivate")] {
        let refused = lab.call(method, &format!("/snapshots/a{what}"), None).await;
        assert_eq!(refused.error(400), "Validation failed (uuid is expected)");
        let missing = lab.call(method, &format!("/snapshots/b{what}"), None).await;
        assert_eq!(missing.error(404), "Snapshot with ID or name b not found");
    }
}

#[tokio::test]
async fn another_organizations_snapshot_does_not_exist() {
    let lab = Lab::new();
    let other = lab.control.mint_api_key(None, "other", None).await.unwrap();
    let made = lab.snapshot("a").await;
    for (method, path) in [
        ("GET", at(&made)),
        ("GET", "/snapshots/a".to_owned()),
        ("DELETE", at(&made)),
        ("POST", format!("{}/activate", at(&made))),
        ("POST", format!("{}/deactivate", at(&made))),
    ] {
        assert_eq!(lab.call_as(&other, method, &path, None).await.status, 404, "{method} {path}");
    }
    let refused = lab.call_as(&other, "POST", "/sandbox", Some(json!({"snapshot": "a"}))).await;
    assert_eq!(refused.error(400), "Snapshot a not found. Did you add it through the Daytona Dashboard?");
    let body = json!({"name": "a", "imageName": "a:1"});
    lab.call_as(&other, "POST", "/snapshots", Some(body)).await.expect(200);
}

#[tokio::test]
async fn permissions_are_those_of_snapshots() {
    let lab = Lab::new();
    let made = lab.snapshot("a").await;
    let body = json!({"name": "weak", "permissions": ["write:sandboxes"]});
    let weak = lab.send_json("/api-keys", body).await.expect(201)["value"].as_str().unwrap().to_owned();
    lab.call_as(&weak, "GET", &at(&made), None).await.expect(200);
    for (method, path) in [
        ("POST", "/snapshots".to_owned()),
        ("DELETE", at(&made)),
        ("POST", format!("{}/activate", at(&made))),
        ("POST", format!("{}/deactivate", at(&made))),
    ] {
        let body = Some(json!({"name": "b", "imageName": "a:1"}));
        assert_eq!(lab.call_as(&weak, method, &path, body).await.error(403), "Access denied");
    }
}

#[tokio::test]
async fn a_sandbox_is_made_from_a_snapshot_by_name_and_by_id_with_its_sizes_and_its_entrypoint() {
    let lab = Lab::new();
    let body =
        json!({"name": "a/b:1", "imageName": "a:1", "cpu": 2, "memory": 3, "entrypoint": ["serve", "-v"]});
    let made = lab.send_json("/snapshots", body).await.expect(200);
    for named in [json!("a/b:1"), made["id"].clone()] {
        let sandbox = lab.create(json!({"snapshot": named})).await;
        assert_eq!(
            (&sandbox["snapshot"], &sandbox["cpu"], &sandbox["memory"]),
            (&json!("a/b:1"), &json!(2), &json!(3))
        );
        assert_eq!(lab.holder.spec(&id(&sandbox)).entrypoint, ["serve", "-v"]);
    }
    assert!(lab.get(&at(&made)).await.expect(200)["lastUsedAt"].is_string());
}

#[tokio::test]
async fn what_is_kept_survives_a_restart_and_what_is_deleted_does_not_return() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Arc::new(SqliteStore::open(&directory.path().join("state.db")).unwrap()) as Arc<dyn Store>;
    let lab = Lab::with(open(), |_| {});
    let (kept, gone) = (lab.snapshot("kept").await, lab.snapshot("gone").await);
    lab.post(&format!("{}/deactivate", at(&kept))).await.expect(204);
    let kept = lab.get(&at(&kept)).await.expect(200);
    assert_eq!(lab.delete(&at(&gone)).await.expect(200), Value::Null);
    lab.control.shutdown().await;
    let lab = Lab::with(open(), |_| {});
    assert_eq!(lab.get("/snapshots/kept").await.expect(200), kept);
    lab.get("/snapshots/gone").await.error(404);
    lab.snapshot("gone").await;
}

#[tokio::test]
async fn a_warm_pool_may_name_a_snapshot_of_the_organization() {
    let lab = Lab::new();
    let body = json!({"name": "a", "imageName": "a:1", "cpu": 2});
    lab.send_json("/snapshots", body).await.expect(200);
    let pool = lab.send_json("/warm-pools", json!({"snapshot": "a", "pool": 1})).await.expect(201);
    assert_eq!((&pool["snapshot"], &pool["cpu"]), (&json!("a"), &json!(2)));
}
