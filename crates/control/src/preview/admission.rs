//! What opens a preview (control-plane.md §3.5).
//!
//! Everything meant for us alone is tried before the `Authorization` header, which may be the program's own: every key
//! is somebody's here, so that one tried first would never reach the program.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use dialect::{Caller, Credential, Tenants as _};
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};

use super::{Place, TOOLBOX_PORT, signed};
use crate::control::Shared;
use crate::proxy::{ProxyError, access};
use crate::record::SandboxRecord;

/// How long a visitor who came by a signed address may come back without it.
pub(super) const VISIT: SignedDuration = SignedDuration::from_hours(1);
/// Ports that a public sandbox does not open: terminal, toolbox, recordings.
const NEVER_PUBLIC: [u16; 3] = [22_222, TOOLBOX_PORT, 33_333];
const COOKIE_LENGTH: usize = 32;
const COOKIE_ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// A visitor that may come in.
pub(super) struct Admitted {
    pub(super) record: Arc<SandboxRecord>,
    /// `Set-Cookie` that lets the visitor in again.
    pub(super) cookie: Option<String>,
}

impl Admitted {
    fn plainly(record: Arc<SandboxRecord>) -> Self {
        Self { record, cookie: None }
    }
}

/// Visitors who came by signed addresses, by the value of their cookie.
#[derive(Default)]
pub(super) struct Visits(Mutex<HashMap<String, Visit>>);

struct Visit {
    sandbox_id: String,
    port: u16,
    until: Timestamp,
}

impl Visits {
    fn add(&self, value: &str, visit: Visit, now: Timestamp) {
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        visits.retain(|_, visit| visit.until > now);
        visits.insert(value.to_owned(), visit);
    }

    /// The sandbox whose port this cookie opens.
    fn sandbox_id(&self, value: &str, port: u16, now: Timestamp) -> Option<String> {
        let visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = visits.get(value).filter(|visit| visit.port == port && visit.until > now)?;
        Some(visit.sandbox_id.clone())
    }
}

/// The sandbox meant, when the visitor may reach it.
pub(super) fn admit(shared: &Shared, place: &Place, request: &mut Request) -> Result<Admitted, ProxyError> {
    if let Some(record) = by_cookie(shared, place, request.headers()) {
        return Ok(Admitted::plainly(record));
    }
    if let Some(record) = signed::find(shared, &place.label, place.port) {
        let cookie = Some(welcome(shared, place, &record));
        return Ok(Admitted { record, cookie });
    }
    let label = &place.label;
    let public = |record: &Arc<SandboxRecord>| {
        record.public && !record.is_leaving() && !NEVER_PUBLIC.contains(&place.port)
    };
    if let Some(record) = access::by_tokens(shared, label, request) {
        return Ok(Admitted::plainly(record));
    }
    if let Some(record) = shared.registry.get(label).filter(public) {
        return Ok(Admitted::plainly(record));
    }
    identify(shared, request);
    access::admit(shared, label, request).map(Admitted::plainly)
}

/// A visitor of a listener has met no layer that asks who it is.
fn identify(shared: &Shared, request: &mut Request) {
    if request.extensions().get::<Caller>().is_some() {
        return;
    }
    let header = |name: header::HeaderName| request.headers().get(name)?.to_str().ok();
    let bearer = header(AUTHORIZATION).and_then(|value| value.split_once(' '));
    let Some((_, bearer)) = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
        return;
    };
    let organization = header(header::HeaderName::from_static("x-daytona-organization-id"));
    let credential = Credential::from_bearer(bearer.trim(), organization);
    if let Ok(caller) = shared.tenants.identify(&credential) {
        request.extensions_mut().insert(caller);
    }
}

fn cookie_name(place: &Place) -> String {
    format!("daytona-sandbox-auth-{}", place.label)
}

fn by_cookie(shared: &Shared, place: &Place, headers: &HeaderMap) -> Option<Arc<SandboxRecord>> {
    let name = cookie_name(place);
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(own, _)| *own == name)?;
    let id = shared.previews.visits.sandbox_id(value, place.port, shared.now())?;
    shared.registry.get(&id).filter(|record| !record.is_leaving())
}

/// The cookie that lets a visitor in again.
fn welcome(shared: &Shared, place: &Place, record: &SandboxRecord) -> String {
    let now = shared.now();
    let value = shared.config.ids.token(COOKIE_LENGTH, COOKIE_ALPHABET);
    let until = now.saturating_add(VISIT).unwrap_or(Timestamp::MAX);
    shared.previews.visits.add(&value, Visit { sandbox_id: record.id.clone(), port: place.port, until }, now);
    let seconds = VISIT.as_secs();
    format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax", cookie_name(place))
}
