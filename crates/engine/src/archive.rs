//! Zip archives: packed whole, unpacked without leaving the directory they go into (voidrun.md §2.8).
//!
//! Programs for tar archives are in every sandbox, those for zip archives in few. Functions block. Names in an archive
//! are whole paths without the first slash, as `zip -r` writes them when it is given an absolute path.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Type bits of a symbolic link in an archive's modes.
const LINK: u32 = 0o120_000;

/// Why an archive could not be packed or unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no archive, or a broken one.
    #[error("{0}")]
    Format(#[from] zip::result::ZipError),
}

fn at(path: &Path) -> impl Fn(io::Error) -> ArchiveError {
    move |source| ArchiveError::File { path: path.to_owned(), source }
}

/// Packs a file or directory, under the names `shown` and below, into a new archive. Links are kept as links.
///
/// # Errors
///
/// [`ArchiveError`]; half an archive may stay then.
pub fn zip(source: &Path, shown: &Path, archive: &Path) -> Result<(), ArchiveError> {
    // Looked at before the archive is there, so that a missing source leaves nothing behind.
    fs::symlink_metadata(source).map_err(at(source))?;
    let file = File::create(archive).map_err(at(archive))?;
    let mut writer = ZipWriter::new(io::BufWriter::new(file));
    let mut open = vec![(source.to_owned(), shown.to_owned())];
    while let Some((path, name)) = open.pop() {
        // A directory that is packed into itself.
        if path == archive {
            continue;
        }
        let metadata = fs::symlink_metadata(&path).map_err(at(&path))?;
        let name_in_archive = name.to_string_lossy().trim_start_matches('/').to_owned();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(metadata.len() >= u64::from(u32::MAX))
            .unix_permissions(metadata.permissions().mode() & 0o7777);
        if metadata.is_dir() {
            if !name_in_archive.is_empty() {
                writer.add_directory(name_in_archive, options)?;
            }
            let mut entries: Vec<_> =
                fs::read_dir(&path).map_err(at(&path))?.collect::<Result<_, _>>().map_err(at(&path))?;
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
            open.extend(entries.into_iter().map(|entry| (entry.path(), name.join(entry.file_name()))));
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).map_err(at(&path))?;
            writer.add_symlink(name_in_archive, target.to_string_lossy(), options)?;
        } else if metadata.is_file() {
            writer.start_file(name_in_archive, options)?;
            let mut content = File::open(&path).map_err(at(&path))?;
            io::copy(&mut content, &mut writer).map_err(at(&path))?;
        }
    }
    let mut file = writer.finish()?;
    io::Write::flush(&mut file).map_err(at(archive))
}

/// Unpacks an archive into a directory, which is made. Entries that would lie elsewhere are refused.
///
/// # Errors
///
/// [`ArchiveError`]; what was unpacked before stays.
pub fn unzip(archive: &Path, destination: &Path) -> Result<(), ArchiveError> {
    let file = File::open(archive).map_err(at(archive))?;
    let mut archive = ZipArchive::new(io::BufReader::new(file))?;
    fs::create_dir_all(destination).map_err(at(destination))?;
    // Links come last, so that no entry is written through one.
    let mut links = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let Some(name) = entry.enclosed_name() else {
            let refused = io::Error::new(io::ErrorKind::InvalidData, "leads out of the directory");
            let name = entry.name()?.into_owned();
            return Err(at(Path::new(&name))(refused));
        };
        let path = destination.join(name);
        let mode = entry.unix_mode();
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(at(&path))?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        if mode.is_some_and(|mode| mode & 0o170_000 == LINK) {
            let mut target = String::new();
            io::Read::read_to_string(&mut entry, &mut target).map_err(at(&path))?;
            links.push((path, target));
            continue;
        }
        // A link in the place of the file would be written through.
        let _gone = fs::remove_file(&path);
        let mut content = File::create(&path).map_err(at(&path))?;
        io::copy(&mut entry, &mut content).map_err(at(&path))?;
        if let Some(mode) = mode {
            let _kept = content.set_permissions(fs::Permissions::from_mode(mode & 0o777));
        }
    }
    for (path, target) in links {
        let _gone = fs::remove_file(&path);
        symlink(target, &path).map_err(at(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_with_modes_and_links() {
        let root = tempfile::tempdir().unwrap();
        let source = root.path().join("d");
        fs::create_dir_all(source.join("inner")).unwrap();
        fs::write(source.join("inner/script"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(source.join("inner/script"), fs::Permissions::from_mode(0o750)).unwrap();
        symlink("inner/script", source.join("link")).unwrap();
        let archive = root.path().join("d.zip");
        zip(&source, Path::new("/tmp/d"), &archive).unwrap();
        let out = root.path().join("out");
        unzip(&archive, &out).unwrap();
        let script = out.join("tmp/d/inner/script");
        assert_eq!(fs::read_to_string(&script).unwrap(), "#!/bin/sh\n");
        assert_eq!(script.metadata().unwrap().permissions().mode() & 0o777, 0o750);
        assert_eq!(fs::read_link(out.join("tmp/d/link")).unwrap(), Path::new("inner/script"));
    }

    #[test]
    fn entries_that_lead_out_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let archive = root.path().join("evil.zip");
        let mut writer = ZipWriter::new(File::create(&archive).unwrap());
        writer.start_file("../outside", SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap();
        let refused = unzip(&archive, &root.path().join("out")).unwrap_err();
        assert_eq!(refused.to_string(), "../outside: leads out of the directory");
        assert!(!root.path().join("outside").exists());
    }

    #[test]
    fn a_missing_source_leaves_no_archive() {
        let root = tempfile::tempdir().unwrap();
        let archive = root.path().join("a.zip");
        assert!(zip(&root.path().join("nope"), Path::new("/nope"), &archive).is_err());
        assert!(!archive.exists());
    }
}
