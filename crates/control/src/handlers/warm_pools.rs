//! Warm pools (control-plane.md §5.6). Kept as records: a sandbox starts here in the time another server takes one out
//! of a pool, so a pool is always as full as it should be.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::control::types::{CreateWarmPool, UpdateWarmPool, WarmPool as WarmPoolDto};

use super::Table;
use crate::call::{Answer, Call, handler};
use crate::control::written;
use crate::errors::ApiError;
use crate::records::WarmPool;
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("listWarmPools", handler(list))
        .serve("createWarmPool", handler(create))
        .serve("updateWarmPool", handler(update))
        .serve("deleteWarmPool", handler(delete))
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    let pools = call.shared.shelves.warm_pools.list(call.organization()?.as_str());
    Answer::json(&pools.iter().map(|pool| dto(pool)).collect::<Vec<_>>())
}

async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateWarmPool = call.body()?;
    let config = &call.shared.config;
    let snapshot = call
        .shared
        .snapshot(call.organization()?.as_str(), &body.snapshot)
        .ok_or_else(|| ApiError::not_found(format!("Snapshot {} not found", body.snapshot)))?;
    let target = body.target.filter(|target| !target.trim().is_empty());
    let now = call.shared.now();
    let pool = WarmPool {
        id: config.ids.uuid(),
        organization_id: call.organization()?.to_string(),
        name: snapshot.name.clone(),
        target: target.unwrap_or_else(|| config.region.clone()),
        pool: body.pool,
        cpu: snapshot.resources.cpu,
        memory: snapshot.resources.memory,
        disk: snapshot.resources.disk,
        created_at: now,
        updated_at: now,
    };
    let (name, target) = (pool.name.clone(), pool.target.clone());
    let check = |others: &[Arc<WarmPool>]| {
        let same = |other: &Arc<WarmPool>| other.name == name && other.target == target;
        if others.iter().any(same) {
            let message = format!("Warm pool for snapshot {name} in region {target} already exists");
            return Err(ApiError::conflict(message));
        }
        Ok(())
    };
    let (pool, commit) = call.shared.shelves.warm_pools.insert(&call.shared.registry, pool, check)?;
    written(commit).await?;
    Answer::json(&dto(&pool))
}

async fn update(call: Call) -> Result<Answer, ApiError> {
    let (organization, id, now) = (call.organization()?.as_str(), call.at(0), call.shared.now());
    let pools = &call.shared.shelves.warm_pools;
    pools.get(organization, id).ok_or_else(|| unknown(id))?;
    let UpdateWarmPool { pool: size } = call.body()?;
    let change = |pool: &mut WarmPool| {
        pool.pool = size;
        pool.updated_at = now;
        Ok(())
    };
    let changed = pools.update(&call.shared.registry, organization, id, change)?;
    let (pool, commit) = changed.ok_or_else(|| unknown(id))?;
    written(commit).await?;
    Answer::json(&dto(&pool))
}

async fn delete(call: Call) -> Result<Answer, ApiError> {
    let (organization, id) = (call.organization()?.as_str(), call.at(0));
    let removed = call.shared.shelves.warm_pools.remove(&call.shared.registry, organization, id);
    written(removed.ok_or_else(|| unknown(id))?).await?;
    Ok(Answer::empty())
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("Warm pool with ID {id} not found"))
}

fn dto(pool: &WarmPool) -> WarmPoolDto {
    WarmPoolDto {
        id: pool.id.clone(),
        organization_id: pool.organization_id.clone(),
        snapshot: pool.name.clone(),
        target: pool.target.clone(),
        pool: pool.pool,
        current_size: pool.pool,
        cpu: pool.cpu,
        mem: pool.memory,
        disk: pool.disk,
        os_user: "daytona".to_owned(),
        env: BTreeMap::new(),
        error_reason: None,
        created_at: time(pool.created_at),
        updated_at: time(pool.updated_at),
    }
}
