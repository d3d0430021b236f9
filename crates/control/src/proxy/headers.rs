//! What of a message is meant for the next hop only.

use axum::body::Body;
use axum::extract::OriginalUri;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, LOCATION, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};

const HOP_BY_HOP: [&str; 6] =
    ["keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "proxy-connection"];
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const SKIP_ACTIVITY: &str = "x-daytona-skip-last-activity-update";

/// Whether a request does not count as use of the sandbox.
pub(super) fn skips_activity(headers: &HeaderMap) -> bool {
    headers.get(SKIP_ACTIVITY).is_some_and(|value| value == "true")
}

/// Sends who looks at a port alone to the root of the program there, or the page's own links would lead elsewhere. No
/// credentials are needed for that: those in the query go along.
pub(super) fn to_root(request: &Request<Body>) -> Option<Response<Body>> {
    let port = request.uri().path().strip_prefix("/proxy/")?;
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if !is_port || request.method() != Method::GET || request.headers().contains_key(UPGRADE) {
        return None;
    }
    let asked =
        request.extensions().get::<OriginalUri>().map_or_else(|| request.uri(), |original| &original.0);
    let query = asked.query().map_or_else(String::new, |query| format!("?{query}"));
    let location = format!("{}/{query}", asked.path());
    let shown =
        location.replace('&', "&amp;").replace('"', "&#34;").replace('<', "&lt;").replace('>', "&gt;");
    let mut response = Response::new(Body::from(format!("<a href=\"{shown}\">Moved Permanently</a>.\n\n")));
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::from_str(&location).ok()?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Some(response)
}

/// Takes away what concerns the connection to us, and says which host was asked for.
pub(super) fn clean_request(request: &mut Request<Body>, upgrades: bool) {
    let upgrade = request.headers().get(UPGRADE).cloned().filter(|_| upgrades);
    let headers = request.headers_mut();
    strip(headers);
    if let Some(upgrade) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, upgrade);
    }
    if let Some(host) = headers.get(HOST).cloned() {
        headers.entry(FORWARDED_HOST).or_insert(host);
    }
}

/// Takes away what concerns the connection to the agent, and puts `prefix` back into redirects to its own paths.
pub(super) fn clean_response(headers: &mut HeaderMap, prefix: &str) {
    strip(headers);
    let own = headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let own = own.filter(|location| location.starts_with('/') && !location.starts_with("//"));
    let location = own.and_then(|location| HeaderValue::from_str(&format!("{prefix}{location}")).ok());
    if let Some(location) = location {
        headers.insert(LOCATION, location);
    }
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    for name in [CONNECTION, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
}
