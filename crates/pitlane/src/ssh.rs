//! The SSH gateway as part of the program: where it listens, its key, and how it reaches the control plane.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use control::{ControlPlane, SshAccess, SshGateway, SshGuest};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::Request;
use http::header::{CONNECTION, UPGRADE};
use sandbox::Root;
use ssh::{Gate, Gateway, Guest, HostKey, OpenError, Stream, wire};
use tokio::net::TcpListener;

use crate::failure::Failure;

/// The customary port, of the real service too.
const CUSTOMARY_PORT: u16 = 2222;
/// Name of the file the key is kept in, in a data directory.
const KEY_FILE: &str = "ssh_host_ed25519_key";

/// Takes the address asked for. Where none was, the customary port beside the API, or any that is free: somebody else
/// may have it, another server for instance.
pub(crate) async fn listen(wanted: Option<SocketAddr>, api: SocketAddr) -> Result<TcpListener, Failure> {
    let address = wanted.unwrap_or_else(|| {
        // Who takes any port for the API wants no fixed one beside it.
        let port = if api.port() == 0 { 0 } else { CUSTOMARY_PORT };
        SocketAddr::new(api.ip(), port)
    });
    let bound = match TcpListener::bind(address).await {
        Err(_) if wanted.is_none() => TcpListener::bind(SocketAddr::new(api.ip(), 0)).await,
        bound => bound,
    };
    bound.map_err(|source| Failure::Listen { address: address.to_string(), source })
}

/// The gateway's key: one for each data directory, otherwise made for once.
pub(crate) fn host_key(root: &Root) -> Result<HostKey, Failure> {
    let key =
        if root.is_ephemeral() { HostKey::generate() } else { HostKey::kept_in(&root.path().join(KEY_FILE)) };
    key.map_err(|error| Failure::State(error.to_string()))
}

/// What clients are told of the gateway.
pub(crate) fn described(key: &HostKey, address: SocketAddr) -> SshGateway {
    SshGateway {
        port: address.port(),
        host_key: Some(key.public_key()),
        fingerprint: Some(key.fingerprint()),
    }
}

/// The gateway of a control plane.
pub(crate) fn gateway(key: &HostKey, control: &ControlPlane, spool: &std::path::Path) -> Gateway {
    Gateway::new(key, Arc::new(Door(control.ssh())), spool.to_owned())
}

struct Door(SshAccess);

impl Gate for Door {
    fn admit(&self, token: &str) -> Option<Arc<dyn Guest>> {
        self.0.admit(token).map(|guest| Arc::new(Visitor(guest)) as Arc<dyn Guest>)
    }
}

struct Visitor(SshGuest);

impl Guest for Visitor {
    fn open(&self) -> BoxFuture<'_, Result<Box<dyn Stream>, OpenError>> {
        async {
            let request = Request::get(wire::PATH)
                .header(CONNECTION, "upgrade")
                .header(UPGRADE, wire::PROTOCOL)
                .body(Body::empty())
                .map_err(|error| OpenError::Refused(error.to_string()))?;
            let opened = self.0.open(request).await;
            opened
                .map(|stream| Box::new(stream) as Box<dyn Stream>)
                .map_err(|refusal| OpenError::Refused(refusal.to_string()))
        }
        .boxed()
    }

    fn touch(&self) {
        self.0.touch();
    }

    fn ended(&self) -> BoxFuture<'static, ()> {
        self.0.ended().boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_wish_the_gateway_listens_whatever_is_taken() {
        let api: SocketAddr = "127.0.0.1:3986".parse().unwrap();
        // One of them may have the customary port, both listen.
        let (one, other) = (listen(None, api).await.unwrap(), listen(None, api).await.unwrap());
        assert_ne!(one.local_addr().unwrap(), other.local_addr().unwrap());
        let any = listen(None, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        assert_ne!(any.local_addr().unwrap().port(), CUSTOMARY_PORT);
    }

    #[tokio::test]
    async fn an_address_asked_for_that_is_taken_is_an_error() {
        let api: SocketAddr = "127.0.0.1:3986".parse().unwrap();
        let taken = listen(None, api).await.unwrap().local_addr().unwrap();
        let _holder = TcpListener::bind(taken).await.unwrap();
        assert!(listen(Some(taken), api).await.is_err());
    }
}
