//! What a sandbox cannot do.

use std::path::Path;
use std::time::Duration;

use sandbox::{Capability, ProcessRuntime, Root, Rung, Runtime};

use crate::trials;
use crate::world::{World, config, open, run, rung, spec};

trials!(
    writes_stay_inside_the_tree_where_that_is_claimed,
    without_the_fence_nothing_is_claimed,
    tools_that_lie_where_a_sandbox_has_folders_of_its_own_are_found,
);

async fn writes_stay_inside_the_tree_where_that_is_claimed() {
    let (place, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut config = config();
    config.shared_temp = vec![shared.path().to_owned(), "/no/such/folder".into()];
    let runtime = open(Root::ephemeral(place.path()).unwrap(), config);
    if !runtime.capabilities().contains(&Capability::WriteConfinement) {
        println!("this kernel cannot confine writes");
        return;
    }
    // With a root of its own a sandbox has nothing of the host's to share.
    let shared_outside = match rung() {
        Rung::Process => shared.path().to_owned(),
        _ => "/tmp".into(),
    };
    for id in ["s1", "s2"] {
        runtime.create(&spec(id)).await.unwrap();
    }
    let outside = place.path().join("outside");
    std::fs::write(&outside, "kept").unwrap();
    let agent = runtime.start(&spec("s1")).await.unwrap();
    let neighbour = runtime.directories("s2").unwrap().home;
    let attempts = format!(
        "cd; echo x > {outside}; echo x > {neighbour}/file; rm -f {outside}; mv {outside} here; truncate -s 0 {outside}",
        outside = outside.display(),
        neighbour = neighbour.display()
    );
    run(&agent, &attempts).await;
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "kept");
    assert!(!neighbour.join("file").exists());
    let allowed = format!(
        "set -e; cd; echo x > file; mkdir a b; mv file a/; mv a/file b/; rm -r a b; echo x > $TMPDIR/file;
        echo x > {}/file; echo x > /dev/null; cat /etc/hostname > copy; echo fine",
        shared_outside.display(),
    );
    assert_eq!(run(&agent, &allowed).await, ("fine\n".to_owned(), 0));
    runtime.close(Duration::ZERO).await;
}

async fn without_the_fence_nothing_is_claimed() {
    let mut unfenced = config();
    unfenced.confine_writes = false;
    let world = World::with(unfenced);
    if rung() != Rung::Process {
        // Nothing can be opened up where the fence is the root itself.
        assert!(world.runtime.capabilities().contains(&Capability::WriteConfinement));
        return;
    }
    assert!(!world.runtime.capabilities().contains(&Capability::WriteConfinement));
    let outside = tempfile::tempdir_in(std::env::current_exe().unwrap().parent().unwrap()).unwrap();
    let agent = world.start("s1").await;
    let script = format!("echo x > {}/file", outside.path().display());
    assert_eq!(run(&agent, &script).await.1, 0);

    // A root inside a folder all sandboxes may write to is not fenced off from its neighbours.
    let mut shared = config();
    let place = tempfile::tempdir().unwrap();
    shared.shared_temp = vec![place.path().to_owned()];
    let runtime = ProcessRuntime::open(Root::ephemeral(place.path()).unwrap(), shared).unwrap();
    assert!(!runtime.capabilities().contains(&Capability::WriteConfinement));
}

async fn tools_that_lie_where_a_sandbox_has_folders_of_its_own_are_found() {
    for folder in ["/tmp", "/var/tmp", "/home", "/home/daytona", "/workspace"] {
        // Only a privileged test can put something everywhere.
        let made = !Path::new(folder).exists();
        if made && std::fs::create_dir(folder).is_err() {
            continue;
        }
        let Ok(place) = tempfile::Builder::new().prefix("pitlane-tools-").tempdir_in(folder) else {
            continue;
        };
        let (bin, tool) = (place.path().join("deep/bin"), place.path().join("deep/bin/some-tool"));
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(&tool, "#!/bin/sh\necho found\n").unwrap();
        for path in [place.path(), &place.path().join("deep"), &bin, &tool] {
            std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        let mut config = config();
        config.tools.expose = vec![bin];
        let world = World::with(config);
        let agent = world.start("s1").await;
        assert_eq!(run(&agent, "some-tool").await, ("found\n".to_owned(), 0), "below {folder}");
        if rung() != Rung::Process {
            assert_ne!(run(&agent, &format!("echo x > {}", tool.display())).await.1, 0, "it can be changed");
        }
        agent.stop(Duration::ZERO).await;
        let agent = world.runtime.start(&spec("s1")).await.unwrap();
        assert_eq!(run(&agent, "some-tool; touch $TMPDIR/mine").await, ("found\n".to_owned(), 0));
        drop((agent, world, place));
        if made {
            let _ = std::fs::remove_dir(folder);
        }
    }
}
