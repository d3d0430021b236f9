//! Directories shared between sandboxes: what goes through them, and that nothing leads out of a sandbox by them.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{World, lifecycle, sandbox, state};

const SECRET: &str = "the-secret-of-the-host";

async fn volume(world: &World, name: &str) -> String {
    let made = world.server.request("POST", "/api/volumes", json!({ "name": name })).await;
    assert_eq!(made.status, 200, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

fn mount(volume: &str, path: &str) -> Value {
    json!({ "volumeId": volume, "mountPath": path })
}

fn part(volume: &str, path: &str, subpath: &str) -> Value {
    json!({ "volumeId": volume, "mountPath": path, "subpath": subpath })
}

async fn delete(world: &World, path: &str) -> (u16, String) {
    let answer = world.server.request("DELETE", path, Value::Null).await;
    (answer.status, answer.text())
}

async fn remove_sandbox(world: &World, id: &str) {
    assert_eq!(delete(world, &format!("/api/sandbox/{id}")).await.0, 200);
    let path = format!("/api/sandbox/{id}");
    crate::support::eventually("the sandbox is gone", async || {
        let answer = world.server.request("GET", &path, Value::Null).await;
        answer.status == 404 || answer.json()["state"] == "destroyed"
    })
    .await;
}

/// What a sandbox's command prints, complaints included.
async fn run(world: &World, sandbox: &str, command: &str) -> String {
    world.server.execute(sandbox, command).await.trim().to_owned()
}

fn files(world: &World, volume: &str) -> PathBuf {
    world.sandboxes().parent().unwrap().join("volumes").join(volume)
}

fn names_below(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        found.push(entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().unwrap().is_dir() {
            names_below(&entry.path(), found);
        }
    }
}

#[tokio::test]
async fn what_one_sandbox_writes_another_reads_and_it_outlives_both() {
    for world in World::all().await {
        let id = volume(&world, "shared").await;
        let body = json!({ "volumes": [mount(&id, "/home/daytona/shared")] });
        let (one, other) = (sandbox(&world.server, body.clone()).await, sandbox(&world.server, body).await);
        assert_eq!(run(&world, &one, "mkdir shared/sub && echo from one > shared/sub/file").await, "");
        assert_eq!(
            run(&world, &other, "cat shared/sub/file && echo from the other >> shared/sub/file").await,
            "from one"
        );
        let download = format!("/toolbox/{one}/files/download?path=/home/daytona/shared/sub/file");
        let read = world.server.request("GET", &download, Value::Null).await;
        assert_eq!((read.status, read.text()), (200, "from one\nfrom the other\n".to_owned()));

        let inner = json!({ "volumes": [part(&id, "/workspace/part", "sub")] });
        let third = sandbox(&world.server, inner).await;
        assert_eq!(
            run(&world, &third, "ls \"$HOME/../workspace/part\" 2>/dev/null || ls /workspace/part").await,
            "file"
        );

        lifecycle(&world.server, &other, "stop").await;
        lifecycle(&world.server, &other, "start").await;
        assert_eq!(run(&world, &other, "wc -l < shared/sub/file").await, "2");

        let (status, text) = delete(&world, &format!("/api/volumes/{id}")).await;
        assert_eq!(status, 409, "{text}");
        for used in [&one, &other, &third] {
            remove_sandbox(&world, used).await;
        }
        assert!(files(&world, &id).join("sub/file").is_file(), "files went with the sandboxes");
        assert_eq!(delete(&world, &format!("/api/volumes/{id}")).await.0, 200);
        assert!(!files(&world, &id).exists(), "files stayed behind the volume");
    }
}

#[tokio::test]
async fn a_volume_is_seen_wherever_a_sandbox_with_a_root_of_its_own_wants_it() {
    for world in World::all().await.into_iter().filter(|world| world.claims("own-root")) {
        let (outer, inner) = (volume(&world, "outer").await, volume(&world, "inner").await);
        let places = [
            "/data",
            "/mnt/deep/er",
            "/opt/data",
            "/usr/local/share/data",
            "/var/data",
            "/tmp/data",
            "/var/tmp/data",
            "/srv/data",
            "/workspace/data",
            "/home/daytona",
        ];
        for user in ["daytona", "root"] {
            let mut volumes: Vec<Value> = places.iter().map(|place| mount(&outer, place)).collect();
            // Before the one it lies in.
            volumes.insert(0, mount(&inner, "/data/inner"));
            let id = sandbox(&world.server, json!({ "user": user, "volumes": volumes })).await;
            for round in 0..2 {
                for place in places {
                    let word = format!("{user}-{round}-{}", place.replace('/', "-"));
                    let seen =
                        run(&world, &id, &format!("echo {word} > {place}/{word} && cat /data/{word}")).await;
                    assert_eq!(seen, word, "{place}");
                    assert!(files(&world, &outer).join(&word).is_file(), "{place}");
                }
                assert_eq!(run(&world, &id, "touch /data/inner/file; ls /opt/data/inner").await, "");
                assert!(files(&world, &inner).join("file").is_file());
                let top = run(&world, &id, "touch /x 2>/dev/null && echo made; rm -f /x").await;
                assert_eq!(top, if user == "root" { "made" } else { "" }, "the root is the superuser's");
                lifecycle(&world.server, &id, "stop").await;
                lifecycle(&world.server, &id, "start").await;
            }
            remove_sandbox(&world, &id).await;
        }
    }
}

#[tokio::test]
async fn without_a_root_of_its_own_a_sandbox_is_refused_what_it_could_not_be_shown() {
    for world in World::all().await.into_iter().filter(|world| !world.claims("own-root")) {
        let id = volume(&world, "elsewhere").await;
        for place in ["/data", "/tmp/data", "/home/daytona"] {
            let body = json!({ "volumes": [mount(&id, place)] });
            let refused = world.server.request("POST", "/api/sandbox", body).await;
            assert_eq!(refused.status, 400, "{place}");
            assert!(
                refused.text().contains("must be below /home/daytona or /workspace"),
                "{}",
                refused.text()
            );
        }
    }
}

#[tokio::test]
async fn no_link_in_a_volume_leads_out_of_a_sandbox() {
    for world in World::all().await {
        let outside = world.server.temp.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("secret"), SECRET).unwrap();
        let id = volume(&world, "links").await;
        let body = json!({ "volumes": [mount(&id, "/home/daytona/shared")] });
        let attacker = sandbox(&world.server, body.clone()).await;
        let plant = format!("ln -s {} shared/way && ln -s / shared/top", outside.display());
        assert_eq!(run(&world, &attacker, &plant).await, "");
        let victim = sandbox(&world.server, body).await;
        let up = outside.display();
        for path in [
            "shared/way/secret".to_owned(),
            format!("shared/top{up}/secret"),
            format!("shared/../../..{up}/secret"),
        ] {
            for sandbox in [&attacker, &victim] {
                let encoded: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
                let download = format!("/toolbox/{sandbox}/files/download?path={encoded}");
                let answer = world.server.request("GET", &download, Value::Null).await;
                assert!(!answer.text().contains(SECRET), "the file API gave {path} away");
                if world.claims("file-isolation") {
                    let output = run(&world, sandbox, &format!("cat {path}")).await;
                    assert!(!output.contains(SECRET), "a command read {path}: {output}");
                }
                if world.claims("write-confinement") {
                    run(&world, sandbox, &format!("echo x > {path}; echo x > $(dirname {path})/more")).await;
                }
            }
        }
        for subpath in ["way", "way/made", "top/tmp"] {
            let body = json!({ "volumes": [part(&id, "/home/daytona/shared", subpath)] });
            let refused = world.server.request("POST", "/api/sandbox", body).await;
            assert_eq!(refused.status, 400, "{subpath}: {}", refused.text());
            assert!(refused.text().contains("is no directory"), "{}", refused.text());
        }
        let mut names = Vec::new();
        names_below(&outside, &mut names);
        assert_eq!(names, ["secret"]);
        assert_eq!(std::fs::read_to_string(outside.join("secret")).unwrap(), SECRET);
        std::fs::remove_dir_all(outside).unwrap();
    }
}

#[tokio::test]
async fn a_link_in_the_way_of_a_volume_leads_out_of_no_sandbox() {
    for world in World::all().await {
        let outside = world.server.temp.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        let id = volume(&world, "moved").await;
        let body = json!({ "volumes": [mount(&id, "/home/daytona/way/shared")] });
        let attacker = sandbox(&world.server, body).await;
        let plant = format!("echo kept > way/shared/file; mv way aside && ln -s {} way", outside.display());
        assert_eq!(run(&world, &attacker, &plant).await, "");
        lifecycle(&world.server, &attacker, "stop").await;
        let path = format!("/api/sandbox/{attacker}/start");
        world.server.request("POST", &path, json!({})).await;
        crate::support::eventually("the start ends", async || {
            matches!(state(&world.server, &attacker).await["state"].as_str(), Some("started" | "error"))
        })
        .await;
        let mut names = Vec::new();
        names_below(&outside, &mut names);
        assert!(names.is_empty(), "{names:?}");
        assert_eq!(std::fs::read_to_string(files(&world, &id).join("file")).unwrap(), "kept\n");
        remove_sandbox(&world, &attacker).await;
        assert!(files(&world, &id).join("file").is_file());
        std::fs::remove_dir_all(outside).unwrap();
    }
}

#[tokio::test]
async fn volumes_are_not_copied_with_a_sandbox() {
    for world in World::all().await {
        let id = volume(&world, "large").await;
        let body = json!({ "snapshot": "linux-vm", "volumes": [mount(&id, "/home/daytona/shared")] });
        let parent = sandbox(&world.server, body).await;
        assert_eq!(run(&world, &parent, "head -c 3000000 /dev/urandom > shared/only-here").await, "");
        let forked = world.server.request("POST", &format!("/api/sandbox/{parent}/fork"), json!({})).await;
        assert_eq!(forked.status, 200, "{}", forked.text());
        let child = forked.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(run(&world, &child, "wc -c < shared/only-here").await, "3000000");
        lifecycle(&world.server, &child, "stop").await;
        let path = format!("/api/sandbox/{child}/archive");
        assert_eq!(world.server.request("POST", &path, json!({})).await.status, 200);
        crate::support::eventually("archived", async || {
            state(&world.server, &child).await["state"] == "archived"
        })
        .await;
        let archives = std::fs::read_dir(world.sandboxes().parent().unwrap().join("archives")).unwrap();
        let size: u64 = archives.flatten().map(|entry| entry.metadata().unwrap().len()).sum();
        assert!(size < 1_000_000, "{size} bytes were put away");
        lifecycle(&world.server, &child, "start").await;
        assert_eq!(run(&world, &child, "wc -c < shared/only-here").await, "3000000");
        let mut names = Vec::new();
        names_below(&world.sandboxes(), &mut names);
        assert!(!names.contains(&"only-here".to_owned()));
        for sandbox in [&child, &parent] {
            remove_sandbox(&world, sandbox).await;
        }
    }
}

#[tokio::test]
async fn a_program_in_a_volume_lends_nobodys_rights() {
    for world in World::all().await.into_iter().filter(|world| world.claims("multi-uid")) {
        let id = volume(&world, "programs").await;
        let volumes = json!([mount(&id, "/data")]);
        let superuser = sandbox(&world.server, json!({ "user": "root", "volumes": volumes })).await;
        let plant = "cp \"$(command -v id)\" /data/id && chown root /data/id && chmod 4755 /data/id && stat -c %a /data/id";
        assert_eq!(run(&world, &superuser, plant).await, "4755");
        let user = sandbox(&world.server, json!({ "volumes": volumes })).await;
        assert_eq!(run(&world, &user, "/data/id -u").await, "1000");
        assert_eq!(
            run(&world, &user, "echo x > /data/id; mknod /data/null c 1 3; ls /data").await.lines().last(),
            Some("id")
        );
        for sandbox in [&superuser, &user] {
            remove_sandbox(&world, sandbox).await;
        }
    }
}
