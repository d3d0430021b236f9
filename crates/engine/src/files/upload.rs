//! Writing a file while its content arrives.
//!
//! ```text
//! begin ─▶ follow links to the entry meant ─▶ may it be written? ─▶ write to a file without a name ─▶ commit
//!                                                                          │                            └─ name it
//!                                                                          └─ dropped: nothing was there
//! ```
//!
//! A file that exists keeps its mode and its links, and what it held until the new content is whole. Where a new file
//! cannot take its place without loss (several hard links, another owner, a directory that may not be written, a device)
//! it is overwritten in place instead, as the real daemon always does; then a broken upload leaves a broken file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, ftruncate, linkat, unlinkat};

use super::error::{SystemError, failing};
use super::folder;
use super::relocate::hidden_name;
use crate::paths::fence::{Entry, errno_of, is, magic_link};
use crate::paths::{PathMap, clean};

/// Where an upload failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The directories it goes into could not be made.
    Parents,
    /// The file could not be opened.
    Create,
    /// Content could not be written.
    Write,
    /// The finished file could not be put in its place.
    Close,
}

/// What came of an upload.
#[derive(Debug)]
pub struct Stored {
    /// Size of the file in bytes.
    pub size: u64,
    /// What had its name before.
    pub replaced: Replaced,
}

/// A file that has lost its name. Letting go of it gives its room back, which takes the longer the larger it was, and
/// is nothing whoever sent the new one has to wait for.
#[derive(Debug)]
pub struct Replaced(#[expect(dead_code, reason = "it is held, and let go of")] Option<OwnedFd>);

/// Why an upload failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct UploadError {
    /// Where.
    pub step: Step,
    /// Why.
    pub error: SystemError,
}

fn at(step: Step) -> impl Fn(SystemError) -> UploadError {
    move |error| UploadError { step, error }
}

/// A file being written. Dropped before [`Self::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Upload {
    file: File,
    target: Target,
    shown: PathBuf,
    written: u64,
}

#[derive(Debug)]
enum Target {
    /// Written in place; emptied when the first content or the end arrives, unless it is no regular file.
    InPlace { emptied: bool },
    /// Written aside. `name` is none while the file has no name at all.
    Aside { entry: Entry, name: Option<OsString>, mode: Option<Mode> },
    /// Nothing is left to do.
    Done,
}

impl Upload {
    /// Opens a file for writing; what is missing above it is made with mode `parents`, less the umask.
    ///
    /// # Errors
    ///
    /// With [`Step::Parents`] or [`Step::Create`].
    pub fn begin(paths: &PathMap, path: impl AsRef<Path>, parents: u32) -> Result<Self, UploadError> {
        let path = path.as_ref();
        let place = paths.place(path).map_err(failing("open", path)).map_err(at(Step::Create))?;
        if let Some(parent) = place.host.parent().filter(|_| !paths.fence().is_post(&place.host)) {
            let cleaned = clean(path);
            let shown =
                cleaned.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            folder::ensure(paths, parent, shown, parents).map_err(at(Step::Parents))?;
        }
        Self::open(paths, path).map_err(at(Step::Create))
    }

    /// Opens a file for writing without making directories.
    pub(super) fn open(paths: &PathMap, path: &Path) -> Result<Self, SystemError> {
        let failing = failing::<Errno>("open", path);
        let place = paths.place(path).map_err(&failing)?;
        if place.directory_only {
            return Err(failing(Errno::EISDIR));
        }
        if !paths.fence().permits(&place.host) {
            return Err(failing(Errno::EACCES));
        }
        if paths.fence().is_post(&place.host) {
            let post = paths.fence().open(&place).map_err(|refusal| failing(refusal.into()))?;
            let file = post.writer().map_err(&failing)?;
            return Ok(Self {
                file,
                target: Target::InPlace { emptied: true },
                shown: path.to_owned(),
                written: 0,
            });
        }
        let entry = paths.fence().entry_written_to(&place.host).map_err(|refusal| failing(refusal.into()))?;
        if !paths.fence().permits(&entry.real()) {
            return Err(failing(Errno::EACCES));
        }
        let (file, target) = match entry.stat() {
            Ok(_) => existing(entry).map_err(&failing)?,
            Err(Errno::ENOENT) => aside(entry, None).map_err(&failing)?,
            Err(errno) => return Err(failing(errno)),
        };
        Ok(Self { file, target, shown: path.to_owned(), written: 0 })
    }

    /// Writes the next piece.
    ///
    /// # Errors
    ///
    /// The system's own.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.empty_once()?;
        self.file.write_all(piece)?;
        self.written += piece.len() as u64;
        Ok(())
    }

    /// Puts the finished file in its place.
    ///
    /// # Errors
    ///
    /// With operation `close`; then the old file is as it was.
    pub fn commit(mut self) -> Result<Stored, SystemError> {
        let result = self.empty_once().map_err(|error| errno_of(&error)).and_then(|()| self.settle());
        let replaced = result.map_err(failing("close", &self.shown))?;
        Ok(Stored { size: self.written, replaced: Replaced(replaced) })
    }

    fn empty_once(&mut self) -> io::Result<()> {
        let Target::InPlace { emptied: emptied @ false } = &mut self.target else { return Ok(()) };
        ftruncate(&self.file, 0)?;
        *emptied = true;
        Ok(())
    }

    /// Gives the file its name; what had it before is answered.
    fn settle(&mut self) -> Result<Option<OwnedFd>, Errno> {
        let Target::Aside { entry, name, mode } = &mut self.target else { return Ok(None) };
        if let Some(mode) = *mode {
            fchmod(&self.file, mode)?;
        }
        if name.is_none() {
            match give_name(&self.file, entry, &entry.name) {
                Ok(()) => {
                    self.target = Target::Done;
                    return Ok(None);
                }
                Err(Errno::EEXIST) => {}
                Err(errno) => return Err(errno),
            }
            let hidden = hidden_name();
            give_name(&self.file, entry, &hidden)?;
            *name = Some(hidden);
        }
        let Some(hidden) = name.as_deref() else { return Err(Errno::ENOENT) };
        let directory = &entry.parent.descriptor;
        let held = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let replaced = openat(directory, entry.name.as_os_str(), held, Mode::empty()).ok();
        renameat(directory, hidden, directory, entry.name.as_os_str())?;
        self.target = Target::Done;
        Ok(replaced)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Target::Aside { entry, name: Some(name), .. } = &self.target {
            // Nobody is left to tell; at worst a hidden file stays.
            let _ = unlinkat(&entry.parent.descriptor, name.as_os_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

/// Opens what is there, to learn whether it may be written, and chooses the way to write it.
fn existing(entry: Entry) -> Result<(File, Target), Errno> {
    // Non-blocking, because a pipe nobody reads would hold the caller for ever.
    let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    let file = File::from(openat(&entry.parent.descriptor, entry.name.as_os_str(), flags, Mode::empty())?);
    let stat = fstat(&file)?;
    if !is(&stat, SFlag::S_IFREG) {
        return Ok((file, Target::InPlace { emptied: true }));
    }
    let in_place = Target::InPlace { emptied: false };
    if stat.st_nlink != 1 || stat.st_uid != Uid::effective().as_raw() {
        return Ok((file, in_place));
    }
    Ok(aside(entry, Some(&stat)).unwrap_or((file, in_place)))
}

/// Opens a file beside the entry: without a name where the file system can, hidden where it cannot. It gets the group
/// of the file it is to replace.
fn aside(entry: Entry, replaced: Option<&FileStat>) -> Result<(File, Target), Errno> {
    let new = Mode::from_bits_truncate(0o666);
    let directory = &entry.parent.descriptor;
    let flags = OFlag::O_WRONLY | OFlag::O_CLOEXEC;
    let (file, name) = match openat(directory, ".", flags | OFlag::O_TMPFILE, new) {
        Ok(file) => (file, None),
        Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::ENOENT | Errno::EINVAL) => {
            let name = hidden_name();
            let flags = flags | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW;
            (openat(directory, name.as_os_str(), flags, new)?, Some(name))
        }
        Err(errno) => return Err(errno),
    };
    let mode = replaced.map(|stat| Mode::from_bits_truncate(stat.st_mode & 0o777));
    if let Some(group) = replaced.map(|stat| stat.st_gid)
        && fstat(&file)?.st_gid != group
        && let Err(errno) = fchown(&file, None, Some(Gid::from_raw(group)))
    {
        if let Some(name) = name {
            unlinkat(directory, name.as_os_str(), UnlinkatFlags::NoRemoveDir)?;
        }
        return Err(errno);
    }
    Ok((File::from(file), Target::Aside { entry, name, mode }))
}

/// Gives a file its name in the entry's directory.
fn give_name(file: &File, entry: &Entry, name: &OsStr) -> Result<(), Errno> {
    let link = magic_link(file.as_fd());
    linkat(AT_FDCWD, &link, &entry.parent.descriptor, name, AtFlags::AT_SYMLINK_FOLLOW)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::super::testing::Tree;
    use super::*;

    fn store(tree: &Tree, path: &str, content: &[u8]) -> Result<u64, UploadError> {
        let mut upload = Upload::begin(&tree.paths, path, 0o755)?;
        upload.write(content).unwrap();
        upload.commit().map_err(at(Step::Close)).map(|stored| stored.size)
    }

    fn mode(tree: &Tree, path: &str) -> u32 {
        fs::metadata(tree.home(path)).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_new_file_and_its_directories_get_ordinary_modes() {
        let tree = Tree::new();
        assert_eq!(store(&tree, "a/b/f", b"content").unwrap(), 7);
        assert_eq!(tree.read("a/b/f"), "content");
        assert_eq!((mode(&tree, "a"), mode(&tree, "a/b"), mode(&tree, "a/b/f")), (0o755, 0o755, 0o644));
        assert_eq!(store(&tree, "empty", b"").unwrap(), 0);
        assert_eq!(tree.read("empty"), "");
    }

    #[test]
    fn an_existing_file_keeps_its_mode_and_links_are_written_through() {
        let tree = Tree::new();
        tree.write("f", "longer old content");
        fs::set_permissions(tree.home("f"), fs::Permissions::from_mode(0o600)).unwrap();
        tree.link("f", "l");
        tree.link("sub/../new", "dangling");
        fs::create_dir(tree.home("sub")).unwrap();
        store(&tree, "l", b"new").unwrap();
        store(&tree, "dangling", b"made").unwrap();
        assert_eq!((tree.read("f").as_str(), mode(&tree, "f")), ("new", 0o600));
        assert_eq!(tree.read("new"), "made");
        assert!(tree.home("l").is_symlink() && tree.home("dangling").is_symlink());
        assert_eq!(tree.names("."), ["dangling", "f", "l", "new", "sub"]);
    }

    #[test]
    fn what_is_not_finished_was_never_there() {
        let tree = Tree::new();
        tree.write("f", "old");
        for path in ["f", "new"] {
            let mut upload = Upload::begin(&tree.paths, path, 0o755).unwrap();
            upload.write(b"half").unwrap();
            drop(upload);
        }
        assert_eq!(tree.read("f"), "old");
        assert_eq!(tree.names("."), ["f"]);
    }

    #[test]
    fn a_file_with_several_names_stays_one_file() {
        let tree = Tree::new();
        tree.write("f", "old and long");
        fs::hard_link(tree.home("f"), tree.home("g")).unwrap();
        store(&tree, "f", b"new").unwrap();
        assert_eq!(tree.read("g"), "new");
    }

    #[test]
    fn a_file_made_meanwhile_is_replaced() {
        let tree = Tree::new();
        let mut upload = Upload::begin(&tree.paths, "f", 0o755).unwrap();
        upload.write(b"uploaded").unwrap();
        tree.write("f", "meanwhile");
        upload.commit().unwrap();
        assert_eq!(tree.read("f"), "uploaded");
        assert_eq!(tree.names("."), ["f"]);
    }

    #[test]
    fn what_cannot_be_a_file_is_refused_in_its_step() {
        let tree = Tree::new();
        tree.write("f", "");
        fs::create_dir(tree.home("d")).unwrap();
        tree.link("loop", "loop");
        let refused = |path: &str| {
            let error = Upload::begin(&tree.paths, path, 0o755).unwrap_err();
            (error.step, error.error.to_string())
        };
        assert_eq!(refused("d"), (Step::Create, "open d: is a directory".into()));
        assert_eq!(refused("d/"), (Step::Create, "open d/: is a directory".into()));
        assert_eq!(refused("."), (Step::Create, "open .: is a directory".into()));
        assert_eq!(refused("/workspace"), (Step::Create, "open /workspace: is a directory".into()));
        assert_eq!(refused("/"), (Step::Create, "open /: is a directory".into()));
        assert_eq!(refused("f/x"), (Step::Parents, "mkdir f: not a directory".into()));
        assert_eq!(refused("loop"), (Step::Create, "open loop: too many levels of symbolic links".into()));
        assert_eq!(refused("/nowhere/x"), (Step::Parents, "mkdir /nowhere: permission denied".into()));
    }

    #[test]
    fn a_pipe_nobody_reads_is_refused_at_once() {
        let tree = Tree::new();
        nix::unistd::mkfifo(&tree.home("p"), Mode::S_IRWXU).unwrap();
        let error = Upload::begin(&tree.paths, "p", 0o755).unwrap_err();
        assert_eq!(error.to_string(), "open p: no such device or address");
    }

    #[test]
    fn the_null_device_swallows_and_stays() {
        let tree = Tree::new();
        assert_eq!(store(&tree, "/dev/null", b"gone").unwrap(), 4);
    }

    #[test]
    fn a_file_system_without_nameless_files_gets_a_hidden_one() {
        let tree = Tree::new();
        let entry = tree.paths.fence().entry(&tree.home("f")).unwrap();
        let name = hidden_name();
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL;
        let file = openat(&entry.parent.descriptor, name.as_os_str(), flags, Mode::S_IRWXU).unwrap();
        let target = Target::Aside { entry, name: Some(name), mode: None };
        let mut upload = Upload { file: file.into(), target, shown: "f".into(), written: 0 };
        upload.write(b"x").unwrap();
        assert_eq!(tree.names(".").len(), 1);
        upload.commit().unwrap();
        assert_eq!(tree.names("."), ["f"]);
    }
}
