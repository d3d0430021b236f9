//! Repositories, worked on by the git program (toolbox-files-git-desktop.md §3).
//!
//! ```text
//! Engine::git_… ─▶ place: is it a repository, may it be touched ─▶ run: one git process, hermetic
//!                                                                    └▶ error: exit and text ─▶ GitError
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `run` | how git is started: its environment, settings, credentials, output |
//! | `error` | every way git fails, and the only place that reads its words |
//! | `place` | where a repository lies, what an address of a remote means |
//! | `reference` | which names branches and remotes may have |
//! | `status`, `history` | reading |
//! | `branches` | listing, making, removing, switching |
//! | `index` | staging, committing, reset, restore |
//! | `clone` | init and clone |
//! | `remotes` | push, pull, the list of remotes |
//! | `settings` | git's own configuration files and its credential store |
//!
//! A repository is its root and nothing below it: git is told where everything lies and never looks upwards. No hook of
//! the repository runs, nothing asks on a terminal, and the machine's own configuration plays no part; the sandbox
//! user's does. Operations that write take turns, since git refuses a second writer instead of waiting for the first.

mod branches;
mod clone;
mod error;
mod history;
mod index;
mod place;
mod reference;
mod remotes;
mod run;
mod settings;
mod status;

pub use branches::Branches;
pub use clone::{CloneRequest, InitRequest};
pub use error::GitError;
pub use history::Commit;
pub use index::{CommitRequest, ResetMode, ResetRequest, RestoreRequest};
pub use remotes::{AddRemoteRequest, PullRequest, PushRequest, Remote};
pub use run::Credentials;
pub use settings::{CredentialEntry, Scope};
pub use status::{Change, FileState, Status};
