//! Addresses of ports, and what a proxy asks about visitors (control-plane.md §3.1, §3.7).

use contract::control::types::{PortPreviewUrl, PreviewWarning};
use serde::Deserialize;

use super::sandbox::{exists, sandbox};
use crate::call::{Answer, Call};
use crate::errors::ApiError;
use crate::preview::{find_signed, read_port};

pub(super) async fn url(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().find(call.organization()?, call.at(0))?;
    let url = call.previews().address(&record, call.at(1), &call.base, &call.client)?;
    Answer::json(&PortPreviewUrl { sandbox_id: record.id.clone(), url, token: record.auth_token.clone() })
}

pub(super) async fn signed_url(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Query {
        expires_in_seconds: i64,
    }
    exists(&call)?;
    let port = read_port(call.at(1))?;
    let Query { expires_in_seconds: seconds } = call.query()?;
    let previews = call.previews();
    Answer::json(&previews.sign(call.organization()?, call.at(0), port, seconds, &call.base).await?)
}

pub(super) async fn expire(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let port = read_port(call.at(1))?;
    call.previews().expire(call.organization()?, call.at(0), port, call.at(2)).await?;
    Ok(Answer::empty())
}

pub(super) async fn set_public(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    // Whatever is not the text `true` is not.
    let record = call.sandboxes().set_public(call.organization()?, call.at(0), call.at(1) == "true").await?;
    sandbox(&call, &record)
}

/// Anybody may ask: what is public is no secret, and for the rest the answer is the same as for what is not there.
pub(super) async fn is_public(call: Call) -> Result<Answer, ApiError> {
    let record = call.shared.registry.get(call.at(0));
    known(record.is_some_and(|record| record.public && !record.is_leaving()), call.at(0))
}

/// The token is all the proof there is.
pub(super) async fn is_valid_token(call: Call) -> Result<Answer, ApiError> {
    let record = call.shared.registry.get(call.at(0));
    let opens = record.is_some_and(|record| !record.is_leaving() && record.auth_token == call.at(1));
    known(opens, call.at(0))
}

pub(super) async fn has_access(call: Call) -> Result<Answer, ApiError> {
    let sandboxes = call.sandboxes();
    let organization = call.organization()?;
    if sandboxes.find(organization, call.at(0)).is_ok_and(|record| !record.is_leaving()) {
        return Ok(Answer::text("true"));
    }
    let remembered = sandboxes.find_remembered(organization, call.at(0))?;
    let message = format!("Sandbox {} was destroyed", remembered.id);
    Err(ApiError { code: Some("SANDBOX_DESTROYED"), ..ApiError::not_found(message) })
}

pub(super) async fn sandbox_id(call: Call) -> Result<Answer, ApiError> {
    let port = read_port(call.at(1))?;
    let record = find_signed(&call.shared, call.at(0), port);
    let record = record.ok_or_else(|| ApiError::forbidden("Invalid or expired token"))?;
    Ok(Answer::text(&record.id))
}

/// Nobody is warned before visiting a program on the own machine.
pub(super) async fn warning(call: Call) -> Result<Answer, ApiError> {
    let _bound: serde_json::Value = call.query()?;
    call.sandboxes().find(call.organization()?, call.at(0))?;
    Answer::json(&PreviewWarning { enabled: false })
}

fn known(yes: bool, id: &str) -> Result<Answer, ApiError> {
    if yes { Ok(Answer::text("true")) } else { Err(ApiError::unknown_sandbox(id)) }
}
