//! Files (voidrun.md §2.8).
//!
//! | module | holds |
//! |---|---|
//! | `programs` | operations that are programs run in the sandbox, as on real servers: their exit code is the answer |
//! | `archives` | packing and unpacking |
//! | `transfer` | listing, upload and download |
//! | `watch` | watches and their events |

mod archives;
mod programs;
mod transfer;
mod watch;

use dialect::Routes;

use super::Shared;

pub(super) use watch::Watches;

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("listFiles", transfer::list)
        .serve("uploadFile", transfer::upload)
        .serve("downloadFile", transfer::download)
        .serve("deleteFile", programs::delete)
        .serve("createDirectory", programs::make_directory)
        .serve("createFile", programs::create)
        .serve("copyFile", programs::copy)
        .serve("moveFile", programs::relocate)
        .serve("changePermissions", programs::change_mode)
        .serve("statFile", programs::stat)
        .serve("headTail", programs::head_tail)
        .serve("searchFiles", programs::search)
        .serve("diskUsage", programs::disk_usage)
        .serve("compressFile", archives::compress)
        .serve("extractArchive", archives::extract)
        .serve("startWatch", watch::start)
        .serve("streamWatchEvents", watch::stream)
}
