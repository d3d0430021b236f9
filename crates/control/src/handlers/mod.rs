//! The operations served, one function each.
//!
//! | file | operations |
//! |---|---|
//! | `create.rs` | create, with its order of decisions |
//! | `sandbox.rs` | get, start, stop, delete, archive, pause, resize, recover, toolbox address |
//! | `settings.rs` | labels, intervals, network, activity |
//! | `forks.rs` | copies and where they came from |
//! | `list.rs` | the cursor list and the page list |
//! | `preview.rs` | addresses of ports, who may visit them, visibility |
//! | `signing.rs` | the key of signed file URLs |
//! | `telemetry.rs` | logs, traces and the history of metrics |
//! | `service.rs` | config and health |

mod create;
mod forks;
mod list;
mod preview;
mod sandbox;
mod service;
mod settings;
mod signing;
mod telemetry;

use std::sync::Arc;

use contract::control::DOCUMENT;
use dialect::{Dispatcher, Routes};

use crate::call::{Style, handler};
use crate::control::Shared;
use crate::events::EventSocket;

/// The dispatcher of the whole document.
pub(crate) fn api(shared: &Arc<Shared>, events: &EventSocket) -> Dispatcher {
    Routes::new(&DOCUMENT, Arc::clone(shared))
        .authenticated()
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
