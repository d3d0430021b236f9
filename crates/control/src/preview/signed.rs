//! Addresses that open one port by themselves, until their time is over (control-plane.md §3.1).
//!
//! They are kept in the record of the sandbox: so they outlive the server where sandboxes do, and end with theirs.

use std::sync::Arc;

use contract::control::types::SignedPortPreviewUrl;
use dialect::OrganizationId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Place, Previews, admission};
use crate::control::Shared;
use crate::errors::ApiError;
use crate::record::SandboxRecord;
use crate::urls::BaseUrl;

const TOKEN_LENGTH: usize = 16;
const TOKEN_ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
/// Longest lifetime, in seconds.
const LONGEST: i64 = 24 * 60 * 60;

/// A token that opens one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedPreview {
    /// Sixteen letters and digits.
    pub token: String,
    /// The port it opens.
    pub port: u16,
    /// From then on it opens nothing.
    pub expires_at: Timestamp,
}

impl Previews {
    /// Makes an address that opens a port for this many seconds.
    pub(crate) async fn sign(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        port: u16,
        seconds: i64,
        base: &BaseUrl,
    ) -> Result<SignedPortPreviewUrl, ApiError> {
        if !(1..=LONGEST).contains(&seconds) {
            return Err(ApiError::bad_request("expiresInSeconds must be between 1 second and 24 hours"));
        }
        let token = self.0.config.ids.token(TOKEN_LENGTH, TOKEN_ALPHABET);
        let signed = |expires_at| SignedPreview { token: token.clone(), port, expires_at };
        let add = |record: &mut SandboxRecord, now: Timestamp| {
            record.signed_previews.retain(|signed| signed.expires_at > now);
            let expires_at = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
            record.signed_previews.push(signed(expires_at));
            Ok(expires_at)
        };
        let (expires_at, record) = self.0.change(organization, id_or_name, add).await?;
        let place = Place { label: token.clone(), port };
        // Who came by the address in time may stay a while longer.
        let end = expires_at.saturating_add(admission::VISIT).unwrap_or(Timestamp::MAX);
        let url = self.url(&record, place, base, Some(end))?;
        Ok(SignedPortPreviewUrl { sandbox_id: record.id.clone(), port: port.into(), token, url })
    }

    /// Makes an address useless; one that is not known is no error.
    pub(crate) async fn expire(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        port: u16,
        token: &str,
    ) -> Result<(), ApiError> {
        let remove = |record: &mut SandboxRecord, _now| {
            record.signed_previews.retain(|signed| signed.token != token || signed.port != port);
            Ok(())
        };
        self.0.change(organization, id_or_name, remove).await.map(drop)
    }
}

/// The sandbox a token opens a port of.
pub(crate) fn find(shared: &Shared, token: &str, port: u16) -> Option<Arc<SandboxRecord>> {
    if token.len() != TOKEN_LENGTH {
        return None;
    }
    let now = shared.now();
    shared.registry.search(|record| {
        let opens =
            |signed: &SignedPreview| signed.token == token && signed.port == port && signed.expires_at > now;
        !record.is_leaving() && record.signed_previews.iter().any(opens)
    })
}
