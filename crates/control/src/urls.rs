//! The address a client reached us under, and the addresses it is given.
//!
//! Every URL in an answer begins with what the request itself names, so that it works behind a random port, a proxy or a
//! container's port mapping.

use http::header::HOST;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, request};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Scheme and authority of the request, such as `http://127.0.0.1:3986`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: &'static str,
    authority: String,
}

impl BaseUrl {
    /// Reads the forwarding headers, then `Host`, then the request's own target. The listener says `https` by putting
    /// an [`http::uri::Scheme`] into the request's extensions.
    #[must_use]
    pub fn of(parts: &request::Parts) -> Self {
        let forwarded = first(&parts.headers, &FORWARDED_PROTO);
        let https = match forwarded {
            Some(scheme) => scheme.eq_ignore_ascii_case("https"),
            None => parts.extensions.get::<Scheme>().or(parts.uri.scheme()) == Some(&Scheme::HTTPS),
        };
        let authority = [&FORWARDED_HOST, &HOST]
            .into_iter()
            .filter_map(|name| first(&parts.headers, name))
            .find_map(host)
            .or_else(|| parts.uri.authority().and_then(|authority| host(authority.as_str())))
            .unwrap_or_else(|| "localhost".to_owned());
        Self { scheme: if https { "https" } else { "http" }, authority }
    }

    /// `<scheme>://<host>/toolbox`: clients append `/<sandbox id>/<path>`.
    #[must_use]
    pub fn toolbox(&self) -> String {
        self.join("/toolbox")
    }

    /// This address followed by `path`.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.authority)
    }

    /// `domain` with the port the client used, unless it brings its own.
    pub(crate) fn with_port(&self, domain: &str) -> String {
        let own_port = self.authority.parse::<Authority>().ok().and_then(|authority| authority.port_u16());
        let has_port = domain.parse::<Authority>().is_ok_and(|authority| authority.port().is_some());
        match own_port.filter(|_| !has_port) {
            Some(port) => format!("{domain}:{port}"),
            None => domain.to_owned(),
        }
    }

    /// The address of another host, reached as this one is.
    pub(crate) fn of_host(&self, host: &str) -> String {
        format!("{}://{host}", self.scheme)
    }

    /// Whether the client reached us by a name of this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.authority.parse::<Authority>().is_ok_and(|authority| is_loopback(authority.host()))
    }

    /// The host alone, as it stands in an address.
    pub(crate) fn host(&self) -> &str {
        let authority = self.authority.as_str();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// Host and port without the scheme.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

/// Whether a host, as it stands in an address, is this machine and nothing else.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.trim_matches(['[', ']']);
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The first value of a header proxies append to.
fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    value.split(',').next().map(str::trim).filter(|value| !value.is_empty())
}

/// Takes host and port, and nothing that could smuggle a user name or a path into a URL.
fn host(text: &str) -> Option<String> {
    let authority: Authority = text.parse().ok()?;
    (!authority.as_str().contains('@')).then(|| authority.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(headers: &[(&str, &str)]) -> String {
        let mut request = http::Request::builder().uri("/sandbox");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        BaseUrl::of(&request.body(()).unwrap().into_parts().0).toolbox()
    }

    #[test]
    fn the_toolbox_address_is_built_from_the_host_the_client_named() {
        assert_eq!(base(&[("host", "127.0.0.1:3986")]), "http://127.0.0.1:3986/toolbox");
        assert_eq!(base(&[("host", "[::1]:80")]), "http://[::1]:80/toolbox");
    }

    #[test]
    fn forwarding_headers_win_and_their_first_value_counts() {
        let headers = [
            ("host", "10.0.0.2:3986"),
            ("x-forwarded-host", "dev.example.com, inner"),
            ("x-forwarded-proto", "https, http"),
        ];
        assert_eq!(base(&headers), "https://dev.example.com/toolbox");
    }

    #[test]
    fn a_host_with_more_than_host_and_port_is_not_believed() {
        for bad in ["user@evil", "a/b", "a b", ""] {
            assert_eq!(base(&[("host", bad)]), "http://localhost/toolbox", "{bad}");
        }
    }

    #[test]
    fn hosts_of_previews_take_the_port_the_client_used_unless_the_domain_has_one() {
        let base = |host: &str| {
            let request = http::Request::builder().header("host", host).body(()).unwrap();
            BaseUrl::of(&request.into_parts().0)
        };
        assert_eq!((base("a:3986").host(), base("a").host(), base("[::1]:80").host()), ("a", "a", "[::1]"));
        assert_eq!(base("[::1]").host(), "[::1]");
        assert_eq!(base("a:3986").with_port("p.test"), "p.test:3986");
        assert_eq!(base("a:3986").with_port("p.test:9"), "p.test:9");
        assert_eq!(base("a").with_port("p.test"), "p.test");
        assert_eq!(base("a").of_host("80-x.p.test"), "http://80-x.p.test");
        assert!(base("127.0.0.1:1").is_loopback() && base("[::1]:1").is_loopback());
        assert!(!base("10.0.0.7:1").is_loopback() && !base("dev.example").is_loopback());
    }

    #[test]
    fn the_listener_can_say_that_it_speaks_tls() {
        let mut request = http::Request::builder().header("host", "a:1").body(()).unwrap();
        request.extensions_mut().insert(Scheme::HTTPS);
        assert_eq!(BaseUrl::of(&request.into_parts().0).join("/x"), "https://a:1/x");
    }
}
