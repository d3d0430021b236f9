//! The end of everything below a terminal's shell (toolbox-processes.md §5.3).
//!
//! Every process is stopped before its children are looked for, so that it can start no more of them; then they are
//! killed, the deepest first. Whoever was adopted by somebody else meanwhile lives on.

use rustix::process::{Pid, Signal, kill_process};

use crate::spawn::Leash;

/// Kills the shell and all its descendants. Returns when the blows were dealt, not when they were felt.
pub(super) fn kill(shell: &Leash) {
    shell.while_running(|pid| {
        fell(pid);
        Ok(())
    });
}

fn fell(pid: Pid) {
    let _gone = kill_process(pid, Signal::STOP);
    for child in children(pid) {
        fell(child);
    }
    let _gone = kill_process(pid, Signal::KILL);
}

/// The direct children of a process, of all its threads.
fn children(parent: Pid) -> Vec<Pid> {
    let parent = parent.as_raw_nonzero();
    let Ok(threads) = std::fs::read_dir(format!("/proc/{parent}/task")) else { return Vec::new() };
    let lists: Vec<String> = threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok())
        .collect();
    if lists.is_empty() {
        return children_by_parent(parent.get());
    }
    let numbers = lists.iter().flat_map(|list| list.split_whitespace());
    numbers.filter_map(|number| Pid::from_raw(number.parse().ok()?)).collect()
}

/// The long way round, for kernels without CONFIG_PROC_CHILDREN.
fn children_by_parent(parent: i32) -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| parent_of(*pid) == Some(parent)).filter_map(Pid::from_raw).collect()
}

fn parent_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The program's name stands in parentheses and may hold some itself.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}
