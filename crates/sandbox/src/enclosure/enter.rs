//! The way in: stage one divides itself, the new process builds the root and puts on the sandbox's user.

use std::fs;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, getegid, geteuid, kill_process};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

use super::{Enclosure, Mapping, Resident, kernel, loopback, mounts, names};
use crate::wire::{FromAgent, Incoming, ToAgent, encode};

/// What belongs to the sandbox's own root.
const INNER_NAMESPACES: CloneFlags = CloneFlags::CLONE_NEWIPC.union(CloneFlags::CLONE_NEWUTS);

/// Which of the two processes this is after the division.
pub(crate) enum Side {
    /// Stage one: the server has adopted the other process, so this one's work is done.
    Outer,
    /// The sandbox's first process. It may use the control socket once the gate is open.
    Inner(Gate),
}

/// Opens when stage one has ended, and with it the second reader of the control socket.
pub(crate) struct Gate(OwnedFd);

impl Gate {
    /// Waits for that.
    pub(crate) fn wait(self) -> io::Result<()> {
        let mut byte = [0];
        fs::File::from(self.0).read(&mut byte).map(drop)
    }
}

/// Makes the namespaces that must be there before the sandbox's first process, and that process.
///
/// # Errors
/// `what` could not be done, and why.
pub(crate) fn divide(
    socket: &UnixStream,
    incoming: &mut Incoming,
    enclosure: &Enclosure,
) -> Result<Side, (&'static str, io::Error)> {
    let said = |what| move |error: io::Error| (what, error);
    make_namespaces(enclosure).map_err(|error| ("make namespaces", error.into()))?;
    let (gate, held) = pipe_with(PipeFlags::CLOEXEC).map_err(|error| ("make a pipe", error.into()))?;
    let Some(inner) = kernel::divide().map_err(said("start the sandbox's first process"))? else {
        drop(held);
        return Ok(Side::Inner(Gate(gate)));
    };
    let adopted = hand_over(socket, incoming, inner);
    if adopted.is_err() {
        let _ = kill_process(inner, Signal::KILL);
    }
    // The gate opens by this process's end, when the kernel closes `held`.
    std::mem::forget(held);
    adopted.map(|()| Side::Outer).map_err(said("hand the sandbox's first process over"))
}

fn make_namespaces(enclosure: &Enclosure) -> nix::Result<()> {
    let own = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID;
    if enclosure.mapping == Mapping::Range {
        // The rest is made by the sandbox's own root, so that it belongs to it.
        return unshare(own);
    }
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    unshare(own | CloneFlags::CLONE_NEWUSER | INNER_NAMESPACES)?;
    let write = |name: &str, text: String| {
        fs::write(format!("/proc/self/{name}"), text)
            .map_err(|error| nix::Error::from_raw(error.raw_os_error().unwrap_or_default()))
    };
    let inside = enclosure.user_id;
    write("setgroups", "deny".to_owned())?;
    write("uid_map", format!("{inside} {user} 1"))?;
    write("gid_map", format!("{inside} {group} 1"))
}

fn hand_over(mut socket: &UnixStream, incoming: &mut Incoming, inner: Pid) -> io::Result<()> {
    let frame = encode(&FromAgent::Divided { pid: inner.as_raw_nonzero().get() })?;
    io::Write::write_all(&mut socket, &frame)?;
    match incoming.next_blocking::<ToAgent>(socket.as_fd())? {
        Some(ToAgent::Adopted) => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Builds the root and goes there, as the sandbox's own root. `user_namespace` is there when a range is mapped.
///
/// # Errors
/// `what` could not be done, and why.
pub(crate) fn build(
    enclosure: &Enclosure,
    user_namespace: Option<&OwnedFd>,
) -> Result<(), (&'static str, io::Error)> {
    let said = |what| move |error: nix::Error| (what, io::Error::from(error));
    mounts::build(enclosure, user_namespace)?;
    if let Some(user_namespace) = user_namespace {
        setgroups(&[]).map_err(said("give up groups"))?;
        setns(user_namespace, CloneFlags::CLONE_NEWUSER).map_err(said("enter the user namespace"))?;
        become_user(0).map_err(said("become the sandbox's root"))?;
        unshare(INNER_NAMESPACES).map_err(said("make inner namespaces"))?;
    }
    Ok(())
}

/// Makes a root that was built somebody's: network, names, user.
///
/// # Errors
/// `what` could not be done, and why.
pub(crate) fn move_in(resident: &Resident) -> Result<(), (&'static str, io::Error)> {
    let said = |what| move |error: nix::Error| (what, io::Error::from(error));
    if resident.network_blocked {
        unshare(CloneFlags::CLONE_NEWNET).map_err(said("make a network"))?;
        loopback::bring_up().map_err(|error| ("bring the loopback device up", error))?;
    }
    rustix::system::sethostname(resident.hostname.as_bytes())
        .map_err(|error| ("set the host name", error.into()))?;
    names::fill_in(&resident.hostname).map_err(|error| ("write the host name", error))?;
    if resident.user_id == 0 {
        return Ok(());
    }
    if resident.mapping == Mapping::Range {
        // Coming from the namespace's root, this gives every capability up.
        return become_user(resident.user_id).map_err(said("become the sandbox's user"));
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(|error| ("give capabilities up", error.into()))
}

fn become_user(id: u32) -> nix::Result<()> {
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    setresgid(group, group, group)?;
    setresuid(user, user, user)
}

/// Makes a user namespace and keeps it alive until the server has taken hold of it.
///
/// # Errors
/// The kernel's.
pub(crate) fn hold_user_namespace(mut socket: &UnixStream, incoming: &mut Incoming) -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWUSER)?;
    io::Write::write_all(&mut socket, &encode(&FromAgent::Unshared)?)?;
    incoming.next_blocking::<ToAgent>(socket.as_fd()).map(drop)
}
