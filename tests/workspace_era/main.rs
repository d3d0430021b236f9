//! The workspace era through the whole program: what clients from December 2024 on send, byte for byte where it matters,
//! and what they need to find in the answers (legacy-clients.md).

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod client;
mod epochs;
mod lists;
mod logs;
mod routes;
mod toolbox;
