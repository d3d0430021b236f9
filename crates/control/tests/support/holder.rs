//! A holder whose sandboxes are tasks in memory: each serves HTTP over a pipe and can be told to fail, to dawdle or to
//! die.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use control::{Held, Holder, HolderError};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::header::{CONNECTION, UPGRADE};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sandbox::SandboxSpec;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Semaphore, watch};

#[derive(Default)]
pub struct FakeHolder {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    log: Vec<String>,
    specs: BTreeMap<String, SandboxSpec>,
    running: BTreeMap<String, Arc<FakeHeld>>,
    start_fails: Option<String>,
    capture_fails: Option<String>,
    gate: Option<Arc<Semaphore>>,
}

impl FakeHolder {
    /// What was asked of it, in order.
    pub fn log(&self) -> Vec<String> {
        self.inner.lock().unwrap().log.clone()
    }

    /// What a sandbox was started with.
    pub fn spec(&self, id: &str) -> SandboxSpec {
        self.inner.lock().unwrap().specs[id].clone()
    }

    /// Ids of sandboxes that run.
    pub fn running(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        inner
            .running
            .iter()
            .filter(|(_, held)| held.ended.borrow().is_none())
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Ids of sandboxes that are held still.
    pub fn paused(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        let alive = inner.running.iter().filter(|(_, held)| held.ended.borrow().is_none());
        alive.filter(|(_, held)| *held.paused.lock().unwrap()).map(|(id, _)| id.clone()).collect()
    }

    /// Makes every start fail from now on, or succeed again.
    pub fn fail_starts(&self, reason: Option<&str>) {
        self.inner.lock().unwrap().start_fails = reason.map(ToOwned::to_owned);
    }

    /// Makes every capture fail from now on.
    pub fn fail_captures(&self, reason: &str) {
        self.inner.lock().unwrap().capture_fails = Some(reason.to_owned());
    }

    /// Makes starts, stops, captures and removals wait until the gate gets a permit for each.
    pub fn gate(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        self.inner.lock().unwrap().gate = Some(Arc::clone(&gate));
        gate
    }

    /// Kills a sandbox's processes behind the control plane's back.
    pub fn kill(&self, id: &str) {
        let held = self.inner.lock().unwrap().running.remove(id).unwrap();
        held.ended.send_replace(Some("killed by signal 9".to_owned()));
    }

    fn note(&self, what: String) -> Option<Arc<Semaphore>> {
        let mut inner = self.inner.lock().unwrap();
        inner.log.push(what);
        inner.gate.clone()
    }
}

async fn pass(gate: Option<Arc<Semaphore>>) {
    if let Some(gate) = gate {
        gate.acquire().await.unwrap().forget();
    }
}

impl Holder for FakeHolder {
    fn create<'a>(&'a self, spec: &'a SandboxSpec) -> BoxFuture<'a, Result<(), HolderError>> {
        self.note(format!("create {}", spec.id));
        async { Ok(()) }.boxed()
    }

    fn start<'a>(&'a self, spec: &'a SandboxSpec) -> BoxFuture<'a, Result<Arc<dyn Held>, HolderError>> {
        let gate = self.note(format!("start {}", spec.id));
        async move {
            pass(gate).await;
            let mut inner = self.inner.lock().unwrap();
            if let Some(reason) = &inner.start_fails {
                return Err(HolderError::Failed(reason.clone()));
            }
            let held = Arc::new(FakeHeld {
                ended: watch::Sender::new(None),
                paused: Mutex::new(false),
                gate: inner.gate.clone(),
            });
            inner.specs.insert(spec.id.clone(), spec.clone());
            inner.running.insert(spec.id.clone(), Arc::clone(&held));
            Ok(held as Arc<dyn Held>)
        }
        .boxed()
    }

    fn archive<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        let gate = self.note(format!("archive {id}"));
        async move {
            pass(gate).await;
            Ok(())
        }
        .boxed()
    }

    fn restore<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        self.note(format!("restore {id}"));
        async { Ok(()) }.boxed()
    }

    fn duplicate<'a>(
        &'a self,
        from: &'a str,
        spec: &'a SandboxSpec,
    ) -> BoxFuture<'a, Result<(), HolderError>> {
        let gate = self.note(format!("duplicate {from} {}", spec.id));
        async move {
            pass(gate).await;
            match &self.inner.lock().unwrap().start_fails {
                Some(reason) => Err(HolderError::Failed(reason.clone())),
                None => Ok(()),
            }
        }
        .boxed()
    }

    fn capture<'a>(&'a self, sandbox: &'a str, image: &'a str) -> BoxFuture<'a, Result<u64, HolderError>> {
        let gate = self.note(format!("capture {sandbox} {image}"));
        async move {
            pass(gate).await;
            match &self.inner.lock().unwrap().capture_fails {
                Some(reason) => Err(HolderError::Failed(reason.clone())),
                None => Ok(1 << 20),
            }
        }
        .boxed()
    }

    fn remove_image<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        self.note(format!("remove image {image}"));
        async { Ok(()) }.boxed()
    }

    fn remove_volume<'a>(&'a self, volume: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        let gate = self.note(format!("remove volume {volume}"));
        async move {
            pass(gate).await;
            Ok(())
        }
        .boxed()
    }

    fn remove<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), HolderError>> {
        self.note(format!("remove {id}"));
        self.inner.lock().unwrap().running.remove(id);
        async { Ok(()) }.boxed()
    }

    fn close(&self, _grace: Duration) -> BoxFuture<'_, ()> {
        self.note("close".to_owned());
        async {}.boxed()
    }
}

pub struct FakeHeld {
    ended: watch::Sender<Option<String>>,
    paused: Mutex<bool>,
    gate: Option<Arc<Semaphore>>,
}

impl FakeHeld {
    fn hold(&self, paused: bool) -> BoxFuture<'_, Result<(), HolderError>> {
        async move {
            pass(self.gate.clone()).await;
            if self.ended.borrow().is_some() {
                return Err(HolderError::Gone);
            }
            *self.paused.lock().unwrap() = paused;
            Ok(())
        }
        .boxed()
    }
}

impl Held for FakeHeld {
    fn pause(&self) -> BoxFuture<'_, Result<(), HolderError>> {
        self.hold(true)
    }

    fn resume(&self) -> BoxFuture<'_, Result<(), HolderError>> {
        self.hold(false)
    }

    fn stop(&self, grace: Duration) -> BoxFuture<'_, Result<(), HolderError>> {
        async move {
            // The processes end before the stop is finished, as real ones do.
            self.ended.send_replace(Some(format!("stopped after {grace:?}")));
            pass(self.gate.clone()).await;
            Ok(())
        }
        .boxed()
    }

    fn exited(&self) -> BoxFuture<'static, String> {
        let mut ended = self.ended.subscribe();
        async move {
            let reason = ended.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
            reason.unwrap_or_default()
        }
        .boxed()
    }

    fn request(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, HolderError>> {
        async move {
            if self.ended.borrow().is_some() {
                return Err(HolderError::Gone);
            }
            let (ours, theirs) = tokio::io::duplex(64 << 10);
            let server = hyper::server::conn::http1::Builder::new();
            tokio::spawn(server.serve_connection(TokioIo::new(theirs), service_fn(serve)).with_upgrades());
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(ours)).await.unwrap();
            tokio::spawn(connection.with_upgrades());
            let response = sender.send_request(request).await;
            response
                .map(|response| response.map(Body::new))
                .map_err(|error| HolderError::Failed(error.to_string()))
        }
        .boxed()
    }
}

/// A toolbox that tells what reached it; `/moved` redirects, `/socket` echoes what it is sent in capitals.
async fn serve(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path().to_owned();
    let response = match path.as_str() {
        "/moved" => Response::builder()
            .status(StatusCode::FOUND)
            .header("location", "/files/?a=b")
            .body(Body::empty()),
        "/socket" => {
            tokio::spawn(async move {
                let mut socket = TokioIo::new(hyper::upgrade::on(request).await.unwrap());
                let mut buffer = [0; 64];
                while let Ok(length @ 1..) = socket.read(&mut buffer).await {
                    socket.write_all(&buffer[..length].to_ascii_uppercase()).await.unwrap();
                }
            });
            let switching = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
            let switching = switching.header(UPGRADE, "websocket").header(CONNECTION, "upgrade");
            switching.header("sec-websocket-protocol", "chosen").body(Body::empty())
        }
        _ => {
            let headers: BTreeMap<String, String> = request
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
                .collect();
            let (method, uri) = (request.method().to_string(), request.uri().to_string());
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let body = String::from_utf8_lossy(&body).into_owned();
            let seen = json!({"method": method, "uri": uri, "headers": headers, "body": body});
            Response::builder()
                .header("keep-alive", "timeout=5")
                .header("x-tool", "1")
                .body(Body::from(seen.to_string()))
        }
    };
    Ok(response.unwrap())
}
