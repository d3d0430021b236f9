//! Grants that open a sandbox over SSH (control-plane.md §3.3), and the way in for the gateway that checks them.
//!
//! A grant is kept in the record of its sandbox, as signed previews are: so it outlives the server where sandboxes do,
//! and ends with its sandbox. There is one for each at most. It counts at the moment of connecting; who came in by it
//! in time may stay.

use std::sync::Arc;

use axum::body::Body;
use contract::control::types::{SandboxState, SshAccessDto, SshAccessValidationDto};
use dialect::OrganizationId;
use http::{Request, StatusCode};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::control::Shared;
use crate::errors::ApiError;
use crate::holder::HolderError;
use crate::lifecycle::shown_state;
use crate::record::SandboxRecord;
use crate::urls::BaseUrl;
use crate::wire;

const TOKEN_LENGTH: usize = 32;
/// Without `-` and `_`, so that a token is safe as a user name and as an argument.
const TOKEN_ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The port clients take when none is given.
const CUSTOMARY_PORT: u16 = 22;

/// How the gateway is reached, as clients are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshGateway {
    /// The port it listens on.
    pub port: u16,
    /// Its host key, as it stands in `known_hosts` behind the host: type and key.
    pub host_key: Option<String>,
    /// The key's fingerprint, as clients show it: `SHA256:…`.
    pub fingerprint: Option<String>,
}

impl Default for SshGateway {
    fn default() -> Self {
        Self { port: 2222, host_key: None, fingerprint: None }
    }
}

impl SshGateway {
    /// The command that connects with a token, for a client that reached the API by `base`.
    pub(crate) fn command(&self, token: &str, base: &BaseUrl) -> String {
        let host = host(base);
        match self.port {
            CUSTOMARY_PORT => format!("ssh {token}@{host}"),
            port => format!("ssh -p {port} {token}@{host}"),
        }
    }
}

/// The host alone, an address of the newer kind without its brackets.
pub(crate) fn host(base: &BaseUrl) -> &str {
    base.host().trim_matches(['[', ']'])
}

/// What opens one sandbox over SSH for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SshGrant {
    /// Version-4 UUID.
    pub id: String,
    /// The user name it is used as: 32 letters and digits.
    pub token: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// From then on it opens nothing.
    pub expires_at: Timestamp,
}

/// The grants of a control plane. Cheap to clone.
#[derive(Clone)]
pub struct SshAccess(Arc<Shared>);

impl SshAccess {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// Issues a grant and voids the one before.
    pub(crate) async fn issue(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        minutes: f64,
        base: &BaseUrl,
    ) -> Result<SshAccessDto, ApiError> {
        let config = &self.0.config;
        let (id, token) = (config.ids.uuid(), config.ids.token(TOKEN_LENGTH, TOKEN_ALPHABET));
        let lifetime = SignedDuration::try_from_secs_f64(minutes * 60.0).unwrap_or(SignedDuration::MAX);
        let issue = |record: &mut SandboxRecord, now: Timestamp| {
            let expires_at = now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
            let grant = SshGrant { id, token, created_at: now, expires_at };
            Ok(record.ssh_grant.insert(grant).clone())
        };
        let (grant, record) = self.0.change(organization, id_or_name, issue).await?;
        Ok(SshAccessDto {
            ssh_command: config.ssh.command(&grant.token, base),
            id: grant.id,
            sandbox_id: record.id.clone(),
            token: grant.token,
            expires_at: wire::time(grant.expires_at),
            created_at: wire::time(grant.created_at),
            updated_at: wire::time(grant.created_at),
        })
    }

    /// Voids the grant with this token, or whatever grant there is when none is named. One that is not known is no error.
    pub(crate) async fn revoke(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        token: Option<&str>,
    ) -> Result<Arc<SandboxRecord>, ApiError> {
        let revoke = |record: &mut SandboxRecord, _now| {
            record.ssh_grant.take_if(|grant| token.is_none_or(|token| grant.token == token));
            Ok(())
        };
        self.0.change(organization, id_or_name, revoke).await.map(|((), record)| record)
    }

    /// What a token opens. It needs to be nobody's in particular: who has it could connect as well.
    pub(crate) fn validate(&self, token: &str) -> SshAccessValidationDto {
        let sandbox_id = self.find(token).map(|record| record.id.clone());
        // The real service answers null for none, which the published Python client takes for a broken answer.
        SshAccessValidationDto {
            valid: sandbox_id.is_some(),
            sandbox_id: Some(sandbox_id.unwrap_or_default()),
        }
    }

    /// Lets a visitor in that shows a token; nothing when it opens no sandbox now.
    #[must_use]
    pub fn admit(&self, token: &str) -> Option<SshGuest> {
        let record = self.find(token)?;
        Some(SshGuest { shared: Arc::clone(&self.0), sandbox_id: record.id.clone() })
    }

    fn find(&self, token: &str) -> Option<Arc<SandboxRecord>> {
        if token.len() != TOKEN_LENGTH {
            return None;
        }
        let now = self.0.now();
        self.0.registry.search(|record| {
            let opens = |grant: &SshGrant| grant.token == token && grant.expires_at > now;
            !record.is_leaving() && record.ssh_grant.as_ref().is_some_and(opens)
        })
    }
}

/// Somebody who was let in.
#[derive(Clone)]
pub struct SshGuest {
    shared: Arc<Shared>,
    sandbox_id: String,
}

/// Why a guest does not reach the sandbox; the text is for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshRefusal {
    /// It does not run.
    #[error("Sandbox is not started (state: {0}). Please start the sandbox before attempting to connect.")]
    NotStarted(String),
    /// It runs and does not answer.
    #[error("The sandbox did not answer: {0}")]
    Failed(String),
}

impl SshGuest {
    /// The sandbox visited.
    #[must_use]
    pub fn sandbox_id(&self) -> &str {
        &self.sandbox_id
    }

    /// Opens a stream to the sandbox's agent by a request that asks for an upgrade.
    ///
    /// # Errors
    ///
    /// [`SshRefusal`]; a sandbox that is gone is not started.
    pub async fn open(&self, request: Request<Body>) -> Result<TokioIo<Upgraded>, SshRefusal> {
        let registry = &self.shared.registry;
        let state =
            registry.get(&self.sandbox_id).map_or(SandboxState::Destroyed, |record| shown_state(&record));
        let held = registry.held(&self.sandbox_id).filter(|_| state == SandboxState::Started);
        let Some(held) = held else {
            return Err(SshRefusal::NotStarted(state.as_str().to_owned()));
        };
        let mut response = held.request(request).await.map_err(|error| match error {
            HolderError::Gone => SshRefusal::NotStarted(SandboxState::Stopping.as_str().to_owned()),
            HolderError::Failed(reason) => SshRefusal::Failed(reason),
        })?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(SshRefusal::Failed(format!("status {}", response.status())));
        }
        let upgraded = hyper::upgrade::on(&mut response).await;
        upgraded.map(TokioIo::new).map_err(|error| SshRefusal::Failed(error.to_string()))
    }

    /// Notes that the sandbox is in use.
    pub fn touch(&self) {
        self.shared.registry.touch(&self.sandbox_id, self.shared.now());
    }

    /// Waits until a sandbox that runs now, or will some time, runs no more.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let runs = |record: &SandboxRecord| keeps_processes(shown_state(record));
        let records = self.shared.registry.watch(&self.sandbox_id);
        let ran = records.as_ref().is_some_and(|records| runs(&records.borrow()));
        async move {
            let Some(mut records) = records else { return };
            // Whoever connects to a sandbox that does not run is told so, and stays for that.
            if ran || records.wait_for(|record| runs(record)).await.is_ok() {
                let _ = records.wait_for(|record| !runs(record)).await;
            }
        }
    }
}

/// Whether processes live on in this state.
fn keeps_processes(state: SandboxState) -> bool {
    use SandboxState as State;
    matches!(
        state,
        State::Started
            | State::Pausing
            | State::Paused
            | State::Resuming
            | State::Resizing
            | State::Snapshotting
            | State::Forking
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(host: &str) -> BaseUrl {
        let request = http::Request::builder().header("host", host).body(()).unwrap();
        BaseUrl::of(&request.into_parts().0)
    }

    #[test]
    fn the_command_names_the_host_the_client_used_and_the_port_unless_it_is_the_customary_one() {
        let gateway = |port| SshGateway { port, ..SshGateway::default() };
        assert_eq!(gateway(2222).command("T", &base("127.0.0.1:3986")), "ssh -p 2222 T@127.0.0.1");
        assert_eq!(gateway(22).command("T", &base("dev.example")), "ssh T@dev.example");
        assert_eq!(gateway(9).command("T", &base("[::1]:80")), "ssh -p 9 T@::1");
    }
}
