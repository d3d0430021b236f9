//! What clients put on the wire, and how they read what comes back, for the clients that are not run here: Go, Java, Ruby,
//! and generations of Python and TypeScript between those that are (sdk-clients.md, legacy-clients.md).
//!
//! | module | holds |
//! |---|---|
//! | `client` | a client: its habits, the sandbox it made, its requests |
//! | `reading` | how strictly a client reads JSON, and the members it knows |
//! | `socket` | WebSockets with exactly the headers given, and how they end |
//! | `repositories`, `languages` | areas that all clients call for in the same way |
//! | `transfer` | files: bodies too large to hold, and multipart answers |
//! | `streams` | how clients tell the streams of a log apart |
//! | `desktops` | computer use, which all clients call for in the same way |
//! | `records` | volumes, secrets and warm pools, which all clients call for in the same way |
//! | `snapshots` | snapshots and builds, likewise |
//! | `uploads` | build contexts on their way to the object store |
//! | `cli`, `go`, `java`, `ruby`, `older` | one client each: its habits, and a module for each area of the API |
//!
//! A client is written down as data where it can be ([`client::Habits`]); a module of an area sends what that client's
//! methods send and asserts what they look at. A new area is one more module in each client.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/s3.rs"]
mod s3;
#[path = "../support/mod.rs"]
mod support;

mod cli;
mod client;
mod desktops;
mod go;
mod java;
mod languages;
mod older;
mod reading;
mod records;
mod repositories;
mod ruby;
mod snapshots;
mod socket;
mod streams;
mod transfer;
mod uploads;
