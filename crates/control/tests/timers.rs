//! What happens by itself when time passes, with a clock that stands still until it is moved.

mod support;

use std::sync::Arc;
use std::time::Duration;

use control::{Lifetime, MemoryStore, Store};
use serde_json::json;
use support::{Lab, id};

const MINUTE: Duration = Duration::from_secs(60);

/// Lets everything run that can run while the clock stands still.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_sandbox_nobody_uses_stops_on_the_minute() {
    let lab = Lab::new();
    let id = id(&lab.create(json!({"autoStopInterval": 3})).await);
    lab.clock.advance(3 * MINUTE - Duration::from_millis(1));
    settle().await;
    assert_eq!(lab.state(&id).await, "started");
    lab.clock.advance(Duration::from_millis(1));
    lab.until(&id, "stopped").await;
}

#[tokio::test]
async fn use_puts_the_stop_off() {
    let lab = Lab::new();
    let id = id(&lab.create(json!({"autoStopInterval": 3})).await);
    lab.clock.advance(2 * MINUTE);
    lab.post(&format!("/sandbox/{id}/last-activity")).await.expect(201);
    lab.clock.advance(2 * MINUTE);
    settle().await;
    // The proxy notes use in memory only, without a word to whoever waits for the deadline.
    let organization = lab.control.tenants().default_organization().clone();
    let request = http::Request::builder().uri("/version").body(axum::body::Body::empty()).unwrap();
    assert_eq!(lab.control.request(&organization, &id, request).await.status(), 200);
    lab.clock.advance(2 * MINUTE);
    settle().await;
    assert_eq!(lab.state(&id).await, "started");
    lab.clock.advance(MINUTE);
    lab.until(&id, "stopped").await;
}

#[tokio::test]
async fn what_is_switched_off_never_happens() {
    let lab = Lab::new();
    let id = id(&lab.create(json!({"autoStopInterval": 0})).await);
    lab.clock.advance(100_000 * MINUTE);
    settle().await;
    assert_eq!(lab.state(&id).await, "started");
    lab.post(&format!("/sandbox/{id}/autostop/5")).await.expect(200);
    lab.until(&id, "stopped").await;
}

#[tokio::test]
async fn a_stopped_sandbox_is_archived_and_another_deleted() {
    let lab = Lab::new();
    let archived = id(&lab.create(json!({"autoArchiveInterval": 10})).await);
    let deleted = id(&lab.create(json!({"autoDeleteInterval": 7})).await);
    for id in [&archived, &deleted] {
        lab.post(&format!("/sandbox/{id}/stop")).await.expect(200);
    }
    lab.clock.advance(7 * MINUTE);
    lab.until(&deleted, "destroyed").await;
    assert_eq!(lab.state(&archived).await, "stopped");
    lab.clock.advance(3 * MINUTE);
    lab.until(&archived, "archived").await;
    lab.clock.advance(100_000 * MINUTE);
    settle().await;
    assert_eq!(lab.state(&archived).await, "archived");
}

#[tokio::test]
async fn an_ephemeral_sandbox_that_stops_by_itself_is_gone_and_those_tied_to_it() {
    let lab = Lab::new();
    let owner = id(&lab.create(json!({"autoStopInterval": 1, "autoDeleteInterval": 0})).await);
    let follower = json!({"autoStopInterval": 0, "autoDeleteInterval": 0, "linkedSandbox": owner});
    let follower = id(&lab.create(follower).await);
    lab.clock.advance(MINUTE);
    lab.until(&owner, "destroyed").await;
    lab.until(&follower, "destroyed").await;
    let list = lab.get("/sandbox").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn making_a_stopped_sandbox_ephemeral_deletes_it() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    lab.post(&format!("/sandbox/{id}/stop")).await.expect(200);
    lab.post(&format!("/sandbox/{id}/autodelete/0")).await.expect(200);
    lab.until(&id, "destroyed").await;
}

#[tokio::test]
async fn a_machine_nobody_uses_pauses() {
    let lab = Lab::new();
    let id = id(&lab.create(json!({"snapshot": "linux-vm", "autoPauseInterval": 2})).await);
    lab.clock.advance(2 * MINUTE);
    lab.until(&id, "paused").await;
    lab.post(&format!("/sandbox/{id}/start")).await.expect(200);
    let both = lab.post(&format!("/sandbox/{id}/autostop/4")).await.error(400);
    assert_eq!(both, "At most one of autoStopInterval and autoPauseInterval can be non-zero");
    assert_eq!(lab.post(&format!("/sandbox/{id}/autopause/0")).await.expect(200)["autoPauseInterval"], 0);
    lab.post(&format!("/sandbox/{id}/autostop/4")).await.expect(200);
    lab.clock.advance(4 * MINUTE);
    lab.until(&id, "stopped").await;
}

#[tokio::test]
async fn a_time_to_live_counts_from_when_it_was_set_and_ends_a_sandbox_in_any_state() {
    let lab = Lab::new();
    let stopped = id(&lab.create(json!({"ttlMinutes": 5})).await);
    lab.post(&format!("/sandbox/{stopped}/stop")).await.expect(200);
    let spared = id(&lab.create(json!({"ttlMinutes": 5, "autoStopInterval": 0})).await);
    lab.clock.advance(4 * MINUTE);
    let later = lab.post(&format!("/sandbox/{spared}/ttl/5")).await.expect(200);
    assert_eq!(later["autoDestroyAt"], "2026-01-31T12:09:00.000Z");
    assert_eq!(
        lab.post(&format!("/sandbox/{spared}/ttl/-1")).await.error(400),
        "ttlMinutes must not be less than 0"
    );
    lab.clock.advance(MINUTE);
    lab.until(&stopped, "destroyed").await;
    assert_eq!(lab.state(&spared).await, "started");
    let never = lab.post(&format!("/sandbox/{spared}/ttl/0")).await.expect(200);
    assert_eq!(never.get("autoDestroyAt"), None);
    lab.clock.advance(100 * MINUTE);
    settle().await;
    assert_eq!(lab.state(&spared).await, "started");
}

#[tokio::test]
async fn a_time_to_live_goes_on_over_a_restart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let kept = |config: &mut control::Config| config.lifetime = Lifetime::Kept;
    let lab = Lab::with(Arc::clone(&store), kept);
    let id = id(&lab.create(json!({"ttlMinutes": 5})).await);
    lab.control.shutdown().await;
    let lab = Lab::with(store, kept);
    lab.until(&id, "stopped").await;
    lab.clock.advance(5 * MINUTE);
    lab.until(&id, "destroyed").await;
}
