//! Strict credentials and rate limits.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use control::{MemoryStore, RateLimit, Throttler};
use dialect::{Credential, Refusal, Tenants as _};
use serde_json::json;

use crate::support::{KEY, Lab};
use crate::{Ask as _, TOKEN};

fn limited(throttler: Throttler, requests: u64) -> Lab {
    Lab::with(Arc::new(MemoryStore::new()), |config| {
        config.rate_limits.insert(throttler, RateLimit { requests, window: Duration::from_secs(60) });
    })
}

#[tokio::test]
async fn a_throttled_create_says_what_is_left_and_then_when_to_come_back() {
    let lab = limited(Throttler::SandboxCreate, 1);
    let allowed = lab.send_json("/sandbox", json!({})).await;
    assert_eq!(allowed.headers["x-ratelimit-limit-sandbox-create"], "1");
    assert_eq!(allowed.headers["x-ratelimit-remaining-sandbox-create"], "0");
    assert_eq!(allowed.headers["x-ratelimit-reset-sandbox-create"], "60");
    lab.clock.advance(Duration::from_secs(15));
    let refused = lab.send_json("/sandbox", json!({})).await;
    assert_eq!(refused.headers["retry-after-sandbox-create"], "45");
    assert!(!refused.headers.contains_key("x-ratelimit-limit-sandbox-create"));
    assert_eq!(refused.error(429), "ThrottlerException: Too Many Requests");
    // Others are not counted with it, and the time passes.
    lab.get("/sandbox").await.expect(200);
    lab.clock.advance(Duration::from_secs(45));
    lab.send_json("/sandbox", json!({})).await.expect(200);
    let told = lab.get("/config").await.expect(200)["rateLimit"].clone();
    assert_eq!(told, json!({"sandboxCreate": {"ttl": 60, "limit": 1}}));
}

#[tokio::test]
async fn the_limit_comes_before_what_is_asked() {
    let lab = limited(Throttler::Authenticated, 1);
    lab.get("/sandbox/nothing").await.error(404);
    let refused = lab.get("/sandbox/nothing").await;
    assert_eq!(refused.headers["retry-after-authenticated"], "60");
    refused.error(429);
    lab.get("/health").await.expect(200);
}

#[tokio::test]
async fn refused_credentials_are_limited_with_the_plain_header() {
    let lab = limited(Throttler::FailedAuth, 1);
    lab.call_as("", "GET", "/sandbox", None).await.error(401);
    let refused = lab.call_as("", "GET", "/sandbox", None).await;
    assert_eq!(refused.headers["retry-after"], "60");
    refused.error(429);
    lab.get("/sandbox").await.expect(200);
}

#[tokio::test]
async fn nothing_is_limited_unless_asked_for() {
    let lab = Lab::new();
    let answer = lab.get("/sandbox").await;
    assert!(answer.headers.keys().all(|name| !name.as_str().contains("ratelimit")), "{:?}", answer.headers);
    assert_eq!(lab.get("/config").await.expect(200).get("rateLimit"), None);
}

fn strict() -> Lab {
    Lab::with(Arc::new(MemoryStore::new()), |config| config.strict_key = Some(KEY.to_owned()))
}

#[tokio::test]
async fn strict_credentials_let_in_only_what_was_given_out() {
    let lab = strict();
    lab.get("/sandbox").await.expect(200);
    assert_eq!(lab.call_as("dtn_made_up", "GET", "/sandbox", None).await.error(401), "Invalid credentials");
    let minted = lab.control.mint_api_key(None, "k", None).await.unwrap();
    lab.call_as(&minted, "GET", "/sandbox", None).await.expect(200);
    // Operations for people refuse keys, even the best.
    for path in ["/users/me", "/api-keys"] {
        assert_eq!(lab.get(path).await.error(401), "Invalid credentials", "{path}");
    }
    let default = lab.control.tenants().default_organization().to_string();
    let lift = lab.post(&format!("/organizations/{default}/unsuspend")).await;
    assert_eq!(lift.error(403), "Access denied");
}

#[tokio::test]
async fn strict_tokens_name_their_organization() {
    let lab = strict();
    let tenants = lab.control.tenants();
    let token = |organization: Option<&str>| {
        tenants.identify(&Credential::from_bearer(TOKEN, organization)).map(|caller| caller.organization)
    };
    assert_eq!(token(None), Err(Refusal::InvalidContext));
    assert_eq!(token(Some("nobody's")), Err(Refusal::InvalidContext));
    let default = tenants.default_organization().clone();
    assert_eq!(token(Some(default.as_str())), Ok(default.clone()));
    let caller = tenants.identify(&Credential::from_bearer(TOKEN, Some(default.as_str()))).unwrap();
    let mut request = http::Request::builder().uri("/users/me").body(Body::empty()).unwrap();
    request.extensions_mut().insert(caller);
    let answer = crate::support::answered(lab.control.api().respond(request).await).await;
    assert_eq!(answer.expect(200)["email"], "user@pitlane.test");
}

#[tokio::test]
async fn a_token_acts_in_the_organization_it_names() {
    let lab = Lab::new();
    let team = json!({"name": "Team", "defaultRegionId": "us"});
    let team = crate::id(&lab.send_json("/organizations", team).await.expect(201));
    let tenants = lab.control.tenants();
    let inside = tenants.identify(&Credential::from_bearer(TOKEN, Some(&team))).unwrap();
    assert_eq!(inside.organization.as_str(), team);
    let without = tenants.identify(&Credential::from_bearer(TOKEN, None)).unwrap();
    assert_eq!(without.organization, *tenants.default_organization());
}
