//! What is checked of every request before its handler looks at it, in the order of control-plane.md §1.4: kind of caller,
//! rate limit, permission, and whether the organization may work at all.

use contract::control::types::Permission;
use contract::{Auth, Operation};
use dialect::{Caller, Credential};
use http::HeaderMap;

use crate::control::Shared;
use crate::errors::ApiError;
use crate::organization::OrganizationSettings;
use crate::tenants::Actor;

/// A request that may go on.
#[derive(Default)]
pub(crate) struct Admitted {
    /// Who asks; nobody where no credential is needed.
    pub(crate) actor: Option<Actor>,
    /// Members of the answer's head.
    pub(crate) headers: HeaderMap,
}

/// A request that may not, with the members of its answer's head.
pub(crate) type Refused = Box<(ApiError, HeaderMap)>;

/// Lets a request to an operation in, or says why not.
pub(crate) fn admit(
    shared: &Shared,
    operation: &Operation,
    caller: Option<&Caller>,
) -> Result<Admitted, Refused> {
    let caller = caller.filter(|_| operation.auth != Auth::None);
    let actor = caller.map(|caller| shared.tenants.actor(caller));
    if let (Some(caller), Some(actor)) = (caller, &actor) {
        check_kind(shared, operation, caller, actor).map_err(|error| Box::new((error, HeaderMap::new())))?;
    }
    let organization = caller.map_or("", |caller| caller.organization.as_str());
    let row = shared.tenants.organization(organization);
    let settings = row.as_ref().map(|row| &row.settings);
    let own = settings.map(|settings| &settings.limits);
    let verdict = shared.throttles.count(operation, organization, own, shared.now());
    if !verdict.allowed {
        return Err(Box::new((ApiError::too_many_requests(), verdict.headers)));
    }
    let headers = verdict.headers;
    if let Some(actor) = &actor {
        note_use(shared, actor);
        let allowed =
            check_permission(operation, actor).and_then(|()| check_suspension(shared, operation, settings));
        if let Err(error) = allowed {
            return Err(Box::new((error, headers)));
        }
    }
    Ok(Admitted { actor, headers })
}

/// Operations for users with a token take a key as well where credentials are lenient: who is offline has nothing else.
/// A key that may not do everything gets the real service's answer, or it could mint itself a better one.
fn check_kind(
    shared: &Shared,
    operation: &Operation,
    caller: &Caller,
    actor: &Actor,
) -> Result<(), ApiError> {
    let by_key = matches!(caller.credential, Credential::ApiKey(_));
    let refused = || shared.tenants.is_strict() || !actor.may_everything();
    match operation.auth {
        Auth::Jwt if by_key && refused() => Err(ApiError::unauthorized()),
        Auth::Admin if refused() => Err(ApiError::forbidden("Access denied")),
        _ => Ok(()),
    }
}

/// One of the permissions an operation names is enough.
fn check_permission(operation: &Operation, actor: &Actor) -> Result<(), ApiError> {
    let needed = operation.permissions;
    if needed.is_empty() || needed.iter().any(|permission| actor.may(permission)) {
        return Ok(());
    }
    Err(ApiError::forbidden("Access denied"))
}

/// A suspended organization may look and clear up, and make nothing new.
fn check_suspension(
    shared: &Shared,
    operation: &Operation,
    settings: Option<&OrganizationSettings>,
) -> Result<(), ApiError> {
    if !operation.permissions.iter().any(|permission| permission.starts_with("write:")) {
        return Ok(());
    }
    let Some(suspension) = settings.and_then(|settings| settings.suspended(shared.now())) else {
        return Ok(());
    };
    Err(ApiError::forbidden(match &suspension.reason {
        Some(reason) => format!("Organization is suspended: {reason}"),
        None => "Organization is suspended".to_owned(),
    }))
}

/// Notes that a minted key was used.
pub(crate) fn note_use(shared: &Shared, actor: &Actor) {
    if let Some(hash) = actor.key.as_ref().and_then(|key| key.minted.as_deref()) {
        shared.tenants.note_use(&shared.registry, hash, shared.now());
    }
}

impl Actor {
    /// Whether it holds a permission.
    pub(crate) fn may(&self, permission: &str) -> bool {
        let held = |own: &Vec<String>| own.iter().any(|held| held == permission);
        self.permissions.as_ref().is_none_or(held)
    }

    /// Whether it holds every permission there is.
    pub(crate) fn may_everything(&self) -> bool {
        Permission::ALL.iter().all(|permission| self.may(permission.as_str()))
    }
}
