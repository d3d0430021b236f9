//! Organizations, their members, what they use and did.

use serde_json::{Value, json};

use crate::support::{KEY, Lab};
use crate::{Ask as _, id, names, with_other};

#[tokio::test]
async fn the_personal_organization_comes_first_and_cannot_be_dissolved() {
    let lab = Lab::new();
    let (user, own) = lab.me(KEY).await;
    let shown = lab.get(&format!("/organizations/{own}")).await.expect(200);
    assert_eq!((&shown["personal"], &shown["createdBy"]), (&json!(true), &user["id"]));
    for member in
        ["suspendedAt", "suspensionReason", "suspendedUntil", "otelConfig", "authenticatedRateLimit"]
    {
        assert_eq!(shown.get(member), Some(&Value::Null), "{member} is there and null");
    }
    assert_eq!(shown["maxCpuPerSandbox"].to_string(), "4", "whole numbers are written as such");
    let personal = lab.delete(&format!("/organizations/{own}")).await;
    assert_eq!(personal.error(403), "Cannot delete personal organization");
    let second = json!({"name": "Team", "defaultRegionId": "us"});
    let second = lab.send_json("/organizations", second).await.expect(201);
    assert_eq!(second["defaultRegionId"], "us");
    assert_eq!(names(&lab.get("/organizations").await.expect(200)), ["Personal", "Team"]);
    lab.send_json("/organizations", json!({"name": "x", "defaultRegionId": "mars"})).await.error(404);
}

#[tokio::test]
async fn a_dissolved_organization_takes_its_sandboxes_keys_and_things_along() {
    let lab = Lab::new();
    let team = json!({"name": "Team", "defaultRegionId": "us"});
    let team = id(&lab.send_json("/organizations", team).await.expect(201));
    let organization = dialect::OrganizationId::new(&team);
    let key = lab.control.mint_api_key(Some(&organization), "team", None).await.unwrap();
    let sandbox = lab.call_as(&key, "POST", "/sandbox", Some(json!({}))).await.expect(200);
    lab.call_as(&key, "POST", "/volumes", Some(json!({"name": "v"}))).await.expect(200);
    lab.delete(&format!("/organizations/{team}")).await.expect(204);
    assert!(lab.holder.log().contains(&format!("remove {}", id(&sandbox))), "{:?}", lab.holder.log());
    lab.call_as(&key, "GET", "/volumes", None).await.error(401);
    assert_eq!(names(&lab.get("/organizations").await.expect(200)), ["Personal"]);
    let gone = lab.get(&format!("/organizations/{team}")).await;
    assert_eq!(gone.error(404), format!("Organization with ID {team} not found"));
    let saved = lab.store.load().unwrap();
    assert!(saved.records.iter().all(|row| row.organization_id != team), "{:?}", saved.records);
    assert!(saved.sandboxes.iter().all(|record| record.organization_id.as_str() != team));
}

#[tokio::test]
async fn another_users_organization_is_missing_in_every_operation() {
    let (lab, other) = with_other().await;
    let (_, own) = lab.me(KEY).await;
    let user = lab.me(&other).await.0;
    assert_eq!(
        lab.call_as(&other, "GET", "/organizations", None).await.expect(200).as_array().unwrap().len(),
        1
    );
    let operations = contract::control::DOCUMENT.operations.iter().filter(|operation| {
        operation.path.starts_with("/organizations/{organizationId}")
            || operation.id == "getOrganizationAuditLogs"
    });
    let mut asked = 0;
    for operation in operations.filter(|operation| !operation.planned) {
        let path = operation.path.replace("{organizationId}", &own);
        let path = path.replace("{userId}", user["id"].as_str().unwrap()).replace("{regionId}", "us");
        let path = path.replace("{roleId}", "x").replace("{invitationId}", "x");
        let answer = lab.call_as(&other, operation.method.as_str(), &path, Some(json!({}))).await;
        assert_eq!(answer.error(404), format!("Organization with ID {own} not found"), "{}", operation.id);
        asked += 1;
    }
    assert!(asked > 20, "{asked}");
}

#[tokio::test]
async fn a_default_region_is_chosen_once() {
    let lab = Lab::new();
    let (_, own) = lab.me(KEY).await;
    let path = format!("/organizations/{own}/default-region");
    lab.patch(&path, json!({"defaultRegionId": "mars"})).await.error(404);
    lab.patch(&path, json!({"defaultRegionId": "us"})).await.expect(204);
    let twice = lab.patch(&path, json!({"defaultRegionId": "us"})).await;
    assert_eq!(twice.error(409), "Organization already has a default region set");
}

#[tokio::test]
async fn a_suspended_organization_makes_nothing_new() {
    let lab = Lab::new();
    let (_, own) = lab.me(KEY).await;
    let sandbox = lab.create(json!({})).await;
    let suspend = format!("/organizations/{own}/suspend");
    let body = json!({"reason": "unpaid", "until": "2026-01-31T13:00:00.000Z"});
    lab.send_json(&suspend, body).await.expect(204);
    let shown = lab.get(&format!("/organizations/{own}")).await.expect(200);
    assert_eq!([&shown["suspended"], &shown["suspensionReason"]], [&json!(true), &json!("unpaid")]);
    let refused = "Organization is suspended: unpaid";
    assert_eq!(lab.send_json("/sandbox", json!({})).await.error(403), refused);
    assert_eq!(lab.send_json("/volumes", json!({"name": "v"})).await.error(403), refused);
    lab.get("/sandbox").await.expect(200);
    lab.delete(&format!("/sandbox/{}", id(&sandbox))).await.expect(200);
    // It ends by itself, or when somebody lifts it.
    lab.clock.advance(std::time::Duration::from_secs(3600));
    lab.create(json!({})).await;
    lab.call("POST", &suspend, None).await.expect(204);
    assert_eq!(lab.send_json("/sandbox", json!({})).await.error(403), "Organization is suspended");
    lab.post(&format!("/organizations/{own}/unsuspend")).await.expect(204);
    lab.create(json!({})).await;
    lab.send_json(&suspend, json!({"reason": "x", "until": "soon"})).await.error(400);
}

#[tokio::test]
async fn settings_are_kept_and_shown() {
    let lab = Lab::new();
    let (_, own) = lab.me(KEY).await;
    let at = |what: &str| format!("/organizations/{own}{what}");
    lab.send_json(
        &at("/sandbox-default-limited-network-egress"),
        json!({"sandboxDefaultLimitedNetworkEgress": true}),
    )
    .await
    .expect(204);
    lab.send_json(&at("/preview-warning"), json!({"previewWarningEnabled": true})).await.expect(204);
    lab.put(&at("/experimental-config"), json!({"a": {"b": 1}})).await.expect(200);
    lab.patch(&at("/default-queue-timeout"), json!({"defaultQueueTimeout": 30})).await.expect(204);
    assert_eq!(lab.get(&at("/otel-config")).await.error(404), "Organization OTEL config not found");
    lab.put(&at("/otel-config"), json!({"endpoint": "http://o.test", "headers": {"x": "y"}}))
        .await
        .expect(204);
    let shown = lab.get(&at("")).await.expect(200);
    assert_eq!([&shown["sandboxLimitedNetworkEgress"], &shown["previewWarningEnabled"]], [true, true]);
    assert_eq!(
        (&shown["experimentalConfig"], &shown["defaultQueueTimeout"]),
        (&json!({"a": {"b": 1}}), &json!(30))
    );
    assert_eq!(shown["otelConfig"]["endpoint"], "http://o.test");
    assert_eq!(lab.get(&at("/otel-config")).await.expect(200)["headers"], json!({"x": "y"}));
    lab.delete(&at("/otel-config")).await.expect(204);
    lab.get(&at("/otel-config")).await.error(404);
    lab.patch(&at("/default-queue-timeout"), json!({"defaultQueueTimeout": null})).await.expect(204);
    assert_eq!(lab.get(&at("")).await.expect(200)["defaultQueueTimeout"], Value::Null);
}

#[tokio::test]
async fn usage_is_counted_and_limits_are_set() {
    let lab = Lab::new();
    let (_, own) = lab.me(KEY).await;
    lab.create(json!({"snapshot": "daytona-medium"})).await;
    lab.create(json!({"name": "stopped"})).await;
    lab.post("/sandbox/stopped/stop").await.expect(200);
    lab.until("stopped", "stopped").await;
    lab.send_json("/volumes", json!({"name": "v"})).await.expect(200);
    let usage = lab.get(&format!("/organizations/{own}/usage")).await.expect(200);
    let region = &usage["regionUsage"][0];
    assert_eq!(
        [&region["currentCpuUsage"], &region["currentMemoryUsage"], &region["currentDiskUsage"]],
        [2, 4, 11]
    );
    assert_eq!([&usage["currentVolumeUsage"], &usage["totalVolumeQuota"]], [1, 100]);
    let limits: Vec<&str> = contract::control::DOCUMENT
        .operation("updateOrganizationQuota")
        .and_then(|operation| operation.body?.shape)
        .map(|shape| shape.members.iter().map(|member| member.name).collect())
        .unwrap();
    let mut body: Value = limits.into_iter().map(|name| (name.to_owned(), Value::Null)).collect();
    body["volumeQuota"] = json!(1);
    lab.patch(&format!("/organizations/{own}/quota"), body).await.expect(204);
    lab.send_json("/volumes", json!({"name": "w"})).await.error(400);
    let region = json!({"totalCpuQuota": 3, "totalMemoryQuota": null, "totalDiskQuota": null, "totalGpuQuota": null, "maxDiskPerSandbox": 5});
    lab.patch(&format!("/organizations/{own}/quota/us"), region).await.expect(204);
    let refused = lab.send_json("/sandbox", json!({"snapshot": "daytona-medium"})).await.error(400);
    assert!(
        refused.starts_with("Disk request 8GB exceeds maximum allowed per sandbox (5GB).\n"),
        "{refused}"
    );
    lab.create(json!({})).await;
    let refused = lab.send_json("/sandbox", json!({})).await.error(400);
    assert!(refused.starts_with("Total CPU limit exceeded. Maximum allowed: 3.\n"), "{refused}");
    let classes = lab.get(&format!("/organizations/{own}/available-sandbox-classes")).await.expect(200);
    assert_eq!(classes[0]["sandboxClass"], "container");
    assert_eq!(
        lab.get(&format!("/organizations/{own}/gpu-capacity")).await.expect(200)["capacity"],
        json!([])
    );
}

#[tokio::test]
async fn somebody_is_invited_joins_is_given_a_role_and_leaves() {
    let (lab, other) = with_other().await;
    let ((owner, own), (guest, _)) = (lab.me(KEY).await, lab.me(&other).await);
    let at = |what: &str| format!("/organizations/{own}{what}");
    let role = json!({"name": "Reader", "description": "d", "permissions": ["read:volumes"]});
    let role = lab.send_json(&at("/roles"), role).await.expect(201);
    let roles = lab.get(&at("/roles")).await.expect(200);
    assert_eq!(names(&roles), ["Developer", "Reader"]);
    let invite = json!({"email": guest["email"], "role": "member", "assignedRoleIds": [role["id"]]});
    let invited = lab.send_json(&at("/invitations"), invite.clone()).await.expect(201);
    assert_eq!((&invited["status"], &invited["invitedBy"]), (&json!("pending"), &owner["email"]));
    lab.send_json(&at("/invitations"), invite).await.error(409);
    // It waits for whom it was made, and for nobody else.
    assert_eq!(lab.get("/organizations/invitations/count").await.expect(200), json!(0));
    assert_eq!(
        lab.call_as(&other, "GET", "/organizations/invitations/count", None).await.expect(200),
        json!(1)
    );
    let accept = format!("/organizations/invitations/{}/accept", id(&invited));
    lab.call("POST", &accept, None).await.error(404);
    let accepted = lab.call_as(&other, "POST", &accept, None).await.expect(200);
    assert_eq!(
        (&accepted["status"], &accepted["organizationName"]),
        (&json!("accepted"), &json!("Personal"))
    );
    lab.call_as(&other, "POST", &accept, None).await.error(404);
    let members = lab.get(&at("/users")).await.expect(200);
    assert_eq!(members[1]["email"], guest["email"]);
    assert_eq!(names(&members[1]["assignedRoles"]), ["Reader"]);
    // A member looks and changes nothing.
    lab.call_as(&other, "GET", &at(""), None).await.expect(200);
    lab.call_as(&other, "POST", &at("/unsuspend"), None).await.error(403);
    let access = at(&format!("/users/{}/access", guest["id"].as_str().unwrap()));
    let changed = json!({"role": "owner", "assignedRoleIds": []});
    assert_eq!(lab.send_json(&access, changed).await.expect(200)["role"], "owner");
    lab.call_as(&other, "POST", &at("/unsuspend"), None).await.expect(204);
    lab.call_as(&other, "POST", &at("/leave"), None).await.expect(204);
    lab.call_as(&other, "GET", &at(""), None).await.error(404);
    let last = lab.post(&at("/leave")).await;
    assert_eq!(last.error(403), "An organization must keep an owner");
    lab.delete(&at(&format!("/users/{}", guest["id"].as_str().unwrap()))).await.error(404);
}

#[tokio::test]
async fn an_invitation_is_changed_taken_back_declined_or_expires() {
    let (lab, other) = with_other().await;
    let ((_, own), (guest, _)) = (lab.me(KEY).await, lab.me(&other).await);
    let at = |what: &str| format!("/organizations/{own}{what}");
    let invite = json!({"email": guest["email"], "role": "member", "assignedRoleIds": []});
    let first = lab.send_json(&at("/invitations"), invite.clone()).await.expect(201);
    let path = at(&format!("/invitations/{}", id(&first)));
    let change = json!({"role": "owner", "assignedRoleIds": ["00000000-0000-0000-0000-000000000001"]});
    let changed = lab.put(&path, change.clone()).await.expect(200);
    assert_eq!((&changed["role"], names(&changed["assignedRoles"])), (&json!("owner"), vec!["Developer"]));
    lab.put(&path, json!({"role": "owner", "assignedRoleIds": ["nothing"]})).await.error(404);
    assert_eq!(names_of(&lab.get(&at("/invitations")).await.expect(200)), [guest["email"].clone()]);
    lab.post(&format!("{path}/cancel")).await.expect(204);
    lab.put(&path, change).await.error(404);
    let second = lab.send_json(&at("/invitations"), invite.clone()).await.expect(201);
    let decline = format!("/organizations/invitations/{}/decline", id(&second));
    lab.call_as(&other, "POST", &decline, None).await.expect(200);
    lab.call_as(&other, "POST", &decline, None).await.error(404);
    lab.send_json(&at("/invitations"), invite).await.expect(201);
    lab.clock.advance(std::time::Duration::from_secs(7 * 24 * 3600));
    assert_eq!(lab.get(&at("/invitations")).await.expect(200), json!([]));
    let own_address = json!({"email": "user@pitlane.test", "role": "member", "assignedRoleIds": []});
    lab.send_json(&at("/invitations"), own_address).await.error(409);
}

fn names_of(invitations: &Value) -> Vec<Value> {
    invitations.as_array().unwrap().iter().map(|invitation| invitation["email"].clone()).collect()
}

#[tokio::test]
async fn a_role_is_rewritten_and_its_removal_is_felt_by_its_members() {
    let lab = Lab::new();
    let (user, own) = lab.me(KEY).await;
    let at = |what: &str| format!("/organizations/{own}{what}");
    let role = json!({"name": "R", "description": "d", "permissions": []});
    let role = id(&lab.send_json(&at("/roles"), role).await.expect(201));
    let path = at(&format!("/roles/{role}"));
    let change = json!({"name": "S", "description": "d", "permissions": ["write:volumes"]});
    assert_eq!(lab.put(&path, change.clone()).await.expect(200)["name"], "S");
    let access = at(&format!("/users/{}/access", user["id"].as_str().unwrap()));
    lab.send_json(&access, json!({"role": "owner", "assignedRoleIds": [role]})).await.expect(200);
    let last = lab.send_json(&access, json!({"role": "member", "assignedRoleIds": []})).await;
    assert_eq!(last.error(403), "An organization must keep an owner");
    lab.delete(&path).await.expect(204);
    assert_eq!(lab.get(&at("/users")).await.expect(200)[0]["assignedRoles"], json!([]));
    lab.put(&path, change).await.error(404);
    lab.delete(&path).await.error(404);
}

#[tokio::test]
async fn the_account_notes_logins_and_agreements() {
    let lab = Lab::new();
    assert_eq!(lab.me(KEY).await.0["privacyPoliciesAccepted"], false);
    lab.post("/users/privacy-policies/accept").await.expect(204);
    assert_eq!(lab.me(KEY).await.0["privacyPoliciesAccepted"], true);
    lab.post("/users/me/logins").await.expect(204);
    assert_eq!(lab.get("/users/account-providers").await.expect(200), json!([]));
    assert_eq!(lab.get("/users/me/pending-sso-links").await.expect(200), json!([]));
}

#[tokio::test]
async fn the_trail_tells_who_did_what_and_how_it_ended() {
    let (lab, other) = with_other().await;
    let (user, own) = lab.me(KEY).await;
    let sandbox = lab.create(json!({"name": "box"})).await;
    lab.put("/sandbox/box/labels", json!({"labels": {}})).await.expect(200);
    lab.send_json("/volumes", json!({"name": ""})).await.expect(200);
    lab.send_json("/secret", json!({"name": "1", "value": "hunter2"})).await.error(400);
    lab.call_as(&other, "POST", "/volumes", Some(json!({"name": "theirs"}))).await.expect(200);
    let path = format!("/audit/organizations/{own}");
    let trail = lab.get(&path).await.expect(200);
    let told: Vec<_> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!("{} {} {}", entry["targetType"], entry["action"], entry["statusCode"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        told,
        ["secret create 400", "volume create 200", "sandbox replace_labels 200", "sandbox create 200"]
    );
    let first = &trail["items"][3];
    assert_eq!((&first["targetId"], &first["actorId"]), (&sandbox["id"], &user["id"]));
    assert_eq!([&first["actorApiKeyPrefix"], &first["actorApiKeySuffix"]], ["dtn", "ing"]);
    assert_eq!(trail["items"][2]["targetId"], sandbox["id"], "a name becomes an id");
    assert!(!trail.to_string().contains("hunter2"));
    let count =
        async |query: &str| lab.get(&format!("{path}?{query}")).await.expect(200)["total"].as_i64().unwrap();
    assert_eq!(count("targetType%5Beq%5D=sandbox").await, 2);
    assert_eq!(count("action[not]=create").await, 1);
    assert_eq!(count("targetType[in]=volume&targetType[in]=secret").await, 2);
    assert_eq!(count("statusCode[gte]=400").await, 1);
    assert_eq!(count("createdAt[gt]=2026-01-31T12:00:00.000Z").await, 0);
    assert_eq!(count("from=2026-01-31T12:00:00.000Z&to=2026-01-31T12:00:00.000Z").await, 4);
    lab.get(&format!("{path}?statusCode[gte]=many")).await.error(400);
    lab.get(&format!("{path}?action[like]=x")).await.error(400);
    // Pages by number and by token say the same.
    let one = lab.get(&format!("{path}?limit=3")).await.expect(200);
    let token = one["nextToken"].as_str().unwrap();
    let two = lab.get(&format!("{path}?limit=3&page=2")).await.expect(200);
    assert_eq!(lab.get(&format!("{path}?limit=3&nextToken={token}")).await.expect(200), two);
    assert_eq!((&two["items"][0], &two["totalPages"]), (first, &json!(2)));
    lab.get(&format!("{path}?nextToken=nonsense")).await.error(400);
}
