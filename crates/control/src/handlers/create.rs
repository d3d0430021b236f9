//! Creating a sandbox: what this API refuses before it comes to what the sandbox is made of (control-plane.md §2.5).

use contract::control::types::CreateSandbox;

use super::sandbox::sandbox;
use crate::call::{Answer, Call};
use crate::creation::{NewResources, NewSandbox};
use crate::errors::ApiError;
use crate::intervals::NewIntervals;
use crate::record::Network;

pub(super) async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateSandbox = call.body()?;
    check_body(&body)?;
    check_source(&body)?;
    let sandboxes = call.sandboxes();
    let record = sandboxes.create(call.organization()?, asked(body)?).await?;
    let warnings = sandboxes.warnings(&record);
    Ok(sandbox(&call, &record)?.warning(warnings))
}

/// Checks of the body the table of members cannot express.
fn check_body(body: &CreateSandbox) -> Result<(), ApiError> {
    let mut complaints = Vec::new();
    complaints.extend(check_name(body.name.as_deref()).err().map(ToOwned::to_owned));
    let sizes = [("cpu", body.cpu), ("gpu", body.gpu), ("memory", body.memory), ("disk", body.disk)];
    let negative = sizes.into_iter().filter(|(_, size)| size.is_some_and(|size| size < 0));
    complaints.extend(negative.map(|(name, _)| format!("{name} must not be less than 0")));
    if body.gpu.is_some_and(|gpu| gpu > 1) {
        complaints.push("gpu must not be greater than 1".to_owned());
    }
    if complaints.is_empty() { Ok(()) } else { Err(ApiError::bad_request(complaints.join(", "))) }
}

pub(super) fn check_name(name: Option<&str>) -> Result<(), &'static str> {
    if name.is_some_and(is_forbidden_name) {
        return Err("name must not contain HTML tags, URLs, or control characters");
    }
    Ok(())
}

/// HTML tags, addresses and control characters; anything else may be a name.
fn is_forbidden_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let tag = name.split('<').skip(1).any(|rest| {
        rest.contains('>')
            && rest.starts_with(|first: char| first.is_ascii_alphabetic() || "/!".contains(first))
    });
    tag || lower.contains("://") || lower.contains("www.") || name.chars().any(char::is_control)
}

/// Decisions 4 and 5: what members go together.
fn check_source(body: &CreateSandbox) -> Result<(), ApiError> {
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if body.build_info.is_some() {
        if given(&body.snapshot) {
            return Err(ApiError::bad_request("Cannot specify a snapshot when using a build info entry"));
        }
        if given(&body.linked_sandbox) {
            return Err(ApiError::bad_request(
                "linkedSandbox is not supported with declarative builds. Create a sandbox from a snapshot",
            ));
        }
        return Ok(());
    }
    if [body.cpu, body.gpu, body.memory, body.disk].into_iter().flatten().any(|size| size != 0) {
        return Err(ApiError::bad_request("Cannot specify Sandbox resources when using a snapshot"));
    }
    if body.gpu_type.as_ref().is_some_and(|types| !types.is_empty()) {
        return Err(ApiError::bad_request(
            "Cannot specify GPU type when creating sandbox from snapshot. GPU type is inherited from snapshot.",
        ));
    }
    Ok(())
}

fn asked(body: CreateSandbox) -> Result<NewSandbox, ApiError> {
    if body.kvm == Some(true) {
        return Err(ApiError::bad_request("KVM is not supported for this sandbox"));
    }
    // Only what is built has sizes of its own.
    let resources = match &body.build_info {
        Some(_) => NewResources { cpu: body.cpu, gpu: body.gpu, memory: body.memory, disk: body.disk },
        None => NewResources::default(),
    };
    Ok(NewSandbox {
        name: body.name,
        snapshot: body.snapshot,
        build: body
            .build_info
            .map(|build| (build.dockerfile_content, build.context_hashes.unwrap_or_default())),
        resources,
        user: body.user,
        env: body.env.unwrap_or_default(),
        labels: body.labels.unwrap_or_default(),
        public: body.public.unwrap_or_default(),
        target: body.target,
        intervals: NewIntervals {
            auto_stop: body.auto_stop_interval,
            auto_pause: body.auto_pause_interval,
            auto_archive: body.auto_archive_interval,
            auto_delete: body.auto_delete_interval,
            ..NewIntervals::default()
        },
        ttl_minutes: body.ttl_minutes,
        network: Network {
            block_all: body.network_block_all.unwrap_or_default(),
            allow_list: body.network_allow_list,
            domain_allow_list: body.domain_allow_list,
            outbound_proxy_url: body.outbound_proxy_url,
        },
        linked_sandbox: body.linked_sandbox,
        otel_endpoint_override: body.otel_endpoint_override,
        spot: body.spot.unwrap_or_default(),
        queue_timeout: body.queue_timeout,
        volumes: body.volumes.unwrap_or_default(),
        secrets: body.secrets.unwrap_or_default(),
        ..NewSandbox::default()
    })
}
