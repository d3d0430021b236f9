//! What a sandbox is given beside its own directory: which volumes and secrets it may name, and where
//! (control-plane.md §2.5, §5.5).

use std::collections::BTreeMap;

use contract::control::types::{SandboxVolume, VolumeState};

use crate::allowances::Allowance;
use crate::control::Shared;
use crate::errors::ApiError;
use crate::record::SandboxRecord;
use crate::records::{AttachedSecret, Volume, VolumeMount};

/// Directories of the system nothing may be mounted over.
const SYSTEM: &[&str] = &["/proc", "/sys", "/dev", "/boot", "/etc", "/bin", "/sbin", "/lib", "/lib64"];

/// The volumes a create names, as they are recorded. Volumes are noted as used.
pub(crate) fn volumes(
    shared: &Shared,
    organization: &str,
    asked: &[SandboxVolume],
) -> Result<Vec<VolumeMount>, ApiError> {
    let mut mounts = Vec::with_capacity(asked.len());
    for volume in asked {
        let found = find_volume(shared, organization, &volume.volume_id)?;
        check_mount_path(&volume.mount_path)?;
        check_place(&volume.mount_path, &mounts, shared.config.mounts_anywhere)?;
        let subpath = volume.subpath.clone().filter(|subpath| !subpath.is_empty());
        subpath.as_deref().map_or(Ok(()), check_subpath)?;
        mounts.push(VolumeMount { volume_id: found, mount_path: volume.mount_path.clone(), subpath });
    }
    for mount in &mounts {
        note_use(shared, organization, &mount.volume_id);
    }
    Ok(mounts)
}

/// Id of a volume given by id or name.
fn find_volume(shared: &Shared, organization: &str, id_or_name: &str) -> Result<String, ApiError> {
    let fits = |volume: &Volume| {
        volume.state != VolumeState::Deleted && (volume.id == id_or_name || volume.name == id_or_name)
    };
    let found = shared.shelves.volumes.list(organization).into_iter().filter(|volume| fits(volume));
    let found: Vec<_> = found.collect();
    match found.as_slice() {
        [] => Err(ApiError::not_found(format!("Volume '{id_or_name}' not found"))),
        [volume] if volume.state == VolumeState::Ready => Ok(volume.id.clone()),
        [volume] => Err(ApiError::bad_request(format!(
            "Volume '{}' is not in a ready state. Current state: {}",
            volume.name,
            volume.state.as_str()
        ))),
        _ => Err(ApiError::bad_request(format!("Volume '{id_or_name}' is both an id and a name"))),
    }
}

/// Whether the volumes of a sandbox are still there, now that it is: one may have been deleted while it was being made.
pub(crate) fn recheck_volumes(shared: &Shared, record: &SandboxRecord) -> Result<(), ApiError> {
    let organization = record.organization_id.as_str();
    let mut mounts = record.attachments.volumes.iter();
    mounts.try_for_each(|mount| find_volume(shared, organization, &mount.volume_id).map(drop))
}

fn note_use(shared: &Shared, organization: &str, id: &str) {
    let now = shared.now();
    let change = |volume: &mut Volume| {
        volume.last_used_at = Some(now);
        Ok(())
    };
    // The sandbox is what is reported, and written, by the answer.
    if let Ok(Some((_, commit))) = shared.shelves.volumes.update(&shared.registry, organization, id, change) {
        commit.unreported();
    }
}

fn check_mount_path(path: &str) -> Result<(), ApiError> {
    let reason = if !path.starts_with('/') {
        "must be absolute"
    } else if path.trim_end_matches('/').is_empty() {
        "cannot mount to the root directory"
    } else if path.split('/').any(|part| part == "." || part == "..") {
        "cannot contain relative path components"
    } else if path.contains("//") {
        "cannot contain consecutive slashes"
    } else if is_in_system(path) {
        "cannot mount to system directory"
    } else {
        return Ok(());
    };
    Err(ApiError::bad_request(format!("Invalid mount path {path} ({reason})")))
}

/// Where sandboxes without a root of their own have directories of their own.
const OWN: [&str; 2] = ["/home/daytona/", "/workspace/"];

/// Whether a volume can be shown at a place beside others.
fn check_place(path: &str, others: &[VolumeMount], anywhere: bool) -> Result<(), ApiError> {
    let place = |path: &str| format!("{}/", path.trim_end_matches('/'));
    let (own, taken) = (place(path), others.iter().map(|other| place(&other.mount_path)));
    let taken: Vec<String> = taken.collect();
    let reason = if taken.contains(&own) {
        "is used for another volume"
    } else if anywhere {
        return Ok(());
    } else if !OWN.iter().any(|directory| own.starts_with(directory) && own != *directory) {
        "must be below /home/daytona or /workspace on this server"
    } else if taken.iter().any(|other| own.starts_with(other) || other.starts_with(&own)) {
        "cannot be in another volume on this server"
    } else {
        return Ok(());
    };
    Err(ApiError::bad_request(format!("Invalid mount path {path} ({reason})")))
}

fn is_in_system(path: &str) -> bool {
    SYSTEM
        .iter()
        .any(|system| path.strip_prefix(system).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn check_subpath(subpath: &str) -> Result<(), ApiError> {
    let relative = !subpath.starts_with('/') && !subpath.contains("//");
    if relative && subpath.split('/').all(|part| part != "..") {
        return Ok(());
    }
    Err(ApiError::bad_request(format!("Invalid subpath {subpath}")))
}

/// The secrets a request names, by the variable that will show each.
pub(crate) fn secrets(
    shared: &Shared,
    organization: &str,
    asked: &[BTreeMap<String, String>],
) -> Result<BTreeMap<String, AttachedSecret>, ApiError> {
    let mut attached = BTreeMap::new();
    for (variable, name) in asked.iter().flatten() {
        if variable.is_empty() || variable.contains(['=', '\0']) {
            return Err(ApiError::bad_request(format!("secrets: {variable:?} cannot be a variable's name")));
        }
        let secret = shared.shelves.secrets.find(organization, |secret| secret.name == *name);
        let secret =
            secret.ok_or_else(|| ApiError::not_found(format!("Secret with name {name} not found")))?;
        let placeholder = secret.placeholder.clone();
        attached.insert(variable.clone(), AttachedSecret { id: secret.id.clone(), placeholder });
    }
    let allowance = shared.allowance(organization, Allowance::SecretsPerSandbox);
    if let Some(more) = attached.len().checked_sub(1) {
        Allowance::SecretsPerSandbox.check(allowance, more)?;
    }
    Ok(attached)
}

/// What secrets promise and this server does not keep.
pub(crate) fn secret_warnings(secrets: &BTreeMap<String, AttachedSecret>) -> Vec<String> {
    let warning = "secrets show as placeholders; their values are not put into outgoing requests";
    if secrets.is_empty() { Vec::new() } else { vec![warning.to_owned()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_paths_are_absolute_and_leave_the_system_alone() {
        for good in ["/data", "/home/daytona/volume/", "/etcetera", "/workspace/...", "/libx"] {
            assert_eq!(check_mount_path(good), Ok(()), "{good}");
        }
        for (bad, reason) in [
            ("data", "must be absolute"),
            ("", "must be absolute"),
            ("/", "cannot mount to the root directory"),
            ("/a/../b", "cannot contain relative path components"),
            ("/a/./b", "cannot contain relative path components"),
            ("/a//b", "cannot contain consecutive slashes"),
            ("/etc", "cannot mount to system directory"),
            ("/proc/1", "cannot mount to system directory"),
        ] {
            let expected = format!("Invalid mount path {bad} ({reason})");
            assert_eq!(check_mount_path(bad).map_err(|error| error.message), Err(expected));
        }
    }

    #[test]
    fn a_place_is_given_to_one_volume() {
        let mount = |path: &str| VolumeMount {
            volume_id: "v".to_owned(),
            mount_path: path.to_owned(),
            subpath: None,
        };
        let check = |path: &str, other: &str, anywhere| {
            check_place(path, &[mount(other)], anywhere).map_err(|error| error.message)
        };
        let refused = |path: &str, reason: &str| Err(format!("Invalid mount path {path} ({reason})"));
        assert_eq!(check("/data/", "/data", true), refused("/data/", "is used for another volume"));
        assert_eq!(check("/data/in", "/data", true), Ok(()));
        let own = "must be below /home/daytona or /workspace on this server";
        for elsewhere in ["/data", "/tmp/x", "/home/daytona", "/workspace/", "/home/daytona2/x"] {
            assert_eq!(check(elsewhere, "/workspace/other", false), refused(elsewhere, own));
        }
        assert_eq!(check("/home/daytona/x", "/workspace/other", false), Ok(()));
        let inside = "cannot be in another volume on this server";
        assert_eq!(check("/workspace/a/b", "/workspace/a", false), refused("/workspace/a/b", inside));
        assert_eq!(check("/workspace/a", "/workspace/a/b", false), refused("/workspace/a", inside));
        assert_eq!(check("/workspace/ab", "/workspace/a", false), Ok(()));
    }

    #[test]
    fn subpaths_stay_inside_their_volume() {
        assert_eq!(check_subpath("a/b..c"), Ok(()));
        for bad in ["/a", "a/../b", "..", "a//b"] {
            assert!(check_subpath(bad).is_err(), "{bad}");
        }
    }
}
