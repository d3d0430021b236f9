//! Who sent a request.

use std::fmt;
use std::sync::Arc;

/// The tenant everything belongs to. Things of another organization do not exist for a caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganizationId(Arc<str>);

impl OrganizationId {
    /// Wraps an id as it stands on the wire.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The sender of a request, once its credential was accepted. Found in the request's extensions.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Organization the caller acts for.
    pub organization: OrganizationId,
    /// What the caller showed.
    pub credential: Credential,
}

/// What a caller showed to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// An API key, given as `Authorization: Bearer`.
    ApiKey(String),
    /// A token of three base64url parts, with the organization asked for in a header.
    Jwt {
        /// The token as sent.
        token: String,
        /// `X-Daytona-Organization-ID`, when sent.
        organization: Option<String>,
    },
}

impl Credential {
    /// Tells API keys from tokens by their looks, as the real server does (control-plane.md §1.2).
    #[must_use]
    pub fn from_bearer(bearer: &str, organization: Option<&str>) -> Self {
        if looks_like_jwt(bearer) {
            Self::Jwt { token: bearer.to_owned(), organization: organization.map(ToOwned::to_owned) }
        } else {
            Self::ApiKey(bearer.to_owned())
        }
    }
}

fn looks_like_jwt(bearer: &str) -> bool {
    let parts: Vec<&str> = bearer.split('.').collect();
    let base64url = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    parts.len() == 3 && parts.iter().all(base64url) && parts[..2].iter().all(|part| part.starts_with("eyJ"))
}

/// Why a credential was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Missing, malformed, unknown or expired.
    #[error("Invalid credentials")]
    InvalidCredentials,
    /// A token without the organization it acts for.
    #[error("Invalid authentication context")]
    InvalidContext,
}

/// Turns a credential into the organization it acts for.
pub trait Tenants: Send + Sync {
    /// The caller behind `credential`.
    ///
    /// # Errors
    ///
    /// When nobody may act with it.
    fn identify(&self, credential: &Credential) -> Result<Caller, Refusal>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_base64url_parts_are_a_token_and_anything_else_a_key() {
        assert!(matches!(Credential::from_bearer("eyJhbGci.eyJzdWIi.c2ln", None), Credential::Jwt { .. }));
        for key in ["dtn_00", "eyJa.eyJb", "a.b.c", "eyJa.eyJb.", "eyJa.eyJb.c!"] {
            assert!(matches!(Credential::from_bearer(key, None), Credential::ApiKey(_)), "{key}");
        }
    }
}
