//! What clients see of a sandbox: one object that suits every generation of them (legacy-clients.md §4.2).

use contract::control::types::{
    LegacyProject, LegacyProjectInfo, LegacySandboxInfo, Sandbox, SandboxBackupState, SandboxClass,
    SandboxClassMember, SandboxListItem, SandboxListItemBackupState, SandboxSandboxClass,
    SandboxSnapshotState, SandboxState, SandboxVolume,
};
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::Serialize;

use crate::lifecycle::shown_state;
use crate::record::{Class, Resources, SandboxRecord};
use crate::records::VolumeMount;
use crate::snapshots::build_info;
use crate::urls::BaseUrl;

/// A moment as this API writes it: UTC with milliseconds and `Z`.
pub(crate) fn time(moment: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    PRINTER.timestamp_to_string(&moment)
}

/// The full object. Members without a value are left out; the legacy ones are always there.
#[must_use]
pub fn sandbox(record: &SandboxRecord, base: &BaseUrl) -> Sandbox {
    let state = shown_state(record);
    let metadata = provider_metadata(record, state, base);
    Sandbox {
        id: record.id.clone(),
        organization_id: record.organization_id.to_string(),
        name: record.name.clone(),
        snapshot: record.snapshot.clone(),
        user: record.user.clone(),
        env: record.env.clone(),
        labels: record.labels.clone(),
        public: record.public,
        network_block_all: record.network.block_all,
        kvm: false,
        network_allow_list: record.network.allow_list.clone(),
        domain_allow_list: record.network.domain_allow_list.clone(),
        outbound_proxy_url: record.network.outbound_proxy_url.clone(),
        otel_endpoint_override: record.links.otel_endpoint_override.clone(),
        target: record.target.clone(),
        cpu: record.resources.cpu,
        gpu: record.resources.gpu,
        memory: record.resources.memory,
        disk: record.resources.disk,
        spot: Some(record.links.spot),
        state: Some(state),
        desired_state: Some(record.desired_state),
        error_reason: record.error_reason.clone(),
        recoverable: Some(record.recoverable),
        backup_state: Some(match record.backup_at {
            Some(_) => SandboxBackupState::Completed,
            None => SandboxBackupState::None,
        }),
        backup_created_at: record.backup_at.map(time),
        auto_stop_interval: Some(record.intervals.auto_stop),
        auto_pause_interval: Some(record.intervals.auto_pause),
        auto_archive_interval: Some(record.intervals.auto_archive),
        auto_delete_interval: Some(record.intervals.auto_delete),
        auto_destroy_at: record.auto_destroy_at.map(time),
        queue_timeout: record.links.queue_timeout,
        build_info: record.build.as_ref().map(build_info),
        volumes: Some(record.attachments.volumes.iter().map(volume).collect()),
        created_at: Some(time(record.created_at)),
        updated_at: Some(time(record.updated_at)),
        last_activity_at: Some(time(record.last_activity_at)),
        sandbox_class: Some(match record.class {
            Class::Container => SandboxSandboxClass::Container,
            Class::LinuxVm => SandboxSandboxClass::LinuxVm,
        }),
        linked_sandbox_id: record.links.linked_sandbox_id.clone(),
        toolbox_proxy_url: base.toolbox(),
        image: Some(record.made_from().to_owned()),
        class: Some(SandboxClassMember::Small),
        snapshot_state: Some(SandboxSnapshotState::None),
        info: Some(LegacySandboxInfo {
            name: record.name.clone(),
            created: time(record.created_at),
            provider_metadata: metadata.clone(),
            projects: Some(Vec::new()),
        }),
        projects: Some(vec![LegacyProject {
            name: Some("main".to_owned()),
            info: Some(LegacyProjectInfo { provider_metadata: Some(metadata) }),
        }]),
        ..Sandbox::default()
    }
}

fn volume(mount: &VolumeMount) -> SandboxVolume {
    SandboxVolume {
        volume_id: mount.volume_id.clone(),
        mount_path: mount.mount_path.clone(),
        subpath: mount.subpath.clone(),
    }
}

/// The shorter object of the cursor list.
pub(crate) fn list_item(record: &SandboxRecord, base: &BaseUrl) -> SandboxListItem {
    SandboxListItem {
        id: record.id.clone(),
        organization_id: record.organization_id.to_string(),
        name: record.name.clone(),
        target: record.target.clone(),
        sandbox_class: Some(match record.class {
            Class::Container => SandboxClass::Container,
            Class::LinuxVm => SandboxClass::LinuxVm,
        }),
        state: Some(if (record.state, record.desired_state) == RESTORING {
            SandboxState::Restoring
        } else {
            shown_state(record)
        }),
        desired_state: Some(record.desired_state),
        snapshot: record.snapshot.clone(),
        user: record.user.clone(),
        error_reason: record.error_reason.clone(),
        recoverable: Some(record.recoverable),
        public: record.public,
        network_block_all: record.network.block_all,
        network_allow_list: record.network.allow_list.clone(),
        domain_allow_list: record.network.domain_allow_list.clone(),
        cpu: record.resources.cpu,
        gpu: record.resources.gpu,
        spot: Some(record.links.spot),
        memory: record.resources.memory,
        disk: record.resources.disk,
        labels: record.labels.clone(),
        backup_state: Some(match record.backup_at {
            Some(_) => SandboxListItemBackupState::Completed,
            None => SandboxListItemBackupState::None,
        }),
        auto_stop_interval: Some(record.intervals.auto_stop),
        auto_pause_interval: Some(record.intervals.auto_pause),
        auto_archive_interval: Some(record.intervals.auto_archive),
        auto_delete_interval: Some(record.intervals.auto_delete),
        auto_destroy_at: record.auto_destroy_at.map(time),
        queue_timeout: record.links.queue_timeout,
        created_at: Some(time(record.created_at)),
        updated_at: Some(time(record.updated_at)),
        last_activity_at: Some(time(record.last_activity_at)),
        toolbox_proxy_url: base.toolbox(),
        ..SandboxListItem::default()
    }
}

/// Lists show an archived sandbox on its way back as restoring, the full object as archived (control-plane.md §2.4).
const RESTORING: (SandboxState, contract::control::types::SandboxDesiredState) =
    (SandboxState::Archived, contract::control::types::SandboxDesiredState::Started);

/// The text clients up to 0.13 parse for the state and the preview domain.
fn provider_metadata(record: &SandboxRecord, state: SandboxState, base: &BaseUrl) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata<'a> {
        state: &'a str,
        node_domain: &'a str,
        region: &'a str,
        class: &'a str,
        updated_at: String,
        last_snapshot: &'a str,
        cpu: i64,
        gpu: i64,
        memory: i64,
        disk: i64,
        auto_stop_interval: i64,
    }
    let Resources { cpu, gpu, memory, disk } = record.resources;
    let metadata = Metadata {
        state: state.as_str(),
        node_domain: base.authority(),
        region: &record.target,
        class: "small",
        updated_at: time(record.updated_at),
        last_snapshot: "",
        cpu,
        gpu,
        memory,
        disk,
        auto_stop_interval: record.intervals.auto_stop,
    };
    serde_json::to_string(&metadata).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_whole_milliseconds_whatever_lies_below() {
        let written = |text: &str| time(text.parse().unwrap());
        assert_eq!(written("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05.000Z");
        assert_eq!(written("2026-01-02T03:04:05.9999Z"), "2026-01-02T03:04:05.999Z");
        assert_eq!(written("1969-12-31T23:59:59.0015Z"), "1969-12-31T23:59:59.001Z");
    }
}
