//! Sandboxes with real processes, from start to every kind of end.
//!
//! This program is three: started as `agent` it is a sandbox's agent (see `agent.rs`), as `death::SERVER` a server that is
//! there to be killed, and otherwise the tests.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod agent;
mod death;
mod fence;
mod images;
mod requests;
mod reserve;
mod storage;
mod world;

use libtest_mimic::{Arguments, Trial};

fn main() {
    // The variable tells an agent from somebody who asks for the tests with `agent` in their names.
    let marked = std::env::var_os("PITLANE_RUN").is_some();
    match std::env::args().nth(1).as_deref() {
        Some("agent") if marked => return agent::main(),
        Some(death::SERVER) => return death::server(),
        Some(images::SERVER) => return images::server(),
        _ => {}
    }
    let mut trials: Vec<Trial> = Vec::new();
    trials.extend(requests::trials());
    trials.extend(death::trials());
    trials.extend(fence::trials());
    trials.extend(reserve::trials());
    trials.extend(storage::trials());
    trials.extend(images::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Makes trials of async functions: each on every rung this host has, with a runtime of its own.
macro_rules! trials {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            let mut trials = Vec::new();
            for rung in crate::world::rungs() {
                $(let name = format!("{rung}: {}", stringify!($name));
                trials.push(libtest_mimic::Trial::test(name, move || {
                    crate::world::on(rung);
                    let runtime =
                        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
                    runtime.block_on($name());
                    Ok(())
                }));)*
            }
            trials
        }
    };
}
pub(crate) use trials;
