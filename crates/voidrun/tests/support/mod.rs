//! The half beside the control plane with a standing clock; its sandboxes are no more than a name and what was asked of
//! them.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a helper that fails fails its test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use contract::check::{Answer, Checker};
use contract::voidrun::DOCUMENT;
use contract::{Match, Router};
use control::{Config, ControlPlane, Held, Holder, HolderError, MemoryStore};
use dialect::{Credential, Dispatcher, Tenants as _};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, pending, ready};
use futures_util::stream;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use lab::{FixedClock, SeededIds};
use sandbox::SandboxSpec;
use serde_json::{Value, json};
use voidrun::Manner;

/// This half, and what stands around it.
pub struct Lab {
    pub clock: Arc<FixedClock>,
    pub holder: Arc<Names>,
    control: ControlPlane,
    app: Dispatcher,
}

impl Lab {
    pub fn new(manner: Manner) -> Self {
        let clock = Arc::new(FixedClock::new("2026-01-31T12:00:00Z".parse().unwrap()));
        let (holder, ids) = (Arc::new(Names::default()), Arc::new(SeededIds::new(1)));
        let config = Config::new(
            Arc::clone(&clock) as _,
            Arc::clone(&ids) as _,
            Arc::new(MemoryStore::new()),
            Arc::clone(&holder) as _,
        );
        let control = ControlPlane::new(config).unwrap();
        let app = voidrun::server::app(voidrun::server::Config { control: control.clone(), manner, ids });
        Self { clock, holder, control, app }
    }

    /// An answer on its way.
    pub async fn send(&self, method: &str, path: &str, body: Value) -> Response {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        let caller = self.control.tenants().identify(&Credential::ApiKey("vr_anything".to_owned()));
        request.extensions_mut().insert(caller.unwrap());
        self.app.respond(request).await
    }

    /// An answer as the contract has it.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let (parts, answer) = self.send(method, path, body).await.into_parts();
        let bytes = answer.collect().await.unwrap().to_bytes();
        if let Match::Found(operation, _) = Router::new(&DOCUMENT).find(method, path) {
            let content_type = parts.headers.get("content-type").and_then(|value| value.to_str().ok());
            let answer = Answer { status: parts.status.as_u16(), content_type, body: Some(&bytes) };
            let departures = Checker::new(&DOCUMENT).answer(operation, answer);
            assert!(departures.is_empty(), "{method} {path}: {departures:?}");
        }
        (parts.status, serde_json::from_slice(&bytes).unwrap())
    }

    /// Makes a sandbox; its path.
    pub async fn create(&self, more: Value) -> String {
        let mut body = json!({ "name": "sdbx-1", "cpu": 1, "mem": 1024 });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let (status, made) = self.call("POST", "/sandboxes", body).await;
        assert_eq!(status, 201, "{made}");
        format!("/sandboxes/{}", made["data"]["id"].as_str().unwrap())
    }

    /// The word a client sees.
    pub async fn status(&self, sandbox: &str) -> String {
        let (status, told) = self.call("GET", sandbox, Value::Null).await;
        assert_eq!(status, 200, "{told}");
        told["data"]["status"].as_str().unwrap().to_owned()
    }

    /// Runs a command, which wakes the sandbox.
    pub async fn exec(&self, sandbox: &str) {
        let (status, told) =
            self.call("POST", &format!("{sandbox}/exec"), json!({ "command": "true" })).await;
        assert_eq!(status, 200, "{told}");
    }

    /// Waits until a client sees this word.
    pub async fn until(&self, sandbox: &str, status: &str) {
        let reached = async {
            while self.status(sandbox).await != status {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached).await.expect(status);
    }
}

/// Lets everything run that can run while the clock stands still.
pub async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Holds sandboxes in name only, and knows which are held still.
#[derive(Default)]
pub struct Names(Arc<Mutex<BTreeMap<String, bool>>>);

impl Names {
    /// Whether each that runs is held still.
    pub fn held_still(&self) -> Vec<bool> {
        self.0.lock().unwrap().values().copied().collect()
    }
}

impl Holder for Names {
    fn create<'a>(&'a self, _spec: &'a SandboxSpec) -> BoxFuture<'a, Result<(), HolderError>> {
        ready(Ok(())).boxed()
    }

    fn start<'a>(&'a self, spec: &'a SandboxSpec) -> BoxFuture<'a, Result<Arc<dyn Held>, HolderError>> {
        self.0.lock().unwrap().insert(spec.id.clone(), false);
        ready(Ok(Arc::new(Name(spec.id.clone(), Arc::clone(&self.0))) as Arc<dyn Held>)).boxed()
    }

    fn archive<'a>(&'a self, _id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        ready(Ok(())).boxed()
    }

    fn restore<'a>(&'a self, _id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        ready(Ok(())).boxed()
    }

    fn duplicate<'a>(
        &'a self,
        _from: &'a str,
        _spec: &'a SandboxSpec,
    ) -> BoxFuture<'a, Result<(), HolderError>> {
        ready(Ok(())).boxed()
    }

    fn capture<'a>(&'a self, _sandbox: &'a str, _image: &'a str) -> BoxFuture<'a, Result<u64, HolderError>> {
        ready(Ok(0)).boxed()
    }

    fn remove_image<'a>(&'a self, _image: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        ready(Ok(())).boxed()
    }

    fn remove_volume<'a>(&'a self, _volume: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        ready(Ok(())).boxed()
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        self.0.lock().unwrap().remove(id);
        ready(Ok(())).boxed()
    }

    fn close(&self, _grace: Duration) -> BoxFuture<'_, ()> {
        ready(()).boxed()
    }
}

struct Name(String, Arc<Mutex<BTreeMap<String, bool>>>);

impl Name {
    fn hold(&self, still: bool) -> BoxFuture<'_, Result<(), HolderError>> {
        self.1.lock().unwrap().insert(self.0.clone(), still);
        ready(Ok(())).boxed()
    }
}

impl Held for Name {
    fn stop(&self, _grace: Duration) -> BoxFuture<'_, Result<(), HolderError>> {
        self.1.lock().unwrap().remove(&self.0);
        ready(Ok(())).boxed()
    }

    fn pause(&self) -> BoxFuture<'_, Result<(), HolderError>> {
        self.hold(true)
    }

    fn resume(&self) -> BoxFuture<'_, Result<(), HolderError>> {
        self.hold(false)
    }

    fn exited(&self) -> BoxFuture<'static, String> {
        pending().boxed()
    }

    /// Commands succeed, and streams never end.
    fn request(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, HolderError>> {
        let inside = Response::builder().header("x-pitlane-inside", "voidrun");
        let answer = if request.uri().path().ends_with("/exec-stream") {
            let endless = stream::pending::<Result<Bytes, std::convert::Infallible>>();
            inside.header("content-type", "text/event-stream").body(Body::from_stream(endless))
        } else {
            let data = json!({ "stdout": "", "stderr": "", "exitCode": 0 });
            let body = json!({ "status": "success", "message": "ok", "data": data });
            inside.header("content-type", "application/json").body(Body::from(body.to_string()))
        };
        ready(Ok(answer.unwrap())).boxed()
    }
}
