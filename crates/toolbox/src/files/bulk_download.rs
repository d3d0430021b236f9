//! Many files in one answer (toolbox-files-git-desktop.md §2.9).
//!
//! One part for each path in the order asked for, the path in it exactly as it was asked. A file that fails is a part
//! called `error`. When reading breaks off in the middle of a part, the answer ends without its closing boundary, which is
//! how clients tell.

use std::io;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use contract::toolbox::types::FilesDownloadRequest;
use engine::files::{CHUNK, Chunks, Download, Error, SystemError};
use engine::paths::PathMap;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use lab::Clock;

use super::disposition::content_disposition;
use super::{body, media_type};
use crate::Shared;
use crate::errors::Failure;
use crate::request::Bound;

const MEDIA_TYPE: HeaderValue =
    HeaderValue::from_static("multipart/form-data; boundary=DAYTONA-FILE-BOUNDARY");
const BOUNDARY: &[u8] = b"--DAYTONA-FILE-BOUNDARY";

pub(super) async fn download(
    State(toolbox): State<Shared>,
    request: Result<Bound<FilesDownloadRequest>, Failure>,
) -> Result<Response, Failure> {
    let paths = match request {
        Ok(Bound(FilesDownloadRequest { paths })) if !paths.is_empty() => paths,
        Err(failure) if failure.status == StatusCode::PAYLOAD_TOO_LARGE => return Err(failure),
        _ => return Err(Failure::bad_request("request body must be {\"paths\": [ ... ]} and non-empty")),
    };
    let parts = Parts {
        map: toolbox.engine.paths().clone(),
        clock: Arc::clone(&toolbox.clock),
        paths: paths.into_iter(),
        begun: false,
        stage: Stage::Between,
    };
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], body::streamed(parts)).into_response())
}

/// The body, piece by piece. Making a piece blocks.
struct Parts {
    map: PathMap,
    clock: Arc<dyn Clock>,
    paths: std::vec::IntoIter<String>,
    begun: bool,
    stage: Stage,
}

enum Stage {
    Between,
    Content(Chunks),
    Over,
}

impl Iterator for Parts {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<io::Result<Bytes>> {
        if let Stage::Content(chunks) = &mut self.stage {
            match chunks.next() {
                Some(Ok(chunk)) => return Some(Ok(chunk)),
                Some(Err(error)) => {
                    tracing::warn!(%error, "a download broke off");
                    self.stage = Stage::Over;
                }
                None => self.stage = Stage::Between,
            }
        }
        if matches!(self.stage, Stage::Over) {
            return None;
        }
        Some(Ok(self.between().into()))
    }
}

impl Parts {
    /// What stands before the next content, and small content with it.
    fn between(&mut self) -> Vec<u8> {
        let mut piece = Vec::with_capacity(256);
        if self.begun {
            piece.extend(b"\r\n");
        }
        self.begun = true;
        piece.extend(BOUNDARY);
        let Some(path) = self.paths.next() else {
            piece.extend(b"--\r\n");
            self.stage = Stage::Over;
            return piece;
        };
        match open(&self.map, &path) {
            Ok(download) => {
                head(&mut piece, "file", &path);
                piece.extend(format!("Content-Length: {}\r\n", download.size).bytes());
                piece.extend(format!("Content-Type: {}\r\n\r\n", media_type::of(&path)).bytes());
                let mut chunks = download.chunks(0..download.size);
                if download.size <= CHUNK as u64
                    && let Some(Ok(content)) = chunks.next()
                {
                    piece.extend(content);
                }
                // Where that failed it fails again, and is told then.
                self.stage = Stage::Content(chunks);
            }
            Err(failure) => {
                head(&mut piece, "error", &path);
                piece.extend(b"Content-Type: application/json; charset=utf-8\r\n\r\n");
                piece.extend(failure.envelope(self.clock.now(), &path, "POST"));
            }
        }
        piece
    }
}

fn head(piece: &mut Vec<u8>, name: &str, path: &str) {
    piece.extend(b"\r\nContent-Disposition: ");
    piece.extend(content_disposition(&format!("form-data; name=\"{name}\""), path));
    piece.extend(b"\r\n");
}

fn open(map: &PathMap, path: &str) -> Result<Download, Failure> {
    if path.is_empty() {
        return Err(invalid("path is empty"));
    }
    Download::open(map, path).map_err(|error| match error {
        Error::System(error) => not_opened(path, &error),
        Error::NotAFile { directory: true } => invalid(&format!("path points to a directory: {path}")),
        error => read_failed(&format!("failed to access file: {error}")),
    })
}

fn not_opened(path: &str, error: &SystemError) -> Failure {
    if error.is_missing() {
        return Failure::new(StatusCode::NOT_FOUND, "FILE_NOT_FOUND", format!("file not found: {path}"));
    }
    if error.is_denied() {
        return Failure::new(
            StatusCode::FORBIDDEN,
            "FILE_ACCESS_DENIED",
            format!("permission denied: {path}"),
        );
    }
    if error.is_invalid() {
        return invalid(path);
    }
    read_failed(&format!("failed to open file: {error}"))
}

fn invalid(what: &str) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, "INVALID_FILE_PATH", format!("invalid file path: {what}"))
}

fn read_failed(message: &str) -> Failure {
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "FILE_READ_FAILED", message)
}
