//! Listing and changing what is there (toolbox-files-git-desktop.md §2.2–§2.7).

use std::num::NonZeroU32;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dialect::ClientGeneration;
use engine::files::{self, Error, Listed, Moved};
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::listing::Listing;
use super::{Query, blocking, info};
use crate::errors::Failure;
use crate::{Shared, go_json};

const DEFAULT_FOLDER_MODE: u32 = 0o755;

pub(super) async fn list(
    State(toolbox): State<Shared>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Failure> {
    let path = query.optional("path").unwrap_or_else(|| ".".to_owned());
    let depth = match query.optional("depth") {
        Some(depth) => depth.parse().map_err(|_| Failure::bad_request("depth must be an integer >= 1"))?,
        None => NonZeroU32::MIN,
    };
    let with_path = !ClientGeneration::from_headers(&headers).refuses_new_members();
    let listed = blocking(move || {
        let add = |part: &mut Listing, entry: &Listed<'_>| part.add(entry, with_path);
        let parts = files::list_in_parts(toolbox.engine.paths(), path, depth, Listing::with_capacity, add);
        parts.map(|parts| go_json::array(parts.into_iter().map(Listing::into_json).collect()))
    });
    Ok(go_json::ready(StatusCode::OK, listed.await??))
}

pub(super) async fn info(State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let path = query.path()?;
    let found = blocking(move || files::info(toolbox.engine.paths(), path)).await??;
    Ok(go_json::response(StatusCode::OK, &info::describe(&found)))
}

pub(super) async fn create_folder(State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let path = query.path()?;
    let mode = query.optional("mode").map_or(Ok(DEFAULT_FOLDER_MODE), |mode| octal(&mode))?;
    blocking(move || files::make_folder(toolbox.engine.paths(), path, mode)).await??;
    Ok(StatusCode::CREATED.into_response())
}

pub(super) async fn delete(State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let path = query.path()?;
    let recursive = query.0.first("recursive") == "true";
    blocking(move || files::remove(toolbox.engine.paths(), path, recursive)).await??;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The only body a move has; the official document does not know it.
#[derive(Serialize)]
struct MoveWarning {
    message: String,
    error: String,
}

pub(super) async fn relocate(State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    const REQUIRED: &str = "source and destination paths are required";
    let source = query.required("source", REQUIRED)?;
    let destination = query.required("destination", REQUIRED)?;
    match blocking(move || files::relocate(toolbox.engine.paths(), source, destination)).await?? {
        Moved::Completely => Ok(StatusCode::OK.into_response()),
        Moved::SourceKept(reason) => {
            let message = "file copied successfully but source could not be deleted".to_owned();
            let error = format!("failed to delete source: {reason}");
            Ok(go_json::response(StatusCode::OK, &MoveWarning { message, error }))
        }
    }
}

/// The mode is set before owner and group are even looked up, so that a failure can leave half of the change done.
pub(super) async fn set_permissions(
    State(toolbox): State<Shared>,
    query: Query,
) -> Result<Response, Failure> {
    let path = query.path()?;
    let (mode, owner, group) = (query.optional("mode"), query.optional("owner"), query.optional("group"));
    blocking(move || {
        let paths = toolbox.engine.paths();
        files::info(paths, &path)?;
        if let Some(mode) = mode {
            let set = files::set_mode(paths, &path, octal(&mode)?);
            set.map_err(|error| not_changed("failed to change mode", error))?;
        }
        let known = |name: Option<String>, id: fn(&str) -> Option<u32>, message: &str| match name {
            Some(name) => id(&name).map(Some).ok_or_else(|| Failure::bad_request(message)),
            None => Ok(None),
        };
        let owner = known(owner, files::user_id, "user not found")?;
        let group = known(group, files::group_id, "group not found")?;
        let set = files::set_owner(paths, &path, owner, group);
        set.map_err(|error| not_changed("failed to change ownership", error))
    })
    .await??;
    Ok(StatusCode::OK.into_response())
}

/// A refused change says what failed and for which absolute path; unlike other refusals it keeps its kind.
fn not_changed(what: &str, error: Error) -> Failure {
    let Error::Refused(error) = error else { return error.into() };
    let message = format!("{what} for {}: {error}", error.path.display());
    Failure::from_system(&error, message)
}

/// Digits of base 8 and nothing else: no prefix, no sign.
fn octal(text: &str) -> Result<u32, Failure> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    let mode = if digits { u32::from_str_radix(text, 8).ok() } else { None };
    mode.ok_or_else(|| Failure::bad_request("invalid mode format"))
}
