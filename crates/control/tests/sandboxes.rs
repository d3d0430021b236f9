//! The sandboxes as other dialects drive them, without HTTP.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use contract::control::types::SandboxState;
use control::{ApiError, MemoryStore, NewIntervals, NewResources, NewSandbox, Resources, sandbox_object};
use dialect::OrganizationId;
use http::Request;
use serde_json::{Value, json};
use support::{Lab, answered};

fn own(lab: &Lab) -> OrganizationId {
    lab.control.tenants().default_organization().clone()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, ApiError>) -> (u16, String) {
    let error = result.unwrap_err();
    (error.status.as_u16(), error.message)
}

#[tokio::test]
async fn a_dialect_chooses_id_image_and_sizes_and_finds_what_it_kept() {
    let lab = Lab::new();
    let extras = json!({"tier": "a", "list": [1, null]}).as_object().unwrap().clone();
    let new = NewSandbox {
        id: Some("sandbox-1a2b3c4d".to_owned()),
        image: Some("debian:12".to_owned()),
        resources: NewResources { cpu: Some(3), memory: Some(0), ..NewResources::default() },
        intervals: NewIntervals { auto_stop: Some(0), ..NewIntervals::default() },
        extras: extras.clone(),
        ..NewSandbox::default()
    };
    let sandboxes = lab.control.sandboxes();
    let made = sandboxes.create(&own(&lab), new.clone()).await.unwrap();
    assert_eq!((made.id.as_str(), made.name.as_str()), ("sandbox-1a2b3c4d", "sandbox-1a2b3c4d"));
    assert_eq!((made.image.as_deref(), made.snapshot.as_deref()), (Some("debian:12"), None));
    assert_eq!(made.resources, Resources { cpu: 3, gpu: 0, memory: 1, disk: 3 });
    assert_eq!(sandboxes.warnings(&made), ["the host's root stands in for the image debian:12"]);
    assert_eq!(sandboxes.find(&own(&lab), "sandbox-1a2b3c4d").unwrap().extras, extras);
    assert_eq!(lab.holder.spec("sandbox-1a2b3c4d").snapshot, "debian:12");
    let again = refusal(sandboxes.create(&own(&lab), new).await);
    assert_eq!(again, (409, "Sandbox with ID sandbox-1a2b3c4d already exists".to_owned()));
    let kept = sandboxes.set_extras(&own(&lab), "sandbox-1a2b3c4d", serde_json::Map::new()).await.unwrap();
    assert!(kept.extras.is_empty());
}

#[tokio::test]
async fn an_id_that_cannot_name_a_directory_is_refused() {
    let lab = Lab::new();
    for id in ["..", "a/b", ".hidden", "-x", "ü", &"x".repeat(65)] {
        let new = NewSandbox { id: Some(id.to_owned()), ..NewSandbox::default() };
        let (status, message) = refusal(lab.control.sandboxes().create(&own(&lab), new).await);
        assert_eq!(status, 400, "{id}");
        assert!(message.starts_with("id must be"), "{message}");
    }
    assert!(lab.holder.log().is_empty());
}

#[tokio::test]
async fn an_image_nobody_has_is_refused_when_nothing_may_stand_in_for_it() {
    let lab = Lab::with(Arc::new(MemoryStore::new()), |config| config.any_image = false);
    let image = |name: &str| NewSandbox { image: Some(name.to_owned()), ..NewSandbox::default() };
    let sandboxes = lab.control.sandboxes();
    assert_eq!(refusal(sandboxes.create(&own(&lab), image("debian:12")).await).0, 400);
    let known = sandboxes.create(&own(&lab), image("daytona-medium")).await.unwrap();
    assert_eq!(known.resources.cpu, 2);
    assert_eq!(sandboxes.warnings(&known), Vec::<String>::new());
}

#[tokio::test]
async fn a_sandbox_goes_through_its_life_without_http() {
    let lab = Lab::new();
    let (sandboxes, organization) = (lab.control.sandboxes(), own(&lab));
    let first = sandboxes.create(&organization, NewSandbox::default()).await.unwrap();
    lab.clock.advance(Duration::from_secs(1));
    let second = sandboxes.create(&organization, NewSandbox::default()).await.unwrap();
    let ids: Vec<String> = sandboxes.list(&organization).iter().map(|record| record.id.clone()).collect();
    assert_eq!(ids, [second.id.as_str(), &first.id], "newest first");
    assert_eq!(sandboxes.list(&OrganizationId::new("other")), []);
    let other = OrganizationId::new("other");
    assert_eq!(refusal(sandboxes.stop(&other, &first.id, false).await).0, 404);

    let stopped = sandboxes.stop(&organization, &first.id, false).await.unwrap();
    assert_eq!(control::shown_state(&stopped), SandboxState::Stopping);
    assert_eq!(sandboxes.find(&organization, &first.id).unwrap().state, SandboxState::Stopped);
    sandboxes.archive(&organization, &first.id).await.unwrap();
    assert_eq!(sandboxes.find(&organization, &first.id).unwrap().state, SandboxState::Archived);
    assert_eq!(sandboxes.start(&organization, &first.id).await.unwrap().state, SandboxState::Started);
    assert!(sandboxes.set_public(&organization, &first.id, true).await.unwrap().public);
    sandboxes.delete(&organization, &first.id).await.unwrap();
    assert_eq!(refusal(sandboxes.find(&organization, &first.id)).0, 404);
    assert_eq!(sandboxes.find_remembered(&organization, &first.id).unwrap().state, SandboxState::Destroyed);
    assert!(lab.holder.log().contains(&format!("archive {}", first.id)));
    assert!(lab.holder.log().contains(&format!("restore {}", first.id)));
}

#[tokio::test]
async fn the_object_of_a_record_is_what_the_api_answers() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    let record = lab.control.sandboxes().find(&own(&lab), &id).unwrap();
    let (parts, ()) = Request::builder().header("host", "pit.test:3986").body(()).unwrap().into_parts();
    let object = serde_json::to_value(sandbox_object(&record, &control::BaseUrl::of(&parts))).unwrap();
    assert_eq!(object, lab.get(&format!("/sandbox/{id}")).await.expect(200));
}

#[tokio::test]
async fn a_request_for_a_sandbox_reaches_its_toolbox_and_shows_no_credential() {
    let lab = Lab::new();
    let id = lab.create_plain().await;
    let request = || {
        let request = Request::builder().method("POST").uri("/process/execute?a=b");
        request.header("authorization", "Bearer secret").body(Body::from("{}")).unwrap()
    };
    let answer = answered(lab.control.request(&own(&lab), &id, request()).await).await.expect(200);
    assert_eq!((&answer["uri"], &answer["body"]), (&json!("/process/execute?a=b"), &json!("{}")));
    assert_eq!(answer["headers"].get("authorization"), None::<&Value>);
    let other = OrganizationId::new("other");
    let foreign = answered(lab.control.request(&other, &id, request()).await).await;
    assert_eq!(foreign.status, 404);
}
