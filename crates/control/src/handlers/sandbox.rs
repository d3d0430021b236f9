//! Operations on one sandbox (control-plane.md §2.6).

use contract::control::types::{SandboxLabels, SandboxState, ToolboxProxyUrl, UpdateLastActivity};
use serde::Deserialize;

use crate::call::{Answer, Call};
use crate::errors::ApiError;
use crate::lifecycle::{self, Started};
use crate::record::SandboxRecord;
use crate::wire;

const TOKEN_LENGTH: usize = 32;
const TOKEN_ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_";

/// A new auth token (control-plane.md §2.5).
pub(super) fn auth_token(call: &Call) -> String {
    call.shared.config.ids.token(TOKEN_LENGTH, TOKEN_ALPHABET)
}

pub(super) async fn get(call: Call) -> Result<Answer, ApiError> {
    let record = call.shared.registry.find(call.organization()?, call.at(0), call.shared.now(), true)?;
    sandbox(&call, &record)
}

pub(super) async fn start(call: Call) -> Result<Answer, ApiError> {
    let token = auth_token(&call);
    let change = |record: &mut SandboxRecord, now| lifecycle::start(record, token, now);
    let (started, record) = call.shared.change(call.organization()?, call.at(0), change).await?;
    match started {
        Started::Already => sandbox(&call, &record),
        Started::Asked => await_start(&call, &record).await,
    }
}

/// Waits for a sandbox that was asked to run and answers with what became of it; one that takes longer than a client
/// should wait is answered as it is, and polled.
pub(super) async fn await_start(call: &Call, record: &SandboxRecord) -> Result<Answer, ApiError> {
    let settled = |record: &SandboxRecord| {
        matches!(record.state, SandboxState::Started | SandboxState::Error | SandboxState::Destroyed)
    };
    let patience = call.shared.config.start_patience;
    let latest = call.shared.wait(&record.id, patience, settled).await;
    let latest = latest.ok_or_else(|| ApiError::unknown_sandbox(&record.id))?;
    if latest.state == SandboxState::Error {
        let reason = latest.error_reason.as_deref().unwrap_or_default();
        return Err(ApiError::bad_request(format!("Sandbox failed to start: {reason}")));
    }
    sandbox(call, &latest)
}

pub(super) async fn stop(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    struct Query {
        #[serde(default)]
        force: bool,
    }
    let organization = call.organization()?;
    // A missing sandbox is reported before a query that does not bind.
    call.shared.registry.find(organization, call.at(0), call.shared.now(), false)?;
    let Query { force } = call.query()?;
    let change = |record: &mut SandboxRecord, now| lifecycle::stop(record, force, now);
    let ((), record) = call.shared.change(organization, call.at(0), change).await?;
    await_end(&call, &record).await
}

pub(super) async fn delete(call: Call) -> Result<Answer, ApiError> {
    let ((), record) = call.shared.change(call.organization()?, call.at(0), lifecycle::delete).await?;
    await_end(&call, &record).await
}

/// Answers with the state documented for the answer, `stopping` or `destroying`. It is given out once the end was
/// reached, or cannot be waited for any longer: clients look again at once, and then only every second.
async fn await_end(call: &Call, record: &SandboxRecord) -> Result<Answer, ApiError> {
    let leaving = record.is_leaving();
    let ended = |record: &SandboxRecord| match record.state {
        SandboxState::Destroyed => true,
        SandboxState::Stopped | SandboxState::Error => !leaving,
        _ => false,
    };
    call.shared.wait(&record.id, call.shared.config.stop_patience, ended).await;
    sandbox(call, record)
}

pub(super) async fn replace_labels(call: Call) -> Result<Answer, ApiError> {
    let organization = call.organization()?;
    call.shared.registry.find(organization, call.at(0), call.shared.now(), false)?;
    let SandboxLabels { labels } = call.body()?;
    let change = |record: &mut SandboxRecord, _now| {
        record.labels = labels;
        Ok(())
    };
    let ((), record) = call.shared.change(organization, call.at(0), change).await?;
    sandbox(&call, &record)
}

pub(super) async fn set_auto_stop(call: Call) -> Result<Answer, ApiError> {
    set_interval(call, lifecycle::set_auto_stop).await
}

pub(super) async fn set_auto_archive(call: Call) -> Result<Answer, ApiError> {
    set_interval(call, lifecycle::set_auto_archive).await
}

pub(super) async fn set_auto_delete(call: Call) -> Result<Answer, ApiError> {
    set_interval(call, lifecycle::set_auto_delete).await
}

async fn set_interval(
    call: Call,
    set: impl FnOnce(&mut SandboxRecord, i64) -> Result<(), ApiError>,
) -> Result<Answer, ApiError> {
    let organization = call.organization()?;
    call.shared.registry.find(organization, call.at(0), call.shared.now(), false)?;
    let minutes = call.minutes(1)?;
    let change = |record: &mut SandboxRecord, _now| set(record, minutes);
    let ((), record) = call.shared.change(organization, call.at(0), change).await?;
    sandbox(&call, &record)
}

pub(super) async fn update_last_activity(call: Call) -> Result<Answer, ApiError> {
    let organization = call.organization()?;
    call.shared.registry.find(organization, call.at(0), call.shared.now(), false)?;
    // What kind of activity it was makes no difference, but a wrong body is a wrong body.
    let _ignored: UpdateLastActivity = call.body()?;
    let change = |record: &mut SandboxRecord, now| {
        record.last_activity_at = now;
        Ok(())
    };
    call.shared.change(organization, call.at(0), change).await?;
    Ok(Answer::empty())
}

pub(super) async fn toolbox_proxy_url(call: Call) -> Result<Answer, ApiError> {
    call.shared.registry.find(call.organization()?, call.at(0), call.shared.now(), false)?;
    Answer::json(&ToolboxProxyUrl { url: call.base.toolbox() })
}

pub(super) fn sandbox(call: &Call, record: &SandboxRecord) -> Result<Answer, ApiError> {
    Answer::json(&wire::sandbox(record, &call.base))
}
