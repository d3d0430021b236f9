//! Terminals and interpreter contexts through the whole program: server, proxy, agent, process.
//!
//! | module | holds |
//! |---|---|
//! | `client` | a WebSocket client that says what came |
//! | `terminal` | terminals: life, sizes, exits, several and slow clients |
//! | `programs` | programs that take a terminal over: editors, multiplexers, Python |
//! | `interpreter` | contexts and executions |
//! | `wire` | what only the Go, Java and Ruby clients look at |

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../support/mod.rs"]
mod support;

mod client;
mod interpreter;
mod programs;
mod terminal;
mod wire;
