//! The command line: a generated Go client, with a key from its environment or a token from a profile and the organization
//! beside it. It reads the API's version from every answer, and of an error the texts `error` and `message`
//! (sdk-clients.md §e, §f; control-plane.md §7.4, §7.5).

use bytes::Bytes;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::client::Habits;
use crate::reading::Kind::{Any, Flag, List, Text};
use crate::reading::{Reading, Shape};
use crate::support::{Answer, TestServer};
use crate::{records, snapshots, uploads};

/// How it names itself and reads.
const CLI: Habits = Habits {
    source: "cli",
    version: "0.205.1",
    content_type: "application/json",
    accept: Some("application/json"),
    create: r#"{"autoArchiveInterval":10080,"autoDeleteInterval":-1,"name":"by-cli","networkBlockAll":false,"spot":false}"#,
    names_itself_on_websockets: false,
    reading: Reading { takes_unknown_members: true, takes_null_for_required: true },
};

/// A token as a login gives it: three parts, of which only the shape matters here.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl";

const ORGANIZATIONS: Shape = Shape {
    required: &[
        ("id", Text),
        ("name", Text),
        ("createdBy", Text),
        ("personal", Flag),
        ("createdAt", Text),
        ("updatedAt", Text),
        ("suspended", Flag),
        ("suspendedAt", Any),
        ("suspensionReason", Any),
        ("suspendedUntil", Any),
        ("maxCpuPerSandbox", Any),
        ("authenticatedRateLimit", Any),
        ("experimentalConfig", Any),
        ("otelConfig", Any),
    ],
    optional: &[],
};

/// A profile that was logged in to, in one organization or in none yet.
async fn with_token(
    server: &TestServer,
    organization: Option<&str>,
    method: &str,
    path: &str,
    body: Value,
) -> Answer {
    let mut request = http::Request::builder()
        .method(method)
        .uri(format!("/api{path}"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("x-daytona-source", CLI.source);
    if let Some(organization) = organization {
        request = request.header("x-daytona-organization-id", organization);
    }
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    if !body.is_empty() {
        request = request.header("content-type", CLI.content_type);
    }
    let answer = server.send(request.body(Full::new(body)).unwrap()).await;
    assert_eq!(answer.headers["x-daytona-api-version"], "0.205.1", "{method} {path}");
    answer
}

#[tokio::test]
async fn volumes_are_made_listed_and_deleted_with_a_key() {
    records::every_method(CLI).await;
}

#[tokio::test]
async fn snapshots_are_made_listed_and_deleted() {
    snapshots::every_method(CLI).await;
}

#[tokio::test]
async fn a_dockerfile_is_built_while_its_log_is_read() {
    snapshots::builds(CLI, false).await;
}

#[tokio::test]
async fn a_login_lists_founds_uses_and_deletes_organizations() {
    let server = TestServer::start();
    let all = with_token(&server, None, "GET", "/organizations", Value::Null).await;
    assert_eq!(all.status, 200, "{}", all.text());
    assert!(all.headers["content-type"].to_str().unwrap().starts_with("application/json"));
    let complaints = CLI.reading.complaints(&all.json(), List(&ORGANIZATIONS));
    assert_eq!(complaints, Vec::<String>::new());
    let regions = with_token(&server, None, "GET", "/shared-regions", Value::Null).await.json();
    let body = json!({"name": "Team", "defaultRegionId": regions[0]["id"]});
    let team = with_token(&server, None, "POST", "/organizations", body).await;
    assert_eq!(team.status, 201, "{}", team.text());
    let team = team.json()["id"].as_str().unwrap().to_owned();

    // What is made in one organization is not in the other.
    let volume = json!({"name": "v"});
    assert_eq!(with_token(&server, Some(&team), "POST", "/volumes", volume).await.status, 200);
    let inside = with_token(&server, Some(&team), "GET", "/volumes", Value::Null).await.json();
    let outside = with_token(&server, None, "GET", "/volumes", Value::Null).await.json();
    assert_eq!((inside.as_array().unwrap().len(), outside), (1, json!([])));
    let members =
        with_token(&server, Some(&team), "GET", &format!("/organizations/{team}/users"), Value::Null).await;
    assert_eq!(members.json()[0]["role"], "owner");

    let gone =
        with_token(&server, Some(&team), "DELETE", &format!("/organizations/{team}"), Value::Null).await;
    assert_eq!((gone.status, gone.text().as_str()), (204, ""));
}

#[tokio::test]
async fn an_error_has_the_texts_that_are_printed() {
    let server = TestServer::start();
    let unknown = with_token(&server, None, "GET", "/volumes/by-name/nothing", Value::Null).await;
    assert_eq!(unknown.status, 404);
    let body = unknown.json();
    assert_eq!([&body["error"], &body["message"]], ["Not Found", "Volume with name nothing not found"]);
}

#[tokio::test]
async fn strict_credentials_tell_keys_from_logins() {
    let server = TestServer::start_with(&["--strict-auth"]);
    // The key that was announced works, and not for what wants a person.
    assert_eq!(server.request("GET", "/api/sandbox", Value::Null).await.status, 200);
    assert_eq!(server.request("GET", "/api/organizations", Value::Null).await.status, 200);
    assert_eq!(server.request("GET", "/api/users/me", Value::Null).await.status, 401);
    let own = server.request("GET", "/api/organizations", Value::Null).await.json();
    let own = own[0]["id"].as_str().unwrap();
    assert_eq!(with_token(&server, Some(own), "GET", "/users/me", Value::Null).await.status, 200);
    assert_eq!(with_token(&server, Some(own), "GET", "/sandbox", Value::Null).await.status, 200);
    let nowhere = with_token(&server, None, "GET", "/sandbox", Value::Null).await;
    assert_eq!((nowhere.status, &nowhere.json()["message"]), (403, &json!("Invalid authentication context")));
}

#[tokio::test]
async fn limits_given_at_the_start_are_told_and_kept() {
    let server = TestServer::start_with(&["--rate-limit", "sandbox-list=1/60", "--allowance", "volumes=0"]);
    let first = server.request("GET", "/api/sandbox", Value::Null).await;
    assert_eq!(
        (first.status, &first.headers["x-ratelimit-remaining-sandbox-list"]),
        (200, &"0".parse().unwrap())
    );
    let second = server.request("GET", "/api/sandbox", Value::Null).await;
    assert_eq!(second.status, 429);
    let wait: u32 = second.headers["retry-after-sandbox-list"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(second.json()["message"], "ThrottlerException: Too Many Requests");
    let volume = server.request("POST", "/api/volumes", json!({"name": "v"})).await;
    assert_eq!(
        (volume.status, &volume.json()["message"]),
        (400, &json!("Volume quota exceeded. Maximum allowed: 0"))
    );
}

#[tokio::test]
async fn a_page_in_a_browser_of_this_machine_may_send_credentials_in_headers() {
    let server = TestServer::start();
    let preflight = http::Request::builder()
        .method("OPTIONS")
        .uri("/api/volumes")
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,x-daytona-source")
        .body(Full::new(Bytes::new()))
        .unwrap();
    let answer = server.send(preflight).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["access-control-allow-origin"], "http://localhost:5173");
    assert_eq!(answer.headers["access-control-allow-headers"], "authorization,content-type,x-daytona-source");
    assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    let foreign = http::Request::builder()
        .uri("/api/volumes")
        .header("origin", "https://evil.example")
        .header("authorization", "Bearer dtn_local")
        .body(Full::new(Bytes::new()))
        .unwrap();
    assert_eq!(server.send(foreign).await.status, 403);
}

#[tokio::test]
async fn a_build_context_reaches_the_store() {
    uploads::as_cli(CLI).await;
}
