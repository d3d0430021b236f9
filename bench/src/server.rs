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
        for agent in self.agents()? {
            sum += memory_of(agent)?.1;
        }
        Ok(sum)
    }

    /// The most the server and its agents ever held, each by itself, in KiB.
    pub(crate) fn peak_of_all(&self) -> Result<u64, Failure> {
        let mut sum = 0;
        for process in std::iter::once(self.child.id()).chain(self.agents()?) {
            sum += field(&format!("/proc/{process}/status"), "VmHWM:")?;
        }
        Ok(sum)
    }

    fn agents(&self) -> Result<Vec<u32>, Failure> {
        let mut agents = Vec::new();
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let children = std::fs::read_to_string(thread?.path().join("children"))?;
            for child in children.split_whitespace() {
                agents.push(child.parse()?);
            }
        }
        Ok(agents)
    }
}

fn memory_of(process: u32) -> Result<(u64, u64), Failure> {
    let file = format!("/proc/{process}/smaps_rollup");
    Ok((field(&file, "Rss:")?, field(&file, "Pss:")?))
}

/// The number behind a name in a file of `/proc`, in its own unit.
fn field(file: &str, name: &str) -> Result<u64, Failure> {
    let text = std::fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    Ok(line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default())
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
