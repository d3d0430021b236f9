//! Desktops as toolbox-files-git-desktop.md §6 describes them, with a real display and a real program on it.
//!
//! | module | holds |
//! |---|---|
//! | `world` | a sandbox with a desktop |
//! | `program` | a program on it: a window of known colour that remembers what it was told |
//! | `life` | processes, displays of several sandboxes, films |
//! | `access` | what programs tell of themselves |
//! | `hands` | mouse, keyboard, pictures, windows |

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod hands;
mod life;
mod program;
mod world;
