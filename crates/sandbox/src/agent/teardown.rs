//! The main thread: reaps orphans while the sandbox lives, holds its processes when it is paused, and ends the tree when it is over.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::process::{Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::pause::Held;
use super::serve::Serving;
use super::{Event, RunError};
use crate::processes;

/// Linux's `__WNOTHREAD`: children of the calling thread only. See the module above for why this is the whole reaper.
const OWN_THREAD_ONLY: WaitIdOptions = WaitIdOptions::from_bits_retain(0x2000_0000);
/// Linux's `__WALL`: also children that do not announce their end by SIGCHLD.
const EVERY_KIND: WaitIdOptions = WaitIdOptions::from_bits_retain(0x4000_0000);

/// Rules the sandbox's processes until its end.
pub(super) fn rule(events: &Receiver<Event>, serving: Serving) -> Result<(), RunError> {
    let mut held = Held::default();
    loop {
        match events.recv() {
            Ok(Event::Child) => reap(),
            Ok(Event::Pause(done)) => held.pause(&done),
            Ok(Event::Resume(done)) => held.resume(&done),
            Ok(Event::Stop(grace)) => {
                ask_to_end(events, grace);
                processes::end_all(processes::living_descendants);
                serving.finish();
                return Ok(());
            }
            Ok(Event::Orphaned) => {
                processes::end_all(processes::living_descendants);
                return Ok(());
            }
            Err(_) => {
                processes::end_all(processes::living_descendants);
                return Err(RunError::Serving);
            }
        }
    }
}

/// Reaps the orphans that have ended; what others wait for is not seen here.
fn reap() {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | OWN_THREAD_ONLY | EVERY_KIND;
    while let Ok(Some(_)) = waitid(WaitId::All, options) {}
}

/// SIGTERM to all, then waits for their end, at most `grace`.
fn ask_to_end(events: &Receiver<Event>, grace: Duration) {
    if grace.is_zero() {
        return;
    }
    for pid in processes::living_descendants() {
        let _ = kill_process(pid, Signal::TERM);
        // A stopped process takes a signal only when it goes on.
        let _ = kill_process(pid, Signal::CONT);
    }
    // A deadline of real processes is real time; there is no test clock inside a sandbox.
    let deadline = Instant::now() + grace.min(Duration::from_secs(24 * 3600));
    while !processes::living_descendants().is_empty() {
        match events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Event::Child) => reap(),
            // Too late.
            Ok(Event::Pause(_) | Event::Resume(_)) => {}
            // The server is in a hurry now.
            Ok(Event::Stop(grace)) if !grace.is_zero() => {}
            Ok(Event::Stop(_) | Event::Orphaned)
            | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return;
            }
        }
    }
}
