//! One life in each epoch.

use serde_json::{Value, json};

use crate::client::{Client, Manner};
use crate::support::{TestServer, eventually};

/// The text of a workspace's metadata, read as the clients read it.
fn metadata(holder: &Value) -> Value {
    serde_json::from_str(holder["providerMetadata"].as_str().expect("text")).expect("text that parses")
}

#[tokio::test]
async fn e0_makes_a_workspace_with_a_project_and_runs_commands_in_it() {
    let server = TestServer::start();
    let client = Client::new(&server, Manner::Unnamed);
    let id = "sandbox-1a2b3c4d";
    let repository = json!({
        "branch": "main", "cloneTarget": "branch", "id": "hello", "name": "hello", "owner": "someone",
        "sha": "0", "source": "github.com", "url": "https://example.com/hello.git",
    });
    let body = json!({
        "id": id, "name": id, "target": "local",
        "projects": [{
            "name": "main", "image": "python:3.12", "envVars": { "GREETING": "hello" },
            "source": { "repository": repository },
        }],
    });
    let created = client.json(200, "POST", "/api/workspace", body).await;
    assert_eq!(
        (&created["id"], &created["name"], &created["target"]),
        (&json!(id), &json!(id), &json!("local"))
    );
    let seen = client.get(&format!("/api/workspace/{id}")).await;
    let project = &seen["projects"][0];
    for (member, value) in [
        ("name", json!("main")),
        ("image", json!("python:3.12")),
        ("user", json!("daytona")),
        ("target", json!("local")),
        ("workspaceId", json!(id)),
        ("envVars", json!({ "GREETING": "hello" })),
    ] {
        assert_eq!(project[member], value, "{member}");
    }
    assert_eq!(
        (&project["repository"]["url"], &project["repository"]["sha"]),
        (&repository["url"], &json!("0"))
    );
    assert_eq!((&project["info"]["name"], &project["info"]["isRunning"]), (&json!("main"), &json!(true)));
    assert_eq!(metadata(&project["info"])["state"], "started");

    let toolbox = format!("/api/workspace/{id}/main/toolbox");
    let execute = format!("{toolbox}/process/execute");
    let ran = client.json(200, "POST", &execute, json!({ "command": "echo $GREETING; exit 3" })).await;
    assert_eq!(ran, json!({ "code": 3, "result": "hello\n" }));
    let directory = client.get(&format!("{toolbox}/project-dir")).await["dir"].as_str().unwrap().to_owned();
    let folder = format!("{toolbox}/files/folder?path={directory}/made&mode=0755");
    assert_eq!(client.call("POST", &folder, Value::Null).await.status, 201);
    let files = client.get(&format!("{toolbox}/files?path={directory}")).await;
    assert!(files.as_array().unwrap().iter().any(|file| file["name"] == "made"), "{files}");

    let labels = json!({ "labels": { "team": "red" } });
    let labelled = client.json(200, "PUT", &format!("/api/workspace/{id}/labels"), labels).await;
    assert_eq!(labelled["labels"], json!({ "team": "red" }));
    stop_and_start(&client, "/api", id, |workspace| {
        metadata(&workspace["projects"][0]["info"])["state"].clone()
    })
    .await;
    assert_eq!(client.call("DELETE", &format!("/api/workspace/{id}"), Value::Null).await.status, 200);
}

/// Stops and starts a workspace, polling as the clients do; `state` is where they look for it.
async fn stop_and_start(client: &Client<'_>, base: &str, id: &str, state: impl Fn(&Value) -> Value) {
    for (verb, wanted) in [("stop", "stopped"), ("start", "started")] {
        let answer = client.call("POST", &format!("{base}/workspace/{id}/{verb}"), Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["id"], id);
        eventually(wanted, async || state(&client.get(&format!("{base}/workspace/{id}")).await) == wanted)
            .await;
    }
}

/// What npm 0.7.0 sends, in its order: that package can no longer be installed.
#[tokio::test]
async fn e1_in_typescript_0_7_0_goes_through_its_whole_surface() {
    let server = TestServer::start();
    let client = Client::new(&server, Manner::Form);
    let id = "sandbox-0a1b2c3d";
    // Created at the root: the client appends to whatever base it was given.
    let body = json!({ "id": id, "name": id, "env": { "SHADE": "dark red" }, "target": "us" });
    let created = client.json(200, "POST", "/workspace", body).await;
    assert_eq!((&created["id"], &created["state"]), (&json!(id), &json!("started")));
    assert_eq!(client.get(&format!("/workspace/{id}")).await["state"], "started");

    let toolbox = format!("/toolbox/{id}/toolbox");
    let execute = format!("{toolbox}/process/execute");
    let ran = client.json(200, "POST", &execute, json!({ "command": "echo $SHADE" })).await;
    assert_eq!(ran, json!({ "exitCode": 0, "result": "dark red\n" }));
    // codeRun: Python whatever the language, decoded by Python itself.
    let code = r#"python3 -c "exec(__import__('base64').b64decode('cHJpbnQoNiAqIDcp').decode())""#;
    let ran = client.json(200, "POST", &execute, json!({ "command": code, "timeout": 10 })).await;
    assert_eq!(ran, json!({ "exitCode": 0, "result": "42\n" }));
    let late = client.json(408, "POST", &execute, json!({ "command": "sleep 60", "timeout": 1 })).await;
    assert_eq!((&late["statusCode"], &late["message"]), (&json!(408), &json!("command execution timeout")));

    let sessions = format!("{toolbox}/process/session");
    let session = json!({ "sessionId": "s1" });
    assert_eq!(client.call("POST", &sessions, session.clone()).await.status, 201);
    let twice = client.json(409, "POST", &sessions, session).await;
    assert!(twice["message"].as_str().unwrap().contains("session already exists"), "{twice}");
    let exec = format!("{sessions}/s1/exec");
    let waited = json!({ "command": "KEPT=yes; echo out; echo err >&2", "async": false });
    let first = client.json(200, "POST", &exec, waited).await;
    assert_eq!((&first["exitCode"], sorted(&first["output"])), (&json!(0), "err out".to_owned()));
    let second = client.json(202, "POST", &exec, json!({ "command": "echo $KEPT", "async": true })).await;
    let command = second["cmdId"].as_str().unwrap();
    let logs = format!("{sessions}/s1/command/{command}/logs");
    eventually("the output", async || client.call("GET", &logs, Value::Null).await.text() == "yes\n").await;
    let answer = client.call("GET", &logs, Value::Null).await;
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain"));

    let commands = client.get(&sessions).await[0]["commands"].clone();
    assert_eq!(commands[1]["command"], "echo $KEPT");
    for command in commands.as_array().unwrap() {
        // Clients of this version read cmdId, those of the next id; all of these must be there.
        assert_eq!(command["cmdId"], command["id"]);
        assert!(command["exitCode"].is_i64() && command["output"].is_string(), "{command}");
    }
    assert_eq!(client.call("DELETE", &format!("{sessions}/s1"), Value::Null).await.status, 204);
    let gone = client.json(404, "GET", &format!("{sessions}/s1"), Value::Null).await;
    assert_eq!((&gone["statusCode"], gone["message"].is_string()), (&json!(404), true));

    stop_and_start(&client, "", id, |workspace| workspace["state"].clone()).await;
    assert_eq!(client.call("DELETE", &format!("/workspace/{id}?force=true"), Value::Null).await.status, 200);
}

/// Both streams of a log come together, in whatever order they were read.
fn sorted(output: &Value) -> String {
    let mut lines: Vec<&str> = output.as_str().unwrap().lines().collect();
    lines.sort_unstable();
    lines.join(" ")
}

#[tokio::test]
async fn e1_in_python_0_9_1_reads_state_from_the_text_and_commands_one_by_one() {
    let server = TestServer::start();
    let client = Client::new(&server, Manner::Json);
    let id = "sandbox-99887766";
    let body = json!({
        "id": id, "name": id, "image": "debian:12", "user": "daytona", "env": { "A": "1" }, "target": "eu",
        "labels": { "code-toolbox-language": "python" }, "public": false, "autoStopInterval": 30, "cpu": 2, "memory": 4,
    });
    let created = client.json(200, "POST", "/api/workspace", body).await;
    assert_eq!((&created["image"], &created["target"]), (&json!("debian:12"), &json!("eu")));
    assert_eq!((&created["cpu"], &created["memory"], &created["disk"]), (&json!(2), &json!(4), &json!(3)));
    let text = metadata(&created["info"]);
    assert_eq!(
        (&text["state"], &text["autoStopInterval"], &text["cpu"]),
        (&json!("started"), &json!(30), &json!(2))
    );
    assert!(text["nodeDomain"].is_string() && created["info"]["created"].is_string());

    let sessions = format!("/api/toolbox/{id}/toolbox/process/session");
    client.call("POST", &sessions, json!({ "sessionId": "s" })).await;
    let exec = json!({ "command": "read line; exit 0$line", "async": true });
    let begun = client.json(202, "POST", &format!("{sessions}/s/exec"), exec).await;
    // 0.11 to 0.13 lose the answer and look for the command by its text at once.
    let session = client.get(&format!("{sessions}/s")).await;
    assert_eq!((&session["sessionId"], &session["commands"][0]["id"]), (&json!("s"), &begun["cmdId"]));
    let command = format!("{sessions}/s/command/{}", begun["cmdId"].as_str().unwrap());
    let running = client.get(&command).await;
    assert_eq!((&running["command"], running.get("exitCode")), (&json!("read line; exit 0$line"), None));
    client.call("POST", &format!("{command}/input"), json!({ "data": "4" })).await;
    eventually("the exit code", async || client.get(&command).await["exitCode"] == 4).await;

    let interval = client.call("POST", &format!("/api/workspace/{id}/autostop/0"), Value::Null).await;
    assert_eq!((interval.status, &interval.json()["autoStopInterval"]), (200, &json!(0)));
}

#[tokio::test]
async fn e2_leaves_the_id_to_the_server_and_reads_the_members_themselves() {
    let server = TestServer::start();
    let client = Client::of_version(&server, "0.17.0");
    let created = client.json(200, "POST", "/api/workspace", json!({ "labels": { "a": "b" } })).await;
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["name"], created["id"]);
    for member in ["cpu", "gpu", "memory", "disk", "autoStopInterval", "autoArchiveInterval"] {
        assert!(created[member].is_i64(), "{member}: {created}");
    }
    assert!(created["organizationId"].is_string() && created["state"] == "started");
    assert_eq!((&created["target"], &created["class"]), (&json!("us"), &json!("small")));

    let port = client.get(&format!("/api/workspace/{id}/ports/2280/preview-url")).await;
    let url = port["url"].as_str().unwrap();
    assert_eq!(url, format!("{}/toolbox/{id}", server.url));
    let request = http::Request::get(format!("/toolbox/{id}/version"))
        .header("x-daytona-preview-token", port["token"].as_str().unwrap());
    let opened = server.send(request.body(bytes::Bytes::new().into()).unwrap()).await;
    assert_eq!(opened.status, 200, "{}", opened.text());

    let archived = client.call("POST", &format!("/api/workspace/{id}/autoarchive/60"), Value::Null).await;
    assert_eq!(archived.json()["autoArchiveInterval"], 60);
    let public = client.call("POST", &format!("/api/workspace/{id}/public/true"), Value::Null).await;
    assert_eq!(public.json()["public"], true);
    let large = client.json(200, "POST", "/api/workspace", json!({ "class": "large" })).await;
    assert_eq!((&large["class"], &large["cpu"], &large["memory"]), (&json!("large"), &json!(4), &json!(8)));
}

#[tokio::test]
async fn a_deleted_workspace_can_be_read_for_a_moment_and_its_name_is_free() {
    let server = TestServer::start();
    let client = Client::new(&server, Manner::Json);
    let body = json!({ "id": "one", "name": "same" });
    client.json(200, "POST", "/api/workspace", body).await;
    let gone = client.call("DELETE", "/api/workspace/one?force=true", Value::Null).await;
    assert_eq!(gone.status, 200);
    let read = client.get("/api/workspace/one").await;
    assert!(["destroying", "destroyed"].contains(&read["state"].as_str().unwrap()), "{read}");
    assert_eq!(client.get("/api/workspace").await, json!([]));
    client.json(200, "POST", "/api/workspace", json!({ "id": "two", "name": "same" })).await;
}

#[tokio::test]
async fn errors_tell_their_status_and_a_message_in_the_body() {
    let server = TestServer::start();
    let client = Client::new(&server, Manner::Json);
    for (method, path, body, status, message) in [
        ("GET", "/api/workspace/none", Value::Null, 404, "Workspace with ID none not found"),
        ("POST", "/workspace/none/start", Value::Null, 404, "Workspace with ID none not found"),
        ("PUT", "/api/workspace/none/labels", json!({}), 404, "Workspace with ID none not found"),
        (
            "GET",
            "/api/toolbox/none/toolbox/files",
            Value::Null,
            404,
            "Sandbox with ID or name none not found",
        ),
        (
            "GET",
            "/api/workspace/none/main/toolbox/files",
            Value::Null,
            404,
            "Workspace with ID none not found",
        ),
        ("POST", "/api/workspace", json!({ "cpu": "two" }), 400, ""),
        ("POST", "/api/workspace", json!({ "id": "a/b" }), 400, ""),
        ("GET", "/api/workspace?labels=x", Value::Null, 400, "Invalid labels JSON format"),
    ] {
        let told = client.json(status, method, path, body).await;
        assert_eq!(told["statusCode"], status, "{told}");
        assert!(told["message"].as_str().unwrap().contains(message), "{told}");
    }
    client.json(200, "POST", "/api/workspace", json!({ "id": "taken" })).await;
    let taken = client.json(409, "POST", "/api/workspace", json!({ "id": "taken", "name": "b" })).await;
    assert_eq!(taken["message"], "Workspace with ID taken already exists");
    client.call("POST", "/api/workspace/taken/stop", Value::Null).await;
    for (path, thing) in [("toolbox/taken", "Sandbox"), ("workspace/taken/main", "Workspace")] {
        let told = client.json(400, "GET", &format!("/api/{path}/toolbox/files"), Value::Null).await;
        assert_eq!(told["message"], format!("{thing} is not running"));
    }
    let stranger = http::Request::get("/api/workspace").body(bytes::Bytes::new().into()).unwrap();
    assert_eq!(server.send(stranger).await.status, 401);
}
