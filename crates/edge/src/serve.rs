//! The one place that accepts connections.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use dialect::Connection;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::Patience;
use crate::head_timer::HeadTimer;

/// How long open exchanges may go on after the server was asked to stop.
const DRAIN: Duration = Duration::from_secs(2);
/// Pause after the system refused a connection, for want of descriptors for instance.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// What answers requests. Cheap to clone: every connection has one.
pub trait Answers: Clone + Send + Sync + 'static {
    /// The answer to a request.
    fn answer(&self, request: Request) -> impl Future<Output = Response> + Send;
}

/// Serves `app` until `shutdown` is done, then lets open exchanges end for a short while.
pub async fn serve(
    listener: TcpListener,
    app: impl Answers,
    patience: Patience,
    shutdown: impl Future<Output = ()>,
) {
    let connections = TaskTracker::new();
    let (serving, stopping) = watch::channel(());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => {
                drop(connections.spawn(connection(stream, app.clone(), patience, stopping.clone())));
            }
            Err(error) => refused(&error).await,
        }
    }
    drop((listener, serving));
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::debug!(open = connections.len(), "connections still open are dropped");
    }
}

/// Serves one connection; when `stopping` ends, the exchange under way is the last one.
async fn connection(
    stream: TcpStream,
    app: impl Answers,
    patience: Patience,
    mut stopping: watch::Receiver<()>,
) {
    // Small answers must not wait for the client's acknowledgement of the ones before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to set TCP_NODELAY");
    }
    let (stream, too_slow) = Connection::new(stream);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let app = app.clone();
        async move { Ok::<_, Infallible>(app.answer(request.map(Body::new)).await) }
    });
    let connection = http1::Builder::new()
        .timer(HeadTimer::default())
        .header_read_timeout(patience.head)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        if error.is_timeout() {
            too_slow.tell();
        }
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn refused(error: &io::Error) {
    tracing::warn!(%error, "failed to accept a connection");
    tokio::time::sleep(REFUSED_PAUSE).await;
}
