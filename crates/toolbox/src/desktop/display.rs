//! Displays and windows (toolbox-files-git-desktop.md §6.6). There is one display.

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{DisplayInfo, DisplayInfoResponse, WindowInfo, WindowsResponse};
use dialect::Routes;
use engine::Engine;
use http::StatusCode;

use super::{Ready, at_work};
use crate::Shared;
use crate::errors::Failure;
use crate::go_json;

pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes.serve("GetDisplayInfo", info).serve("GetWindows", windows)
}

async fn info(_: Ready, State(toolbox): State<Shared>) -> Result<Response, Failure> {
    let (width, height) = at_work(&toolbox, Engine::display_size).await?;
    let display = DisplayInfo {
        id: Some(0),
        x: Some(0),
        y: Some(0),
        width: Some(width.into()),
        height: Some(height.into()),
        is_active: Some(true),
    };
    let answer = DisplayInfoResponse { displays: Some(vec![display]), total_displays: Some(1) };
    Ok(go_json::response(StatusCode::OK, &answer))
}

async fn windows(_: Ready, State(toolbox): State<Shared>) -> Result<Response, Failure> {
    let windows = at_work(&toolbox, Engine::windows).await?;
    let count = i64::try_from(windows.len()).ok();
    let windows = windows.into_iter().map(|window| WindowInfo {
        id: Some(window.id.into()),
        title: Some(window.title),
        x: Some(window.x),
        y: Some(window.y),
        width: Some(window.width),
        height: Some(window.height),
        is_active: Some(window.active),
    });
    let answer = WindowsResponse { windows: Some(windows.collect()), count };
    Ok(go_json::response(StatusCode::OK, &answer))
}
