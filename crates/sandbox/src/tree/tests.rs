use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, lsetxattr, mknodat};

use super::entry::{Moment, attributes, open_below, open_top, split};
use super::{copy, pack, unpack};

/// Everything there is to know about a tree, by other means than those under test.
fn describe(top: &Path) -> BTreeMap<PathBuf, String> {
    let mut described = BTreeMap::new();
    let mut names: BTreeMap<u64, BTreeSet<PathBuf>> = BTreeMap::new();
    let mut open = vec![PathBuf::new()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(top.join(&path)).unwrap() {
            let inner = path.join(entry.unwrap().file_name());
            let metadata = fs::symlink_metadata(top.join(&inner)).unwrap();
            let kind = metadata.file_type();
            if kind.is_dir() {
                open.push(inner.clone());
            }
            let content = match () {
                // Nothing but a hole.
                () if metadata.len() > 1 << 27 => Vec::new(),
                () if kind.is_file() => fs::read(top.join(&inner)).unwrap(),
                () if kind.is_symlink() => {
                    fs::read_link(top.join(&inner)).unwrap().into_os_string().into_encoded_bytes()
                }
                () => Vec::new(),
            };
            let (parent, name) = split(&inner).unwrap();
            let parent = open_below(&open_top(top).unwrap(), parent).unwrap();
            let attributes = attributes(&parent, name).unwrap();
            if !kind.is_dir() {
                names.entry(metadata.ino()).or_default().insert(inner.clone());
            }
            let has_holes = metadata.blocks() * 512 + 65_536 < metadata.size();
            let text = format!(
                "{:o} {}:{} {}.{} {} {} {has_holes} {attributes:?} {:x?}",
                metadata.mode(),
                metadata.uid(),
                metadata.gid(),
                metadata.mtime(),
                metadata.mtime_nsec(),
                metadata.rdev(),
                metadata.len() * u64::from(!kind.is_dir()),
                &content[..content.len().min(200)],
            );
            described.insert(inner, text + &sum(&content));
        }
    }
    for same in names.values() {
        for path in same {
            described.get_mut(path).unwrap().push_str(&format!(" {same:?}"));
        }
    }
    described
}

fn sum(content: &[u8]) -> String {
    let sum = content.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    format!(" {sum:x}")
}

fn touch(path: &Path, seconds: i64, nanoseconds: i64) {
    let time = Timespec { tv_sec: seconds, tv_nsec: nanoseconds };
    let times = Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(CWD, path, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

/// One of everything.
fn strange_tree(top: &Path) {
    let at = |name: &str| top.join(name);
    fs::create_dir_all(at("home/inner")).unwrap();
    fs::write(at("home/file"), "text\n").unwrap();
    fs::write(at("home/empty"), "").unwrap();
    fs::write(at("home/set-user"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(at("home/set-user"), Permissions::from_mode(0o4755)).unwrap();
    fs::hard_link(at("home/file"), at("home/inner/another")).unwrap();
    symlink("../nowhere//./x/../", at("home/link")).unwrap();
    symlink("y".repeat(3000), at("home/long-link")).unwrap();
    let bytes: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"\xff\n name \\ 50%=");
    fs::write(at("home").join(bytes), "odd").unwrap();
    let deep = format!("home/{}", ["d".repeat(200).as_str(); 6].join("/"));
    fs::create_dir_all(at(&deep)).unwrap();
    fs::write(at(&deep).join("e".repeat(255)), "deep").unwrap();
    fs::hard_link(at(&deep).join("e".repeat(255)), at("home/deep")).unwrap();
    mknodat(CWD, at("home/pipe"), FileType::Fifo, Mode::from_raw_mode(0o622), 0).unwrap();
    fs::create_dir_all(at("upper/usr")).unwrap();
    // Overlays make their deletions hard links of one another.
    mknodat(CWD, at("upper/usr/deleted"), FileType::CharacterDevice, Mode::empty(), 0).unwrap();
    fs::hard_link(at("upper/usr/deleted"), at("upper/usr/deleted-too")).unwrap();

    let sparse = File::create(at("home/sparse")).unwrap();
    sparse.write_all_at(b"begin", 1 << 20).unwrap();
    sparse.write_all_at(b"end", 9 << 20).unwrap();
    sparse.set_len(64 << 20).unwrap();
    File::create(at("home/hole")).unwrap().set_len(1 << 30).unwrap();
    let large: Vec<u8> = (0..1_000_000_u32)
        .flat_map(|number| (number.wrapping_mul(2_654_435_761) >> 24).to_le_bytes())
        .collect();
    fs::write(at("home/large"), large).unwrap();

    let value = b"\0binary\n= \xff";
    lsetxattr(at("home/file"), "user.a b\n", value, XattrFlags::empty()).unwrap();
    lsetxattr(at("upper/usr"), "user.overlay.opaque", b"y", XattrFlags::empty()).unwrap();
    if rustix::process::geteuid().is_root() {
        lsetxattr(at("upper/usr"), "trusted.overlay.opaque", b"y", XattrFlags::empty()).unwrap();
        lsetxattr(at("home/link"), "trusted.overlay.origin", value, XattrFlags::empty()).unwrap();
        let capability = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        lsetxattr(at("home/set-user"), "security.capability", capability, XattrFlags::empty()).unwrap();
        for (name, owner) in [("home/link", 0x7000_03e8), ("home/inner", 0x7000_0000), ("home/pipe", 5)] {
            std::os::unix::fs::lchown(at(name), Some(owner), Some(owner + 1)).unwrap();
        }
    }

    fs::create_dir_all(at("home/closed/inner")).unwrap();
    fs::write(at("home/closed/inner/secret"), "s").unwrap();
    touch(&at("home/closed/inner"), 1_000_000_000, 1);
    touch(&at("home/link"), -2, 500_000_000);
    touch(&at("home/file"), 5_000_000_000, 999_999_999);
    for (name, mode) in [("home/closed/inner/secret", 0), ("home/closed/inner", 0), ("home/closed", 0o1000)] {
        fs::set_permissions(at(name), Permissions::from_mode(mode)).unwrap();
    }
    touch(&at("home"), 77, 0);
    // What means nothing to another life.
    fs::create_dir_all(at("work/usr")).unwrap();
    fs::create_dir_all(at("run")).unwrap();
    fs::write(at("run/agent.log"), "").unwrap();
}

/// As an ordinary user one cannot look into what is closed.
fn open_up(top: &Path) {
    for (name, mode) in
        [("home/closed", 0o700), ("home/closed/inner", 0o700), ("home/closed/inner/secret", 0o600)]
    {
        fs::set_permissions(top.join(name), Permissions::from_mode(mode)).unwrap();
    }
}

fn compare(from: &Path, to: &Path) {
    let closed = |top: &Path| {
        let mode = fs::symlink_metadata(top.join("home/closed")).unwrap().mode();
        assert_eq!(mode & 0o7777, 0o1000, "{}", top.display());
    };
    closed(from);
    closed(to);
    open_up(from);
    open_up(to);
    let mut expected = describe(from);
    expected.retain(|path, _| !path.starts_with("work") && !path.starts_with("run"));
    let found = describe(to);
    for (path, text) in &expected {
        assert_eq!(found.get(path), Some(text), "{}", path.display());
    }
    assert_eq!(found.len(), expected.len());
    assert!(expected[Path::new("home/hole")].contains("true"), "the test's own files have holes");
}

#[test]
fn a_copy_is_the_same_in_every_respect() {
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    fs::create_dir(&from).unwrap();
    strange_tree(&from);
    copy(&from, &to).unwrap();
    compare(&from, &to);
}

#[test]
fn what_was_packed_and_unpacked_is_the_same_in_every_respect() {
    let place = tempfile::tempdir().unwrap();
    let (from, to, archive) =
        (place.path().join("from"), place.path().join("to"), place.path().join("archive"));
    fs::create_dir(&from).unwrap();
    strange_tree(&from);
    pack(&from, File::create(&archive).unwrap()).unwrap();
    assert!(
        fs::metadata(&archive).unwrap().len() < 12 << 20,
        "holes take no room, and the rest is compressed"
    );
    unpack(File::open(&archive).unwrap(), &to).unwrap();
    compare(&from, &to);
}

#[test]
fn an_archive_cut_short_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    let (from, archive) = (place.path().join("from"), place.path().join("archive"));
    fs::create_dir(&from).unwrap();
    fs::write(from.join("file"), vec![7; 100_000]).unwrap();
    pack(&from, File::create(&archive).unwrap()).unwrap();
    let whole = fs::metadata(&archive).unwrap().len();
    for length in (0..whole).rev() {
        OpenOptions::new().write(true).open(&archive).unwrap().set_len(length).unwrap();
        let to = place.path().join(length.to_string());
        assert!(unpack(File::open(&archive).unwrap(), &to).is_err(), "{length} of {whole} bytes");
    }
}

#[test]
fn what_vanishes_or_changes_while_it_is_copied_is_no_error() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("from");
    fs::create_dir(&from).unwrap();
    let busy = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0_u64;
            while busy.load(std::sync::atomic::Ordering::Relaxed) {
                number += 1;
                let name = from.join((number % 50).to_string());
                let _ = fs::remove_file(&name).or_else(|_| fs::remove_dir_all(&name));
                let _ = match number % 3 {
                    0 => fs::write(&name, vec![1; 100_000]),
                    1 => fs::create_dir_all(name.join("inner")),
                    _ => symlink("/etc/passwd", &name),
                };
            }
        });
        for round in 0..100 {
            let copied = copy(&from, &place.path().join(round.to_string()));
            if copied.is_err() {
                busy.store(false, std::sync::atomic::Ordering::Relaxed);
            }
            copied.unwrap();
        }
        busy.store(false, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn moments_survive_as_text() {
    for (seconds, nanoseconds, text) in [
        (0, 0, "0.000000000"),
        (1, 1, "1.000000001"),
        (-1, 0, "-1.000000000"),
        (-1, 500_000_000, "-0.500000000"),
        (-2, 999_999_999, "-1.000000001"),
    ] {
        let moment = Moment { seconds, nanoseconds };
        assert_eq!(moment.to_text(), text);
        assert_eq!(Moment::from_text(text), Some(moment), "{text}");
    }
    assert_eq!(Moment::from_text("nonsense"), None);
}

#[test]
fn sockets_are_left_behind() {
    let place = tempfile::tempdir().unwrap();
    let from = place.path().join("from");
    fs::create_dir(&from).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(from.join("socket")).unwrap();
    assert!(fs::symlink_metadata(from.join("socket")).unwrap().file_type().is_socket());
    copy(&from, &place.path().join("to")).unwrap();
    assert_eq!(fs::read_dir(place.path().join("to")).unwrap().count(), 0);
}
