//! One file, as a form or as the bare body (toolbox-files-git-desktop.md §2.11).

use std::path::PathBuf;

use axum::body::{Body, BodyDataStream};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use contract::toolbox::types::UploadedFile;
use engine::files::Uploading;
use futures_util::StreamExt;
use futures_util::stream::Fuse;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::Query;
use super::form::{Form, FormError, drain, is_form};
use crate::errors::Failure;
use crate::{Shared, go_json};

const PARENTS: u32 = 0o755;
const PARENTS_OF_LEGACY_UPLOADS: u32 = 0o750;

/// The part that holds the file.
const FIELD: &str = "file";

pub(super) async fn upload(
    State(toolbox): State<Shared>,
    query: Query,
    request: Request,
) -> Result<Response, Failure> {
    let (headers, mut stream) = taken_apart(request);
    let stored = match query.path() {
        Ok(path) if is_form(content_type(&headers)) => {
            from_form(&toolbox, &path, PARENTS, &headers, &mut stream).await.map(|()| path)
        }
        Ok(path) => from_body(&toolbox, &path, &mut stream).await.map(|()| path),
        Err(failure) => Err(failure),
    };
    drain(&mut stream).await;
    let path = stored?;
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    Ok(go_json::response(StatusCode::OK, &UploadedFile { name, path, r#type: "file".to_owned() }))
}

pub(super) async fn upload_legacy(
    State(toolbox): State<Shared>,
    query: Query,
    request: Request,
) -> Result<Response, Failure> {
    let (headers, mut stream) = taken_apart(request);
    let stored = match query.path() {
        Ok(path) => from_form(&toolbox, &path, PARENTS_OF_LEGACY_UPLOADS, &headers, &mut stream).await,
        Err(failure) => Err(failure),
    };
    drain(&mut stream).await;
    stored.map(|()| StatusCode::OK.into_response())
}

/// The headers, and the body as a stream that may be asked for more after its end.
pub(super) fn taken_apart(request: Request) -> (HeaderMap, Fuse<BodyDataStream>) {
    let (parts, body): (_, Body) = request.into_parts();
    (parts.headers, body.into_data_stream().fuse())
}

pub(super) fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

/// The first part of the right name is the file. It counts when the form came to its proper end.
async fn from_form(
    toolbox: &Shared,
    path: &str,
    parents: u32,
    headers: &HeaderMap,
    stream: &mut Fuse<BodyDataStream>,
) -> Result<(), Failure> {
    let mut form = Form::new(content_type(headers), stream)?;
    let mut stored = None;
    while let Some(part) = form.next_part().await? {
        if stored.is_some() || part.name != FIELD || !part.is_file {
            continue;
        }
        let mut uploading = Uploading::begin(toolbox.engine.paths(), PathBuf::from(path), parents).await?;
        while let Some(piece) = form.next_piece().await? {
            uploading.write(piece).await?;
        }
        stored = Some(uploading);
    }
    let stored = stored.ok_or_else(|| Failure::bad_request("http: no such file"))?;
    stored.commit().await?;
    Ok(())
}

async fn from_body(toolbox: &Shared, path: &str, stream: &mut Fuse<BodyDataStream>) -> Result<(), Failure> {
    let mut uploading = Uploading::begin(toolbox.engine.paths(), PathBuf::from(path), PARENTS).await?;
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| FormError::UnexpectedEnd)?;
        uploading.write(piece).await?;
    }
    uploading.commit().await?;
    Ok(())
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        Self::bad_request(&error.to_string())
    }
}
