//! Text in files and names of files (toolbox-files-git-desktop.md §2.12–§2.14).

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{Match, ReplaceRequest, ReplaceResult, SearchFilesResponse};
use engine::files::{self, Interrupt};
use http::StatusCode;

use super::{Query, blocking, path_text, text};
use crate::errors::Failure;
use crate::request::Bound;
use crate::{Shared, go_json};

const REQUIRED: &str = "path and pattern are required";

pub(super) async fn find(State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let (path, pattern) = (query.required("path", REQUIRED)?, query.required("pattern", REQUIRED)?);
    // Dropped with this call when the client leaves, which ends the walk.
    let interrupt = Interrupt::default();
    let stop = interrupt.signal();
    let found = blocking(move || {
        let found = files::find(toolbox.engine.paths(), path, pattern.as_bytes(), stop);
        let one = |found: files::Match| Match {
            file: path_text(found.file),
            line: i64::try_from(found.line).unwrap_or(i64::MAX),
            content: text(&found.content),
        };
        found.into_iter().map(one).collect::<Vec<_>>()
    });
    Ok(go_json::response(StatusCode::OK, &found.await?))
}

pub(super) async fn search(State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let (path, pattern) = (query.required("path", REQUIRED)?, query.required("pattern", REQUIRED)?);
    let interrupt = Interrupt::default();
    let stop = interrupt.signal();
    let found = blocking(move || files::search(toolbox.engine.paths(), path, &pattern, stop)).await?;
    let files = found.into_iter().map(path_text).collect();
    Ok(go_json::response(StatusCode::OK, &SearchFilesResponse { files }))
}

/// A file that fails is told in its own entry; the answer is a success all the same.
pub(super) async fn replace(
    State(toolbox): State<Shared>,
    Bound(request): Bound<ReplaceRequest>,
) -> Result<Response, Failure> {
    let ReplaceRequest { files: paths, pattern, new_value } = request;
    let results = blocking(move || {
        let one = |path: String| {
            let map = toolbox.engine.paths();
            let error = files::replace(map, &path, pattern.as_bytes(), new_value.as_bytes()).err();
            ReplaceResult {
                file: Some(path),
                success: Some(error.is_none()),
                error: error.map(|error| error.to_string()),
            }
        };
        paths.into_iter().map(one).collect::<Vec<_>>()
    });
    Ok(go_json::response(StatusCode::OK, &results.await?))
}
