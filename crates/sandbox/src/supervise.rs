//! The server as heir of what agents leave.
//!
//! Inside a sandbox the agent inherits every orphan. When the agent itself is killed its orphans come to the server
//! (the next subreaper up), which kills them. What tells them from other children of the server: they wear a sandbox's
//! mark and are no agent. Agents are registered under the same lock they are spawned under, so that a look at the
//! children never sees an agent nobody knows yet.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, WaitId, WaitIdOptions, getpid, getrlimit, kill_process,
    pidfd_open, set_child_subreaper, setrlimit, waitid,
};
use tokio::process::{Child, Command};

use crate::processes;

/// The kernel keeps one list of children per process, so this registry is one per process as well.
static AGENTS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Descriptors a server with many sandboxes may need: sockets, requests, transfers.
const DESCRIPTORS: u64 = 65_536;

/// Makes this process the heir of what its agents leave, and raises its limit of open files as far as it is allowed.
/// The binary calls it once at start; opening a runtime does so too.
///
/// # Errors
/// The kernel's, when it knows no subreapers.
pub fn supervise() -> io::Result<()> {
    set_child_subreaper(Some(getpid()))?;
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(DESCRIPTORS, |maximum| maximum.min(DESCRIPTORS));
    if limit.current.is_some_and(|current| current < wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum })?;
    }
    Ok(())
}

fn agents() -> MutexGuard<'static, BTreeSet<i32>> {
    AGENTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The agents of this process.
pub(crate) fn registered() -> Vec<Pid> {
    agents().iter().filter_map(|pid| Pid::from_raw(*pid)).collect()
}

/// Spawns an agent and registers it in one step.
pub(crate) fn spawn(command: &mut Command) -> io::Result<(Child, Pid)> {
    let mut agents = agents();
    let child = command.spawn()?;
    let pid = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
    let pid = pid.ok_or_else(|| io::Error::other("the agent has no process id"))?;
    agents.insert(pid.as_raw_nonzero().get());
    Ok((child, pid))
}

/// Registers an agent that another agent's process has started, and which will be this process's child when that one
/// ends. The descriptor means it, whatever becomes of its number.
pub(crate) fn adopt(pid: Pid) -> io::Result<OwnedFd> {
    let descriptor = pidfd_open(pid, PidfdFlags::NONBLOCK)?;
    agents().insert(pid.as_raw_nonzero().get());
    Ok(descriptor)
}

/// Strikes an agent off the list that was waited for and cannot have left anything.
pub(crate) fn forget(pid: Pid) {
    agents().remove(&pid.as_raw_nonzero().get());
}

/// Kills an agent, if it has not been waited for yet (its number may be another's by then).
pub(crate) fn kill(pid: Pid) {
    let agents = agents();
    if agents.contains(&pid.as_raw_nonzero().get()) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Strikes an agent that was waited for off the list, and ends what it left. Blocks until that is done.
pub(crate) fn bury(pid: Pid) {
    agents().remove(&pid.as_raw_nonzero().get());
    // Killing an orphan makes us the heir of its children, so look again until there are none.
    loop {
        let orphans = orphans();
        if orphans.is_empty() {
            return;
        }
        if !processes::end_all(|| processes::living_trees(self::orphans())) {
            tracing::error!(?orphans, "processes of an ended sandbox cannot be killed");
            return;
        }
        for orphan in orphans {
            let _ = waitid(WaitId::Pid(orphan), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        }
    }
}

/// Children of this process that a sandbox left, dead ones included.
fn orphans() -> Vec<Pid> {
    let agents = agents();
    let mut children = processes::children(getpid());
    children.retain(|pid| !agents.contains(&pid.as_raw_nonzero().get()) && processes::is_of_a_sandbox(*pid));
    children
}
