//! Keeps web pages from driving the server.
//!
//! A page on the web can make a browser send requests to loopback. Two things stop it: a name it controls that points to
//! 127.0.0.1 (DNS rebinding) is refused by its `Host`, and a request from a foreign page is refused by its `Origin`.
//! Addresses written as numbers cannot be rebound and are always let through.

use std::net::{IpAddr, SocketAddrV4};

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST,
    ORIGIN, VARY,
};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version};
use serde_json::json;

const METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("x-request-id,x-daytona-api-version,content-disposition");

/// Which host names and web origins may reach the server.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Guard {
    /// Lets loopback names, numeric addresses and `hosts` through, and pages of loopback origins and `origins`.
    #[must_use]
    pub fn new(hosts: &[String], origins: &[String]) -> Self {
        let lower = |names: &[String]| names.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { hosts: lower(hosts), origins: lower(origins) }
    }

    fn admits_host(&self, host: &str) -> bool {
        // Most hosts are such an address; it is read without copying anything.
        if host.parse::<SocketAddrV4>().is_ok() {
            return true;
        }
        let name = host.parse::<Authority>().map(|authority| authority.host().to_ascii_lowercase());
        name.is_ok_and(|name| is_local(&name) || self.hosts.contains(&name))
    }

    fn admits_origin(&self, origin: &str, host: Option<&str>) -> bool {
        if self.origins.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(origin)) {
            return true;
        }
        let Ok(uri) = origin.parse::<Uri>() else { return false };
        let same = uri.authority().is_some_and(|authority| host == Some(authority.as_str()));
        same || uri.host().is_some_and(is_loopback)
    }

    fn refusal(&self, headers: &HeaderMap) -> Option<String> {
        let host = text(headers, &HOST);
        if let Some(host) = host.filter(|host| !self.admits_host(host)) {
            return Some(format!(
                "host {host} is not served here; start the server with --allow-host to admit it"
            ));
        }
        let origin = text(headers, &ORIGIN)?;
        let refused = !self.admits_origin(origin, host);
        refused.then(|| {
            format!("origin {origin} is not allowed; start the server with --allow-origin to admit it")
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    // A header that is no text matches nothing that is allowed.
    headers.get(name).map(|value| value.to_str().unwrap_or("(not text)"))
}

/// A name that cannot have been rebound.
fn is_local(name: &str) -> bool {
    is_loopback(name) || address(name).is_some()
}

fn is_loopback(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || address(name).is_some_and(|address| address.is_loopback())
}

fn address(name: &str) -> Option<IpAddr> {
    name.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether a request names exactly one host, as every client of HTTP/1.1 must (RFC 9112 §3.2).
fn names_its_host(request: &Request) -> bool {
    match request.headers().get_all(HOST).iter().count() {
        0 => request.version() < Version::HTTP_11 || request.uri().host().is_some(),
        count => count == 1,
    }
}

/// What becomes of a request that has just come in.
pub(crate) enum Admission {
    /// It goes on.
    Admitted,
    /// A browser asks whether it may send one; answered here.
    Preflight(Response),
    /// It goes no further, and its page learns nothing.
    Refused(Response),
}

impl Guard {
    /// Looks at the head of a request.
    pub(crate) fn admit(&self, request: &Request) -> Admission {
        if !names_its_host(request) {
            let message = "the request must name one host";
            let body = json!({ "statusCode": 400, "error": "Bad Request", "message": message });
            return Admission::Refused((StatusCode::BAD_REQUEST, Json(body)).into_response());
        }
        if let Some(reason) = self.refusal(request.headers()) {
            let body = json!({ "statusCode": 403, "error": "Forbidden", "message": reason });
            return Admission::Refused((StatusCode::FORBIDDEN, Json(body)).into_response());
        }
        let asks = || request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if request.method() == Method::OPTIONS && asks() {
            return Admission::Preflight(preflight_answer(request.headers()));
        }
        Admission::Admitted
    }
}

/// Lets the page the request came from read the answer.
pub(crate) fn share(response: &mut Response, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(VARY, HeaderValue::from_static("origin"));
}

fn preflight_answer(request: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    if let Some(asked) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(guard: &Guard, pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        guard.refusal(&headers.collect()).is_some()
    }

    #[test]
    fn loopback_names_and_numbers_are_served_and_other_names_are_not() {
        let guard = Guard::new(&["ci.internal".to_owned()], &[]);
        for host in
            ["localhost:3986", "127.0.0.1:1", "[::1]:3986", "a.localhost", "10.0.0.7:80", "CI.internal:9"]
        {
            assert!(!refused(&guard, &[("host", host)]), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:3986", "localhost.evil.example", "a b"] {
            assert!(refused(&guard, &[("host", host)]), "{host}");
        }
        assert!(!refused(&guard, &[]), "a client older than HTTP/1.1 is no browser");
    }

    #[test]
    fn a_request_names_one_host_unless_it_is_older_than_http_1_1() {
        let request = |version, hosts: &[&str]| {
            let request = http::Request::builder().version(version).uri("/path");
            hosts
                .iter()
                .fold(request, |request, host| request.header(HOST, *host))
                .body(axum::body::Body::empty())
                .unwrap()
        };
        assert!(names_its_host(&request(Version::HTTP_11, &["a"])));
        assert!(!names_its_host(&request(Version::HTTP_11, &[])));
        assert!(!names_its_host(&request(Version::HTTP_11, &["a", "a"])));
        assert!(names_its_host(&request(Version::HTTP_10, &[])));
        assert!(!names_its_host(&request(Version::HTTP_10, &["a", "b"])));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let guard = Guard::new(&[], &["https://dash.example".to_owned()]);
        for origin in
            ["http://localhost:5173", "http://127.0.0.1", "https://dash.example", "http://10.0.0.7:80"]
        {
            assert!(!refused(&guard, &[("host", "10.0.0.7:80"), ("origin", origin)]), "{origin}");
        }
        for origin in ["https://evil.example", "null", "http://10.0.0.8:80", "file://"] {
            assert!(refused(&guard, &[("host", "127.0.0.1:3986"), ("origin", origin)]), "{origin}");
        }
    }
}
