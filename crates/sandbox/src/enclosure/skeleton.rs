//! What lies in the tree of a sandbox with a root of its own.
//!
//! ```text
//! <tree>/home, tmp, workspace, run   as on every rung
//!        var-tmp                     /var/tmp
//!        root/                       / itself: mount points, links, and what the sandbox puts beside them
//!        upper/<name>, work/<name>   what the sandbox changed of the host's /<name>
//! ```
//!
//! A sandbox may have put anything in the place of anything before it was stopped, so nothing here follows a link: each
//! component is opened in its parent, and what is no directory gives way.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, Uid, chmodat, chownat, mkdirat, mknodat, openat, statat,
    symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::mounts::{DEVICES, OWN};
use super::{Enclosure, Mapping, TOOLS, USER, USER_ID, host_id};
use crate::removal::remove_tree;

/// The host's top-level directories a sandbox sees a copy of, where the host has them. People's files, sockets of
/// services, mounted media and whatever else a host keeps at its top are not among them.
const LOWERED: [&str; 12] =
    ["usr", "etc", "opt", "var", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "gnu"];
/// Directories of the root itself, with their modes.
const DIRECTORIES: [(&str, u32); 12] = [
    ("home", 0o755),
    // Exposed tools may lie below: those who know their way may pass.
    ("root", 0o711),
    ("tmp", 0o1777),
    ("run", 0o755),
    ("proc", 0o555),
    ("sys", 0o555),
    ("dev", 0o755),
    ("mnt", 0o755),
    ("media", 0o755),
    ("srv", 0o755),
    ("workspace", 0o755),
    ("var", 0o755),
];
/// Links in `/dev`, as every Linux has them.
const DEVICE_LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// The top-level directories to lower on this host; links among them are not directories.
pub(crate) fn lowered() -> Vec<String> {
    let is_directory = |name: &&&str| {
        fs::symlink_metadata(Path::new("/").join(name)).is_ok_and(|metadata| metadata.is_dir())
    };
    LOWERED.iter().filter(is_directory).map(|name| (*name).to_owned()).collect()
}

/// Who owns what is made.
#[derive(Clone, Copy)]
struct Owner(Option<(Uid, Gid)>);

impl Owner {
    fn of(mapping: Mapping, inside: u32) -> Self {
        match mapping {
            Mapping::Single => Self(None),
            Mapping::Range => Self(Some((Uid::from_raw(host_id(inside)), Gid::from_raw(host_id(inside))))),
        }
    }

    fn take(self, parent: impl AsFd, name: &Path) -> io::Result<()> {
        let Some((user, group)) = self.0 else { return Ok(()) };
        Ok(chownat(parent, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

/// Makes everything the mounts need, as far as it is not there. `hidden` is the directory of all sandboxes, which no
/// sandbox may see.
pub(crate) fn prepare(enclosure: &Enclosure, hidden: &Path) -> io::Result<()> {
    let tree = open(CWD, &enclosure.tree)?;
    let root_owner = Owner::of(enclosure.mapping, 0);
    let user_owner = Owner::of(enclosure.mapping, enclosure.user_id);
    for name in ["home", "workspace"] {
        let owner = statat(&tree, name, AtFlags::SYMLINK_NOFOLLOW)?.st_uid;
        // Made just now, or on a rung without users of its own.
        if user_owner.0.is_some_and(|(user, _)| user.as_raw() != owner) {
            hand_over(&tree, Path::new(name), user_owner)?;
        }
    }
    user_owner.take(&tree, Path::new("tmp"))?;
    directory(&tree, "var-tmp", 0o1777, root_owner)?;
    let root = directory(&tree, "root", 0o755, root_owner)?;
    for (name, mode) in DIRECTORIES {
        directory(&root, name, mode, root_owner)?;
    }
    directory(&open(&root, Path::new("home"))?, USER, 0o755, user_owner)?;
    directory(&open(&root, Path::new("var"))?, "tmp", 0o1777, root_owner)?;
    make_devices(&open(&root, Path::new("dev"))?, root_owner)?;
    for name in LOWERED {
        if let Ok(target) = fs::read_link(Path::new("/").join(name)) {
            link(&root, &target, name, root_owner)?;
        }
    }
    for place in enclosure.exposed.iter().map(PathBuf::as_path).chain([Path::new(TOOLS)]) {
        mount_point(&tree, &root, place, root_owner)?;
    }
    make_layers(&tree, &root, enclosure, root_owner, hidden)
}

fn make_layers(
    tree: &OwnedFd,
    root: &OwnedFd,
    enclosure: &Enclosure,
    owner: Owner,
    hidden: &Path,
) -> io::Result<()> {
    let upper = directory(tree, "upper", 0o755, owner)?;
    // What a volatile overlay leaves there would forbid the next one.
    remove_tree(&enclosure.tree.join("work"))?;
    let work = directory(tree, "work", 0o755, Owner(None))?;
    for name in &enclosure.lowered {
        let host = Path::new("/").join(name);
        let mode = fs::metadata(&host)?.mode() & 0o7777;
        directory(root, name, mode, owner)?;
        directory(&work, name, 0o755, Owner(None))?;
        if statat(&upper, name.as_str(), AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            continue;
        }
        // Filled aside: a layer that is there is a whole one.
        let draft = directory(&upper, ".draft", mode, owner)?;
        if name == "etc" {
            write_etc(&draft, enclosure, owner)?;
        }
        if let Ok(below) = hidden.strip_prefix(&host) {
            hide(&draft, &host, below, owner)?;
        }
        rustix::fs::renameat(&upper, ".draft", &upper, name.as_str())?;
    }
    Ok(())
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

/// The sandbox's own users, its name, and the resolver's address, which on many hosts lies outside of `/etc`.
fn write_etc(etc: &OwnedFd, enclosure: &Enclosure, owner: Owner) -> io::Result<()> {
    let host = |name: &str| fs::read_to_string(Path::new("/etc").join(name)).unwrap_or_default();
    let name = &enclosure.hostname;
    let users = format!(
        "root:x:0:0:root:/root:/bin/bash\n{USER}:x:{USER_ID}:{USER_ID}::/home/{USER}:/bin/bash\n{}",
        system_entries(&host("passwd"))
    );
    let groups = format!("root:x:0:\n{USER}:x:{USER_ID}:\n{}", system_entries(&host("group")));
    let hosts = match host("hosts") {
        hosts if hosts.contains("localhost") => format!("{}\n127.0.1.1 {name}\n", hosts.trim_end()),
        _ => format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n"),
    };
    for (file, text, mode) in [
        ("passwd", users, 0o644),
        ("group", groups, 0o644),
        ("shadow", format!("root:*:19000::::::\n{USER}:*:19000::::::\n"), 0o640),
        ("gshadow", format!("root:*::\n{USER}:*::\n"), 0o640),
        ("hostname", format!("{name}\n"), 0o644),
        ("hosts", hosts, 0o644),
        ("resolv.conf", host("resolv.conf"), 0o644),
    ] {
        write(etc, file, text.as_bytes(), mode, owner)?;
    }
    Ok(())
}

/// The host's users and groups that belong to services, which files of the system may belong to.
fn system_entries(text: &str) -> String {
    let is_service = |line: &&str| {
        let number = line.split(':').nth(2).and_then(|number| number.parse::<u32>().ok());
        number.is_some_and(|number| (1..USER_ID).contains(&number) || number == 65534)
    };
    text.lines().filter(is_service).flat_map(|line| [line, "\n"]).collect()
}

fn make_devices(dev: &OwnedFd, owner: Owner) -> io::Result<()> {
    directory(dev, "pts", 0o755, owner)?;
    directory(dev, "shm", 0o1777, owner)?;
    for name in DEVICES {
        match statat(dev, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {}
            _ => write(dev, name, b"", 0o644, owner)?,
        }
    }
    DEVICE_LINKS.iter().try_for_each(|(name, target)| link(dev, Path::new(target), name, owner))
}

/// A file in the place of whatever has that name.
fn write(parent: &OwnedFd, name: &str, content: &[u8], mode: u32, owner: Owner) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let make = || openat(parent, name, flags, Mode::from_raw_mode(mode));
    let file = match make() {
        Err(Errno::EXIST) => {
            clear(parent, Path::new(name))?;
            make()?
        }
        other => other?,
    };
    io::Write::write_all(&mut fs::File::from(file), content)?;
    owner.take(parent, Path::new(name))
}

fn link(parent: &OwnedFd, target: &Path, name: &str, owner: Owner) -> io::Result<()> {
    match symlinkat(target, parent, name) {
        Ok(()) => owner.take(parent, Path::new(name)),
        // What the sandbox put there is its own affair: nothing is mounted on it.
        Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A directory of `parent`, made unless it is there.
fn directory(parent: &OwnedFd, name: impl AsRef<Path>, mode: u32, owner: Owner) -> io::Result<OwnedFd> {
    let name = name.as_ref();
    match mkdirat(parent, name, Mode::from_raw_mode(mode)) {
        Ok(()) => finish(parent, name, mode, owner)?,
        Err(Errno::EXIST) => {
            let stat = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
                clear(parent, name)?;
                mkdirat(parent, name, Mode::from_raw_mode(mode))?;
                finish(parent, name, mode, owner)?;
            }
        }
        Err(error) => return Err(error.into()),
    }
    open(parent, name)
}

fn finish(parent: &OwnedFd, name: &Path, mode: u32, owner: Owner) -> io::Result<()> {
    owner.take(parent, name)?;
    // The umask has a say in `mkdir`, so the mode is set once more.
    Ok(chmodat(parent, name, Mode::from_raw_mode(mode), AtFlags::empty())?)
}

/// Makes the place of an exposed directory: below one of the sandbox's own, if that will lie over the root there.
fn mount_point(tree: &OwnedFd, root: &OwnedFd, place: &Path, owner: Owner) -> io::Result<()> {
    let own = OWN
        .iter()
        .find_map(|(name, seen)| Some((name, place.strip_prefix("/").ok()?.strip_prefix(seen).ok()?)));
    match own {
        Some((name, rest)) => path(&open(tree, Path::new(name))?, rest, owner),
        None => path(root, place, owner),
    }
}

/// Every directory of a path, below `root`.
fn path(root: &OwnedFd, path: &Path, owner: Owner) -> io::Result<()> {
    let mut here = root.try_clone()?;
    for component in path.components() {
        if let Component::Normal(name) = component {
            here = directory(&here, name, 0o755, owner)?;
        }
    }
    Ok(())
}

fn clear(parent: &OwnedFd, name: &Path) -> io::Result<()> {
    Ok(unlinkat(parent, name, AtFlags::empty())?)
}

fn open(parent: impl AsFd, name: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::PATH | OFlags::CLOEXEC;
    Ok(openat(parent, name, flags, Mode::empty())?)
}

/// Gives a whole directory to `owner`, following nothing.
fn hand_over(parent: &OwnedFd, name: &Path, owner: Owner) -> io::Result<()> {
    owner.take(parent, name)?;
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
    let here = match openat(parent, name, flags, Mode::empty()) {
        Ok(here) => here,
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for entry in rustix::fs::Dir::read_from(&here)? {
        let entry = entry?;
        let bytes = entry.file_name().to_bytes();
        if bytes != b"." && bytes != b".." {
            let name: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
            hand_over(&here, Path::new(name), owner)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enclosure(tree: &Path) -> Enclosure {
        Enclosure {
            tree: tree.to_owned(),
            lowered: vec!["etc".into(), "usr".into()],
            exposed: vec!["/outside/tools".into()],
            tools: "/nowhere".into(),
            hostname: "s1".into(),
            user_id: USER_ID,
            mapping: Mapping::Single,
            volatile: true,
            network_blocked: false,
        }
    }

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for name in ["home", "workspace", "tmp"] {
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
    fn a_link_in_the_place_of_a_mount_point_is_not_followed() {
        let tree = tree();
        let outside = tempfile::tempdir().unwrap();
        prepare(&enclosure(tree.path()), Path::new("/data")).unwrap();
        for place in ["root/outside/tools", "root/dev/null", "root/usr"] {
            let place = tree.path().join(place);
            let _ = fs::remove_dir_all(&place).or_else(|_| fs::remove_file(&place));
            std::os::unix::fs::symlink(outside.path().join("made"), &place).unwrap();
        }
        fs::remove_file(tree.path().join("root/outside/tools")).unwrap();
        fs::remove_dir(tree.path().join("root/outside")).unwrap();
        std::os::unix::fs::symlink(outside.path(), tree.path().join("root/outside")).unwrap();
        prepare(&enclosure(tree.path()), Path::new("/data")).unwrap();
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0, "something was made through a link");
        assert!(tree.path().join("root/outside/tools").is_dir());
        assert!(fs::symlink_metadata(tree.path().join("root/dev/null")).unwrap().is_file());
    }

    #[test]
    fn what_is_exposed_below_a_directory_of_the_sandboxs_own_gets_its_place_there() {
        let tree = tree();
        let mut enclosure = enclosure(tree.path());
        enclosure.exposed = ["/tmp/a/tools", "/var/tmp/b/tools", "/home/daytona/c", "/home/ann/d"]
            .map(PathBuf::from)
            .to_vec();
        prepare(&enclosure, Path::new("/data")).unwrap();
        for place in ["tmp/a/tools", "var-tmp/b/tools", "home/c", "root/home/ann/d"] {
            assert!(tree.path().join(place).is_dir(), "{place}");
        }
        assert!(!tree.path().join("root/tmp/a").exists());
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
