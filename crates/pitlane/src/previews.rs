//! Hosts that are previews: looked at before anything else, since what a program serves is none of the API's business.
//! Beside them the one address of the proxy that is no address of the API.

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
        self.app.answer(led(request)).await
    }
}

/// The proxy's address of a sandbox's build log leads to the API's (control-plane.md §3.5): the two are one server here,
/// and that of a snapshot's log is the same in both.
fn led(mut request: Request) -> Request {
    let id =
        request.uri().path().strip_prefix("/sandboxes/").and_then(|rest| rest.strip_suffix("/build-logs"));
    let Some(id) = id.filter(|id| !id.is_empty() && !id.contains('/')) else { return request };
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    if let Ok(target) = format!("/sandbox/{id}/build-logs{query}").parse() {
        *request.uri_mut() = target;
    }
    request
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_the_address_of_a_sandboxes_build_log_is_led_elsewhere() {
        let target = |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            led(request).uri().to_string()
        };
        assert_eq!(
            target("/sandboxes/a%2Fb/build-logs?follow=true"),
            "/sandbox/a%2Fb/build-logs?follow=true"
        );
        for other in
            ["/sandboxes/a", "/sandboxes//build-logs", "/sandboxes/a/b/build-logs", "/sandbox/a", "/"]
        {
            assert_eq!(target(other), other);
        }
    }
}
