//! What becomes of a sandbox nobody uses, with a clock that stands still until it is moved (voidrun.md §2.3).

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Lab, settle};
use voidrun::Manner;

const SECOND: Duration = Duration::from_secs(1);
/// Idle time until sleep.
const IDLE: Duration = Duration::from_secs(60);
/// Time asleep until removal.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

#[tokio::test]
async fn a_sandbox_nobody_uses_for_a_minute_sleeps_with_its_processes_held_still() {
    let lab = Lab::new(Manner::Lenient);
    let sandbox = lab.create(json!({})).await;
    lab.clock.advance(IDLE - Duration::from_millis(1));
    settle().await;
    assert_eq!((lab.status(&sandbox).await, lab.holder.held_still()), ("running".to_owned(), vec![false]));
    lab.clock.advance(Duration::from_millis(1));
    lab.until(&sandbox, "snapshotted").await;
    assert_eq!(lab.holder.held_still(), [true], "it was stopped, and not held");
}

#[tokio::test]
async fn strict_answers_call_a_sleeping_sandbox_stopped() {
    let lab = Lab::new(Manner::Strict);
    let sandbox = lab.create(json!({})).await;
    lab.clock.advance(IDLE);
    lab.until(&sandbox, "stopped").await;
}

#[tokio::test]
async fn every_use_puts_the_sleep_off_by_a_minute() {
    let lab = Lab::new(Manner::Lenient);
    let sandbox = lab.create(json!({})).await;
    for _ in 0..3 {
        lab.clock.advance(IDLE - SECOND);
        settle().await;
        lab.exec(&sandbox).await;
    }
    lab.clock.advance(IDLE - SECOND);
    settle().await;
    assert_eq!(lab.status(&sandbox).await, "running", "looking at it is no use, and it was used");
    lab.clock.advance(SECOND);
    lab.until(&sandbox, "snapshotted").await;
}

#[tokio::test]
async fn what_is_asked_of_a_sleeping_sandbox_wakes_it_for_another_minute() {
    let lab = Lab::new(Manner::Lenient);
    let sandbox = lab.create(json!({})).await;
    for _ in 0..2 {
        lab.clock.advance(IDLE);
        lab.until(&sandbox, "snapshotted").await;
        lab.exec(&sandbox).await;
        assert_eq!(
            (lab.status(&sandbox).await, lab.holder.held_still()),
            ("running".to_owned(), vec![false])
        );
    }
    lab.clock.advance(IDLE - SECOND);
    settle().await;
    assert_eq!(lab.status(&sandbox).await, "running");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_still_being_sent_keeps_a_sandbox_awake() {
    let lab = Lab::new(Manner::Lenient);
    let sandbox = lab.create(json!({})).await;
    let path = format!("{sandbox}/exec-stream");
    let answer = lab.send("POST", &path, json!({ "command": "yes" })).await;
    assert_eq!(answer.status(), 200);
    for _ in 0..10 {
        lab.clock.advance(IDLE / 3);
        tokio::time::advance(IDLE / 3).await;
        settle().await;
        assert_eq!(lab.status(&sandbox).await, "running");
    }
    drop(answer);
    tokio::time::advance(IDLE).await;
    lab.clock.advance(IDLE);
    lab.until(&sandbox, "snapshotted").await;
}

#[tokio::test]
async fn a_sandbox_that_may_not_sleep_does_not_until_it_may() {
    let lab = Lab::new(Manner::Lenient);
    let sandbox = lab.create(json!({ "autoSleep": false })).await;
    lab.clock.advance(100 * IDLE);
    settle().await;
    assert_eq!(lab.status(&sandbox).await, "running");
    let (status, told) = lab.call("PATCH", &sandbox, json!({ "autoSleep": true })).await;
    assert_eq!((status.as_u16(), &told["data"]["autoSleep"]), (200, &json!(true)));
    lab.until(&sandbox, "snapshotted").await;
    lab.exec(&sandbox).await;
    lab.call("PATCH", &sandbox, json!({ "autoSleep": false })).await;
    lab.clock.advance(100 * IDLE);
    settle().await;
    assert_eq!(lab.status(&sandbox).await, "running");
}

#[tokio::test]
async fn what_slept_for_a_week_is_gone() {
    let lab = Lab::new(Manner::Lenient);
    let (used, left) = (lab.create(json!({})).await, lab.create(json!({})).await);
    lab.clock.advance(IDLE);
    for sandbox in [&used, &left] {
        lab.until(sandbox, "snapshotted").await;
    }
    lab.clock.advance(WEEK - SECOND);
    settle().await;
    assert_eq!(lab.status(&left).await, "snapshotted");
    lab.exec(&used).await;
    lab.clock.advance(SECOND);
    settle().await;
    let gone = async {
        while lab.call("GET", &left, Value::Null).await.0 != 404 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(10 * SECOND, gone).await.expect("it is still there");
    assert_eq!(lab.status(&used).await, "running");
}
