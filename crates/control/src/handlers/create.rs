//! Creating a sandbox, with the order of decisions of control-plane.md §2.5.

use contract::control::types::{CreateSandbox, SandboxDesiredState, SandboxState};
use jiff::{Span, Timestamp};

use super::sandbox::{auth_token, await_start};
use crate::call::{Answer, Call};
use crate::control::written;
use crate::errors::ApiError;
use crate::lifecycle;
use crate::network;
use crate::record::{Intervals, Links, Network, SandboxRecord};
use crate::snapshots::{self, Snapshot};

const DEFAULT_USER: &str = "daytona";

pub(super) async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateSandbox = call.body()?;
    check_body(&body)?;
    if call.shared.is_closing() {
        return Err(ApiError::maintenance());
    }
    let snapshot = choose_snapshot(&call, &body)?;
    let record = record(&call, body, snapshot)?;
    let warnings = warnings(&record, call.shared.config.blocks_network);
    let (record, commit) = call.shared.registry.insert(record)?;
    // The sandbox starts while its row is being written; the answer waits for both.
    call.shared.wake(record.id.clone());
    if let Err(error) = written(commit).await {
        abandon(&call, &record);
        return Err(error);
    }
    Ok(await_start(&call, &record).await?.warning(warnings))
}

/// Checks of the body the table of members cannot express.
fn check_body(body: &CreateSandbox) -> Result<(), ApiError> {
    let mut complaints = Vec::new();
    if body.name.as_deref().is_some_and(is_forbidden_name) {
        complaints.push("name must not contain HTML tags, URLs, or control characters".to_owned());
    }
    let sizes = [("cpu", body.cpu), ("gpu", body.gpu), ("memory", body.memory), ("disk", body.disk)];
    let negative = sizes.into_iter().filter(|(_, size)| size.is_some_and(|size| size < 0));
    complaints.extend(negative.map(|(name, _)| format!("{name} must not be less than 0")));
    if body.gpu.is_some_and(|gpu| gpu > 1) {
        complaints.push("gpu must not be greater than 1".to_owned());
    }
    if complaints.is_empty() { Ok(()) } else { Err(ApiError::bad_request(complaints.join(", "))) }
}

/// HTML tags, addresses and control characters; anything else may be a name.
fn is_forbidden_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let tag = name.split('<').skip(1).any(|rest| {
        rest.contains('>')
            && rest.starts_with(|first: char| first.is_ascii_alphabetic() || "/!".contains(first))
    });
    tag || lower.contains("://") || lower.contains("www.") || name.chars().any(char::is_control)
}

/// Decisions 4 to 8: what the sandbox is made from.
fn choose_snapshot(call: &Call, body: &CreateSandbox) -> Result<Snapshot, ApiError> {
    let asked = body.snapshot.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let linked = body.linked_sandbox.as_deref().is_some_and(|linked| !linked.is_empty());
    if body.build_info.is_some() {
        if asked.is_some() {
            return Err(ApiError::bad_request("Cannot specify a snapshot when using a build info entry"));
        }
        if linked {
            return Err(ApiError::bad_request(
                "linkedSandbox is not supported with declarative builds. Create a sandbox from a snapshot",
            ));
        }
        // The contract knows no 501 here, and what the client asks for is indeed nothing this server can do.
        return Err(ApiError::bad_request(
            "This server does not build images yet. Create the sandbox from a snapshot instead",
        ));
    }
    if [body.cpu, body.gpu, body.memory, body.disk].into_iter().flatten().any(|size| size != 0) {
        return Err(ApiError::bad_request("Cannot specify Sandbox resources when using a snapshot"));
    }
    if body.gpu_type.as_ref().is_some_and(|types| !types.is_empty()) {
        return Err(ApiError::bad_request(
            "Cannot specify GPU type when creating sandbox from snapshot. GPU type is inherited from snapshot.",
        ));
    }
    let default = &call.shared.config.default_snapshot;
    let name = asked.unwrap_or(default);
    snapshots::find(name, default).ok_or_else(|| {
        ApiError::bad_request(format!(
            "Snapshot {name} not found. Did you add it through the Daytona Dashboard?"
        ))
    })
}

/// Decisions 9 to 13, and the record they lead to.
fn record(call: &Call, body: CreateSandbox, snapshot: Snapshot) -> Result<SandboxRecord, ApiError> {
    let now = call.shared.now();
    let id = call.shared.config.ids.uuid();
    let target = body.target.as_deref().map(str::trim).filter(|target| !target.is_empty());
    let mut record = SandboxRecord {
        organization_id: call.organization()?.clone(),
        name: body.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| id.clone()),
        snapshot: Some(snapshot.name),
        user: body.user.filter(|user| !user.is_empty()).unwrap_or_else(|| DEFAULT_USER.to_owned()),
        env: body.env.unwrap_or_default(),
        labels: body.labels.unwrap_or_default(),
        public: body.public.unwrap_or_default(),
        // Old clients accept only the region they asked for; there is one machine behind all of them.
        target: target.unwrap_or(&call.shared.config.region).to_owned(),
        resources: snapshot.resources,
        network: Network::default(),
        intervals: Intervals::default(),
        links: Links {
            linked_sandbox_id: None,
            otel_endpoint_override: body.otel_endpoint_override,
            spot: body.spot.unwrap_or_default(),
            queue_timeout: body.queue_timeout,
        },
        state: SandboxState::Creating,
        desired_state: SandboxDesiredState::Started,
        error_reason: None,
        stop_at_once: false,
        auth_token: auth_token(call),
        created_at: now,
        updated_at: now,
        last_activity_at: now,
        auto_destroy_at: None,
        destroyed_at: None,
        id,
    };
    if let Some(minutes) = body.auto_stop_interval {
        lifecycle::set_auto_stop(&mut record, minutes)?;
    }
    if let Some(minutes) = body.auto_archive_interval {
        lifecycle::set_auto_archive(&mut record, minutes)?;
    }
    if let Some(minutes) = body.auto_delete_interval {
        lifecycle::set_auto_delete(&mut record, minutes)?;
    }
    if body.auto_pause_interval.is_some_and(|minutes| minutes != 0) {
        return Err(ApiError::bad_request("Auto-pause is not supported for this sandbox"));
    }
    record.auto_destroy_at = deadline(now, body.ttl_minutes)?;
    if body.kvm == Some(true) {
        return Err(ApiError::bad_request("KVM is not supported for this sandbox"));
    }
    if let Some(linked) = body.linked_sandbox.filter(|linked| !linked.is_empty()) {
        record.links.linked_sandbox_id = Some(link(call, &record, &linked)?);
    }
    record.network = Network {
        block_all: body.network_block_all.unwrap_or_default(),
        allow_list: network::allow_list(&body.network_allow_list.unwrap_or_default())?,
        domain_allow_list: network::domain_allow_list(&body.domain_allow_list.unwrap_or_default())?,
        outbound_proxy_url: body.outbound_proxy_url.filter(|url| !url.is_empty()),
    };
    // Volumes and secrets come with their own operations; until one can be made, none of that name exists.
    if let Some(volume) = body.volumes.iter().flatten().next() {
        return Err(ApiError::not_found(format!("Volume '{}' not found", volume.volume_id)));
    }
    if let Some(secret) = body.secrets.iter().flatten().flat_map(|pair| pair.values()).next() {
        return Err(ApiError::not_found(format!("Secret with name {secret} not found")));
    }
    Ok(record)
}

/// When a sandbox with a time to live is destroyed; zero is never.
fn deadline(now: Timestamp, minutes: Option<i64>) -> Result<Option<Timestamp>, ApiError> {
    match minutes {
        None | Some(0) => Ok(None),
        Some(minutes) if minutes < 0 => Err(ApiError::bad_request("ttlMinutes must not be less than 0")),
        Some(minutes) => {
            let deadline = Span::new().try_minutes(minutes).and_then(|span| now.checked_add(span));
            deadline.map(Some).map_err(|_| ApiError::bad_request("ttlMinutes is too large"))
        }
    }
}

/// The sandbox another one is tied to (decision 11).
fn link(call: &Call, record: &SandboxRecord, id_or_name: &str) -> Result<String, ApiError> {
    if !record.is_ephemeral() {
        return Err(ApiError::bad_request(
            "Linked sandboxes must be ephemeral (set autoDeleteInterval to 0)",
        ));
    }
    let other = call.shared.registry.find(call.organization()?, id_or_name, call.shared.now(), false)?;
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

/// What the sandbox was promised and does not get on this machine.
fn warnings(record: &SandboxRecord, blocks_network: bool) -> Vec<&'static str> {
    let network = &record.network;
    let blocked_in_vain = network.block_all && !blocks_network;
    let restricted = blocked_in_vain || network.allow_list.is_some() || network.domain_allow_list.is_some();
    let mut warnings = Vec::new();
    if restricted {
        warnings.push("network restrictions are recorded but not enforced");
    }
    if network.outbound_proxy_url.is_some() {
        warnings.push("outboundProxyUrl is recorded but not used");
    }
    for warning in &warnings {
        tracing::warn!(sandbox = record.id, "{warning}");
    }
    warnings
}

/// Takes back a sandbox whose row could not be written.
fn abandon(call: &Call, record: &SandboxRecord) {
    let now = call.shared.now();
    let left = call.shared.registry.update(&record.id, |record| {
        lifecycle::leave(record, now);
        Ok(())
    });
    if let Ok(left) = left {
        left.commit.unreported();
    }
    call.shared.wake(record.id.clone());
}
