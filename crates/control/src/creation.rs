//! From what somebody asks for to the record of a new sandbox, with the order of decisions of control-plane.md §2.5 from
//! the choice of the snapshot on. What only one dialect refuses is refused there, before.

use std::collections::BTreeMap;

use contract::control::types::{SandboxDesiredState, SandboxState, SandboxVolume, SnapshotState};
use dialect::OrganizationId;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::attachments;
use crate::config::Config;
use crate::control::Shared;
use crate::errors::ApiError;
use crate::intervals::{self, NewIntervals};
use crate::network;
use crate::record::{Class, Links, Network, Resources, SandboxRecord};
use crate::records::Attachments;
use crate::snapshots::{Base, BuildInfo, SnapshotRecord, general};

const TOKEN_LENGTH: usize = 32;
const SIGNING_KEY_LENGTH: usize = 48;
const TOKEN_ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_";

/// A sandbox somebody wants. Everything may be left out; blank texts count as left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewSandbox {
    /// Its id, where a dialect lets clients choose: one plain path component of letters, digits, `.`, `_` and `-`.
    pub id: Option<String>,
    /// Unique in the organization; the id when left out.
    pub name: Option<String>,
    /// Name of the snapshot it is made from; the default one when no image is named either.
    pub snapshot: Option<String>,
    /// Name of the image it is made from, instead of a snapshot.
    pub image: Option<String>,
    /// Dockerfile and names of contexts it is built from, instead of a snapshot or an image.
    pub build: Option<(String, Vec<String>)>,
    /// User inside.
    pub user: Option<String>,
    /// Variables of every process inside.
    pub env: BTreeMap<String, String>,
    /// Labels, kept untouched.
    pub labels: BTreeMap<String, String>,
    /// Whether previews need no credential.
    pub public: bool,
    /// Region, kept as the client writes it.
    pub target: Option<String>,
    /// Sizes that differ from those of what it is made from; zero counts as left out.
    pub resources: NewResources,
    /// Minutes until things happen by themselves.
    pub intervals: NewIntervals,
    /// Minutes until it is destroyed whatever it does; zero is never.
    pub ttl_minutes: Option<i64>,
    /// Network rules; the lists are checked.
    pub network: Network,
    /// Id or name of the sandbox it goes away with.
    pub linked_sandbox: Option<String>,
    /// Given back only.
    pub otel_endpoint_override: Option<String>,
    /// Given back only.
    pub spot: bool,
    /// Given back only.
    pub queue_timeout: Option<i64>,
    /// Volumes it names, by id or name.
    pub volumes: Vec<SandboxVolume>,
    /// Names of secrets by the variable that shows each.
    pub secrets: Vec<BTreeMap<String, String>>,
    /// What the dialect wants to find in the record again.
    pub extras: Map<String, Value>,
}

/// Cores, count, GiB, GiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NewResources {
    pub cpu: Option<i64>,
    pub gpu: Option<i64>,
    pub memory: Option<i64>,
    pub disk: Option<i64>,
}

/// A new auth token (control-plane.md §2.5).
pub(crate) fn auth_token(config: &Config) -> String {
    config.ids.token(TOKEN_LENGTH, TOKEN_ALPHABET)
}

/// A new key for signing file URLs: as many bits as the hash it is used with.
pub(crate) fn signing_key(config: &Config) -> String {
    config.ids.token(SIGNING_KEY_LENGTH, TOKEN_ALPHABET)
}

/// The record of the sandbox asked for.
pub(crate) fn record(
    shared: &Shared,
    organization: &OrganizationId,
    new: NewSandbox,
) -> Result<SandboxRecord, ApiError> {
    let (config, now) = (&shared.config, shared.now());
    let source = source(shared, organization, &new)?;
    let id = match given(new.id.as_deref()) {
        Some(id) => checked_id(id)?,
        None => config.ids.uuid(),
    };
    let mut record = SandboxRecord::new(&id, organization.clone(), now);
    if let Some(name) = given(new.name.as_deref()) {
        name.clone_into(&mut record.name);
    }
    if let Some(user) = given(new.user.as_deref()) {
        user.clone_into(&mut record.user);
    }
    record.resources = sized(source.resources, new.resources);
    record.class = source.class;
    (record.snapshot, record.image, record.base) = (source.snapshot, source.image, source.base);
    if let Some(build) = source.build {
        // Who shares a build with others that is there already has nothing to wait for.
        record.state =
            if record.base.image.is_some() { SandboxState::Creating } else { SandboxState::PendingBuild };
        record.build = Some(build);
    }
    record.env = new.env;
    record.labels = new.labels;
    record.public = new.public;
    // Old clients accept only the region they asked for; there is one machine behind all of them.
    given(new.target.as_deref()).unwrap_or(&config.region).trim().clone_into(&mut record.target);
    record.auth_token = auth_token(config);
    record.extras = new.extras;
    intervals::set_new(&mut record, new.intervals)?;
    record.auto_destroy_at = intervals::deadline(now, new.ttl_minutes.unwrap_or_default())?;
    record.links = Links {
        otel_endpoint_override: new.otel_endpoint_override,
        spot: new.spot,
        queue_timeout: new.queue_timeout,
        ..Links::default()
    };
    if let Some(linked) = given(new.linked_sandbox.as_deref()) {
        record.links.linked_sandbox_id = Some(link(shared, &record, linked)?);
    }
    record.network = Network {
        block_all: new.network.block_all,
        allow_list: network::allow_list(new.network.allow_list.as_deref().unwrap_or_default())?,
        domain_allow_list: network::domain_allow_list(
            new.network.domain_allow_list.as_deref().unwrap_or_default(),
        )?,
        outbound_proxy_url: new.network.outbound_proxy_url.filter(|url| !url.is_empty()),
    };
    record.attachments = Attachments {
        secrets: attachments::secrets(shared, organization.as_str(), &new.secrets)?,
        volumes: attachments::volumes(shared, organization.as_str(), &new.volumes)?,
    };
    Ok(record)
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// Ids become names of directories and hosts.
fn checked_id(id: &str) -> Result<String, ApiError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let valid = id.len() <= 64 && !id.starts_with(['.', '-']) && id.bytes().all(plain);
    if valid {
        return Ok(id.to_owned());
    }
    Err(ApiError::bad_request("id must be up to 64 letters, digits, dots, hyphens and underscores"))
}

/// What a sandbox is made from.
struct Source {
    snapshot: Option<String>,
    image: Option<String>,
    build: Option<BuildInfo>,
    base: Base,
    resources: Resources,
    class: Class,
}

/// Decisions 6 to 8, or the image instead: a snapshot of that name, and otherwise the host's root where it may stand in.
fn source(shared: &Shared, organization: &OrganizationId, new: &NewSandbox) -> Result<Source, ApiError> {
    let config = &shared.config;
    if let Some((dockerfile, hashes)) = &new.build {
        return to_be_built(shared, organization, dockerfile, hashes);
    }
    if let Some(image) = given(new.image.as_deref()) {
        let known = shared.snapshot(organization.as_str(), image);
        if known.is_none() && !config.any_image {
            return Err(ApiError::bad_request(format!("Image {image} could not be pulled: not found")));
        }
        if let Some(snapshot) = known.as_deref() {
            usable(snapshot)?;
        }
        let resources = known.as_ref().map_or(general::SMALL, |snapshot| snapshot.resources);
        let base = known.map(|snapshot| snapshot.base.clone()).unwrap_or_default();
        let class = Class::Container;
        return Ok(Source {
            snapshot: None,
            image: Some(image.to_owned()),
            build: None,
            base,
            resources,
            class,
        });
    }
    let name = given(new.snapshot.as_deref()).map_or(&*config.default_snapshot, str::trim);
    let snapshot = shared.snapshot(organization.as_str(), name).ok_or_else(|| {
        ApiError::bad_request(format!(
            "Snapshot {name} not found. Did you add it through the Daytona Dashboard?"
        ))
    })?;
    usable(&snapshot)?;
    Ok(Source {
        snapshot: Some(snapshot.name.clone()),
        image: None,
        build: None,
        base: snapshot.base.clone(),
        resources: snapshot.resources,
        class: snapshot.class,
    })
}

/// A build that is there already, or one to be waited for.
fn to_be_built(
    shared: &Shared,
    organization: &OrganizationId,
    dockerfile: &str,
    hashes: &[String],
) -> Result<Source, ApiError> {
    if !shared.builds.can_build() {
        return Err(ApiError::bad_request("This server does not build images"));
    }
    let build = BuildInfo::new(dockerfile.to_owned(), hashes.to_vec(), shared.now());
    let reference = build.reference();
    let made = shared.builds.made(organization.as_str(), &reference);
    Ok(Source {
        snapshot: None,
        image: Some(reference),
        build: Some(build),
        base: made.map(|made| made.base()).unwrap_or_default(),
        resources: general::SMALL,
        class: Class::Container,
    })
}

fn usable(snapshot: &SnapshotRecord) -> Result<(), ApiError> {
    if snapshot.state == SnapshotState::Active {
        return Ok(());
    }
    let (name, state) = (&snapshot.name, snapshot.state.as_str());
    Err(ApiError::bad_request(format!("Snapshot {name} is {state}")))
}

fn sized(base: Resources, asked: NewResources) -> Resources {
    let size = |asked: Option<i64>, base: i64| asked.filter(|size| *size > 0).unwrap_or(base);
    Resources {
        cpu: size(asked.cpu, base.cpu),
        gpu: size(asked.gpu, base.gpu),
        memory: size(asked.memory, base.memory),
        disk: size(asked.disk, base.disk),
    }
}

/// The sandbox another one is tied to (decision 11).
fn link(shared: &Shared, record: &SandboxRecord, id_or_name: &str) -> Result<String, ApiError> {
    if !record.is_ephemeral() {
        return Err(ApiError::bad_request(
            "Linked sandboxes must be ephemeral (set autoDeleteInterval to 0)",
        ));
    }
    let other = shared.registry.find(&record.organization_id, id_or_name, shared.now(), false)?;
    if other.links.linked_sandbox_id.is_some() {
        return Err(ApiError::bad_request("Linked sandbox cannot be linked to another sandbox itself"));
    }
    if !matches!(other.state, SandboxState::Started | SandboxState::Stopped) {
        return Err(ApiError::bad_request(format!(
            "Linked sandbox must be in STARTED or STOPPED state with an assigned runner (current: {})",
            other.state.as_str()
        )));
    }
    Ok(other.id.clone())
}

/// A sandbox that begins as a copy of another one, under an id that was told to that one already.
pub(crate) fn fork(
    config: &Config,
    parent: &SandboxRecord,
    id: &str,
    name: Option<&str>,
    now: Timestamp,
) -> SandboxRecord {
    SandboxRecord {
        id: id.to_owned(),
        name: given(name).unwrap_or(id).to_owned(),
        links: Links { linked_sandbox_id: None, parent_id: Some(parent.id.clone()), ..parent.links.clone() },
        state: SandboxState::Creating,
        desired_state: SandboxDesiredState::Started,
        task: None,
        error_reason: None,
        recoverable: false,
        backup_at: None,
        auth_token: auth_token(config),
        created_at: now,
        updated_at: now,
        last_activity_at: now,
        auto_destroy_at: None,
        // What opens the one does not open the other.
        signed_previews: Vec::new(),
        ssh_grant: None,
        signing_key: None,
        ..parent.clone()
    }
}

/// What the sandbox was promised and does not get on this machine.
pub(crate) fn warnings(shared: &Shared, record: &SandboxRecord) -> Vec<String> {
    let config = &shared.config;
    let network = &record.network;
    let blocked_in_vain = network.block_all && !config.blocks_network;
    let restricted = blocked_in_vain || network.allow_list.is_some() || network.domain_allow_list.is_some();
    let mut warnings = Vec::new();
    if restricted {
        warnings.push("network restrictions are recorded but not enforced".to_owned());
    }
    if network.outbound_proxy_url.is_some() {
        warnings.push("outboundProxyUrl is recorded but not used".to_owned());
    }
    let image = record.image.as_deref();
    let image = image.filter(|_| record.build.is_none());
    let known = |image: &&str| shared.snapshot(record.organization_id.as_str(), image).is_some();
    if let Some(image) = image.filter(|image| !known(image)) {
        warnings.push(format!("the host's root stands in for the image {}", image.escape_default()));
    }
    warnings.extend(attachments::secret_warnings(&record.attachments.secrets));
    warnings
}
