//! Who belongs to an organization, what they may do, and who was asked to join (control-plane.md §5.4).
//!
//! An invitation waits for the user with its mail address; nothing is sent. Users are those of this server: the one
//! everybody is, and one for each organization that a key was minted for.

use std::sync::Arc;

use contract::control::types::{
    CreateOrganizationInvitation, CreateOrganizationInvitationRole, CreateOrganizationRole,
    OrganizationInvitation, OrganizationInvitationRole, OrganizationInvitationStatus, OrganizationRole,
    OrganizationUser, OrganizationUserRole, Permission, UpdateOrganizationInvitation,
    UpdateOrganizationInvitationRole, UpdateOrganizationMemberAccess, UpdateOrganizationMemberAccessRole,
    UpdateOrganizationRole,
};
use jiff::{SignedDuration, Timestamp};

use super::organizations::{change, named, owned, unknown};
use super::{Table, users};
use crate::call::{Answer, Call, handler};
use crate::control::written;
use crate::errors::ApiError;
use crate::organization::Member;
use crate::records::{Invitation, Role};
use crate::store::OrganizationRow;
use crate::wire::time;

/// How long an invitation holds that says nothing of it.
const INVITATION_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The role every organization has; its id is a documented default.
const DEVELOPER: &str = "00000000-0000-0000-0000-000000000001";

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("listOrganizationMembers", handler(members))
        .serve("updateAccessForOrganizationMember", handler(update_access))
        .serve("deleteOrganizationMember", handler(delete_member))
        .serve("leaveOrganization", handler(leave))
        .serve("listOrganizationRoles", handler(roles))
        .serve("createOrganizationRole", handler(create_role))
        .serve("updateOrganizationRole", handler(update_role))
        .serve("deleteOrganizationRole", handler(delete_role))
        .serve("listOrganizationInvitations", handler(invitations))
        .serve("createOrganizationInvitation", handler(invite))
        .serve("updateOrganizationInvitation", handler(update_invitation))
        .serve("cancelOrganizationInvitation", handler(cancel_invitation))
        .serve("listOrganizationInvitationsForAuthenticatedUser", handler(own_invitations))
        .serve("getOrganizationInvitationsCountForAuthenticatedUser", handler(count_own_invitations))
        .serve("acceptOrganizationInvitation", handler(accept))
        .serve("declineOrganizationInvitation", handler(decline))
}

async fn members(call: Call) -> Result<Answer, ApiError> {
    let row = named(&call)?;
    let members = row.settings.members.iter().map(|member| member_dto(&call, &row.id, member));
    Answer::json(&members.collect::<Vec<_>>())
}

async fn update_access(call: Call) -> Result<Answer, ApiError> {
    let row = owned(&call)?;
    let user_id = call.at(1);
    row.settings.member(user_id).ok_or_else(|| unknown_member(user_id))?;
    let body: UpdateOrganizationMemberAccess = call.body()?;
    check_roles(&call, &row.id, &body.assigned_role_ids)?;
    let owner = body.role == UpdateOrganizationMemberAccessRole::Owner;
    let now = call.shared.now();
    change(&call, |settings| {
        if !owner && is_last_owner(&settings.members, user_id) {
            return Err(last_owner());
        }
        for member in settings.members.iter_mut().filter(|member| member.user_id == user_id) {
            (member.owner, member.roles, member.updated_at) = (owner, body.assigned_role_ids.clone(), now);
        }
        Ok(())
    })
    .await?;
    let row = named(&call)?;
    let member = row.settings.member(user_id).ok_or_else(|| unknown_member(user_id))?;
    Answer::json(&member_dto(&call, &row.id, member))
}

async fn delete_member(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    remove_member(&call, call.at(1)).await
}

async fn leave(call: Call) -> Result<Answer, ApiError> {
    named(&call)?;
    remove_member(&call, &call.actor()?.user_id).await
}

async fn remove_member(call: &Call, user_id: &str) -> Result<Answer, ApiError> {
    change(call, |settings| {
        settings.member(user_id).ok_or_else(|| unknown_member(user_id))?;
        if is_last_owner(&settings.members, user_id) {
            return Err(last_owner());
        }
        settings.members.retain(|member| member.user_id != user_id);
        Ok(())
    })
    .await
}

fn is_last_owner(members: &[Member], user_id: &str) -> bool {
    members.iter().all(|member| !member.owner || member.user_id == user_id)
}

fn last_owner() -> ApiError {
    ApiError::forbidden("An organization must keep an owner")
}

fn unknown_member(user_id: &str) -> ApiError {
    ApiError::not_found(format!("Organization user with ID {user_id} not found"))
}

async fn roles(call: Call) -> Result<Answer, ApiError> {
    let row = named(&call)?;
    let own = call.shared.shelves.roles.list(&row.id);
    let own = own.iter().map(|role| role_dto(role));
    Answer::json(&std::iter::once(developer(&row)).chain(own).collect::<Vec<_>>())
}

async fn create_role(call: Call) -> Result<Answer, ApiError> {
    let row = owned(&call)?;
    let body: CreateOrganizationRole = call.body()?;
    let now = call.shared.now();
    let role = Role {
        id: call.shared.config.ids.uuid(),
        organization_id: row.id.clone(),
        name: body.name,
        description: body.description,
        permissions: body.permissions,
        created_at: now,
        updated_at: now,
    };
    let (role, commit) = call.shared.shelves.roles.insert(&call.shared.registry, role, |_| Ok(()))?;
    written(commit).await?;
    Answer::json(&role_dto(&role))
}

async fn update_role(call: Call) -> Result<Answer, ApiError> {
    let row = owned(&call)?;
    let (roles, id, now) = (&call.shared.shelves.roles, call.at(1), call.shared.now());
    roles.get(&row.id, id).ok_or_else(|| unknown_role(id))?;
    let body: UpdateOrganizationRole = call.body()?;
    let change = |role: &mut Role| {
        (role.name, role.description, role.permissions) = (body.name, body.description, body.permissions);
        role.updated_at = now;
        Ok(())
    };
    let changed = roles.update(&call.shared.registry, &row.id, id, change)?;
    let (role, commit) = changed.ok_or_else(|| unknown_role(id))?;
    written(commit).await?;
    Answer::json(&role_dto(&role))
}

/// Members who had the role do without it from now on.
async fn delete_role(call: Call) -> Result<Answer, ApiError> {
    let row = owned(&call)?;
    let id = call.at(1);
    let removed = call.shared.shelves.roles.remove(&call.shared.registry, &row.id, id);
    written(removed.ok_or_else(|| unknown_role(id))?).await?;
    change(&call, |settings| {
        settings.members.iter_mut().for_each(|member| member.roles.retain(|role| role != id));
        Ok(())
    })
    .await
}

fn unknown_role(id: &str) -> ApiError {
    ApiError::not_found(format!("Organization role with ID {id} not found"))
}

fn check_roles(call: &Call, organization: &str, ids: &[String]) -> Result<(), ApiError> {
    let roles = &call.shared.shelves.roles;
    let missing = ids.iter().find(|id| *id != DEVELOPER && roles.get(organization, id).is_none());
    missing.map_or(Ok(()), |id| Err(unknown_role(id)))
}

async fn invitations(call: Call) -> Result<Answer, ApiError> {
    let row = named(&call)?;
    let mut waiting = call.shared.shelves.invitations.list(&row.id);
    waiting.retain(|invitation| is_waiting(invitation, call.shared.now()));
    Answer::json(&waiting.iter().map(|invitation| invitation_dto(&call, invitation)).collect::<Vec<_>>())
}

async fn invite(call: Call) -> Result<Answer, ApiError> {
    let row = owned(&call)?;
    let body: CreateOrganizationInvitation = call.body()?;
    check_roles(&call, &row.id, &body.assigned_role_ids)?;
    let now = call.shared.now();
    let belongs =
        |member: &Member| users::find(&call, &member.user_id).is_some_and(|user| user.email == body.email);
    if row.settings.members.iter().any(belongs) {
        return Err(ApiError::conflict(format!("{} belongs to the organization already", body.email)));
    }
    let invitation = Invitation {
        id: call.shared.config.ids.uuid(),
        organization_id: row.id.clone(),
        name: body.email.clone(),
        invited_by: call.actor()?.user_id.clone(),
        owner: body.role == CreateOrganizationInvitationRole::Owner,
        roles: body.assigned_role_ids,
        status: OrganizationInvitationStatus::Pending,
        expires_at: expiry(body.expires_at.as_deref(), now)?,
        created_at: now,
        updated_at: now,
    };
    let check = |others: &[Arc<Invitation>]| {
        if others.iter().any(|other| other.name == body.email && is_waiting(other, now)) {
            return Err(ApiError::conflict(format!("{} was invited already", body.email)));
        }
        Ok(())
    };
    let (invitation, commit) =
        call.shared.shelves.invitations.insert(&call.shared.registry, invitation, check)?;
    written(commit).await?;
    Answer::json(&invitation_dto(&call, &invitation))
}

fn expiry(text: Option<&str>, now: Timestamp) -> Result<Timestamp, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return now.checked_add(INVITATION_LIFE).map_err(|_| ApiError::internal());
    };
    text.parse().map_err(|_| ApiError::bad_request("expiresAt must be a valid ISO 8601 date string"))
}

async fn update_invitation(call: Call) -> Result<Answer, ApiError> {
    let row = owned(&call)?;
    let now = call.shared.now();
    waiting(&call, &row.id, call.at(1))?;
    let body: UpdateOrganizationInvitation = call.body()?;
    check_roles(&call, &row.id, &body.assigned_role_ids)?;
    let expires_at = body.expires_at.as_deref().map(|text| expiry(Some(text), now)).transpose()?;
    let invitation = settle(&call, &row.id, call.at(1), |invitation| {
        invitation.owner = body.role == UpdateOrganizationInvitationRole::Owner;
        invitation.roles = body.assigned_role_ids;
        invitation.expires_at = expires_at.unwrap_or(invitation.expires_at);
    })
    .await?;
    Answer::json(&invitation_dto(&call, &invitation))
}

async fn cancel_invitation(call: Call) -> Result<Answer, ApiError> {
    let row = owned(&call)?;
    settle(&call, &row.id, call.at(1), |invitation| {
        invitation.status = OrganizationInvitationStatus::Cancelled;
    })
    .await?;
    Ok(Answer::empty())
}

/// Changes an invitation that still waits.
async fn settle(
    call: &Call,
    organization: &str,
    id: &str,
    change: impl FnOnce(&mut Invitation),
) -> Result<Arc<Invitation>, ApiError> {
    let now = call.shared.now();
    let change = |invitation: &mut Invitation| {
        if !is_waiting(invitation, now) {
            return Err(unknown_invitation(id));
        }
        change(invitation);
        invitation.updated_at = now;
        Ok(())
    };
    let changed = call.shared.shelves.invitations.update(&call.shared.registry, organization, id, change)?;
    let (invitation, commit) = changed.ok_or_else(|| unknown_invitation(id))?;
    written(commit).await?;
    Ok(invitation)
}

fn waiting(call: &Call, organization: &str, id: &str) -> Result<Arc<Invitation>, ApiError> {
    let found = call.shared.shelves.invitations.get(organization, id);
    found.filter(|found| is_waiting(found, call.shared.now())).ok_or_else(|| unknown_invitation(id))
}

fn is_waiting(invitation: &Invitation, now: Timestamp) -> bool {
    invitation.status == OrganizationInvitationStatus::Pending && now < invitation.expires_at
}

fn unknown_invitation(id: &str) -> ApiError {
    ApiError::not_found(format!("Organization invitation with ID {id} not found"))
}

/// Invitations that wait for the caller, whosever they are.
fn own(call: &Call) -> Result<Vec<Arc<Invitation>>, ApiError> {
    let (user, now) = (users::of(call)?, call.shared.now());
    let fits = |invitation: &Invitation| invitation.name == user.email && is_waiting(invitation, now);
    Ok(call.shared.shelves.invitations.everywhere(fits))
}

async fn own_invitations(call: Call) -> Result<Answer, ApiError> {
    let own = own(&call)?;
    Answer::json(&own.iter().map(|invitation| invitation_dto(&call, invitation)).collect::<Vec<_>>())
}

async fn count_own_invitations(call: Call) -> Result<Answer, ApiError> {
    Answer::json(&own(&call)?.len())
}

async fn accept(call: Call) -> Result<Answer, ApiError> {
    let (user_id, now) = (call.actor()?.user_id.clone(), call.shared.now());
    let invitation = own_one(&call)?;
    let accepted = settle(&call, &invitation.organization_id, &invitation.id, |invitation| {
        invitation.status = OrganizationInvitationStatus::Accepted;
    })
    .await?;
    let organization = &accepted.organization_id;
    let join = |row: &mut OrganizationRow| {
        if row.settings.member(&user_id).is_none() {
            let mut member = Member::new(&user_id, accepted.owner, now);
            member.roles.clone_from(&accepted.roles);
            row.settings.members.push(member);
        }
        Ok(())
    };
    let joined = call.shared.tenants.change_organization(&call.shared.registry, organization, join)?;
    written(joined.ok_or_else(|| unknown(organization))?).await?;
    Answer::json(&invitation_dto(&call, &accepted))
}

async fn decline(call: Call) -> Result<Answer, ApiError> {
    let invitation = own_one(&call)?;
    settle(&call, &invitation.organization_id, &invitation.id, |invitation| {
        invitation.status = OrganizationInvitationStatus::Declined;
    })
    .await?;
    Ok(Answer::empty())
}

/// The invitation in the path, when it waits for the caller.
fn own_one(call: &Call) -> Result<Arc<Invitation>, ApiError> {
    let id = call.at(0);
    own(call)?.into_iter().find(|invitation| invitation.id == id).ok_or_else(|| unknown_invitation(id))
}

fn member_dto(call: &Call, organization: &str, member: &Member) -> OrganizationUser {
    let user = users::find(call, &member.user_id);
    OrganizationUser {
        user_id: member.user_id.clone(),
        organization_id: organization.to_owned(),
        name: user.as_ref().map(|user| user.name.clone()).unwrap_or_default(),
        email: user.as_ref().map(|user| user.email.clone()).unwrap_or_default(),
        role: if member.owner { OrganizationUserRole::Owner } else { OrganizationUserRole::Member },
        assigned_roles: assigned(call, organization, &member.roles),
        created_at: time(member.created_at),
        updated_at: time(member.updated_at),
    }
}

fn invitation_dto(call: &Call, invitation: &Invitation) -> OrganizationInvitation {
    let organization = call.shared.tenants.organization(&invitation.organization_id);
    let inviter = users::find(call, &invitation.invited_by);
    OrganizationInvitation {
        id: invitation.id.clone(),
        email: invitation.name.clone(),
        invited_by: inviter.map(|user| user.email.clone()).unwrap_or_default(),
        organization_id: invitation.organization_id.clone(),
        organization_name: organization.map(|row| row.name.clone()).unwrap_or_default(),
        expires_at: time(invitation.expires_at),
        status: invitation.status,
        role: if invitation.owner {
            OrganizationInvitationRole::Owner
        } else {
            OrganizationInvitationRole::Member
        },
        assigned_roles: assigned(call, &invitation.organization_id, &invitation.roles),
        created_at: time(invitation.created_at),
        updated_at: time(invitation.updated_at),
    }
}

fn assigned(call: &Call, organization: &str, ids: &[String]) -> Vec<OrganizationRole> {
    let row = call.shared.tenants.organization(organization);
    let role = |id: &String| match (&row, id.as_str()) {
        (Some(row), DEVELOPER) => Some(developer(row)),
        _ => call.shared.shelves.roles.get(organization, id).map(|role| role_dto(&role)),
    };
    ids.iter().filter_map(role).collect()
}

fn role_dto(role: &Role) -> OrganizationRole {
    OrganizationRole {
        id: role.id.clone(),
        name: role.name.clone(),
        description: role.description.clone(),
        permissions: role.permissions.clone(),
        is_global: false,
        created_at: time(role.created_at),
        updated_at: time(role.updated_at),
    }
}

/// The role that is there without being made: work with sandboxes, snapshots, registries and volumes.
fn developer(row: &OrganizationRow) -> OrganizationRole {
    let fits = |permission: &&Permission| {
        let (_, what) = permission.as_str().split_once(':').unwrap_or_default();
        ["sandboxes", "snapshots", "registries", "volumes"].contains(&what)
    };
    OrganizationRole {
        id: DEVELOPER.to_owned(),
        name: "Developer".to_owned(),
        description: "Works with sandboxes, snapshots, registries and volumes".to_owned(),
        permissions: Permission::ALL.iter().filter(fits).copied().collect(),
        is_global: true,
        created_at: time(row.created_at),
        updated_at: time(row.created_at),
    }
}
