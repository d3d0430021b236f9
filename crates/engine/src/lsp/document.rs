//! Documents: what clients call them, where they lie, and what servers call them.
//!
//! Clients put `file://` before whatever path they were given, relative ones too, and nothing is percent-encoded
//! (toolbox-files-git-desktop.md §4). Servers get absolute addresses with everything encoded that needs to be.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use crate::files::{Download, Error, SystemError};
use crate::paths::PathMap;

const SCHEME: &str = "file://";
/// What a path may hold in an address.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Largest document a server is given, in bytes.
const LARGEST: u64 = 16 << 20;

/// A document a client speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// As the client calls it; answers use the same words.
    pub(super) called: String,
    /// On this machine.
    pub(super) host: PathBuf,
}

impl Document {
    /// # Errors
    ///
    /// When the path is empty or holds a NUL byte.
    pub(super) fn called(paths: &PathMap, called: &str) -> Result<Self, Error> {
        let written = path_of(called);
        let place = paths.place(written);
        let place = place.map_err(|errno| SystemError::new("open", written, errno))?;
        Ok(Self { called: called.to_owned(), host: place.host })
    }

    /// As servers call it.
    pub(super) fn address(&self) -> String {
        address(&self.host)
    }

    /// Its text as it is on disk; bytes that are no UTF-8 become U+FFFD. Blocks.
    ///
    /// # Errors
    ///
    /// When it is no file, cannot be read or is too large.
    pub(super) fn text(&self, paths: &PathMap) -> Result<String, Error> {
        text(paths, Path::new(path_of(&self.called)))
    }
}

/// The text of a file. Blocks.
pub(super) fn text(paths: &PathMap, path: &Path) -> Result<String, Error> {
    let file = Download::open(paths, path)?;
    if file.size > LARGEST {
        return Err(SystemError::new("read", path, nix::errno::Errno::EFBIG).into());
    }
    let mut bytes = Vec::new();
    for chunk in file.chunks(0..file.size) {
        bytes.extend_from_slice(&chunk.map_err(|error| {
            let errno = error.raw_os_error().map_or(nix::errno::Errno::EIO, nix::errno::Errno::from_raw);
            SystemError::new("read", path, errno)
        })?);
    }
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn path_of(called: &str) -> &str {
    called.strip_prefix(SCHEME).unwrap_or(called)
}

/// The address of a file for servers.
pub(super) fn address(host: &Path) -> String {
    format!("{SCHEME}{}", percent_encode(host.as_os_str().as_bytes(), ENCODED))
}

/// The file of a server's address; none for other kinds of addresses.
pub(super) fn file_at(address: &str) -> Option<PathBuf> {
    let path = address.strip_prefix(SCHEME)?;
    let bytes: Vec<u8> = percent_decode(path.as_bytes()).collect();
    Some(PathBuf::from(OsString::from_vec(bytes)))
}

/// What a client that has not named a file itself finds it under.
pub(super) fn wire_address(paths: &PathMap, host: &Path) -> String {
    format!("{SCHEME}{}", paths.wire_path(host).display())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::paths::PathRules;

    fn paths() -> PathMap {
        let rules = PathRules {
            mounts: vec![("/home/daytona".into(), "/data/1/home".into())],
            work_dir: "/data/1/home".into(),
            ..PathRules::default()
        };
        PathMap::new(rules)
    }

    #[test]
    fn clients_address_documents_absolutely_relatively_and_bare() {
        let host = |called| Document::called(&paths(), called).map(|document| document.host);
        for called in [
            "file:///home/daytona/p/a.py",
            "file://p/a.py",
            "p/a.py",
            "file://./p/a.py",
            "/home/daytona/p/a.py",
        ] {
            assert_eq!(host(called), Ok(PathBuf::from("/data/1/home/p/a.py")), "{called}");
        }
        assert_eq!(host("file://a%20b.py"), Ok(PathBuf::from("/data/1/home/a%20b.py")));
        assert!(host("file://").is_err() && host("a\0b").is_err());
    }

    #[test]
    fn clients_find_a_file_they_have_not_named_under_its_name_in_the_sandbox() {
        assert_eq!(wire_address(&paths(), Path::new("/data/1/home/a b.py")), "file:///home/daytona/a b.py");
    }

    proptest! {
        #[test]
        fn a_servers_address_leads_back_to_the_file(bytes in prop::collection::vec(1_u8.., 0..60)) {
            let host = Path::new("/").join(OsString::from_vec(bytes));
            let address = address(&host);
            prop_assert!(address.is_ascii());
            prop_assert_eq!(file_at(&address), Some(host));
        }
    }
}
