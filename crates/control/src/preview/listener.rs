//! Loopback listeners: one for each address given out, open until its sandbox is gone.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use contract::control::types::SandboxState;
use http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Place, Previews, guard};
use crate::control::Shared;
use crate::errors::{ApiError, json_response};
use crate::record::SandboxRecord;

/// How long a visitor may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause after the system refused a connection, for want of descriptors for instance.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// The open listeners.
#[derive(Default)]
pub(super) struct Listeners(Mutex<HashMap<Place, Open>>);

struct Open {
    address: SocketAddr,
    /// The listener ends when this is dropped.
    _end: watch::Sender<()>,
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn close(&self) {
        self.lock().clear();
    }
}

/// The listener of a place, opened when there is none. It ends with the sandbox, or at `end`.
pub(super) fn open(
    shared: &Arc<Shared>,
    record: &SandboxRecord,
    place: Place,
    end: Option<Timestamp>,
) -> Result<SocketAddr, ApiError> {
    let records = shared.registry.watch(&record.id).ok_or_else(|| ApiError::unknown_sandbox(&record.id))?;
    // Held while it is opened, so that one place has one listener.
    let mut listeners = shared.previews.listeners.lock();
    if let Some(open) = listeners.get(&place) {
        return Ok(open.address);
    }
    let (listener, address) = bind().map_err(|error| {
        tracing::error!(%error, "no listener can be opened for a preview");
        ApiError::internal()
    })?;
    let (end_sender, ended) = watch::channel(());
    listeners.insert(place.clone(), Open { address, _end: end_sender });
    drop(listeners);
    let previews = Previews::new(shared);
    tokio::spawn(async move {
        let time_over = sleep_until(&previews.0, end);
        tokio::select! {
            () = accept(&listener, &previews, &place, ended.clone()) => {}
            () = gone(records) => {}
            () = time_over => {}
            () = closed(ended) => {}
        }
        previews.0.previews.listeners.lock().remove(&place);
    });
    Ok(address)
}

fn bind() -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((TcpListener::from_std(listener)?, address))
}

/// Waits until nothing is left of the sandbox.
async fn gone(mut records: watch::Receiver<Arc<SandboxRecord>>) {
    // A sandbox that was forgotten is gone as well.
    let _ = records.wait_for(|record| record.state == SandboxState::Destroyed).await;
}

async fn closed(mut ended: watch::Receiver<()>) {
    while ended.changed().await.is_ok() {}
}

async fn sleep_until(shared: &Shared, end: Option<Timestamp>) {
    let Some(end) = end else { return std::future::pending().await };
    let left = Duration::try_from(end.duration_since(shared.now())).unwrap_or_default();
    tokio::time::sleep(left).await;
}

async fn accept(listener: &TcpListener, previews: &Previews, place: &Place, ended: watch::Receiver<()>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(attend(stream, previews.clone(), place.clone(), ended.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "failed to accept a visitor of a preview");
                tokio::time::sleep(REFUSED_PAUSE).await;
            }
        }
    }
}

/// Serves one connection; when the listener ends, the exchange under way is the last one.
async fn attend(stream: TcpStream, previews: Previews, place: Place, ended: watch::Receiver<()>) {
    // Small answers must not wait for the visitor's acknowledgement of the ones before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (previews, place) = (previews.clone(), place.clone());
        async move { Ok::<_, Infallible>(answer(&previews, &place, request.map(Body::new)).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // A broken connection is nobody's business but its visitor's.
        _ = connection.as_mut() => return,
        () = closed(ended) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn answer(previews: &Previews, place: &Place, request: Request) -> Response {
    let Some(reason) = guard::refusal(request.headers()) else {
        return previews.visit(place, request).await;
    };
    let body = json!({ "statusCode": 403, "error": "Forbidden", "message": reason });
    json_response(StatusCode::FORBIDDEN, &body)
}
