//! API keys: those of the control plane, in this API's words (voidrun.md §2.9).

use axum::extract::State;
use axum::response::Response;
use contract::voidrun::types::{
    ActivateApiKeyRequest, ApiKeyResponse, GenerateApiKeyRequest, GeneratedApiKeyResponse,
};
use control::{ApiKeyRow, ControlError};
use dialect::{OrganizationId, PathParams, Routes};
use http::StatusCode;

use super::organizations::NEVER;
use super::{Front, Organization, Shared, object_id};
use crate::reply::{self, Failure};
use crate::request::Bound;

/// Longest name, in characters.
const LONGEST_NAME: usize = 100;
/// When a key was used that never was.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// Registers the operations of this capability, in the forms of both server generations.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("listAPIKeys", list_of)
        .serve("generateAPIKey", generate_for)
        .serve("revokeAPIKey", revoke_of)
        .serve("activateAPIKey", activate_of)
        .serve("touchAPIKey", touch_of)
        .serve("listAPIKeysOfCaller", list)
        .serve("generateAPIKeyOfCaller", generate)
        .serve("revokeAPIKeyOfCaller", revoke)
        .serve("activateAPIKeyOfCaller", activate)
}

async fn list_of(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    check(&organization, path.at(0))?;
    Ok(front.keys(&organization))
}

async fn list(State(front): State<Shared>, Organization(organization): Organization) -> Response {
    front.keys(&organization)
}

async fn generate_for(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    Bound(request): Bound<GenerateApiKeyRequest>,
) -> Result<Response, Failure> {
    check(&organization, path.at(0))?;
    front.mint(&organization, &request.key_name).await
}

async fn generate(
    State(front): State<Shared>,
    Organization(organization): Organization,
    Bound(request): Bound<GenerateApiKeyRequest>,
) -> Result<Response, Failure> {
    front.mint(&organization, &request.key_name).await
}

async fn revoke_of(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    check(&organization, path.at(0))?;
    front.revoke(&organization, path.at(1)).await
}

async fn revoke(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    front.revoke(&organization, path.at(0)).await
}

async fn activate_of(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    Bound(request): Bound<ActivateApiKeyRequest>,
) -> Result<Response, Failure> {
    check(&organization, path.at(0))?;
    front.switch(&organization, path.at(1), request.is_active).await
}

async fn activate(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    Bound(request): Bound<ActivateApiKeyRequest>,
) -> Result<Response, Failure> {
    front.switch(&organization, path.at(0), request.is_active).await
}

async fn touch_of(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    check(&organization, path.at(0))?;
    let key = front.key(&organization, path.at(1))?;
    changed(front.control.touch_api_key(&key).await, "API key touched")
}

/// What is said of a key once it was changed: one that was revoked meanwhile is none.
fn changed(changed: Result<bool, ControlError>, done: &str) -> Result<Response, Failure> {
    match changed {
        Ok(true) => Ok(reply::done(done)),
        Ok(false) => Err(unknown()),
        Err(error) => Err(Failure::internal("Internal server error").with_details(error)),
    }
}

fn unknown() -> Failure {
    Failure::not_found("API key not found")
}

/// A path must name the caller's own organization.
fn check(organization: &OrganizationId, named: &str) -> Result<(), Failure> {
    if !object_id::is_one(named) {
        return Err(Failure::bad_request("Invalid org ID format"));
    }
    if object_id::of(organization.as_str()) != named {
        return Err(Failure::new(StatusCode::FORBIDDEN, "org mismatch or missing auth"));
    }
    Ok(())
}

/// The id of a key: keys are known by their hash.
pub(super) fn key_id(row: &ApiKeyRow) -> String {
    object_id::of(&row.hash)
}

fn describe(row: &ApiKeyRow) -> ApiKeyResponse {
    ApiKeyResponse {
        id: key_id(row),
        org_id: object_id::of(&row.organization_id),
        name: row.name.clone(),
        created_by: object_id::of_user(&row.organization_id),
        created_at: row.created_at.to_string(),
        last_used_at: row.last_used_at.map_or_else(|| NO_TIME.to_owned(), |at| at.to_string()),
        is_active: row.active,
        updated_at: row.changed_at.unwrap_or(row.created_at).to_string(),
    }
}

impl Front {
    fn keys(&self, organization: &OrganizationId) -> Response {
        let keys = self.control.api_keys(organization);
        reply::ok(&keys.iter().map(describe).collect::<Vec<_>>())
    }

    async fn mint(&self, organization: &OrganizationId, name: &str) -> Result<Response, Failure> {
        let name = name.trim();
        if name.is_empty() {
            return Err(Failure::bad_request("Key name cannot be empty"));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(Failure::bad_request("Key name exceeds maximum length"));
        }
        let minted = self.control.mint_api_key(Some(organization), name, None).await;
        let plain_key = minted.map_err(|error| match error {
            ControlError::NameTaken(_) => Failure::bad_request("API key with this name already exists"),
            error => Failure::internal("Internal server error").with_details(error),
        })?;
        let keys = self.control.api_keys(organization);
        let row = keys.iter().find(|row| row.name == name);
        let row = row.ok_or_else(|| Failure::internal("Internal server error"))?;
        Ok(reply::ok(&GeneratedApiKeyResponse {
            plain_key,
            key_id: key_id(row),
            key_name: row.name.clone(),
            org_id: object_id::of(organization.as_str()),
            created_at: row.created_at.to_string(),
            expires_in: NEVER.to_owned(),
        }))
    }

    /// The key of this id.
    fn key(&self, organization: &OrganizationId, id: &str) -> Result<ApiKeyRow, Failure> {
        if !object_id::is_one(id) {
            return Err(Failure::bad_request("Invalid key ID format"));
        }
        let mut keys = self.control.api_keys(organization).into_iter();
        keys.find(|row| key_id(row) == id).ok_or_else(unknown)
    }

    async fn revoke(&self, organization: &OrganizationId, id: &str) -> Result<Response, Failure> {
        let key = self.key(organization, id)?;
        changed(self.control.revoke_api_key(&key).await, "API key revoked")
    }

    async fn switch(
        &self,
        organization: &OrganizationId,
        id: &str,
        active: bool,
    ) -> Result<Response, Failure> {
        let key = self.key(organization, id)?;
        let done = if active { "API key activated" } else { "API key deactivated" };
        changed(self.control.switch_api_key(&key, active).await, done)
    }
}
