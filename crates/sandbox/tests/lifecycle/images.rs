//! Images: captured, made into sandboxes, outlived by them, swept.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sandbox::{Agent, Capability, Root, Rung, Runtime, SandboxSpec, StartError, StorageError};

use crate::trials;
use crate::world::{World, config, on, open, run, rung, spec};

trials!(
    a_sandbox_made_from_an_image_begins_with_its_files_and_changes_only_its_own,
    what_was_deleted_or_replaced_over_an_image_stays_so_in_the_next,
    what_root_changed_of_the_system_is_seen_in_sandboxes_made_from_it,
    the_image_of_a_running_sandbox_shows_one_moment,
    a_sandbox_outlives_its_image_and_the_last_one_takes_its_files_along,
    a_copy_of_a_sandbox_made_from_an_image_outlives_both,
    an_image_needs_files_and_a_name_that_is_free,
    images_of_a_data_directory_stay_and_those_nobody_knows_are_swept,
    a_server_killed_while_it_captures_leaves_whole_images_or_none,
    layers_may_lie_in_a_directory_of_which_sandboxes_see_a_copy,
);

/// The program's name for a server that captures images until it is killed.
pub(crate) const SERVER: &str = "server-that-captures";

/// Files of the sandbox it captures: more than are copied between two looks.
const FILES: usize = 600;

/// Captures one image after another in the data directory it is given, and says each.
pub(crate) fn server() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let place = std::env::args().nth(2).unwrap();
        if std::env::args().nth(3).as_deref() == Some(Rung::Namespace.name()) {
            on(Rung::Namespace);
        }
        let runtime = open(Root::persistent(Path::new(&place)).unwrap(), config());
        let agent = start(&*runtime, &spec("s1")).await;
        run(&agent, &format!("cd; for i in $(seq {FILES}); do echo $i > $i; done")).await;
        for number in 0.. {
            println!("{number}");
            runtime.capture("s1", &format!("i{number}")).await.unwrap();
        }
    });
}

fn from(image: &str, id: &str) -> SandboxSpec {
    SandboxSpec { image: Some(image.to_owned()), ..spec(id) }
}

async fn start(runtime: &dyn Runtime, spec: &SandboxSpec) -> Agent {
    runtime.create(spec).await.unwrap();
    runtime.start(spec).await.unwrap()
}

fn root_of(world: &World) -> PathBuf {
    world.tree("s1").parent().unwrap().parent().unwrap().to_owned()
}

fn count(directory: &Path) -> usize {
    fs::read_dir(directory).into_iter().flatten().count()
}

/// Whether sandboxes here can be root over their own copy of the system.
fn has_own_root(runtime: &dyn Runtime) -> bool {
    [Capability::OwnRoot, Capability::MultiUid].iter().all(|needed| runtime.capabilities().contains(needed))
}

async fn a_sandbox_made_from_an_image_begins_with_its_files_and_changes_only_its_own() {
    let world = World::new();
    let agent = world.start("s1").await;
    let make = "cd; umask 022; echo text > file; chmod 640 file; ln file other; ln -s file link; mkfifo pipe;
        mkdir -p deep/er; echo deep > deep/er/file; chmod 750 deep; truncate -s 100M sparse; echo end >> sparse;
        touch -d @1000000000.123456789 file; touch -d @1000000001 deep; echo t > $TMPDIR/temporary; chmod 711 .";
    assert_eq!(run(&agent, make).await.1, 0);
    let look = "cd; stat -c '%n %a %Y %y %h %s %F' file other link pipe deep sparse; cat file deep/er/file;
        readlink link; tail -c 4 sparse; cat $TMPDIR/temporary; stat -c %a .; id -u";
    let before = run(&agent, look).await;
    let bytes = world.runtime.capture("s1", "i1").await.unwrap();
    assert!((10..1_000_000).contains(&bytes), "{bytes} bytes, holes not counted");
    run(&agent, "cd; echo changed > file; rm other").await;

    let second = start(&*world.runtime, &from("i1", "s2")).await;
    assert_eq!(run(&second, look).await, before, "{}", before.0);
    run(&second, "cd; echo more >> file; rm -r deep; echo new > new; mv pipe tube").await;
    let third = start(&*world.runtime, &from("i1", "s3")).await;
    assert_eq!(run(&third, look).await, before, "what one changes no other sees");
    assert_eq!(run(&third, "cd; ls; cat other").await.0, "deep\nfile\nlink\nother\npipe\nsparse\ntext\n");

    second.stop(Duration::ZERO).await;
    let second = world.runtime.start(&from("i1", "s2")).await.unwrap();
    assert_eq!(
        run(&second, "cd; ls; cat file").await.0,
        "file\nlink\nnew\nother\nsparse\ntube\ntext\nmore\n"
    );
}

async fn what_was_deleted_or_replaced_over_an_image_stays_so_in_the_next() {
    let world = World::new();
    let agent = world.start("s1").await;
    let make = "cd; for d in gone file fresh kept; do mkdir $d; echo old > $d/old; done; echo old > single; echo old > dir";
    run(&agent, make).await;
    world.runtime.capture("s1", "i1").await.unwrap();

    let second = start(&*world.runtime, &from("i1", "s2")).await;
    let change =
        "cd; rm -r gone single; rm -r file; echo now > file; rm -r fresh; mkdir fresh; echo new > fresh/new;
        echo new > kept/new; rm dir; mkdir dir; echo in > dir/in; chmod 700 kept";
    assert_eq!(run(&second, change).await.1, 0);
    let look = "cd; find . -mindepth 1 | sort; cat file; stat -c %a kept";
    let before = run(&second, look).await;
    assert_eq!(
        before.0,
        "./dir\n./dir/in\n./file\n./fresh\n./fresh/new\n./kept\n./kept/new\n./kept/old\nnow\n700\n"
    );
    world.runtime.capture("s2", "i2").await.unwrap();
    world.runtime.remove("s2").await.unwrap();
    // The second holds on to what lies below it.
    world.runtime.remove_image("i1").await.unwrap();

    let third = start(&*world.runtime, &from("i2", "s3")).await;
    assert_eq!(run(&third, look).await, before);
    assert_eq!(run(&third, "cd; mkdir gone && ls gone").await.0, "", "nothing old comes back");
}

async fn what_root_changed_of_the_system_is_seen_in_sandboxes_made_from_it() {
    let world = World::new();
    if !has_own_root(&*world.runtime) {
        return;
    }
    let root = SandboxSpec { user: "root".to_owned(), ..spec("s1") };
    let agent = start(&*world.runtime, &root).await;
    let change = "rm /usr/bin/env; echo mine > /etc/mine; chown 5:6 /etc/mine; rm -r /etc/cron.d; rm -r /etc/default
        mkdir /etc/default; echo own > /etc/default/own; mkdir -p /app/sub; echo app > /app/file; chown 1000:1000 /app/sub
        echo 'someone:x:4000:4000::/:/bin/sh' >> /etc/passwd; echo r > /root/secret; chmod 600 /root/secret
        rm -r /srv; ln -s /app /srv; echo x > /.requirements.txt; chmod 4755 /etc/mine; mkdir /usr/local/lib/pitlane-own
        echo l > /usr/local/lib/pitlane-own/file";
    run(&agent, change).await;
    world.runtime.capture("s1", "i1").await.unwrap();
    agent.stop(Duration::ZERO).await;

    let look = "ls -d /usr/bin/env /etc/cron.d 2>/dev/null; ls /etc/default; cat /etc/mine /.requirements.txt /srv/file
        stat -c '%n %a %u:%g' /etc/mine /app/sub /app/file /root /usr/local/lib/pitlane-own; tail -n 1 /etc/passwd; hostname
        cat /etc/hostname; cat /root/secret 2>/dev/null || echo secret; echo x > /new 2>/dev/null || echo closed";
    let expected = "own\nmine\nx\napp\n/etc/mine 4755 5:6\n/app/sub 755 1000:1000\n/app/file 644 0:0\n/root 711 0:0\n\
        /usr/local/lib/pitlane-own 755 0:0\nsomeone:x:4000:4000::/:/bin/sh\ns2\ns2\nsecret\nclosed\n";
    let second = start(&*world.runtime, &from("i1", "s2")).await;
    // The umask of whoever runs the tests is none of the sandbox's.
    assert_eq!(run(&second, look).await.0, expected);
    assert_eq!(
        run(&second, "echo mine > /app/sub/x && cat /app/sub/x; touch ~/f $TMPDIR/f && echo ok").await.0,
        "mine\nok\n"
    );

    let third = SandboxSpec { user: "root".to_owned(), ..from("i1", "s3") };
    let third = start(&*world.runtime, &third).await;
    let (output, _) =
        run(&third, "cat /root/secret; rm /app/file; mkdir /app/more; ls /app; echo in > /new; cat /new")
            .await;
    assert_eq!(output, "r\nmore\nsub\nin\n");
    assert_eq!(run(&second, "ls /app /new 2>/dev/null").await.0, "/app:\nfile\nsub\n");
}

async fn the_image_of_a_running_sandbox_shows_one_moment() {
    let world = World::new();
    let agent = world.start("s1").await;
    let count = "cd; i=0; (while :; do i=$((i+1)); echo $i > a; echo $i > z; done) >/dev/null 2>&1 &
        while ! [ -s ~/z ]; do sleep 0.01; done";
    run(&agent, count).await;
    run(&agent, "cd; mkdir m; for i in $(seq 500); do echo $i > m/$i; done").await;
    world.runtime.capture("s1", "i1").await.unwrap();
    let second = start(&*world.runtime, &from("i1", "s2")).await;
    let (text, _) = run(&second, "cd; ls m | wc -l; cat a; echo; cat z").await;
    let numbers: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    assert_eq!(numbers[0], 500);
    // A file that was emptied and not filled yet is not there at all.
    if let [_, first, last] = numbers[..] {
        assert!((first - last).abs() <= 1, "{first} {last}");
    }
    let before = run(&agent, "cat ~/a").await.0;
    run(&agent, &format!("while [ \"$(cat ~/a)\" = '{}' ]; do sleep 0.01; done", before.trim())).await;
}

async fn a_sandbox_outlives_its_image_and_the_last_one_takes_its_files_along() {
    let world = World::new();
    let agent = world.start("s1").await;
    run(&agent, "echo kept > ~/file").await;
    world.runtime.capture("s1", "i1").await.unwrap();
    let spec = from("i1", "s2");
    let second = start(&*world.runtime, &spec).await;
    world.runtime.remove_image("i1").await.unwrap();
    world.runtime.remove_image("i1").await.expect("what is gone is gone");
    let late = world.runtime.create(&from("i1", "s3")).await;
    assert!(matches!(late, Err(StartError::NoImage(_))), "{late:?}");
    assert_eq!(run(&second, "cat ~/file").await.0, "kept\n");
    second.stop(Duration::ZERO).await;
    world.runtime.archive("s2").await.unwrap();
    world.runtime.remove("s1").await.unwrap();
    world.runtime.restore("s2").await.unwrap();
    let second = world.runtime.start(&spec).await.unwrap();
    assert_eq!(run(&second, "cat ~/file; rm ~/file; ls ~").await.0, "kept\n");
    second.stop(Duration::ZERO).await;
    world.runtime.remove("s2").await.unwrap();
    let root = root_of(&world);
    assert_eq!(
        (count(&root.join("layers")), count(&root.join("images")), count(&root.join("bases"))),
        (0, 0, 0)
    );
}

async fn a_copy_of_a_sandbox_made_from_an_image_outlives_both() {
    let world = World::new();
    let agent = world.start("s1").await;
    run(&agent, "echo one > ~/one; echo two > ~/two").await;
    world.runtime.capture("s1", "i1").await.unwrap();
    let second = start(&*world.runtime, &from("i1", "s2")).await;
    run(&second, "rm ~/one; echo three > ~/three").await;
    world.runtime.duplicate("s2", &from("i1", "s3")).await.unwrap();
    for id in ["s1", "s2"] {
        world.runtime.remove(id).await.unwrap();
    }
    world.runtime.remove_image("i1").await.unwrap();
    let third = world.runtime.start(&from("i1", "s3")).await.unwrap();
    assert_eq!(run(&third, "cd; ls; cat two").await.0, "three\ntwo\ntwo\n");
}

async fn an_image_needs_files_and_a_name_that_is_free() {
    let world = World::new();
    world.start("s1").await;
    world.runtime.capture("s1", "i1").await.unwrap();
    assert!(matches!(world.runtime.capture("s1", "i1").await, Err(StorageError::Exists(_))));
    assert!(matches!(world.runtime.capture("s9", "i9").await, Err(StorageError::Missing(_))));
    assert!(matches!(world.runtime.capture("s1", "../i9").await, Err(StorageError::InvalidId(_))));
    assert!(matches!(world.runtime.remove_image("..").await, Err(StorageError::InvalidId(_))));
    assert!(matches!(world.runtime.create(&from("i9", "s9")).await, Err(StartError::NoImage(_))));
    assert!(matches!(world.runtime.create(&from("../i1", "s9")).await, Err(StartError::NoImage(_))));
    assert!(!world.tree("s9").exists());
    assert!(matches!(world.runtime.create(&from("i1", "s1")).await, Err(StartError::Exists(_))));
    let root = root_of(&world);
    assert_eq!((count(&root.join("layers")), count(&root.join("bases"))), (1, 0));
}

async fn images_of_a_data_directory_stay_and_those_nobody_knows_are_swept() {
    let place = tempfile::tempdir().unwrap();
    let runtime = open(Root::persistent(place.path()).unwrap(), config());
    let agent = start(&*runtime, &spec("s1")).await;
    for image in ["kept", "forgotten", "used"] {
        run(&agent, &format!("echo {image} > ~/file")).await;
        runtime.capture("s1", image).await.unwrap();
    }
    runtime.create(&from("used", "s2")).await.unwrap();
    agent.stop(Duration::ZERO).await;
    drop(agent);
    runtime.close(Duration::ZERO).await;
    drop(runtime);
    let root = place.path();
    // A server that was killed between a layer and its name, and one in the middle of copying.
    fs::create_dir_all(root.join("layers/77/home")).unwrap();
    fs::create_dir_all(root.join("trash/1-0-late/home")).unwrap();

    let runtime = open(Root::persistent(root).unwrap(), config());
    let known = ["s1".to_owned(), "s2".to_owned()];
    let report = runtime.sweep(&known, &["kept".to_owned()]).await;
    assert_eq!((report.images, report.failures.as_slice()), (2, [].as_slice()));
    assert!(!root.join("layers/77").exists());
    let still = fs::metadata(root.join("images")).unwrap().nlink();
    assert!(still >= 1 && count(&root.join("images")) == 1);
    for (id, image, text) in [("s2", "used", "used\n"), ("s3", "kept", "kept\n")] {
        let spec = from(image, id);
        if id == "s3" {
            runtime.create(&spec).await.unwrap();
        }
        let agent = runtime.start(&spec).await.unwrap();
        assert_eq!(run(&agent, "cat ~/file").await.0, text);
    }
    assert!(matches!(runtime.create(&from("forgotten", "s4")).await, Err(StartError::NoImage(_))));
    runtime.close(Duration::ZERO).await;
}

async fn a_server_killed_while_it_captures_leaves_whole_images_or_none() {
    for (round, captured) in [0_usize, 1, 3].into_iter().enumerate() {
        let place = tempfile::tempdir().unwrap();
        let mut server = Command::new(std::env::current_exe().unwrap());
        server.arg(SERVER).arg(place.path()).arg(rung().name()).stdout(Stdio::piped());
        let mut server = server.spawn().unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        // It has begun that one, and may be anywhere in it.
        lines.take(captured + 1).for_each(drop);
        std::thread::sleep(Duration::from_millis(7 * round as u64));
        server.kill().unwrap();
        server.wait().unwrap();

        let runtime = open(Root::persistent(place.path()).unwrap(), config());
        let images: Vec<_> =
            fs::read_dir(place.path().join("images")).into_iter().flatten().flatten().collect();
        let images: Vec<_> = images.iter().map(|entry| entry.file_name().into_string().unwrap()).collect();
        assert!(images.len() >= captured, "what was said to be there is: {images:?}");
        let report = runtime.sweep(&[], &images).await;
        assert_eq!(report.failures, Vec::<String>::new());
        assert_eq!(count(&place.path().join("layers")), images.len(), "nothing half stays");
        assert_eq!(count(&place.path().join("stale")), 0);
        for image in &images {
            let agent = start(&*runtime, &from(image, &format!("of-{image}"))).await;
            assert_eq!(run(&agent, "ls ~ | wc -l; cat ~/* | wc -l").await.0, format!("{FILES}\n{FILES}\n"));
        }
        runtime.close(Duration::ZERO).await;
    }
}

async fn layers_may_lie_in_a_directory_of_which_sandboxes_see_a_copy() {
    // Layers would lie in what lies below them in turn, which no overlay takes.
    let place = tempfile::tempdir_in("/var/tmp").unwrap();
    let runtime = open(Root::ephemeral(place.path()).unwrap(), config());
    let root = SandboxSpec { user: "root".to_owned(), ..spec("s1") };
    let agent = start(&*runtime, &root).await;
    let has_root = has_own_root(&*runtime);
    let change = if has_root {
        "mkdir -p /var/lib/own && echo mine > /var/lib/own/file; rm -r /var/cache"
    } else {
        "true"
    };
    run(&agent, &format!("{change}; echo home > ~/file; echo home > /home/daytona/file")).await;
    runtime.capture("s1", "i1").await.unwrap();
    let spec = SandboxSpec { user: "root".to_owned(), ..from("i1", "s2") };
    let agent = start(&*runtime, &spec).await;
    assert_eq!(run(&agent, "cat ~/file").await.0, "home\n");
    if has_root {
        let seen = run(
            &agent,
            "cat /var/lib/own/file; ls -d /var/cache 2>/dev/null; ls -d /var/log; echo x >> /var/lib/own/file && tail -n 1 /var/lib/own/file",
        );
        assert_eq!(seen.await.0, "mine\n/var/log\nx\n");
        let hidden = format!("ls {} 2>&1 | grep -c 'No such file'", place.path().display());
        assert_eq!(run(&agent, &hidden).await.0, "1\n", "sandboxes stay out of sight");
    }
    // Once more: what the first start left must not be in the way.
    agent.stop(Duration::ZERO).await;
    let agent = runtime.start(&spec).await.unwrap();
    assert_eq!(run(&agent, "cat ~/file").await.0, "home\n");
    runtime.close(Duration::ZERO).await;
}
