//! Who may come in, and for which organization.
//!
//! Any key or token opens the default organization, so that clients with made-up keys see the same sandboxes; a key that
//! was minted opens its own organization only (decisions on tenants; control-plane.md §1.2).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use dialect::{Caller, Credential, OrganizationId, Refusal, Tenants};
use jiff::Timestamp;
use lab::Clock;
use sha2::{Digest, Sha256};

use crate::store::{ApiKeyRow, OrganizationRow};

/// The organizations and keys of a control plane. Cheap to clone.
#[derive(Clone)]
pub struct ControlTenants(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    default: OrganizationId,
    books: RwLock<Books>,
}

#[derive(Default)]
struct Books {
    organizations: HashMap<String, OrganizationRow>,
    keys: HashMap<String, (OrganizationId, Option<Timestamp>)>,
}

impl ControlTenants {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        default: OrganizationId,
        organizations: Vec<OrganizationRow>,
        keys: &[ApiKeyRow],
    ) -> Self {
        let tenants = Self(Arc::new(Inner { clock, default, books: RwLock::default() }));
        organizations.into_iter().for_each(|row| tenants.add_organization(row));
        keys.iter().for_each(|row| tenants.add_key(row));
        tenants
    }

    /// The organization of keys nobody minted.
    #[must_use]
    pub fn default_organization(&self) -> &OrganizationId {
        &self.0.default
    }

    pub(crate) fn add_organization(&self, row: OrganizationRow) {
        self.write().organizations.insert(row.id.clone(), row);
    }

    pub(crate) fn add_key(&self, row: &ApiKeyRow) {
        let organization = OrganizationId::new(&row.organization_id);
        self.write().keys.insert(row.hash.clone(), (organization, row.expires_at));
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Books> {
        self.0.books.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tenants for ControlTenants {
    fn identify(&self, credential: &Credential) -> Result<Caller, Refusal> {
        let books = self.0.books.read().unwrap_or_else(PoisonError::into_inner);
        let organization = match credential {
            Credential::ApiKey(key) if key.trim().is_empty() => return Err(Refusal::InvalidCredentials),
            Credential::ApiKey(key) => match books.keys.get(&hash(key)) {
                Some((_, Some(expires_at))) if *expires_at <= self.0.clock.now() => {
                    return Err(Refusal::InvalidCredentials);
                }
                Some((organization, _)) => organization.clone(),
                None => self.0.default.clone(),
            },
            // A token speaks for the one user there is, who is a member of every organization.
            Credential::Jwt { organization: Some(asked), .. } if books.organizations.contains_key(asked) => {
                OrganizationId::new(asked)
            }
            Credential::Jwt { .. } => self.0.default.clone(),
        };
        Ok(Caller { organization, credential: credential.clone() })
    }
}

/// SHA-256 in lower-case hexadecimal digits.
pub(crate) fn hash(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
