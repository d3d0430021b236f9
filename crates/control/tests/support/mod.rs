//! A control plane with a standing clock, seeded ids and a holder whose sandboxes are made of memory.
#![allow(dead_code, unreachable_pub, reason = "each test file uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

pub mod builder;
pub mod holder;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::Body;
use axum::extract::OriginalUri;
use axum::response::Response;
use contract::check::{Answer, Checker};
use contract::control::DOCUMENT;
use contract::{Match, Router};
use control::{Config, ControlPlane, MemoryStore, Store};
use dialect::{Credential, Tenants as _};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use lab::{FixedClock, SeededIds};
use serde_json::{Value, json};

pub use holder::FakeHolder;

pub const KEY: &str = "dtn_anything";

/// A control plane and what stands around it.
pub struct Lab {
    pub control: ControlPlane,
    pub clock: Arc<FixedClock>,
    pub holder: Arc<FakeHolder>,
    pub store: Arc<dyn Store>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Lab {
    pub fn new() -> Self {
        Self::with(Arc::new(MemoryStore::new()), |_| {})
    }

    pub fn with(store: Arc<dyn Store>, adjust: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(FixedClock::new("2026-01-31T12:00:00Z".parse().unwrap()));
        let holder = Arc::new(FakeHolder::default());
        let mut config = Config::new(
            Arc::clone(&clock) as _,
            Arc::new(SeededIds::new(1)),
            Arc::clone(&store),
            Arc::clone(&holder) as _,
        );
        adjust(&mut config);
        let control = ControlPlane::new(config).unwrap();
        Self { control, clock, holder, store }
    }

    /// The time on the clock.
    pub fn now(&self) -> jiff::Timestamp {
        lab::Clock::now(&*self.clock)
    }

    /// Who the default key belongs to.
    pub fn caller(&self) -> dialect::Caller {
        self.control.tenants().identify(&Credential::from_bearer(KEY, None)).unwrap()
    }

    /// Sends a request with the default key.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answered {
        self.call_as(KEY, method, path, body).await
    }

    pub async fn call_as(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Answered {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(
            key,
            Request::builder().method(method).uri(path).header("host", "pit.test:3986").body(body).unwrap(),
        )
        .await
    }

    /// Sends a request as the edge would: with its caller and its original target in the extensions.
    pub async fn send(&self, key: &str, mut request: Request<Body>) -> Answered {
        let original = format!("/api{}", request.uri());
        request.extensions_mut().insert(OriginalUri(original.parse().unwrap()));
        if let Ok(caller) = self.control.tenants().identify(&Credential::from_bearer(key, None)) {
            request.extensions_mut().insert(caller);
        }
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let answer = answered(self.control.api().respond(request).await).await;
        answer.check(&method, &path);
        answer
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str) -> Answered {
        self.call("POST", path, None).await
    }

    /// Creates a sandbox and gives its object.
    pub async fn create(&self, body: Value) -> Value {
        self.call("POST", "/sandbox", Some(body)).await.expect(200)
    }

    /// Creates a sandbox with nothing asked for and gives its id.
    pub async fn create_plain(&self) -> String {
        id(&self.create(json!({})).await)
    }

    /// The state a client sees.
    pub async fn state(&self, id: &str) -> String {
        self.get(&format!("/sandbox/{id}")).await.expect(200)["state"].as_str().unwrap().to_owned()
    }

    /// Waits until a client sees this state.
    pub async fn until(&self, id: &str, state: &str) {
        let reached = async {
            while self.state(id).await != state {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached).await.expect(state);
    }

    /// Waits until the holder satisfies a condition.
    pub async fn until_held(&self, what: &str, condition: impl Fn(&FakeHolder) -> bool) {
        let reached = async {
            while !condition(&self.holder) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached).await.expect(what);
    }
}

impl Answered {
    /// Holds the answer against the contract.
    #[track_caller]
    fn check(&self, method: &str, path: &str) {
        static CHECKER: LazyLock<Checker> = LazyLock::new(|| Checker::new(&DOCUMENT));
        let Match::Found(operation, _) = Router::new(&DOCUMENT).find(method, path) else { return };
        let body = self.body.to_string();
        let departures = CHECKER.answer(
            operation,
            Answer {
                status: self.status.as_u16(),
                content_type: self.headers.get("content-type").and_then(|value| value.to_str().ok()),
                body: (!self.body.is_null()).then_some(body.as_bytes()),
            },
        );
        assert!(departures.is_empty(), "{method} {path}: {departures:?}\n{body}");
    }

    /// The body, when the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    /// The message of an error of this status.
    #[track_caller]
    pub fn error(self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(body["statusCode"], status);
        body["message"].as_str().unwrap().to_owned()
    }
}

pub async fn answered(response: Response) -> Answered {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    Answered { status: parts.status, headers: parts.headers, body }
}

pub fn id(sandbox: &Value) -> String {
    sandbox["id"].as_str().unwrap().to_owned()
}
