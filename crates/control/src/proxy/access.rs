//! Who may come through the proxy. Every credential shown is tried in turn; one that opens the sandbox is enough, and
//! all that were accepted or are only meant for the proxy are taken away before the request goes on.

use std::sync::Arc;

use axum::extract::Request;
use dialect::Caller;
use http::header::AUTHORIZATION;

use super::signature::Signed;
use super::{ProxyError, with_query};
use crate::control::Shared;
use crate::record::SandboxRecord;

const TOKEN_HEADER: &str = "x-daytona-preview-token";
const TOKEN_QUERY: &str = "DAYTONA_SANDBOX_AUTH_KEY";

const MISSING: &str = "missing authentication: provide a preview access token (via header, query parameter, or \
                       cookie) or use an API key or JWT";

/// The sandbox meant, when the request may reach it.
pub(crate) fn admit(
    shared: &Shared,
    id_or_name: &str,
    request: &mut Request,
) -> Result<Arc<SandboxRecord>, ProxyError> {
    let caller = request.extensions_mut().remove::<Caller>();
    let header_token = request.headers_mut().remove(TOKEN_HEADER);
    let (query_token, rest) = split_query(request.uri().query());
    let shows_bearer = request.headers().contains_key(AUTHORIZATION);

    let own = caller
        .as_ref()
        .and_then(|caller| shared.registry.find(&caller.organization, id_or_name, shared.now(), false).ok());
    if let Some(record) = own {
        request.headers_mut().remove(AUTHORIZATION);
        drop_query_token(request, query_token.as_deref() == Some(&record.auth_token), rest.as_deref());
        return Ok(record);
    }
    let by_token = |token: &str| by_token(shared, id_or_name, token);
    if let Some(record) = header_token.as_ref().and_then(|token| token.to_str().ok()).and_then(by_token) {
        return Ok(record);
    }
    if let Some(record) = query_token.as_deref().and_then(by_token) {
        drop_query_token(request, true, rest.as_deref());
        return Ok(record);
    }
    if let Some(signed) = Signed::read(request.method(), request.uri()) {
        return admit_signed(shared, id_or_name, request, &signed);
    }
    Err(refusal(shows_bearer.then_some(caller.is_some()), header_token.is_some(), query_token.is_some()))
}

/// The sandbox with this id, when the request carries its token in header or query; the token is taken out then.
pub(crate) fn by_tokens(shared: &Shared, id: &str, request: &mut Request) -> Option<Arc<SandboxRecord>> {
    let header_token = request.headers().get(TOKEN_HEADER).and_then(|token| token.to_str().ok());
    if let Some(record) = header_token.and_then(|token| by_token(shared, id, token)) {
        request.headers_mut().remove(TOKEN_HEADER);
        return Some(record);
    }
    let (query_token, rest) = split_query(request.uri().query());
    let record = by_token(shared, id, &query_token?)?;
    request.headers_mut().remove(TOKEN_HEADER);
    drop_query_token(request, true, rest.as_deref());
    Some(record)
}

fn by_token(shared: &Shared, id: &str, token: &str) -> Option<Arc<SandboxRecord>> {
    shared.registry.get(id).filter(|record| !record.is_leaving() && same(&record.auth_token, token))
}

/// Lets in who has a URL that was signed for this very request; what signed it does not go on.
fn admit_signed(
    shared: &Shared,
    id: &str,
    request: &mut Request,
    signed: &Signed,
) -> Result<Arc<SandboxRecord>, ProxyError> {
    let record = shared.registry.get(id).filter(|record| !record.is_leaving());
    signed.check(record.as_ref().and_then(|record| record.signing_key.as_deref()), shared.now())?;
    // A signature that holds was made with a sandbox's key.
    let record = record.ok_or_else(|| ProxyError::not_found("sandbox container not found"))?;
    let (method, rest) = signed.passed_on();
    *request.method_mut() = method;
    if let Some(uri) = with_query(request.uri(), rest) {
        *request.uri_mut() = uri;
    }
    Ok(record)
}

/// The words for a request nobody could let in. `bearer` says whether one was shown, and then whether it is somebody's:
/// who is known is told that the sandbox is not there, whosever it is.
fn refusal(bearer: Option<bool>, header_token: bool, query_token: bool) -> ProxyError {
    let reasons: Vec<&str> = [
        (bearer.is_some(), "Bearer token is invalid"),
        (header_token, "Auth key header is invalid"),
        (query_token, "Auth key query parameter is invalid"),
    ]
    .into_iter()
    .filter_map(|(shown, reason)| shown.then_some(reason))
    .collect();
    match (reasons.is_empty(), bearer) {
        (true, _) => ProxyError::unauthorized(MISSING),
        (false, Some(true)) if reasons.len() == 1 => ProxyError::not_found("sandbox container not found"),
        _ => ProxyError::unauthorized(format!("authentication failed: {}", reasons.join(","))),
    }
}

/// The token in a query and the query without it; the rest is encoded anew with its names sorted.
fn split_query(query: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(query) = query.filter(|query| query.contains(TOKEN_QUERY)) else { return (None, None) };
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let token = pairs.iter().find(|(name, _)| name == TOKEN_QUERY).map(|(_, value)| value.clone());
    pairs.retain(|(name, _)| name != TOKEN_QUERY);
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    (token, (!rest.is_empty()).then_some(rest))
}

/// Takes an accepted token out of the query.
fn drop_query_token(request: &mut Request, accepted: bool, rest: Option<&str>) {
    if accepted && let Some(uri) = with_query(request.uri(), rest) {
        *request.uri_mut() = uri;
    }
}

/// Compares secrets in a time that does not depend on where they differ.
fn same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && differences == 0
}
