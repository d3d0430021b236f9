//! Which port of which sandbox a visitor means.

use http::Uri;
use http::uri::PathAndQuery;

use crate::errors::ApiError;

/// A port of a sandbox, as it stands in an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The sandbox's id, or the token of a signed address.
    pub label: String,
    /// The port inside.
    pub port: u16,
}

impl Place {
    /// The place a host name stands for: `<port>-<id or token>.<domain>`. Ports of host and domain are not looked at.
    #[must_use]
    pub fn of_host(host: &str, domain: &str) -> Option<Self> {
        let name = without_port(host).to_ascii_lowercase();
        let label = name.strip_suffix(&without_port(domain).to_ascii_lowercase())?.strip_suffix('.')?;
        let (port, label) = label.split_once('-')?;
        Some(Self { label: label.to_owned(), port: read_port(port).ok()? })
            .filter(|place| !place.label.is_empty())
    }

    /// The place a toolbox path stands for, `/proxy/<port>/…`, and what comes after it.
    pub(crate) fn of_path(label: &str, uri: &Uri) -> Option<(Self, Uri)> {
        let rest = uri.path().strip_prefix("/proxy/")?;
        let end = rest.find('/').unwrap_or(rest.len());
        let place = Self { label: label.to_owned(), port: read_port(&rest[..end]).ok()? };
        let path = if end == rest.len() { "/" } else { &rest[end..] };
        let target = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        Some((place, Uri::from(PathAndQuery::try_from(target).ok()?)))
    }
}

/// A port as clients write it into paths.
pub(crate) fn read_port(text: &str) -> Result<u16, ApiError> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let port = plain.then(|| text.parse::<u16>().ok()).flatten().filter(|port| *port > 0);
    port.ok_or_else(|| ApiError::bad_request("Invalid port"))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_port_and_sandbox_before_the_domain() {
        let of =
            |host: &str| Place::of_host(host, "proxy.localhost:4000").map(|place| (place.port, place.label));
        assert_eq!(of("3000-a-b.proxy.localhost:9"), Some((3000, "a-b".to_owned())));
        assert_eq!(of("3000-A.b.PROXY.localhost"), Some((3000, "a.b".to_owned())));
        for other in [
            "proxy.localhost",
            "3000-.proxy.localhost",
            "x-a.proxy.localhost",
            "3000-aproxy.localhost",
            "0-a.proxy.localhost",
            "70000-a.proxy.localhost",
            "127.0.0.1:4000",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_path_keeps_what_comes_after_the_port_as_it_was_written() {
        let of = |path: &'static str| {
            Place::of_path("id", &Uri::from_static(path)).map(|(place, rest)| (place.port, rest.to_string()))
        };
        assert_eq!(of("/proxy/80/a%2Fb?c=d"), Some((80, "/a%2Fb?c=d".to_owned())));
        assert_eq!(of("/proxy/80"), Some((80, "/".to_owned())));
        assert_eq!(of("/proxy/80?x"), Some((80, "/?x".to_owned())));
        assert_eq!(of("/proxy/x/"), None);
        assert_eq!(of("/process/80"), None);
    }
}
