//! Operations on one sandbox (control-plane.md §2.6).

use contract::control::types::{SandboxLabels, ToolboxProxyUrl, UpdateLastActivity};
use serde::Deserialize;

use crate::call::{Answer, Call};
use crate::errors::ApiError;
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

pub(super) async fn delete(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().delete(call.organization()?, call.at(0)).await?;
    sandbox(&call, &record)
}

pub(super) async fn archive(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().archive(call.organization()?, call.at(0)).await?;
    sandbox(&call, &record)
}

pub(super) async fn replace_labels(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let SandboxLabels { labels } = call.body()?;
    let record = call.sandboxes().set_labels(call.organization()?, call.at(0), labels).await?;
    sandbox(&call, &record)
}

pub(super) async fn set_auto_stop(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let record = call.sandboxes().set_auto_stop(call.organization()?, call.at(0), call.minutes(1)?).await?;
    sandbox(&call, &record)
}

pub(super) async fn set_auto_archive(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let minutes = call.minutes(1)?;
    let record = call.sandboxes().set_auto_archive(call.organization()?, call.at(0), minutes).await?;
    sandbox(&call, &record)
}

pub(super) async fn set_auto_delete(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let minutes = call.minutes(1)?;
    let record = call.sandboxes().set_auto_delete(call.organization()?, call.at(0), minutes).await?;
    sandbox(&call, &record)
}

pub(super) async fn update_last_activity(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    // What kind of activity it was makes no difference, but a wrong body is a wrong body.
    let _ignored: UpdateLastActivity = call.body()?;
    call.sandboxes().touch(call.organization()?, call.at(0)).await?;
    Ok(Answer::empty())
}

pub(super) async fn toolbox_proxy_url(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    Answer::json(&ToolboxProxyUrl { url: call.base.toolbox() })
}

/// A missing sandbox is reported before a query, a parameter or a body that does not bind.
pub(super) fn exists(call: &Call) -> Result<(), ApiError> {
    call.sandboxes().find(call.organization()?, call.at(0)).map(drop)
}

pub(super) fn sandbox(call: &Call, record: &SandboxRecord) -> Result<Answer, ApiError> {
    Answer::json(&wire::sandbox(record, &call.base))
}
