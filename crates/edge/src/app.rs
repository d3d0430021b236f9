//! The way of a request from a connection to a dialect and back.
//!
//! Every stage is one step of one future rather than a service around the next: a request that a stage has nothing to do
//! for passes it for nothing. What a request means is looked up once, and told to the dialect.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::response::Response;
use dialect::Tenants;
use http::header::{CONTENT_LENGTH, ORIGIN};
use http::{HeaderValue, Method};
use lab::Ids;
use tower::{Service, ServiceExt as _};

use crate::check::Checkers;
use crate::guard::{self, Admission};
use crate::mount::{Mounts, Place};
use crate::{Answers, Config, Exchange, Guard, Hooks, Mount, hooks, patience, tenant};

/// Where the console lies, outside every API.
const CONSOLE: &str = "/_pitlane";

/// The whole server but for its listener. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    guard: Arc<Guard>,
    patience: Option<Duration>,
    mounts: Arc<Mounts>,
    ids: Arc<dyn Ids>,
    tenants: Arc<dyn Tenants>,
    checkers: Option<Checkers>,
    hooks: Hooks,
    console: Router,
    /// How many exchanges there were.
    exchanges: AtomicU64,
}

impl App {
    /// The stages of `config` around the mounted dialects, and around `console` under `/_pitlane`.
    #[must_use]
    pub fn new(config: Config, mounts: Vec<Mount>, console: Router) -> Self {
        let mounts = Arc::new(Mounts::new(mounts));
        let checkers = Checkers::new(config.check, &mounts, config.findings);
        let Config { guard, tenants, ids, hooks, patience, .. } = config;
        let console = Router::new().nest(CONSOLE, console).fallback_service(beside(&mounts));
        Self(Arc::new(Inner {
            guard,
            patience: patience.body,
            mounts,
            ids,
            tenants,
            checkers,
            hooks,
            console,
            exchanges: AtomicU64::new(0),
        }))
    }
}

impl Answers for App {
    async fn answer(&self, request: Request) -> Response {
        let wants_head = request.method() == Method::HEAD;
        let response = self.0.guarded(request).await;
        if wants_head { without_body(response) } else { response }
    }
}

impl Inner {
    async fn guarded(&self, request: Request) -> Response {
        let origin = request.headers().get(ORIGIN).cloned();
        let mut response = match self.guard.admit(&request) {
            Admission::Refused(response) => return response,
            Admission::Preflight(response) => response,
            Admission::Admitted => self.exchange(patience::awaited(request, self.patience)).await,
        };
        if let Some(origin) = origin {
            guard::share(&mut response, origin);
        }
        response
    }

    async fn exchange(&self, mut request: Request) -> Response {
        let place = self.mounts.find(request.method(), request.uri(), request.headers());
        let number = self.exchanges.fetch_add(1, Ordering::Relaxed);
        let exchange = Exchange::of(number, &request, place.as_ref(), &*self.ids);
        let mut response = if self.is_watched() {
            Box::pin(self.watched(&exchange, place, request)).await
        } else {
            tenant::name(&*self.tenants, exchange.document, &mut request);
            self.dispatched(place, request).await
        };
        exchange.name(&mut response);
        response
    }

    /// Whether there is more between the guard and the dialects than finding out who asks.
    fn is_watched(&self) -> bool {
        self.checkers.is_some() || !self.hooks.are_none()
    }

    async fn watched(&self, exchange: &Exchange, place: Option<Place<'_>>, request: Request) -> Response {
        let known = |request| self.identified(exchange, place, request);
        hooks::around(&self.hooks.journal, exchange, request, known).await
    }

    async fn identified(
        &self,
        exchange: &Exchange,
        place: Option<Place<'_>>,
        mut request: Request,
    ) -> Response {
        tenant::name(&*self.tenants, exchange.document, &mut request);
        let spared = |request| self.checked(exchange, place, request);
        hooks::around(&self.hooks.faults, exchange, request, spared).await
    }

    async fn checked(&self, exchange: &Exchange, place: Option<Place<'_>>, request: Request) -> Response {
        let whole = |request| self.dispatched(place, request);
        let (Some(checkers), Some(operation)) = (&self.checkers, exchange.operation) else {
            return hooks::around(&self.hooks.mutants, exchange, request, whole).await;
        };
        let request = checkers.request(operation, request).await;
        let response = hooks::around(&self.hooks.mutants, exchange, request, whole).await;
        checkers.answer(operation, response).await
    }

    /// Hands the request to whom its path belongs to.
    async fn dispatched(&self, place: Option<Place<'_>>, request: Request) -> Response {
        if is_of_console(request.uri().path()) {
            return match self.console.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
        }
        // A hook may have given the request another target.
        match place {
            Some(place) if self.hooks.are_none() => place.answer(request).await,
            _ => self.mounts.answer(request).await,
        }
    }
}

/// What the console does not know is answered as if there were none.
fn beside(
    mounts: &Arc<Mounts>,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
{
    let mounts = Arc::clone(mounts);
    tower::service_fn(move |request: Request| {
        let mounts = Arc::clone(&mounts);
        async move { Ok(mounts.answer(request).await) }
    })
}

fn is_of_console(path: &str) -> bool {
    path.strip_prefix(CONSOLE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What `HEAD` is told: everything but the body, whose length is said where it is known.
fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}
