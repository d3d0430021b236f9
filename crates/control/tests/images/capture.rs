//! Snapshots taken of sandboxes.

use std::sync::Arc;

use control::{Allowance, MemoryStore};
use serde_json::{Value, json};

use crate::support::{Lab, id};
use crate::{Ask as _, at, names};

#[tokio::test]
async fn a_snapshot_of_a_sandbox_is_active_when_the_sandbox_is_back_in_its_state() {
    let lab = Lab::new();
    for state in ["started", "stopped"] {
        let sandbox = lab.create(json!({"name": state, "snapshot": "daytona-medium"})).await;
        if state == "stopped" {
            lab.post("/sandbox/stopped/stop").await.expect(200);
            lab.until("stopped", "stopped").await;
        }
        let body = json!({"name": format!("of/{state}:1")});
        let answer = lab.send_json(&format!("/sandbox/{state}/snapshot"), body).await.expect(200);
        assert_eq!((&answer["id"], &answer["state"]), (&sandbox["id"], &json!(state)));
        let taken = lab.get(&format!("/snapshots/of%2F{state}%3A1")).await.expect(200);
        for (member, value) in [
            ("state", json!("active")),
            ("sourceSandboxId", sandbox["id"].clone()),
            ("cpu", json!(2)),
            ("mem", json!(4)),
            ("size", json!(1.0 / 1024.0)),
            ("errorReason", Value::Null),
        ] {
            assert_eq!(taken[member], value, "{member}");
        }
        let of_it = lab.get(&format!("/snapshots?sourceSandboxId={}", id(&sandbox))).await.expect(200);
        assert_eq!(names(&of_it["items"]), [taken["name"].as_str().unwrap()]);
        let made = lab.create(json!({"snapshot": taken["name"]})).await;
        assert_eq!(lab.holder.spec(&id(&made)).image, Some(id(&taken)), "it starts with those files");
    }
}

#[tokio::test]
async fn nothing_else_is_done_with_a_sandbox_while_its_snapshot_is_taken() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| {
        config.stop_patience = std::time::Duration::ZERO;
    });
    let sandbox = lab.create_plain().await;
    let path = format!("/sandbox/{sandbox}/snapshot");
    let gate = lab.holder.gate();
    let answer = lab.send_json(&path, json!({"name": "a"})).await.expect(200);
    assert_eq!(answer["state"], "snapshotting");
    for other in ["snapshot", "stop"] {
        let body = (other == "snapshot").then(|| json!({"name": "b"}));
        let refused = lab.call("POST", &format!("/sandbox/{sandbox}/{other}"), body).await;
        assert!([400, 409].contains(&refused.status.as_u16()), "{refused:?}");
    }
    lab.get("/snapshots/a").await.error(404);
    gate.add_permits(1);
    lab.until(&sandbox, "started").await;
    assert_eq!(lab.get("/snapshots/a").await.expect(200)["state"], "active");
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_at_once() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| {
        config.allowances.insert(Allowance::Snapshots, 1.0);
    });
    lab.create(json!({"name": "s"})).await;
    lab.create(json!({"name": "away"})).await;
    lab.post("/sandbox/away/stop").await.expect(200);
    lab.until("away", "stopped").await;
    lab.post("/sandbox/away/archive").await.expect(200);
    lab.until("away", "archived").await;
    lab.snapshot("taken").await;
    for (sandbox, body, status, message) in [
        ("none", json!({"name": "a"}), 404, "Sandbox with ID or name none not found"),
        ("s", json!({"name": ""}), 400, "name should not be empty"),
        (
            "s",
            json!({"name": "a", "includeMemory": true}),
            400,
            "includeMemory is only supported for Windows sandboxes",
        ),
        (
            "away",
            json!({"name": "taken"}),
            400,
            "Sandbox must be in started or stopped state to create a snapshot",
        ),
        (
            "s",
            json!({"name": "a b"}),
            400,
            "Invalid snapshot name format. May contain letters, digits, dots, colons, and dashes",
        ),
        (
            "s",
            json!({"name": "taken"}),
            409,
            "Snapshot with name \"taken\" already exists for this organization",
        ),
        ("s", json!({"name": "a"}), 400, "Snapshot quota exceeded. Maximum allowed: 1"),
    ] {
        let refused = lab.send_json(&format!("/sandbox/{sandbox}/snapshot"), body.clone()).await;
        assert_eq!(refused.error(status), message, "{sandbox} {body}");
    }
    assert_eq!(lab.state("s").await, "started");
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_taken_is_shown_in_error_and_the_sandbox_goes_on() {
    let lab = Lab::new();
    lab.create(json!({"name": "s"})).await;
    lab.holder.fail_captures("no space left");
    lab.send_json("/sandbox/s/snapshot", json!({"name": "a"})).await.expect(200);
    lab.until("s", "started").await;
    let failed = lab.get("/snapshots/a").await.expect(200);
    assert_eq!((&failed["state"], &failed["errorReason"]), (&json!("error"), &json!("no space left")));
}

#[tokio::test]
async fn stored_files_go_with_the_snapshot_they_were_taken_for() {
    let lab = Lab::new();
    lab.create(json!({"name": "s"})).await;
    lab.send_json("/sandbox/s/snapshot", json!({"name": "a"})).await.expect(200);
    let taken = lab.get("/snapshots/a").await.expect(200);
    assert_eq!(lab.control.image_names(), [id(&taken)]);
    // One made from it and taken again has files of its own.
    lab.create(json!({"name": "t", "snapshot": "a"})).await;
    lab.send_json("/sandbox/t/snapshot", json!({"name": "b"})).await.expect(200);
    lab.delete(&at(&taken)).await.expect(200);
    assert!(lab.holder.log().contains(&format!("remove image {}", id(&taken))), "{:?}", lab.holder.log());
    assert_eq!(lab.control.image_names(), [id(&lab.get("/snapshots/b").await.expect(200))]);
}

#[tokio::test]
async fn a_snapshot_the_server_did_not_live_to_take_was_never_asked_for() {
    let store = Arc::new(MemoryStore::new());
    let lab = Lab::with(Arc::clone(&store) as _, |config| config.stop_patience = std::time::Duration::ZERO);
    let sandbox = lab.create_plain().await;
    let _gate = lab.holder.gate();
    lab.send_json(&format!("/sandbox/{sandbox}/snapshot"), json!({"name": "a"})).await.expect(200);
    // As after kill -9: nobody says goodbye.
    let lab = Lab::with(store, |_| {});
    assert_eq!(lab.state(&sandbox).await, "stopped");
    lab.get("/snapshots/a").await.error(404);
    lab.send_json(&format!("/sandbox/{sandbox}/snapshot"), json!({"name": "a"})).await.expect(200);
    lab.get("/snapshots/a").await.expect(200);
}
