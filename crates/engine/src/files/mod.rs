//! Files of the sandbox: everything a dialect can ask for, without its words.
//!
//! | module | holds |
//! |---|---|
//! | `error` | the one error of all of it, with the texts users of the real platform see |
//! | `look`, `names` | listing a directory, looking at one path |
//! | `folder` | making directories with their parents |
//! | `remove`, `relocate`, `permissions` | deleting, moving, mode and owner |
//! | `upload`, `uploading` | writing a file while its content arrives; nothing is left behind when it stops arriving |
//! | `download` | reading a file, or a part of it, in bounded pieces |
//! | [`plain`] | single steps by path or open file, as SFTP takes them |
//! | `parallel` | much of the same work, on all processors |
//! | `walk` | the walk through a directory that finding and searching share |
//! | `find`, `search`, `glob`, `replace` | text in files, names of files, text replaced |
//!
//! Functions block and belong on a thread that may; only [`Uploading`] is for asynchronous callers. Every path goes
//! through [`PathMap`](crate::paths::PathMap) and its fence. Source: toolbox-files-git-desktop.md §2.

mod download;
mod error;
mod find;
mod folder;
mod glob;
mod look;
mod names;
mod parallel;
mod permissions;
pub mod plain;
mod relocate;
mod remove;
mod replace;
mod search;
mod upload;
mod uploading;
mod walk;

pub use download::{CHUNK, Chunks, Download};
pub(crate) use error::failing;
pub use error::{Error, SystemError};
pub use find::{Match, find};
pub use folder::make_folder;
pub use look::{Facts, FileInfo, Listed, info, list, list_in_parts};
pub use permissions::{group_id, set_mode, set_owner, user_id};
pub use relocate::{Moved, relocate};
pub use remove::remove;
pub use replace::replace;
pub use search::search;
pub use upload::{Replaced, Step, Stored, Upload, UploadError};
pub use uploading::Uploading;
pub use walk::Interrupt;

#[cfg(test)]
mod escapes;
#[cfg(test)]
mod testing;
