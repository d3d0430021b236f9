//! What clients see of a snapshot (control-plane.md §4.2).

use contract::control::types::{
    BuildInfo as BuildInfoDto, SnapshotDto, SnapshotDtoSandboxClass, SnapshotState,
};

use super::record::{BuildInfo, SnapshotRecord};
use crate::record::Class;
use crate::wire::time;

/// Bytes in what the wire calls a GB.
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// The one object of the API. Memory is `mem` here and `memory` where it is asked for.
pub(crate) fn dto(snapshot: &SnapshotRecord) -> SnapshotDto {
    #[expect(clippy::cast_precision_loss, reason = "it is shown in GB")]
    let size = snapshot.size.map(|bytes| bytes as f64 / GIB);
    SnapshotDto {
        id: snapshot.id.clone(),
        organization_id: (!snapshot.is_general()).then(|| snapshot.organization_id.clone()),
        general: snapshot.is_general(),
        name: snapshot.name.clone(),
        image_name: snapshot.image_name.clone(),
        state: snapshot.state,
        size,
        entrypoint: snapshot.entrypoint.clone(),
        cpu: snapshot.resources.cpu,
        gpu: snapshot.resources.gpu,
        gpu_type: snapshot.gpu_type,
        mem: snapshot.resources.memory,
        disk: snapshot.resources.disk,
        error_reason: snapshot.error_reason.clone(),
        created_at: time(snapshot.created_at),
        updated_at: time(snapshot.updated_at),
        last_used_at: snapshot.last_used_at.map(time),
        build_info: snapshot.build.as_ref().map(build_info),
        region_ids: Some(vec![snapshot.region.clone()]),
        initial_runner_id: None,
        r#ref: snapshot.build.as_ref().map(BuildInfo::reference),
        source_sandbox_id: snapshot.source_sandbox_id.clone(),
        enabled: Some(snapshot.state != SnapshotState::Inactive),
        sandbox_class: Some(match snapshot.class {
            Class::Container => SnapshotDtoSandboxClass::Container,
            Class::LinuxVm => SnapshotDtoSandboxClass::LinuxVm,
        }),
    }
}

/// What clients see of a build.
pub(crate) fn build_info(build: &BuildInfo) -> BuildInfoDto {
    BuildInfoDto {
        dockerfile_content: Some(build.dockerfile.clone()),
        context_hashes: Some(build.context_hashes.clone()),
        created_at: time(build.created_at),
        updated_at: time(build.updated_at),
        snapshot_ref: build.reference(),
    }
}
