//! What lies in the tree of a sandbox with a root of its own.
//!
//! ```text
//! <tree>/home, tmp, workspace, run   as on every rung
//!        var-tmp                     /var/tmp
//!        root/                       / itself, where the superuser may put something beside the mount points
//!        upper/<name>, work/…        what the sandbox changed of the host's /<name>
//! ```
//!
//! In one made from an image all of these hold what it changed of the image's; the layers lie elsewhere.
//!
//! A sandbox may have put anything in the place of anything before it was stopped, so nothing here follows a link.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, StatxFlags, mknodat, statat, statx};
use rustix::io::Errno;

use super::lay::{Owner, directory, hand_over, open, write};
use super::mounts::OWN;
use super::shell::make_own_places;
use super::{Enclosure, Mapping, USER, USER_ID, shared};
use crate::removal::remove_tree;

/// Below `work`: what the overlay over several directories at once works with.
pub(super) const JOINED_WORK: &str = "all";
/// The same for `/` over an image's.
pub(super) const SLASH: &str = "slash";

/// The host's top-level directories a sandbox sees a copy of, where the host has them. People's files, sockets of
/// services, mounted media and whatever else a host keeps at its top are not among them.
pub(super) const LOWERED: [&str; 12] =
    ["usr", "etc", "opt", "var", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "gnu"];
/// The host's top-level directories to show copies of, links among them left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lowered {
    /// Those that one overlay over the host's whole root can show.
    pub(crate) joined: Vec<String>,
    /// Those that need an overlay each.
    pub(crate) apart: Vec<String>,
}

impl Lowered {
    /// Looks at this host.
    pub(crate) fn of_host(mapping: Mapping) -> Self {
        let is_directory = |name: &&&str| {
            fs::symlink_metadata(Path::new("/").join(name)).is_ok_and(|metadata| metadata.is_dir())
        };
        let names = LOWERED.iter().filter(is_directory).map(|name| (*name).to_owned());
        let root = mount_of(Path::new("/"));
        // An overlay shows nothing of what is mounted below. An ordinary user, who must not look below the mounts of
        // others, cannot have one over a directory with any.
        let fits = |name: &String| {
            mapping == Mapping::Range && root.is_some() && mount_of(&Path::new("/").join(name)) == root
        };
        let (joined, apart) = names.partition(fits);
        Self { joined, apart }
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.joined.iter().chain(&self.apart).cloned().collect()
    }
}

/// The kernel's number of the mount a path lies in.
fn mount_of(path: &Path) -> Option<u64> {
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::MNT_ID).ok()?;
    StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::MNT_ID).then_some(found.stx_mnt_id)
}

/// Makes everything the mounts need in a tree, as far as it is not there. `hidden` is the directory of all sandboxes,
/// which no sandbox may see.
pub(crate) fn prepare(enclosure: &Enclosure, hidden: &Path) -> io::Result<()> {
    let tree = open(CWD, &enclosure.tree)?;
    let root_owner = Owner::of(enclosure.mapping, 0);
    let user_owner = Owner::of(enclosure.mapping, enclosure.user_id);
    for name in ["home", "workspace"] {
        let owner = statat(&tree, name, AtFlags::SYMLINK_NOFOLLOW)?.st_uid;
        // Made just now, or on a rung without users of its own.
        if user_owner.is_other_than(owner) {
            hand_over(&tree, Path::new(name), user_owner)?;
        }
    }
    user_owner.take(&tree, Path::new("tmp"))?;
    directory(&tree, "var-tmp", 0o1777, root_owner)?;
    make_own_places(&tree, &enclosure.exposed, root_owner)?;
    make_layers(&tree, enclosure, root_owner, hidden)
}

fn make_layers(tree: &OwnedFd, enclosure: &Enclosure, owner: Owner, hidden: &Path) -> io::Result<()> {
    let upper = directory(tree, "upper", 0o755, owner)?;
    // What a volatile overlay leaves there would forbid the next one.
    remove_tree(&enclosure.tree.join("work"))?;
    let work = directory(tree, "work", 0o755, Owner::nobody())?;
    if !enclosure.joined.is_empty() {
        directory(&work, JOINED_WORK, 0o755, Owner::nobody())?;
    }
    for name in &enclosure.apart {
        directory(&work, name, 0o755, Owner::nobody())?;
    }
    if !enclosure.layers.is_empty() {
        for name in OWN.iter().map(|(name, _)| *name).chain([SLASH]) {
            directory(&work, name, 0o755, Owner::nobody())?;
        }
    }
    for name in enclosure.joined.iter().chain(&enclosure.apart) {
        make_upper(&upper, name, enclosure, owner, hidden)?;
    }
    shared::make_places(&upper, enclosure, owner)
}

/// What a sandbox has of its own in a directory of the host from the beginning.
fn make_upper(
    upper: &OwnedFd,
    name: &str,
    enclosure: &Enclosure,
    owner: Owner,
    hidden: &Path,
) -> io::Result<()> {
    let host = Path::new("/").join(name);
    let below = hidden.strip_prefix(&host).ok();
    let is_wanted = name == "etc" || below.is_some() || enclosure.apart.iter().any(|apart| apart == name);
    if !is_wanted || statat(upper, name, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
        return Ok(());
    }
    // Filled aside: a layer that is there is a whole one.
    let layers = enclosure.below_tree(&format!("upper/{name}"));
    let over = layers.first().unwrap_or(&host);
    let mode = fs::metadata(over)?.mode() & 0o7777;
    let draft = directory(upper, ".draft", mode, owner)?;
    if name == "etc" {
        write_etc(&draft, owner, layers.is_empty())?;
    }
    if let Some(below) = below.filter(|below| !layers.iter().any(|layer| is_hidden(layer, below))) {
        hide(&draft, &host, below, owner)?;
    }
    Ok(rustix::fs::renameat(upper, ".draft", upper, name)?)
}

/// Takes one path of a layer below out of sight, with what an overlay knows as a deletion: it cannot be undone inside.
fn hide(layer: &OwnedFd, host: &Path, below: &Path, owner: Owner) -> io::Result<()> {
    let (Some(parents), Some(name)) = (below.parent(), below.file_name()) else {
        return Err(io::Error::other("all sandboxes live in a top-level directory that they would see"));
    };
    let mut here = layer.try_clone()?;
    let mut host = host.to_owned();
    for component in parents.components() {
        host.push(component);
        let mode = fs::metadata(&host)?.mode() & 0o7777;
        here = directory(&here, component.as_os_str(), mode, owner)?;
    }
    match mknodat(&here, name, FileType::CharacterDevice, Mode::empty(), 0) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a layer has something else in the way to a place, its deletion mostly.
fn is_hidden(layer: &Path, below: &Path) -> bool {
    let mut here = layer.to_owned();
    for component in below.components() {
        here.push(component);
        match fs::symlink_metadata(&here) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return true,
            Err(_) => return false,
        }
    }
    false
}

/// The sandbox's own users unless it has some, room for its name, and the resolver's address, which on many hosts lies
/// outside of `/etc`.
fn write_etc(etc: &OwnedFd, owner: Owner, with_users: bool) -> io::Result<()> {
    let host = |name: &str| fs::read_to_string(Path::new("/etc").join(name)).unwrap_or_default();
    let users = format!(
        "root:x:0:0:root:/root:/bin/bash\n{USER}:x:{USER_ID}:{USER_ID}::/home/{USER}:/bin/bash\n{}",
        system_entries(&host("passwd"))
    );
    let groups = format!("root:x:0:\n{USER}:x:{USER_ID}:\n{}", system_entries(&host("group")));
    let hosts = match host("hosts") {
        hosts if hosts.contains("localhost") => format!("{}\n", hosts.trim_end()),
        _ => "127.0.0.1 localhost\n::1 localhost\n".to_owned(),
    };
    let of_users = [
        ("passwd", users, 0o644),
        ("group", groups, 0o644),
        ("shadow", format!("root:*:19000::::::\n{USER}:*:19000::::::\n"), 0o640),
        ("gshadow", format!("root:*::\n{USER}:*::\n"), 0o640),
    ];
    let of_host = [
        ("hostname", String::new(), 0o644),
        ("hosts", hosts, 0o644),
        ("resolv.conf", host("resolv.conf"), 0o644),
    ];
    // An image has users already.
    for (file, text, mode) in of_users.into_iter().filter(|_| with_users).chain(of_host) {
        write(etc, file, text.as_bytes(), mode, owner)?;
    }
    Ok(())
}

/// Whether a tree that was laid out some time ago still has the resolver's address: hosts change networks.
pub(crate) fn is_current(tree: &Path) -> bool {
    let own = fs::read_to_string(tree.join("upper/etc/resolv.conf")).unwrap_or_default();
    own == fs::read_to_string("/etc/resolv.conf").unwrap_or_default()
}

/// The host's users and groups that belong to services, which files of the system may belong to.
fn system_entries(text: &str) -> String {
    let is_service = |line: &&str| {
        let number = line.split(':').nth(2).and_then(|number| number.parse::<u32>().ok());
        number.is_some_and(|number| (1..USER_ID).contains(&number) || number == 65534)
    };
    text.lines().filter(is_service).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enclosure(tree: &Path) -> Enclosure {
        Enclosure {
            server_root: "/data".into(),
            tree: tree.to_owned(),
            root: tree.join("root"),
            joined: vec!["etc".into()],
            apart: vec!["usr".into()],
            exposed: vec!["/outside/tools".into()],
            tools: "/nowhere".into(),
            user_id: USER_ID,
            mapping: Mapping::Single,
            volatile: true,
            layers: Vec::new(),
            volumes: Vec::new(),
        }
    }

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for name in ["home", "workspace", "tmp", "root"] {
            fs::create_dir(tree.path().join(name)).unwrap();
        }
        tree
    }

    #[test]
    fn preparing_twice_keeps_what_the_sandbox_changed() {
        let tree = tree();
        prepare(&enclosure(tree.path()), Path::new("/data")).unwrap();
        let passwd = tree.path().join("upper/etc/passwd");
        assert!(fs::read_to_string(&passwd).unwrap().contains("daytona:x:1000:"));
        fs::write(&passwd, "mine").unwrap();
        prepare(&enclosure(tree.path()), Path::new("/data")).unwrap();
        assert_eq!(fs::read_to_string(&passwd).unwrap(), "mine");
    }

    #[test]
    fn the_directory_of_all_sandboxes_is_deleted_from_sight() {
        let tree = tree();
        prepare(&enclosure(tree.path()), Path::new("/usr/lib/data")).unwrap();
        let hidden = fs::symlink_metadata(tree.path().join("upper/usr/lib/data")).unwrap();
        assert_eq!((hidden.rdev(), hidden.mode() & 0o170_000), (0, 0o020_000));
    }

    #[test]
    fn people_of_the_host_are_not_among_the_users() {
        let entries =
            system_entries("root:x:0:0::/:/\nmail:x:8:8::/:/\nann:x:1000:1000::/:/\nbob:x:1001:1::/:/\n");
        assert_eq!(entries, "mail:x:8:8::/:/\n");
    }
}
