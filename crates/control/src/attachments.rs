//! What a sandbox is given beside its own directory: which volumes and secrets it may name, and where
//! (control-plane.md §2.5, §5.5).

use std::collections::BTreeMap;

use contract::control::types::{SandboxVolume, VolumeState};

use crate::allowances::Allowance;
use crate::control::Shared;
use crate::errors::ApiError;
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

/// What volumes promise and this server does not keep.
pub(crate) fn volume_warnings(volumes: &[VolumeMount]) -> Vec<String> {
    let warning = "volumes are recorded but not mounted";
    if volumes.is_empty() { Vec::new() } else { vec![warning.to_owned()] }
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
    fn subpaths_stay_inside_their_volume() {
        assert_eq!(check_subpath("a/b..c"), Ok(()));
        for bad in ["/a", "a/../b", "..", "a//b"] {
            assert!(check_subpath(bad).is_err(), "{bad}");
        }
    }
}
