//! What happens to files below a directory, as it happens (voidrun.md §2.8).
//!
//! ```text
//! kernel ─▶ notify's thread ─▶ Normaliser: one word for each happening ─▶ queue ─▶ Watch::next
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `normal` | from the library's events to one [`FileEvent`] for each change; renames are put together |
//!
//! Only what the sandbox may see is watched, as for every file operation.

mod normal;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::files::SystemError;
use crate::paths::PathMap;
use normal::Normaliser;

/// Events that may wait for whoever reads them; what happens beyond that is lost.
const QUEUE: usize = 16 * 1024;
/// How long the second half of a rename is waited for.
const RENAME_PAUSE: Duration = Duration::from_millis(50);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Something is there that was not.
    Created,
    /// Its content changed.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another name.
    Renamed,
    /// Its permissions, owner or times changed.
    Permissions,
}

/// Something that happened to a file or directory. Paths are the machine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEvent {
    /// What.
    pub change: Change,
    /// Where; the new place of something renamed.
    pub path: PathBuf,
    /// The old place of something renamed.
    pub old_path: Option<PathBuf>,
    /// When.
    pub at: Timestamp,
}

/// What to watch.
#[derive(Clone, Copy, Debug)]
pub struct WatchOptions {
    /// Whether directories below count.
    pub recursive: bool,
    /// Whether directories whose names begin with a dot are passed over, with all they hold.
    pub ignore_hidden: bool,
}

/// Why a path cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// It is missing or may not be seen.
    #[error(transparent)]
    Path(#[from] SystemError),
    /// The kernel gives out no more watches, or none at all.
    #[error("{0}")]
    Kernel(#[from] notify::Error),
}

/// A path being watched. Dropping it ends that.
#[derive(Debug)]
pub struct Watch {
    events: mpsc::Receiver<FileEvent>,
    lost: Arc<AtomicBool>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Begins to watch a path. Blocks while directories are looked through. `clock` tells when things happen.
    ///
    /// # Errors
    ///
    /// [`WatchError`].
    pub fn begin(
        paths: &PathMap,
        path: impl AsRef<Path>,
        options: WatchOptions,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, WatchError> {
        let path = path.as_ref();
        let failed = crate::files::failing("watch", path);
        let place = paths.place(path).map_err(&failed)?;
        let located = paths.fence().open(&place).map_err(|refusal| failed(refusal.into()))?;
        let root = located.real.clone();
        let (sender, events) = mpsc::channel(QUEUE);
        let lost = Arc::new(AtomicBool::new(false));
        let outlet = Outlet { sender, lost: Arc::clone(&lost), shown: place.host, root: root.clone() };
        let normaliser = Arc::new(Mutex::new(Normaliser::default()));
        let runtime = tokio::runtime::Handle::current();
        let hidden = options.ignore_hidden.then(|| root.clone());
        let handler = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if hidden.as_deref().is_some_and(|root| is_hidden(root, &event)) {
                return;
            }
            let now = clock();
            let mut state = normaliser.lock().unwrap_or_else(PoisonError::into_inner);
            outlet.send_all(state.take(event, now));
            if let Some(number) = state.waiting() {
                let (normaliser, outlet) = (Arc::clone(&normaliser), outlet.clone());
                runtime.spawn(async move {
                    tokio::time::sleep(RENAME_PAUSE).await;
                    let mut state = normaliser.lock().unwrap_or_else(PoisonError::into_inner);
                    outlet.send_all(state.give_up(number));
                });
            }
        };
        let mut watcher = notify::recommended_watcher(handler)?;
        let mode = if options.recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(&root, mode)?;
        Ok(Self { events, lost, _watcher: watcher })
    }

    /// Waits for the next event. Nothing is lost when it is cancelled.
    pub async fn next(&mut self) -> Option<FileEvent> {
        self.events.recv().await
    }

    /// Whether more happened than could be told.
    #[must_use]
    pub fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }
}

/// The way to whoever reads.
#[derive(Clone)]
struct Outlet {
    sender: mpsc::Sender<FileEvent>,
    lost: Arc<AtomicBool>,
    /// The watched path as it was named, and where it really lies.
    shown: PathBuf,
    root: PathBuf,
}

impl Outlet {
    fn send_all(&self, events: Vec<FileEvent>) {
        for event in events {
            let event = FileEvent {
                path: self.named(&event.path),
                old_path: event.old_path.as_deref().map(|path| self.named(path)),
                ..event
            };
            if let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(event) {
                self.lost.store(true, Ordering::Release);
            }
        }
    }

    /// The path the way the caller named the watched one.
    fn named(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(&self.root) {
            Ok(rest) if rest.as_os_str().is_empty() => self.shown.clone(),
            Ok(rest) => self.shown.join(rest),
            Err(_) => path.to_owned(),
        }
    }
}

/// Whether all of an event lies in hidden directories, or is about one.
fn is_hidden(root: &Path, event: &notify::Event) -> bool {
    !event.paths.is_empty() && event.paths.iter().all(|path| lies_hidden(root, path))
}

fn lies_hidden(root: &Path, path: &Path) -> bool {
    let Ok(rest) = path.strip_prefix(root) else { return false };
    let dotted =
        |component: std::path::Component<'_>| component.as_os_str().as_encoded_bytes().starts_with(b".");
    let above = rest.parent().is_some_and(|parent| parent.components().any(dotted));
    above || (rest.components().next_back().is_some_and(dotted) && path.is_dir())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::paths::PathRules;

    const EVERYTHING: WatchOptions = WatchOptions { recursive: true, ignore_hidden: true };

    fn begin(root: &Path, options: WatchOptions) -> Watch {
        let paths = PathMap::new(PathRules::whole_root(root.to_owned()));
        Watch::begin(&paths, root, options, || Timestamp::UNIX_EPOCH).unwrap()
    }

    /// Events up to the first that is `last` of `name`.
    async fn until(watch: &mut Watch, last: Change, name: &str) -> Vec<(Change, String)> {
        let mut seen = Vec::new();
        loop {
            let event = watch.next().await.expect("the watch goes on");
            let file = event.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            seen.push((event.change, file.clone()));
            if (event.change, file.as_str()) == (last, name) {
                return seen;
            }
        }
    }

    #[tokio::test]
    async fn every_change_of_a_file_has_its_word() {
        let root = tempfile::tempdir().unwrap();
        let mut watch = begin(root.path(), EVERYTHING);
        let file = root.path().join("f");
        fs::write(&file, "x").unwrap();
        let seen = until(&mut watch, Change::Modified, "f").await;
        assert_eq!(seen.first(), Some(&(Change::Created, "f".to_owned())));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        until(&mut watch, Change::Permissions, "f").await;
        fs::rename(&file, root.path().join("g")).unwrap();
        loop {
            let event = watch.next().await.unwrap();
            if event.change == Change::Renamed {
                assert_eq!(event.old_path.as_deref(), Some(file.as_path()));
                assert_eq!(event.path, root.path().join("g"));
                break;
            }
            assert_ne!(event.change, Change::Deleted, "a rename is no removal");
        }
        fs::remove_file(root.path().join("g")).unwrap();
        until(&mut watch, Change::Deleted, "g").await;
    }

    #[tokio::test]
    async fn what_leaves_the_watched_directory_is_gone_and_what_comes_in_is_new() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(root.path().join("leaves"), "").unwrap();
        fs::write(outside.path().join("comes"), "").unwrap();
        let mut watch = begin(root.path(), EVERYTHING);
        fs::rename(root.path().join("leaves"), outside.path().join("left")).unwrap();
        until(&mut watch, Change::Deleted, "leaves").await;
        fs::rename(outside.path().join("comes"), root.path().join("come")).unwrap();
        until(&mut watch, Change::Created, "come").await;
    }

    #[tokio::test]
    async fn hidden_directories_are_passed_over_and_hidden_files_are_not() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".git")).unwrap();
        let mut watch = begin(root.path(), EVERYTHING);
        fs::write(root.path().join(".git/index"), "").unwrap();
        fs::write(root.path().join(".env"), "").unwrap();
        let seen = until(&mut watch, Change::Created, ".env").await;
        assert!(seen.iter().all(|(_, name)| name == ".env"), "{seen:?}");
    }

    #[tokio::test]
    async fn directories_below_count_only_when_asked_for() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("d")).unwrap();
        let flat = WatchOptions { recursive: false, ignore_hidden: false };
        let mut watch = begin(root.path(), flat);
        fs::write(root.path().join("d/inner"), "").unwrap();
        fs::write(root.path().join("outer"), "").unwrap();
        let seen = until(&mut watch, Change::Created, "outer").await;
        assert!(!seen.iter().any(|(_, name)| name == "inner"), "{seen:?}");
    }

    #[test]
    fn a_missing_path_is_told_by_name() {
        let paths = PathMap::new(PathRules::whole_root("/".into()));
        let error = Watch::begin(&paths, "/no/such", EVERYTHING, || Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(error.to_string(), "watch /no/such: no such file or directory");
    }
}
