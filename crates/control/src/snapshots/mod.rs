//! Snapshots: what sandboxes are made from (control-plane.md §4).
//!
//! ```text
//! create(image) ─▶ pending ─▶ pulling ─▶ active ◀─ activate ─ inactive        taken of a sandbox ─▶ active
//! create(build) ─▶ pending ─▶ building ─▶ active | build_failed               any ─ delete ─▶ removing ─▶ gone
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `record` | what is kept of one, and of the build it came from |
//! | `general` | those everybody is offered |
//! | `names` | what they and their images may be called |
//! | `dto` | what clients see |
//! | `life` | how one comes from a state to the next by itself, and what time does to it |
//! | this one | what can be asked for, with the order of checks of §4.3 and §4.4 |
//!
//! Every dialect asks [`Snapshots`]; another organization's snapshot does not exist.

mod dto;
pub(crate) mod general;
pub(crate) mod life;
mod names;
mod record;

use std::sync::Arc;

use axum::body::Body;
use builder::ImageConfig;
use contract::control::types::{GpuType, SnapshotState};
use dialect::OrganizationId;
use jiff::{SignedDuration, Timestamp};

use crate::allowances::Allowance;
use crate::control::{Shared, written};
use crate::creation::NewResources;
use crate::errors::ApiError;
use crate::holder::HolderError;
use crate::ledger::Commit;
use crate::record::{Class, Resources, SandboxRecord};

pub(crate) use dto::{build_info, dto};
pub(crate) use life::Lives;
pub use record::{Base, BuildInfo, SnapshotRecord};

/// How long after a deactivation an activation is refused (control-plane.md §4.4).
const DEACTIVATION: SignedDuration = SignedDuration::from_mins(10);

/// Regions of the hosted service: clients that are set up for one of them name it, and there is one machine behind all.
const HOSTED_REGIONS: [&str; 2] = ["us", "eu"];

/// A snapshot, or why not.
pub type SnapshotResult = Result<Arc<SnapshotRecord>, ApiError>;

/// A snapshot somebody wants. Blank texts and zeros count as left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewSnapshot {
    /// Unique in the organization.
    pub name: String,
    /// Image it is made from, with its tag or digest.
    pub image_name: Option<String>,
    /// Program and arguments that run in its sandboxes; not together with a build.
    pub entrypoint: Vec<String>,
    /// Dockerfile and names of contexts it is built from, instead of an image.
    pub build: Option<(String, Vec<String>)>,
    /// What its sandboxes get.
    pub resources: NewResources,
    /// Given back only.
    pub gpu_type: Option<GpuType>,
    /// Region by id.
    pub region: Option<String>,
    /// What kind of machine its sandboxes claim to be, by its name on the wire.
    pub class: Option<String>,
}

/// The snapshots of a control plane. Cheap to clone.
#[derive(Clone)]
pub struct Snapshots(Arc<Shared>);

impl Snapshots {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// Makes a snapshot; gives it once its image is there, or while it is being built.
    ///
    /// # Errors
    ///
    /// As control-plane.md §4.3 says.
    pub async fn create(&self, organization: &OrganizationId, new: NewSnapshot) -> SnapshotResult {
        if self.0.is_closing() {
            return Err(ApiError::maintenance());
        }
        let snapshot = self.record(organization, new)?;
        let (snapshot, commit) = self.insert(snapshot)?;
        written(commit).await?;
        life::begin(&self.0, &snapshot).await;
        Ok(self.latest(&snapshot))
    }

    /// The snapshot of this id or name: one of the organization, or one that everybody is offered.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub fn find(&self, organization: &OrganizationId, id_or_name: &str) -> SnapshotResult {
        self.0.snapshot(organization.as_str(), id_or_name).ok_or_else(|| unknown(id_or_name))
    }

    /// The snapshot of this id or name that the organization may change. General ones are the default organization's.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub fn find_own(&self, organization: &OrganizationId, id_or_name: &str) -> SnapshotResult {
        let found = self.find(organization, id_or_name)?;
        let row = self.0.tenants.organization(organization.as_str());
        let owns_general = row.is_some_and(|row| row.is_default);
        if found.is_general() && !owns_general {
            return Err(unknown(id_or_name));
        }
        Ok(found)
    }

    /// The organization's own snapshots, oldest first, and those that everybody is offered.
    #[must_use]
    pub fn list(
        &self,
        organization: &OrganizationId,
    ) -> (Vec<Arc<SnapshotRecord>>, Vec<Arc<SnapshotRecord>>) {
        (self.0.shelves.snapshots.list(organization.as_str()), self.0.general.clone())
    }

    /// What the build a snapshot comes from has said so far and, if it is followed, what it says until it ends. Empty for
    /// a snapshot that was not built.
    ///
    /// # Errors
    ///
    /// 404 when there is none.
    pub async fn build_log(
        &self,
        organization: &OrganizationId,
        id_or_name: &str,
        follow: bool,
    ) -> Result<Body, ApiError> {
        let snapshot = self.find(organization, id_or_name)?;
        self.0.log_of_snapshot(&snapshot, follow).await.unwrap_or_else(|| Ok(Body::empty()))
    }

    /// Takes a snapshot away, given by id; what is being made of it is given up. Sandboxes made from it stay.
    ///
    /// # Errors
    ///
    /// 404 when there is none, 403 for one that everybody is offered.
    pub async fn delete(&self, organization: &OrganizationId, id: &str) -> Result<(), ApiError> {
        if self.find_own(organization, id)?.is_general() {
            return Err(ApiError::forbidden("You cannot delete a general snapshot"));
        }
        let now = self.0.now();
        self.0.lives.give_up(id);
        let removing = |snapshot: &mut SnapshotRecord| {
            snapshot.state = SnapshotState::Removing;
            snapshot.updated_at = now;
            Ok(())
        };
        let (snapshot, commit) = self.update(organization, id, removing)?;
        written(commit).await?;
        life::begin(&self.0, &snapshot).await;
        Ok(())
    }

    /// Makes an inactive snapshot, given by id, usable again.
    ///
    /// # Errors
    ///
    /// As control-plane.md §4.4 says.
    pub async fn activate(&self, organization: &OrganizationId, id: &str) -> SnapshotResult {
        let found = self.find_own(organization, id)?;
        if found.is_general() {
            return Err(ApiError::bad_request(format!("Snapshot {id} is already active")));
        }
        let now = self.0.now();
        let activate = |snapshot: &mut SnapshotRecord| {
            check_activation(snapshot, now)?;
            snapshot.state = SnapshotState::Pending;
            snapshot.last_used_at = Some(now);
            snapshot.updated_at = now;
            Ok(())
        };
        let (snapshot, commit) = self.update(organization, id, activate)?;
        written(commit).await?;
        life::begin(&self.0, &snapshot).await;
        Ok(self.latest(&snapshot))
    }

    /// Takes a snapshot, given by id, out of use without losing it; one that is out of use already is fine.
    ///
    /// # Errors
    ///
    /// 404 when there is none, 400 for one that was never in use.
    pub async fn deactivate(&self, organization: &OrganizationId, id: &str) -> Result<(), ApiError> {
        if self.find_own(organization, id)?.is_general() {
            return Err(ApiError::forbidden("You cannot deactivate a general snapshot"));
        }
        let now = self.0.now();
        let deactivate = |snapshot: &mut SnapshotRecord| match snapshot.state {
            SnapshotState::Inactive => Ok(()),
            SnapshotState::Active => {
                deactivated(snapshot, now);
                Ok(())
            }
            state => Err(ApiError::bad_request(format!(
                "Snapshot {id} cannot be deactivated - it is in {} state",
                state.as_str()
            ))),
        };
        let (_, commit) = self.update(organization, id, deactivate)?;
        written(commit).await
    }

    /// The record of the snapshot asked for.
    fn record(&self, organization: &OrganizationId, new: NewSnapshot) -> Result<SnapshotRecord, ApiError> {
        let (config, now) = (&self.0.config, self.0.now());
        let image_name = new.image_name.filter(|image| !image.trim().is_empty());
        check_source(new.build.is_some(), image_name.as_deref(), &new.entrypoint)?;
        if new.build.is_some() && !self.0.builds.can_build() {
            return Err(ApiError::bad_request("This server does not build images"));
        }
        names::check_snapshot(&new.name).map_err(ApiError::bad_request)?;
        image_name.as_deref().map_or(Ok(()), names::check_image).map_err(ApiError::bad_request)?;
        let region = new.region.filter(|region| !region.is_empty());
        let known = |region: &String| *region == config.region || HOSTED_REGIONS.contains(&region.as_str());
        if !region.as_ref().is_none_or(known) {
            return Err(ApiError::not_found("Region not found"));
        }
        let region = region.unwrap_or_else(|| config.region.clone());
        let class = class(new.class.as_deref(), &region)?;
        let image = ImageConfig { entrypoint: new.entrypoint.clone(), ..ImageConfig::default() };
        let base = Base { image: None, config: image };
        let build = new.build.map(|(dockerfile, hashes)| BuildInfo::new(dockerfile, hashes, now));
        Ok(SnapshotRecord {
            id: config.ids.uuid(),
            organization_id: organization.to_string(),
            name: new.name,
            image_name,
            region,
            state: SnapshotState::Pending,
            size: None,
            entrypoint: Some(new.entrypoint).filter(|entrypoint| !entrypoint.is_empty()),
            resources: sizes(new.resources),
            gpu_type: new.gpu_type,
            class,
            error_reason: None,
            build,
            source_sandbox_id: None,
            base,
            created_at: now,
            updated_at: now,
            last_used_at: None,
            deactivated_at: None,
        })
    }

    /// Adds a snapshot, unless its name is taken or there is no room for it.
    fn insert(&self, snapshot: SnapshotRecord) -> Result<(Arc<SnapshotRecord>, Commit), ApiError> {
        let organization = snapshot.organization_id.clone();
        let allowance = self.0.allowance(&organization, Allowance::Snapshots);
        let quotas = self.0.quotas(&organization);
        let (name, size) = (snapshot.name.clone(), snapshot.resources);
        let check = |others: &[Arc<SnapshotRecord>]| {
            refuse_taken(&name, others)?;
            quotas.map_or(Ok(()), |quotas| quotas.admit_size(size))?;
            Allowance::Snapshots.check(allowance, others.len())
        };
        self.0.shelves.snapshots.insert(&self.0.registry, snapshot, check)
    }

    fn update(
        &self,
        organization: &OrganizationId,
        id: &str,
        change: impl FnOnce(&mut SnapshotRecord) -> Result<(), ApiError>,
    ) -> Result<(Arc<SnapshotRecord>, Commit), ApiError> {
        let shelf = &self.0.shelves.snapshots;
        let changed = shelf.update(&self.0.registry, organization.as_str(), id, change)?;
        changed.ok_or_else(|| unknown(id))
    }

    /// What became of a snapshot meanwhile.
    fn latest(&self, snapshot: &Arc<SnapshotRecord>) -> Arc<SnapshotRecord> {
        let latest = self.0.shelves.snapshots.get(&snapshot.organization_id, &snapshot.id);
        latest.unwrap_or_else(|| Arc::clone(snapshot))
    }
}

impl Shared {
    /// The snapshot an organization means: by id, then by name, its own before those that everybody is offered.
    pub(crate) fn snapshot(&self, organization: &str, id_or_name: &str) -> Option<Arc<SnapshotRecord>> {
        let shelf = &self.shelves.snapshots;
        let general =
            |fits: &dyn Fn(&SnapshotRecord) -> bool| self.general.iter().find(|one| fits(one)).cloned();
        let by_id = |one: &SnapshotRecord| one.id == id_or_name;
        let by_name = |one: &SnapshotRecord| one.name == id_or_name;
        shelf
            .find(organization, by_id)
            .or_else(|| shelf.find(organization, by_name))
            .or_else(|| general(&by_id))
            .or_else(|| general(&by_name))
    }

    /// Notes that a sandbox was made from a snapshot.
    pub(crate) fn note_snapshot_use(&self, sandbox: &SandboxRecord) {
        let organization = sandbox.organization_id.as_str();
        let name = sandbox.made_from();
        let Some(used) = self.shelves.snapshots.find(organization, |snapshot| snapshot.name == name) else {
            return;
        };
        let now = self.now();
        let noted = self.shelves.snapshots.update(&self.registry, organization, &used.id, |snapshot| {
            snapshot.last_used_at = Some(now);
            Ok(())
        });
        if let Ok(Some((_, commit))) = noted {
            commit.unreported();
        }
    }

    /// Whether a sandbox of an organization can be kept as a snapshot of this name now.
    pub(crate) fn admit_snapshot(&self, organization: &str, name: &str) -> Result<(), ApiError> {
        names::check_snapshot(name).map_err(ApiError::bad_request)?;
        let others = self.shelves.snapshots.list(organization);
        refuse_taken(name, &others)?;
        let allowance = self.allowance(organization, Allowance::Snapshots);
        Allowance::Snapshots.check(allowance, others.len())
    }
}

fn unknown(id_or_name: &str) -> ApiError {
    ApiError::not_found(format!("Snapshot with ID or name {id_or_name} not found"))
}

pub(crate) fn name_taken(name: &str) -> ApiError {
    ApiError::conflict(format!("Snapshot with name \"{name}\" already exists for this organization"))
}

pub(crate) fn refuse_taken(name: &str, others: &[Arc<SnapshotRecord>]) -> Result<(), ApiError> {
    if others.iter().any(|other| other.name == name) { Err(name_taken(name)) } else { Ok(()) }
}

/// The snapshot that was taken of a sandbox, or that should have been.
pub(crate) fn taken(
    sandbox: &SandboxRecord,
    id: &str,
    name: &str,
    size: &Result<u64, HolderError>,
    now: Timestamp,
) -> SnapshotRecord {
    let entrypoint = sandbox.base.config.command();
    SnapshotRecord {
        id: id.to_owned(),
        organization_id: sandbox.organization_id.to_string(),
        name: name.to_owned(),
        image_name: None,
        region: sandbox.target.clone(),
        state: if size.is_ok() { SnapshotState::Active } else { SnapshotState::Error },
        size: size.as_ref().ok().copied(),
        entrypoint: Some(entrypoint).filter(|entrypoint| !entrypoint.is_empty()),
        resources: sandbox.resources,
        gpu_type: None,
        class: sandbox.class,
        error_reason: size.as_ref().err().map(ToString::to_string),
        build: None,
        source_sandbox_id: Some(sandbox.id.clone()),
        base: Base { image: size.is_ok().then(|| id.to_owned()), ..sandbox.base.clone() },
        created_at: now,
        updated_at: now,
        last_used_at: None,
        deactivated_at: None,
    }
}

/// What members go together.
fn check_source(is_built: bool, image: Option<&str>, entrypoint: &[String]) -> Result<(), ApiError> {
    let complaint = match (is_built, image) {
        (true, Some(_)) => "Cannot specify an image name when using a build info entry",
        (true, None) if !entrypoint.is_empty() => {
            "Cannot specify an entrypoint when using a build info entry"
        }
        (false, None) => "Must specify an image name when not using a build info entry",
        _ => return Ok(()),
    };
    Err(ApiError::bad_request(complaint))
}

fn class(name: Option<&str>, region: &str) -> Result<Class, ApiError> {
    match name {
        None | Some("container") => Ok(Class::Container),
        Some("linux-vm") => Ok(Class::LinuxVm),
        Some(other) => Err(ApiError::bad_request(format!(
            "No runners are configured in region '{region}' for sandbox class '{other}'. Try a different region or \
             sandbox class."
        ))),
    }
}

fn sizes(asked: NewResources) -> Resources {
    let size = |asked: Option<i64>, least: i64| asked.filter(|size| *size > 0).unwrap_or(least);
    let small = general::SMALL;
    Resources {
        cpu: size(asked.cpu, small.cpu),
        gpu: size(asked.gpu, small.gpu),
        memory: size(asked.memory, small.memory),
        disk: size(asked.disk, small.disk),
    }
}

fn check_activation(snapshot: &SnapshotRecord, now: Timestamp) -> Result<(), ApiError> {
    let (id, state) = (&snapshot.id, snapshot.state);
    let complaint = match state {
        SnapshotState::Active => format!("Snapshot {id} is already active"),
        SnapshotState::Inactive => {
            let since = snapshot.deactivated_at.map(|moment| now.duration_since(moment));
            if since.is_none_or(|since| since >= DEACTIVATION) {
                return Ok(());
            }
            "Snapshot deactivation is still in progress. Please try again in a few minutes.".to_owned()
        }
        _ => format!("Snapshot {id} cannot be activated - it is in {} state", state.as_str()),
    };
    Err(ApiError::bad_request(complaint))
}

fn deactivated(snapshot: &mut SnapshotRecord, now: Timestamp) {
    snapshot.state = SnapshotState::Inactive;
    snapshot.deactivated_at = Some(now);
    snapshot.updated_at = now;
}
