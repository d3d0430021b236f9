//! API keys (control-plane.md §5.3): minted, masked, voided.

use contract::control::types::{ApiKeyList, ApiKeyResponse, CreateApiKey, Permission};
use jiff::Timestamp;

use super::Table;
use crate::call::{Answer, Call, handler};
use crate::control::written;
use crate::errors::ApiError;
use crate::store::ApiKeyRow;
use crate::tenants::{hash, mask};
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("createApiKey", handler(create))
        .serve("listApiKeys", handler(list))
        .serve("getCurrentApiKey", handler(current))
        .serve("getApiKey", handler(get))
        .serve("deleteApiKey", handler(delete))
        .serve("deleteApiKeyForUser", handler(delete_for_user))
}

async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateApiKey = call.body()?;
    let now = call.shared.now();
    let expires_at = body.expires_at.as_deref().filter(|text| !text.is_empty()).map(moment).transpose()?;
    let key = format!("dtn_{}", call.shared.config.ids.token(64, "0123456789abcdef"));
    let row = ApiKeyRow {
        organization_id: call.organization()?.to_string(),
        name: body.name.clone(),
        hash: hash(&key),
        created_at: now,
        expires_at,
        user_id: call.actor()?.user_id.clone(),
        masked: mask(&key),
        permissions: Some(body.permissions.iter().map(|held| held.as_str().to_owned()).collect()),
        last_used_at: None,
        active: true,
        changed_at: None,
    };
    written(call.shared.tenants.add_key(&call.shared.registry, row)?).await?;
    Answer::json(&ApiKeyResponse {
        name: body.name,
        value: key,
        created_at: time(now),
        permissions: body.permissions,
        expires_at: expires_at.map(time),
    })
}

fn moment(text: &str) -> Result<Timestamp, ApiError> {
    text.parse().map_err(|_| ApiError::bad_request("expiresAt must be a valid ISO 8601 date string"))
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    let keys = call.shared.tenants.keys_of(call.organization()?.as_str(), &call.actor()?.user_id);
    Answer::json(&keys.iter().map(item).collect::<Vec<_>>())
}

/// The key the request was made with. One nobody minted is shown as what it is taken for.
async fn current(call: Call) -> Result<Answer, ApiError> {
    let actor = call.actor()?;
    let Some(shown) = &actor.key else {
        return Err(ApiError::forbidden("Invalid authentication context"));
    };
    if let Some(row) = shown.minted.as_deref().and_then(|hash| call.shared.tenants.key(hash)) {
        return Answer::json(&item(&row));
    }
    let organization = call.organization()?;
    let founded = call.shared.tenants.organization(organization.as_str()).map(|row| row.created_at);
    let now = call.shared.now();
    Answer::json(&ApiKeyList {
        name: "local".to_owned(),
        value: shown.masked.clone(),
        created_at: time(founded.unwrap_or(now)),
        permissions: Permission::ALL.to_vec(),
        last_used_at: Some(time(now)),
        expires_at: None,
        user_id: actor.user_id.clone(),
        organization_id: Some(organization.to_string()),
    })
}

async fn get(call: Call) -> Result<Answer, ApiError> {
    let keys = call.shared.tenants.keys_of(call.organization()?.as_str(), &call.actor()?.user_id);
    let row = keys.iter().find(|row| row.name == call.at(0)).ok_or_else(unknown)?;
    Answer::json(&item(row))
}

async fn delete(call: Call) -> Result<Answer, ApiError> {
    revoke(&call, &call.actor()?.user_id, call.at(0)).await
}

async fn delete_for_user(call: Call) -> Result<Answer, ApiError> {
    revoke(&call, call.at(0), call.at(1)).await
}

async fn revoke(call: &Call, user_id: &str, name: &str) -> Result<Answer, ApiError> {
    let organization = call.organization()?.as_str();
    let revoked = call.shared.tenants.revoke_key(&call.shared.registry, organization, user_id, name);
    written(revoked.ok_or_else(unknown)?).await?;
    Ok(Answer::empty())
}

fn unknown() -> ApiError {
    ApiError::not_found("API key not found")
}

fn item(row: &ApiKeyRow) -> ApiKeyList {
    let held = |permission: &&Permission| {
        let held = |own: &Vec<String>| own.iter().any(|own| own == permission.as_str());
        row.permissions.as_ref().is_none_or(held)
    };
    ApiKeyList {
        name: row.name.clone(),
        value: row.masked.clone(),
        created_at: time(row.created_at),
        permissions: Permission::ALL.iter().filter(held).copied().collect(),
        last_used_at: row.last_used_at.map(time),
        expires_at: row.expires_at.map(time),
        user_id: row.user_id.clone(),
        organization_id: Some(row.organization_id.clone()),
    }
}
