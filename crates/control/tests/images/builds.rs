//! Builds: for sandboxes and for snapshots, once for all who want the same, with a log that can be followed.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use control::{Lifecycle, MemoryStore, SqliteStore, Store, Workshop};
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::builder::FakeBuilder;
use crate::support::{Answered, KEY, Lab, id};
use crate::{Ask as _, at};

/// A control plane that builds, its builder, and where the logs lie.
struct Yard {
    lab: Lab,
    builder: Arc<FakeBuilder>,
    place: tempfile::TempDir,
}

impl std::ops::Deref for Yard {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.lab
    }
}

impl Yard {
    fn new() -> Self {
        Self::at(tempfile::tempdir().unwrap(), Arc::new(MemoryStore::new()), |_| {})
    }

    fn at(
        place: tempfile::TempDir,
        store: Arc<dyn Store>,
        adjust: impl FnOnce(&mut control::Config),
    ) -> Self {
        let builder = Arc::new(FakeBuilder::default());
        let lab = Lab::with(store, |config| {
            let logs = place.path().join("builds");
            config.workshop = Some(Workshop { builder: Arc::clone(&builder) as _, logs });
            adjust(config);
        });
        Self { lab, builder, place }
    }

    async fn build_sandbox(&self, name: &str, dockerfile: &str) -> Value {
        let body = json!({"name": name, "buildInfo": {"dockerfileContent": dockerfile}});
        self.send_json("/sandbox", body).await.expect(200)
    }

    async fn build_snapshot(&self, name: &str, dockerfile: &str) -> Value {
        let body = json!({"name": name, "buildInfo": {"dockerfileContent": dockerfile}});
        self.send_json("/snapshots", body).await.expect(200)
    }

    async fn until_snapshot(&self, snapshot: &Value, state: &str) -> Value {
        let reached = async {
            loop {
                let latest = self.get(&at(snapshot)).await.expect(200);
                if latest["state"] == state {
                    return latest;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached).await.expect(state)
    }

    async fn until_begun(&self, count: usize) {
        let reached = async {
            while self.builder.begun().len() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached).await.expect("a build begins");
    }

    /// The text of a log, to the end of the stream.
    async fn log(&self, path: &str) -> String {
        let caller = self.caller();
        let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(caller);
        let response = self.control.api().respond(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/octet-stream");
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }
}

const WHOLE: &str = "#1 begun\n#2 FROM a\n#2 ENV A=1\n";

#[tokio::test]
async fn a_sandbox_is_pending_while_its_image_is_built_and_starts_with_it() {
    let yard = Yard::new();
    let gate = yard.builder.gate();
    let made = yard.build_sandbox("s", "FROM a\nENV A=1\nENTRYPOINT [\"serve\"]\n").await;
    assert_eq!((&made["state"], made.get("snapshot")), (&json!("pending_build"), None));
    let build = &made["buildInfo"];
    assert_eq!(build["dockerfileContent"], "FROM a\nENV A=1\nENTRYPOINT [\"serve\"]\n");
    assert!(build["snapshotRef"].as_str().unwrap().starts_with("daytona-"), "{build}");
    assert_eq!((&made["cpu"], &made["memory"], &made["disk"]), (&json!(1), &json!(1), &json!(3)));
    yard.until("s", "building_snapshot").await;
    assert_eq!(yard.post("/sandbox/s/start").await.error(409), "Sandbox state change in progress");
    gate.add_permits(1);
    yard.until("s", "started").await;
    let spec = yard.holder.spec(&id(&made));
    assert_eq!((spec.env["A"].as_str(), spec.entrypoint), ("1", vec!["serve".to_owned()]));
    assert_eq!(yard.control.image_names(), [spec.image.unwrap()]);
    assert_eq!(
        yard.get("/sandbox/s").await.expect(200)["env"],
        json!({}),
        "only what was asked for is shown"
    );
}

#[tokio::test]
async fn the_variables_a_client_asks_for_win_over_those_of_the_image() {
    let yard = Yard::new();
    let body = json!({
        "env": {"A": "mine"}, "cpu": 2, "memory": 4, "disk": 0,
        "buildInfo": {"dockerfileContent": "FROM a\nENV A=1\nENV B=2"},
    });
    let made = yard.send_json("/sandbox", body).await.expect(200);
    assert_eq!((&made["cpu"], &made["memory"], &made["disk"]), (&json!(2), &json!(4), &json!(3)));
    yard.until(&id(&made), "started").await;
    let env = yard.holder.spec(&id(&made)).env;
    assert_eq!((env["A"].as_str(), env["B"].as_str()), ("mine", "2"));
}

#[tokio::test]
async fn the_same_is_built_once_however_many_want_it() {
    let yard = Yard::new();
    let gate = yard.builder.gate();
    let (one, two) = (yard.build_sandbox("one", "FROM a").await, yard.build_sandbox("two", "FROM a").await);
    let snapshot = yard.build_snapshot("snap", "FROM a").await;
    assert_eq!(one["buildInfo"]["snapshotRef"], two["buildInfo"]["snapshotRef"]);
    assert_eq!(snapshot["ref"], one["buildInfo"]["snapshotRef"]);
    gate.add_permits(1);
    yard.until("one", "started").await;
    yard.until("two", "started").await;
    yard.until_snapshot(&snapshot, "active").await;
    let third = yard.build_sandbox("three", "FROM a").await;
    assert_eq!(third["state"], "creating", "what is there is not waited for");
    yard.until("three", "started").await;
    let again = yard.build_snapshot("again", "FROM a").await;
    assert_eq!(again["state"], "active");
    assert_eq!(yard.builder.begun(), ["FROM a"]);
    yard.build_sandbox("four", "FROM a\n").await;
    yard.until_begun(2).await;
}

#[tokio::test]
async fn another_organization_builds_for_itself() {
    let yard = Yard::new();
    let other = yard.control.mint_api_key(None, "other", None).await.unwrap();
    yard.build_sandbox("s", "FROM a").await;
    yard.until("s", "started").await;
    let body = json!({"buildInfo": {"dockerfileContent": "FROM a"}});
    let theirs = yard.call_as(&other, "POST", "/sandbox", Some(body)).await.expect(200);
    assert_eq!(theirs["state"], "pending_build");
    yard.until_begun(2).await;
}

#[tokio::test]
async fn a_build_that_fails_says_why_and_may_be_tried_again() {
    let yard = Yard::new();
    yard.build_sandbox("s", "FROM a\nRUN fail").await;
    yard.until("s", "build_failed").await;
    let failed = yard.get("/sandbox/s").await.expect(200);
    let reason = "process \"fail\" did not complete successfully: exit code: 1";
    assert_eq!(failed["errorReason"], reason);
    assert_eq!(yard.post("/sandbox/s/start").await.error(400), "Sandbox is in an errored state");
    assert_eq!(yard.log("/sandbox/s/build-logs?follow=true").await, "#1 begun\n#2 FROM a\n#2 RUN fail\n");
    yard.delete("/sandbox/s").await.expect(200);
    let snapshot = yard.build_snapshot("snap", "FROM a\nRUN fail").await;
    let failed = yard.until_snapshot(&snapshot, "build_failed").await;
    assert_eq!((&failed["errorReason"], &failed["size"]), (&json!(reason), &Value::Null));
    assert_eq!(yard.builder.begun().len(), 2, "a failure is not kept for the next");
}

#[tokio::test]
async fn a_built_snapshot_has_its_size_and_entrypoint_and_makes_sandboxes() {
    let yard = Yard::new();
    let made = yard.build_snapshot("snap", "FROM a\nENV A=1\nENTRYPOINT [\"serve\"]").await;
    assert_eq!(made["state"], "building", "clients follow the log of what is neither pending nor ready");
    let built = yard.until_snapshot(&made, "active").await;
    assert_eq!((&built["size"], &built["entrypoint"]), (&json!(3.0), &json!(["serve"])));
    assert_eq!(built["imageName"], Value::Null);
    let plain = yard.build_snapshot("plain", "FROM a").await;
    let plain = yard.until_snapshot(&plain, "active").await;
    assert_eq!(plain["entrypoint"], json!(["sleep", "infinity"]));
    let sandbox = yard.create(json!({"snapshot": "snap"})).await;
    let spec = yard.holder.spec(&id(&sandbox));
    assert_eq!((spec.env["A"].as_str(), spec.entrypoint), ("1", vec!["serve".to_owned()]));
    assert!(spec.image.is_some());
    let idle = yard.create(json!({"snapshot": "plain"})).await;
    assert!(yard.holder.spec(&id(&idle)).entrypoint.is_empty(), "nothing runs for nothing");
}

#[tokio::test]
async fn a_build_may_begin_with_a_snapshot_of_the_organization() {
    let yard = Yard::new();
    let base = yard.build_snapshot("base", "FROM a\nENV A=1\nWORKDIR /srv/app").await;
    yard.until_snapshot(&base, "active").await;
    let made = yard.build_sandbox("s", "FROM base\nENV B=2").await;
    yard.until("s", "started").await;
    let spec = yard.holder.spec(&id(&made));
    assert_eq!((spec.env["A"].as_str(), spec.env["B"].as_str()), ("1", "2"));
    assert_eq!(spec.workdir.as_deref(), Some("/srv/app"));
}

#[tokio::test]
async fn logs_are_followed_from_before_the_build_to_its_end_and_whole_afterwards() {
    let yard = Yard::new();
    let gate = yard.builder.gate();
    let sandbox = yard.build_sandbox("s", "FROM a\nENV A=1").await;
    let snapshot = yard.build_snapshot("snap", "FROM a\nENV A=1").await;
    let by_id = format!("/sandbox/{}/build-logs?follow=true", id(&sandbox));
    let of_snapshot = format!("{}/build-logs?follow=true", at(&snapshot));
    let follow = async { tokio::join!(yard.log(&by_id), yard.log(&of_snapshot)) };
    let open = async {
        yard.until_begun(1).await;
        assert_eq!(
            yard.log("/sandbox/s/build-logs").await,
            "#1 begun\n",
            "who does not follow gets what is there"
        );
        gate.add_permits(1);
    };
    let ((one, two), ()) = tokio::join!(follow, open);
    assert_eq!((one.as_str(), two.as_str()), (WHOLE, WHOLE));
    yard.until("s", "started").await;
    for follow in ["", "?follow=false", "?follow=true"] {
        assert_eq!(yard.log(&format!("/sandbox/s/build-logs{follow}")).await, WHOLE);
        assert_eq!(yard.log(&format!("/snapshots/snap/build-logs{follow}")).await, WHOLE);
    }
}

#[tokio::test]
async fn the_addresses_of_logs_are_given_while_the_build_is_still_awaited() {
    let yard = Yard::new();
    let _gate = yard.builder.gate();
    let sandbox = yard.build_sandbox("s", "FROM a").await;
    let snapshot = yard.build_snapshot("snap", "FROM a").await;
    let url = |answer: Answered| answer.expect(200)["url"].as_str().unwrap().to_owned();
    let one = url(yard.get("/sandbox/s/build-logs-url").await);
    assert_eq!(one, format!("http://pit.test:3986/sandboxes/{}/build-logs", id(&sandbox)));
    let two = url(yard.get(&format!("{}/build-logs-url", at(&snapshot))).await);
    assert_eq!(two, format!("http://pit.test:3986{}/build-logs", at(&snapshot)));
}

#[tokio::test]
async fn what_was_not_built_has_no_log() {
    let yard = Yard::new();
    yard.create(json!({"name": "s"})).await;
    yard.snapshot("snap").await;
    for (path, message) in [
        ("/sandbox/s/build-logs", "Sandbox with ID or name s has no build info"),
        ("/sandbox/s/build-logs-url", "Sandbox s has no build info"),
        ("/snapshots/snap/build-logs", "Snapshot snap has no build info"),
        ("/snapshots/snap/build-logs-url", "Snapshot snap has no build info"),
        ("/sandbox/x/build-logs", "Sandbox with ID or name x not found"),
        ("/sandbox/x/build-logs-url", "Sandbox with ID or name x not found"),
        ("/snapshots/x/build-logs", "Snapshot with ID or name x not found"),
        ("/snapshots/x/build-logs-url", "Snapshot with ID or name x not found"),
    ] {
        assert_eq!(yard.get(path).await.error(404), message, "{path}");
    }
    for path in ["/sandbox/s/build-logs?follow=1", "/snapshots/snap/build-logs?follow=yes"] {
        assert_eq!(yard.get(path).await.error(400), "Validation failed (boolean string is expected)");
    }
}

#[tokio::test]
async fn a_build_nobody_wants_any_more_is_given_up() {
    let yard = Yard::new();
    let _gate = yard.builder.gate();
    let one = yard.build_sandbox("one", "FROM a").await;
    let snapshot = yard.build_snapshot("snap", "FROM a").await;
    yard.until_begun(1).await;
    yard.until("one", "building_snapshot").await;
    yard.delete("/sandbox/one").await.expect(200);
    yard.get(&format!("/sandbox/{}", id(&one))).await;
    assert!(yard.builder.given_up().is_empty(), "the snapshot wants it still");
    yard.delete(&at(&snapshot)).await.expect(200);
    let gone = async {
        while yard.builder.given_up().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the build is given up");
    yard.get(&at(&snapshot)).await.error(404);
    let left = std::fs::read_dir(yard.place.path().join("builds")).unwrap().count();
    assert_eq!(left, 0, "its log is gone too");
    // Asked for again it is built anew.
    yard.build_sandbox("one", "FROM a").await;
    yard.until_begun(2).await;
}

#[tokio::test]
async fn a_build_goes_with_the_last_snapshot_that_came_from_it() {
    let yard = Yard::new();
    let (one, two) = (yard.build_snapshot("one", "FROM a").await, yard.build_snapshot("two", "FROM a").await);
    yard.until_snapshot(&one, "active").await;
    yard.until_snapshot(&two, "active").await;
    let [image]: [String; 1] = yard.control.image_names().try_into().unwrap();
    yard.delete(&at(&one)).await.expect(200);
    assert_eq!(yard.control.image_names(), std::slice::from_ref(&image));
    yard.create(json!({"snapshot": "two"})).await;
    yard.delete(&at(&two)).await.expect(200);
    assert!(yard.control.image_names().is_empty());
    assert!(yard.holder.log().contains(&format!("remove image {image}")));
}

#[tokio::test]
async fn a_build_nothing_comes_from_is_forgotten_after_two_weeks() {
    let yard = Yard::new();
    yard.build_sandbox("s", "FROM a").await;
    yard.until("s", "started").await;
    yard.build_sandbox("t", "FROM b").await;
    yard.until("t", "started").await;
    yard.delete("/sandbox/t").await.expect(200);
    assert_eq!(yard.control.image_names().len(), 2, "who makes the same again does not wait");
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    yard.clock.advance(Duration::from_secs(20_160 * 60));
    let gone = async {
        while yard.control.image_names().len() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("one goes");
    assert_eq!(yard.build_sandbox("u", "FROM a").await["state"], "creating", "what is in use stays");
}

#[tokio::test]
async fn what_the_server_did_not_live_to_build_is_built_after_the_next_start() {
    let place = tempfile::tempdir().unwrap();
    let store = || Arc::new(SqliteStore::open(&place.path().join("state.db")).unwrap()) as Arc<dyn Store>;
    let yard = Yard::at(tempfile::tempdir().unwrap(), store(), |_| {});
    let _gate = yard.builder.gate();
    yard.build_sandbox("s", "FROM a").await;
    let snapshot = yard.build_snapshot("snap", "FROM b").await;
    yard.build_sandbox("gone", "FROM c").await;
    yard.until_begun(3).await;
    yard.delete("/sandbox/gone").await.expect(200);
    yard.control.shutdown().await;
    let Yard { place: logs, lab, .. } = yard;
    drop(lab);
    let yard = Yard::at(logs, store(), |_| {});
    yard.until("s", "started").await;
    yard.until_snapshot(&snapshot, "active").await;
    let mut begun = yard.builder.begun();
    begun.sort();
    assert_eq!(begun, ["FROM a", "FROM b"]);
    assert_eq!(yard.log("/sandbox/s/build-logs?follow=true").await, "#1 begun\n#2 FROM a\n");
}

#[tokio::test]
async fn shutting_down_waits_for_no_build() {
    let yard = Yard::new();
    let _gate = yard.builder.gate();
    yard.build_sandbox("s", "FROM a").await;
    yard.build_snapshot("snap", "FROM b").await;
    yard.until_begun(2).await;
    tokio::time::timeout(Duration::from_secs(10), yard.control.shutdown()).await.expect("it ends");
    assert_eq!(yard.builder.given_up().len(), 2);
}

#[tokio::test]
async fn every_state_of_a_build_is_shown_on_a_server_that_shows_them_all() {
    let pause = Duration::from_secs(1);
    let show = |config: &mut control::Config| config.lifecycle = Lifecycle::Realistic { pause };
    let yard = Yard::at(tempfile::tempdir().unwrap(), Arc::new(MemoryStore::new()), show);
    assert_eq!(yard.build_sandbox("s", "FROM a\nENV A=1").await["state"], "pending_build");
    let snapshot = yard.build_snapshot("snap", "FROM b").await;
    assert_eq!(snapshot["state"], "pending");
    let follow = yard.log("/sandbox/s/build-logs?follow=true");
    let passage = async {
        for (state, of_snapshot) in [("building_snapshot", "building"), ("creating", "active")] {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            yard.clock.advance(pause);
            yard.until("s", state).await;
            yard.until_snapshot(&snapshot, of_snapshot).await;
        }
    };
    let (log, ()) = tokio::join!(follow, passage);
    assert_eq!(log, WHOLE, "a build that has not begun is waited for");
}

#[tokio::test]
async fn a_server_without_a_builder_says_so() {
    let lab = Lab::new();
    let build = json!({"dockerfileContent": "FROM a"});
    for (path, body) in
        [("/sandbox", json!({"buildInfo": build})), ("/snapshots", json!({"name": "a", "buildInfo": build}))]
    {
        assert_eq!(lab.send_json(path, body).await.error(400), "This server does not build images");
    }
}

#[tokio::test]
async fn what_is_larger_than_an_organization_may_have_fails() {
    let yard = Yard::new();
    let own = yard.call_as(KEY, "GET", "/organizations", None).await.expect(200)[0]["id"].clone();
    let names = contract::control::DOCUMENT
        .operation("updateOrganizationQuota")
        .and_then(|operation| operation.body?.shape)
        .unwrap()
        .members;
    let mut limits: Value = names.iter().map(|member| (member.name.to_owned(), Value::Null)).collect();
    limits["maxSnapshotSize"] = json!(2);
    let path = format!("/organizations/{}/quota", own.as_str().unwrap());
    yard.call("PATCH", &path, Some(limits)).await.expect(204);
    let made = yard.build_snapshot("snap", "FROM a").await;
    let failed = yard.until_snapshot(&made, "build_failed").await;
    let reason = "Snapshot size (3.00GB) exceeds maximum allowed size of 2GB";
    assert_eq!(failed["errorReason"], reason);
    assert!(yard.log("/snapshots/snap/build-logs").await.ends_with(&format!("ERROR: {reason}\n")));
}
