//! Files of another sandbox and of the host.

use serde_json::json;

use crate::World;

const SECRET: &str = "the-victims-secret";

/// Ways from the attacker's sandbox to a path of the host.
fn ways(path: &str) -> Vec<String> {
    let up = "../".repeat(20);
    vec![
        path.to_owned(),
        format!("/proc/1/root{path}"),
        format!("/proc/self/root{path}"),
        format!("/proc/self/cwd/{up}{path}"),
        format!("/home/daytona/{up}{path}"),
        format!("{up}{path}"),
    ]
}

#[tokio::test]
async fn a_neighbours_and_the_hosts_files_cannot_be_read() {
    for world in World::all().await {
        world
            .victim(&format!("for d in ~ /tmp/. ~/..; do echo {SECRET} > $d/secret; done 2>/dev/null; true"))
            .await;
        let outside = world.server.temp.path().join("secret-of-the-host");
        std::fs::write(&outside, SECRET).unwrap();
        let neighbours = world.sandboxes().join(&world.victim).join("home/secret");
        assert_eq!(std::fs::read_to_string(&neighbours).unwrap().trim(), SECRET);
        for target in [&outside, &neighbours] {
            let target = target.to_str().unwrap();
            world.attack(&format!("ln -sfn {target} ~/link; ln -sfn $(dirname {target}) ~/folder")).await;
            let mut paths = ways(target);
            paths.extend(["link".to_owned(), format!("folder/{}", target.rsplit('/').next().unwrap())]);
            for path in paths {
                let answer = world.download(&path).await;
                assert!(!answer.text().contains(SECRET), "the file API gave {path} away");
                if world.claims("file-isolation") {
                    let output = world.attack(&format!("cat {path} /proc/[0-9]*/root{target}")).await;
                    assert!(!output.contains(SECRET), "a command read {path}: {output}");
                }
            }
        }
        std::fs::remove_file(outside).unwrap();
    }
}

#[tokio::test]
async fn a_neighbours_and_the_hosts_files_cannot_be_changed() {
    for world in World::all().await {
        world.victim("echo kept > ~/file").await;
        let outside = world.server.temp.path().join("file-of-the-host");
        std::fs::write(&outside, "kept\n").unwrap();
        let neighbours = world.sandboxes().join(&world.victim).join("home/file");
        for target in [&outside, &neighbours] {
            for path in ways(target.to_str().unwrap()) {
                let encoded: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
                let toolbox = format!("/toolbox/{}", world.attacker);
                let delete = format!("{toolbox}/files?path={encoded}");
                world.server.request("DELETE", &delete, serde_json::Value::Null).await;
                let steal = format!("{toolbox}/files/move?source={encoded}&destination=stolen");
                world.server.request("POST", &steal, json!({})).await;
                if world.claims("write-confinement") {
                    world.attack(&format!("echo x > {path}; rm -f {path}; mv {path} ~/stolen")).await;
                }
                assert_eq!(std::fs::read_to_string(target).unwrap(), "kept\n", "changed by way of {path}");
            }
        }
        std::fs::remove_file(outside).unwrap();
    }
}

/// A folder that turns into a link to the neighbour's, again and again, while its file is asked for.
#[tokio::test]
async fn a_link_that_is_swapped_in_meanwhile_leads_nowhere() {
    for world in World::all().await {
        world.victim(&format!("mkdir -p ~/swap; echo {SECRET} > ~/swap/file")).await;
        let target = world.sandboxes().join(&world.victim).join("home/swap");
        let swap = format!(
            "cd; mkdir -p real; echo own > real/file; (while :; do ln -sfn real swap; ln -sfn {} swap; done) >/dev/null 2>&1 &",
            target.display()
        );
        world.attack(&swap).await;
        for _ in 0..300 {
            let answer = world.download("swap/file").await;
            assert!(!answer.text().contains(SECRET), "the race was won");
        }
    }
}
