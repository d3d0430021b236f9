//! Rate limits, off unless asked for (control-plane.md §1.6).
//!
//! Requests are counted per organization in windows that begin with their first request. A request that is let through
//! says what is left; one that is not says when to come back.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contract::{Auth, Operation};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::organization::Limits;

/// The named throttlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Throttler {
    /// Operations that need no credential.
    Anonymous,
    /// Requests with a credential that is refused.
    FailedAuth,
    /// Every operation with a credential.
    Authenticated,
    /// Creating and forking sandboxes.
    SandboxCreate,
    /// Starting, stopping and other changes of a sandbox's state.
    SandboxLifecycle,
    /// Listing sandboxes.
    SandboxList,
}

impl Throttler {
    /// Every throttler.
    pub const ALL: &'static [Self] = &[
        Self::Anonymous,
        Self::FailedAuth,
        Self::Authenticated,
        Self::SandboxCreate,
        Self::SandboxLifecycle,
        Self::SandboxList,
    ];

    /// Its name in headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::FailedAuth => "failed-auth",
            Self::Authenticated => "authenticated",
            Self::SandboxCreate => "sandbox-create",
            Self::SandboxLifecycle => "sandbox-lifecycle",
            Self::SandboxList => "sandbox-list",
        }
    }

    /// The throttlers an operation counts for.
    fn of(operation: &Operation) -> impl Iterator<Item = Self> {
        let first = if operation.auth == Auth::None { Self::Anonymous } else { Self::Authenticated };
        let second = match operation.id {
            "createSandbox" | "forkSandbox" => Some(Self::SandboxCreate),
            "deleteSandbox" | "recoverSandbox" | "startSandbox" | "stopSandbox" | "pauseSandbox"
            | "resizeSandbox" | "archiveSandbox" => Some(Self::SandboxLifecycle),
            "listSandboxes" => Some(Self::SandboxList),
            _ => None,
        };
        [Some(first), second].into_iter().flatten()
    }

    /// What an organization's own limits say of it.
    fn own(self, limits: &Limits) -> Option<RateLimit> {
        let (requests, seconds) = match self {
            Self::Authenticated => {
                (limits.authenticated_rate_limit, limits.authenticated_rate_limit_ttl_seconds)
            }
            Self::SandboxCreate => {
                (limits.sandbox_create_rate_limit, limits.sandbox_create_rate_limit_ttl_seconds)
            }
            Self::SandboxLifecycle => {
                (limits.sandbox_lifecycle_rate_limit, limits.sandbox_lifecycle_rate_limit_ttl_seconds)
            }
            _ => (None, None),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both saturate")]
        let (requests, seconds) = (requests? as u64, seconds? as u64);
        (seconds > 0).then_some(RateLimit { requests, window: Duration::from_secs(seconds) })
    }
}

/// So many requests in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests let through in a window.
    pub requests: u64,
    /// Length of a window.
    pub window: Duration,
}

/// Counts requests.
#[derive(Default)]
pub(crate) struct Throttles {
    limits: BTreeMap<Throttler, RateLimit>,
    windows: Mutex<HashMap<(Throttler, String), Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    began: Timestamp,
    requests: u64,
    length: Duration,
}

/// What the throttlers say of a request; the headers go on its answer either way.
pub(crate) struct Verdict {
    pub(crate) allowed: bool,
    pub(crate) headers: HeaderMap,
}

impl Throttles {
    pub(crate) fn new(limits: BTreeMap<Throttler, RateLimit>) -> Self {
        Self { limits, windows: Mutex::default() }
    }

    /// The limits of this server, as `/config` tells them.
    pub(crate) fn limits(&self) -> &BTreeMap<Throttler, RateLimit> {
        &self.limits
    }

    /// Counts a request of an organization; `own` are its own limits, which win over the server's.
    pub(crate) fn count(
        &self,
        operation: &Operation,
        organization: &str,
        own: Option<&Limits>,
        now: Timestamp,
    ) -> Verdict {
        let mut verdict = Verdict { allowed: true, headers: HeaderMap::new() };
        for throttler in Throttler::of(operation) {
            let limit =
                own.and_then(|own| throttler.own(own)).or_else(|| self.limits.get(&throttler).copied());
            let Some(limit) = limit else { continue };
            let (left, reset) = self.take(throttler, organization, limit, now);
            let Some(left) = left else {
                verdict.allowed = false;
                verdict.headers.clear();
                put(&mut verdict.headers, &format!("retry-after-{}", throttler.name()), reset);
                return verdict;
            };
            for (what, value) in [("limit", limit.requests), ("remaining", left), ("reset", reset)] {
                put(&mut verdict.headers, &format!("x-ratelimit-{what}-{}", throttler.name()), value);
            }
        }
        verdict
    }

    /// Counts a refused credential; seconds to wait when there were too many.
    pub(crate) fn count_refused(&self, now: Timestamp) -> Option<u64> {
        let limit = *self.limits.get(&Throttler::FailedAuth)?;
        let (left, reset) = self.take(Throttler::FailedAuth, "", limit, now);
        left.is_none().then_some(reset)
    }

    /// Requests left after this one, `None` when it is one too many; and seconds until the window ends.
    fn take(
        &self,
        throttler: Throttler,
        organization: &str,
        limit: RateLimit,
        now: Timestamp,
    ) -> (Option<u64>, u64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| elapsed(window.began, now) < window.length);
        let fresh = Window { began: now, requests: 0, length: limit.window };
        let window = windows.entry((throttler, organization.to_owned())).or_insert(fresh);
        let reset = window.length.saturating_sub(elapsed(window.began, now)).as_millis().div_ceil(1000);
        let reset = u64::try_from(reset).unwrap_or(u64::MAX).max(1);
        if window.requests >= limit.requests {
            return (None, reset);
        }
        window.requests += 1;
        (Some(limit.requests - window.requests), reset)
    }
}

fn elapsed(began: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(began).try_into().unwrap_or_default()
}

fn put(headers: &mut HeaderMap, name: &str, value: u64) {
    if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
        headers.insert(name, HeaderValue::from(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttles(throttler: Throttler, requests: u64) -> Throttles {
        let limit = RateLimit { requests, window: Duration::from_secs(60) };
        Throttles::new([(throttler, limit)].into())
    }

    fn operation(id: &str) -> &'static Operation {
        contract::control::DOCUMENT.operation(id).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn nothing_is_limited_and_nothing_said_unless_asked_for() {
        let verdict = Throttles::default().count(operation("createSandbox"), "a", None, at(0));
        assert!(verdict.allowed && verdict.headers.is_empty());
    }

    #[test]
    fn organizations_are_counted_apart_and_windows_begin_anew() {
        let throttles = throttles(Throttler::SandboxCreate, 1);
        let allowed = |organization, second| {
            throttles.count(operation("createSandbox"), organization, None, at(second)).allowed
        };
        assert!(allowed("a", 0));
        assert!(!allowed("a", 59));
        assert!(allowed("b", 59));
        assert!(allowed("a", 60));
    }

    #[test]
    fn an_allowed_request_says_what_is_left_and_a_refused_one_only_when_to_come_back() {
        let throttles = throttles(Throttler::SandboxLifecycle, 1);
        let count = |second| throttles.count(operation("stopSandbox"), "a", None, at(second)).headers;
        let headers = count(0);
        let value = |headers: &HeaderMap, name: &str| {
            headers.get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(value(&headers, "x-ratelimit-limit-sandbox-lifecycle").as_deref(), Some("1"));
        assert_eq!(value(&headers, "x-ratelimit-remaining-sandbox-lifecycle").as_deref(), Some("0"));
        assert_eq!(value(&headers, "x-ratelimit-reset-sandbox-lifecycle").as_deref(), Some("60"));
        let headers = count(20);
        assert_eq!(headers.len(), 1);
        assert_eq!(value(&headers, "retry-after-sandbox-lifecycle").as_deref(), Some("40"));
    }

    #[test]
    fn an_organizations_own_limit_wins_over_the_servers() {
        let throttles = throttles(Throttler::Authenticated, 1);
        let own = Limits {
            authenticated_rate_limit: Some(2.0),
            authenticated_rate_limit_ttl_seconds: Some(10.0),
            ..Limits::default()
        };
        let allowed = |own| throttles.count(operation("getSandbox"), "a", own, at(0)).allowed;
        assert!(allowed(Some(&own)));
        assert!(allowed(Some(&own)));
        assert!(!allowed(Some(&own)));
    }
}
