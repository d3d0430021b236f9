//! Making, listing, sleeping, removing; both dialects over one sandbox (voidrun.md §2.3).

use serde_json::{Value, json};

use crate::client::{Stage, call, create};
use crate::support::TestServer;

/// Members without which that client gives a sandbox up.
const NEEDED: [&str; 8] = ["id", "name", "cpu", "mem", "orgId", "createdAt", "createdBy", "status"];

#[tokio::test]
async fn a_sandbox_has_everything_its_clients_insist_on() {
    let server = TestServer::start();
    let more = json!({
        "cpu": 2, "mem": 2048, "envVars": { "A": "1" }, "labels": { "team": "a" }, "publishPorts": [8080],
        "autoSleep": false, "region": "eu"
    });
    let made = create(&server, more).await;
    for sandbox in [&made, &call(&server, "GET", "/sandboxes", json!(null)).await.json()["data"][0]] {
        for name in NEEDED {
            let value = &sandbox[name];
            assert!(!value.is_null() && value != "" && value != 0, "{name} of {sandbox}");
        }
        assert_eq!((&sandbox["cpu"], &sandbox["mem"]), (&json!(2), &json!(2048)));
        assert_eq!((&sandbox["image"], &sandbox["status"]), (&json!("code:latest"), &json!("running")));
        assert_eq!((&sandbox["labels"], &sandbox["publishPorts"]), (&json!({ "team": "a" }), &json!([8080])));
        assert_eq!((&sandbox["autoSleep"], &sandbox["region"]), (&json!(false), &json!("eu")));
        assert!(sandbox.get("nodeId").is_none(), "it would rewrite the host of later calls");
        for id in ["id", "orgId", "createdBy"] {
            let id = sandbox[id].as_str().unwrap();
            assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        }
    }
    let id = made["id"].as_str().unwrap();
    let stage = Stage { server, id: id.to_owned() };
    assert_eq!(stage.exec("echo $A; id -un; echo $HOME; pwd").await.0, "1\nroot\n/root\n/root\n");
    let urls = stage.ok("GET", "/public-urls", json!(null)).await;
    assert_eq!(urls["data"][0]["port"], 8080);
    assert!(urls["data"][0]["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{urls}");
}

#[tokio::test]
async fn names_need_not_be_unique_and_the_list_has_pages_newest_first() {
    let server = TestServer::start();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(create(&server, json!({ "labels": { "n": ids.len().to_string() } })).await["id"].clone());
    }
    ids.reverse();
    let list = async |query: &str| {
        let answer = call(&server, "GET", &format!("/sandboxes{query}"), json!(null)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let page = |list: &Value| -> Vec<Value> {
        list["data"].as_array().unwrap().iter().map(|sandbox| sandbox["id"].clone()).collect()
    };
    let all = list("").await;
    assert_eq!(page(&all), ids);
    assert!(all["data"].as_array().unwrap().iter().all(|sandbox| sandbox["name"] == "sdbx-1"));
    assert_eq!(all["meta"], json!({ "page": 1, "limit": 20, "total": 3, "totalPages": 1 }));
    let second = list("?page=2&limit=2").await;
    assert_eq!(page(&second), ids[2..]);
    assert_eq!(second["meta"], json!({ "page": 2, "limit": 2, "total": 3, "totalPages": 2 }));
    assert_eq!(list("?page=x&limit=1000").await["meta"]["limit"], 100);
    let labelled = list("?labels=n%3D1").await;
    assert_eq!(page(&labelled), ids[1..2]);
    let malformed = call(&server, "GET", "/sandboxes?labels=nonsense", json!(null)).await;
    assert_eq!(malformed.status, 400);
}

#[tokio::test]
async fn sandboxes_that_cannot_be_are_refused_in_the_apis_words() {
    let server = TestServer::start();
    for (body, error) in [
        (json!({ "name": "Not-Plain" }), "invalid name: Not-Plain"),
        (json!({ "name": "a", "cpu": 9 }), "invalid cpu count: must be between 1 and 8"),
        (json!({ "name": "a", "mem": 512 }), "invalid memory size: must be between 1 GiB and 16 GiB"),
        (json!({ "name": "a", "publishPorts": [1, 2, 3, 4, 5] }), "too many publishPorts: 5 given, max is 4"),
        (json!({ "name": "a", "ports": [{ "protocol": "http", "port": 0 }] }), "invalid publishPort 0"),
        (json!({ "cpu": 1 }), "Name"),
    ] {
        let answer = call(&server, "POST", "/sandboxes", body).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.json()["error"].as_str().unwrap().contains(error), "{}", answer.text());
    }
    assert_eq!(call(&server, "GET", "/sandboxes", json!(null)).await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_sandbox_made_without_waiting_is_there_and_works() {
    let server = TestServer::start();
    let id = create(&server, json!({ "sync": false })).await["id"].as_str().unwrap().to_owned();
    let stage = Stage { server, id };
    assert_eq!(stage.exec("echo works").await.0, "works\n");
}

#[tokio::test]
async fn unknown_and_deleted_sandboxes_are_not_found_anywhere() {
    let stage = Stage::new().await;
    let deleted = stage.ok("DELETE", "", json!(null)).await;
    assert_eq!(deleted, json!({ "status": "success", "message": "Sandbox deleted" }));
    for id in [stage.id.as_str(), "0123456789abcdef01234567", "nonsense"] {
        for (method, rest) in [
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/exec"),
            ("POST", "/sleep"),
            ("GET", "/commands/list"),
            ("GET", "/files"),
            ("GET", "/pty/sessions"),
            ("GET", "/public-urls"),
        ] {
            let answer = call(&stage.server, method, &format!("/sandboxes/{id}{rest}"), json!(null)).await;
            assert_eq!(
                (answer.status, answer.json()),
                (404, json!({ "error": "Sandbox not found" })),
                "{method} {rest}"
            );
        }
    }
    assert_eq!(stage.socket("/pty").await.err(), Some(404));
}

#[tokio::test]
async fn each_client_generation_finds_its_own_word_for_sleep() {
    let stage = Stage::new().await;
    let status = async || stage.ok("GET", "", json!(null)).await["data"]["status"].clone();
    for (sleep, asleep, wake) in
        [("sleep", "snapshotted", "wake"), ("stop", "stopped", "start"), ("pause", "paused", "resume")]
    {
        stage.exec(&format!("echo {sleep} > ~/kept")).await;
        stage.ok("POST", &format!("/{sleep}"), json!(null)).await;
        assert_eq!(status().await, asleep);
        let again = stage.call("POST", &format!("/{sleep}"), json!(null)).await;
        assert_eq!(again.status, 500, "it is not running: {}", again.text());
        stage.ok("POST", &format!("/{wake}"), json!(null)).await;
        assert_eq!(status().await, "running");
        assert_eq!(stage.exec("cat ~/kept").await.0, format!("{sleep}\n"));
        assert_eq!(
            stage.call("POST", &format!("/{wake}"), json!(null)).await.status,
            500,
            "it is not asleep"
        );
    }
    stage.ok("POST", "/sleep", json!(null)).await;
    assert_eq!(stage.exec("cat ~/kept").await.0, "pause\n", "whatever needs it wakes it");
    assert_eq!(status().await, "running");
}

#[tokio::test]
async fn processes_and_terminals_live_through_a_sleep() {
    let stage = Stage::new().await;
    let pid = stage.run("sleep 1000").await;
    let session = stage.ok("POST", "/pty/sessions", json!(null)).await["data"]["sessionId"].clone();
    stage.ok("POST", "/sleep", json!(null)).await;
    assert_eq!(stage.ok("GET", "", json!(null)).await["data"]["status"], "snapshotted");
    stage.ok("POST", "/wake", json!(null)).await;
    let list = stage.ok("GET", "/commands/list", json!(null)).await;
    assert_eq!(list["processes"][0]["pid"], pid);
    assert_eq!(stage.exec(&format!("kill -0 {pid}")).await.2, 0);
    let sessions = stage.ok("GET", "/pty/sessions", json!(null)).await;
    assert_eq!(sessions["data"]["sessions"][0]["id"], session);
}

#[tokio::test]
async fn a_published_port_answers_at_its_address() {
    let server = TestServer::start();
    let made = create(&server, json!({ "ports": [{ "protocol": "http", "port": 8123 }] })).await;
    assert_eq!(made["ports"], json!([{ "protocol": "http", "port": 8123 }]));
    let stage = Stage { server, id: made["id"].as_str().unwrap().to_owned() };
    if stage.exec("command -v python3").await.2 != 0 {
        return;
    }
    stage.exec("mkdir -p /root/www; echo found > /root/www/page").await;
    let pid = stage.run("exec python3 -u -m http.server 8123 --directory /root/www").await;
    stage.follow("/commands/attach", json!({ "pid": pid })).await.until("Serving HTTP").await;
    let urls = stage.ok("GET", "/public-urls", json!(null)).await;
    let url = urls["data"][0]["url"].as_str().unwrap();
    let authority = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    assert_eq!(crate::wire::fetch(&authority, "/page").await, (200, "found\n".to_owned()));
}

#[tokio::test]
async fn whether_it_sleeps_when_idle_can_be_changed_and_nothing_else() {
    let stage = Stage::new().await;
    assert_eq!(stage.ok("GET", "", json!(null)).await["data"]["autoSleep"], true);
    let updated = stage.ok("PATCH", "", json!({ "autoSleep": false })).await;
    assert_eq!(
        (&updated["message"], &updated["data"]["autoSleep"]),
        (&json!("Sandbox updated"), &json!(false))
    );
    for body in [json!({}), json!({ "autoSleep": "no" }), json!(null)] {
        let refused = stage.call("PATCH", "", body).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("Invalid request body")));
    }
}

#[tokio::test]
async fn both_dialects_see_one_sandbox_in_their_own_words() {
    let stage = Stage::new().await;
    let listed = stage.server.request("GET", "/api/sandbox", Value::Null).await.json();
    let found = listed.as_array().or_else(|| listed["items"].as_array()).unwrap()[0].clone();
    let other = found["id"].as_str().unwrap();
    assert_eq!((&found["name"], &found["state"]), (&json!("sdbx-1"), &json!("started")));
    stage.exec("echo from one > ~/shared").await;
    assert_eq!(stage.server.execute(other, "cat ~/shared").await, "from one\n");
    stage.ok("POST", "/sleep", json!(null)).await;
    let state = stage.server.request("GET", &format!("/api/sandbox/{other}"), Value::Null).await.json();
    assert!(["stopped", "paused"].contains(&state["state"].as_str().unwrap()), "{state}");

    let theirs = stage.server.sandbox().await;
    let all = call(&stage.server, "GET", "/sandboxes", Value::Null).await.json();
    let id = theirs.replace('-', "")[..24].to_owned();
    let seen = all["data"].as_array().unwrap().iter().find(|sandbox| sandbox["id"] == id.as_str()).unwrap();
    assert_eq!(seen["status"], "running");
    let stage = Stage { id, ..stage };
    assert_eq!(stage.exec("echo back").await.0, "back\n");
    assert!(stage.ok("GET", "/files", json!(null)).await["data"]["files"].is_array(), "/root is its home");
    stage.ok("DELETE", "", json!(null)).await;
    assert_eq!(
        stage.server.request("GET", &format!("/toolbox/{theirs}/version"), Value::Null).await.status,
        404
    );
}

#[tokio::test]
async fn what_no_server_ever_had_answers_the_documented_error() {
    let stage = Stage::new().await;
    assert_eq!(stage.ok("GET", "/snapshots", json!(null)).await, json!([]));
    let made = stage.call("POST", "/snapshot", json!(null)).await;
    assert_eq!(
        (made.status, made.json()),
        (500, json!({ "error": "Snapshot failed", "details": "snapshots are not supported" }))
    );
    let whole = json!({ "new_id": "a", "snapshot_path": "/x", "orgId": "0123456789abcdef01234567" });
    let restored = call(&stage.server, "POST", "/sandboxes/restore", whole).await;
    assert_eq!((restored.status, restored.json()), (404, json!({ "error": "Snapshot not found" })));
    assert_eq!(call(&stage.server, "POST", "/sandboxes/restore", json!({})).await.status, 400);
    for rest in ["/snapshots", "/snapshot"] {
        let method = if rest == "/snapshots" { "GET" } else { "POST" };
        let path = format!("/sandboxes/0123456789abcdef01234567{rest}");
        let unknown = call(&stage.server, method, &path, json!(null)).await;
        assert_eq!(
            (unknown.status, unknown.json()),
            (404, json!({ "error": "Sandbox not found" })),
            "{rest}"
        );
    }
}

#[tokio::test]
async fn ports_published_later_take_the_place_of_those_before_in_either_form() {
    let server = TestServer::start();
    let id = create(&server, json!({ "publishPorts": [8080] })).await["id"].as_str().unwrap().to_owned();
    let stage = Stage { server, id };
    let changed = stage.ok("PATCH", "/publish-ports", json!({ "publishPorts": [9090] })).await;
    assert_eq!(changed["data"]["publishPorts"], json!([9090]));
    let objects = json!({ "ports": [{ "protocol": "http", "port": 9091 }] });
    let changed = stage.ok("PATCH", "/publish-ports", objects.clone()).await;
    assert_eq!((&changed["data"]["ports"], changed["data"].get("publishPorts")), (&objects["ports"], None));
    for body in [json!({ "publishPorts": [1, 1] }), json!({ "publishPorts": [0] }), json!({}), json!(null)] {
        let refused = stage.call("PATCH", "/publish-ports", body.clone()).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text());
    }
    let urls = stage.ok("GET", "/public-urls", json!(null)).await;
    let ports: Vec<&Value> = urls["data"].as_array().unwrap().iter().map(|url| &url["port"]).collect();
    assert_eq!(ports, [&json!(9091)], "what was refused changed nothing");
    stage.ok("PATCH", "/publish-ports", json!({ "publishPorts": [] })).await;
    assert_eq!(stage.ok("GET", "/public-urls", json!(null)).await["data"], json!([]));
}
