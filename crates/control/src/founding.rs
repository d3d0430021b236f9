//! What a server needs before it can serve: the organization of everybody without a key of their own, and a founder for
//! every organization. Made up at the first start and then kept; files of older schemas are completed here.

use dialect::OrganizationId;
use jiff::Timestamp;

use crate::config::Config;
use crate::errors::ApiError;
use crate::organization::OrganizationSettings;
use crate::records::User;
use crate::shelf::row;
use crate::store::{Change, OrganizationRow, RecordKind, Saved, StoreError};

/// Completes what the store holds, in the store and in `saved`; gives the default organization.
pub(crate) fn complete(config: &Config, saved: &mut Saved) -> Result<OrganizationId, StoreError> {
    let now = config.clock.now();
    let mut changes = Vec::new();
    if !saved.organizations.iter().any(|row| row.is_default) {
        saved.organizations.push(OrganizationRow {
            id: config.ids.uuid(),
            name: "Personal".to_owned(),
            is_default: true,
            created_at: now,
            settings: OrganizationSettings::default(),
        });
    }
    for organization in saved.organizations.iter_mut().filter(|row| row.settings.created_by.is_empty()) {
        let user = founder(config, organization.is_default, &organization.id, now);
        organization.settings.personal = true;
        organization.settings.found(&user.id, now);
        changes.push(Change::PutOrganization(organization.clone()));
        let user = row(&user).map_err(|error: ApiError| StoreError::Row {
            table: RecordKind::User.table(),
            reason: error.message,
        })?;
        changes.push(Change::PutRecord(user.clone()));
        saved.records.push(user);
    }
    for key in saved.api_keys.iter_mut().filter(|key| key.user_id.is_empty()) {
        let organization = saved.organizations.iter().find(|row| row.id == key.organization_id);
        key.user_id = organization.map(|row| row.settings.created_by.clone()).unwrap_or_default();
        changes.push(Change::PutApiKey(key.clone()));
    }
    if !changes.is_empty() {
        config.store.apply(&changes)?;
    }
    let default = saved.organizations.iter().find(|row| row.is_default);
    Ok(OrganizationId::new(default.map(|row| row.id.as_str()).unwrap_or_default()))
}

/// A user for an organization that lacks a founder.
pub(crate) fn founder(config: &Config, is_default: bool, organization: &str, now: Timestamp) -> User {
    let id = config.ids.uuid();
    let (name, local) = if is_default {
        ("Local user".to_owned(), "user".to_owned())
    } else {
        let short = id.split('-').next().unwrap_or_default().to_owned();
        (format!("User {short}"), short)
    };
    User {
        organization_id: organization.to_owned(),
        name,
        // Nothing can be delivered there, by definition of the domain.
        email: format!("{local}@pitlane.test"),
        created_at: now,
        privacy_policies_accepted: false,
        last_login_at: None,
        id,
    }
}
