//! The object store clients put files for builds into, seen from here (control-plane.md §4.7).

use std::path::PathBuf;

use dialect::OrganizationId;
use futures_util::future::BoxFuture;

/// Keeps objects and lends access to them.
pub trait ObjectStorage: Send + Sync {
    /// Lends an organization access to its own objects, for an hour.
    fn lend<'a>(
        &'a self,
        organization: &'a OrganizationId,
        way: Way<'a>,
    ) -> BoxFuture<'a, Result<ObjectAccess, ObjectStorageError>>;

    /// The file with the build context an organization put under this hash, as a tar.
    fn context(&self, organization: &OrganizationId, hash: &str) -> Option<PathBuf>;
}

/// How a client is going to reach the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way<'a> {
    /// The host it reached this server by, without a port, as it stands in a URL.
    pub host: &'a str,
    /// Whether it takes nothing but TLS.
    pub secure: bool,
}

/// Access that was lent.
#[derive(Clone, PartialEq, Eq)]
pub struct ObjectAccess {
    /// Names the credentials.
    pub access_key: String,
    /// Signs requests.
    pub secret: String,
    /// Has to come with every request.
    pub session_token: String,
    /// Scheme, host and port; the store is at its root.
    pub url: String,
    /// The bucket there is.
    pub bucket: String,
    /// What requests are signed for.
    pub region: String,
}

/// Why no access could be lent.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ObjectStorageError(pub String);
