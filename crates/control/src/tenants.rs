//! Who may come in, and for which organization.
//!
//! Any key or token opens the default organization, so that clients with made-up keys see the same sandboxes; a key that
//! was minted opens its own organization only (decisions on tenants; control-plane.md §1.2). With strict credentials only
//! minted keys, the announced one and tokens that name one of their user's organizations open anything.
//!
//! A revoked key stays known as such: otherwise it would open the default organization like any made-up one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use dialect::{Caller, Credential, OrganizationId, Refusal, Tenants};
use jiff::{SignedDuration, Timestamp};
use lab::Clock;
use sha2::{Digest, Sha256};

use crate::errors::ApiError;
use crate::ledger::Commit;
use crate::registry::Registry;
use crate::store::{ApiKeyRow, Change, OrganizationRow, Saved};

/// How much later a use of a key must be than the last one to be noted.
const USE_GRAIN: SignedDuration = SignedDuration::from_mins(1);

/// The organizations and keys of a control plane. Cheap to clone.
#[derive(Clone)]
pub struct ControlTenants(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    default: OrganizationId,
    /// With strict credentials, the one key that needs no minting.
    only_key: Option<String>,
    books: RwLock<Books>,
}

#[derive(Default)]
struct Books {
    organizations: HashMap<String, Arc<OrganizationRow>>,
    /// By hash.
    keys: HashMap<String, ApiKeyRow>,
    revoked: HashSet<String>,
}

/// Who acts, and how far they may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Actor {
    /// Id of the user.
    pub(crate) user_id: String,
    /// The key, when one was shown.
    pub(crate) key: Option<ShownKey>,
    /// What the key may do; `None` is everything.
    pub(crate) permissions: Option<Vec<String>>,
}

/// A key as it may be shown again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShownKey {
    /// First and last characters with stars between.
    pub(crate) masked: String,
    /// Its hash, when it was minted.
    pub(crate) minted: Option<String>,
}

impl ControlTenants {
    /// The books of the last run. With `only_key` credentials are strict.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        default: OrganizationId,
        only_key: Option<String>,
        saved: &Saved,
    ) -> Self {
        let books = Books {
            organizations: saved
                .organizations
                .iter()
                .map(|row| (row.id.clone(), Arc::new(row.clone())))
                .collect(),
            keys: saved.api_keys.iter().map(|row| (row.hash.clone(), row.clone())).collect(),
            revoked: saved.revoked_keys.iter().cloned().collect(),
        };
        Self(Arc::new(Inner { clock, default, only_key, books: RwLock::new(books) }))
    }

    /// The organization of keys nobody minted.
    #[must_use]
    pub fn default_organization(&self) -> &OrganizationId {
        &self.0.default
    }

    /// Whether only credentials that were given out are accepted.
    pub(crate) fn is_strict(&self) -> bool {
        self.0.only_key.is_some()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Books> {
        self.0.books.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Books> {
        self.0.books.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is behind a caller that was let in.
    pub(crate) fn actor(&self, caller: &Caller) -> Actor {
        let books = self.read();
        let everybody = || {
            let default = books.organizations.get(self.0.default.as_str());
            default.map(|row| row.settings.created_by.clone()).unwrap_or_default()
        };
        match &caller.credential {
            Credential::Jwt { .. } => Actor { user_id: everybody(), key: None, permissions: None },
            Credential::ApiKey(key) => match books.keys.get(&hash(key)) {
                Some(row) => Actor {
                    user_id: row.user_id.clone(),
                    key: Some(ShownKey { masked: row.masked.clone(), minted: Some(row.hash.clone()) }),
                    permissions: row.permissions.clone(),
                },
                None => Actor {
                    user_id: everybody(),
                    key: Some(ShownKey { masked: mask(key), minted: None }),
                    permissions: None,
                },
            },
        }
    }

    /// The organization with this id.
    #[must_use]
    pub fn organization(&self, id: &str) -> Option<Arc<OrganizationRow>> {
        self.read().organizations.get(id).cloned()
    }

    /// The organizations a user belongs to, the personal one first.
    pub(crate) fn organizations_of(&self, user_id: &str) -> Vec<Arc<OrganizationRow>> {
        let books = self.read();
        let is_member = |row: &&Arc<OrganizationRow>| row.settings.member(user_id).is_some();
        let mut rows: Vec<_> = books.organizations.values().filter(is_member).cloned().collect();
        rows.sort_by(|one, other| {
            let place = |row: &OrganizationRow| {
                (row.settings.created_by != user_id, !row.settings.personal, row.created_at)
            };
            place(one).cmp(&place(other)).then_with(|| one.id.cmp(&other.id))
        });
        rows
    }

    /// Adds an organization, with changes that belong to it.
    pub(crate) fn add_organization(
        &self,
        registry: &Registry,
        row: OrganizationRow,
        mut with: Vec<Change>,
    ) -> Commit {
        let mut books = self.write();
        with.insert(0, Change::PutOrganization(row.clone()));
        books.organizations.insert(row.id.clone(), Arc::new(row));
        registry.commit(with)
    }

    /// Changes an organization; `None` when there is none. What `change` refuses leaves everything as it was.
    pub(crate) fn change_organization(
        &self,
        registry: &Registry,
        id: &str,
        change: impl FnOnce(&mut OrganizationRow) -> Result<(), ApiError>,
    ) -> Result<Option<Commit>, ApiError> {
        let mut books = self.write();
        let Some(row) = books.organizations.get(id) else { return Ok(None) };
        let mut row = OrganizationRow::clone(row);
        change(&mut row)?;
        row.settings.updated_at = Some(self.0.clock.now());
        let commit = registry.commit(vec![Change::PutOrganization(row.clone())]);
        books.organizations.insert(row.id.clone(), Arc::new(row));
        Ok(Some(commit))
    }

    /// Dissolves an organization; its keys are refused from now on.
    pub(crate) fn remove_organization(&self, registry: &Registry, id: &str) -> Commit {
        let mut books = self.write();
        books.organizations.remove(id);
        let own: Vec<ApiKeyRow> =
            books.keys.values().filter(|row| row.organization_id == id).cloned().collect();
        let mut changes: Vec<Change> = own.iter().map(|row| books.revoke(row)).collect();
        changes.push(Change::DeleteOrganization { id: id.to_owned() });
        registry.commit(changes)
    }

    /// The keys of an organization that act for a user, oldest first.
    pub(crate) fn keys_of(&self, organization: &str, user_id: &str) -> Vec<ApiKeyRow> {
        let books = self.read();
        let is_own = |row: &&ApiKeyRow| row.organization_id == organization && row.user_id == user_id;
        let mut rows: Vec<_> = books.keys.values().filter(is_own).cloned().collect();
        rows.sort_by(|one, other| (one.created_at, &one.name).cmp(&(other.created_at, &other.name)));
        rows
    }

    /// All keys of an organization, whoever they act for, oldest first.
    pub(crate) fn all_keys_of(&self, organization: &str) -> Vec<ApiKeyRow> {
        let books = self.read();
        let own = books.keys.values().filter(|row| row.organization_id == organization);
        let mut rows: Vec<_> = own.cloned().collect();
        rows.sort_by(|one, other| (one.created_at, &one.name).cmp(&(other.created_at, &other.name)));
        rows
    }

    /// The minted key with this hash.
    pub(crate) fn key(&self, hash: &str) -> Option<ApiKeyRow> {
        self.read().keys.get(hash).cloned()
    }

    /// Adds a key, unless its organization has one of that name.
    pub(crate) fn add_key(&self, registry: &Registry, row: ApiKeyRow) -> Result<Commit, ApiError> {
        let mut books = self.write();
        let same = |known: &ApiKeyRow| known.organization_id == row.organization_id && known.name == row.name;
        if books.keys.values().any(same) {
            return Err(ApiError::conflict("API key with this name already exists"));
        }
        let commit = registry.commit(vec![Change::PutApiKey(row.clone())]);
        books.keys.insert(row.hash.clone(), row);
        Ok(commit)
    }

    /// Voids a key; `None` when there is none of that name acting for that user.
    pub(crate) fn revoke_key(
        &self,
        registry: &Registry,
        organization: &str,
        user_id: &str,
        name: &str,
    ) -> Option<Commit> {
        let mut books = self.write();
        let fits = |row: &&ApiKeyRow| {
            row.organization_id == organization && row.user_id == user_id && row.name == name
        };
        let row = books.keys.values().find(fits)?.clone();
        let change = books.revoke(&row);
        Some(registry.commit(vec![change]))
    }

    /// Changes a minted key; `None` when there is none with this hash.
    pub(crate) fn change_key(
        &self,
        registry: &Registry,
        hash: &str,
        change: impl FnOnce(&mut ApiKeyRow),
    ) -> Option<Commit> {
        let mut books = self.write();
        let row = books.keys.get_mut(hash)?;
        change(row);
        Some(registry.commit(vec![Change::PutApiKey(row.clone())]))
    }

    /// Notes that a minted key was used, not more often than matters.
    pub(crate) fn note_use(&self, registry: &Registry, hash: &str, now: Timestamp) {
        let is_due =
            |row: &ApiKeyRow| row.last_used_at.is_none_or(|last| now.duration_since(last) >= USE_GRAIN);
        if !self.read().keys.get(hash).is_some_and(is_due) {
            return;
        }
        if let Some(row) = self.write().keys.get_mut(hash) {
            row.last_used_at = Some(now);
            registry.commit(vec![Change::PutApiKey(row.clone())]).unreported();
        }
    }
}

impl Books {
    fn revoke(&mut self, row: &ApiKeyRow) -> Change {
        self.keys.remove(&row.hash);
        self.revoked.insert(row.hash.clone());
        Change::RevokeApiKey {
            organization_id: row.organization_id.clone(),
            name: row.name.clone(),
            hash: row.hash.clone(),
        }
    }
}

impl Tenants for ControlTenants {
    fn identify(&self, credential: &Credential) -> Result<Caller, Refusal> {
        let books = self.read();
        let organization = match credential {
            Credential::ApiKey(key) if key.trim().is_empty() => return Err(Refusal::InvalidCredentials),
            Credential::ApiKey(key) => {
                let hash = hash(key);
                match books.keys.get(&hash) {
                    Some(row) if !row.active => return Err(Refusal::InvalidCredentials),
                    Some(row) if row.expires_at.is_some_and(|end| end <= self.0.clock.now()) => {
                        return Err(Refusal::InvalidCredentials);
                    }
                    Some(row) => OrganizationId::new(&row.organization_id),
                    None if books.revoked.contains(&hash) => return Err(Refusal::InvalidCredentials),
                    None if self.0.only_key.as_ref().is_some_and(|only| only != key) => {
                        return Err(Refusal::InvalidCredentials);
                    }
                    None => self.0.default.clone(),
                }
            }
            // A token speaks for the user everybody is, in the organization it names.
            Credential::Jwt { organization: Some(asked), .. } if books.organizations.contains_key(asked) => {
                OrganizationId::new(asked)
            }
            Credential::Jwt { .. } if self.is_strict() => return Err(Refusal::InvalidContext),
            Credential::Jwt { .. } => self.0.default.clone(),
        };
        Ok(Caller { organization, credential: credential.clone() })
    }
}

/// SHA-256 in lower-case hexadecimal digits.
pub(crate) fn hash(key: &str) -> String {
    let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(Sha256::digest(key.as_bytes())) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    String::from_utf8_lossy(&digits).into_owned()
}

/// A key as lists show it: three characters, twenty stars, three characters.
pub(crate) fn mask(key: &str) -> String {
    const STARS: &str = "********************";
    if key.chars().nth(6).is_none() {
        return STARS.to_owned();
    }
    let (end, _) = key.char_indices().nth(3).unwrap_or_default();
    let (start, _) = key.char_indices().nth_back(2).unwrap_or_default();
    [&key[..end], STARS, &key[start..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kept_as_their_hash_in_hexadecimal_digits() {
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_masked_key_shows_three_characters_at_each_end_and_nothing_of_a_short_one() {
        assert_eq!(mask("dtn_secret"), "dtn********************ret");
        assert_eq!(mask("1234567"), "123********************567");
        assert_eq!(mask("äöüßéèê"), "äöü********************éèê");
        assert_eq!(mask("123456"), "*".repeat(20));
        assert_eq!(mask(""), "*".repeat(20));
    }
}
