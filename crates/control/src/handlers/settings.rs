//! What of a sandbox can be set in any state (control-plane.md §2.6, §2.7, §2.9).

use contract::control::types::{SandboxLabels, UpdateLastActivity, UpdateSandboxNetworkSettings};

use super::sandbox::{exists, sandbox};
use crate::call::{Answer, Call};
use crate::errors::ApiError;
use crate::network::NetworkChange;

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

pub(super) async fn set_auto_pause(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let record = call.sandboxes().set_auto_pause(call.organization()?, call.at(0), call.minutes(1)?).await?;
    sandbox(&call, &record)
}

pub(super) async fn set_ttl(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let record = call.sandboxes().set_ttl(call.organization()?, call.at(0), call.minutes(1)?).await?;
    sandbox(&call, &record)
}

pub(super) async fn set_network(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let body: UpdateSandboxNetworkSettings = call.body()?;
    let change = NetworkChange {
        block_all: body.network_block_all,
        allow_list: body.network_allow_list,
        domain_allow_list: body.domain_allow_list,
    };
    let record = call.sandboxes().set_network(call.organization()?, call.at(0), change).await?;
    let mut warnings = call.sandboxes().warnings(&record);
    if body.network_block_all.is_some() && call.shared.config.blocks_network {
        warnings.push("network settings take effect at the next start".to_owned());
    }
    Ok(sandbox(&call, &record)?.warning(warnings))
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
