//! The key by which clients know the gateway again.

use std::io::{self, Write as _};
use std::path::Path;

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, HashAlg, PrivateKey, load_secret_key};

/// Why there is no host key.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    /// It cannot be made or written down.
    #[error("the host key cannot be made: {0}")]
    Key(#[from] russh::keys::ssh_key::Error),
    /// The file holds none.
    #[error("the host key cannot be read: {0}")]
    Read(#[from] russh::keys::Error),
    /// The file cannot be written.
    #[error("the host key cannot be written: {0}")]
    File(#[from] io::Error),
}

/// An Ed25519 key.
#[derive(Clone, Debug)]
pub struct HostKey(pub(crate) PrivateKey);

impl HostKey {
    /// A key nobody has seen before.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, HostKeyError> {
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519)?;
        Ok(Self(key))
    }

    /// The key in a file of OpenSSH's kind; it is made when there is none, readable for its user alone.
    ///
    /// # Errors
    ///
    /// When the file holds no key, or cannot be read or written.
    pub fn kept_in(file: &Path) -> Result<Self, HostKeyError> {
        if file.try_exists()? {
            return Ok(Self(load_secret_key(file, None)?));
        }
        let key = Self::generate()?;
        let text = key.0.to_openssh(LineEnding::LF)?;
        // In place as a whole, and never readable for others: temporary files are their user's alone.
        let mut written = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
        written.write_all(text.as_bytes())?;
        written.persist(file).map_err(|error| error.error)?;
        Ok(key)
    }

    /// Type and key, as they stand in `known_hosts` behind the host.
    #[must_use]
    pub fn public_key(&self) -> String {
        let text = self.0.public_key().to_openssh().unwrap_or_default();
        // What may follow the key is a comment.
        text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }

    /// The fingerprint, as clients show it: `SHA256:…`.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.public_key().fingerprint(HashAlg::Sha256).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_kept_key_is_the_same_the_next_time_and_nobody_elses_to_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key");
        let first = HostKey::kept_in(&file).unwrap();
        let second = HostKey::kept_in(&file).unwrap();
        assert_eq!(first.fingerprint(), second.fingerprint());
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(first.public_key().starts_with("ssh-ed25519 AAAA"), "{}", first.public_key());
        assert!(first.fingerprint().starts_with("SHA256:"));
        assert_ne!(first.fingerprint(), HostKey::generate().unwrap().fingerprint());
    }

    #[test]
    fn a_file_that_holds_no_key_is_not_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key");
        std::fs::write(&file, "no key").unwrap();
        HostKey::kept_in(&file).unwrap_err();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "no key");
    }
}
