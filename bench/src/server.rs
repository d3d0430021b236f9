//! The program under measurement.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::Failure;

/// A running server; ends when dropped.
pub(crate) struct Server {
    child: Child,
    /// `host:port`.
    pub(crate) authority: String,
    _temp: TempDir,
}

impl Server {
    /// Starts it and waits until it says ready.
    pub(crate) fn start(program: &Path) -> Result<Self, Failure> {
        let temp = TempDir::new()?;
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--until-stdin-ends"])
            .env("PITLANE_RUN_DIR", temp.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let ready: Value = serde_json::from_str(&line)?;
        let authority = ready["url"].as_str().unwrap_or_default().trim_start_matches("http://").to_owned();
        Ok(Self { child, authority, _temp: temp })
    }

    /// Memory of the server process alone, as (resident, proportional), in KiB.
    pub(crate) fn memory(&self) -> Result<(u64, u64), Failure> {
        memory_of(self.child.id())
    }

    /// Proportional memory of the server and all its agents, in KiB.
    pub(crate) fn memory_of_all(&self) -> Result<u64, Failure> {
        let mut sum = self.memory()?.1;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let children = std::fs::read_to_string(thread?.path().join("children"))?;
            for child in children.split_whitespace() {
                sum += memory_of(child.parse()?)?.1;
            }
        }
        Ok(sum)
    }
}

fn memory_of(process: u32) -> Result<(u64, u64), Failure> {
    let text = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    };
    Ok((field("Rss:"), field("Pss:")))
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
