//! Snapshots (control-plane.md §4.3, §4.4).

use std::cmp::Ordering;
use std::sync::Arc;

use contract::control::types::{CreateSnapshot, PaginatedSnapshots};
use serde::Deserialize;

use super::Table;
use crate::call::{Answer, Call, handler};
use crate::creation::NewResources;
use crate::errors::ApiError;
use crate::snapshots::{NewSnapshot, SnapshotRecord, Snapshots, dto};

const DEFAULT_LIMIT: usize = 100;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("createSnapshot", handler(create))
        .serve("getAllSnapshots", handler(list))
        .serve("getSnapshot", handler(get))
        .serve("removeSnapshot", handler(remove))
        .serve("activateSnapshot", handler(activate))
        .serve("deactivateSnapshot", handler(deactivate))
}

fn snapshots(call: &Call) -> Snapshots {
    Snapshots::new(&call.shared)
}

async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateSnapshot = call.body()?;
    check_body(&body)?;
    let snapshot = snapshots(&call).create(call.organization()?, asked(body)).await?;
    Ok(Answer::json(&dto(&snapshot))?.warning(warnings(&call, &snapshot)))
}

/// Checks of the body the table of members cannot express.
fn check_body(body: &CreateSnapshot) -> Result<(), ApiError> {
    if body.name.trim().is_empty() {
        return Err(ApiError::bad_request("name should not be empty"));
    }
    let sizes = [("cpu", body.cpu), ("gpu", body.gpu), ("memory", body.memory), ("disk", body.disk)];
    let negative = sizes.into_iter().filter(|(_, size)| size.is_some_and(|size| size < 0));
    let complaints: Vec<String> =
        negative.map(|(name, _)| format!("{name} must not be less than 0")).collect();
    if complaints.is_empty() { Ok(()) } else { Err(ApiError::bad_request(complaints.join(", "))) }
}

fn asked(body: CreateSnapshot) -> NewSnapshot {
    NewSnapshot {
        name: body.name,
        image_name: body.image_name,
        entrypoint: body.entrypoint.unwrap_or_default(),
        build: body
            .build_info
            .map(|build| (build.dockerfile_content, build.context_hashes.unwrap_or_default())),
        resources: NewResources { cpu: body.cpu, gpu: body.gpu, memory: body.memory, disk: body.disk },
        gpu_type: body.gpu_type.unwrap_or_default().into_iter().next(),
        region: body.region_id,
        class: body.sandbox_class.map(|class| class.as_str().to_owned()),
    }
}

/// What the snapshot was promised and does not hold on this machine.
fn warnings(call: &Call, snapshot: &SnapshotRecord) -> Vec<String> {
    let image = snapshot.image_name.as_deref();
    let unknown = |image: &&str| !call.shared.general.iter().any(|general| general.name == *image);
    let stands_in =
        |image: &str| format!("the host's root stands in for the image {}", image.escape_default());
    image.filter(unknown).filter(|_| call.shared.config.any_image).map(stands_in).into_iter().collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    page: Option<usize>,
    limit: Option<usize>,
    name: Option<String>,
    source_sandbox_id: Option<String>,
    sort: Option<String>,
    order: Option<String>,
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    let query: Query = call.query()?;
    let (mut found, mut general) = snapshots(&call).list(call.organization()?);
    if query.order.as_deref() != Some("asc") {
        found.reverse();
    }
    sort(&mut found, &query);
    sort(&mut general, &query);
    found.append(&mut general);
    let named = |snapshot: &SnapshotRecord| {
        query.name.as_deref().is_none_or(|part| snapshot.name.to_lowercase().contains(&part.to_lowercase()))
    };
    let taken = |snapshot: &SnapshotRecord| {
        let source = query.source_sandbox_id.as_deref().filter(|source| !source.is_empty());
        source.is_none_or(|source| snapshot.source_sandbox_id.as_deref() == Some(source))
    };
    found.retain(|snapshot| named(snapshot) && taken(snapshot));
    let (page, limit) = (query.page.unwrap_or(1).max(1), query.limit.unwrap_or(DEFAULT_LIMIT).max(1));
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let items = found.iter().skip((page - 1).saturating_mul(limit)).take(limit);
    Answer::json(&PaginatedSnapshots {
        items: items.map(|snapshot| dto(snapshot)).collect(),
        total: count(found.len()),
        page: count(page),
        total_pages: count(found.len().div_ceil(limit)),
    })
}

/// By what is asked for, the last used first where nothing is; what has no value comes last in either order, and equals
/// stay as they are.
fn sort(snapshots: &mut [Arc<SnapshotRecord>], query: &Query) {
    let ascending = query.order.as_deref() == Some("asc");
    let directed = |order: Ordering| if ascending { order } else { order.reverse() };
    snapshots.sort_by(|one, other| {
        let by_age = || directed(one.created_at.cmp(&other.created_at));
        let first = match query.sort.as_deref().unwrap_or("lastUsedAt") {
            "name" => directed(one.name.cmp(&other.name)),
            "state" => directed(one.state.as_str().cmp(other.state.as_str())),
            "createdAt" => Ordering::Equal,
            _ => match (one.last_used_at, other.last_used_at) {
                (Some(one), Some(other)) => directed(one.cmp(&other)),
                (one, other) => other.is_some().cmp(&one.is_some()),
            },
        };
        first.then_with(by_age)
    });
}

async fn get(call: Call) -> Result<Answer, ApiError> {
    Answer::json(&dto(&*snapshots(&call).find(call.organization()?, call.at(0))?))
}

async fn remove(call: Call) -> Result<Answer, ApiError> {
    exists_by_id(&call)?;
    snapshots(&call).delete(call.organization()?, call.at(0)).await?;
    Ok(Answer::empty())
}

async fn activate(call: Call) -> Result<Answer, ApiError> {
    exists_by_id(&call)?;
    let snapshot = snapshots(&call).activate(call.organization()?, call.at(0)).await?;
    Answer::json(&dto(&snapshot))
}

async fn deactivate(call: Call) -> Result<Answer, ApiError> {
    exists_by_id(&call)?;
    snapshots(&call).deactivate(call.organization()?, call.at(0)).await?;
    Ok(Answer::empty())
}

/// What changes a snapshot takes its id alone; one that is missing is told of before a name in the id's place.
fn exists_by_id(call: &Call) -> Result<(), ApiError> {
    let id = call.at(0);
    let found = snapshots(call).find_own(call.organization()?, id)?;
    if found.id == id {
        return Ok(());
    }
    if is_uuid(id) {
        return Err(ApiError::not_found(format!("Snapshot with ID or name {id} not found")));
    }
    Err(ApiError::bad_request("Validation failed (uuid is expected)"))
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| part.len() == length && hex(part))
}
