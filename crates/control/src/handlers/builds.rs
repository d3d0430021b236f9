//! What builders say, of sandboxes and of snapshots (control-plane.md §4.5).

use contract::control::types::Url;
use serde::Deserialize;

use super::Table;
use crate::call::{Answer, Call, handler};
use crate::errors::ApiError;
use crate::snapshots::Snapshots;

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
    let log = call.shared.log_of_sandbox(&record, follow).await.ok_or_else(missing)?;
    Ok(Answer::stream(log?))
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
    let log = call.shared.log_of_snapshot(&snapshot, follow).await.ok_or_else(missing)?;
    Ok(Answer::stream(log?))
}

async fn of_snapshot_url(call: Call) -> Result<Answer, ApiError> {
    let snapshot = Snapshots::new(&call.shared).find(call.organization()?, call.at(0))?;
    if snapshot.build.is_none() {
        return Err(ApiError::not_found(format!("Snapshot {} has no build info", call.at(0))));
    }
    Answer::json(&Url { url: call.base.join(&format!("/snapshots/{}/build-logs", snapshot.id)) })
}
