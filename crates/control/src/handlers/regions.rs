//! Regions (control-plane.md §5.2): there is one machine, and it is the one shared region.

use contract::control::types::{Region, RegionType};

use super::Table;
use crate::call::{Answer, Call, handler};
use crate::control::Shared;
use crate::errors::ApiError;
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("listAvailableRegions", handler(list))
        .serve("listSharedRegions", handler(list))
        .serve("getRegionById", handler(get))
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    Answer::json(&[region(&call.shared)])
}

async fn get(call: Call) -> Result<Answer, ApiError> {
    let id = call.at(0);
    if !is_region(&call.shared, id) {
        return Err(ApiError::not_found(format!("Region with ID {id} not found")));
    }
    Answer::json(&region(&call.shared))
}

/// Whether there is a region of this id.
pub(super) fn is_region(shared: &Shared, id: &str) -> bool {
    id == shared.config.region
}

fn region(shared: &Shared) -> Region {
    // The region is as old as the installation's first organization.
    let founded = shared.tenants.organization(shared.tenants.default_organization().as_str());
    let founded = time(founded.map_or_else(|| shared.now(), |row| row.created_at));
    Region {
        id: shared.config.region.clone(),
        name: shared.config.region.clone(),
        organization_id: None,
        region_type: RegionType::Shared,
        created_at: founded.clone(),
        updated_at: founded,
        proxy_url: None,
        ssh_gateway_url: None,
        snapshot_manager_url: None,
        otel_endpoint: None,
    }
}
