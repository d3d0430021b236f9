//! Keeps web pages from reaching into previews: a listener has no layers before it.
//!
//! As for the server itself, a name that may have been rebound is refused by its `Host`, a page of another site by its
//! `Origin`. Pages of programs on this machine may visit each other.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Uri};

use crate::urls::is_loopback;

/// Why a visitor of a listener is turned away.
pub(super) fn refusal(headers: &HeaderMap) -> Option<String> {
    let host = text(headers, &HOST).unwrap_or("localhost");
    if !is_local(host) {
        return Some(format!("host {host} is not served here"));
    }
    let origin = text(headers, &ORIGIN)?;
    let authority = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().cloned());
    let admitted = authority.is_some_and(|authority| authority == host || is_loopback(authority.host()));
    (!admitted).then(|| format!("origin {origin} is not allowed"))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // A header that is no text matches nothing that is allowed.
    headers.get(name).map(|value| value.to_str().unwrap_or("(not text)"))
}

fn is_local(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    is_loopback(name) || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_names_and_pages_are_turned_away() {
        let refused = |pairs: &[(HeaderName, &str)]| {
            refusal(&pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect())
                .is_some()
        };
        for host in ["127.0.0.1:1", "localhost:1", "[::1]:1", "10.0.0.7:1", "a.localhost"] {
            assert!(!refused(&[(HOST, host)]), "{host}");
        }
        assert!(refused(&[(HOST, "evil.example")]));
        assert!(!refused(&[(HOST, "127.0.0.1:1"), (ORIGIN, "http://localhost:5173")]));
        assert!(!refused(&[(HOST, "10.0.0.7:1"), (ORIGIN, "http://10.0.0.7:1")]));
        for origin in ["https://evil.example", "null"] {
            assert!(refused(&[(HOST, "127.0.0.1:1"), (ORIGIN, origin)]), "{origin}");
        }
    }
}
