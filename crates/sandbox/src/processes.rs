//! Reading `/proc`, ending trees of processes, and the mark a sandbox's processes carry.
//!
//! A tree is ended by freezing first and killing then: what is frozen can no longer start anything, so after a look that
//! finds nobody new all are known, and one blow ends them. Whoever slipped through is found by the next look.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, getpid, getrlimit, kill_process, pidfd_open, setrlimit,
};

use crate::layout::RUN_VARIABLE;

/// How many looks a tree gets before it is given up as unkillable (processes stuck in the kernel).
const LOOKS: usize = 20;
/// How long one blow may take to land.
const BLOW: Duration = Duration::from_millis(500);

/// The direct children of a process, zombies included.
pub(crate) fn children(parent: Pid) -> Vec<Pid> {
    static LISTED: OnceLock<bool> = OnceLock::new();
    let parent = parent.as_raw_nonzero().get();
    // Kernels without CONFIG_PROC_CHILDREN leave only the long way round.
    if !*LISTED.get_or_init(|| Path::new("/proc/thread-self/children").exists()) {
        return all()
            .into_iter()
            .filter(|pid| stat(*pid).is_some_and(|stat| stat.parent == parent))
            .collect();
    }
    let Ok(threads) = std::fs::read_dir(format!("/proc/{parent}/task")) else { return Vec::new() };
    let lists =
        threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(parse_pid).collect::<Vec<_>>()).collect()
}

/// Everything below `roots` and the roots themselves, as far as it is alive.
pub(crate) fn living_trees(roots: Vec<Pid>) -> Vec<Pid> {
    let mut seen = BTreeSet::new();
    let mut living = Vec::new();
    let mut open = roots;
    while let Some(pid) = open.pop() {
        if !seen.insert(pid.as_raw_nonzero()) {
            continue;
        }
        open.extend(children(pid));
        if is_alive(pid) {
            living.push(pid);
        }
    }
    living
}

/// Everything alive below this process.
pub(crate) fn living_descendants() -> Vec<Pid> {
    living_trees(children(getpid()))
}

/// Every process of the host.
pub(crate) fn all() -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| parse_pid(entry.ok()?.file_name().to_str()?)).collect()
}

fn parse_pid(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok()?)
}

/// Whether a process exists and is no zombie.
pub(crate) fn is_alive(pid: Pid) -> bool {
    state(pid).is_some()
}

/// How a living process stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It runs, or waits for something.
    Going,
    /// It was stopped by a signal, or by whoever traces it.
    Stopped,
}

/// How a process stands; nothing when it has ended.
pub(crate) fn state(pid: Pid) -> Option<State> {
    match stat(pid)?.state {
        b'Z' | b'X' => None,
        b'T' | b't' => Some(State::Stopped),
        _ => Some(State::Going),
    }
}

struct Stat {
    state: u8,
    parent: i32,
}

fn stat(pid: Pid) -> Option<Stat> {
    let text = std::fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The program's name stands in parentheses and may hold some itself.
    let after = text.iter().rposition(|byte| *byte == b')')?;
    let mut fields = std::str::from_utf8(&text[after + 1..]).ok()?.split_whitespace();
    let state = *fields.next()?.as_bytes().first()?;
    let parent = fields.next()?.parse().ok()?;
    Some(Stat { state, parent })
}

/// Ends everything `find` finds; blocks until it finds nobody alive. False when something would not die.
pub(crate) fn end_all(mut find: impl FnMut() -> Vec<Pid>) -> bool {
    for _ in 0..LOOKS {
        let frozen = freeze(&mut find);
        if frozen.is_empty() {
            return true;
        }
        for pid in &frozen {
            let _ = kill_process(*pid, Signal::KILL);
        }
        for pid in &frozen {
            await_end(*pid, BLOW);
        }
    }
    find().is_empty()
}

/// Stops everything `find` finds until a look finds nobody new.
fn freeze(find: &mut impl FnMut() -> Vec<Pid>) -> Vec<Pid> {
    let mut known = BTreeSet::new();
    let mut frozen = Vec::new();
    loop {
        let before = frozen.len();
        for pid in find() {
            if known.insert(pid.as_raw_nonzero()) {
                let _ = kill_process(pid, Signal::STOP);
                frozen.push(pid);
            }
        }
        if frozen.len() == before {
            return frozen;
        }
    }
}

/// Waits until a process has ended, at most `patience`. A zombie has ended.
pub(crate) fn await_end(pid: Pid, patience: Duration) -> bool {
    let Ok(descriptor) = pidfd_open(pid, PidfdFlags::empty()) else { return !is_alive(pid) };
    let timeout = Timespec::try_from(patience).ok();
    let ended = poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], timeout.as_ref());
    matches!(ended, Ok(1..))
}

/// What the kernel keeps for every process of one root, however it changes its environment, session or parents.
///
/// A hard resource limit is inherited by every child and cannot be raised again by an ordinary user. The limit on
/// real-time CPU time means nothing to a process that is not scheduled in real time, and a value this large nothing to
/// any: so its lower bits can carry a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(u64);

impl Mark {
    const FAMILY: u64 = 0x7069_0000_0000_0000;
    const FAMILY_BITS: u64 = 0xffff_0000_0000_0000;

    /// The mark of a root: a hash (FNV-1a) of its path, so that a later server knows it without any record.
    pub(crate) fn of(root: &Path) -> Self {
        let hash = root.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(Self::FAMILY | (hash & !Self::FAMILY_BITS))
    }

    /// Marks this process and all it will start. Where a lower limit stands already the environment must do.
    pub(crate) fn wear(self) {
        if getrlimit(Resource::Rttime).maximum.is_none_or(|maximum| maximum > self.0) {
            let _ = setrlimit(Resource::Rttime, Rlimit { current: Some(self.0), maximum: Some(self.0) });
        }
    }

    /// The mark a process wears.
    pub(crate) fn on(pid: Pid) -> Option<Self> {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", pid.as_raw_nonzero())).ok()?;
        let line = limits.lines().find_map(|line| line.strip_prefix("Max realtime timeout"))?;
        let hard: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        (hard & Self::FAMILY_BITS == Self::FAMILY).then_some(Self(hard))
    }
}

/// Whether a process belongs to some sandbox.
pub(crate) fn is_of_a_sandbox(pid: Pid) -> bool {
    Mark::on(pid).is_some() || run_variable(pid).is_some()
}

/// Whether a process belongs to a sandbox of `root`: by mark, by environment, or by where it stands.
pub(crate) fn is_of_root(pid: Pid, root: &Path) -> bool {
    Mark::on(pid) == Some(Mark::of(root))
        || run_variable(pid).is_some_and(|value| value == root.as_os_str().as_bytes())
        || std::fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero()))
            .is_ok_and(|directory| directory.starts_with(root))
}

fn run_variable(pid: Pid) -> Option<Vec<u8>> {
    let environment = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).ok()?;
    let mut variables = environment.split(|byte| *byte == 0);
    variables.find_map(|variable| {
        let value = variable.strip_prefix(RUN_VARIABLE.as_bytes())?.strip_prefix(b"=")?;
        Some(value.to_vec())
    })
}
