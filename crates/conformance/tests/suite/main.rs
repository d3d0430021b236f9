//! The suite's engine from outside: small servers, broken servers, dead servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod bad_servers;
mod formats;
mod reports;
mod self_test;
mod steps;
mod support;
mod trial;
