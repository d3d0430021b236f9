//! Sandboxes that die by accident.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::{World, state};

#[tokio::test]
async fn a_killed_agent_is_an_error_within_a_second_and_takes_nobody_along() {
    for world in World::all().await {
        world.attack("echo kept > ~/file; setsid sleep 98765 >/dev/null 2>&1 &").await;
        let own = world.attack("echo $PITLANE_RUN").await;
        assert!(!own.is_empty());
        let agents = agents(&world);
        assert!((2..=3).contains(&agents.len()), "one process a sandbox, and one in reserve: {agents:?}");
        // Which agent is whose is not for the outside to know, so all die.
        let start = Instant::now();
        for pid in agents {
            kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        }
        for id in [&world.attacker, &world.victim] {
            crate::support::eventually("the error", async || {
                state(&world.server, id).await["state"] == "error"
            })
            .await;
            let reason =
                state(&world.server, id).await["errorReason"].as_str().unwrap_or_default().to_owned();
            assert!(reason.contains("signal 9"), "{reason}");
        }
        assert!(start.elapsed() < Duration::from_secs(1), "it took {:?}", start.elapsed());
        let refused = world
            .server
            .request(
                "POST",
                &format!("/toolbox/{}/process/execute", world.attacker),
                json!({ "command": "true" }),
            )
            .await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert_eq!(
            crate::support::processes_below(world.server.temp.path()).len(),
            1,
            "only the server runs"
        );
        let next = world.server.sandbox().await;
        assert_eq!(world.server.execute(&next, "echo fine").await, "fine\n");
    }
}

/// Process ids of the agents, on the host.
fn agents(world: &World) -> Vec<i32> {
    let all = crate::support::processes_below(world.server.temp.path()).into_iter();
    let command = |pid: &i32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    all.filter(|pid| command(pid).ends_with(b"/pitlane\0agent\0")).collect()
}
