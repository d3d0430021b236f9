//! Dockerfiles built: read, their steps done at a bench one after another, with a log as build tools write it.
//!
//! Knows Dockerfiles, archives and logs. Must not know what a bench is made of ([`Bench`] is handed in), what an image is
//! stored as, or who asked for it.
//!
//! | module | owns |
//! |---|---|
//! | `build` | stages and steps in their order, the time limit |
//! | `steps` | what each instruction does |
//! | `copy` | `COPY` and `ADD` |
//! | `people` | users by name |
//! | `parse` | a Dockerfile as stages and steps |
//! | `heredoc` | here-documents the parser does not know |
//! | `words` | variables and quotes |
//! | `context` | build contexts unpacked, sources found |
//! | `output` | lines as a build tool writes them |
//! | [`Log`] | what a build says, appended, read and followed |
//! | [`Bench`] | where steps are done |
//! | [`ImageConfig`] | what an image says beside its files |

mod bench;
mod build;
mod config;
mod context;
mod copy;
mod error;
mod heredoc;
mod log;
mod output;
mod parse;
mod people;
mod steps;
mod words;

pub use bench::{Bench, Identity, Program, Stage, Start, Taken};
pub use build::{Built, LIMIT, Recipe, Settings, build};
pub use config::ImageConfig;
pub use error::{BenchError, BuildError};
pub use log::Log;
