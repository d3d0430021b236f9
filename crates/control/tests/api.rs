//! The control plane's operations as a client meets them, against sandboxes made of memory.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::time::Duration;

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use support::{FakeHolder, KEY, Lab, id};

const MISSING: &str = "00000000-0000-4000-8000-000000000000";

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_default_create_answers_started_with_every_member_old_and_new_clients_need() {
    let lab = Lab::new();
    let body = json!({"env": {}, "labels": {"code-toolbox-language": "python"}, "volumes": []});
    let sandbox = lab.create(body).await;
    insta::assert_json_snapshot!(sandbox);
}

#[tokio::test]
async fn what_a_client_asks_for_is_what_it_gets_back() {
    let lab = Lab::new();
    let sandbox = lab
        .create(json!({
            "name": "my box/ü", "user": "root", "public": true, "target": " eu ",
            "snapshot": "daytona-medium", "env": {"A": "1"}, "labels": {"team": "x"},
            "autoStopInterval": 0, "autoArchiveInterval": 0, "autoDeleteInterval": -1,
            "networkAllowList": "10.0.0.0/8", "ttlMinutes": 60, "queueTimeout": 5, "unknown": {"member": 1},
        }))
        .await;
    let expected = json!({
        "name": "my box/ü", "user": "root", "public": true, "target": "eu", "snapshot": "daytona-medium",
        "env": {"A": "1"}, "labels": {"team": "x"}, "cpu": 2, "memory": 4, "disk": 8,
        "autoStopInterval": 0, "autoArchiveInterval": 43200, "autoDeleteInterval": -1,
        "networkAllowList": "10.0.0.0/8", "autoDestroyAt": "2026-01-31T13:00:00.000Z", "queueTimeout": 5,
    });
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(&sandbox[member], value, "{member}");
    }
    let spec = lab.holder.spec(&id(&sandbox));
    assert_eq!((spec.user.as_str(), spec.region.as_str(), spec.env["A"].as_str()), ("root", "eu", "1"));
    assert_eq!(spec.organization, sandbox["organizationId"].as_str().unwrap());
    // The name is percent-encoded as clients do it.
    let again = lab.get("/sandbox/my%20box%2F%C3%BC").await.expect(200);
    assert_eq!(again["id"], sandbox["id"]);
}

#[tokio::test]
async fn what_is_recorded_but_not_enforced_is_said_in_a_header() {
    let lab = Lab::new();
    let body = json!({"networkBlockAll": true});
    let answer = lab.call("POST", "/sandbox", Some(body)).await;
    let warning = answer.headers.get("x-pitlane-warning").unwrap().to_str().unwrap().to_owned();
    assert_eq!(warning, "network restrictions are recorded but not enforced");
    assert_eq!(answer.expect(200)["networkBlockAll"], true);
    let answer = lab.call("POST", "/sandbox", Some(json!({}))).await;
    assert!(!answer.headers.contains_key("x-pitlane-warning"));
}

#[tokio::test]
async fn create_refuses_in_the_order_and_words_of_the_real_server() {
    let lab = Lab::new();
    let long = ["1.1.1.1/32"; 11].join(",");
    let image = json!({"dockerfileContent": "FROM debian\n"});
    for (body, status, message) in [
        (json!({"cpu": -1, "disk": -2}), 400, "cpu must not be less than 0, disk must not be less than 0"),
        (json!({"gpu": 2}), 400, "gpu must not be greater than 1"),
        (json!({"name": "<b>x</b>"}), 400, "name must not contain HTML tags, URLs, or control characters"),
        (
            json!({"name": "see https://x", "cpu": 1}),
            400,
            "name must not contain HTML tags, URLs, or control characters",
        ),
        (
            json!({"buildInfo": image, "snapshot": "x"}),
            400,
            "Cannot specify a snapshot when using a build info entry",
        ),
        (
            json!({"buildInfo": image, "linkedSandbox": "x"}),
            400,
            "linkedSandbox is not supported with declarative builds. Create a sandbox from a snapshot",
        ),
        (json!({"cpu": 1, "snapshot": "?"}), 400, "Cannot specify Sandbox resources when using a snapshot"),
        (
            json!({"gpuType": ["H100"]}),
            400,
            "Cannot specify GPU type when creating sandbox from snapshot. GPU type is inherited from snapshot.",
        ),
        (
            json!({"snapshot": "nope", "autoStopInterval": -1}),
            400,
            "Snapshot nope not found. Did you add it through the Daytona Dashboard?",
        ),
        (json!({"autoStopInterval": -1}), 400, "Auto-stop interval must be non-negative"),
        (json!({"autoArchiveInterval": -1}), 400, "Auto-archive interval must be non-negative"),
        (
            json!({"linkedSandbox": "x"}),
            400,
            "Linked sandboxes must be ephemeral (set autoDeleteInterval to 0)",
        ),
        (json!({"linkedSandbox": "x", "autoDeleteInterval": 0}), 404, "Sandbox with ID or name x not found"),
        (json!({"networkAllowList": long}), 400, "Network allow list cannot contain more than 10 networks"),
        (json!({"domainAllowList": "a b"}), 400, "Invalid domain: \"a b\". Must be a valid domain name"),
        (json!({"volumes": [{"volumeId": "data", "mountPath": "/data"}]}), 404, "Volume 'data' not found"),
    ] {
        let answer = lab.call("POST", "/sandbox", Some(body.clone())).await;
        assert_eq!(answer.error(status), message, "{body}");
    }
    let answer = lab.call("POST", "/sandbox", Some(json!({"buildInfo": image, "cpu": 2}))).await;
    assert_eq!(answer.error(400), "This server does not build images");
    assert_eq!(lab.holder.log(), Vec::<String>::new(), "nothing was started for what was refused");
}

#[tokio::test]
async fn zero_resources_and_blank_texts_count_as_not_given() {
    let lab = Lab::new();
    let sandbox = lab.create(json!({"cpu": 0, "memory": 0, "snapshot": " ", "target": "", "user": ""})).await;
    assert_eq!(
        (&sandbox["snapshot"], &sandbox["target"]),
        (&json!("daytonaio/sandbox:0.5.0-slim"), &json!("us"))
    );
    assert_eq!(sandbox["user"], "daytona");
    assert_eq!(sandbox["name"], sandbox["id"]);
}

#[tokio::test]
async fn a_name_is_unique_while_its_sandbox_lives_and_free_at_once_after() {
    let lab = Lab::new();
    let first = lab.create(json!({"name": "one"})).await;
    let clash = lab.call("POST", "/sandbox", Some(json!({"name": "one"}))).await;
    assert_eq!(clash.error(409), "Sandbox with name one already exists");
    let gate = lab.holder.gate();
    gate.add_permits(100);
    let deleted = lab.call("DELETE", "/sandbox/one", None).await.expect(200);
    assert_eq!((&deleted["state"], &deleted["desiredState"]), (&json!("destroying"), &json!("destroyed")));
    assert_eq!(deleted["name"], "DESTROYED_one_1769860800000");
    let second = lab.create(json!({"name": "one"})).await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(lab.get("/sandbox/one").await.expect(200)["id"], second["id"]);
}

#[tokio::test]
async fn a_deleted_sandbox_is_read_by_its_id_for_a_moment_and_by_nothing_else() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let path = format!("/sandbox/{sandbox}");
    lab.call("DELETE", &path, None).await.expect(200);
    assert_eq!(lab.state(&sandbox).await, "destroyed");
    assert_eq!(lab.get("/sandbox").await.expect(200)["items"], json!([]));
    let unknown = format!("Sandbox with ID or name {sandbox} not found");
    assert_eq!(lab.call("DELETE", &path, None).await.error(404), unknown);
    assert_eq!(lab.post(&format!("{path}/start")).await.error(404), unknown);
    assert_eq!(lab.post(&format!("{path}/autostop/5")).await.error(404), unknown);
    lab.clock.advance(Duration::from_millis(4999));
    lab.get(&path).await.expect(200);
    lab.clock.advance(Duration::from_millis(1));
    assert_eq!(lab.get(&path).await.error(404), unknown);
}

#[tokio::test]
async fn a_sandbox_stops_and_starts_again_under_a_new_token() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let stopping = lab.post(&format!("/sandbox/{sandbox}/stop")).await.expect(200);
    assert_eq!((&stopping["state"], &stopping["desiredState"]), (&json!("stopping"), &json!("stopped")));
    assert_eq!(lab.state(&sandbox).await, "stopped", "a client that looks again at once need not wait");
    assert_eq!(
        lab.post(&format!("/sandbox/{sandbox}/stop")).await.error(400),
        "Sandbox is not in a stoppable state"
    );
    let started = lab.post(&format!("/sandbox/{sandbox}/start")).await.expect(200);
    assert_eq!((&started["state"], &started["desiredState"]), (&json!("started"), &json!("started")));
    lab.post(&format!("/sandbox/{sandbox}/start")).await.expect(200);
    let expected: Vec<String> =
        ["create", "start", "start"].iter().map(|what| format!("{what} {sandbox}")).collect();
    assert_eq!(lab.holder.log(), expected);
}

#[tokio::test]
async fn while_a_change_is_under_way_others_are_refused() {
    let lab = Lab::with(std::sync::Arc::new(control::MemoryStore::new()), |config| {
        config.start_patience = Duration::ZERO;
        config.stop_patience = Duration::ZERO;
    });
    let gate = lab.holder.gate();
    let created = lab.create(json!({})).await;
    assert_eq!(
        created["state"], "creating",
        "a sandbox that takes longer than patience is answered as it is"
    );
    let path = format!("/sandbox/{}", id(&created));
    for (method, operation) in [("POST", "/start"), ("POST", "/stop"), ("DELETE", "")] {
        let answer = lab.call(method, &format!("{path}{operation}"), None).await;
        assert_eq!(answer.error(409), "Sandbox state change in progress", "{operation}");
    }
    let labels = json!({"labels": {"a": "b"}});
    lab.call("PUT", &format!("{path}/labels"), Some(labels)).await.expect(200);
    gate.add_permits(1);
    lab.until(&id(&created), "started").await;
    assert_eq!(lab.get(&path).await.expect(200)["labels"], json!({"a": "b"}));
    lab.post(&format!("{path}/stop")).await.expect(200);
    for _ in 0..50 {
        tokio::task::yield_now().await;
        assert_eq!(lab.state(&id(&created)).await, "stopping", "an end that was asked for is no error");
    }
    assert_eq!(lab.post(&format!("{path}/start")).await.error(409), "Sandbox state change in progress");
    gate.add_permits(1);
    lab.until(&id(&created), "stopped").await;
}

#[tokio::test]
async fn a_sandbox_that_does_not_start_is_in_error_and_can_only_be_deleted() {
    let lab = Lab::new();
    lab.holder.fail_starts(Some("no room"));
    let failed = lab.call("POST", "/sandbox", Some(json!({"name": "x"}))).await;
    assert_eq!(failed.error(400), "Sandbox failed to start: no room");
    let sandbox = lab.get("/sandbox/x").await.expect(200);
    assert_eq!((&sandbox["state"], &sandbox["errorReason"]), (&json!("error"), &json!("no room")));
    lab.holder.fail_starts(None);
    assert_eq!(lab.post("/sandbox/x/start").await.error(400), "Sandbox is in an errored state");
    assert_eq!(lab.post("/sandbox/x/stop").await.error(400), "Sandbox is in an errored state");
    lab.call("DELETE", "/sandbox/x", None).await.expect(200);
    assert_eq!(lab.get("/sandbox/x").await.error(404), "Sandbox with ID or name x not found");
}

#[tokio::test]
async fn a_sandbox_whose_processes_die_is_in_error_with_the_reason() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    lab.holder.kill(&sandbox);
    lab.until(&sandbox, "error").await;
    let seen = lab.get(&format!("/sandbox/{sandbox}")).await.expect(200);
    assert_eq!(seen["errorReason"], "Sandbox process exited unexpectedly: killed by signal 9");
}

#[tokio::test]
async fn stopping_an_ephemeral_sandbox_deletes_it() {
    let lab = Lab::new();
    let sandbox = id(&lab.create(json!({"name": "e", "autoDeleteInterval": 0})).await);
    let stopping = lab.post("/sandbox/e/stop?force=true").await.expect(200);
    assert_eq!((&stopping["state"], &stopping["desiredState"]), (&json!("destroying"), &json!("destroyed")));
    assert_eq!(lab.state(&sandbox).await, "destroyed");
    assert_eq!(lab.holder.running(), Vec::<String>::new());
    lab.create(json!({"name": "e"})).await;
}

#[tokio::test]
async fn linked_sandboxes_go_with_the_one_they_are_tied_to() {
    let lab = Lab::new();
    let owner = lab.create_plain().await;
    let body = json!({"linkedSandbox": owner, "autoDeleteInterval": 0});
    let follower = lab.create(body).await;
    assert_eq!(follower["linkedSandboxId"], json!(owner));
    lab.call("DELETE", &format!("/sandbox/{owner}"), None).await.expect(200);
    lab.until(&id(&follower), "destroyed").await;
}

#[tokio::test]
async fn labels_and_intervals_are_set_in_any_state() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let path = format!("/sandbox/{sandbox}");
    lab.post(&format!("{path}/stop")).await.expect(200);
    let body = json!({"labels": {"x": "y"}});
    let labelled = lab.call("PUT", &format!("{path}/labels"), Some(body)).await.expect(200);
    assert_eq!(labelled["labels"], json!({"x": "y"}), "the whole map is replaced");
    for (operation, member, value) in [
        ("autostop/0", "autoStopInterval", 0),
        ("autostop/90", "autoStopInterval", 90),
        ("autoarchive/0", "autoArchiveInterval", 43_200),
        ("autoarchive/50000", "autoArchiveInterval", 43_200),
        ("autodelete/-1", "autoDeleteInterval", -1),
        ("autodelete/0", "autoDeleteInterval", 0),
    ] {
        let answer = lab.post(&format!("{path}/{operation}")).await.expect(200);
        assert_eq!(answer[member], value, "{operation}");
    }
    for (operation, message) in [
        ("autostop/-1", "Auto-stop interval must be non-negative"),
        ("autoarchive/-1", "Auto-archive interval must be non-negative"),
        ("autostop/soon", "Validation failed (numeric string is expected)"),
    ] {
        assert_eq!(lab.post(&format!("{path}/{operation}")).await.error(400), message);
    }
    let wrong = lab.call("PUT", &format!("{path}/labels"), Some(json!({"labels": {"x": 1}}))).await;
    wrong.error(400);
    assert_eq!(lab.get(&path).await.expect(200)["labels"], json!({"x": "y"}));
}

#[tokio::test]
async fn last_activity_moves_with_the_clock_and_has_no_body() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    lab.clock.advance(Duration::from_secs(60));
    let answer = lab.post(&format!("/sandbox/{sandbox}/last-activity")).await;
    assert_eq!((answer.status.as_u16(), &answer.body), (201, &Value::Null));
    let seen = lab.get(&format!("/sandbox/{sandbox}")).await.expect(200);
    assert_eq!(seen["lastActivityAt"], "2026-01-31T12:01:00.000Z");
}

#[tokio::test]
async fn a_sandbox_is_shown_as_it_is_however_often_it_was_shown_before() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let path = format!("/sandbox/{sandbox}");
    let shown = async || lab.get(&path).await.expect(200);
    for minute in 1..4 {
        let before = shown().await;
        assert_eq!(shown().await, before);
        lab.clock.advance(Duration::from_secs(60));
        lab.post(&format!("{path}/last-activity")).await.expect(201);
        assert_eq!(shown().await["lastActivityAt"], format!("2026-01-31T12:0{minute}:00.000Z"));
        let labels = json!({"labels": {"minute": minute.to_string()}});
        lab.call("PUT", &format!("{path}/labels"), Some(labels)).await.expect(200);
        assert_eq!(shown().await["labels"], json!({"minute": minute.to_string()}));
        lab.post(&format!("{path}/autostop/{minute}")).await.expect(200);
        assert_eq!(shown().await["autoStopInterval"], minute);
    }
    lab.post(&format!("{path}/stop")).await.expect(200);
    lab.until(&sandbox, "stopped").await;
    lab.post(&format!("{path}/start")).await.expect(200);
    lab.until(&sandbox, "started").await;
    lab.call("DELETE", &path, None).await.expect(200);
    lab.until(&sandbox, "destroyed").await;
}

#[tokio::test]
async fn activity_of_a_wrong_kind_is_refused_and_moves_nothing() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let before = lab.get(&format!("/sandbox/{sandbox}")).await.expect(200);
    lab.clock.advance(Duration::from_secs(60));
    let path = format!("/sandbox/{sandbox}/last-activity");
    let refused = lab.call("POST", &path, Some(json!({"activityType": 5}))).await.error(400);
    assert_eq!(refused, "activityType must be a string");
    let after = lab.get(&format!("/sandbox/{sandbox}")).await.expect(200);
    assert_eq!(after["lastActivityAt"], before["lastActivityAt"]);
    let named = lab.call("POST", &path, Some(json!({"activityType": "keyboard"}))).await;
    assert_eq!(named.status.as_u16(), 201);
}

#[tokio::test]
async fn an_unknown_sandbox_is_missing_before_anything_else_of_the_request_is_looked_at() {
    let lab = Lab::new();
    let unknown = format!("Sandbox with ID or name {MISSING} not found");
    for (method, rest) in [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/start"),
        ("POST", "/stop?force=maybe"),
        ("PUT", "/labels"),
        ("POST", "/autostop/x"),
        ("POST", "/autoarchive/x"),
        ("POST", "/autodelete/x"),
        ("POST", "/last-activity"),
        ("GET", "/toolbox-proxy-url"),
    ] {
        let answer = lab.call(method, &format!("/sandbox/{MISSING}{rest}"), None).await;
        assert_eq!(answer.error(404), unknown, "{method} {rest}");
    }
    let sandbox = lab.create_plain().await;
    let answer = lab.post(&format!("/sandbox/{sandbox}/stop?force=maybe")).await;
    assert_eq!(answer.error(400), "Validation failed (boolean string is expected)");
}

#[tokio::test]
async fn another_organizations_sandbox_does_not_exist() {
    let lab = Lab::new();
    let key = lab.control.mint_api_key(None, "theirs", None).await.unwrap();
    assert!(key.len() == 68 && key.starts_with("dtn_"), "{key}");
    let sandbox = id(&lab.create(json!({"name": "ours"})).await);
    for name in [sandbox.as_str(), "ours"] {
        let unknown = format!("Sandbox with ID or name {name} not found");
        for (method, rest) in
            [("GET", ""), ("DELETE", ""), ("POST", "/start"), ("POST", "/stop"), ("POST", "/autostop/1")]
        {
            let answer = lab.call_as(&key, method, &format!("/sandbox/{name}{rest}"), None).await;
            assert_eq!(answer.error(404), unknown, "{method} {rest}");
        }
    }
    let theirs = lab.call_as(&key, "POST", "/sandbox", Some(json!({"name": "ours"}))).await.expect(200);
    assert_ne!(theirs["organizationId"], lab.get("/sandbox/ours").await.expect(200)["organizationId"]);
    let list = lab.call_as(&key, "GET", "/sandbox", None).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let other_made_up_key = lab.call_as("dtn_other", "GET", "/sandbox/ours", None).await.expect(200);
    assert_eq!(other_made_up_key["id"], json!(sandbox), "made-up keys share the default organization");
}

#[tokio::test]
async fn a_minted_key_ends_when_it_expires() {
    let lab = Lab::new();
    let end = "2026-01-31T12:00:10Z".parse().unwrap();
    let key = lab.control.mint_api_key(None, "short", Some(end)).await.unwrap();
    lab.call_as(&key, "GET", "/sandbox", None).await.expect(200);
    lab.clock.advance(Duration::from_secs(10));
    assert_eq!(lab.call_as(&key, "GET", "/sandbox", None).await.error(401), "Invalid credentials");
}

#[tokio::test]
async fn errors_have_this_apis_shape() {
    let lab = Lab::new();
    let answer = lab.get("/sandbox/x?verbose=true").await;
    assert_eq!(answer.headers["x-daytona-api-version"], "0.205.1");
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    insta::assert_json_snapshot!(answer.expect(404));
    insta::assert_json_snapshot!(lab.get("/foo/bar").await.expect(404));
    insta::assert_json_snapshot!(lab.call_as("", "GET", "/sandbox", None).await.expect(401));
    insta::assert_json_snapshot!(lab.get("/runners").await.expect(501));
    let request = Request::builder().method("POST").uri("/sandbox").body(Body::from("{\"a\":")).unwrap();
    insta::assert_json_snapshot!(lab.send(KEY, request).await.expect(400));
    assert_eq!(lab.call("PATCH", "/sandbox", None).await.error(404), "Cannot PATCH /api/sandbox");
}

#[tokio::test]
async fn hostile_bodies_and_paths_are_refused_and_hurt_nobody() {
    let lab = Lab::new();
    for body in [
        "[]",
        "null",
        "1",
        "\"x\"",
        "{\"name\":1}",
        "{\"env\":{\"a\":1}}",
        "{\"volumes\":7}",
        "\u{0}",
        "{\"cpu\":1e99}",
    ] {
        let request = Request::builder().method("POST").uri("/sandbox").body(Body::from(body)).unwrap();
        let status = lab.send(KEY, request).await.status.as_u16();
        assert!(status == 400 || (status == 200 && body == "[]"), "{body}: {status}");
    }
    for path in ["/sandbox/%00", "/sandbox/..%2F..", "/sandbox/%FF%FE", "/sandbox/%2F", "/sandbox/a%0Ab"] {
        lab.get(path).await.error(404);
    }
    let request = Request::builder().method("POST").uri("/sandbox");
    let large = lab.send(KEY, request.body(Body::from(vec![b' '; 11 << 20])).unwrap()).await;
    assert_eq!(large.error(413), "request entity too large");
}

#[tokio::test]
async fn config_has_the_members_clients_require() {
    let lab = Lab::new();
    let request = Request::builder().uri("/config").header("host", "h:1").body(Body::empty()).unwrap();
    let answer = support::answered(lab.control.api().respond(request).await).await;
    insta::assert_json_snapshot!(answer.expect(200));
}

#[tokio::test]
async fn addresses_are_built_from_what_the_request_names() {
    let lab = Lab::new();
    let sandbox = lab.create_plain().await;
    let request = |path: String| {
        Request::builder()
            .uri(path)
            .header("host", "inner:1")
            .header("x-forwarded-host", "outer.example")
            .header("x-forwarded-proto", "https")
            .body(Body::empty())
            .unwrap()
    };
    let url = lab.send(KEY, request(format!("/sandbox/{sandbox}/toolbox-proxy-url"))).await.expect(200);
    assert_eq!(url, json!({"url": "https://outer.example/toolbox"}));
    let seen = lab.send(KEY, request(format!("/sandbox/{sandbox}"))).await.expect(200);
    assert_eq!(seen["toolboxProxyUrl"], "https://outer.example/toolbox");
}

#[tokio::test]
async fn health_tells_more_than_that_it_lives() {
    let lab = Lab::with(std::sync::Arc::new(control::MemoryStore::new()), |config| {
        config.about.insert("runtime".to_owned(), json!("process"));
    });
    let live = lab.call_as("", "GET", "/health", None).await.expect(200);
    assert_eq!(live, json!({"status": "ok", "runtime": "process"}));
    lab.call_as("", "GET", "/health/ready", None).await.error(401);
    assert_eq!(lab.get("/health/ready").await.expect(200)["status"], "ok");
    lab.control.shutdown().await;
    let ready = lab.get("/health/ready").await.expect(503);
    assert_eq!(keys(&ready), ["status", "info", "error", "details"]);
}

#[tokio::test]
async fn every_operation_the_contract_does_not_call_planned_is_served_and_no_other() {
    let lab = Lab::new();
    let api = lab.control.api();
    let served: Vec<_> = api.served().map(|operation| operation.id).collect();
    for operation in contract::control::DOCUMENT.operations {
        assert_eq!(served.contains(&operation.id), !operation.planned, "{}", operation.id);
    }
}

#[tokio::test]
async fn a_server_that_keeps_nothing_removes_every_sandbox_when_it_goes() {
    let lab = Lab::new();
    let (first, second) = (lab.create_plain().await, lab.create_plain().await);
    lab.post(&format!("/sandbox/{second}/stop")).await.expect(200);
    lab.control.shutdown().await;
    let log = lab.holder.log();
    assert!(log.contains(&format!("remove {first}")) && log.contains(&format!("remove {second}")), "{log:?}");
    assert_eq!(log.last().map(String::as_str), Some("close"));
    let refused = lab.call("POST", "/sandbox", Some(json!({}))).await;
    refused.error(503);
    lab.post(&format!("/sandbox/{first}/stop")).await.error(503);
}

/// Runs a server with a data directory, goes away, and comes back as `restore` says.
async fn come_back(restore: control::Restore) -> (Lab, [String; 3], std::sync::Arc<FakeHolder>) {
    let store: std::sync::Arc<dyn control::Store> = std::sync::Arc::new(control::MemoryStore::new());
    let before = Lab::with(std::sync::Arc::clone(&store), |config| config.lifetime = control::Lifetime::Kept);
    let ran = id(&before.create(json!({"name": "ran", "labels": {"a": "b"}})).await);
    let stopped = before.create_plain().await;
    before.post(&format!("/sandbox/{stopped}/stop")).await.expect(200);
    let died = before.create_plain().await;
    before.holder.kill(&died);
    before.until(&died, "error").await;
    before.control.shutdown().await;
    assert!(!before.holder.log().iter().any(|what| what.starts_with("remove")));
    let after = Lab::with(store, |config| {
        config.lifetime = control::Lifetime::Kept;
        config.restore = restore;
        config.ids = std::sync::Arc::new(lab::SeededIds::new(2));
    });
    let holder = std::sync::Arc::clone(&after.holder);
    (after, [ran, stopped, died], holder)
}

#[tokio::test]
async fn kept_sandboxes_come_back_stopped() {
    let (lab, [ran, stopped, died], holder) = come_back(control::Restore::Stopped).await;
    assert_eq!(
        [lab.state(&ran).await, lab.state(&stopped).await, lab.state(&died).await],
        ["stopped", "stopped", "error"]
    );
    assert_eq!(lab.get("/sandbox/ran").await.expect(200)["labels"], json!({"a": "b"}));
    assert_eq!(holder.log(), Vec::<String>::new());
    lab.post("/sandbox/ran/start").await.expect(200);
    assert_eq!(holder.log(), [format!("start {ran}")]);
}

#[tokio::test]
async fn kept_sandboxes_that_ran_are_started_again_when_asked_for() {
    let (lab, [ran, stopped, died], holder) = come_back(control::Restore::Restarted).await;
    lab.until(&ran, "started").await;
    assert_eq!([lab.state(&stopped).await, lab.state(&died).await], ["stopped", "error"]);
    assert_eq!(holder.log(), [format!("start {ran}")]);
}

#[tokio::test]
async fn the_default_organization_stays_the_same_over_restarts() {
    let store: std::sync::Arc<dyn control::Store> = std::sync::Arc::new(control::MemoryStore::new());
    let first = Lab::with(std::sync::Arc::clone(&store), |_| {});
    let key = first.control.mint_api_key(None, "k", None).await.unwrap();
    let second = Lab::with(store, |config| config.ids = std::sync::Arc::new(lab::SeededIds::new(9)));
    assert_eq!(
        first.control.tenants().default_organization(),
        second.control.tenants().default_organization()
    );
    let theirs = second.call_as(&key, "POST", "/sandbox", Some(json!({}))).await.expect(200);
    let default = second.control.tenants().default_organization().to_string();
    assert_ne!(theirs["organizationId"], json!(default), "a minted key is known after a restart");
}
