//! Terminals of those generations: made by POST, lazily, then connected to; no sub-protocol is offered, and the exit code
//! is read from the reason of the close.
//!
//! | version | requests go to | the socket goes to |
//! |---|---|---|
//! | 0.107–0.112 | the toolbox below the API | the preview of port 2280, which is asked for |
//! | 0.113–0.195 | the proxy | the proxy |

use http_body_util::Full;
use serde_json::{Value, json};

use super::{PYTHON, TYPESCRIPT};
use crate::client::{Client, Habits};
use crate::reading::Kind;
use crate::reading::models::{TERMINAL, TERMINAL_MADE, TERMINALS};
use crate::socket::{End, Socket, Told, texts};
use crate::support::KEY;

const GENERATIONS: [Habits; 4] = [
    Habits { version: "0.113.2", ..PYTHON },
    Habits { version: "0.150.0", ..TYPESCRIPT },
    Habits { source: "sdk-python", version: "0.166.0", ..PYTHON },
    Habits { source: "sdk-typescript", version: "0.195.0", ..TYPESCRIPT },
];

/// Those that know no proxy.
const BEFORE_THE_PROXY: [Habits; 4] = [
    Habits { version: "0.107.1", ..PYTHON },
    Habits { version: "0.112.3", ..PYTHON },
    Habits { version: "0.107.1", ..TYPESCRIPT },
    Habits { version: "0.111.1", ..TYPESCRIPT },
];

const TOKEN: &str = "x-daytona-preview-token";
const CONNECTED: &str = r#"{"status":"connected","type":"control"}"#;

/// The preview of the toolbox: its address for sockets, and its token.
async fn preview(client: &Client) -> (String, String) {
    let ask = format!("/sandbox/{}/ports/2280/preview-url", client.sandbox);
    let told = client.call_api("GET", &ask, "").await;
    assert_eq!(told.status, 200, "{}", told.text());
    let told = told.json();
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    (text("url").replace("http://", "ws://"), text("token"))
}

/// Types into a new connection and looks at everything that comes until the shell's end.
async fn use_up(mut terminal: Socket, version: &str) {
    assert_eq!(terminal.chosen, None, "Node refuses one it did not offer");
    assert_eq!(terminal.next().await, Ok(Told::Text(CONNECTED.to_owned())));
    terminal.binary("stty size; echo a=$A; exit 6\n").await;
    let (told, end) = terminal.until_end().await;
    assert!(texts(&told).is_empty(), "{version}: no message it does not know");
    let output: Vec<u8> = told
        .into_iter()
        .flat_map(|told| match told {
            Told::Binary(bytes) => bytes,
            Told::Text(text) => panic!("output as text: {text}"),
        })
        .collect();
    let output = String::from_utf8_lossy(&output);
    assert!(output.contains("34 101") && output.contains("a=1"), "{output}");
    assert_eq!(end, End::Close(1011, r#"{"exitCode":6,"exitReason":"non-zero exit"}"#.to_owned()));
}

const MAKE: &str = r#"{"id":"p","cwd":null,"envs":{"A":"1"},"cols":90,"rows":33,"lazyStart":true}"#;
const RESIZE: &str = r#"{"cols":101,"rows":34}"#;

#[tokio::test]
async fn a_terminal_is_posted_then_connected_to_resized_and_ends_with_its_code_in_the_reason() {
    for habits in GENERATIONS {
        let client = Client::start(habits).await;
        let made = client.read("POST", "/process/pty", MAKE, 201, TERMINAL_MADE).await;
        assert_eq!(made, json!({ "sessionId": "p" }));
        let shown = client.read("GET", "/process/pty/p", "", 200, Kind::Object(&TERMINAL)).await;
        assert_eq!((&shown["active"], &shown["lazyStart"]), (&json!(false), &json!(true)));
        let terminal = client.socket("/process/pty/p/connect", &[]).await.unwrap();
        client.read("POST", "/process/pty/p/resize", RESIZE, 200, Kind::Object(&TERMINAL)).await;
        let all = client.read("GET", "/process/pty", "", 200, TERMINALS).await;
        assert_eq!(all["sessions"].as_array().map(Vec::len), Some(1));
        use_up(terminal, habits.version).await;
    }
}

#[tokio::test]
async fn before_the_proxy_terminals_are_made_below_the_api_and_reached_by_the_preview_of_the_toolbox() {
    for habits in BEFORE_THE_PROXY {
        let client = Client::start(habits).await;
        let terminals = format!("/toolbox/{}/toolbox/process/pty", client.sandbox);
        let made = client.read_api("POST", &terminals, MAKE, 201, TERMINAL_MADE).await;
        assert_eq!(made, json!({ "sessionId": "p" }));
        let one = format!("{terminals}/p");
        let shown = client.read_api("GET", &one, "", 200, Kind::Object(&TERMINAL)).await;
        assert_eq!((&shown["active"], &shown["cols"]), (&json!(false), &json!(90)));
        let (url, token) = preview(&client).await;
        // It asks again for each socket, and sends the token beside the key.
        assert_eq!(preview(&client).await.0, url);
        let url = format!("{url}/process/pty/p/connect");
        let terminal = client.socket_at(&url, &[(TOKEN, &token)]).await.unwrap();
        let resize = format!("{one}/resize");
        client.read_api("POST", &resize, RESIZE, 200, Kind::Object(&TERMINAL)).await;
        let all = client.read_api("GET", &terminals, "", 200, TERMINALS).await;
        assert_eq!(all["sessions"].as_array().map(Vec::len), Some(1));
        assert_eq!(all["sessions"][0]["active"], true);
        use_up(terminal, habits.version).await;
        let refused = client.call_api("POST", &resize, RESIZE).await.status;
        assert_eq!(refused, client.call("POST", "/process/pty/p/resize", RESIZE).await.status);
        assert!(refused >= 400, "{refused}: its shell has ended");
        client.read_api("POST", &terminals, r#"{"id":"q"}"#, 201, TERMINAL_MADE).await;
        let deleted = client.call_api("DELETE", &format!("{terminals}/q"), "").await;
        assert_eq!(deleted.status, 200, "{}", deleted.text());
        let gone = client.call_api("GET", &format!("{terminals}/q"), "").await;
        assert_eq!(gone.status, 404, "{}", gone.text());
    }
}

#[tokio::test]
async fn the_preview_of_the_toolbox_lets_a_socket_in_by_its_token_or_a_key_and_nobody_else() {
    for form in [&[] as &[&str], &["--preview", "path"]] {
        let client = Client::start_with(Habits { version: "0.112.3", ..PYTHON }, form).await;
        client.read("POST", "/process/pty", r#"{"id":"p"}"#, 201, TERMINAL_MADE).await;
        let (url, token) = preview(&client).await;
        let url = format!("{url}/process/pty/p/connect");
        let bearer = format!("Bearer {KEY}");
        for headers in [vec![(TOKEN, token.as_str())], vec![("authorization", bearer.as_str())]] {
            let mut terminal = Socket::open(&url, &headers).await.unwrap_or_else(|_| panic!("{headers:?}"));
            assert_eq!(terminal.json().await["status"], "connected");
        }
        for headers in [Vec::new(), vec![(TOKEN, "wrong")]] {
            let (status, _, told) = Socket::refusal(Socket::open(&url, &headers).await);
            assert_eq!(status, 401, "{headers:?}: {told}");
        }
        // What is not there is told by a message: a handshake that fails says nothing to these clients.
        let unknown = url.replace("/pty/p/", "/pty/nothing/");
        let mut unknown =
            Socket::open(&unknown, &[(TOKEN, &token)]).await.unwrap_or_else(|_| panic!("refused"));
        assert_eq!(unknown.json().await["status"], "error");
    }
}

#[tokio::test]
async fn every_address_a_generation_finds_leads_to_the_same_terminals() {
    let client = Client::start(PYTHON).await;
    client.read("POST", "/process/pty", r#"{"id":"p"}"#, 201, TERMINAL_MADE).await;
    let told = async |path: &str, member: &str| {
        let answer = client.call_api("GET", path, "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()[member].as_str().unwrap().trim_end_matches('/').to_owned()
    };
    let sandbox = &client.sandbox;
    let of_sandbox = format!("/sandbox/{sandbox}");
    let bases = [
        format!("{}/api/toolbox/{sandbox}/toolbox", client.server.url),
        told(&format!("{of_sandbox}/ports/2280/preview-url"), "url").await,
        format!("{}/{sandbox}", told("/config", "proxyToolboxUrl").await),
        format!("{}/{sandbox}", told(&format!("{of_sandbox}/toolbox-proxy-url"), "url").await),
        format!("{}/{sandbox}", told(&of_sandbox, "toolboxProxyUrl").await),
    ];
    for base in bases {
        let path = base.strip_prefix(&client.server.url).unwrap_or_else(|| panic!("{base} is elsewhere"));
        let request = http::Request::get(format!("{path}/process/pty"))
            .header("authorization", format!("Bearer {KEY}"))
            .body(Full::default());
        let listed: Value = client.server.send(request.unwrap()).await.json();
        assert_eq!(listed["sessions"][0]["id"], "p", "{base}");
        let socket = format!("{}/process/pty/p/connect", base.replace("http://", "ws://"));
        let mut terminal = client.socket_at(&socket, &[]).await.unwrap_or_else(|_| panic!("{base}"));
        assert_eq!(terminal.json().await["status"], "connected", "{base}");
        terminal.binary("echo to-$((1+1))\n").await;
        terminal.until("to-2").await;
    }
}

#[tokio::test]
async fn a_version_as_the_only_sub_protocol_comes_back() {
    let client = Client::start(TYPESCRIPT).await;
    client.read("POST", "/process/pty", r#"{"id":"p","lazyStart":true}"#, 201, TERMINAL_MADE).await;
    // A browser can set no header.
    let offered = ("sec-websocket-protocol", "X-Daytona-SDK-Version~0.150.0");
    let mut terminal = client.socket("/process/pty/p/connect", &[offered]).await.unwrap();
    assert_eq!(terminal.chosen.as_deref(), Some("X-Daytona-SDK-Version~0.150.0"));
    assert_eq!(terminal.json().await["status"], "connected");
}
