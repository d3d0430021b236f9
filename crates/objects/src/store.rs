//! Objects as files: each whole, or not there at all.
//!
//! ```text
//! <directory>/<bucket>/<key…>%       content
//!                     /<key…>%note   its tag, its type, and which content that is said of
//!            /drafts/…               bodies that are coming in
//!            /uploads/<id>/…         parts of bodies
//! ```
//!
//! The rename of the content is what puts an object in place. Its note is renamed before; it says of itself which
//! content it belongs to, by size and time, and counts for nothing beside another one: whatever is interrupted where, a
//! reader finds either object, with the tag that is its own.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::SystemTime;

use s3s::dto::{ETag, ETagCondition};
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir};

use crate::digests;
use crate::keys::{self, Entry, Files, TooLong};

const DRAFTS: &str = "drafts";
const UPLOADS: &str = "uploads";
/// How much is read at once, in bytes.
const PIECE: usize = 64 << 10;

/// A directory with objects.
pub(crate) struct Store {
    directory: PathBuf,
    durable: bool,
    /// What an earlier server left half done goes when the first body comes.
    cleared: Once,
    /// Held while what is there is looked at and changed accordingly.
    changes: Mutex<()>,
}

/// Why the store refuses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("a part of the key is too long")]
    KeyTooLong,
    #[error("there is no such object")]
    Missing,
    #[error("what is there is not what was expected")]
    Unexpected,
    #[error(transparent)]
    Files(#[from] io::Error),
}

impl From<TooLong> for StoreError {
    fn from(TooLong: TooLong) -> Self {
        Self::KeyTooLong
    }
}

/// What is known of an object beside its content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) tag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// What the client wants to find again.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub(crate) metadata: std::collections::BTreeMap<String, String>,
    /// The content it belongs to.
    #[serde(default)]
    of: Content,
}

impl Note {
    pub(crate) fn new(
        tag: String,
        content_type: Option<String>,
        metadata: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Self { tag, content_type, metadata: metadata.into_iter().collect(), of: Content::default() }
    }
}

/// Tells one content of an object from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    size: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Content {
    fn of(metadata: &fs::Metadata) -> Self {
        Self { size: metadata.len(), seconds: metadata.mtime(), nanoseconds: metadata.mtime_nsec() }
    }
}

/// An object that was looked up.
pub(crate) struct Found {
    pub(crate) file: File,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    pub(crate) note: Note,
}

/// What has to be there for an object to be put.
#[derive(Default)]
pub(crate) struct Conditions {
    pub(crate) matches: Option<ETagCondition>,
    pub(crate) matches_not: Option<ETagCondition>,
}

impl Store {
    pub(crate) fn new(directory: PathBuf, durable: bool) -> Self {
        Self { directory, durable, cleared: Once::new(), changes: Mutex::default() }
    }

    /// The file of an object's content.
    pub(crate) fn path(&self, bucket: &str, key: &str) -> Result<PathBuf, StoreError> {
        Ok(self.files(bucket, key)?.content)
    }

    fn files(&self, bucket: &str, key: &str) -> Result<Files, StoreError> {
        Ok(keys::files(&self.directory.join(bucket), key)?)
    }

    /// A file for a body that comes in; it goes with the value unless it is put in place.
    pub(crate) fn draft(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.place(DRAFTS)?)
    }

    /// A directory for the parts of a body, and its name.
    pub(crate) fn new_upload(&self) -> io::Result<(PathBuf, String)> {
        let place = tempfile::Builder::new().prefix("").rand_bytes(32).tempdir_in(self.place(UPLOADS)?);
        let path = place.map(TempDir::keep)?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        Ok((path, name))
    }

    /// The directory of this name, if it is one of an upload.
    pub(crate) fn upload(&self, name: &str) -> Option<PathBuf> {
        let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let path = self.directory.join(UPLOADS).join(name);
        (is_plain && path.is_dir()).then_some(path)
    }

    /// A directory of the store's own. Bodies of an earlier server nobody will finish are taken away first.
    fn place(&self, name: &str) -> io::Result<PathBuf> {
        self.cleared.call_once(|| {
            // The credentials uploads were begun with went with that server.
            for name in [DRAFTS, UPLOADS] {
                let _ = fs::remove_dir_all(self.directory.join(name));
            }
        });
        let place = self.directory.join(name);
        directory(&place)?;
        Ok(place)
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an object in place of whatever is there. Blocks.
    pub(crate) fn put(
        &self,
        bucket: &str,
        key: &str,
        draft: NamedTempFile,
        mut note: Note,
        conditions: &Conditions,
    ) -> Result<(), StoreError> {
        let files = self.files(bucket, key)?;
        self.write_out(draft.as_file())?;
        note.of = Content::of(&draft.as_file().metadata()?);
        let mut noted = self.draft()?;
        noted.write_all(&serde_json::to_vec(&note).map_err(io::Error::other)?)?;
        self.write_out(noted.as_file())?;
        let _changing = self.changing();
        check(conditions, || find(&files))?;
        let parent = files.content.parent().unwrap_or(&self.directory);
        directory(parent)?;
        noted.persist(&files.note).map_err(|error| error.error)?;
        draft.persist(&files.content).map_err(|error| error.error)?;
        self.write_out_directory(parent)?;
        Ok(())
    }

    /// Looks an object up. Blocks.
    pub(crate) fn find(&self, bucket: &str, key: &str) -> Result<Found, StoreError> {
        find(&self.files(bucket, key)?)
    }

    /// Takes an object away; one that is not there is gone already. Blocks.
    pub(crate) fn remove(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let files = self.files(bucket, key)?;
        let _changing = self.changing();
        remove_file(&files.content)?;
        remove_file(&files.note)?;
        let top = self.directory.join(bucket);
        let mut directory = files.content.parent();
        while let Some(empty) = directory.filter(|directory| *directory != top && directory.starts_with(&top))
        {
            if fs::remove_dir(empty).is_err() {
                break;
            }
            directory = empty.parent();
        }
        Ok(())
    }

    /// All keys of a bucket that begin with `prefix`, in order. Blocks.
    pub(crate) fn keys(&self, bucket: &str, prefix: &str) -> io::Result<Vec<String>> {
        let Some((directory, stem)) = keys::directory_of(prefix) else { return Ok(Vec::new()) };
        let mut keys = Vec::new();
        collect(&self.directory.join(bucket).join(directory), stem, prefix, &mut keys)?;
        keys.sort_unstable();
        Ok(keys)
    }

    fn write_out(&self, file: &File) -> io::Result<()> {
        if self.durable { file.sync_all() } else { Ok(()) }
    }

    fn write_out_directory(&self, directory: &Path) -> io::Result<()> {
        if !self.durable {
            return Ok(());
        }
        // Directories may have been made on the way down.
        let own = directory.ancestors().take_while(|directory| directory.starts_with(&self.directory));
        own.into_iter().try_for_each(|directory| File::open(directory)?.sync_all())
    }
}

fn find(files: &Files) -> Result<Found, StoreError> {
    let mut file = match File::open(&files.content) {
        Ok(file) => file,
        Err(error) if is_missing(&error) => return Err(StoreError::Missing),
        Err(error) => return Err(error.into()),
    };
    let metadata = file.metadata()?;
    let of = Content::of(&metadata);
    let noted = fs::read(&files.note).ok().and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
    let note = match noted.filter(|note| note.of == of) {
        Some(note) => note,
        None => Note { tag: tag_of(&mut file)?, of, ..Note::default() },
    };
    Ok(Found { file, size: of.size, modified: metadata.modified()?, note })
}

fn tag_of(file: &mut File) -> io::Result<String> {
    let tag = digests::md5(|| {
        let mut piece = vec![0; PIECE];
        let length = file.read(&mut piece)?;
        piece.truncate(length);
        Ok((length > 0).then_some(piece))
    })?;
    io::Seek::rewind(file)?;
    Ok(tag)
}

fn check(conditions: &Conditions, find: impl Fn() -> Result<Found, StoreError>) -> Result<(), StoreError> {
    let tag = || match find() {
        Ok(found) => Ok(Some(ETag::Strong(found.note.tag))),
        Err(StoreError::Missing) => Ok(None),
        Err(error) => Err(error),
    };
    let fits = |condition: &ETagCondition| {
        Ok::<_, StoreError>(match (condition, tag()?) {
            (_, None) => false,
            (ETagCondition::Any, Some(_)) => true,
            (ETagCondition::ETag(wanted), Some(there)) => wanted.value() == there.value(),
        })
    };
    let expected = conditions.matches.as_ref().map_or(Ok(true), fits)?;
    let unexpected = conditions.matches_not.as_ref().map_or(Ok(false), fits)?;
    if expected && !unexpected { Ok(()) } else { Err(StoreError::Unexpected) }
}

fn collect(directory: &Path, stem: &str, prefix: &str, keys: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    for found in entries {
        let found = found?;
        let (name, kind) = (found.file_name(), found.file_type()?);
        let Some(entry) = name.to_str().and_then(|name| keys::entry(name, kind.is_dir())) else { continue };
        match entry {
            Entry::Content(end) => {
                let key = format!("{stem}{end}");
                if key.starts_with(prefix) {
                    keys.push(key);
                }
            }
            Entry::Directory(part) => {
                let stem = format!("{stem}{part}/");
                if stem.starts_with(prefix) || prefix.starts_with(&stem) {
                    collect(&found.path(), &stem, prefix, keys)?;
                }
            }
        }
    }
    Ok(())
}

/// Something on the way may be an object's file rather than a directory, which means the same.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if is_missing(&error) => Ok(()),
        other => other,
    }
}

/// A directory nobody else may look into, made with all above it.
fn directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(store: &Store, key: &str, text: &str) {
        put_if(store, key, text, &Conditions::default()).unwrap();
    }

    fn put_if(store: &Store, key: &str, text: &str, conditions: &Conditions) -> Result<(), StoreError> {
        let mut draft = store.draft().unwrap();
        draft.write_all(text.as_bytes()).unwrap();
        store.put("b", key, draft, Note::new(format!("tag of {text}"), None, []), conditions)
    }

    fn read(store: &Store, key: &str) -> (String, String) {
        let mut found = store.find("b", key).unwrap();
        let mut text = String::new();
        found.file.read_to_string(&mut text).unwrap();
        (text, found.note.tag)
    }

    #[test]
    fn an_object_and_one_below_its_key_live_side_by_side() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::new(place.path().to_owned(), true);
        for key in ["a", "a/", "a/b", "a//b"] {
            put(&store, key, key);
        }
        for key in ["a", "a/", "a/b", "a//b"] {
            assert_eq!(read(&store, key), (key.to_owned(), format!("tag of {key}")));
        }
        assert_eq!(store.keys("b", "a").unwrap(), ["a", "a/", "a//b", "a/b"]);
        assert_eq!(store.keys("b", "a/b").unwrap(), ["a/b"]);
        assert!(store.keys("b", "c/d").unwrap().is_empty());
        for key in ["a", "a/", "a/b", "a//b"] {
            store.remove("b", key).unwrap();
            store.remove("b", key).unwrap();
        }
        assert_eq!(
            fs::read_dir(place.path().join("b")).unwrap().count(),
            0,
            "directories go with the last object"
        );
    }

    #[test]
    fn a_note_counts_only_beside_the_content_it_was_written_for() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::new(place.path().to_owned(), false);
        put(&store, "o/h/context.tar", "old");
        // As a crash between the two renames leaves it.
        let files = store.files("b", "o/h/context.tar").unwrap();
        let new =
            Note { of: Content { size: 3, seconds: 1, nanoseconds: 1 }, ..Note::new("new".into(), None, []) };
        fs::write(&files.note, serde_json::to_vec(&new).unwrap()).unwrap();
        let of_old = "149603e6c03516362a8da23f624db945";
        assert_eq!(read(&store, "o/h/context.tar"), ("old".to_owned(), of_old.to_owned()));
        fs::remove_file(&files.note).unwrap();
        assert_eq!(read(&store, "o/h/context.tar").1, of_old);
    }

    #[test]
    fn a_body_that_is_given_up_leaves_nothing_and_drafts_of_a_dead_server_go() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::new(place.path().to_owned(), false);
        drop(store.draft().unwrap());
        let kept = store.draft().unwrap().into_temp_path().keep().unwrap();
        assert_eq!(fs::read_dir(place.path().join(DRAFTS)).unwrap().count(), 1);
        let store = Store::new(place.path().to_owned(), false);
        let _draft = store.draft().unwrap();
        assert!(!kept.exists());
    }

    #[test]
    fn an_object_is_put_only_where_what_was_expected_is() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::new(place.path().to_owned(), false);
        let none = Conditions { matches_not: Some(ETagCondition::Any), ..Conditions::default() };
        let this = |tag: &str| Conditions {
            matches: Some(ETagCondition::ETag(ETag::Strong(tag.to_owned()))),
            ..Conditions::default()
        };
        assert!(matches!(put_if(&store, "k", "1", &this("tag of 0")), Err(StoreError::Unexpected)));
        put_if(&store, "k", "1", &none).unwrap();
        assert!(matches!(put_if(&store, "k", "2", &none), Err(StoreError::Unexpected)));
        put_if(&store, "k", "2", &this("tag of 1")).unwrap();
        assert_eq!(read(&store, "k").0, "2");
    }

    #[test]
    fn uploads_have_names_that_lead_nowhere_else() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::new(place.path().to_owned(), false);
        let (path, name) = store.new_upload().unwrap();
        assert_eq!(store.upload(&name), Some(path));
        for name in ["", "..", "../drafts", "unknown"] {
            assert_eq!(store.upload(name), None, "{name}");
        }
    }
}
