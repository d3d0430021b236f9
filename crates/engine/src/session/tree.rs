//! The end of a session's processes (toolbox-processes.md §4.7).
//!
//! ```text
//! members: the shell, all below it, and orphans that are still in its process group
//!   SIGTERM to all ─▶ wait for all ends, as events of process descriptors
//!                      └─ not later than the grace period, nor than a pause after the shell has gone
//!   SIGKILL to who is left, and look again until nobody is
//! ```
//!
//! Whoever left the process group and was adopted by the agent does not belong to the session any more and lives on.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use futures_util::future::join_all;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, getpgid, getpid, kill_process_group, pidfd_open, pidfd_send_signal,
    test_kill_process,
};
use tokio::net::unix::pipe;
use tokio::time::timeout;

/// How many looks for survivors of SIGKILL are taken; what is stuck in the kernel is given up then.
const LOOKS: usize = 20;
/// How long one blow may take to land.
const BLOW: Duration = Duration::from_millis(500);

/// Ends all processes of the session whose shell is `shell`. `shell_end` waits for the end of the shell; `None` when that
/// has been seen.
pub(crate) async fn end(
    shell: i32,
    shell_end: Option<impl Future<Output = ()>>,
    grace: Duration,
    pause: Duration,
) {
    let Some(shell) = Pid::from_raw(shell) else { return };
    let shell_lives = shell_end.is_some();
    let members = living(shell, shell_lives);
    if shell_lives {
        // Reaches members that somebody else has adopted, too.
        let _ = kill_process_group(shell, Signal::TERM);
    }
    for member in &members {
        let _ = pidfd_send_signal(&member.descriptor, Signal::TERM);
        // A stopped process takes a signal only when it goes on.
        let _ = pidfd_send_signal(&member.descriptor, Signal::CONT);
    }
    let shell_gone = async {
        if let Some(end) = shell_end {
            end.await;
        }
        tokio::time::sleep(pause).await;
    };
    let all_gone = join_all(members.iter().map(Member::ended));
    tokio::select! {
        _ = timeout(grace, all_gone) => {}
        () = shell_gone => {}
    }
    kill(shell, shell_lives, members).await;
}

/// Kills until nobody is left: of the members known, and of those who came after.
async fn kill(shell: Pid, shell_lived: bool, mut members: Vec<Member>) {
    for _ in 0..LOOKS {
        members.retain(Member::is_alive);
        members.extend(living(shell, shell_lived));
        if members.is_empty() {
            return;
        }
        for member in &members {
            let _ = pidfd_send_signal(&member.descriptor, Signal::KILL);
        }
        let _ = timeout(BLOW, join_all(members.iter().map(Member::ended))).await;
    }
    tracing::warn!(shell = shell.as_raw_nonzero(), "processes of a session would not die");
}

/// A process that was alive when it was looked at. The descriptor means that process and no later one of its number.
struct Member {
    descriptor: OwnedFd,
}

impl Member {
    fn find(pid: Pid) -> Option<Self> {
        let descriptor = pidfd_open(pid, PidfdFlags::NONBLOCK).ok()?;
        Some(Self { descriptor }).filter(Member::is_alive)
    }

    fn is_alive(&self) -> bool {
        let mut asked = [PollFd::new(self.descriptor.as_fd(), PollFlags::POLLIN)];
        poll(&mut asked, PollTimeout::ZERO) == Ok(0)
    }

    /// Waits for its end. No pipe, but registered with the runtime's driver alike: a process descriptor is readable once
    /// its process has ended.
    async fn ended(&self) {
        let descriptor = self.descriptor.try_clone().map(File::from);
        if let Ok(descriptor) = descriptor.and_then(pipe::Receiver::from_file_unchecked) {
            let _ = descriptor.readable().await;
        }
    }
}

fn living(shell: Pid, shell_lived: bool) -> Vec<Member> {
    let mut seen = BTreeSet::new();
    let mut open = orphans(shell, shell_lived);
    if shell_lived {
        open.push(shell);
    }
    let mut living = Vec::new();
    while let Some(pid) = open.pop() {
        if seen.insert(pid.as_raw_nonzero()) {
            open.extend(children(pid));
            living.extend(Member::find(pid));
        }
    }
    living
}

/// Members of the shell's process group that this process has adopted.
fn orphans(shell: Pid, shell_lived: bool) -> Vec<Pid> {
    // A shell that ended earlier may have left its number to somebody else, and with it the number of its group.
    if !shell_lived && test_kill_process(shell).is_ok() {
        return Vec::new();
    }
    let adopted = children(getpid()).into_iter();
    adopted.filter(|pid| *pid != shell && getpgid(Some(*pid)) == Ok(shell)).collect()
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
