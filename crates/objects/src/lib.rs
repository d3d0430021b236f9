//! The object store build contexts are uploaded to: S3 over a directory, with temporary credentials and TLS of its own.
//!
//! Knows S3 and files. Must not know what an organization is beyond its name, what a context is used for, or where
//! clients come from: the program tells it where to listen and whom to lend access to. The protocol itself (signatures,
//! chunked bodies, XML) is `s3s`'s.
//!
//! ```text
//! lend(organization) ─▶ access.rs: credentials, good for an hour and for keys below the organization's name
//! client ─▶ server.rs (http, https) ─▶ s3s: signature ─▶ access.rs: whose, for what ─▶ operations/ ─▶ store.rs
//! ```
//!
//! | module | owns |
//! |---|---|
//! | `server` | where it listens, from the first loan on, and how clients are told |
//! | `access` | credentials, and which keys they are good for |
//! | `operations` | the S3 operations served: objects, lists, uploads in parts |
//! | `store` | objects as files: whole or not there at all |
//! | `keys` | which file a key is |
//! | `page` | which keys a list shows |
//! | `digests` | what a body is checked against |
//! | [`Authority`] | the certificate authority of this machine, for https |
//!
//! `s3s-fs`, the file system of the same authors, is not used: it puts a body in place before it has compared its
//! digest, cannot hold both `a` and `a/b`, and keeps what it notes of an object apart from it, so that a crash leaves
//! them at odds.

mod access;
mod authority;
mod digests;
mod keys;
mod operations;
mod page;
mod server;
mod store;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use lab::{Clock, Ids};

pub use access::Access;
pub use authority::{Authority, AuthorityError};
pub use server::{Addresses, ServeError};

use access::Loans;
use server::Server;
use store::Store;

/// The one bucket; clients fall back to this name too (control-plane.md §4.7).
pub const BUCKET: &str = "daytona-volume-builds";
/// The region there is; the store's location is empty, which means this one.
pub const REGION: &str = "us-east-1";

/// Everything an object store needs from outside.
pub struct Config {
    /// Where objects are kept; made when the first one comes.
    pub directory: PathBuf,
    /// Whether what was acknowledged must survive the machine's end, not only this program's.
    pub durable: bool,
    /// Tells when credentials expire.
    pub clock: Arc<dyn Clock>,
    /// Makes credentials.
    pub ids: Arc<dyn Ids>,
    /// Where it listens.
    pub addresses: Addresses,
    /// Where the certificate authority lies; made when the first client comes that takes only TLS.
    pub authority: PathBuf,
}

/// An object store. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Objects {
    store: Arc<Store>,
    loans: Arc<Loans>,
    server: Arc<Server>,
}

impl Objects {
    /// A store that neither listens nor touches its directory yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let Config { directory, durable, clock, ids, addresses, authority } = config;
        let store = Arc::new(Store::new(directory, durable));
        let loans = Arc::new(Loans::new(Arc::clone(&clock), ids));
        let service = operations::service(&store, &loans);
        let server = Arc::new(Server::new(service, addresses, authority, clock));
        Self { store, loans, server }
    }

    /// Listens at the addresses that were given a port, so that one that is taken shows at once.
    ///
    /// # Errors
    ///
    /// When it cannot listen there.
    pub async fn listen(&self) -> Result<(), ServeError> {
        self.server.listen().await
    }

    /// Lends an organization access to its own objects for an hour: credentials, and where to go with them. `host` is
    /// what the client reached this machine by, `secure` whether it takes nothing but TLS.
    ///
    /// # Errors
    ///
    /// When it cannot listen, or no certificate can be had.
    pub async fn lend(&self, organization: &str, host: &str, secure: bool) -> Result<Access, ServeError> {
        let url = self.server.url(host, secure).await?;
        Ok(self.loans.lend(organization, url))
    }

    /// The file with the context an organization put under a hash. It stays at this path, whole, however often the
    /// same context is put again.
    #[must_use]
    pub fn context(&self, organization: &str, hash: &str) -> Option<PathBuf> {
        let path = self.store.path(BUCKET, &format!("{organization}/{hash}/context.tar")).ok()?;
        path.is_file().then_some(path)
    }

    /// Stops listening, and waits a moment for what is under way.
    pub async fn close(&self) {
        self.server.close().await;
    }
}

/// Whether a host, as it stands in a URL, is this machine and nothing else.
fn is_loopback(host: &str) -> bool {
    let name = host.trim_matches(['[', ']']);
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
