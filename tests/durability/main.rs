//! What a server has acknowledged is there when it comes back, however it went away; and keeping it never stands in the
//! way of a sandbox that is used.
//!
//! The first test kills a server at random moments under load, many times, and asks the next one for every change that
//! was answered. A change whose answer never came may be there or not; one that was answered must be.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/s3.rs"]
mod s3;
#[path = "../support/mod.rs"]
mod support;

mod builds;
mod load;
mod objects;
mod slow;
