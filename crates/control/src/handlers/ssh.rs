//! Tokens that open a sandbox over SSH (control-plane.md §3.3).

use serde::Deserialize;

use super::Table;
use super::sandbox::{exists, sandbox};
use crate::call::{Answer, Call, handler};
use crate::errors::ApiError;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("createSshAccess", handler(create))
        .serve("revokeSshAccess", handler(revoke))
        .serve("validateSshAccess", handler(validate))
}

async fn create(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Query {
        expires_in_minutes: f64,
    }
    exists(&call)?;
    let Query { expires_in_minutes: minutes } = call.query()?;
    let access = call.ssh().issue(call.organization()?, call.at(0), minutes, &call.base).await?;
    Answer::json(&access)
}

async fn revoke(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    struct Query {
        token: Option<String>,
    }
    exists(&call)?;
    let Query { token } = call.query()?;
    // A token that was sent empty names none.
    let token = token.as_deref().filter(|token| !token.is_empty());
    let record = call.ssh().revoke(call.organization()?, call.at(0), token).await?;
    sandbox(&call, &record)
}

/// The real service tells only its own gateway; clients offer the call to everybody.
async fn validate(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    struct Query {
        token: String,
    }
    let Query { token } = call.query()?;
    Answer::json(&call.ssh().validate(&token))
}
