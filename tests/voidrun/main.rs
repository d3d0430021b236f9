//! VoidRun's API through the whole program: server, proxy, agent, process. What its TypeScript client looks at is held
//! here byte by byte, since that client is in no registry.
//!
//! | module | holds |
//! |---|---|
//! | `client` | requests, events and sockets the way that client sends and reads them |
//! | `sandboxes` | making, listing, sleeping, removing; both dialects over one sandbox |
//! | `execution` | commands, waited for and not |
//! | `terminals` | terminals |
//! | `statuses` | every documented status of commands and terminals |
//! | `files` | files, archives, watches |
//! | `keys` | keys: minted, used, switched off, revoked |
//! | `wire` | credentials, addresses, envelopes |

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../support/mod.rs"]
mod support;

mod client;
mod execution;
mod files;
mod keys;
mod sandboxes;
mod statuses;
mod terminals;
mod wire;
