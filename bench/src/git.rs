//! Git through the API beside the git program in the same sandbox.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Failure;
use crate::client::Client;
use crate::figures::Samples;
use crate::server::Server;

/// A repository of 10,000 small files with 1,000 commits, and one whose files of 1 MB do not compress, 100 of them.
const PREPARE: &str = r#"set -e
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q many && cd many
for d in $(seq 100); do mkdir d$d; for f in $(seq 100); do echo "$d $f" > d$d/f$f; done; done
git add . && git commit -q -m 'All files'
for c in $(seq 999); do
  printf 'commit refs/heads/log\ncommitter a <a@b> %d +0000\ndata 9\nSomething\n' $((1700000000 + c))
  [ $c -gt 1 ] || echo 'from refs/heads/master^0'
done | git fast-import --quiet
git checkout -q log
for f in $(seq 50); do echo changed > d$f/f$f; echo new > d$f/new; done
cd .. && git init -q large && cd large
for f in $(seq 100); do head -c 1000000 /dev/urandom > f$f; done
git add . && git commit -q -m 'All files'
"#;

pub(crate) async fn run(program: &Path, samples: usize) -> Result<(), Failure> {
    println!("git");
    let server = Server::start(program)?;
    let mut client = Client::connect(&server.authority).await?;
    let sandbox = client.sandbox().await?;
    let base = format!("/toolbox/{sandbox}");
    execute(&mut client, &base, PREPARE).await?;
    let few = samples.min(50);
    let status = "git -C many status --porcelain=v2 -z --branch --untracked-files=all";
    compare(&mut client, &base, few, "status of 10,000 files", status, ("GET", "git/status?path=many", ""))
        .await?;
    let log = ("GET", "git/history?path=many", "");
    compare(&mut client, &base, few, "log of 1,000 commits", "git -C many log", log).await?;
    let clone = ("POST", "git/clone", r#"{"url":"large","path":"copy"}"#);
    compare(&mut client, &base, samples.min(10), "clone of 100 MB", "git clone -q large copy", clone).await
}

/// Takes a call of the API and a command in turn; both leave a copy to be removed at the most.
async fn compare(
    client: &mut Client,
    base: &str,
    samples: usize,
    name: &str,
    command: &str,
    (method, path, body): (&str, &str, &str),
) -> Result<(), Failure> {
    let timed = format!("s=$EPOCHREALTIME; {command} >/dev/null; e=$EPOCHREALTIME; echo $s $e; rm -rf copy");
    let (mut floor, mut taken) = (Samples::default(), Samples::default());
    for _ in 0..samples {
        floor.add(between(&execute(client, base, &timed).await?)?);
        let started = Instant::now();
        client.call(method, &format!("{base}/{path}"), body).await?;
        taken.add(started.elapsed());
        execute(client, base, "rm -rf copy").await?;
    }
    floor.print(&format!("floor: {}", command.split(" -C many").collect::<String>()), None);
    taken.print(name, Some(&floor));
    Ok(())
}

/// Runs a script; what it printed. Fails when it failed.
async fn execute(client: &mut Client, base: &str, script: &str) -> Result<String, Failure> {
    let body = json!({ "command": script }).to_string();
    let answer = client.call("POST", &format!("{base}/process/execute"), &body).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let result = answer["result"].as_str().unwrap_or_default().to_owned();
    if answer["exitCode"] != 0 { Err(result.into()) } else { Ok(result) }
}

/// The time between two moments, each in seconds with a fraction.
fn between(text: &str) -> Result<Duration, Failure> {
    let mut moments = text.split_whitespace().map(str::parse::<f64>);
    let (Some(start), Some(end)) = (moments.next(), moments.next()) else {
        return Err(format!("no times in {text:?}").into());
    };
    Ok(Duration::from_secs_f64(end? - start?))
}
