//! Volumes, secrets, warm pools, registries, regions.

use serde_json::{Value, json};

use crate::support::Lab;
use crate::{Ask as _, id, names, with_other};

#[tokio::test]
async fn a_volume_is_ready_at_once_and_found_by_id_and_by_name() {
    let lab = Lab::new();
    let made = lab.send_json("/volumes", json!({"name": "data/set 1"})).await.expect(200);
    assert_eq!((&made["state"], &made["errorReason"]), (&json!("ready"), &Value::Null));
    assert_eq!(lab.get(&format!("/volumes/{}", id(&made))).await.expect(200), made);
    assert_eq!(lab.get("/volumes/by-name/data%2Fset%201").await.expect(200), made);
    assert_eq!(lab.get("/volumes").await.expect(200), json!([made]));
    let unnamed = lab.send_json("/volumes", json!({"name": ""})).await.expect(200);
    assert_eq!(unnamed["name"], unnamed["id"]);
    let twice = lab.send_json("/volumes", json!({"name": "data/set 1"})).await;
    assert_eq!(twice.error(400), "Volume with name data/set 1 already exists");
    let nameless = lab.send_json("/volumes", json!({})).await;
    assert_eq!(nameless.error(400), "name must be a string");
}

#[tokio::test]
async fn a_deleted_volume_gives_its_name_up_and_is_still_found_by_id() {
    let lab = Lab::new();
    let made = lab.send_json("/volumes", json!({"name": "v"})).await.expect(200);
    // Python clients until 0.20 refuse a volume whose last use is null.
    assert!(made["lastUsedAt"].is_string(), "{made}");
    let path = format!("/volumes/{}", id(&made));
    assert_eq!(lab.delete(&path).await.expect(200), Value::Null);
    let deleted = lab.get(&path).await.expect(200);
    assert_eq!((&deleted["state"], &deleted["name"]), (&json!("deleted"), &json!("v-deleted")));
    assert_eq!(lab.get("/volumes/by-name/v").await.error(404), "Volume with name v not found");
    assert_eq!(lab.get("/volumes").await.expect(200), json!([]));
    assert_eq!(names(&lab.get("/volumes?includeDeleted=true").await.expect(200)), ["v-deleted"]);
    let again = lab.delete(&path).await.error(400);
    assert_eq!(again, "Volume must be in 'ready' or 'error' state in order to be deleted");
    lab.send_json("/volumes", json!({"name": "v"})).await.expect(200);
}

#[tokio::test]
async fn a_sandbox_records_its_volumes_by_id_and_keeps_them_from_being_deleted() {
    let lab = Lab::new();
    let volume = lab.send_json("/volumes", json!({"name": "shared"})).await.expect(200);
    let mounts = json!([{"volumeId": "shared", "mountPath": "/data", "subpath": "a"}]);
    let answer = lab.send_json("/sandbox", json!({"name": "user", "volumes": mounts})).await;
    assert!(!answer.headers.contains_key("x-pitlane-warning"));
    let sandbox = answer.expect(200);
    let recorded = json!([{"volumeId": volume["id"], "mountPath": "/data", "subpath": "a"}]);
    assert_eq!(sandbox["volumes"], recorded);
    let path = format!("/volumes/{}", id(&volume));
    assert!(lab.get(&path).await.expect(200)["lastUsedAt"].is_string());
    assert_eq!(
        lab.delete(&path).await.error(409),
        "Volume cannot be deleted because it is in use by one or more sandboxes (e.g. user)"
    );
    lab.delete("/sandbox/user").await.expect(200);
    lab.delete(&path).await.expect(200);
    let removed = format!("remove volume {}", id(&volume));
    assert!(lab.holder.log().contains(&removed), "its files are deleted");
    let gone = json!({"volumes": [{"volumeId": "shared", "mountPath": "/data"}]});
    assert_eq!(lab.send_json("/sandbox", gone).await.error(404), "Volume 'shared' not found");
}

#[tokio::test]
async fn a_mount_path_in_the_system_is_refused() {
    let lab = Lab::new();
    lab.send_json("/volumes", json!({"name": "v"})).await.expect(200);
    let body = json!({"volumes": [{"volumeId": "v", "mountPath": "/etc/x"}]});
    assert_eq!(
        lab.send_json("/sandbox", body).await.error(400),
        "Invalid mount path /etc/x (cannot mount to system directory)"
    );
    assert_eq!(lab.get("/sandbox").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn the_holder_is_told_which_part_of_which_volume_is_seen_where() {
    let lab = Lab::new();
    let volume = lab.send_json("/volumes", json!({"name": "v"})).await.expect(200);
    let mounts = json!([
        {"volumeId": "v", "mountPath": "/data", "subpath": "a/b"},
        {"volumeId": "v", "mountPath": "/data/in"},
    ]);
    let sandbox = lab.send_json("/sandbox", json!({ "volumes": mounts })).await.expect(200);
    let spec = lab.holder.spec(&id(&sandbox));
    let mount = |subpath: Option<&str>, target: &str| sandbox::VolumeMount {
        volume: id(&volume),
        subpath: subpath.map(ToOwned::to_owned),
        target: target.to_owned(),
    };
    assert_eq!(spec.volumes, [mount(Some("a/b"), "/data"), mount(None, "/data/in")]);
    let twice = json!([{"volumeId": "v", "mountPath": "/data"}, {"volumeId": "v", "mountPath": "/data/"}]);
    assert_eq!(
        lab.send_json("/sandbox", json!({ "volumes": twice })).await.error(400),
        "Invalid mount path /data/ (is used for another volume)"
    );
}

#[tokio::test]
async fn a_secret_is_kept_without_ever_showing_its_value() {
    let lab = Lab::new();
    let body = json!({"name": "API_KEY", "value": "hunter2", "description": "d", "hosts": ["a.test"]});
    let made = lab.send_json("/secret", body.clone()).await.expect(201);
    assert!(made["placeholder"].as_str().unwrap().starts_with("dtn_secret_"), "{made}");
    assert!(!made.to_string().contains("hunter2"));
    assert_eq!(lab.send_json("/secret", body).await.error(409), "Secret with name API_KEY already exists");
    let path = format!("/secret/{}", id(&made));
    let changed = lab.patch(&path, json!({"hosts": []})).await.expect(200);
    assert_eq!((&changed["hosts"], &changed["description"]), (&json!([]), &json!("d")));
    assert_eq!(changed["placeholder"], made["placeholder"]);
    assert_eq!(lab.get(&path).await.expect(200), changed);
    assert_eq!(lab.get("/secret").await.expect(200), json!([changed]));
    assert_eq!(lab.delete(&path).await.expect(204), Value::Null);
    let missing = format!("Secret with ID {} not found", id(&made));
    assert_eq!(lab.get(&path).await.error(404), missing);
    assert_eq!(lab.patch(&path, json!({"hosts": 5})).await.error(404), missing);
    assert_eq!(lab.delete(&path).await.error(404), missing);
}

#[tokio::test]
async fn a_secrets_name_fits_a_variable() {
    let lab = Lab::new();
    for bad in ["1A", "-A", "A B", "Ä", "A.B"] {
        lab.send_json("/secret", json!({"name": bad, "value": "v"})).await.error(400);
    }
    for good in ["_", "a-1", "A_B"] {
        lab.send_json("/secret", json!({"name": good, "value": "v"})).await.expect(201);
    }
}

#[tokio::test]
async fn secrets_are_walked_over_with_a_cursor() {
    let lab = Lab::new();
    for name in ["c", "a", "e", "b", "d"] {
        lab.send_json("/secret", json!({"name": name, "value": "v"})).await.expect(201);
    }
    let mut seen: Vec<String> = Vec::new();
    let mut path = "/secret/paginated?sort=name&order=asc&limit=2".to_owned();
    loop {
        let page = lab.get(&path).await.expect(200);
        assert_eq!(page["total"], 5);
        seen.extend(names(&page["items"]).into_iter().map(ToOwned::to_owned));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        path = format!(
            "/secret/paginated?sort=name&order=asc&limit=2&cursor={}",
            cursor.replace('=', "%3D").replace('+', "%2B")
        );
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
    let part = lab.get("/secret/paginated?name=C&order=desc").await.expect(200);
    assert_eq!((names(&part["items"]), &part["nextCursor"]), (vec!["c"], &Value::Null));
    let bad = lab.get("/secret/paginated?cursor=nonsense").await;
    assert_eq!(bad.error(400), "Invalid cursor provided: nonsense");
    lab.get("/secret/paginated?limit=201").await.error(400);
}

#[tokio::test]
async fn a_sandbox_sees_the_placeholder_of_a_secret() {
    let lab = Lab::new();
    let secret = lab.send_json("/secret", json!({"name": "s", "value": "hunter2"})).await.expect(201);
    let answer = lab.send_json("/sandbox", json!({"name": "box", "secrets": [{"KEY": "s"}]})).await;
    assert!(answer.headers["x-pitlane-warning"].to_str().unwrap().contains("placeholders"));
    let sandbox = answer.expect(200);
    assert_eq!(sandbox["env"], json!({}), "what is asked for is shown, not what the platform adds");
    assert_eq!(lab.holder.spec(&id(&sandbox)).env["KEY"], secret["placeholder"].as_str().unwrap());
    // Exchanged secrets are there from the next start.
    lab.put("/sandbox/box/secrets", json!({"secrets": [{"OTHER": "s"}]})).await.expect(200);
    lab.post("/sandbox/box/stop").await.expect(200);
    lab.post("/sandbox/box/start").await.expect(200);
    let env = lab.holder.spec(&id(&sandbox)).env;
    assert_eq!((env.get("KEY"), env.contains_key("OTHER")), (None, true));
    lab.put("/sandbox/box/secrets", json!({"secrets": []})).await.expect(200);
    let unknown = lab.put("/sandbox/box/secrets", json!({"secrets": [{"A": "nobody"}]})).await;
    assert_eq!(unknown.error(404), "Secret with name nobody not found");
    let missing = lab.put("/sandbox/nothing/secrets", json!({"secrets": 5})).await;
    assert_eq!(missing.error(404), "Sandbox with ID or name nothing not found");
}

#[tokio::test]
async fn a_warm_pool_takes_its_sizes_from_its_snapshot() {
    let lab = Lab::new();
    let made =
        lab.send_json("/warm-pools", json!({"snapshot": "daytona-medium", "pool": 2})).await.expect(201);
    assert_eq!([&made["pool"], &made["currentSize"], &made["cpu"], &made["mem"]], [2, 2, 2, 4]);
    assert_eq!(made["target"], "us");
    lab.send_json("/warm-pools", json!({"snapshot": "daytona-medium", "pool": 1})).await.error(409);
    let elsewhere = json!({"snapshot": "daytona-medium", "pool": 1, "target": "eu"});
    lab.send_json("/warm-pools", elsewhere).await.expect(201);
    let unknown = lab.send_json("/warm-pools", json!({"snapshot": "nothing", "pool": 1})).await;
    assert_eq!(unknown.error(404), "Snapshot nothing not found");
    lab.send_json("/warm-pools", json!({"snapshot": "daytona-small", "pool": 0})).await.error(400);
    let path = format!("/warm-pools/{}", id(&made));
    assert_eq!(lab.patch(&path, json!({"pool": 0})).await.expect(200)["pool"], 0);
    assert_eq!(lab.get("/warm-pools").await.expect(200).as_array().unwrap().len(), 2);
    lab.delete(&path).await.expect(204);
    lab.delete(&path).await.error(404);
    lab.patch(&path, json!({"pool": 1})).await.error(404);
}

#[tokio::test]
async fn a_registrys_password_is_never_shown() {
    let lab = Lab::new();
    let body = json!({"name": "r", "url": "r.test", "username": "u", "password": "hunter2"});
    let made = lab.send_json("/docker-registry", body).await.expect(201);
    assert_eq!((&made["project"], &made["registryType"]), (&json!(""), &json!("organization")));
    let path = format!("/docker-registry/{}", id(&made));
    let change = json!({"name": "s", "url": "s.test", "username": "v", "project": "p"});
    let changed = lab.patch(&path, change).await.expect(200);
    assert_eq!([&changed["name"], &changed["project"]], ["s", "p"]);
    assert_eq!(lab.get(&path).await.expect(200), changed);
    let list = lab.get("/docker-registry").await.expect(200);
    assert!(!list.to_string().contains("hunter2") && list == json!([changed]), "{list}");
    lab.patch(&path, json!({"name": "only"})).await.error(400);
    lab.delete(&path).await.expect(204);
    let missing = format!("Docker registry with ID {} not found", id(&made));
    assert_eq!(lab.get(&path).await.error(404), missing);
}

#[tokio::test]
async fn there_is_one_region_and_it_is_shared() {
    let lab = Lab::new();
    let regions = lab.get("/regions").await.expect(200);
    assert_eq!([&regions[0]["id"], &regions[0]["name"], &regions[0]["regionType"]], ["us", "us", "shared"]);
    assert_eq!(lab.call_as("", "GET", "/shared-regions", None).await.expect(200), regions);
    assert_eq!(lab.get("/regions/us").await.expect(200), regions[0]);
    assert_eq!(lab.get("/regions/eu").await.error(404), "Region with ID eu not found");
}

#[tokio::test]
async fn things_of_another_organization_are_missing() {
    let (lab, other) = with_other().await;
    let volume = lab.send_json("/volumes", json!({"name": "v"})).await.expect(200);
    let secret = lab.send_json("/secret", json!({"name": "s", "value": "v"})).await.expect(201);
    let pool = lab.send_json("/warm-pools", json!({"snapshot": "default", "pool": 1})).await.expect(201);
    let registry = json!({"name": "r", "url": "r.test", "username": "u", "password": "p"});
    let registry = lab.send_json("/docker-registry", registry).await.expect(201);
    let change = json!({"name": "r", "url": "r.test", "username": "u", "pool": 1});
    for (method, path) in [
        ("GET", format!("/volumes/{}", id(&volume))),
        ("DELETE", format!("/volumes/{}", id(&volume))),
        ("GET", "/volumes/by-name/v".to_owned()),
        ("GET", format!("/secret/{}", id(&secret))),
        ("PATCH", format!("/secret/{}", id(&secret))),
        ("DELETE", format!("/secret/{}", id(&secret))),
        ("PATCH", format!("/warm-pools/{}", id(&pool))),
        ("DELETE", format!("/warm-pools/{}", id(&pool))),
        ("GET", format!("/docker-registry/{}", id(&registry))),
        ("PATCH", format!("/docker-registry/{}", id(&registry))),
        ("DELETE", format!("/docker-registry/{}", id(&registry))),
    ] {
        let body = (method == "PATCH").then(|| change.clone());
        lab.call_as(&other, method, &path, body).await.error(404);
    }
    for path in ["/volumes", "/secret", "/warm-pools", "/docker-registry"] {
        assert_eq!(lab.call_as(&other, "GET", path, None).await.expect(200), json!([]), "{path}");
    }
    // Names are taken within an organization only.
    lab.call_as(&other, "POST", "/volumes", Some(json!({"name": "v"}))).await.expect(200);
    let mine = json!({"volumes": [{"volumeId": id(&volume), "mountPath": "/data"}]});
    lab.call_as(&other, "POST", "/sandbox", Some(mine)).await.error(404);
    let body = json!({"secrets": [{"A": "s"}]});
    lab.call_as(&other, "POST", "/sandbox", Some(body)).await.error(404);
}

#[tokio::test]
async fn what_has_a_quota_is_refused_beyond_it() {
    use control::Allowance;
    let lab = Lab::with(std::sync::Arc::new(control::MemoryStore::new()), |config| {
        for allowance in [
            Allowance::Volumes,
            Allowance::Secrets,
            Allowance::Registries,
            Allowance::SecretsPerSandbox,
            Allowance::Organizations,
        ] {
            config.allowances.insert(allowance, 1.0);
        }
        config.quotas = Some("total-cpu=2".parse().unwrap());
    });
    lab.send_json("/volumes", json!({"name": "a"})).await.expect(200);
    let volume = lab.send_json("/volumes", json!({"name": "b"})).await;
    assert_eq!(volume.error(400), "Volume quota exceeded. Maximum allowed: 1");
    lab.send_json("/secret", json!({"name": "a", "value": "v"})).await.expect(201);
    lab.send_json("/secret", json!({"name": "b", "value": "v"})).await.error(400);
    let registry = json!({"name": "r", "url": "r.test", "username": "u", "password": "p"});
    lab.send_json("/docker-registry", registry.clone()).await.expect(201);
    let second = lab.send_json("/docker-registry", registry).await;
    assert_eq!(second.error(400), "You have reached the maximum number of registries");
    let two = json!({"secrets": [{"A": "a"}, {"B": "a"}]});
    lab.send_json("/sandbox", two).await.error(400);
    let organization = json!({"name": "o", "defaultRegionId": "us"});
    lab.send_json("/organizations", organization.clone()).await.expect(201);
    let second = lab.send_json("/organizations", organization).await;
    assert_eq!(second.error(403), "You have reached the maximum number of created organizations");
    lab.send_json("/sandbox", json!({"snapshot": "daytona-medium"})).await.expect(200);
    let refused = lab.send_json("/sandbox", json!({})).await.error(400);
    assert!(refused.starts_with("Total CPU limit exceeded. Maximum allowed: 2.\n"), "{refused}");
}
