//! What the daemon says of itself and what it is told: version, directories, environment, token, metrics
//! (toolbox-processes.md §7.2, toolbox-files-git-desktop.md §5).

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{
    InitializeRequest, SystemMetrics, UpdateEnvRequest, UserHomeDirResponse, WorkDirResponse,
};
use dialect::Routes;
use engine::variables::Change;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use crate::errors::Failure;
use crate::request::Bound;
use crate::{Shared, go_json};

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("GetVersion", version)
        .serve("GetUserHomeDir", user_home_dir)
        .serve("GetProjectDir", user_home_dir)
        .serve("GetWorkDir", work_dir)
        .serve("Initialize", initialize)
        .serve("UpdateEnv", update_env)
        .serve("GetSystemMetrics", system_metrics)
}

#[derive(Serialize)]
struct Version<'a> {
    version: &'a str,
}

async fn version(State(toolbox): State<Shared>) -> Response {
    go_json::response(StatusCode::OK, &Version { version: &toolbox.version })
}

/// Also the answer to the older `/project-dir`.
async fn user_home_dir(State(toolbox): State<Shared>) -> Response {
    let dir = toolbox.engine.config().home.to_string_lossy().into_owned();
    go_json::response(StatusCode::OK, &UserHomeDirResponse { dir })
}

async fn work_dir(State(toolbox): State<Shared>) -> Response {
    let dir = toolbox.engine.config().work_dir.to_string_lossy().into_owned();
    go_json::response(StatusCode::OK, &WorkDirResponse { dir })
}

#[derive(Serialize)]
struct Done {
    message: &'static str,
}

/// The token would go along with telemetry, and there is none: nothing of a sandbox leaves the machine. Requests are not
/// held against it by the real daemon either.
async fn initialize(Bound(InitializeRequest { token: _ }): Bound<InitializeRequest>) -> Response {
    let message = "Auth token set and telemetry initialized successfully";
    go_json::response(StatusCode::OK, &Done { message })
}

async fn update_env(
    State(toolbox): State<Shared>,
    Bound(request): Bound<UpdateEnvRequest>,
) -> Result<Response, Failure> {
    let change = Change {
        unset_by_value: request.unset_value_prefix.unwrap_or_default(),
        unset: request.unset.unwrap_or_default(),
        set: request.set.unwrap_or_default(),
    };
    toolbox.engine.change_environment(&change)?;
    Ok(go_json::response(StatusCode::OK, &Done { message: "Environment updated successfully" }))
}

async fn system_metrics(State(toolbox): State<Shared>) -> Response {
    let metrics = toolbox.engine.metrics().await;
    let seconds = toolbox.clock.now().as_second();
    let bytes = |size: u64| Some(i64::try_from(size).unwrap_or(i64::MAX));
    let answer = SystemMetrics {
        timestamp: Timestamp::from_second(seconds).ok().map(|time| time.to_string()),
        timestamp_unix: Some(seconds),
        cpu_count: i64::try_from(metrics.cpu_count).ok(),
        cpu_used_pct: Some(metrics.cpu_used_percent),
        mem_used: bytes(metrics.memory_used),
        mem_total: bytes(metrics.memory_total),
        mem_cache: bytes(metrics.memory_cache),
        disk_used: bytes(metrics.disk_used),
        disk_total: bytes(metrics.disk_total),
        disk_free: bytes(metrics.disk_free),
    };
    go_json::response(StatusCode::OK, &answer)
}
