//! Which dialect serves which path.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::response::{IntoResponse, Response};
use contract::{Document, Operation, Router};
use dialect::Found;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use tower::{Service, ServiceExt};

use crate::BoxFuture;

/// A dialect, asked without being copied.
type Dialect = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// A dialect under a path prefix.
#[derive(Clone)]
pub struct Mount {
    prefix: &'static str,
    takes_segment: bool,
    takes_known_only: bool,
    claim: Option<Claim>,
    document: &'static Document,
    dialect: Dialect,
}

/// Tells whether a request is meant for a dialect that shares its prefix with another.
pub type Claim = fn(&Head<'_>) -> bool;

/// What a [`Claim`] looks at.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Method of the request.
    pub method: &'a Method,
    /// Its path behind the prefix of the mount.
    pub path: &'a str,
    /// Its query.
    pub query: Option<&'a str>,
    /// Its headers.
    pub headers: &'a HeaderMap,
}

/// The segment after the prefix of a mount that takes one, decoded: the sandbox of a toolbox request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountParameter(pub String);

impl Mount {
    /// Mounts `service` under `prefix` (`""` for the root, no trailing slash). The service sees paths without it.
    pub fn new<S>(prefix: &'static str, document: &'static Document, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        let dialect: Dialect = Arc::new(move |request| {
            let asked = service.clone().oneshot(request);
            Box::pin(async move {
                match asked.await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            })
        });
        Self { prefix, takes_segment: false, takes_known_only: false, claim: None, document, dialect }
    }

    /// One more segment belongs to the prefix; the service finds it as [`MountParameter`].
    #[must_use]
    pub fn with_segment(mut self) -> Self {
        self.takes_segment = true;
        self
    }

    /// Takes only requests its document knows, before every other mount: a second document on the paths of another.
    #[must_use]
    pub fn known_only(mut self) -> Self {
        self.takes_known_only = true;
        self
    }

    /// Another dialect has the same prefix: only what `claim` says is served here. The first of several mounts counts.
    /// Slashes at the beginning count as one, which some clients' addresses end in already.
    #[must_use]
    pub fn sharing(mut self, claim: Claim) -> Self {
        self.claim = Some(claim);
        self
    }

    /// The rest of `path` and the segment taken, when the path lies under this mount.
    fn strip<'a>(&self, path: &'a str) -> Option<(&'a str, Option<&'a str>)> {
        let rest = path.strip_prefix(self.prefix)?;
        if !self.takes_segment {
            return (rest.is_empty() || rest.starts_with('/')).then_some((rest, None));
        }
        let rest = rest.strip_prefix('/')?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (segment, rest) = rest.split_at(end);
        (!segment.is_empty()).then_some((rest, Some(segment)))
    }
}

/// All mounts: those that take only what they know, then the longest prefix first.
pub(crate) struct Mounts {
    mounts: Vec<(Mount, Router)>,
}

/// Where a path leads.
pub(crate) struct Place<'a> {
    pub(crate) mount: &'a Mount,
    pub(crate) rest: String,
    pub(crate) segment: Option<String>,
    /// The operation meant, when the mount's document knows one.
    pub(crate) found: Option<Found>,
}

impl Mounts {
    pub(crate) fn new(mut mounts: Vec<Mount>) -> Self {
        mounts.sort_by_key(|mount| std::cmp::Reverse((mount.takes_known_only, mount.prefix.len())));
        Self {
            mounts: mounts.into_iter().map(|mount| (mount.clone(), Router::new(mount.document))).collect(),
        }
    }

    pub(crate) fn documents(&self) -> Vec<&'static Document> {
        let mut documents: Vec<&'static Document> = Vec::new();
        for (mount, _) in &self.mounts {
            if !documents.iter().any(|known| std::ptr::eq(*known, mount.document)) {
                documents.push(mount.document);
            }
        }
        documents
    }

    pub(crate) fn find(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Place<'_>> {
        self.mounts.iter().find_map(|(mount, router)| {
            let (mut rest, segment) = mount.strip(uri.path())?;
            if let Some(claim) = mount.claim {
                while rest.starts_with("//") {
                    rest = &rest[1..];
                }
                let head = Head { method, path: rest, query: uri.query(), headers };
                claim(&head).then_some(())?;
            }
            let rest = if rest.is_empty() { "/" } else { rest };
            let found = router.operation(method.as_str(), rest);
            if mount.takes_known_only && found.is_none() {
                return None;
            }
            let found = found.map(|(operation, parameters)| Found::new(operation, parameters));
            let segment = segment.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned());
            Some(Place { mount, rest: rest.to_owned(), segment, found })
        })
    }
}

impl Mounts {
    /// The answer of the dialect a request's path belongs to.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        match self.find(request.method(), request.uri(), request.headers()) {
            Some(place) => place.answer(request).await,
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

impl Place<'_> {
    pub(crate) fn document(&self) -> &'static Document {
        self.mount.document
    }

    pub(crate) fn operation(&self) -> Option<&'static Operation> {
        self.found.as_ref().map(|found| found.operation)
    }

    /// Hands a request to the dialect, with what was found out of it.
    pub(crate) async fn answer(self, mut request: Request) -> Response {
        let Some(uri) = relative(request.uri(), &self.rest) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let original = std::mem::replace(request.uri_mut(), uri);
        let extensions = request.extensions_mut();
        extensions.insert(OriginalUri(original));
        if let Some(segment) = self.segment {
            extensions.insert(MountParameter(segment));
        }
        if let Some(found) = self.found {
            extensions.insert(found);
        }
        (self.mount.dialect)(request).await
    }
}

/// `uri` with `path` instead of its own path.
fn relative(uri: &Uri, path: &str) -> Option<Uri> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(prefix: &'static str) -> Mount {
        Mount::new(
            prefix,
            &contract::control::DOCUMENT,
            tower::service_fn(|_: Request| async { Ok(().into_response()) }),
        )
    }

    #[test]
    fn the_longest_prefix_wins_and_prefixes_end_at_a_slash() {
        let mounts = Mounts::new(vec![mount(""), mount("/api"), mount("/api/toolbox").with_segment()]);
        let found = |path: &str| {
            let place = mounts.find(&Method::GET, &path.parse().unwrap(), &HeaderMap::new());
            place.map(|place| (place.mount.prefix, place.rest, place.segment))
        };
        assert_eq!(found("/api/sandbox"), Some(("/api", "/sandbox".to_owned(), None)));
        assert_eq!(found("/apis"), Some(("", "/apis".to_owned(), None)));
        assert_eq!(found("/api"), Some(("/api", "/".to_owned(), None)));
        assert_eq!(
            found("/api/toolbox/a%20b/files"),
            Some(("/api/toolbox", "/files".to_owned(), Some("a b".to_owned())))
        );
        assert_eq!(found("/api/toolbox"), Some(("/api", "/toolbox".to_owned(), None)));
    }

    #[test]
    fn a_mount_of_known_operations_comes_first_and_leaves_everything_else_alone() {
        let workspace = Mount { document: &contract::workspace::DOCUMENT, ..mount("/api") }.known_only();
        let mounts = Mounts::new(vec![mount("/api"), mount("/api/toolbox").with_segment(), workspace]);
        let found = |method: Method, path: &str| {
            let place = mounts.find(&method, &path.parse().unwrap(), &HeaderMap::new()).unwrap();
            (place.document().name, place.mount.prefix)
        };
        assert_eq!(found(Method::GET, "/api/workspace/a"), ("workspace", "/api"));
        assert_eq!(found(Method::POST, "/api/toolbox/a/toolbox/process/execute"), ("workspace", "/api"));
        assert_eq!(found(Method::POST, "/api/toolbox/a/process/execute"), ("control", "/api/toolbox"));
        assert_eq!(found(Method::PATCH, "/api/workspace/a"), ("control", "/api"));
        assert_eq!(found(Method::GET, "/api/sandbox"), ("control", "/api"));
    }

    #[test]
    fn dialects_that_share_a_prefix_are_told_apart_by_their_claims() {
        let mounts = Mounts::new(vec![
            mount("/api").sharing(|head| head.path.starts_with("/sandboxes")),
            mount("/api").with_segment(),
        ]);
        let found = |path: &str| {
            let place = mounts.find(&Method::GET, &path.parse().unwrap(), &HeaderMap::new())?;
            Some((place.mount.claim.is_some(), place.rest))
        };
        assert_eq!(found("/api/sandboxes/1"), Some((true, "/sandboxes/1".to_owned())));
        assert_eq!(found("/api//sandboxes"), Some((true, "/sandboxes".to_owned())));
        assert_eq!(found("/api/sandbox/1"), Some((false, "/1".to_owned())));
    }

    #[test]
    fn the_query_stays_when_the_prefix_goes() {
        let uri: Uri = "http://localhost/api/sandbox?limit=2&x=%2F".parse().unwrap();
        assert_eq!(relative(&uri, "/sandbox").unwrap().to_string(), "http://localhost/sandbox?limit=2&x=%2F");
    }
}
