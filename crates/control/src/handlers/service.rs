//! What the service says of itself (control-plane.md §6.1, §6.2).

use std::collections::BTreeMap;

use contract::control::types::{DaytonaConfiguration, OidcConfig, RateLimitConfig, RateLimitEntry};
use http::StatusCode;
use serde_json::{Value, json};

use crate::call::{Answer, Call};
use crate::errors::ApiError;
use crate::intervals::MAX_AUTO_ARCHIVE;
use crate::throttle::{RateLimit, Throttler};

pub(super) async fn config(call: Call) -> Result<Answer, ApiError> {
    let config = &call.shared.config;
    Answer::json(&DaytonaConfiguration {
        version: config.api_version.clone(),
        // Nobody can log in by browser here; the members must be there all the same.
        oidc: OidcConfig {
            issuer: call.base.join("/oidc"),
            client_id: "pitlane".to_owned(),
            audience: "pitlane".to_owned(),
            provider: "none".to_owned(),
            ..OidcConfig::default()
        },
        linked_accounts_enabled: false,
        announcements: BTreeMap::new(),
        proxy_template_url: format!(
            "http://{{{{PORT}}}}-{{{{sandboxId}}}}.{}",
            call.previews().domain(&call.base)
        ),
        proxy_toolbox_url: call.base.toolbox(),
        default_snapshot: config.default_snapshot.clone(),
        dashboard_url: call.base.join("/dashboard"),
        max_auto_archive_interval: MAX_AUTO_ARCHIVE,
        maintanance_mode: false,
        environment: "development".to_owned(),
        ssh_gateway_command: Some(config.ssh.command("{{TOKEN}}", &call.base)),
        ssh_gateway_public_key: config.ssh.host_key.clone(),
        ssh_gateway_host: Some(crate::ssh::host(&call.base).to_owned()),
        ssh_gateway_port: Some(config.ssh.port.into()),
        ssh_gateway_host_keys: config.ssh.host_key.clone().map(|key| vec![key]),
        ssh_gateway_host_key_fingerprints: config.ssh.fingerprint.clone().map(|print| vec![print]),
        rate_limit: rate_limit(call.shared.throttles.limits()),
        ..DaytonaConfiguration::default()
    })
}

/// The limits in force; nothing where nothing is limited.
fn rate_limit(limits: &BTreeMap<Throttler, RateLimit>) -> Option<RateLimitConfig> {
    let entry = |throttler: Throttler| {
        let limit = limits.get(&throttler)?;
        let number = |value: u64| i64::try_from(value).ok();
        Some(RateLimitEntry { ttl: number(limit.window.as_secs()), limit: number(limit.requests) })
    };
    (!limits.is_empty()).then(|| RateLimitConfig {
        failed_auth: entry(Throttler::FailedAuth),
        authenticated: entry(Throttler::Authenticated),
        sandbox_create: entry(Throttler::SandboxCreate),
        sandbox_lifecycle: entry(Throttler::SandboxLifecycle),
        sandbox_list: entry(Throttler::SandboxList),
    })
}

pub(super) async fn live(call: Call) -> Result<Answer, ApiError> {
    let mut body = json!({"status": "ok"});
    if let Value::Object(members) = &mut body {
        members.extend(call.shared.config.about.clone());
    }
    Answer::json(&body)
}

pub(super) async fn ready(call: Call) -> Result<Answer, ApiError> {
    let up = json!({"sandboxes": {"status": "up"}});
    if call.shared.is_closing() {
        let down = json!({"sandboxes": {"status": "down"}});
        let report = json!({"status": "error", "info": {}, "error": down, "details": down});
        return Ok(Answer::json(&report)?.with_status(StatusCode::SERVICE_UNAVAILABLE));
    }
    Answer::json(&json!({"status": "ok", "info": up, "error": {}, "details": up}))
}
