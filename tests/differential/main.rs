//! The toolbox against recorded answers of the real daemon (`fixtures/differential`).
//!
//! ```text
//! cases.json ─▶ cases ─▶ player ─┬▶ step: what a case may ask for
//!                                ├▶ transport: requests and bare connections
//!                                ├▶ socket: WebSocket scripts
//!                                └▶ tidy: placeholders, volatile text, masks ─▶ answers, in the recording's form
//! daemon-….json ─▶ compare ◀──────────────────────────────────────────────────────┘
//!                     └▶ ledger: expected-differences.toml, ratchet.toml ─▶ complaints and a table
//! ```
//!
//! Status level: status codes, handshakes, close codes and exit codes of every case. Shape level: besides, members and
//! types, media types and frame kinds of every answer that is a success. What differs must be listed with its reason,
//! what is listed must still differ, and no group may fall below its ratchet; `PITLANE_UPDATE=1` raises the ratchet.
//!
//! The answers of the last run are left in `target/tmp/differential-answers.json`, in the form of the recording.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test ends where what must be is not, and its tables read better with values"
)]

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod compare;
mod ledger;
mod player;
mod socket;
mod socket_tests;
mod step;
mod tests;
mod tidy;
mod transport;

use std::path::{Path, PathBuf};

use cases::{Answered, Case};
use futures_util::{StreamExt as _, stream};
use ledger::{Judgement, Ledger, Table};
use player::Player;
use support::TestServer;

/// Cases played at once. They wait more than they work.
const CASES_AT_ONCE: usize = 12;
/// Sandboxes the cases are spread over.
const SANDBOXES: usize = 3;

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/differential").join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_toolbox_answers_as_the_recorded_daemon_but_for_listed_differences() {
    let cases = cases::cases();
    let recorded = cases::recorded();
    let ledger = Ledger::load(&here("expected-differences.toml"), &here("ratchet.toml"));

    let server = TestServer::start();
    let player = Player::prepare(&server, SANDBOXES).await;
    let answered = play_all(&player, &cases).await;
    keep(&answered);

    let judgements: Vec<Judgement> =
        answered.iter().map(|one| Judgement::of(&recorded[&one.id], one)).collect();
    let table = Table::of(&judgements, &ledger);
    println!("{table}");
    let mut complaints = ledger.complaints(&judgements);
    if std::env::var_os("PITLANE_UPDATE").is_some() {
        ledger.raise(&table, &here("ratchet.toml"));
    } else {
        complaints.extend(ledger.fallen(&table));
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

/// Plays what may run beside others, then what may not; in the order of the cases.
async fn play_all(player: &Player, cases: &[Case]) -> Vec<Answered> {
    let (alone, together): (Vec<_>, Vec<_>) =
        cases.iter().enumerate().partition(|(_, case)| case.alone || case.needs_a_desktop());
    let mut answered: Vec<(usize, Answered)> = stream::iter(together)
        .map(|(number, case)| async move { (number, player.play(case, number).await) })
        .buffer_unordered(CASES_AT_ONCE)
        .collect()
        .await;
    for (number, case) in alone {
        answered.push((number, player.play(case, number).await));
    }
    answered.sort_by_key(|(number, _)| *number);
    answered.into_iter().map(|(_, one)| one).collect()
}

/// Leaves the answers where a person, or another comparer, can look at them.
fn keep(answered: &[Answered]) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential-answers.json");
    let recording = serde_json::json!({ "version": 1, "label": "pitlane", "results": answered });
    std::fs::write(path, recording.to_string()).unwrap();
}
