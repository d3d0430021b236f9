//! The operations served, one function each.
//!
//! | file | operations |
//! |---|---|
//! | `create.rs` | create, with its order of decisions |
//! | `sandbox.rs` | get, start, stop, delete, archive, pause, resize, recover, snapshot, toolbox address |
//! | `settings.rs` | labels, intervals, network, activity |
//! | `forks.rs` | copies and where they came from |
//! | `list.rs` | the cursor list and the page list |
//! | `preview.rs` | addresses of ports, who may visit them, visibility |
//! | `ssh.rs` | tokens that open a sandbox over SSH |
//! | `signing.rs` | the key of signed file URLs |
//! | `telemetry.rs` | logs, traces and the history of metrics |
//! | `service.rs` | config and health |
//! | `snapshots.rs`, `builds.rs` | snapshots, what builders say |
//! | `volumes.rs`, `secrets.rs`, `warm_pools.rs`, `registries.rs` | the simple things of an organization |
//! | `api_keys.rs`, `users.rs` | keys, the caller's account |
//! | `organizations.rs`, `members.rs`, `usage.rs`, `audit_logs.rs` | organizations, who belongs to them, what they use and did |
//! | `regions.rs` | the one region |
//! | `objects.rs` | access to the object store |

mod api_keys;
mod audit_logs;
mod builds;
mod create;
mod forks;
mod list;
mod members;
mod objects;
mod organizations;
mod preview;
mod regions;
mod registries;
mod sandbox;
mod secrets;
mod service;
mod settings;
mod signing;
mod snapshots;
mod ssh;
mod telemetry;
mod usage;
mod users;
mod volumes;
mod warm_pools;

use std::sync::Arc;

use contract::control::DOCUMENT;
use dialect::{Dispatcher, Routes};
use serde::Serialize;
use serde_json::Value;

use crate::call::{Style, handler};
use crate::control::Shared;
use crate::events::EventSocket;

/// Handlers as they are collected.
type Table = Routes<Arc<Shared>>;

/// A value as JSON with whole numbers written as such: the strictest clients read no fraction where they expect none.
fn whole(value: &impl Serialize) -> Value {
    fn settle(value: Value) -> Value {
        match value {
            Value::Number(number) if number.is_f64() => match number.as_f64() {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
                Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => Value::from(float as i64),
                _ => Value::Number(number),
            },
            Value::Array(items) => items.into_iter().map(settle).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(name, value)| (name, settle(value))).collect()
            }
            other => other,
        }
    }
    settle(serde_json::to_value(value).unwrap_or_default())
}

/// The dispatcher of the whole document.
pub(crate) fn api(shared: &Arc<Shared>, events: &EventSocket) -> Dispatcher {
    let table = Routes::new(&DOCUMENT, Arc::clone(shared)).authenticated();
    let tables = [
        snapshots::serve,
        builds::serve,
        volumes::serve,
        secrets::serve,
        warm_pools::serve,
        registries::serve,
        ssh::serve,
        regions::serve,
        api_keys::serve,
        users::serve,
        organizations::serve,
        members::serve,
        usage::serve,
        audit_logs::serve,
        objects::serve,
    ];
    tables
        .into_iter()
        .fold(table, |table, serve| serve(table))
        .serve("ConfigController_getConfig", handler(service::config))
        .serve("HealthController_live", handler(service::live))
        .serve("HealthController_check", handler(service::ready))
        .serve("createSandbox", handler(create::create))
        .serve("getSandbox", handler(sandbox::get))
        .serve("deleteSandbox", handler(sandbox::delete))
        .serve("startSandbox", handler(sandbox::start))
        .serve("stopSandbox", handler(sandbox::stop))
        .serve("archiveSandbox", handler(sandbox::archive))
        .serve("recoverSandbox", handler(sandbox::recover))
        .serve("pauseSandbox", handler(sandbox::pause))
        .serve("resizeSandbox", handler(sandbox::resize))
        .serve("createBackup", handler(sandbox::backup))
        .serve("createSandboxSnapshot", handler(sandbox::snapshot))
        .serve("forkSandbox", handler(forks::fork))
        .serve("getSandboxForks", handler(forks::forks))
        .serve("getSandboxParent", handler(forks::parent))
        .serve("getSandboxAncestors", handler(forks::ancestors))
        .serve("replaceLabels", handler(settings::replace_labels))
        .serve("updateNetworkSettings", handler(settings::set_network))
        .serve("setAutostopInterval", handler(settings::set_auto_stop))
        .serve("setAutoPauseInterval", handler(settings::set_auto_pause))
        .serve("setAutoArchiveInterval", handler(settings::set_auto_archive))
        .serve("setAutoDeleteInterval", handler(settings::set_auto_delete))
        .serve("setTtl", handler(settings::set_ttl))
        .serve("updateLastActivity", handler(settings::update_last_activity))
        .serve("connectEvents", events.handler())
        .serve("getToolboxProxyUrl", handler(sandbox::toolbox_proxy_url))
        .serve("getSandboxSigningKey", handler(signing::key))
        .serve("rotateSigningKey", handler(signing::rotate))
        .serve("getSandboxLogs", handler(telemetry::logs))
        .serve("getSandboxTraces", handler(telemetry::traces))
        .serve("getSandboxTraceSpans", handler(telemetry::spans))
        .serve("getSandboxMetrics", handler(telemetry::metrics))
        .serve("listSandboxes", handler(list::by_cursor))
        .serve("listSandboxesPaginated_deprecated", handler(list::by_page))
        .serve("getPortPreviewUrl", handler(preview::url))
        .serve("getSignedPortPreviewUrl", handler(preview::signed_url))
        .serve("expireSignedPortPreviewUrl", handler(preview::expire))
        .serve("updatePublicStatus", handler(preview::set_public))
        .serve("isSandboxPublic", handler(preview::is_public))
        .serve("isValidAuthToken", handler(preview::is_valid_token))
        .serve("hasSandboxAccess", handler(preview::has_access))
        .serve("getSandboxIdFromSignedPreviewUrlToken", handler(preview::sandbox_id))
        .serve("isPreviewWarningEnabled", handler(preview::warning))
        .build(Style(Arc::clone(shared)))
}
