//! Who may do what: credentials that are lent for an hour, each good for the keys of one organization.
//!
//! They live in memory: a client asks for new ones before every upload. `s3s` checks the signature, with the secret it
//! is given here; whether the session token belongs to it, and what it is good for, is checked here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use lab::{Clock, Ids};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

use crate::{BUCKET, REGION};

/// How long credentials are good (control-plane.md §4.7).
const LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How long they are remembered after that, so that a client learns that they have expired.
const MEMORY: SignedDuration = SignedDuration::from_hours(24);

const KEY_LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Access to the store, as a client is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// Names the credentials.
    pub access_key: String,
    /// Signs requests.
    pub secret: String,
    /// Has to come with every request.
    pub session_token: String,
    /// Scheme, host and port; the store is at its root.
    pub url: String,
    /// The bucket there is.
    pub bucket: &'static str,
    /// What requests are signed for.
    pub region: &'static str,
}

struct Loan {
    organization: Arc<str>,
    secret: String,
    session_token: String,
    until: Timestamp,
}

/// Whose request it is; in the extensions of every one that was let in.
#[derive(Clone, Debug)]
pub(crate) struct Owner(Arc<str>);

impl Owner {
    /// Whether an object of this key would be its own.
    pub(crate) fn owns(&self, key: &str) -> bool {
        key.strip_prefix(&*self.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// What every key of its own begins with that begins with `prefix`: a list without the slash at the end of the
    /// organization's name, as one client asks for, shows nothing of others either.
    pub(crate) fn narrowed(&self, prefix: &str) -> S3Result<String> {
        if self.owns(prefix) {
            return Ok(prefix.to_owned());
        }
        if prefix == &*self.0 {
            return Ok(format!("{prefix}/"));
        }
        Err(s3_error!(AccessDenied, "lists are shown below the organization's own prefix"))
    }
}

/// All credentials that were lent.
pub(crate) struct Loans {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    loans: Mutex<HashMap<String, Loan>>,
}

impl Loans {
    pub(crate) fn new(clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { clock, ids, loans: Mutex::default() }
    }

    pub(crate) fn lend(&self, organization: &str, url: String) -> Access {
        let now = self.clock.now();
        let access_key = format!("ASIA{}", self.ids.token(16, KEY_LETTERS));
        let (secret, session_token) =
            (self.ids.token(40, SECRET_LETTERS), self.ids.token(96, SECRET_LETTERS));
        let loan = Loan {
            organization: organization.into(),
            secret: secret.clone(),
            session_token: session_token.clone(),
            until: now.saturating_add(LIFE).unwrap_or(Timestamp::MAX),
        };
        let mut loans = self.all();
        loans.retain(|_, loan| now.duration_since(loan.until) < MEMORY);
        loans.insert(access_key.clone(), loan);
        Access { access_key, secret, session_token, url, bucket: BUCKET, region: REGION }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Loan>> {
        self.loans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was lent under a key, while it is good.
    fn find<T>(&self, access_key: &str, read: impl FnOnce(&Loan) -> T) -> S3Result<T> {
        let loans = self.all();
        let Some(loan) = loans.get(access_key) else { return Err(s3_error!(InvalidAccessKeyId)) };
        if loan.until <= self.clock.now() {
            return Err(s3_error!(ExpiredToken, "The provided token has expired."));
        }
        Ok(read(loan))
    }
}

/// The secrets, for `s3s`.
pub(crate) struct Signatures(pub(crate) Arc<Loans>);

#[async_trait::async_trait]
impl S3Auth for Signatures {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.0.find(access_key, |loan| SecretKey::from(loan.secret.as_str()))
    }
}

/// The rules, for `s3s`.
pub(crate) struct Rules(pub(crate) Arc<Loans>);

#[async_trait::async_trait]
impl S3Access for Rules {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(credentials) = context.credentials() else {
            return Err(s3_error!(AccessDenied, "Signature is required"));
        };
        let token = session_token(context);
        let owner = self.0.find(&credentials.access_key, |loan| {
            (token.as_deref() == Some(&loan.session_token)).then(|| Owner(Arc::clone(&loan.organization)))
        })?;
        let owner = owner.ok_or_else(|| {
            s3_error!(InvalidToken, "The provided token is malformed or otherwise invalid.")
        })?;
        let permitted = match context.s3_path() {
            S3Path::Root => false,
            S3Path::Bucket { bucket } => &**bucket == BUCKET,
            S3Path::Object { bucket, key } => &**bucket == BUCKET && owner.owns(key),
        };
        if !permitted {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        context.extensions_mut().insert(owner);
        Ok(())
    }
}

/// The token of a request: a header, or part of a signed address.
fn session_token(context: &S3AccessContext<'_>) -> Option<String> {
    let header = context.headers().get("x-amz-security-token").and_then(|token| token.to_str().ok());
    let query = || {
        let pairs = context.uri().query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(name, _)| *name == "X-Amz-Security-Token").map(|(_, token)| token)
    };
    header.or_else(query).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_owns_what_lies_below_its_name_and_nothing_else() {
        let owner = Owner("o1".into());
        for own in ["o1/", "o1/h/context.tar", "o1//"] {
            assert!(owner.owns(own), "{own}");
        }
        for other in ["o1", "o12/h", "o2/h", "", "/o1/h", "o1%2F"] {
            assert!(!owner.owns(other), "{other}");
        }
        assert_eq!(owner.narrowed("o1").unwrap(), "o1/");
        assert_eq!(owner.narrowed("o1/h").unwrap(), "o1/h");
        assert!(
            owner.narrowed("").is_err() && owner.narrowed("o").is_err() && owner.narrowed("o12").is_err()
        );
    }
}
