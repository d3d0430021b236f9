//! Nothing leads out of the sandbox's tree: not a path, not a link, not a link put there in the middle of a call.

use std::fs;
use std::num::NonZeroU32;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use proptest::prelude::*;

use super::testing::Tree;
use super::{
    Download, Error, Facts, Listed, Upload, find, info, list, list_in_parts, make_folder, relocate, remove,
    replace, search, set_mode,
};

fn errno<T: std::fmt::Debug>(result: Result<T, Error>) -> Errno {
    match result.unwrap_err() {
        Error::System(error) | Error::Refused(error) => error.errno,
        other => panic!("{other}"),
    }
}

fn deep_listing(tree: &Tree, path: impl AsRef<Path>) -> Vec<(String, Facts)> {
    let add = |all: &mut Vec<_>, entry: &Listed<'_>| {
        all.push((entry.name.to_str().unwrap().to_owned(), entry.facts));
    };
    list_in_parts(&tree.paths, path, NonZeroU32::new(9).unwrap(), Vec::with_capacity, add).unwrap().concat()
}

#[test]
fn what_lies_outside_answers_as_if_not_permitted() {
    let tree = Tree::new();
    let secrets = [
        tree.at("outside/secret"),
        tree.at("shared/pool/sandboxes/2/home/secret"),
        tree.home("../../2/home/secret"),
        "../../../outside/secret".into(),
        "/etc/hostname".into(),
        "/proc/self/environ".into(),
    ];
    for secret in &secrets {
        let (paths, shown) = (&tree.paths, secret.display());
        assert_eq!(errno(info(paths, secret)), Errno::EACCES, "{shown}");
        assert_eq!(errno(list(paths, secret.parent().unwrap())), Errno::EACCES, "{shown}");
        assert_eq!(errno(Download::open(paths, secret)), Errno::EACCES, "{shown}");
        assert_eq!(Upload::begin(paths, secret, 0o755).unwrap_err().error.errno, Errno::EACCES, "{shown}");
        assert_eq!(errno(remove(paths, secret, true)), Errno::EACCES, "{shown}");
        assert_eq!(errno(set_mode(paths, secret, 0o777)), Errno::EACCES, "{shown}");
        assert_eq!(errno(relocate(paths, secret, "stolen")), Errno::EACCES, "{shown}");
        assert_eq!(replace(paths, secret, b"s", b"x").unwrap_err().errno, Errno::EACCES, "{shown}");
        assert_eq!(errno(make_folder(paths, secret.join("d"), 0o755)), Errno::EACCES, "{shown}");
        assert!(find(paths, secret, b"e", || false).is_empty(), "{shown}");
        assert!(search(paths, secret, "*", || false).is_empty(), "{shown}");
    }
    tree.write("mine", "x");
    assert_eq!(errno(relocate(&tree.paths, "mine", tree.at("outside/mine"))), Errno::EACCES);
    assert_eq!(fs::read_to_string(tree.at("outside/secret")).unwrap(), "secret");
}

#[test]
fn links_that_lead_outside_are_not_followed_and_can_be_removed() {
    let tree = Tree::new();
    tree.link(tree.at("outside/secret"), "file");
    tree.link(tree.at("outside"), "directory");
    tree.link(tree.at("outside/new"), "dangling");
    for path in ["file", "directory", "directory/secret", "directory/../directory/secret"] {
        assert_eq!(errno(info(&tree.paths, path)), Errno::EACCES, "{path}");
        assert_eq!(errno(set_mode(&tree.paths, path, 0o777)), Errno::EACCES, "{path}");
    }
    for path in ["file", "dangling", "directory/new", "directory/d/new"] {
        assert_eq!(Upload::begin(&tree.paths, path, 0o755).unwrap_err().error.errno, Errno::EACCES, "{path}");
    }
    assert_eq!(errno(make_folder(&tree.paths, "directory/d", 0o755)), Errno::EACCES);
    assert!(find(&tree.paths, ".", b"secret", || false).is_empty());
    let modes = deep_listing(&tree, ".").into_iter().map(|(name, facts)| (name, facts.mode & 0o17_0000));
    let expected = [("directory".to_owned(), 0o12_0000), ("file".to_owned(), 0o12_0000)];
    assert_eq!(modes.collect::<Vec<_>>(), expected);
    relocate(&tree.paths, "file", "renamed").unwrap();
    remove(&tree.paths, "renamed", false).unwrap();
    remove(&tree.paths, "directory", true).unwrap();
    assert_eq!(tree.names("."), ["dangling"]);
    assert_eq!(fs::read_dir(tree.at("outside")).unwrap().count(), 1);
}

#[test]
fn links_within_the_tree_and_into_shared_folders_work() {
    let tree = Tree::new();
    fs::write(tree.at("shared/f"), "shared").unwrap();
    tree.link(tree.at("shared/f"), "absolute");
    tree.link("../workspace", "relative");
    assert_eq!(info(&tree.paths, "absolute").unwrap().facts.size, 6);
    assert!(info(&tree.paths, "relative").unwrap().facts.is_directory());
    assert_eq!(info(&tree.paths, tree.at("shared/f")).unwrap().facts.size, 6);
}

#[test]
fn the_posts_of_the_fence_cannot_be_removed_moved_or_opened_to_others() {
    let tree = Tree::new();
    let shared = tree.at("shared");
    for post in ["/home/daytona".into(), "/workspace".into(), ".".into(), shared.clone(), "/dev/null".into()]
    {
        let post: PathBuf = post;
        assert_eq!(errno(remove(&tree.paths, &post, true)), Errno::EBUSY, "{}", post.display());
        let moved = relocate(&tree.paths, &post, "/home/daytona/x").unwrap_err();
        assert!(matches!(moved, Error::MoveFailed(_)), "{moved}");
    }
    let pool = tree.at("shared/pool");
    assert_eq!(errno(remove(&tree.paths, &pool, true)), Errno::EBUSY);
    assert!(matches!(relocate(&tree.paths, &pool, "pool"), Err(Error::MoveFailed(_))));
    assert_eq!(errno(set_mode(&tree.paths, &pool, 0o700)), Errno::EPERM);
    assert_eq!(errno(remove(&tree.paths, tree.at("shared/pool/sandboxes"), true)), Errno::EACCES);
    assert_eq!(errno(set_mode(&tree.paths, &shared, 0o700)), Errno::EPERM);
    set_mode(&tree.paths, "/workspace", 0o700).unwrap();
    assert!(tree.at("shared/pool/sandboxes/2/home/secret").exists());
}

#[test]
fn walks_through_a_shared_folder_leave_other_sandboxes_out() {
    let tree = Tree::new();
    tree.write("mine", "secret");
    fs::write(tree.at("shared/ours"), "secret").unwrap();
    let found = find(&tree.paths, tree.at("shared"), b"secret", || false);
    let files: Vec<_> = found.into_iter().map(|found| found.file).collect();
    assert_eq!(files, [tree.at("shared/ours")]);
    assert!(search(&tree.paths, tree.at("shared"), "secret", || false).is_empty());
    let listed = deep_listing(&tree, tree.at("shared"));
    let names: Vec<_> = listed.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["ours", "pool", "sandboxes"]);
}

struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A directory that flips between a real one and a link to the outside while it is read and written through.
#[test]
fn a_race_between_link_and_directory_never_shows_or_changes_the_outside() {
    let tree = Tree::new();
    fs::write(tree.at("outside/f"), "outside").unwrap();
    tree.write("real/f", "inside");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let link = tree.home("flip");
            while !over.load(Ordering::Relaxed) {
                symlink(tree.at("outside"), &link).unwrap();
                fs::remove_file(&link).unwrap();
                fs::rename(tree.home("real"), &link).unwrap();
                fs::rename(&link, tree.home("real")).unwrap();
            }
        });
        // Also when an assertion fails: the other thread must not go on for ever.
        let _over = SetOnDrop(&over);
        for _ in 0..3000 {
            if let Ok(download) = Download::open(&tree.paths, "flip/f") {
                let content: Vec<_> = download.chunks(0..download.size).map(Result::unwrap).collect();
                assert_eq!(content.concat(), b"inside");
            }
            if let Ok(mut upload) = Upload::open(&tree.paths, Path::new("flip/new")) {
                upload.write(b"x").unwrap();
                drop(upload.commit());
            }
            for found in find(&tree.paths, ".", b"side", || false) {
                assert_eq!(found.content, b"inside");
            }
            drop(remove(&tree.paths, "flip/secret", false));
        }
    });
    let mut outside: Vec<_> =
        fs::read_dir(tree.at("outside")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    outside.sort();
    assert_eq!(outside, ["f", "secret"]);
}

fn element() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop_oneof![Just(".."), Just("."), Just(""), Just("real"), Just("out"), Just("up"), Just("loop")]
            .prop_map(str::to_owned),
        1 => prop_oneof![Just("home"), Just("daytona"), Just("workspace"), Just("sandboxes"), Just("2"), Just("secret")]
            .prop_map(str::to_owned),
        1 => "[^/\0]{1,8}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_path_resolves_outside(elements in prop::collection::vec(element(), 1..12), start in 0..4_usize) {
        let tree = Tree::new();
        tree.write("real/secret", "mine");
        tree.link(tree.at("outside"), "out");
        tree.link("..", "up");
        tree.link("loop", "loop");
        tree.link("../../../..", "real/up");
        let starts = ["".to_owned(), "/".to_owned(), format!("{}/", tree.home("").display()), "/workspace/".to_owned()];
        let path = starts[start].clone() + &elements.join("/");
        if let Ok(download) = Download::open(&tree.paths, &path) {
            let content: Vec<_> = download.chunks(0..download.size).map(Result::unwrap).collect();
            prop_assert_ne!(content.concat(), b"secret".to_vec(), "{}", path);
        }
        if let Ok(mut upload) = Upload::begin(&tree.paths, &path, 0o755) {
            upload.write(b"changed").unwrap();
            drop(upload.commit());
        }
        drop(make_folder(&tree.paths, &path, 0o755));
        drop(relocate(&tree.paths, "real/secret", &path));
        drop(remove(&tree.paths, &path, true));
        for secret in ["outside/secret", "shared/pool/sandboxes/2/home/secret"] {
            prop_assert_eq!(fs::read_to_string(tree.at(secret)).unwrap(), "secret", "{}", path);
        }
        prop_assert_eq!(fs::read_dir(tree.at("outside")).unwrap().count(), 1, "{}", path);
        prop_assert_eq!(fs::read_dir(tree.at("shared/pool/sandboxes")).unwrap().count(), 2, "{}", path);
        prop_assert_eq!(fs::read_dir(tree.at("")).unwrap().count(), 2, "{}", path);
    }
}
