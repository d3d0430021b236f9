//! Volumes (control-plane.md §5.1): directories that sandboxes can name. Ready at once: there is no bucket to wait for,
//! and the first sandbox that names one finds it made.

use std::sync::Arc;

use contract::control::types::{CreateVolume, VolumeDto, VolumeState};
use serde::Deserialize;

use super::Table;
use crate::allowances::Allowance;
use crate::call::{Answer, Call, handler};
use crate::control::{Shared, written};
use crate::errors::ApiError;
use crate::records::Volume;
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("listVolumes", handler(list))
        .serve("createVolume", handler(create))
        .serve("getVolume", handler(get))
        .serve("getVolumeByName", handler(get_by_name))
        .serve("deleteVolume", handler(delete))
}

async fn create(call: Call) -> Result<Answer, ApiError> {
    let CreateVolume { name } = call.body()?;
    let organization = call.organization()?.as_str();
    let (id, now) = (call.shared.config.ids.uuid(), call.shared.now());
    let volume = Volume {
        name: if name.is_empty() { id.clone() } else { name },
        id,
        organization_id: organization.to_owned(),
        state: VolumeState::Ready,
        created_at: now,
        updated_at: now,
        last_used_at: None,
    };
    let allowance = call.shared.allowance(organization, Allowance::Volumes);
    let name = volume.name.clone();
    let check = |others: &[Arc<Volume>]| {
        if others.iter().any(|other| other.name == name && exists(other)) {
            return Err(ApiError::bad_request(format!("Volume with name {name} already exists")));
        }
        let count = others.iter().filter(|other| exists(other)).count();
        Allowance::Volumes.check(allowance, count)
    };
    let (volume, commit) = call.shared.shelves.volumes.insert(&call.shared.registry, volume, check)?;
    written(commit).await?;
    Answer::json(&dto(&volume))
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Query {
        #[serde(default)]
        include_deleted: bool,
    }
    let Query { include_deleted } = call.query()?;
    let mut volumes = call.shared.shelves.volumes.list(call.organization()?.as_str());
    volumes.retain(|volume| include_deleted || exists(volume));
    // Last used first, never used ones after all others, the newest first among equals.
    volumes.sort_by_key(|volume| std::cmp::Reverse((volume.last_used_at, volume.created_at)));
    Answer::json(&volumes.iter().map(|volume| dto(volume)).collect::<Vec<_>>())
}

async fn get(call: Call) -> Result<Answer, ApiError> {
    let volume = call.shared.shelves.volumes.get(call.organization()?.as_str(), call.at(0));
    Answer::json(&dto(&*volume.ok_or_else(|| unknown(call.at(0)))?))
}

async fn get_by_name(call: Call) -> Result<Answer, ApiError> {
    let name = call.at(0);
    let fits = |volume: &Volume| volume.name == name && exists(volume);
    let volume = call.shared.shelves.volumes.find(call.organization()?.as_str(), fits);
    Answer::json(&dto(&*volume.ok_or_else(|| {
        // One client compares this text.
        ApiError::not_found(format!("Volume with name {name} not found"))
    })?))
}

async fn delete(call: Call) -> Result<Answer, ApiError> {
    let (organization, id, now) = (call.organization()?, call.at(0), call.shared.now());
    let user = || {
        let mut sandboxes = call.shared.registry.list(organization).into_iter();
        sandboxes.find(|sandbox| sandbox.attachments.volumes.iter().any(|mount| mount.volume_id == id))
    };
    let change = |volume: &mut Volume| {
        if !matches!(volume.state, VolumeState::Ready | VolumeState::Error) {
            return Err(ApiError::bad_request(
                "Volume must be in 'ready' or 'error' state in order to be deleted",
            ));
        }
        // Looked for now that nobody else can change the volume: a sandbox made from here on finds it deleted.
        if let Some(user) = user() {
            return Err(ApiError::conflict(format!(
                "Volume cannot be deleted because it is in use by one or more sandboxes (e.g. {})",
                user.name
            )));
        }
        volume.state = VolumeState::Deleted;
        volume.name.push_str("-deleted");
        volume.updated_at = now;
        Ok(())
    };
    let volumes = &call.shared.shelves.volumes;
    let changed = volumes.update(&call.shared.registry, organization.as_str(), id, change)?;
    let (_, commit) = changed.ok_or_else(|| unknown(id))?;
    written(commit).await?;
    remove_files(&call.shared, id).await;
    Ok(Answer::empty())
}

/// Deletes what a volume held. What resists is swept at the next start.
pub(super) async fn remove_files(shared: &Shared, id: &str) {
    if let Err(error) = shared.config.holder.remove_volume(id).await {
        tracing::warn!(%error, volume = id, "the files of a volume could not be deleted");
    }
}

fn exists(volume: &Volume) -> bool {
    volume.state != VolumeState::Deleted
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("Volume with ID {id} not found"))
}

fn dto(volume: &Volume) -> VolumeDto {
    VolumeDto {
        id: volume.id.clone(),
        name: volume.name.clone(),
        organization_id: volume.organization_id.clone(),
        state: volume.state,
        created_at: time(volume.created_at),
        updated_at: time(volume.updated_at),
        // Python clients until 0.20 read a volume only when this is a time.
        last_used_at: Some(time(volume.last_used_at.unwrap_or(volume.created_at))),
        error_reason: None,
    }
}
