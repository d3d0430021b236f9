//! What a server and its agents hold in memory.

use nix::unistd::Pid;

const KIBIBYTE: usize = 1024;

/// How much the server and its agents hold now, in bytes.
pub(crate) fn held(server: Pid) -> usize {
    sum(server, "VmRSS:")
}

/// The most each of them ever held, added up, in bytes.
pub(crate) fn peak(server: Pid) -> usize {
    sum(server, "VmHWM:")
}

fn sum(server: Pid, name: &str) -> usize {
    let agents = agents(server);
    assert!(!agents.is_empty(), "there are agents");
    std::iter::once(server.as_raw()).chain(agents).filter_map(|process| field(process, name)).sum()
}

/// Nothing for a process that has ended meanwhile.
fn field(process: i32, name: &str) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|size| size * KIBIBYTE)
}

/// Process ids of the agents.
pub(crate) fn agents(server: Pid) -> Vec<i32> {
    let tasks = std::fs::read_dir(format!("/proc/{server}/task")).unwrap().flatten();
    let children = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<String> = children.collect();
    children.iter().flat_map(|list| list.split_whitespace()).map(|pid| pid.parse().unwrap()).collect()
}
