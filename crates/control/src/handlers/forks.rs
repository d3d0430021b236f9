//! Copies of sandboxes and where they came from (control-plane.md §2.6).

use contract::control::types::ForkSandbox;
use serde::Deserialize;

use super::create::check_name;
use super::sandbox::{exists, sandbox};
use crate::call::{Answer, Call};
use crate::errors::ApiError;
use crate::wire;

pub(super) async fn fork(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let ForkSandbox { name } = call.body()?;
    check_name(name.as_deref()).map_err(ApiError::bad_request)?;
    let record = call.sandboxes().fork(call.organization()?, call.at(0), name.as_deref()).await?;
    sandbox(&call, &record)
}

pub(super) async fn forks(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Query {
        #[serde(default)]
        include_destroyed: bool,
    }
    exists(&call)?;
    let Query { include_destroyed } = call.query()?;
    let forks = call.sandboxes().forks(call.organization()?, call.at(0), include_destroyed)?;
    Answer::json(&forks.iter().map(|fork| wire::sandbox(fork, &call.base)).collect::<Vec<_>>())
}

pub(super) async fn parent(call: Call) -> Result<Answer, ApiError> {
    let ancestors = call.sandboxes().ancestors(call.organization()?, call.at(0))?;
    let missing = || ApiError::not_found(format!("Parent sandbox not found for sandbox {}", call.at(0)));
    sandbox(&call, ancestors.last().ok_or_else(missing)?)
}

pub(super) async fn ancestors(call: Call) -> Result<Answer, ApiError> {
    let ancestors = call.sandboxes().ancestors(call.organization()?, call.at(0))?;
    Answer::json(&ancestors.iter().map(|record| wire::sandbox(record, &call.base)).collect::<Vec<_>>())
}
