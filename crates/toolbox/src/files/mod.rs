//! Files (toolbox-files-git-desktop.md §2).
//!
//! | module | holds |
//! |---|---|
//! | `manage` | list, info, folder, delete, move, permissions |
//! | `text_search` | find, search, replace |
//! | `info`, `listing` | how a file is described, and how many are |
//! | `download`, `ranges` | one file, whole, in parts, or not at all when the client has it |
//! | `bulk_download` | many files in one answer |
//! | `upload`, `bulk_upload`, `form` | one file and many; the form that both come in, read as it arrives |
//! | `disposition`, `media_type`, `body` | what downloads share |
//!
//! The engine's calls block and are made on threads that may ([`blocking`]).

mod body;
mod bulk_download;
mod bulk_upload;
mod disposition;
mod download;
mod form;
mod info;
mod listing;
mod manage;
mod media_type;
mod ranges;
mod text_search;
mod upload;

pub(crate) use download::{Dress, send};

use std::convert::Infallible;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use axum::extract::FromRequestParts;
use dialect::Routes;
use http::request::Parts;

use crate::Shared;
use crate::errors::Failure;

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("ListFiles", manage::list)
        .serve("ListFilesSlash", manage::list)
        .serve("GetFileInfo", manage::info)
        .serve("CreateFolder", manage::create_folder)
        .serve("DeleteFile", manage::delete)
        .serve("DeleteFileSlash", manage::delete)
        .serve("MoveFile", manage::relocate)
        .serve("SetFilePermissions", manage::set_permissions)
        .serve("FindInFiles", text_search::find)
        .serve("SearchFiles", text_search::search)
        .serve("ReplaceInFiles", text_search::replace)
        .serve("DownloadFile", download::download)
        .serve("DownloadFiles", bulk_download::download)
        .serve("UploadFile", upload::upload)
        .serve("UploadFileLegacy", upload::upload_legacy)
        .serve("UploadFiles", bulk_upload::upload)
}

/// Extractor of the query: what is left out is empty text.
pub(crate) struct Query(contract::bind::daemon::Query);

impl Query {
    /// A value the operation cannot do without.
    pub(crate) fn required(&self, name: &str, message: &str) -> Result<String, Failure> {
        match self.0.first(name) {
            "" => Err(Failure::bad_request(message)),
            value => Ok(value.to_owned()),
        }
    }

    fn path(&self) -> Result<String, Failure> {
        self.required("path", "path is required")
    }

    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        Some(self.0.first(name)).filter(|value| !value.is_empty()).map(ToOwned::to_owned)
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(contract::bind::daemon::query(parts.uri.query())))
    }
}

/// Does work that blocks where it may. The work goes on when the client leaves; what can be long looks for that itself.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::internal("the work was interrupted"))
}

/// Names and content as text: every byte that is no UTF-8 becomes U+FFFD.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

pub(crate) fn path_text(path: impl AsRef<OsStr>) -> String {
    text(path.as_ref().as_bytes())
}
