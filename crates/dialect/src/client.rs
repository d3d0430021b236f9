//! Which client sent a request, and how old it is.
//!
//! Answers differ by client generation in a few places only (legacy-clients.md §8). The user agent is never looked at.

use std::cmp::Ordering;
use std::fmt;

use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderMap, HeaderName};

const SOURCE: HeaderName = HeaderName::from_static("x-daytona-source");
const VERSION: HeaderName = HeaderName::from_static("x-daytona-sdk-version");
const VERSION_PROTOCOL: &str = "X-Daytona-SDK-Version~";

/// What a request says of the client that sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientGeneration {
    /// `X-Daytona-Source`, such as `sdk-python`.
    pub source: Option<String>,
    /// `X-Daytona-SDK-Version`, or what follows the tilde of the sub-protocol of that name.
    pub version: Option<String>,
}

impl ClientGeneration {
    /// Reads the request's headers.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self { source: text(SOURCE), version: text(VERSION).or_else(|| offered_version(headers)) }
    }

    /// The version, when there is one that can be compared.
    #[must_use]
    pub fn parsed_version(&self) -> Option<Version> {
        self.version.as_deref().and_then(Version::parse)
    }

    /// Whether a version is known and lies before `version`.
    #[must_use]
    pub fn is_before(&self, version: &str) -> bool {
        match (self.parsed_version(), Version::parse(version)) {
            (Some(own), Some(other)) => own < other,
            _ => false,
        }
    }

    /// Whether newer answer members must be left out because an old Go client refuses them
    /// (toolbox-files-git-desktop.md §1.1).
    #[must_use]
    pub fn refuses_new_members(&self) -> bool {
        self.source.as_deref() == Some("sdk-go")
            && self.is_before("0.188.0")
            && self.parsed_version() > Version::parse("0.0.0")
    }
}

/// The version token among the sub-protocols of the first header line (toolbox-processes.md §1.3).
fn offered_version(headers: &HeaderMap) -> Option<String> {
    let offered = headers.get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    offered.split(',').find_map(|token| token.trim().strip_prefix(VERSION_PROTOCOL)).map(ToOwned::to_owned)
}

/// A version that can be ordered: semantic versioning, with Python's `a1` and `rc2` endings read as pre-releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    pre_release: Option<String>,
}

impl Version {
    /// Reads `1.2.3`, `v1.2.3`, `1.2.3-rc.1`, `1.2.3a1`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let text = text.split('+').next()?;
        let end = text
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let mut parts = numbers.split('.');
        let mut number = || parts.next()?.parse().ok();
        let numbers = [number()?, number()?, number()?];
        if parts.next().is_some() {
            return None;
        }
        let pre_release = rest.strip_prefix('-').unwrap_or(rest);
        Some(Self { numbers, pre_release: (!pre_release.is_empty()).then(|| pre_release.to_owned()) })
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (&self.pre_release, &other.pre_release) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(own), Some(other)) => own.cmp(other),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(formatter, "{major}.{minor}.{patch}")?;
        self.pre_release.as_ref().map_or(Ok(()), |pre| write!(formatter, "-{pre}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn pre_releases_come_before_their_release() {
        assert!(version("0.167.0a1") < version("0.167.0"));
        assert!(version("0.167.0-0") < version("0.167.0-a1"));
        assert!(version("v0.26.9") < version("0.27.0"));
        assert_eq!(Version::parse("garbage"), None);
        assert_eq!(Version::parse("0.27"), None);
    }

    #[test]
    fn the_version_is_taken_from_the_sub_protocol_when_no_header_names_it() {
        let mut headers = HeaderMap::new();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, "chat, X-Daytona-SDK-Version~0.150.1".parse().unwrap());
        assert_eq!(ClientGeneration::from_headers(&headers).version.as_deref(), Some("0.150.1"));
        headers.insert("x-daytona-sdk-version", "0.9.2".parse().unwrap());
        let client = ClientGeneration::from_headers(&headers);
        assert!(client.is_before("0.27.0"));
        assert!(!client.refuses_new_members());
    }
}
