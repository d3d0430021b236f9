//! Repositories, as the three clients call for them: the same methods, bodies and models everywhere (sdk-clients.md
//! §b.3, §b.4, §b.12). What a client does in its own way stands in its own module.

use serde_json::{Value, json};

use crate::client::{Client, Habits};
use crate::reading::Kind::{self, Flag, Integer, List, Object, Text};
use crate::reading::Shape;
use crate::reading::models::EXECUTED;

const COMMITTED: Kind = Object(&Shape { required: &[("hash", Text)], optional: &[] });
const COMMIT: Shape = Shape {
    required: &[("hash", Text), ("author", Text), ("email", Text), ("message", Text), ("timestamp", Text)],
    optional: &[],
};
const FILE: Shape = Shape {
    required: &[("name", Text), ("staging", Text), ("worktree", Text), ("extra", Text)],
    optional: &[],
};
const STATUS: Shape = Shape {
    required: &[("currentBranch", Text), ("fileStatus", List(&FILE))],
    optional: &[("ahead", Integer), ("behind", Integer), ("branchPublished", Flag)],
};
/// With what came later; a client that refuses unknown members must not meet it.
const NEW_STATUS: Shape = Shape {
    required: STATUS.required,
    optional: &[
        ("ahead", Integer),
        ("behind", Integer),
        ("branchPublished", Flag),
        ("detached", Flag),
        ("upstream", Text),
    ],
};
const REMOTES: Kind = Object(&Shape {
    required: &[("remotes", List(&Shape { required: &[("name", Text), ("url", Text)], optional: &[] }))],
    optional: &[],
});
const SETTING: Kind = Object(&Shape { required: &[], optional: &[("value", Text)] });

fn status_of(habits: Habits) -> Kind {
    Object(if habits.reading.takes_unknown_members { &NEW_STATUS } else { &STATUS })
}

/// A client with a bare repository `origin` and a repository `work` with one commit on `main`, by the client's methods.
pub(crate) async fn begun(habits: Habits) -> Client {
    let client = Client::start(habits).await;
    for body in [
        r#"{"path":"origin","bare":true,"initial_branch":"main"}"#,
        r#"{"path":"work","bare":false,"initial_branch":"main"}"#,
    ] {
        assert_eq!(client.told("POST", "/git/init", body).await, 201);
    }
    write(&client, "work/a", "one").await;
    assert_eq!(client.told("POST", "/git/add", r#"{"path":"work","files":["a"]}"#).await, 200);
    commit(&client, "First").await;
    client
}

pub(crate) async fn write(client: &Client, path: &str, text: &str) {
    let body = json!({ "command": format!("printf %s '{text}' > {path}") }).to_string();
    let done = client.read("POST", "/process/execute", &body, 200, EXECUTED).await;
    assert_eq!(done["exitCode"], 0, "{done}");
}

pub(crate) async fn commit(client: &Client, message: &str) -> String {
    let body = json!({ "path": "work", "message": message, "author": "Ann", "email": "ann@example.com", "allow_empty": true });
    let made = client.read("POST", "/git/commit", &body.to_string(), 200, COMMITTED).await;
    made["hash"].as_str().unwrap().to_owned()
}

pub(crate) async fn status(client: &Client, path: &str) -> Value {
    client.read("GET", &format!("/git/status?path={path}"), "", 200, status_of(client.habits)).await
}

/// Every method there is, each read as the client reads it.
pub(crate) async fn every_method(habits: Habits, branches: Kind) {
    let client = begun(habits).await;
    changes_are_told_file_by_file(&client).await;
    branches_come_and_go(&client, branches).await;
    work_travels_by_remotes(&client).await;
    work_is_undone(&client).await;
    settings_are_kept(&client).await;
}

async fn changes_are_told_file_by_file(client: &Client) {
    write(client, "work/a", "two").await;
    write(client, "work/b", "new").await;
    let told = status(client, "work").await;
    assert_eq!(told["currentBranch"], "main");
    let mut files: Vec<_> = told["fileStatus"].as_array().unwrap().clone();
    files.sort_by_key(|file| file["name"].to_string());
    assert_eq!(
        files,
        [
            json!({ "name": "a", "extra": "", "staging": "Unmodified", "worktree": "Modified" }),
            json!({ "name": "b", "extra": "", "staging": "Untracked", "worktree": "Untracked" }),
        ]
    );
    assert_eq!(client.told("POST", "/git/add", r#"{"path":"work","files":["."]}"#).await, 200);
    let hash = commit(client, "Second").await;
    let history = client.read("GET", "/git/history?path=work", "", 200, List(&COMMIT)).await;
    assert_eq!((&history[0]["hash"], &history[0]["message"]), (&json!(hash), &json!("Second")));
    assert_eq!(history.as_array().unwrap().len(), 2);
    assert_eq!(status(client, "work").await["fileStatus"], json!([]), "never null");
}

async fn branches_come_and_go(client: &Client, branches: Kind) {
    let body = r#"{"path":"work","name":"side"}"#;
    assert_eq!(client.told("POST", "/git/branches", body).await, 201);
    let listed = client.read("GET", "/git/branches?path=work", "", 200, branches).await;
    assert_eq!(listed["branches"], json!(["main", "side"]));
    assert_eq!(client.told("POST", "/git/checkout", r#"{"path":"work","branch":"main"}"#).await, 200);
    assert_eq!(client.told("DELETE", "/git/branches", body).await, 204);
    let listed = client.read("GET", "/git/branches?path=work", "", 200, branches).await;
    assert_eq!(listed["branches"], json!(["main"]));
}

async fn work_travels_by_remotes(client: &Client) {
    let body = r#"{"path":"work","name":"origin","url":"../origin","fetch":false,"overwrite":false}"#;
    assert_eq!(client.told("POST", "/git/remotes", body).await, 201);
    let remotes = client.read("GET", "/git/remotes?path=work", "", 200, REMOTES).await;
    assert_eq!(remotes, json!({ "remotes": [{ "name": "origin", "url": "../origin" }] }));
    let body = r#"{"path":"work","set_upstream":true}"#;
    assert_eq!(client.told("POST", "/git/push", body).await, 200);
    let body = r#"{"url":"origin","path":"copy","branch":"main"}"#;
    assert_eq!(client.told("POST", "/git/clone", body).await, 200);
    let copied = status(client, "copy").await;
    assert_eq!(
        (&copied["branchPublished"], &copied["ahead"], &copied["behind"]),
        (&json!(true), &json!(0), &json!(0))
    );
    commit(client, "Third").await;
    assert_eq!(client.told("POST", "/git/push", r#"{"path":"work"}"#).await, 200);
    assert_eq!(client.told("POST", "/git/pull", r#"{"path":"copy"}"#).await, 200);
    let history = client.read("GET", "/git/history?path=copy", "", 200, List(&COMMIT)).await;
    assert_eq!(history[0]["message"], "Third");
}

async fn work_is_undone(client: &Client) {
    write(client, "work/a", "three").await;
    let body = r#"{"path":"work","files":["a"],"worktree":true}"#;
    assert_eq!(client.told("POST", "/git/restore", body).await, 200);
    assert_eq!(status(client, "work").await["fileStatus"], json!([]));
    let body = r#"{"path":"work","mode":"hard","target":"HEAD~1"}"#;
    assert_eq!(client.told("POST", "/git/reset", body).await, 200);
    let history = client.read("GET", "/git/history?path=work", "", 200, List(&COMMIT)).await;
    assert_eq!(history[0]["message"], "Second");
}

async fn settings_are_kept(client: &Client) {
    let body = r#"{"path":"work","scope":"local","name":"Ann","email":"ann@example.com"}"#;
    assert_eq!(client.told("POST", "/git/config/user", body).await, 200);
    let body = r#"{"path":"work","scope":"local","key":"pull.ff","value":"only"}"#;
    assert_eq!(client.told("POST", "/git/config", body).await, 200);
    for (key, value) in [("user.name", "Ann"), ("pull.ff", "only")] {
        let path = format!("/git/config?key={key}&path=work&scope=local");
        assert_eq!(client.read("GET", &path, "", 200, SETTING).await, json!({ "value": value }));
    }
    let unset = client.read("GET", "/git/config?key=a.b&path=work&scope=local", "", 200, SETTING).await;
    assert_eq!(unset, json!({}));
    let body = r#"{"username":"ann","password":"sesame","host":"example.com","protocol":"https"}"#;
    assert_eq!(client.told("POST", "/git/credentials", body).await, 200);
}

/// What goes wrong is told by the codes that pick a client's class (sdk-clients.md §e).
pub(crate) async fn errors_are_known_by_their_codes(habits: Habits) {
    let client = begun(habits).await;
    assert_eq!(client.told("POST", "/git/branches", r#"{"path":"work","name":"side"}"#).await, 201);
    for (method, path, body, expected) in [
        ("GET", "/git/status?path=none", "", (404, "GIT_REPO_NOT_FOUND")),
        ("POST", "/git/clone", r#"{"url":"none","path":"x"}"#, (404, "GIT_REPO_NOT_FOUND")),
        ("POST", "/git/clone", r#"{"url":"git@example.com:a/b","path":"x"}"#, (401, "GIT_AUTH_FAILED")),
        ("POST", "/git/clone", r#"{"url":"origin","path":"work"}"#, (409, "CONFLICT")),
        ("POST", "/git/checkout", r#"{"path":"work","branch":"none"}"#, (404, "GIT_BRANCH_NOT_FOUND")),
        ("POST", "/git/branches", r#"{"path":"work","name":"main"}"#, (409, "GIT_BRANCH_EXISTS")),
        ("GET", "/git/status", "", (400, "BAD_REQUEST")),
        ("POST", "/git/add", r#"{"files":["a"]}"#, (400, "INVALID_REQUEST_BODY")),
        ("POST", "/git/init", r#"{"path":"work"}"#, (409, "CONFLICT")),
    ] {
        let refused = client.refused(method, path, body).await;
        assert_eq!((refused.status, refused.code.as_str()), expected, "{method} {path}: {}", refused.message);
        assert!(!refused.message.is_empty());
    }
    write(&client, "work/a", "changed").await;
    let body = r#"{"path":"work","name":"origin","url":"../origin"}"#;
    assert_eq!(client.told("POST", "/git/remotes", body).await, 201);
    let refused = client.refused("POST", "/git/pull", r#"{"path":"work"}"#).await;
    assert!(matches!(refused.status, 404 | 409), "{refused:?}");
}
