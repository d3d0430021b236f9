//! The calls that have no safe form: dividing the process, and attributes of mounts.

#![expect(unsafe_code, reason = "fork and mount_setattr have no safe wrapper")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::unistd::{ForkResult, fork};
use rustix::process::Pid;

/// Divides this process; `None` in the new one.
///
/// # Errors
/// When there is more than one thread, whose locks the new process could never take, and the kernel's.
pub(super) fn divide() -> io::Result<Option<Pid>> {
    let threads = std::fs::read_dir("/proc/self/task")?.count();
    if threads != 1 {
        return Err(io::Error::other("the process has several threads"));
    }
    // SAFETY: there is one thread, so the new process is as whole as this one: no lock is held by a thread it lacks.
    match unsafe { fork() }? {
        ForkResult::Child => Ok(None),
        ForkResult::Parent { child } => Ok(Pid::from_raw(child.as_raw())),
    }
}

/// Makes a mount read-only.
pub(super) fn make_read_only(mount: BorrowedFd<'_>) -> io::Result<()> {
    set_attributes(mount, libc::MOUNT_ATTR_RDONLY, 0)
}

/// Makes a detached mount one whose files lend nobody's rights and are no devices.
pub(super) fn make_harmless(mount: BorrowedFd<'_>) -> io::Result<()> {
    set_attributes(mount, libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV, 0)
}

/// Shows the files of a detached mount as if they belonged to the users that `user_namespace` has for theirs.
pub(super) fn map_owners(mount: BorrowedFd<'_>, user_namespace: BorrowedFd<'_>) -> io::Result<()> {
    let descriptor = u64::try_from(user_namespace.as_raw_fd()).map_err(io::Error::other)?;
    set_attributes(mount, libc::MOUNT_ATTR_IDMAP, descriptor)
}

fn set_attributes(mount: BorrowedFd<'_>, attributes: u64, userns_fd: u64) -> io::Result<()> {
    let set = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd };
    // SAFETY: the descriptor is open, the path is an empty C string, and the structure is alive and of the size said.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH,
            &raw const set,
            size_of::<libc::mount_attr>(),
        )
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
