//! Clone, push, pull and the list of remotes (toolbox-files-git-desktop.md §3.2, §3.4, §3.5).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{
    GitAddRemoteRequest, GitCloneRequest, GitPullRequest, GitPushRequest, GitRemote, ListRemotesResponse,
};
use engine::Engine;
use engine::git::{AddRemoteRequest, CloneRequest, Credentials, PullRequest, PushRequest};
use http::{StatusCode, Uri};

use super::{done, finished, required};
use crate::errors::Failure;
use crate::request::Bound;
use crate::{Shared, go_json};

pub(super) async fn clone(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitCloneRequest>,
) -> Result<StatusCode, Failure> {
    let depth = request.depth.unwrap_or_default();
    if depth < 0 {
        return Err(Failure::invalid_body(&format!("depth must be non-negative, got {depth}")));
    }
    let clone = CloneRequest {
        url: request.url,
        path: request.path,
        branch: request.branch,
        commit: request.commit_id,
        credentials: Credentials::both(request.username, request.password),
        insecure: request.insecure_skip_tls.unwrap_or_default(),
        // Zero is all of it, and so is more than git can count.
        depth: i32::try_from(depth).ok().filter(|depth| *depth > 0).map(i32::unsigned_abs),
    };
    done(toolbox, StatusCode::OK, |engine| async move { engine.git_clone(&clone).await }).await
}

pub(super) async fn pull(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitPullRequest>,
) -> Result<StatusCode, Failure> {
    let path = request.path;
    let pull = PullRequest {
        remote: request.remote,
        branch: request.branch,
        credentials: Credentials::both(request.username, request.password),
    };
    done(toolbox, StatusCode::OK, |engine| async move { engine.git_pull(&path, &pull).await }).await
}

pub(super) async fn push(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitPushRequest>,
) -> Result<StatusCode, Failure> {
    let path = request.path;
    let push = PushRequest {
        remote: request.remote,
        branch: request.branch,
        set_upstream: request.set_upstream.unwrap_or_default(),
        credentials: Credentials::both(request.username, request.password),
    };
    done(toolbox, StatusCode::OK, |engine| async move { engine.git_push(&path, &push).await }).await
}

pub(super) async fn list(State(toolbox): State<Shared>, uri: Uri) -> Result<Response, Failure> {
    let path = required(&uri, "path")?;
    let listed = finished(toolbox, |engine| async move { engine.git_remotes(&path).await }).await?;
    let remotes = listed.into_iter().map(|remote| GitRemote { name: remote.name, url: remote.url });
    Ok(go_json::response(StatusCode::OK, &ListRemotesResponse { remotes: remotes.collect() }))
}

pub(super) async fn add(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitAddRemoteRequest>,
) -> Result<StatusCode, Failure> {
    let path = request.path;
    let remote = AddRemoteRequest {
        name: request.name,
        url: request.url,
        fetch: request.fetch.unwrap_or_default(),
        overwrite: request.overwrite.unwrap_or_default(),
    };
    let add = |engine: Arc<Engine>| async move { engine.git_add_remote(&path, &remote).await };
    done(toolbox, StatusCode::CREATED, add).await
}
