//! One file (toolbox-files-git-desktop.md §2.8).

use std::io;
use std::ops::Range;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use engine::files::{Download, Error, SystemError};
use engine::paths::PathMap;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, EXPIRES,
    LAST_MODIFIED, PRAGMA, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::disposition::content_disposition;
use super::ranges::{Selection, http_time, select};
use super::{Query, blocking, body, path_text};
use crate::Shared;
use crate::errors::Failure;

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const CONTENT_DESCRIPTION: HeaderName = HeaderName::from_static("content-description");
const CONTENT_TRANSFER_ENCODING: HeaderName = HeaderName::from_static("content-transfer-encoding");

/// What every download carries, whatever is sent of it.
const FIXED: [(HeaderName, HeaderValue); 5] = [
    (CONTENT_DESCRIPTION, HeaderValue::from_static("File Transfer")),
    (CONTENT_TRANSFER_ENCODING, HeaderValue::from_static("binary")),
    (EXPIRES, HeaderValue::from_static("0")),
    (CACHE_CONTROL, HeaderValue::from_static("must-revalidate")),
    (PRAGMA, HeaderValue::from_static("public")),
];

pub(super) async fn download(
    State(toolbox): State<Shared>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Failure> {
    let path = query.path()?;
    blocking(move || {
        let download = open(toolbox.engine.paths(), &path)?;
        let boundary = || toolbox.ids.token(60, "0123456789abcdef");
        Ok(respond(&download, &headers, boundary))
    })
    .await?
}

/// Messages of this operation speak of the absolute path.
fn open(paths: &PathMap, path: &str) -> Result<Download, Error> {
    Download::open(paths, path).map_err(|error| match error {
        Error::System(error) => {
            let absolute = paths.place(path).map(|place| place.absolute);
            SystemError { operation: "stat", path: absolute.unwrap_or(error.path), errno: error.errno }.into()
        }
        error => error,
    })
}

/// How a file goes out.
pub(crate) struct Dress {
    /// Headers beside those that tell what is sent of it.
    pub(crate) headers: HeaderMap,
    pub(crate) media_type: HeaderValue,
}

fn respond(download: &Download, request: &HeaderMap, boundary: impl Fn() -> String) -> Response {
    let mut headers = HeaderMap::from_iter(FIXED);
    let disposition = content_disposition("attachment", &path_text(&download.name));
    headers.extend(HeaderValue::from_bytes(&disposition).ok().map(|value| (CONTENT_DISPOSITION, value)));
    send(download, request, boundary, Dress { headers, media_type: OCTETS })
}

/// The file, whole, in parts, or not at all. Reads small content at once, so it blocks.
pub(crate) fn send(
    download: &Download,
    request: &HeaderMap,
    boundary: impl Fn() -> String,
    dress: Dress,
) -> Response {
    let Dress { mut headers, media_type } = dress;
    let modified = http_time(download.modified);
    headers.extend(modified.and_then(|time| {
        HeaderValue::from_str(&httpdate::fmt_http_date(time)).ok().map(|value| (LAST_MODIFIED, value))
    }));
    let selection = select(request, download.size, modified);
    match selection {
        Selection::NotModified => return (StatusCode::NOT_MODIFIED, headers).into_response(),
        Selection::PreconditionFailed => return (StatusCode::PRECONDITION_FAILED, headers).into_response(),
        Selection::Invalid => return refused(headers, "invalid range"),
        Selection::NoOverlap => {
            headers.extend(content_range(&format!("bytes */{}", download.size)));
            return refused(headers, "invalid range: failed to overlap");
        }
        Selection::Whole | Selection::One(_) | Selection::Many(_) => {}
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_TYPE, media_type.clone());
    match selection {
        Selection::One(range) => {
            headers.extend(content_range(&content_range_text(&range, download.size)));
            content(StatusCode::PARTIAL_CONTENT, headers, download, range)
        }
        Selection::Many(ranges) => many(headers, download, ranges, &boundary(), &media_type),
        _ => content(StatusCode::OK, headers, download, 0..download.size),
    }
}

fn content(status: StatusCode, mut headers: HeaderMap, download: &Download, range: Range<u64>) -> Response {
    let length = range.end - range.start;
    headers.insert(CONTENT_LENGTH, length.into());
    (status, headers, body::of_length(length, download.chunks(range))).into_response()
}

/// `multipart/byteranges`: one part for each range, in the order asked for.
fn many(
    mut headers: HeaderMap,
    download: &Download,
    ranges: Vec<Range<u64>>,
    boundary: &str,
    media_type: &HeaderValue,
) -> Response {
    let part_type = media_type.to_str().unwrap_or_default();
    let mut length = 0;
    let mut pieces: Vec<Box<dyn Iterator<Item = io::Result<Bytes>> + Send>> = Vec::new();
    for (number, range) in ranges.into_iter().enumerate() {
        let before = if number == 0 { "" } else { "\r\n" };
        let place = content_range_text(&range, download.size);
        let head =
            format!("{before}--{boundary}\r\nContent-Range: {place}\r\nContent-Type: {part_type}\r\n\r\n");
        length += head.len() as u64 + (range.end - range.start);
        pieces.push(Box::new(std::iter::once(Ok(head.into()))));
        pieces.push(Box::new(download.chunks(range)));
    }
    let end = format!("\r\n--{boundary}--\r\n");
    length += end.len() as u64;
    pieces.push(Box::new(std::iter::once(Ok(end.into()))));
    let media_type = HeaderValue::from_str(&format!("multipart/byteranges; boundary={boundary}"));
    headers.insert(CONTENT_TYPE, media_type.unwrap_or(OCTETS));
    headers.insert(CONTENT_LENGTH, length.into());
    let body = body::of_length(length, pieces.into_iter().flatten());
    (StatusCode::PARTIAL_CONTENT, headers, body).into_response()
}

fn content_range_text(range: &Range<u64>, size: u64) -> String {
    // An empty range, the last bytes of an empty file, has no last byte; the library writes it this way.
    format!("bytes {}-{}/{size}", range.start, i128::from(range.end) - 1)
}

fn content_range(text: &str) -> Option<(HeaderName, HeaderValue)> {
    HeaderValue::from_str(text).ok().map(|value| (CONTENT_RANGE, value))
}

/// What described the file does not describe an error.
fn refused(mut headers: HeaderMap, message: &str) -> Response {
    headers.remove(CACHE_CONTROL);
    headers.remove(LAST_MODIFIED);
    headers.insert(CONTENT_TYPE, TEXT);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    (StatusCode::RANGE_NOT_SATISFIABLE, headers, format!("{message}\n")).into_response()
}
