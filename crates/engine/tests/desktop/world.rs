//! A sandbox with a desktop, where the machine has the programs for one.

use std::path::PathBuf;
use std::time::Duration;

use engine::desktop::program::{Kind, advice};
use engine::{Config, Engine};

/// Far longer than anything here takes when it works.
pub(crate) const SOON: Duration = Duration::from_secs(40);

pub(crate) struct Sandbox {
    _directory: tempfile::TempDir,
    pub(crate) home: PathBuf,
    pub(crate) engine: Engine,
}

impl Sandbox {
    /// A sandbox with what the machine has, or nothing and a word when it lacks a desktop.
    pub(crate) fn with_programs() -> Option<Self> {
        let path = std::env::var("PATH").unwrap();
        let missing = advice(&path);
        if missing.is_empty() {
            return Some(Self::with_path(&path));
        }
        eprintln!("skipped: no desktop on this machine; {missing}");
        None
    }

    pub(crate) fn with_path(path: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().canonicalize().unwrap();
        let id = home.file_name().unwrap().to_str().unwrap().to_owned();
        let mut config = Config::new(&id, home.clone(), home.clone(), home.clone());
        config.env = vec![
            ("PATH".to_owned(), path.to_owned()),
            ("HOME".to_owned(), home.to_string_lossy().into_owned()),
        ];
        Self { _directory: directory, home, engine: Engine::new(config) }
    }

    /// One whose desktop runs.
    pub(crate) async fn started() -> Option<Self> {
        let sandbox = Self::with_programs()?;
        sandbox.start().await;
        Some(sandbox)
    }

    pub(crate) async fn start(&self) {
        tokio::time::timeout(SOON, self.engine.start_desktop()).await.unwrap().unwrap();
    }

    /// The name of its display.
    pub(crate) fn display(&self) -> String {
        self.engine.variable("DISPLAY").unwrap()
    }

    pub(crate) fn pid(&self, kind: Kind) -> Option<i32> {
        self.engine.desktop_processes().into_iter().find(|state| state.kind == kind)?.pid
    }
}

/// Waits for something that other processes bring about.
pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let looking = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(SOON, looking).await.is_ok(), "{what}");
}
