//! Holding a sandbox's processes, and letting them go.
//!
//! By signals that no process can refuse, which needs nothing of the host. The order makes it go unnoticed: a parent is
//! held before its children and let go after them, so that no shell sees a child of its own stop and takes that for the
//! user's wish.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::processes::{State, living_descendants, state};

/// What the server reads when it is done.
pub(crate) const DONE: u8 = 1;
/// What it reads when some process could not be held.
pub(crate) const REFUSED: u8 = 2;
/// How long a process may take to stand still before the next one is turned to.
const STANDSTILL: Duration = Duration::from_millis(50);

/// The processes held, parents first.
#[derive(Default)]
pub(super) struct Held(Vec<Pid>);

impl Held {
    /// Holds everything until a look finds nobody new.
    pub(super) fn pause(&mut self, done: &OwnedFd) {
        let mut refused = false;
        loop {
            let before = self.0.len();
            for pid in living_descendants() {
                // Whoever stands still by somebody's wish stays so when the others go on.
                if self.0.contains(&pid) || state(pid) == Some(State::Stopped) {
                    continue;
                }
                match kill_process(pid, Signal::STOP) {
                    Ok(()) => {
                        await_standstill(pid);
                        self.0.push(pid);
                    }
                    // Ended meanwhile.
                    Err(rustix::io::Errno::SRCH) => {}
                    Err(_) => refused = true,
                }
            }
            if self.0.len() == before {
                break;
            }
        }
        tell(done, if refused { REFUSED } else { DONE });
    }

    /// Lets go what was held.
    pub(super) fn resume(&mut self, done: &OwnedFd) {
        for pid in self.0.drain(..).rev() {
            if state(pid) == Some(State::Stopped) {
                let _ = kill_process(pid, Signal::CONT);
            }
        }
        tell(done, DONE);
    }
}

fn tell(done: &OwnedFd, outcome: u8) {
    // A server that no longer listens does not need to know.
    if let Ok(done) = done.try_clone() {
        let _ = File::from(done).write_all(&[outcome]);
    }
}

/// A signal is on its way for a moment. There is no event for its arrival at a process that is not one's own child.
fn await_standstill(pid: Pid) {
    let deadline = Instant::now() + STANDSTILL;
    while state(pid) == Some(State::Going) && Instant::now() < deadline {
        std::thread::yield_now();
    }
}
