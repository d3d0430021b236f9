//! Terminals and interpreter contexts through the whole program: server, proxy, agent, process.
//!
//! | module | holds |
//! |---|---|
//! | `client` | a WebSocket client that says what came |
//! | `terminal` | terminals: life, sizes, exits, several and slow clients |
//! | `programs` | programs that take a terminal over: editors, multiplexers, Python |
//! | `interpreter` | contexts and executions |
//! | `handshake` | the sub-protocols clients offer |

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../support/mod.rs"]
mod support;

mod client;
mod handshake;
mod interpreter;
mod programs;
mod terminal;
