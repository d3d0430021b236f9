//! The states a snapshot goes through, by itself and when asked, and what time does to it.

use std::sync::Arc;
use std::time::Duration;

use contract::control::DOCUMENT;
use control::{Lifecycle, MemoryStore};
use serde_json::{Value, json};

use crate::support::{Lab, id};
use crate::{Ask as _, at};

const PAUSE: Duration = Duration::from_secs(1);

fn realistic() -> Lab {
    Lab::with(Arc::new(MemoryStore::new()), |config| config.lifecycle = Lifecycle::Realistic { pause: PAUSE })
}

/// Waits until a client sees a snapshot in this state.
async fn until(lab: &Lab, path: &str, state: &str) {
    let reached = async {
        while lab.get(path).await.expect(200)["state"] != state {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached).await.expect(state);
}

async fn until_gone(lab: &Lab, path: &str) {
    let gone = async {
        while lab.get(path).await.status != 404 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("gone");
}

/// Lets the clock go on once somebody waits for it to.
async fn tick(lab: &Lab) {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    lab.clock.advance(PAUSE);
}

#[tokio::test]
async fn every_state_is_shown_on_a_server_that_shows_them_all() {
    let lab = realistic();
    let made = lab.snapshot("a").await;
    assert_eq!(made["state"], "pending");
    let refused = lab.send_json("/sandbox", json!({"snapshot": "a"})).await;
    assert_eq!(refused.error(400), "Snapshot a is pending");
    assert_eq!(
        lab.post(&format!("{}/activate", at(&made))).await.error(400),
        format!("Snapshot {} cannot be activated - it is in pending state", id(&made))
    );
    tick(&lab).await;
    until(&lab, &at(&made), "pulling").await;
    tick(&lab).await;
    until(&lab, &at(&made), "active").await;
    lab.delete(&at(&made)).await.expect(200);
    assert_eq!(lab.get(&at(&made)).await.expect(200)["state"], "removing");
    tick(&lab).await;
    until_gone(&lab, &at(&made)).await;
}

#[tokio::test]
async fn a_snapshot_deleted_on_its_way_never_becomes_active() {
    let lab = realistic();
    let made = lab.snapshot("a").await;
    lab.delete(&at(&made)).await.expect(200);
    tick(&lab).await;
    until_gone(&lab, &at(&made)).await;
}

#[tokio::test]
async fn what_was_on_its_way_when_the_server_went_goes_on_when_it_returns() {
    let store = Arc::new(MemoryStore::new());
    let show = |config: &mut control::Config| config.lifecycle = Lifecycle::Realistic { pause: PAUSE };
    let lab = Lab::with(Arc::clone(&store) as _, show);
    let (made, leaving) = (lab.snapshot("a").await, lab.snapshot("b").await);
    lab.delete(&at(&leaving)).await.expect(200);
    lab.control.shutdown().await;
    let lab = Lab::with(store, |_| {});
    until(&lab, &at(&made), "active").await;
    until_gone(&lab, &at(&leaving)).await;
}

#[tokio::test]
async fn an_image_nobody_knows_is_an_error_where_only_known_ones_count() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| config.any_image = false);
    let made = lab.snapshot("a").await;
    assert_eq!((&made["state"], &made["size"]), (&json!("error"), &Value::Null));
    assert_eq!(made["errorReason"], "Image ubuntu:22.04 could not be pulled: not found");
    let refused = lab.send_json("/sandbox", json!({"snapshot": "a"})).await;
    assert_eq!(refused.error(400), "Snapshot a is error");
    let known = json!({"name": "b", "imageName": "daytonaio/sandbox:0.5.0-slim"});
    assert_eq!(lab.send_json("/snapshots", known).await.expect(200)["state"], "active");
}

#[tokio::test]
async fn a_snapshot_out_of_use_makes_no_sandbox_until_it_is_activated_ten_minutes_later() {
    let lab = Lab::new();
    let made = lab.snapshot("a").await;
    let (activate, deactivate) = (format!("{}/activate", at(&made)), format!("{}/deactivate", at(&made)));
    assert_eq!(lab.post(&activate).await.error(400), format!("Snapshot {} is already active", id(&made)));
    for _ in 0..2 {
        assert_eq!(lab.post(&deactivate).await.expect(204), Value::Null, "it may be repeated");
    }
    let refused = lab.send_json("/sandbox", json!({"snapshot": "a"})).await;
    assert_eq!(refused.error(400), "Snapshot a is inactive");
    let busy = "Snapshot deactivation is still in progress. Please try again in a few minutes.";
    lab.clock.advance(Duration::from_secs(599));
    assert_eq!(lab.post(&activate).await.error(400), busy);
    lab.clock.advance(Duration::from_secs(1));
    assert_eq!(lab.post(&activate).await.expect(200)["state"], "active");
    lab.create(json!({"snapshot": "a"})).await;
}

#[tokio::test]
async fn a_snapshot_nobody_uses_for_two_weeks_is_taken_out_of_use() {
    let lab = Lab::new();
    let (idle, used) = (lab.snapshot("idle").await, lab.snapshot("used").await);
    lab.clock.advance(Duration::from_secs(20_159 * 60));
    lab.create(json!({"snapshot": "used"})).await;
    assert_eq!(lab.get(&at(&idle)).await.expect(200)["state"], "active");
    lab.clock.advance(Duration::from_secs(60));
    until(&lab, &at(&idle), "inactive").await;
    assert_eq!(lab.get(&at(&used)).await.expect(200)["state"], "active");
}

#[tokio::test]
async fn an_organization_may_have_less_patience() {
    let lab = Lab::new();
    let made = lab.snapshot("a").await;
    let organization = made["organizationId"].as_str().unwrap().to_owned();
    let names = DOCUMENT.operation("updateOrganizationQuota").unwrap().body.unwrap().shape.unwrap().members;
    let mut limits: Value = names.iter().map(|member| (member.name.to_owned(), Value::Null)).collect();
    limits["snapshotDeactivationTimeoutMinutes"] = json!(5);
    let path = format!("/organizations/{organization}/quota");
    lab.call("PATCH", &path, Some(limits)).await.expect(204);
    lab.clock.advance(Duration::from_secs(300));
    until(&lab, &at(&made), "inactive").await;
}
