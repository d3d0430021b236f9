//! Opens a connection: plain, or with TLS judged by well-known roots and those the caller adds.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use http::Uri;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::ClientError;
use crate::Error;

/// A byte stream to a server.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens connections. Cheap to clone; TLS is set up on first use.
#[derive(Clone, Default)]
pub(crate) struct Connector {
    authorities: Arc<Vec<CertificateDer<'static>>>,
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connector")
            .field("authorities", &self.authorities.len())
            .finish_non_exhaustive()
    }
}

impl Connector {
    /// Also trusts the certificates in this PEM file.
    pub(crate) fn trusting(file: &Path) -> Result<Self, Error> {
        let text = std::fs::read(file).map_err(|source| Error::File { path: file.to_owned(), source })?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        let certificates =
            certificates.map_err(|error| Error::Option(format!("{}: {error}", file.display())))?;
        if certificates.is_empty() {
            return Err(Error::Option(format!("{} holds no certificate", file.display())));
        }
        Ok(Self { authorities: Arc::new(certificates), tls: Arc::default() })
    }

    pub(super) async fn connect(&self, uri: &Uri) -> Result<Box<dyn Stream>, ClientError> {
        let host = uri.host().ok_or_else(|| ClientError::Request(format!("{uri} names no host")))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let secure = matches!(uri.scheme_str(), Some("https" | "wss"));
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let unreachable = |error: std::io::Error| ClientError::Unreachable {
            address: format!("{host}:{port}"),
            problem: error.to_string(),
        };
        let stream = TcpStream::connect((host, port)).await.map_err(unreachable)?;
        // Small frames are measured in time; a failure here only makes the run slower.
        let _ = stream.set_nodelay(true);
        if !secure {
            return Ok(Box::new(stream));
        }
        let name =
            ServerName::try_from(host.to_owned()).map_err(|error| ClientError::Request(error.to_string()))?;
        let stream = TlsConnector::from(self.tls()).connect(name, stream).await.map_err(unreachable)?;
        Ok(Box::new(stream))
    }

    fn tls(&self) -> Arc<ClientConfig> {
        let make = || {
            let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            roots.add_parsable_certificates(self.authorities.iter().cloned());
            Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
        };
        Arc::clone(self.tls.get_or_init(make))
    }
}
