//! Where trees live, who may use it, and the sweep of what a dead server left.
//!
//! ```text
//!   <parent>/pitlane-<uid>/            ephemeral roots of this user
//!       .lock                          held for the moment a root is made or looked at
//!       <pid>-<random>/                one root: gone when its server is
//!   <data directory>/                  one root: stays
//!
//!   <root>/lock                        held as long as the server lives; says `running` until it ends in order
//!          sandboxes/<id>/…            the trees
//!          volumes/<id>/…              what sandboxes share
//!          archives/<id>.tar.zst       trees that were put away
//!          images, layers, bases       what sandboxes are made from, see `images`
//!          reserve/…                   the tree of the agent in reserve
//!          trash/…                     trees on their way out, and drafts of new ones
//!          stale/…                     trash and reserve of servers before
//!          tools/bin                   the tool directory
//! ```
//!
//! The lock is the kernel's: it falls when the server dies, however it dies. A root whose lock can be taken belongs to
//! nobody.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, geteuid, getpid};

use crate::archives::{owner_of, remove_file};
use crate::processes;
use crate::removal::remove_tree;
use crate::supervise;

const LOCK: &str = "lock";
const PARENT_LOCK: &str = ".lock";
/// How often, and how far apart, a root that somebody has is tried again. A server that was killed a moment ago may have left
/// a process it was about to start, and that holds what its parent held until it is another program. The kernel has no wait
/// for this that ends by itself.
const LOCK_ATTEMPTS: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
const RUNNING: &str = "running";
const TRASH: &str = "trash";
const RESERVE: &str = "reserve";
/// What was of no use any more when the server before ended.
const STALE: &str = "stale";

/// Why a root cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootError {
    /// Another server has it.
    #[error("{0} is in use by another server")]
    InUse(PathBuf),
    /// The folder for ephemeral roots belongs to somebody else or is open to others.
    #[error("{0} cannot be trusted: it must be a directory of this user that nobody else may write to")]
    Untrusted(PathBuf),
    /// The file system refused.
    #[error("failed to prepare {0}: {1}")]
    Files(PathBuf, #[source] io::Error),
}

/// What a sweep found and cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Roots of dead servers that were removed.
    pub roots: usize,
    /// Trees and archives of sandboxes nobody knows any more.
    pub trees: usize,
    /// Images nobody knows any more.
    pub images: usize,
    /// Processes that were still running.
    pub processes: usize,
    /// What could not be cleared, in words.
    pub failures: Vec<String>,
}

/// A directory that holds sandboxes, locked for this server.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    /// The folder with the roots of other servers; `None` for a data directory.
    siblings: Option<PathBuf>,
    /// Whether the server before did not end in order.
    unclean: bool,
    /// What lay there when it was opened. A sweep goes by this: it runs while new things are made.
    before: Before,
    /// Held open: closing it is giving the root up. `None` once given up.
    lock: Mutex<Option<File>>,
    trash: AtomicU64,
    /// Held while who names which layer changes.
    shelf: Mutex<()>,
}

/// Names of what an earlier server left.
#[derive(Debug, Default)]
struct Before {
    sandboxes: Vec<String>,
    archives: Vec<String>,
    /// Whether there is something in [`STALE`].
    stale: bool,
    images: Vec<String>,
    volumes: Vec<String>,
    bases: Vec<String>,
    layers: Vec<String>,
}

impl Root {
    /// A fresh root below `<parent>/pitlane-<uid>`, removed when it is closed or dropped.
    ///
    /// # Errors
    /// [`RootError`] when the folder cannot be made or trusted.
    pub fn ephemeral(parent: &Path) -> Result<Self, RootError> {
        let siblings = parent.join(format!("pitlane-{}", geteuid().as_raw()));
        let failed = |error| RootError::Files(siblings.clone(), error);
        make_directory(&siblings).map_err(failed)?;
        let metadata = fs::symlink_metadata(&siblings).map_err(failed)?;
        // The parent may be a folder everybody can write to.
        if !metadata.is_dir() || metadata.uid() != geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
            return Err(RootError::Untrusted(siblings));
        }
        let siblings = siblings.canonicalize().map_err(failed)?;
        // While this is held no sweep can mistake a root without its lock yet for one nobody owns.
        let _parent_lock = lock_parent(&siblings).map_err(failed)?;
        let prefix = format!("{}-", getpid().as_raw_nonzero());
        let directory = tempfile::Builder::new()
            .prefix(&prefix)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&siblings)
            .map_err(failed)?;
        Self::open(directory.keep(), Some(siblings))
    }

    /// The data directory at `path`, made if it is not there.
    ///
    /// # Errors
    /// [`RootError::InUse`] when another server has it.
    pub fn persistent(path: &Path) -> Result<Self, RootError> {
        let failed = |error| RootError::Files(path.to_owned(), error);
        fs::create_dir_all(path).map_err(failed)?;
        Self::open(path.canonicalize().map_err(failed)?, None)
    }

    fn open(path: PathBuf, siblings: Option<PathBuf>) -> Result<Self, RootError> {
        let failed = |error| RootError::Files(path.clone(), error);
        let mut lock = open_lock(&path.join(LOCK)).map_err(failed)?;
        match take(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(RootError::InUse(path)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut before = String::new();
        lock.read_to_string(&mut before).map_err(failed)?;
        lock.rewind().map_err(failed)?;
        lock.write_all(RUNNING.as_bytes()).map_err(failed)?;
        let [images, bases, layers] = Self::stored(&path);
        let left = Before {
            images,
            volumes: Self::volumes(&path),
            bases,
            layers,
            sandboxes: names(&path.join("sandboxes")),
            archives: names(&path.join("archives")),
            stale: set_aside(&path).map_err(failed)?,
        };
        for name in ["sandboxes", RESERVE, TRASH] {
            make_directory(&path.join(name)).map_err(failed)?;
        }
        let unclean = before.starts_with(RUNNING);
        let (lock, trash) = (Mutex::new(Some(lock)), AtomicU64::new(0));
        Ok(Self { path, siblings, unclean, before: left, lock, trash, shelf: Mutex::default() })
    }

    /// The directory, absolute and without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is removed at the end.
    #[must_use]
    pub fn is_ephemeral(&self) -> bool {
        self.siblings.is_some()
    }

    pub(crate) fn tree(&self, id: &str) -> PathBuf {
        self.path.join("sandboxes").join(id)
    }

    pub(crate) fn shelf(&self) -> MutexGuard<'_, ()> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tools(&self) -> PathBuf {
        self.path.join("tools/bin")
    }

    /// A fresh name in the trash.
    pub(crate) fn grave(&self, id: &str) -> PathBuf {
        self.path.join(TRASH).join(self.fresh(id))
    }

    /// A fresh name for a tree nobody has yet.
    pub(crate) fn reserve(&self) -> PathBuf {
        self.path.join(RESERVE).join(self.fresh("tree"))
    }

    fn fresh(&self, name: &str) -> String {
        let number = self.trash.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}-{name}", getpid().as_raw_nonzero())
    }

    /// Takes away whatever there is of a sandbox. What is still to be deleted, which may take a while.
    pub(crate) fn discard(&self, id: &str) -> io::Result<Vec<PathBuf>> {
        remove_file(&self.archive_of(id))?;
        let tree = self.discard_tree(id)?;
        let mut doomed = self.release_base(id)?;
        doomed.extend(tree);
        Ok(doomed)
    }

    /// Takes a tree away, so that its name is free; what is still to be deleted.
    pub(crate) fn discard_tree(&self, id: &str) -> io::Result<Option<PathBuf>> {
        let grave = self.grave(id);
        match fs::rename(self.tree(id), &grave) {
            Ok(()) => Ok(Some(grave)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // A tree its owner may not write to cannot be moved, but can be opened up and deleted.
            Err(_) => remove_tree(&self.tree(id)).map(|()| None),
        }
    }

    /// Clears what is left of dead servers and, here, trees that are not `known`, nor `images`. Blocks.
    pub(crate) fn sweep(&self, known: &[String], images: &[String]) -> SweepReport {
        let mut report = SweepReport::default();
        if self.unclean {
            end_processes_of(&self.path, &mut report);
        }
        if self.before.stale {
            clear(&self.path, &[STALE.to_owned()], &mut report);
        }
        let forgotten = |id: &str| !known.iter().any(|known| known == id);
        let sandboxes = self.before.sandboxes.iter().filter(|name| forgotten(name));
        clear(&self.path.join("sandboxes"), sandboxes, &mut report);
        let archives = self.before.archives.iter().filter(|name| forgotten(owner_of(name)));
        clear(&self.archives(), archives, &mut report);
        self.clear_images(known, images, &mut report);
        if let Some(siblings) = &self.siblings {
            sweep_siblings(siblings, &self.path, &mut report);
        }
        report
    }

    /// Clears volumes an earlier server left that are not `known`. Blocks.
    pub(crate) fn sweep_volumes(&self, known: &[String]) -> Vec<String> {
        let mut report = SweepReport::default();
        let forgotten = self.before.volumes.iter().filter(|name| !known.contains(name));
        clear(&self.all_volumes(), forgotten, &mut report);
        report.failures
    }

    fn clear_images(&self, known: &[String], images: &[String], report: &mut SweepReport) {
        let forgotten = |names: &[String], known: &[String]| -> Vec<String> {
            names.iter().filter(|name| !known.contains(name)).cloned().collect()
        };
        let images = forgotten(&self.before.images, images);
        let bases = forgotten(&self.before.bases, known);
        report.images += images.len();
        let released = self.sweep_images(&images, &bases, &self.before.layers);
        let cleared = released.and_then(|layers| layers.iter().try_for_each(|layer| remove_tree(layer)));
        if let Err(error) = cleared {
            report.failures.push(format!("images: {error}"));
        }
    }

    /// Gives the root up; an ephemeral one is removed. Nothing may run in it any more.
    ///
    /// # Errors
    /// The file system's; the next server's sweep will try again.
    pub fn close(&self) -> io::Result<()> {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(lock) = lock else { return Ok(()) };
        if self.is_ephemeral() {
            return remove_tree(&self.path);
        }
        lock.set_len(0)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(root = %self.path.display(), %error, "left files behind");
        }
    }
}

pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)
}

/// Takes the lock of a root, with a little patience.
fn take(lock: &File) -> Result<(), TryLockError> {
    for _ in 1..LOCK_ATTEMPTS {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            other => return other,
        }
    }
    lock.try_lock()
}

fn lock_parent(siblings: &Path) -> io::Result<File> {
    let lock = open_lock(&siblings.join(PARENT_LOCK))?;
    lock.lock()?;
    Ok(lock)
}

/// Removes the roots beside `own` whose servers are dead.
fn sweep_siblings(siblings: &Path, own: &Path, report: &mut SweepReport) {
    let dead = match take_dead(siblings, own) {
        Ok(dead) => dead,
        Err(error) => return report.failures.push(format!("{}: {error}", siblings.display())),
    };
    for (root, _lock) in dead {
        end_processes_of(&root, report);
        match remove_tree(&root) {
            Ok(()) => report.roots += 1,
            Err(error) => report.failures.push(format!("{}: {error}", root.display())),
        }
    }
}

/// The roots nobody owns, with their locks taken, so that two sweeps never work on the same one.
fn take_dead(siblings: &Path, own: &Path) -> io::Result<Vec<(PathBuf, File)>> {
    let _parent_lock = lock_parent(siblings)?;
    let mut dead = Vec::new();
    for entry in fs::read_dir(siblings)? {
        let path = entry?.path();
        // Not by `entry.file_type` alone: only what this user made is ours to delete.
        let ours = fs::symlink_metadata(&path).is_ok_and(|it| it.is_dir() && it.uid() == geteuid().as_raw());
        if path == own || !ours {
            continue;
        }
        if let Ok(lock) = open_lock(&path.join(LOCK))
            && lock.try_lock().is_ok()
        {
            dead.push((path, lock));
        }
    }
    Ok(dead)
}

/// Ends what still runs in a root nobody owns.
fn end_processes_of(root: &Path, report: &mut SweepReport) {
    let mut ended = std::collections::BTreeSet::new();
    let own = getpid();
    // This server may be starting sandboxes of its own there meanwhile.
    let new = || processes::living_trees(supervise::registered());
    let find = || {
        let mut spared = new();
        spared.push(own);
        let mut roots = processes::all();
        roots.retain(|pid| is_ours(*pid) && processes::is_of_root(*pid, root));
        spared.extend(new());
        roots.retain(|pid| !spared.contains(pid));
        let mut found = processes::living_trees(roots);
        found.retain(|pid| !spared.contains(pid));
        ended.extend(found.iter().map(|pid| pid.as_raw_nonzero()));
        found
    };
    if !processes::end_all(find) {
        report.failures.push(format!("processes of {} cannot be killed", root.display()));
    }
    report.processes += ended.len();
}

fn is_ours(pid: Pid) -> bool {
    // Sandboxes of a privileged server run as users that are nobody else's.
    geteuid().is_root()
        || fs::metadata(format!("/proc/{}", pid.as_raw_nonzero()))
            .is_ok_and(|metadata| metadata.uid() == geteuid().as_raw())
}

fn clear<'a>(directory: &Path, doomed: impl IntoIterator<Item = &'a String>, report: &mut SweepReport) {
    for name in doomed {
        let path = directory.join(name);
        let is_directory = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
        match if is_directory { remove_tree(&path) } else { remove_file(&path) } {
            Ok(()) => report.trees += 1,
            Err(error) => report.failures.push(format!("{}: {error}", path.display())),
        }
    }
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Moves what is of no use to any but an earlier server to a place of its own; whether there is anything.
fn set_aside(root: &Path) -> io::Result<bool> {
    let stale = root.join(STALE);
    for name in [TRASH, RESERVE] {
        if !names(&root.join(name)).is_empty() {
            make_directory(&stale)?;
            move_below(&root.join(name), &stale)?;
        }
    }
    Ok(stale.exists())
}

/// Moves a directory below another, under the first number that is free.
fn move_below(directory: &Path, stale: &Path) -> io::Result<()> {
    for number in 0_u64.. {
        match fs::rename(directory, stale.join(number.to_string())) {
            // That number was given out by a server that did not come to sweeping.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
                ) => {}
            moved => return moved,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_server_was_about_to_start_does_not_keep_the_next_one_out() {
        let place = tempfile::tempdir().unwrap();
        let first = Root::persistent(place.path()).unwrap();
        let held = first.lock.lock().unwrap().as_ref().unwrap().try_clone().unwrap();
        drop(first.lock.lock().unwrap().take());
        let leaving = std::thread::spawn(move || {
            std::thread::sleep(2 * LOCK_PAUSE);
            drop(held);
        });
        assert!(Root::persistent(place.path()).unwrap().unclean);
        leaving.join().unwrap();
    }

    #[test]
    fn two_servers_cannot_share_a_data_directory() {
        let place = tempfile::tempdir().unwrap();
        let first = Root::persistent(place.path()).unwrap();
        let second = Root::persistent(place.path()).unwrap_err();
        assert!(matches!(second, RootError::InUse(_)), "{second}");
        drop(first);
        let again = Root::persistent(place.path()).unwrap();
        assert!(!again.unclean, "the first one ended in order");
    }

    #[test]
    fn an_ephemeral_root_is_gone_when_it_is_closed() {
        let place = tempfile::tempdir().unwrap();
        let root = Root::ephemeral(place.path()).unwrap();
        let path = root.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        fs::create_dir_all(root.tree("s1").join("home")).unwrap();
        drop(root);
        assert!(!path.exists());
    }

    #[test]
    fn a_sweep_takes_dead_roots_and_leaves_living_ones() {
        let place = tempfile::tempdir().unwrap();
        let living = Root::ephemeral(place.path()).unwrap();
        let sweeper = Root::ephemeral(place.path()).unwrap();
        let dead = living.path().parent().unwrap().join("1-dead");
        fs::create_dir_all(dead.join("sandboxes/s1/home")).unwrap();
        fs::write(dead.join(LOCK), RUNNING).unwrap();
        let report = sweeper.sweep(&[], &[]);
        assert_eq!(report, SweepReport { roots: 1, ..SweepReport::default() });
        assert!(living.path().exists() && sweeper.path().exists() && !dead.exists());
    }

    #[test]
    fn a_folder_open_to_others_is_not_trusted() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join(format!("pitlane-{}", geteuid().as_raw()));
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(Root::ephemeral(place.path()), Err(RootError::Untrusted(_))));
    }

    #[test]
    fn a_sweep_of_a_data_directory_keeps_what_is_known() {
        let place = tempfile::tempdir().unwrap();
        let root = Root::persistent(place.path()).unwrap();
        for id in ["known", "forgotten"] {
            fs::create_dir_all(root.tree(id).join("home")).unwrap();
        }
        fs::create_dir(root.grave("half-removed")).unwrap();
        drop(root);
        let root = Root::persistent(place.path()).unwrap();
        fs::create_dir_all(root.tree("new").join("home")).unwrap();
        let draft = root.grave("draft");
        fs::create_dir(&draft).unwrap();
        let report = root.sweep(&["known".to_owned()], &[]);
        assert_eq!((report.trees, report.failures), (2, vec![]));
        assert!(root.tree("known").exists() && !root.tree("forgotten").exists());
        assert!(!place.path().join(STALE).exists());
        assert!(root.tree("new").exists() && draft.exists(), "what is made meanwhile is left alone");
    }
}
