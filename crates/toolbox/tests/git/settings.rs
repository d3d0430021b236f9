//! Init, configuration, credentials.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_repository_is_made_once_with_the_branch_asked_for() {
    let world = World::new();
    world.shell("git config --global init.defaultBranch trunk; mkdir -p t/hooks; touch t/hooks/x; git config --global init.templateDir ~/t");
    assert_eq!(world.post("init", json!({"path": "deep/er"})).await.status, 201);
    assert_eq!(
        world.shell("cat deep/er/.git/HEAD; test -e deep/er/.git/hooks || echo bare of hooks"),
        "ref: refs/heads/master\nbare of hooks\n"
    );
    let answer = world.post("init", json!({"path": "deep/er"})).await;
    assert_eq!(answer.error(), (409, "CONFLICT", "conflict: repository already exists"));
    world.done("init", json!({"path": "b.git", "bare": true, "initial_branch": "dev"})).await;
    assert_eq!(world.shell("cat b.git/HEAD; ls b.git"), "ref: refs/heads/dev\nHEAD\nconfig\nobjects\nrefs\n");
    assert_eq!(world.post("init", json!({"path": "b.git", "bare": true})).await.status, 409);
    let answer = world.post("init", json!({"path": "x", "initial_branch": "a..b"})).await;
    assert_eq!(answer.error().2, "internal server error: invalid reference name");
    // A bare repository has branches, but no files.
    assert_eq!(world.get("/git/branches?path=b.git").await.body, json!({"branches": [], "current": "dev"}));
    assert_eq!(
        world.get("/git/status?path=b.git").await.error().2,
        "internal server error: worktree not available in a bare repository"
    );
}

#[tokio::test]
async fn settings_are_read_from_and_written_to_one_file() {
    let world = World::with_repository();
    let get = async |query: &str| world.get(&format!("/git/config?{query}")).await;
    assert_eq!(get("key=user.name").await.body, json!({}));
    world.done("config", json!({"key": "user.name", "value": "-Ann ü", "path": ""})).await;
    assert_eq!(get("key=user.name").await.body, json!({"value": "-Ann ü"}));
    assert_eq!(world.shell("git config --global user.name"), "-Ann ü\n");
    assert_eq!(get("key=user.name&scope=local&path=repo").await.body, json!({}));
    world.done("config/user", json!({"name": "Bob", "email": "b@c", "scope": "local"})).await;
    assert_eq!(get("key=user.email&scope=local&path=repo").await.body, json!({"value": "b@c"}));
    assert_eq!(world.shell("cd repo; git config user.name"), "Bob\n");
    world.done("config", json!({"key": "a.b.c", "value": "v", "scope": "local", "path": "plain"})).await;
    assert_eq!(world.read("plain/config"), "[a \"b\"]\n\tc = v\n");
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_in_the_daemons_words() {
    let world = World::new();
    let user = json!({"name": "a", "email": "b", "scope": "local", "path": ""});
    let answer = world.post("config/user", user).await;
    assert_eq!(answer.error().2, "internal server error: local config scope requires a repository path");
    let key = "invalid config key \"nodot\" (expected section.name or section.subsection.name)";
    let scope = "unsupported config scope \"odd\" (supported: global, local, system)";
    for (query, body, status, message) in [
        ("key=nodot", json!({"key": "nodot", "value": "v"}), 500, format!("internal server error: {key}")),
        (
            "key=a.b&scope=odd",
            json!({"key": "a.b", "value": "v", "scope": "odd"}),
            500,
            format!("internal server error: {scope}"),
        ),
        (
            "key=a.b&scope=local",
            json!({"key": "a.b", "value": "v", "scope": "local", "path": ""}),
            400,
            "bad request: path is required when scope is local".to_owned(),
        ),
    ] {
        let got: [(u16, String); 2] =
            [world.get(&format!("/git/config?{query}")).await, world.post("config", body).await]
                .map(|answer| (answer.error().0, answer.error().2.to_owned()));
        assert_eq!(got, [(status, message.clone()), (status, message)], "{query}");
    }
    assert_eq!(world.get("/git/config").await.error().2, "bad request: key is required");
}

#[tokio::test]
async fn credentials_go_to_the_users_store() {
    let world = World::new();
    let store = async |body: Value| world.post("credentials", body).await;
    assert_eq!(store(json!({"username": "ann", "password": "p@ss"})).await.status, 200);
    assert_eq!(
        store(json!({"username": "u", "password": "p", "host": "h", "protocol": "http"})).await.status,
        200
    );
    let stored = world.read(".git-credentials");
    assert!(
        stored.contains("https://ann:p%40ss@github.com\n") && stored.contains("http://u:p@h\n"),
        "{stored}"
    );
    assert_eq!(world.shell("git config --global credential.helper"), "store\n");
    let answer = store(json!({"username": "a\nhost=x", "password": "p"})).await;
    assert_eq!(
        answer.error(),
        (400, "BAD_REQUEST", "bad request: credential fields must not contain newline or NUL characters")
    );
}
