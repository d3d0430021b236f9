//! The store over TLS.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::World;

async fn ask(world: &World, roots: RootCertStore, name: &'static str) -> std::io::Result<String> {
    let lent = world.objects.lend("o1", "localhost", true).await.unwrap();
    let host = lent.url.strip_prefix("https://").unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(host).await?;
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(ServerName::try_from(name).unwrap(), stream).await?;
    let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn whoever_trusts_the_authority_is_served_by_address_and_by_name() {
    let world = World::new().await;
    let trusting = || {
        let mut roots = RootCertStore::empty();
        let pem = std::fs::read(world.place.path().join("ca/ca.pem")).unwrap();
        roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
        roots
    };
    world.objects.lend("o1", "localhost", true).await.unwrap();
    for name in ["127.0.0.1", "localhost"] {
        let answer = ask(&world, trusting(), name).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    assert!(ask(&world, RootCertStore::empty(), "127.0.0.1").await.is_err(), "a stranger is not trusted");
}

/// Trusting it must not mean trusting it with the rest of the world.
#[tokio::test]
async fn the_authority_cannot_vouch_for_anybody_else() {
    let world = World::new().await;
    world.objects.lend("o1", "localhost", true).await.unwrap();
    let mut roots = RootCertStore::empty();
    let pem = std::fs::read(world.place.path().join("ca/ca.pem")).unwrap();
    roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let error = ask(&world, roots, "example.com").await.unwrap_err().to_string();
    assert!(error.contains("NameConstraint"), "{error}");
}

#[tokio::test]
async fn a_closed_store_listens_no_more() {
    let world = World::new().await;
    let host = world.access.host.clone();
    assert!(TcpStream::connect(&host).await.is_ok());
    world.objects.close().await;
    assert!(TcpStream::connect(&host).await.is_err());
}
