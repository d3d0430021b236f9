//! Named places where journal, faults and mutants look at an exchange, change it, or answer in its stead.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;

use crate::Exchange;
use crate::between::{self, Wire};

/// A future that can be kept in a box.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that hangs on one of the named places.
pub trait Hook: Send + Sync {
    /// Sees the request on its way in; `Break` answers in the dialect's stead.
    fn request<'a>(
        &'a self,
        exchange: &'a Exchange,
        request: Request,
    ) -> BoxFuture<'a, ControlFlow<Response, Request>> {
        let _ = exchange;
        Box::pin(async move { ControlFlow::Continue(request) })
    }

    /// Sees the answer on its way out.
    fn response<'a>(&'a self, exchange: &'a Exchange, response: Response) -> BoxFuture<'a, Response> {
        let _ = exchange;
        Box::pin(async move { response })
    }

    /// Whether it stands between the two sides of a WebSocket this request asks for. One hook of a place can.
    fn stands_between(&self, exchange: &Exchange) -> bool {
        let _ = exchange;
        false
    }

    /// Carries what client and dialect have to say to each other, until either has gone.
    fn between(&self, client: Wire, dialect: Wire) -> BoxFuture<'static, ()> {
        drop((client, dialect));
        Box::pin(async {})
    }
}

/// The hooks of one place, in the order requests meet them.
pub type HookPlace = Arc<[Arc<dyn Hook>]>;

/// The named places, outermost first.
#[derive(Clone, Default)]
pub struct Hooks {
    /// Writes down every exchange, refused ones included.
    pub journal: HookPlace,
    /// Makes known callers meet trouble: delays, errors, cut connections.
    pub faults: HookPlace,
    /// Breaks the contract on purpose. Between the contract check and the dialect, so that a suite judging from outside
    /// is judged, not the check.
    pub mutants: HookPlace,
}

impl Hooks {
    /// Whether nothing hangs anywhere.
    pub(crate) fn are_none(&self) -> bool {
        [&self.journal, &self.faults, &self.mutants].into_iter().all(|place| place.is_empty())
    }
}

/// Leads a request through the hooks of a place to whatever comes next, and the answer back.
pub(crate) async fn around<F: Future<Output = Response>>(
    hooks: &HookPlace,
    exchange: &Exchange,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    for (position, hook) in hooks.iter().enumerate() {
        match hook.request(exchange, request).await {
            ControlFlow::Continue(passed) => request = passed,
            ControlFlow::Break(response) => return outward(&hooks[..position], exchange, response).await,
        }
    }
    let between = hooks.iter().find(|hook| between::is_asked(&request) && hook.stands_between(exchange));
    let response = match between {
        Some(hook) => between::pass(Arc::clone(hook), request, next).await,
        None => next(request).await,
    };
    outward(hooks, exchange, response).await
}

async fn outward(hooks: &[Arc<dyn Hook>], exchange: &Exchange, mut response: Response) -> Response {
    for hook in hooks.iter().rev() {
        response = hook.response(exchange, response).await;
    }
    response
}
