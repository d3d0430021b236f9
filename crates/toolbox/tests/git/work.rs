//! State, history, branches, index.

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_status_says_where_the_branch_is_and_what_became_of_each_file() {
    let world = World::with_repository();
    assert_eq!(
        world.get("/git/status?path=repo").await.body.to_string(),
        r#"{"currentBranch":"main","fileStatus":[],"branchPublished":true,"ahead":0,"behind":0,"upstream":"origin/main"}"#
    );
    world.shell(
        "cd repo; printf '*.log\\n' > .gitignore; echo x > gone; echo m > moved; echo e > executed; git add .
         git commit -qm second; git mv moved elsewhere; rm gone; chmod +x executed; echo two >> a.txt; git add a.txt
         echo three >> a.txt; mkdir -p 'new dir'; touch 'new dir/ü 1' 'new dir/2' x.log",
    );
    assert_eq!(
        world.states().await,
        [
            "a.txt Modified Modified",
            "elsewhere Added Unmodified",
            "executed Unmodified Modified",
            "gone Unmodified Deleted",
            "moved Deleted Unmodified",
            "new dir/2 Untracked Untracked",
            "new dir/ü 1 Untracked Untracked",
        ]
    );
    let status = world.get("/git/status?path=repo").await.body;
    assert_eq!((&status["ahead"], &status["behind"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn conflicts_are_changes_on_both_sides() {
    let world = World::with_repository();
    world.shell(
        "cd repo; git checkout -q -b other; echo other > a.txt; git commit -qam o; git checkout -q main
         echo main > a.txt; git commit -qam m; git merge other >/dev/null || true",
    );
    assert_eq!(world.states().await, ["a.txt Modified Modified"]);
    let commit = json!({"message": "m", "author": "A", "email": "a@b"});
    let answer = world.post("commit", commit).await;
    assert_eq!((answer.error().0, answer.error().1), (409, "GIT_MERGE_CONFLICT"));
}

#[tokio::test]
async fn a_commit_checked_out_is_called_head_and_detached_but_not_to_old_clients_in_go() {
    let world = World::with_repository();
    world.shell("cd repo; git checkout -q --detach");
    let status = world.get("/git/status?path=repo").await.body;
    assert_eq!((&status["currentBranch"], &status["detached"]), (&json!("HEAD"), &json!(true)));
    world.shell("cd repo; git checkout -q main");
    let as_go = async |version: &str, path: &str| {
        let request = Request::get(path).header("x-daytona-source", "sdk-go");
        world.send(request.header("x-daytona-sdk-version", version).body(Body::empty()).unwrap()).await.body
    };
    for (version, known) in [("0.187.0", false), ("0.188.0", true)] {
        let status = as_go(version, "/git/status?path=repo").await;
        assert_eq!(status.get("upstream").is_some(), known, "{version}: {status}");
        let branches = as_go(version, "/git/branches?path=repo").await;
        assert_eq!(branches.get("current").is_some(), known, "{version}: {branches}");
    }
}

#[tokio::test]
async fn only_the_root_of_a_repository_is_one() {
    let world = World::with_repository();
    world.shell("mkdir repo/inner; cd repo; git worktree add -q ../linked 2>/dev/null");
    for path in ["repo/inner", "nowhere", ".", "linked", "repo/a.txt", "/etc"] {
        let answer = world.get(&format!("/git/status?path={path}")).await;
        assert_eq!(answer.error(), (404, "GIT_REPO_NOT_FOUND", "repository does not exist"), "{path}");
        let answer = world.post("add", json!({"path": path, "files": []})).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(world.get("/git/status").await.error(), (400, "BAD_REQUEST", "bad request: path is required"));
    let answer = world.call(Method::POST, "/git/add", &json!({"path": "repo"})).await;
    assert_eq!(
        answer.error().2,
        "invalid body request: invalid request body: Key: 'GitAddRequest.Files' Error:Field validation for 'Files' failed on the 'required' tag"
    );
}

#[tokio::test]
async fn a_repository_without_commits_has_no_state_and_no_history_but_a_branch() {
    let world = World::new();
    world.done("init", json!({})).await;
    for operation in ["status", "history"] {
        let answer = world.get(&format!("/git/{operation}?path=repo")).await;
        assert_eq!(answer.error(), (404, "NOT_FOUND", "not found: reference not found"), "{operation}");
    }
    let branches = world.get("/git/branches?path=repo").await.body;
    assert_eq!(branches, json!({"branches": [], "current": "master"}));
    assert_eq!(world.post("branches", json!({"name": "x"})).await.status, 404);
}

#[tokio::test]
async fn history_is_told_newest_first_with_messages_as_they_are() {
    let world = World::with_repository();
    world.shell(
        "cd repo; GIT_AUTHOR_DATE='2024-02-01T00:00:00Z' git commit -q --allow-empty -m $'second\n\nbody ü'",
    );
    let history = world.get("/git/history?path=repo").await.body;
    let told: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|commit| {
            (commit["message"].as_str().unwrap(), commit["timestamp"].as_str().unwrap(), &commit["author"])
        })
        .collect();
    assert_eq!(
        told,
        [
            ("second\n\nbody ü\n", "2024-02-01T00:00:00Z", &json!("Ann")),
            ("first\n", "2024-01-02T03:04:05+02:00", &json!("Ann")),
        ]
    );
}

#[tokio::test]
async fn files_are_staged_up_to_the_first_that_is_nothing() {
    let world = World::with_repository();
    world.shell(
        "cd repo; printf '*.log\\n' > .git/info/exclude; touch 1 2 3 x.log; mkdir d; touch d/4 d/5; rm a.txt",
    );
    let answer = world.post("add", json!({"files": ["1", "./2", "d", "a.txt", "x.log", "nope", "3"]})).await;
    assert_eq!(answer.error(), (500, "INTERNAL_SERVER_ERROR", "internal server error: entry not found"));
    assert_eq!(
        world.states().await,
        [
            "1 Added Unmodified",
            "2 Added Unmodified",
            "3 Untracked Untracked",
            "a.txt Deleted Unmodified",
            "d/4 Added Unmodified",
            "d/5 Added Unmodified",
        ]
    );
    let absolute = world.path("repo/3");
    for file in ["*", "[3]", ":/", "../repo/3", absolute.to_str().unwrap()] {
        assert_eq!(world.post("add", json!({"files": [file]})).await.status, 500, "{file}");
    }
    world.shell("cd repo; git reset -q");
    for files in [json!([]), json!(["a.txt", "x.log", "3"]), json!(["x.log"]), json!(["."])] {
        assert_eq!(world.post("add", json!({"files": files})).await.status, 200);
    }
    assert!(world.states().await.contains(&"3 Added Unmodified".to_owned()));
}

#[tokio::test]
async fn a_commit_holds_what_is_staged_and_runs_no_hook() {
    let world = World::with_repository();
    world.shell(
        "cd repo; for hook in pre-commit commit-msg post-commit; do
           printf '#!/bin/sh\\ntouch hooked; exit 1\\n' > .git/hooks/$hook; chmod +x .git/hooks/$hook; done
         git config core.hooksPath .git/hooks; git config commit.gpgSign true; git config user.name Other
         echo two >> a.txt",
    );
    let commit = json!({"message": "# no comment\n\nbody", "author": "Bob <b>", "email": "bob@example.com"});
    let clean = (
        500,
        "INTERNAL_SERVER_ERROR",
        "internal server error: cannot create empty commit: clean working tree",
    );
    assert_eq!(world.post("commit", commit.clone()).await.error(), clean);
    world.done("add", json!({"files": ["a.txt"]})).await;
    let answer = world.post("commit", commit.clone()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let said = world.shell("cd repo; git log -1 --format='%H|%an|%ae|%cn|%B'; ls");
    let hash = answer.body["hash"].as_str().unwrap();
    assert_eq!(said, format!("{hash}|Bob b|bob@example.com|Bob b|# no comment\n\nbody\na.txt\n"));
    assert_eq!(world.post("commit", commit.clone()).await.error(), clean);
    let mut empty = commit;
    empty["allow_empty"] = json!(true);
    world.done("commit", empty).await;
}

#[tokio::test]
async fn a_branch_is_made_from_head_switched_to_and_keeps_staged_work() {
    let world = World::with_repository();
    world.write("repo/new", "new");
    world.done("add", json!({"files": ["new"]})).await;
    assert_eq!(world.post("branches", json!({"name": "a/b"})).await.status, 201);
    assert_eq!(world.states().await, ["new Added Unmodified"]);
    let branches = world.get("/git/branches?path=repo").await.body;
    assert_eq!(branches, json!({"branches": ["a/b", "main"], "current": "a/b"}));
    let answer = world.post("branches", json!({"name": "main"})).await;
    assert_eq!(answer.error(), (409, "GIT_BRANCH_EXISTS", "branch already exists"));
    for name in ["a..b", "-q", "@{-1}", "x y", "HEAD"] {
        let answer = world.post("branches", json!({"name": name})).await;
        assert_eq!(answer.error().2, "internal server error: invalid reference name", "{name}");
    }
    world.write("repo/a.txt", "dirty");
    let answer = world.post("branches", json!({"name": "late"})).await;
    assert_eq!(answer.error(), (409, "GIT_DIRTY_WORKTREE", "worktree contains unstaged changes"));
    assert_eq!(world.get("/git/branches?path=repo").await.body["current"], "late");
    assert_eq!(world.read("repo/a.txt"), "dirty");
}

#[tokio::test]
async fn a_branch_is_deleted_whatever_it_is() {
    let world = World::with_repository();
    world.shell(
        "cd repo; git checkout -q -b unmerged; git commit -q --allow-empty -m x; git checkout -q main",
    );
    for name in ["unmerged", "nowhere", "a..b", "main"] {
        let body = json!({"path": "repo", "name": name});
        assert_eq!(world.call(Method::DELETE, "/git/branches", &body).await.status, 204, "{name}");
    }
    assert_eq!(world.get("/git/branches?path=repo").await.body["branches"], json!([]));
    assert_eq!(world.get("/git/status?path=repo").await.status, 404);
    let request = Request::delete("/git/branches?path=repo&name=x").body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.error().2, "invalid body request: invalid request body: EOF");
}

#[tokio::test]
async fn checkout_goes_to_branches_and_full_hashes_only() {
    let world = World::with_repository();
    let hash = world.shell("cd repo; git branch other; git tag v1; git rev-parse HEAD").trim().to_owned();
    for target in ["v1", "origin/main", &hash[..12], "nope", "-", "--detach", "HEAD", &"0".repeat(40)] {
        let answer = world.post("checkout", json!({"branch": target})).await;
        let message = format!("branch \"{target}\" not found: branch not found");
        assert_eq!(answer.error(), (404, "GIT_BRANCH_NOT_FOUND", message.as_str()));
    }
    world.write("repo/untracked", "");
    for target in ["other", "other", &hash, "main"] {
        world.done("checkout", json!({"branch": target})).await;
    }
    assert_eq!(world.states().await, ["untracked Untracked Untracked"]);
}

#[tokio::test]
async fn checkout_loses_no_work() {
    let world = World::with_repository();
    world.shell(
        "cd repo; git checkout -q -b other; echo other > a.txt; git commit -qam o; git checkout -q main",
    );
    world.write("repo/a.txt", "dirty");
    let dirty = (409, "GIT_DIRTY_WORKTREE", "worktree contains unstaged changes");
    assert_eq!(world.post("checkout", json!({"branch": "other"})).await.error(), dirty);
    world.done("add", json!({"files": ["a.txt"]})).await;
    assert_eq!(world.post("checkout", json!({"branch": "other"})).await.error(), dirty);
    assert_eq!(world.post("checkout", json!({"branch": "main"})).await.status, 200);
    assert_eq!(
        (world.read("repo/a.txt").as_str(), world.states().await),
        ("dirty", vec!["a.txt Modified Unmodified".to_owned()])
    );
}

#[tokio::test]
async fn a_reset_goes_as_far_as_its_mode_says() {
    let world = World::with_repository();
    world.shell("cd repo; echo two >> a.txt; git commit -qam second; git tag two");
    for (mode, states) in [
        ("soft", vec!["a.txt Modified Unmodified"]),
        ("mixed", vec!["a.txt Unmodified Modified"]),
        ("", vec!["a.txt Unmodified Modified"]),
        ("hard", vec![]),
        ("merge", vec![]),
        ("keep", vec![]),
    ] {
        world.shell("cd repo; git reset -q --hard two");
        world.done("reset", json!({"mode": mode, "target": "HEAD~1"})).await;
        assert_eq!(world.states().await, states, "{mode}");
    }
    world.write("repo/a.txt", "dirty");
    for mode in ["merge", "keep"] {
        let answer = world.post("reset", json!({"mode": mode, "target": "two"})).await;
        assert_eq!(answer.error().1, "GIT_DIRTY_WORKTREE", "{mode}");
    }
    let answer = world.post("reset", json!({"mode": "gentle"})).await;
    assert_eq!(
        answer.error().2,
        r#"internal server error: unsupported reset mode "gentle" (supported: soft, mixed, hard, merge, keep)"#
    );
    for target in ["nope", "--hard", "two..main"] {
        let answer = world.post("reset", json!({"target": target})).await;
        assert_eq!(answer.error(), (404, "NOT_FOUND", "not found: reference not found"), "{target}");
    }
    assert_eq!(world.read("repo/a.txt"), "dirty");
}

#[tokio::test]
async fn a_reset_of_files_leaves_the_others() {
    let world = World::with_repository();
    world.shell("cd repo; echo b > b; git add b; git commit -qm b; echo 2 > b; echo 2 > a.txt; git add .");
    world.done("reset", json!({"files": ["b", "nope"]})).await;
    assert_eq!(world.states().await, ["a.txt Modified Unmodified", "b Unmodified Modified"]);
    world.done("reset", json!({"mode": "hard", "files": ["a.txt", "nope"]})).await;
    assert_eq!(world.states().await, ["b Unmodified Modified"]);
}

#[tokio::test]
async fn a_restore_takes_back_what_is_asked_for() {
    let world = World::with_repository();
    let make = "cd repo; git reset -q --hard; echo staged > a.txt; git add a.txt; echo work > a.txt";
    for (how, states, content) in [
        (json!({}), "a.txt Modified Unmodified", "staged\n"),
        (json!({"staged": true}), "a.txt Unmodified Modified", "work\n"),
        (json!({"staged": true, "worktree": true}), "", "one\n"),
        (json!({"source": "HEAD"}), "a.txt Modified Modified", "one\n"),
        (json!({"source": "HEAD", "staged": true, "worktree": true}), "", "one\n"),
    ] {
        world.shell(make);
        let mut body = how.clone();
        body["files"] = json!(["a.txt"]);
        world.done("restore", body).await;
        assert_eq!(
            (world.states().await.join(","), world.read("repo/a.txt")),
            (states.to_owned(), content.to_owned()),
            "{how}"
        );
    }
    let refused = async |body: Value| world.post("restore", body).await.error().2.to_owned();
    let failed = "internal server error: ";
    assert_eq!(refused(json!({"files": []})).await, format!("{failed}at least one path is required"));
    assert_eq!(
        refused(json!({"files": ["a.txt"], "staged": false})).await,
        format!("{failed}at least one of staged or worktree must be true")
    );
    for file in [".", "*.txt", "nope", "/etc/passwd"] {
        assert_eq!(
            refused(json!({"files": [file]})).await,
            format!("{failed}pathspec \"{file}\" did not match any file(s) known to git")
        );
    }
    assert_eq!(
        refused(json!({"files": ["a.txt"], "source": "nope"})).await,
        "not found: reference not found"
    );
    world.done("restore", json!({"files": ["nope"], "staged": true})).await;
}
