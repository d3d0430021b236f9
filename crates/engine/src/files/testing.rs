//! A sandbox's tree for tests: its own directories, a neighbour's beside them, and a world outside.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::paths::{PathMap, PathRules};

pub(super) struct Tree {
    root: tempfile::TempDir,
    pub(super) paths: PathMap,
}

impl Tree {
    /// `sandboxes/1` is the sandbox, `sandboxes/2` another one, `outside` the rest of the machine, `shared` a folder
    /// both may use; all sandboxes lie somewhere below the shared folder, which is the worst case.
    pub(super) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for directory in ["1/home", "1/workspace", "1/temp", "2/home"] {
            fs::create_dir_all(at("shared/pool/sandboxes").join(directory)).unwrap();
        }
        fs::create_dir(at("outside")).unwrap();
        fs::write(at("outside/secret"), "secret").unwrap();
        fs::write(at("shared/pool/sandboxes/2/home/secret"), "secret").unwrap();
        let own = at("shared/pool/sandboxes/1");
        let mut rules = PathRules::process(
            own.join("home"),
            own.join("workspace"),
            own.join("temp"),
            own.join("home"),
            at("shared/pool/sandboxes"),
        );
        rules.shared = vec![at("shared"), "/dev/null".into()];
        Self { paths: PathMap::new(rules), root }
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// A path of the machine in the sandbox's home.
    pub(super) fn home(&self, path: &str) -> PathBuf {
        self.at("shared/pool/sandboxes/1/home").join(path)
    }

    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.home(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.home(path)).unwrap()
    }

    pub(super) fn link(&self, target: impl AsRef<Path>, path: &str) {
        symlink(target, self.home(path)).unwrap();
    }

    /// Names in a directory of the home, sorted.
    pub(super) fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.home(path)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}
