//! Dispatch: one handler per operation of a contract document.
//!
//! ```text
//! request ─▶ contract::Router ─▶ operation ─▶ handler registered for it
//!                  │                  └─ none, and planned ─▶ 501 in the API's words
//!                  └─ no such operation ─▶ the API's answer to an unknown route
//! ```

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use contract::{Auth, Document, Match, Operation, PathParameters, Router};
use http::request::Parts;
use http::{Extensions, HeaderName, StatusCode};
use tower::Service;

use crate::{Caller, Refusal};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How an API words the answers that no handler gives.
pub trait ErrorStyle: Send + Sync {
    /// Nothing answers this method and path.
    fn unknown_route(&self, request: &Request) -> Response;
    /// The path exists, but not with this method.
    fn other_method(&self, request: &Request) -> Response {
        self.unknown_route(request)
    }
    /// The operation exists in the contract and is not served by this build: 501, naming the operation.
    fn planned(&self, operation: &'static Operation, request: &Request) -> Response;
    /// The operation needs a caller and there is none: 401 or 403.
    fn refused(&self, refusal: &Refusal, _request: &Request) -> Response {
        (StatusCode::UNAUTHORIZED, refusal.to_string()).into_response()
    }
    /// Puts on every answer, of handlers too, what only the request's head can tell: path and method in an error's
    /// body, headers all answers share.
    fn complete(&self, _head: &RequestHead, response: Response) -> Response {
        response
    }
}

/// What is kept of a request until its answer is complete. Cheap to make.
#[derive(Clone, Debug)]
pub struct RequestHead {
    /// Method of the request.
    pub method: http::Method,
    /// Its target, relative to the document's base.
    pub uri: http::Uri,
    /// `X-Request-Id`, when the request carried one.
    pub request_id: Option<http::HeaderValue>,
}

impl RequestHead {
    fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            request_id: request.headers().get(&REQUEST_ID).cloned(),
        }
    }
}

/// The operation a request means, in its extensions for handlers to read. Put there by whoever looks at the path first;
/// a dispatcher of the operation's document does not look again, so who gives a request another target takes it out.
#[derive(Clone, Debug)]
pub struct Found {
    /// The operation meant.
    pub operation: &'static Operation,
    /// The values of its path parameters.
    pub path: PathParams,
}

impl Found {
    /// What was found out of a request.
    #[must_use]
    pub fn new(operation: &'static Operation, parameters: PathParameters) -> Self {
        Self { operation, path: PathParams(parameters) }
    }

    /// The operation a handler serves.
    #[must_use]
    pub fn operation(extensions: &Extensions) -> Option<&'static Operation> {
        extensions.get::<Self>().map(|found| found.operation)
    }
}

/// A handler, asked without being copied.
type BoxedHandler = Box<dyn Fn(Request) -> BoxFuture + Send + Sync>;
type BoxFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Collects the handlers of one document.
pub struct Routes<S> {
    document: &'static Document,
    state: S,
    handlers: Vec<(&'static Operation, BoxedHandler)>,
    authenticated: bool,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No handlers yet; `state` is given to each of them.
    pub fn new(document: &'static Document, state: S) -> Self {
        Self { document, state, handlers: Vec::new(), authenticated: false }
    }

    /// Asks for a [`Caller`] in the request's extensions wherever the contract asks for a credential.
    #[must_use]
    pub fn authenticated(mut self) -> Self {
        self.authenticated = true;
        self
    }

    /// Serves the operation with this id by `handler`.
    ///
    /// # Panics
    ///
    /// When the document has no such operation, or it is served already: a programming error every test meets.
    #[must_use]
    pub fn serve<H, T>(mut self, operation: &str, handler: H) -> Self
    where
        H: Handler<T, S> + Sync,
        T: Send + 'static,
    {
        let Some(operation) = self.document.operation(operation) else {
            panic!("the {} document has no operation {operation}", self.document.name);
        };
        assert!(
            !self.handlers.iter().any(|(known, _)| *known == operation),
            "{} is served twice",
            operation.id
        );
        let state = self.state.clone();
        let handler = move |request| -> BoxFuture { Box::pin(handler.clone().call(request, state.clone())) };
        self.handlers.push((operation, Box::new(handler)));
        self
    }

    /// The finished dispatcher.
    pub fn build(self, errors: impl ErrorStyle + 'static) -> Dispatcher {
        let router = Router::new(self.document);
        let Self { document, handlers, authenticated, .. } = self;
        Dispatcher(Arc::new(Inner { document, router, handlers, authenticated, errors: Box::new(errors) }))
    }
}

/// Serves one document. Cheap to clone.
#[derive(Clone)]
pub struct Dispatcher(Arc<Inner>);

struct Inner {
    document: &'static Document,
    router: Router,
    handlers: Vec<(&'static Operation, BoxedHandler)>,
    authenticated: bool,
    errors: Box<dyn ErrorStyle>,
}

impl Dispatcher {
    /// The document served.
    #[must_use]
    pub fn document(&self) -> &'static Document {
        self.0.document
    }

    /// Operations that have a handler.
    pub fn served(&self) -> impl Iterator<Item = &'static Operation> {
        self.0.handlers.iter().map(|(operation, _)| *operation)
    }

    /// Answers a request whose path is relative to the document's base.
    pub async fn respond(&self, request: Request<Body>) -> Response {
        let head = RequestHead::of(&request);
        let response = self.dispatch(request).await;
        self.0.errors.complete(&head, response)
    }

    async fn dispatch(&self, mut request: Request<Body>) -> Response {
        let inner = &*self.0;
        let operation = match inner.operation(&mut request) {
            Ok(operation) => operation,
            Err(response) => return *response,
        };
        if inner.authenticated
            && operation.auth != Auth::None
            && request.extensions().get::<Caller>().is_none()
        {
            let refusal =
                request.extensions().get::<Refusal>().cloned().unwrap_or(Refusal::InvalidCredentials);
            return inner.errors.refused(&refusal, &request);
        }
        let Some((_, handler)) = inner.handlers.iter().find(|(served, _)| std::ptr::eq(*served, operation))
        else {
            return inner.errors.planned(operation, &request);
        };
        handler(request).await
    }
}

impl Inner {
    /// The operation a request means, or the answer to one that means none.
    fn operation(&self, request: &mut Request) -> Result<&'static Operation, Box<Response>> {
        let known = Found::operation(request.extensions());
        if let Some(operation) = known.filter(|operation| operation.document == self.document.name) {
            return Ok(operation);
        }
        match self.router.find(request.method().as_str(), request.uri().path()) {
            Match::Found(operation, parameters) => {
                request.extensions_mut().insert(Found::new(operation, parameters));
                Ok(operation)
            }
            Match::OtherMethod => Err(Box::new(self.errors.other_method(request))),
            Match::Unknown => Err(Box::new(self.errors.unknown_route(request))),
        }
    }
}

impl Service<Request<Body>> for Dispatcher {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(
        &mut self,
        _context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let dispatcher = self.clone();
        Box::pin(async move { Ok(dispatcher.respond(request).await) })
    }
}

/// Extractor of the decoded path parameters of the operation being served.
#[derive(Clone, Debug, Default)]
pub struct PathParams(PathParameters);

impl PathParams {
    /// The value at this position of the path template, counted from zero; empty when the template has fewer.
    #[must_use]
    pub fn at(&self, position: usize) -> &str {
        self.0.at(position).unwrap_or_default()
    }
}

impl<S: Sync> FromRequestParts<S> for PathParams {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Found>().map(|found| found.path.clone()).unwrap_or_default())
    }
}
