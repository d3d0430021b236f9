//! Files put away, brought back and copied, and sandboxes that are held still.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use sandbox::{Agent, Capability, Root, Runtime, StorageError};

use crate::trials;
use crate::world::{PATIENCE, World, config, daemon, is_alive, on_the_host, open, run, signal, spec, state};

trials!(
    a_sandbox_put_away_and_brought_back_is_the_same,
    what_a_sandbox_changed_of_the_system_is_put_away_with_it,
    a_sandbox_that_runs_is_not_put_away,
    putting_away_that_fails_leaves_everything_as_it_was,
    what_was_cut_short_is_swept_and_taken_up_again,
    a_copy_of_a_running_sandbox_shows_one_moment_and_lives_its_own_life,
    a_copy_takes_no_name_that_is_taken_and_needs_an_original,
    a_paused_sandbox_stands_still_until_it_is_resumed,
    a_paused_sandbox_can_be_stopped,
    what_a_client_had_stopped_stays_stopped,
    a_shell_does_not_notice_that_its_job_was_held,
);

fn archives(world: &World) -> Vec<PathBuf> {
    let root = world.tree("s1").parent().unwrap().parent().unwrap().to_owned();
    let found = fs::read_dir(root.join("archives")).into_iter().flatten().flatten();
    found.map(|entry| entry.path()).collect()
}

async fn a_sandbox_put_away_and_brought_back_is_the_same() {
    let world = World::new();
    let agent = world.start("s1").await;
    let make = "cd; umask 022; echo text > file; chmod 640 file; ln file other; ln -s file link; mkfifo pipe;
        mkdir -p deep/er; chmod 500 deep/er; truncate -s 100M sparse; echo end >> sparse;
        touch -d @1000000000.123456789 file; echo t > /tmp/pitlane-$$ && rm /tmp/pitlane-$$; echo t > $TMPDIR/temporary";
    assert_eq!(run(&agent, make).await.1, 0);
    let look = "cd; cat file; stat -c '%n %a %Y %y %h %s %F' file other link pipe deep/er sparse; readlink link;
        tail -c 4 sparse; test $(du -k sparse | cut -f1) -lt 1000 && echo sparse; cat $TMPDIR/temporary; echo $GREETING";
    let before = run(&agent, look).await;
    assert!(before.0.contains("regular file 2") || before.0.contains("file 640"), "{}", before.0);
    agent.stop(Duration::ZERO).await;

    world.runtime.archive("s1").await.unwrap();
    assert!(!world.tree("s1").exists());
    assert_eq!(archives(&world).len(), 1);
    world.runtime.archive("s1").await.expect("what is put away is put away");
    assert!(world.runtime.start(&spec("s1")).await.is_err(), "nothing is there to be started");

    world.runtime.restore("s1").await.unwrap();
    assert_eq!(archives(&world), Vec::<PathBuf>::new());
    world.runtime.restore("s1").await.expect("what is back is back");
    let agent = world.runtime.start(&spec("s1")).await.unwrap();
    assert_eq!(run(&agent, look).await, before);
    agent.stop(Duration::ZERO).await;

    world.runtime.archive("s1").await.unwrap();
    world.runtime.remove("s1").await.unwrap();
    assert_eq!(archives(&world), Vec::<PathBuf>::new());
    assert!(matches!(world.runtime.restore("s1").await, Err(StorageError::Missing(_))));
}

async fn what_a_sandbox_changed_of_the_system_is_put_away_with_it() {
    let world = World::new();
    let needed = [Capability::OwnRoot, Capability::MultiUid];
    if !needed.iter().all(|needed| world.runtime.capabilities().contains(needed)) {
        return;
    }
    let mut spec = spec("s1");
    spec.user = "root".to_owned();
    world.runtime.create(&spec).await.unwrap();
    let agent = world.runtime.start(&spec).await.unwrap();
    let change = "rm /usr/bin/env && echo mine > /etc/mine && chown 5:6 /etc/mine && rm -r /etc/cron.d /etc/default
        mkdir /etc/default && echo own > /etc/default/own; mkdir /data && chown 1000:1000 /data; chmod 4711 /etc/mine";
    run(&agent, change).await;
    let look = "ls /usr/bin/env /etc/cron.d 2>/dev/null; ls /etc/default; cat /etc/mine;
        stat -c '%n %a %u:%g' /etc/mine /data /root /home/daytona /usr/bin /tmp";
    let before = run(&agent, look).await;
    assert!(before.0.starts_with("own\nmine\n/etc/mine 4711 5:6\n/data 755 1000:1000\n"), "{}", before.0);
    agent.stop(Duration::ZERO).await;
    world.runtime.archive("s1").await.unwrap();
    world.runtime.restore("s1").await.unwrap();
    let agent = world.runtime.start(&spec).await.unwrap();
    assert_eq!(run(&agent, look).await, before);
}

async fn a_sandbox_that_runs_is_not_put_away() {
    let world = World::new();
    let agent = world.start("s1").await;
    assert!(matches!(world.runtime.archive("s1").await, Err(StorageError::InUse(_))));
    assert!(matches!(world.runtime.restore("s1").await, Err(StorageError::InUse(_))));
    assert!(matches!(world.runtime.archive("../s1").await, Err(StorageError::InvalidId(_))));
    assert!(matches!(world.runtime.archive("s2").await, Err(StorageError::Missing(_))));
    assert_eq!(run(&agent, "echo fine").await.0, "fine\n");
}

async fn putting_away_that_fails_leaves_everything_as_it_was() {
    let world = World::new();
    let agent = world.start("s1").await;
    run(&agent, "echo kept > ~/file").await;
    agent.stop(Duration::ZERO).await;
    let root = world.tree("s1").parent().unwrap().parent().unwrap().to_owned();
    fs::write(root.join("archives"), "in the way").unwrap();
    assert!(matches!(world.runtime.archive("s1").await, Err(StorageError::Files(_))));
    assert_eq!(fs::read_dir(root.join("trash")).unwrap().count(), 0);
    let agent = world.runtime.start(&spec("s1")).await.unwrap();
    assert_eq!(run(&agent, "cat ~/file").await.0, "kept\n");
}

async fn what_was_cut_short_is_swept_and_taken_up_again() {
    let place = tempfile::tempdir().unwrap();
    let tree = |runtime: &dyn Runtime, id: &str| runtime.directories(id).unwrap().tree;
    let runtime = open(Root::persistent(place.path()).unwrap(), config());
    for id in ["s1", "s2", "s3"] {
        runtime.create(&spec(id)).await.unwrap();
        fs::write(tree(&*runtime, id).join("home/file"), "kept").unwrap();
        runtime.archive(id).await.unwrap();
    }
    let root = place.path();
    // A server that was killed after the tree was back, and before the archive was gone.
    let kept = root.join("kept");
    fs::copy(root.join("archives/s1.tar.zst"), &kept).unwrap();
    runtime.restore("s1").await.unwrap();
    fs::rename(&kept, root.join("archives/s1.tar.zst")).unwrap();
    // And one that was killed in the middle of packing or unpacking.
    fs::create_dir_all(root.join("trash/1-0-s2/home")).unwrap();
    fs::write(root.join("trash/1-1-s2"), "half an archive").unwrap();
    drop(runtime);

    let runtime = open(Root::persistent(root).unwrap(), config());
    let report = runtime.sweep(&["s1".to_owned(), "s2".to_owned()], &[]).await;
    assert_eq!(report.failures, Vec::<String>::new());
    let left = fs::read_dir(root.join("trash")).unwrap().map(|entry| entry.unwrap().file_name());
    // The tree of the agent in reserve is there until it is somebody's.
    let left: Vec<_> = left.filter(|name| !name.to_string_lossy().ends_with("-reserve")).collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
    let mut left: Vec<_> =
        fs::read_dir(root.join("archives")).unwrap().flatten().map(|it| it.file_name()).collect();
    left.sort();
    assert_eq!(left, ["s1.tar.zst", "s2.tar.zst"], "the third belongs to nobody");
    for id in ["s1", "s2"] {
        runtime.restore(id).await.unwrap();
        assert_eq!(fs::read_to_string(tree(&*runtime, id).join("home/file")).unwrap(), "kept");
    }
    assert_eq!(fs::read_dir(root.join("archives")).unwrap().count(), 0);
}

async fn a_copy_of_a_running_sandbox_shows_one_moment_and_lives_its_own_life() {
    let world = World::new();
    let agent = world.start("s1").await;
    // Both numbers grow together; only in a copy that took a while could they be far apart.
    let count = "cd; i=0; (while :; do i=$((i+1)); echo $i > a; echo $i > z; done) >/dev/null 2>&1 &
        while ! [ -s ~/z ]; do sleep 0.01; done";
    run(&agent, count).await;
    run(&agent, "cd; mkdir m; for i in $(seq 500); do echo $i > m/$i; done").await;
    world.runtime.duplicate("s1", &spec("s2")).await.unwrap();
    let number = |name: &str| -> i64 {
        let text = fs::read_to_string(world.tree("s2").join("home").join(name)).unwrap();
        text.trim().parse().unwrap_or(-1)
    };
    let (first, last) = (number("a"), number("z"));
    // An emptied file that was not filled yet counts as read in between.
    assert!(first == -1 || last == -1 || (first - last).abs() <= 1, "{first} {last}");
    assert!(fs::read_to_string(world.tree("s1").join("home/a")).is_ok());

    let copy = world.runtime.start(&spec("s2")).await.unwrap();
    assert_eq!(run(&copy, "ls ~/m | wc -l; echo changed > ~/m/1").await.0.trim(), "500");
    assert_eq!(run(&agent, "cat ~/m/1").await.0, "1\n");
    if world.runtime.capabilities().contains(&Capability::OwnRoot) {
        let names = run(&copy, "hostname; cat /etc/hostname; tail -n 1 /etc/hosts").await.0;
        assert_eq!(names, "s2\ns2\n127.0.1.1 s2\n");
    }
    // The original goes on.
    let at = |agent: Agent| async move { run(&agent, "cat ~/a").await.0 };
    let before = at(agent.clone()).await;
    run(&agent, &format!("while [ \"$(cat ~/a)\" = '{}' ]; do sleep 0.01; done", before.trim())).await;
    world.runtime.remove("s1").await.unwrap();
    assert_eq!(run(&copy, "cat ~/m/1").await.0, "changed\n");
}

async fn a_copy_takes_no_name_that_is_taken_and_needs_an_original() {
    let world = World::new();
    world.start("s1").await;
    world.runtime.create(&spec("s2")).await.unwrap();
    assert!(matches!(world.runtime.duplicate("s1", &spec("s2")).await, Err(StorageError::Exists(_))));
    assert!(matches!(world.runtime.duplicate("s1", &spec("s1")).await, Err(StorageError::InUse(_))));
    assert!(matches!(world.runtime.duplicate("s3", &spec("s4")).await, Err(StorageError::Missing(_))));
    assert!(matches!(world.runtime.duplicate("../s1", &spec("s4")).await, Err(StorageError::InvalidId(_))));
    assert!(!world.tree("s4").exists());
}

/// Starts something that counts in `~/count`, and waits until it does.
async fn count(agent: &Agent) {
    let script = "cd; (setsid sh -c 'i=0; while :; do i=$((i+1)); echo $i > draft; mv draft count; done' >/dev/null 2>&1 &)
        while ! [ -s count ]; do sleep 0.01; done";
    run(agent, script).await;
}

fn number(home: &Path) -> u64 {
    fs::read_to_string(home.join("count")).unwrap().trim().parse().unwrap()
}

async fn a_paused_sandbox_stands_still_until_it_is_resumed() {
    let world = World::new();
    let agent = world.start("s1").await;
    let neighbour = world.start("s2").await;
    count(&agent).await;
    count(&neighbour).await;
    let home = |id: &str| world.tree(id).join("home");
    agent.pause().await.unwrap();
    let (held, others) = (number(&home("s1")), number(&home("s2")));
    crate::world::until(|| number(&home("s2")) > others + 200).await;
    assert_eq!(number(&home("s1")), held, "nothing moves");
    // What comes in between is held by pausing once more.
    count_again(&agent).await;
    agent.pause().await.unwrap();
    let held = number(&home("s1"));
    let others = number(&home("s2"));
    crate::world::until(|| number(&home("s2")) > others + 200).await;
    assert_eq!(number(&home("s1")), held);
    agent.resume().await.unwrap();
    crate::world::until(|| number(&home("s1")) > held + 10).await;
    agent.resume().await.expect("what goes on goes on");
}

async fn count_again(agent: &Agent) {
    run(agent, "cd; (setsid sh -c 'while :; do echo > noise; done' >/dev/null 2>&1 &)").await;
}

async fn a_paused_sandbox_can_be_stopped() {
    let world = World::new();
    let agent = world.start("s1").await;
    let runaway = daemon(&agent).await;
    let script = "sh -c 'trap \"echo ended > ~/ended; exit\" TERM; echo > ~/set; while :; do sleep 0.05; done' \
        >/dev/null 2>&1 & while ! [ -e ~/set ]; do sleep 0.01; done";
    run(&agent, script).await;
    agent.pause().await.unwrap();
    assert_eq!(state(runaway), Some('T'));
    agent.stop(PATIENCE).await;
    assert!(!is_alive(runaway) && !is_alive(agent.pid()));
    assert_eq!(fs::read_to_string(world.tree("s1").join("home/ended")).unwrap(), "ended\n");
    assert!(agent.pause().await.is_err());
}

async fn what_a_client_had_stopped_stays_stopped() {
    let world = World::new();
    let agent = world.start("s1").await;
    let (stopped, going) = (daemon(&agent).await, daemon(&agent).await);
    signal(stopped, Signal::STOP);
    crate::world::until(|| state(stopped) == Some('T')).await;
    agent.pause().await.unwrap();
    crate::world::until(|| state(going) == Some('T')).await;
    agent.resume().await.unwrap();
    crate::world::until(|| state(going) == Some('S')).await;
    assert_eq!(state(stopped), Some('T'));
}

async fn a_shell_does_not_notice_that_its_job_was_held() {
    let world = World::new();
    let agent = world.start("s1").await;
    // A shell with job control says so when a child of its own stops.
    let script = "cd; mkfifo go; (exec setsid bash -c 'set -m; echo $$ > pid; sh -c \"read x < go\"; echo $? > said' >/dev/null 2>said-aloud &)
        while ! [ -s pid ]; do sleep 0.01; done; cat pid";
    let (output, _) = run(&agent, script).await;
    let shell = on_the_host(&agent, output.trim().parse().unwrap());
    for _ in 0..50 {
        agent.pause().await.unwrap();
        agent.resume().await.unwrap();
    }
    let home = world.tree("s1").join("home");
    run(&agent, "timeout 5 sh -c 'echo > ~/go'").await;
    crate::world::until(|| !is_alive(shell)).await;
    assert_eq!(fs::read_to_string(home.join("said-aloud")).unwrap(), "");
    assert_eq!(fs::read_to_string(home.join("said")).unwrap(), "0\n");
}
