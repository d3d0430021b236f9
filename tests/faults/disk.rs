//! A disk that is full.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{self, TestServer, program};
use crate::{ask, move_to, state, try_create, try_execute};

/// A small file system that only programs started in here see, and that goes away with it.
struct SmallDisk {
    holder: Child,
    place: TempDir,
    privileged: bool,
}

impl SmallDisk {
    /// `None` where the host lets nobody mount.
    fn new(megabytes: u32) -> Option<Self> {
        let place = TempDir::with_prefix_in("pitlane-disk-", env!("CARGO_TARGET_TMPDIR")).unwrap();
        let privileged = nix::unistd::geteuid().is_root();
        let script = "mount -t tmpfs -o size=\"$1\"m,nr_inodes=4k none \"$2\" && echo ready && exec cat";
        let mut holder = Command::new("unshare");
        holder.args(if privileged { &["--mount"][..] } else { &["--user", "--map-root-user", "--mount"] });
        holder.args(["sh", "-c", script, "sh", &megabytes.to_string()]).arg(place.path());
        let mut holder = holder.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line != "ready\n" {
            holder.wait().unwrap();
            println!("nobody may mount here");
            return None;
        }
        Some(Self { holder, place, privileged })
    }

    /// Starts what follows where the disk is seen.
    fn launcher(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.holder.id().to_string(), "--mount"]);
        if !self.privileged {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg(program());
        command
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    fn seen_from_outside(&self, path: &str) -> PathBuf {
        let inner = self.path().strip_prefix("/").unwrap();
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(inner).join(path)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

const FILL: &str = "cat /dev/zero > ~/fill; cat /dev/zero > ~/fill2; : > ~/empty; stat -f -c %a ~";

#[tokio::test]
async fn a_full_disk_gives_errors_and_afterwards_everything_works_again() {
    for rung in support::rungs().await {
        let Some(disk) = SmallDisk::new(24) else { return };
        let data = disk.path().join("data");
        let arguments = ["--runtime", rung, "--data-dir", data.to_str().unwrap()];
        let temp = || TempDir::with_prefix_in("pitlane-test-", env!("CARGO_TARGET_TMPDIR")).unwrap();
        let server = TestServer::start_by(disk.launcher(), temp(), &arguments);
        let id = server.sandbox().await;
        server.execute(&id, "echo kept > ~/kept").await;
        let full = try_execute(&server, &id, FILL).await;
        assert!(full.text().contains("No space left"), "{}", full.text());

        // A command that needs no room, and one that says what it lacks.
        assert_eq!(server.execute(&id, "cat ~/kept").await, "kept\n");
        let upload = upload(&server, &id, "upload", &vec![b'x'; 1 << 20]).await;
        assert!(upload >= 400, "{upload}");
        let mut refused = 0;
        for _ in 0..20 {
            refused += usize::from(try_create(&server).await.is_err());
        }
        assert!(refused > 0, "sandboxes need room");
        let mut labelled = 0;
        for number in 1..=20 {
            let labels = json!({ "labels": { "number": number.to_string(), "much": "x".repeat(20_000) } });
            let answer = ask(&server, "PUT", &format!("/api/sandbox/{id}/labels"), labels).await;
            match answer.status {
                200 => labelled = number,
                status => assert_eq!(answer.json()["statusCode"], status, "{}", answer.text()),
            }
        }

        // What was acknowledged on the full disk survives, and the server starts on it.
        drop(server.kill());
        let server = TestServer::start_by(disk.launcher(), temp(), &arguments);
        let sandbox = state(&server, &id).await;
        let label = sandbox["labels"]["number"].as_str().map_or(0, |text| text.parse().unwrap());
        assert!(label >= labelled, "{label} {labelled}");

        std::fs::remove_file(disk.seen_from_outside(&format!("data/sandboxes/{id}/home/fill"))).unwrap();
        move_to(&server, &id, "start").await;
        assert_eq!(
            server.execute(&id, "rm -f ~/fill*; cat ~/kept; echo more > ~/more; cat ~/more").await,
            "kept\nmore\n"
        );
        let next = try_create(&server).await.unwrap();
        assert_eq!(server.execute(&next, "echo fine").await, "fine\n");
        let labels = json!({ "labels": { "number": "99" } });
        assert_eq!(ask(&server, "PUT", &format!("/api/sandbox/{id}/labels"), labels).await.status, 200);
        let listed = ask(&server, "GET", "/api/sandbox?limit=100", Value::Null).await.json();
        for sandbox in listed["items"].as_array().unwrap() {
            let id = sandbox["id"].as_str().unwrap();
            assert_eq!(ask(&server, "DELETE", &format!("/api/sandbox/{id}"), Value::Null).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_full_run_directory_leaves_nothing_behind() {
    for rung in support::rungs().await {
        let Some(disk) = SmallDisk::new(16) else { return };
        let run = disk.path().to_str().unwrap().to_owned();
        let temp = TempDir::with_prefix_in("pitlane-test-", env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut server = TestServer::start_by(disk.launcher(), temp, &["--runtime", rung, "--run-dir", &run]);
        let id = server.sandbox().await;
        assert!(try_execute(&server, &id, FILL).await.text().contains("No space left"));
        while try_create(&server).await.is_ok() {}
        ask(&server, "DELETE", &format!("/api/sandbox/{id}"), Value::Null).await;
        support::eventually("room for another", async || try_create(&server).await.is_ok()).await;
        assert_eq!(server.end(), Some(0));
        assert_eq!(support::leftovers(&disk.seen_from_outside("")), Vec::<PathBuf>::new());
    }
}

async fn upload(server: &TestServer, id: &str, path: &str, content: &[u8]) -> u16 {
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n".to_vec();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let request = http::Request::post(format!("/toolbox/{id}/files/upload?path={path}"))
        .header("authorization", format!("Bearer {}", support::KEY))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(http_body_util::Full::new(body.into()))
        .unwrap();
    let answer = tokio::time::timeout(crate::PATIENCE, server.send(request)).await.expect("an answer");
    answer.status
}
