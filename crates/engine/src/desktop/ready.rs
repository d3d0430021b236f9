//! How it is known that a process can be used: by what it says, by the port it listens on, by what it puts on the
//! display. Never by the time that has passed.

use std::time::Duration;

use tokio::time::timeout;

use super::kept::{Kept, State};
use crate::ports;

/// Longest wait for anything of the kind.
const PATIENCE: Duration = Duration::from_secs(30);
/// Nothing announces that a program has begun to listen, so it is looked at this often.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until the process has said something that `word` finds, in its present run.
pub(super) async fn said<T>(kept: &Kept, word: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    let mut state = kept.watch();
    let first = state.borrow().runs;
    let spoken = state.wait_for(|state| fell(state, first) || word(&state.said).is_some());
    match timeout(PATIENCE, spoken).await {
        Ok(Ok(state)) => word(&state.said).ok_or_else(|| "it ended at once".to_owned()),
        Ok(Err(_)) => Err("it ended".to_owned()),
        Err(_) => Err("it did not get ready in time".to_owned()),
    }
}

/// Waits until a program of this sandbox listens on the port, which is the process unless it ends.
pub(super) async fn listens(kept: &Kept, port: u16) -> Result<(), String> {
    let listening = async {
        loop {
            let looked = tokio::task::spawn_blocking(move || ports::listening().contains(&port)).await;
            if looked.unwrap_or_default() {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    unless_it_ends(kept, listening).await
}

/// Waits for something that the process brings about.
pub(super) async fn unless_it_ends(kept: &Kept, event: impl Future<Output = ()>) -> Result<(), String> {
    let mut state = kept.watch();
    let first = state.borrow().runs;
    let ended = async {
        let _ended = state.wait_for(|state| fell(state, first)).await;
    };
    tokio::select! {
        () = ended => Err("it ended at once".to_owned()),
        waited = timeout(PATIENCE, event) => waited.map_err(|_| "it did not get ready in time".to_owned()),
    }
}

fn fell(state: &State, run: u32) -> bool {
    state.pid.is_none() || state.runs != run
}
