//! The agent in reserve: who gets it, and what becomes of it when nobody does.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use sandbox::{Network, Rung, SandboxSpec};

use crate::trials;
use crate::world::{World, await_end, processes_in, run, rung, signal, spec, until};

trials!(
    a_sandbox_that_moves_into_a_root_made_ahead_has_its_own_name_and_network,
    a_sandbox_removed_before_it_was_started_leaves_nothing,
    a_reserve_that_was_killed_keeps_nobody_waiting,
    a_root_made_before_the_host_changed_its_network_is_nobodys,
    the_superuser_gets_a_root_that_it_may_change_and_keeps,
);

/// The tree made ahead, once there is one; there never is on the rung `process`.
async fn reserve(world: &World) -> Option<(PathBuf, u64)> {
    if rung() == Rung::Process {
        return None;
    }
    let ahead = world.tree("any").parent().unwrap().parent().unwrap().join("reserve");
    let find = || fs::read_dir(&ahead).unwrap().flatten().next();
    until(|| find().is_some()).await;
    let found = find().unwrap();
    Some((found.path(), found.metadata().unwrap().ino()))
}

async fn a_sandbox_that_moves_into_a_root_made_ahead_has_its_own_name_and_network() {
    let world = World::new();
    world.start("first").await;
    let ahead = reserve(&world).await;
    let wanted = SandboxSpec { network: Network::Blocked, ..spec("second") };
    world.runtime.create(&wanted).await.unwrap();
    let Some((_, identity)) = ahead else { return };
    assert_eq!(fs::metadata(world.tree("second")).unwrap().ino(), identity, "the tree is the one made ahead");
    let agent = world.runtime.start(&wanted).await.unwrap();
    let look = "hostname; cat /etc/hostname; tail -n 1 /etc/hosts; id -u; grep -c : /proc/net/dev; touch /x 2>&1 | wc -l";
    let expected = "second\nsecond\n127.0.1.1 second\n1000\n1\n1\n";
    assert_eq!(run(&agent, look).await.0, expected);
    assert!(world.tree("second").join("run/agent.log").exists());

    run(&agent, "echo kept > ~/file").await;
    agent.stop(Duration::ZERO).await;
    let agent = world.runtime.start(&wanted).await.unwrap();
    assert_eq!(run(&agent, &format!("{look}; cat ~/file")).await.0, format!("{expected}kept\n"));
}

async fn a_sandbox_removed_before_it_was_started_leaves_nothing() {
    let world = World::new();
    let first = world.start("first").await;
    reserve(&world).await;
    world.runtime.create(&spec("second")).await.unwrap();
    world.runtime.remove("second").await.unwrap();
    assert!(!world.tree("second").exists());
    let others: Vec<i32> =
        processes_in(world.place.path()).into_iter().filter(|pid| *pid != first.pid()).collect();
    assert!(others.len() <= usize::from(rung() == Rung::Process), "{others:?}");
    let again = world.start("second").await;
    assert_eq!(run(&again, "echo again").await.0, "again\n");
}

/// Whether a process is the first of a namespace below the host's.
fn is_first_inside(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
    numbers.split_whitespace().count() > 1 && numbers.ends_with("\t1")
}

async fn a_reserve_that_was_killed_keeps_nobody_waiting() {
    let world = World::new();
    let first = world.start("first").await;
    let ahead = reserve(&world).await;
    let others = || -> Vec<i32> {
        processes_in(world.place.path()).into_iter().filter(|pid| *pid != first.pid()).collect()
    };
    // One process: whatever it took to make it has ended.
    until(|| matches!(others()[..], [other] if ahead.is_none() || is_first_inside(other))).await;
    if let Some((tree, _)) = &ahead {
        fs::write(tree.join("home/mark"), "").unwrap();
    }
    for pid in others() {
        signal(pid, Signal::KILL);
        await_end(pid).await;
    }
    let second = world.start("second").await;
    assert_eq!(run(&second, "echo $GREETING").await.0, "hello\n");
    assert!(!world.tree("second").join("home/mark").exists(), "its tree went with it");
}

async fn a_root_made_before_the_host_changed_its_network_is_nobodys() {
    let world = World::new();
    world.start("first").await;
    let Some((tree, _)) = reserve(&world).await else { return };
    let resolver = tree.join("upper/etc/resolv.conf");
    let host = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    until(|| fs::read_to_string(&resolver).is_ok_and(|own| own == host)).await;
    fs::write(&resolver, "nameserver 192.0.2.1\n").unwrap();
    let second = world.start("second").await;
    assert_eq!(run(&second, "cat /etc/resolv.conf").await.0, host);
}

async fn the_superuser_gets_a_root_that_it_may_change_and_keeps() {
    let world = World::new();
    world.start("first").await;
    let ahead = reserve(&world).await;
    if ahead.is_none() {
        return;
    }
    let wanted = SandboxSpec { user: "root".to_owned(), ..spec("second") };
    world.runtime.create(&wanted).await.unwrap();
    let agent = world.runtime.start(&wanted).await.unwrap();
    run(&agent, "mkdir /app; echo mine > /app/file").await;
    agent.stop(Duration::ZERO).await;
    let agent = world.runtime.start(&wanted).await.unwrap();
    assert_eq!(run(&agent, "id -u; cat /app/file").await.0, "0\nmine\n");
    let first = world.runtime.start(&spec("first")).await;
    assert!(first.is_err(), "it runs already");
    let other = world.start("third").await;
    assert_eq!(run(&other, "ls -d /app 2>&1 | wc -l; ls / | grep -c app").await.0, "1\n0\n");
    let names: Vec<OsString> =
        fs::read_dir(world.tree("third")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.contains(&OsString::from("root")), "others share theirs");
}
