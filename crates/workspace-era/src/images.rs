//! Images made of a Dockerfile (legacy-clients.md §4.1, E2): snapshots, as they are called today, under the names and in
//! the words of that time.

use axum::body::Body;
use contract::control::types::SnapshotState;
use contract::workspace::types::{BuildImage, Image, ImageState};
use control::{ApiError, NewSnapshot, SnapshotRecord};
use jiff::Timestamp;
use serde::Deserialize;

use crate::call::{Answer, Call};

/// Bytes in what the wire calls a GB.
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

pub(crate) async fn build(call: Call) -> Result<Answer, ApiError> {
    let BuildImage { name, build_info } = call.body()?;
    let hashes = build_info.context_hashes.unwrap_or_default();
    let new = NewSnapshot {
        name: name.clone(),
        build: Some((build_info.dockerfile_content, hashes)),
        ..NewSnapshot::default()
    };
    let made = call.config.control.snapshots().create(&call.organization, new).await;
    let made = made.map_err(|error| match error.status {
        http::StatusCode::CONFLICT => ApiError::conflict(format!("Image with name {name} already exists")),
        _ => ApiError { message: error.message.replace("snapshot", "image"), ..error },
    });
    Answer::json(&image(&*made?))
}

pub(crate) async fn get(call: Call) -> Result<Answer, ApiError> {
    let found = call.config.control.snapshots().find(&call.organization, call.at(0));
    Answer::json(&image(&*found.map_err(|_| missing(call.at(0)))?))
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    follow: bool,
}

pub(crate) async fn logs(call: Call) -> Result<Answer, ApiError> {
    let Query { follow } = call.query()?;
    let log = call.config.control.snapshots().build_log(&call.organization, call.at(0), follow).await;
    log.map(Answer::stream).map_err(|error| match error.status {
        http::StatusCode::NOT_FOUND => missing(call.at(0)),
        _ => error,
    })
}

/// The log of the build a workspace is made from.
pub(crate) async fn logs_of_workspace(call: Call) -> Result<Answer, ApiError> {
    let Query { follow } = call.query()?;
    let log: Result<Body, ApiError> =
        call.sandboxes().build_log(&call.organization, call.at(0), follow).await;
    Ok(Answer::stream(log?))
}

fn missing(id_or_name: &str) -> ApiError {
    ApiError::not_found(format!("Image with ID {id_or_name} not found"))
}

fn image(snapshot: &SnapshotRecord) -> Image {
    #[expect(clippy::cast_precision_loss, reason = "it is shown in GB")]
    let size = snapshot.size.map(|bytes| bytes as f64 / GIB);
    Image {
        id: snapshot.id.clone(),
        organization_id: snapshot.organization_id.clone(),
        general: snapshot.is_general(),
        name: snapshot.name.clone(),
        enabled: snapshot.state != SnapshotState::Inactive,
        state: state(snapshot.state),
        size,
        entrypoint: snapshot.entrypoint.clone(),
        error_reason: snapshot.error_reason.clone(),
        created_at: time(snapshot.created_at),
        updated_at: time(snapshot.updated_at),
        last_used_at: snapshot.last_used_at.map(time),
    }
}

/// What is out of use today was only switched off then.
fn state(state: SnapshotState) -> ImageState {
    match state {
        SnapshotState::Pending | SnapshotState::Snapshotting => ImageState::BuildPending,
        SnapshotState::Building => ImageState::Building,
        SnapshotState::Pulling => ImageState::PullingImage,
        SnapshotState::Active | SnapshotState::Inactive => ImageState::Active,
        SnapshotState::Error | SnapshotState::BuildFailed => ImageState::Error,
        SnapshotState::Removing => ImageState::Removing,
    }
}

fn time(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
