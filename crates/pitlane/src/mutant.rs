//! Breaks the contract on purpose, to see whether the conformance suite notices.

mod sockets;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use conformance::mutants::{Applied, Mutant, MutantAnswer};
use edge::{BoxFuture, Exchange, Hook, Wire};
use http_body_util::BodyExt as _;

use crate::failure::Failure;
use crate::relay::relay;

/// The hook of a mutant in JSON.
pub(crate) fn hook(text: &str) -> Result<Arc<dyn Hook>, Failure> {
    let mutant: Mutant = serde_json::from_str(text).map_err(|error| Failure::Mutant(error.to_string()))?;
    Ok(Arc::new(MutantHook(Arc::new(Applied::new(Arc::new(mutant))))))
}

struct MutantHook(Arc<Applied>);

impl Hook for MutantHook {
    fn response<'a>(&'a self, exchange: &'a Exchange, response: Response) -> BoxFuture<'a, Response> {
        Box::pin(async move {
            let breaks = self.concerns(exchange) && !self.0.breaks_sockets();
            if !breaks || !self.0.concerns_status(response.status()) {
                return response;
            }
            self.change(exchange, response).await
        })
    }

    fn stands_between(&self, exchange: &Exchange) -> bool {
        self.concerns(exchange) && self.0.breaks_sockets()
    }

    fn between(&self, client: Wire, dialect: Wire) -> BoxFuture<'static, ()> {
        Box::pin(relay(Arc::clone(&self.0), client, dialect))
    }
}

impl MutantHook {
    fn concerns(&self, exchange: &Exchange) -> bool {
        exchange.operation.is_some_and(|operation| self.0.concerns(operation.document, operation.id))
    }

    async fn change(&self, exchange: &Exchange, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return Response::from_parts(parts, Body::empty());
        };
        let path = exchange.target.path_and_query().map_or("", |target| target.as_str());
        let answer = MutantAnswer { status: parts.status, headers: parts.headers.clone(), body };
        let mutated = self.0.change(path, answer);
        tokio::time::sleep(mutated.delay).await;
        let mut response = Response::from_parts(parts, Body::from(mutated.answer.body));
        *response.status_mut() = mutated.answer.status;
        *response.headers_mut() = mutated.answer.headers;
        response
    }
}
