//! The control plane as the rest of the program holds it: made from a config, asked for its API, shut down.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::response::Response;
use contract::control::types::VolumeState;
use dialect::{Caller, Credential, Dispatcher, OrganizationId};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

use crate::builds::{BuildState, Builds};
use crate::config::{Config, Restore};
use crate::errors::ApiError;
use crate::events::EventSocket;
use crate::ledger::{Commit, Ledger};
use crate::organization::OrganizationSettings;
use crate::preview::{self, Previews};
use crate::reconciler::{self, Event, Reconciler};
use crate::record::SandboxRecord;
use crate::records::Shelves;
use crate::registry::{Changed, Others, Registry};
use crate::sandboxes::Sandboxes;
use crate::snapshots::{Lives, SnapshotRecord, Snapshots, general, life};
use crate::ssh::SshAccess;
use crate::store::{ApiKeyRow, Change, OrganizationRow, StoreError};
use crate::tenants::{ControlTenants, hash, mask};
use crate::throttle::Throttles;
use crate::{admission, call, founding, handlers, proxy};

/// Why a control plane cannot do what the program asks of it.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The organization has a key of this name.
    #[error("there is an API key called {0} already")]
    NameTaken(String),
}

/// A control plane at work. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct ControlPlane {
    shared: Arc<Shared>,
    api: Dispatcher,
    events: EventSocket,
}

/// What handlers, proxy and reconciler have in common.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) registry: Arc<Registry>,
    pub(crate) tenants: ControlTenants,
    pub(crate) previews: preview::State,
    pub(crate) shelves: Arc<Shelves>,
    /// Snapshots that everybody is offered.
    pub(crate) general: Vec<Arc<SnapshotRecord>>,
    pub(crate) lives: Lives,
    pub(crate) builds: Arc<Builds>,
    pub(crate) throttles: Throttles,
    events: mpsc::UnboundedSender<Event>,
    closing: AtomicBool,
}

impl ControlPlane {
    /// Loads the store and starts the reconciler; sandboxes of the last run are known again, as [`Config::restore`] says.
    /// To be called inside a tokio runtime; blocks while the store is read.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or the default organization cannot be written to it.
    pub fn new(config: Config) -> Result<Self, ControlError> {
        let mut saved = config.store.load()?;
        let default = founding::complete(&config, &mut saved)?;
        let records = restored(&config, &saved.sandboxes);
        let ledger = Ledger::new(Arc::clone(&config.store));
        let changed = records.iter().zip(&saved.sandboxes).filter(|(now, before)| now != before);
        ledger.commit(changed.map(|(now, _)| Change::PutSandbox(Arc::clone(now))).collect()).unreported();
        let registry = Arc::new(Registry::new(records, ledger, config.tombstone));
        let (events, inbox) = mpsc::unbounded_channel();
        let shelves = Arc::new(Shelves::new(&saved.records)?);
        let tenants =
            ControlTenants::new(Arc::clone(&config.clock), default, config.strict_key.clone(), &saved);
        let builds =
            Builds::new(config.clone(), Arc::clone(&registry), Arc::clone(&shelves), tenants.clone());
        let builds = Arc::new(builds);
        let reconciler = Reconciler::new(
            config.clone(),
            Arc::clone(&registry),
            Arc::clone(&shelves),
            Arc::clone(&builds),
            events.clone(),
        );
        tokio::spawn(reconciler.run(inbox));
        let founded = saved.organizations.iter().find(|row| row.is_default).map(|row| row.created_at);
        let founded = founded.unwrap_or_else(|| config.clock.now());
        let general = general::all(&config.default_snapshot, &config.region, founded);
        let lives = Lives::default();
        let throttles = Throttles::new(config.rate_limits.clone());
        let (previews, closing) = (preview::State::default(), AtomicBool::new(false));
        let shared = Arc::new(Shared {
            config,
            registry,
            tenants,
            shelves,
            general,
            lives,
            builds,
            throttles,
            previews,
            events,
            closing,
        });
        shared.registry.ids().into_iter().for_each(|id| shared.wake(id));
        shared.builds.sweep();
        life::resume(&shared);
        let socket = EventSocket::new(&shared);
        let api = handlers::api(&shared, &socket);
        Ok(Self { shared, api, events: socket })
    }

    /// The HTTP API, with paths relative to its base. Requests carry the [`Caller`] in their extensions when their
    /// credential was accepted, and `axum::extract::OriginalUri` when the base was cut off.
    #[must_use]
    pub fn api(&self) -> Dispatcher {
        self.api.clone()
    }

    /// Organizations and keys.
    #[must_use]
    pub fn tenants(&self) -> ControlTenants {
        self.shared.tenants.clone()
    }

    /// Passes a request on to the toolbox of a sandbox, which is given by id or name. The request's own target is the
    /// path and query the toolbox gets. Its extensions carry the [`dialect::Caller`] when the `Authorization` header was
    /// accepted, and `axum::extract::OriginalUri` so that redirects can be put right.
    pub async fn proxy_toolbox(&self, sandbox_id: &str, request: Request) -> Response {
        proxy::toolbox(&self.shared, sandbox_id, request).await
    }

    /// The sandboxes, for other dialects.
    #[must_use]
    pub fn sandboxes(&self) -> Sandboxes {
        Sandboxes::new(&self.shared)
    }

    /// The snapshots, for other dialects.
    #[must_use]
    pub fn snapshots(&self) -> Snapshots {
        Snapshots::new(&self.shared)
    }

    /// The ports of sandboxes, as they are reached from outside.
    #[must_use]
    pub fn previews(&self) -> Previews {
        Previews::new(&self.shared)
    }

    /// What opens sandboxes over SSH, for the gateway.
    #[must_use]
    pub fn ssh(&self) -> SshAccess {
        SshAccess::new(&self.shared)
    }

    /// Passes a request on to the toolbox of an organization's sandbox, as [`Self::proxy_toolbox`] does, for a dialect
    /// that has let the caller in already: no credential is looked at, and none is passed on.
    pub async fn request(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        mut request: Request,
    ) -> Response {
        let credential = Credential::ApiKey(String::new());
        request.extensions_mut().insert(Caller { organization: organization.clone(), credential });
        proxy::toolbox(&self.shared, id_or_name, request).await
    }

    /// This API's answer to an error found before or around it, such as a panic or a fault.
    #[must_use]
    pub fn error(&self, error: &ApiError, request: &Request) -> Response {
        call::respond(&self.shared, error, request)
    }

    /// Mints a key for a new organization of its own, or for one that exists.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub async fn mint_api_key(
        &self,
        organization: Option<&OrganizationId>,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<String, ControlError> {
        let shared = &self.shared;
        let (config, now) = (&shared.config, shared.now());
        let (organization_id, user_id) = match organization {
            Some(organization) => {
                let founder = shared.tenants.organization(organization.as_str());
                let founder = founder.map(|row| row.settings.created_by.clone());
                (organization.to_string(), founder.unwrap_or_default())
            }
            None => self.found(name).await?,
        };
        let key = format!("dtn_{}", config.ids.token(64, "0123456789abcdef"));
        let row = ApiKeyRow {
            organization_id,
            name: name.to_owned(),
            hash: hash(&key),
            created_at: now,
            expires_at,
            user_id,
            masked: mask(&key),
            permissions: None,
            last_used_at: None,
            active: true,
            changed_at: None,
        };
        let added = shared.tenants.add_key(&shared.registry, row);
        added.map_err(|_| ControlError::NameTaken(name.to_owned()))?.written().await?;
        Ok(key)
    }

    /// The keys that were minted for an organization, oldest first.
    #[must_use]
    pub fn api_keys(&self, organization: &OrganizationId) -> Vec<ApiKeyRow> {
        self.shared.tenants.all_keys_of(organization.as_str())
    }

    /// Revokes a minted key; false when that has been done.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub async fn revoke_api_key(&self, key: &ApiKeyRow) -> Result<bool, ControlError> {
        let shared = &self.shared;
        let ApiKeyRow { organization_id, user_id, name, .. } = key;
        let revoked = shared.tenants.revoke_key(&shared.registry, organization_id, user_id, name);
        let Some(commit) = revoked else { return Ok(false) };
        commit.written().await?;
        Ok(true)
    }

    /// Switches a minted key off, so that it is refused, or on again; false when it was revoked.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub async fn switch_api_key(&self, key: &ApiKeyRow, active: bool) -> Result<bool, ControlError> {
        let now = self.shared.now();
        self.change_api_key(key, |row| (row.active, row.changed_at) = (active, Some(now))).await
    }

    /// Notes that a minted key was used just now; false when it was revoked.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub async fn touch_api_key(&self, key: &ApiKeyRow) -> Result<bool, ControlError> {
        let now = self.shared.now();
        self.change_api_key(key, |row| row.last_used_at = Some(now)).await
    }

    async fn change_api_key(
        &self,
        key: &ApiKeyRow,
        change: impl FnOnce(&mut ApiKeyRow),
    ) -> Result<bool, ControlError> {
        let shared = &self.shared;
        let Some(commit) = shared.tenants.change_key(&shared.registry, &key.hash, change) else {
            return Ok(false);
        };
        commit.written().await?;
        Ok(true)
    }

    /// Lets a caller into a dialect that knows no permissions: false when its key may not do everything. That the key
    /// was used is noted.
    #[must_use]
    pub fn admits(&self, caller: &Caller) -> bool {
        let actor = self.shared.tenants.actor(caller);
        admission::note_use(&self.shared, &actor);
        actor.may_everything()
    }

    /// Founds an organization with a user of its own; their ids.
    async fn found(&self, name: &str) -> Result<(String, String), ControlError> {
        let shared = &self.shared;
        let (id, now) = (shared.config.ids.uuid(), shared.now());
        let user = founding::founder(&shared.config, false, &id, now);
        let user_id = user.id.clone();
        let row = OrganizationRow {
            id: id.clone(),
            name: name.to_owned(),
            is_default: false,
            created_at: now,
            settings: OrganizationSettings::founded_by(&user_id, true, now),
        };
        shared.tenants.add_organization(&shared.registry, row, Vec::new()).written().await?;
        let added = shared.shelves.users.insert(&shared.registry, user, |_| Ok(()));
        if let Ok((_, commit)) = added {
            commit.written().await?;
        }
        Ok((id, user_id))
    }

    /// Ids of all sandboxes there are, so that the runtime can sweep what belongs to none of them.
    #[must_use]
    pub fn sandbox_ids(&self) -> Vec<String> {
        self.shared.registry.ids()
    }

    /// Ids of all volumes there are, so that the runtime can sweep the files of others.
    #[must_use]
    pub fn volume_ids(&self) -> Vec<String> {
        let volumes = self.shared.shelves.volumes.everywhere(|volume| volume.state != VolumeState::Deleted);
        volumes.iter().map(|volume| volume.id.clone()).collect()
    }

    /// Names of all stored images that something is or can be made from, so that the runtime can sweep the others.
    #[must_use]
    pub fn image_names(&self) -> Vec<String> {
        let shelves = &self.shared.shelves;
        let snapshots = shelves.snapshots.everywhere(|_| true);
        let taken = snapshots.iter().filter_map(|snapshot| snapshot.base.image.clone());
        let builds = shelves.builds.everywhere(|build| build.state == BuildState::Made);
        let mut names: Vec<String> = taken.chain(builds.iter().map(|build| build.id.clone())).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Stops every sandbox, and removes it unless sandboxes are kept. New ones are refused from now on.
    pub async fn shutdown(&self) {
        self.shared.closing.store(true, Ordering::Release);
        self.shared.previews.close();
        self.shared.lives.close();
        let (done, finished) = oneshot::channel();
        let told = self.shared.events.send(Event::Shutdown(done)).is_ok();
        // No build is waited for: who wants it asks for it again after the next start.
        self.shared.builds.close();
        if told {
            let _ = finished.await;
        }
        self.events.close().await;
        // Changes nobody waited for are written before the process may end.
        let _ = self.shared.registry.commit(Vec::new()).written().await;
    }
}

/// The records of the last run as they are now that nothing runs.
fn restored(config: &Config, saved: &[Arc<SandboxRecord>]) -> Vec<Arc<SandboxRecord>> {
    let (now, restart) = (config.clock.now(), config.restore == Restore::Restarted);
    let restore = |record: &Arc<SandboxRecord>| {
        let mut record = Arc::clone(record);
        reconciler::restore(Arc::make_mut(&mut record), restart, now);
        record
    };
    saved.iter().map(restore).collect()
}

impl Shared {
    pub(crate) fn now(&self) -> Timestamp {
        self.config.clock.now()
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Tells the reconciler to look at a sandbox.
    pub(crate) fn wake(&self, id: String) {
        let _ = self.events.send(Event::Wake(id));
    }

    /// Changes a sandbox the caller may see, writes it and tells the reconciler.
    pub(crate) async fn change<T>(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        change: impl FnOnce(&mut SandboxRecord, Timestamp) -> Result<T, ApiError>,
    ) -> Result<(T, Arc<SandboxRecord>), ApiError> {
        self.change_among(organization, id_or_name, |record, now, _others| change(record, now)).await
    }

    /// Changes a sandbox the caller may see as its neighbours allow, writes it and tells the reconciler.
    pub(crate) async fn change_among<T>(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        change: impl FnOnce(&mut SandboxRecord, Timestamp, Others<'_>) -> Result<T, ApiError>,
    ) -> Result<(T, Arc<SandboxRecord>), ApiError> {
        if self.is_closing() {
            return Err(ApiError::maintenance());
        }
        let now = self.now();
        let id = self.registry.find(organization, id_or_name, now, false)?.id.clone();
        let changed = self.registry.update_among(&id, |record, others| {
            let result = change(record, now, others)?;
            record.updated_at = now;
            Ok(result)
        });
        let Changed { result, record, commit } = changed?;
        if record.is_leaving() {
            self.registry.leave_linked(&record, now).into_iter().for_each(|id| self.wake(id));
        }
        self.wake(id);
        written(commit).await?;
        Ok((result, record))
    }

    /// Waits until `done` holds for a sandbox's record, at most for `patience`; gives the latest record either way.
    pub(crate) async fn wait(
        &self,
        id: &str,
        patience: std::time::Duration,
        done: impl Fn(&SandboxRecord) -> bool,
    ) -> Option<Arc<SandboxRecord>> {
        let mut records: watch::Receiver<Arc<SandboxRecord>> = self.registry.watch(id)?;
        // Both a deadline and a forgotten sandbox leave the latest record to look at.
        let _ = tokio::time::timeout(patience, records.wait_for(|record| done(record))).await;
        let latest = Arc::clone(&records.borrow());
        Some(latest)
    }
}

/// An answer may report a change only once it is written.
pub(crate) async fn written(commit: Commit) -> Result<(), ApiError> {
    commit.written().await.map_err(|error| {
        tracing::error!(%error, "a change was not written");
        ApiError::internal()
    })
}
