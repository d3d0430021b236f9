//! What no client should send, byte by byte, and what it gets: the contract's errors, never silence, a 500 or a panic.
//!
//! | module | holds |
//! |---|---|
//! | `wire` | requests as bytes, answers read back, and how an answer is written down in a table |
//! | `control` | bodies, ids, queries, credentials and routes of the control plane |
//! | `toolbox` | the same of a sandbox's toolbox, and its paths |
//! | `protocol` | HTTP itself: heads, framing, hosts and origins, pipelining |
//! | `silence` | clients that stop sending in the middle of a request |
//!
//! A table's last column is the whole answer in one line: status, whose error shape it has, its code, its message.
//! `control` is the control plane's shape with place and time, `control, unplaced` the one without; `daemon` is the
//! toolbox's envelope, `proxy` the shape of what stands before it; `…` stands for any rest.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod control;
mod protocol;
mod silence;
mod toolbox;
mod wire;

use contract::{Document, Method, Operation};
use serde_json::Value;
use support::TestServer;
use wire::{Raw, Wire};

/// One line of a table: what is wrong, the request, and the answer.
type Case<'a> = (&'a str, Raw, &'a str);

/// Plays a table, each request on a connection of its own, and checks that the server is well afterwards.
async fn play(server: &TestServer, cases: Vec<Case<'_>>) {
    let mut complaints = Vec::new();
    for (name, request, expected) in cases {
        let mut wire = Wire::open(server).await;
        wire.send(&request.bytes()).await;
        let got = match wire.answer(&request.method).await {
            Ok(answer) => answer.line(),
            Err(reason) => reason,
        };
        if !fits(&got, expected) {
            complaints.push(format!("{name}\n    expected {expected}\n    got      {got}"));
        }
    }
    let health = server.request("GET", "/health", Value::Null).await;
    assert_eq!(health.status, 200, "the server is not well any more");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// An operation this build does not serve yet.
fn planned(document: &'static Document) -> Option<&'static Operation> {
    let plain = |operation: &&Operation| operation.method == Method::Get && !operation.path.contains('{');
    document.operations.iter().filter(plain).find(|operation| operation.planned)
}

/// Whether an answer is the expected one, of which the end may be left open.
fn fits(got: &str, expected: &str) -> bool {
    match expected.strip_suffix('…') {
        Some(start) => got.starts_with(start),
        None => got == expected,
    }
}
