//! What is copied from: build contexts unpacked, sources found, archives made for a stage.
//!
//! A context comes from a client, so nothing in it may lead out of the directory it is unpacked in: names lose their
//! leading `/`, `..` is refused, and a link is never gone through while something is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;

use crate::BuildError;

/// Files that something is copied from.
#[derive(Debug)]
pub(crate) struct Context {
    root: PathBuf,
    /// Owners, where they count.
    owners: BTreeMap<PathBuf, (u64, u64)>,
}

/// What a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Below the context.
    pub(crate) path: PathBuf,
    pub(crate) is_directory: bool,
}

/// Owner and mode of everything that is copied, where the Dockerfile says so.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dress {
    pub(crate) owner: Option<(u64, u64)>,
    pub(crate) mode: Option<u32>,
}

impl Context {
    /// All archives, unpacked beside one another in their order into a new directory.
    pub(crate) fn unpack(archives: &[PathBuf], root: PathBuf) -> Result<Self, BuildError> {
        fs::create_dir(&root)?;
        for archive in archives {
            unpack(archive, &root, &mut BTreeMap::new())?;
        }
        Ok(Self { root, owners: BTreeMap::new() })
    }

    /// Nothing yet, for what is taken out of another stage.
    pub(crate) fn empty(root: PathBuf) -> Self {
        Self { root, owners: BTreeMap::new() }
    }

    /// Adds what was taken out of a directory of another stage: owners stay.
    pub(crate) fn add(&mut self, archive: &Path, directory: &Path) -> Result<(), BuildError> {
        let top = self.root.join(directory);
        fs::create_dir_all(&top)?;
        let mut owners = BTreeMap::new();
        unpack(archive, &top, &mut owners)?;
        self.owners.extend(owners.into_iter().map(|(path, owner)| (directory.join(path), owner)));
        Ok(())
    }

    /// What a source names: itself, or all a pattern fits. Nothing when there is no such thing.
    pub(crate) fn find(&self, source: &str) -> Result<Vec<Found>, BuildError> {
        let path = clean(source);
        if !source.contains(['*', '?', '[']) || self.metadata(&path).is_some() {
            return Ok(self.look(path).into_iter().collect());
        }
        let pattern =
            GlobBuilder::new(&path.to_string_lossy()).literal_separator(true).backslash_escape(true).build();
        let pattern = pattern.map_err(|error| BuildError::Context(error.to_string()))?.compile_matcher();
        let depth = path.components().count();
        let mut found = BTreeSet::new();
        self.match_below(Path::new(""), depth, &pattern, &mut found)?;
        Ok(found.into_iter().filter_map(|path| self.look(path)).collect())
    }

    fn match_below(
        &self,
        directory: &Path,
        depth: usize,
        pattern: &globset::GlobMatcher,
        found: &mut BTreeSet<PathBuf>,
    ) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join(directory))? {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            if depth == 1 {
                if pattern.is_match(&path) {
                    found.insert(path);
                }
            } else if entry.file_type()?.is_dir() {
                self.match_below(&path, depth - 1, pattern, found)?;
            }
        }
        Ok(())
    }

    /// What is at a path; the last component may be a link to something in the context.
    fn look(&self, path: PathBuf) -> Option<Found> {
        let metadata = self.metadata(&path)?;
        Some(Found { path, is_directory: metadata.is_dir() })
    }

    /// Nothing outside of the context is ever looked at.
    fn metadata(&self, path: &Path) -> Option<fs::Metadata> {
        let real = self.root.join(path).canonicalize().ok()?;
        let root = self.root.canonicalize().ok()?;
        real.starts_with(root).then(|| fs::metadata(real).ok())?
    }

    /// Writes an archive with something of the context under another name; what is in a directory goes to where `name`
    /// stands, which may be nothing.
    pub(crate) fn pack(
        &self,
        found: &Found,
        name: &Path,
        dress: Dress,
        archive: &mut tar::Builder<File>,
    ) -> io::Result<()> {
        if !found.is_directory {
            // A source that is a link means what it leads to.
            let real = self.root.join(&found.path).canonicalize()?;
            return self.pack_entry(&found.path, &real, name, dress, archive);
        }
        let real = self.root.join(&found.path).canonicalize()?;
        self.pack_below(&found.path, &real, name, dress, archive)
    }

    fn pack_below(
        &self,
        path: &Path,
        real: &Path,
        name: &Path,
        dress: Dress,
        archive: &mut tar::Builder<File>,
    ) -> io::Result<()> {
        let mut names: Vec<_> =
            fs::read_dir(real)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
        names.sort();
        for inner in names {
            let (path, real, name) = (path.join(&inner), real.join(&inner), name.join(&inner));
            self.pack_entry(&path, &real, &name, dress, archive)?;
            if fs::symlink_metadata(&real)?.is_dir() {
                self.pack_below(&path, &real, &name, dress, archive)?;
            }
        }
        Ok(())
    }

    fn pack_entry(
        &self,
        path: &Path,
        real: &Path,
        name: &Path,
        dress: Dress,
        archive: &mut tar::Builder<File>,
    ) -> io::Result<()> {
        let metadata = fs::symlink_metadata(real)?;
        let mut header = tar::Header::new_gnu();
        header.set_metadata(&metadata);
        let (user, group) = dress.owner.or_else(|| self.owners.get(path).copied()).unwrap_or_default();
        header.set_uid(user);
        header.set_gid(group);
        header.set_mode(metadata.permissions().mode() & 0o7777);
        header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or_default());
        match () {
            () if metadata.is_symlink() => {
                header.set_size(0);
                return archive.append_link(&mut header, name, fs::read_link(real)?);
            }
            () if metadata.is_dir() => header.set_size(0),
            () if metadata.is_file() => header.set_size(metadata.len()),
            // Nothing else is in an archive of files.
            () => return Ok(()),
        }
        if let Some(mode) = dress.mode {
            header.set_mode(mode);
        }
        match metadata.is_dir() {
            true => archive.append_data(&mut header, name, io::empty()),
            false => archive.append_data(&mut header, name, File::open(real)?),
        }
    }

    /// Where something found lies on the server.
    pub(crate) fn place(&self, found: &Found) -> PathBuf {
        self.root.join(&found.path)
    }
}

/// Adds a text to an archive as a file.
pub(crate) fn pack_text(
    name: &Path,
    text: &str,
    dress: Dress,
    archive: &mut tar::Builder<File>,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    let (user, group) = dress.owner.unwrap_or_default();
    header.set_uid(user);
    header.set_gid(group);
    header.set_mode(dress.mode.unwrap_or(0o644));
    header.set_size(text.len() as u64);
    archive.append_data(&mut header, name, text.as_bytes())
}

/// A source without what leads out of the context.
fn clean(source: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in Path::new(source).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                path.pop();
            }
            _ => {}
        }
    }
    path
}

/// Whether a file is an archive `ADD` unpacks.
pub(crate) fn is_archive(path: &Path) -> bool {
    let mut head = Vec::with_capacity(512);
    let read = File::open(path).and_then(|file| file.take(512).read_to_end(&mut head));
    if read.is_err() {
        return false;
    }
    let packed: [&[u8]; 4] = [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"];
    packed.iter().any(|magic| head.starts_with(magic)) || head.get(257..262) == Some(b"ustar")
}

fn unpack(archive: &Path, root: &Path, owners: &mut BTreeMap<PathBuf, (u64, u64)>) -> Result<(), BuildError> {
    let bad = |error: &dyn std::fmt::Display| {
        BuildError::Context(format!("an archive cannot be unpacked: {error}"))
    };
    let file = File::open(archive)?;
    let length = file.metadata()?.len();
    // Some clients leave the padding of the last file and the end of the archive out.
    let missing = (512 - length % 512) % 512 + 1024;
    let mut archive = tar::Archive::new(file.chain(io::repeat(0).take(missing)));
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(true);
    let mut closed = Vec::new();
    for entry in archive.entries().map_err(|error| bad(&error))? {
        let mut entry = entry.map_err(|error| bad(&error))?;
        let name = entry.path().map_err(|error| bad(&error))?.into_owned();
        if name.components().any(|part| part == Component::ParentDir) {
            return Err(BuildError::Context(format!("{} leads out of it", name.display())));
        }
        let header = entry.header();
        let owner = (header.uid().unwrap_or_default(), header.gid().unwrap_or_default());
        let (kind, mode) = (header.entry_type(), header.mode().unwrap_or(0o755));
        let path = clean(&name.to_string_lossy());
        if !(kind.is_file() || kind.is_dir() || kind.is_symlink() || kind.is_hard_link()) {
            continue;
        }
        if kind.is_dir() {
            // One that is closed is closed at the end.
            fs::create_dir_all(root.join(&path)).map_err(|error| bad(&error))?;
            closed.push((path.clone(), mode));
        } else {
            make_way(root, &path)?;
            let unpacked = entry.unpack_in(root).map_err(|error| bad(&error))?;
            if !unpacked {
                return Err(BuildError::Context(format!("{} leads out of it", name.display())));
            }
        }
        owners.insert(path, owner);
    }
    for (path, mode) in closed.iter().rev() {
        // Whoever unpacks must be able to read it, and to delete it again.
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode & 0o7777 | 0o700))?;
    }
    Ok(())
}

/// What a later archive has in the place of an earlier one's.
fn make_way(root: &Path, path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(root.join(path)) {
        Ok(there) if there.is_dir() => fs::remove_dir_all(root.join(path)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn archive(place: &Path, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let path = place.join(name);
        let mut builder = tar::Builder::new(File::create(&path).unwrap());
        for (name, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o640);
            // Not by `set_path`, which keeps names in order.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        }
        builder.finish().unwrap();
        path
    }

    fn found(context: &Context, source: &str) -> Vec<String> {
        context.find(source).unwrap().iter().map(|found| found.path.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn archives_are_unpacked_beside_one_another_the_later_over_the_earlier() {
        let place = tempfile::tempdir().unwrap();
        let one = archive(place.path(), "one", &[("/abs/a", "1"), ("./b", "1"), ("c/d", "1")]);
        let two = archive(place.path(), "two", &[("b", "2"), ("c/e.txt", "2")]);
        let context = Context::unpack(&[one, two], place.path().join("context")).unwrap();
        assert_eq!(fs::read_to_string(place.path().join("context/b")).unwrap(), "2");
        assert_eq!(found(&context, "/abs/a"), ["abs/a"]);
        assert_eq!(found(&context, "c/*"), ["c/d", "c/e.txt"]);
        assert_eq!(found(&context, "*/?"), ["abs/a", "c/d"]);
        assert_eq!(found(&context, "c/[e].*"), ["c/e.txt"]);
        assert_eq!(found(&context, "../../b"), ["b"], "no source leads out");
        assert_eq!(found(&context, "*.none"), Vec::<String>::new());
        assert_eq!(context.find(".").unwrap(), [Found { path: PathBuf::new(), is_directory: true }]);
    }

    #[test]
    fn an_archive_without_its_end_is_whole() {
        let place = tempfile::tempdir().unwrap();
        let one = archive(place.path(), "one", &[("a", "1"), ("b", "last")]);
        let cut = fs::metadata(&one).unwrap().len() - 1024 - 512 + 4;
        File::options().write(true).open(&one).unwrap().set_len(cut).unwrap();
        let context = Context::unpack(&[one], place.path().join("context")).unwrap();
        assert_eq!(fs::read_to_string(context.root.join("b")).unwrap(), "last");
    }

    #[test]
    fn nothing_is_written_or_found_outside() {
        let place = tempfile::tempdir().unwrap();
        let up = archive(place.path(), "up", &[("a/../../out", "x")]);
        let error = Context::unpack(&[up], place.path().join("one")).unwrap_err().to_string();
        assert!(error.contains("leads out of it"), "{error}");

        let through = place.path().join("through");
        let mut builder = tar::Builder::new(File::create(&through).unwrap());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "link", place.path()).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        header.set_mode(0o644);
        builder.append_data(&mut header, "link/escaped", &b"x"[..]).unwrap();
        builder.finish().unwrap();
        assert!(Context::unpack(&[through], place.path().join("two")).is_err());
        assert!(!place.path().join("escaped").exists() && !place.path().join("out").exists());

        fs::write(place.path().join("secret"), "s").unwrap();
        let root = place.path().join("three");
        fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
        let context = Context { root, owners: BTreeMap::new() };
        assert_eq!(found(&context, "link"), Vec::<String>::new());
    }

    #[test]
    fn archives_are_known_by_what_they_begin_with() {
        let place = tempfile::tempdir().unwrap();
        let tar = archive(place.path(), "tar", &[("a", "1")]);
        let mut plain = File::create(place.path().join("plain")).unwrap();
        plain.write_all(b"ustar is not at the right place").unwrap();
        fs::write(place.path().join("gz"), b"\x1f\x8b\x08").unwrap();
        assert!(is_archive(&tar) && is_archive(&place.path().join("gz")));
        assert!(!is_archive(&place.path().join("plain")) && !is_archive(&place.path().join("none")));
    }
}
