//! Operations on one sandbox (control-plane.md §2.6).

use std::sync::Arc;

use contract::control::types::{CreateSandboxSnapshot, ResizeSandbox, ToolboxProxyUrl};
use serde::Deserialize;

use crate::call::{self, Answer, Call};
use crate::errors::ApiError;
use crate::lifecycle::Resize;
use crate::record::SandboxRecord;
use crate::wire;

pub(super) async fn get(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().find_remembered(call.organization()?, call.at(0))?;
    sandbox(&call, &record)
}

pub(super) async fn start(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().start(call.organization()?, call.at(0)).await?;
    sandbox(&call, &record)
}

pub(super) async fn stop(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    struct Query {
        #[serde(default)]
        force: bool,
    }
    exists(&call)?;
    let Query { force } = call.query()?;
    let record = call.sandboxes().stop(call.organization()?, call.at(0), force).await?;
    sandbox(&call, &record)
}

pub(super) async fn recover(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Query {
        #[serde(default)]
        skip_start: bool,
    }
    exists(&call)?;
    let Query { skip_start } = call.query()?;
    let record = call.sandboxes().recover(call.organization()?, call.at(0), skip_start).await?;
    sandbox(&call, &record)
}

pub(super) async fn pause(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().pause(call.organization()?, call.at(0)).await?;
    sandbox(&call, &record)
}

pub(super) async fn resize(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let ResizeSandbox { cpu, memory, disk } = call.body()?;
    let sizes = [("cpu", cpu), ("memory", memory), ("disk", disk)];
    let small = sizes.into_iter().filter(|(_, size)| size.is_some_and(|size| size < 1));
    let complaints: Vec<String> = small.map(|(name, _)| format!("{name} must not be less than 1")).collect();
    if !complaints.is_empty() {
        return Err(ApiError::bad_request(complaints.join(", ")));
    }
    let wanted = Resize { cpu, memory, disk };
    let record = call.sandboxes().resize(call.organization()?, call.at(0), wanted).await?;
    sandbox(&call, &record)
}

pub(super) async fn snapshot(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let CreateSandboxSnapshot { name, include_memory } = call.body()?;
    if name.trim().is_empty() {
        return Err(ApiError::bad_request("name should not be empty"));
    }
    if include_memory == Some(true) {
        return Err(ApiError::bad_request("includeMemory is only supported for Windows sandboxes"));
    }
    let record = call.sandboxes().snapshot(call.organization()?, call.at(0), &name).await?;
    sandbox(&call, &record)
}

/// Backups are kept without being asked for; newer servers only acknowledge (control-plane.md §2.6).
pub(super) async fn backup(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().find(call.organization()?, call.at(0))?;
    if record.is_ephemeral() {
        return Err(ApiError::bad_request("Ephemeral sandboxes cannot be backed up"));
    }
    sandbox(&call, &record)
}

pub(super) async fn delete(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().delete(call.organization()?, call.at(0)).await?;
    sandbox(&call, &record)
}

pub(super) async fn archive(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().archive(call.organization()?, call.at(0)).await?;
    sandbox(&call, &record)
}

pub(super) async fn toolbox_proxy_url(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    Answer::json(&ToolboxProxyUrl { url: call.base.toolbox() })
}

/// A missing sandbox is reported before a query, a parameter or a body that does not bind.
pub(super) fn exists(call: &Call) -> Result<(), ApiError> {
    call.sandboxes().find(call.organization()?, call.at(0)).map(drop)
}

pub(super) fn sandbox(call: &Call, record: &Arc<SandboxRecord>) -> Result<Answer, ApiError> {
    let write = || call::json(&wire::sandbox(record, &call.base));
    Ok(Answer::written(call.shared.registry.written(record, &call.base, write)?))
}
