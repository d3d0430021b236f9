//! Images made of a Dockerfile (legacy-clients.md §4.1, E2).
//!
//! No step is executed: what consists of its base alone is an image at once, under whatever name it was given, and
//! anything else is refused. They are known as long as the server runs; workspaces can be made from their names anyway.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::workspace::types::{BuildImage, Image, ImageState};
use control::ApiError;
use dialect::OrganizationId;

use crate::call::{Answer, Call};
use crate::dockerfile;

/// The images that were built. Clones share one list.
#[derive(Clone, Default)]
pub struct Images(Arc<Mutex<HashMap<(OrganizationId, String), Built>>>);

/// An image by its name.
#[derive(Clone)]
struct Built {
    image: Image,
    base: String,
}

impl Images {
    fn lock(&self) -> MutexGuard<'_, HashMap<(OrganizationId, String), Built>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, organization: &OrganizationId, id_or_name: &str) -> Result<Built, ApiError> {
        let images = self.lock();
        let mut own = images.iter().filter(|((owner, _), _)| owner == organization);
        let found = own.find(|(_, built)| {
            [&built.image.id, &built.image.name].into_iter().any(|name| name == id_or_name)
        });
        let missing = || ApiError::not_found(format!("Image with ID {id_or_name} not found"));
        found.map(|(_, built)| built.clone()).ok_or_else(missing)
    }
}

pub(crate) async fn build(call: Call) -> Result<Answer, ApiError> {
    let BuildImage { name, build_info } = call.body()?;
    let base = dockerfile::base(&build_info.dockerfile_content)?;
    let now = call.config.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let image = Image {
        id: call.config.ids.uuid(),
        organization_id: call.organization.to_string(),
        general: false,
        name: name.clone(),
        enabled: true,
        state: ImageState::Active,
        size: None,
        entrypoint: None,
        error_reason: None,
        created_at: now.clone(),
        updated_at: now,
        last_used_at: None,
    };
    let mut images = call.config.images.lock();
    let key = (call.organization.clone(), name);
    if images.contains_key(&key) {
        return Err(ApiError::conflict(format!("Image with name {} already exists", key.1)));
    }
    images.insert(key, Built { image: image.clone(), base: base.to_owned() });
    drop(images);
    Ok(Answer::json(&image)?.warning(vec![stands_in(base)]))
}

pub(crate) async fn get(call: Call) -> Result<Answer, ApiError> {
    Answer::json(&call.config.images.find(&call.organization, call.at(0))?.image)
}

/// The build has ended by the time anybody can ask, so that following it is reading it.
pub(crate) async fn logs(call: Call) -> Result<Answer, ApiError> {
    let built = call.config.images.find(&call.organization, call.at(0))?;
    Ok(Answer::text(format!("FROM {}\n{}\n", built.base, stands_in(&built.base))))
}

fn stands_in(base: &str) -> String {
    format!("the host's root stands in for the image {}", base.escape_default())
}
