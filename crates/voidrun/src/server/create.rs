//! Making a sandbox (voidrun.md §2.3).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use contract::voidrun::types::{CreateSandboxRequest, PublishedPort};
use control::{ApiError, NewIntervals, NewResources, NewSandbox, SandboxRecord, SandboxResult};
use dialect::{OrganizationId, Routes};
use futures_util::poll;
use http::StatusCode;

use super::attributes::Attributes;
use super::{Front, Organization, Shared};
use crate::reply::{self, Failure};
use crate::request::Bound;

/// User inside, whose home is `/root`.
const USER: &str = "root";
const LONGEST_NAME: usize = 253;
const MOST_LABELS: usize = 5;
/// Characters of a label's key and value.
const LONGEST_LABEL: usize = 20;
const MOST_PORTS: usize = 4;
const CORES: std::ops::RangeInclusive<i64> = 1..=8;
const MEMORY: std::ops::RangeInclusive<i64> = 1024..=16384;
const MIB_IN_GIB: i64 = 1024;
/// Names that are tried when one is taken already.
const ATTEMPTS: usize = 4;
/// What sandboxes are made from: the kind that can be held still with everything in memory, as those of this API are.
const MACHINE: &str = "linux-vm";
/// Idle minutes until sleep.
pub(super) const SLEEP_AFTER: i64 = 1;
/// Minutes until a sleeping sandbox is removed.
const DELETE_AFTER: i64 = 7 * 24 * 60;

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes.serve("createSandbox", create)
}

async fn create(
    State(front): State<Shared>,
    Organization(organization): Organization,
    Bound(request): Bound<CreateSandboxRequest>,
) -> Result<Response, Failure> {
    check(&request)?;
    let waits = request.sync.unwrap_or(true);
    let record = front.make(&organization, request, waits).await?;
    Ok(reply::json(StatusCode::CREATED, &front.one("Sandbox created", &record)))
}

impl Front {
    /// Names are not unique here and are in the control plane: one that is taken gets an ending there.
    async fn make(
        &self,
        organization: &OrganizationId,
        request: CreateSandboxRequest,
        waits: bool,
    ) -> Result<Arc<SandboxRecord>, Failure> {
        let name = request.name.clone();
        let mut new = wanted(request);
        for _ in 0..ATTEMPTS {
            match self.begin(organization, new.clone(), waits).await {
                Err(error) if error.status == StatusCode::CONFLICT => {
                    new.name = Some(format!("{name}-{}", self.ids.token(6, "0123456789abcdef")));
                }
                Err(error) if error.status.is_client_error() => {
                    return Err(Failure::internal("Failed to create sandbox").with_details(error.message));
                }
                Err(error) => return Err(failed(&error)),
                Ok(record) => return Ok(record),
            }
        }
        Err(Failure::internal("Failed to create sandbox").with_details("no name is free"))
    }

    async fn begin(&self, organization: &OrganizationId, mut new: NewSandbox, waits: bool) -> SandboxResult {
        let sandboxes = self.control.sandboxes();
        if waits {
            return sandboxes.create(organization, new).await;
        }
        let id = self.ids.uuid();
        new.id = Some(id.clone());
        let (making, owner) = (sandboxes.clone(), organization.clone());
        let mut making = Box::pin(async move { making.create(&owner, new).await });
        // The record is there after the first step, or never.
        match poll!(&mut making) {
            std::task::Poll::Ready(made) => made,
            std::task::Poll::Pending => {
                tokio::spawn(making);
                sandboxes.find(organization, &id)
            }
        }
    }
}

/// What the control plane is asked for.
fn wanted(request: CreateSandboxRequest) -> NewSandbox {
    let auto_sleep = request.auto_sleep.unwrap_or(true);
    let image = [request.image, request.template_id].into_iter().flatten().find(|name| !name.is_empty());
    let memory = request.mem.unwrap_or(MIB_IN_GIB);
    let attributes = Attributes {
        name: Some(request.name.clone()),
        image,
        memory: Some(memory),
        region: request.region.clone().filter(|region| !region.is_empty()),
        publish_ports: request.publish_ports,
        ports: request.ports,
        ..Attributes::default()
    };
    NewSandbox {
        name: Some(request.name),
        snapshot: Some(MACHINE.to_owned()),
        user: Some(USER.to_owned()),
        // Published ports are for everybody.
        public: !attributes.published().is_empty(),
        env: request.env_vars.unwrap_or_default(),
        labels: request.labels.unwrap_or_default(),
        target: request.region,
        resources: NewResources {
            cpu: Some(request.cpu.unwrap_or(1)),
            // Rounded up: nobody gets less than was asked for.
            memory: Some((memory + MIB_IN_GIB - 1) / MIB_IN_GIB),
            ..NewResources::default()
        },
        intervals: NewIntervals {
            auto_stop: Some(0),
            auto_pause: Some(if auto_sleep { SLEEP_AFTER } else { 0 }),
            auto_delete: Some(DELETE_AFTER),
            auto_delete_paused: true,
            ..NewIntervals::default()
        },
        extras: attributes.in_extras(serde_json::Map::new()),
        ..NewSandbox::default()
    }
}

/// What the control plane says of a sandbox that does not come to be.
fn failed(error: &ApiError) -> Failure {
    Failure::internal("Failed to create sandbox").with_details(&error.message)
}

fn check(request: &CreateSandboxRequest) -> Result<(), Failure> {
    if !is_subdomain(&request.name) {
        return Err(Failure::bad_request(format!("invalid name: {}", request.name)));
    }
    if request.cpu.is_some_and(|cores| !CORES.contains(&cores)) {
        return Err(Failure::bad_request("invalid cpu count: must be between 1 and 8"));
    }
    if request.mem.is_some_and(|memory| !MEMORY.contains(&memory)) {
        return Err(Failure::bad_request("invalid memory size: must be between 1 GiB and 16 GiB"));
    }
    check_ports(request.publish_ports.as_deref(), request.ports.as_deref())?;
    check_labels(request.labels.as_ref())
}

/// Refuses too many ports, impossible ones and repeated ones, in either form.
pub(super) fn check_ports(plain: Option<&[i64]>, ports: Option<&[PublishedPort]>) -> Result<(), Failure> {
    let plain = plain.unwrap_or_default().iter().copied();
    let all: Vec<i64> = plain.chain(ports.unwrap_or_default().iter().map(|port| port.port)).collect();
    if all.len() > MOST_PORTS {
        let count = all.len();
        return Err(Failure::bad_request(format!(
            "too many publishPorts: {count} given, max is {MOST_PORTS}"
        )));
    }
    let mut seen = HashSet::new();
    for port in all {
        if !(1..=65535).contains(&port) {
            let error = format!("invalid publishPort {port}: must be between 1 and 65535");
            return Err(Failure::bad_request(error));
        }
        if !seen.insert(port) {
            return Err(Failure::bad_request(format!("duplicate publishPort {port}")));
        }
    }
    Ok(())
}

fn check_labels(labels: Option<&BTreeMap<String, String>>) -> Result<(), Failure> {
    let Some(labels) = labels else { return Ok(()) };
    if labels.len() > MOST_LABELS {
        let count = labels.len();
        return Err(Failure::bad_request(format!("too many labels: {count} given, max is {MOST_LABELS}")));
    }
    for (key, value) in labels {
        if !is_label_key(key) {
            return Err(Failure::bad_request(format!("invalid label key {key:?}")));
        }
        if value.chars().count() > LONGEST_LABEL || value.contains([',', '=']) {
            return Err(Failure::bad_request(format!("invalid label value {value:?}")));
        }
    }
    Ok(())
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label_key(key: &str) -> bool {
    let bytes = key.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(|byte| is_plain(*byte));
    bytes.len() <= LONGEST_LABEL
        && ends(bytes.first())
        && ends(bytes.last())
        && bytes.iter().all(|byte| is_plain(*byte) || matches!(byte, b'-' | b'_'))
}

/// A DNS subdomain: parts of lower-case letters, digits and inner hyphens.
fn is_subdomain(name: &str) -> bool {
    let part = |part: &str| {
        let bytes = part.as_bytes();
        let ends = |byte: Option<&u8>| byte.is_some_and(|byte| is_plain(*byte));
        ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(|byte| is_plain(*byte) || *byte == b'-')
    };
    name.len() <= LONGEST_NAME && name.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_subdomains() {
        for name in ["vm-01", "a", "a.b-c.d", "0"] {
            assert!(is_subdomain(name), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a..b", "a_b", ".a", &"a".repeat(254)] {
            assert!(!is_subdomain(name), "{name}");
        }
    }

    #[test]
    fn ports_are_few_possible_and_different() {
        let error = |plain: &[i64]| check_ports(Some(plain), None).unwrap_err().error;
        assert_eq!(error(&[1, 2, 3, 4, 5]), "too many publishPorts: 5 given, max is 4");
        assert_eq!(error(&[0]), "invalid publishPort 0: must be between 1 and 65535");
        assert_eq!(error(&[80, 80]), "duplicate publishPort 80");
        assert!(check_ports(Some(&[80, 443]), None).is_ok());
    }

    #[test]
    fn labels_are_short_and_plain() {
        let refused = |key: &str, value: &str| {
            check_labels(Some(&BTreeMap::from([(key.to_owned(), value.to_owned())]))).is_err()
        };
        assert!(!refused("team", ""));
        assert!(!refused("a-b_c", "žžžžžžžžžžžžžžžžžžžž"));
        for (key, value) in [("", "x"), ("a.b", "x"), ("-a", "x"), ("a", "x,y"), ("a", "x=y")] {
            assert!(refused(key, value), "{key}={value}");
        }
    }
}
