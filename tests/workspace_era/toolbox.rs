//! The toolbox at its older addresses: today's toolbox, with the shapes and names of the time.

use serde_json::{Value, json};

use crate::client::{Client, Manner};
use crate::support::TestServer;

#[tokio::test]
async fn only_the_older_addresses_have_the_older_shapes() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    let client = Client::new(&server, Manner::Json);
    let made = server.execute(&id, "mkdir r && cd r && git init -q && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one && touch new").await;
    assert_eq!(made, "");
    let legacy = client.get(&format!("/api/toolbox/{id}/toolbox/git/status?path=r")).await;
    assert_eq!(legacy["FileStatus[]"], legacy["fileStatus"]);
    assert_eq!(legacy["FileStatus[]"][0]["name"], "new");
    let today = client.get(&format!("/toolbox/{id}/git/status?path=r")).await;
    assert_eq!(today.get("FileStatus[]"), None);

    let sessions = "process/session";
    client.call("POST", &format!("/toolbox/{id}/{sessions}"), json!({ "sessionId": "s" })).await;
    let exec = json!({ "command": "echo \"<a>\"" });
    client.json(200, "POST", &format!("/toolbox/{id}/{sessions}/s/exec"), exec).await;
    let today = client.get(&format!("/toolbox/{id}/{sessions}/s")).await["commands"][0].clone();
    let names: Vec<&str> = today.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["id", "command", "exitCode"]);
    let legacy = client.get(&format!("/toolbox/{id}/toolbox/{sessions}/s")).await["commands"][0].clone();
    assert_eq!((&legacy["output"], &legacy["cmdId"]), (&json!("<a>\n"), &today["id"]));

    // Whoever puts the mark on a request of today is not believed.
    let path = format!("/toolbox/{id}/process/execute");
    let request = http::Request::post(&path)
        .header("authorization", "Bearer k")
        .header(dialect::LEGACY_ROUTE, "project")
        .body(bytes::Bytes::from_static(br#"{"command":"true"}"#).into());
    assert_eq!(server.send(request.unwrap()).await.json(), json!({ "exitCode": 0, "result": "" }));
}

#[tokio::test]
async fn a_long_list_of_sessions_tells_every_output_whole() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    let client = Client::new(&server, Manner::Json);
    let sessions = format!("/toolbox/{id}/toolbox/process/session");
    client.call("POST", &sessions, json!({ "sessionId": "s" })).await;
    for length in [200_000, 0, 70_000] {
        let exec = json!({ "command": format!("head -c {length} /dev/zero | tr '\\0' x") });
        client.json(200, "POST", &format!("{sessions}/s/exec"), exec).await;
    }
    let listed = client.get(&sessions).await;
    let outputs = listed[0]["commands"].as_array().unwrap().iter().map(|command| {
        // A session ends what its commands print with a line.
        let output = command["output"].as_str().unwrap().trim_end();
        (output.len(), output.trim_matches('x').len())
    });
    assert_eq!(outputs.collect::<Vec<_>>(), [(200_000, 0), (0, 0), (70_000, 0)]);
}

#[tokio::test]
async fn names_that_changed_since_lead_to_the_same_operations() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    let client = Client::new(&server, Manner::Json);
    for directory in ["project-dir", "user-home-dir", "work-dir"] {
        let told = client.get(&format!("/api/toolbox/{id}/toolbox/{directory}")).await;
        assert!(told["dir"].as_str().unwrap().starts_with('/'), "{told}");
    }
    // Neither is known by the name it had; both are by the one it has, and say what they lack.
    for (old, new) in [
        ("lsp/workspace-symbols?query=x", "lsp/workspacesymbols?query=x"),
        ("computeruse/status", "computeruse/process-status"),
        ("computeruse/screenshot?show_cursor=true", "computeruse/screenshot?showCursor=true"),
    ] {
        let old = client.call("GET", &format!("/api/toolbox/{id}/toolbox/{old}"), Value::Null).await;
        let new = client.call("GET", &format!("/api/toolbox/{id}/{new}"), Value::Null).await;
        let message = |answer: &crate::support::Answer| answer.json()["message"].clone();
        assert_eq!((old.status, message(&old)), (new.status, message(&new)), "{}", old.text());
        assert_ne!(old.text(), "404 page not found");
    }
    let unknown = client.call("GET", &format!("/api/toolbox/{id}/toolbox/nothing"), Value::Null).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn files_go_in_and_out_as_the_clients_of_the_time_send_them() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    let part =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"n\"\r\n\r\nhello\r\n--b--\r\n";
    let request = http::Request::post(format!("/api/toolbox/{id}/toolbox/files/upload?path=up.txt"))
        .header("authorization", "Bearer k")
        .header("content-type", "multipart/form-data; boundary=b")
        .body(bytes::Bytes::from_static(part.as_bytes()).into());
    let sent = server.send(request.unwrap()).await;
    assert!((200..300).contains(&sent.status), "{}", sent.text());
    let client = Client::new(&server, Manner::Json);
    let info = client.get(&format!("/api/toolbox/{id}/toolbox/files/info?path=up.txt")).await;
    for member in ["name", "isDir", "size", "modTime", "mode", "permissions", "owner", "group"] {
        assert!(info.get(member).is_some(), "{member}: {info}");
    }
    let replace = json!({ "files": ["up.txt"], "pattern": "hello", "newValue": "bye" });
    let replaced =
        client.json(200, "POST", &format!("/api/toolbox/{id}/toolbox/files/replace"), replace).await;
    assert_eq!(replaced[0]["success"], true);
    let read = client
        .call("GET", &format!("/api/toolbox/{id}/toolbox/files/download?path=up.txt"), Value::Null)
        .await;
    assert_eq!(read.text(), "bye");
}

#[tokio::test]
async fn commands_wrapped_by_the_clients_reach_the_inner_shell_whole() {
    let server = TestServer::start();
    let id = server.sandbox().await;
    // 0.15 to 0.155: a substitution inside double quotes that only the inner shell may see. 'ZGFyayAncmVkJw==' is
    // "dark 'red'".
    let command = "sh -c \"export SHADE=$(echo 'ZGFyayAncmVkJw==' | base64 -d); echo 'ZWNobyAiJFNIQURFIg==' | base64 -d | sh\"";
    for (version, path) in
        [(Some("0.15.0"), "/api/toolbox"), (Some("0.112.3"), "/api/toolbox"), (None, "/api/toolbox")]
    {
        let client = Client { server: &server, manner: Manner::Json, version };
        let path = format!("{path}/{id}/toolbox/process/execute");
        let ran = client.json(200, "POST", &path, json!({ "command": command })).await;
        assert_eq!(ran, json!({ "exitCode": 0, "result": "dark 'red'\n" }), "{version:?}");
    }
    let client = Client::of_version(&server, "0.155.0");
    let ran = client
        .json(200, "POST", &format!("/toolbox/{id}/process/execute"), json!({ "command": command }))
        .await;
    assert_eq!(ran["result"], "dark 'red'\n");
}
