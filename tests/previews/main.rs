//! Previews through the whole program: a server inside a sandbox, visited from outside in every way there is.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod forms;
mod stage;
mod visits;
