//! Who may come in, and what gets through.

use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use crate::stage::{Stage, begin, visit};
use crate::support::eventually;

const TOKEN: &str = "x-daytona-preview-token";

#[tokio::test]
async fn a_private_preview_opens_with_a_token_or_a_key_and_with_nothing_else() {
    let stage = Stage::new().await;
    let (url, token) = stage.preview().await;
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    for fields in [&[][..], &[(TOKEN, "wrong")], &[("cookie", "daytona-sandbox-auth-x=y")]] {
        let refused = visit("GET", &format!("{url}/"), fields, "").await;
        assert_eq!((refused.status, &refused.json()["code"]), (401, &json!("UNAUTHORIZED")), "{fields:?}");
    }
    // The program gets the request as it was written, without what was meant for us.
    let fields = [(TOKEN, &*token), ("authorization", "Bearer own")];
    let told = visit("GET", &format!("{url}/a%2Fb/?c=%20d&e"), &fields, "").await.json();
    assert_eq!((&told["method"], &told["path"]), (&json!("GET"), &json!("/a%2Fb/?c=%20d&e")));
    assert_eq!((told["headers"].get(TOKEN), &told["headers"]["authorization"]), (None, &json!("Bearer own")));
    assert_eq!(told["headers"]["host"], url.trim_start_matches("http://"));
    assert_eq!(told["headers"]["x-forwarded-host"], told["headers"]["host"]);
    let by_query = visit("GET", &format!("{url}/x?b=1&DAYTONA_SANDBOX_AUTH_KEY={token}&a=2"), &[], "").await;
    assert_eq!(by_query.json()["path"], "/x?a=2&b=1");
    let by_key = visit("GET", &format!("{url}/x"), &[("authorization", "Bearer dtn_local")], "").await.json();
    assert_eq!((&by_key["path"], by_key["headers"].get("authorization")), (&json!("/x"), None));
    assert_eq!(stage.preview().await.0, url, "one port has one address");
}

#[tokio::test]
async fn every_method_and_any_status_passes() {
    let stage = Stage::new().await;
    let (url, token) = stage.preview().await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let told = visit(method, &format!("{url}/x"), &[(TOKEN, &token)], "body").await.json();
        assert_eq!((&told["method"], &told["length"]), (&json!(method), &json!(4)));
    }
    let head = visit("HEAD", &format!("{url}/x"), &[(TOKEN, &token)], "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let missing = visit("GET", &format!("{url}/missing"), &[(TOKEN, &token)], "").await;
    assert_eq!(missing.status, 404);
    let moved = visit("GET", &format!("{url}/moved"), &[(TOKEN, &token)], "").await;
    assert_eq!((moved.status, &moved.headers["location"]), (302, &"/elsewhere".parse().unwrap()));
    let large = "x".repeat(3_000_000);
    let told = visit("POST", &format!("{url}/x"), &[(TOKEN, &token)], &large).await.json();
    assert_eq!(told["length"], 3_000_000);
}

#[tokio::test]
async fn a_stream_comes_as_the_program_sends_it() {
    let stage = Stage::new().await;
    let (url, token) = stage.preview().await;
    let (mut response, _connection) = begin("GET", &format!("{url}/stream"), &[(TOKEN, &token)], "").await;
    let mut text = String::new();
    while !text.ends_with("\n\n") {
        let frame = response.body_mut().frame().await.unwrap().unwrap();
        text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
    }
    assert_eq!(text, "data: first\n\n");
    stage.go_on().await;
    let rest = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(rest, "data: last\n\n");
}

#[tokio::test]
async fn websockets_pass_in_both_directions() {
    let stage = Stage::new().await;
    let (url, token) = stage.preview().await;
    let mut request = format!("{}/socket", url.replace("http", "ws")).into_client_request().unwrap();
    request.headers_mut().insert(TOKEN, token.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    for message in [Message::text("hello"), Message::binary(vec![7; 40_000])] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), message);
    }
    socket.close(None).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
}

#[tokio::test]
async fn a_signed_address_opens_by_itself_until_it_is_over() {
    let stage = Stage::new().await;
    let signed = format!("/api/sandbox/{}/ports/{}/signed-preview-url", stage.sandbox, stage.port);
    let answer =
        stage.server.request("GET", &format!("{signed}?expiresInSeconds=600"), Value::Null).await.json();
    let (url, token) = (answer["url"].as_str().unwrap(), answer["token"].as_str().unwrap());
    assert_eq!((token.len(), &answer["port"]), (16, &json!(stage.port)));
    let first = visit("GET", &format!("{url}/x"), &[], "").await;
    assert_eq!((first.status, &first.json()["path"]), (200, &json!("/x")));
    let cookie = first.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with(&format!("daytona-sandbox-auth-{token}=")) && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    let id = format!("/api/preview/{token}/{}/sandbox-id", stage.port);
    assert_eq!(stage.server.request("GET", &id, Value::Null).await.text(), stage.sandbox);

    let expire = format!("{signed}/{token}/expire");
    assert_eq!(stage.server.request("POST", &expire, Value::Null).await.status, 200);
    assert_eq!(stage.server.request("POST", &expire, Value::Null).await.status, 200, "it is no error twice");
    assert_eq!(visit("GET", &format!("{url}/x"), &[], "").await.status, 401);
    let back = visit("GET", &format!("{url}/x"), &[("cookie", cookie.split(';').next().unwrap())], "").await;
    assert_eq!(back.status, 200, "who came in time may come back");
    assert_eq!(stage.server.request("GET", &id, Value::Null).await.status, 403);

    let short =
        stage.server.request("GET", &format!("{signed}?expiresInSeconds=1"), Value::Null).await.json();
    let short = short["url"].as_str().unwrap();
    assert_eq!(visit("GET", short, &[], "").await.status, 200);
    eventually("the end of its time", async || visit("GET", short, &[], "").await.status == 401).await;
    for seconds in ["0", "86401"] {
        let refused =
            stage.server.request("GET", &format!("{signed}?expiresInSeconds={seconds}"), Value::Null).await;
        assert_eq!(refused.status, 400, "{seconds}");
    }
}

#[tokio::test]
async fn a_public_sandbox_shows_its_programs_to_everybody_but_never_its_toolbox() {
    let stage = Stage::new().await;
    let (url, _) = stage.preview().await;
    let public = format!("/api/sandbox/{}/public", stage.sandbox);
    let is_public = format!("/api/preview/{}/public", stage.sandbox);
    assert_eq!(stage.server.request("GET", &is_public, Value::Null).await.status, 404);
    assert_eq!(
        stage.server.request("POST", &format!("{public}/true"), Value::Null).await.json()["public"],
        true
    );
    assert_eq!(visit("GET", &url, &[], "").await.status, 200);
    assert_eq!(stage.server.request("GET", &is_public, Value::Null).await.text(), "true");
    let toolbox = format!("{}/toolbox/{}/version", stage.server.url, stage.sandbox);
    assert_eq!(visit("GET", &toolbox, &[], "").await.status, 401);
    stage.server.request("POST", &format!("{public}/false"), Value::Null).await;
    assert_eq!(visit("GET", &url, &[], "").await.status, 401);
}

#[tokio::test]
async fn a_port_nobody_listens_on_and_a_sandbox_that_is_stopped_say_so() {
    let mut stage = Stage::new().await;
    let (url, token) = stage.preview().await;
    stage.server.execute(&stage.sandbox, "pkill -f program.py || kill $(pgrep -f program.py)").await;
    eventually("the end of the program", async || {
        visit("GET", &url, &[(TOKEN, &token)], "").await.status == 502
    })
    .await;
    let path = format!("/api/sandbox/{}", stage.sandbox);
    stage.server.request("POST", &format!("{path}/stop"), Value::Null).await;
    eventually("the stop", async || {
        stage.server.request("GET", &path, Value::Null).await.json()["state"] == "stopped"
    })
    .await;
    let stopped = visit("GET", &url, &[(TOKEN, &token)], "").await;
    assert_eq!(stopped.status, 400, "{}", stopped.text());
    assert_eq!(stage.server.request("POST", &format!("{path}/start"), Value::Null).await.status, 200);
    assert_eq!(visit("GET", &url, &[(TOKEN, &token)], "").await.status, 401, "tokens die at a start");
    stage.run().await;
    let (url, token) = stage.preview().await;
    assert_eq!(visit("GET", &url, &[(TOKEN, &token)], "").await.status, 200);
    stage.server.request("DELETE", &path, Value::Null).await;
    let authority = url.trim_start_matches("http://").to_owned();
    eventually("the end of the listener", async || tokio::net::TcpStream::connect(&authority).await.is_err())
        .await;
}

#[tokio::test]
async fn pages_of_other_sites_are_kept_out_of_listeners() {
    let stage = Stage::new().await;
    let (url, token) = stage.preview().await;
    for (fields, status) in [
        ([("origin", "https://evil.example"), (TOKEN, &*token)], 403),
        ([("host", "evil.example"), (TOKEN, &token)], 403),
        ([("origin", "http://localhost:5173"), (TOKEN, &token)], 200),
    ] {
        assert_eq!(visit("GET", &url, &fields, "").await.status, status, "{fields:?}");
    }
}
