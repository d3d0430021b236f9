//! Mode and owner.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use nix::errno::Errno;
use nix::unistd::{Gid, Group, Uid, User};

use super::error::{Error, SystemError, failing};
use crate::paths::fence::{Located, errno_of};
use crate::paths::{PathMap, Place};

/// The user's name in a real sandbox; on every rung it stands for the user the sandbox runs as.
const SANDBOX_USER: &str = "daytona";

/// Sets the low nine bits of `mode` on what the path leads to.
///
/// # Errors
///
/// [`Error::System`] with operation `stat` when it cannot be looked at, [`Error::Refused`] with operation `chmod` and
/// the absolute path when it could.
pub fn set_mode(paths: &PathMap, path: impl AsRef<Path>, mode: u32) -> Result<(), Error> {
    change(paths, path.as_ref(), "chmod", |target| {
        std::fs::set_permissions(target.path(), Permissions::from_mode(mode & 0o777))
    })
}

/// Gives what the path leads to to another owner; `None` leaves owner or group as they are. With neither given, only
/// looks whether it is there.
///
/// # Errors
///
/// As [`set_mode`], with operation `chown`.
pub fn set_owner(
    paths: &PathMap,
    path: impl AsRef<Path>,
    user_id: Option<u32>,
    group_id: Option<u32>,
) -> Result<(), Error> {
    if user_id.is_none() && group_id.is_none() {
        return super::info(paths, path).map(drop);
    }
    change(paths, path.as_ref(), "chown", |target| chown(target.path(), user_id, group_id))
}

fn change(
    paths: &PathMap,
    path: &Path,
    operation: &'static str,
    act: impl Fn(&Located) -> std::io::Result<()>,
) -> Result<(), Error> {
    let place = paths.place(path).map_err(failing("stat", path))?;
    let target = paths.fence().open(&place).map_err(failing("stat", path))?;
    let Place { absolute, .. } = &place;
    let refused = |errno: Errno| Error::Refused(SystemError::new(operation, absolute, errno));
    if paths.fence().belongs_to_all(&target.real) {
        return Err(refused(Errno::EPERM));
    }
    act(&target).map_err(|error| refused(errno_of(&error)))
}

/// The id behind a user's name or number. The number is not looked up.
#[must_use]
pub fn user_id(name: &str) -> Option<u32> {
    let known = || User::from_name(name).ok().flatten().map(|user| user.uid.as_raw());
    id(name, Uid::effective().as_raw(), known)
}

/// The id behind a group's name or number. The number is not looked up.
#[must_use]
pub fn group_id(name: &str) -> Option<u32> {
    let known = || Group::from_name(name).ok().flatten().map(|group| group.gid.as_raw());
    id(name, Gid::effective().as_raw(), known)
}

fn id(name: &str, own: u32, known: impl Fn() -> Option<u32>) -> Option<u32> {
    if name == SANDBOX_USER {
        return Some(own);
    }
    name.parse().ok().or_else(known)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::Tree;
    use super::*;

    #[test]
    fn only_the_nine_permission_bits_are_set() {
        let tree = Tree::new();
        tree.write("f", "");
        tree.link("f", "l");
        set_mode(&tree.paths, "l", 0o4755).unwrap();
        assert_eq!(fs::metadata(tree.home("f")).unwrap().permissions().mode() & 0o7777, 0o755);
    }

    #[test]
    fn the_sandboxs_user_goes_by_name_and_number() {
        let tree = Tree::new();
        tree.write("f", "");
        let own = Uid::effective().as_raw();
        assert_eq!(user_id("daytona"), Some(own));
        assert_eq!(user_id("4294967294"), Some(4_294_967_294));
        assert_eq!(user_id("root"), Some(0));
        assert_eq!(user_id("no-such-user"), None);
        assert_eq!(group_id("no-such-group"), None);
        set_owner(&tree.paths, "f", user_id("daytona"), group_id("daytona")).unwrap();
    }

    #[test]
    fn missing_files_are_told_from_refused_changes() {
        let tree = Tree::new();
        let missing = set_mode(&tree.paths, "nope", 0o600).unwrap_err();
        assert_eq!(missing.to_string(), "stat nope: no such file or directory");
        let refused = set_mode(&tree.paths, "/dev/null", 0o600).unwrap_err();
        assert_eq!(refused.to_string(), "chmod /dev/null: operation not permitted");
    }
}
