//! What happens in a repository (toolbox-files-git-desktop.md §3.3–§3.5).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{
    self, FileStatus, GitAddRequest, GitBranchRequest, GitCheckoutRequest, GitCommitInfo, GitCommitRequest,
    GitCommitResponse, GitDeleteBranchRequest, GitResetRequest, GitRestoreRequest, GitStatus,
    ListBranchResponse,
};
use dialect::{ClientGeneration, LegacyRoute};
use engine::Engine;
use engine::git::{Change, CommitRequest, ResetMode, ResetRequest, RestoreRequest, Status};
use http::{HeaderMap, StatusCode, Uri};
use serde::Serialize;

use super::{done, finished, required};
use crate::errors::Failure;
use crate::request::Bound;
use crate::{Shared, go_json};

pub(super) async fn status(
    State(toolbox): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    let path = required(&uri, "path")?;
    let status = finished(toolbox, |engine| async move { engine.git_status(&path).await }).await?;
    let status = status_wire(status, takes_new_members(&headers));
    if LegacyRoute::of(&headers).is_some() {
        return Ok(go_json::response(StatusCode::OK, &LegacyStatus::of(&status)));
    }
    Ok(go_json::response(StatusCode::OK, &status))
}

pub(super) async fn history(State(toolbox): State<Shared>, uri: Uri) -> Result<Response, Failure> {
    let path = required(&uri, "path")?;
    let commits = finished(toolbox, |engine| async move { engine.git_history(&path).await }).await?;
    let commits = commits.into_iter().map(|commit| GitCommitInfo {
        hash: commit.hash,
        author: commit.author,
        email: commit.email,
        message: commit.message,
        timestamp: commit.timestamp,
    });
    Ok(go_json::response(StatusCode::OK, &commits.collect::<Vec<_>>()))
}

pub(super) async fn branches(
    State(toolbox): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    let path = required(&uri, "path")?;
    let listed = finished(toolbox, |engine| async move { engine.git_branches(&path).await }).await?;
    let current = listed.current.filter(|_| takes_new_members(&headers));
    Ok(go_json::response(StatusCode::OK, &ListBranchResponse { branches: listed.names, current }))
}

pub(super) async fn create_branch(
    State(toolbox): State<Shared>,
    Bound(GitBranchRequest { path, name }): Bound<GitBranchRequest>,
) -> Result<StatusCode, Failure> {
    done(toolbox, StatusCode::CREATED, |engine| async move { engine.git_create_branch(&path, &name).await })
        .await
}

pub(super) async fn delete_branch(
    State(toolbox): State<Shared>,
    Bound(GitDeleteBranchRequest { path, name }): Bound<GitDeleteBranchRequest>,
) -> Result<StatusCode, Failure> {
    let delete = |engine: Arc<Engine>| async move { engine.git_delete_branch(&path, &name).await };
    done(toolbox, StatusCode::NO_CONTENT, delete).await
}

pub(super) async fn checkout(
    State(toolbox): State<Shared>,
    Bound(GitCheckoutRequest { path, branch }): Bound<GitCheckoutRequest>,
) -> Result<StatusCode, Failure> {
    done(toolbox, StatusCode::OK, |engine| async move { engine.git_checkout(&path, &branch).await }).await
}

pub(super) async fn add(
    State(toolbox): State<Shared>,
    Bound(GitAddRequest { path, files }): Bound<GitAddRequest>,
) -> Result<StatusCode, Failure> {
    done(toolbox, StatusCode::OK, |engine| async move { engine.git_add(&path, &files).await }).await
}

pub(super) async fn commit(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitCommitRequest>,
) -> Result<Response, Failure> {
    let commit = CommitRequest {
        message: request.message,
        author: request.author,
        email: request.email,
        allow_empty: request.allow_empty.unwrap_or_default(),
    };
    let path = request.path;
    let hash = finished(toolbox, |engine| async move { engine.git_commit(&path, &commit).await }).await?;
    Ok(go_json::response(StatusCode::OK, &GitCommitResponse { hash }))
}

pub(super) async fn reset(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitResetRequest>,
) -> Result<StatusCode, Failure> {
    let path = request.path;
    let reset = ResetRequest {
        mode: ResetMode::parse(&request.mode.unwrap_or_default())?,
        target: request.target.unwrap_or_default(),
        files: request.files.unwrap_or_default(),
    };
    done(toolbox, StatusCode::OK, |engine| async move { engine.git_reset(&path, &reset).await }).await
}

pub(super) async fn restore(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitRestoreRequest>,
) -> Result<StatusCode, Failure> {
    let path = request.path;
    let restore = RestoreRequest {
        files: request.files,
        staged: request.staged,
        worktree: request.worktree,
        source: request.source,
    };
    done(toolbox, StatusCode::OK, |engine| async move { engine.git_restore(&path, &restore).await }).await
}

/// Old clients in Go refuse members they do not know (toolbox-files-git-desktop.md §1.1).
fn takes_new_members(headers: &HeaderMap) -> bool {
    !ClientGeneration::from_headers(headers).refuses_new_members()
}

fn status_wire(status: Status, new_members: bool) -> GitStatus {
    let files = status.files.into_iter().map(|file| FileStatus {
        name: file.name,
        extra: String::new(),
        staging: word(file.staging),
        worktree: word(file.worktree),
    });
    GitStatus {
        file_status: files.collect(),
        branch_published: Some(status.upstream.is_some()),
        ahead: Some(i64::from(status.ahead)),
        behind: Some(i64::from(status.behind)),
        detached: (status.branch.is_none() && new_members).then_some(true),
        upstream: status.upstream.filter(|_| new_members),
        // Clients insist on a name.
        current_branch: status.branch.unwrap_or_else(|| "HEAD".to_owned()),
    }
}

/// What the older addresses answer: the list once more, under the name some clients look for by a slip in their schema
/// (legacy-clients.md §6.12).
#[derive(Serialize)]
struct LegacyStatus<'a> {
    #[serde(flatten)]
    status: &'a GitStatus,
    #[serde(rename = "FileStatus[]")]
    file_status: &'a [FileStatus],
}

impl<'a> LegacyStatus<'a> {
    fn of(status: &'a GitStatus) -> Self {
        Self { status, file_status: &status.file_status }
    }
}

fn word(change: Change) -> types::Status {
    match change {
        Change::Unmodified => types::Status::Unmodified,
        Change::Untracked => types::Status::Untracked,
        Change::Modified => types::Status::Modified,
        Change::Added => types::Status::Added,
        Change::Deleted => types::Status::Deleted,
        Change::Renamed => types::Status::Renamed,
        Change::Copied => types::Status::Copied,
    }
}
