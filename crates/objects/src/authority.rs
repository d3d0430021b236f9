//! A certificate authority of this machine's own, so that clients that take only TLS can be served.
//!
//! It can vouch for local names and addresses only: whoever trusts it, even system-wide, trusts nobody beyond this
//! machine and its private networks with it, whatever becomes of its key.

use std::collections::HashMap;
use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use time::OffsetDateTime;

/// Its certificate, for others to trust.
const CERTIFICATE: &str = "ca.pem";
/// Certificate and key.
const SECRET: &str = "authority.pem";
/// Ends the certificate in that file.
const END: &str = "-----END CERTIFICATE-----";
const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Clients of other clocks shall be served too.
const GRACE: SignedDuration = SignedDuration::from_hours(48);
/// Certificates kept at once; a client names as many hosts as it likes.
const MOST: usize = 64;

/// What it may vouch for: this machine and private networks (RFC 1918, 4193, 6761, 6762, 8375).
const NAMES: [&str; 5] = ["localhost", "local", "internal", "test", "home.arpa"];
const NETWORKS: [(&str, u8); 8] = [
    ("127.0.0.0", 8),
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("169.254.0.0", 16),
    ("::1", 128),
    ("fc00::", 7),
    ("fe80::", 10),
];

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// Its files cannot be read or written.
    #[error("failed to keep the certificate authority in {0}: {1}")]
    Files(PathBuf, #[source] io::Error),
    /// The file with its key holds something else.
    #[error("{0} holds no certificate authority; remove it to have a new one made")]
    Broken(PathBuf),
    /// A certificate could not be made.
    #[error("failed to make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A key cannot be used.
    #[error("failed to use a key: {0}")]
    Key(#[from] rustls::Error),
}

/// A certificate authority.
pub struct Authority {
    certificate: String,
    path: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    issued: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Authority {
    /// The authority in `directory`, made when there is none: the same for all who ask at once. Its key can be read by
    /// this user only. Blocks.
    ///
    /// # Errors
    /// When its files cannot be read or written, or are something else.
    pub fn open(directory: &Path, now: Timestamp) -> Result<Self, AuthorityError> {
        let failed = |error| AuthorityError::Files(directory.to_owned(), error);
        let secret = directory.join(SECRET);
        let text = match fs::read_to_string(&secret) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
                // Whoever comes second takes what the first one made.
                offer(&secret, &new_authority(now)?).map_err(failed)?;
                fs::read_to_string(&secret)
            }
            read => read,
        };
        let text = text.map_err(failed)?;
        let broken = || AuthorityError::Broken(secret.clone());
        let (certificate, key) = text.split_at(text.find(END).ok_or_else(broken)? + END.len());
        let key = KeyPair::from_pem(key.trim()).map_err(|_| broken())?;
        let (certificate, path) = (format!("{certificate}\n"), directory.join(CERTIFICATE));
        if fs::read_to_string(&path).ok().as_deref() != Some(&*certificate) {
            replace(&path, &certificate).map_err(failed)?;
        }
        Ok(Self { certificate, path, issuer: Issuer::new(parameters(now), key), issued: Mutex::default() })
    }

    /// The file with its certificate, in PEM.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A certificate for a host: a name, or a numeric address.
    pub(crate) fn vouch(&self, host: &str, now: Timestamp) -> Result<Arc<CertifiedKey>, AuthorityError> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = issued.get(host) {
            return Ok(Arc::clone(known));
        }
        let certified = Arc::new(self.issue(host, now)?);
        if issued.len() >= MOST {
            issued.clear();
        }
        issued.insert(host.to_owned(), Arc::clone(&certified));
        Ok(certified)
    }

    fn issue(&self, host: &str, now: Timestamp) -> Result<CertifiedKey, AuthorityError> {
        let mut hosts = vec![host.to_owned()];
        if crate::is_loopback(host) {
            hosts.extend(["localhost", "127.0.0.1", "::1"].map(ToOwned::to_owned));
            hosts.sort();
            hosts.dedup();
        }
        let mut certificate = CertificateParams::new(hosts)?;
        certificate.distinguished_name = named("Pitlane object store");
        certificate.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        certificate.use_authority_key_identifier_extension = true;
        (certificate.not_before, certificate.not_after) = (date(now, -GRACE), date(now, YEAR));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = certificate.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(CertifiedKey::new(vec![certificate.into()], any_ecdsa_type(&key)?))
    }
}

fn new_authority(now: Timestamp) -> Result<String, AuthorityError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = parameters(now).self_signed(&key)?;
    Ok(format!("{}{}", certificate.pem(), key.serialize_pem()))
}

fn parameters(now: Timestamp) -> CertificateParams {
    let names = NAMES.iter().map(|name| GeneralSubtree::DnsName((*name).to_owned()));
    let networks = NETWORKS.iter().filter_map(|(address, length)| {
        Some(GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
            address.parse::<IpAddr>().ok()?,
            *length,
        )))
    });
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = named("Pitlane local certificate authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.chain(networks).collect(),
        excluded_subtrees: Vec::new(),
    });
    (parameters.not_before, parameters.not_after) = (date(now, -GRACE), date(now, YEAR * 10));
    parameters
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn date(now: Timestamp, later: SignedDuration) -> OffsetDateTime {
    let date = now.saturating_add(later).unwrap_or(now);
    OffsetDateTime::from_unix_timestamp(date.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Writes a file whole, which nobody but this user may read, unless there is one of its name.
fn offer(path: &Path, text: &str) -> io::Result<()> {
    match draft(path, text)?.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    draft(path, text)?.persist(path).map(drop).map_err(|error| error.error)
}

/// Temporary files are made for this user only.
fn draft(path: &Path, text: &str) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn now() -> Timestamp {
        "2030-01-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_authority_is_made_once_and_its_key_is_this_users_alone() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("deep/ca");
        let at_once: Vec<_> = (0..4)
            .map(|_| {
                let directory = directory.clone();
                std::thread::spawn(move || Authority::open(&directory, now()).unwrap().certificate)
            })
            .collect();
        let made: std::collections::BTreeSet<String> =
            at_once.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(made.len(), 1);
        let again = Authority::open(&directory, now()).unwrap();
        assert!(made.contains(again.certificate()));
        assert_eq!(fs::read_to_string(again.path()).unwrap(), again.certificate());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&directory), mode(&directory.join(SECRET))), (0o700, 0o600));
        assert!(!again.certificate().contains("KEY"));
    }

    #[test]
    fn a_file_that_is_no_authority_is_left_alone_and_named() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join(SECRET), "mine").unwrap();
        let error = Authority::open(place.path(), now()).err().unwrap();
        assert!(error.to_string().contains(SECRET), "{error}");
        assert_eq!(fs::read_to_string(place.path().join(SECRET)).unwrap(), "mine");
    }
}
