//! Listing, telling, changing and removing sandboxes (voidrun.md §2.3).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use contract::voidrun::types::{
    ApiResponseSandboxesList, PageMeta, PublicUrl, RestoreSandboxRequest, Snapshot,
    UpdatePublishedPortsRequest, UpdateSandboxRequest,
};
use control::{BaseUrl, SandboxRecord};
use dialect::{ClientGeneration, OrganizationId, PathParams, Routes};
use http::StatusCode;
use http::request::Parts;

use super::attributes::Attributes;
use super::create::check_ports;
use super::{Front, Organization, Shared};
use crate::reply::{self, Failure};
use crate::request::{Bound, Query};

const DEFAULT_PAGE_SIZE: u64 = 20;
const LARGEST_PAGE_SIZE: u64 = 100;

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("listSandboxes", list)
        .serve("getSandbox", get)
        .serve("deleteSandbox", delete)
        .serve("updateSandbox", update)
        .serve("getPublicUrls", public_urls)
        .serve("updatePublishedPorts", publish)
        .serve("restoreSandbox", restore)
        .serve("createSnapshot", create_snapshot)
        .serve("listSnapshots", list_snapshots)
}

async fn list(
    State(front): State<Shared>,
    Organization(organization): Organization,
    query: Query,
) -> Result<Response, Failure> {
    let wanted = labels(query.text("labels"))?;
    let has = |record: &Arc<SandboxRecord>| {
        wanted.iter().all(|(key, value)| record.labels.get(key).is_some_and(|own| own == value))
    };
    let all: Vec<_> = front.control.sandboxes().list(&organization).into_iter().filter(has).collect();
    let page = query.positive("page").unwrap_or(1);
    let limit = query.positive("limit").unwrap_or(DEFAULT_PAGE_SIZE).min(LARGEST_PAGE_SIZE);
    let total = all.len() as u64;
    let skipped = usize::try_from((page - 1).saturating_mul(limit)).unwrap_or(usize::MAX);
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(reply::ok(&ApiResponseSandboxesList {
        status: "success".to_owned(),
        message: "Sandboxes fetched".to_owned(),
        data: all.iter().skip(skipped).take(size).map(|record| front.view(record)).collect(),
        meta: PageMeta {
            page: number(page),
            limit: number(limit),
            total: number(total),
            total_pages: number(total.div_ceil(limit)),
        },
    }))
}

/// Pairs of a filter; all of them must hold.
fn labels(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let pair = |pair: &str| match pair.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Failure::bad_request(format!("invalid labels filter: {text}"))),
    };
    pairs.map(pair).collect()
}

async fn get(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    let record = front.find(&organization, path.at(0))?;
    Ok(reply::ok(&front.one("Sandbox details fetched", &record)))
}

async fn delete(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    let record = front.find(&organization, path.at(0))?;
    let deleted = front.control.sandboxes().delete(&organization, &record.id).await;
    deleted.map_err(|error| match error.status {
        StatusCode::NOT_FOUND => Failure::unknown_sandbox(),
        _ => Failure::internal("Delete failed").with_details(error.message),
    })?;
    front.met().remove(path.at(0));
    Ok(reply::done("Sandbox deleted"))
}

async fn update(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    Bound(request): Bound<UpdateSandboxRequest>,
) -> Result<Response, Failure> {
    let record = front.find(&organization, path.at(0))?;
    let record = front.set_auto_sleep(&organization, &record, request.auto_sleep).await?;
    Ok(reply::ok(&front.one("Sandbox updated", &record)))
}

async fn public_urls(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    parts: Parts,
) -> Result<Response, Failure> {
    let record = front.find(&organization, path.at(0))?;
    let (base, client) = (BaseUrl::of(&parts), ClientGeneration::from_headers(&parts.headers));
    let previews = front.control.previews();
    let address = |port: u16| {
        let url = previews.address(&record, &port.to_string(), &base, &client);
        let url =
            url.map_err(|error| Failure::internal("Internal server error").with_details(error.message))?;
        Ok(PublicUrl { port: port.into(), url })
    };
    let urls = Attributes::of(&record).published().into_iter().map(address);
    Ok(reply::data("ok", urls.collect::<Result<Vec<_>, Failure>>()?))
}

async fn publish(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    Bound(request): Bound<UpdatePublishedPortsRequest>,
) -> Result<Response, Failure> {
    let record = front.find(&organization, path.at(0))?;
    if request.publish_ports.is_none() && request.ports.is_none() {
        return Err(Failure::bad_request("Invalid request body").with_details("publishPorts is required"));
    }
    check_ports(request.publish_ports.as_deref(), request.ports.as_deref())?;
    let record = front
        .change(&organization, &record, |attributes| {
            attributes.publish_ports = request.publish_ports;
            attributes.ports = request.ports;
        })
        .await?;
    let public = !Attributes::of(&record).published().is_empty();
    let record = front.control.sandboxes().set_public(&organization, &record.id, public).await;
    let record = record.map_err(|_| Failure::unknown_sandbox())?;
    Ok(reply::ok(&front.one("Published ports updated", &record)))
}

/// No server of this API has ever made a snapshot that could be restored (voidrun.md §6).
async fn restore(Bound(_request): Bound<RestoreSandboxRequest>) -> Failure {
    Failure::not_found("Snapshot not found")
}

async fn create_snapshot(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Failure {
    match front.find(&organization, path.at(0)) {
        Ok(_) => Failure::internal("Snapshot failed").with_details("snapshots are not supported"),
        Err(failure) => failure,
    }
}

async fn list_snapshots(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
) -> Result<Response, Failure> {
    front.find(&organization, path.at(0))?;
    Ok(reply::ok(&Vec::<Snapshot>::new()))
}

impl Front {
    /// Changes what this API remembers of a sandbox.
    pub(crate) async fn change(
        &self,
        organization: &OrganizationId,
        record: &SandboxRecord,
        change: impl FnOnce(&mut Attributes),
    ) -> Result<Arc<SandboxRecord>, Failure> {
        let mut attributes = Attributes::of(record);
        change(&mut attributes);
        let extras = attributes.in_extras(record.extras.clone());
        let changed = self.control.sandboxes().set_extras(organization, &record.id, extras).await;
        changed.map_err(|error| match error.status {
            StatusCode::NOT_FOUND => Failure::unknown_sandbox(),
            _ => Failure::internal("Internal server error").with_details(error.message),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_labels_filter_is_pairs_or_refused() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(labels("").unwrap(), []);
        assert_eq!(labels("a=1,b=").unwrap(), [pair("a", "1"), pair("b", "")]);
        assert_eq!(labels("a=b=c").unwrap(), [pair("a", "b=c")]);
        assert_eq!(labels("=x").unwrap_err().error, "invalid labels filter: =x");
        assert!(labels("a").is_err());
    }
}
