//! What the daemon says of itself: version, home and work directory (toolbox-processes.md §7.2).

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{UserHomeDirResponse, WorkDirResponse};
use dialect::Routes;
use http::StatusCode;
use serde::Serialize;

use crate::{Shared, go_json};

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("GetVersion", version)
        .serve("GetUserHomeDir", user_home_dir)
        .serve("GetProjectDir", user_home_dir)
        .serve("GetWorkDir", work_dir)
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
