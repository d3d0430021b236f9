//! Who asks: reads the credential and leaves a [`Caller`] or a [`Refusal`] in the request's extensions.
//!
//! Whether a caller is needed is said by the contract, operation by operation, and enforced where the operation is known.

use axum::extract::Request;
use contract::{Credentials, Document};
use dialect::{Caller, Credential, Refusal, Tenants};
use http::header::{AUTHORIZATION, ORIGIN};
use http::{HeaderMap, HeaderName};

/// Which organization a token asks for.
const ORGANIZATION: HeaderName = HeaderName::from_static("x-daytona-organization-id");
/// What a browser says of where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Leaves in the request's extensions who sends it, or why nobody does.
pub(crate) fn name(tenants: &dyn Tenants, document: Option<&'static Document>, request: &mut Request) {
    match identify(tenants, document, request) {
        Ok(caller) => drop(request.extensions_mut().insert(caller)),
        Err(refusal) => drop(request.extensions_mut().insert(refusal)),
    }
}

/// Each API says in its document how requests show who sends them.
fn identify(
    tenants: &dyn Tenants,
    document: Option<&Document>,
    request: &Request,
) -> Result<Caller, Refusal> {
    let headers = request.headers();
    match document.map_or(Credentials::Bearer, |document| document.credentials) {
        Credentials::Bearer => {
            let bearer = bearer(headers).ok_or(Refusal::InvalidCredentials)?;
            let organization = headers.get(&ORGANIZATION).and_then(|value| value.to_str().ok());
            tenants.identify(&Credential::from_bearer(bearer, organization))
        }
        Credentials::ApiKey { header, query } => {
            if let Some(key) = text(headers, header).filter(|key| !key.is_empty()) {
                return tenants.identify(&Credential::ApiKey(key.to_owned()));
            }
            if let Some(bearer) = bearer(headers) {
                return tenants.identify(&Credential::from_bearer(bearer, text(headers, "x-org-id")));
            }
            let key = query_key(request, query).ok_or(Refusal::InvalidCredentials)?;
            tenants.identify(&Credential::ApiKey(key))
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The key in the query. A page of another site can make a browser send any address, with any key in it; it is told by
/// what browsers say of such requests. Where they name its origin, that was let through before.
fn query_key(request: &Request, name: &str) -> Option<String> {
    let foreign = matches!(
        request.headers().get(FETCH_SITE).map(http::HeaderValue::as_bytes),
        Some(b"cross-site" | b"same-site")
    );
    if foreign && !request.headers().contains_key(ORIGIN) {
        return None;
    }
    let query = request.uri().query()?.as_bytes();
    let value = form_urlencoded::parse(query).find(|(known, _)| known == name)?.1.into_owned();
    (!value.is_empty()).then_some(value)
}

/// The token of `Authorization: Bearer`; the scheme's letter case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_query_counts_unless_a_page_of_another_site_put_it_there() {
        let read = |target: &str, headers: &[(&str, &str)]| {
            let request = http::Request::builder().uri(target);
            let request =
                headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            query_key(&request.body(axum::body::Body::empty()).unwrap(), "apiKey")
        };
        assert_eq!(read("/x?apiKey=a%20b", &[]), Some("a b".to_owned()));
        assert_eq!(read("/x?apiKey=", &[]), None);
        assert_eq!(read("/x", &[]), None);
        assert_eq!(read("/x?apiKey=k", &[("sec-fetch-site", "cross-site")]), None);
        assert_eq!(read("/x?apiKey=k", &[("sec-fetch-site", "none")]), Some("k".to_owned()));
        let admitted = [("sec-fetch-site", "same-site"), ("origin", "http://localhost:5173")];
        assert_eq!(read("/x?apiKey=k", &admitted), Some("k".to_owned()));
    }

    #[test]
    fn only_a_bearer_token_counts() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(ToOwned::to_owned)
        };
        assert_eq!(read("Bearer key"), Some("key".to_owned()));
        assert_eq!(read("bearer  key "), Some("key".to_owned()));
        assert_eq!(read("Bearer "), None);
        assert_eq!(read("Basic key"), None);
        assert_eq!(read("key"), None);
    }
}
