//! Processes of another sandbox and of the host.

use crate::World;

#[tokio::test]
async fn a_neighbours_processes_cannot_be_seen_signalled_or_traced() {
    for world in World::all().await {
        if !world.claims("pid-isolation") {
            continue;
        }
        // The answer may come before the shell's child has become the program.
        let start =
            "sleep 54321 >/dev/null 2>&1 & until grep -qs '^sleep' /proc/$!/cmdline; do sleep 0.01; done";
        world.victim(start).await;
        let sleeper = || {
            let all = crate::support::processes_below(world.server.temp.path()).into_iter();
            let runs = |pid: &i32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            all.filter(|pid| runs(pid).starts_with(b"sleep\x0054321")).collect::<Vec<_>>()
        };
        let [pid] = sleeper()[..] else { panic!("{:?}", sleeper()) };
        let seen = world.attack("cat /proc/[0-9]*/cmdline | tr '\\0' ' '").await;
        assert!(!seen.contains("sleep 54321"), "{seen}");
        assert!(!seen.contains("pitlane serve"), "{seen}");
        let signalled = world
            .attack(&format!(
                "kill -9 {pid}; kill -9 -{pid}; cat /proc/{pid}/environ /proc/{pid}/mem; kill -9 -1; true"
            ))
            .await;
        assert_eq!(sleeper(), [pid], "{signalled}");
        assert_eq!(
            world.attack("echo there").await,
            "there\n",
            "nor can the sandbox take its own agent away"
        );
        let shared = world.attack("ls /dev/shm; ipcs -q 2>/dev/null | grep -c ^0x; hostname").await;
        assert!(shared.contains(&world.attacker), "{shared}");
    }
}

#[tokio::test]
async fn orphans_are_collected_and_the_agent_cannot_be_ended_from_inside() {
    for world in World::all().await {
        if !world.claims("pid-isolation") {
            continue;
        }
        world.attack("for i in $(seq 50); do (setsid sh -c 'sleep 0.01' >/dev/null 2>&1 &); done").await;
        crate::support::eventually("the end of all orphans", async || {
            world.attack("grep -l '^State:.Z' /proc/[0-9]*/status").await.is_empty()
        })
        .await;
        for signal in ["TERM", "INT", "HUP", "QUIT", "KILL", "STOP", "USR1", "SEGV"] {
            world.attack(&format!("kill -{signal} 1; true")).await;
        }
        assert_eq!(world.attack("echo there").await, "there\n");
    }
}
