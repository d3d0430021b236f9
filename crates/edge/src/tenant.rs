//! Who asks: reads the credential and leaves a [`Caller`] or a [`Refusal`] in the request's extensions.
//!
//! Whether a caller is needed is said by the contract, operation by operation, and enforced where the operation is known.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use dialect::{Caller, Credential, Refusal, Tenants};
use http::HeaderMap;
use http::header::AUTHORIZATION;

pub(crate) async fn layer(
    State(tenants): State<Arc<dyn Tenants>>,
    mut request: Request,
    next: Next,
) -> Response {
    match identify(&*tenants, request.headers()) {
        Ok(caller) => drop(request.extensions_mut().insert(caller)),
        Err(refusal) => drop(request.extensions_mut().insert(refusal)),
    }
    next.run(request).await
}

fn identify(tenants: &dyn Tenants, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let bearer = bearer(headers).ok_or(Refusal::InvalidCredentials)?;
    let organization = headers.get("x-daytona-organization-id").and_then(|value| value.to_str().ok());
    tenants.identify(&Credential::from_bearer(bearer, organization))
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
