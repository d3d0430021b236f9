//! The toolbox at its older addresses (legacy-clients.md §4.3): the same agent, marked requests, a few names changed.
//!
//! Bodies stream both ways and upgrades pass. What has another shape there is shaped by the toolbox itself, which sees the
//! mark ([`LegacyRoute`]).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use contract::control::types::SandboxState;
use control::{ApiError, shown_state};
use dialect::{Caller, LegacyRoute, PathParams, Routes};
use http::Uri;
use http::uri::PathAndQuery;

use crate::Config;
use crate::call::{missing, target};

/// Registers every operation of both addresses.
pub(crate) fn routes(mut routes: Routes<Arc<Config>>) -> Routes<Arc<Config>> {
    for operation in contract::workspace::DOCUMENT.operations {
        routes = match operation.tag {
            "toolbox" => routes.serve(operation.id, sandbox_toolbox),
            "project" => routes.serve(operation.id, project_toolbox),
            _ => routes,
        };
    }
    routes
}

async fn sandbox_toolbox(
    State(config): State<Arc<Config>>,
    parameters: PathParams,
    request: Request,
) -> Response {
    forward(&config, LegacyRoute::Sandbox, parameters.at(0), request).await
}

async fn project_toolbox(
    State(config): State<Arc<Config>>,
    parameters: PathParams,
    request: Request,
) -> Response {
    forward(&config, LegacyRoute::Project, parameters.at(0), request).await
}

async fn forward(config: &Config, route: LegacyRoute, id: &str, request: Request) -> Response {
    let target = target(&request);
    match pass(config, route, id, request).await {
        Ok(response) => response,
        Err(error) => error.respond(&target, config.clock.now()),
    }
}

async fn pass(
    config: &Config,
    route: LegacyRoute,
    id: &str,
    mut request: Request,
) -> Result<Response, ApiError> {
    let caller = request.extensions().get::<Caller>().cloned().ok_or_else(ApiError::unauthorized)?;
    let (thing, segments) = match route {
        LegacyRoute::Project => ("Workspace", 4),
        LegacyRoute::Sandbox => ("Sandbox", 3),
    };
    let found = config.control.sandboxes().find(&caller.organization, id);
    let record = found.map_err(|error| match route {
        LegacyRoute::Project => missing(error, id),
        LegacyRoute::Sandbox => error,
    })?;
    if shown_state(&record) != SandboxState::Started {
        return Err(ApiError::bad_request(format!("{thing} is not running")));
    }
    *request.uri_mut() = inner(request.uri(), segments).ok_or_else(ApiError::internal)?;
    route.mark(request.headers_mut());
    Ok(config.control.request(&caller.organization, &record.id, request).await)
}

/// The toolbox's own address for what lies behind this many segments.
fn inner(uri: &Uri, segments: usize) -> Option<Uri> {
    let path = uri.path().splitn(segments + 2, '/').nth(segments + 1).unwrap_or_default();
    let path = match path {
        "lsp/workspace-symbols" => "lsp/workspacesymbols",
        "computeruse/status" => "computeruse/process-status",
        path => path,
    };
    let target = match uri.query() {
        Some(query) if path.starts_with("computeruse/") => format!("/{path}?{}", camel_case(query)),
        Some(query) => format!("/{path}?{query}"),
        None => format!("/{path}"),
    };
    Some(Uri::from(PathAndQuery::try_from(target).ok()?))
}

/// The query with its names in camel case; values stay as they are.
fn camel_case(query: &str) -> String {
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => format!("{}={value}", joined(name)),
        None => joined(pair),
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}

/// `show_cursor` as `showCursor`.
fn joined(name: &str) -> String {
    let mut parts = name.split('_');
    let mut joined = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut characters = part.chars();
        joined.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        joined.push_str(characters.as_str());
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(path: &'static str, segments: usize) -> String {
        inner(&Uri::from_static(path), segments).unwrap().to_string()
    }

    #[test]
    fn what_lies_behind_the_address_goes_on_as_it_was_written() {
        assert_eq!(inside("/toolbox/a/toolbox/files?path=a%2Fb", 3), "/files?path=a%2Fb");
        assert_eq!(inside("/workspace/a/main/toolbox/process/session/x%20y", 4), "/process/session/x%20y");
        assert_eq!(inside("/toolbox/a/toolbox/files/", 3), "/files/");
        assert_eq!(inside("/toolbox/a/toolbox/", 3), "/");
    }

    #[test]
    fn names_that_have_changed_are_changed() {
        assert_eq!(
            inside("/toolbox/a/toolbox/lsp/workspace-symbols?query=x_y", 3),
            "/lsp/workspacesymbols?query=x_y"
        );
        let screenshot = "/toolbox/a/toolbox/computeruse/screenshot?show_cursor=true&x=a_b";
        assert_eq!(inside(screenshot, 3), "/computeruse/screenshot?showCursor=true&x=a_b");
        assert_eq!(inside("/toolbox/a/toolbox/computeruse/status", 3), "/computeruse/process-status");
    }
}
