//! What an organization uses, computed from its sandboxes and records (control-plane.md §2.10, §5.4).

use contract::control::types::{
    AvailableSandboxClass, GpuCapacityResponse, OrganizationUsageOverview, RegionUsageOverview, SandboxClass,
    VolumeState,
};

use super::organizations::named;
use super::{Table, whole};
use crate::allowances::{self, Allowance, number};
use crate::call::{Answer, Call, handler};
use crate::errors::ApiError;
use crate::quotas::Quotas;
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("getOrganizationUsageOverview", handler(usage))
        .serve("listAvailableSandboxClasses", handler(classes))
        .serve("getGpuCapacity", handler(gpu_capacity))
}

async fn usage(call: Call) -> Result<Answer, ApiError> {
    let row = named(&call)?;
    let shared = &call.shared;
    let used = allowances::usage(&shared.registry.list(&dialect::OrganizationId::new(&row.id)));
    let volumes = shared.shelves.volumes.list(&row.id);
    let volumes = volumes.iter().filter(|volume| volume.state != VolumeState::Deleted).count();
    let (quotas, limits) = (shared.shown_quotas(&row.id), shared.quotas(&row.id));
    let snapshots = shared.shelves.snapshots.list(&row.id).len();
    let shown = |allowance| shared.shown_allowance(&row.id, allowance);
    let limit =
        |each: fn(&Quotas) -> i64| limits.as_ref().map(each).filter(|limit| *limit != i64::MAX).map(number);
    let region = RegionUsageOverview {
        region_id: shared.config.region.clone(),
        sandbox_class: SandboxClass::Container,
        total_cpu_quota: number(quotas.cpu_total),
        current_cpu_usage: number(used.cpu),
        total_memory_quota: number(quotas.memory_total),
        current_memory_usage: number(used.memory),
        total_disk_quota: number(quotas.disk_total),
        current_disk_usage: number(used.disk),
        total_gpu_quota: 0.0,
        current_gpu_usage: number(used.gpu),
        allowed_gpu_types: None,
        max_cpu_per_sandbox: limit(|limits| limits.cpu_each),
        max_memory_per_sandbox: limit(|limits| limits.memory_each),
        max_disk_per_sandbox: limit(|limits| limits.disk_each),
        max_disk_per_non_ephemeral_sandbox: None,
        max_cpu_per_gpu: None,
        max_memory_per_gpu: None,
        max_disk_per_gpu: None,
    };
    Answer::json(&whole(&OrganizationUsageOverview {
        region_usage: vec![region],
        total_snapshot_quota: shown(Allowance::Snapshots),
        current_snapshot_usage: number(i64::try_from(snapshots).unwrap_or(i64::MAX)),
        total_volume_quota: shown(Allowance::Volumes),
        current_volume_usage: number(i64::try_from(volumes).unwrap_or(i64::MAX)),
    }))
}

async fn classes(call: Call) -> Result<Answer, ApiError> {
    named(&call)?;
    let class = |sandbox_class| AvailableSandboxClass {
        region_id: call.shared.config.region.clone(),
        sandbox_class,
        gpu_available: false,
        allowed_gpu_types: None,
    };
    Answer::json(&[class(SandboxClass::Container), class(SandboxClass::LinuxVm)])
}

/// No sandbox can have a GPU here, so none is free.
async fn gpu_capacity(call: Call) -> Result<Answer, ApiError> {
    named(&call)?;
    let observed_at = time(call.shared.now());
    Answer::json(&GpuCapacityResponse { observed_at, capacity: Vec::new() })
}
