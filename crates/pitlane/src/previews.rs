//! Hosts that are previews: looked at before anything else, since what a program serves is none of the API's business.

use axum::extract::Request;
use axum::response::Response;
use control::{ControlPlane, Place, Previews};
use edge::{Answers, App};
use http::HeaderMap;
use http::header::HOST;

use crate::cli::{PreviewOption, ServerOptions};

/// The whole server, with hosts below the domain of previews led to the programs in sandboxes.
#[derive(Clone)]
pub(crate) struct Entrance {
    app: App,
    by_host: Option<(Previews, String)>,
}

impl Entrance {
    pub(crate) fn new(app: App, control: &ControlPlane, options: &ServerOptions) -> Self {
        let by_host = options.preview == PreviewOption::Host;
        Self { app, by_host: by_host.then(|| (control.previews(), options.preview_domain.clone())) }
    }
}

impl Answers for Entrance {
    async fn answer(&self, request: Request) -> Response {
        if let Some((previews, domain)) = &self.by_host
            && let Some(place) = host(request.headers()).and_then(|host| Place::of_host(host, domain))
        {
            return previews.visit(&place, request).await;
        }
        self.app.answer(request).await
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}
