//! A mount namespace of this process's own, where bundles have one certificate more. Nothing outside of it changes.
//!
//! An ordinary user needs a user namespace to be allowed that. It keeps its number there and in it can do no more than
//! before, and less: programs that become somebody else (sudo, ping of old) do not.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};

use super::bundles::Extended;

/// Moves this process, which must have one thread only, to a namespace with other bundles.
///
/// # Errors
/// The kernel's. The process may be in namespaces of its own by then, where nothing has changed yet.
pub(super) fn enter(bundles: &[Extended]) -> io::Result<()> {
    if bundles.is_empty() {
        return Ok(());
    }
    // Before the user namespace, in which a temporary folder of root's could not be written to.
    let drafts: io::Result<Vec<_>> = bundles.iter().map(draft).collect();
    let drafts = drafts?;
    match unshare(CloneFlags::CLONE_NEWNS) {
        Err(nix::Error::EPERM) => enter_as_ordinary_user()?,
        other => other?,
    }
    // What the machine mounts later shows here; what is mounted here does not show there.
    mount_at(None, Path::new("/"), MsFlags::MS_REC | MsFlags::MS_SLAVE)?;
    for (bundle, draft) in bundles.iter().zip(&drafts) {
        mount_at(Some(draft.path()), &bundle.path, MsFlags::MS_BIND)?;
    }
    // The files go with their names; what is mounted stays.
    Ok(())
}

fn draft(bundle: &Extended) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("pitlane-bundle-").tempfile()?;
    file.write_all(bundle.text.as_bytes())?;
    file.flush()?;
    // The command may be run as somebody else.
    file.as_file().set_permissions(Permissions::from_mode(0o644))?;
    Ok(file)
}

fn enter_as_ordinary_user() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}

fn mount_at(from: Option<&Path>, to: &Path, flags: MsFlags) -> io::Result<()> {
    Ok(mount(from, to, None::<&str>, flags, None::<&str>)?)
}
