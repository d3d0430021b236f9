//! The certificates a machine trusts, where the common systems keep them in one file.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Debian, Ubuntu, Arch and Alpine; Alpine and others; openSUSE; Fedora and relatives, by both names.
const PLACES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

/// One of them.
pub(super) struct Bundle {
    /// Without links.
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A bundle as it would be with one certificate more.
pub(super) struct Extended {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Every bundle of this machine, once however it is called.
pub(super) fn all() -> Vec<Bundle> {
    let paths: BTreeSet<PathBuf> = PLACES.iter().filter_map(|place| fs::canonicalize(place).ok()).collect();
    // They hold certificates and comments, which need not be UTF-8.
    let read = |path: PathBuf| {
        let text = fs::read(&path).ok()?;
        Some(Bundle { path, text: String::from_utf8_lossy(&text).into_owned() })
    };
    paths.into_iter().filter_map(read).collect()
}

/// Those that lack a certificate, with it.
pub(super) fn lacking(certificate: &str) -> Vec<Extended> {
    let lacking = all().into_iter().filter(|bundle| !holds(&bundle.text, certificate));
    lacking.map(|Bundle { path, text }| Extended { path, text: with(&text, certificate) }).collect()
}

/// A bundle with a certificate more.
pub(super) fn with(bundle: &str, certificate: &str) -> String {
    if holds(bundle, certificate) {
        return bundle.to_owned();
    }
    let end = if bundle.is_empty() || bundle.ends_with('\n') { "" } else { "\n" };
    format!("{bundle}{end}{certificate}")
}

fn holds(bundle: &str, certificate: &str) -> bool {
    bundle.contains(certificate.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_added_once_and_on_a_line_of_its_own() {
        let once = with("one", "two\n");
        assert_eq!(once, "one\ntwo\n");
        assert_eq!(with(&once, "two\n"), once);
        assert_eq!(with("", "two\n"), "two\n");
    }
}
