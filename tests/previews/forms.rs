//! The forms of addresses: a listener, a host name, a path.

use serde_json::{Value, json};

use crate::stage::{Stage, visit};
use crate::support::TestServer;

const TOKEN: &str = "x-daytona-preview-token";

async fn preview(server: &TestServer, sandbox: &str, port: u16, fields: &[(&str, &str)]) -> Value {
    let url = format!("{}/api/sandbox/{sandbox}/ports/{port}/preview-url", server.url);
    let mut all = vec![("authorization", "Bearer k")];
    all.extend(fields);
    visit("GET", &url, &all, "").await.json()
}

#[tokio::test]
async fn host_names_lead_to_ports_when_the_server_is_told_a_domain() {
    let stage = Stage::with(&["--preview", "host", "--preview-domain", "proxy.localhost"], json!({})).await;
    let (url, token) = stage.preview().await;
    let port = stage.server.authority().rsplit_once(':').unwrap().1;
    assert_eq!(url, format!("http://{}-{}.proxy.localhost:{port}", stage.port, stage.sandbox));
    let host = url.trim_start_matches("http://");
    let told =
        visit("GET", &format!("{}/x?y", stage.server.url), &[("host", host), (TOKEN, &token)], "").await;
    assert_eq!((told.status, &told.json()["path"]), (200, &json!("/x?y")), "{}", told.text());
    assert_eq!(visit("GET", &stage.server.url, &[("host", host)], "").await.status, 401);
    let unknown = format!("{}-nothing.proxy.localhost:{port}", stage.port);
    assert_eq!(visit("GET", &stage.server.url, &[("host", &unknown)], "").await.status, 401);
    let signed = format!("/api/sandbox/{}/ports/{}/signed-preview-url", stage.sandbox, stage.port);
    let signed = stage.server.request("GET", &signed, Value::Null).await.json();
    let host = signed["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
    assert_eq!(visit("GET", &stage.server.url, &[("host", &host)], "").await.status, 200);
    // The oldest clients make the address themselves.
    let workspace =
        stage.server.request("GET", &format!("/workspace/{}", stage.sandbox), Value::Null).await.json();
    let metadata: Value =
        serde_json::from_str(workspace["info"]["providerMetadata"].as_str().unwrap()).unwrap();
    assert_eq!(metadata["nodeDomain"], format!("proxy.localhost:{port}"));
    let config = stage.server.request("GET", "/api/config", Value::Null).await.json();
    assert_eq!(
        config["proxyTemplateUrl"],
        format!("http://{{{{PORT}}}}-{{{{sandboxId}}}}.proxy.localhost:{port}")
    );
}

#[tokio::test]
async fn paths_lead_to_ports_and_redirects_stay_below_them() {
    let stage = Stage::with(&["--preview", "path"], json!({})).await;
    let (url, token) = stage.preview().await;
    assert_eq!(url, format!("{}/toolbox/{}/proxy/{}", stage.server.url, stage.sandbox, stage.port));
    let told = visit("GET", &format!("{url}/a%2Fb?c"), &[(TOKEN, &token)], "").await.json();
    assert_eq!(told["path"], "/a%2Fb?c");
    let told = visit("DELETE", &format!("{url}/x"), &[(TOKEN, &token)], "").await.json();
    assert_eq!(told["method"], "DELETE");
    let moved = visit("GET", &format!("{url}/moved"), &[(TOKEN, &token)], "").await;
    let below = format!("/toolbox/{}/proxy/{}/elsewhere", stage.sandbox, stage.port);
    assert_eq!(moved.headers["location"], below);
    let missing = visit("GET", &format!("{url}/missing"), &[(TOKEN, &token)], "").await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_client_from_elsewhere_is_given_an_address_it_can_reach() {
    let stage = Stage::new().await;
    let far =
        preview(&stage.server, &stage.sandbox, stage.port, &[("x-forwarded-host", "dev.example.com")]).await;
    assert_eq!(far["url"], format!("http://dev.example.com/toolbox/{}/proxy/{}", stage.sandbox, stage.port));
}

#[tokio::test]
async fn the_toolbox_has_an_address_to_append_to_and_at_a_root_for_who_needs_one() {
    let stage = Stage::new().await;
    let (server, sandbox) = (&stage.server, &stage.sandbox);
    let appended = preview(server, sandbox, 2280, &[]).await;
    assert_eq!(appended["url"], format!("{}/toolbox/{sandbox}", server.url));
    let at_root = preview(server, sandbox, 2280, &[("x-daytona-source", "sdk-ruby")]).await;
    let token = at_root["token"].as_str().unwrap();
    let url = format!("{}/work-dir", at_root["url"].as_str().unwrap());
    assert!(visit("GET", &url, &[(TOKEN, token)], "").await.json()["dir"].is_string());
    assert_eq!(visit("GET", &url, &[], "").await.status, 401);
}

#[tokio::test]
async fn a_sandbox_with_a_network_of_its_own_is_reached_through_it() {
    let server = TestServer::start();
    let health = server.request("GET", "/health", Value::Null).await.json();
    let isolates = health["capabilities"].as_array().unwrap().contains(&json!("network-isolation"));
    drop(server);
    if !isolates {
        return;
    }
    let stage = Stage::with(&[], json!({ "networkBlockAll": true })).await;
    let outside = tokio::net::TcpStream::connect(("127.0.0.1", stage.port)).await;
    assert!(outside.is_err(), "the program listens in the host's network");
    let (url, token) = stage.preview().await;
    assert_eq!(visit("GET", &url, &[(TOKEN, &token)], "").await.status, 200);
}
