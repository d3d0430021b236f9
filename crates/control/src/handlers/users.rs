//! The caller's own account (control-plane.md §5.4). There is no identity provider: no login can be joined to it.

use contract::control::types::{AccountProvider, PendingSsoLink, User as UserDto};

use super::Table;
use crate::call::{Answer, Call, handler};
use crate::control::written;
use crate::errors::ApiError;
use crate::records::User;
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("getAuthenticatedUser", handler(me))
        .serve("getAvailableAccountProviders", handler(account_providers))
        .serve("listPendingSsoLinks", handler(pending_sso_links))
        .serve("recordLogin", handler(record_login))
        .serve("acceptPrivacyPolicies", handler(accept_privacy_policies))
}

async fn me(call: Call) -> Result<Answer, ApiError> {
    let user = of(&call)?;
    Answer::json(&UserDto {
        id: user.id.clone(),
        name: user.name.clone(),
        email: user.email.clone(),
        email_verified: true,
        pylon_email_hash: None,
        public_keys: Vec::new(),
        created_at: time(user.created_at),
        privacy_policies_accepted: Some(user.privacy_policies_accepted),
    })
}

async fn account_providers(_call: Call) -> Result<Answer, ApiError> {
    Answer::json(&Vec::<AccountProvider>::new())
}

async fn pending_sso_links(_call: Call) -> Result<Answer, ApiError> {
    Answer::json(&Vec::<PendingSsoLink>::new())
}

async fn record_login(call: Call) -> Result<Answer, ApiError> {
    let now = call.shared.now();
    change(&call, |user| user.last_login_at = Some(now)).await
}

async fn accept_privacy_policies(call: Call) -> Result<Answer, ApiError> {
    change(&call, |user| user.privacy_policies_accepted = true).await
}

async fn change(call: &Call, change: impl FnOnce(&mut User)) -> Result<Answer, ApiError> {
    let user = of(call)?;
    let change = |user: &mut User| {
        change(user);
        Ok(())
    };
    let (users, registry) = (&call.shared.shelves.users, &call.shared.registry);
    if let Some((_, commit)) = users.update(registry, &user.organization_id, &user.id, change)? {
        written(commit).await?;
    }
    Ok(Answer::empty())
}

/// The caller's account.
pub(super) fn of(call: &Call) -> Result<std::sync::Arc<User>, ApiError> {
    find(call, &call.actor()?.user_id).ok_or_else(ApiError::unauthorized)
}

/// Somebody's account.
pub(super) fn find(call: &Call, id: &str) -> Option<std::sync::Arc<User>> {
    call.shared.shelves.users.everywhere(|user| user.id == id).pop()
}
