//! Where the store listens: one address for http, one for https, each from the first client on that is sent there.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use lab::Clock;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use s3s::service::S3Service;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OnceCell, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::{Authority, AuthorityError, is_loopback};

/// How long a client may take to say what it wants, or to agree on TLS.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long what is under way may take when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// A host without file descriptors left is asked again after this long.
const BREATH: Duration = Duration::from_millis(100);

/// Where a store listens. Port 0 is any free one, found when the first client is sent there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// For http.
    pub plain: SocketAddr,
    /// For https.
    pub secure: SocketAddr,
}

/// Why clients cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is taken, or not this machine's.
    #[error("failed to listen on {0} for the object store: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// There is no certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The server is ending.
    #[error("the object store is closed")]
    Closed,
}

pub(crate) struct Server {
    service: S3Service,
    addresses: Addresses,
    /// Where the authority lies.
    directory: PathBuf,
    clock: Arc<dyn Clock>,
    plain: OnceCell<SocketAddr>,
    secure: OnceCell<SocketAddr>,
    closing: watch::Sender<bool>,
}

impl Server {
    pub(crate) fn new(
        service: S3Service,
        addresses: Addresses,
        directory: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (plain, secure, closing) = (OnceCell::new(), OnceCell::new(), watch::Sender::new(false));
        Self { service, addresses, directory, clock, plain, secure, closing }
    }

    /// Listens where a port was named.
    pub(crate) async fn listen(&self) -> Result<(), ServeError> {
        if self.addresses.plain.port() != 0 {
            self.plain().await?;
        }
        if self.addresses.secure.port() != 0 {
            self.secure().await?;
        }
        Ok(())
    }

    /// The address for a client that reached this machine by `host`.
    pub(crate) async fn url(&self, host: &str, secure: bool) -> Result<String, ServeError> {
        let (scheme, address) =
            if secure { ("https", self.secure().await?) } else { ("http", self.plain().await?) };
        Ok(format!("{scheme}://{}", authority(address, host)))
    }

    async fn plain(&self) -> Result<SocketAddr, ServeError> {
        let open = || async { self.open(self.addresses.plain, None).await };
        self.plain.get_or_try_init(open).await.copied()
    }

    async fn secure(&self) -> Result<SocketAddr, ServeError> {
        let open = || async {
            let (directory, now) = (self.directory.clone(), self.clock.now());
            let authority = tokio::task::spawn_blocking(move || Authority::open(&directory, now)).await;
            let authority = authority.map_err(|_| ServeError::Closed)??;
            let vouching = Vouching { authority: Arc::new(authority), clock: Arc::clone(&self.clock) };
            self.open(self.addresses.secure, Some(vouching)).await
        };
        self.secure.get_or_try_init(open).await.copied()
    }

    async fn open(&self, address: SocketAddr, vouching: Option<Vouching>) -> Result<SocketAddr, ServeError> {
        if *self.closing.borrow() {
            return Err(ServeError::Closed);
        }
        let failed = |error| ServeError::Listen(address, error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        tokio::spawn(accept(listener, self.service.clone(), vouching, self.closing.clone()));
        Ok(address)
    }

    pub(crate) async fn close(&self) {
        self.closing.send_replace(true);
        // Each listener and each connection holds one end.
        let _ = tokio::time::timeout(FAREWELL, self.closing.closed()).await;
    }
}

/// Host and port for a client. Numeric where it can be: one client takes a name's first part for a bucket.
fn authority(address: SocketAddr, host: &str) -> String {
    if !address.ip().is_unspecified() {
        return address.to_string();
    }
    let host = match (is_loopback(host), address.ip()) {
        (true, IpAddr::V4(_)) => "127.0.0.1",
        (true, IpAddr::V6(_)) => "[::1]",
        (false, _) => host,
    };
    format!("{host}:{}", address.port())
}

async fn accept(
    listener: TcpListener,
    service: S3Service,
    vouching: Option<Vouching>,
    closing: watch::Sender<bool>,
) {
    let mut closed = closing.subscribe();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = closed.wait_for(|closing| *closing) => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                connections.spawn(attend(stream, service.clone(), vouching.clone(), closing.subscribe()));
            }
            Err(error) => {
                tracing::warn!(%error, "the object store could not take a connection");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn attend(
    stream: TcpStream,
    service: S3Service,
    vouching: Option<Vouching>,
    closing: watch::Receiver<bool>,
) {
    let Some(vouching) = vouching else { return serve(stream, service, closing).await };
    let Ok(address) = stream.local_addr() else { return };
    let acceptor = TlsAcceptor::from(Arc::new(vouching.config(address.ip())));
    match tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => serve(stream, service, closing).await,
        Ok(Err(error)) => tracing::info!(%error, "a client of the object store does not agree on TLS"),
        Err(_) => {}
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: S3Service,
    mut closing: watch::Receiver<bool>,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = closing.wait_for(|closing| *closing) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Certificates for whatever the client calls this machine.
#[derive(Clone)]
struct Vouching {
    authority: Arc<Authority>,
    clock: Arc<dyn Clock>,
}

impl Vouching {
    /// For a connection to this address of the machine.
    fn config(&self, address: IpAddr) -> ServerConfig {
        let resolver = Resolver { vouching: self.clone(), address };
        let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        match builder.with_safe_default_protocol_versions() {
            Ok(builder) => builder.with_no_client_auth().with_cert_resolver(Arc::new(resolver)),
            Err(_) => unreachable!("the provider has the default versions"),
        }
    }
}

struct Resolver {
    vouching: Vouching,
    address: IpAddr,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Resolver").field("address", &self.address).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A client that goes to a numeric address names no host.
        let host = hello.server_name().map_or_else(|| self.address.to_string(), ToOwned::to_owned);
        let certified = self.vouching.authority.vouch(&host, self.vouching.clock.now());
        certified.map_err(|error| tracing::warn!(%error, host, "no certificate")).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_sent_to_the_address_listened_on_or_to_the_host_they_came_to() {
        let told = |address: &str, host: &str| authority(address.parse().unwrap(), host);
        assert_eq!(told("127.0.0.1:5", "localhost"), "127.0.0.1:5");
        assert_eq!(told("127.0.0.1:5", "proxy.example"), "127.0.0.1:5");
        assert_eq!(told("10.0.0.7:5", "box.local"), "10.0.0.7:5");
        assert_eq!(told("[::1]:5", "localhost"), "[::1]:5");
        assert_eq!(told("0.0.0.0:5", "localhost"), "127.0.0.1:5");
        assert_eq!(told("0.0.0.0:5", "box.local"), "box.local:5");
        assert_eq!(told("0.0.0.0:5", "10.0.0.7"), "10.0.0.7:5");
        assert_eq!(told("[::]:5", "[::1]"), "[::1]:5");
    }
}
