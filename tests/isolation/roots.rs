//! A root of one's own.

use std::path::Path;

use serde_json::json;

use crate::{World, lifecycle, sandbox};

#[tokio::test]
async fn the_documented_directories_are_there_for_every_program_and_each_sandboxs_own() {
    for world in World::all().await {
        if !world.claims("own-root") {
            continue;
        }
        let script = "for d in /home/daytona /tmp /var/tmp /workspace /dev/shm; do echo mine > $d/mark && cat $d/mark; done";
        assert_eq!(world.attack(script).await, "mine\n".repeat(5));
        let elsewhere =
            "ls /home/daytona/mark /tmp/mark /var/tmp/mark /workspace/mark /dev/shm/mark 2>/dev/null";
        assert_eq!(world.victim(elsewhere).await, "");
        for directory in ["/tmp", "/var/tmp", "/dev/shm", "/workspace"] {
            assert!(!Path::new(directory).join("mark").exists(), "{directory} is the host's");
        }
        assert_eq!(
            world.attack("id -un; pwd; echo $HOME; hostname").await,
            format!("daytona\n/home/daytona\n/home/daytona\n{}\n", world.attacker)
        );
        let works = world.attack("python3 -c 'import pty, os; print(os.openpty() and 7)'; echo x > /dev/null; head -c1 /dev/urandom | wc -c").await;
        assert_eq!(works, "7\n1\n", "terminals and devices work");
    }
}

#[tokio::test]
async fn the_sandboxs_root_changes_its_own_copy_of_the_system_and_keeps_it() {
    for world in World::all().await {
        if !world.claims("own-root") || !world.claims("multi-uid") {
            continue;
        }
        let id = sandbox(&world.server, json!({ "user": "root" })).await;
        let change = "id -u; echo $HOME; echo mine > /etc/pitlane-mark; echo mine > /usr/bin/pitlane-mark; rm /usr/bin/env; chown 5:6 /etc/pitlane-mark; stat -c %u:%g /etc/pitlane-mark; mkdir /data; echo kept > /data/file";
        assert_eq!(world.server.execute(&id, change).await, "0\n/root\n5:6\n");
        lifecycle(&world.server, &id, "stop").await;
        lifecycle(&world.server, &id, "start").await;
        let look = "cat /etc/pitlane-mark /usr/bin/pitlane-mark /data/file; ls /usr/bin/env 2>&1 | wc -l; stat -c %u:%g /etc/pitlane-mark; ls /usr/bin/env 2>/dev/null";
        assert_eq!(world.server.execute(&id, look).await, "mine\nmine\nkept\n1\n5:6\n");
        assert!(!Path::new("/etc/pitlane-mark").exists() && Path::new("/usr/bin/env").exists());
        assert_eq!(world.victim("ls /etc/pitlane-mark 2>/dev/null").await, "");
        let escape = "{ umount /usr; mount --bind / /mnt; umount /proc; echo x > /proc/sys/kernel/hostname; mknod /dev/sda b 8 0 && head -c1 /dev/sda; } 2>/dev/null; grep -c '\\$' /etc/shadow";
        let escaped = world.server.execute(&id, escape).await;
        assert_eq!(escaped.trim(), "0", "no password of the host, no device, no mount undone");
        assert_eq!(
            world.server.execute(&id, "ls / | grep -cx workspace; cat /etc/pitlane-mark").await,
            "1\nmine\n"
        );
    }
}
