//! Previews: programs that listen inside a sandbox, reached from outside (control-plane.md §3.1, §3.5).
//!
//! ```text
//! address, sign ─▶ url: by listener, host or path
//! listener ───┐
//! host, path ─┴▶ visit ─▶ admission: may it? ─▶ proxy::pass ─▶ agent ─▶ the program, in the sandbox's own network
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `place` | which port of which sandbox a host or a path means |
//! | `url` | the addresses given out |
//! | `listener` | loopback listeners, one for each address given out |
//! | `admission` | what opens a preview: tokens, cookies, accounts, or that it is public |
//! | `signed` | addresses that open by themselves, for a while |

mod admission;
mod guard;
mod listener;
mod place;
mod signed;
mod url;

use std::sync::Arc;

use axum::extract::{OriginalUri, Request};
use axum::response::Response;
use http::header::SET_COOKIE;
use http::uri::PathAndQuery;
use http::{HeaderValue, Uri};

use crate::control::Shared;
use crate::proxy::{self, ProxyError};
pub use place::Place;
pub(crate) use place::read_port;
pub use signed::SignedPreview;
pub(crate) use signed::find as find_signed;
pub use url::PreviewForm;

/// Where the toolbox itself listens.
const TOOLBOX_PORT: u16 = 2280;

/// The previews of a control plane. Cheap to clone.
#[derive(Clone)]
pub struct Previews(Arc<Shared>);

/// What previews need to remember while the server runs.
#[derive(Default)]
pub(crate) struct State {
    listeners: listener::Listeners,
    visits: admission::Visits,
}

impl State {
    /// Takes no more visitors.
    pub(crate) fn close(&self) {
        self.listeners.close();
    }
}

impl Previews {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// Lets a visitor through to the program at `place`. The request's own target is what the program gets; with
    /// `axum::extract::OriginalUri` in the extensions, what was cut off is put back into redirects.
    pub async fn visit(&self, place: &Place, request: Request) -> Response {
        let original = request.extensions().get::<OriginalUri>();
        let original = original.map_or_else(|| request.uri().clone(), |original| original.0.clone());
        let method = request.method().clone();
        match self.passed(place, &original, request).await {
            Ok(response) => response,
            Err(error) => proxy::respond(&self.0, &error, &method, &original),
        }
    }

    async fn passed(
        &self,
        place: &Place,
        original: &Uri,
        mut request: Request,
    ) -> Result<Response, ProxyError> {
        let prefix = proxy::prefix(original, request.uri());
        let admitted = admission::admit(&self.0, place, &mut request)?;
        request.headers_mut().remove(dialect::LEGACY_ROUTE);
        if place.port != TOOLBOX_PORT {
            *request.uri_mut() = behind_port(request.uri(), place.port);
        }
        let mut response = proxy::pass(&self.0, &admitted.record, &prefix, request).await?;
        if let Some(cookie) = admitted.cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

/// The agent's address for a target at a port.
fn behind_port(uri: &Uri, port: u16) -> Uri {
    let target = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let target = format!("/proxy/{port}{target}");
    PathAndQuery::try_from(target).map_or_else(|_| uri.clone(), Uri::from)
}
