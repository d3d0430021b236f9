//! Hosts that are previews: looked at before anything else, since what a program serves is none of the API's business.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use control::{ControlPlane, Place};
use http::HeaderMap;
use http::header::HOST;

use crate::cli::{PreviewOption, ServerOptions};

/// `app`, with hosts below the domain of previews led to the programs in sandboxes.
pub(crate) fn by_host(app: Router, control: &ControlPlane, options: &ServerOptions) -> Router {
    if options.preview != PreviewOption::Host {
        return app;
    }
    let (previews, domain) = (control.previews(), options.preview_domain.clone());
    app.layer(from_fn(move |request: Request, next: Next| {
        let place = host(request.headers()).and_then(|host| Place::of_host(host, &domain));
        let previews = previews.clone();
        async move {
            match place {
                Some(place) => previews.visit(&place, request).await,
                None => next.run(request).await,
            }
        }
    }))
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}
