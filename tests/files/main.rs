//! Files of a whole server: more than any memory holds, and every requirement on every rung.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../support/mod.rs"]
mod support;

mod given_up;
mod large;
mod memory;
mod rungs;
