//! The terminal page behind port 22222.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{self, TestServer, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

/// The page's address and the token that opens it.
async fn preview(server: &TestServer, sandbox: &str) -> (String, String) {
    let path = format!("/api/sandbox/{sandbox}/ports/22222/preview-url");
    let preview = server.request("GET", &path, Value::Null).await.json();
    let text = |name: &str| preview[name].as_str().unwrap().to_owned();
    (text("url").trim_start_matches("http://").to_owned(), text("token"))
}

async fn get(authority: &str, target: &str) -> support::Answer {
    let request = http::Request::get(format!("http://{authority}{target}")).header("host", authority);
    let stream = tokio::net::TcpStream::connect(authority).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
    let driving = tokio::spawn(connection);
    let request = request.body(http_body_util::Full::<bytes::Bytes>::default()).unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
    driving.abort();
    support::Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preview_of_port_22222_is_a_terminal_for_whoever_has_the_token() {
    for rung in support::rungs().await {
        let server = TestServer::start_with(&["--runtime", rung]);
        let created = server.request("POST", "/api/sandbox", json!({ "public": true })).await.json();
        let sandbox = created["id"].as_str().unwrap();
        let (authority, token) = preview(&server, sandbox).await;
        // A public sandbox does not open its terminal.
        assert_eq!(get(&authority, "/").await.status, 401);
        let query = format!("?DAYTONA_SANDBOX_AUTH_KEY={token}");
        let page = get(&authority, &format!("/{query}")).await;
        assert!(page.text().contains("<title>Terminal</title>"), "{}", page.text());
        for part in ["xterm.js", "xterm.css", "xterm-addon-fit.js"] {
            assert_eq!(get(&authority, &format!("/{part}{query}")).await.status, 200, "{part}");
        }
        assert_eq!(get(&authority, &format!("/other{query}")).await.status, 404);

        let (mut socket, _) = connect_async(format!("ws://{authority}/ws{query}")).await.unwrap();
        socket.send(Message::text(r#"{"rows":33,"cols":101}"#)).await.unwrap();
        let ask = "PS1= ; echo \"[$(stty size) $TERM $PWD] \u{e9}\u{6f22}\"\n";
        socket.send(Message::text(ask)).await.unwrap();
        until(&mut socket, "[33 101 xterm-256color /] \u{e9}\u{6f22}").await;
        socket.send(Message::text("exit\n")).await.unwrap();
        // The shell's end is the connection's, without a word.
        let ended = async {
            loop {
                match socket.next().await {
                    Some(Ok(Message::Close(frame))) => panic!("closed with {frame:?}"),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break,
                }
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("the connection ends");

        // A page that goes away takes its shell along.
        let (mut socket, _) = connect_async(format!("ws://{authority}/ws{query}")).await.unwrap();
        socket.send(Message::text("PS1= ; echo $$ > ~/pid; echo here-$((6*7))\n")).await.unwrap();
        until(&mut socket, "here-42").await;
        let state = "kill -0 $(cat ~/pid) 2> errors && echo runs || echo over";
        assert_eq!(server.execute(sandbox, state).await, "runs\n");
        drop(socket);
        eventually("the shell's end", async || server.execute(sandbox, state).await == "over\n").await;
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// Reads text until it holds this.
async fn until(socket: &mut Socket, text: &str) -> String {
    let mut seen = String::new();
    let reading = async {
        while !seen.contains(text) {
            match socket.next().await.expect("the connection goes on").unwrap() {
                Message::Text(piece) => seen += &piece,
                other => panic!("{other:?}"),
            }
        }
    };
    let reached = tokio::time::timeout(PATIENCE, reading).await.is_ok();
    assert!(reached, "never came to {text:?}: {seen:?}");
    seen
}
