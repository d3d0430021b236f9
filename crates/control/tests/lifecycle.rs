//! Pausing, copying, resizing, archiving, recovering: states and refusals as a client meets them.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use control::{Lifecycle, MemoryStore};
use serde_json::{Value, json};
use support::{Lab, id};

async fn machine(lab: &Lab) -> String {
    let sandbox = lab.create(json!({"snapshot": "linux-vm"})).await;
    assert_eq!((&sandbox["sandboxClass"], &sandbox["autoPauseInterval"]), (&json!("linux-vm"), &json!(60)));
    assert_eq!(sandbox["autoStopInterval"], 0);
    id(&sandbox)
}

#[tokio::test]
async fn a_machine_pauses_with_everything_in_memory_and_goes_on() {
    let lab = Lab::new();
    let id = machine(&lab).await;
    assert_eq!(lab.post(&format!("/sandbox/{id}/pause")).await.expect(200)["state"], "paused");
    assert_eq!(lab.state(&id).await, "paused");
    assert_eq!(lab.holder.paused(), std::slice::from_ref(&id));
    let again = lab.post(&format!("/sandbox/{id}/pause")).await.error(400);
    assert_eq!(again, "Sandbox must be in started state to pause");
    assert_eq!(lab.post(&format!("/sandbox/{id}/start")).await.expect(200)["state"], "started");
    assert_eq!(lab.holder.paused(), Vec::<String>::new());
    assert_eq!(lab.holder.log().iter().filter(|line| line.starts_with("start")).count(), 1);

    lab.post(&format!("/sandbox/{id}/pause")).await.expect(200);
    lab.post(&format!("/sandbox/{id}/stop")).await.expect(200);
    assert_eq!(lab.state(&id).await, "stopped");
    assert_eq!(lab.holder.running(), Vec::<String>::new());
}

#[tokio::test]
async fn a_container_neither_pauses_nor_is_copied() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    let refusal = lab.post(&format!("/sandbox/{id}/pause")).await.error(422);
    assert_eq!(refusal, "Pausing is not supported for this sandbox");
    let refusal = lab.call("POST", &format!("/sandbox/{id}/fork"), Some(json!({}))).await.error(422);
    assert_eq!(refusal, "Forking is not supported for this sandbox");
    let refusal = lab.post(&format!("/sandbox/{id}/autopause/5")).await.error(400);
    assert_eq!(refusal, "Auto-pause is not supported for this sandbox");
    assert_eq!(lab.post(&format!("/sandbox/{id}/autopause/0")).await.expect(200)["autoPauseInterval"], 0);
    assert_eq!(lab.state(&id).await, "started");
}

#[tokio::test]
async fn a_fork_is_a_copy_that_knows_where_it_came_from() {
    let lab = Lab::new();
    let parent = machine(&lab).await;
    lab.call("PUT", &format!("/sandbox/{parent}/labels"), Some(json!({"labels": {"a": "1"}})))
        .await
        .expect(200);
    let body = json!({"name": "copy"});
    let child = lab.call("POST", &format!("/sandbox/{parent}/fork"), Some(body.clone())).await.expect(200);
    assert_eq!(
        (&child["name"], &child["state"], &child["labels"]["a"]),
        (&json!("copy"), &json!("started"), &json!("1"))
    );
    assert_eq!(child["sandboxClass"], "linux-vm");
    let child = id(&child);
    assert!(lab.holder.log().contains(&format!("duplicate {parent} {child}")));
    lab.until(&parent, "started").await;

    let grandchild = lab.call("POST", "/sandbox/copy/fork", Some(json!({}))).await.expect(200);
    let grandchild = id(&grandchild);
    let ids = |list: &Value| list.as_array().unwrap().iter().map(id).collect::<Vec<_>>();
    let forks = lab.get(&format!("/sandbox/{parent}/forks")).await.expect(200);
    assert_eq!(ids(&forks), std::slice::from_ref(&child));
    let ancestors = lab.get(&format!("/sandbox/{grandchild}/ancestors")).await.expect(200);
    assert_eq!(ids(&ancestors), [parent.clone(), child.clone()]);
    let up = lab.get(&format!("/sandbox/{grandchild}/parent")).await.expect(200);
    assert_eq!(id(&up), child);
    assert_eq!(
        lab.get(&format!("/sandbox/{parent}/parent")).await.error(404),
        format!("Parent sandbox not found for sandbox {parent}")
    );
    let taken = lab.call("POST", &format!("/sandbox/{parent}/fork"), Some(body)).await.error(409);
    assert_eq!(taken, "Sandbox with this name already exists");
    lab.until(&parent, "started").await;

    let refusal = lab.call("DELETE", &format!("/sandbox/{parent}"), None).await.error(400);
    let words = "Cannot delete sandbox which has active fork children. The forks must be deleted first.";
    assert_eq!(refusal, words);
    for id in [grandchild, child.clone(), parent.clone()] {
        lab.call("DELETE", &format!("/sandbox/{id}"), None).await.expect(200);
    }
}

#[tokio::test]
async fn forks_that_are_gone_are_told_of_when_asked_for() {
    let lab = Lab::new();
    let parent = machine(&lab).await;
    let child = lab.call("POST", &format!("/sandbox/{parent}/fork"), Some(json!({}))).await.expect(200);
    lab.call("DELETE", &format!("/sandbox/{}", id(&child)), None).await.expect(200);
    let count = async |query: &str| {
        let forks = lab.get(&format!("/sandbox/{parent}/forks{query}")).await.expect(200);
        forks.as_array().unwrap().len()
    };
    assert_eq!((count("").await, count("?includeDestroyed=true").await), (0, 1));
}

#[tokio::test]
async fn a_sandbox_holds_still_while_it_is_copied() {
    let lab = Lab::new();
    let parent = machine(&lab).await;
    let gate = lab.holder.gate();
    let fork = async {
        lab.call("POST", &format!("/sandbox/{parent}/fork"), Some(json!({"name": "copy"}))).await.expect(200)
    };
    let meanwhile = async {
        lab.until_held("the copy", |holder| holder.log().iter().any(|line| line.starts_with("duplicate")))
            .await;
        assert_eq!(lab.state(&parent).await, "forking");
        assert_eq!(lab.state("copy").await, "creating");
        let refusal = lab.post(&format!("/sandbox/{parent}/stop")).await.error(409);
        assert_eq!(refusal, "Sandbox state change in progress");
        gate.add_permits(1);
        lab.until(&parent, "started").await;
        assert_eq!(lab.state("copy").await, "creating", "it goes on before its copy runs");
        gate.add_permits(1);
    };
    let (child, ()) = tokio::join!(fork, meanwhile);
    assert_eq!(child["state"], "started");
}

#[tokio::test]
async fn a_sandbox_whose_processes_die_while_it_is_copied_is_in_error_afterwards() {
    let lab = Lab::new();
    let parent = machine(&lab).await;
    let gate = lab.holder.gate();
    let fork = async { lab.call("POST", &format!("/sandbox/{parent}/fork"), Some(json!({}))).await };
    let meanwhile = async {
        lab.until_held("the copy", |holder| holder.log().iter().any(|line| line.starts_with("duplicate")))
            .await;
        lab.holder.kill(&parent);
        gate.add_permits(2);
        lab.until(&parent, "error").await;
    };
    let (child, ()) = tokio::join!(fork, meanwhile);
    child.expect(200);
}

#[tokio::test]
async fn a_resize_is_seen_when_it_is_done() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    let resize = async |body: Value| lab.call("POST", &format!("/sandbox/{id}/resize"), Some(body)).await;
    let answer = resize(json!({"cpu": 2, "memory": 4})).await.expect(200);
    assert_eq!((&answer["state"], &answer["cpu"]), (&json!("started"), &json!(2)));
    let after = lab.get(&format!("/sandbox/{id}")).await.expect(200);
    assert_eq!((&after["state"], &after["cpu"], &after["memory"]), (&json!("started"), &json!(2), &json!(4)));
    for (body, message) in [
        (json!({"cpu": 0, "disk": -1}), "cpu must not be less than 1, disk must not be less than 1"),
        (json!({}), "No resource changes specified - sandbox is already at the desired configuration"),
        (
            json!({"cpu": 2}),
            "No resource changes specified - sandbox is already at the desired configuration",
        ),
        (json!({"disk": 9}), "Disk resize can only be performed on a stopped sandbox"),
        (json!({"cpu": 1}), "Sandbox must be in stopped state to decrease the number of CPU cores"),
        (json!({"memory": 1}), "Sandbox must be in stopped state to decrease memory"),
    ] {
        assert_eq!(resize(body).await.error(400), message);
    }
    lab.post(&format!("/sandbox/{id}/stop")).await.expect(200);
    resize(json!({"cpu": 1, "disk": 9})).await.expect(200);
    let after = lab.get(&format!("/sandbox/{id}")).await.expect(200);
    assert_eq!((&after["state"], &after["cpu"], &after["disk"]), (&json!("stopped"), &json!(1), &json!(9)));
    assert_eq!(resize(json!({"disk": 8})).await.error(400), "Sandbox disk size cannot be decreased");
    lab.post(&format!("/sandbox/{id}/archive")).await.expect(200);
    let wrong = "Sandbox must be in started or stopped state to resize";
    assert_eq!(resize(json!({"cpu": 2})).await.error(400), wrong);
}

#[tokio::test]
async fn an_archived_sandbox_has_a_backup_and_comes_back() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    let archive = async || lab.post(&format!("/sandbox/{id}/archive")).await;
    assert_eq!(archive().await.error(400), "Sandbox is not stopped");
    lab.post(&format!("/sandbox/{id}/stop")).await.expect(200);
    assert_eq!(archive().await.expect(200)["state"], "archived");
    let archived = lab.get(&format!("/sandbox/{id}")).await.expect(200);
    assert_eq!((&archived["state"], &archived["backupState"]), (&json!("archived"), &json!("Completed")));
    assert_eq!(archived["backupCreatedAt"], "2026-01-31T12:00:00.000Z");
    assert_eq!(archive().await.error(400), "Sandbox is not stopped");
    assert_eq!(lab.post(&format!("/sandbox/{id}/start")).await.expect(200)["state"], "started");
    let log = lab.holder.log();
    let tail: Vec<&str> =
        log.iter().rev().take(3).rev().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(tail, ["archive", "restore", "start"]);
}

#[tokio::test]
async fn an_ephemeral_sandbox_is_not_archived_and_not_backed_up() {
    let lab = Lab::new();
    let id = id(&lab.create(json!({"autoDeleteInterval": 0})).await);
    let refusal = lab.post(&format!("/sandbox/{id}/backup")).await.error(400);
    assert_eq!(refusal, "Ephemeral sandboxes cannot be backed up");
    let kept = lab.create_plain().await;
    assert_eq!(lab.post(&format!("/sandbox/{kept}/backup")).await.expect(200)["state"], "started");
}

#[tokio::test]
async fn a_sandbox_whose_processes_died_is_recovered() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    let recover = async |query: &str| lab.post(&format!("/sandbox/{id}/recover{query}")).await;
    assert_eq!(recover("").await.error(400), "Sandbox is not in a recoverable state");
    let die = async || {
        lab.holder.kill(&id);
        lab.until(&id, "error").await;
    };
    die().await;
    let broken = lab.get(&format!("/sandbox/{id}")).await.expect(200);
    assert_eq!(broken["recoverable"], true);
    assert_eq!(broken["errorReason"], "Sandbox process exited unexpectedly: killed by signal 9");
    let listed = lab.get("/sandbox?isRecoverable=true").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        recover("?skipStart=maybe").await.error(400),
        "Validation failed (boolean string is expected)"
    );
    let well = recover("").await.expect(200);
    assert_eq!((&well["state"], &well["recoverable"]), (&json!("started"), &json!(false)));
    assert_eq!(well.get("errorReason"), None);
    die().await;
    assert_eq!(recover("?skipStart=true").await.expect(200)["state"], "stopped");
    assert_eq!(lab.post(&format!("/sandbox/{id}/start")).await.expect(200)["state"], "started");
    die().await;
    assert_eq!(lab.post(&format!("/sandbox/{id}/start")).await.expect(200)["state"], "started");
    die().await;
    lab.call("DELETE", &format!("/sandbox/{id}"), None).await.expect(200);
}

#[tokio::test]
async fn a_start_that_fails_leaves_files_that_can_be_recovered() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    lab.post(&format!("/sandbox/{id}/stop")).await.expect(200);
    lab.holder.fail_starts(Some("no room"));
    let failed = lab.post(&format!("/sandbox/{id}/start")).await.error(400);
    assert_eq!(failed, "Sandbox failed to start: no room");
    assert_eq!(lab.post(&format!("/sandbox/{id}/recover")).await.error(400), failed);
    lab.holder.fail_starts(None);
    assert_eq!(lab.post(&format!("/sandbox/{id}/recover")).await.expect(200)["state"], "started");
}

#[tokio::test]
async fn network_settings_replace_each_other_and_say_what_is_not_enforced() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    let set =
        async |body: Value| lab.call("POST", &format!("/sandbox/{id}/network-settings"), Some(body)).await;
    let nothing = "At least one of networkBlockAll, networkAllowList or domainAllowList must be provided";
    assert_eq!(set(json!({})).await.error(400), nothing);
    let answer = set(json!({"networkAllowList": "10.0.0.0/8"})).await;
    assert!(answer.headers.contains_key("x-pitlane-warning"));
    let sandbox = answer.expect(200);
    assert_eq!(
        (&sandbox["networkAllowList"], &sandbox["networkBlockAll"]),
        (&json!("10.0.0.0/8"), &json!(false))
    );
    let sandbox = set(json!({"networkBlockAll": true})).await.expect(200);
    assert_eq!((sandbox.get("networkAllowList"), &sandbox["networkBlockAll"]), (None, &json!(true)));
    let bad = set(json!({"networkAllowList": "10.0.0.0"})).await.error(400);
    assert!(bad.starts_with("Invalid network format"), "{bad}");
    assert_eq!(lab.get(&format!("/sandbox/{id}")).await.expect(200)["networkBlockAll"], true);
}

#[tokio::test]
async fn quotas_are_refused_in_the_real_servers_words() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| {
        config.quotas =
            Some("cpu=3,memory=6,disk=9,total-cpu=5,total-memory=9,total-disk=20".parse().unwrap());
    });
    let create =
        async |snapshot: &str| lab.call("POST", "/sandbox", Some(json!({"snapshot": snapshot}))).await;
    let tail = "\nNeed higher resource limits per-sandbox? Contact us at support@daytona.io and let us know about your use case.";
    let large = create("daytona-large").await.error(400);
    assert_eq!(large, format!("CPU request 4 exceeds maximum allowed per sandbox (3).{tail}"));
    let first = id(&create("daytona-medium").await.expect(200));
    let second = id(&create("daytona-medium").await.expect(200));
    let tier =
        "\nTo increase concurrency limits, upgrade your organization's Tier by visiting /dashboard/limits.";
    let third = create("daytona-medium").await.error(400);
    assert_eq!(third, format!("Total CPU limit exceeded. Maximum allowed: 5.{tier}"));
    // What is stopped uses no processor, but disk.
    lab.post(&format!("/sandbox/{first}/stop")).await.expect(200);
    let third = create("daytona-medium").await.error(400);
    assert!(
        third.starts_with("Total disk limit exceeded. Maximum allowed: 20GiB.\nConsider archiving"),
        "{third}"
    );
    lab.post(&format!("/sandbox/{first}/archive")).await.expect(200);
    create("daytona-medium").await.expect(200);
    let back = lab.post(&format!("/sandbox/{first}/start")).await.error(400);
    assert!(back.starts_with("Total CPU limit exceeded"), "{back}");
    let grown =
        lab.call("POST", &format!("/sandbox/{second}/resize"), Some(json!({"memory": 7}))).await.error(400);
    assert_eq!(grown, format!("Memory request 7GB exceeds maximum allowed per sandbox (6GB).{tail}"));
    let grown =
        lab.call("POST", &format!("/sandbox/{second}/resize"), Some(json!({"memory": 6}))).await.error(400);
    assert_eq!(grown, format!("Total memory limit exceeded. Maximum allowed: 9GiB.{tier}"));
    assert_eq!(lab.state(&second).await, "started");
}

/// The states a client sees from `first` until `last`, each left only when the clock says so.
async fn seen(lab: &Lab, id: &str, last: &str) -> Vec<String> {
    let mut states = vec![lab.state(id).await];
    while states.last().unwrap() != last {
        tokio::task::yield_now().await;
        assert_eq!(
            &lab.state(id).await,
            states.last().unwrap(),
            "nothing moves while the clock stands still"
        );
        lab.clock.advance(Duration::from_millis(500));
        let changed = async {
            loop {
                let state = lab.state(id).await;
                if state != *states.last().unwrap() {
                    return state;
                }
                tokio::task::yield_now().await;
            }
        };
        let state = tokio::time::timeout(Duration::from_secs(10), changed).await.expect("another state");
        states.push(state);
    }
    states
}

#[tokio::test]
async fn a_realistic_server_shows_every_state_on_the_way() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| {
        config.lifecycle = Lifecycle::Realistic { pause: Duration::from_millis(500) };
    });
    let created = lab.create(json!({"snapshot": "linux-vm", "name": "slow"})).await;
    assert_eq!(created["state"], "creating");
    let id = id(&created);
    assert_eq!(seen(&lab, &id, "started").await, ["creating", "pulling_snapshot", "starting", "started"]);
    for (operation, answer, states) in [
        ("pause", "pausing", vec!["pausing", "paused"]),
        ("start", "resuming", vec!["resuming", "started"]),
        ("stop", "stopping", vec!["stopping", "stopped"]),
        ("archive", "archiving", vec!["archiving", "archived"]),
        ("start", "archived", vec!["restoring", "starting", "started"]),
        ("stop", "stopping", vec!["stopping", "stopped"]),
        ("start", "starting", vec!["starting", "started"]),
    ] {
        assert_eq!(lab.post(&format!("/sandbox/{id}/{operation}")).await.expect(200)["state"], answer);
        if answer == "archived" {
            lab.until(&id, "restoring").await;
        }
        assert_eq!(seen(&lab, &id, states.last().unwrap()).await, states, "{operation}");
    }
    lab.call("POST", &format!("/sandbox/{id}/resize"), Some(json!({"cpu": 2}))).await.expect(200);
    assert_eq!(seen(&lab, &id, "started").await, ["resizing", "started"]);
    let child = lab.call("POST", &format!("/sandbox/{id}/fork"), Some(json!({}))).await.expect(200);
    assert_eq!(child["state"], "creating");
    lab.until(&id, "forking").await;
    assert_eq!(seen(&lab, &id, "started").await, ["forking", "started"]);
    assert_eq!(seen(&lab, &support::id(&child), "started").await, ["starting", "started"]);
}
