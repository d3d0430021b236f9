//! Trees put away into one file, brought back, and copied.
//!
//! ```text
//! <root>/archives/<id>.tar.zst    a tree that was put away
//!        trash/…                  drafts: whatever is cut short is swept from here
//! ```
//!
//! Each change of place is one rename, so that after a crash a sandbox has its tree or its archive whole. It may have both
//! for the moment between the rename and the removal of the other: they are the same then, and the tree counts.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};

use crate::StorageError;
use crate::removal::remove_tree;
use crate::root::{Root, make_directory};
use crate::tree;

const SUFFIX: &str = ".tar.zst";

impl Root {
    pub(crate) fn archives(&self) -> PathBuf {
        self.path().join("archives")
    }

    pub(crate) fn archive_of(&self, id: &str) -> PathBuf {
        self.archives().join(format!("{id}{SUFFIX}"))
    }

    /// Puts a tree away. One that is put away already is fine. Blocks.
    pub(crate) fn archive(&self, id: &str) -> Result<(), StorageError> {
        let (tree, archive) = (self.tree(id), self.archive_of(id));
        if !is_directory(&tree) {
            return if archive.exists() { Ok(()) } else { Err(StorageError::Missing(id.to_owned())) };
        }
        make_directory(&self.archives())?;
        let draft = Draft(self.grave(id));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft.0)?;
        tree::pack(&tree, file)?.sync_all()?;
        fs::rename(&draft.0, &archive)?;
        File::open(self.archives())?.sync_all()?;
        Ok(self.discard_tree(id)?.map_or(Ok(()), |tree| remove_tree(&tree))?)
    }

    /// Brings a tree back. One that is there is fine. Blocks.
    pub(crate) fn restore(&self, id: &str) -> Result<(), StorageError> {
        let (tree, archive) = (self.tree(id), self.archive_of(id));
        if is_directory(&tree) {
            return Ok(remove_file(&archive)?);
        }
        let file = File::open(&archive).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StorageError::Missing(id.to_owned()),
            _ => error.into(),
        })?;
        let draft = Draft(self.grave(id));
        tree::unpack(file, &draft.0)?;
        // Only where somebody counts on it: it may take a while.
        if !self.is_ephemeral() {
            syncfs(File::open(&draft.0)?).map_err(io::Error::from)?;
        }
        self.settle(&draft.0, id)?;
        Ok(remove_file(&archive)?)
    }

    /// Makes the tree of `id` a copy of another's. Programs may be at work there. Blocks.
    pub(crate) fn duplicate(&self, from: &str, id: &str) -> Result<(), StorageError> {
        let source = self.tree(from);
        let missing = || StorageError::Missing(from.to_owned());
        let before = identity(&source).ok_or_else(missing)?;
        if self.tree(id).exists() {
            return Err(StorageError::Exists(id.to_owned()));
        }
        let draft = Draft(self.grave(id));
        tree::copy(&source, &draft.0)?;
        // A removal takes the whole tree away before it deletes anything in it: what is still in its place is whole.
        if identity(&source) != Some(before) {
            return Err(missing());
        }
        rename_within(&draft.0, from, id)?;
        self.settle_above(from, id, || self.settle(&draft.0, id))
    }

    /// Puts a finished draft in its place.
    fn settle(&self, draft: &Path, id: &str) -> Result<(), StorageError> {
        renameat_with(CWD, draft, CWD, self.tree(id), RenameFlags::NOREPLACE).map_err(|error| {
            match error.kind() {
                io::ErrorKind::AlreadyExists => StorageError::Exists(id.to_owned()),
                _ => StorageError::Files(error.into()),
            }
        })
    }
}

/// Something half made, removed unless it has found its place.
pub(crate) struct Draft(pub(crate) PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        let removed = if is_directory(&self.0) { remove_tree(&self.0) } else { remove_file(&self.0) };
        if let Err(error) = removed {
            tracing::warn!(path = %self.0.display(), %error, "left a draft behind");
        }
    }
}

/// The sandbox an archive in the directory of archives belongs to.
pub(crate) fn owner_of(name: &str) -> &str {
    name.strip_suffix(SUFFIX).unwrap_or(name)
}

pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn is_directory(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Which directory it is, whatever its name.
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// A copy has the host name of its own: files of the original that say the name by themselves say the new one, where
/// nobody has changed them.
fn rename_within(tree: &Path, from: &str, id: &str) -> io::Result<()> {
    let etc = tree.join("upper/etc");
    if !is_directory(&tree.join("upper")) || !is_directory(&etc) {
        return Ok(());
    }
    let (from, id) = (host_name(from), host_name(id));
    for (name, line) in [("hostname", String::new()), ("hosts", "127.0.1.1 ".to_owned())] {
        let path = etc.join(name);
        let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let (old, new) = (format!("{line}{from}\n"), format!("{line}{id}\n"));
        // Written into the same file, so that owner and mode stay.
        if is_file && text.ends_with(&old) {
            fs::write(&path, format!("{}{new}", text.trim_end_matches(&old)))?;
        }
    }
    Ok(())
}

/// The kernel takes 64 bytes at most.
pub(crate) fn host_name(id: &str) -> String {
    id.chars().take(63).collect()
}
