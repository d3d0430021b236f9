//! The store as its clients see it: over HTTP, with signatures that are checked.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../../../../tests/support/s3.rs"]
mod s3;

mod access;
mod bodies;
mod tls;
mod uploads;
mod whole;

use std::sync::Arc;

use jiff::Timestamp;
use lab::{FixedClock, RandomIds};
use objects::{Addresses, Config, Objects};
use s3::Access;

const BUCKET: &str = "/daytona-volume-builds";

/// A store, with credentials of one organization.
pub(crate) struct World {
    pub(crate) place: tempfile::TempDir,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) objects: Objects,
    pub(crate) access: Access,
}

impl World {
    pub(crate) async fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(Timestamp::now()));
        let any = "127.0.0.1:0".parse().unwrap();
        let objects = Objects::new(Config {
            directory: place.path().join("objects"),
            durable: false,
            clock: Arc::clone(&clock) as Arc<dyn lab::Clock>,
            ids: Arc::new(RandomIds),
            addresses: Addresses { plain: any, secure: any },
            authority: place.path().join("ca"),
        });
        let access = lend(&objects, "o1").await;
        Self { place, clock, objects, access }
    }
}

pub(crate) async fn lend(objects: &Objects, organization: &str) -> Access {
    let lent = objects.lend(organization, "localhost", false).await.unwrap();
    let host = lent.url.strip_prefix("http://").unwrap().to_owned();
    Access {
        key: lent.access_key,
        secret: lent.secret,
        token: lent.session_token,
        host,
        region: lent.region.to_owned(),
    }
}

/// The address of an object.
pub(crate) fn at(key: &str) -> String {
    format!("{BUCKET}/{key}")
}
