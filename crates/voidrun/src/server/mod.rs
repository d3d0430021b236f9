//! The half beside the control plane: sandboxes, organizations, keys, images, and the way into a sandbox.
//!
//! | module | holds |
//! |---|---|
//! | `claims` | which requests are meant for this API where another shares its prefix |
//! | `object_id` | ids of 24 hexadecimal digits |
//! | `create` | making a sandbox |
//! | `sandboxes` | listing, telling, changing and removing them |
//! | `life` | sleep and wake in all their words |
//! | `view` | a sandbox as its clients see it |
//! | `attributes` | what this API remembers of a sandbox beside what the control plane does |
//! | `forward` | operations that are done inside |
//! | `organizations` | organizations, users, registration |
//! | `keys` | API keys |
//! | `images` | images, version |

mod attributes;
mod claims;
mod create;
mod forward;
mod images;
mod keys;
mod life;
mod object_id;
mod organizations;
mod sandboxes;
mod view;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use control::{ControlPlane, SandboxRecord};
use dialect::{Caller, Dispatcher, OrganizationId, Routes};
use http::request::Parts;
use lab::Ids;

use crate::Manner;
use crate::reply::Failure;
use crate::words::{self, Words};

pub use claims::{claims, is_keyed};

/// What this half is told when it starts.
#[derive(Clone)]
pub struct Config {
    /// The control plane behind it.
    pub control: ControlPlane,
    /// Whose side is taken where document and servers disagree.
    pub manner: Manner,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
}

/// What all handlers share: axum's `State<Shared>`.
pub(crate) type Shared = Arc<Front>;

/// This half at work.
pub(crate) struct Front {
    control: ControlPlane,
    manner: Manner,
    ids: Arc<dyn Ids>,
    /// Full ids of sandboxes met before, by the ids of this API.
    met: Mutex<HashMap<String, String>>,
    /// Addresses that were registered, in lower case.
    registered: Mutex<HashSet<String>>,
}

/// Ready to answer requests with the document's own paths. They carry the caller and, when a prefix was cut off, the
/// original target in their extensions.
///
/// # Panics
///
/// When the contract lacks an operation served here: a programming error every test meets.
#[must_use]
pub fn app(config: Config) -> Dispatcher {
    let Config { control, manner, ids } = config;
    let front = Front { control, manner, ids, met: Mutex::default(), registered: Mutex::default() };
    let routes = Routes::new(&contract::voidrun::DOCUMENT, Arc::new(front)).authenticated();
    let routes = sandboxes::routes(routes);
    let routes = create::routes(routes);
    let routes = life::routes(routes);
    let routes = organizations::routes(routes);
    let routes = keys::routes(routes);
    let routes = images::routes(routes);
    let routes = forward::routes(routes);
    routes.build(Words::outside())
}

/// Extractor of the organization a request acts for. Routes that ask for a credential have one.
pub(crate) struct Organization(pub(crate) OrganizationId);

impl FromRequestParts<Shared> for Organization {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, front: &Shared) -> Result<Self, Failure> {
        let caller =
            parts.extensions.get::<Caller>().ok_or_else(|| Failure::internal("Internal server error"))?;
        // This API knows no permissions: with a key that has but some of them it would be the way around them.
        if !front.control.admits(caller) {
            return Err(words::stranger());
        }
        Ok(Self(caller.organization.clone()))
    }
}

impl Front {
    /// The sandbox of this id in an organization.
    pub(crate) fn find(
        &self,
        organization: &OrganizationId,
        id: &str,
    ) -> Result<Arc<SandboxRecord>, Failure> {
        if !object_id::is_one(id) {
            return Err(Failure::unknown_sandbox());
        }
        let sandboxes = self.control.sandboxes();
        if let Some(full) = self.met().get(id).cloned()
            && let Ok(record) = sandboxes.find(organization, &full)
        {
            return Ok(record);
        }
        let mut all = sandboxes.list(organization).into_iter();
        let found =
            all.find(|record| object_id::of(&record.id) == id).ok_or_else(Failure::unknown_sandbox)?;
        self.met().insert(id.to_owned(), found.id.clone());
        Ok(found)
    }

    fn met(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
