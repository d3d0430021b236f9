//! Previews through the whole program: a server inside a sandbox, visited from outside in every way there is.

#[path = "../support/mod.rs"]
mod support;

mod forms;
mod stage;
mod visits;
