//! Init, configuration and credentials (toolbox-files-git-desktop.md §3.5).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{
    GitAuthenticateRequest, GitConfigResponse, GitConfigureUserRequest, GitInitRequest, GitSetConfigRequest,
};
use engine::Engine;
use engine::git::{CredentialEntry, Credentials, InitRequest, Scope};
use http::{StatusCode, Uri};

use super::{done, finished, parameter, required};
use crate::errors::Failure;
use crate::request::Bound;
use crate::{Shared, go_json};

pub(super) async fn init(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitInitRequest>,
) -> Result<StatusCode, Failure> {
    let init = InitRequest {
        path: request.path,
        bare: request.bare.unwrap_or_default(),
        initial_branch: request.initial_branch,
    };
    done(toolbox, StatusCode::CREATED, |engine| async move { engine.git_init(&init).await }).await
}

pub(super) async fn get(State(toolbox): State<Shared>, uri: Uri) -> Result<Response, Failure> {
    let key = required(&uri, "key")?;
    let (scope, path) = place(&parameter(&uri, "scope"), Some(parameter(&uri, "path")))?;
    let get = |engine: Arc<Engine>| async move { engine.git_setting(scope, path.as_deref(), &key).await };
    let value = finished(toolbox, get).await?;
    Ok(go_json::response(StatusCode::OK, &GitConfigResponse { value }))
}

pub(super) async fn set(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitSetConfigRequest>,
) -> Result<StatusCode, Failure> {
    let (scope, path) = place(&request.scope.unwrap_or_default(), request.path)?;
    let set = |engine: Arc<Engine>| async move {
        engine.git_set_setting(scope, path.as_deref(), &request.key, &request.value).await
    };
    done(toolbox, StatusCode::OK, set).await
}

pub(super) async fn set_user(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitConfigureUserRequest>,
) -> Result<StatusCode, Failure> {
    let scope = Scope::parse(&request.scope.unwrap_or_default())?;
    let set = |engine: Arc<Engine>| async move {
        engine.git_set_user(scope, request.path.as_deref(), &request.name, &request.email).await
    };
    done(toolbox, StatusCode::OK, set).await
}

pub(super) async fn store_credentials(
    State(toolbox): State<Shared>,
    Bound(request): Bound<GitAuthenticateRequest>,
) -> Result<StatusCode, Failure> {
    let entry = CredentialEntry {
        credentials: Credentials { username: request.username, password: request.password },
        host: request.host,
        protocol: request.protocol,
    };
    done(toolbox, StatusCode::OK, |engine| async move { engine.git_store_credentials(&entry).await }).await
}

/// A scope by its name; the local one asks for a path.
fn place(scope: &str, path: Option<String>) -> Result<(Scope, Option<String>), Failure> {
    let path = path.filter(|path| !path.is_empty());
    let scope = Scope::parse(scope)?;
    if scope == Scope::Local && path.is_none() {
        return Err(Failure::bad_request("path is required when scope is local"));
    }
    Ok((scope, path))
}
