//! The operations served, one function each.
//!
//! | file | operations |
//! |---|---|
//! | `create.rs` | create, with its order of decisions |
//! | `sandbox.rs` | get, start, stop, delete, archive, labels, intervals, activity, toolbox address |
//! | `list.rs` | the cursor list and the page list |
//! | `preview.rs` | addresses of ports, who may visit them, visibility |
//! | `service.rs` | config and health |

mod create;
mod list;
mod preview;
mod sandbox;
mod service;

use std::sync::Arc;

use contract::control::DOCUMENT;
use dialect::{Dispatcher, Routes};

use crate::call::{Style, handler};
use crate::control::Shared;

/// The dispatcher of the whole document.
pub(crate) fn api(shared: &Arc<Shared>) -> Dispatcher {
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
        .serve("replaceLabels", handler(sandbox::replace_labels))
        .serve("setAutostopInterval", handler(sandbox::set_auto_stop))
        .serve("setAutoArchiveInterval", handler(sandbox::set_auto_archive))
        .serve("setAutoDeleteInterval", handler(sandbox::set_auto_delete))
        .serve("updateLastActivity", handler(sandbox::update_last_activity))
        .serve("getToolboxProxyUrl", handler(sandbox::toolbox_proxy_url))
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
