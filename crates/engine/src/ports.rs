//! TCP ports that programs listen on (toolbox-files-git-desktop.md §5).
//!
//! ```text
//! /proc/self/net/tcp, tcp6 ─▶ listening sockets of the network: port and inode
//! /proc/<pid>/fd of the sandbox's processes ─▶ inodes that are its own
//! ```
//!
//! Sandboxes may share one network. Which ports are listed is decided by who holds the socket, so that a sandbox is not
//! shown what its neighbours and the machine serve; a program that hides its descriptors from the sandbox's user, such as
//! one running as another user, is not seen. Whether a port is *in use* is a question to the whole network, because that
//! decides whether a program can take it. Nothing is connected to: a program would see it come and go.

use std::collections::{BTreeSet, HashMap};
use std::fs;

use crate::own_processes;

/// State of a listening socket in the kernel's table.
const LISTEN: &str = "0A";

/// Ports on which programs of this sandbox listen, on addresses of either family, in ascending order. Blocks.
#[must_use]
pub fn listening() -> Vec<u16> {
    let ports: HashMap<u64, u16> = sockets().into_iter().map(|socket| (socket.inode, socket.port)).collect();
    let mut own = BTreeSet::new();
    if ports.is_empty() {
        return Vec::new();
    }
    for pid in own_processes::all() {
        let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { continue };
        let targets = descriptors.filter_map(|descriptor| fs::read_link(descriptor.ok()?.path()).ok());
        own.extend(targets.filter_map(|target| ports.get(&inode(target.to_str()?)?).copied()));
    }
    own.into_iter().collect()
}

/// Whether anything in this network listens on a port. Blocks.
#[must_use]
pub fn is_in_use(port: u16) -> bool {
    sockets().iter().any(|socket| socket.port == port)
}

#[derive(Debug, PartialEq, Eq)]
struct Socket {
    port: u16,
    inode: u64,
}

fn sockets() -> Vec<Socket> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"]
        .map(|table| fs::read_to_string(table).unwrap_or_default());
    tables.iter().flat_map(|table| table.lines().filter_map(socket)).collect()
}

/// A line of the kernel's table, when it is a listening socket: number, local address, remote address, state, …, inode.
fn socket(line: &str) -> Option<Socket> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, port) = fields.get(1)?.rsplit_once(':')?;
    if *fields.get(3)? != LISTEN {
        return None;
    }
    Some(Socket { port: u16::from_str_radix(port, 16).ok()?, inode: fields.get(9)?.parse().ok()? })
}

fn inode(target: &str) -> Option<u64> {
    target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_listener_is_seen_while_it_listens_and_connections_are_not() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!(listening().contains(&port));
        assert!(is_in_use(port));
        assert!(!listening().contains(&client.local_addr().unwrap().port()));
        drop((listener, client));
        assert!(!listening().contains(&port));
        assert!(!is_in_use(port));
    }

    #[test]
    fn listeners_on_newer_addresses_are_seen() {
        let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
            // A machine without the newer protocol has nothing to see.
            return;
        };
        assert!(listening().contains(&listener.local_addr().unwrap().port()));
    }

    #[test]
    fn only_listening_sockets_count() {
        let line = |state: &str| {
            format!(
                "   0: 0100007F:1F90 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0"
            )
        };
        assert_eq!(socket(&line("0A")), Some(Socket { port: 8080, inode: 4711 }));
        assert_eq!(socket(&line("01")), None);
        assert_eq!(socket("  sl  local_address rem_address   st tx_queue"), None);
    }
}
