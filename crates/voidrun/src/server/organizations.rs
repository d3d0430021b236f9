//! Organizations, users, registration (voidrun.md §2.2, §2.9).
//!
//! There is one user for each organization; nobody has more to say than its key.

use std::sync::PoisonError;

use axum::extract::State;
use axum::response::Response;
use contract::voidrun::types::{
    GeneratedApiKeyResponse, Organization as OrganizationObject, RegisterRequest, RegisterResponse,
    RegisterResponseData, Registration, RegistrationData, RegistrationDataOrg, RegistrationDataUser, User,
};
use dialect::{Credential, OrganizationId, Routes, Tenants};
use http::StatusCode;

use super::keys::key_id;
use super::{Front, Organization, Shared, object_id};
use crate::reply::{self, Failure};
use crate::request::Bound;

const LONGEST_NAME: usize = 100;
const LONGEST_EMAIL: usize = 254;
const USER_NAME: &str = "Local user";
const USER_EMAIL: &str = "user@localhost.localdomain";
/// What keys of this API say of their end.
pub(super) const NEVER: &str = "Never (until revoked)";

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("getCurrentOrg", current)
        .serve("getCurrentUser", user)
        .serve("listOrgUsers", users)
        .serve("register", register)
}

async fn current(State(front): State<Shared>, Organization(organization): Organization) -> Response {
    reply::data("org", front.organization(&organization))
}

async fn user(State(front): State<Shared>, Organization(organization): Organization) -> Response {
    reply::ok(&front.user(&organization))
}

async fn users(State(front): State<Shared>, Organization(organization): Organization) -> Response {
    reply::data("users", [front.user(&organization)])
}

async fn register(
    State(front): State<Shared>,
    Bound(request): Bound<RegisterRequest>,
) -> Result<Response, Failure> {
    let (name, email) = checked(&request)?;
    if !front.registered.lock().unwrap_or_else(PoisonError::into_inner).insert(email.clone()) {
        return Err(Failure::bad_request("email already taken"));
    }
    let organization_name = format!("{name} Org");
    let minted = front.control.mint_api_key(None, &organization_name, None).await;
    let key = minted.map_err(|error| Failure::internal("Internal server error").with_details(error))?;
    let caller = front.control.tenants().identify(&Credential::ApiKey(key.clone()));
    let caller = caller.map_err(|error| Failure::internal("Internal server error").with_details(error))?;
    let organization = caller.organization.as_str();
    if front.manner.is_strict() {
        let data = RegisterResponseData { org_id: object_id::of(organization), api_key: key };
        return Ok(reply::ok(&RegisterResponse { message: "Provisioned".to_owned(), data }));
    }
    let keys = front.control.api_keys(&caller.organization);
    let row = keys.first().ok_or_else(|| Failure::internal("Internal server error"))?;
    let api_key = GeneratedApiKeyResponse {
        plain_key: key,
        key_id: key_id(row),
        key_name: row.name.clone(),
        org_id: object_id::of(organization),
        created_at: row.created_at.to_string(),
        expires_in: NEVER.to_owned(),
    };
    let data = RegistrationData {
        user: RegistrationDataUser { id: object_id::of_user(organization), name, email },
        org: RegistrationDataOrg { id: object_id::of(organization), name: organization_name },
        api_key,
    };
    let registration = Registration { status: "success".to_owned(), message: "Provisioned".to_owned(), data };
    Ok(reply::json(StatusCode::CREATED, &registration))
}

/// Name and address, trimmed; addresses are the same whatever their letter case.
fn checked(request: &RegisterRequest) -> Result<(String, String), Failure> {
    let (name, email) = (request.name.trim().to_owned(), request.email.trim().to_ascii_lowercase());
    if email.len() > LONGEST_EMAIL {
        return Err(Failure::bad_request("Email exceeds maximum length"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Failure::bad_request("Name exceeds maximum length"));
    }
    if name.chars().count() < 2 {
        let error = "Key: 'RegisterRequest.Name' Error:Field validation for 'Name' failed on the 'min' tag";
        return Err(Failure::bad_request(error));
    }
    let sound = email.split_once('@').is_some_and(|(user, host)| {
        let plain = !email.contains(char::is_whitespace) && !host.contains('@');
        plain && !user.is_empty() && host.split('.').all(|label| !label.is_empty()) && host.contains('.')
    });
    if sound { Ok((name, email)) } else { Err(Failure::bad_request("Invalid email format")) }
}

impl Front {
    fn organization(&self, id: &OrganizationId) -> OrganizationObject {
        let user = object_id::of_user(id.as_str());
        let usage = self.control.sandboxes().list(id).len();
        let row = self.control.tenants().organization(id.as_str());
        OrganizationObject {
            id: object_id::of(id.as_str()),
            name: row.as_ref().map(|row| row.name.clone()).unwrap_or_default(),
            owner_id: Some(user.clone()),
            members: Some(vec![user.clone()]),
            plan: None,
            usage: i64::try_from(usage).ok(),
            created_at: row.map(|row| row.created_at.to_string()),
            created_by: Some(user),
            updated_at: None,
        }
    }

    fn user(&self, organization: &OrganizationId) -> User {
        User {
            id: object_id::of_user(organization.as_str()),
            name: USER_NAME.to_owned(),
            email: USER_EMAIL.to_owned(),
            image_url: None,
            created_at: None,
            orgs: Some(vec![self.organization(organization)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(name: &str, email: &str) -> String {
        checked(&RegisterRequest { name: name.to_owned(), email: email.to_owned() }).unwrap_err().error
    }

    #[test]
    fn who_registers_needs_a_name_and_an_address() {
        assert_eq!(error("Ann", "nobody"), "Invalid email format");
        assert_eq!(error("Ann", "a b@c.d"), "Invalid email format");
        assert_eq!(error("Ann", &format!("{}@c.d", "a".repeat(260))), "Email exceeds maximum length");
        assert_eq!(error(&"a".repeat(101), "a@b.c"), "Name exceeds maximum length");
        assert!(error("A", "a@b.c").contains("'min' tag"));
        let request = RegisterRequest { name: " Ann ".to_owned(), email: "Ann@B.C".to_owned() };
        assert_eq!(checked(&request).unwrap(), ("Ann".to_owned(), "ann@b.c".to_owned()));
    }
}
