//! What builders say, of sandboxes and of snapshots (control-plane.md §4.5).

use std::sync::Arc;

use axum::body::Body;
use contract::control::types::{SandboxState, SnapshotState, Url};
use serde::Deserialize;

use super::Table;
use crate::builds::Builds;
use crate::call::{Answer, Call, handler};
use crate::errors::ApiError;
use crate::snapshots::{BuildInfo, Snapshots};

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("getBuildLogs", handler(of_sandbox))
        .serve("getBuildLogsUrl", handler(of_sandbox_url))
        .serve("getSnapshotBuildLogs", handler(of_snapshot))
        .serve("getSnapshotBuildLogsUrl", handler(of_snapshot_url))
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    follow: bool,
}

async fn of_sandbox(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().find(call.organization()?, call.at(0))?;
    let Query { follow } = call.query()?;
    let missing = || ApiError::not_found(format!("Sandbox with ID or name {} has no build info", call.at(0)));
    let build = record.build.clone().ok_or_else(missing)?;
    let (shared, id) = (Arc::clone(&call.shared), record.id.clone());
    let is_awaited = move || {
        let state = shared.registry.get(&id).map(|record| record.state);
        matches!(state, Some(SandboxState::PendingBuild | SandboxState::BuildingSnapshot))
    };
    stream(&call, record.organization_id.as_str(), &build, follow, is_awaited).await
}

async fn of_sandbox_url(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().find(call.organization()?, call.at(0))?;
    if record.build.is_none() {
        return Err(ApiError::not_found(format!("Sandbox {} has no build info", call.at(0))));
    }
    Answer::json(&Url { url: call.base.join(&format!("/sandboxes/{}/build-logs", record.id)) })
}

async fn of_snapshot(call: Call) -> Result<Answer, ApiError> {
    let snapshot = Snapshots::new(&call.shared).find(call.organization()?, call.at(0))?;
    let Query { follow } = call.query()?;
    let missing = || ApiError::not_found(format!("Snapshot {} has no build info", call.at(0)));
    let build = snapshot.build.clone().ok_or_else(missing)?;
    let (shared, id) = (Arc::clone(&call.shared), snapshot.id.clone());
    let organization = snapshot.organization_id.clone();
    let is_awaited = move || {
        let state = shared.shelves.snapshots.get(&organization, &id).map(|snapshot| snapshot.state);
        matches!(state, Some(SnapshotState::Pending | SnapshotState::Building))
    };
    stream(&call, &snapshot.organization_id, &build, follow, is_awaited).await
}

async fn of_snapshot_url(call: Call) -> Result<Answer, ApiError> {
    let snapshot = Snapshots::new(&call.shared).find(call.organization()?, call.at(0))?;
    if snapshot.build.is_none() {
        return Err(ApiError::not_found(format!("Snapshot {} has no build info", call.at(0))));
    }
    Answer::json(&Url { url: call.base.join(&format!("/snapshots/{}/build-logs", snapshot.id)) })
}

/// What there is of a build's log; who follows gets what comes until the build ends, also when it has not begun yet.
async fn stream(
    call: &Call,
    organization: &str,
    build: &BuildInfo,
    follow: bool,
    is_awaited: impl Fn() -> bool,
) -> Result<Answer, ApiError> {
    let builds: &Builds = &call.shared.builds;
    let reference = build.reference();
    let (mut beginnings, mut told) = (builds.beginnings(), call.shared.registry.announcements());
    loop {
        if let Some(log) = builds.log(organization, &reference) {
            return Ok(Answer::stream(Body::from_stream(log.stream(follow))));
        }
        if !follow || !is_awaited() {
            return Ok(Answer::stream(Body::empty()));
        }
        tokio::select! {
            begun = beginnings.changed() => if begun.is_err() { return Err(ApiError::maintenance()) },
            () = builds.closed() => return Err(ApiError::maintenance()),
            // Whoever waits for the build may be gone, or have found it made.
            _ = told.recv() => {}
        }
    }
}
