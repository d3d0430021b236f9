//! Listing, upload and download: the operations whose failures are errors.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use contract::voidrun::types::{FileInfo, FileList};
use engine::files::{self, Chunks, Download, Error, UploadError, Uploading};
use futures_util::{Stream, StreamExt, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use multer::Multipart;

use crate::agent::Shared;
use crate::agent::home::Spot;
use crate::reply::{self, Failure};
use crate::request::Query;

const PATH_REQUIRED: &str = "path is required";
/// Mode of directories that are made on the way.
const PARENTS: u32 = 0o755;
/// Largest form, in bytes.
const LARGEST_FORM: u64 = 5 << 20;
const FORM_TOO_LARGE: &str =
    "File too large. Maximum 5MB for multipart uploads. Use binary upload for larger files.";
const NO_FILE: &str = "No file found in multipart upload. Expected field name 'file'";

pub(super) async fn list(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let spot = inside.spot(&inside.path_or_root(&query)?);
    let engine = Arc::clone(&inside.engine);
    let real = spot.real.clone();
    let listed = blocking(move || files::list(engine.paths(), real)).await?;
    let listed = listed.map_err(|error| refused(&spot, &error))?;
    let files = listed.iter().map(|entry| describe(&spot, entry)).collect();
    Ok(reply::data("ok", FileList { success: true, files }))
}

fn describe(spot: &Spot, entry: &files::FileInfo) -> FileInfo {
    FileInfo {
        name: entry.name.to_string_lossy().into_owned(),
        path: spot.named.join(&entry.name).to_string_lossy().into_owned(),
        size: i64::try_from(entry.facts.size).unwrap_or(i64::MAX),
        mode: mode_text(entry.facts.mode),
        is_dir: entry.facts.is_directory(),
        mod_time: entry.facts.modified.to_string(),
    }
}

/// Type and permissions the way `ls` writes them.
fn mode_text(mode: u32) -> String {
    let kind = match mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        0o020_000 => 'c',
        0o060_000 => 'b',
        0o010_000 => 'p',
        0o140_000 => 's',
        _ => '-',
    };
    let mut text = String::from(kind);
    for shift in [6, 3, 0] {
        for (bit, letter) in [(4, 'r'), (2, 'w'), (1, 'x')] {
            text.push(if mode >> shift & bit != 0 { letter } else { '-' });
        }
    }
    text
}

pub(super) async fn download(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let spot = inside.spot(&query.path("path", PATH_REQUIRED)?);
    let engine = Arc::clone(&inside.engine);
    let real = spot.real.clone();
    let download = blocking(move || Download::open(engine.paths(), real)).await?;
    let download = download.map_err(|error| refused(&spot, &error))?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_LENGTH, download.size.into());
    let name: String =
        spot.named.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let disposition = format!("attachment; filename=\"{}\"", name.replace(['"', '\r', '\n'], ""));
    headers.extend(HeaderValue::from_bytes(disposition.as_bytes()).map(|value| (CONTENT_DISPOSITION, value)));
    let chunks = download.chunks(0..download.size);
    Ok((StatusCode::OK, headers, Body::from_stream(pieces(chunks))).into_response())
}

/// The pieces of a file, read on a thread that may block.
fn pieces(chunks: Chunks) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(Some(chunks), async |chunks| {
        let mut chunks = chunks?;
        let read = tokio::task::spawn_blocking(move || (chunks.next(), chunks)).await;
        match read {
            Ok((Some(piece), chunks)) => Some((piece, Some(chunks))),
            Ok((None, _)) => None,
            Err(_) => Some((Err(std::io::ErrorKind::Interrupted.into()), None)),
        }
    })
}

pub(super) async fn upload(
    State(inside): State<Shared>,
    query: Query,
    request: Request,
) -> Result<Response, Failure> {
    let spot = inside.spot(&query.path("path", PATH_REQUIRED)?);
    let boundary = boundary(request.headers());
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = request.into_body().into_data_stream();
    let begin = Uploading::begin(inside.engine.paths(), spot.real.clone(), PARENTS);
    let size = match boundary {
        Some(_) if declared.is_some_and(|length: u64| length > LARGEST_FORM) => return Err(form_too_large()),
        Some(boundary) => from_form(&spot, begin, body, boundary).await?,
        None => from_body(&spot, begin.await, body).await?,
    };
    Ok(reply::done(&format!("File uploaded: {} ({size} bytes)", spot.named.display())))
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(content_type).ok()
}

async fn from_body(
    spot: &Spot,
    begun: Result<Uploading, UploadError>,
    mut body: impl Stream<Item = Result<Bytes, axum::Error>> + Unpin,
) -> Result<u64, Failure> {
    let mut file = match begun {
        Ok(file) => file,
        Err(error) => {
            // Read to its end, so that a client that sends first and listens afterwards is told.
            while let Some(Ok(_)) = body.next().await {}
            return Err(not_written(spot, &error));
        }
    };
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| Failure::bad_request("Invalid request").with_details(error))?;
        file.write(piece).await.map_err(|error| not_written(spot, &error))?;
    }
    file.commit().await.map_err(|error| not_written(spot, &error))
}

async fn from_form(
    spot: &Spot,
    begin: impl Future<Output = Result<Uploading, UploadError>>,
    body: impl Stream<Item = Result<Bytes, axum::Error>> + Send + 'static,
    boundary: String,
) -> Result<u64, Failure> {
    let limit = multer::SizeLimit::new().whole_stream(LARGEST_FORM);
    let mut form = Multipart::with_constraints(body, boundary, multer::Constraints::new().size_limit(limit));
    let broken = |error: multer::Error| match error {
        multer::Error::StreamSizeExceeded { .. } => form_too_large(),
        error => Failure::bad_request("Invalid request").with_details(error),
    };
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        let mut file = begin.await.map_err(|error| not_written(spot, &error))?;
        while let Some(piece) = field.chunk().await.map_err(broken)? {
            file.write(piece).await.map_err(|error| not_written(spot, &error))?;
        }
        return file.commit().await.map_err(|error| not_written(spot, &error));
    }
    Err(Failure::bad_request(NO_FILE))
}

fn form_too_large() -> Failure {
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, FORM_TOO_LARGE)
}

fn not_written(spot: &Spot, error: &UploadError) -> Failure {
    Failure::bad_request("Sandbox error").with_details(spot.in_its_names(error.to_string()))
}

/// What is missing has a status of its own; anything else is the client's mistake.
fn refused(spot: &Spot, error: &Error) -> Failure {
    let missing = matches!(error, Error::System(error) if error.is_missing());
    let status = if missing { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
    Failure::new(status, "Sandbox error").with_details(spot.in_its_names(error.to_string()))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::internal("Internal server error").with_details(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_written_as_people_know_them() {
        for (mode, text) in [(0o100_644, "-rw-r--r--"), (0o040_755, "drwxr-xr-x"), (0o120_777, "lrwxrwxrwx")]
        {
            assert_eq!(mode_text(mode), text);
        }
    }
}
