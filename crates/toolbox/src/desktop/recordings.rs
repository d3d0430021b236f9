//! Films (toolbox-files-git-desktop.md §6.7). Finished ones are there whether there is a desktop or not.

use axum::extract::{Request, State};
use axum::response::Response;
use contract::toolbox::types::{self, ListRecordingsResponse, StartRecordingRequest, StopRecordingRequest};
use dialect::{PathParams, Routes};
use engine::desktop::recordings::{Recording, RecordingError};
use engine::files::Download;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::going;
use crate::Shared;
use crate::errors::Failure;
use crate::files::{Dress, blocking, path_text, send};
use crate::go_json;
use crate::request::bind;

const MP4: HeaderValue = HeaderValue::from_static("video/mp4");

pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("StartRecording", start)
        .serve("StopRecording", stop)
        .serve("ListRecordings", list)
        .serve("GetRecording", get)
        .serve("DeleteRecording", delete)
        .serve("DownloadRecording", download)
}

/// A body that cannot be read counts as one without a label.
async fn start(State(toolbox): State<Shared>, request: Request) -> Result<Response, Failure> {
    let body: Option<StartRecordingRequest> = bind(request, toolbox.body_limit).await.ok();
    let label = body.and_then(|body| body.label).filter(|label| !label.is_empty());
    let (id, now) = (toolbox.ids.uuid(), toolbox.clock.now());
    let begun =
        going(&toolbox, |engine| async move { engine.start_recording(id, label.as_deref(), now).await });
    Ok(go_json::response(StatusCode::CREATED, &shown(begun.await?)))
}

async fn stop(State(toolbox): State<Shared>, request: Request) -> Result<Response, Failure> {
    let body: Result<StopRecordingRequest, Failure> = bind(request, toolbox.body_limit).await;
    let id = body.map(|body| body.id).ok().filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Failure::invalid_body("invalid request: id is required"))?;
    let now = toolbox.clock.now();
    let ended = going(&toolbox, |engine| async move { engine.stop_recording(&id, now).await });
    Ok(go_json::response(StatusCode::OK, &shown(ended.await?)))
}

async fn list(State(toolbox): State<Shared>) -> Result<Response, Failure> {
    let recordings = blocking(move || toolbox.engine.recordings()).await??;
    let recordings = recordings.into_iter().map(shown).collect();
    Ok(go_json::response(StatusCode::OK, &ListRecordingsResponse { recordings }))
}

async fn get(State(toolbox): State<Shared>, parameters: PathParams) -> Result<Response, Failure> {
    let id = parameters.at(0).to_owned();
    let recording = blocking(move || toolbox.engine.recording(&id)).await??;
    Ok(go_json::response(StatusCode::OK, &shown(recording)))
}

async fn delete(State(toolbox): State<Shared>, parameters: PathParams) -> Result<StatusCode, Failure> {
    let id = parameters.at(0).to_owned();
    blocking(move || toolbox.engine.delete_recording(&id)).await??;
    Ok(StatusCode::NO_CONTENT)
}

async fn download(
    State(toolbox): State<Shared>,
    headers: HeaderMap,
    parameters: PathParams,
) -> Result<Response, Failure> {
    let id = parameters.at(0).to_owned();
    blocking(move || {
        let recording = toolbox.engine.recording(&id)?;
        video(&toolbox, &recording, &headers)
    })
    .await?
}

/// The file of a film, whole or in parts. Blocks.
pub(super) fn video(
    toolbox: &Shared,
    recording: &Recording,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let path = path_text(&recording.path);
    let film = Download::open(toolbox.engine.paths(), &path).map_err(|_| RecordingError::NoFile)?;
    let boundary = || toolbox.ids.token(60, "0123456789abcdef");
    Ok(send(&film, headers, boundary, Dress { headers: HeaderMap::new(), media_type: MP4 }))
}

pub(super) fn shown(recording: Recording) -> types::Recording {
    let Recording { id, file_name, path, start, end, seconds, size } = recording;
    types::Recording {
        id,
        file_name,
        file_path: path_text(path),
        start_time: start.to_string(),
        end_time: end.map(|end| end.to_string()),
        status: if end.is_some() { "completed" } else { "recording" }.to_owned(),
        duration_seconds: seconds,
        size_bytes: size.and_then(|size| i64::try_from(size).ok()),
    }
}
