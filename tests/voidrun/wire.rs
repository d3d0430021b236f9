//! Credentials, addresses, envelopes (voidrun.md §1, §7).

use http_body_util::Full;
use serde_json::{Value, json};

use crate::client::{KEY, Stage, call, create, open};
use crate::support::{Answer, TestServer};

async fn get(server: &TestServer, target: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers
        .iter()
        .fold(http::Request::builder().uri(target), |request, (name, value)| request.header(*name, *value));
    server.send(request.body(Full::default()).unwrap()).await
}

/// Gets a page without any key.
pub(crate) async fn fetch(authority: &str, target: &str) -> (u16, String) {
    let stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::builder().uri(target).header("host", authority);
    let response = sender.send_request(request.body(Full::<bytes::Bytes>::default()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn a_key_counts_in_its_header_as_a_token_and_in_the_query() {
    let server = TestServer::start();
    let target = "/api/sandboxes";
    assert_eq!(get(&server, target, &[("x-api-key", "anything")]).await.status, 200);
    assert_eq!(get(&server, target, &[("authorization", "Bearer anything")]).await.status, 200);
    assert_eq!(get(&server, "/api/sandboxes?apiKey=anything", &[]).await.status, 200);
    let missing = get(&server, target, &[]).await;
    assert_eq!(missing.status, 401);
    assert_eq!(missing.json(), json!({ "error": "authentication required (X-API-Key or Bearer token)" }));
    let empty = get(&server, "/api/sandboxes?apiKey=", &[("x-api-key", "")]).await;
    assert_eq!(empty.status, 401);
    // A page of another site has no business here, whatever key it made up.
    let foreign = get(&server, "/api/sandboxes?apiKey=x", &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(foreign.status, 401);
    assert_eq!(get(&server, "/api/version", &[]).await.status, 200);
}

#[tokio::test]
async fn every_operation_but_two_refuses_who_shows_no_key() {
    let stage = Stage::new().await;
    let mut open = Vec::new();
    for operation in contract::voidrun::DOCUMENT.operations {
        let path = operation.path.replace("{id}", &stage.id).replace(['{', '}'], "");
        let request = http::Request::builder()
            .method(operation.method.as_str())
            .uri(format!("/api{path}"))
            // An empty key is none, but makes the paths two APIs have this one's.
            .header("x-api-key", "");
        let answer = stage.server.send(request.body(Full::default()).unwrap()).await;
        if answer.status == 401 {
            let error = json!({ "error": "authentication required (X-API-Key or Bearer token)" });
            assert_eq!(answer.json(), error, "{}", operation.id);
        } else {
            open.push(operation.id);
        }
    }
    open.sort_unstable();
    assert_eq!(open, ["getVersion", "register"]);
}

#[tokio::test]
async fn sockets_need_the_key_and_are_refused_before_the_upgrade() {
    let stage = Stage::new().await;
    let place = format!("ws://{}/api/sandboxes/{}/pty", stage.server.authority(), stage.id);
    assert_eq!(open(&place).await.err(), Some(401));
    assert!(open(&format!("{place}?apiKey=a%2Bb")).await.is_ok());
}

#[tokio::test]
async fn a_registered_organization_sees_its_own_sandboxes_only() {
    let server = TestServer::start();
    create(&server, json!({})).await;
    let body = json!({ "name": "Ann", "email": "Ann@Example.com" });
    let registered = call(&server, "POST", "/register", body.clone()).await;
    assert_eq!(registered.status, 201, "{}", registered.text());
    let data = registered.json()["data"].clone();
    assert_eq!(
        (&data["org"]["name"], &data["user"]["email"]),
        (&json!("Ann Org"), &json!("ann@example.com"))
    );
    let key = data["apiKey"]["plainKey"].as_str().unwrap();
    let listed = get(&server, "/api/sandboxes", &[("x-api-key", key)]).await;
    assert_eq!(listed.json()["data"], json!([]));
    let org = get(&server, "/api/orgs/me", &[("x-api-key", key)]).await.json();
    assert_eq!(org["data"]["id"], data["org"]["id"]);
    assert_eq!(
        call(&server, "POST", "/register", body).await.json(),
        json!({ "error": "email already taken" })
    );
}

#[tokio::test]
async fn both_apis_answer_on_one_port_and_the_one_shared_path_goes_by_the_credential() {
    let server = TestServer::start();
    let own = get(&server, "/api/users/me", &[("x-api-key", KEY)]).await;
    assert_eq!(own.status, 200, "{}", own.text());
    assert!(own.json()["orgs"].is_array());
    let theirs = get(&server, "/api/users/me", &[("authorization", "Bearer x")]).await;
    assert!(theirs.json().get("orgs").is_none(), "{}", theirs.text());
    let unknown = get(&server, "/api/sandboxes/x/y/z", &[("x-api-key", KEY)]).await;
    assert_eq!((unknown.status, unknown.text()), (404, "404 page not found".to_owned()));
    let unknown = get(&server, "/api/nowhere", &[("authorization", "Bearer x")]).await;
    assert!(unknown.json()["statusCode"] == 404, "{}", unknown.text());
}

#[tokio::test]
async fn an_address_that_ends_in_a_slash_is_no_trap() {
    let server = TestServer::start();
    assert_eq!(get(&server, "/api//sandboxes", &[("x-api-key", KEY)]).await.status, 200);
    let behind = get(&server, "/api/sandboxes/", &[("x-api-key", KEY)]).await;
    assert_eq!(behind.status, 301);
    assert_eq!(behind.headers["location"], "../sandboxes");
}

#[tokio::test]
async fn an_address_of_its_own_serves_this_api_alone() {
    let temp = tempfile::tempdir().unwrap();
    let ready = temp.path().join("ready");
    let server =
        TestServer::start_with(&["--voidrun-listen=127.0.0.1:0", "--ready-file", ready.to_str().unwrap()]);
    let told: Value = serde_json::from_str(&std::fs::read_to_string(&ready).unwrap()).unwrap();
    let base = told["voidrunUrl"].as_str().unwrap();
    let authority = base.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/api")).unwrap();
    let asked = async |target: &str| {
        let stream = tokio::net::TcpStream::connect(authority).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::builder().uri(target).header("host", authority).header("x-api-key", KEY);
        let response = sender.send_request(request.body(Full::<bytes::Bytes>::default()).unwrap()).await;
        response.unwrap().status().as_u16()
    };
    assert_eq!(asked("/api/sandboxes").await, 200);
    assert_eq!(asked("/api/users/me").await, 200);
    assert_eq!(asked("/api/sandbox").await, 404, "the other API is not here");
    create(&server, json!({})).await;
}

#[tokio::test]
async fn images_are_listed_and_none_can_be_added() {
    let server = TestServer::start();
    let images = call(&server, "GET", "/images", Value::Null).await.json();
    let image = &images[0];
    assert_eq!(
        (&image["name"], &image["tag"], &image["system"]),
        (&json!("code"), &json!("latest"), &json!(true))
    );
    assert_eq!(image["id"], image["_id"], "each generation has its own name for it");
    let id = image["id"].as_str().unwrap();
    assert_eq!(call(&server, "GET", &format!("/images/{id}"), Value::Null).await.json()["name"], "code");
    assert_eq!(call(&server, "GET", "/images/name/debian", Value::Null).await.json()["name"], "debian");
    let missing = call(&server, "GET", "/images/name/nope", Value::Null).await;
    assert_eq!((missing.status, missing.json()), (404, json!({ "error": "Image not found" })));
    let malformed = call(&server, "GET", "/images/nope", Value::Null).await;
    assert_eq!((malformed.status, malformed.json()), (400, json!({ "error": "Invalid image ID format" })));
    assert_eq!(call(&server, "POST", "/images", json!({ "name": "mine" })).await.status, 400);
    assert_eq!(call(&server, "DELETE", &format!("/images/{id}"), Value::Null).await.status, 400);
}

#[tokio::test]
async fn strict_answers_have_the_documents_shape() {
    let server = TestServer::start_with(&["--voidrun-strict"]);
    let id = create(&server, json!({ "envVars": { "A": "1" } })).await["id"].as_str().unwrap().to_owned();
    let stage = Stage { server, id };
    let told = stage.ok("GET", "", json!(null)).await;
    assert_eq!(told["success"], true);
    assert_eq!(told["data"]["envVars"], json!({ "A": "1" }));
    assert!(told["data"].get("diskMB").is_none());
    stage.ok("POST", "/sleep", json!(null)).await;
    assert_eq!(stage.ok("GET", "", json!(null)).await["data"]["status"], "stopped");
    let registered =
        call(&stage.server, "POST", "/register", json!({ "name": "Ann", "email": "a@b.c" })).await;
    assert_eq!((registered.status, registered.json()["data"]["apiKey"].is_string()), (200, true));
    let sizes = stage.call("POST", "/pty/sessions", json!({ "cols": 501, "rows": 1 })).await;
    assert_eq!(sizes.status, 400);
}

#[tokio::test]
async fn every_operation_is_served_or_listed_as_planned() {
    let stage = Stage::new().await;
    for operation in
        contract::voidrun::DOCUMENT.operations.iter().filter(|operation| operation.id != "deleteSandbox")
    {
        let path = operation.path.replace("{id}", &stage.id).replace(['{', '}'], "");
        let answer = call(&stage.server, operation.method.as_str(), &path, Value::Null).await;
        assert_eq!(answer.status == 501, operation.planned, "{}: {}", operation.id, answer.text());
        assert_ne!(answer.text(), "404 page not found", "{}", operation.id);
    }
}

#[tokio::test]
async fn an_image_by_its_id_is_that_of_the_api_whose_credential_asks() {
    let server = TestServer::start();
    let images = call(&server, "GET", "/images", Value::Null).await.json();
    let id = images[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/images/{id}");
    for headers in [vec![("x-api-key", KEY)], Vec::new()] {
        // Clients that cannot set headers show the key in the query.
        let path = if headers.is_empty() { format!("{path}?apiKey={KEY}") } else { path.clone() };
        let own = get(&server, &path, &headers).await;
        assert_eq!((own.status, &own.json()["name"]), (200, &json!("code")), "{}", own.text());
    }
    let bearer = [("authorization", "Bearer anything")];
    let theirs = get(&server, &path, &bearer).await;
    assert_eq!(theirs.status, 404, "{}", theirs.text());
    assert!(theirs.json()["message"].is_string(), "in the words of early 2025: {}", theirs.text());
    // The other way round: an image of the workspace era is none of VoidRun's.
    let built = http::Request::builder()
        .method("POST")
        .uri("/api/images/build")
        .header("authorization", "Bearer anything")
        .header("content-type", "application/json");
    let body = json!({ "name": "mine:1", "buildInfo": { "dockerfileContent": "FROM debian:12\n" } });
    let built = server.send(built.body(Full::from(body.to_string())).unwrap()).await;
    assert!(built.status < 300, "{}", built.text());
    let image = built.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/images/{image}");
    let found = get(&server, &path, &bearer).await;
    assert_eq!((found.status, &found.json()["id"]), (200, &json!(image)), "{}", found.text());
    let none = get(&server, &path, &[("x-api-key", KEY)]).await;
    assert_eq!((none.status, none.json()), (400, json!({ "error": "Invalid image ID format" })));
}
