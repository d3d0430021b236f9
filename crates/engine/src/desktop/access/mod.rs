//! What programs tell assistive technology about themselves: trees of elements with roles, names, states and actions
//! (toolbox-files-git-desktop.md §6.8).
//!
//! | module | holds |
//! |---|---|
//! | `bus` | the connection, and calls on it |
//! | [`element`] | one element: its address, and what is read of it |
//! | `walk` | trees of elements |
//! | [`find`] | what is sought in them |
//! | `work` | focus, actions, values |
//!
//! Syntax is looked at before anything is asked, and the bus before any element.

mod bus;
pub mod element;
pub mod find;
mod walk;
mod work;

pub(crate) use bus::Reader;
pub use walk::{Scope, Tree};

/// Why there is nothing to tell, worded as the contract words it.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No bus runs, or it does not answer.
    #[error("accessibility bus not reachable: {0}")]
    Unreachable(String),
    /// The element has gone, or never was.
    #[error("accessibility node not found")]
    Unknown,
    /// No program shows elements in this scope.
    #[error("no accessible root for focused window")]
    NoRoot,
    /// The element cannot do it.
    #[error("action not supported by node")]
    Unsupported,
    /// The scope has another name.
    #[error("invalid accessibility scope: got {0}, expected focused|pid|all")]
    Scope(String),
    /// Something else of the request makes no sense.
    #[error("invalid accessibility request: {0}")]
    Request(String),
    /// The element answered with an error of its own.
    #[error("{0}")]
    Failed(String),
}
