//! Organizations (control-plane.md §5.4): founding and dissolving, limits, switches, suspension.

use std::sync::Arc;

use contract::control::types::{
    CreateOrganization, Organization, OrganizationPreviewWarning,
    OrganizationSandboxDefaultLimitedNetworkEgress, OrganizationSuspension, OtelConfig, SandboxClass,
    SandboxState, UpdateOrganizationDefaultQueueTimeout, UpdateOrganizationDefaultRegion,
    UpdateOrganizationQuota, UpdateOrganizationRegionQuota,
};
use jiff::Timestamp;

use super::regions::is_region;
use super::{Table, volumes, whole};
use crate::allowances::{Allowance, number};
use crate::call::{Answer, Call, handler};
use crate::control::written;
use crate::errors::ApiError;
use crate::lifecycle;
use crate::organization::{Limits, OrganizationSettings, Otel, RegionLimits, Suspension};
use crate::snapshots::life::IDLE_MINUTES;
use crate::store::OrganizationRow;
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("createOrganization", handler(create))
        .serve("listOrganizations", handler(list))
        .serve("getOrganization", handler(get))
        .serve("deleteOrganization", handler(delete))
        .serve("setOrganizationDefaultRegion", handler(set_default_region))
        .serve("updateOrganizationQuota", handler(set_limits))
        .serve("updateOrganizationRegionQuota", handler(set_region_limits))
        .serve("suspendOrganization", handler(suspend))
        .serve("unsuspendOrganization", handler(unsuspend))
        .serve("getOrganizationOtelConfig", handler(otel))
        .serve("updateOrganizationOtelConfig", handler(set_otel))
        .serve("deleteOrganizationOtelConfig", handler(delete_otel))
        .serve("updateSandboxDefaultLimitedNetworkEgress", handler(set_limited_egress))
        .serve("updateOrganizationPreviewWarning", handler(set_preview_warning))
        .serve("updateExperimentalConfig", handler(set_experimental))
        .serve("updateOrganizationDefaultQueueTimeout", handler(set_queue_timeout))
}

/// The organization in the path, when the caller belongs to it.
pub(super) fn named(call: &Call) -> Result<Arc<OrganizationRow>, ApiError> {
    let id = call.at(0);
    let user_id = &call.actor()?.user_id;
    let row = call.shared.tenants.organization(id);
    row.filter(|row| row.settings.member(user_id).is_some()).ok_or_else(|| unknown(id))
}

/// The organization in the path, when the caller owns it.
pub(super) fn owned(call: &Call) -> Result<Arc<OrganizationRow>, ApiError> {
    let row = named(call)?;
    let owner = row.settings.member(&call.actor()?.user_id).is_some_and(|member| member.owner);
    if owner { Ok(row) } else { Err(ApiError::forbidden("Access denied")) }
}

pub(super) fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("Organization with ID {id} not found"))
}

/// Changes the organization in the path; what is said of it is written before the answer.
pub(super) async fn change(
    call: &Call,
    change: impl FnOnce(&mut OrganizationSettings) -> Result<(), ApiError>,
) -> Result<Answer, ApiError> {
    let change = |row: &mut OrganizationRow| change(&mut row.settings);
    let changed = call.shared.tenants.change_organization(&call.shared.registry, call.at(0), change)?;
    written(changed.ok_or_else(|| unknown(call.at(0)))?).await?;
    Ok(Answer::empty())
}

async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateOrganization = call.body()?;
    let (shared, user_id) = (&call.shared, &call.actor()?.user_id);
    if !is_region(shared, &body.default_region_id) {
        return Err(ApiError::not_found("Region not found"));
    }
    let founded = shared.tenants.organizations_of(user_id);
    let founded = founded.iter().filter(|row| row.settings.created_by == *user_id && !row.settings.personal);
    let allowance = shared.config.allowances.get(&Allowance::Organizations).copied();
    Allowance::Organizations.check(allowance, founded.count())?;
    let now = shared.now();
    let mut settings = OrganizationSettings::founded_by(user_id, false, now);
    settings.default_region_id = Some(body.default_region_id);
    let row = OrganizationRow {
        id: shared.config.ids.uuid(),
        name: body.name,
        is_default: false,
        created_at: now,
        settings,
    };
    written(shared.tenants.add_organization(&shared.registry, row.clone(), Vec::new())).await?;
    organization(&call, &row)
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    let rows = call.shared.tenants.organizations_of(&call.actor()?.user_id);
    Answer::json(&whole(&rows.iter().map(|row| dto(&call, row)).collect::<Vec<_>>()))
}

async fn get(call: Call) -> Result<Answer, ApiError> {
    let row = named(&call)?;
    organization(&call, &row)
}

/// Dissolves an organization. What runs in it is ended first, so that nothing of it is left behind.
async fn delete(call: Call) -> Result<Answer, ApiError> {
    let row = owned(&call)?;
    if row.settings.personal {
        return Err(ApiError::forbidden("Cannot delete personal organization"));
    }
    let (shared, id) = (&call.shared, dialect::OrganizationId::new(&row.id));
    let sandboxes = shared.registry.list(&id);
    for sandbox in &sandboxes {
        let leave = |record: &mut crate::record::SandboxRecord, now| {
            lifecycle::leave(record, now);
            Ok(())
        };
        // One that went away by itself meanwhile is what is wanted.
        let _ = shared.change(&id, &sandbox.id, leave).await;
    }
    for sandbox in &sandboxes {
        let gone = |record: &crate::record::SandboxRecord| record.state == SandboxState::Destroyed;
        shared.wait(&sandbox.id, shared.config.start_patience, gone).await;
    }
    let orphans = shared.shelves.volumes.list(&row.id);
    shared.shelves.forget_organization(&row.id);
    written(shared.tenants.remove_organization(&shared.registry, &row.id)).await?;
    for orphan in orphans {
        volumes::remove_files(shared, &orphan.id).await;
    }
    Ok(Answer::empty())
}

async fn set_default_region(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let body: UpdateOrganizationDefaultRegion = call.body()?;
    if !is_region(&call.shared, &body.default_region_id) {
        return Err(ApiError::not_found("Region not found"));
    }
    change(&call, |settings| {
        if settings.default_region_id.is_some() {
            return Err(ApiError::conflict("Organization already has a default region set"));
        }
        settings.default_region_id = Some(body.default_region_id);
        Ok(())
    })
    .await
}

async fn set_limits(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let body: UpdateOrganizationQuota = call.body()?;
    change(&call, |settings| {
        settings.limits = Limits {
            max_cpu_per_sandbox: body.max_cpu_per_sandbox,
            max_memory_per_sandbox: body.max_memory_per_sandbox,
            max_disk_per_sandbox: body.max_disk_per_sandbox,
            snapshot_quota: body.snapshot_quota,
            max_snapshot_size: body.max_snapshot_size,
            volume_quota: body.volume_quota,
            secret_quota: body.secret_quota,
            max_secrets_per_sandbox: body.max_secrets_per_sandbox,
            authenticated_rate_limit: body.authenticated_rate_limit,
            sandbox_create_rate_limit: body.sandbox_create_rate_limit,
            sandbox_lifecycle_rate_limit: body.sandbox_lifecycle_rate_limit,
            authenticated_rate_limit_ttl_seconds: body.authenticated_rate_limit_ttl_seconds,
            sandbox_create_rate_limit_ttl_seconds: body.sandbox_create_rate_limit_ttl_seconds,
            sandbox_lifecycle_rate_limit_ttl_seconds: body.sandbox_lifecycle_rate_limit_ttl_seconds,
            snapshot_deactivation_timeout_minutes: body.snapshot_deactivation_timeout_minutes,
            max_concurrent_snapshot_processing: body.max_concurrent_snapshot_processing,
        };
        Ok(())
    })
    .await?;
    call.shared.lives.reconsider();
    Ok(Answer::empty())
}

async fn set_region_limits(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let body: UpdateOrganizationRegionQuota = call.body()?;
    if !is_region(&call.shared, call.at(1)) {
        return Err(ApiError::not_found("Region not found"));
    }
    let limits = RegionLimits {
        region_id: call.at(1).to_owned(),
        sandbox_class: body.sandbox_class.unwrap_or(SandboxClass::Container),
        total_cpu_quota: body.total_cpu_quota,
        total_memory_quota: body.total_memory_quota,
        total_disk_quota: body.total_disk_quota,
        total_gpu_quota: body.total_gpu_quota,
        max_cpu_per_sandbox: body.max_cpu_per_sandbox,
        max_memory_per_sandbox: body.max_memory_per_sandbox,
        max_disk_per_sandbox: body.max_disk_per_sandbox,
        max_disk_per_non_ephemeral_sandbox: body.max_disk_per_non_ephemeral_sandbox,
        max_cpu_per_gpu: body.max_cpu_per_gpu,
        max_memory_per_gpu: body.max_memory_per_gpu,
        max_disk_per_gpu: body.max_disk_per_gpu,
    };
    change(&call, |settings| {
        settings.region_limits.retain(|other| {
            (&other.region_id, other.sandbox_class) != (&limits.region_id, limits.sandbox_class)
        });
        settings.region_limits.push(limits);
        Ok(())
    })
    .await
}

/// A suspension without a body has neither reason nor end.
async fn suspend(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let mut suspension = Suspension { since: call.shared.now(), reason: None, until: None, grace_hours: 0.0 };
    if call.has_body() {
        let body: OrganizationSuspension = call.body()?;
        let until: Result<Timestamp, _> = body.until.parse();
        suspension.reason = Some(body.reason);
        suspension.until =
            Some(until.map_err(|_| ApiError::bad_request("until must be a valid ISO 8601 date string"))?);
        suspension.grace_hours = body.suspension_cleanup_grace_period_hours.unwrap_or_default();
    }
    change(&call, |settings| {
        settings.suspension = Some(suspension);
        Ok(())
    })
    .await
}

async fn unsuspend(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    change(&call, |settings| {
        settings.suspension = None;
        Ok(())
    })
    .await
}

async fn otel(call: Call) -> Result<Answer, ApiError> {
    let row = named(&call)?;
    let Some(otel) = row.settings.otel.clone() else {
        return Err(ApiError::not_found("Organization OTEL config not found"));
    };
    Answer::json(&OtelConfig {
        endpoint: otel.endpoint,
        headers: otel.headers,
        organization_id: Some(row.id.clone()),
    })
}

async fn set_otel(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let body: OtelConfig = call.body()?;
    let otel = Otel { endpoint: body.endpoint, headers: body.headers };
    let changed = change(&call, |settings| {
        settings.otel = Some(otel);
        Ok(())
    });
    let warning = "the telemetry address is recorded and nothing is sent there";
    Ok(changed.await?.warning(vec![warning.to_owned()]))
}

async fn delete_otel(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    change(&call, |settings| {
        settings.otel = None;
        Ok(())
    })
    .await
}

async fn set_limited_egress(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let body: OrganizationSandboxDefaultLimitedNetworkEgress = call.body()?;
    let limited = body.sandbox_default_limited_network_egress;
    let changed = change(&call, |settings| {
        settings.limited_network_egress = limited;
        Ok(())
    })
    .await?;
    let warning = "limited network egress is recorded but not enforced";
    Ok(if limited { changed.warning(vec![warning.to_owned()]) } else { changed })
}

async fn set_preview_warning(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let body: OrganizationPreviewWarning = call.body()?;
    change(&call, |settings| {
        settings.preview_warning = body.preview_warning_enabled;
        Ok(())
    })
    .await
}

async fn set_experimental(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let body = call.free_body()?;
    change(&call, |settings| {
        settings.experimental = body;
        Ok(())
    })
    .await
}

async fn set_queue_timeout(call: Call) -> Result<Answer, ApiError> {
    owned(&call)?;
    let body: UpdateOrganizationDefaultQueueTimeout = call.body()?;
    change(&call, |settings| {
        settings.default_queue_timeout = body.default_queue_timeout;
        Ok(())
    })
    .await
}

fn organization(call: &Call, row: &OrganizationRow) -> Result<Answer, ApiError> {
    Answer::json(&whole(&dto(call, row)))
}

fn dto(call: &Call, row: &OrganizationRow) -> Organization {
    let (shared, settings, limits) = (&call.shared, &row.settings, &row.settings.limits);
    let (quotas, shown) =
        (shared.shown_quotas(&row.id), |allowance| shared.shown_allowance(&row.id, allowance));
    let suspension = settings.suspended(shared.now());
    let otel = settings.otel.as_ref().and_then(|otel| serde_json::to_value(otel).ok());
    Organization {
        id: row.id.clone(),
        name: row.name.clone(),
        created_by: settings.created_by.clone(),
        personal: settings.personal,
        created_at: time(row.created_at),
        updated_at: time(settings.updated_at.unwrap_or(row.created_at)),
        suspended: suspension.is_some(),
        suspended_at: suspension.map(|suspension| time(suspension.since)),
        suspension_reason: suspension.and_then(|suspension| suspension.reason.clone()),
        suspended_until: suspension.and_then(|suspension| suspension.until).map(time),
        suspension_cleanup_grace_period_hours: suspension.map_or(0.0, |suspension| suspension.grace_hours),
        max_cpu_per_sandbox: number(quotas.cpu_each),
        max_memory_per_sandbox: number(quotas.memory_each),
        max_disk_per_sandbox: number(quotas.disk_each),
        secret_quota: shown(Allowance::Secrets),
        max_secrets_per_sandbox: shown(Allowance::SecretsPerSandbox),
        snapshot_deactivation_timeout_minutes: limits
            .snapshot_deactivation_timeout_minutes
            .unwrap_or(IDLE_MINUTES),
        sandbox_limited_network_egress: settings.limited_network_egress,
        preview_warning_enabled: settings.preview_warning,
        sso_enabled: false,
        default_region_id: settings.default_region_id.clone(),
        authenticated_rate_limit: limits.authenticated_rate_limit,
        sandbox_create_rate_limit: limits.sandbox_create_rate_limit,
        sandbox_lifecycle_rate_limit: limits.sandbox_lifecycle_rate_limit,
        experimental_config: settings.experimental.clone(),
        otel_config: otel,
        authenticated_rate_limit_ttl_seconds: limits.authenticated_rate_limit_ttl_seconds,
        sandbox_create_rate_limit_ttl_seconds: limits.sandbox_create_rate_limit_ttl_seconds,
        sandbox_lifecycle_rate_limit_ttl_seconds: limits.sandbox_lifecycle_rate_limit_ttl_seconds,
        default_queue_timeout: settings.default_queue_timeout,
        scim_enabled: false,
        ..Organization::default()
    }
}
