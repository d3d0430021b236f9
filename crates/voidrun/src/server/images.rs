//! Images and the version (voidrun.md §2.2, §2.9).
//!
//! There is nothing to boot: whatever image a sandbox is asked to be made from, it sees the host's own root. The names
//! clients know are listed; registering others is refused rather than forgotten.

use axum::extract::State;
use axum::response::Response;
use contract::voidrun::types::{CreateImageRequest, Image, Version};
use dialect::{PathParams, Routes};
use jiff::Timestamp;

use super::{Front, Organization, Shared, object_id};
use crate::reply::{self, Failure};
use crate::request::Bound;

/// Names and the last digits of their ids. The first is what clients ask for when they ask for nothing.
const NAMES: [(&str, &str); 4] = [
    ("code", "000000c0de01"),
    ("debian", "000000deb101"),
    ("alpine", "0000000a1701"),
    ("docker", "00000d0c0e01"),
];
/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("listImages", list)
        .serve("getImage", get)
        .serve("getImageByName", get_by_name)
        .serve("createImage", create)
        .serve("deleteImage", delete)
        .serve("getVersion", version)
}

async fn version() -> Response {
    let version = Version {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: String::new(),
        build_time: String::new(),
    };
    reply::ok(&version)
}

async fn list(State(front): State<Shared>, Organization(organization): Organization) -> Response {
    let images: Vec<Image> = NAMES.iter().map(|image| front.image(organization.as_str(), *image)).collect();
    reply::ok(&images)
}

async fn get(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    let found = known(path.at(0))?;
    Ok(reply::ok(&front.image(organization.as_str(), found)))
}

async fn get_by_name(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    refuse_long(path.at(0))?;
    let found = NAMES.into_iter().find(|(name, _)| *name == path.at(0));
    let found = found.ok_or_else(|| Failure::not_found("Image not found"))?;
    Ok(reply::ok(&front.image(organization.as_str(), found)))
}

async fn create(Bound(request): Bound<CreateImageRequest>) -> Failure {
    match refuse_long(&request.name) {
        Err(failure) => failure,
        Ok(()) => Failure::bad_request("images cannot be registered here"),
    }
}

async fn delete(path: PathParams) -> Failure {
    match known(path.at(0)) {
        Err(failure) => failure,
        Ok(_) => Failure::bad_request("system images cannot be deleted"),
    }
}

fn refuse_long(name: &str) -> Result<(), Failure> {
    if name.chars().count() > LONGEST_NAME {
        return Err(Failure::bad_request("Image name exceeds maximum length"));
    }
    Ok(())
}

fn known(id: &str) -> Result<(&'static str, &'static str), Failure> {
    if !object_id::is_one(id) {
        return Err(Failure::bad_request("Invalid image ID format"));
    }
    let found = NAMES.into_iter().find(|(_, digits)| image_id(digits) == id);
    found.ok_or_else(|| Failure::not_found("Image not found"))
}

fn image_id(digits: &str) -> String {
    format!("66b2c0ffee00{digits}")
}

impl Front {
    fn image(&self, organization: &str, (name, digits): (&'static str, &'static str)) -> Image {
        Image {
            id: image_id(digits),
            id_: image_id(digits),
            name: name.to_owned(),
            tag: "latest".to_owned(),
            system: true,
            org_id: Some(object_id::of(organization)),
            created_at: Some(Timestamp::UNIX_EPOCH.to_string()),
            created_by: Some(object_id::of_user(organization)),
            size_gb: None,
            active: (!self.manner.is_strict()).then_some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_images_are_ids() {
        for (name, digits) in NAMES {
            assert!(object_id::is_one(&image_id(digits)), "{name}");
        }
    }
}
