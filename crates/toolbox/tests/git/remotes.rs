//! Clone, push, pull, the list of remotes: by path and through an HTTP server.

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::world::World;

async fn served() -> (World, Backend) {
    let world = World::with_repository();
    world.shell("cd repo; git tag v1; git push -q origin v1 main:dev");
    let backend = Backend::start(world.path("remotes")).await;
    (world, backend)
}

fn with_path(mut body: Value, path: &str) -> Value {
    body["path"] = json!(path);
    body
}

#[tokio::test]
async fn a_clone_holds_one_branch_and_follows_it() {
    let world = World::with_repository();
    world.shell("cd repo; git push -q origin main:dev; git tag v1; git push -q origin v1");
    world.done("clone", json!({"url": "remotes/origin.git", "path": "deep/er/all"})).await;
    world.done("clone", json!({"url": "remotes/origin.git", "path": "dev", "branch": "dev"})).await;
    let told = |path: &str| {
        world.shell(&format!("cd {path}; git branch -a --format='%(refname)'; git tag; cat a.txt"))
    };
    assert_eq!(
        told("deep/er/all"),
        "refs/heads/main\nrefs/remotes/origin/HEAD\nrefs/remotes/origin/main\nv1\none\n"
    );
    assert_eq!(told("dev"), "refs/heads/dev\nrefs/remotes/origin/dev\nv1\none\n");
    let status = world.get("/git/status?path=dev").await.body;
    assert_eq!((&status["branchPublished"], &status["upstream"]), (&json!(true), &json!("origin/dev")));
    let url = world.path("remotes/origin.git");
    assert_eq!(
        world.get("/git/remotes?path=dev").await.body,
        json!({"remotes": [{"name": "origin", "url": url.to_str().unwrap()}]})
    );
}

#[tokio::test]
async fn a_clone_joins_the_files_that_are_there_but_no_repository() {
    let world = World::with_repository();
    world.write("full/mine", "mine");
    world.done("clone", json!({"url": "remotes/origin.git", "path": "full"})).await;
    assert_eq!(world.shell("cd full; ls -A; git status -s"), ".git\na.txt\nmine\n?? mine\n");
    let answer = world.post("clone", json!({"url": "remotes/origin.git"})).await;
    assert_eq!(answer.error(), (409, "CONFLICT", "conflict: repository already exists"));
    world.write("other/mine", "mine");
    assert_eq!(world.post("clone", json!({"url": "nowhere", "path": "other"})).await.status, 404);
    assert_eq!(world.shell("ls -A other"), "mine\n");
}

#[tokio::test]
async fn a_clone_checks_out_a_commit_of_its_branch() {
    let world = World::with_repository();
    let first = world.shell("cd repo; git rev-parse HEAD; git commit -q --allow-empty -m two; git push -q");
    let other = world.shell("cd repo; git checkout -q -b o; git commit -q --allow-empty -m o; git push -q origin o; git rev-parse HEAD");
    let (first, other) = (first.trim(), other.trim());
    world.done("clone", json!({"url": "remotes/origin.git", "path": "c", "commit_id": first})).await;
    let status = world.get("/git/status?path=c").await.body;
    assert_eq!((&status["detached"], &status["fileStatus"]), (&json!(true), &json!([])));
    assert_eq!(world.shell("cd c; git rev-parse HEAD").trim(), first);
    for (number, commit) in [&first[..10], "nope", other].into_iter().enumerate() {
        let path = format!("left-{number}");
        let answer = world
            .post("clone", json!({"url": "remotes/origin.git", "path": path, "commit_id": commit}))
            .await;
        assert_eq!(answer.error(), (404, "NOT_FOUND", "not found: object not found"), "{commit}");
        assert_eq!(world.shell(&format!("cd {path}; git status -sb")), "## main...origin/main\n");
    }
    let url = "remotes/origin.git";
    world.done("clone", json!({"url": url, "path": "shallow", "depth": 1})).await;
    assert_eq!(world.get("/git/history?path=shallow").await.body.as_array().unwrap().len(), 1);
    let answer = world.post("clone", json!({"url": url, "path": "x", "depth": -1})).await;
    assert_eq!(
        answer.error(),
        (400, "INVALID_REQUEST_BODY", "invalid body request: depth must be non-negative, got -1")
    );
}

#[tokio::test]
async fn a_clone_that_fails_says_why_and_leaves_nothing() {
    let (world, backend) = served().await;
    world.shell("git init -q --bare remotes/empty.git; mkdir plain");
    let url = &backend.url;
    let before = world.shell("ls -A");
    let other = |text: &str| format!("internal server error: {text}");
    for (body, status, code, message) in [
        (json!({"url": "nowhere.git"}), 404, "GIT_REPO_NOT_FOUND", "repository not found".to_owned()),
        (json!({"url": "plain"}), 404, "GIT_REPO_NOT_FOUND", "repository not found".to_owned()),
        (
            json!({"url": "remotes/empty.git"}),
            404,
            "NOT_FOUND",
            "not found: remote repository is empty".to_owned(),
        ),
        (
            json!({"url": "remotes/origin.git", "branch": "nope"}),
            500,
            "INTERNAL_SERVER_ERROR",
            other("couldn't find remote ref \"refs/heads/nope\""),
        ),
        (
            json!({"url": "remotes/origin.git", "branch": "v1"}),
            500,
            "INTERNAL_SERVER_ERROR",
            other("couldn't find remote ref \"refs/heads/v1\""),
        ),
        (json!({"url": "git@example.com:a/b"}), 401, "GIT_AUTH_FAILED", "invalid auth method".to_owned()),
        (json!({"url": "ssh://example.com/a"}), 401, "GIT_AUTH_FAILED", "invalid auth method".to_owned()),
        (json!({"url": "ext::touch x"}), 401, "GIT_AUTH_FAILED", "invalid auth method".to_owned()),
        (json!({"url": "odd://x"}), 500, "INTERNAL_SERVER_ERROR", other("unsupported scheme \"odd\"")),
        (
            json!({"url": format!("{url}/open/nope.git")}),
            404,
            "GIT_REPO_NOT_FOUND",
            "repository not found".to_owned(),
        ),
        (
            json!({"url": format!("{url}/private/origin.git")}),
            401,
            "GIT_AUTH_FAILED",
            "authentication required".to_owned(),
        ),
        (
            json!({"url": format!("{url}/private/origin.git"), "username": "ann", "password": "wrong"}),
            401,
            "GIT_AUTH_FAILED",
            "authentication required".to_owned(),
        ),
        (
            json!({"url": format!("{url}/private/origin.git"), "username": "ann"}),
            401,
            "GIT_AUTH_FAILED",
            "authentication required".to_owned(),
        ),
        (
            json!({"url": format!("{url}/forbidden/origin.git")}),
            403,
            "FORBIDDEN",
            "forbidden: authorization failed".to_owned(),
        ),
        (
            json!({"url": format!("{url}/broken/origin.git").replace("http://", "http://ann:sesame@")}),
            500,
            "INTERNAL_SERVER_ERROR",
            other(&format!(
                "remote: out of order\nunable to access '{url}/broken/origin.git/': The requested URL returned error: 500"
            )),
        ),
    ] {
        let answer = world.post("clone", with_path(body.clone(), "c")).await;
        let (got, got_code, got_message) = answer.error();
        assert_eq!((got, got_code), (status, code), "{body}: {answer:?}");
        assert_eq!(got_message.replace("ann:***@", ""), message, "{body}");
        assert_eq!(world.shell("ls -A"), before, "{body}");
    }
    let answer = world.post("clone", json!({"url": "http://127.0.0.1:9/x.git", "path": "c"})).await;
    assert_eq!((answer.error().0, answer.error().1), (502, "GIT_TRANSPORT_FAILED"));
    assert!(answer.error().2.contains("127.0.0.1"), "{answer:?}");
}

#[tokio::test]
async fn credentials_open_a_remote_for_one_call_and_are_kept_nowhere() {
    let (world, backend) = served().await;
    let url = format!("{}/private/origin.git", backend.url);
    let secret = json!({"username": "ann", "password": "sesame"});
    let with = |mut body: Value| {
        body["username"] = secret["username"].clone();
        body["password"] = secret["password"].clone();
        body
    };
    world.done("clone", with(json!({"url": url, "path": "c", "branch": "dev"}))).await;
    assert_eq!(world.shell("grep -rl sesame c ~/.git* || true"), "");
    world.shell("cd c; echo two > b; git add b; git commit -qm two");
    for operation in ["push", "pull"] {
        let answer = world.post(operation, json!({"path": "c"})).await;
        assert_eq!(answer.error(), (401, "GIT_AUTH_FAILED", "authentication required"), "{operation}");
        world.done(operation, with(json!({"path": "c"}))).await;
    }
    assert_eq!(world.shell("git -C remotes/origin.git log -1 --format=%s dev"), "two\n");
    let wrong = json!({"path": "c", "username": "a\nb", "password": "x"});
    assert_eq!(world.post("push", wrong).await.error().1, "BAD_REQUEST");
    // In the address they are part of it, and are not shown.
    let open = url.replace("http://", "http://ann:sesame@");
    world.done("clone", json!({"url": open, "path": "d"})).await;
    let shown = world.get("/git/remotes?path=d").await.body["remotes"][0]["url"].clone();
    assert_eq!(shown, url.replace("http://", "http://ann@"));
    assert!(world.read("d/.git/config").contains("ann:sesame@"));
}

#[tokio::test]
async fn a_pull_moves_forward_or_not_at_all() {
    let world = World::with_repository();
    world.shell("cd repo; echo two >> a.txt; git commit -qam two; git push -q; git reset -q --hard HEAD~1");
    world.write("repo/a.txt", "dirty");
    assert_eq!(world.post("pull", json!({})).await.error().1, "GIT_DIRTY_WORKTREE");
    assert_eq!(world.shell("cd repo; cat a.txt; git log --format=%s"), "dirtyfirst\n");
    world.shell("cd repo; git checkout -q a.txt");
    for _ in 0..2 {
        world.done("pull", json!({})).await;
        assert_eq!(world.shell("cd repo; git log --format=%s"), "two\nfirst\n");
    }
    world.shell("cd repo; git reset -q --hard HEAD~1; echo 3 > b; git add b; git commit -qm three");
    assert_eq!(
        world.post("pull", json!({})).await.error(),
        (409, "GIT_PUSH_REJECTED", "non-fast-forward update")
    );
    assert_eq!(world.shell("cd repo; git log --format=%s"), "three\nfirst\n");
    world.shell("cd repo; git checkout -q --detach HEAD~1");
    world.done("pull", json!({})).await;
    assert_eq!(world.shell("cd repo; git log --format=%s"), "two\nfirst\n");
    for (body, message) in [
        (json!({"remote": "nope"}), "not found: remote not found"),
        (json!({"branch": "nope"}), "not found: reference not found"),
        (json!({"remote": "--upload-pack=touch x"}), "not found: remote not found"),
    ] {
        assert_eq!(world.post("pull", body).await.error(), (404, "NOT_FOUND", message));
    }
}

#[tokio::test]
async fn a_push_sends_the_branch_and_is_refused_by_name() {
    let world = World::with_repository();
    world.done("push", json!({})).await;
    world.shell("cd repo; git checkout -q -b dev; git commit -q --allow-empty -m d");
    world.done("push", json!({})).await;
    assert_eq!(
        world.shell("git -C remotes/origin.git branch; cd repo; git status -sb"),
        "  dev\n* main\n## dev\n"
    );
    world.done("push", json!({"set_upstream": true})).await;
    assert_eq!(world.get("/git/status?path=repo").await.body["upstream"], "origin/dev");
    world.done("push", json!({"branch": "nowhere"})).await;
    world.shell("cd repo; git commit -q --amend --allow-empty -m again");
    let answer = world.post("push", json!({})).await;
    assert_eq!(answer.error(), (409, "GIT_PUSH_REJECTED", "non-fast-forward update: refs/heads/dev"));
    world.shell(
        "printf '#!/bin/sh\\necho policy says no >&2; exit 1\\n' > remotes/origin.git/hooks/pre-receive
         chmod +x remotes/origin.git/hooks/pre-receive; cd repo; git checkout -q -b protected",
    );
    let answer = world.post("push", json!({})).await;
    assert_eq!((answer.error().0, answer.error().1), (422, "GIT_REMOTE_REJECTED"), "{answer:?}");
    assert!(answer.error().2.contains("policy says no"), "{answer:?}");
    world.shell("cd repo; git checkout -q --detach");
    assert_eq!(
        world.post("push", json!({})).await.error().2,
        "internal server error: command error on HEAD: funny refname"
    );
    world.shell("cd repo; git checkout -q main; git remote remove origin");
    assert_eq!(
        world.post("push", json!({})).await.error(),
        (404, "NOT_FOUND", "not found: remote not found")
    );
}

#[tokio::test]
async fn remotes_are_added_replaced_and_fetched() {
    let world = World::with_repository();
    let add = async |body: Value| world.post("remotes", body).await;
    assert_eq!(add(json!({"name": "far", "url": "https://u:secret@example.com/x"})).await.status, 201);
    let answer = add(json!({"name": "far", "url": "https://example.com/y"})).await;
    assert_eq!(answer.error(), (409, "CONFLICT", "conflict: remote already exists"));
    let shown = world.get("/git/remotes?path=repo").await.body["remotes"].clone();
    assert_eq!(shown[0], json!({"name": "far", "url": "https://u@example.com/x"}));
    assert_eq!(shown[1]["name"], "origin");
    let near = json!({"name": "far", "url": "remotes/origin.git", "overwrite": true, "fetch": true});
    assert_eq!(add(near).await.status, 201);
    assert_eq!(
        world.shell("cd repo; git config remote.far.fetch; git rev-parse --abbrev-ref far/main"),
        "+refs/heads/*:refs/remotes/far/*\nfar/main\n"
    );
    for name in ["a b", "-x", "a..b"] {
        let answer = add(json!({"name": name, "url": "x"})).await;
        assert_eq!(answer.error().2, "internal server error: invalid reference name", "{name}");
    }
    let gone = json!({"name": "gone", "url": "nowhere.git", "fetch": true});
    assert_eq!(add(gone).await.error().1, "GIT_REPO_NOT_FOUND");
    assert_eq!(world.get("/git/remotes?path=repo").await.body["remotes"][1]["name"], "gone");
}

#[tokio::test]
async fn the_operator_sends_public_addresses_to_a_mirror() {
    let mirrors = World::with_repository();
    let base = format!("url.{}/.insteadOf", mirrors.path("remotes").display());
    let world = World::with(|config| {
        config.git_settings = vec![
            (base.clone(), "https://git.example/team/".to_owned()),
            (base, "git@git.example:team/".to_owned()),
        ];
    });
    for (path, url) in
        [("a", "https://git.example/team/origin.git"), ("b", "git@git.example:team/origin.git")]
    {
        world.done("clone", json!({"url": url, "path": path})).await;
        assert_eq!(world.get(&format!("/git/remotes?path={path}")).await.body["remotes"][0]["url"], url);
        world.done("pull", json!({"path": path})).await;
    }
}
