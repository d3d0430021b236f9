//! The object store of this server, as the control plane asks for it.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use control::{ObjectAccess, ObjectStorage, ObjectStorageError, Way};
use dialect::OrganizationId;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use lab::{RandomIds, SystemClock};
use objects::{Addresses, Config, Objects};
use sandbox::Root;

use crate::cli::ServerOptions;
use crate::trust;

/// Below the server's directory.
const DIRECTORY: &str = "objects";

/// A store that listens where the server does, on ports of its own, unless told otherwise.
pub(crate) fn objects(options: &ServerOptions, host: IpAddr, root: &Root) -> Objects {
    let own = SocketAddr::new(host, 0);
    Objects::new(Config {
        directory: root.path().join(DIRECTORY),
        durable: !root.is_ephemeral(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        addresses: Addresses {
            plain: options.objects_listen.unwrap_or(own),
            secure: options.objects_tls_listen.unwrap_or(own),
        },
        // Where there is no home, it is this server's own.
        authority: trust::directory(options.ca_dir.as_ref()).unwrap_or_else(|| root.path().join(trust::NAME)),
    })
}

/// What the control plane lends.
pub(crate) struct Storage(pub(crate) Objects);

impl ObjectStorage for Storage {
    fn lend<'a>(
        &'a self,
        organization: &'a OrganizationId,
        way: Way<'a>,
    ) -> BoxFuture<'a, Result<ObjectAccess, ObjectStorageError>> {
        async move {
            let lent = self.0.lend(organization.as_str(), way.host, way.secure).await;
            let access = lent.map_err(|error| ObjectStorageError(error.to_string()))?;
            Ok(ObjectAccess {
                access_key: access.access_key,
                secret: access.secret,
                session_token: access.session_token,
                url: access.url,
                bucket: access.bucket.to_owned(),
                region: access.region.to_owned(),
            })
        }
        .boxed()
    }

    fn context(&self, organization: &OrganizationId, hash: &str) -> Option<PathBuf> {
        self.0.context(organization.as_str(), hash)
    }
}
